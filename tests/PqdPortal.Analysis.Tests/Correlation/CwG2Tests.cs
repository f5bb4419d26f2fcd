using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Correlation;

public class CwG2Tests
{
    static AnalysisReport Analyse(PhotonStream photons, string parameters = "{}") =>
        AnalysisCatalogue.Find("g2.cw").Compute(new(
            new Dictionary<string, Measurement> { ["file"] = photons }, JsonNode.Parse(parameters)!.AsObject()));

    static double Value(AnalysisReport report, string name) => report.Quantity(name)!.Value!.Value;
    static double Sigma(AnalysisReport report, string name) => report.Quantity(name)!.Sigma!.Value;

    [Fact]
    public void Every_bin_is_pairs_over_N1_N2_d_and_overlap()
    {
        var photons = MemoryPhotons.T2(1e-5, [1_000_000, 5_000_000], [1_000_000, 1_000_300, 5_000_000, 9_000_000]);

        var g2 = Analyse(photons, """{"bin_ps":101,"range_ns":0.4}""").Curve("g2")!;

        // T = 1e7 ticks, N1 = 2, N2 = 4, d = 101: pairs uncorrelated light leaves at lag tau: 8 x 101 x (T - tau)/T².
        for (var i = 0; i < g2.X.Values.Count; i++)
        {
            var lag = Math.Abs(g2.X.Values[i]!.Value) * 1e3;
            Assert.Equal(g2.More["counts"].Values[i]!.Value / (8 * 101 * (1e7 - lag) / 1e14), g2.Y!.Values[i]!.Value, 1e-6);
        }

        Assert.Equal([0, 0, 0, 0, 2, 0, 0, 1, 0], g2.More["counts"].Values.Select(n => (int)n!.Value));
    }

    [Fact]
    public void Uncorrelated_light_shows_no_single_emitter_and_flat_wings()
    {
        var random = new Random(11);
        var report = Analyse(MemoryPhotons.T2(10, TestEmitter.Steady(1e5, 10, random), TestEmitter.Steady(1e5, 10, random)), """{"irf_sigma_ps":0}""");

        Assert.NotEqual("yes", report.Verdict("single_emitter")!.Value);
        Assert.Equal("none", report.Verdict("artefact")!.Value);
        Assert.InRange(Value(report, "wings"), 1 - 4 * Sigma(report, "wings"), 1 + 4 * Sigma(report, "wings"));
        Assert.InRange(Value(report, "g2_0_raw"), 1 - 5 * Sigma(report, "g2_0_raw"), 1 + 5 * Sigma(report, "g2_0_raw"));
    }

    [Fact]
    public void Two_equal_emitters_are_told_apart_from_one_and_counted()
    {
        var random = new Random(12);
        var (a, b) = TestEmitter.TwoLevel(8e-9, 75e3, 20, random);
        var (c, d) = TestEmitter.TwoLevel(8e-9, 75e3, 20, random);
        var report = Analyse(MemoryPhotons.T2(20, [.. a, .. c], [.. b, .. d]));

        Assert.InRange(Value(report, "g2_0_corr"), 0.5 - 3.5 * Sigma(report, "g2_0_corr"), 0.5 + 3.5 * Sigma(report, "g2_0_corr"));
        Assert.InRange(Value(report, "n_emitters"), 2 - 3.5 * Sigma(report, "n_emitters"), 2 + 3.5 * Sigma(report, "n_emitters"));
        Assert.NotEqual("yes", report.Verdict("single_emitter")!.Value);
    }

    [Fact]
    public void A_missing_second_detector_gives_a_report_that_says_so()
    {
        var report = Analyse(MemoryPhotons.T2(1, TestEmitter.Steady(1e4, 1, new Random(1))), """{"channels":[0,5]}""");

        Assert.Equal("insufficient", report.Verdict("quality")!.Value);
        Assert.Equal("undecided", report.Verdict("single_emitter")!.Value);
        Assert.Null(report.Quantity("g2_0_corr")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "EMPTY_CHANNEL" && m.Text.Contains("Channel 5") && m.Text.Contains("present: 0"));
    }

    [Fact]
    public void More_than_two_channels_are_not_guessed_at()
    {
        long[] some = [.. Enumerable.Range(1, 100).Select(k => k * 1_000_000L)];

        var error = Assert.Throws<RequestException>(() => Analyse(MemoryPhotons.T2(1, some, some, some)));

        Assert.Contains("3 channels", error.Message);
        Assert.Contains("channels", error.Message);
    }

    [Fact]
    public void Too_few_pairs_withhold_the_verdict_but_not_the_numbers()
    {
        var (a, b) = TestEmitter.TwoLevel(8e-9, 20e3, 5, new Random(13));
        var report = Analyse(MemoryPhotons.T2(5, a, b));

        Assert.Equal("undecided", report.Verdict("single_emitter")!.Value);
        Assert.Equal("insufficient", report.Verdict("quality")!.Value);
        Assert.NotNull(report.Quantity("g2_0_raw")!.Value);
        Assert.NotNull(report.Quantity("g2_0_fit")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "TOO_FEW_COINCIDENCES" && m.Text.Contains("2000 for +-0.02") && m.Text.Contains("measure"));
    }

