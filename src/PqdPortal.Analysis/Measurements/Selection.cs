using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Measurements;

/// <summary>A part of a photon stream: a time range, some channels, a gate on the micro time, a gate that markers open. What is not given takes nothing away.</summary>
/// <remarks>
/// The time of a selection counts from its own beginning: the first tick of the time range is 0, and where markers shut the
/// gate the shut time is cut out, so that rates, traces and correlations are those of the time that was selected. A pair of
/// photons across such a seam is one of chance, as likely as any other chance pair.
/// </remarks>
public sealed record Selection
{
    /// <summary>Beginning of the time range [s]; an event at it belongs to the selection.</summary>
    [Parameter("from_s", "s"), Range(0.0, 1e9)]
    [Display(Name = "From", Description = "Beginning of the time range. Empty: the beginning of the measurement.")]
    public double? From { get; init; }

    /// <summary>End of the time range [s]; an event at it does not belong to the selection.</summary>
    [Parameter("to_s", "s"), Range(0.0, 1e9)]
    [Display(Name = "To", Description = "End of the time range. Empty: the end of the measurement.")]
    public double? To { get; init; }

    /// <summary>Raw codes of the channels whose photons stay.</summary>
    [Parameter("channels"), Range(0, 99)]
    [Display(Name = "Channels", Description = "Raw codes of the channels whose photons stay. Empty: all.")]
    public IReadOnlyList<int>? Channels { get; init; }

    /// <summary>Shortest micro time that stays [s].</summary>
    [Parameter("dtime_from_ps", "ps", 1e-12), Range(0.0, 1.0)]
    [Display(Name = "Micro time from", Description = "Shortest time after the pulse that stays.")]
    public double? DtimeFrom { get; init; }

    /// <summary>Micro time from which on none stays [s].</summary>
    [Parameter("dtime_to_ps", "ps", 1e-12), Range(0.0, 1.0)]
    [Display(Name = "Micro time to", Description = "Time after the pulse from which on none stays.")]
    public double? DtimeTo { get; init; }

    /// <summary>Bits of the marker that opens the gate, and of the one that shuts it; the same twice: every marker turns it over.</summary>
    [Parameter("markers"), Range(1, 4095)]
    [Display(Name = "Markers", Description = "One marker: only what follows it. Two: only what lies between the first and the second, each time. A marker is named by its bits (1, 2, 4, 8); the gate is shut when the time range begins.")]
    public IReadOnlyList<int>? Markers { get; init; }

    /// <summary>True where nothing is taken away.</summary>
    public bool IsEverything => this is { From: null, To: null, Channels: null, DtimeFrom: null, DtimeTo: null, Markers: null };

    /// <exception cref="RequestException">The parts contradict each other.</exception>
    public void Check()
    {
        if (From is { } from && To is { } to && from >= to)
            throw new RequestException($"The time range of the selection ends at {to:G6} s, not after its beginning at {from:G6} s.");
        if (DtimeFrom is { } early && DtimeTo is { } late && early >= late)
            throw new RequestException($"The micro time gate of the selection ends at {late * 1e12:G6} ps, not after its beginning at {early * 1e12:G6} ps.");
        if (Channels is { Count: 0 })
            throw new RequestException("The channels of the selection are an empty list, so that no photon would be left. Name those that stay, such as [0, 1].");
        if (Markers is { Count: not (1 or 2) })
            throw new RequestException("The markers of the selection should be one (only what follows it) or two (only what lies between them).");
    }
}
