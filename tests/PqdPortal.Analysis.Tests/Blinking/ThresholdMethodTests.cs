using PqdPortal.Analysis.Blinking;
using Xunit.Abstractions;
using static PqdPortal.Analysis.Tests.Blinking.SwitchingLight;

namespace PqdPortal.Analysis.Tests.Blinking;

public class ThresholdMethodTests(ITestOutputHelper output)
{
    const double Fine = 2e-3;
    const double Bin = 6e-3;

    [Fact]
    public void Slow_switching_is_seen_as_it_is()
    {
        var pulls = new List<double>();
        for (var seed = 0; seed < 20; seed++)
        {
            var result = ThresholdMethod.Of(Binned([2e3, 20e3], (level, random) => (level == 0 ? 0.4 : 0.2) * Exponential(random), 60, Fine, new Random(seed)), Fine, Bin);
            // Between 12 and 120 photons a bin.
            Assert.InRange(result.Threshold!.Value, 4e3, 14e3);
            pulls.Add((result.OnFraction - 1.0 / 3) / result.Tries[1].OnFractionSigma!.Value);
        }

        Pulls.AssertUnit(output, "share of bright time", pulls, 2.5, 0.4, 2);
    }

    [Fact]
    public void Exponents_depend_on_the_bin_and_the_result_says_so()
    {
        var counts = Binned([1e3, 20e3], (level, random) => PowerLaw(random, level == 0 ? 1.5 : 1.8, 1e-3, 5), 200, Fine, new Random(1));

        var result = ThresholdMethod.Of(counts, Fine, Bin);

        Assert.Equal([2e-3, 6e-3, 18e-3], result.Tries.Select(one => Math.Round(one.Bin, 9)));
        Assert.All(result.Tries, one => Assert.InRange(one.Off!.Alpha, 1.1, 2.2));
        output.WriteLine(result.Messages[0].Text);
        // The bright times end with a dark one of 1 ms already: too short for any of these bins.
        Assert.All(result.Tries, one => Assert.True(one.On!.Alpha < 1.8 - 5 * one.On.Sigma));
        Assert.True(result.Tries[0].On!.Alpha > result.Tries[2].On!.Alpha);
        Assert.Contains("Crouch", Assert.Single(result.Messages, message => message.Code == "THRESHOLD_BIASED").Text);
        Assert.Equal(8, result.Quantities.Count);
        Assert.All(result.Quantities, quantity => Assert.NotNull(quantity.Value));
        Assert.Equal(3, result.Exponents.X.Values.Count);
    }

    [Fact]
    public void Times_of_whole_bins_give_the_exponent_they_were_drawn_with()
    {
        var pulls = new List<double>();
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var counts = new List<long>();
            while (counts.Count < 20_000)
            {
                for (var k = Math.Round(PowerLaw(random, 1.7, 0.5, 2000.5)); k > 0; k--) counts.Add(random.Next(90, 110));
                for (var k = Math.Round(PowerLaw(random, 1.4, 0.5, 2000.5)); k > 0; k--) counts.Add(random.Next(0, 6));
            }

            var result = ThresholdMethod.Of(counts, 0.01, 0.01);
            pulls.Add((result.Tries[0].On!.Alpha - 1.7) / result.Tries[0].On!.Sigma);
            pulls.Add((result.Tries[0].Off!.Alpha - 1.4) / result.Tries[0].Off!.Sigma);
        }

        Pulls.AssertUnit(output, "exponents", pulls, 3, 0.5, 1.8);
    }

    [Fact]
    public void Steady_light_has_no_threshold()
    {
        var result = ThresholdMethod.Of(Binned([20e3], (_, _) => 1e9, 20, Fine, new Random(1)), Fine, Bin);

        Assert.Null(result.Threshold);
        Assert.Contains(result.Messages, message => message.Code == "NO_THRESHOLD");
        Assert.All(result.Quantities, quantity => Assert.Null(quantity.Value));
    }

    [Fact]
    public void Nothing_dark_and_little_have_no_threshold()
    {
        Assert.Null(ThresholdMethod.Of([], Fine, Bin).Threshold);
        Assert.Null(ThresholdMethod.Of(new long[10_000], Fine, Bin).Threshold);
        Assert.Null(ThresholdMethod.Of([1, 2, 3], Fine, Bin).Threshold);
    }

    [Fact]
    public void Time_that_was_not_watched_is_left_out_and_cuts_the_dwells()
    {
        var counts = Binned([2e3, 20e3], (_, random) => 0.1 * Exponential(random), 30, Fine, new Random(1));
        var whole = ThresholdMethod.Of(counts, Fine, Bin);
        for (var i = 5000; i < 10_000; i++) counts[i] = 0;

        var part = ThresholdMethod.Of(counts, Fine, Bin, [(0, 9.9), (9.9, 9.99), (20.01, 30)]);

        Assert.InRange(part.Tries[1].Bins, 3_300, 3_333);
        Assert.True(part.Tries[1].Bins < whole.Tries[1].Bins);
        Assert.InRange(part.OnFraction, 0.35, 0.65);
    }
}
