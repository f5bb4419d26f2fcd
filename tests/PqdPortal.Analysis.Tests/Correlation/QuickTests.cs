using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Correlation;

public class QuickTests
{
    static AnalysisReport Look(PhotonStream photons, string parameters = "{}") =>
        AnalysisCatalogue.Find("quick").Compute(new(
            new Dictionary<string, Measurement> { ["file"] = photons }, JsonNode.Parse(parameters)!.AsObject()));

    static void AssertWithin(AnalysisReport report, string name, double truth, double sigmas = 4)
    {
        var q = report.Quantity(name)!;
        Assert.InRange(q.Value!.Value, truth - sigmas * q.Sigma!.Value, truth + sigmas * q.Sigma!.Value);
    }

    [Fact]
    public void A_good_dot_has_its_rates_a_low_g2_and_no_red_flag()
    {
        var (a, b) = TestEmitter.TwoLevel(8e-9, 1e5, 5, new Random(1));

        var report = Look(MemoryPhotons.T2(5, a, b));

        AssertWithin(report, "rate_0_cps", 1e5);
        AssertWithin(report, "rate_1_cps", 1e5);
        Assert.Equal(5, report.Quantity("duration_s")!.Value);
        Assert.InRange(report.Quantity("g2_0_raw")!.Value!.Value, 0, 0.25);
        Assert.All(report.Verdicts, verdict => Assert.Equal("no", verdict.Value));
        var trace = report.Curve("trace")!;
        Assert.InRange(trace.X.Values.Count, 500, 2000);
        Assert.Equal(2e5, trace.Y!.Values.Average()!.Value, 2e3);
    }

    [Fact]
    public void Afterpulses_are_seen_and_their_share_is_told()
    {
        var random = new Random(2);
        var a = TestEmitter.Steady(5e4, 5, random);
        long[] pulsing = [.. a, .. a.Where(_ => random.NextDouble() < 0.02).Select(t => t + 50_000 + (long)(-100_000 * Math.Log(1 - random.NextDouble())))];

        var report = Look(MemoryPhotons.T2(5, pulsing, TestEmitter.Steady(5e4, 5, random)));

        Assert.Equal("yes", report.Verdict("afterpulsing")!.Value);
        Assert.Contains("channel 0", report.Verdict("afterpulsing")!.Why);
    }

    [RealFileFact]
    public void A_scanned_image_on_one_detector_has_a_lifetime_and_is_not_called_afterpulsing()
    {
        using var stream = File.OpenRead(RealFiles.Path("picoharp-t3-image.ptu"));

        var report = Look((PhotonStream)Formats.Open(stream));

        Assert.Equal("undecided", report.Verdict("afterpulsing")!.Value);
        // The micro times fall to a tenth within some 3.5 ns.
        Assert.InRange(report.Quantity("tau_mean_ns")!.Value!.Value, 0.8, 3);
    }

    [Fact]
    public void A_detector_that_dies_on_the_way_is_a_dead_channel()
    {
        var random = new Random(3);
        long[] dying = [.. TestEmitter.Steady(3e4, 4, random).Where(t => t < 2_500_000_000_000)];

        var report = Look(MemoryPhotons.T2(4, TestEmitter.Steady(3e4, 4, random), dying));

        Assert.Equal("yes", report.Verdict("dead_channel")!.Value);
        Assert.Contains("Channel 1 fell silent", report.Verdict("dead_channel")!.Why);
    }

    [Fact]
    public void One_channel_alone_still_gets_rates_and_a_trace()
    {
        var report = Look(MemoryPhotons.T2(2, TestEmitter.Steady(3e4, 2, new Random(4))));

        AssertWithin(report, "rate_0_cps", 3e4);
        Assert.Equal("undecided", report.Verdict("dead_channel")!.Value);
        Assert.Null(report.Quantity("g2_0_raw"));
        Assert.NotNull(report.Curve("trace"));
    }

    [Fact]
    public void A_bright_detector_is_saturated()
    {
        var random = new Random(5);
        Assert.Equal("yes", Look(MemoryPhotons.T2(0.2, TestEmitter.Steady(1e6, 0.2, random), TestEmitter.Steady(1e6, 0.2, random))).Verdict("saturation")!.Value);
    }

    [Fact]
    public void Few_pairs_are_said_with_the_time_it_would_take()
    {
        var random = new Random(6);
        var report = Look(MemoryPhotons.T2(2, TestEmitter.Steady(5e3, 2, random), TestEmitter.Steady(5e3, 2, random)));

        Assert.Equal("yes", report.Verdict("too_few_pairs")!.Value);
        // 5 kcps squared x 2 s x 20 ns = 1 pair: 100 pairs take 200 s.
        Assert.Contains(report.Messages, m => m.Code == "TOO_FEW_COINCIDENCES" && m.Text.Contains("measure"));
    }

    [Fact]
    public void Pulsed_decays_give_their_mean_arrival_whatever_the_background()
    {
        var random = new Random(7);
        var events = new List<(long Sync, short Channel, int Dtime)>();
        for (var pulse = 0L; pulse < 2_000_000; pulse++)
        {
            if (random.NextDouble() < 0.06)
            {
                var t = 5e-9 - 12e-9 * Math.Log(1 - random.NextDouble()) + 0.2e-9 * TestEmitter.Normal(random);
                events.Add((pulse + (long)Math.Floor(t / 50e-9), (short)random.Next(2), (int)(t % 50e-9 / 16e-12)));
            }

            if (random.NextDouble() < 0.01) events.Add((pulse, (short)random.Next(2), (int)(random.NextDouble() * 3125)));
        }

        events.Sort();
        var report = Look(new MemoryPhotons
        {
            Format = "", RecordType = "", Mode = "T3", Tick = 50e-9, SyncPeriod = 50e-9, ChannelWidth = 16e-12, HeaderDuration = 0.1,
            Times = [.. events.Select(e => e.Sync)], Codes = [.. events.Select(e => e.Channel)], Dtimes = [.. events.Select(e => e.Dtime)],
        });

        AssertWithin(report, "tau_mean_ns", 12, 5);
    }
}
