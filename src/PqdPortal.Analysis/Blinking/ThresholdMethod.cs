using MathNet.Numerics;

namespace PqdPortal.Analysis.Blinking;

/// <summary>Blinking as most of the literature tells it: counts in bins, a threshold, bright and dark times above and below it. For comparison only.</summary>
/// <remarks>
/// The histogram of counts per bin is fitted by two states, each Poisson or as much wider as its bins are; the threshold lies where a bin may belong to either with the same probability.
/// What is known to be wrong with it comes with the result: no time is shorter than a bin, shorter ones merge or vanish, bins that hold a switch look grey, and so the exponents depend on
/// the bin and the threshold (Crouch et al., Nano Lett. 10, 1692 (2010); Houel et al., ACS Nano 9, 886 (2015)). That is why they are given for a third of the bin, the bin, and three bins.
/// </remarks>
public static class ThresholdMethod
{
    const int FewestBins = 100;
    const int FewestDwells = 20;
    const int Rounds = 200;
    const double Distinct = 10;     // BIC by which two states must be better than one

    /// <param name="counts">Photons in equal bins from the beginning of the stream, shape (bins).</param>
    /// <param name="width">Length of these bins [s].</param>
    /// <param name="bin">Length of the bins that are asked for; a whole number of the others is taken [s].</param>
    /// <param name="watched">From when to when the dot was seen and lived [s]; null for the whole time.</param>
    public static ThresholdResult Of(
        IReadOnlyList<long> counts, double width, double bin, IReadOnlyList<(double From, double To)>? watched = null, CancellationToken stop = default)
    {
        if (!(width > 0)) throw new ArgumentOutOfRangeException(nameof(width));
        var middle = Math.Max(1, (int)Math.Round(bin / width));
        var small = Math.Max(1, (int)Math.Round(bin / width / 3));
        int[] joins = small < middle ? [small, middle, 3 * middle] : [middle, 3 * middle, 9 * middle];
        var tries = joins.Select(join => Once(counts, width, join, watched, stop)).ToArray();
        var shown = tries[small < middle ? 1 : 0];
        var (quantities, messages) = (new List<Quantity>(), new List<Message>());
        if (shown.Threshold is not { } threshold)
        {
            quantities.Add(Quantity.Refused("threshold_cps", "cps", "NO_THRESHOLD"));
            quantities.Add(Quantity.Refused("threshold_on_fraction", "1", "NO_THRESHOLD"));
            messages.Add(new("NO_THRESHOLD", $"The histogram of {shown.Bins} bins of {NumberText.Rounded(shown.Bin * 1e3)} ms has one peak, so the threshold method says nothing. The levels from change points do not need one."));
        }
        else
        {
            quantities.Add(Quantity.Of("threshold_cps", threshold / shown.Bin, null, "cps") with { N = shown.Bins, Method = "equal posterior" });
            quantities.Add(Quantity.Of("threshold_on_fraction", shown.OnFraction, shown.OnFractionSigma, "1") with { N = shown.Bins, Method = "cycles" });
            var seen = string.Join(", ", tries.Where(one => one.On is not null || one.Off is not null)
                .Select(one => $"{Exponents(one)} with bins of {NumberText.Rounded(one.Bin * 1e3)} ms"));
            messages.Add(new("THRESHOLD_BIASED",
                $"The threshold method sees no time shorter than its bin of {NumberText.Rounded(shown.Bin * 1e3)} ms: shorter ones merge or vanish, so its exponents depend on the bin and the threshold{(seen.Length > 0 ? $" (here {seen})" : "")}. Compare with the literature by it, but take the numbers from the change points (Crouch et al. 2010; Houel et al. 2015)."));
        }

        for (var k = 0; k < tries.Length; k++)
        {
            quantities.Add(Alpha($"threshold_alpha_on_{k}", tries[k].On));
            quantities.Add(Alpha($"threshold_alpha_off_{k}", tries[k].Off));
        }

        var curve = new Curve("threshold_exponents", new("bin", "s", [.. tries.Select(one => (double?)one.Bin)]),
            new("alpha_on", "1", [.. tries.Select(one => one.On?.Alpha)]) { Sigma = [.. tries.Select(one => one.On?.Sigma)] })
        {
            More = new Dictionary<string, Series> { ["alpha_off"] = new("alpha_off", "1", [.. tries.Select(one => one.Off?.Alpha)]) { Sigma = [.. tries.Select(one => one.Off?.Sigma)] } },
        };
        return new(shown.Threshold / shown.Bin, shown.OnFraction, tries, quantities, messages, curve);

        static Quantity Alpha(string name, BinnedPowerLaw? law) =>
            law is null ? Quantity.Refused(name, "1", "TOO_FEW_DWELLS") : Quantity.Of(name, law.Alpha, law.Sigma, "1") with { N = law.Dwells, Method = "fisher", Grade = Grade.Warn, Flags = ["THRESHOLD_BIASED"] };

        static string Exponents(ThresholdTry one) => $"{(one.On is { } on ? $"on {on.Alpha:F2}" : "")}{(one.On is not null && one.Off is not null ? " and " : "")}{(one.Off is { } off ? $"off {off.Alpha:F2}" : "")}";
    }

