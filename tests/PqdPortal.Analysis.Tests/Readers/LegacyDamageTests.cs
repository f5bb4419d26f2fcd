using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Damaged files of the older formats and lying headers: what is valid is read, the rest is told.</summary>
public class LegacyDamageTests
{
    const uint Photon = 1u << 28 | 5;   // of every 32-bit layout but T3R, where bit 30 makes a photon
    const uint T3rPhoton = 1u << 30 | 5;

    static readonly uint[] Three = [1, 2, 3];

    /// <summary>A small whole file of each kind, and the length of its header.</summary>
    static readonly Dictionary<string, (byte[] Bytes, int Header)> Wholes = new()
    {
        ["PT2"] = (LegacyFile.PicoHarp(2, [Photon, Photon, Photon]), 728),
        ["PT3"] = (LegacyFile.PicoHarp(3, [Photon, Photon, Photon]), 728),
        ["HT2"] = (LegacyFile.HydraHarp("1.0", 2, [Photon, Photon, Photon]), 760),
        ["HT3"] = (LegacyFile.HydraHarp("2.0", 3, [Photon, Photon, Photon]), 760),
        ["T3R 2"] = (LegacyFile.T3r(2, [T3rPhoton, T3rPhoton, T3rPhoton]), 588),
        ["T3R 6"] = (LegacyFile.T3r(6, [T3rPhoton, T3rPhoton, T3rPhoton]), 640),
        ["PHD"] = (LegacyFile.Phd([(Three, 0.004f)]), 692),
        ["HHD"] = (LegacyFile.Hhd([(Three, 4)]), 728),
        ["THD"] = (LegacyFile.Thd(6, [(Three, 0.04f)]), 588),
    };

    public static TheoryData<string> All => [.. Wholes.Keys];

    public static TheoryData<string> Streams => ["PT2", "PT3", "HT2", "HT3", "T3R 2", "T3R 6"];

    public static TheoryData<string> Histograms => ["PHD", "HHD", "THD"];

    static Measurement Open(byte[] bytes) => Formats.Open(new MemoryStream(bytes));

    static MeasurementFormatException Refused(byte[] bytes) => Assert.Throws<MeasurementFormatException>(() => Open(bytes));

    static (PhotonStream Stream, EventList Events, PassReport Pass) Read(byte[] bytes)
    {
        var stream = (PhotonStream)Open(bytes);
        var events = new EventList();
        return (stream, events, stream.Read(events));
    }

    [Theory, MemberData(nameof(All))]
    public void A_file_cut_anywhere_in_its_header_is_refused_with_the_byte_at_which_it_ends(string kind)
    {
        var (bytes, header) = Wholes[kind];
        for (var length = 12; length < header; length++)
        {
            var refusal = Refused(bytes[..length]);

            Assert.InRange(refusal.Offset, 0, length);
            Assert.Contains($"byte {length:N0}", refusal.Message);
        }
    }

    [Theory, MemberData(nameof(Streams))]
    public void A_record_cut_in_the_middle_is_dropped_and_told(string kind)
    {
        var (bytes, header) = Wholes[kind];
        foreach (var rest in new[] { 1, 2, 3 })
        {
            var (stream, events, pass) = Read(bytes[..(header + 8 + rest)]);

            Assert.Equal((2, 2, rest), (events.Time.Count, (int)pass.RecordsRead, (int)stream.TrailingBytes));
            Assert.Equal((header + 8, 2), stream.Findings.Where(finding => finding.Code == "RECORD_CUT").Select(finding => ((int)finding.Offset!, (int)finding.Record!)).Single());
            Assert.Single(stream.Findings, finding => finding.Code == "RECORDS_MISSING");
        }
    }

    [Theory, MemberData(nameof(Streams))]
    public void Bytes_behind_the_declared_records_are_told_and_not_decoded(string kind)
    {
        var (bytes, header) = Wholes[kind];

        var (stream, events, pass) = Read([.. bytes, 1, 2, 3, 4, 5]);

        Assert.Equal((3, 3, 5), (events.Time.Count, (int)pass.RecordsRead, (int)stream.TrailingBytes));
        Assert.Equal(header + 12, Assert.Single(stream.Findings, finding => finding.Code == "TRAILING_BYTES").Offset);
    }

    [Theory, MemberData(nameof(Streams))]
    public void A_header_without_records_is_an_empty_stream(string kind)
    {
        var (bytes, header) = Wholes[kind];

        var (_, events, pass) = Read(bytes[..header]);
        var summary = FileSummary.Of(new MemoryStream(bytes[..header]));

        Assert.Empty(events.Time);
        Assert.Equal(0, pass.RecordsRead);
        Assert.Contains(summary.Findings, finding => finding.Code == "NO_PHOTONS");
    }

