using PqdPortal.Analysis.Correlation;

namespace PqdPortal.Analysis.Tests.Correlation;

public class TwoSidedExponentialTests
{
    /// <summary>The convolution by brute force: 200 000 steps over +-12 sigma.</summary>
    static double Convolved(double t, double k, double sigma)
    {
        const int steps = 200_000;
        var h = 24 * sigma / steps;
        var sum = 0.0;
        for (var i = 0; i < steps; i++)
        {
            var x = -12 * sigma + (i + 0.5) * h;
            sum += Math.Exp(-x * x / (2 * sigma * sigma)) * Math.Exp(-k * Math.Abs(t - x)) * h;
        }

        return sum / (sigma * Math.Sqrt(2 * Math.PI));
    }

    [Theory]
    [InlineData(0, 1, 0.3)]
    [InlineData(0.4, 1, 0.3)]
    [InlineData(-2, 1, 0.5)]
    [InlineData(5, 0.2, 3)]
    [InlineData(3, 4, 2)]
    public void The_closed_form_is_the_convolution(double t, double k, double sigma) =>
        Assert.Equal(Convolved(t, k, sigma), TwoSidedExponential.At(t, k, sigma), 1e-8);

    [Theory]
    [InlineData(50)]
    [InlineData(500)]
    [InlineData(-500)]
    public void Far_from_the_centre_it_neither_overflows_nor_vanishes(double sigmas)
    {
        var value = TwoSidedExponential.At(sigmas * 0.1, 0.5, 0.1);

        Assert.Equal(1, value / Math.Exp(0.5 * 0.0025 - 0.5 * Math.Abs(sigmas) * 0.1), 1e-10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.05)]
    [InlineData(0.4)]
    [InlineData(3)]
    public void A_bin_holds_the_mean_of_the_curve_over_its_width(double sigma)
    {
        const double width = 1.7, k = 0.6, centre = 0.3;
        var bins = new double[41];

        TwoSidedExponential.Average(bins, 20, width, centre, k, sigma);

        for (var j = 0; j < bins.Length; j++)
        {
            const int steps = 4000;
            var mean = Enumerable.Range(0, steps).Average(i =>
                TwoSidedExponential.At((j - 20) * width - centre + ((i + 0.5) / steps - 0.5) * width, k, sigma));
            Assert.Equal(mean, bins[j], 2e-7 + 1e-6 * mean);
        }
    }

    [Theory]
    [InlineData(0.5, 0.6156903441929259)] // Abramowitz and Stegun: erfc(0.5) = 0.4795001222 times e^0.25
    [InlineData(4.999, 0.11072467)]
    [InlineData(5.001, 0.11068232)]
    [InlineData(100, 0.0056416137829894)]
    public void Erfcx_agrees_with_tables(double x, double value) =>
        Assert.Equal(1, PqdPortal.Analysis.Fitting.ErrorFunctions.Erfcx(x) / value, 2e-5);
}