    static ThresholdTry Once(IReadOnlyList<long> counts, double width, int join, IReadOnlyList<(double From, double To)>? watched, CancellationToken stop)
    {
        var bin = join * width;
        var (kept, breaks) = Joined(counts, width, join, watched);
        var nothing = new ThresholdTry(bin, kept.Count, null, 0, null, null, null);
        if (kept.Count < FewestBins || TwoStates(kept, stop) is not { } threshold) return nothing;

        var dwells = (On: new List<int>(), Off: new List<int>());
        double onBins = 0;
        var cycles = new List<(double On, double Off)>();
        double on = 0, off = 0;
        var (first, length) = (true, 0);
        for (var i = 0; i < kept.Count; i++)
        {
            var isOn = kept[i] > threshold;
            if (isOn) onBins++;
            if (isOn && off > 0)
            {
                cycles.Add((on, off));
                (on, off) = (0, 0);
            }

            if (isOn) on++;
            else off++;
            length++;
            var isLast = i + 1 == kept.Count || breaks.Contains(i + 1);
            if (!isLast && kept[i + 1] > threshold == isOn) continue;
            // The first and the last before a break were not seen whole.
            if (!first && !isLast) (isOn ? dwells.On : dwells.Off).Add(length);
            (first, length) = (isLast, 0);
        }

        cycles.Add((on, off));
        var share = onBins / kept.Count;
        double m = cycles.Count;
        double? sigma = m < 3 ? null
            : Math.Sqrt(m / (m - 1) * cycles.Sum(cycle => Math.Pow((1 - share) * cycle.On - share * cycle.Off, 2))) / kept.Count;
        return new(bin, kept.Count, threshold, share, sigma, Fit(dwells.On, kept.Count), Fit(dwells.Off, kept.Count));
    }

    /// <summary>Counts in longer bins, and before which of them something is missing.</summary>
    static (List<long> Kept, HashSet<int> Breaks) Joined(IReadOnlyList<long> counts, double width, int join, IReadOnlyList<(double From, double To)>? watched)
    {
        var (kept, breaks, next, isMissing) = (new List<long>(), new HashSet<int>(), 0, false);
        for (var i = 0; i + join <= counts.Count; i += join)
        {
            if (watched is not null)
            {
                while (next < watched.Count && watched[next].To < (i + join) * width) next++;
                // Times that stand without a gap between them are one; a bin across two of them is whole.
                var (begin, end) = (i * width, (i + join) * width);
                var from = next;
                while (from > 0 && watched[from - 1].To > begin && (from == watched.Count || watched[from].From - watched[from - 1].To < 1e-9 * width)) from--;
                if (next == watched.Count || watched[from].From > begin + 1e-9 * width || watched[next].From > end)
                {
                    isMissing = true;
                    continue;
                }
            }

            if (isMissing && kept.Count > 0) breaks.Add(kept.Count);
            isMissing = false;
            long n = 0;
            for (var j = i; j < i + join; j++) n += counts[j];
            kept.Add(n);
        }

        return (kept, breaks);
    }

