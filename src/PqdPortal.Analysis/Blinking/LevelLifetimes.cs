using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Lifetime;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Blinking;

/// <summary>The light of one level: how bright, how long it lives.</summary>
/// <param name="Level">Its number among the levels of the run.</param>
/// <param name="Time">How long it was looked at, ends of segments left out [s].</param>
/// <param name="Photons">Photons seen in that time.</param>
/// <param name="Intensity">Background taken off [1/s].</param>
/// <param name="IntensitySigma">Its standard error [1/s].</param>
/// <param name="Tau">Lifetime [s]: of two exponentials the amplitude-weighted mean. Null for a level in which nothing decays.</param>
/// <param name="TauSigma">Standard error of the fit alone [s]; null where the data do not tell.</param>
/// <param name="Kind">One exponential or two.</param>
public sealed record LevelLifetime(
    int Level, double Time, long Photons, double Intensity, double IntensitySigma, double? Tau, double? TauSigma, DecayKind Kind)
{
    /// <summary>Photons of its decay.</summary>
    public double Signal => Intensity * Time;

    /// <summary>Share of its signal that is light of the brightest level, where the decay shows it; 0 where it does not.</summary>
    public double Leak { get; init; }

    /// <summary>Upper end of the 95 % interval of that share; null where the two decays are too much alike to tell.</summary>
    public double? LeakAtMost { get; init; }
}

/// <summary>Lifetimes of all levels, fitted together.</summary>
/// <remarks>
/// One fit by Poisson likelihood (<see cref="LevelModel"/>): a lifetime and a brightness for each level, one background for all,
/// one response for each detector. A background that was not given comes from the uniform part of all decays, so its error is in all
/// that follows. A level is first asked whether it decays at all. Two exponentials, or a share of the brightest level's light in a
/// dimmer one, are taken where the likelihood clearly asks for them.
/// </remarks>
public sealed class LevelLifetimes
{
    const double FlatBelow = 4;           // standard deviations of decay in a level
    const double ClearlyBetter = 10;      // of BIC
    const double LeakShows = 6.6;         // rise of the deviance at 99 %
    const long FewestForTwo = 3000, FewestForLeak = 500;

    readonly DecayAxis _axis;
    readonly CancellationToken _stop;
    readonly double _longest;

    LevelLifetimes(DecayAxis axis, CancellationToken stop) => (_axis, _stop, _longest) = (axis, stop, 100.0 * axis.Bins);

    /// <summary>Levels that were looked at, ascending in brightness.</summary>
    public IReadOnlyList<LevelLifetime> Levels { get; private set; } = [];

    /// <summary>Background of all detectors together [1/s], and its standard error where it was fitted.</summary>
    public double Background { get; private set; }

    public double? BackgroundSigma { get; private set; }

    /// <summary>Deviance of the fit from its expectation, in standard deviations.</summary>
    public double Goodness { get; private set; }

    /// <summary>Standard deviation of the fitted response of the first detector [s].</summary>
    public double ResponseSigma { get; private set; }

    /// <summary>Covariance of ln tau (first the levels in order) and ln intensity (then the levels in order); rows of levels that do not decay are 0.</summary>
    public double[,] Covariance { get; private set; } = new double[0, 0];

    /// <summary>The decay of all photons, the ground on which levels are fitted.</summary>
    public sealed record Whole(
        DecayAxis Axis, IReadOnlyList<DecayGrid> Grids, IReadOnlyList<DetectorResponse> Responses, double[][] ResponseStarts, double[] Backgrounds, bool[] Known, double Tau)
    {
        /// <summary>True where a flat level describes it as well as a decay.</summary>
        public bool IsFlat { get; init; }

        /// <summary>[1/s]</summary>
        public double Background => Backgrounds.Sum();

        /// <summary>Background that was given for a detector but is more than it counted.</summary>
        public int? TooLarge { get; init; }

        /// <summary>Lifetimes of single segments and bins by their mean delay.</summary>
        public DelayMoment Moment()
        {
            var photons = Axis.Decays.Select(decay => (double)decay.Photons).ToArray();
            var all = photons.Sum();
            return new(Grids[0], [.. Responses.Select((response, d) =>
            {
                response.Set(ResponseStarts[d]);
                var (centre, sigma) = PlaceOf(d);
                return (response, centre - 4 * sigma);
            })], [.. photons.Select(n => n / all)], [.. Backgrounds.Select(b => Background > 0 ? b / Background : 1.0 / Backgrounds.Length)], Tau);
        }

        /// <summary>Centre and width of a detector's response as fitted [bins].</summary>
        (double Centre, double Sigma) PlaceOf(int d) => Axis.Responses is { } measured
            ? ((measured[d].Centre - Grids[d].Start) / Grids[d].BinWidth + ResponseStarts[d][0], Math.Max(measured[d].Sigma / Grids[d].BinWidth, 0.5))
            : (((GaussianResponse)Responses[d]).Centre - Grids[d].Start / Grids[d].BinWidth + ResponseStarts[d][0], Math.Max(Math.Exp(ResponseStarts[d][1]), 0.5));
    }

