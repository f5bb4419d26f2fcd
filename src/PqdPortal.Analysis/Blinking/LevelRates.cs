namespace PqdPortal.Analysis.Blinking;

/// <summary>Rates of the levels and their errors, once it is settled which segment belongs where.</summary>
/// <remarks>
/// A level's rate is counts over time of its segments, each by the probability that it belongs to it, less what their ends add. (To take only those that belong for sure would leave out low ones of the bright level and high ones of the dark.) A stretch that is cut where a photon came, and counts it, has one photon too many for its time:
/// it lacks the wait before that photon. And the likeliest place of a change favours both sides: the brighter one takes photons too many with it, the darker one too few, the
/// more so the nearer the two rates are. That excess depends on their ratio alone; it was drawn for two known rates (400,000 changes each, error 0.03).
/// Visits to other levels too short to be found pull the rates of both together; what may be supposed of them is taken off too (see Missed), and a third of it added to the error.
/// The error is that of counting, or the scatter between twenty blocks of the run where it is larger.
/// </remarks>
static class LevelRates
{
    const double Far = 5;           // standard deviations
    const int Blocks = 20;
    const double Found = 10;        // photons more or fewer by which a short dwell is found, at least; by comparing with drawn light of 5 to 50 kcps, dwells of 5 to 50 ms
    const double Evidence = 10;     // ln L that it gains, at least
    const double Doubt = 0.35;      // of what is supposed of dwells not found
    const double Most = 0.2;        // of a level's photons

    static readonly (double Ratio, double Bright, double Dark)[] Excess =
    [
        (1.2, 7.57, -7.48), (1.5, 2.93, -3.06), (2, 1.50, -1.60), (3, 0.69, -0.89), (5, 0.335, -0.479), (8, 0.182, -0.313),
        (12, 0.08, -0.22), (20, 0.02, -0.157), (35, 0, -0.10), (60, 0, -0.05), (100, 0, -0.04), (300, 0, 0),
    ];

    /// <param name="own">Level of each segment.</param>
    /// <param name="m">The common course, mean over each segment.</param>
    public static (double[] Rate, double[] Sigma) Of(SegmentCounts segments, int[] own, LevelMixture fit, double[] m)
    {
        var levels = fit.Rate.Length;
        var (rate, sigma) = (new double[levels], new double[levels]);
        // What lies beyond the scatter to either side, a flash or a hole, is not the level's.
        bool[] isFar = [.. Enumerable.Range(0, segments.Count).Select(j => fit.Mean(j, own[j]) is var mu && Math.Abs(segments.N[j] - mu) > Far * Math.Sqrt((mu + 1) / fit.Scatter.Precision(mu)))];
        var missed = Missed(segments, own, fit);
        for (var g = 0; g < levels; g++)
        {
            double n = 0, counted = 0, t = 0;
            var (blockN, blockT) = (new double[Blocks], new double[Blocks]);
            for (var j = 0; j < segments.Count; j++)
            {
                if (own[j] != g || isFar[j]) continue;
                var p = fit.Posterior(j, g);
                var signal = p * (segments.N[j] - fit.Steady * segments.Time[j] - Border(j, j - 1) - Border(j, j + 1));
                var seconds = p * segments.Time[j] * m[j];
                (n, t, counted) = (n + signal, t + seconds, counted + p * segments.N[j]);
                var block = Math.Clamp((int)((0.25 * (segments.Begin[j] + segments.End[j]) + 0.5) * Blocks), 0, Blocks - 1);
                blockN[block] += signal;
                blockT[block] += seconds;
            }

            var unseen = Math.Clamp(missed[g], -Most * counted, Most * counted);
            n -= unseen;
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
            sigma[g] = Math.Sqrt(Math.Pow(Math.Max(counting, scatter), 2) + Math.Pow(Doubt * unseen / t, 2));
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

    /// <summary>Photons that each level has too many, from visits to its neighbours too short to be found.</summary>
    /// <remarks>
    /// A visit is found from a length x on that makes about ten photons more or fewer and gains about 10 in ln L. As many a second of length as are seen between x and 2x are supposed below x:
    /// their time is x/2 for each of those seen. So it is for exponential dwells much longer than x; a power law that goes on has up to twice as many, one that ends above x none, and none are seen.
    /// </remarks>
    static double[] Missed(SegmentCounts segments, int[] own, LevelMixture fit)
    {
        var missed = new double[fit.Rate.Length];
        for (int j = 0, end; j < segments.Count; j = end)
        {
            var time = 0.0;
            for (end = j; end < segments.Count && own[end] == own[j]; end++) time += segments.Time[end];
            if (j == 0 || end == segments.Count) continue;
            foreach (var around in new[] { own[j - 1], own[end] })
            {
                var difference = fit.Rate[own[j]] - fit.Rate[around];
                var (visited, home) = (Math.Max(fit.Rate[own[j]], 1e-6 * fit.Rate[around]), fit.Rate[around]);
                // What a second of it is worth, ln L.
                var worth = home - visited + visited * Math.Log(visited / home);
                var found = Math.Max(Found, Evidence * Math.Abs(difference) / worth);
                var more = time * Math.Abs(difference);
                if (more > found && more < 2 * found) missed[around] += 0.5 * Math.Sign(difference) * 0.5 * found;
            }
        }

        return missed;
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
