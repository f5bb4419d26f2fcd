using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>Does g2(0) fall behind gates as the pairs of a biexciton's cascade do?</summary>
/// <param name="Fall">Rate at which g2(0) falls with the gate, 1/t_bx - 2/t_x for a cascade [1/s]; null where it cannot be told.</param>
/// <param name="Sigma">Its standard error [1/s].</param>
/// <param name="Verdict">yes, no or undecided.</param>
/// <remarks>
/// Gates are nested: the photons behind one are among those behind a shorter one, so the errors of g2(0) at neighbouring gates go
/// together. Therefore not the points are fitted. Every central pair was counted once, at the longest gate it survives; these counts
/// are independent, and their expectation is b_k + G phi_k exp(-kappa t_k), differenced from gate to gate, phi_k being the share of
/// side pairs that survive. Yes: kappa = 0 costs a deviance of more than 9 (3 sigma). No: the slowest fall that counts as a cascade,
/// 0.5/t_x (t_bx = 0.4 t_x), costs more than 4 (2 sigma) and the fit lies below it.
/// </remarks>
sealed record PulsedCascade(double? Fall, double? Sigma, string Verdict, string Why)
{
    const double SlowestFall = 0.5; // [1/t_x]
    const double Sure = 9, Excluded = 4;

    public static PulsedCascade Of(PulsedRun run, PulsedPeaks peaks, CancellationToken stop)
    {
        var plan = run.Plan;
        if (plan.Gates.Count == 0) return Unknown(run.KnowsTimeZero ? "There is no gate above 0." : "There is no time zero to count gates from.");
        if (!peaks.HasSignal) return Unknown("There are no pairs of the dot to look at.");
        var estimates = Enumerable.Range(0, plan.Levels).Select(peaks.At).ToList();
        // Behind the last gate with a level of its own nothing is told apart.
        var levels = estimates.TakeWhile(e => e.Value is not null).Count();
        if (levels < 2) return Unknown("Behind the shortest gate too few pairs are left.");
        if (Lifetime(run, estimates, plan) is not { } lifetime) return Unknown("The decay behind the gates shows no lifetime to compare with.");

        var survive = estimates.Take(levels).Select(e => e.Level / estimates[0].Level).ToArray();
        var flat = estimates.Take(levels).Select(e => e.Background + e.Level * peaks.Leak).ToArray();
        var pairs = Enumerable.Range(0, levels).Select(k => (double)(estimates[k].Centre - (k + 1 < levels ? estimates[k + 1].Centre : 0))).ToArray();
        double Gate(int k) => k == 0 ? 0 : plan.Gates[k - 1] / lifetime;
        void Model(ReadOnlySpan<double> p, Span<double> mu)
        {
            for (var k = 0; k < mu.Length; k++)
            {
                mu[k] = Behind(p, k) - (k + 1 < mu.Length ? Behind(p, k + 1) : 0);
                if (mu[k] < 1e-6) mu[k] = 1e-6;
            }
        }

        double Behind(ReadOnlySpan<double> p, int k) => flat[k] + p[0] * survive[k] * Math.Exp(-p[1] * Gate(k));
        var signal = Math.Max(estimates[0].Centre - flat[0], 1);
        FitResult Fit(double fall, bool isFixed) => PoissonFit.Run(
            new NumericModel([new("G", signal, 1e-3), new("kappa", fall, -2, 100) { Fixed = isFixed }], Model), pairs, stop: stop);

        try
        {
            var best = new[] { Fit(0, false), Fit(2, false), Fit(8, false) }.MinBy(fit => fit.Deviance)!;
            // The side peaks' own counting errors widen what the centre alone would say.
            var narrow = 1 + Math.Max(estimates[0].Value!.Value, 0) / (2 * run.Counts!.Reach);
            var steady = (Fit(0, true).Deviance - best.Deviance) / narrow;
            var slow = (Fit(SlowestFall, true).Deviance - best.Deviance) / narrow;
            var fall = best.Values[1];
            var sigma = best.Sigma(1) is { } s ? s * Math.Sqrt(narrow / best.Overdispersion) : (double?)null; // a handful of counts tells no over-dispersion
            var told = $"g2(0) falls with the gate at {PulsedRun.Text(fall / lifetime * 1e-9)}{(sigma is { } e ? $" +- {PulsedRun.Text(e / lifetime * 1e-9)}" : "")} per ns; the decay's lifetime is {PulsedRun.Text(lifetime * 1e9)} ns.";
            var verdict = fall > 0 && steady > Sure ? "yes" : fall < SlowestFall && slow > Excluded ? "no" : "undecided";
            return new(fall / lifetime, sigma / lifetime, verdict, verdict switch
            {
                "yes" => $"{told} No fall is excluded by {PulsedRun.Text(Math.Sqrt(steady))} sigma: the first photon of a pair is fast, as in a biexciton's cascade.",
                "no" => $"{told} A cascade's fall of at least {PulsedRun.Text(SlowestFall / lifetime * 1e-9)} per ns is excluded by {PulsedRun.Text(Math.Sqrt(slow))} sigma: the pairs come from a second emitter or from background.",
                _ => $"{told} Neither no fall nor that of a cascade is excluded; more central pairs than {estimates[0].Centre} are needed.",
            });
        }
        catch (ArgumentException)
        {
            return Unknown("The central pairs behind the gates fit no fall.");
        }

        static PulsedCascade Unknown(string why) => new(null, null, "undecided", why);
    }

    /// <summary>Of the exciton: from the tail of the decay, or else from how side pairs die with the gate, as exp(-2 t/t_x).</summary>
    static double? Lifetime(PulsedRun run, List<PulsedPeaks.Estimate> estimates, PulsedPlan plan)
    {
        if (run.Tail is { } tail) return tail.Lifetime;
        for (var k = estimates.Count - 1; k > 0; k--)
            if (estimates[k].Value is not null && estimates[k].Level < 0.8 * estimates[0].Level)
                return 2 * plan.Gates[k - 1] / Math.Log(estimates[0].Level / estimates[k].Level);
        return null;
    }
}
