using PqdPortal.Analysis.Blinking;
using Xunit.Abstractions;
using static PqdPortal.Analysis.Tests.Blinking.SwitchingLight;

namespace PqdPortal.Analysis.Tests.Blinking;

public class LevelsTests(ITestOutputHelper output)
{
    const int Seeds = 20;

    [Theory]
    [InlineData(5e3, 3, 0.1, 20)]
    [InlineData(20e3, 10, 0.05, 10)]
    [InlineData(50e3, 5, 0.02, 4)]
    [InlineData(200e3, 50, 0.1, 5)]
    public void A_dot_that_switches_between_two_levels_has_two(double on, double ratio, double mean, double duration)
    {
        var right = 0;
        var (bright, dark) = (new List<double>(), new List<double>());
        for (var seed = 0; seed < Seeds; seed++)
        {
            var levels = Levels.Of(Segments([on / ratio, on], (_, random) => mean * Exponential(random), duration, new Random(seed)), 8, default);
            if (levels.Count != 2) continue;
            right++;
            dark.Add((levels.Rate[0] - on / ratio) / levels.Sigma[0]);
            bright.Add((levels.Rate[1] - on) / levels.Sigma[1]);
        }

        Assert.True(right >= 19, $"{right} of {Seeds}");
        Pulls.AssertUnit(output, "dark", dark, 5, 0.3, 2.3);
        Pulls.AssertUnit(output, "bright", bright, 5, 0.3, 2.3);
    }

    [Fact]
    public void Power_laws_of_dwells_leave_two_levels_two()
    {
        var right = 0;
        for (var seed = 0; seed < Seeds; seed++)
            if (Levels.Of(Segments([1e3, 20e3], (level, random) => PowerLaw(random, level == 0 ? 1.5 : 1.7, 1e-3, 5), 10, new Random(seed)), 8, default).Count == 2) right++;

        Assert.True(right >= 19, $"{right} of {Seeds}");
    }

    [Fact]
    public void Four_levels_are_four_and_have_their_rates()
    {
        double[] truth = [2e3, 8e3, 20e3, 45e3];
        var pulls = truth.Select(_ => new List<double>()).ToArray();
        for (var seed = 0; seed < Seeds; seed++)
        {
            var levels = Levels.Of(Segments(truth, (_, random) => 0.1 * Exponential(random), 15, new Random(seed)), 8, default);
            if (levels.Count != 4) continue;
            Assert.InRange(levels.Rate[0], 1_900, 2_100);
            for (var g = 1; g < 4; g++) pulls[g].Add((levels.Rate[g] - truth[g]) / levels.Sigma[g]);
        }

        Assert.True(pulls[1].Count >= 19, $"{pulls[1].Count} of {Seeds}");
        for (var g = 1; g < 4; g++) Pulls.AssertUnit(output, $"level {g}", pulls[g], 5, 0.3, 2.3);
    }

    [Fact]
    public void Light_that_only_fades_has_one_level_and_its_drift()
    {
        var pulls = new List<double>();
        for (var seed = 0; seed < Seeds; seed++)
        {
            var levels = Levels.Of(Staircase(20e3, 20, 15, new Random(seed), t => Math.Exp(-0.8 * t / 20)), 8, default);
            if (levels.Count == 1) pulls.Add((levels.Drift + 0.8 / 20) / levels.DriftSigma!.Value);
        }

        Assert.True(pulls.Count >= 19, $"{pulls.Count} of {Seeds}");
        Pulls.AssertUnit(output, "drift", pulls, 5, 0.3, 2.3);
    }

    [Theory]
    [InlineData(0.8, 0)]
    [InlineData(0, 0.15)]
    public void Light_that_changes_slowly_has_one_level_though_it_was_cut_in_two_or_three(double fall, double wave)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var (random, bin) = (new Random(seed), 0.01);
            var counts = Binned([20e3], (_, _) => 1e9, 30, bin, random, t => Math.Exp(-fall * t / 30) * (1 + wave * Math.Sin(2 * Math.PI * t / 30)));
            Segment[] segments = [Whole(0, 11), Whole(11, 22.5), Whole(22.5, 30)];

            var levels = Levels.Of(segments, 8, default, SegmentPieces.Of(segments, counts, bin));

            Assert.Single(levels.Rate);
            // The ends of a wave taken for a polynomial are known less well than those of a ramp.
            Assert.InRange(levels.Drift * 30, -fall - 0.05 - wave, -fall + 0.05 + wave);
            // Steps alone would be taken for levels.
            Assert.True(seed > 0 || wave > 0 || Levels.Of(segments, 8, default).Count > 1);

