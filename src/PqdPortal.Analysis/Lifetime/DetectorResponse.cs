using System.Numerics;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Lifetime;

/// <summary>What a detector makes of light that decays: the expected share of the photons in each bin of one period.</summary>
/// <remarks>
/// Light that is left from earlier pulses is folded in exactly, at the true period and not at the nearest whole number of bins.
/// Shares sum to 1 over a period. Rows of derivatives are written where there is room for them.
/// </remarks>
public abstract class DetectorResponse(DecayGrid grid)
{
    protected DecayGrid Grid { get; } = grid;

    /// <summary>Farther than this cables and count rates move no response that was measured or given [s].</summary>
    const double LargestShift = 0.5e-9;

    /// <summary>The response of a detector as far as it is known, the rest to be fitted along.</summary>
    /// <param name="rise">As it is seen in the counts.</param>
    /// <param name="measured">A measured response; null without one.</param>
    /// <param name="centre">Centre of a Gaussian one [s]; null where nobody says.</param>
    /// <param name="sigma">Its standard deviation [s]; null where nobody says.</param>
    /// <returns>The response, and where it stands without a shift [bins].</returns>
    public static (DetectorResponse Response, double From) For(DecayGrid grid, Rise rise, InstrumentResponse? measured, double? centre, double? sigma)
    {
        if (measured is not null) return (new MeasuredResponse(grid, measured, LargestShift), (measured.Centre - grid.Start) / grid.BinWidth);
        if (centre is null && sigma is null && rise.IsMissing) return (new GaussianResponse(grid, grid.Start, 0, 0, false), 0);
        var middle = centre ?? grid.TimeOf(0) + rise.Place * grid.BinWidth;
        var width = sigma ?? Math.Clamp(rise.Width / 2.56, 0.5, 0.5 * GaussianResponse.WidestOf(grid)) * grid.BinWidth;
        var most = centre is not null ? LargestShift : Math.Max(Math.Max(LargestShift, 6 * width), 0.03 * grid.Bins * grid.BinWidth);
        return (new GaussianResponse(grid, middle, width, most, sigma is null), (middle - grid.Start) / grid.BinWidth);
    }

    /// <summary>Parameters of its own: the shift [bins], and perhaps the width.</summary>
    public abstract IReadOnlyList<FitParameter> Parameters { get; }

    /// <summary>Sets its own parameters.</summary>
    public abstract void Set(ReadOnlySpan<double> own);

    /// <summary>A single exponential.</summary>
    /// <param name="tau">Lifetime [bins].</param>
    /// <param name="share">Receives the shares, shape (bins).</param>
    /// <param name="byLnTau">Receives their derivatives after ln tau; empty where not wanted, and then no others are written.</param>
    /// <param name="byOwn">Receives their derivatives after its own parameters, shape (own, bins).</param>
    public abstract void Exponential(double tau, Span<double> share, Span<double> byLnTau, double[][] byOwn);

    /// <summary>A stretched exponential.</summary>
    /// <inheritdoc cref="Exponential"/>
    public void Stretched(double tau, double beta, double[] share, double[]? byLnTau, double[]? byBeta, double[][] byOwn)
    {
        var slopes = byLnTau is not null;
        Array.Clear(share);
        if (slopes)
        {
            Array.Clear(byLnTau!);
            Array.Clear(byBeta!);
            foreach (var row in byOwn) Array.Clear(row);
        }

        var comb = Comb();
        foreach (var group in comb.GroupBy(tooth => Math.Round(tooth.Place - Math.Floor(tooth.Place), 9)))
        {
            var (least, last) = ((int)Math.Floor(group.Min(tooth => tooth.Place)), (int)Math.Floor(group.Max(tooth => tooth.Place)));
            var table = new StretchedTable(tau, beta, Grid.Period, group.Key, Grid.Bins + Math.Max(-least, 0), Math.Max(last, 0) + 1, slopes);
            foreach (var tooth in group)
            {
                var first = (int)Math.Round(tooth.Place - group.Key);
                Lay(table.After, table.Before, StretchedTable.Share, first, tooth.Weight, share);
                if (!slopes) continue;
                Lay(table.After, table.Before, StretchedTable.ByLnTau, first, tooth.Weight, byLnTau!);
                Lay(table.After, table.Before, StretchedTable.ByBeta, first, tooth.Weight, byBeta!);
                Lay(table.After, table.Before, StretchedTable.ByShift, first, tooth.Weight, byOwn[0]);
                Lay(table.After, table.Before, StretchedTable.Share, first, tooth.ByShift, byOwn[0]);
                if (byOwn.Length > 1) Lay(table.After, table.Before, StretchedTable.Share, first, tooth.ByWidth, byOwn[1]);
            }
        }

        // The last bin is perhaps only begun; its share was that of a whole one.
        if (Grid.LastWidth >= 1) return;
        var end = Grid.Bins - 1;
        share[end] *= Grid.LastWidth;
        if (!slopes) return;
        byLnTau![end] *= Grid.LastWidth;
        byBeta![end] *= Grid.LastWidth;
        foreach (var row in byOwn) row[end] *= Grid.LastWidth;
    }

