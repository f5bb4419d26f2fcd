using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Portal.Tests.Records;

public class NumberTextTests
{
    [Theory]
    [InlineData("12.5", 12.5)]
    [InlineData("12,5", 12.5)]
    [InlineData(" 1 200 ", 1200)]
    [InlineData("1e-3", 0.001)]
    [InlineData("−4", -4)]
    public void A_number_is_read_as_people_type_it(string typed, double value) => Assert.Equal((value, null), NumberText.Read(typed));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(null)]
    public void Nothing_typed_is_not_recorded_and_never_zero(string? typed) => Assert.Equal((null, null), NumberText.Read(typed));

    [Theory]
    [InlineData("9 nm")]
    [InlineData("1,200.5")]
    [InlineData("NaN")]
    [InlineData("1e999")]
    [InlineData("--3")]
    public void What_is_no_number_is_said_with_its_own_words(string typed)
    {
        var (value, trouble) = NumberText.Read(typed);

        Assert.Null(value);
        Assert.Contains(typed, trouble);
    }

    [Fact]
    public void A_count_is_a_whole_number()
    {
        Assert.NotNull(NumberText.Read("2.5", whole: true).Trouble);
        Assert.Equal((3, null), NumberText.Read("3", whole: true));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1.0 / 3)]
    [InlineData(6.02214076e23)]
    public void What_is_written_into_a_field_reads_back_as_the_same_number(double value) =>
        Assert.Equal(value, NumberText.Read(NumberText.Write(value)).Value);
}
