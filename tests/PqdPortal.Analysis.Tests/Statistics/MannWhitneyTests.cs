using MathNet.Numerics.Distributions;
using PqdPortal.Analysis.Statistics;

namespace PqdPortal.Analysis.Tests.Statistics;

/// <summary>The constants were made in Python (numpy 1.24.2) by dealing out all arrangements, or by the formulas written anew.</summary>
public class MannWhitneyTests
{
    [Fact]
    public void Few_values_without_ties_are_counted_out()
    {
        var test = MannWhitney.Of([1.1, 2.3, 3.7, 0.4, 5.9], [2.9, 4.4, 6.1, 7.8, 8.2, 3.1]);

        Assert.Equal((25, "exact"), (test.U, test.Method));
        Assert.Equal(19.0 / 231, test.P, 14);
        Assert.Equal(2.45, test.Shift, 12);
        // The fourth smallest and the fourth largest of the thirty differences: P(U < 4) is the last below 2.5 %.
        Assert.Equal(-0.8, test.ShiftLow!.Value, 12);
        Assert.Equal(6.7, test.ShiftHigh!.Value, 12);
        Assert.Equal(2.0 / 3, test.Cliff, 14);
    }

    [Fact]
    public void Ties_are_corrected_for()
    {
        var test = MannWhitney.Of([3, 4, 4, 5, 6, 2, 4], [5, 6, 6, 7, 4, 8]);

        Assert.Equal((36, "normal"), (test.U, test.Method));
        Assert.Equal(0.03438946555349954, test.P, 12);
        Assert.Equal(2, test.Shift);
        Assert.Equal(0.7142857142857142, test.Cliff, 14);
    }

    [Fact]
    public void Many_values_go_by_the_normal_law()
    {
        double[] a =
        [
            0.00123, 0.298746, -0.274138, -0.890592, -0.454671, -0.991647, 0.060144, 1.340215, -0.492207, -0.620475, 0.489842, 0.356887, 0.105414,
            -0.930468, -0.029252, 0.695303, -1.344215, -0.457616, -1.901223, -1.289538, -1.841735, -0.235091, -1.267446, 0.271264, 0.156751,
        ];
        double[] b =
        [
            0.413069, -1.91676, 0.061307, 0.551499, 0.713309, -0.930136, 0.122247, -0.378519, -0.208837, 1.660899, -0.207535, 0.567478, 1.48439, 0.0164,
            0.488298, 0.710464, 0.663782, -0.625056, 0.67614, 1.958823, -0.947145, 1.459383, 0.719354, -0.04147, 2.600417, 1.36226, -0.599289, 0.674516,
            1.17669, 0.411218,
        ];

        var test = MannWhitney.Of(a, b);

        Assert.Equal((562, "normal"), (test.U, test.Method));
        Assert.Equal(0.0016192020619916765, test.P, 12);
        Assert.Equal(0.7426415, test.Shift, 12);
        Assert.Equal(0.319253, test.ShiftLow!.Value, 12);
        Assert.Equal(1.26352, test.ShiftHigh!.Value, 12);
    }

    [Fact]
    public void The_other_way_round_the_shift_changes_its_sign_and_p_stays()
    {
        double[] a = [1.5, 2.25, 7, 3], b = [4, 5, 9, 11, 12];
        var (there, back) = (MannWhitney.Of(a, b), MannWhitney.Of(b, a));

        Assert.Equal(there.P, back.P);
        Assert.Equal((there.Shift, there.ShiftLow, there.ShiftHigh, there.Cliff), (-back.Shift, -back.ShiftHigh, -back.ShiftLow, -back.Cliff));
    }

    [Fact]
    public void Three_against_three_have_no_interval_of_95_percent_and_four_against_four_have_their_widest()
    {
        var three = MannWhitney.Of([1, 2, 3], [4, 5, 6]);
        var four = MannWhitney.Of([1, 2, 3, 4], [5.5, 6.5, 7.5, 8.5]);

        Assert.Null(three.ShiftLow);
        Assert.Equal(0.1, three.P, 14);
        Assert.Equal((1.5, 7.5), (four.ShiftLow, four.ShiftHigh));
        Assert.Equal(2.0 / 70, four.P, 14);
    }

    [Fact]
    public void Equal_values_show_no_difference_at_all()
    {
        var test = MannWhitney.Of([2, 2, 2], [2, 2]);

        Assert.Equal((1, 0, 0), (test.P, test.Shift, test.Cliff));
    }

    [Fact]
    public void One_value_against_one_says_nothing() => Assert.Equal(1, MannWhitney.Of([1], [2]).P);

    [Fact]
    public void Twenty_against_twenty_are_still_counted_out_and_agree_with_the_normal_law()
    {
        var random = new Random(2);
        var a = Enumerable.Range(0, 20).Select(_ => Normal.Sample(random, 0, 1)).ToArray();
        var b = Enumerable.Range(0, 20).Select(_ => Normal.Sample(random, 0.5, 1)).ToArray();
        var exact = MannWhitney.Of(a, b);
        var normal = MannWhitney.Of([.. a, -1e9], [.. b, 1e9]);

        Assert.Equal(("exact", "normal"), (exact.Method, normal.Method));
        var z = (Math.Abs(exact.U - 200) - 0.5) / Math.Sqrt(400 / 12.0 * 41);
        Assert.Equal(2 * Normal.CDF(0, 1, -z), exact.P, 0.003);
    }

    [Fact]
    public void A_shift_lies_in_its_interval_as_often_as_it_says()
    {
        var random = new Random(8);
        var held = 0;
        for (var of = 0; of < 600; of++)
        {
            var test = MannWhitney.Of(Enumerable.Range(0, 9).Select(_ => Normal.Sample(random, 0, 1)), Enumerable.Range(0, 12).Select(_ => Normal.Sample(random, 2, 1)));
            if (test.ShiftLow <= 2 && test.ShiftHigh >= 2) held++;
        }

        // The steps of the law make it at least 95 %, less than 97 % here.
        Assert.InRange(held / 600.0, 0.95 - 4 * Math.Sqrt(0.0475 / 600), 0.97 + 4 * Math.Sqrt(0.03 / 600));
    }

    [Fact]
    public void Ten_thousand_dots_are_compared_without_writing_down_every_pair()
    {
        var random = new Random(4);
        var a = Enumerable.Range(0, 5000).Select(_ => Normal.Sample(random, 0, 1)).ToArray();
        var b = Enumerable.Range(0, 5000).Select(_ => Normal.Sample(random, 0.1, 1)).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var test = MannWhitney.Of(a, b);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
        // The standard error of the shift is sqrt(pi/3 * 2/5000) of a normal law.
        Assert.InRange(test.Shift, 0.1 - 5 * 0.0205, 0.1 + 5 * 0.0205);
        Assert.True(test.ShiftLow < test.Shift && test.Shift < test.ShiftHigh);
    }
}
