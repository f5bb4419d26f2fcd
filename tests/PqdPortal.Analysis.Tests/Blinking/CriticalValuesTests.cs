using PqdPortal.Analysis.Blinking;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Blinking;

/// <summary>The table of critical values, made again. PQD_LONG=1 makes all of it, with a hundred thousand series each.</summary>
public class CriticalValuesTests(ITestOutputHelper output)
{
    static bool IsLong => Environment.GetEnvironmentVariable("PQD_LONG") == "1";

    [Theory]
    [InlineData(6), InlineData(8), InlineData(12), InlineData(20), InlineData(45), InlineData(100), InlineData(350), InlineData(1000)]
    public void Share_of_steady_light_beyond_is_that_of_the_table(int intervals)
    {
        var series = IsLong ? 100_000 : Math.Clamp(1_500_000 / intervals, 3000, 60_000);
        var largest = Simulate(intervals, series, new Random(intervals));
        foreach (var confidence in new[] { 0.69, 0.72, 0.9, 0.95, 0.99, 0.995 })
        {
            var critical = CriticalValues.At(intervals, confidence);
            var expected = series * (1 - confidence);
            var beyond = largest.Count(z => z > critical);
            output.WriteLine($"N {intervals}, {confidence}: {critical:F3}, {beyond} beyond, {expected:F0} expected");
            // The table itself is uncertain by 0.02 to 0.05, in the tail a change of 0.03 to 0.05 in the share.
            var slack = 0.05 * expected + 4.5 * Math.Sqrt(expected);
            Assert.InRange(beyond, expected - slack, expected + slack);
        }
    }

    [Theory]
    [InlineData(6, 0.69, 0.67), InlineData(6, 0.99, 5.17), InlineData(100, 0.90, 4.38), InlineData(100, 0.95, 5.43), InlineData(1000, 0.69, 3.10)]
    [InlineData(1000, 0.99, 8.67), InlineData(30, 0.95, 4.78), InlineData(300, 0.99, 8.24)]
    public void Table_agrees_with_a_smaller_simulation_by_others(int intervals, double confidence, double theirs) =>
        Assert.Equal(theirs, CriticalValues.At(intervals, confidence), 0.16);

    [Fact]
    public void Values_rise_with_the_confidence_and_with_the_length()
    {
        var before = new double[1001];
        for (var confidence = 0.69; confidence < 0.9991; confidence += 0.005)
        {
            for (var n = 6; n <= 1000; n++)
            {
                var value = CriticalValues.At(n, Math.Min(confidence, CriticalValues.MostConfidence));
                Assert.True(value > before[n], $"N {n}, {confidence}");
                if (n > 6) Assert.True(value > before[n - 1] - 0.03, $"N {n}, {confidence}");
                before[n] = value;
            }
        }
    }

    /// <summary>The largest standardised likelihood ratio of each series, from the formulas of the paper and not from the code.</summary>
    static double[] Simulate(int n, int series, Random random)
    {
        var (first, second) = (new double[n + 1], new double[n + 1]);
        for (var j = 1; j <= n; j++) (first[j], second[j]) = (first[j - 1] + 1.0 / j, second[j - 1] + 1.0 / j / j);
        var (mean, sd, weight) = (new double[n], new double[n], new double[n]);
        for (var k = 1; k < n; k++)
        {
            var (m, a, b) = (n - k, first[n - 1] - first[k - 1], first[n - 1] - first[n - k - 1]);
            mean[k] = k * a + m * b + k * Math.Log((double)k / n) + m * Math.Log((double)m / n);
            var covariance = -(Math.PI * Math.PI / 6 - second[n - 1]);
            sd[k] = Math.Sqrt((double)k * k * (second[n - 1] - second[k - 1]) + (double)m * m * (second[n - 1] - second[n - k - 1]) + 2.0 * k * m * covariance);
            weight[k] = 0.5 * Math.Log(4.0 * k * m / n / n);
        }

        var largest = new double[series];
        var time = new double[n + 1];
        for (var s = 0; s < series; s++)
        {
            for (var i = 1; i <= n; i++) time[i] = time[i - 1] - Math.Log(1 - random.NextDouble());
            var best = double.NegativeInfinity;
            for (var k = 2; k <= n - 2; k++)
            {
                var v = time[k] / time[n];
                var l = -k * Math.Log(v) - (n - k) * Math.Log(1 - v) + k * Math.Log((double)k / n) + (n - k) * Math.Log((double)(n - k) / n);
                best = Math.Max(best, (l - mean[k]) / sd[k] + weight[k]);
            }
            largest[s] = best;
        }
        return largest;
    }
}
