using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Tests.Fitting;

public class PoissonDevianceTests
{
    [Theory]
    [InlineData(0, 3.5, 7.0)]
    [InlineData(5, 5, 0)]
    [InlineData(10, 8, 0.4628710)] // 2 (8 - 10 + 10 ln 1.25)
    public void A_bin_has_the_deviance_of_Baker_and_Cousins(double n, double mu, double deviance) =>
        Assert.Equal(deviance, PoissonDeviance.Of(n, mu), 1e-6);

    [Fact]
    public void The_deviance_is_smooth_where_its_terms_cancel() =>
        Assert.Equal(1, PoissonDeviance.Of(1e6 * (1 + 1.001e-3), 1e6) / PoissonDeviance.Of(1e6 * (1 + 0.999e-3), 1e6) / Math.Pow(1.001 / 0.999, 2), 1e-5);

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.7)]
    [InlineData(2)]
    [InlineData(12)]
    [InlineData(29)]
    public void The_moments_are_those_of_Poisson_counts(double mu)
    {
        double p = Math.Exp(-mu), mean = 0, square = 0;
        for (var n = 0; n < 200; n++)
        {
            var d = n == 0 ? 2 * mu : 2 * (mu - n + n * Math.Log(n / mu));
            mean += p * d;
            square += p * d * d;
            p *= mu / (n + 1);
        }

        var (m, v) = PoissonDeviance.Moments(mu);
        Assert.Equal(mean, m, 1e-4);
        Assert.Equal(square - mean * mean, v, 1e-3);
    }

    [Theory] // Garwood 1936, as tabulated for 95 %
    [InlineData(0, 0, 3.689)]
    [InlineData(1, 0.0253, 5.572)]
    [InlineData(10, 4.795, 18.390)]
    [InlineData(100, 81.36, 121.63)]
    public void The_exact_interval_is_Garwoods(long n, double low, double high)
    {
        var interval = PoissonDeviance.Interval(n, 0.95);

        Assert.Equal(low, interval.Low, 0.006);
        Assert.Equal(high, interval.High, 0.006);
    }

    [Fact]
    public void The_interval_of_very_many_counts_is_the_normal_one()
    {
        var (low, high) = PoissonDeviance.Interval(100_000_000, 0.6827);

        Assert.Equal(1e4, 0.5 * (high - low), 5.0);
    }
}
