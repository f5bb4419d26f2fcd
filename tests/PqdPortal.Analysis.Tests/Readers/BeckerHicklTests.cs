using System.Buffers.Binary;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

public class BeckerHicklTests
{
    [RealFileTheory]
    [InlineData("bh-spc-noise.spc"), InlineData("bh-spc132.spc"), InlineData("bh-spc630-256.spc")]
    public void Every_event_of_the_real_files_agrees_with_the_independent_decoder(string name)
    {
        var golden = RealFiles.Golden()[name]["golden"]!;

        var info = RealFiles.Info(name);

        Assert.Equal(Long(golden["records_after_header"]), Long(info["records"]!["read"]));
        Assert.Null(info["records"]!["declared"]);
        Assert.Equal(Long(golden["overflow_count_records"]), Long(info["overflow_records"]));
        Assert.Equal(Long(golden["overflow_wraps_total"]), Long(info["overflow_wraps"]));
        Assert.Equal(Long(golden["backward_steps"]), Long(info["backward_steps"]));
        Assert.Equal(Long(golden["photons"]), Long(info["photons"]));
        Assert.Equal(
            golden["routing"]!.AsObject().Select(c => KeyValuePair.Create(c.Key, Long(c.Value))),
            info["events_by_channel"]!.AsObject().Select(c => KeyValuePair.Create(c.Key, Long(c.Value))));
        var picoseconds = golden["macro_clock_ps"]?.GetValue<double>() ?? golden["macro_clock_ps_lower24_x100"]!.GetValue<double>();
        Assert.Equal(picoseconds * 1e-12, info["time_unit_s"]!.GetValue<double>(), 1e-20);
        var last = name.Contains("630") ? 255 : 4095;
        foreach (var (theirs, ours) in new[] { ("first5", "first_events"), ("last5", "last_events") })
            Assert.Equal(
                golden[theirs]!.AsArray().Select(e => (Long(e!["routing"]), Long(e["macro"]), last - Long(e["adc_raw"]))),
                info[ours]!.AsArray().Select(e => (Long(e![0]), Long(e[1]), Long(e[2]))));
    }

    [RealFileFact]
    public void Every_row_of_the_vendors_own_export_is_met()
    {
        var rows = File.ReadAllLines(RealFiles.Path("bh-spc-noise.asc")).Where(line => line.Trim().Length > 0)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(cells => (long.Parse(cells[0]), int.Parse(cells[1]))).ToList();
        using var file = File.OpenRead(RealFiles.Path("bh-spc-noise.spc"));
        var events = new EventList();

        ((PhotonStream)Formats.Open(file)).Read(events);

        Assert.Equal(6114, rows.Count);
        Assert.Equal(rows, events.Time.Zip(events.Dtime));
    }

    [RealFileFact]
    public void Settings_beside_the_file_name_the_layout_and_the_unit_of_the_micro_time()
    {
        var info = RealFiles.Info("bh-spc-noise.spc");

        Assert.Equal(5.0033574e-8 / 5 / 4096, info["dtime_unit_s"]!.GetValue<double>(), 1e-20);
        Assert.Contains(info["findings"]!.AsArray(), finding => finding!["code"]!.GetValue<string>() == "LAYOUT_CHOSEN" && finding["message"]!.GetValue<string>().Contains("0x28"));
    }

    [RealFileFact]
    public void Zeros_at_the_end_are_padding_and_no_photon()
    {
        var info = RealFiles.Info("bh-pytcspc-point0.spc");

        Assert.Equal((3504, 0, 7514, 4), (Long(info["photons"]), Long(info["backward_steps"]), Long(info["records"]!["read"]), Long(info["records"]!["trailing_bytes"])));
        Assert.Contains(info["findings"]!.AsArray(), finding => finding!["code"]!.GetValue<string>() == "PADDING");
    }

