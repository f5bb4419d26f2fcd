using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Correlation;

public class PulsedG2Tests(ITestOutputHelper output)
{
    const int Seeds = 20;

    static AnalysisReport Analyse(Measurement photons, string parameters = "{}", Measurement? response = null, string key = "g2.pulsed")
    {
        var inputs = new Dictionary<string, Measurement> { ["file"] = photons };
        if (response is not null) inputs["irf_file"] = response;
        var report = AnalysisCatalogue.Find(key).Compute(new(inputs, JsonNode.Parse(parameters)!.AsObject()));
        foreach (var q in report.Quantities)
            Assert.All([q.Value, q.Sigma, q.Lo95, q.Hi95], x => Assert.True(x is null || double.IsFinite(x.Value), q.Name));
        return report;
    }

    static double Value(AnalysisReport report, string name) => report.Quantity(name)!.Value!.Value;
    static double Sigma(AnalysisReport report, string name) => report.Quantity(name)!.Sigma!.Value;
    static double Pull(AnalysisReport report, string name, double truth) => (Value(report, name) - truth) / Sigma(report, name);

    void AssertUnitPulls(string what, IReadOnlyList<double> pulls, double least = 0.4)
    {
        var square = pulls.Average(p => p * p);
        var line = $"{what}: {string.Join(" ", pulls.Select(p => p.ToString("F2")))}  mean {pulls.Average():F2}  chi2/n {square:F2}";
        output.WriteLine(line);
        Assert.True(pulls.All(p => Math.Abs(p) < 3.3), line);
        Assert.True(Math.Abs(pulls.Average()) < 4 / Math.Sqrt(pulls.Count), line);
        Assert.True(square > least && square < 2, line); // chi-square of 20: outside once in 300 runs of fair pulls
    }

    [Fact]
    public void Twenty_dots_on_a_background_give_the_truth_with_pulls_of_unit_width()
    {
        var (right, forgotten, intervals) = (new List<double>(), new List<double>(), 0);
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var light = new PulsedLight { G2 = 0.05, Background = 60e3, Pulses = 800_000, Seed = seed };
            var photons = light.T3();
            var report = Analyse(photons, """{"background_cps":60000}""");
            right.Add(Pull(report, "g2_0", 0.05));
            if (report.Quantity("g2_0") is { Lo95: < 0.05, Hi95: > 0.05 }) intervals++;
            if (seed <= 5) forgotten.Add(Pull(Analyse(photons), "g2_0", 0.05));
            Assert.Equal("yes", report.Verdict("single_emitter")!.Value);
            Assert.Equal("no", report.Verdict("blinking_in_side_peaks")!.Value);
            Assert.Equal("ok", report.Verdict("quality")!.Value);
            Assert.DoesNotContain(report.Messages, m => m.Code is "FIT_POOR" or "NONSTATIONARY" or "FLICKER" or "PEAKS_OVERLAP" or "GAPS");
            // b = T W (r1 B2 + r2 B1 - B1 B2), with r the rates that were counted.
            var (r1, r2) = (Value(report, "rate_a_cps"), Value(report, "rate_b_cps"));
            Assert.Equal(light.Duration * 50e-9 * (r1 * 60e3 + r2 * 60e3 - 60e3 * 60e3), Value(report, "background_per_peak"), 1e-6);
        }

