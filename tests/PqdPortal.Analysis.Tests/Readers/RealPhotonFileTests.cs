using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Photon files beside PTU against decoders that are not ours.</summary>
public class RealPhotonFileTests
{
    public static TheoryData<string> Files =>
    [
        "hydraharp-v1.ht2", "hydraharp-v1.ht3", "hydraharp-v2.ht3", "picoharp-fullsms-trace0.pt3", "picoharp-fullsms-trace5.pt3", "timeharp200-v50.t3r",
    ];

    [RealFileTheory, MemberData(nameof(Files))]
    public void Every_count_tick_and_unit_agrees_with_the_independent_decoder(string name)
    {
        var golden = RealFiles.Golden()[name]["golden"]!;

        var info = RealFiles.Info(name);

        Assert.Equal("photon-stream", info["kind"]!.GetValue<string>());
        Assert.Equal(Long(golden["nRecords"] ?? golden["Records"] ?? golden["NumberOfRecords"]), Long(info["records"]!["declared"]));
        foreach (var (ours, theirs) in new[] { ("overflow_records", "overflow_records"), ("overflow_wraps", "overflow_wraps_total"), ("undefined_records", "undefined_records"), ("backward_steps", "backward_steps_between_events") })
            Assert.Equal(Long(golden[theirs]), Long(info[ours]));
        Assert.Equal(Long(golden["records_in_file"]), Long(info["records"]!["read"]));
        Assert.Equal(Long(golden["trailing_bytes"]), Long(info["records"]!["trailing_bytes"]));
        Assert.Equal(Long(golden["tag_sum_mod_2_64"]) % (1L << 53), Long(info["sum_ticks_without_markers_mod_2p53"]));

        var expected = golden["photons_per_raw_channel_code"]!.AsObject().ToDictionary(c => c.Key, c => Long(c.Value));
        foreach (var (bits, count) in golden["markers_by_bits"]!.AsObject()) expected.Add((100 + int.Parse(bits)).ToString(), Long(count));
        Assert.Equal(expected.OrderBy(c => c.Key), info["events_by_channel"]!.AsObject().Select(c => KeyValuePair.Create(c.Key, Long(c.Value))).OrderBy(c => c.Key));

        // TimeHarp 200 counts its micro time backwards; the independent decoder shows it as it stands.
        var mirror = name.EndsWith(".t3r") ? 4095 : (long?)null;
        Assert.Equal(Events(golden["first5"], mirror), Shown(info["first_events"]));
        Assert.Equal(Events(golden["last5"], mirror), Shown(info["last_events"]));

        var tick = golden["assumed_global_resolution_s"]?.GetValue<double>() ?? golden["TTTRGlobClock_ns"]!.GetValue<int>() * 1e-9;
        Assert.Equal(tick, info["time_unit_s"]!.GetValue<double>(), tick * 1e-12);
        var width = golden["Resolution_ps"]?.GetValue<double>() * 1e-12 ?? golden["assumed_resolution_s"]?.GetValue<double>() ?? golden["board_resolution_ns"]?[0]!.GetValue<double>() * 1e-9;
        if (info["mode"]?.GetValue<string>() != "T2") Assert.Equal(width!.Value, info["dtime_unit_s"]!.GetValue<double>(), width.Value * 1e-12);
    }

    [RealFileTheory]
    [InlineData("timeharp200-v60.thd"), InlineData("timeharp200-v30.thd"), InlineData("picoharp-v20.phd"), InlineData("hydraharp-v10.hhd")]
    public void Every_curve_of_a_histogram_file_agrees_with_the_independent_decoder(string name)
    {
        var golden = RealFiles.Golden()[name]["golden"]!["curve"]!.AsArray();

        var info = RealFiles.Info(name);

        Assert.Equal("histogram", info["kind"]!.GetValue<string>());
        var curves = info["curves"]!.AsArray();
        Assert.Equal(golden.Count, curves.Count);
        foreach (var (theirs, ours) in golden.Zip(curves))
        {
            foreach (var field in new[] { "bins", "sum", "max", "argmax" }) Assert.Equal(Long(theirs![field]), Long(ours![field]));
            Assert.Equal(Long(theirs!["integral_count"]), Long(ours!["sum"]));
            var width = theirs["resolution_ns"]?.GetValue<double>() * 1e-9 ?? theirs["resolution_ps"]!.GetValue<double>() * 1e-12;
            Assert.Equal(width, ours["bin_s"]!.GetValue<double>(), width * 1e-9);
        }
        Assert.DoesNotContain(info["findings"]!.AsArray(), finding => finding!["code"]!.GetValue<string>() is "INTEGRAL_MISMATCH" or "BINS_MISSING");
    }

    /// <summary>The micro times of T3R mirror the histogram of the same set-up: as they stand in the records they would decay towards earlier times.</summary>
    [RealFileFact]
    public void The_micro_times_of_timeharp_200_run_forwards()
    {
        using var file = File.OpenRead(RealFiles.Path("timeharp200-v50.t3r"));
        var stream = (PhotonStream)Formats.Open(file);
        var events = new EventList();
        stream.Read(events);

        var dtimes = events.Channel.Zip(events.Dtime).Where(e => e.First < 100).Select(e => e.Second).ToList();
        Assert.Equal((1060, 3815), (dtimes.Min(), dtimes.Max()));
    }

    [RealFileFact]
    public void A_declared_count_far_beyond_the_file_costs_nothing_and_is_told()
    {
        var info = RealFiles.Info("hydraharp-v1.ht2");

        Assert.Contains(info["findings"]!.AsArray(), finding => finding!["code"]!.GetValue<string>() == "RECORDS_MISSING" && finding["message"]!.GetValue<string>().Contains("52,378,636"));
    }

    static long Long(JsonNode? node) => long.Parse(node!.ToJsonString());

    static IEnumerable<(long, long, long?)> Events(JsonNode? events, long? mirror) =>
        events!.AsArray().Select(e => (Long(e!["raw_channel"]), Long(e["tag"]), e["dtime"] is { } d ? (mirror is { } m ? m - Long(d) : Long(d)) : (long?)null));

    static IEnumerable<(long, long, long?)> Shown(JsonNode? events) =>
        JsonNode.Parse(events!.ToJsonString())!.AsArray().Select(e => (Long(e![0]), Long(e[1]), e[2] is { } d ? Long(d) : (long?)null));
}
