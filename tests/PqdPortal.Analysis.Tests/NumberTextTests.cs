namespace PqdPortal.Analysis.Tests;

public class NumberTextTests
{
    [Theory]
    [InlineData(0.01234, 3, "0.0123")]
    [InlineData(112_891.4, 4, "112900")]
    [InlineData(2260.7, 3, "2260")]
    [InlineData(-51_234.0, 3, "-51200")]
    [InlineData(999.6, 3, "1000")]
    [InlineData(6.25, 3, "6.25")]
    [InlineData(0, 3, "0")]
    public void A_number_of_a_sentence_has_no_exponent_where_it_can_be_written_out(double x, int digits, string expected) =>
        Assert.Equal(expected, NumberText.Rounded(x, digits));
}
