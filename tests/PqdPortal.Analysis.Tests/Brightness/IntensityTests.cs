using PqdPortal.Analysis.Brightness;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Tests.Correlation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Brightness;

/// <summary>Traces of known rates: steady, drifting, blinking, bleaching, shuttered, humming.</summary>
public class IntensityTests(ITestOutputHelper output)
{
    /// <summary>Photons of a rate that changes with time, by thinning, on two detectors.</summary>
    /// <param name="most">The rate is never above this [1/s].</param>
    static MemoryPhotons Light(int seed, double duration, double most, Func<double, double> rate, int batch = 4096, bool header = true)
    {
        var random = new Random(seed);
        var (times, codes) = (new List<long>(), new List<short>());
        for (var t = -Math.Log(1 - random.NextDouble()) / most; t < duration; t -= Math.Log(1 - random.NextDouble()) / most)
            if (random.NextDouble() * most < rate(t))
            {
                times.Add((long)(t * 1e9));
                codes.Add((short)random.Next(2));
            }

        return new()
        {
            Format = "test", RecordType = "test T2", Mode = "T2", Tick = 1e-9, HeaderDuration = header ? duration : null,
            AvailableRecords = times.Count, Times = [.. times], Codes = [.. codes], BatchSize = batch,
        };
    }

    /// <summary>A dot that switches at exponential waits.</summary>
    static Func<double, double> Blinking(int seed, double duration, double on, double off, double meanOn, double meanOff)
    {
        var random = new Random(1000 + seed);
        var edges = new List<double>();
        for (double t = 0; t < duration;) edges.Add(t -= (edges.Count % 2 == 0 ? meanOn : meanOff) * Math.Log(1 - random.NextDouble()));
        return t => edges.BinarySearch(t) is var k && (k < 0 ? ~k : k) % 2 == 0 ? on : off;
    }

    static AnalysisReport Analyse(PhotonStream photons, IntensityOptions? options = null) => Intensity.Compute(photons, options ?? new());

    static double Pull(AnalysisReport report, string name, double truth) => Pulls.Of(report, name, truth);

    void AssertUnitPulls(string what, List<double> pulls) => Pulls.AssertUnit(output, what, pulls, mean: 4, least: 0.35, most: 2);

    [Theory]
    [InlineData(0.0, 0.0)]
    [InlineData(-20.0, 2000.0)] // 40 s: a fifth of its light
    public void Steady_and_drifting_light_gives_its_rates_with_pulls_of_unit_width(double perHour, double background)
    {
        const double duration = 40, initial = 15e3;
        var k = perHour / 3600;
        var (first, drift, mean) = (new List<double>(), new List<double>(), new List<double>());
        for (var seed = 1; seed <= 14; seed++)
        {
            var report = Analyse(Light(seed, duration, initial + background, t => background + initial * Math.Exp(k * t)), background > 0 ? new() { Background = [background / 2] } : null);
            first.Add(Pull(report, "initial_cps", initial));
            drift.Add(Pull(report, "drift_per_hour", perHour));
            mean.Add(Pull(report, "mean_cps", k == 0 ? initial : initial * (Math.Exp(k * duration) - 1) / (k * duration)));
            Assert.Equal("no", report.Verdict("bleached")!.Value);
            Assert.Equal(k != 0, report.Messages.Any(m => m.Code == "DRIFT"));
            Assert.DoesNotContain(report.Messages, m => m.Code is "GAPS" or "PICKUP" or "NONSTATIONARY" or "DEADTIME" or "LONG_OFF");
        }

        AssertUnitPulls("initial", first);
        AssertUnitPulls("drift", drift);
        AssertUnitPulls("mean", mean);
    }

    /// <summary>Bins that are dark for a part of their time are bright by a threshold, and dimmer than the level.</summary>
    [Fact]
    public void Bins_that_a_dot_was_dark_in_for_a_while_do_not_lower_the_bright_level()
    {
        var pulls = new List<double>();
        for (var seed = 1; seed <= 4; seed++)
        {
            var report = Analyse(Light(seed, 600, 4200, Blinking(seed, 600, 4200, 420, 0.5, 0.5)), new() { BinWidth = 0.09 });
            Assert.InRange(report.Quantity("initial_cps")!.Value!.Value, 4200 * 0.99, 4200 * 1.01); // a threshold alone says 4130
            pulls.Add(Pull(report, "initial_cps", 4200));
        }
        Assert.All(pulls, pull => Assert.InRange(pull, -3.3, 3.3));
    }

