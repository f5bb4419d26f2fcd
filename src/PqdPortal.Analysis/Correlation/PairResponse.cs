using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>How two detectors together blur the delay between two photons.</summary>
/// <param name="Sigma">Standard deviation [s].</param>
/// <param name="Teeth">Delays [s] with their shares, mean 0, as measured; empty for a Gaussian.</param>
public sealed record PairResponse(double Sigma, IReadOnlyList<(double Lag, double Weight)> Teeth)
{
    /// <summary>A Gaussian.</summary>
    public static implicit operator PairResponse(double sigma) => new(sigma, []);

    /// <summary>The correlation of two measured responses, in steps of a sixth of its width.</summary>
    /// <returns>The response, and how much later the second detector is on average [s].</returns>
    public static (PairResponse Response, double Delay) Of(InstrumentResponse first, InstrumentResponse second)
    {
        var delay = second.Centre - first.Centre;
        var sigma = Math.Sqrt(first.Sigma * first.Sigma + second.Sigma * second.Sigma);
        var step = Math.Max(sigma / 6, 1e-13);
        var shares = new SortedDictionary<int, double>();
        for (var j = 0; j < first.Weights.Length; j++)
            for (var k = 0; k < second.Weights.Length; k++)
                if (first.Weights[j] * second.Weights[k] is > 1e-12 and var weight)
                {
                    var place = (int)Math.Round((second.Times[k] - first.Times[j] - delay) / step);
                    shares[place] = shares.GetValueOrDefault(place) + weight;
                }

        var sum = shares.Values.Sum();
        var mean = shares.Sum(share => share.Key * share.Value) / sum;
        return (new(sigma, [.. shares.Select(share => ((share.Key - mean) * step, share.Value / sum))]), delay);
    }

    /// <summary>exp(-k|t|), blurred and averaged over bins of equal width.</summary>
    /// <inheritdoc cref="TwoSidedExponential.Average"/>
    public void Average(Span<double> into, int side, double width, double centre, double k)
    {
        if (Teeth.Count == 0)
        {
            TwoSidedExponential.Average(into, side, width, centre, k, Sigma);
            return;
        }

        // Beyond the response the exponential is only lifted, by another factor on each side.
        double after = 0, before = 0, reach = 0;
        foreach (var (lag, weight) in Teeth)
        {
            after += weight * Math.Exp(Math.Min(k * lag, 700));
            before += weight * Math.Exp(Math.Min(-k * lag, 700));
            reach = Math.Max(reach, Math.Abs(lag));
        }

        var half = 0.5 * width;
        var fade = (1 - Math.Exp(-k * width)) / (k * width);
        for (var j = 0; j < into.Length; j++)
        {
            var middle = (j - side) * width - centre;
            if (Math.Abs(middle) - half >= reach)
            {
                into[j] = Math.Exp(-k * (Math.Abs(middle) - half)) * fade * (middle > 0 ? after : before);
                continue;
            }

            into[j] = 0;
            foreach (var (lag, weight) in Teeth)
            {
                var from = Math.Abs(middle - lag);
                into[j] += weight * (from >= half ? Math.Exp(-k * (from - half)) * fade
                    : (2 - Math.Exp(-k * (half - from)) - Math.Exp(-k * (half + from))) / (k * width));
            }
        }
    }
}
