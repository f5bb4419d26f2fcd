using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Records behind the older headers, written as bare bits, and what they mean.</summary>
public class LegacyRecordTests
{
    const uint Special = 1u << 31;

    /// <summary>Kind of file and the code of the same records in PTU.</summary>
    public static TheoryData<string, uint> Kinds => new()
    {
        { "PT2", 0x00010203 }, { "PT3", 0x00010303 }, { "HT2 1.0", 0x00010204 }, { "HT3 1.0", 0x00010304 }, { "HT2 2.0", 0x01010204 }, { "HT3 2.0", 0x01010304 },
    };

    static byte[] Whole(string kind, params uint[] records) => kind switch
    {
        "PT2" => LegacyFile.PicoHarp(2, records),
        "PT3" => LegacyFile.PicoHarp(3, records),
        "HT2 1.0" => LegacyFile.HydraHarp("1.0", 2, records, resolution: 0.5),
        "HT3 1.0" => LegacyFile.HydraHarp("1.0", 3, records, resolution: 16),
        "HT2 2.0" => LegacyFile.HydraHarp("2.0", 2, records),
        "HT3 2.0" => LegacyFile.HydraHarp("2.0", 3, records, resolution: 16),
        _ => LegacyFile.T3r(int.Parse(kind[4..]), records),
    };

