using PqdPortal.Analysis.Lifetime;

namespace PqdPortal.Analysis.Blinking;

/// <summary>The lifetime of few photons from their mean delay, response, background and the end of the period corrected for.</summary>
/// <remarks>
/// Each photon weighs its delay since the response begins, the delay capped, so that photons of the background late in a long
/// period do not drown it. What the mean weight of a single exponential is, tells the fitted response, folded into the period as
/// it is; the inverse of that is the lifetime. Of n photons, of which b are expected from a background of mean weight w, the mean
/// of the signal is (sum - b w)/(n - b): without bias but for the curvature of the inverse, which vanishes far from the cap.
/// </remarks>
public sealed class DelayMoment
{
    const int Steps = 400;
    const double CapInLifetimes = 5;

    readonly double[] _tau, _mean, _variance;
    readonly double _backgroundMean, _backgroundVariance;

    /// <param name="grid">Bins of all detectors.</param>
    /// <param name="responses">Set to what was fitted, with the place of each [bins].</param>
    /// <param name="shares">Of each detector in the signal; sum 1.</param>
    /// <param name="backgroundShares">Of each detector in the background; sum 1.</param>
    /// <param name="longest">The longest lifetime that matters [bins].</param>
    public DelayMoment(DecayGrid grid, IReadOnlyList<(DetectorResponse Response, double Begin)> responses, double[] shares, double[] backgroundShares, double longest)
    {
        var bins = grid.Bins;
        var period = double.IsFinite(grid.Period) ? grid.Period : bins;
        var cap = Math.Min(CapInLifetimes * longest, period);
        Weights = [.. responses.Select(response => Enumerable.Range(0, bins).Select(i =>
        {
            var delay = i + 0.5 * grid.Width(i) - response.Begin;
            delay -= Math.Floor(delay / period) * period;
            return Math.Min(delay, cap) * grid.BinWidth;
        }).ToArray())];

        (_tau, _mean, _variance) = (new double[Steps], new double[Steps], new double[Steps]);
        var share = new double[bins];
        var (least, most) = (0.02, 8 * longest);
        for (var k = 0; k < Steps; k++)
        {
            var tau = least * Math.Pow(most / least, k / (Steps - 1.0));
            double all = 0, sum = 0, square = 0;
            for (var d = 0; d < responses.Count; d++)
            {
                responses[d].Response.Exponential(tau, share, [], []);
                for (var i = 0; i < bins; i++)
                {
                    var (y, w) = (shares[d] * share[i], Weights[d][i]);
                    all += y;
                    sum += y * w;
                    square += y * w * w;
                }
            }

            (_tau[k], _mean[k]) = (tau * grid.BinWidth, sum / all);
            _variance[k] = square / all - _mean[k] * _mean[k];
        }

        double widths = 0, level = 0, levelSquare = 0;
        for (var d = 0; d < responses.Count; d++)
            for (var i = 0; i < bins; i++)
            {
                var (y, w) = (backgroundShares[d] * grid.Width(i), Weights[d][i]);
                widths += y;
                level += y * w;
                levelSquare += y * w * w;
            }

        _backgroundMean = widths > 0 ? level / widths : 0;
        _backgroundVariance = widths > 0 ? levelSquare / widths - _backgroundMean * _backgroundMean : 0;
    }

    /// <summary>Weight of a photon by detector and bin [s], shape (detectors, bins).</summary>
    public double[][] Weights { get; }

    /// <summary>Lifetime of some photons and its standard error [s].</summary>
    /// <param name="photons">How many.</param>
    /// <param name="sum">Sum of their weights.</param>
    /// <param name="background">How many of them are background, on average.</param>
    /// <returns>Null where no lifetime leaves that mean: too short or too long to be told.</returns>
    public (double Tau, double Sigma)? Of(double photons, double sum, double background)
    {
        var signal = photons - background;
        if (!(signal > 0)) return null;
        var mean = (sum - background * _backgroundMean) / signal;
        if (!(mean > _mean[0]) || !(mean < _mean[^1])) return null;
        var found = Array.BinarySearch(_mean, mean);
        var k = Math.Clamp(found >= 0 ? found : ~found - 1, 0, Steps - 2);
        var rise = _mean[k + 1] - _mean[k];
        if (!(rise > 0)) return null;
        var part = (mean - _mean[k]) / rise;
        var tau = _tau[k] + part * (_tau[k + 1] - _tau[k]);
        var off = _backgroundMean - mean;
        var variance = (signal * _variance[k] + background * (_backgroundVariance + off * off)) / (signal * signal);
        return (tau, Math.Sqrt(variance) * (_tau[k + 1] - _tau[k]) / rise);
    }
}
