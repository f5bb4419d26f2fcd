using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Lifetime;

/// <summary>One law fitted to the decays.</summary>
/// <param name="Fit">The best of all starts.</param>
public sealed record FittedDecay(DecayModel Model, FitResult Fit)
{
    public DecayKind Kind => Model.Kind;

    /// <summary>The law's parameters.</summary>
    public ReadOnlySpan<double> Law => Fit.Values.AsSpan(0, Model.LawParameters);

    /// <summary>Why its components are not to be believed apart; null where they are.</summary>
    public string? Merged
    {
        get
        {
            var (taus, shares) = DecayLaw.Of(Kind, Law);
            var bounds = Fit.AtBound.Where(j => j < Model.LawParameters).ToArray();
            for (var c = 1; c < taus.Length; c++)
                if (taus[c] < 1.3 * taus[c - 1])
                    return "two of its lifetimes are closer than a factor of 1.3";
            if (shares.Min() < 0.01) return "a component holds less than 1 % of the photons";
            if (bounds.Length > 0) return $"{Fit.Names[bounds[0]]} stopped at the edge of its range";
            return Fit.Fisher is null ? "the data do not tell its parameters apart" : !Fit.Converged ? "the fit did not settle" : null;
        }
    }
}

/// <summary>Fits laws of decay from several starts and keeps the best.</summary>
/// <remarks>
/// A single exponential comes first. From it the responses are known well enough to lay a grid of lifetimes, whose best pair and
/// best triple, by weighted linear least squares, are where two and three exponentials begin; two more starts each guard
/// against a valley beside.
/// </remarks>
public sealed class LifetimeFit
{
    const int GridPoints = 18;

    readonly IReadOnlyList<DetectorDecay> _detectors;
    readonly double _longest, _shortest, _guess;
    readonly CancellationToken _stop;
    readonly Dictionary<DecayKind, FittedDecay?> _fits = [];

    /// <param name="guess">Lifetime to start from [bins].</param>
    public LifetimeFit(IReadOnlyList<DetectorDecay> detectors, double guess, CancellationToken stop)
    {
        (_detectors, _stop) = (detectors, stop);
        var longest = detectors.Max(detector => detector.Grid.Bins);
        _longest = 100.0 * longest;
        _shortest = 0.02;
        _guess = Math.Clamp(guess, 2 * _shortest, 3.0 * longest);
    }

    /// <summary>The fit of a law; null where none could be had.</summary>
    public FittedDecay? Of(DecayKind kind)
    {
        if (_fits.TryGetValue(kind, out var known)) return known;
        return _fits[kind] = kind switch
        {
            DecayKind.Mono => Mono(),
            DecayKind.Bi => Several(DecayKind.Bi),
            DecayKind.Tri => Several(DecayKind.Tri),
            DecayKind.Stretched => Best(kind, [Law(kind, [Tau], 0.9), Law(kind, [0.4 * Tau], 0.5)]),
            _ => Best(kind, [Law(kind, [0.8 * Tau], 0.5), Law(kind, [0.35 * Tau], 1.2)]),
        };
    }

    /// <summary>Lifetime of the single exponential [bins].</summary>
    double Tau => Of(DecayKind.Mono) is { } mono ? Math.Exp(mono.Law[0]) : _guess;

    FitParameter[] Law(DecayKind kind, double[] taus, double shape, params double[] shares) =>
        DecayLaw.Parameters(kind, [.. taus.Select(tau => Math.Clamp(tau, _shortest, _longest))], shares, shape, _longest);

    FittedDecay? Mono()
    {
        FittedDecay? best = null;
        foreach (var factor in new[] { 1, 0.3, 3 })
        {
            var law = Law(DecayKind.Mono, [factor * _guess], 1);
            var model = new DecayModel(DecayKind.Mono, _detectors, law);
            var start = model.Parameters.Select(parameter => parameter.Start).ToArray();
            Place(model, start);
            best = Better(best, Run(model, start));
            // One lifetime has one valley, unless the fit ran off at its edge.
            if (best is { Fit.AtBound: var bounds } && !bounds.Contains(0)) break;
        }

        return best;
    }