    /// <summary>The response as single places in time, folded into the period.</summary>
    protected abstract List<Tooth> Comb();

    /// <param name="Place">[bins]</param>
    /// <param name="ByShift">Derivative of the weight after the shift.</param>
    /// <param name="ByWidth">Derivative of the weight after the logarithm of the width.</param>
    protected readonly record struct Tooth(double Place, double Weight, double ByShift, double ByWidth);

    void Lay(double[][] after, double[][] before, int row, int first, double weight, double[] into)
    {
        if (weight == 0) return;
        var bins = Grid.Bins;
        var from = Math.Max(first, 0);
        if (from < bins) AddTimes(after[row].AsSpan(from - first, bins - from), weight, into.AsSpan(from));
        // Before the begin there is what earlier periods left, nearest first.
        var earlier = before[row];
        for (var k = 0; k < earlier.Length && first - k >= 0; k++)
            if (first - k < bins) into[first - k] += weight * earlier[k];
    }

    static void AddTimes(ReadOnlySpan<double> values, double weight, Span<double> into)
    {
        var w = new Vector<double>(weight);
        var i = 0;
        for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
            (new Vector<double>(values[i..]) * w + new Vector<double>(into[i..])).CopyTo(into[i..]);
        for (; i < values.Length; i++) into[i] += weight * values[i];
    }
}

/// <summary>A measured response. Its counts act from the middle of their bins, moved by a shift.</summary>
/// <remarks>
/// Each count lies at one place in time, so the light decays from there on: in the bin itself for the rest of it (half a bin
/// without a shift), which is the half-bin rule. The convolution with an exponential is a recursion from bin to bin. That counts
/// of a bin stand at one place makes the response wider by f(1-f) - 1/12 bin², f that place within the bin; a second difference
/// takes it off again, where it leaves the weights positive.
/// </remarks>
public sealed class MeasuredResponse : DetectorResponse
{
    readonly double[] _places, _measured, _curvature, _weights, _byShift;
    readonly double[] _inside, _behind, _lever, _insideBy, _behindBy;
    double _shift;

    /// <param name="most">Largest shift to either side [s].</param>
    /// <param name="start">Shift to start from [s].</param>
    public MeasuredResponse(DecayGrid grid, InstrumentResponse response, double most, double start = 0) : base(grid)
    {
        var n = response.Weights.Length;
        double PlaceOf(int j) => (response.Times[j] - grid.Start) / grid.BinWidth;
        // A bin more at each end, for the second difference.
        _places = [PlaceOf(0) - 1, .. Enumerable.Range(0, n).Select(PlaceOf), PlaceOf(n - 1) + 1];
        _measured = [0, .. response.Weights, 0];
        _curvature = [.. _measured.Select((h, j) => (j > 0 ? _measured[j - 1] : 0) - 2 * h + (j <= n ? _measured[j + 1] : 0))];
        (_weights, _byShift) = (new double[n + 2], new double[n + 2]);
        (_inside, _behind, _lever) = (new double[grid.Bins], new double[grid.Bins], new double[grid.Bins]);
        (_insideBy, _behindBy) = (new double[grid.Bins], new double[grid.Bins]);
        Parameters = [new("shift", start / grid.BinWidth, -most / grid.BinWidth, most / grid.BinWidth) { Fixed = most <= 0 }];
        Set([start / grid.BinWidth]);
    }

