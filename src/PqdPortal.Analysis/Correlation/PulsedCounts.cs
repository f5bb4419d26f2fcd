namespace PqdPortal.Analysis.Correlation;

/// <summary>Pairs of photons by the difference of their pulse numbers, whole, in blocks of time and behind gates.</summary>
/// <param name="Plan">What was counted.</param>
/// <param name="Blocks">What each block of time holds; pairs belong to the block of their photon on the first detector.</param>
public sealed record PulsedCounts(PulsedPlan Plan, IReadOnlyList<PulsedBlock> Blocks)
{
    public int Reach => Plan.Reach;

    /// <summary>Photons on each of the two detectors.</summary>
    public (long A, long B) Photons { get; } = (Blocks.Sum(block => block.A), Blocks.Sum(block => block.B));

    /// <summary>Pairs by pulse difference from -K to K and by gate level, shape (2K+1, levels).</summary>
    public long[] Cells { get; } = Sum(Plan, Blocks);

    /// <summary>Photons by micro time step, of each detector.</summary>
    public required (long[] A, long[] B) Decay { get; init; }

    /// <summary>Pairs by delay around the central peak, shape (bins of <see cref="PulsedPlan.CentreSide"/>).</summary>
    public required long[] Centre { get; init; }

    /// <summary>Photons on other channels, by channel.</summary>
    public IReadOnlyDictionary<int, long> Others { get; init; } = new Dictionary<int, long>();

    /// <summary>Pulse number of the first and of the last photon counted.</summary>
    public long First { get; init; }
    public long Last { get; init; }

    /// <summary>Stretches without any photon, too long to be chance, between photons [pulses].</summary>
    public IReadOnlyList<(long From, long To)> Silences { get; init; } = [];

    /// <summary>Photons whose pulse came after a later one's.</summary>
    public long Disordered { get; init; }

    /// <summary>Pairs that survive a gate, by pulse difference from -K to K.</summary>
    /// <param name="level">0 for no gate; n for the n-th shortest of the plan's gates.</param>
    public double[] Peaks(int level) => Peaks(Cells, level);

    internal double[] Peaks(ReadOnlySpan<long> cells, int level)
    {
        var peaks = new double[2 * Reach + 1];
        for (var m = 0; m < peaks.Length; m++)
            for (var g = level; g < Plan.Levels; g++)
                peaks[m] += cells[m * Plan.Levels + g];
        return peaks;
    }

    static long[] Sum(PulsedPlan plan, IReadOnlyList<PulsedBlock> blocks)
    {
        var sum = new long[(2 * plan.Reach + 1) * plan.Levels];
        foreach (var block in blocks)
            for (var k = 0; k < sum.Length; k++)
                sum[k] += block.Cells[k];
        return sum;
    }
}

/// <summary>What one block of time holds.</summary>
/// <param name="Cells">Pairs, shape (2K+1, levels).</param>
/// <param name="A">Photons on the first detector.</param>
/// <param name="B">Photons on the second detector.</param>
/// <param name="Length">Length of the block within the measurement [s].</param>
public sealed record PulsedBlock(int[] Cells, long A, long B, double Length);
