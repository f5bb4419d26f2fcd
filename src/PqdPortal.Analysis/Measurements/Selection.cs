using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Measurements;

/// <summary>A part of a photon stream: a time range, some channels, a gate on the micro time, a gate that markers open, the time in which the dot was bright or dark. What is not given takes nothing away.</summary>
/// <remarks>
/// The time of a selection counts from its own beginning: the first tick of the time range is 0, and where markers shut the
/// gate, or where the light is not the one asked for, that time is cut out, so that rates, traces and correlations are those of
/// the time that was selected. A pair of photons across such a seam is one of chance, as likely as any other chance pair.
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

    /// <summary>"on": the time in which the dot is bright; "off": in which it is dark.</summary>
    /// <remarks>Which time that is is found by the change points of the light; it is put into <see cref="Stretches"/> before anything is read.</remarks>
    [Parameter("light"), AllowedValues("on", "off")]
    [Display(Name = "Light", Description = "Only the time in which the dot is bright (on) or dark (off), as the change points of its light tell them apart.")]
    public string? Light { get; init; }

    /// <summary>Where bright begins [1/s]; null for the geometric mean of the lowest and the highest level.</summary>
    [Parameter("on_above_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Bright above", Description = "Count rate of all detectors from which on a level is bright. Empty: the geometric mean of the lowest and the highest level.")]
    public double? OnAbove { get; init; }

    /// <summary>The stretches of time that stay [ticks of the stream], ascending and apart; null where none were picked. No parameter: what <see cref="Light"/> was found to mean.</summary>
    public IReadOnlyList<(long From, long To)>? Stretches { get; init; }

    /// <summary>True where nothing is taken away.</summary>
    public bool IsEverything => this is { From: null, To: null, Channels: null, DtimeFrom: null, DtimeTo: null, Markers: null, Light: null, Stretches: null };

    /// <exception cref="RequestException">The parts contradict each other.</exception>
    public void Check()
    {
        if (From is { } from && To is { } to && from >= to)
            throw new RequestException($"The time range of the selection ends at {to:G6} s, not after its beginning at {from:G6} s.");
        if (DtimeFrom is { } early && DtimeTo is { } late && early >= late)
            throw new RequestException($"The micro time gate of the selection ends at {late * 1e12:G6} ps, not after its beginning at {early * 1e12:G6} ps.");
        if (Channels is { Count: 0 })
            throw new RequestException("The channels of the selection are an empty list, so that no photon would be left. Name those that stay, such as [0, 1].");
        if (Markers is not null && Light is not null)
            throw new RequestException("The selection names markers and bright or dark light; which light is bright cannot be told from a part that markers cut out. Leave one of them out.");
        if (OnAbove is not null && Light is null)
            throw new RequestException("The selection says from which rate on light is bright, but not whether bright or dark light is wanted. Give \"light\": \"on\" or \"off\".");
        if (Markers is { Count: not (1 or 2) })
            throw new RequestException("The markers of the selection should be one (only what follows it) or two (only what lies between them).");
    }
}
