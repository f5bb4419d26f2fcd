using MathNet.Numerics;
using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>What the numbers of photons in equal windows say of the light: steadier than a laser, like one, chaotic, or in bursts.</summary>
/// <remarks>
/// Fano factor F = Var/mean, Mandel's Q = F - 1. Light of K equal chaotic modes has a negative binomial distribution with
/// Var = n + n²/K; K = 1 is Bose and Einstein's. A detector's dead time and afterpulses change Q of the sum; the covariance of two
/// different detectors they leave alone, and K and the law are judged by it. Q shrinks with the efficiency of detection, g2 does not.
/// Sources: Mandel, Opt. Lett. 4, 205 (1979); Mandel and Wolf, Optical Coherence and Quantum Optics (1995), chapters 13 and 14.
/// </remarks>
sealed class NumberStatistics(PhotonNumbers numbers, IReadOnlyList<double> live, BunchingOptions options)
{
    const double WindowShare = 0.05; // of 1/K that a window of 0.15 coherence times takes away
    const double RareRuns = 0.01; // expected in steady light, all together

    public List<Quantity> Quantities { get; } = [];
    public List<Curve> Curves { get; } = [];
    public List<Message> Messages { get; } = [];

    /// <summary>Numbers from the blocks; one may be left out.</summary>
    readonly record struct Moments(double Windows, double Mean, double Q, double Between);

    Moments Of(int left)
    {
        double windows = 0, sum = 0, square = 0, cross = 0;
        Span<double> roles = stackalloc double[3];
        for (var b = 0; b < PhotonNumbers.Blocks; b++)
        {
            if (b == left) continue;
            windows += live[b] / numbers.Window;
            sum += numbers.Sum[b];
            square += numbers.Square[b];
            cross += numbers.Cross[b];
            for (var role = 0; role < 3; role++) roles[role] += numbers.ByRole[b, role];
        }

        var mean = sum / windows;
        var products = (roles[0] * roles[1] + roles[0] * roles[2] + roles[1] * roles[2]) / (windows * windows);
        return new(windows, mean, (square / windows - mean * mean) / mean - 1, mean * (cross / windows / products - 1));
    }

    public void Judge()
    {
        var all = Of(-1);
        if (!(all.Windows > 100) || !(all.Mean * all.Windows > 100) || !double.IsFinite(all.Q)) return;
        var (mean, q, between, apart, modes) = (new Spread(), new Spread(), new Spread(), new Spread(), new Spread());
        for (var b = 0; b < PhotonNumbers.Blocks; b++)
        {
            if (!(live[b] > 0)) continue;
            var one = Of(b);
            if (!double.IsFinite(one.Between)) continue;
            mean.Add(one.Mean);
            q.Add(one.Q);
            between.Add(one.Between);
            apart.Add(one.Q - one.Between);
            modes.Add(one.Between / one.Mean); // 1/K: it has no pole
        }

        // Poisson light: Var(Q) = 2/windows of the sum; of two detectors with shares s the covariance has as much over 2 s1 s2 of it.
        var least = Math.Sqrt(2 / all.Windows);
        var n = (long)(all.Mean * all.Windows);
        Quantity By(string name, double value, double sigma) => Quantity.Of(name, value, sigma, "1") with { N = n, Method = "block-jackknife" };
        var (qSigma, betweenSigma) = (Math.Max(q.JackknifeError, least), Math.Max(between.JackknifeError, least));
        Quantities.Add(Quantity.Of("count_window_us", numbers.Window * 1e6, null, "us") with { Method = numbers.IsPerPulse ? "pulse" : "asked" });
        Quantities.Add(By("photons_per_window", all.Mean, Math.Max(mean.JackknifeError, Math.Sqrt(all.Mean / all.Windows))));
        Quantities.Add(By("fano", all.Q + 1, qSigma));
        Quantities.Add(By("mandel_q", all.Q, qSigma));
        if (double.IsFinite(all.Between))
        {
            Quantities.Add(By("mandel_q_cross", all.Between, betweenSigma));
            if (options.Efficiency is { } efficiency) Quantities.Add(By("mandel_q_source", all.Between / efficiency, betweenSigma / efficiency));
            var law = all.Between > 3 * betweenSigma ? "negative_binomial" : all.Between < -3 * betweenSigma ? "sub_poisson" : "poisson";
            if (law == "negative_binomial")
            {
                var inverse = all.Between / all.Mean;
                var inverseSigma = Math.Max(modes.JackknifeError, least / all.Mean);
                // A window that is not far shorter than the coherence time takes a little of the fluctuation.
                if (Math.Abs(inverse - 1) < 2 * inverseSigma + WindowShare && inverseSigma < 0.1) law = "bose_einstein";
                Quantities.Add(By("number_modes", 1 / inverse, inverseSigma / (inverse * inverse)) with { Lo95 = 1 / (inverse + 1.959964 * inverseSigma), Hi95 = inverse > 1.959964 * inverseSigma ? 1 / (inverse - 1.959964 * inverseSigma) : null });
            }

            Quantities.Add(new("number_law", null, null, null, null, "text") { Text = law, N = n });
            var difference = Math.Sqrt(Math.Pow(apart.JackknifeError, 2) + least * least);
            if (Math.Abs(all.Q - all.Between) > 4 * difference)
                Messages.Add(new("DETECTOR_COUNTS", $"Q of all counts is {Text(all.Q)}, and {Text(all.Between)} between different detectors: {(all.Q < all.Between ? "dead time makes each detector's own counts too even" : "afterpulses or crosstalk double each detector's own counts")}. The law is judged between detectors; see the analysis detector."));
        }

        Distribution(all);
        if (!numbers.IsPerPulse) Bursts();
    }

