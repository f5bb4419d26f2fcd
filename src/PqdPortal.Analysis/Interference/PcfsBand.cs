using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Interference;

/// <summary>F over the delay in one band of lags, with errors, and its likelihood for an envelope V: F = V².</summary>
/// <remarks>
/// <para>
/// From both correlations: F = 2 (own - cross)/(own + cross), pairs of each detector with itself against pairs between them, both in units of what
/// uncorrelated light would leave. What both have in common, such as blinking, drops out. From the cross-correlation alone: cross = G (1 - F/2), the level G
/// without interference taken for each envelope where it fits best; before, cross is divided by g2 of the same position at the lag where both
/// correlations can first be had, so that blinking within a position drops out here too.
/// </para>
/// <para>
/// Errors are those of Poisson pairs, expected from the fit rather than observed, so that a point low by chance gets no small error; widened by the ratio by
/// which blocks of time scatter more than that at far positions without interference. Nearer, blocks would see the dither's own way over the fringes, which is
/// no chance. To that comes what pairs with a photon in common share: (8 F - 4 F²)/N for N photons, which at long lags, where a photon has many partners, is all. Blinking,
/// a line that jumps a few hundred times only, or a dither over no whole number of fringes make photons less independent: the number that
/// count is lowered until the points scatter about the line as their errors say. No error is below 0.002.
/// </para>
/// </remarks>
sealed class PcfsBand : IEnvelopeData
{
    const double FewestPairs = 10;  // of a point
    const int Farthest = 3;         // positions at least that tell how blocks scatter
    const double Interferes = 0.05; // F at which a far position does not tell either
    const double Floor = 2e-3;      // of the error of F: so well no dither and no normalisation is known
    const double FirstGuess = 1e-3; // one over independent photons
    const double FewestPhotons = 50; // independent ones; points that lie farther from the line are not explained by few

    readonly List<Point> _points = [];
    readonly double? _far;
    double _scale = 1;

    sealed class Point
    {
        public required double Delay;
        public required double Value;        // F, or cross in units of the position's g2
        public required double Pairs;        // all it rests on
        public required double Ratio;        // both: pairs of own per own; cross: expected pairs at Value 1
        public required double Extra;        // both: (variance of own) own count/own²; cross: relative variance of the reference
        public required double Photons;
        public required double Blocks;       // variance from blocks over that from Poisson pairs
        public double Sigma;
    }

    /// <param name="band">The lags.</param>
    /// <param name="index">Of the band in the counts.</param>
    /// <param name="reference">Band whose g2 the cross-correlation is divided by; null for none.</param>
    /// <param name="far">Delay from which on nothing interferes [s]; null where that is left to the fit.</param>
    public PcfsBand(IReadOnlyList<PcfsCounts> counts, LagGrid grid, LagBand band, int index, double zero, bool isCross, int? reference, double? far)
    {
        (From, To, Index, IsCross, _far) = (grid.Span(band.First).From, grid.Span(band.End - 1).To, index, isCross, isCross ? far : null);
        foreach (var one in counts)
        {
            if (one.Bands[index] is not { } pairs) continue;
            var photons = (double)(one.Photons.A + one.Photons.B);
            if ((isCross ? Cross(pairs, photons, reference is { } r ? one.Bands[r] : null, reference is not null) : Both(pairs, photons)) is { } point)
            {
                point.Delay = one.Position.Delay - zero;
                _points.Add(point);
            }
        }

        _points.Sort((a, b) => a.Delay.CompareTo(b.Delay));
        if (_points.Count == 0) return;
        var dark = _points.OrderByDescending(point => Math.Abs(point.Delay)).Take(Math.Max(Farthest, _points.Count / 5)).Where(point => isCross || Math.Abs(point.Value) < Interferes).ToList();
        if (dark.Count > 0) Overdispersion = Math.Max(1, dark.Average(point => point.Blocks));
        Level = isCross ? FarLevel() : 1;
        // A first fit should look at all points, not only at those of small F that hardly differ from 0.
        Common = FirstGuess;
        Weigh(null);
    }

    /// <summary>Shortest and longest lag [s].</summary>
    public double From { get; }
    public double To { get; }

    public int Index { get; }

