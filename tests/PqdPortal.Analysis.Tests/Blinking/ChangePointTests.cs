using PqdPortal.Analysis.Blinking;
using PqdPortal.Analysis.Measurements;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Blinking;

public class ChangePointTests(ITestOutputHelper output)
{
    [Fact]
    public void Steady_light_of_a_million_photons_has_five_changes_at_most()
    {
        var found = Enumerable.Range(1, 6).Select(seed => Steady(seed).At.Length).ToArray();
        output.WriteLine(string.Join(" ", found));
        Assert.InRange(found.Average(), 0.2, 5);

        static ChangePoints Steady(int seed)
        {
            var changes = StepLight.Find(StepLight.Photons(new Random(seed), [(0, 10e3)], 100), 100);
            Assert.True(changes.At.Length < changes.ExpectedFalse);
            Assert.InRange(changes.ExpectedFalse, 0.001 * changes.Tests, 0.01 * changes.Tests);
            return changes;
        }
    }

    /// <summary>Without more of them than before where each twentieth photon has a second one at its heels, and each thirtieth an afterpulse.</summary>
    [Fact]
    public void Photons_that_come_in_pairs_are_no_changes()
    {
        var (found, photons) = (0, 0);
        for (var seed = 1; seed <= 3; seed++)
        {
            var random = new Random(seed);
            var light = new List<long>();
            foreach (var t in StepLight.Photons(random, [(0, 5000)], 100))
            {
                light.Add(t);
                if (random.NextDouble() < 0.05) light.Add(t + random.Next(3));
                if (random.NextDouble() < 0.03) light.Add(t + 50 + random.Next(500));
            }
            light.Sort();
            var changes = StepLight.Find([.. light], 100);
            Assert.Equal(light.Count, changes.Photons.Sum());
            (found, photons) = (found + changes.At.Length, photons + light.Count);
        }
        output.WriteLine($"{found} in {photons} photons");
        Assert.True(found <= 6e-6 * photons);
    }

