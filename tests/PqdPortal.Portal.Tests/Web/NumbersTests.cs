using PqdPortal.Web.Layout;

namespace PqdPortal.Portal.Tests.Web;

public class NumbersTests
{
    [Theory]
    [InlineData(0.0421, 0.0061, "0.042 ± 0.006")]
    [InlineData(6.8132, 0.0341, "6.81 ± 0.03")]
    [InlineData(71.3, 2.4, "71.3 ± 2.4")]
    [InlineData(71234.4, 3100, "71\u202f234 ± 3\u202f100")]
    [InlineData(-0.0042, 0.0083, "\u22120.004 ± 0.008")]
    [InlineData(1.0, 0.0296, "1.00 ± 0.03")]
    [InlineData(5.0, 0.0961, "5.00 ± 0.10")]
    [InlineData(5.0, 0.00999, "5.000 ± 0.010")]
    [InlineData(1.234e9, 4.2e7, "(1.23 ± 0.04) × 10⁹")]
    [InlineData(2.5e-9, 1.3e-10, "(2.50 ± 0.13) × 10⁻⁹")]
    public void A_number_has_no_more_digits_than_its_uncertainty_carries(double value, double sigma, string expected) =>
        Assert.Equal(expected, Numbers.WithUncertainty(value, sigma));

    [Fact]
    public void A_missing_value_is_not_recorded_and_never_zero() =>
        Assert.Equal("not recorded", Numbers.WithUncertainty(null, 0.1));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.5, "0.5")]
    [InlineData(518.23, "518.2")]
    [InlineData(12345.6, "12\u202f346")]
    [InlineData(-3.0, "\u22123")]
    [InlineData(1e-12, "1 × 10⁻¹²")]
    public void A_number_without_uncertainty_has_four_digits(double value, string expected) =>
        Assert.Equal(expected, Numbers.Plain(value));

    [Fact]
    public void A_negative_number_that_rounds_to_zero_has_no_minus() =>
        Assert.Equal("0.0 ± 0.5", Numbers.WithUncertainty(-0.01, 0.5));

    [Theory]
    [InlineData(512, "512 bytes")]
    [InlineData(43_300, "43.3 kB")]
    [InlineData(2_147_483_648, "2\u202f147 MB")]
    public void A_size_is_in_megabytes_and_small_ones_in_kilobytes(long bytes, string expected) =>
        Assert.Equal(expected, Numbers.Size(bytes));

    [Theory]
    [InlineData(4.26, "4.3 s")]
    [InlineData(42, "42 s")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(7500, "2 h 5 min")]
    [InlineData(259200, "3 d")]
    public void A_span_has_one_or_two_units(double seconds, string expected) =>
        Assert.Equal(expected, Numbers.Span(TimeSpan.FromSeconds(seconds)));
}