    /// <summary>Two states fitted to a histogram of counts.</summary>
    /// <returns>The largest count that is dark; null where one state describes the histogram as well.</returns>
    static double? TwoStates(List<long> counts, CancellationToken stop)
    {
        (double N, double Bins)[] histogram = [.. counts.GroupBy(n => n).OrderBy(group => group.Key).Select(group => ((double)group.Key, (double)group.Count()))];
        if (histogram.Length < 3) return null;
        var all = (double)counts.Count;
        var mean = histogram.Sum(h => h.N * h.Bins) / all;
        var one = new State(1, mean, 1 / Math.Max(1, histogram.Sum(h => h.Bins * Deviance(h.N, mean)) / all));

        // From the cut of the square roots that leaves least variance on both sides (Otsu, IEEE Trans. Syst. Man Cybern. 9, 62 (1979)).
        var (dark, bright) = (one, one);
        double most = -1, below = 0, root = 0, light = 0, roots = histogram.Sum(h => h.Bins * Math.Sqrt(h.N));
        for (var i = 0; i + 1 < histogram.Length; i++)
        {
            below += histogram[i].Bins;
            root += histogram[i].Bins * Math.Sqrt(histogram[i].N);
            light += histogram[i].Bins * histogram[i].N;
            var apart = below * (all - below) * Math.Pow(root / below - (roots - root) / (all - below), 2);
            if (apart <= most) continue;
            most = apart;
            (dark, bright) = (new(below / all, Math.Max(light / below, 0.01), 1), new(1 - below / all, (mean * all - light) / (all - below), 1));
        }

        var (likelihood, last) = (double.NegativeInfinity, double.NegativeInfinity);
        for (var round = 0; round < Rounds; round++)
        {
            stop.ThrowIfCancellationRequested();
            double w = 0, n0 = 0, n1 = 0, sum = 0;
            var share = new double[histogram.Length];
            for (var i = 0; i < histogram.Length; i++)
            {
                var (n, bins) = histogram[i];
                var (a, b) = (dark.Log(n), bright.Log(n));
                var top = Math.Max(a, b);
                var both = Math.Exp(a - top) + Math.Exp(b - top);
                sum += bins * (top + Math.Log(both));
                share[i] = Math.Exp(a - top) / both;
                w += bins * share[i];
                n0 += bins * share[i] * n;
                n1 += bins * (1 - share[i]) * n;
            }

            likelihood = sum;
            if (w < 1 || w > all - 1) return null;
            if (round > 3 && sum - last < 1e-4) break;
            last = sum;
            var (mean0, mean1) = (Math.Max(n0 / w, 0.01), Math.Max(n1 / (all - w), 0.01));
            double d0 = 0, d1 = 0;
            for (var i = 0; i < histogram.Length; i++)
            {
                d0 += histogram[i].Bins * share[i] * Deviance(histogram[i].N, mean0);
                d1 += histogram[i].Bins * (1 - share[i]) * Deviance(histogram[i].N, mean1);
            }

            (dark, bright) = (new(w / all, mean0, 1 / Math.Max(1, d0 / w)), new(1 - w / all, mean1, 1 / Math.Max(1, d1 / (all - w))));
            if (dark.Mean > bright.Mean) (dark, bright) = (bright, dark);
        }

        var single = histogram.Sum(h => h.Bins * one.Log(h.N));
        // Two shapes of one peak are no two states: their means must lie apart by more than both are wide.
        if (2 * (likelihood - single) < 3 * Math.Log(all) + Distinct || bright.Mean - dark.Mean < dark.Width + bright.Width) return null;
        for (var n = Math.Floor(dark.Mean) + 1; n <= bright.Mean; n++)
            if (bright.Log(n) >= dark.Log(n)) return n - 0.5;
        return null;
    }

    static double Deviance(double n, double mu) => 2 * (n > 0 ? n * Math.Log(n / mu) - n + mu : mu);