    [Fact]
    public void An_empty_centre_bin_does_not_make_the_error_small()
    {
        // 30 kcps for 10 s: about one pair is expected in the centre bins, and often there is none. The model then leans
        // against zero, where the inverse Fisher information shrinks to nothing.
        for (var seed = 1; seed <= 10; seed++)
        {
            var (a, b) = TestEmitter.TwoLevel(8e-9, 30e3, 10, new Random(seed));
            var report = Analyse(MemoryPhotons.T2(10, a, b));

            Assert.True(Math.Abs(Value(report, "g2_0_corr")) < 4 * Sigma(report, "g2_0_corr"), $"seed {seed}: {Value(report, "g2_0_corr")} +- {Sigma(report, "g2_0_corr")}");
            // About 0.75/sqrt(n1) is what such a run can tell.
            Assert.InRange(Sigma(report, "g2_0_corr"), 0.25 * 0.75 / Math.Sqrt(150), 4 * 0.75 / Math.Sqrt(100));
        }
    }

    [Fact]
    public void Crosstalk_peaks_outside_the_dip_are_masked_and_named()
    {
        var random = new Random(14);
        var (a, b) = TestEmitter.TwoLevel(4e-9, 150e3, 10, random);
        // Each count lights up the other detector 40 ns later with a chance of 0.1 %.
        long[] Flashes(long[] by) => [.. by.Where(_ => random.NextDouble() < 1e-3).Select(t => t + 40_000 + (long)(800 * TestEmitter.Normal(random)))];
        var report = Analyse(MemoryPhotons.T2(10, [.. a, .. Flashes(b)], [.. b, .. Flashes(a)]));

        Assert.Equal("crosstalk", report.Verdict("artefact")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "CROSSTALK" && m.Text.Contains("40"));
        Assert.InRange(Value(report, "g2_0_corr"), -3.5 * Sigma(report, "g2_0_corr"), 3.5 * Sigma(report, "g2_0_corr") + 0.01);
        var g2 = report.Curve("g2")!;
        Assert.Equal(1, g2.More["masked"].Values[540]);
        Assert.Equal(0, g2.More["masked"].Values[500]);
    }

    [Fact]
    public void Crosstalk_inside_the_dip_is_fitted_beside_it()
    {
        var random = new Random(15);
        var (a, b) = TestEmitter.TwoLevel(12e-9, 150e3, 15, random);
        long[] Flashes(long[] by) => [.. by.Where(_ => random.NextDouble() < 1e-3).Select(t => t + 10_000 + (long)(700 * TestEmitter.Normal(random)))];
        var report = Analyse(MemoryPhotons.T2(15, [.. a, .. Flashes(b)], [.. b, .. Flashes(a)]));

        Assert.Equal("crosstalk", report.Verdict("artefact")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "CROSSTALK_IN_DIP");
        Assert.Contains("CROSSTALK_IN_DIP", report.Quantity("g2_0_corr")!.Flags);
        Assert.InRange(Value(report, "g2_0_corr"), -0.06, 0.06);
    }

    [Fact]
    public void Peaks_of_a_pulsed_laser_are_not_taken_for_antibunching()
    {
        var report = Analyse(SimulatedPhotons.Of(new() { Kind = "pulsed", Rate = [1e5, 1e5], Duration = 1, Repetition = 20e6 }));

        Assert.Equal("undecided", report.Verdict("single_emitter")!.Value);
        Assert.Null(report.Quantity("g2_0_corr")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "PULSED_LIGHT" && m.Text.Contains("50 ns"));
    }

    [Fact]
    public void Crosstalk_taller_than_the_dip_is_wide_is_still_seen_inside_it()
    {
        // Peaks of twice the wings' height at 1.2 t1 make a fit without them see a narrow dip.
        var report = Analyse(SimulatedPhotons.Of(new() { Rate = [150e3, 150e3], Duration = 5, Crosstalk = 1e-3, CrosstalkDelay = 9e-9, Seed = 2 }));

        Assert.Contains("CROSSTALK_IN_DIP", report.Quantity("g2_0_corr")!.Flags);
        Assert.InRange(Value(report, "g2_0_corr"), -4 * Sigma(report, "g2_0_corr"), 4 * Sigma(report, "g2_0_corr"));
    }

    [Fact]
    public void A_measured_response_among_the_parameters_is_sent_to_the_inputs()
    {
        var error = Assert.Throws<RequestException>(() => Analyse(MemoryPhotons.T2(1, [1, 2, 3], [4, 5]), """{"irf_file":"irf.ptu"}"""));

        Assert.Contains("irf_sigma_ps", error.Message);
    }

