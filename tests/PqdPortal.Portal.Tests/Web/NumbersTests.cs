using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
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

    [Theory]
    [InlineData("g2(0) = 2.01 +- 0.03 with 6.76 us", "g2(0) = 2.01 ± 0.03 with 6.76 µs")]
    [InlineData("14 powers from 0.05 to 20 uW; 33 ueV", "14 powers from 0.05 to 20 µW; 33 µeV")]
    [InlineData("give us 2 users; 3 um", "give us 2 users; 3 µm")]
    public void A_sentence_of_a_report_is_written_as_people_write(string told, string expected) =>
        Assert.Equal(expected, Numbers.Sentence(told));

    [Theory]
    [InlineData("number", "s", "1E-07", "100 ns")]
    [InlineData("number", "s", "30", "30 s")]
    [InlineData("number", "nm", "510.8999053526424", "510.9 nm")]
    [InlineData("number", "ps", "null", "")]
    [InlineData("numbers", "cps", "[300, 1234.5678901]", "300, 1\u202f234.57 cps")]
    [InlineData("choice", "1", "\"three_level\"", "three level")]
    [InlineData("integer", "1", "170", "170")]
    public void A_parameter_is_shown_with_the_digits_that_a_person_reads(string type, string unit, string json, string expected) =>
        Assert.Equal(expected, ParameterText.Shown(new("name", "Title", "", type, unit, null, null, null), JsonNode.Parse(json)));
}
