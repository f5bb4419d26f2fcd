namespace PqdPortal.Analysis.Lifetime;

/// <summary>Pile-up: electronics that take one photon for each pulse see the early ones and miss the late ones.</summary>
/// <remarks>
/// After Coates, J. Phys. E 1, 878 (1968): of M pulses, those that counted nothing before bin i still wait for it,
/// c'_i = -M ln(1 - c_i/(M - sum of c_j before i)). A fit of corrected counts would take them for Poisson counts, which they
/// are not; c_i/c'_i is therefore put on the side of the model, as the share of the pulses that are exposed.
/// </remarks>
public static class PileUp
{
    /// <summary>Counts per pulse that are worth a word, that need a correction, and that cannot be corrected.</summary>
    public const double Notable = 0.01, Correctable = 0.05, Hopeless = 0.3;

    /// <summary>Share of the pulses exposed in each bin, shape (bins).</summary>
    /// <param name="pulses">M.</param>
    public static double[] Exposure(IReadOnlyList<long> counts, double pulses)
    {
        var exposure = new double[counts.Count];
        var waiting = pulses;
        for (var i = 0; i < exposure.Length; i++)
        {
            if (waiting <= 0)
            {
                exposure[i] = 1e-9;
                continue;
            }

            var p = Math.Min(counts[i] / waiting, 1 - 1e-9);
            exposure[i] = Math.Max(p > 0 ? waiting / pulses * p / -MathNet.Numerics.SpecialFunctions.Log1p(-p) : waiting / pulses, 1e-9);
            waiting -= counts[i];
        }

        return exposure;
    }
}
