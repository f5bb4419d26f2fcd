namespace PqdPortal.Analysis.Measurements;

/// <summary>Histograms that the instrument itself filled: decays, or coincidences over delay.</summary>
public sealed class HistogramSet : Measurement
{
    public override string Kind => "histogram";

    /// <summary>Every curve of the file, empty ones too, in file order.</summary>
    public required IReadOnlyList<HistogramCurve> Curves { get; init; }
}

/// <summary>What the bins of a histogram count.</summary>
public enum HistogramMeaning
{
    /// <summary>The file does not say.</summary>
    Unknown,

    /// <summary>Photons over the time since the laser pulse.</summary>
    Decay,

    /// <summary>Pairs of photons over their delay.</summary>
    Coincidences,
}

/// <summary>One histogram.</summary>
/// <param name="Counts">Shape (bins), as they stand in the file.</param>
/// <param name="BinWidth">Length of a bin [s]; null where the file does not say. It belongs to the curve: one file may hold several.</param>
public sealed record HistogramCurve(long[] Counts, double? BinWidth)
{
    /// <summary>A name for people, where the file has one.</summary>
    public string? Name { get; init; }

    /// <summary>Time at the left edge of the first bin [s].</summary>
    public double Start { get; init; }

    public HistogramMeaning Meaning { get; init; }

    /// <summary>Raw code of the input, where the file says.</summary>
    public int? Channel { get; init; }

    /// <summary>Rate of the laser [Hz], where the file says.</summary>
    public double? SyncRate { get; init; }

    /// <summary>How long it was measured [s], where the file says.</summary>
    public double? Duration { get; init; }

    /// <summary>Local time the file gives for the curve.</summary>
    public DateTime? MeasuredAt { get; init; }

    public long Sum { get; } = Counts.Sum();

    public long Max { get; } = Counts.Length == 0 ? 0 : Counts.Max();

    /// <summary>First bin that holds the maximum; null without bins.</summary>
    public int? ArgMax => Counts.Length == 0 ? null : Array.IndexOf(Counts, Max);
}