    public override IReadOnlyList<FitParameter> Parameters { get; }

    public override void Set(ReadOnlySpan<double> own)
    {
        _shift = own[0];
        var place = _places[_places.Length / 2] + _shift;
        var f = place - Math.Floor(place);
        var excess = 0.5 * (f * (1 - f) - 1.0 / 12);
        var sum = 0.0;
        for (var j = 0; j < _weights.Length; j++)
        {
            var weight = _measured[j] - excess * _curvature[j];
            (_weights[j], _byShift[j]) = weight > 0 ? (weight, (f - 0.5) * _curvature[j]) : (0, 0);
            sum += _weights[j];
        }

        for (var j = 0; j < _weights.Length; j++) (_weights[j], _byShift[j]) = (_weights[j] / sum, _byShift[j] / sum);
    }

    public override void Exponential(double tau, Span<double> share, Span<double> byLnTau, double[][] byOwn)
    {
        var bins = Grid.Bins;
        var (k, end) = (1 / tau, Grid.End);
        Array.Clear(_inside);
        Array.Clear(_behind);
        Array.Clear(_lever);
        Array.Clear(_insideBy);
        Array.Clear(_behindBy);
        // What is left at the end of the period, and its derivatives after ln tau and the shift.
        double left = 0, leftLever = 0, leftBy = 0;
        double part = -1, rest = 0;
        for (var j = 0; j < _weights.Length; j++)
        {
            var (h, by) = (_weights[j], _byShift[j]);
            if (h == 0) continue;
            var place = Grid.Folded(_places[j] + _shift);
            if (place < 0)
            {
                // Without a period, light from before the first bin.
                var e = Math.Exp(place * k);
                left += h * e;
                leftLever -= h * e * place * k;
                leftBy += by * e;
                continue;
            }

            if (double.IsFinite(Grid.Period))
            {
                var e = Math.Exp((place - Grid.Period) * k);
                left += h * e;
                leftLever += h * e * (Grid.Period - place) * k;
                leftBy += by * e;
            }

            var bin = (int)place;
            if (bin >= bins || place >= end) continue;
            var until = (bin == bins - 1 ? end : bin + 1) - place;
            if (Math.Abs(until - part) > 1e-12) (part, rest) = (until, Math.Exp(-until * k));
            _inside[bin] += h * (1 - rest);
            _behind[bin] += h * rest;
            _lever[bin] += h * rest * until * k;
            _insideBy[bin] += by * (1 - rest);
            _behindBy[bin] += by * rest;
        }

        var wrap = double.IsFinite(Grid.Period) ? Math.Exp(-Grid.Period * k) : 0;
        var state = left / (1 - wrap);
        var stateLever = leftLever / (1 - wrap) + (wrap > 0 ? left * wrap * Grid.Period * k / ((1 - wrap) * (1 - wrap)) : 0);
        var stateShift = state * k + leftBy / (1 - wrap);
        var q = Math.Exp(-k);
        var fade = 1 - q;
        if (byLnTau.IsEmpty)
        {
            for (var i = 0; i < bins - 1; i++)
            {
                share[i] = state * fade + _inside[i];
                state = state * q + _behind[i];
            }
        }
        else
        {
            var byShift = byOwn[0];
            var qk = q * k;
            for (var i = 0; i < bins - 1; i++)
            {
                var (behind, lever) = (_behind[i], _lever[i]);
                share[i] = state * fade + _inside[i];
                byLnTau[i] = stateLever * fade - state * qk - lever;
                byShift[i] = stateShift * fade - behind * k + _insideBy[i];
                stateLever = stateLever * q + state * qk + lever;
                stateShift = stateShift * q + behind * k + _behindBy[i];
                state = state * q + behind;
            }
        }

        var last = bins - 1;
        var w = Grid.LastWidth;
        var (lastQ, lastFade) = (Math.Exp(-w * k), 1 - Math.Exp(-w * k));
        share[last] = state * lastFade + _inside[last];
        if (byLnTau.IsEmpty) return;
        byLnTau[last] = stateLever * lastFade - state * lastQ * w * k - _lever[last];
        byOwn[0][last] = stateShift * lastFade - _behind[last] * k + _insideBy[last];
    }

