using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Interference;

/// <summary>Expected pairs by delay where two pulses come in each period, as far apart as the arms are long: clusters of five peaks.</summary>
/// <remarks>
/// Peaks lie at m Trep + j D, j from -2 to 2; each is the two-sided exponential of two photons' decays, blurred by the pair response.
/// The five areas of the central cluster and those of its neighbours are free; clusters further out are as their neighbours.
/// </remarks>
sealed class DoublePulseModel : ICountModel
{
    public const int LnTau = 0, LnSigma = 1, Spacing = 2, Centre = 3, Areas = 4;
    const int Clusters = 3, Peaks = 5;

    readonly PairAxis _axis;
    readonly PairResponse? _response;
    readonly double _background, _period;

    /// <param name="response">The pair response; null where its width is fitted.</param>
    /// <param name="background">Pairs of uncorrelated light in each bin.</param>
    public DoublePulseModel(PairAxis axis, PairResponse? response, double background, double period, IReadOnlyList<FitParameter> parameters) =>
        (_axis, _response, _background, _period, Parameters) = (axis, response, background, period, parameters);

    public IReadOnlyList<FitParameter> Parameters { get; }

    /// <summary>Where the area of a peak stands among the parameters.</summary>
    /// <param name="cluster">-1, 0 or 1.</param>
    /// <param name="peak">-2 to 2.</param>
    public static int Area(int cluster, int peak) => Areas + (cluster + 1) * Peaks + peak + 2;

    public static int Count => Areas + Clusters * Peaks;

    public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian)
    {
        double[] at = [.. p];
        var shapes = Shapes(at);
        Sum(at, shapes, mu);
        if (jacobian is null) return;
        for (var k = 0; k < shapes.Length; k++) shapes[k].CopyTo(jacobian[Areas + k], 0);
        var (low, high) = (new double[mu.Length], new double[mu.Length]);
        for (var j = 0; j < Areas; j++)
        {
            if (Parameters[j].Fixed) continue;
            var h = j is Spacing or Centre ? 1e-4 * _axis.BinSeconds : 1e-5;
            at[j] = p[j] - h;
            Sum(at, Shapes(at), low);
            at[j] = p[j] + h;
            Sum(at, Shapes(at), high);
            at[j] = p[j];
            for (var i = 0; i < mu.Length; i++) jacobian[j][i] = (high[i] - low[i]) / (2 * h);
        }
    }

    void Sum(double[] p, double[][] shapes, Span<double> mu)
    {
        mu.Fill(_background);
        for (var k = 0; k < shapes.Length; k++)
            for (var i = 0; i < mu.Length; i++) mu[i] += p[Areas + k] * shapes[k][i];
    }

    /// <summary>What one pair of each area leaves in each bin.</summary>
    double[][] Shapes(double[] p)
    {
        var k = Math.Exp(-p[LnTau]);
        var response = _response ?? Math.Exp(p[LnSigma]);
        var shapes = new double[Clusters * Peaks][];
        var one = new double[_axis.Bins];
        for (var cluster = -1; cluster <= 1; cluster++)
            for (var peak = -2; peak <= 2; peak++)
            {
                var shape = shapes[Area(cluster, peak) - Areas] = new double[_axis.Bins];
                foreach (var m in cluster == 0 ? (int[])[0] : [cluster, 2 * cluster])
                {
                    var place = p[Centre] + m * _period + peak * p[Spacing];
                    if (Math.Abs(place) > (_axis.Side + 1) * _axis.BinSeconds + 40 / k) continue;
                    response.Average(one, _axis.Side, _axis.BinSeconds, place, k);
                    for (var i = 0; i < one.Length; i++) shape[i] += 0.5 * k * _axis.BinSeconds * one[i];
                }
            }

        return shapes;
    }
}
