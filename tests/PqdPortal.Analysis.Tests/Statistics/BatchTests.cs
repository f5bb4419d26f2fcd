using MathNet.Numerics.Distributions;
using PqdPortal.Analysis.Statistics;

namespace PqdPortal.Analysis.Tests.Statistics;

/// <summary>What batches say of a treatment. The constants were made in Python (numpy 1.24.2) from all arrangements and the formulas written anew.</summary>
public class BatchTests
{
    [Theory]
    [InlineData(4, 4, 2.0 / 70)]
    [InlineData(3, 4, 1.0 / 35)]
    [InlineData(3, 3, 0.1)]
    [InlineData(1, 2, 1.0 / 3)]
    [InlineData(1, 1, 1)]
    public void So_many_batches_cannot_give_a_smaller_p(int n, int m, double smallest)
    {
        // Far apart, and with one batch farther than the others, so that no mirror image of an unequal dealing out ties with it.
        var test = BatchPermutation.Of([.. Enumerable.Range(0, n).Select(i => (double)i)], [.. Enumerable.Range(0, m).Select(i => 100.0 + i * i)]);

        Assert.Equal(smallest, test.SmallestP, 14);
        Assert.Equal(smallest, test.P, 14);
        Assert.Equal("exact", test.Method);
    }

    [Fact]
    public void All_ways_to_deal_out_the_batches_are_tried_and_ties_counted()
    {
        var mixed = BatchPermutation.Of([0.31, 0.52, 0.44, 0.6], [0.55, 0.71, 0.49]);
        var tied = BatchPermutation.Of([1, 2, 3], [4, 5, 6, 7]);

        Assert.Equal(12.0 / 35, mixed.P, 14);
        Assert.Equal(35, mixed.Ways);
        Assert.Equal(2.0 / 35, tied.P, 14);
        // In tenths the sums of tied ways differ in their last digits.
        Assert.Equal(2.0 / 35, BatchPermutation.Of([0.1, 0.2, 0.3], [0.4, 0.5, 0.6, 0.7]).P, 14);
    }

    [Fact]
    public void Too_many_ways_are_drawn_and_agree_with_the_ones_that_are_counted()
    {
        var random = new Random(1);
        double[] a = [.. Enumerable.Range(0, 10).Select(_ => Normal.Sample(random, 0, 1))], b = [.. Enumerable.Range(0, 10).Select(_ => Normal.Sample(random, 0.7, 1))];
        double[] more = [.. a, a.Average()], other = [.. b, b.Average()];
        var (exact, drawn) = (BatchPermutation.Of(a, b), BatchPermutation.Of(more, other));

        Assert.Equal(("exact", 184_756), (exact.Method, exact.Ways));
        Assert.Equal("monte-carlo", drawn.Method);
        Assert.Equal(drawn, BatchPermutation.Of(more, other));
        // The t-test of the same numbers is close to both; drawn p scatters by its counting error.
        Assert.Equal(Student(a, b), exact.P, 0.02);
        Assert.Equal(Student(more, other), drawn.P, 0.02);
        Assert.InRange(drawn.SmallestP, 1e-5 / 2, 1e-5);
    }

    static double Student(double[] a, double[] b)
    {
        double Square(double[] x) => x.Sum(v => (v - x.Average()) * (v - x.Average()));
        var sigma = Math.Sqrt((Square(a) + Square(b)) / (a.Length + b.Length - 2) * (1.0 / a.Length + 1.0 / b.Length));
        return 2 * StudentT.CDF(0, 1, a.Length + b.Length - 2, -Math.Abs(b.Average() - a.Average()) / sigma);
    }

    [Fact]
    public void The_share_of_variance_between_batches_is_that_of_the_analysis_of_variance()
    {
        Assert.Equal(0.7778894472361808, BatchSpread.Icc([[1, 2, 3], [4, 6], [5, 7, 9, 8]])!.Value, 12);
        Assert.Equal(-0.5928611266034578, BatchSpread.Icc([[1, 5, 3], [2, 4], [3, 1, 6]])!.Value, 12);
    }

    [Fact]
    public void The_treatment_is_not_in_the_share_between_batches()
    {
        double[][] pristine = [[1, 2, 3], [2, 3, 1]], doped = [[101, 102, 103], [102, 101, 103]];

        Assert.Equal(-0.5, BatchSpread.IccWithin(pristine, doped)!.Value, 12);
        Assert.InRange(BatchSpread.Icc([.. pristine, .. doped])!.Value, 0.99, 1);
    }

