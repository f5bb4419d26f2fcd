using System.Text.Json.Nodes;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Real files against decoders that are not ours.</summary>
public class PtuRealFileTests
{
    public static TheoryData<string> Files =>
    [
        "hydraharp2-t2.ptu", "timeharp260n-t2.ptu", "hydraharp-t3-image.ptu", "picoharp-t3-image.ptu", "hydraharp2-t3-hbt320.timeres",
    ];

    [RealFileTheory, MemberData(nameof(Files))]
    public void Every_count_and_tick_agrees_with_the_independent_decoder(string name)
    {
        var file = RealFiles.Golden()[name];
        var golden = file["golden"]!;

        var info = Info(name);

        Assert.Equal(file["sha256"]!.GetValue<string>(), info["sha256"]!.GetValue<string>());
        Assert.Equal(Long(file["bytes"]), Long(info["bytes"]));
        Assert.Equal("photon-stream", info["kind"]!.GetValue<string>());
        Assert.Equal(Long(golden["TTResult_NumberOfRecords"]), Long(info["records"]!["declared"]));
        Assert.Equal(Long(golden["records_in_file"]), Long(info["records"]!["read"]));
        Assert.Equal(Long(golden["trailing_bytes"]), Long(info["records"]!["trailing_bytes"]));
        Assert.Equal(Long(golden["overflow_records"]), Long(info["overflow_records"]));
        Assert.Equal(Long(golden["overflow_wraps_total"]), Long(info["overflow_wraps"]));
        Assert.Equal(Long(golden["undefined_records"]), Long(info["undefined_records"]));
        Assert.Equal(Long(golden["backward_steps_between_events"]), Long(info["backward_steps"]));
        // The golden sum was taken over photons and sync events.
        Assert.Equal(Long(golden["tag_sum_mod_2_64"]) % (1L << 53), Long(info["sum_ticks_without_markers_mod_2p53"]));

        var expected = golden["photons_per_raw_channel_code"]!.AsObject().ToDictionary(c => c.Key, c => Long(c.Value));
        foreach (var (bits, count) in golden["markers_by_bits"]!.AsObject()) expected.Add((100 + int.Parse(bits)).ToString(), Long(count));
        Assert.Equal(expected.OrderBy(c => c.Key), info["events_by_channel"]!.AsObject().Select(c => KeyValuePair.Create(c.Key, Long(c.Value))).OrderBy(c => c.Key));

        Assert.Equal(Events(golden["first5"]), Shown(info["first_events"]));
        Assert.Equal(Events(golden["last5"]), Shown(info["last_events"]));
    }

    [RealFileTheory, MemberData(nameof(Files))]
    public void Units_and_header_values_agree_with_the_independent_decoder(string name)
    {
        var golden = RealFiles.Golden()[name]["golden"]!;

        var info = Info(name);

        Assert.Equal(golden["MeasDesc_GlobalResolution_s"]!.GetValue<double>(), info["time_unit_s"]!.GetValue<double>());
        var isT3 = info["mode"]!.GetValue<string>() == "T3";
        Assert.Equal(isT3 ? golden["MeasDesc_GlobalResolution_s"]!.GetValue<double>() : null, info["sync_period_s"]?.GetValue<double>());
        Assert.Equal(isT3 ? golden["MeasDesc_Resolution_s"]!.GetValue<double>() : null, info["dtime_unit_s"]?.GetValue<double>());
        Assert.Equal(Long(golden["tag_count"]), info["header"]!.AsObject().Count);
        foreach (var tag in new[] { "HW_Type", "HW_BaseResolution", "HWSync_Divider", "Measurement_Mode", "CreatorSW_Name", "File_CreatingTime" })
            Assert.Equal(golden[tag]!.ToJsonString().ToLowerInvariant(), info["header"]![tag]!.ToJsonString().ToLowerInvariant());
    }

    [RealFileTheory]
    [InlineData("hydraharp2-t2.ptu", 5.0, "header")]
    [InlineData("timeharp260n-t2.ptu", 32.466, "header")]
    [InlineData("hydraharp-t3-image.ptu", 10.559, "header")]
    [InlineData("picoharp-t3-image.ptu", 2.0747746, "records")]
    public void The_preset_is_never_taken_for_the_duration(string name, double seconds, string source)
    {
        var info = Info(name);

        Assert.Equal(seconds, info["duration_s"]!.GetValue<double>(), 6);
        Assert.Equal(source, info["duration_source"]!.GetValue<string>());
    }

    [RealFileFact]
    public void A_header_that_does_not_fit_its_records_is_told_with_the_number_of_late_micro_times()
    {
        var findings = Info("hydraharp2-t3-hbt320.timeres")["findings"]!.AsArray();

        var late = Assert.Single(findings, f => f!["code"]!.GetValue<string>() == "DTIME_BEYOND_PERIOD");
        Assert.Contains("441,210 of 453,263", late!["message"]!.GetValue<string>());
        Assert.Single(findings, f => f!["code"]!.GetValue<string>() == "DURATION_MISMATCH");
    }

    [RealFileFact]
    public void Every_real_file_is_read_or_refused_by_name_and_none_crashes()
    {
        foreach (var (name, _) in RealFiles.Golden())
            try
            {
                Assert.NotEmpty(RealFiles.Info(name));
            }
            catch (MeasurementFormatException refusal)
            {
                Assert.True(refusal.Message.Length > 40, $"{name}: {refusal.Message}");
            }
    }

    [Theory]
    [InlineData("PQRESLT", "PQRES")]
    [InlineData("PQDEFNT", "PQDEF")]
    public void A_format_that_is_not_read_is_named(string start, string format)
    {
        var refusal = Assert.Throws<MeasurementFormatException>(() => Formats.Open(new MemoryStream(System.Text.Encoding.ASCII.GetBytes(start.PadRight(64, '\0')))));

        Assert.Contains(format, refusal.Format);
    }

    static JsonObject Info(string name) => RealFiles.Info(name);

    static long Long(JsonNode? node) => long.Parse(node!.ToJsonString());

    static IEnumerable<(long Channel, long Tick, long? Dtime)> Events(JsonNode? events) =>
        events!.AsArray().Select(e => (Long(e!["raw_channel"]), Long(e["tag"]), e["dtime"] is { } d ? Long(d) : (long?)null));

    static IEnumerable<(long Channel, long Tick, long? Dtime)> Shown(JsonNode? events) =>
        JsonNode.Parse(events!.ToJsonString())!.AsArray().Select(e => (Long(e![0]), Long(e[1]), e[2] is { } d ? Long(d) : (long?)null));
}