    [Fact]
    public void A_second_of_fast_blinking_is_no_drift()
    {
        var found = Enumerable.Range(1, 12).Select(seed => Analyse(Light(seed, 1, 1e6, Blinking(seed, 1, 1e6, 1e5, 0.02, 0.02)))).ToArray();
        Assert.True(found.Count(report => report.Messages.Any(m => m.Code == "DRIFT")) <= 1);
        Assert.True(found.Count(report => Math.Abs(Pull(report, "drift_per_hour", 0)) > 3.3) <= 1,
            string.Join(" ", found.Select(report => Pull(report, "drift_per_hour", 0).ToString("F1"))));
    }

    [Theory]
    [InlineData(800.0)] // background given
    [InlineData(null)]
    [InlineData(0.0)] // none there is, and none given: not a shutter
    public void A_dot_that_bleaches_is_seen_to_and_when(double? background)
    {
        var pulls = new List<double>();
        for (var seed = 1; seed <= 8; seed++)
        {
            var (at, dark) = (9 + 0.137 * seed, background ?? 800);
            var report = Analyse(Light(seed, 30, 20e3, t => t < at ? 20e3 : dark), background > 0 ? new() { Background = [background.Value / 2] } : null);
            Assert.Equal("yes", report.Verdict("bleached")!.Value);
            pulls.Add(Pull(report, "t_bleach_s", at));
            Assert.InRange(Pull(report, "initial_cps", 20e3 - (background > 0 ? dark : 0)), -4, 4);
            Assert.DoesNotContain(report.Messages, m => m.Code == "GAPS");
            Assert.InRange(Pull(report, "drift_per_hour", 0), -4, 4);
        }

        output.WriteLine(string.Join(" ", pulls.Select(p => p.ToString("F2"))));
        Assert.True(pulls.TrueForAll(p => Math.Abs(p) < 3.3));
        Assert.InRange(pulls.Average(p => p * p), 0.2, 2.3);
    }

    [Fact]
    public void Blinking_is_never_called_bleaching_and_its_bright_level_is_that_of_the_bright_times()
    {
        var (level, drift) = (new List<double>(), new List<double>());
        for (var seed = 1; seed <= 14; seed++)
        {
            var report = Analyse(Light(seed, 40, 30e3, Blinking(seed, 40, 30e3, 1500, 0.8, 0.8)), new() { Background = [750] });
            Assert.Equal("no", report.Verdict("bleached")!.Value);
            Assert.Contains(report.Messages, m => m.Code == "NONSTATIONARY");
            level.Add(Pull(report, "initial_cps", 28.5e3));
            drift.Add(Pull(report, "drift_per_hour", 0));
            // The mean over the run is not the bright level.
            Assert.True(report.Quantity("mean_cps")!.Value < 0.85 * report.Quantity("initial_cps")!.Value);
        }

        AssertUnitPulls("bright level", level);
        AssertUnitPulls("drift", drift);
    }

    [Fact]
    public void A_long_dark_time_at_the_end_is_judged_by_those_before()
    {
        // Dark for 8 s at the end, after dark times of up to 2 s: it may come back.
        double Rate(double t) => t is > 5 and < 7 or > 12 and < 13 or > 22 ? 500 : 20e3;
        var maybe = Analyse(Light(1, 30, 20e3, Rate), new() { Background = [250] });
        var gone = Analyse(Light(1, 50, 20e3, Rate), new() { Background = [250] });

        Assert.Equal("no", maybe.Verdict("bleached")!.Value);
        Assert.Contains(maybe.Messages, m => m.Code == "LONG_OFF");
        Assert.Equal("yes", gone.Verdict("bleached")!.Value);
        Assert.InRange(gone.Quantity("t_bleach_s")!.Value!.Value, 21.98, 22.02);
    }

