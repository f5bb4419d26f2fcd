namespace PqdPortal.Analysis.Blinking;

/// <summary>The law p(x) ~ x^-alpha exp(-decay x) of dwells between a shortest and a longest: exponential where alpha is 0, a power law where the decay is 0.</summary>
/// <remarks>
/// One family holds all three laws, and ln x and x are its sufficient statistics. Everything is integrated over u = ln x on an even
/// grid, by the trapezoid rule with the correction of its ends (cubic Hermite), so no incomplete gamma function of a negative
/// argument is needed, which is where alpha above 1 leads.
/// </remarks>
public sealed class DwellLaw
{
    /// <summary>Steps of the grid in ln x. With 256 over 11 e-folds the norm is right to 1e-6.</summary>
    internal const int Steps = 256;

    readonly double _start, _step, _norm;
    readonly double[] _density, _share;

    /// <param name="alpha">Exponent.</param>
    /// <param name="decay">Rate of the exponential factor [1/s]; its inverse is the cut-off.</param>
    /// <param name="from">Shortest dwell [s].</param>
    /// <param name="to">Longest dwell [s].</param>
    public DwellLaw(double alpha, double decay, double from, double to)
        : this(alpha, decay, new DwellWindow(from, to)) { }

    internal DwellLaw(double alpha, double decay, DwellWindow window)
    {
        (Alpha, Decay, From, To) = (alpha, decay, window.From, window.To);
        (_start, _step) = (window.Start, window.Step);
        _density = new double[Steps + 1];
        _share = new double[Steps + 1];
        var most = window.Exponents(alpha, decay, _density);
        for (var k = 0; k <= Steps; k++) _density[k] = Math.Exp(_density[k] - most);
        for (var k = 1; k <= Steps; k++)
        {
            var (before, here) = (_density[k - 1], _density[k]);
            var bend = before * (1 - alpha - decay * window.Length[k - 1]) - here * (1 - alpha - decay * window.Length[k]);
            // A steep end of the grid may overshoot; a share never falls.
            _share[k] = _share[k - 1] + Math.Max(0, _step / 2 * (before + here) + _step * _step / 12 * bend);
        }

        var sum = _share[Steps];
        for (var k = 0; k <= Steps; k++)
        {
            _share[k] /= sum;
            _density[k] /= sum;
        }

        _norm = Math.Log(sum) + most;
    }

    public double Alpha { get; }

    /// <summary>[1/s]</summary>
    public double Decay { get; }

    /// <summary>Shortest dwell [s].</summary>
    public double From { get; }

    /// <summary>Longest dwell [s].</summary>
    public double To { get; }

    /// <summary>Log of the density at a dwell within the range [ln 1/s].</summary>
    public double LogDensity(double length) => -Alpha * Math.Log(length) - Decay * length - _norm;

    /// <summary>Share of dwells that are not longer.</summary>
    public double Share(double length)
    {
        if (length <= From) return 0;
        if (length >= To) return 1;
        var place = (Math.Log(length) - _start) / _step;
        var k = Math.Min((int)place, Steps - 1);
        return Between(k, place - k);
    }

    /// <summary>The dwell that so large a share does not exceed [s].</summary>
    /// <param name="share">0 to 1.</param>
    public double Quantile(double share)
    {
        var k = Array.BinarySearch(_share, share);
        if (k < 0) k = ~k - 1;
        k = Math.Clamp(k, 0, Steps - 1);
        double low = 0, high = 1, t = 0.5;
        var (first, rise) = (_share[k], _share[k + 1] - _share[k]);
        if (rise > 0) t = Math.Clamp((share - first) / rise, 0, 1);
        for (var i = 0; i < 40; i++)
        {
            var miss = Between(k, t) - share;
            if (Math.Abs(miss) < 1e-12) break;
            if (miss > 0) high = t;
            else low = t;
            var slope = rise > 0 ? _step * (_density[k] + t * (_density[k + 1] - _density[k])) : 0;
            var next = slope > 0 ? t - miss / slope : -1;
            t = next > low && next < high ? next : (low + high) / 2;
        }

        return Math.Exp(_start + (k + t) * _step);
    }

    /// <summary>Places on the grid, in steps, of the dwells that so large shares do not exceed.</summary>
    /// <param name="shares">Ascending, 0 to 1; becomes the places.</param>
    internal void Places(Span<double> shares)
    {
        var k = 0;
        for (var i = 0; i < shares.Length; i++)
        {
            var share = shares[i];
            while (k < Steps - 1 && _share[k + 1] < share) k++;
            var rise = _share[k + 1] - _share[k];
            var t = rise > 0 ? Math.Clamp((share - _share[k]) / rise, 0, 1) : 0;
            for (var round = 0; round < 2 && rise > 0; round++)
            {
                var slope = _step * (_density[k] + t * (_density[k + 1] - _density[k]));
                if (slope > 0) t = Math.Clamp(t - (Between(k, t) - share) / slope, 0, 1);
            }

            shares[i] = k + t;
        }
    }

    /// <summary>Share of dwells up to a place on the grid, in steps.</summary>
    internal double ShareAt(double place)
    {
        var k = Math.Min((int)place, Steps - 1);
        return Between(k, place - k);
    }

    /// <summary>The share between two points of the grid, by the cubic that has the density as slope at both.</summary>
    double Between(int k, double t)
    {
        var (a, b) = (_share[k], _share[k + 1]);
        var (da, db) = (_density[k] * _step, _density[k + 1] * _step);
        var s = 1 - t;
        var value = a * s * s * (1 + 2 * t) + b * t * t * (3 - 2 * t) + t * s * (da * s - db * t);
        return Math.Clamp(value, a, b);
    }
}

/// <summary>The grid in ln x between a shortest and a longest dwell.</summary>
sealed class DwellWindow
{
    public DwellWindow(double from, double to)
    {
        (From, To, Start) = (from, to, Math.Log(from));
        Step = (Math.Log(to) - Start) / DwellLaw.Steps;
        Log = new double[DwellLaw.Steps + 1];
        Length = new double[DwellLaw.Steps + 1];
        for (var k = 0; k <= DwellLaw.Steps; k++) Length[k] = Math.Exp(Log[k] = Start + k * Step);
    }

    public double From { get; }

    public double To { get; }

    public double Start { get; }

    public double Step { get; }

    /// <summary>ln x of each point.</summary>
    public double[] Log { get; }

    /// <summary>x of each point [s].</summary>
    public double[] Length { get; }

    /// <summary>Log of the density in ln x, without its norm, and the largest of them.</summary>
    public double Exponents(double alpha, double decay, Span<double> into)
    {
        var most = double.NegativeInfinity;
        for (var k = 0; k < into.Length; k++)
            most = Math.Max(most, into[k] = (1 - alpha) * Log[k] - decay * Length[k]);
        return most;
    }
}
