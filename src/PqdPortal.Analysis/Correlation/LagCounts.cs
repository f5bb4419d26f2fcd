namespace PqdPortal.Analysis.Correlation;

/// <summary>Pairs of photons by lag in blocks of time, and how many photons there were at what time.</summary>
/// <param name="Grid">The lag bins.</param>
/// <param name="Duration">Length of the run [s].</param>
/// <param name="Cross">True for two detectors, pairs in both orders; false for one.</param>
/// <param name="Rows">Pairs of each block, shape (blocks, bins); a pair belongs to the block of its earlier photon.</param>
/// <param name="BlockLength">Length of a block [s].</param>
/// <param name="A">Photons of the first detector over time.</param>
/// <param name="B">Photons of the second detector over time; for one detector the same.</param>
public sealed record LagCounts(
    LagGrid Grid, double Duration, bool Cross, IReadOnlyList<long[]> Rows, double BlockLength, CountedTime A, CountedTime B)
{
    /// <summary>Bins counted photon by photon; those behind them were counted in steps of at most a hundredth of the lag.</summary>
    public int ExactBins { get; init; }

    /// <summary>All pairs of a bin.</summary>
    public long Pairs(int bin) => Rows.Sum(row => row[bin]);

    /// <summary>
    /// The pairs that uncorrelated light would leave in a bin: d (N1 N2 + N2 N1)/L, with the photons that can take part at that lag.
    /// </summary>
    /// <param name="starts">When starts count [s]: the live time, or what a choice of blocks leaves of it.</param>
    /// <param name="live">When photons are counted at all [s].</param>
    /// <remarks>
    /// A start at t counts where t + lag is live too; L is the length of all such t, N1 the starts in it, N2 the stops a lag later. For
    /// a run without gaps that is N1(t &lt;= T - lag) N2(t &gt;= lag) d/(T - lag), the symmetric normalisation, which takes
    /// most of a drift out at long lags.
    /// </remarks>
    public double Expected(int bin, IReadOnlyList<(double From, double To)> starts, IReadOnlyList<(double From, double To)> live)
    {
        var (from, to) = Grid.Span(bin);
        var lag = 0.5 * (from + to);
        double length = 0, startsA = 0, startsB = 0, stopsA = 0, stopsB = 0;
        foreach (var one in starts)
            foreach (var other in live)
            {
                var (begin, end) = (Math.Max(one.From, other.From - lag), Math.Min(one.To, other.To - lag));
                if (begin >= end) continue;
                length += end - begin;
                startsA += A.Between(begin, end);
                stopsB += B.Between(begin + lag, end + lag);
                if (!Cross) continue;
                startsB += B.Between(begin, end);
                stopsA += A.Between(begin + lag, end + lag);
            }

        return length > 0 ? (to - from) * (startsA * stopsB + startsB * stopsA) / length : 0;
    }
}

/// <summary>How many photons a detector had counted at any time, from counts in equal pieces of time.</summary>
public sealed class CountedTime
{
    readonly double[] _before;
    readonly double _point;

    /// <param name="counts">Photons in each piece.</param>
    /// <param name="point">Length of a piece [s].</param>
    public CountedTime(IReadOnlyList<int> counts, double point)
    {
        _point = point;
        _before = new double[counts.Count + 1];
        for (var k = 0; k < counts.Count; k++) _before[k + 1] = _before[k] + counts[k];
    }

    public double All => _before[^1];

    /// <summary>Length of a piece [s].</summary>
    public double Point => _point;

    public int Points => _before.Length - 1;

    /// <summary>Photons of a piece.</summary>
    public double this[int point] => _before[point + 1] - _before[point];

    public double Between(double from, double to) => At(to) - At(from);

    double At(double time)
    {
        var at = Math.Clamp(time / _point, 0, _before.Length - 1);
        var k = Math.Min((int)at, _before.Length - 2);
        return k < 0 ? 0 : _before[k] + (at - k) * (_before[k + 1] - _before[k]);
    }
}