    protected override List<Tooth> Comb()
    {
        var teeth = new List<Tooth>(_weights.Length);
        for (var j = 0; j < _weights.Length; j++)
            if (_weights[j] > 1e-9)
                teeth.Add(new(Grid.Folded(_places[j] + _shift), _weights[j], _byShift[j], 0));
        return teeth;
    }
}

/// <summary>A Gaussian response, in closed form.</summary>
/// <remarks>
/// The exponentially modified Gaussian, F = Phi(x/s) - E with E = exp(s²/2tau² - x/tau) Phi(x/s - s/tau), at the edges of the bins
/// and of all periods in which it is more than a plain exponential; from there on the periods are a geometric sum. Its
/// derivatives: dF/dx = E/tau, dF/dln tau = -E (x/tau - s²/tau²) - (s/tau) phi(x/s), dF/ds = (phi(x/s) - s E/tau)/tau.
/// </remarks>
public sealed class GaussianResponse : DetectorResponse
{
    const double Far = 8.5; // standard deviations beyond which a Gaussian is nothing

    readonly double _centre;
    double _shift, _sigma;

    /// <param name="centre">Centre [s], from which the shift counts.</param>
    /// <param name="sigma">Standard deviation [s].</param>
    /// <param name="most">Largest shift to either side [s].</param>
    /// <param name="mayWiden">True where the width is fitted.</param>
    public GaussianResponse(DecayGrid grid, double centre, double sigma, double most, bool mayWiden) : base(grid)
    {
        _centre = (centre - grid.Start) / grid.BinWidth;
        // Below a hundredth of a bin the width changes nothing.
        var width = Math.Max(sigma / grid.BinWidth, 0.01);
        Parameters =
        [
            new("shift", 0, -most / grid.BinWidth, most / grid.BinWidth) { Fixed = most <= 0 },
            new("ln sigma", Math.Log(width), Math.Log(0.01), Math.Log(Math.Max(WidestOf(grid), width))) { Fixed = !mayWiden },
        ];
        _sigma = width;
    }

    /// <summary>Wider than 1 ns, or five bins where they are coarse, is no response of a single photon detector [bins].</summary>
    public static double WidestOf(DecayGrid grid) => Math.Max(5, Math.Min(1e-9 / grid.BinWidth, 0.05 * grid.Bins));

    public override IReadOnlyList<FitParameter> Parameters { get; }

    /// <summary>Centre without a shift, from the pulse on [bins].</summary>
    public double Centre => _centre + Grid.Start / Grid.BinWidth;

    public override void Set(ReadOnlySpan<double> own) => (_shift, _sigma) = (own[0], Math.Exp(own[1]));