    void Distribution(Moments all)
    {
        var seen = numbers.Windows.ToArray();
        seen[0] = Math.Max(0, (long)Math.Round(all.Windows) - seen.Sum());
        var last = Math.Clamp(Array.FindLastIndex(seen, w => w > 0) + 1, 1, 1000);
        var k = all.Between > 0 && double.IsFinite(all.Between) ? all.Mean / all.Between : double.PositiveInfinity;
        var m = all.Mean;
        double Poisson(int n) => Math.Exp(n * Math.Log(m) - m - SpecialFunctions.GammaLn(n + 1));
        double NegativeBinomial(int n, double modes) => modes > 1e6 ? Poisson(n)
            : Math.Exp(SpecialFunctions.GammaLn(n + modes) - SpecialFunctions.GammaLn(modes) - SpecialFunctions.GammaLn(n + 1) + n * Math.Log(m / (m + modes)) + modes * Math.Log(modes / (m + modes)));
        Series Expected(string name, Func<int, double> of) => new(name, "1", [.. Enumerable.Range(0, last + 1).Select(n => all.Windows * of(n) is var w && double.IsFinite(w) ? (double?)w : null)]);
        Curves.Add(new("photon_numbers", new("photons in a window", "1", [.. Enumerable.Range(0, last + 1).Select(n => (double?)n)]),
            new("windows", "1", [.. seen.Take(last + 1).Select(w => (double?)w)]) { Sigma = [.. seen.Take(last + 1).Select(w => (double?)Math.Sqrt(Math.Max(w, 1)))] })
        {
            More = new Dictionary<string, Series>
            {
                ["poisson"] = Expected("Poisson", Poisson),
                ["bose_einstein"] = Expected("Bose-Einstein", n => NegativeBinomial(n, 1)),
                ["negative_binomial"] = Expected("negative binomial", n => NegativeBinomial(n, k)),
            },
        });
    }

    /// <summary>Runs of photons so long that steady light as bright as each block would hardly ever have one.</summary>
    void Bursts()
    {
        double Expected(int size)
        {
            var sum = 0.0;
            for (var b = 0; b < PhotonNumbers.Blocks; b++)
            {
                if (!(live[b] > 0)) continue;
                var miss = Math.Exp(-numbers.Sum[b] / live[b] * numbers.Gap);
                sum += numbers.Sum[b] * miss * Math.Pow(1 - miss, size - 1);
            }

            return sum;
        }

        var least = 2;
        while (least < PhotonNumbers.Most && Expected(least) >= RareRuns) least++;
        if (least == PhotonNumbers.Most) return; // photons follow each other within the gap all the time
        long bursts = 0, photons = 0;
        for (var size = least; size <= PhotonNumbers.Most; size++) (bursts, photons) = (bursts + numbers.Runs[size], photons + size * numbers.Runs[size]);
        Quantities.Add(Quantity.Of("burst_gap_ns", numbers.Gap * 1e9, null, "ns") with { Method = "asked" });
        Quantities.Add(Quantity.Of("burst_least_photons", least, null, "1") with { Method = "poisson" });
        Quantities.Add(Quantity.Of("bursts_expected", Expected(least), null, "1") with { Method = "poisson" });
        var (low, high) = PoissonDeviance.Interval(bursts, 0.95);
        Quantities.Add(new("bursts", bursts, Math.Sqrt(Math.Max(bursts, 1)), low, high, "1") { N = photons, Method = "exact-poisson" });
        if (bursts > 0) Quantities.Add(Quantity.Of("photons_per_burst", (double)photons / bursts, null, "1") with { N = bursts });
        var longest = Math.Clamp(Array.FindLastIndex(numbers.Runs, r => r > 0), 2, 500);
        int[] sizes = [.. Enumerable.Range(1, longest)];
        Curves.Add(new("bursts", new("photons in a run", "1", [.. sizes.Select(s => (double?)s)]), new("runs", "1", [.. sizes.Select(s => (double?)numbers.Runs[s])]))
        {
            Fit = [.. sizes.Select(s => (double?)(Expected(s) - Expected(s + 1)))],
        });
    }

    static string Text(double x) => NumberText.Rounded(x);
}