            Segment Whole(double from, double to) => new(from, to, counts[(int)(from / bin)..(int)(to / bin)].Sum());
        }
    }

    [Fact]
    public void A_single_step_in_the_middle_stays_two_levels_beside_all_its_pieces()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var counts = Binned([15e3, 20e3], (_, _) => 15, 30, 0.01, new Random(seed));
            Segment[] segments = [new(0, 15, counts[..1500].Sum()), new(15, 30, counts[1500..].Sum())];

            var levels = Levels.Of(segments, 8, default, SegmentPieces.Of(segments, counts, 0.01));

            Assert.Equal(2, levels.Count);
            Assert.Equal(0, levels.Drift);
        }
    }

    [Fact]
    public void Pieces_lie_within_their_segments_and_keep_the_photons_of_their_bins()
    {
        var counts = new long[1000];
        Array.Fill(counts, 7);
        Segment[] segments = [new(0.0005, 0.5005, 3500), new(0.5005, 0.5035, 21), new(0.5035, 0.9999, 3474)];

        var pieces = SegmentPieces.Of(segments, counts, 1e-3);

        Assert.Equal(50 + 1 + 49, pieces.Count);
        Assert.Contains(segments[1], pieces);
        Assert.All(pieces.Where(piece => piece != segments[1]), piece => Assert.Equal(7 * Math.Round(piece.Duration * 1e3), piece.Photons));
        Assert.All(pieces, piece => Assert.Contains(segments, segment => segment.From <= piece.From && piece.To <= segment.To));
        Assert.Equal(segments, SegmentPieces.Of(segments, [], 1e-3));
    }

    [Fact]
    public void Light_that_fades_and_blinks_has_two_levels_and_their_means_over_the_run()
    {
        var right = 0;
        var bright = new List<double>();
        // The mean of exp(-0.6 x) over the run.
        var mean = (1 - Math.Exp(-0.6)) / 0.6;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var levels = Levels.Of(Segments([2e3, 20e3], (_, random) => 0.1 * Exponential(random), 15, new Random(seed), t => Math.Exp(-0.6 * t / 15)), 8, default);
            if (levels.Count != 2) continue;
            right++;
            bright.Add((levels.Rate[1] - 20e3 * mean) / levels.Sigma[1]);
            Assert.InRange(levels.Drift * 15, -0.7, -0.5);
        }

        Assert.True(right >= 19, $"{right} of {Seeds}");
        Pulls.AssertUnit(output, "bright", bright, 6, 0.3, 3);
    }

    [Fact]
    public void Light_that_never_changes_has_one_level_of_its_own_rate()
    {
        var levels = Levels.Of([new(0, 50, 1_000_000)], 8, default);

        Assert.Equal([20_000], levels.Rate);
        Assert.Equal(20, levels.Sigma[0], 0.01);
        Assert.Equal([1.0], levels.TimeShare);
        Assert.Equal([1_000_000L], levels.Photons);
        Assert.Empty(levels.Unreliable);
        Assert.Equal(0, levels.Drift);
        Assert.Equal([true], levels.IsOn());
    }

    [Fact]
    public void Two_segments_cut_out_because_they_are_extreme_are_no_levels()
    {
        Segment[] segments = [new(0, 20, 100_300), new(20, 20.004, 45), new(20.004, 45, 124_800), new(45, 45.01, 22), new(45.01, 60, 75_100)];

        var levels = Levels.Of(segments, 8, default);

        Assert.Single(levels.Rate);
        Assert.InRange(levels.Rate[0], 4_950, 5_050);
    }

    [Fact]
    public void Rare_flashes_do_not_throw_out_the_level_they_come_from()
    {
        var random = new Random(1);
        var segments = new List<Segment>();
        for (var (t, j) = (0.0, 0); j < 600; j++)
        {
            // 60 kcps for less than 1 % of the time, within a level of 20 kcps.
            var (rate, length) = j % 3 == 0 ? (1e3, 0.1 * Exponential(random) + 0.01) : j % 3 == 1 ? (20e3, 0.1 * Exponential(random) + 0.01) : (60e3, 0.0008);
            segments.Add(new(t, t + length, (long)Math.Round(rate * length)));
            t += length;
        }

        var levels = Levels.Of(segments, 8, default);

        Assert.Equal(2, levels.Count);
        Assert.InRange(levels.Rate[0], 950, 1_050);
        Assert.InRange(levels.Rate[1], 19_500, 20_500);
    }

    [Theory]
    [InlineData(20e3, 10, 0.01)]
    [InlineData(5e3, 10, 0.04)]
    public void Rates_hold_though_many_dwells_are_too_short_to_be_found(double on, double ratio, double mean)
    {
        var (bright, dark) = (new List<double>(), new List<double>());
        for (var seed = 0; seed < 10; seed++)
        {
            var levels = Levels.Of(Segments([on / ratio, on], (_, random) => mean * Exponential(random), 800 * mean, new Random(seed)), 8, default);
            Assert.Equal(2, levels.Count);
            dark.Add((levels.Rate[0] - on / ratio) / levels.Sigma[0]);
            bright.Add((levels.Rate[1] - on) / levels.Sigma[1]);
        }

        Pulls.AssertUnit(output, "dark", dark, 4, 0.1, 2.5);
        Pulls.AssertUnit(output, "bright", bright, 4, 0.1, 2.5);
    }

    [Fact]
    public void A_tremble_of_a_hundredth_over_millions_of_photons_is_no_level_though_counting_alone_would_say_so()
    {
        var segments = new List<Segment>();
        for (var j = 0; j < 20; j++) segments.Add(new(j, j + 1, 1_000_000 + (j % 2 == 0 ? 10_000 : -10_000)));

        var levels = Levels.Of(segments, 8, default);

        Assert.Single(levels.Rate);
        Assert.True(levels.BicLevels >= 2);
        Assert.Equal(8, levels.Bic.Length);
    }

    [Theory]
    [InlineData(1.08, 1), InlineData(1.25, 2)]
    public void Levels_less_than_a_tenth_apart_are_one(double ratio, int count)
    {
        // Long stretches: counting alone is sure of both.
        var levels = Levels.Of(Segments([100e3, ratio * 100e3], (_, random) => 1 + Exponential(random), 400, new Random(3)), 8, default);

        Assert.Equal(count, levels.Count);
        Assert.True(levels.BicLevels >= 2);
    }

    [Fact]
    public void The_largest_number_of_levels_is_the_persons()
    {
        var segments = Segments([2e3, 8e3, 20e3, 45e3], (_, random) => 0.1 * Exponential(random), 15, new Random(1));

        Assert.Single(Levels.Of(segments, 1, default).Rate);
        Assert.Equal(2, Levels.Of(segments, 2, default).Bic.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => Levels.Of(segments, 0, default));
    }

    [Fact]
    public void Grey_light_with_a_level_for_every_dwell_is_told_not_to_have_a_number_of_levels()
    {
        var random = new Random(3);
        var segments = new List<Segment>();
        for (var t = 0.0; t < 60;)
        {
            var to = t + 0.02 + 0.1 * Exponential(random);
            var rate = 1e3 + 49e3 * random.NextDouble();
            segments.Add(new(t, to, (long)(rate * (to - t))));
            t = to;
        }

        var levels = Levels.Of(segments, 8, default);

        Assert.NotEmpty(levels.Unreliable);
        Assert.True(levels.Count > 4);
    }

    [Fact]
    public void Short_segments_make_the_number_of_levels_doubtful_in_words()
    {
        var levels = Levels.Of(Segments([500, 5e3], (_, random) => 0.02 * Exponential(random), 30, new Random(1), seen: 5), 8, default);

        Assert.Contains(levels.Unreliable, why => why.Contains("photons", StringComparison.Ordinal));
    }

    [Fact]
    public void A_record_without_light_has_one_dark_level()
    {
        var levels = Levels.Of([new(0, 10, 0)], 8, default);

        Assert.Equal([0.0], levels.Rate);
        Assert.True(levels.Sigma[0] > 0);
    }

    [Fact]
    public void A_dark_level_of_no_photon_at_all_stands_beside_a_bright_one()
    {
        var segments = Enumerable.Range(0, 40).Select(j => new Segment(j, j + 1, j % 2 == 0 ? 0 : 5_000 + j)).ToList();

        var levels = Levels.Of(segments, 8, default);

        Assert.Equal(2, levels.Count);
        Assert.Equal([false, true], levels.IsOn());
        Assert.Equal(0, levels.Rate[0], 1.0);
    }

    [Fact]
    public void Nothing_at_all_is_refused_and_a_segment_without_length_is_passed_over()
    {
        Assert.Throws<InsufficientDataException>(() => Levels.Of([], 8, default));
        Assert.Throws<InsufficientDataException>(() => Levels.Of([new(1, 1, 5)], 8, default));

        var levels = Levels.Of([new(0, 1, 100), new(1, 1, 2), new(1, 2, 110)], 8, default);

        Assert.Equal([0, 0, 0], levels.LevelOf);
    }

    [Fact]
    public void Neighbouring_segments_of_a_level_are_joined_but_not_across_a_gap()
    {
        Segment[] segments = [new(0, 1, 1000), new(1, 2, 10_000), new(2, 3, 10_100), new(3, 4, 990), new(6, 7, 1010), new(7, 8, 9_900)];
        var levels = Levels.Of(segments, 8, default);

        var joined = levels.Joined(segments);

        Assert.Equal([(0.0, 1.0, 0), (1, 3, 1), (3, 4, 0), (6, 7, 0), (7, 8, 1)], joined.Select(s => (s.From, s.To, s.Level)));
        Assert.Equal([true, false, false, true, false], joined.Select(s => s.IsFirst));
        Assert.Equal([false, false, true, false, true], joined.Select(s => s.IsLast));
        Assert.Equal((20_100, 1, 2), (joined[1].Photons, joined[1].FirstSegment, joined[1].LastSegment));
    }

    [Fact]
    public void Bright_is_what_lies_above_the_geometric_mean_or_the_persons_rate()
    {
        var segments = Enumerable.Range(0, 90).Select(j => new Segment(j, j + 1, j % 3 == 0 ? 1_000 : j % 3 == 1 ? 5_000 : 16_000)).ToList();
        var levels = Levels.Of(segments, 8, default);

        Assert.Equal([false, true, true], levels.IsOn());
        Assert.Equal([false, false, true], levels.IsOn(10e3));
    }
}
