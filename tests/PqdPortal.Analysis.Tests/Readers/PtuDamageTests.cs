using System.Diagnostics;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Damaged files and lying headers: what is valid is read, the rest is told.</summary>
public class PtuDamageTests
{
    const uint HydraHarp2T2 = 0x01010204;
    const uint HydraHarp2T3 = 0x01010304;

    [Fact]
    public void An_empty_file_is_refused() =>
        Assert.Contains("empty", Refused([]).Message);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(60)]
    [InlineData(200)]
    public void A_file_that_ends_inside_its_header_is_refused_with_its_length(int length)
    {
        var whole = PtuFile.Of(HydraHarp2T2, 1, 2, 3).Bytes();

        var refusal = Refused(whole[..length]);

        Assert.StartsWith("Truncated", refusal.Message);
        Assert.Equal(length, refusal.Offset);
    }

    [Fact]
    public void Tags_read_before_the_header_broke_off_are_shown()
    {
        var refusal = Refused(PtuFile.Of(HydraHarp2T2).Int("Mine", 42).Bytes(headerEnd: false));

        Assert.Equal(42, (long)refusal.Header!["Mine"]!);
        Assert.Contains("Header_End", refusal.Message);
    }

    [Theory]
    [InlineData(-8)]
    [InlineData(1 << 20)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_tag_that_claims_an_impossible_length_is_named(long length)
    {
        var file = PtuFile.Of(HydraHarp2T2).Tag("Comment", -1, 0x4001FFFF, length);

        var refusal = Refused(file.Bytes());

        Assert.Contains("Comment", refusal.Message);
        Assert.Equal(16 + 7 * 48, refusal.Offset);
    }

    [Fact]
    public void Unknown_tag_types_are_stepped_over_where_their_length_is_known()
    {
        var file = PtuFile.Of(HydraHarp2T2, 5)
            .Tag("Short", -1, 0x77770008, 3)
            .Tag("Long", -1, 0x7777FFFF, 8, 1, 2, 3, 4, 5, 6, 7, 8);

        var stream = Open(file);

        Assert.Equal(2, stream.Findings.Count(f => f.Code == "TAG_TYPE_UNKNOWN"));
        Assert.Equal([5], Read(stream).Time);
    }

    [Fact]
    public void A_tag_type_of_unknown_length_ends_the_reading() =>
        Assert.Contains("0x12345678", Refused(PtuFile.Of(HydraHarp2T2).Tag("Odd", -1, 0x12345678, 3).Bytes()).Message);

    [Fact]
    public void Header_End_inside_a_comment_ends_nothing()
    {
        var comment = new byte[96];
        "Header_End"u8.CopyTo(comment.AsSpan(48));

        Assert.Equal([5], Read(Open(PtuFile.Of(HydraHarp2T2, 5).Text("File_Comment", comment))).Time);
    }

    [Fact]
    public void The_same_tag_twice_is_told_and_the_first_is_used()
    {
        var file = PtuFile.Of(HydraHarp2T2, 5)
            .Int("TTResult_StopAfter", 1000).Int("TTResult_StopAfter", 2000)
            .Int("TTResult_InputRate", 1, index: 0).Int("TTResult_InputRate", 2, index: 1);

        var stream = Open(file);

        Assert.Equal(1, stream.HeaderDuration);
        Assert.Equal((1L, 2L), ((long)stream.Header["TTResult_InputRate(0)"]!, (long)stream.Header["TTResult_InputRate(1)"]!));
        Assert.Single(stream.Findings, f => f.Code == "TAG_DUPLICATE");
    }

    [Fact]
    public void More_records_declared_than_there_are_reads_what_is_there()
    {
        var file = new PtuFile().Int("TTResultFormat_TTTRRecType", HydraHarp2T2).Float("MeasDesc_GlobalResolution", 1e-12)
            .Int("TTResult_NumberOfRecords", 52_378_636).Records(1, 2, 3);

        var stream = Open(file);

        var events = new EventList();
        var pass = stream.Read(events);
        Assert.Equal([1, 2, 3], events.Time);
        // What was never there did not vanish meanwhile.
        Assert.Equal(3, pass.RecordsRead);
        Assert.DoesNotContain(pass.Findings, f => f.Code == "FILE_BECAME_SHORTER");
        Assert.Equal((52_378_636, 3, 0), (stream.DeclaredRecords, stream.AvailableRecords, stream.TrailingBytes));
        Assert.Contains("52,378,636", Assert.Single(stream.Findings, f => f.Code == "RECORDS_MISSING").Message);
    }

    [Fact]
    public void Fewer_records_declared_than_there_are_reads_the_declared_ones()
    {
        var file = new PtuFile().Int("TTResultFormat_TTTRRecType", HydraHarp2T2).Float("MeasDesc_GlobalResolution", 1e-12)
            .Int("TTResult_NumberOfRecords", 2).Records(1, 2, 3, 4).Tail(9);

        var stream = Open(file);

        Assert.Equal([1, 2], Read(stream).Time);
        Assert.Equal(9, stream.TrailingBytes);
        Assert.Equal(file.DataOffset + 8, Assert.Single(stream.Findings, f => f.Code == "TRAILING_BYTES").Offset);
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(long.MinValue)]
    public void No_count_beside_records_reads_all_of_them(long declared)
    {
        var file = new PtuFile().Int("TTResultFormat_TTTRRecType", HydraHarp2T2).Float("MeasDesc_GlobalResolution", 1e-12)
            .Int("TTResult_NumberOfRecords", declared).Records(1, 2, 3);

        var stream = Open(file);

        Assert.Equal([1, 2, 3], Read(stream).Time);
        Assert.Equal(declared, stream.DeclaredRecords);
        Assert.Single(stream.Findings, f => f.Code == "RECORD_COUNT_MISSING");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_record_cut_short_is_dropped_and_told(int left)
    {
        var file = PtuFile.Of(HydraHarp2T2, 1, 2, 3);
        var bytes = file.Bytes()[..^(4 - left)];

        var stream = (PhotonStream)Formats.Open(new MemoryStream(bytes));

        Assert.Equal([1, 2], Read(stream).Time);
        Assert.Equal(left, stream.TrailingBytes);
        Assert.Equal((file.DataOffset + 8, 2), (stream.Findings.Single(f => f.Code == "RECORD_CUT").Offset, stream.Findings.Single(f => f.Code == "RECORD_CUT").Record));
    }

    [Fact]
    public void An_unknown_record_type_is_named_in_hexadecimal_and_the_header_is_shown()
    {
        var refusal = Refused(PtuFile.Of(0x00010309, 1).Bytes());

        Assert.Contains("0x00010309", refusal.Message);
        Assert.Equal(32, (long)refusal.Header!["TTResultFormat_BitsPerRecord"]!);
    }

    [Fact]
    public void Records_of_another_width_are_refused() =>
        Assert.Contains("64 bits", Refused(new PtuFile().Int("TTResultFormat_TTTRRecType", HydraHarp2T2)
            .Int("TTResultFormat_BitsPerRecord", 64).Bytes()).Message);

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1e-12)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e300)]          // times ticks, more than a number holds: infinite seconds in the summary
    [InlineData(double.Epsilon)] // its period, infinitely many hertz
    public void A_resolution_that_is_none_leaves_times_in_ticks(double resolution)
    {
        var file = new PtuFile().Int("TTResultFormat_TTTRRecType", HydraHarp2T3).Int("TTResult_NumberOfRecords", 2)
            .Float("MeasDesc_GlobalResolution", resolution).Float("MeasDesc_Resolution", resolution).Int("TTResult_SyncRate", 0)
            .Records(1, 2);

        var summary = FileSummary.Of(file.Stream());
        var json = summary.ToJson("x.ptu").ToJsonString();

        var stream = Assert.IsAssignableFrom<RecordStream>(summary.Measurement);
        Assert.Null(stream.Tick);
        Assert.Null(stream.ChannelWidth);
        Assert.Null(summary.Photons!.Duration.Seconds);
        Assert.Equal(2, summary.Findings.Count(f => f.Code == "RESOLUTION_UNKNOWN"));
        Assert.DoesNotContain("NaN", json);
        Assert.DoesNotContain("Infinity", json);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stream_without_photons_is_a_valid_result(bool overflows)
    {
        uint[] records = overflows ? [0xFE000003, 0xFE000001] : [];

        var summary = FileSummary.Of(PtuFile.Of(HydraHarp2T2, records).Int("TTResult_StopAfter", 1000).Stream());

        Assert.Equal(0, summary.Photons!.PhotonCount);
        Assert.Empty(summary.Photons.EventsByChannel);
        Assert.Null(summary.Photons.LastTick);
        Assert.Equal(1, summary.Photons.Duration.Seconds);
        Assert.Equal(overflows ? 4 : 0, summary.Photons.Pass.OverflowWraps);
        Assert.Single(summary.Findings, f => f.Code == "NO_PHOTONS");
    }

    [Theory]
    [InlineData(80_000_000, false)]
    [InlineData(80_070_000, false)]
    [InlineData(80_090_000, true)]
    [InlineData(79_910_000, true)]
    public void A_sync_rate_more_than_a_thousandth_off_the_period_is_told(long rate, bool told)
    {
        var file = new PtuFile().Int("TTResultFormat_TTTRRecType", HydraHarp2T3).Int("TTResult_NumberOfRecords", 1)
            .Float("MeasDesc_GlobalResolution", 12.5e-9).Float("MeasDesc_Resolution", 16e-12).Int("TTResult_SyncRate", rate).Records(1);

        Assert.Equal(told, Open(file).Findings.Any(f => f.Code == "SYNC_PERIOD_MISMATCH"));
    }

    [Fact]
    public void Micro_times_beyond_the_period_are_counted()
    {
        // 12.5 ns / 16 ps = 781.25: channel 781 still begins inside the period.
        var file = PtuFile.Of(HydraHarp2T3, 781u << 10, 782u << 10, 32767u << 10, 5u << 10);

        var finding = Assert.Single(((PhotonStream)Formats.Open(file.Stream())).Read(new EventList()).Findings, f => f.Code == "DTIME_BEYOND_PERIOD");

        Assert.StartsWith("2 of 4", finding.Message);
        Assert.Equal(Severity.Warning, finding.Severity);
    }

    [Fact]
    public void Texts_of_any_encoding_and_padding_are_read()
    {
        var file = PtuFile.Of(HydraHarp2T2)
            .Text("Ascii", "plain\0rubbish\x01\0\0"u8.ToArray())
            .Text("Utf8", [.. "500 µW, T = 4 K  "u8, .. new byte[6]])
            .Text("Latin1", [(byte)'5', 0xB5, (byte)'W', 0, 0, 0, 0, 0])
            .Text("Control", [(byte)'a', 7, (byte)'b', 13, 10, 0, 0, 0])
            .Tag("Wide", -1, 0x4002FFFF, 8, [0xB1, 0x03, 0x3D, 0xD8, 0x00, 0xDE, 0, 0])
            .Tag("Array", -1, 0x2001FFFF, 16, [.. BitConverter.GetBytes(1.5), .. BitConverter.GetBytes(double.NaN)])
            .Tag("Blob", -1, 0xFFFFFFFF, 3, 1, 2, 3)
            .Tag("Bits", -1, 0x11000008, -1)
            .Tag("Flag", -1, 0x00000008, 1)
            .Tag("Date", -1, 0x21000008, BitConverter.DoubleToInt64Bits(42870.5));

        var header = Open(file).Header;

        Assert.Equal("plain", (string)header["Ascii"]!);
        Assert.Equal("500 µW, T = 4 K", (string)header["Utf8"]!);
        Assert.Equal("5µW", (string)header["Latin1"]!);
        Assert.Equal("a\uFFFDb\r\n", (string)header["Control"]!);
        Assert.Equal("α😀", (string)header["Wide"]!);
        Assert.Equal("[1.5,null]", header["Array"]!.ToJsonString());
        Assert.Equal("AQID", (string)header["Blob"]!);
        Assert.Equal(ulong.MaxValue, (ulong)header["Bits"]!);
        Assert.True((bool)header["Flag"]!);
        Assert.Equal(42870.5, (double)header["Date"]!);
    }

    [Theory]
    [InlineData(1000, 990_000_000_000, "header", 1.0)]      // a dot that went dark was still watched
    [InlineData(1000, 1_005_000_000_000, "header", 1.0)]
    [InlineData(1000, 1_020_000_000_000, "records", 1.02)]  // contradicted by more than 1 %
    [InlineData(0, 700_000_000_000, "records", 0.7)]
    public void The_duration_is_the_headers_unless_the_records_contradict_it(long stopAfter, long lastTick, string source, double seconds)
    {
        var file = PtuFile.Of(HydraHarp2T2, 0xFE000000 | (uint)(lastTick >> 25), (uint)(lastTick & 0x1FFFFFF)).Int("TTResult_StopAfter", stopAfter);

        var duration = FileSummary.Of(file.Stream()).Photons!.Duration;

        Assert.Equal(source, duration.Source);
        Assert.Equal(seconds, duration.Seconds!.Value, 12);
        Assert.Equal(source == "records", duration.Findings.Any(f => f.Code == "DURATION_GUESSED"));
    }

    [Theory]
    [InlineData(-5)]
    [InlineData(long.MaxValue)]
    public void An_acquisition_time_that_nobody_measures_is_told_and_not_used(long stopAfter)
    {
        var summary = FileSummary.Of(PtuFile.Of(HydraHarp2T2, 1, 2, 3).Int("TTResult_StopAfter", stopAfter).Stream());

        Assert.Single(summary.Findings, f => f.Code == "DURATION_IMPLAUSIBLE");
        Assert.Equal("records", summary.Photons!.Duration.Source);
    }

    [Fact]
    public void After_an_error_of_the_instrument_the_last_event_ends_the_measurement()
    {
        var file = PtuFile.Of(HydraHarp2T2, 0xFE000000 | 1000, 0).Int("TTResult_StopAfter", 1000).Int("TTResult_StopReason", 3);

        var duration = FileSummary.Of(file.Stream()).Photons!.Duration;

        Assert.Equal(("records", 1000 * 33_554_432e-12), (duration.Source, duration.Seconds));
    }

    [Fact]
    public void Ticks_beyond_the_integers_of_a_double_are_shown_less_their_first()
    {
        var start = Enumerable.Repeat(0xFE000000 | 0x1FFFFFFu, 9).ToArray();
        var summary = FileSummary.Of(PtuFile.Of(HydraHarp2T2, [.. start, 5, 9]).Stream());
        var first = 9L * 0x1FFFFFF * 33_554_432 + 5;

        var json = summary.ToJson("x.ptu");

        Assert.Equal(first.ToString(), (string)json["tick_offset"]!);
        Assert.Equal(4, (long)json["last_tick"]!);
        Assert.Equal((2 * first + 4) % (1L << 53), (long)json["sum_ticks_mod_2p53"]!);
    }

    [Fact]
    public void A_tag_list_without_end_is_given_up_before_it_fills_the_memory()
    {
        var file = new PtuFile();
        for (var i = 0; i < 30_000; i++) file.Int("Again", i, index: i);

        Assert.Contains("20,000 tags", Refused(file.Bytes(headerEnd: false)).Message);
    }

    [Fact]
    public void Of_thousands_of_findings_of_a_kind_ten_are_listed_and_the_others_counted()
    {
        var file = PtuFile.Of(HydraHarp2T2, 5);
        for (var i = 0; i < 5001; i++) file.Int("Again", i);

        var told = Open(file).Findings.Where(f => f.Code == "TAG_DUPLICATE").ToList();

        Assert.Equal(11, told.Count);
        Assert.StartsWith("4990 more of this kind", told[^1].Message);
    }

    [Fact]
    public void Data_longer_than_any_header_holds_are_stepped_over()
    {
        var stream = Open(PtuFile.Of(HydraHarp2T2, 5).Tag("Huge", -1, 0xFFFFFFFF, 1 << 20, new byte[1 << 20]));

        Assert.Null(stream.Header["Huge"]);
        Assert.Single(stream.Findings, f => f.Code == "TAG_TOO_LONG");
        Assert.Equal([5], Read(stream).Time);
    }

    [Fact]
    public void Data_that_together_are_longer_than_any_header_are_stepped_over_too()
    {
        var file = PtuFile.Of(HydraHarp2T2, 5);
        for (var i = 0; i < 70; i++) file.Tag("Large", i, 0xFFFFFFFF, 1 << 18, new byte[1 << 18]);

        var stream = Open(file);

        // 16 MB are kept of a header, whatever it holds.
        Assert.Equal(64, stream.Header.Count(tag => tag.Key.StartsWith("Large") && tag.Value is not null));
        Assert.Equal(6, stream.Findings.Count(f => f.Code == "TAG_TOO_LONG"));
        Assert.Equal([5], Read(stream).Time);
    }

    [Fact]
    public void However_a_file_is_cut_or_its_bits_are_turned_the_answer_is_a_result_or_a_refusal()
    {
        var random = new Random(7);
        var whole = new[] { HydraHarp2T2, HydraHarp2T3, 0x00010203u, 0x00010303u, 0x00010204u }
            .Select(type => PtuFile.Of(type, [.. Enumerable.Range(0, 300).Select(_ => (uint)random.NextInt64(1L << 32))])
                .Text("File_Comment", "what was measured\0\0\0\0\0\0\0"u8.ToArray())
                .Float("MeasDesc_StopAt", 1e9).Int("TTResult_StopAfter", 1).Bytes())
            .ToArray();
        var clock = Stopwatch.StartNew();
        var results = 0;

        for (var round = 0; round < 2000; round++)
        {
            var bytes = whole[round % whole.Length].ToArray();
            // The header is where lies do harm.
            for (var flips = random.Next(4); flips > 0; flips--)
                bytes[random.Next(random.Next(2) == 0 ? 700 : bytes.Length)] ^= (byte)(1 << random.Next(8));
            if (random.Next(3) == 0) bytes = bytes[..random.Next(bytes.Length)];

            try
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var json = FileSummary.Of(new MemoryStream(bytes)).ToJson("x").ToJsonString();
                Assert.DoesNotContain("NaN", json);
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
                results++;
            }
            catch (MeasurementFormatException refusal)
            {
                Assert.InRange(refusal.Offset, 0, bytes.Length);
                Assert.NotEmpty(refusal.Message);
            }
        }

        Assert.InRange(results, 200, 1900);
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "a damaged file kept the reader busy");
    }

    static MeasurementFormatException Refused(byte[] bytes) =>
        Assert.Throws<MeasurementFormatException>(() => Formats.Open(new MemoryStream(bytes)));

    static PhotonStream Open(PtuFile file) => (PhotonStream)Formats.Open(file.Stream());

    static EventList Read(PhotonStream stream)
    {
        var events = new EventList();
        stream.Read(events);
        return events;
    }
}