    /// <summary>True where only the cross-correlation is used.</summary>
    public bool IsCross { get; }

    /// <summary>By how much variances of blocks exceed those of Poisson pairs, averaged over the farthest positions; 1 at least.</summary>
    public double Overdispersion { get; } = 1;

    /// <summary>Cross-correlation without interference; 1 where both are used.</summary>
    public double Level { get; private set; } = 1;

    /// <summary>One over the number of photons of a position that count as independent, where that is less than there are.</summary>
    public double Common { get; private set; }

    public int Positions => _points.Count;
    public int Points => _points.Count - (IsCross ? 1 : 0);
    public double Pairs => _points.Sum(point => point.Pairs);

    /// <summary>Pairs, or photons where those are fewer: more facts there are not.</summary>
    public double Events => Math.Min(Pairs, _points.Sum(point => point.Photons));
    public double LeastDeviance => 0;

    public IReadOnlyList<double> Delays => [.. _points.Select(point => point.Delay)];

    /// <summary>F at each delay, with its standard error.</summary>
    public IReadOnlyList<(double Delay, double F, double Sigma, double Pairs)> Values => [.. _points.Select(point => IsCross
        ? (point.Delay, 2 * (1 - point.Value / Level), 2 * point.Sigma / Level, point.Pairs)
        : (point.Delay, point.Value, point.Sigma, point.Pairs))];

    /// <summary>Middle of the standard errors of F.</summary>
    public double MedianSigma
    {
        get
        {
            var sigma = Values.Select(value => value.Sigma).Order().ToArray();
            return sigma.Length == 0 ? double.PositiveInfinity : sigma[sigma.Length / 2];
        }
    }

    static Point? Both(PcfsPairs pairs, double photons)
    {
        var n = pairs.Cross + pairs.OwnCount;
        if (n < FewestPairs || !(pairs.Own + pairs.Cross > 0)) return null;
        var f = F(pairs.Own, pairs.Cross);
        var kappa = pairs.Own > 0 ? pairs.OwnCount / pairs.Own : 1;
        var spread = new Spread();
        foreach (var (cross, own, _) in pairs.Without)
            if (own + cross > 0) spread.Add(F(own, cross));
        var extra = pairs.Own > 0 ? pairs.OwnSquare * pairs.OwnCount / (pairs.Own * pairs.Own) : 1;
        var poisson = BothVariance(f, n, kappa, extra);
        return new() { Delay = 0, Value = f, Pairs = n, Ratio = kappa, Extra = extra, Photons = photons, Blocks = Excess(spread, poisson) };

        static double F(double own, double cross) => 2 * (own - cross) / (own + cross);
    }

    static double BothVariance(double f, double n, double kappa, double extra)
    {
        var half = Math.Clamp(f / 2, -0.95, 0.95);
        var share = (1 - half) / (1 - half + kappa * (1 + half));
        return Math.Pow(1 - half * half, 2) * (1 / (n * share) + extra / (n * (1 - share)));
    }

    static Point? Cross(PcfsPairs pairs, double photons, PcfsPairs? reference, bool needsReference)
    {
        if (pairs.Cross < FewestPairs || needsReference && reference is not { Cross: >= FewestPairs, Own: > 0 }) return null;
        var g2 = reference is null ? 1 : (reference.Cross + reference.Own) / 2 / reference.Expected;
        var extra = reference is null ? 0 : (reference.Cross + reference.OwnSquare) / Math.Pow(reference.Cross + reference.Own, 2);
        var value = pairs.Cross / pairs.Expected / g2;
        var spread = new Spread();
        for (var b = 0; b < pairs.Without.Length; b++)
        {
            var (cross, _, expected) = pairs.Without[b];
            if (!(expected > 0)) continue;
            if (reference is null) spread.Add(cross / expected);
            else if (reference.Without[b] is { Expected: > 0 } other && other.Cross + other.Own > 0)
                spread.Add(cross / expected / ((other.Cross + other.Own) / 2 / other.Expected));
        }

        var poisson = value * value * (1 / pairs.Cross + extra);
        return new() { Delay = 0, Value = value, Pairs = pairs.Cross, Ratio = pairs.Expected * g2, Extra = extra, Photons = photons, Blocks = Excess(spread, poisson) };
    }