    [RealFileFact]
    public void The_decays_of_an_sdt_file_agree_with_the_independent_decoder()
    {
        var golden = RealFiles.Golden()["bh-irf.sdt"]["golden"]!["blocks"]!.AsArray();

        var curves = RealFiles.Info("bh-irf.sdt")["curves"]!.AsArray();

        Assert.Equal(golden.Select(b => (Long(b!["shape"]![1]), Long(b["sum"]), Long(b["max"]), Long(b["argmax"]))),
            curves.Select(c => (Long(c!["bins"]), Long(c["sum"]), Long(c["max"]), Long(c["argmax"]))));
        Assert.Equal(golden[0]!["bin_s"]!.GetValue<double>(), curves[0]!["bin_s"]!.GetValue<double>(), 1e-24);
    }

    [RealFileFact]
    public void A_settings_file_alone_says_that_it_holds_no_measurement()
    {
        using var file = File.OpenRead(RealFiles.Path("bh-spc-noise.set"));

        Assert.Contains("settings", Assert.Throws<MeasurementFormatException>(() => Formats.Open(file)).Message);
    }

    static uint Standard(uint macro, uint adc = 1000, uint routing = 0, bool inv = false, bool mtov = false, bool gap = false, bool mark = false) =>
        (inv ? 1u << 31 : 0) | (mtov ? 1u << 30 : 0) | (gap ? 1u << 29 : 0) | (mark ? 1u << 28 : 0) | adc << 16 | routing << 12 | macro;

    static uint Wraps(uint count) => 0xC0000000 | count;