    public static TheoryData<string, Func<long, byte[]>> Counts => new()
    {
        { "PT2", count => LegacyFile.PicoHarp(2, [Photon, Photon], declared: (int)count) },
        { "PT3", count => LegacyFile.PicoHarp(3, [Photon, Photon], declared: (int)count) },
        { "HT2", count => LegacyFile.HydraHarp("1.0", 2, [Photon, Photon], declared: count) },
        { "HT3", count => LegacyFile.HydraHarp("2.0", 3, [Photon, Photon], declared: count) },
        { "T3R", count => LegacyFile.T3r(5, [T3rPhoton, T3rPhoton], declared: (int)count) },
    };

    [Theory, MemberData(nameof(Counts))]
    public void An_absurd_count_costs_nothing_and_both_numbers_are_told(string kind, Func<long, byte[]> write)
    {
        var bytes = write(52_378_636);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var (stream, events, _) = Read(bytes);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.Equal((2, 52_378_636, 2), (events.Time.Count, (int)stream.DeclaredRecords, (int)stream.AvailableRecords));
        Assert.Contains("52,378,636", Assert.Single(stream.Findings, finding => finding.Code == "RECORDS_MISSING").Message);
        Assert.NotNull(kind);
    }

    [Theory, MemberData(nameof(Counts))]
    public void Where_none_are_declared_all_are_read_and_that_is_told(string kind, Func<long, byte[]> write)
    {
        var (stream, events, _) = Read(write(0));

        Assert.Equal(2, events.Time.Count);
        Assert.Single(stream.Findings, finding => finding.Code == "RECORD_COUNT_MISSING");
        Assert.NotNull(kind);
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(long.MinValue)]
    public void A_negative_count_is_none(long count)
    {
        var (stream, events, _) = Read(LegacyFile.HydraHarp("2.0", 2, [Photon, Photon], declared: count));

        Assert.Equal(2, events.Time.Count);
        Assert.Single(stream.Findings, finding => finding.Code == "RECORD_COUNT_MISSING");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-40)]
    public void Without_a_sync_rate_the_macro_time_of_T3_has_no_unit_and_nothing_is_divided(int rate)
    {
        foreach (var bytes in new[] { LegacyFile.PicoHarp(3, [Photon], syncRate: rate), LegacyFile.HydraHarp("1.0", 3, [Photon], resolution: 16, syncRate: rate) })
        {
            var (stream, events, _) = Read(bytes);

            Assert.Equal((null, null, 1), (stream.Tick, stream.SyncPeriod, events.Time.Count));
            Assert.Single(stream.Findings, finding => finding.Code == "RESOLUTION_UNKNOWN");
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0.0)]
    [InlineData(-4.0)]
    [InlineData(1e300)]
    public void A_resolution_that_is_none_leaves_the_unit_unknown(double resolution)
    {
        foreach (var bytes in new[]
        {
            LegacyFile.PicoHarp(3, [Photon], resolution: (float)resolution), LegacyFile.HydraHarp("1.0", 3, [Photon], resolution: resolution),
            LegacyFile.T3r(5, [T3rPhoton], resolution: (float)resolution),
        })
        {
            var (stream, events, _) = Read(bytes);

            Assert.Equal((null, 1), (stream.ChannelWidth, events.Time.Count));
            Assert.Contains(stream.Findings, finding => finding.Code == "RESOLUTION_UNKNOWN");
        }
        var t2 = Read(LegacyFile.HydraHarp("1.0", 2, [Photon], resolution: resolution, baseResolution: resolution));
        Assert.Null(t2.Stream.Tick);
        foreach (var bytes in new[] { LegacyFile.Phd([(Three, (float)resolution)]), LegacyFile.Hhd([(Three, resolution)]), LegacyFile.Thd(6, [(Three, (float)resolution)]) })
            Assert.Null(((HistogramSet)Open(bytes)).Curves[0].BinWidth);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-100)]
    [InlineData(int.MaxValue)]
    public void A_macro_clock_of_T3R_that_is_none_leaves_ticks_without_a_unit(int clock)
    {
        var (stream, events, _) = Read(LegacyFile.T3r(6, [T3rPhoton], clock: clock));

        Assert.Equal((null, 1), (stream.Tick, events.Time.Count));
        Assert.Contains(stream.Findings, finding => finding.Code == "RESOLUTION_UNKNOWN");
    }

    [Fact]
    public void Time_that_runs_backwards_is_counted_and_left_as_it_is()
    {
        var (stream, events, pass) = Read(LegacyFile.HydraHarp("2.0", 2, [10, 4, 20, 3]));

        Assert.Equal([10, 4, 20, 3], events.Time);
        Assert.Equal(2, pass.BackwardSteps);
        var told = Assert.Single(pass.Findings, finding => finding.Code == "BACKWARD_STEPS");
        Assert.Equal((760 + 4, 1), (told.Offset, told.Record));
        Assert.Contains("farthest at record 3 by 17 ticks", told.Message);
        Assert.NotNull(stream);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public void A_part_before_the_records_that_is_longer_than_the_file_is_refused(int words)
    {
        foreach (var bytes in new[] { LegacyFile.PicoHarp(3, [Photon], imageWords: words), LegacyFile.HydraHarp("2.0", 2, [Photon], imageWords: words), LegacyFile.T3r(6, [T3rPhoton], specialWords: words) })
        {
            var refusal = Refused(bytes);

            Assert.Contains($"{words:N0} words", refusal.Message);
            Assert.NotNull(refusal.Header);
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(0)]
    [InlineData(-32)]
    public void Records_of_another_width_are_not_decoded(int bits)
    {
        foreach (var bytes in new[] { LegacyFile.PicoHarp(2, [Photon], bits: bits), LegacyFile.HydraHarp("1.0", 3, [Photon], bits: bits), LegacyFile.T3r(2, [T3rPhoton], bits: bits) })
            Assert.Contains($"{bits} bits", Refused(bytes).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void A_number_of_inputs_that_no_HydraHarp_has_is_refused_before_it_is_used(int inputs) =>
        Assert.Contains($"{inputs:N0} inputs", Refused(LegacyFile.HydraHarp("2.0", 2, [Photon], inputs: inputs)).Message);

    [Fact]
    public void A_mode_and_a_version_that_nobody_knows_are_refused_by_their_number()
    {
        Assert.Contains("mode 7", Refused(LegacyFile.PicoHarp(7, [Photon])).Message);
        Assert.Contains("mode 7", Refused(LegacyFile.HydraHarp("1.0", 7, [Photon])).Message);
        Assert.Contains("\"9.0\"", Refused(LegacyFile.HydraHarp("9.0", 2, [Photon])).Message);
        Assert.Contains("\"9.0\"", Refused(LegacyFile.T3r(9, [T3rPhoton])).Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5000)]
    [InlineData(int.MaxValue)]
    public void More_curves_than_the_file_has_room_for_are_refused_before_they_are_used(int curves)
    {
        foreach (var bytes in new[] { LegacyFile.Phd([(Three, 0.004f)], declared: curves), LegacyFile.Hhd([(Three, 4)], declared: curves), LegacyFile.Thd(3, [(Three, 0.04f)], declared: curves) })
            Assert.Contains($"{curves:N0} curves", Refused(bytes).Message);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(100)]
    [InlineData(-5)]
    public void More_bins_than_the_file_holds_are_clipped_and_told(int bins)
    {
        foreach (var bytes in new[] { LegacyFile.Phd([(Three, 0.004f)], bins: bins), LegacyFile.Hhd([(Three, 4)], bins: bins), LegacyFile.Thd(6, [(Three, 0.04f)], bins: bins) })
        {
            var set = (HistogramSet)Open(bytes);

            Assert.Equal(bins < 0 ? [] : [1, 2, 3], set.Curves[0].Counts);
            Assert.Contains($"{bins:N0} bins", Assert.Single(set.Findings, finding => finding.Code == "BINS_MISSING").Message);
        }
    }

    [Theory]
    [InlineData(-8)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Bins_that_lie_nowhere_in_the_file_are_none(int offset)
    {
        foreach (var bytes in new[] { LegacyFile.Phd([(Three, 0.004f)], dataOffset: offset), LegacyFile.Hhd([(Three, 4)], dataOffset: offset) })
        {
            var set = (HistogramSet)Open(bytes);

            Assert.Empty(set.Curves[0].Counts);
            Assert.Contains(set.Findings, finding => finding.Code == "BINS_MISSING");
        }
    }

    [Theory, MemberData(nameof(Histograms))]
    public void A_histogram_cut_inside_its_bins_keeps_those_that_are_there(string kind)
    {
        var (bytes, _) = Wholes[kind];

        var set = (HistogramSet)Open(bytes[..^5]);

        Assert.Equal([1], set.Curves[0].Counts);
        Assert.Contains(set.Findings, finding => finding.Code == "BINS_MISSING");
        Assert.Contains(set.Findings, finding => finding.Code == "INTEGRAL_MISMATCH");
    }
}