    [Fact]
    public void Less_confidence_finds_more_in_steady_light()
    {
        var photons = StepLight.Photons(new Random(3), [(0, 10e3)], 30);
        Assert.True(StepLight.Find(photons, 30, 0.69).At.Length > 3 * Math.Max(1, StepLight.Find(photons, 30, 0.95).At.Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ChangePointFinder(1e-9, null, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ChangePointFinder(1e-9, null, double.NaN));
    }

    [Theory]
    [InlineData(0.02, 200, 0.99), InlineData(0.02, 1000, 0.98), InlineData(0.01, 500, 0.98), InlineData(0.005, 200, 0.97)]
    public void Changes_between_two_rates_are_found_and_few_others(double shortest, double off, double least)
    {
        var (truths, founds, matches) = (0, 0, 0);
        for (var seed = 1; seed <= 5; seed++)
        {
            var random = new Random(seed);
            var steps = StepLight.Telegraph(random, 5000, off, shortest, 5, 1.5, 60);
            var truth = steps.Skip(1).Select(step => step.From).ToList();
            var found = StepLight.Find(StepLight.Photons(random, steps, 60), 60).Times();
            (truths, founds, matches) = (truths + truth.Count, founds + found.Length, matches + StepLight.Matches(truth, found));
        }
        output.WriteLine($"recall {(double)matches / truths:F3}, precision {(double)matches / founds:F3} of {truths}");
        Assert.True(matches >= least * truths);
        Assert.True(matches >= 0.97 * founds);
    }

    /// <summary>A test for one change is nearly blind to a short dip in the middle of a long bright time.</summary>
    [Theory]
    [InlineData(0.006, 0), InlineData(0.012, 500), InlineData(0.05, 2500), InlineData(0.008, 12_000), InlineData(0.002, 20_000)]
    public void Short_dwell_in_the_middle_is_found(double length, double rate)
    {
        var found = 0;
        for (var seed = 1; seed <= 20; seed++)
        {
            var photons = StepLight.Photons(new Random(seed), [(0, 5000), (0.1, rate), (0.1 + length, 5000)], 0.2);
            var times = StepLight.Find(photons, 0.2).Times();
            if (times.Length == 2 && StepLight.Matches([0.1, 0.1 + length], times, 0.003 + length / 5) == 2) found++;
        }
        output.WriteLine($"{found} of 20");
        Assert.True(found >= 18);
    }

    /// <summary>Steps of 15 % need several thousand photons to show.</summary>
    [Fact]
    public void Small_steps_are_found_where_light_is_steady_for_long()
    {
        var (truths, founds, matches) = (0, 0, 0);
        for (var seed = 1; seed <= 4; seed++)
        {
            var random = new Random(seed);
            var steps = new List<(double From, double Rate)>();
            for (var t = 0.0; t < 60; t += 3 + 4 * random.NextDouble()) steps.Add((t, steps.Count % 2 == 0 ? 5000 : 4250));
            var truth = steps.Skip(1).Select(step => step.From).ToList();
            var found = StepLight.Find(StepLight.Photons(random, steps, 60), 60).Times();
            (truths, founds, matches) = (truths + truth.Count, founds + found.Length, matches + StepLight.Matches(truth, found, 0.3));
        }
        output.WriteLine($"{matches} matches of {truths}, {founds} found");
        Assert.True(matches >= 0.95 * truths);
        Assert.True(founds <= matches + 4);
    }

    /// <summary>Not much more than in steady light, although the whole of each record is far from it.</summary>
    [Fact]
    public void Light_that_drifts_makes_no_stairs()
    {
        Func<double, double>[] laws =
        [
            t => 20e3 * Math.Exp(-t / 40),
            t => 10e3 * (1 - 0.6 * t / 60),
            t => 12e3 * (1 + 0.15 * Math.Sin(2 * Math.PI * t / 60)),
            t => 12e3 * (1 + 0.1 * Math.Sin(2 * Math.PI * t / 20)),
        ];
        var (found, photons) = (0, 0);
        for (var i = 0; i < laws.Length; i++)
        {
            var light = StepLight.Photons(new Random(20 + i), laws[i], 20e3, 60);
            var changes = StepLight.Find(light, 60).At.Length;
            output.WriteLine($"{changes} in {light.Length} photons");
            (found, photons) = (found + changes, photons + light.Length);
        }
        Assert.True(found <= 6e-6 * photons);
    }

    /// <summary>Simulated coverage of the intervals of 95 %, for steps small and large, up and down.</summary>
    [Theory]
    [InlineData(5000, 500), InlineData(500, 5000), InlineData(5000, 3000), InlineData(1000, 3000)]
    public void Interval_holds_the_true_change(double before, double behind)
    {
        var (held, of) = (0, 0);
        for (var seed = 1; seed <= 400; seed++)
        {
            var random = new Random(seed);
            var change = 0.3 + 0.1 * random.NextDouble();
            var photons = StepLight.Photons(random, [(0, before), (change, behind)], 0.7);
            var changes = StepLight.Find(photons, 0.7);
            if (changes.At.Length != 1) continue;
            of++;
            if (changes.Low[0] * StepLight.Tick <= change && change <= changes.High[0] * StepLight.Tick) held++;
            Assert.InRange(changes.At[0], changes.Low[0], changes.High[0]);
        }
        output.WriteLine($"{held} of {of}");
        Assert.True(of > 350);
        Assert.InRange((double)held / of, 0.925, 0.99);
    }

    [Theory]
    [InlineData(1), InlineData(77), InlineData(100_000)]
    public void Size_of_the_batches_changes_nothing(int batch)
    {
        var random = new Random(9);
        var photons = StepLight.Photons(random, StepLight.Telegraph(random, 20e3, 2000, 0.01, 5, 1.5, 20), 20);
        Assert.True(photons.Length > 150_000);
        Same(StepLight.Find(photons, 20), StepLight.Find(photons, 20, batch: batch));
    }

    [Fact]
    public void Photons_a_little_out_of_order_change_nothing()
    {
        var random = new Random(10);
        var photons = StepLight.Photons(random, StepLight.Telegraph(random, 20e3, 2000, 0.01, 5, 1.5, 20), 20);
        var mixed = photons.OrderBy(t => t + random.NextInt64(2_000_000)).ToArray(); // by up to 2 ms
        Assert.NotEqual(photons, mixed);
        Same(StepLight.Find(photons, 20), StepLight.Find(mixed, 20));
    }

    [Fact]
    public void Detectors_are_merged_and_only_those_asked_for_count()
    {
        var random = new Random(11);
        var steps = StepLight.Telegraph(random, 5000, 300, 0.05, 5, 1.5, 20);
        var photons = StepLight.Photons(random, steps, 20);
        var noise = StepLight.Photons(random, [(0, 20e3)], 20);
        var events = photons.Select(t => (Time: t, Channel: (short)(t % 2))).Concat(noise.Select(t => (Time: t, Channel: (short)5)))
            .Append((Time: 5L, Channel: Channels.MarkerBase)).Append((Time: 6L, Channel: Channels.Sync)).OrderBy(one => one.Time).ToArray();
        var finder = new ChangePointFinder(StepLight.Tick, [0, 1]);
        finder.Add(new PhotonBatch([.. events.Select(one => one.Time)], [.. events.Select(one => one.Channel)], default));
        Same(StepLight.Find(photons, 20), finder.Finish(20_000_000_000));
    }

    [Fact]
    public void Segments_hold_all_photons_and_all_time()
    {
        var random = new Random(12);
        var photons = StepLight.Photons(random, StepLight.Telegraph(random, 20e3, 200, 0.01, 5, 1.5, 30), 30);
        var changes = StepLight.Find(photons, 30);
        Assert.Equal(photons.Length, changes.Photons.Sum());
        var segments = changes.Segments();
        Assert.Equal(0, segments[0].From);
        Assert.Equal(30, segments[^1].To, 9);
        for (var i = 0; i < segments.Count; i++)
        {
            if (i > 0) Assert.Equal(segments[i - 1].To, segments[i].From);
            Assert.True(segments[i].Duration > 0);
            var (from, to) = (i == 0 ? 0 : changes.At[i - 1], i == changes.At.Length ? long.MaxValue : changes.At[i]);
            Assert.Equal(photons.Count(t => t >= from && t < to), segments[i].Photons);
        }
    }

    [Fact]
    public void Light_that_comes_late_pauses_and_goes_early_is_dark_there()
    {
        var photons = StepLight.Photons(new Random(13), [(0, 0), (5, 4000), (8, 0), (20, 4000), (25, 0)], 60);
        var segments = StepLight.Find(photons, 60).Segments();
        Assert.Equal(5, segments.Count);
        double[] ends = [5, 8, 20, 25, 60];
        double[] rates = [0, 4000, 0, 4000, 0];
        for (var i = 0; i < ends.Length; i++)
        {
            Assert.InRange(segments[i].To, ends[i] - 0.003, ends[i] + 0.003);
            Assert.InRange(segments[i].Rate, rates[i] - 150, rates[i] + 150);
        }
    }

    /// <summary>Several photons at the same sync are no burst.</summary>
    [Theory]
    [InlineData(0.3), InlineData(3), InlineData(40)]
    public void Pulses_with_many_photons_make_no_changes(double photonsPerPulse)
    {
        var random = new Random(14);
        var syncs = StepLight.Photons(random, [(0, 50e3)], 4).Select(t => (long)(t * 50e-6 / photonsPerPulse)).ToArray();
        var finder = new ChangePointFinder(1e-6);
        finder.Add(new PhotonBatch(syncs, new short[syncs.Length], default));
        Assert.InRange(finder.Finish(syncs[^1] + 1).At.Length, 0, 2);
    }

    [Fact]
    public void Hardly_any_photon_or_none_is_one_stretch()
    {
        foreach (var photons in new long[][] { [], [0], [1_000_000], [1, 2, 3, 4], [5_000_000, 6_000_000] })
        {
            var changes = StepLight.Find(photons, 0.01);
            Assert.Empty(changes.At);
            Assert.Equal([photons.Length], changes.Photons);
            var only = Assert.Single(changes.Segments());
            Assert.Equal(0.01, only.Duration, 9);
        }
        Assert.True(new ChangePointFinder(1e-9).Finish(0).Segments()[0].Duration > 0);
    }

    [Fact]
    public void Times_that_say_nothing_still_give_stretches_of_some_length()
    {
        var backwards = Enumerable.Range(0, 100_000).Select(i => 1_000_000_000L - i * 10_000L).ToArray();
        var outlier = StepLight.Photons(new Random(15), [(0, 10e3)], 20);
        outlier[5] = long.MaxValue / 4;
        outlier[7] = -12;
        foreach (var photons in new[] { new long[100_000], [.. Enumerable.Repeat(7_000_000L, 5000)], backwards, outlier })
        {
            var changes = StepLight.Find(photons, 1);
            Assert.Equal(photons.Length, changes.Photons.Sum());
            Assert.All(changes.Segments(), segment => Assert.True(segment.Duration > 0 && double.IsFinite(segment.Rate)));
        }
    }

    static void Same(ChangePoints one, ChangePoints other)
    {
        Assert.Equal(one.At, other.At);
        Assert.Equal(one.Low, other.Low);
        Assert.Equal(one.High, other.High);
        Assert.Equal(one.Photons, other.Photons);
        Assert.Equal((one.Begin, one.End, one.Tests), (other.Begin, other.End, other.Tests));
    }
}