    /// <summary>Fits the decay of all photons.</summary>
    /// <param name="background">Given rate of each detector [1/s]; null where it is to be fitted.</param>
    /// <param name="duration">How long was measured [s].</param>
    /// <param name="centres">Given place of each response [s]; null without.</param>
    /// <param name="sigmas">Given width of each [s]; null without.</param>
    /// <returns>Null where no decay could be fitted.</returns>
    public static Whole? Look(DecayAxis axis, double duration, double[]? background, double[]? centres, double[]? sigmas, CancellationToken stop)
    {
        var (detectors, guess, photons) = (new List<DetectorDecay>(), 0.0, axis.Decays.Sum(decay => (double)decay.Photons));
        var known = new bool[axis.Decays.Count];
        int? tooLarge = null;
        for (var d = 0; d < axis.Decays.Count; d++)
        {
            var decay = axis.Decays[d];
            var grid = DecayGrid.Of(decay, decay.Period);
            var counts = decay.Counts.Select(n => (double)n).ToArray();
            var rise = Rise.Of(counts);
            var (response, from) = DetectorResponse.For(grid, rise, axis.Responses?[d], centres?[d], sigmas?[d]);
            double? level = background is null ? null : background[d] * duration / PeriodOf(grid);
            if (level * grid.Bins >= decay.Photons) (level, tooLarge) = (null, decay.Channel);
            known[d] = level is not null;
            var start = level ?? rise.Background;
            detectors.Add(new(decay.Channel, grid, response, counts, [.. Enumerable.Repeat(1.0, counts.Length)])
            {
                Background = level is { } b ? Math.Max(b, 1e-6) : null,
                Guess = (Math.Max(counts.Sum() - start * counts.Length, 0.2 * counts.Sum()), start),
            });
            guess += decay.Photons / photons * Rise.MeanDelay(counts, start, from);
        }

        var fits = new LifetimeFit(detectors, guess, stop);
        if (fits.Of(DecayKind.Mono) is not { } mono) return null;
        // Several levels make several lifetimes; a single one would take their difference for background.
        var best = mono;
        foreach (var kind in new[] { DecayKind.Bi, DecayKind.Tri })
        {
            if (fits.Of(kind) is not { Merged: null } more || !(more.Fit.Bic < best.Fit.Bic - ClearlyBetter)) break;
            best = more;
        }

        var (model, values) = (best.Model, best.Fit.Values);
        var flat = detectors.Sum(detector =>
        {
            var widths = Enumerable.Range(0, detector.Grid.Bins).Select(detector.Grid.Width).ToArray();
            var each = detector.Counts.Sum() / widths.Sum();
            return detector.Counts.Select((n, i) => PoissonDeviance.Of(n, Math.Max(each * widths[i], 1e-9))).Sum();
        });
        return new(axis, [.. detectors.Select(detector => detector.Grid)], [.. detectors.Select(detector => detector.Response)],
            [.. detectors.Select((detector, d) => values.AsSpan(model.PlacesOf(d).Response, detector.Response.Parameters.Count).ToArray())],
            [.. detectors.Select((detector, d) => known[d] ? background![d] : values[model.PlacesOf(d).Background] * PeriodOf(detector.Grid) / duration)],
            known, Math.Exp(mono.Law[0]))
        {
            IsFlat = flat - mono.Fit.Deviance < 30,
            TooLarge = tooLarge,
        };
    }

