namespace PqdPortal.Analysis.Blinking;

/// <summary>Rates of the levels and their errors, once it is settled which segment belongs where.</summary>
/// <remarks>
/// A level's rate is that of the segments that belong to it for sure, counts over time, less what their ends add. A stretch that is cut where a photon came, and counts it, has one photon too many for its time:
/// it lacks the wait before that photon. And the likeliest place of a change favours both sides: the brighter one takes photons too many with it, the darker one too few, the
/// more so the nearer the two rates are. That excess depends on their ratio alone; it was drawn for two known rates (400,000 changes each, error 0.03).
/// The error is that of counting, or the scatter between twenty blocks of the run where it is larger.
/// </remarks>
static class LevelRates
{
    const double Sure = 0.99;
    const int Blocks = 20;

    static readonly (double Ratio, double Bright, double Dark)[] Excess =
    [
        (1.2, 7.57, -7.48), (1.5, 2.93, -3.06), (2, 1.50, -1.60), (3, 0.69, -0.89), (5, 0.335, -0.479), (8, 0.182, -0.313),
        (12, 0.08, -0.22), (20, 0.02, -0.157), (35, 0, -0.10), (60, 0, -0.05), (100, 0, -0.04), (300, 0, 0),
    ];

    /// <param name="own">Level of each segment.</param>
    /// <param name="sure">Probability of that.</param>
    /// <param name="m">The common course, mean over each segment.</param>
    public static (double[] Rate, double[] Sigma) Of(SegmentCounts segments, int[] own, double[] sure, LevelMixture fit, double[] m)
    {
        var levels = fit.Rate.Length;
        var (rate, sigma) = (new double[levels], new double[levels]);
        for (var g = 0; g < levels; g++)
        {
            int[] members = [.. Enumerable.Range(0, segments.Count).Where(j => own[j] == g && sure[j] > Sure)];
            if (members.Length == 0) members = [.. Enumerable.Range(0, segments.Count).Where(j => own[j] == g)];
            double n = 0, counted = 0, t = 0;
            var (blockN, blockT) = (new double[Blocks], new double[Blocks]);
            foreach (var j in members)
            {
                var signal = segments.N[j] - fit.Steady * segments.Time[j] - Border(j, j - 1) - Border(j, j + 1);
                counted += segments.N[j];
                n += signal;
                t += segments.Time[j] * m[j];
                var block = Math.Clamp((int)((0.25 * (segments.Begin[j] + segments.End[j]) + 0.5) * Blocks), 0, Blocks - 1);
                blockN[block] += signal;
                blockT[block] += segments.Time[j] * m[j];
            }

            if (!(t > 0))
            {
                (rate[g], sigma[g]) = (fit.Rate[g], fit.Rate[g]);
                continue;
            }

            var slope = n / t;
            rate[g] = Math.Max(fit.Steady + slope, 0);
            var counting = Math.Sqrt(Math.Max(counted, 1)) / t;
            double chi = 0;
            var filled = 0;
            for (var b = 0; b < Blocks; b++)
            {
                if (!(blockT[b] > 0)) continue;
                chi += Math.Pow(blockN[b] - slope * blockT[b], 2) / blockT[b];
                filled++;
            }

            var scatter = filled >= 5 ? Math.Sqrt(chi / (filled - 1) / t) : 0;
            sigma[g] = Math.Max(counting, scatter);
        }

        return (rate, sigma);

        double Border(int j, int next)
        {
            if (next < 0 || next >= segments.Count || own[next] == own[j]) return 0;
            var isCut = next < j ? segments.Begin[j] - segments.End[next] : segments.Begin[next] - segments.End[j];
            if (isCut > 1e-9) return 0;
            var (here, there) = (fit.Rate[own[j]], fit.Rate[own[next]]);
            return (next < j ? 1 : 0) + (here > there ? At(here / there).Bright : At(there / here).Dark);
        }
    }

    static (double Bright, double Dark) At(double ratio)
    {
        if (ratio <= Excess[0].Ratio) return (Excess[0].Bright, Excess[0].Dark);
        for (var i = 1; i < Excess.Length; i++)
        {
            if (ratio > Excess[i].Ratio) continue;
            var f = Math.Log(ratio / Excess[i - 1].Ratio) / Math.Log(Excess[i].Ratio / Excess[i - 1].Ratio);
            return (Excess[i - 1].Bright + f * (Excess[i].Bright - Excess[i - 1].Bright), Excess[i - 1].Dark + f * (Excess[i].Dark - Excess[i - 1].Dark));
        }

        return (0, 0);
    }
}
