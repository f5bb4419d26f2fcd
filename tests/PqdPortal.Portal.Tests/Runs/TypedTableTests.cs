using PqdPortal.Web.Features.Runs;

namespace PqdPortal.Portal.Tests.Runs;

/// <summary>A table as it is typed or pasted, line by line.</summary>
public class TypedTableTests
{
    static readonly TableKind Michelson = TableKind.Of("michelson"), Saturation = TableKind.Of("saturation");

    [Theory]
    [InlineData("0.5\t120\t1\r\n1\t230\t1\r\n")]
    [InlineData("0.5,120,1\n1,230,1")]
    [InlineData("0,5;120;1\n1;230;1;")]
    [InlineData("# two powers\n\n0.5   120  1\n 1 230 1 \n")]
    [InlineData("power_uW,counts,integration_s\n5e-1,120,1\n1,230,1.0")]
    [InlineData("integration_s;Counts;POWER_UW\n1;120;0.5\n1;230;1")]
    public void Tables_of_many_programs_are_the_same_table(string text)
    {
        var table = TypedTable.Of(Saturation, text);

        Assert.True(table.IsGood, string.Join(" ", table.Troubles));
        Assert.Equal("power_uW,counts,integration_s\n0.5,120,1\n1,230,1\n", table.Csv());
    }

    [Fact]
    public void Every_line_that_cannot_be_used_is_named_with_what_belongs_there()
    {
        var table = TypedTable.Of(Saturation, "1,100,1\n2,many,1\n-3,10,1\n4,10.5,0\n5,10\n6,20,1");

        Assert.Equal([2, 3, 4, 5], table.Troubles.Select(trouble => trouble.Line));
        Assert.Contains("\"many\" as counts, where a whole number of at least 0 belongs", table.Troubles[0].What);
        Assert.Contains("\"-3\" as power_uW", table.Troubles[1].What);
        Assert.Contains("\"10.5\" as counts", table.Troubles[2].What);
        Assert.Contains("\"0\" as integration_s, where a number above 0 belongs", table.Troubles[2].What);
        Assert.Contains("2 cells; 3 are needed", table.Troubles[3].What);
        Assert.False(table.IsGood);
        Assert.Equal(2, table.Rows.Count);
    }

    [Fact]
    public void A_line_of_other_names_is_refused_and_a_delay_may_be_negative()
    {
        var table = TypedTable.Of(Michelson, "power_uW,counts,integration_s\n1,2,3");
        Assert.Contains("names no column coarse_delay_ps and no column fine_delay_fs", table.Troubles[0].What);

        Assert.True(TypedTable.Of(Michelson, "−1.5\t0\t10\n0\t0.4\t12").IsGood);
    }

    [Fact]
    public void Of_many_wrong_lines_the_first_are_told_and_all_are_counted()
    {
        var table = TypedTable.Of(Michelson, string.Join('\n', Enumerable.Repeat("x y z w", 500)));

        Assert.Equal((500, TypedTable.MostTold), (table.Wrong, table.Troubles.Count));
        Assert.False(TypedTable.Of(Michelson, "").IsGood);
        Assert.False(TypedTable.Of(Michelson, "1 2 3").IsGood);
        Assert.False(TypedTable.Of(Michelson, "NaN 2 3\n1 inf 3").IsGood);
    }
}