    /// <summary>Fits the levels.</summary>
    /// <param name="decays">Counted in the second pass.</param>
    /// <param name="levels">Levels that are bright and long enough to be looked at, ascending in brightness.</param>
    /// <returns>Null where no fit could be had.</returns>
    public static LevelLifetimes? Of(Whole whole, SegmentDecays decays, IReadOnlyList<int> levels, CancellationToken stop)
    {
        var own = new LevelLifetimes(whole.Axis, stop);
        return levels.Count > 0 && own.Fit(whole, decays, levels) ? own : null;
    }

    bool Fit(Whole whole, SegmentDecays decays, IReadOnlyList<int> levels)
    {
        var (n, m) = (levels.Count, whole.Grids.Count);
        long[][][] counted = [.. levels.Select(level => decays.Counts[level])];
        var counts = LevelModel.Flat(counted);
        double[] times = [.. levels.Select(level => decays.Time[level])];
        // The dimmest level bounds the background.
        LevelDetector[] detectors = [.. Enumerable.Range(0, m).Select(d => new LevelDetector(whole.Grids[d], whole.Responses[d], whole.ResponseStarts[d],
            whole.Known[d] ? whole.Backgrounds[d] : Math.Min(whole.Backgrounds[d], counted.Select((level, l) => level[d].Sum() / times[l]).Min() * 0.98), whole.Known[d]))];
        bool[] isFlat = [.. counted.Select(level => IsFlat(whole, level))];
        if (isFlat[^1] && n > 0 && isFlat.All(flat => flat)) return false;

        FitParameter[] Mono(double tau) => DecayLaw.Parameters(DecayKind.Mono, [Math.Clamp(tau, 0.02, _longest)], [], 1, _longest);
        LevelStart[] starts = [.. Enumerable.Range(0, n).Select(l => new LevelStart(times[l], DecayKind.Mono, [Mono(whole.Tau)[0] with { Fixed = isFlat[l] }])
        {
            Photons = [.. Enumerable.Range(0, m).Select(d => Math.Max(counted[l][d].Sum() - detectors[d].Background * times[l], 0.02 * counted[l][d].Sum()))],
        })];

        // What is over within the response is scattered laser light and no light of the dot [bins].
        var prompt = 1.2 * (whole.Axis.Responses is { } measured ? measured[0].Sigma / _axis.BinWidth : Math.Exp(whole.ResponseStarts[0][1]));
        if (Run(new(starts, detectors, true), counts) is not { } best) return false;
        for (var l = 0; l < n; l++)
            if (!isFlat[l] && (best.Fit.AtBound.Contains(best.Model.LawOf(l)) || Amplitude(best, l) < prompt || !(Signal(best, l) > 3 * Math.Sqrt(counted[l].Sum(detector => (double)detector.Sum())))) && l < n - 1)
            {
                isFlat[l] = true;
                starts[l] = starts[l] with { Law = [Mono(whole.Tau)[0] with { Fixed = true }] };
                best = Run(new(From(best, starts), detectors, true), counts) ?? best;
            }

        // The brightest level first: the others may have its light in them.
        var leakAtMost = new double?[n];
        for (var l = n - 1; l >= 0; l--)
        {
            var photons = counted[l].Sum(detector => detector.Sum());
            if (isFlat[l]) continue;
            starts = From(best, starts);
            var (tau, top) = (Amplitude(best, l), Amplitude(best, n - 1));
            if (l < n - 1 && photons >= FewestForLeak && tau < 0.8 * top)
            {
                var leaking = starts.ToArray();
                leaking[l] = starts[l] with { Leak = 0.02 };
                if (Run(new(leaking, detectors, true), counts) is { } fit)
                {
                    var at = fit.Model.LeakOf(l);
                    leakAtMost[l] = fit.Fit.Values[at] + 1.645 * (fit.Fit.Sigma(at) ?? 0);
                    if (fit.Fit.Deviance < best.Fit.Deviance - LeakShows && fit.Fit.Values[at] < 0.8)
                    {
                        (best, starts) = (fit, leaking);
                        continue;
                    }
                }
            }

            if (photons < FewestForTwo) continue;
            var two = starts.ToArray();
            two[l] = starts[l] with { Kind = DecayKind.Bi, Law = DecayLaw.Parameters(DecayKind.Bi, [0.5 * tau, 1.4 * tau], [0.3], 1, _longest) };
            if (Run(new(two, detectors, true), counts) is { } both && both.Fit.Bic < best.Fit.Bic - ClearlyBetter && AreTwo(both, l, prompt)) (best, starts) = (both, two);
        }

        Take(best, levels, times, counted, isFlat, leakAtMost, detectors);
        return true;
    }