    static (PhotonStream Stream, EventList Events, PassReport Pass) Read(byte[] bytes)
    {
        var stream = (PhotonStream)Formats.Open(new MemoryStream(bytes));
        var events = new EventList();
        return (stream, events, stream.Read(events));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Any_records_behind_an_older_header_are_those_of_the_plain_decoder(string kind, uint type)
    {
        var random = new Random((int)type);
        var records = Enumerable.Range(0, 4000).Select(i => i % 10 == 0 ? (uint)random.NextInt64(1L << 32) : type is 0x00010203 or 0x00010303
            ? (uint)(1 + i % 4) << 28 | (uint)random.Next(1 << 28) : (uint)(i % 3) << 25 | (uint)random.Next(1 << 25)).ToArray();
        var expected = PlainDecoder.Decode(type, records);

        var (_, events, pass) = Read(Whole(kind, records));

        Assert.Equal(expected.Time, events.Time);
        Assert.Equal(expected.Channel, events.Channel);
        if ((type & 0xF00) == 0x300) Assert.Equal(expected.Dtime, events.Dtime);
        else Assert.Empty(events.Dtime);
        Assert.Equal((expected.OverflowRecords, expected.Wraps, expected.Undefined, expected.BackwardSteps, records.Length),
            (pass.OverflowRecords, pass.OverflowWraps, pass.UndefinedRecords, pass.BackwardSteps, pass.RecordsRead));
    }

    [Fact]
    public void PT2_counts_four_picoseconds_whatever_its_display_resolution_and_wraps_after_210698240()
    {
        var (stream, events, pass) = Read(LegacyFile.PicoHarp(2, [5, 0xF0000000, 1u << 28 | 7, 0xF0001234 & ~15u | 3, 0xF0000000, 0xF0000000, 4u << 28 | 0xFFFFFFF], resolution: 0.512f));

        const long wrap = 210_698_240;
        Assert.Equal((4e-12, null, null, "T2"), (stream.Tick, stream.SyncPeriod, stream.ChannelWidth, stream.Mode));
        Assert.Equal([(5, (short)0), (wrap + 7, 1), (wrap + 0x1230, 103), (3 * wrap + 0xFFFFFFF, 4)], events.Events);
        Assert.Equal(3, pass.OverflowWraps);
    }

    [Fact]
    public void PT3_counts_periods_of_the_sync_rate_and_micro_times_of_the_boards_resolution()
    {
        var (stream, events, _) = Read(LegacyFile.PicoHarp(3, [1u << 28 | 0xFFFu << 16 | 0xFFFF, 0xF0000000, 4u << 28 | 1u << 16 | 2, 0xF0000000 | 5u << 16 | 9], syncRate: 40_000_000, resolution: 0.032f));

        Assert.Equal((25e-9, 25e-9, "T3"), (stream.Tick, stream.SyncPeriod, stream.Mode));
        Assert.Equal(32e-12, stream.ChannelWidth!.Value, 1e-17);
        Assert.Equal([(0xFFFF, (short)1), (65536 + 2, 4), (65536 + 9, 105)], events.Events);
        Assert.Equal([0xFFF, 1, 0], events.Dtime);
        Assert.Equal(1.0, stream.HeaderDuration);
    }

    [Fact]
    public void A_scan_header_of_PT3_is_passed_over_and_told()
    {
        var (stream, events, _) = Read(LegacyFile.PicoHarp(3, [1u << 28 | 3], image: [0xFFFFFFFF, 0xF0000000, 7]));

        Assert.Equal([(3, (short)1)], events.Events);
        Assert.Contains(stream.Findings, finding => finding.Code == "SCAN_IMAGE" && finding.Offset == 728);
        Assert.Equal("/////wAAAPAHAAAA", stream.Header["ImgHdr"]!.GetValue<string>());
    }

    /// <summary>The commonest wrong reading: 33 552 000 with one wrap is version 1, 33 554 432 times the count version 2.</summary>
    [Theory]
    [InlineData("1.0", 33_552_000L, 1)]
    [InlineData("2.0", 33_554_432L, 7)]
    public void HT2_wraps_by_the_rule_of_its_version(string version, long wrap, long wraps)
    {
        var (_, events, pass) = Read(LegacyFile.HydraHarp(version, 2, [Special | 63u << 25 | 7, 1u << 25 | 3, Special | 5, Special | 9u << 25 | 6]));

        Assert.Equal([(wraps * wrap + 3, (short)1), (wraps * wrap + 5, -1), (wraps * wrap + 6, 109)], events.Events);
        Assert.Equal(wraps, pass.OverflowWraps);
    }

    /// <summary>Version 1.0 counts half picoseconds, and its header says so.</summary>
    [Theory]
    [InlineData("1.0", 0.5, 1.0, 0.5e-12)]
    [InlineData("1.0", 1.0, 1.0, 1e-12)]
    [InlineData("2.0", 1.0, 1.0, 1e-12)]
    [InlineData("2.0", 64.0, 1.0, 1e-12)]   // a display resolution: the base resolution holds, and that is told
    public void HT2_takes_half_picoseconds_where_the_header_says_so(string version, double resolution, double baseResolution, double tick)
    {
        var (stream, _, _) = Read(LegacyFile.HydraHarp(version, 2, [1], resolution: resolution, baseResolution: baseResolution));

        Assert.Equal(tick, stream.Tick!.Value, 1e-24);
        Assert.Equal(resolution == 64, stream.Findings.Any(finding => finding.Code == "RESOLUTION_UNKNOWN"));
    }

    [Fact]
    public void HT3_of_version_2_counts_its_wraps()
    {
        var (stream, events, _) = Read(LegacyFile.HydraHarp("2.0", 3, [Special | 63u << 25 | 900, 2u << 25 | 0x7FFFu << 10 | 1023, Special | 63u << 25, 5u << 10 | 1], resolution: 16, syncRate: 80_000_000));

        Assert.Equal([(900 * 1024 + 1023, (short)2), (901 * 1024 + 1, 0)], events.Events);
        Assert.Equal([0x7FFF, 5], events.Dtime);
        Assert.Equal((12.5e-9, 16e-12), (stream.SyncPeriod!.Value, Math.Round(stream.ChannelWidth!.Value, 15)));
    }

    static uint T3r(uint tag, uint data, uint route = 0, bool valid = true) => (valid ? 1u << 30 : 0) | route << 28 | data << 16 | tag;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void T3R_of_every_version_is_read_with_its_micro_time_turned_round(int version)
    {
        var (stream, events, pass) = Read(LegacyFile.T3r(version,
        [
            T3r(0, 5, valid: false),                        // the first record may be a marker
            T3r(100, 0), T3r(200, 4095, 3),
            T3r(0, 0x800, valid: false), T3r(0, 0x800, valid: false),
            T3r(0xFFFF, 280, 1),
            T3r(7, 0, valid: false),                        // neither photon nor overflow nor marker
        ]));

        Assert.Equal([(0, (short)105), (100, 0), (200, 3), (2 * 65536 + 0xFFFF, 1)], events.Events);
        Assert.Equal([0, 4095, 0, 3815], events.Dtime);
        Assert.Equal((2, 2, 1, 7), (pass.OverflowRecords, pass.OverflowWraps, pass.UndefinedRecords, pass.RecordsRead));
        Assert.Equal((1e-7, null), (Math.Round(stream.Tick!.Value, 12), stream.Mode));
        Assert.Equal(40e-12, stream.ChannelWidth!.Value, 1e-17);
        Assert.Equal(2.0, stream.HeaderDuration);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void The_special_header_of_T3R_is_passed_over(int version) =>
        Assert.Equal([(9, (short)0)], Read(LegacyFile.T3r(version, [T3r(9, 1)], special: 3)).Events.Events);

    [Fact]
    public void Every_curve_of_PHD_HHD_and_THD_has_its_own_resolution()
    {
        uint[] first = [1, 2, 3, 4_000_000_000], second = [7, 0, 0, 9];
        foreach (var file in new[]
        {
            LegacyFile.Phd([(first, 0.004f), (second, 0.512f)]), LegacyFile.Hhd([(first, 4), (second, 512)]),
            LegacyFile.Thd(3, [(first[..3], 0.004f), (second[..3], 0.512f)]), LegacyFile.Thd(6, [(first[..3], 0.004f), (second[..3], 0.512f)]),
        })
        {
            var set = (HistogramSet)Formats.Open(new MemoryStream(file));

            var bins = set.Curves[0].Counts.Length;
            Assert.Equal([[.. first[..bins].Select(count => (long)count)], [.. second[..bins].Select(count => (long)count)]], set.Curves.Select(curve => curve.Counts));
            Assert.Equal([4, 512], set.Curves.Select(curve => Math.Round(curve.BinWidth!.Value * 1e12, 3)));
            Assert.Equal([0, 1], set.Curves.Select(curve => curve.Channel!.Value));
            Assert.DoesNotContain(set.Findings, finding => finding.Code is "INTEGRAL_MISMATCH" or "BINS_MISSING");
        }
    }

    [Fact]
    public void PHU_curves_lie_where_their_tags_say_also_one_over_the_other_or_without_bins()
    {
        PtuFile Tags(int at) => new PtuFile()
            .Int("HistoResult_BitsPerBin", 32).Int("HistoResult_NumberOfCurves", 3)
            .Int("HistResDscr_HistogramBins", 4, 0).Int("HistResDscr_DataOffset", at, 0).Int("HistResDscr_IntegralCount", 10, 0).Float("HistResDscr_MDescResolution", 4e-12, 0)
            .Int("HistResDscr_HistogramBins", 2, 1).Int("HistResDscr_DataOffset", at + 8, 1).Float("HistResDscr_MDescResolution", 8e-12, 1).Int("HistResDscr_HWInpChanIdx", 2, 1)
            .Int("HistResDscr_HistogramBins", 0, 2).Int("HistResDscr_DataOffset", at, 2);
        var bytes = Tags(Tags(0).DataOffset).Records(1, 2, 3, 4).Bytes();
        "PQHISTO\0"u8.CopyTo(bytes);

        var set = (HistogramSet)Formats.Open(new MemoryStream(bytes));

        Assert.Equal([[1, 2, 3, 4], [3, 4], []], set.Curves.Select(curve => curve.Counts));
        Assert.Equal([4e-12, 8e-12, null], set.Curves.Select(curve => curve.BinWidth));
        Assert.Equal([null, 2, null], set.Curves.Select(curve => curve.Channel));
        Assert.Empty(set.Findings);
    }
}
