using System.IO.Compression;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>SDT and quTAG files written byte by byte: plain, packed, damaged.</summary>
public class SdtAndQuTagTests
{
    const int U2 = 0x000, U4 = 0x100, F8 = 0x200, Packed = 0x1000;

    /// <param name="Next">Byte of the next block; null for the right one.</param>
    /// <param name="Length">Bytes the block claims; null for the right number.</param>
    sealed record Block(byte[] Data, int Type, int? Next = null, uint? Length = null, int? DataAt = null);

    static byte[] TwoBytes(params int[] counts) => [.. counts.SelectMany(count => BitConverter.GetBytes((ushort)count))];

    static byte[] FourBytes(params uint[] counts) => [.. counts.SelectMany(BitConverter.GetBytes)];

    static byte[] Zip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = archive.CreateEntry("data_block").Open())
            entry.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>Head of 42 bytes, settings, a description of the measurement (50 ns / 5 over the channels), then the chain of blocks.</summary>
    static byte[] Sdt(Block[] blocks, int channels = 4, int? declared = null, float range = 50e-9f, int gain = 5, string settings = "#SP [SP_TAC_R,F,5e-08]\r\n#SP [SP_TAC_G,I,5]\r\n#SP [SP_ADC_RE,I,4]\r\n")
    {
        const int setup = 42, info = setup + 200, first = info + 130;
        var head = new HeaderBytes(first)
            .I2(0, 0x28 << 4).I4(2, setup).I2(6, 20).I4(8, setup).I2(12, settings.Length).I4(14, first).I2(18, declared ?? blocks.Length)
            .I4(24, info).I2(28, 1).I2(30, 130).I2(32, 0x5555).Text(setup, settings)
            .F4(info + 64, range).I2(info + 68, gain).I2(info + 82, channels).F4(info + 92, 12.5f);
        List<byte> all = [.. head.With()];
        foreach (var (i, block) in blocks.Index())
        {
            var at = all.Count;
            all.AddRange(new HeaderBytes(22)
                .I2(0, i).I4(2, block.DataAt ?? at + 22).I4(6, block.Next ?? at + 22 + block.Data.Length).I2(10, block.Type).I2(12, 0)
                .I4(14, i).I4(18, (int)(block.Length ?? (uint)block.Data.Length)).With(block.Data));
        }
        return [.. all];
    }

    static HistogramSet Open(byte[] bytes) => (HistogramSet)Formats.Open(new MemoryStream(bytes));

    [Fact]
    public void Decays_of_two_and_four_bytes_plain_and_packed_are_read_with_the_width_of_their_bins()
    {
        var set = Open(Sdt([
            new(TwoBytes(1, 2, 3, 4), U2), new(FourBytes(5, 6, 4_000_000_000, 8), U4), new(Zip(TwoBytes(9, 10, 11, 12, 13, 14, 15, 16)), U2 | Packed), new(Zip(FourBytes(17, 18, 19, 20)), U4 | Packed),
        ]));

        Assert.Equal([[1, 2, 3, 4], [5, 6, 4_000_000_000, 8], [9, 10, 11, 12], [13, 14, 15, 16], [17, 18, 19, 20]], set.Curves.Select(curve => curve.Counts));
        Assert.All(set.Curves, curve => Assert.Equal((2.5e-9, 12.5), (Math.Round(curve.BinWidth!.Value, 15), curve.Duration)));
        Assert.Empty(set.Findings);
        Assert.Equal("5e-08", set.Header["SP_TAC_R"]!.GetValue<string>());
    }

    [Fact]
    public void A_decay_that_reaches_the_most_its_bins_can_count_is_told()
    {
        var finding = Assert.Single(Open(Sdt([new(TwoBytes(1, 65535, 65535, 7), U2)])).Findings);

        Assert.Equal(("SATURATED", Severity.Warning), (finding.Code, finding.Severity));
    }

    [Theory]
    [InlineData(U2 | F8 | U4)]
    [InlineData(F8)]
    public void Blocks_of_other_numbers_are_left_out_and_told(int type)
    {
        var set = Open(Sdt([new(new byte[32], type), new(TwoBytes(1, 2, 3, 4), U2)]));

        Assert.Equal([1, 2, 3, 4], Assert.Single(set.Curves).Counts);
        Assert.Single(set.Findings, finding => finding.Code == "CURVE_UNKNOWN");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(42)]
    [InlineData(-1)]
    public void A_chain_that_turns_back_is_followed_once_and_told(int next)
    {
        var set = Open(Sdt([new(TwoBytes(1, 2, 3, 4), U2, Next: next), new(TwoBytes(5, 6, 7, 8), U2)], declared: 1000));

        Assert.Equal([1, 2, 3, 4], Assert.Single(set.Curves).Counts);
        Assert.Single(set.Findings, finding => finding.Code == "CURVES_MISSING");
    }

    [Fact]
    public void A_block_that_claims_more_than_the_file_has_is_clipped()
    {
        var bytes = Sdt([new(TwoBytes(1, 2, 3, 4), U2, Length: uint.MaxValue)]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var set = Open(bytes);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.Equal([1, 2, 3, 4], Assert.Single(set.Curves).Counts);
        Assert.Single(set.Findings, finding => finding.Code == "BINS_MISSING");
    }

    [Theory]
    [InlineData(0f, 5)]
    [InlineData(float.NaN, 5)]
    [InlineData(float.PositiveInfinity, 5)]
    [InlineData(50e-9f, 0)]
    [InlineData(50e-9f, -5)]
    public void Where_the_description_is_nonsense_the_settings_give_the_width(float range, int gain)
    {
        Assert.Equal(2.5e-9, Open(Sdt([new(TwoBytes(1, 2, 3, 4), U2)], range: range, gain: gain)).Curves[0].BinWidth!.Value, 1e-18);
        Assert.Null(Open(Sdt([new(TwoBytes(1, 2, 3, 4), U2)], range: range, gain: gain, settings: "")).Curves[0].BinWidth);
    }

    [Fact]
    public void Bytes_that_do_not_unpack_are_told() =>
        Assert.Single(Open(Sdt([new(TwoBytes(1, 2, 3, 4), U2 | Packed)])).Findings, finding => finding.Code == "CURVE_DAMAGED");

    [Fact]
    public void An_SDT_file_cut_in_its_head_is_refused_and_one_cut_behind_it_keeps_what_is_there()
    {
        var bytes = Sdt([new(TwoBytes(1, 2, 3, 4), U2), new(TwoBytes(5, 6, 7, 8), U2)]);

        for (var length = 34; length < 42; length++)
            Assert.Throws<MeasurementFormatException>(() => Open(bytes[..length]));
        var set = Open(bytes[..^35]);
        Assert.Equal([1], Assert.Single(set.Curves).Counts);
        Assert.Equal(["BINS_MISSING", "CURVES_MISSING"], set.Findings.Select(finding => finding.Code).Order());
    }

    /// <summary>40 bytes in front, then time (u8) and channel (u2).</summary>
    static byte[] QuTag(params (ulong Time, ushort Channel)[] events)
    {
        var bytes = new byte[40 + 10 * events.Length];
        new byte[] { 0x87, 0xB3, 0x91, 0xFA }.CopyTo(bytes, 0);
        BitConverter.GetBytes((uint)bytes.Length).CopyTo(bytes, 4);
        foreach (var (i, (time, channel)) in events.Index())
        {
            BitConverter.GetBytes(time).CopyTo(bytes, 40 + 10 * i);
            BitConverter.GetBytes(channel).CopyTo(bytes, 48 + 10 * i);
        }
        return bytes;
    }

    static (PhotonStream Stream, EventList Events, PassReport Pass) Read(byte[] bytes)
    {
        var stream = (PhotonStream)Formats.Open(new MemoryStream(bytes));
        var events = new EventList();
        return (stream, events, stream.Read(events));
    }

    [Fact]
    public void QuTag_events_keep_their_picoseconds_and_channels()
    {
        var (stream, events, pass) = Read(QuTag((5, 1), (1_000_000_000_000, 2), (999_999_999_999, 5), (1UL << 63, 1), (7, 100)));

        Assert.Equal((1e-12, 0L), (stream.Tick, stream.Origin));
        Assert.Equal([(5, (short)1), (1_000_000_000_000, 2), (999_999_999_999, 5)], events.Events);
        Assert.Equal((2, 1), (pass.UndefinedRecords, pass.BackwardSteps));
        Assert.Equal((40 + 30, 3), pass.Findings.Where(finding => finding.Code == "UNDEFINED_RECORDS").Select(finding => ((int)finding.Offset!, (int)finding.Record!)).Single());
    }

    [Fact]
    public void QuTag_times_of_a_clock_that_began_years_ago_lose_no_digit()
    {
        const ulong start = 340_000_000_000_000_003;

        var (stream, events, _) = Read(QuTag((start, 1), (start + 1, 2)));

        Assert.Equal((long)start, stream.Origin);
        Assert.Equal([0, 1], events.Time);
    }

    [Fact]
    public void A_quTag_file_that_is_shorter_than_it_says_or_cut_in_a_record_is_read_and_told()
    {
        var bytes = QuTag((5, 1), (6, 2));

        var (stream, events, _) = Read(bytes[..^3]);

        Assert.Equal([5], events.Time);
        Assert.Equal(["RECORDS_MISSING", "RECORD_CUT"], stream.Findings.Select(finding => finding.Code));
        Assert.Equal(7, stream.TrailingBytes);
        for (var length = 8; length < 40; length++)
            Assert.Contains("Truncated", Assert.Throws<MeasurementFormatException>(() => Read(bytes[..length])).Message);
        Assert.Empty(Read(bytes[..40]).Events.Time);
    }
}