    sealed record Fitted(LevelModel Model, FitResult Fit);

    Fitted? Run(LevelModel model, double[] counts)
    {
        try
        {
            return new(model, PoissonFit.Run(model, counts, null, null, _stop));
        }
        catch (ArgumentException)
        {
            return null; // not positive where it begins
        }
    }

    /// <summary>The same levels, beginning where a fit ended.</summary>
    static LevelStart[] From(Fitted fitted, LevelStart[] starts) =>
        [.. starts.Select((start, l) => start with
        {
            Law = start.Kind == fitted.Model.Levels[l].Kind && !start.Law[0].Fixed
                ? [.. start.Law.Select((parameter, j) => parameter with { Start = fitted.Fit.Values[fitted.Model.LawOf(l) + j] })] : start.Law,
            Leak = fitted.Model.LeakOf(l) is >= 0 and var leak ? fitted.Fit.Values[leak] : start.Leak,
            Photons = [.. fitted.Model.PhotonsOf(l).Select(at => fitted.Fit.Values[at])],
        })];

    static double Signal(Fitted fitted, int l) => fitted.Model.PhotonsOf(l).Sum(at => fitted.Fit.Values[at]);

    static double Amplitude(Fitted fitted, int l) => Amplitude(fitted.Model, fitted.Fit.Values, l);

    static double Amplitude(LevelModel model, double[] p, int l) =>
        DecayLaw.AmplitudeMean(model.Levels[l].Kind, p.AsSpan(model.LawOf(l), model.Levels[l].Law.Count));

    /// <summary>Two exponentials that are to be believed apart.</summary>
    static bool AreTwo(Fitted fitted, int l, double prompt)
    {
        var first = fitted.Model.LawOf(l);
        var (taus, shares) = DecayLaw.Of(DecayKind.Bi, fitted.Fit.Values.AsSpan(first, 3));
        return taus[0] > prompt && taus[1] > 1.3 * taus[0] && shares.Min() > 0.01 && fitted.Fit.Fisher is not null && !fitted.Fit.AtBound.Any(j => j >= first && j < first + 3);
    }

    /// <summary>True where a level's photons know nothing of the pulse.</summary>
    /// <remarks>Score test for light of the mean lifetime, and of a quarter of it, in flat counts.</remarks>
    static bool IsFlat(Whole whole, long[][] level)
    {
        var strongest = 0.0;
        foreach (var tau in new[] { whole.Tau, 0.25 * whole.Tau })
        {
            double score = 0, variance = 0;
            for (var d = 0; d < level.Length; d++)
            {
                var grid = whole.Grids[d];
                var share = new double[grid.Bins];
                whole.Responses[d].Set(whole.ResponseStarts[d]);
                whole.Responses[d].Exponential(tau, share, [], []);
                double all = level[d].Sum(), widths = 0, mean = 0;
                for (var i = 0; i < grid.Bins; i++) (widths, mean) = (widths + grid.Width(i), mean + share[i]);
                mean /= widths;
                for (var i = 0; i < grid.Bins; i++)
                {
                    var above = share[i] / grid.Width(i) - mean;
                    score += level[d][i] * above;
                    variance += all * grid.Width(i) / widths * above * above;
                }
            }

            if (variance > 0) strongest = Math.Max(strongest, score / Math.Sqrt(variance));
        }

        return strongest < FlatBelow;
    }

