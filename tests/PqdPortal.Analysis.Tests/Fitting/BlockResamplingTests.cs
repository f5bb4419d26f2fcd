using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Tests.Fitting;

public class BlockResamplingTests
{
    [Fact]
    public void A_bootstrap_draws_as_many_blocks_as_there_are_and_the_same_ones_for_a_seed()
    {
        var first = BlockResampling.Bootstrap(20, 3).Select(choice => choice.ToArray()).ToArray();
        var again = BlockResampling.Bootstrap(20, 3).Select(choice => choice.ToArray()).ToArray();
        var other = BlockResampling.Bootstrap(20, 4).Select(choice => choice.ToArray()).ToArray();

        Assert.Equal(200, first.Length);
        Assert.All(first, choice => Assert.Equal(20, choice.Length));
        Assert.All(first, choice => Assert.All(choice, k => Assert.InRange(k, 0, 19)));
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void A_jackknife_leaves_every_block_out_once() =>
        Assert.Equal([[1, 2, 3, 4], [0, 2, 3, 4], [0, 1, 3, 4], [0, 1, 2, 4], [0, 1, 2, 3]],
            BlockResampling.Jackknife(5).Select(choice => choice.ToArray()));

    [Fact]
    public void Too_few_blocks_give_no_choice()
    {
        Assert.Empty(BlockResampling.Bootstrap(4, 1));
        Assert.Empty(BlockResampling.Jackknife(4));
    }

    [Fact]
    public void The_jackknife_of_a_mean_is_the_standard_error_of_the_mean()
    {
        double[] x = [3, 1, 4, 1, 5, 9, 2, 6];
        var left = new Spread();
        foreach (var choice in BlockResampling.Jackknife(x.Length)) left.Add(choice.Average(k => x[k]));

        var mean = x.Average();
        Assert.Equal(mean, left.Mean, 1e-12);
        Assert.Equal(Math.Sqrt(x.Sum(v => (v - mean) * (v - mean)) / 7 / 8), left.JackknifeError, 1e-12);
    }

    [Fact]
    public void The_bootstrap_of_a_mean_is_the_standard_error_of_the_mean_within_its_own_error()
    {
        var random = new Random(5);
        double[] x = [.. Enumerable.Range(0, 30).Select(_ => random.NextDouble())];
        var drawn = new Spread();
        foreach (var choice in BlockResampling.Bootstrap(x.Length, 1)) drawn.Add(choice.Average(k => x[k]));

        var mean = x.Average();
        var error = Math.Sqrt(x.Sum(v => (v - mean) * (v - mean))) / 30; // of a resample, which knows no n - 1
        Assert.InRange(drawn.Deviation / error, 1 - 5 * 0.05, 1 + 5 * 0.05);
    }

    [Fact]
    public void One_value_has_no_spread()
    {
        var spread = new Spread();
        Assert.Equal((0, 0), (spread.Deviation, spread.JackknifeError));
        spread.Add(7);
        Assert.Equal((7, 0, 0), (spread.Mean, spread.Deviation, spread.JackknifeError));
    }
}