    [Fact]
    public void The_moment_of_bleaching_is_not_blurred_by_blinking_just_before()
    {
        var pulls = new List<double>();
        for (var seed = 1; seed <= 8; seed++)
        {
            // The last bright stretch is as short as 60 ms; before it the dot was dark for as long.
            var at = 12 + 0.1037 * seed;
            var report = Analyse(Light(seed, 30, 25e3, t => t < at - 0.12 ? t % 0.7 < 0.5 ? 25e3 : 600 : t < at - 0.06 ? 600 : t < at ? 25e3 : 600), new() { Background = [300] });
            Assert.Equal("yes", report.Verdict("bleached")!.Value);
            pulls.Add(Pull(report, "t_bleach_s", at));
        }

        output.WriteLine(string.Join(" ", pulls.Select(p => p.ToString("F2"))));
        Assert.True(pulls.TrueForAll(p => Math.Abs(p) < 3.5));
    }

    [Fact]
    public void A_step_to_half_the_light_is_no_bleaching()
    {
        var report = Analyse(Light(1, 30, 20e3, t => t < 10 ? 20e3 : 11e3), new() { Background = [250] });

        Assert.Equal("no", report.Verdict("bleached")!.Value);
        Assert.Null(report.Quantity("t_bleach_s")!.Value);
    }

    [Fact]
    public void A_shutter_makes_a_gap_and_not_a_dark_time()
    {
        var shut = Light(2, 30, 20e3, t => t is > 10 and < 14 ? 0 : 20e3);
        var report = Analyse(shut);

        Assert.Contains(report.Messages, m => m.Code == "GAPS" && m.Text.Contains("3.99") || m.Code == "GAPS" && m.Text.Contains("4 s") || m.Code == "GAPS" && m.Text.Contains("3.98"));
        Assert.InRange(Pull(report, "mean_cps", 20e3), -4, 4);
        // Taken over the whole time it would be wrong by 13 %.
        Assert.True(Math.Abs(shut.Times.Length / 30.0 - 20e3) > 50 * report.Quantity("mean_cps")!.Sigma);
        // A dot that blinks on no background at all has no gaps.
        Assert.DoesNotContain(Analyse(Light(2, 30, 20e3, Blinking(2, 30, 20e3, 0, 0.7, 0.7))).Messages, m => m.Code == "GAPS");
    }

    [Theory]
    [InlineData(100, 0.1, true)]
    [InlineData(50, 0.1, true)]
    [InlineData(120, 0.1, true)]
    [InlineData(83, 0.1, false)]
    [InlineData(100, 0.0, false)]
    public void Humming_light_is_told(double frequency, double depth, bool isTold)
    {
        var report = Analyse(Light(3, 20, 30e3, t => 20e3 * (1 + depth * Math.Sin(2 * Math.PI * frequency * t))));

        Assert.Equal(isTold, report.Messages.Any(m => m.Code == "PICKUP" && m.Text.Contains($"{frequency} Hz")));
    }

    [Fact]
    public void What_is_left_after_an_hour_and_when_a_fifth_is_gone()
    {
        // Half of the light goes in an hour and a quarter; blinking does not matter to the bright level.
        var (kept, fifth) = (new List<double>(), new List<double>());
        var k = Math.Log(0.5) / 4500;
        for (var seed = 1; seed <= 8; seed++)
        {
            var blink = Blinking(seed, 4000, 1, 0.05, 20, 10);
            var report = Analyse(Light(seed, 4000, 200, t => 200 * Math.Exp(k * t) * blink(t)), new() { BinWidth = 0.1 });
            kept.Add(Pull(report, "retained_1h", Math.Exp(k * 3600)));
            fifth.Add(Pull(report, "t80_s", Math.Log(0.8) / k));
            Assert.Null(report.Quantity("retained_24h"));
        }

        output.WriteLine(string.Join(" ", kept.Concat(fifth).Select(p => p.ToString("F2"))));
        Assert.All(kept.Concat(fifth), pull => Assert.InRange(pull, -4, 4));
        Assert.InRange(kept.Average(p => p * p), 0.1, 2.5);
        Assert.InRange(fifth.Average(p => p * p), 0.05, 2.5);
        var gone = Analyse(Light(3, 4000, 100, t => t < 1000 ? 100 : 5), new() { Background = [2.5], BinWidth = 0.1 });
        Assert.InRange(Pull(gone, "retained_1h", 0), -4, 4);
        Assert.InRange(gone.Quantity("t80_s")!.Value!.Value, 990, 1010);
        Assert.Null(Analyse(Light(4, 100, 500, _ => 500)).Quantity("t80_s"));
    }

