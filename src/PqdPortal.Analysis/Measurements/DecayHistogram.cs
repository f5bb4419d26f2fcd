namespace PqdPortal.Analysis.Measurements;

/// <summary>Photons of one detector over the time since the laser pulse.</summary>
/// <param name="Channel">Raw code of the detector, or the number of the curve in a file of histograms.</param>
/// <param name="Counts">Shape (bins), the first bin beginning at <see cref="Start"/>.</param>
/// <param name="BinWidth">Length of a bin [s].</param>
public sealed record DecayHistogram(int Channel, long[] Counts, double BinWidth)
{
    /// <summary>A name for people, where there is one.</summary>
    public string? Name { get; init; }

    /// <summary>Time at the left edge of the first bin [s].</summary>
    public double Start { get; init; }

    /// <summary>Time from pulse to pulse [s]; null where nobody says.</summary>
    public double? Period { get; init; }

    /// <summary>How long was measured [s]; null where nobody says.</summary>
    public double? Duration { get; init; }

    /// <summary>Photons in the bins.</summary>
    public long Photons { get; } = Counts.Sum();

    /// <summary>Laser pulses in the time measured; null where unknown.</summary>
    public double? Pulses => Duration / Period;

    /// <summary>Bins of the period, the last of them perhaps only begun; null without a period.</summary>
    public int? BinsOfPeriod => Period / BinWidth is { } bins ? (int)Math.Ceiling(bins - 1e-6) : null;

    /// <summary>True where the bins cover the whole period.</summary>
    public bool IsWhole => BinsOfPeriod == Counts.Length;

    /// <summary>Length of the last bin within the period, in bins: 1 unless the period ends within it.</summary>
    public double LastWidth => IsWhole ? Math.Clamp(Period!.Value / BinWidth - (Counts.Length - 1), 1e-6, 1) : 1;

    /// <summary>Joins so many neighbouring bins to one; a rest that makes no bin stays only where the period ends with it.</summary>
    public DecayHistogram Joined(int bins)
    {
        if (bins <= 1) return this;
        var count = IsWhole ? (Counts.Length + bins - 1) / bins : Counts.Length / bins;
        var joined = new long[count];
        for (var i = 0; i < Math.Min(Counts.Length, count * bins); i++) joined[i / bins] += Counts[i];
        return new(Channel, joined, BinWidth * bins) { Name = Name, Start = Start, Period = Period, Duration = Duration };
    }

    /// <summary>From and to of the bins that were measured: where a flat curve breaks off into empty bins, those hold no zeros but nothing.</summary>
    /// <remarks>
    /// Instruments have more bins than their time range fills. Empty bins at an end do not count where the piece beside them, no
    /// longer than they are, holds 30 photons or more and at least half as many as the piece beside that: a decay that has ended
    /// falls too steeply for it. At the beginning the rise of a decay would do the same, so there the piece has to be low.
    /// </remarks>
    public static (int From, int To) Measured(ReadOnlySpan<long> counts)
    {
        var (from, to) = (0, counts.Length);
        while (to > 0 && counts[to - 1] == 0) to--;
        while (from < to && counts[from] == 0) from++;
        if (from == to) return (0, counts.Length);

        var front = Piece(counts, from, to, from);
        var (near, far) = (Sum(counts, from, front), Sum(counts, from + front, front));
        double highest = 0;
        for (var i = from; i + front <= to && front > 0; i += front) highest = Math.Max(highest, Sum(counts, i, front));
        var isFront = near >= 30 && near >= 0.5 * far && highest > 3 * near;

        var back = Piece(counts, from, to, counts.Length - to);
        (near, far) = (Sum(counts, to - back, back), Sum(counts, to - 2 * back, back));
        return (isFront ? from : 0, near >= 30 && near >= 0.5 * far ? to : counts.Length);

        static int Piece(ReadOnlySpan<long> counts, int from, int to, int empty) => Math.Min(Math.Min(empty, counts.Length / 16), (to - from) / 2);

        static double Sum(ReadOnlySpan<long> counts, int first, int length)
        {
            double sum = 0;
            for (var i = first; i < first + length; i++) sum += counts[i];
            return sum;
        }
    }
}