        AssertUnitPulls("g2_0", right);
        Assert.InRange(intervals, 16, 20);
        Assert.True(forgotten.Min() > 3, $"forgetting the background moves g2(0) by only {forgotten.Min():F1} sigma");
    }

    [Fact]
    public void Under_blinking_the_centre_is_compared_with_the_nearest_peaks()
    {
        var (g, amplitude, time) = (new List<double>(), new List<double>(), new List<double>());
        var far = 0.0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var light = new PulsedLight { G2 = 0.1, On = 1.0 / 3, BlinkPulses = 10, Pulses = 2_000_000, Mean = 0.2, Seed = 30 + seed };
            var report = Analyse(light.T3(), """{"side_peaks":60}""");
            Assert.Equal("yes", report.Verdict("blinking_in_side_peaks")!.Value);
            g.Add(Pull(report, "g2_0", 0.1));
            amplitude.Add(Pull(report, "blink_amplitude", 2));
            time.Add(Pull(report, "blink_time_us", 0.5));
            var pairs = report.Curve("peaks")!.Y!.Values;
            far += pairs[60]!.Value / ((pairs[0]!.Value + pairs[1]!.Value + pairs[119]!.Value + pairs[120]!.Value) / 4) / Seeds;
        }

        AssertUnitPulls("g2_0", g);
        AssertUnitPulls("blink_amplitude", amplitude);
        AssertUnitPulls("blink_time_us", time);
        // Against the far peaks it would be 1 + A = 3 times as high.
        Assert.InRange(far, 0.27, 0.33);
    }

    [Fact]
    public void Steady_light_is_hardly_ever_called_blinking() // 24 chances; the accepted fall costs more than 16 in deviance
    {
        for (var seed = 1; seed <= 12; seed++)
            foreach (var peaks in new[] { 10, 100 })
                Assert.Equal("no", Analyse(new PulsedLight { Pulses = 150_000, Seed = 60 + seed }.T3(), $$"""{"side_peaks":{{peaks}}}""").Verdict("blinking_in_side_peaks")!.Value);
    }

    [Fact]
    public void The_side_peaks_mean_leaves_the_centre_out()
    {
        // Three pulses, three photons each side: A at 0, 1, 2; B at 0, 1, 2. Pairs: m = 0: 3, m = +-1: 2 each.
        var photons = new MemoryPhotons
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = 1e-6, SyncPeriod = 1e-6, ChannelWidth = 1e-9, HeaderDuration = 1e-3,
            Times = [0, 0, 1, 1, 2, 2], Codes = [0, 1, 0, 1, 1, 0], Dtimes = [5, 7, 5, 5, 9, 6], AvailableRecords = 6,
        };
        var report = Analyse(photons, """{"side_peaks":2,"irf_t0_ps":4000,"irf_sigma_ps":100}""");

        Assert.Equal(3, Value(report, "center_counts"));
        Assert.Equal((1 + 2 + 2 + 1) / 4.0, Value(report, "side_mean"));
        Assert.Equal([1, 2, 3, 2, 1], report.Curve("peaks")!.Y!.Values.Select(n => (int)n!.Value));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(20.0)]
    [InlineData(50.0)]
    public void A_decay_longer_than_the_period_is_taken_apart_by_its_comb(double? window)
    {
        var (right, plain) = (new List<double>(), new List<double>());
        for (var seed = 1; seed <= (window is null ? Seeds : 6); seed++)
        {
            var light = new PulsedLight { G2 = 0.1, Lifetime = 16e-9, Biexciton = null, Seed = 90 + seed, Pulses = 1_000_000 };
            var report = Analyse(light.T3(), window is null ? "{}" : $$"""{"window_ns":{{window}}}""");
            right.Add(Pull(report, "g2_0", 0.1));
            plain.Add((Value(report, "center_counts") / Value(report, "side_mean") - 0.1) / Sigma(report, "g2_0"));
            Assert.Contains(report.Messages, m => m.Code == "PEAKS_OVERLAP");
            Assert.Contains("PEAKS_OVERLAP", report.Quantity("g2_0")!.Flags);
        }

        AssertUnitPulls($"window {window}", right, window is null ? 0.4 : 0.05);
        // The bare ratio: neighbours leak 2 e^(-50/16) = 9 % by pulse number, e^(-50/32) = 21 % into windows of a whole period.
        output.WriteLine($"bare ratio off by {plain.Average():F1} sigma");
        Assert.True(plain.Average() > (window == 50 ? 8 : 3), $"{plain.Average():F1}");
    }

    [Fact]
    public void Pairs_of_a_cascade_whose_second_photon_comes_late_still_count_as_the_pairs_of_one_pulse()
    {
        // The biexciton's photon is never late. By the numbers of pulses the centre would keep more of its pairs than the side peaks do.
        var pulls = new List<double>();
        for (var seed = 1; seed <= 12; seed++)
        {
            var report = Analyse(new PulsedLight { G2 = 0.3, Lifetime = 25e-9, Biexciton = 2e-9, Seed = 130 + seed, Pulses = 1_200_000 }.T3());
            pulls.Add(Pull(report, "g2_0", 0.3));
            Assert.Contains("PEAKS_OVERLAP", report.Quantity("g2_0")!.Flags);
        }

        AssertUnitPulls("g2_0", pulls, 0.2);
    }

    [Fact]
    public void A_photon_before_its_sync_edge_belongs_to_the_pulse_before()
    {
        // Time zero at 40 of 50 ns: most of a pulse's photons come after the next sync.
        var light = new PulsedLight { G2 = 0.1, TimeZero = 40e-9, Seed = 7 };
        var photons = light.T3();
        foreach (var parameters in new[] { "{}", """{"irf_t0_ps":40000,"irf_sigma_ps":150}""", """{"irf_t0_ps":40000}""" })
        {
            var report = Analyse(photons, parameters);
            Assert.InRange(Pull(report, "g2_0", 0.1), -3, 3);
        }

        // By the records' own pulse numbers a third of the pairs would be torn apart.
        var torn = 0;
        for (var i = 1; i < photons.Times.Length; i++)
            if (photons.Codes[i] != photons.Codes[i - 1] && photons.Times[i] == photons.Times[i - 1]) torn++;
        Assert.True(torn > 1.2 * Value(Analyse(photons), "center_counts") || torn < 0.8 * Value(Analyse(photons), "center_counts"));
    }

    [Fact]
    public void T2_with_the_lasers_events_tells_the_same_as_T3()
    {
        var light = new PulsedLight { Pulses = 200_000, Seed = 3 };
        var byT3 = Analyse(light.T3());
        foreach (var (photons, parameters) in new[]
        {
            (light.T2(-1, 1), "{}"),
            (light.T2(-1, 8), """{"sync_divider":8}"""),
            (light.T2(3, 1), """{"sync_channel":3}"""),
        })
        {
            var report = Analyse(photons, parameters);
            Assert.Equal(50, Value(report, "period_ns"), 1e-6);
            Assert.Equal(byT3.Curve("peaks")!.Y!.Values, report.Curve("peaks")!.Y!.Values);
        }
    }

    [Fact]
    public void T2_without_a_laser_is_refused_in_words()
    {
        var random = new Random(1);
        var steady = MemoryPhotons.T2(1, TestEmitter.Steady(1e4, 1, random), TestEmitter.Steady(1e4, 1, random));

        Assert.Contains("sync_channel", Assert.Throws<InsufficientDataException>(() => Analyse(steady)).Message);
        Assert.Contains("rhythm", Assert.Throws<InsufficientDataException>(() => Analyse(steady, """{"sync_channel":1}""")).Message);
        Assert.Contains("laser", Assert.Throws<RequestException>(() => Analyse(new PulsedLight { Pulses = 1000 }.T3(), """{"sync_channel":3}""")).Message);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(2.0)]
    [InlineData(1e-4)]
    public void The_biexciton_ratio_undoes_Poisson_absorption(double mean)
    {
        var p1 = mean * Math.Exp(-mean);
        var p2 = mean < 1e-3 ? mean * mean / 2 - mean * mean * mean / 3 : 1 - Math.Exp(-mean) * (1 + mean);
        foreach (var x in new[] { 0.05, 0.3, 0.9 })
        {
            double G(double ratio) => 2 * p2 * ratio / Math.Pow(p1 + p2 + ratio * p2, 2);
            var (ratio, slope) = PulsedG2.BiexcitonRatio(G(x), mean)!.Value;
            Assert.Equal(x, ratio, 1e-6);
            Assert.Equal(1e-4 / (G(x + 1e-4) - G(x)), slope, 0.01 * slope);
        }

        Assert.Null(PulsedG2.BiexcitonRatio(1e6, mean));
    }

    [Fact]
    public void The_biexciton_ratio_is_given_for_a_cascade_and_withheld_for_a_second_emitter()
    {
        var cascade = Analyse(new PulsedLight { G2 = 0.2, Biexciton = 1e-9, Seed = 5 }.T3());
        Assert.Equal(Value(cascade, "g2_0"), Value(cascade, "bx_ratio"));
        Assert.Contains("ASSUMES_LOW_POWER", cascade.Quantity("bx_ratio")!.Flags);
        Assert.DoesNotContain(cascade.Messages, m => m.Code == "NOT_CHECKED_BY_GATING");

        var at = Analyse(new PulsedLight { G2 = 0.2, Biexciton = 1e-9, Seed = 5 }.T3(), """{"mean_excitons":0.4}""");
        Assert.Equal(PulsedG2.BiexcitonRatio(Value(at, "g2_0"), 0.4)!.Value.Ratio, Value(at, "bx_ratio"));
        Assert.DoesNotContain(at.Messages, m => m.Code == "ASSUMES_LOW_POWER");

        var second = Analyse(new PulsedLight { G2 = 0.2, Biexciton = null, Seed = 5 }.T3());
        Assert.Null(second.Quantity("bx_ratio")!.Value);
        Assert.Contains(second.Messages, m => m.Code == "NO_CASCADE" && m.Text.Contains("second emitter"));

        var few = Analyse(new PulsedLight { G2 = 0.01, Pulses = 40_000, Seed = 5 }.T3());
        Assert.NotNull(few.Quantity("bx_ratio")!.Value);
        Assert.Contains(few.Messages, m => m.Code == "NOT_CHECKED_BY_GATING" && m.Text.Contains("not checked by gating"));
    }

    [Fact]
    public void Too_few_pairs_withhold_the_verdict_but_not_the_numbers()
    {
        var report = Analyse(new PulsedLight { Pulses = 15_000, Seed = 1 }.T3());

        Assert.Equal("undecided", report.Verdict("single_emitter")!.Value);
        Assert.Equal("insufficient", report.Verdict("quality")!.Value);
        Assert.NotNull(report.Quantity("g2_0")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "TOO_FEW_COINCIDENCES" && m.Text.Contains("measure"));
    }

    [Fact]
    public void An_empty_centre_gives_an_upper_limit()
    {
        var report = Analyse(new PulsedLight { G2 = 0, Pulses = 200_000, Lifetime = 3e-9, Seed = 1 }.T3());

        Assert.Equal(0, Value(report, "center_counts"));
        Assert.InRange(Value(report, "g2_0"), -0.01, 0.001); // what late photons leak is taken off
        Assert.True(Sigma(report, "g2_0") > 1 / Value(report, "side_mean"));
        Assert.Contains(report.Messages, m => m.Code == "UPPER_LIMIT");
        Assert.Equal("yes", report.Verdict("single_emitter")!.Value);
    }

    [Fact]
    public void A_background_that_leaves_nothing_is_said()
    {
        var report = Analyse(new PulsedLight { Pulses = 100_000, Seed = 1 }.T3(), """{"background_cps":1300000}""");

        Assert.Null(report.Quantity("g2_0")!.Value);
        Assert.Equal("undecided", report.Verdict("single_emitter")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "BACKGROUND_EXCEEDS_SIGNAL");
    }

    [Fact]
    public void A_dead_time_over_several_pulses_gives_no_verdict()
    {
        var photons = new PulsedLight { G2 = 0.5, Seed = 2, Pulses = 600_000 }.T3();
        // One converter for both channels, blind for 130 ns.
        var (kept, last) = (new List<int>(), double.NegativeInfinity);
        for (var i = 0; i < photons.Times.Length; i++)
        {
            var t = photons.Times[i] * 50e-9 + photons.Dtimes[i] * 16e-12;
            if (t - last < 130e-9) continue;
            kept.Add(i);
            last = t;
        }

        var report = Analyse(new MemoryPhotons
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = 50e-9, SyncPeriod = 50e-9, ChannelWidth = 16e-12, HeaderDuration = photons.HeaderDuration,
            Times = [.. kept.Select(i => photons.Times[i])], Codes = [.. kept.Select(i => photons.Codes[i])], Dtimes = [.. kept.Select(i => photons.Dtimes[i])], AvailableRecords = kept.Count,
        });

        Assert.Contains(report.Messages, m => m.Code == "COMMON_DEADTIME");
        Assert.Equal("undecided", report.Verdict("single_emitter")!.Value);
    }

    [Fact]
    public void Silent_and_unknown_channels_and_odd_streams_give_sentences()
    {
        var light = new PulsedLight { Pulses = 20_000 }.T3();
        var report = Analyse(light, """{"channels":[0,5]}""");
        Assert.Contains(report.Messages, m => m.Code == "EMPTY_CHANNEL" && m.Text.Contains("Channel 5") && m.Text.Contains("present: 0"));
        Assert.Equal("undecided", report.Verdict("single_emitter")!.Value);
        Assert.Null(report.Quantity("g2_0")!.Value);
        Assert.Throws<RequestException>(() => Analyse(light, """{"channels":[0,0]}"""));
        Assert.Throws<RequestException>(() => Analyse(light, """{"window_ns":60}"""));

        MemoryPhotons Odd(long[] times, short[] codes) => new()
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = 50e-9, SyncPeriod = 50e-9, ChannelWidth = 16e-12,
            Times = times, Codes = codes, Dtimes = new int[times.Length], AvailableRecords = times.Length,
        };
        foreach (var (times, codes) in new (long[], short[])[]
        {
            ([], []), ([7], [0]), ([7, 7, 7, 7], [0, 1, 0, 1]), ([0, 0, 0], [0, 1, 1]), ([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]),
        })
        {
            Assert.Equal("insufficient", Analyse(Odd(times, codes)).Verdict("quality")!.Value);
            Assert.Equal("undecided", Analyse(Odd(times, codes), """{"irf_t0_ps":0}""", key: "g2.gated").Verdict("cascade")!.Value);
        }

        Assert.Contains("3 channels", Assert.Throws<RequestException>(() => Analyse(Odd([1, 2, 3], [0, 1, 2]))).Message);
    }

    [Fact]
    public void Light_without_an_edge_is_said_to_have_none()
    {
        var report = Analyse(new PulsedLight { Mean = 1e-4, G2 = 0, Background = 2e5, Pulses = 2_000_000 }.T3());

        Assert.Contains(report.Messages, m => m.Code == "NO_EDGE");
        Assert.NotEqual("yes", report.Verdict("single_emitter")!.Value);
    }

    [Fact]
    public void Blinking_far_slower_than_the_side_peaks_reach_gives_its_amplitude_and_time()
    {
        var (g, amplitude, time, near) = (new List<double>(), new List<double>(), new List<double>(), 0.0);
        for (var seed = 1; seed <= 12; seed++)
        {
            // 40 peaks reach 2 us, the blinking takes 50 us.
            var report = Analyse(new PulsedLight { G2 = 0.1, On = 0.4, BlinkPulses = 1000, Mean = 0.2, Pulses = 2_000_000, Seed = 200 + seed }.T3());
            Assert.Equal("yes", report.Verdict("blinking_in_side_peaks")!.Value);
            g.Add(Pull(report, "g2_0", 0.1));
            amplitude.Add(Pull(report, "blink_amplitude", 1.5));
            time.Add(Pull(report, "blink_time_us", 50));
            Assert.InRange(Sigma(report, "blink_amplitude"), 0.02, 0.3);
            double Mean(params int[] at) => at.Average(k => report.Curve("peaks")!.Y!.Values[k]!.Value);
            near += (Mean(38, 39, 41, 42) / Mean(0, 1, 79, 80) - 1) / 12;
        }

        AssertUnitPulls("g2_0", g, 0.2);
        AssertUnitPulls("blink_amplitude", amplitude, 0.2);
        AssertUnitPulls("blink_time_us", time, 0.2);
        // The wrong way: the fall that the side peaks themselves show.
        Assert.True(near < 0.1, $"the near peaks alone fall by {near:F3}");
    }

    [Fact]
    public void Blinking_within_the_side_peaks_and_beyond_them_is_told_apart()
    {
        var (g, amplitude) = (new List<double>(), new List<double>());
        for (var seed = 1; seed <= 8; seed++)
        {
            var photons = new PulsedLight { G2 = 0.1, On = 0.5, BlinkPulses = 2000, Mean = 0.25, Pulses = 2_000_000, Seed = 300 + seed }.T3();
            // A second switch, of 4 pulses, that is open half of the time.
            var (random, isOpen, until) = (new Random(seed), true, 0.0);
            var keep = new List<int>();
            for (var i = 0; i < photons.Times.Length; i++)
            {
                while (until <= photons.Times[i]) (isOpen, until) = (!isOpen, until - 8 * Math.Log(1 - random.NextDouble()));
                if (isOpen) keep.Add(i);
            }

            var report = Analyse(new MemoryPhotons
            {
                Format = photons.Format, RecordType = photons.RecordType, Mode = photons.Mode, Tick = photons.Tick, SyncPeriod = photons.SyncPeriod,
                ChannelWidth = photons.ChannelWidth, HeaderDuration = photons.HeaderDuration, AvailableRecords = keep.Count,
                Times = [.. keep.Select(i => photons.Times[i])], Codes = [.. keep.Select(i => photons.Codes[i])], Dtimes = [.. keep.Select(i => photons.Dtimes[i])],
            });
            g.Add(Pull(report, "g2_0", 0.1));
            amplitude.Add(Pull(report, "blink_amplitude", 3)); // (1 + 1)(1 + 1) - 1
            Assert.InRange(Pull(report, "blink_time_0_us", 0.2), -4, 4);
            Assert.InRange(Pull(report, "blink_time_1_us", 100), -4, 4);
        }

        Assert.All([.. g, .. amplitude], pull => Assert.InRange(pull, -3.5, 3.5));
    }

    [Fact]
    public void Blinking_that_neither_the_side_peaks_nor_the_run_can_tell_has_no_numbers()
    {
        var report = Analyse(new PulsedLight { On = 0.5, BlinkPulses = 8000, Mean = 0.2, Pulses = 400_000, Seed = 3 }.T3(), """{"side_peaks":4000}""");

        Assert.Contains(report.Messages, m => m.Code == "RANGE_SHORT" && m.Text.Contains("side_peaks"));
        Assert.Null(report.Quantity("blink_amplitude")!.Value);
        Assert.Contains("RANGE_SHORT", report.Quantity("blink_amplitude")!.Flags);
        Assert.Null(report.Quantity("blink_time_us")!.Value);
        Assert.Equal("yes", report.Verdict("blinking_in_side_peaks")!.Value);
    }

    [Fact]
    public void Slow_blinking_leaves_g2_alone_and_is_said()
    {
        var report = Analyse(new PulsedLight { G2 = 0.1, On = 0.4, BlinkPulses = 40_000, Mean = 0.2, Pulses = 2_000_000 }.T3());

        Assert.InRange(Pull(report, "g2_0", 0.1), -3, 3);
        Assert.Equal("no", report.Verdict("blinking_in_side_peaks")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "FLICKER");
        Assert.Contains(report.Messages, m => m.Code == "NONSTATIONARY");
        Assert.Null(report.Quantity("blink_amplitude")!.Value);
    }

    [Fact]
    public void Many_dark_times_of_a_blinking_dot_are_no_gaps()
    {
        var report = Analyse(new PulsedLight { G2 = 0.1, On = 0.3, BlinkPulses = 2500, Mean = 0.2, Period = 100e-6, Step = 1e-9, Pulses = 400_000, Seed = 4 }.T3());

        Assert.DoesNotContain(report.Messages, m => m.Code == "GAPS");
        Assert.Equal(40, Value(report, "duration_s"), 1e-6);
        Assert.InRange(Pull(report, "blink_amplitude", 7 / 3.0), -3.5, 3.5);
    }
}