    [Fact]
    public void Photons_at_the_first_lens_are_those_counted_over_what_gets_lost()
    {
        var light = Light(5, 10, 2e3, _ => 2e3);
        var report = Analyse(light, new() { Transmission = 0.4, Efficiency = 0.5 });

        Assert.InRange(Pull(report, "first_lens_cps", 1e4), -4, 4);
        Assert.Equal(5 * report.Quantity("mean_cps")!.Sigma!.Value, report.Quantity("first_lens_cps")!.Sigma!.Value, 6);
        Assert.Null(Analyse(light).Quantity("first_lens_cps"));
    }

    [Fact]
    public void Dead_time_is_told_and_corrected_where_it_is_known()
    {
        // Each detector loses what comes within 200 ns of its last count.
        var whole = Light(4, 2, 1.2e6, _ => 1.2e6);
        var (times, codes, last) = (new List<long>(), new List<short>(), new[] { -1000L, -1000L });
        for (var i = 0; i < whole.Times.Length; i++)
        {
            if (whole.Times[i] - last[whole.Codes[i]] < 200) continue;
            last[whole.Codes[i]] = whole.Times[i];
            times.Add(whole.Times[i]);
            codes.Add(whole.Codes[i]);
        }

        var seen = new MemoryPhotons { Format = "t", RecordType = "t", Tick = 1e-9, HeaderDuration = 2, Times = [.. times], Codes = [.. codes] };

        Assert.Contains(Analyse(seen).Messages, m => m.Code == "DEADTIME");
        Assert.True(Pull(Analyse(seen), "mean_cps", 1.2e6) < -20);
        Assert.InRange(Pull(Analyse(seen, new() { DeadTime = 200e-9 }), "mean_cps", 1.2e6), -4, 4);
    }

    [Fact]
    public void Batches_and_threads_are_of_no_influence()
    {
        var rate = Blinking(5, 10, 20e3, 500, 0.5, 0.5);
        string Of(int batch) => System.Text.Encoding.UTF8.GetString(PqdPortal.Analysis.Catalogue.ReportJson.Bytes(Analyse(Light(5, 10, 20e3, rate, batch)), "x", indented: false));

        Assert.Equal(Of(4096), Of(7));
    }

    [Fact]
    public void What_cannot_be_judged_is_refused_in_words()
    {
        var few = Analyse(Light(6, 10, 1, _ => 0.3));
        Assert.All(few.Quantities, q => Assert.Null(q.Value));
        Assert.Contains(few.Messages, m => m.Code == "TOO_FEW_PHOTONS");
        var empty = Analyse(Light(6, 5, 1e4, _ => 1e4), new() { Channels = [7] });
        Assert.Contains(empty.Messages, m => m.Code == "EMPTY_CHANNEL" && m.Text.Contains("Channels present: 0 ("));
        Assert.Contains(Analyse(Light(6, 5, 1e4, _ => 1e4), new() { Background = [2e4] }).Messages, m => m.Code == "BACKGROUND_EXCEEDS_SIGNAL");
        Assert.Throws<RequestException>(() => Analyse(Light(6, 5, 1e4, _ => 1e4), new() { Background = [1, 2, 3] }));
        Assert.Throws<InsufficientDataException>(() => Analyse(new MemoryPhotons { Format = "t", RecordType = "t", Tick = 1e-9, Times = [5], Codes = [0] }));
        Assert.Throws<InsufficientDataException>(() => Analyse(new MemoryPhotons { Format = "t", RecordType = "t", Tick = 1e-9, Times = [], Codes = [] }));
        Assert.Throws<InsufficientDataException>(() => Analyse(new MemoryPhotons { Format = "t", RecordType = "t", Times = [5, 6], Codes = [0, 0] }));
    }

    [Fact]
    public void Without_a_header_and_over_many_hours_the_bins_grow_and_no_photon_is_lost()
    {
        var long_ = Light(7, 40_000, 5, _ => 5, header: false);

        var report = Analyse(long_, new() { BinWidth = 1e-3 });

        Assert.InRange((double)report.Parameters["bin_ms"]!, 8, 200);
        Assert.InRange(report.Quantity("mean_cps")!.N!.Value, long_.Times.Length - 5, long_.Times.Length);
    }
}
