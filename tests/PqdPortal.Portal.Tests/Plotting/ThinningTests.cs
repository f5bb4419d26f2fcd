using PqdPortal.Web.Plotting;

namespace PqdPortal.Portal.Tests.Plotting;

public class ThinningTests
{
    /// <summary>Curves of all lengths with peaks, dips and gaps at random places, on linear and logarithmic axes.</summary>
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    static (double?[] X, double?[] Y, int Limit, bool Log) Curve(int seed)
    {
        var random = new Random(seed);
        var n = 1 + random.Next(5000);
        var log = random.Next(2) == 0;
        var x = new double?[n];
        var y = new double?[n];
        var at = log ? 1e-9 : -3.0;
        for (var i = 0; i < n; i++)
        {
            at = log ? at * (1 + 0.01 * random.NextDouble()) : at + random.NextDouble();
            x[i] = at;
            y[i] = random.Next(50) == 0 ? null : random.Next(200) == 0 ? 1e3 * random.NextDouble() - 500 : random.NextDouble();
        }
        return (x, y, Thinning.Least + random.Next(1500), log);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Never_more_points_than_asked_for_and_in_order(int seed)
    {
        var (x, y, limit, log) = Curve(seed);

        var picked = Thinning.Pick(x, y, limit, log);

        Assert.InRange(picked.Length, 1, limit);
        Assert.Equal(picked.Distinct().Order(), picked);
        Assert.All(picked, i => Assert.InRange(i, 0, x.Length - 1));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void The_highest_the_lowest_and_both_ends_stay(int seed)
    {
        var (x, y, limit, log) = Curve(seed);

        var picked = Thinning.Pick(x, y, limit, log);

        var values = picked.Select(i => y[i]).ToArray();
        Assert.Equal(y.Max(), values.Max());
        Assert.Equal(y.Min(), values.Min());
        Assert.Equal(0, picked[0]);
        Assert.Equal(x.Length - 1, picked[^1]);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void A_curve_that_fits_stays_whole(int seed)
    {
        var (x, y, _, log) = Curve(seed);

        Assert.Equal(Enumerable.Range(0, x.Length), Thinning.Pick(x, y, Math.Max(Thinning.Least, x.Length), log));
    }

    [Fact]
    public void Every_single_bin_dip_of_a_long_flat_curve_survives()
    {
        var x = Enumerable.Range(0, 100_000).Select(i => (double?)i).ToArray();
        var y = x.Select(_ => (double?)1).ToArray();
        // One dip in every column of the picture.
        for (var i = 250; i < y.Length; i += 500) y[i] = 0.1;

        var picked = Thinning.Pick(x, y, 1200);

        Assert.Equal(200, picked.Count(i => y[i] == 0.1));
    }

    [Fact]
    public void A_logarithmic_axis_gives_each_decade_its_share()
    {
        var x = Enumerable.Range(1, 100_000).Select(i => (double?)i).ToArray();
        var y = x.Select(at => (double?)Math.Sin(at!.Value)).ToArray();

        var picked = Thinning.Pick(x, y, 500, log: true);

        // Between 10 and 100 lie ninety points on a fifth of the axis; by number alone they would get a single column.
        Assert.InRange(picked.Count(i => x[i] is >= 10 and < 100), 40, 90);
    }

    [Fact]
    public void A_gap_stays_a_gap()
    {
        var x = Enumerable.Range(0, 10_000).Select(i => (double?)i).ToArray();
        var y = x.Select(at => at is > 4000 and < 4040 ? null : at).ToArray();

        var picked = Thinning.Pick(x, y, 300);

        Assert.Contains(picked, i => y[i] is null);
    }

    [Fact]
    public void Positions_and_values_of_different_length_are_refused() =>
        Assert.Throws<ArgumentException>(() => Thinning.Pick([1, 2], [1], 100));

    [Fact]
    public void A_limit_too_small_for_any_curve_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Thinning.Pick([1, 2], [1, 2], 3));
}