    /// <summary>A state of the histogram: double Poisson (Efron 1986), which is Poisson where the precision is 1.</summary>
    readonly record struct State(double Share, double Mean, double Precision)
    {
        public double Width => Math.Sqrt(Mean / Precision);

        public double Log(double n) =>
            Math.Log(Math.Max(Share, 1e-300)) + 0.5 * Math.Log(Precision) + Precision * (n * Math.Log(Mean) - Mean)
            + (1 - Precision) * (n > 0 ? n * Math.Log(n) - n : 0) - SpecialFunctions.GammaLn(n + 1);
    }

    /// <summary>A power law of times that are whole numbers of bins: each stands for half a bin less to half a bin more, up to a tenth of the record.</summary>
    static BinnedPowerLaw? Fit(List<int> dwells, int bins)
    {
        var longest = Math.Max(3, bins / 10);
        var seen = dwells.Where(k => k <= longest).GroupBy(k => k).Select(group => (K: (double)group.Key, Times: (double)group.Count())).ToArray();
        var all = seen.Sum(one => one.Times);
        if (all < FewestDwells) return null;

        // One number: golden section, and the curvature there.
        var (a, b, ratio) = (0.2, 6.0, 0.5 * (Math.Sqrt(5) - 1));
        for (var i = 0; i < 60; i++)
        {
            var (c, d) = (b - ratio * (b - a), a + ratio * (b - a));
            if (LogLikelihood(c) > LogLikelihood(d)) b = d;
            else a = c;
        }

        var (alpha, step) = (0.5 * (a + b), 0.01);
        var curvature = -(LogLikelihood(alpha + step) - 2 * LogLikelihood(alpha) + LogLikelihood(alpha - step)) / (step * step);
        return curvature > 0 ? new(alpha, 1 / Math.Sqrt(curvature), (int)all) : null;

        double LogLikelihood(double alpha)
        {
            var power = Math.Abs(1 - alpha) < 1e-9 ? 1e-9 : 1 - alpha;
            double Between(double from, double to) => (Math.Pow(to, power) - Math.Pow(from, power)) / power;
            return seen.Sum(one => one.Times * Math.Log(Between(one.K - 0.5, one.K + 0.5))) - all * Math.Log(Between(0.5, longest + 0.5));
        }
    }
}

/// <summary>What the threshold method says.</summary>
/// <param name="Threshold">[1/s]; null where the histogram has one peak.</param>
/// <param name="OnFraction">Share of bins above it.</param>
/// <param name="Tries">With three lengths of bin.</param>
/// <param name="Quantities">threshold_cps, threshold_on_fraction, threshold_alpha_on_0 to _2 and threshold_alpha_off_0 to _2, from the shortest bin to the longest.</param>
/// <param name="Messages">THRESHOLD_BIASED, or NO_THRESHOLD.</param>
/// <param name="Exponents">threshold_exponents: bin [s] and both exponents.</param>
public sealed record ThresholdResult(
    double? Threshold, double OnFraction, IReadOnlyList<ThresholdTry> Tries, IReadOnlyList<Quantity> Quantities, IReadOnlyList<Message> Messages, Curve Exponents);

/// <summary>The threshold method with one length of bin.</summary>
/// <param name="Bin">[s]</param>
/// <param name="Bins">That were looked at.</param>
/// <param name="Threshold">Counts per bin above which a bin is bright; null where the histogram has one peak.</param>
/// <param name="OnFraction">Share of bright bins.</param>
/// <param name="OnFractionSigma">One standard deviation of it.</param>
/// <param name="On">Power law of the bright times; null where there are too few.</param>
/// <param name="Off">Power law of the dark times.</param>
public sealed record ThresholdTry(double Bin, int Bins, double? Threshold, double OnFraction, double? OnFractionSigma, BinnedPowerLaw? On, BinnedPowerLaw? Off);

/// <summary>A power law of times counted in bins.</summary>
/// <param name="Sigma">One standard deviation, from the curvature of the likelihood; the bias of the method is not in it.</param>
/// <param name="Dwells">Times it rests on.</param>
public sealed record BinnedPowerLaw(double Alpha, double Sigma, int Dwells);
