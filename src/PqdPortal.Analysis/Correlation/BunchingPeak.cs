using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>A fitted bunching peak with honest errors, as counted: no background is taken off.</summary>
/// <param name="Fit">What the curve is drawn from.</param>
/// <param name="Sigma">Of the amplitude: the larger of likelihood (its longer side) and blocks; null where there is none.</param>
/// <param name="Low95">95 % interval of the amplitude from the likelihood; null where it is open.</param>
/// <param name="Stretch">How much larger the blocks' error is than that of the likelihood; 1 where it is not.</param>
/// <param name="LnSigma">Relative error of the time.</param>
/// <param name="Area">Integral of g2 - 1 over all delays [s].</param>
/// <param name="Level">g2 beside the peak.</param>
/// <param name="IsSeen">More than chance: without a peak the deviance would be larger than three standard deviations allow.</param>
/// <param name="IsLimited">The detectors are too slow to tell height from width.</param>
sealed record BunchingPeak(
    FitResult Fit, double Amplitude, double? Sigma, double? Low95, double? High95, double Stretch,
    double Time, double? LnSigma, double Area, double AreaSigma, bool AreaFromBlocks, double Level, double LevelSigma, bool IsSeen, bool IsLimited);

/// <summary>Fits N (1 + A f) to counted pairs.</summary>
/// <param name="flat">Pairs that uncorrelated light would leave, shape (bins).</param>
sealed class BunchingFit(
    PairAxis axis, double[] pairs, double[] flat, IReadOnlyList<(PairResponse Response, double Share)> blurs, IReadOnlyList<PairCounts> counts, BunchingOptions options, CancellationToken stop)
{
    const double Seen = 11.83;        // rise of the deviance for two more parameters, 99.73 %
    const double SlowDetectors = 3;   // times the 1/e time: response wider than that hides the height
    const double Z95 = 1.959964;

    readonly bool _isGaussian = options.Shape == "gaussian";

    /// <summary>Full width at half maximum of the pair response, of all pairs of detectors together [s].</summary>
    public double Fwhm { get; } = 2.3548 * Math.Sqrt(blurs.Sum(blur => blur.Share * blur.Response.Sigma * blur.Response.Sigma));

    public BunchingPeak Run()
    {
        var (free, freeModel) = Best(options.AssumedTime);
        var (fit, model) = (free, freeModel);
        var (n, a, tc) = (free.Values[BunchingModel.N], free.Values[BunchingModel.A], Math.Exp(free.Values[BunchingModel.LnTime]));
        var moved = Resampled(free);
        var level = pairs.Sum() / flat.Sum();
        var without = PoissonDeviance.Of(pairs, [.. flat.Select(f => f * level)]);
        var gain = (without - free.Deviance) / free.Overdispersion;
        var isSeen = a > 0 && gain > (options.AssumedTime is null ? Seen : 9) && a > 2.5 * moved.Amplitude.Deviation;

        // The area is that of the free peak: it hardly depends on the time.
        var variance = (free.Covariance(BunchingModel.A, BunchingModel.A) + 2 * a * free.Covariance(BunchingModel.A, BunchingModel.LnTime)
            + a * a * free.Covariance(BunchingModel.LnTime, BunchingModel.LnTime)) * Math.Pow(model.Area * tc, 2);
        var (area, areaSigma) = (model.Area * a * tc, Math.Sqrt(Math.Max(variance, 0)));
        var areaFromBlocks = moved.Area.Deviation > areaSigma;
        areaSigma = Math.Max(areaSigma, moved.Area.Deviation);

        var narrowest = Math.Max(3 * axis.BinSeconds, Fwhm / SlowDetectors);
        if (!isSeen && options.AssumedTime is null)
        {
            // Where there is no peak a free time follows the noise. Only peaks that could be told are asked for.
            (fit, model) = Best(null, narrowest);
            (n, a, tc) = (fit.Values[BunchingModel.N], fit.Values[BunchingModel.A], Math.Exp(fit.Values[BunchingModel.LnTime]));
            moved = Resampled(fit);
        }

        var (low68, high68) = PoissonFit.Profile(model, pairs, null, fit, BunchingModel.A, 1, stop);
        var (low95, high95) = PoissonFit.Profile(model, pairs, null, fit, BunchingModel.A, Z95 * Z95, stop);
        var likelihood = fit.Sigma(BunchingModel.A);
        foreach (var side in new[] { a - low68, high68 - a })
            if (side is { } s) likelihood = Math.Max(likelihood ?? 0, s);
        foreach (var side in new[] { a - low95, high95 - a })
            if (side is { } s) likelihood = Math.Max(likelihood ?? 0, s / Z95);
        var blocks = moved.Amplitude.Deviation;
        double? sigma = likelihood is null && blocks == 0 ? null : Math.Max(likelihood ?? 0, blocks);
        var lnSigma = fit.Sigma(BunchingModel.LnTime) is { } l ? Math.Max(l, moved.LnTime.Deviation) : (double?)null;
        // A time that might as well be too short for the detectors leaves the height open above.
        var isLimited = options.AssumedTime is null
            && (isSeen ? Fwhm > SlowDetectors * tc * Math.Exp(-1.5 * (lnSigma ?? 0)) || high95 is null || high68 is null : Fwhm > 0 && tc < 1.01 * narrowest && area > 2 * areaSigma);
        return new(fit, a, sigma, low95, high95, likelihood is > 0 && blocks > likelihood ? blocks / likelihood.Value : 1,
            tc, lnSigma, area, areaSigma, areaFromBlocks, n, Math.Max(fit.Sigma(BunchingModel.N) ?? 0, moved.Level.Deviation), isSeen, isLimited);
    }

    /// <param name="held">The time, where it is given.</param>
    /// <param name="narrowest">The shortest time allowed [s]; null for a twentieth of a bin.</param>
    (FitResult Fit, BunchingModel Model) Best(double? held, double? narrowest = null)
    {
        var far = Enumerable.Range(0, pairs.Length).Where(i => Math.Abs(i - axis.Side) > 0.6 * axis.Side).ToArray();
        var level = far.Sum(i => flat[i]) is > 0 and var expected ? Math.Max(far.Sum(i => pairs[i]), 1) / expected : 1;
        (FitResult Fit, BunchingModel Model)? best = null;
        var longest = axis.Side * axis.BinSeconds;
        var shortest = Math.Min(narrowest ?? Math.Max(axis.BinSeconds / 20, axis.Unit / 10), 0.5 * longest);
        double[] starts = held is { } one ? [one] : [.. Enumerable.Range(0, 6).Select(k => Math.Max(shortest, axis.BinSeconds * Math.Pow(0.3 * axis.Side, k / 5.0))).Distinct()];
        foreach (var start in starts)
        {
            stop.ThrowIfCancellationRequested();
            BunchingModel Of(double height) => With(
                new("N", level, 1e-3 * level), new("A", height, -0.99, 1e6),
                new("ln tc", Math.Log(start), Math.Min(Math.Log(shortest), Math.Log(start)), Math.Max(Math.Log(longest), Math.Log(start))) { Fixed = held is not null });
            var peak = Of(0.1).Centre(Math.Log(start));
            var model = Of(Math.Clamp((pairs[axis.Side] / Math.Max(flat[axis.Side] * level, 1e-9) - 1) / Math.Max(peak, 1e-3), 0.01, 1e3));
            var fit = PoissonFit.Run(model, pairs, stop: stop);
            if (best is null || fit.Deviance < best.Value.Fit.Deviance) best = (fit, model);
        }

        return best!.Value;
    }

    BunchingModel With(params FitParameter[] parameters) => new(axis, flat, blurs, _isGaussian, parameters);

    /// <summary>Where the fit would end with other choices of blocks of time.</summary>
    (Spread Amplitude, Spread LnTime, Spread Area, Spread Level) Resampled(FitResult fit)
    {
        var (amplitude, lnTime, area, level) = (new Spread(), new Spread(), new Spread(), new Spread());
        var (a, ln) = (fit.Values[BunchingModel.A], fit.Values[BunchingModel.LnTime]);
        var tc = Math.Exp(ln);
        var products = counts.Sum(one => (double)one.Starts * one.Stops);
        var whole = counts[0].Blocks.Sum(block => block.Length);
        var h = new double[pairs.Length];
        var scale = new double[pairs.Length];
        foreach (var choice in BlockResampling.Bootstrap(counts.Min(one => one.Blocks.Count), options.Seed, stop))
        {
            Array.Clear(h);
            var length = choice.Sum(k => counts[0].Blocks[k].Length) / whole;
            var product = 0.0;
            foreach (var one in counts)
            {
                product += choice.Sum(k => (double)one.Blocks[k].Starts) * choice.Sum(k => (double)one.Blocks[k].Stops);
                foreach (var k in choice)
                    for (var i = 0; i < h.Length; i++) h[i] += one.Blocks[k].Pairs[i];
            }

            if (!(product > 0) || !(length > 0)) continue;
            Array.Fill(scale, product / length / products);
            var moved = PoissonFit.Rescore(fit, h, scale);
            level.Add(moved[BunchingModel.N]);
            amplitude.Add(moved[BunchingModel.A]);
            lnTime.Add(moved[BunchingModel.LnTime]);
            area.Add(tc * (moved[BunchingModel.A] + a * (moved[BunchingModel.LnTime] - ln)) * BunchingModel.AreaOf(_isGaussian));
        }

        return (amplitude, lnTime, area, level);
    }

    /// <summary>How the likelihood falls when the amplitude is held elsewhere, and the time that fits it best there.</summary>
    public Curve Profile(BunchingPeak peak)
    {
        var (x, y, t) = (new List<double?>(), new List<double?>(), new List<double?>());
        var (fit, ln) = (peak.Fit, peak.Fit.Values[BunchingModel.LnTime]);
        for (var k = -12; k <= 12; k++)
        {
            var a = peak.Amplitude + 0.25 * k * peak.Sigma!.Value;
            if (a <= 0) continue;
            var there = PoissonFit.Run(With(new("N", fit.Values[BunchingModel.N], 1e-6), new("A", a) { Fixed = true }, new("ln tc", ln, ln - 5, ln + 5)), pairs, stop: stop);
            x.Add(a);
            y.Add(Math.Max(0, there.Deviance - fit.Deviance));
            t.Add(Math.Exp(there.Values[BunchingModel.LnTime]) * 1e12);
        }

        return new("profile", new("amplitude as counted", "1", x), new("rise of the deviance", "1", y)) { More = new Dictionary<string, Series> { ["tau_c_ps"] = new("best time", "ps", t) } };
    }

    /// <summary>Around which amplitudes and times together the likelihood still allows: the lines of 68 % and 95 %.</summary>
    /// <remarks>
    /// Rises of 2.30 and 5.99 (two parameters), times the over-dispersion; the level is the best for each pair of them, the sum
    /// of the counts over the sum of what the peak leaves of flat light. Looked for along rays in the fit's own ellipse.
    /// </remarks>
    public Curve? Contour(BunchingPeak peak)
    {
        const int rays = 36;
        var fit = peak.Fit;
        var (a, ln) = (peak.Amplitude, fit.Values[BunchingModel.LnTime]);
        var (aa, al, ll) = (fit.Covariance(BunchingModel.A, BunchingModel.A), fit.Covariance(BunchingModel.A, BunchingModel.LnTime), fit.Covariance(BunchingModel.LnTime, BunchingModel.LnTime));
        if (!(aa > 0) || !(ll * aa > al * al) || axis.Bins > 20_000) return null;
        var model = With(new("N", 1), new("A", a), new("ln tc", ln));
        var mu = new double[pairs.Length];
        var total = pairs.Sum();
        var (s, slope, rest) = (Math.Sqrt(aa), al / Math.Sqrt(aa), Math.Sqrt(ll - al * al / aa));

        double Rise(double amplitude, double time)
        {
            if (amplitude <= -0.99) return double.PositiveInfinity;
            model.Evaluate([1, amplitude, time], mu, null);
            var level = total / mu.Sum();
            for (var i = 0; i < mu.Length; i++) mu[i] *= level;
            return PoissonDeviance.Of(pairs, mu) - fit.Deviance;
        }

        var (x, y, inner) = (new List<double?>(), new List<double?>(), new List<double?>());
        for (var k = 0; k <= rays; k++)
        {
            stop.ThrowIfCancellationRequested();
            var (sin, cos) = Math.SinCos(2 * Math.PI * k / rays);
            (double A, double Ln) At(double r) => (a + r * s * cos, ln + r * (slope * cos + rest * sin));
            double? Radius(double rise)
            {
                var (near, far) = (0.0, 1.2 * Math.Sqrt(rise));
                for (var grown = 0; Rise(At(far).A, At(far).Ln) < rise * fit.Overdispersion; grown++)
                {
                    if (grown == 8) return null;
                    (near, far) = (far, 1.5 * far);
                }

                for (var i = 0; i < 8; i++)
                {
                    var middle = 0.5 * (near + far);
                    if (Rise(At(middle).A, At(middle).Ln) < rise * fit.Overdispersion) near = middle;
                    else far = middle;
                }

                return 0.5 * (near + far);
            }

            if (Radius(5.991) is not { } outer) continue;
            var at = At(outer);
            x.Add(at.A);
            y.Add(Math.Exp(at.Ln) * 1e12);
            var within = Radius(2.296) is { } r ? At(r) : ((double A, double Ln)?)null;
            inner.Add(within?.A);
            inner.Add(within is { } w ? Math.Exp(w.Ln) * 1e12 : null);
        }

        return new("contour", new("amplitude as counted", "1", x), new("time, 95 %", "ps", y))
        {
            More = new Dictionary<string, Series>
            {
                ["amplitude_68"] = new("amplitude, 68 %", "1", [.. inner.Where((_, i) => i % 2 == 0)]),
                ["tau_c_68_ps"] = new("time, 68 %", "ps", [.. inner.Where((_, i) => i % 2 == 1)]),
            },
        };
    }
}