    /// <summary>Where the response stands is seen in the rise: the best of a row of shifts.</summary>
    static void Place(DecayModel model, double[] start)
    {
        var mu = new double[model.Bins];
        for (var d = 0; d < model.Detectors.Count; d++)
        {
            var at = model.PlacesOf(d).Response;
            var shift = model.Parameters[at];
            if (shift.Fixed) continue;
            var (first, bins, centre) = (model.FirstBin(d), model.Detectors[d].Grid.Bins, start[at]);
            var (best, least) = (centre, double.PositiveInfinity);
            const int steps = 20;
            for (var k = -steps; k <= steps; k++)
            {
                start[at] = k == 0 ? centre : k < 0 ? centre + k * (centre - shift.Min) / steps * 0.98 : centre + k * (shift.Max - centre) / steps * 0.98;
                model.Evaluate(start, mu, null);
                var deviance = PoissonDeviance.Of(model.Counts.AsSpan(first, bins), mu.AsSpan(first, bins));
                if (deviance < least) (best, least) = (start[at], deviance);
            }

            start[at] = best;
        }
    }

    FittedDecay? Several(DecayKind kind)
    {
        var starts = new List<FitParameter[]>();
        var components = DecayLaw.Components(kind);
        if (OnGrid(components) is { } found) starts.Add(Law(kind, found.Taus, 1, found.Shares));
        if (kind == DecayKind.Bi)
        {
            starts.Add(Law(kind, [0.4 * Tau, 1.5 * Tau], 1, 0.4));
            starts.Add(Law(kind, [0.15 * Tau, 1.1 * Tau], 1, 0.1));
        }
        else if (Of(DecayKind.Bi) is { } bi)
        {
            var (taus, shares) = DecayLaw.Of(DecayKind.Bi, bi.Law);
            starts.Add(Law(kind, [taus[0], 0.7 * taus[1] > 1.1 * taus[0] ? 0.7 * taus[1] : 1.1 * taus[0], 1.6 * taus[1]], 1, 0.9 * shares[0], 0.7 * (1 - 0.9 * shares[0])));
            starts.Add(Law(kind, [0.4 * taus[0], 1.2 * taus[0], Math.Max(taus[1], 1.5 * taus[0])], 1, 0.3 * shares[0], 0.7 * shares[0]));
        }

        return Best(kind, starts);
    }

    FittedDecay? Best(DecayKind kind, IReadOnlyList<FitParameter[]> starts)
    {
        if (Of(DecayKind.Mono) is not { } mono) return null;
        FittedDecay? best = null;
        foreach (var law in starts)
        {
            var model = new DecayModel(kind, _detectors, law);
            // Photons, background and responses go on from the single exponential.
            var start = model.Parameters.Select(parameter => parameter.Start).ToArray();
            Array.Copy(mono.Fit.Values, mono.Model.LawParameters, start, model.LawParameters, start.Length - model.LawParameters);
            best = Better(best, Run(model, start));
            // A lifetime with one shape has one valley; sums of exponentials may have several.
            if (DecayLaw.Components(kind) == 1 && best is { Merged: null }) break;
        }

        return best;
    }

    FittedDecay? Run(DecayModel model, double[] start)
    {
        _stop.ThrowIfCancellationRequested();
        try
        {
            return new(model, PoissonFit.Run(model, model.Counts, null, start, _stop));
        }
        catch (ArgumentException)
        {
            return null; // not positive where it begins; another start may be
        }
    }

    static FittedDecay? Better(FittedDecay? one, FittedDecay? other) =>
        one is null ? other : other is null || one.Fit.Deviance <= other.Fit.Deviance ? one : other;

