using MathNet.Numerics.Distributions;
using PqdPortal.Analysis.Statistics;

namespace PqdPortal.Analysis.Tests.Statistics;

public class MedianIntervalTests
{
    /// <summary>
    /// For an odd number of values the law of the bootstrapped median is binomial: P(at most the k-th) = P(Binomial(n, k/n) is at least (n + 1)/2).
    /// The ends below follow from it with Efron's two corrections, computed in Python without any draw; each lies well inside its step of
    /// that law, so 2000 draws must find the same value.
    /// </summary>
    [Fact]
    public void The_bootstrap_finds_the_ends_that_its_exact_law_has()
    {
        var crooked = MedianInterval.Of([0.21, 0.35, 0.36, 0.41, 0.48, 0.55, 0.56, 0.62, 0.71, 0.93, 1.4]);
        var even = MedianInterval.Of(Enumerable.Range(1, 19).Select(i => (double)i));

        Assert.Equal((0.55, 0.36, 0.71, "bca", 11), (crooked.Value, crooked.Low, crooked.High, crooked.Method, crooked.N));
        Assert.Equal((10, 6, 14), (even.Value, even.Low, even.High));
        Assert.True(crooked.IsOf95);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(20)]
    [InlineData(61)]
    public void The_bootstrap_interval_holds_the_median_as_often_as_it_says(int n)
    {
        var random = new Random(n);
        var held = 0;
        for (var of = 0; of < 400; of++)
        {
            var median = MedianInterval.Of(Enumerable.Range(0, n).Select(_ => Exponential.Sample(random, Math.Log(2))), of);
            if (median.Low <= 1 && median.High >= 1) held++;
        }

        // Values lie apart, so the interval of few is a little too short or too long: 90 to 99 %, and 3 sigma of 400 tries on top.
        Assert.InRange(held / 400.0, 0.90 - 3 * Math.Sqrt(0.09 / 400), 1);
        Assert.InRange(held, 0, 399);
    }

    [Theory]
    [InlineData(7, 0.984375, "order-statistics")] // 1 - 2 / 2^7
    [InlineData(6, 0.96875, "order-statistics")]
    [InlineData(5, 0.9375, "range")]
    [InlineData(3, 0.75, "range")]
    [InlineData(2, 0.5, "range")]
    [InlineData(1, 0, "range")]
    public void Few_values_have_their_range_with_its_exact_coverage(int n, double coverage, string method)
    {
        var median = MedianInterval.Of(Enumerable.Range(1, n).Reverse().Select(i => (double)i));

        Assert.Equal((1, n, method), (median.Low, median.High, median.Method));
        Assert.Equal(coverage, median.Coverage, 12);
        Assert.Equal((n + 1) / 2.0, median.Value);
        Assert.Equal(n >= 6, median.IsOf95);
    }

    [Fact]
    public void The_range_of_five_holds_the_median_as_often_as_it_says()
    {
        var random = new Random(5);
        var held = 0;
        for (var of = 0; of < 4000; of++)
        {
            var median = MedianInterval.Of(Enumerable.Range(0, 5).Select(_ => random.NextDouble()));
            if (median.Low <= 0.5 && median.High >= 0.5) held++;
        }

        Assert.InRange(held / 4000.0, 0.9375 - 5 * Math.Sqrt(0.9375 * 0.0625 / 4000), 0.9375 + 5 * Math.Sqrt(0.9375 * 0.0625 / 4000));
    }

    [Fact]
    public void Equal_values_have_an_interval_of_no_width() =>
        Assert.Equal((4, 4, 4), (MedianInterval.Of(Enumerable.Repeat(4.0, 30)) is var m ? (m.Value, m.Low, m.High) : default));

    [Fact]
    public void The_same_seed_gives_the_same_interval()
    {
        var random = new Random(1);
        var values = Enumerable.Range(0, 200).Select(_ => random.NextDouble()).ToArray();

        Assert.Equal(MedianInterval.Of(values, 3), MedianInterval.Of(values.Reverse(), 3));
    }
}