    public override void Exponential(double tau, Span<double> share, Span<double> byLnTau, double[][] byOwn)
    {
        var slopes = !byLnTau.IsEmpty;
        var (bins, period, s, k) = (Grid.Bins, Grid.Period, _sigma, 1 / tau);
        var centre = Grid.Folded(_centre + _shift);
        if (double.IsFinite(period) && centre > 0.5 * period) centre -= period; // so that the first turn holds the rise
        // Light that decays faster than the response has no tail of its own: it is over where the Gaussian is.
        var hasTail = s * k < Far;
        var far = Far * s + (hasTail ? s * s * k : 0);
        var wrap = double.IsFinite(period) ? Math.Exp(-period * k) : 0;
        var sum = 1 / (1 - wrap);
        var more = wrap > 0 ? wrap * period * k * sum : 0;
        var (q, sk) = (Math.Exp(-k), s * k);
        var byShift = slopes ? byOwn[0] : null;
        var byWidth = slopes && !Parameters[1].Fixed ? byOwn[1] : null;
        // Tail at the left edge of the last bin that was one, so that the next follows by a factor.
        double tail = 0, tailAt = double.NaN;
        Edge before = default;
        double edgeAt = double.NaN;
        for (var i = 0; i < bins; i++)
        {
            var width = Grid.Width(i);
            double y = 0, dTau = 0, dShift = 0, dWidth = 0;
            var x = i - centre;
            var turn = double.IsFinite(period) ? (int)Math.Floor((-Far * s - x) / period) : 0;
            for (; turn < int.MaxValue; turn++)
            {
                var at = double.IsFinite(period) ? x + turn * period : x;
                if (at >= far) break;
                if (at + width > -Far * s)
                {
                    var low = Math.Abs(at - edgeAt) < 1e-9 ? before : Edge.Of(at, k, s);
                    var high = Edge.Of(at + width, k, s);
                    (before, edgeAt) = (high, at + width);
                    y += high.F - low.F;
                    if (slopes)
                    {
                        dTau += high.ByLnTau - low.ByLnTau;
                        dShift += (low.E - high.E) * k;
                        dWidth += high.ByLnSigma - low.ByLnSigma;
                    }
                }

                if (double.IsInfinity(period)) break;
            }

            if (hasTail && (double.IsFinite(period) || x >= far))
            {
                var at = double.IsFinite(period) ? x + turn * period : x;
                // exp(s²/2tau² - x/tau) of this turn and all earlier pulses.
                tail = Math.Abs(at - tailAt - 1) < 1e-9 ? tail * q : Math.Exp(0.5 * sk * sk - at * k) * sum;
                tailAt = at;
                var rest = width == 1 ? tail * q : tail * Math.Exp(-width * k);
                y += tail - rest;
                if (slopes)
                {
                    var lever = at * k - sk * sk + more;
                    dTau += tail * lever - rest * (lever + width * k);
                    dShift += (tail - rest) * k;
                    dWidth += (tail - rest) * sk * sk;
                }
            }

            share[i] = Math.Max(y, 0);
            if (!slopes) continue;
            byLnTau[i] = dTau;
            byShift![i] = dShift;
            if (byWidth is not null) byWidth[i] = dWidth;
        }
    }

    readonly record struct Edge(double F, double E, double ByLnTau, double ByLnSigma)
    {
        public static Edge Of(double x, double k, double s)
        {
            var (u, sk) = (x / s, s * k);
            if (u < -Far - 1) return default;
            var gauss = Math.Exp(-0.5 * u * u);
            var z = (sk - u) / Sqrt2;
            var e = z >= 0 ? 0.5 * gauss * ErrorFunctions.Erfcx(z) : 0.5 * Math.Exp(0.5 * sk * sk - x * k) * MathNet.Numerics.SpecialFunctions.Erfc(z);
            var phi = gauss * InverseSqrt2Pi;
            return new(0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-u / Sqrt2) - e, e, -e * (x * k - sk * sk) - sk * phi, sk * phi - sk * sk * e);
        }

        const double Sqrt2 = 1.4142135623730951, InverseSqrt2Pi = 0.3989422804014327;
    }

    protected override List<Tooth> Comb()
    {
        // Where its teeth fall within the bins changes the width by less than 1 %.
        var per = (int)Math.Clamp(Math.Ceiling(8 / _sigma), 1, 8);
        var step = 1.0 / per;
        var reach = (int)Math.Ceiling(6.5 * _sigma * per);
        var weights = new double[2 * reach + 1];
        double total = 0, square = 0;
        for (var j = -reach; j <= reach; j++)
        {
            var z = j * step / _sigma;
            total += weights[j + reach] = Math.Exp(-0.5 * z * z);
            square += z * z * weights[j + reach];
        }

        square /= total;
        var teeth = new List<Tooth>(weights.Length);
        for (var j = -reach; j <= reach; j++)
        {
            var (z, weight) = (j * step / _sigma, weights[j + reach] / total);
            teeth.Add(new(Grid.Folded(_centre + _shift + j * step), weight, 0, weight * (z * z - square)));
        }

        return teeth;
    }
}
