using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Brightness;

/// <summary>A bright level that falls or rises exponentially: I(t) = I0 e^(kt).</summary>
sealed record DriftFit(double Initial, double Rate, double? InitialSigma, double? RateSigma, double? InitialBlocks, double? RateBlocks, long Counts)
{
    public double At(double t) => Initial * Math.Exp(Rate * t);
}

/// <summary>When the dot is bright, how bright, and how that drifts.</summary>
/// <param name="live">Bins that are no gap, shape (bins).</param>
/// <param name="bin">[s]</param>
/// <param name="background">[1/s]</param>
sealed class BrightLevel(long[] counts, bool[] live, double bin, double background, CancellationToken stop)
{
    /// <summary>Of the bright level: below, the dot is dark.</summary>
    public const double OffShare = 0.3;
    const int Blocks = 20;
    const double Unfilled = 0.05, FullSigmas = 4.5, MostlyFull = 0.6;

    /// <summary>Counts of every so many bins together.</summary>
    public static long[] Wide(long[] counts, int join)
    {
        var wide = new long[counts.Length / join];
        for (var i = 0; i < wide.Length * join; i++) wide[i / join] += counts[i];
        return wide;
    }

    /// <summary>Bins in which the dot is bright with both neighbours, and how the bright level drifts.</summary>
    public (bool[] IsOn, DriftFit? Drift) Find(int join, double bright)
    {
        var wide = Wide(counts, join);
        DriftFit? drift = null;
        bool[] isOn = [];
        for (var round = 0; round < 4; round++)
        {
            var above = new bool[wide.Length];
            for (var k = 0; k < wide.Length; k++)
            {
                var level = drift is null ? bright - background : drift.At((k + 0.5) * join * bin);
                above[k] = wide[k] / (join * bin) - background > OffShare * level;
            }

            isOn = new bool[counts.Length];
            for (var k = 0; k < wide.Length; k++)
            {
                if (!above[k] || k > 0 && !above[k - 1] || k + 1 < wide.Length && !above[k + 1]) continue;
                for (var i = k * join; i < (k + 1) * join; i++) isOn[i] = live[i];
            }

            if (isOn.Count(on => on) < 10)
                for (var i = 0; i < isOn.Length; i++) isOn[i] = live[i] && above[Math.Min(i / join, above.Length - 1)];
            if (Drift(isOn) is not { } found) break;
            drift = found;
        }

        return (isOn, drift is null ? null : Full(isOn, drift));
    }

    /// <summary>How the level drifts in bins that are bright.</summary>
    public DriftFit? Refined(bool[] isOn) => Drift(isOn) is { } drift ? Full(isOn, drift) : null;

    /// <summary>The level from bins that are bright from beginning to end, where most are: in the others the dot was dark for a while.</summary>
    /// <remarks>
    /// Bins that are dark for less than counting shows still pass. If every share of darkness is as frequent as any other, what they take from the level goes with the square
    /// of the window, and what the narrower window gained tells how much is left; the error of the level carries it.
    /// </remarks>
    DriftFit Full(bool[] isOn, DriftFit drift)
    {
        var (all, loose) = (isOn.Count(on => on), drift);
        for (var round = 0; round < 4; round++)
        {
            var full = new bool[isOn.Length];
            for (var i = 0; i < full.Length; i++)
            {
                if (!isOn[i]) continue;
                var expected = Math.Max((drift.At((i + 0.5) * bin) + background) * bin, 0.01);
                full[i] = counts[i] > (1 - Unfilled) * expected - FullSigmas * Math.Sqrt(expected);
            }

            // Of a dot of many grey levels there is no bright level to be strict about.
            if (full.Count(on => on) < MostlyFull * all || Drift(full) is not { } fit) break;
            drift = fit;
        }

        var (wide, narrow) = (1 - OffShare, Unfilled + FullSigmas / Math.Sqrt(Math.Max((drift.Initial + background) * bin, 1)));
        if (ReferenceEquals(drift, loose) || narrow >= wide) return drift;
        var left = Math.Abs(drift.Initial - loose.Initial) * narrow * narrow / (wide * wide - narrow * narrow);
        return drift with { InitialSigma = With(drift.InitialSigma), InitialBlocks = With(drift.InitialBlocks) };

        double? With(double? sigma) => sigma is { } s ? Math.Sqrt(s * s + left * left) : null;
    }

    DriftFit? Drift(bool[] isOn)
    {
        const int most = 400;
        var first = Array.IndexOf(isOn, true);
        var last = Array.LastIndexOf(isOn, true);
        if (first < 0 || last - first < 4) return null;
        var step = Math.Max(1, (int)Math.Ceiling((last + 1 - first) / (double)most));
        var (time, exposure, photons) = (new List<double>(), new List<double>(), new List<double>());
        for (var from = first; from <= last; from += step)
        {
            double n = 0, bins = 0, at = 0;
            for (var i = from; i < Math.Min(from + step, last + 1); i++)
            {
                if (!isOn[i]) continue;
                n += counts[i];
                at += (i + 0.5) * bin;
                bins++;
            }

            if (bins == 0) continue;
            time.Add(at / bins);
            exposure.Add(bins * bin);
            photons.Add(n);
        }

        var total = photons.Sum();
        if (time.Count < 3 || total < 50) return null;
        var span = Math.Max(last * bin, bin);
        var start = Math.Max(total / exposure.Sum() - background, 0.01 * total / exposure.Sum());
        double[] y = [.. photons];
        var model = new DriftModel([.. time], [.. exposure], background, start, span);
        var fit = PoissonFit.Run(model, y, stop: stop);
        double? initialBlocks = null, rateBlocks = null;
        if (time.Count >= 2 * Blocks)
        {
            var (initials, rates) = (new Spread(), new Spread());
            for (var leave = 0; leave < Blocks; leave++)
            {
                bool[] use = [.. Enumerable.Range(0, y.Length).Select(i => i * Blocks / y.Length != leave)];
                var without = PoissonFit.Run(model, y, use, fit.Values, stop);
                initials.Add(without.Values[0]);
                rates.Add(without.Values[1]);
            }

            (initialBlocks, rateBlocks) = (initials.JackknifeError, rates.JackknifeError);
        }

        // The scatter of chunks about the curve is the blocks' affair; Fisher's error is that of counting. Where there are too few for blocks, it counts here.
        var widen = rateBlocks is null ? 1 : Math.Sqrt(fit.Overdispersion);
        return new(fit.Values[0], fit.Values[1], fit.Sigma(0) / widen, fit.Sigma(1) / widen, initialBlocks, rateBlocks, (long)total);
    }

    sealed class DriftModel(double[] time, double[] exposure, double background, double start, double span) : ICountModel
    {
        public IReadOnlyList<FitParameter> Parameters { get; } =
            [new("initial", start, 1e-9 * start) { Scale = start }, new("rate", 0, -40 / span, 40 / span) { Scale = 1 / span }];

        public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian)
        {
            for (var i = 0; i < time.Length; i++)
            {
                var e = Math.Exp(p[1] * time[i]);
                mu[i] = exposure[i] * (background + p[0] * e);
                if (jacobian is null) continue;
                jacobian[0][i] = exposure[i] * e;
                jacobian[1][i] = exposure[i] * p[0] * time[i] * e;
            }
        }
    }
}
