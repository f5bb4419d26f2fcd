namespace PqdPortal.Analysis.Correlation;

/// <summary>Pairs of photons by delay, whole and in blocks of time.</summary>
/// <param name="Axis">The delays.</param>
/// <param name="BlockLength">Length of a block [s]; the last may be longer or shorter.</param>
/// <param name="Blocks">What each block of time holds; pairs belong to the block of their start photon.</param>
public sealed record PairCounts(PairAxis Axis, double BlockLength, IReadOnlyList<PairBlock> Blocks)
{
    /// <summary>All pairs by bin, shape (2M+1).</summary>
    public long[] Pairs { get; } = Sum(Axis, Blocks);

    /// <summary>Photons on the first detector, which starts the delays.</summary>
    public long Starts { get; } = Blocks.Sum(block => block.Starts);

    /// <summary>Photons on the second detector.</summary>
    public long Stops { get; } = Blocks.Sum(block => block.Stops);

    /// <summary>Photons on other channels, by channel.</summary>
    public IReadOnlyDictionary<int, long> Others { get; init; } = new Dictionary<int, long>();

    /// <summary>Raw codes of the two detectors; null for one that never spoke.</summary>
    public (int? Start, int? Stop) Channels { get; init; }

    /// <summary>Time of the first and of the last photon counted [s].</summary>
    public double First { get; init; }
    public double Last { get; init; }

    /// <summary>Stretches without any photon, too long to be chance, between photons [s].</summary>
    public IReadOnlyList<(double From, double To)> Silences { get; init; } = [];

    /// <summary>Photons that came out of time order within their own channel.</summary>
    public long Disordered { get; init; }

    /// <summary>How late the latest of them was [s].</summary>
    public double WorstDisorder { get; init; }

    /// <summary>Photons so late that pairs with them may be missing.</summary>
    public long TooLate { get; init; }

    /// <summary>Shortest time between two photons of one detector, null where none came within the window [s].</summary>
    public double? ShortestInterval { get; init; }

    static long[] Sum(PairAxis axis, IReadOnlyList<PairBlock> blocks)
    {
        var sum = new long[axis.Bins];
        foreach (var block in blocks)
            for (var k = 0; k < sum.Length; k++)
                sum[k] += block.Pairs[k];
        return sum;
    }
}

/// <summary>What one block of time holds.</summary>
/// <param name="Pairs">Pairs by bin whose start photon lies in the block, shape (2M+1).</param>
/// <param name="Starts">Photons on the first detector.</param>
/// <param name="Stops">Photons on the second detector.</param>
/// <param name="Length">Length of the block within the measurement [s].</param>
public sealed record PairBlock(long[] Pairs, long Starts, long Stops, double Length);
