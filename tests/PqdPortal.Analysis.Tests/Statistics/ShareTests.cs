using PqdPortal.Analysis.Statistics;

namespace PqdPortal.Analysis.Tests.Statistics;

public class ShareTests
{
    // Roots of (p - k/n)² = z² p(1 - p)/n, by numpy 1.24.2.
    [Theory]
    [InlineData(22, 40, 0.3982909179893206, 0.6929469218909508)]
    [InlineData(1, 3, 0.061491944720396256, 0.7923403991979521)]
    [InlineData(0, 10, 0, 0.2775327998628892)]
    [InlineData(10, 10, 0.7224672001371111, 1)]
    public void The_interval_of_a_share_is_that_of_Wilson(int of, int all, double low, double high)
    {
        var share = Share.Counted(of, all);

        Assert.Equal(low, share.Low, 12);
        Assert.Equal(high, share.High, 12);
        Assert.Equal((double)of / all, share.Value);
    }

    // Sums of exact fractions, by Python.
    [Theory]
    [InlineData(22, 40, 30, 40, 0.10002666043053655)]
    [InlineData(1, 10, 8, 9, 0.001093333910671372)]
    [InlineData(3, 6, 3, 6, 1)]
    [InlineData(0, 5, 5, 5, 0.007936507936507936)]
    public void Two_shares_are_compared_by_Fisher(int a, int ofA, int b, int ofB, double p) =>
        Assert.Equal(p, Share.Fisher(Share.Counted(a, ofA), Share.Counted(b, ofB)), 12);

    [Fact]
    public void A_share_of_nothing_is_none() => Assert.Throws<ArgumentOutOfRangeException>(() => Share.Counted(0, 0));

    [Fact]
    public void Fractions_of_0_and_1_stand_half_a_frame_inside()
    {
        Assert.Equal(Math.Log(0.3 / 0.7), Scale.Logit.On(0.3)!.Value, 14);
        Assert.Equal(Math.Log(0.0005 / 0.9995), Scale.Logit.On(0, 1000)!.Value, 12);
        Assert.Equal(Math.Log(0.9995 / 0.0005), Scale.Logit.On(1, 1000)!.Value, 10);
        Assert.Null(Scale.Logit.On(0));
        Assert.Null(Scale.Logit.On(1.2, 1000));
    }

    [Fact]
    public void A_value_comes_back_from_its_scale()
    {
        foreach (var scale in Enum.GetValues<Scale>())
            Assert.Equal(0.37, scale.From(scale.On(0.37)!.Value), 14);
        Assert.Null(Scale.Log.On(0));
        Assert.Null(Scale.Log.On(-1));
        Assert.Null(Scale.Linear.On(double.NaN));
    }
}