    [Fact]
    public void Where_batches_cannot_be_told_apart_from_dots_there_is_no_such_share()
    {
        Assert.Null(BatchSpread.Icc([[1, 2, 3]]));
        Assert.Null(BatchSpread.Icc([[1], [2], [3]]));
        Assert.Null(BatchSpread.Icc([[1, 1], [1, 1]]));
        Assert.Null(BatchSpread.IccWithin([[1, 2]], [[3, 4]]));
    }

    [Fact]
    public void The_difference_has_the_interval_of_Satterthwaite()
    {
        var difference = BatchDifference.Of([0.9, 1.4, 1.1, 1.8], [2.2, 1.9, 3.1])!;

        Assert.Equal(1.1, difference.Value, 12);
        Assert.Equal(0.4102844541697057, difference.Sigma, 12);
        Assert.Equal(3.169653029518384, difference.DegreesOfFreedom, 10);
        Assert.Equal(-0.1670484617238992, difference.Low, 7);
        Assert.Equal(2.3670484617238987, difference.High, 7);
    }

    [Fact]
    public void One_batch_of_an_arm_leaves_no_interval() => Assert.Null(BatchDifference.Of([1, 2, 3], [4]));

    static double[][] Batches(Random random, int batches, double mean, double between) =>
        [.. Enumerable.Range(0, batches).Select(_ => Normal.Sample(random, mean, between) is var own
            ? Enumerable.Range(0, 30).Select(_ => Normal.Sample(random, own, 1)).ToArray() : [])];

    [Fact]
    public void Batches_that_differ_as_batches_do_are_not_called_different_though_their_dots_are_far_apart()
    {
        // No treatment effect at all; the dot-level test is what misleads.
        int batchLevel = 0, dotLevel = 0;
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var groups = TwoGroups.Of(Batches(random, 4, 0, 1), Batches(random, 4, 0, 1))!;
            if (groups.Verdict == "different") batchLevel++;
            if (groups.Dots.P < 0.05) dotLevel++;
        }

        Assert.InRange(batchLevel, 0, 0.05 * 200 + 4 * Math.Sqrt(0.0475 * 200));
        Assert.InRange(dotLevel, 100, 200);
    }

    [Fact]
    public void A_treatment_that_moves_all_its_batches_is_found_with_four_against_four()
    {
        var random = new Random(3);
        var groups = TwoGroups.Of(Batches(random, 4, 0, 0.2), Batches(random, 4, 2, 0.2))!;

        Assert.Equal("different", groups.Verdict);
        Assert.Equal(2.0 / 70, groups.Batches.P, 12);
        Assert.InRange(2, groups.Difference!.Low, groups.Difference.High);
    }

    [Fact]
    public void One_batch_each_is_no_test_however_far_apart_the_dots_are()
    {
        var groups = TwoGroups.Of([[1, 2, 3, 4, 5, 6, 7, 8]], [[101, 102, 103, 104, 105, 106, 107, 108]])!;

        Assert.Equal("undetermined", groups.Verdict);
        Assert.Contains("no test of the treatment is possible", groups.Why);
        Assert.Contains("the smallest p that can come out is 1", groups.Why);
        Assert.True(groups.Dots.P < 0.001);
        Assert.Null(groups.Icc);
    }

    [Fact]
    public void Three_against_three_say_that_they_cannot_reach_five_percent()
    {
        var groups = TwoGroups.Of([[1], [2], [3]], [[11], [12], [13]], margin: 0.1)!;

        Assert.Equal("undetermined", groups.Verdict);
        Assert.Contains("3 and 3 batches cannot reach p = 0.05: the smallest p that can come out is 0.1", groups.Why);
    }

    [Fact]
    public void Equal_is_said_only_of_an_interval_inside_a_margin_that_was_set()
    {
        double[][] a = [[1.00], [1.02], [0.99], [1.01]], b = [[1.01], [0.98], [1.02], [1.00]];

        Assert.Equal("equivalent", TwoGroups.Of(a, b, margin: 0.1)!.Verdict);
        Assert.Equal("undetermined", TwoGroups.Of(a, b, margin: 0.01)!.Verdict);
        Assert.Equal("undetermined", TwoGroups.Of(a, b)!.Verdict);
        Assert.Contains("no proof of equality", TwoGroups.Of(a, b)!.Why);
    }

    [Fact]
    public void An_arm_without_a_value_is_not_compared_and_a_batch_without_one_does_not_count()
    {
        Assert.Null(TwoGroups.Of([[1, 2]], [[], []]));
        Assert.Equal(1, TwoGroups.Of([[1, 2], []], [[3]])!.Batches.SmallestP);
    }
}