    void Take(Fitted best, IReadOnlyList<int> levels, double[] times, long[][][] counted, bool[] isFlat, double?[] leakAtMost, LevelDetector[] detectors)
    {
        var (model, fit) = (best.Model, best.Fit);
        // A background or a leak that stopped at zero is not known to be zero.
        var leaning = Enumerable.Range(0, detectors.Length).Select(model.BackgroundOf).Where(fit.AtBound.Contains).ToArray();
        if (leaning.Length > 0 && PoissonFit.InformedAt(model, LevelModel.Flat(counted), fit with { Free = [.. fit.Free.Concat(leaning).Order()] }, fit.Values) is { Fisher: not null } informed) fit = informed;

        var n = levels.Count;
        double Intensity(double[] p, int l) => model.PhotonsOf(l).Sum(at => p[at]) / times[l];
        var functions = new List<Func<double[], double>>();
        for (var l = 0; l < n; l++)
        {
            var at = l;
            functions.Add(p => Math.Log(Amplitude(model, p, at)));
        }

        for (var l = 0; l < n; l++)
        {
            var at = l;
            functions.Add(p => Math.Log(Intensity(p, at)));
        }

        double[]?[] slopes = [.. functions.Select((of, k) => isFlat[k % n] && k < n ? null : Slopes(fit, of))];
        Covariance = new double[2 * n, 2 * n];
        for (var a = 0; a < 2 * n; a++)
            for (var b = 0; b < 2 * n; b++)
                if (slopes[a] is { } one && slopes[b] is { } other)
                    for (var f = 0; f < one.Length; f++)
                        for (var g = 0; g < other.Length; g++)
                            Covariance[a, b] += one[f] * other[g] * fit.Covariance(fit.Free[f], fit.Free[g]);

        Levels = [.. Enumerable.Range(0, n).Select(l =>
        {
            var (intensity, tau) = (Intensity(fit.Values, l), Amplitude(model, fit.Values, l) * _axis.BinWidth);
            // Near nothing a logarithm has no error; counting has.
            var counting = Math.Sqrt(counted[l].Sum(detector => (double)detector.Sum())) / times[l];
            var sigma = fit.Fisher is null ? counting : Math.Max(Math.Sqrt(Math.Max(Covariance[n + l, n + l], 0)) * intensity, counting);
            return new LevelLifetime(levels[l], times[l], counted[l].Sum(detector => detector.Sum()), intensity, sigma,
                isFlat[l] ? null : tau, !isFlat[l] && Covariance[l, l] > 0 ? Math.Sqrt(Covariance[l, l]) * tau : null, model.Levels[l].Kind)
            {
                Leak = model.LeakOf(l) is >= 0 and var leak ? fit.Values[leak] : 0,
                LeakAtMost = leakAtMost[l],
            };
        })];
        Background = Enumerable.Range(0, detectors.Length).Sum(d => fit.Values[model.BackgroundOf(d)]);
        var variance = 0.0;
        for (var d = 0; d < detectors.Length; d++)
            for (var e = 0; e < detectors.Length; e++)
                variance += fit.Covariance(model.BackgroundOf(d), model.BackgroundOf(e));
        BackgroundSigma = detectors.All(detector => detector.IsBackgroundKnown) ? null : Math.Sqrt(Math.Max(variance, 0));
        Goodness = fit.Goodness;
        ResponseSigma = _axis.Responses is { } measured ? measured[0].Sigma : Math.Exp(fit.Values[model.ResponseOf(0) + 1]) * _axis.BinWidth;
    }

    /// <summary>Derivatives of a function after the free parameters.</summary>
    static double[] Slopes(FitResult fit, Func<double[], double> of)
    {
        var slopes = new double[fit.Free.Count];
        for (var f = 0; f < slopes.Length; f++)
        {
            var (j, low, high) = (fit.Free[f], fit.Values.ToArray(), fit.Values.ToArray());
            var h = Math.Min(1e-3 * (fit.Sigma(j) ?? double.PositiveInfinity), 1e-4 * Math.Max(1e-3, Math.Abs(fit.Values[j])));
            if (!(h > 0)) continue;
            low[j] -= h;
            high[j] += h;
            slopes[f] = (of(high) - of(low)) / (2 * h);
        }

        return slopes;
    }

    static double PeriodOf(DecayGrid grid) => double.IsFinite(grid.Period) ? grid.Period : grid.Bins;
}