    /// <summary>The best non-negative mixture of so many lifetimes out of a grid, over all detectors, responses as in the single exponential.</summary>
    (double[] Taus, double[] Shares)? OnGrid(int components)
    {
        if (Of(DecayKind.Mono) is not { } mono) return null;
        var (low, high) = (Math.Max(0.03 * Tau, _shortest), Math.Min(10 * Tau, _longest));
        var taus = Enumerable.Range(0, GridPoints).Select(k => low * Math.Pow(high / low, k / (GridPoints - 1.0))).ToArray();
        var (n, model) = (mono.Model.Bins, mono.Model);
        // Columns: a lifetime each, then the background of each detector; weighted by the expectation of the single exponential.
        var columns = GridPoints + _detectors.Count;
        var shapes = new double[columns][];
        for (var c = 0; c < columns; c++) shapes[c] = new double[n];
        var mu = new double[n];
        var p = mono.Fit.Values.ToArray();
        for (var k = 0; k < GridPoints; k++)
        {
            p[0] = Math.Log(taus[k]);
            for (var d = 0; d < _detectors.Count; d++) p[model.PlacesOf(d).Background] = 0;
            model.Evaluate(p, shapes[k], null);
        }

        for (var d = 0; d < _detectors.Count; d++)
            _detectors[d].Exposure.CopyTo(shapes[GridPoints + d].AsSpan(model.FirstBin(d)));
        mu = mono.Fit.Mu;
        var gram = new double[columns, columns];
        var right = new double[columns];
        for (var a = 0; a < columns; a++)
            for (var b = 0; b <= a; b++)
            {
                var sum = 0.0;
                for (var i = 0; i < n; i++) sum += shapes[a][i] * shapes[b][i] / (mu[i] + 1);
                gram[a, b] = gram[b, a] = sum;
            }

        for (var a = 0; a < columns; a++)
            for (var i = 0; i < n; i++)
                right[a] += shapes[a][i] * model.Counts[i] / (mu[i] + 1);

        (double[] Taus, double[] Shares)? best = null;
        var most = 0.0;
        var chosen = new int[components];
        Choose(0, 0);
        return best;

        void Choose(int depth, int from)
        {
            if (depth < components)
            {
                for (var k = from; k < GridPoints; k++)
                {
                    chosen[depth] = k;
                    Choose(depth + 1, k + 1);
                }

                return;
            }

            int[] used = [.. chosen, .. Enumerable.Range(GridPoints, _detectors.Count).Where(c => _detectors[c - GridPoints].Background is null)];
            if (Solved(gram, right, used) is not { } x) return;
            for (var c = 0; c < components; c++)
                if (x[c] <= 0)
                    return;
            var gain = 0.0;
            for (var c = 0; c < used.Length; c++) gain += x[c] * right[used[c]];
            if (gain <= most) return;
            most = gain;
            var sum = x.Take(components).Sum();
            best = ([.. chosen.Select(k => taus[k])], [.. x.Take(components).Select(share => share / sum)]);
        }
    }

    /// <summary>Gauss's elimination; null where two columns are the same.</summary>
    static double[]? Solved(double[,] gram, double[] right, int[] used)
    {
        var k = used.Length;
        var a = new double[k, k + 1];
        for (var r = 0; r < k; r++)
        {
            for (var c = 0; c < k; c++) a[r, c] = gram[used[r], used[c]];
            a[r, k] = right[used[r]];
        }

        for (var r = 0; r < k; r++)
        {
            if (!(a[r, r] > 1e-10 * gram[used[r], used[r]])) return null;
            for (var below = r + 1; below < k; below++)
            {
                var factor = a[below, r] / a[r, r];
                for (var c = r; c <= k; c++) a[below, c] -= factor * a[r, c];
            }
        }

        var x = new double[k];
        for (var r = k - 1; r >= 0; r--)
        {
            x[r] = a[r, k];
            for (var c = r + 1; c < k; c++) x[r] -= a[r, c] * x[c];
            x[r] /= a[r, r];
        }

        return x;
    }
}