    [Fact]
    public void A_dead_time_shared_by_both_channels_is_no_antibunching()
    {
        var random = new Random(16);
        var (a, b) = (TestEmitter.Steady(1.5e5, 10, random), TestEmitter.Steady(1.5e5, 10, random));
        var all = MemoryPhotons.T2(10, a, b);
        var (times, codes) = (new List<long>(), new List<short>());
        var last = -1_000_000L;
        for (var i = 0; i < all.Times.Length; i++)
        {
            if (all.Times[i] - last < 90_000) continue; // one clock for both: 90 ns
            last = all.Times[i];
            times.Add(all.Times[i]);
            codes.Add(all.Codes[i]);
        }

        var report = Analyse(new MemoryPhotons
        {
            Format = "", RecordType = "", Mode = "T2", Tick = 1e-12, HeaderDuration = 10, Times = [.. times], Codes = [.. codes],
        });

        Assert.Equal("common_deadtime", report.Verdict("artefact")!.Value);
        Assert.Equal("undecided", report.Verdict("single_emitter")!.Value);
        Assert.NotNull(report.Quantity("g2_0_fit")!.Value);
    }

    [Fact]
    public void Gaps_are_taken_off_the_time()
    {
        var random = new Random(17);
        long[] Shuttered(long[] times) => [.. times.Where(t => t is < 2_000_000_000_000 or > 4_000_000_000_000)];
        var report = Analyse(MemoryPhotons.T2(10, Shuttered(TestEmitter.Steady(5e4, 10, random)), Shuttered(TestEmitter.Steady(5e4, 10, random))));

        Assert.Contains(report.Messages, m => m.Code == "GAPS");
        Assert.Equal(8, Value(report, "duration_s"), 0.01);
        Assert.InRange(Value(report, "wings"), 1 - 4 * Sigma(report, "wings"), 1 + 4 * Sigma(report, "wings"));
    }

    [Fact]
    public void A_guessed_duration_is_flagged()
    {
        var random = new Random(18);
        var report = Analyse(MemoryPhotons.T2(null, TestEmitter.Steady(5e4, 2, random), TestEmitter.Steady(5e4, 2, random)));

        Assert.Contains(report.Messages, m => m.Code == "DURATION_GUESSED");
        Assert.Equal(2, Value(report, "duration_s"), 0.01);
    }

    [Fact]
    public void Blinking_raises_the_wings_and_widens_the_errors()
    {
        var random = new Random(19);
        // On and off in turn, half a second each on average: wings near 2.
        var (a, b) = (new List<long>(), new List<long>());
        for (var (t, on) = (0.0, true); t < 10; on = !on)
        {
            var dwell = -0.5 * Math.Log(1 - random.NextDouble());
            var rate = on ? 1.5e5 : 2e3;
            var from = t;
            a.AddRange(TestEmitter.Steady(rate, Math.Min(dwell, 10 - t), random).Select(x => x + (long)(from * 1e12)));
            b.AddRange(TestEmitter.Steady(rate, Math.Min(dwell, 10 - t), random).Select(x => x + (long)(from * 1e12)));
            t += dwell;
        }

        var report = Analyse(MemoryPhotons.T2(10, [.. a], [.. b]));

        Assert.Contains(report.Messages, m => m.Code == "NONSTATIONARY");
        Assert.InRange(Value(report, "wings"), 1.3, 3);
        Assert.Equal("block-bootstrap", report.Quantity("wings")!.Method);
    }

    [Fact]
    public void Background_beyond_the_rate_is_refused_and_said()
    {
        var (a, b) = TestEmitter.TwoLevel(8e-9, 5e4, 5, new Random(20));
        var report = Analyse(MemoryPhotons.T2(5, a, b), """{"background_cps":[60000,60000]}""");

        Assert.Null(report.Quantity("g2_0_corr")!.Value);
        Assert.Equal("undecided", report.Verdict("single_emitter")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "BACKGROUND_EXCEEDS_SIGNAL");
    }

    [Fact]
    public void An_unknown_cable_delay_is_found_and_a_known_one_subtracted()
    {
        var (a, b) = TestEmitter.TwoLevel(8e-9, 15e4, 10, new Random(21));
        var photons = MemoryPhotons.T2(10, a, [.. b.Select(t => t + 60_000)]);

        var found = Analyse(photons);
        var told = Analyse(photons, """{"delay_ps":60000}""");

        Assert.Contains(found.Messages, m => m.Code == "DELAY_FOUND");
        Assert.Equal(60, Value(found, "t0_ns"), 0.5);
        Assert.DoesNotContain(told.Messages, m => m.Code == "DELAY_FOUND");
        Assert.InRange(Value(told, "g2_0_raw"), 0, 0.1);
        Assert.InRange(Value(found, "g2_0_fit"), -0.1, 0.1);
    }

    [Fact]
    public void The_same_request_gives_the_same_bytes()
    {
        var (a, b) = TestEmitter.TwoLevel(8e-9, 1e5, 3, new Random(22));

        var first = ReportJson.Bytes(Analyse(MemoryPhotons.T2(3, a, b)), "test");
        var second = ReportJson.Bytes(Analyse(MemoryPhotons.T2(3, a, b)), "test");

        Assert.Equal(first, second);
    }

    [Fact]
    public void Counting_stops_when_told_to()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => CwG2.Compute(
            MemoryPhotons.T2(1, [1, 2, 3], [4, 5]), new CwG2Options(), null, stop.Token));
    }
}