    /// <summary>1 where there are too few blocks to tell.</summary>
    static double Excess(Spread blocks, double poisson) =>
        blocks.Count < BlockResampling.FewestBlocks || !(poisson > 0) ? 1 : blocks.JackknifeError * blocks.JackknifeError / poisson;

    /// <summary>The mean of the far positions, or of the farthest fifth.</summary>
    double FarLevel()
    {
        var far = _far is { } from ? _points.Where(point => Math.Abs(point.Delay) >= from).ToList() : [];
        if (far.Count == 0) far = [.. _points.OrderByDescending(point => Math.Abs(point.Delay)).Take(Math.Max(2, _points.Count / 5))];
        return far.Sum(point => point.Value * point.Ratio) / far.Sum(point => point.Ratio);
    }

    /// <summary>Sets the errors to those that an envelope foretells; those of the observed pairs without one.</summary>
    public void Weigh(Func<double, double>? visibility)
    {
        if (visibility is not null && IsCross) Level = LevelOf(visibility);
        foreach (var point in _points)
        {
            var f = visibility is null ? (IsCross ? 2 * (1 - point.Value / Level) : point.Value) : Of(visibility, point);
            double variance;
            if (IsCross)
            {
                var value = Level * Math.Clamp(1 - f / 2, 0.05, 2);
                variance = value * value * (1 / (point.Ratio * value) + point.Extra);
            }
            else variance = BothVariance(f, point.Pairs, point.Ratio, point.Extra);
            point.Sigma = Math.Sqrt((variance * Overdispersion + (Floor * Floor + Shared(f) * Math.Max(Common, 1 / point.Photons)) * (IsCross ? Level * Level / 4 : 1)) * _scale);
        }
    }

    /// <summary>Variance of F, times the photons, from pairs that have one in common.</summary>
    static double Shared(double f) => Math.Clamp(f, 0, 1) * (8 - 4 * Math.Clamp(f, 0, 1));

    /// <summary>Standard error of F at its largest, in proportion to it, from pairs that have a photon in common.</summary>
    public double Unevenness(double f) => f > 0 ? Math.Sqrt(Shared(f) * Common) / f : 0;

    /// <summary>Sets the errors to those that an envelope foretells, with so many independent photons that the points lie as far from it as their errors say.</summary>
    /// <param name="parameters">Of the envelope.</param>
    public void Weigh(Func<double, double> visibility, int parameters)
    {
        double Left(double common)
        {
            Common = common;
            Weigh(visibility);
            return Deviance(visibility) - Math.Max(1, Points - parameters);
        }

        if (Left(0) <= 0) return;
        var (low, high) = (Math.Log(1e-8), Math.Log(1 / FewestPhotons));
        if (Left(Math.Exp(high)) > 0) return;
        for (var k = 0; k < 30; k++)
        {
            var middle = (low + high) / 2;
            if (Left(Math.Exp(middle)) > 0) low = middle;
            else high = middle;
        }

        Left(Math.Exp(high));
    }

    /// <summary>Widens all errors by a factor on the variances.</summary>
    public void Widen(double factor)
    {
        _scale *= factor;
        foreach (var point in _points) point.Sigma *= Math.Sqrt(factor);
    }

    double Of(Func<double, double> visibility, Point point)
    {
        if (Math.Abs(point.Delay) >= _far) return 0;
        var v = visibility(point.Delay);
        return v * v;
    }

    double LevelOf(Func<double, double> visibility)
    {
        double up = 0, down = 0;
        foreach (var point in _points)
        {
            var m = (1 - Of(visibility, point) / 2) / (point.Sigma * point.Sigma);
            up += m * point.Value;
            down += m * (1 - Of(visibility, point) / 2);
        }

        return down > 0 && up > 0 ? up / down : Level;
    }

    public double Deviance(Func<double, double> visibility)
    {
        var level = IsCross ? LevelOf(visibility) : 1;
        var sum = 0.0;
        foreach (var point in _points)
        {
            var f = Of(visibility, point);
            var miss = (point.Value - (IsCross ? level * (1 - f / 2) : f)) / point.Sigma;
            sum += miss * miss;
        }

        return sum;
    }
}