    static MemoryStream File4(uint clock, params uint[] records)
    {
        var bytes = new byte[4 * (records.Length + 1)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 0x80000000 | clock);
        for (var i = 0; i < records.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * (i + 1)), records[i]);
        return new(bytes);
    }

    static (EventList Events, PassReport Pass) Read(Stream file, string? layout = null)
    {
        var events = new EventList();
        var stream = (PhotonStream)Formats.Open(file, new ReadingChoices { Layout = layout });
        return (events, stream.Read(events));
    }

    [Fact]
    public void Overflows_markers_gaps_and_discarded_events_mean_what_the_handbook_says()
    {
        using var file = File4(250,
            Standard(100, 4000),
            Wraps(3000), Standard(10, 5, routing: 9),
            Standard(20, 7, mtov: true),
            Standard(30, 0, inv: true),
            Standard(40, 0, routing: 4, inv: true, mark: true),
            Standard(50, 0, routing: 2, inv: true, mtov: true, mark: true),
            Standard(60, 1, gap: true));

        var (events, pass) = Read(file, "spc-130");

        Assert.Equal([(100, (short)0), (3000 * 4096 + 10, 9), (3001 * 4096 + 20, 0), (3001 * 4096 + 40, 104), (3002 * 4096 + 50, 102), (3002 * 4096 + 60, 0)], events.Events);
        Assert.Equal([95, 4090, 4088, 0, 0, 4094], events.Dtime);
        Assert.Equal((1, 3002, 8), (pass.OverflowRecords, pass.OverflowWraps, pass.RecordsRead));
        Assert.Equal(7, Assert.Single(pass.Findings, finding => finding.Code == "FIFO_GAP").Record);
        Assert.Single(pass.Findings, finding => finding.Code == "DISCARDED_EVENTS");
    }

    /// <summary>Six bytes a record: ADC 12 bits, INV, MTOV, GAP; macro time high byte; routing; macro time low word.</summary>
    static MemoryStream File6(IEnumerable<(long Macro, int Adc, byte Routing)> photons)
    {
        var file = new MemoryStream();
        file.Write([0, 0x10, 250, 0, 0, 0]);
        long wraps = 0;
        foreach (var (macro, adc, routing) in photons)
        {
            var missing = (macro >> 24) - wraps;
            for (; missing > 1; missing--, wraps++) file.Write([0, 0x30, 0, 0, 0, 0]);
            wraps += missing;
            file.Write([(byte)adc, (byte)(adc >> 8 | (missing == 1 ? 0x20 : 0)), (byte)(macro >> 16), routing, (byte)macro, (byte)(macro >> 8)]);
        }
        file.Position = 0;
        return file;
    }

    [Fact]
    public void Records_of_six_bytes_are_found_by_their_content_and_read_to_the_tick()
    {
        var random = new Random(4);
        var macro = 0L;
        var photons = Enumerable.Range(0, 5000).Select(_ => (Macro: macro += random.Next(40_000) + (random.Next(100) == 0 ? 40_000_000 : 0), Adc: random.Next(4096), Routing: (byte)random.Next(2))).ToList();

        var (events, _) = Read(File6(photons));

        Assert.Equal(photons.Select(p => (p.Macro, (short)p.Routing, 4095 - p.Adc)), events.Time.Zip(events.Channel, events.Dtime));
    }

    static uint Narrow(uint macro, uint adc, uint routing = 0, bool inv = false, bool mtov = false, bool gap = false) =>
        (inv ? 1u << 31 : 0) | (mtov ? 1u << 30 : 0) | (gap ? 1u << 29 : 0) | routing << 25 | macro << 8 | adc;

    [Fact]
    public void Records_of_256_channels_have_17_bits_of_macro_time_and_three_of_routing()
    {
        using var file = File4(500, Narrow(0x1FFFF, 200, routing: 7), Narrow(5, 0, mtov: true), Narrow(6, 255, inv: true), Narrow(0, 0, inv: true, mtov: true), Narrow(7, 9, routing: 1, gap: true));

        var (events, pass) = Read(file, "spc-600-256");

        Assert.Equal([(0x1FFFF, (short)7), (131_072 + 5, 0), (2 * 131_072 + 7, 1)], events.Events);
        Assert.Equal([55, 255, 246], events.Dtime);
        Assert.Equal((1, 2), (pass.OverflowRecords, pass.OverflowWraps));
        Assert.Equal(4, Assert.Single(pass.Findings, finding => finding.Code == "FIFO_GAP").Record);
        Assert.Single(pass.Findings, finding => finding.Code == "DISCARDED_EVENTS");
    }

    [Fact]
    public void Flags_of_six_byte_records_stand_in_their_first_word()
    {
        var file = new MemoryStream();
        file.Write([0, 0x10, 250, 0, 0, 0]);
        file.Write([0xFF, 0x0F, 0xFF, 3, 0xFF, 0xFF]);  // ADC 4095, macro 2^24 - 1, routing 3
        file.Write([0x05, 0x20, 0, 0, 7, 0]);           // overflow with the photon
        file.Write([0, 0x30, 0, 0, 0, 0]);              // overflow alone
        file.Write([0, 0x10, 0, 0, 8, 0]);              // discarded
        file.Write([0, 0x40, 0, 1, 9, 0]);              // gap before it

        var (events, pass) = Read(file, "spc-600-4096");

        Assert.Equal([((1L << 24) - 1, (short)3), ((1 << 24) + 7, 0), ((2 << 24) + 9, 1)], events.Events);
        Assert.Equal([0, 4090, 4095], events.Dtime);
        Assert.Equal((1, 2, 5), (pass.OverflowRecords, pass.OverflowWraps, pass.RecordsRead));
        Assert.Single(pass.Findings, finding => finding.Code == "FIFO_GAP");
        Assert.Single(pass.Findings, finding => finding.Code == "DISCARDED_EVENTS");
    }

    /// <summary>Others add 4 096 ticks an overflow, as in the layout of the later modules.</summary>
    [RealFileFact]
    public void The_SPC_630_file_runs_forwards_with_wraps_of_131072_and_would_step_back_with_4096()
    {
        var bytes = File.ReadAllBytes(RealFiles.Path("bh-spc630-256.spc"));
        int Steps(long wrap)
        {
            var (offset, before, steps) = (0L, long.MinValue, 0);
            for (var at = 4; at + 4 <= bytes.Length; at += 4)
            {
                var word = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
                if ((word >> 30 & 1) != 0) offset += wrap;
                if (word >> 31 != 0) continue;
                var time = offset + (word >> 8 & 0x1FFFF);
                if (time < before) steps++;
                before = time;
            }
            return steps;
        }

        Assert.Equal(0, Steps(131_072));
        Assert.InRange(Steps(4096), 60, 62);
        Assert.Equal(0, Long(RealFiles.Info("bh-spc630-256.spc")["backward_steps"]));
    }

    [Theory]
    [InlineData("spc-130", 4)]
    [InlineData("spc-600-256", 4)]
    [InlineData("spc-600-4096", 6)]
    public void A_cut_record_is_dropped_and_a_header_alone_is_an_empty_stream(string layout, int size)
    {
        byte[] first = size == 4 ? [250, 0, 0, 0x80] : [0, 0x10, 250, 0, 0, 0];
        byte[] photon = [1, 2, 3, 0, 5, 6];

        var stream = (PhotonStream)Formats.Open(new MemoryStream([.. first, .. photon[..size], .. photon[..(size - 1)]]), new ReadingChoices { Layout = layout });

        Assert.Equal((1, size - 1), (stream.AvailableRecords, stream.TrailingBytes));
        Assert.Single(stream.Findings, finding => finding.Code == "RECORD_CUT");
        Assert.Empty(Read(new MemoryStream(first), layout).Events.Time);
    }

    [Fact]
    public void Where_the_content_leaves_two_layouts_the_person_is_asked_and_the_choice_holds()
    {
        // Two photons: under either layout of four bytes time runs forwards.
        using var file = File4(250, Standard(100, 100), Standard(200, 200));

        var question = Assert.Throws<MeasurementFormatException>(() => Formats.Open(file));

        Assert.Contains("spc-130", question.Message);
        Assert.Contains("spc-600-256", question.Message);
        Assert.Equal([100, 200], Read(file, "spc-130").Events.Time);
        Assert.Throws<MeasurementFormatException>(() => Formats.Open(file, new ReadingChoices { Layout = "spc-999" }));
    }

    [Fact]
    public void Noise_is_not_taken_for_time_tags()
    {
        var bytes = new byte[40_000];
        new Random(1).NextBytes(bytes);
        bytes[3] |= 0x80;
        (bytes[0], bytes[1], bytes[2]) = (250, 0, 0);

        Assert.Contains("No known format", Assert.Throws<MeasurementFormatException>(() => Formats.Open(new MemoryStream(bytes))).Message);
    }

    [Fact]
    public void A_gap_in_the_packing_does_not_unpack_without_bound()
    {
        var packed = new MemoryStream();
        using (var archive = new System.IO.Compression.ZipArchive(packed, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = archive.CreateEntry("data_block").Open())
            entry.Write(new byte[100 << 20]);
        var head = new byte[64 + packed.Length];
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(2), 42);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(14), 42);
        BinaryPrimitives.WriteInt16LittleEndian(head.AsSpan(18), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(32), 0x5555);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(44), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(52), 0x1100);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(60), (uint)packed.Length);
        packed.ToArray().CopyTo(head.AsSpan(64));

        var before = GC.GetAllocatedBytesForCurrentThread();
        var set = (HistogramSet)Formats.Open(new MemoryStream(head));

        Assert.Empty(set.Curves);
        Assert.Contains(set.Findings, finding => finding.Code == "COMPRESSION_RATIO");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [RealFileFact]
    public void Times_of_a_clock_that_began_years_ago_stay_exact()
    {
        var golden = RealFiles.Golden()["qutag-hbt320.qutag"]["golden"]!;

        var info = RealFiles.Info("qutag-hbt320.qutag");

        var offset = long.Parse(info["tick_offset"]!.GetValue<string>());
        foreach (var (theirs, ours) in new[] { ("first5", "first_events"), ("last5", "last_events") })
            Assert.Equal(golden[theirs]!.AsArray().Select(e => (Long(e![1]), Long(e[0]))), info[ours]!.AsArray().Select(e => (Long(e![0]), offset + Long(e[1]))));
        Assert.Equal(golden["channels"]!.ToJsonString(), info["events_by_channel"]!.ToJsonString());
        Assert.Equal(Long(golden["span_ps"]) * 1e-12, info["duration_s"]!.GetValue<double>(), 1e-9);
        Assert.InRange(Long(info["last_tick"]), 1, 1L << 53);
    }

    static long Long(JsonNode? node) => long.Parse(node!.ToJsonString());
}
