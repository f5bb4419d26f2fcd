using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>The pairs that uncorrelated light of the same rates would leave, and the time in which there was light.</summary>
/// <param name="Live">Duration without the silences [s].</param>
/// <param name="Dark">Length of all silences [s].</param>
/// <param name="Silences">Stretches without a photon, too long to be chance [s].</param>
/// <param name="Flat">N1 N2 d (T - |tau|)/T², shape (bins).</param>
sealed record PairBaseline(double Live, double Dark, IReadOnlyList<(double From, double To)> Silences, double[] Flat)
{
    public static PairBaseline Of(PairCounts counts, AcquisitionTime time)
    {
        var duration = time.Seconds ?? counts.Last;
        var silences = counts.Silences.ToList();
        // Dark before the first photon and after the last one, judged like the silences between.
        var enough = Math.Max(0.1, 30 * duration / (counts.Starts + counts.Stops));
        if (counts.First > enough) silences.Insert(0, (0, counts.First));
        if (duration - counts.Last > enough) silences.Add((counts.Last, duration));
        var dark = silences.Sum(s => s.To - s.From);
        var live = duration - dark;
        var axis = counts.Axis;
        var flat = new double[axis.Bins];
        for (var i = 0; i < flat.Length; i++)
            flat[i] = counts.Starts * (double)counts.Stops * axis.BinSeconds * Math.Max(live - (1 + silences.Count) * Math.Abs(axis.Lag(i)), 0) / (live * live);
        return new(live, dark, silences, flat);
    }

    /// <summary>How strongly the pairs are modulated at a period, beyond what uncorrelated light would be in this range.</summary>
    public double Comb(PairAxis axis, double[] pairs, double period)
    {
        if (axis.BinSeconds > 0.3 * period) return 0;
        return Depth(pairs) - Depth(Flat) - 6 / Math.Sqrt(pairs.Sum());

        double Depth(double[] values)
        {
            double real = 0, imaginary = 0, sum = 0;
            for (var i = 0; i < values.Length; i++)
            {
                var (sin, cos) = Math.SinCos(2 * Math.PI * axis.Centre(i) / period);
                real += values[i] * cos;
                imaginary += values[i] * sin;
                sum += values[i];
            }

            return sum > 0 ? Math.Sqrt(real * real + imaginary * imaginary) / sum : 0;
        }
    }
}
