using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>How the afterpulses of a detector die away, fitted to the pairs of the detector with itself: one or two exponentials on a flat level.</summary>
/// <param name="Times">Decay times [s], ascending, with what share of the afterpulses each has.</param>
/// <param name="MeanSigma">Of <see cref="Mean"/> [s].</param>
/// <param name="Level">Flat pairs per second of lag.</param>
sealed record AfterpulseDecay(IReadOnlyList<(double Time, double Sigma, double Share, double ShareSigma, double Height)> Times, double MeanSigma, double Level, double Dead)
{
    const double Clear = 10; // BIC that a second time has to win

    /// <summary>Mean wait of an afterpulse behind the dead time [s].</summary>
    public double Mean => Times.Sum(one => one.Share * one.Time);

    /// <summary>Mean over the components, each by its share.</summary>
    public double Over(Func<double, double> of) => Times.Sum(one => one.Share * of(one.Time));

    /// <summary>Pairs per second of lag without the small effects.</summary>
    public double At(double lag) => lag < Dead ? 0 : Level + Times.Sum(one => one.Height * Math.Exp(-(lag - Dead) / one.Time));

    /// <summary>The decay; null where there are too few pairs for one.</summary>
    /// <param name="d">Dead time [s].</param>
    /// <param name="flat">Pairs of a lag bin of the tally at long lags.</param>
    /// <param name="rate">Counts per second.</param>
    /// <param name="window">In which afterpulses are sought [s].</param>
    /// <param name="longest">Longest decay time [s].</param>
    public static AfterpulseDecay? Of(DetectorTally counted, double d, double flat, double rate, double window, double longest, CancellationToken stop)
    {
        // Bins of about 1 ns from behind the edge on.
        var join = Math.Max(1, (int)Math.Round(1e-9 / counted.Bin));
        var first = (int)Math.Ceiling(d / counted.Bin / join) + 1;
        var bins = counted.Lags.Length / join - first;
        if (bins < 100 || flat * counted.Lags.Length < 100) return null;
        var width = join * counted.Bin;
        double[] counts = [.. Enumerable.Range(0, bins).Select(k => (double)counted.Lags.AsSpan((first + k) * join, join).ToArray().Sum())];
        var level = flat * join;
        var begin = first * width;
        var excess = counts.Take(Math.Min(bins, (int)(window / width))).Sum(c => c - level);
        FitParameter Level() => new("flat", level, 0.1 * level) { Scale = level };
        FitParameter Height(double share, double time) => new("height", Math.Max(share * excess * width / time, 0.01 * level + 0.01), 0) { Scale = level };
        FitParameter Time(double start) => new("ln tau", Math.Log(start), Math.Log(width), Math.Log(longest)) { Scale = 1 };

        FitResult Fit(params FitParameter[] parameters) => PoissonFit.Run(new NumericModel(parameters, Counts), counts, stop: stop);
        var one = Fit(Level(), Height(1, 50e-9), Time(50e-9));
        FitResult? two = null;
        if (excess > 10 * Math.Sqrt(counts.Take(Math.Min(bins, (int)(window / width))).Sum() + 1) && one.Converged)
        {
            var t = Math.Exp(one.Values[2]);
            foreach (var (a, b) in new[] { (0.4, 2.0), (0.7, 5.0) })
            {
                var trial = Fit(Level() with { Start = one.Values[0] }, Height(0.5, a * t), Time(a * t), Height(0.5, b * t), Time(Math.Min(b * t, 0.9 * longest)));
                if (trial.Converged && (two is null || trial.Deviance < two.Deviance)) two = trial;
            }
        }

        if (two is not null && two.Bic < one.Bic - Clear && two.AtBound.Count == 0 && Told(two) is { } told) return told;
        return one.Converged && one.Sigma(2) is not null ? Told(one) : null;

        void Counts(ReadOnlySpan<double> p, Span<double> mu)
        {
            var parts = (p.Length - 1) / 2;
            Span<double> tau = stackalloc double[parts], start = stackalloc double[parts], chance = stackalloc double[parts];
            for (var i = 0; i < parts; i++)
            {
                tau[i] = Math.Exp(p[2 + 2 * i]);
                start[i] = p[1 + 2 * i] * Math.Exp((begin - d) / tau[i]); // right behind the dead time
                // Chance of an afterpulse by these heights: p[0] is rate x width a count.
                chance[i] = start[i] * tau[i] * rate / p[0];
            }

            for (var k = 0; k < mu.Length; k++)
            {
                var lag = begin + k * width;
                var (u, late) = (lag - d, lag - 2 * d);
                double own = 0, hidden = 0, flatLess = 0, second = 0;
                for (var i = 0; i < parts; i++)
                {
                    var mean = tau[i] / width * (1 - Math.Exp(-width / tau[i]));
                    var here = p[1 + 2 * i] * Math.Exp(-k * width / tau[i]) * mean;
                    own += here;
                    hidden += tau[i] * (late > 0 ? here * (Math.Exp(d / tau[i]) - 1) : start[i] * (1 - Math.Exp(-u / tau[i])));
                    // Afterpulses of other counts come a dead time and a decay later than those counts.
                    flatLess += chance[i] * (late < 0 ? 1 : Math.Exp(-late / tau[i]));
                    // Afterpulses of afterpulses.
                    for (var j = 0; late > 0 && j < parts; j++)
                        second += chance[i] * start[j] * (i == j || Math.Abs(tau[i] - tau[j]) < 1e-6 * tau[i] ? late / tau[i] * Math.Exp(-late / tau[i])
                            : (Math.Exp(-late / tau[j]) - Math.Exp(-late / tau[i])) / (1 - tau[i] / tau[j]));
                }

                mu[k] = p[0] * (1 + (late < 0 ? rate * d : 0) - flatLess) + own * (1 - rate * Math.Min(u, d)) - rate * hidden + second;
            }
        }

        AfterpulseDecay? Told(FitResult fit)
        {
            var parts = (fit.Values.Length - 1) / 2;
            double[] Numbers(double[] p)
            {
                // Shares of the components and the mean time.
                double[] area = [.. Enumerable.Range(0, parts).Select(i => Math.Exp(p[2 + 2 * i]) is var t ? p[1 + 2 * i] * t * Math.Exp((begin - d) / t) : 0)];
                var sum = area.Sum();
                return [.. area.Select(a => a / sum), Enumerable.Range(0, parts).Sum(i => area[i] / sum * Math.Exp(p[2 + 2 * i]))];
            }

            var value = Numbers(fit.Values);
            if (!value.All(double.IsFinite)) return null;
            var sigma = new double[value.Length];
            var steps = new double[fit.Values.Length][];
            for (var j = 1; j < fit.Values.Length; j++)
            {
                if (fit.Sigma(j) is not (> 0 and var s)) return null;
                var (up, down) = (fit.Values.ToArray(), fit.Values.ToArray());
                (up[j], down[j]) = (up[j] + 0.1 * s, down[j] - 0.1 * s);
                steps[j] = [.. Numbers(up).Zip(Numbers(down), (x, y) => (x - y) / (0.2 * s))];
            }

            for (var q = 0; q < value.Length; q++)
            {
                var variance = 0.0;
                for (var j = 1; j < fit.Values.Length; j++)
                    for (var l = 1; l < fit.Values.Length; l++) variance += steps[j][q] * steps[l][q] * fit.Covariance(j, l);
                sigma[q] = Math.Sqrt(Math.Max(variance, 0));
            }

            var times = Enumerable.Range(0, parts).Select(i => Math.Exp(fit.Values[2 + 2 * i]) is var t
                ? (Time: t, Sigma: t * fit.Sigma(2 + 2 * i)!.Value, Share: value[i], ShareSigma: sigma[i], Height: fit.Values[1 + 2 * i] / width * Math.Exp((begin - d) / t)) : default).OrderBy(time => time.Time).ToArray();
            // What is left out is of second order in the chance of an afterpulse.
            var chance = times.Sum(time => time.Height * time.Time) * rate / (fit.Values[0] / width);
            return new(times, Math.Sqrt(sigma[^1] * sigma[^1] + Math.Pow(chance * chance * value[^1], 2)), fit.Values[0] / width, d);
        }
    }
}
