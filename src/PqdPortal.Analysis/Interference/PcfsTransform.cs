namespace PqdPortal.Analysis.Interference;

/// <summary>The spectral correlation p(zeta): how often two photons of a band of lags differ by an energy zeta.</summary>
/// <remarks>
/// p(zeta) = 1/(pi hbar) times the integral over d from 0 of F(d)/V0² cos(zeta d/hbar), by trapezoids over the measured delays, of the fitted F by a fine grid;
/// its integral over zeta is 1. It is the line correlated with itself: a Lorentzian of width w gives one of width 2 w. Where the
/// delays end before F does, the points ring.
/// </remarks>
static class PcfsTransform
{
    const double Hbar = Envelope.LorentzWidth / 2; // [ueV ps]
    const int Half = 100, Steps = 4000;

    public static Curve Of(PcfsLine line)
    {
        var (square, width) = (line.Values[Envelope.V0] * line.Values[Envelope.V0], line.Width);
        var splitting = line.Taken.Name.EndsWith("doublet", StringComparison.Ordinal) ? Math.Exp(line.Values[Envelope.Third]) : 0;
        // Points of the same delay, on either side of zero, together.
        var points = line.Band.Values.Select(one => (Delay: Math.Abs(one.Delay) * 1e12, one.F, one.Sigma)).GroupBy(one => Math.Round(one.Delay, 6)).OrderBy(same => same.Key)
            .Select(same => (Delay: same.Key, F: same.Sum(one => one.F / (one.Sigma * one.Sigma)) / same.Sum(one => 1 / (one.Sigma * one.Sigma)), Variance: 1 / same.Sum(one => 1 / (one.Sigma * one.Sigma)))).ToList();
        if (points[0].Delay > 0) points.Insert(0, (0, square, 0));
        var weights = points.Select((one, k) => ((k + 1 < points.Count ? points[k + 1].Delay : one.Delay) - (k > 0 ? points[k - 1].Delay : one.Delay)) / 2).ToArray();
        var reach = Math.Max(points[^1].Delay, 12 * line.Time * 1e12);
        var fine = Enumerable.Range(0, Steps + 1).Select(k => line.At(reach * k / Steps * 1e-12)).Select(v => v * v).ToArray();

        var (x, y, sigma, fit) = (new double?[2 * Half + 1], new double?[2 * Half + 1], new double?[2 * Half + 1], new double?[2 * Half + 1]);
        for (var k = -Half; k <= Half; k++)
        {
            var zeta = (8 * width + 1.5 * splitting) * k / Half;
            double sum = 0, variance = 0, model = 0;
            for (var i = 0; i < points.Count; i++)
            {
                var by = weights[i] * Math.Cos(zeta * points[i].Delay / Hbar);
                sum += by * points[i].F;
                variance += by * by * points[i].Variance;
            }

            for (var i = 0; i <= Steps; i++)
                model += (i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2) * fine[i] * Math.Cos(zeta * reach * i / Steps / Hbar);
            model *= reach / Steps / 3;
            var unit = 1 / (Math.PI * Hbar * square);
            (x[k + Half], y[k + Half], sigma[k + Half], fit[k + Half]) = (zeta, Sound(sum * unit), Sound(Math.Sqrt(variance) * unit), Sound(model * unit));
        }

        return new("p_zeta", new("energy difference", "ueV", x), new("spectral correlation", "1/ueV", y) { Sigma = sigma }) { Fit = fit };
    }

    static double? Sound(double x) => double.IsFinite(x) ? x : null;
}
