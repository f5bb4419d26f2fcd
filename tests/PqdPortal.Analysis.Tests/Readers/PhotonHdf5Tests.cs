using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

public class PhotonHdf5Tests
{
    [RealFileFact]
    public void The_real_file_that_only_calls_itself_Photon_HDF5_is_read_and_what_it_breaks_is_told()
    {
        var golden = RealFiles.Golden()["photon-hdf5-min.h5"]["golden"]!;

        var info = RealFiles.Info("photon-hdf5-min.h5");

        Assert.Equal("Photon-HDF5", (string)info["format"]!);
        Assert.Null(info["time_unit_s"]);
        Assert.Null(info["mode"]);
        Assert.Equal(golden["timestamps_n"]!.ToJsonString(), info["photons"]!.ToJsonString());
        Assert.Equal(golden["detectors"]!.ToJsonString(), info["events_by_channel"]!.ToJsonString());
        Assert.Equal(golden["backward_steps"]!.ToJsonString(), info["backward_steps"]!.ToJsonString());
        foreach (var (theirs, ours) in new[] { ("first5", "first_events"), ("last5", "last_events") })
            Assert.Equal(golden[theirs]!.AsArray().Select(t => long.Parse(t!.ToJsonString())), info[ours]!.AsArray().Select(e => long.Parse(e![1]!.ToJsonString())));
        var told = Assert.Single(info["findings"]!.AsArray(), finding => (string)finding!["code"]! == "SPECIFICATION_BROKEN")!["message"]!.ToString();
        foreach (var violation in new[] { "format_name", "acquisition_duration", "description", "timestamps_unit", "photon_data0" }) Assert.Contains(violation, told);
        Assert.Single(info["findings"]!.AsArray(), finding => (string)finding!["code"]! == "RESOLUTION_UNKNOWN");
        Assert.Equal("generic", (string)info["header"]!["photon_data0"]!["measurement_specs"]!["measurement_type"]!);
    }

    static readonly long[] Times = [.. Enumerable.Range(0, 5000).Select(i => 1000L + i * 37 + i % 3)];
    static readonly byte[] Detectors = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i % 7 == 0 ? 9 : i % 2))];
    static readonly ushort[] Nanotimes = [.. Enumerable.Range(0, 5000).Select(i => (ushort)(i % 4000))];

    /// <summary>A conforming file; what is special about it is left to the caller.</summary>
    static Hdf5TestFile Conforming(bool latest, Action<Hdf5TestFile, long> data, string version = "0.5")
    {
        var file = new Hdf5TestFile(latest);
        file.Text(file.Root, "format_name", "Photon-HDF5", attribute: true);
        file.Text(file.Root, "format_version", version, attribute: true);
        file.Real(file.Root, "acquisition_duration", 10);
        file.Text(file.Root, "description", "a dot");
        var photons = file.Group(file.Root, "photon_data");
        var specs = file.Group(photons, "timestamps_specs");
        file.Real(specs, "timestamps_unit", 12.5e-9);
        data(file, photons);
        return file;
    }

    static (PhotonStream Stream, EventList Events, PassReport Pass) Read(Hdf5TestFile file, string? layout = null)
    {
        using var bytes = file.Written();
        var stream = (PhotonStream)Formats.Open(bytes, new ReadingChoices { Layout = layout });
        var events = new EventList();
        return (stream, events, stream.Read(events));
    }

    public enum Form { OnePiece, Compact, Chunks, SmallChunks, Packed, PackedGrowing, PackedCheckedLastChunkCut, OneChunk, Early, TwoGrow }

    [Hdf5Theory]
    [InlineData(Form.OnePiece, false), InlineData(Form.Compact, false), InlineData(Form.Chunks, false), InlineData(Form.SmallChunks, false)]
    [InlineData(Form.Packed, false), InlineData(Form.PackedGrowing, false), InlineData(Form.PackedCheckedLastChunkCut, false), InlineData(Form.OneChunk, false)]
    [InlineData(Form.OnePiece, true), InlineData(Form.Compact, true), InlineData(Form.Chunks, true), InlineData(Form.SmallChunks, true)]
    [InlineData(Form.Packed, true), InlineData(Form.PackedGrowing, true), InlineData(Form.PackedCheckedLastChunkCut, true), InlineData(Form.OneChunk, true), InlineData(Form.Early, true)]
    public void However_the_library_lays_the_numbers_out_they_are_read_the_same(Form form, bool latest)
    {
        ulong[]? chunk = form switch { Form.OnePiece or Form.Compact => null, Form.SmallChunks => [3], Form.PackedCheckedLastChunkCut => [777], Form.OneChunk => [5000], _ => [500] };
        var (packed, growing) = (form is Form.Packed or Form.PackedGrowing or Form.PackedCheckedLastChunkCut or Form.OneChunk, form is Form.PackedGrowing or Form.SmallChunks ? 1 : 0);
        var many = form == Form.Compact ? 1000 : 5000;
        using var file = Conforming(latest, (f, photons) =>
        {
            var shape = new[] { (ulong)many };
            f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", Times[..many], shape, chunk, growing, packed, packed, form == Form.PackedCheckedLastChunkCut, form == Form.Compact, form == Form.Early);
            f.Numbers(photons, "detectors", "H5T_STD_U8LE", "H5T_NATIVE_UINT8", [.. Detectors.Take(many).Select(d => (byte)(d == 9 ? 3 : d))], shape, chunk, growing, packed, packed, false, form == Form.Compact);
            f.Numbers(photons, "nanotimes", "H5T_STD_U16LE", "H5T_NATIVE_UINT16", Nanotimes[..many], shape, chunk, growing, false, packed, false, form == Form.Compact);
            f.Real(f.Group(photons, "nanotimes_specs"), "tcspc_unit", 16e-12);
        });

        var (stream, events, pass) = Read(file);

        Assert.Equal(Times[..many], events.Time);
        Assert.Equal(Detectors.Take(many).Select(d => (short)(d == 9 ? 3 : d)), events.Channel);
        Assert.Equal(Nanotimes.Take(many).Select(d => (int)d), events.Dtime);
        Assert.Equal((12.5e-9, 16e-12, 10.0, many), (stream.Tick, stream.ChannelWidth, stream.HeaderDuration, pass.RecordsRead));
        Assert.DoesNotContain(stream.Findings, finding => finding.Code is "SPECIFICATION_BROKEN" or "RESOLUTION_UNKNOWN");
        Assert.Empty(pass.Findings);
    }

    [Hdf5Theory]
    [InlineData("H5T_STD_U64BE"), InlineData("H5T_STD_I32LE"), InlineData("H5T_STD_U32BE"), InlineData("H5T_STD_U64LE")]
    public void Whole_numbers_of_every_width_and_order_are_read(string type)
    {
        using var file = Conforming(false, (f, photons) => f.Numbers(photons, "timestamps", type, "H5T_NATIVE_INT64", Times, [5000]));

        var (_, events, _) = Read(file);

        Assert.Equal(Times, events.Time);
        Assert.All(events.Channel, channel => Assert.Equal(0, channel));
        Assert.Empty(events.Dtime);
    }

    [Hdf5Theory]
    [InlineData(false), InlineData(true)]
    public void Many_chunks_and_a_block_that_ends_inside_one_lose_nothing(bool latest)
    {
        var times = Enumerable.Range(0, 400_000).Select(i => i * 11L).ToArray();
        using var file = Conforming(latest, (f, photons) => f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", times, [400_000], [100], 1));

        var (_, events, _) = Read(file);

        Assert.Equal(times, events.Time);
    }

    [Hdf5Theory]
    [InlineData(false), InlineData(true)]
    public void Groups_and_attributes_by_the_hundred_are_found(bool latest)
    {
        using var file = Conforming(latest, (f, photons) =>
        {
            f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", Times, [5000]);
            var user = f.Group(f.Root, "user");
            for (var i = 0; i < 700; i++)
            {
                f.Real(user, $"field number {i}", i);
                if (i < 100) f.Text(user, $"attribute number {i}", $"text {i}", attribute: true);
            }
        });

        var (stream, _, _) = Read(file);

        var user = stream.Header["user"]!.AsObject();
        Assert.Equal(Enumerable.Range(0, 700).Select(i => (double)i), Enumerable.Range(0, 700).Select(i => (double)user[$"field number {i}"]!));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"text {i}"), Enumerable.Range(0, 100).Select(i => (string)user[$"@attribute number {i}"]!));
    }

    [Hdf5Fact]
    public void Texts_are_read_as_one_value_in_a_row_of_one_and_of_no_fixed_length()
    {
        using var file = Conforming(false, (f, photons) =>
        {
            f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", Times, [5000]);
            f.LongText(f.Group(f.Root, "sample"), "sample_name", "CsPbBr₃, 8 nm");
        }, version: "0.4");

        var (stream, _, _) = Read(file);

        Assert.Equal("CsPbBr₃, 8 nm", (string)stream.Header["sample"]!["sample_name"]![0]!);
        Assert.Equal(("Photon-HDF5 0.4", "a dot"), (stream.RecordType, (string)stream.Header["description"]!));
    }

    [Hdf5Fact]
    public void Markers_among_the_detectors_become_markers_and_are_no_photons()
    {
        using var file = Conforming(false, (f, photons) =>
        {
            f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", Times, [5000]);
            f.Numbers(photons, "detectors", "H5T_STD_U8LE", "H5T_NATIVE_UINT8", Detectors, [5000]);
            var specs = f.Group(f.Group(photons, "measurement_specs"), "detectors_specs");
            f.Numbers(specs, "markers2", "H5T_STD_U8LE", "H5T_NATIVE_UINT8", (byte[])[9], [1]);
        });

        var (stream, events, _) = Read(file);

        Assert.Equal(Detectors.Select(d => d == 9 ? (short)102 : d), events.Channel);
        Assert.Contains(stream.Findings, finding => finding.Code == "MARKERS_AMONG_DETECTORS" && finding.Message.Contains("9 is marker 2"));
    }

    [Hdf5Fact]
    public void A_detector_number_that_is_no_channel_is_skipped_and_counted()
    {
        using var file = Conforming(false, (f, photons) =>
        {
            f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", [1L, 2, 3], [3]);
            f.Numbers(photons, "detectors", "H5T_STD_U8LE", "H5T_NATIVE_UINT8", (byte[])[0, 200, 1], [3]);
        });

        var (_, events, pass) = Read(file);

        Assert.Equal([1L, 3], events.Time);
        Assert.Equal((1, 1L), (pass.UndefinedRecords, Assert.Single(pass.Findings).Record));
    }

    [Hdf5Fact]
    public void Of_several_spots_the_first_with_photons_is_read_and_another_on_request()
    {
        using var file = new Hdf5TestFile();
        file.Text(file.Root, "format_name", "Photon-HDF5", attribute: true);
        for (var spot = 0; spot < 3; spot++)
            file.Numbers(file.Group(file.Root, $"photon_data{spot}"), "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", spot == 0 ? Array.Empty<long>() : [10L * spot], [spot == 0 ? 0ul : 1]);

        var (stream, events, _) = Read(file);
        var (_, other, _) = Read(file, "photon_data2");

        Assert.Equal([10L], events.Time);
        Assert.Equal([20L], other.Time);
        Assert.Contains(stream.Findings, finding => finding.Code == "SPOT_CHOSEN" && finding.Message.Contains("photon_data1 was read"));
        Assert.Contains("photon_data2", Assert.Throws<MeasurementFormatException>(() => Read(file, "photon_data7")).Message);
    }

    [Hdf5Fact]
    public void Fewer_detectors_than_timestamps_and_time_that_runs_backwards_are_told()
    {
        using var file = Conforming(false, (f, photons) =>
        {
            f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", [10L, 30, 20, 5, 50], [5]);
            f.Numbers(photons, "detectors", "H5T_STD_U8LE", "H5T_NATIVE_UINT8", (byte[])[0, 1, 0, 1], [4]);
        });

        var (stream, events, pass) = Read(file);

        Assert.Equal([10L, 30, 20, 5], events.Time);
        Assert.Equal(2, pass.BackwardSteps);
        Assert.Contains("by 10 ticks, farthest by 15", Assert.Single(pass.Findings).Message);
        Assert.Contains(stream.Findings, finding => finding.Code == "RECORDS_MISSING");
    }

    [Hdf5Fact]
    public void Times_of_a_clock_that_began_years_ago_stay_exact()
    {
        const long start = 340_000_000_000_000_001;
        using var file = Conforming(false, (f, photons) => f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", [start, start + 3], [2]));

        var (stream, events, _) = Read(file);

        Assert.Equal((start, 0L, 3L), (stream.Origin, events.Time[0], events.Time[1]));
    }

    // ---- what a stranger's file may try ----

    static string Refused(Hdf5TestFile file)
    {
        using var bytes = file.Written();
        return Assert.Throws<MeasurementFormatException>(() => Formats.Open(bytes)).Message;
    }

    [Hdf5Fact]
    public void Links_out_of_the_file_are_named_and_never_followed()
    {
        using var other = new Hdf5TestFile();
        other.Numbers(other.Root, "secret", "H5T_STD_I64LE", "H5T_NATIVE_INT64", [1L, 2, 3], [3]);
        other.Bytes();
        using var file = Conforming(false, (f, photons) =>
        {
            f.ExternalLink(photons, "timestamps", other.Path, "/secret");
            f.SoftLink(photons, "detectors", "/elsewhere");
        });

        var refusal = Assert.Throws<MeasurementFormatException>(() =>
        {
            using var bytes = file.Written();
            Formats.Open(bytes);
        });

        Assert.Contains("no timestamps", refusal.Message);
        Assert.Contains("another file, not followed", (string)refusal.Header!["photon_data"]!["timestamps"]!);
        Assert.Contains("/elsewhere, not followed", (string)refusal.Header!["photon_data"]!["detectors"]!);
    }

    [Hdf5Fact]
    public void Numbers_that_lie_in_another_file_are_refused_with_the_way_out()
    {
        using var file = Conforming(false, (f, photons) => f.External(photons, "timestamps", "/etc/passwd", 3));

        Assert.Contains("lie in another file, which is not followed", Refused(file));
    }

    [Hdf5Fact]
    public void A_virtual_dataset_is_refused_with_the_way_out()
    {
        using var file = Conforming(true, (f, photons) => f.Virtual(photons, "timestamps", "/etc/passwd", "data", 3));

        Assert.Contains("h5repack", Refused(file));
    }

    [Hdf5Theory]
    [InlineData(false), InlineData(true)]
    public void A_shape_far_larger_than_the_file_costs_nothing_and_yields_what_is_there(bool latest)
    {
        using var file = Conforming(latest, (f, photons) =>
        {
            f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", Array.Empty<long>(), [1ul << 50], [1000], 1);
            f.Numbers(photons, "nanotimes", "H5T_STD_U16LE", "H5T_NATIVE_UINT16", Array.Empty<ushort>(), [1ul << 50]);
        });
        var before = GC.GetAllocatedBytesForCurrentThread();

        var (stream, events, _) = Read(file);

        Assert.Empty(events.Time);
        Assert.Contains(stream.Findings, finding => finding.Code == "RECORDS_MISSING");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Hdf5Fact]
    public void A_compression_bomb_is_stopped_and_its_ratio_told()
    {
        using var file = Conforming(false, (f, photons) =>
            f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", new long[20_000_000], [20_000_000], [1_000_000], deflate: true));

        var (stream, events, _) = Read(file);

        Assert.Equal((64 << 20) / 8, events.Time.Count);
        Assert.Contains(stream.Findings, finding => finding.Code == "COMPRESSION_RATIO");
    }

    [Hdf5Fact]
    public void A_chunk_larger_than_any_file_needs_is_refused_before_it_is_unpacked()
    {
        using var file = Conforming(false, (f, photons) =>
            f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", Array.Empty<long>(), [1ul << 40], [1 << 28], 1, deflate: true));

        Assert.Contains("h5repack -l CHUNK", Refused(file));
    }

    [Hdf5Fact]
    public void Groups_that_hold_each_other_are_shown_once()
    {
        using var file = Conforming(false, (f, photons) =>
        {
            f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", Times, [5000]);
            f.HardLink(photons, "again", f.Root);
        });

        var (stream, _, _) = Read(file);

        Assert.Equal("(shown elsewhere)", (string)stream.Header["photon_data"]!["again"]!);
    }

    [Hdf5Fact]
    public void Timestamps_that_are_no_whole_numbers_are_refused_in_words()
    {
        using var file = Conforming(false, (f, photons) => f.Numbers(photons, "timestamps", "H5T_IEEE_F64LE", "H5T_NATIVE_DOUBLE", (double[])[1.5, 2.5], [2]));

        Assert.Contains("(2), f8; one row of whole numbers was expected", Refused(file));
    }

    [Hdf5Fact]
    public void Another_kind_of_HDF5_is_refused_naming_what_is_inside()
    {
        using var file = new Hdf5TestFile();
        file.Numbers(file.Group(file.Root, "spectra"), "counts", "H5T_STD_I64LE", "H5T_NATIVE_INT64", [1L], [1]);

        using var bytes = file.Written();
        var refusal = Assert.Throws<MeasurementFormatException>(() => Formats.Open(bytes));

        Assert.Contains("its root holds spectra", refusal.Message);
        Assert.DoesNotContain(refusal.Format, Formats.Readable);
        Assert.Equal("[1]", refusal.Header!["spectra"]!["counts"]!.ToJsonString());
    }

    [Fact]
    public void A_file_cut_behind_its_signature_is_refused_in_words()
    {
        byte[] signature = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A];
        for (var length = 8; length < 96; length++)
        {
            var bytes = new byte[length];
            signature.CopyTo(bytes, 0);
            if (length > 14) (bytes[13], bytes[14]) = (8, 8);
            Assert.NotNull(Assert.Throws<MeasurementFormatException>(() => Formats.Open(new MemoryStream(bytes))).Format);
        }
    }

    [Hdf5Fact]
    public void A_file_behind_a_user_block_is_found()
    {
        using var file = Conforming(false, (f, photons) => f.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", Times, [5000]));
        var bytes = new byte[512].Concat(file.Bytes()).ToArray();
        var events = new EventList();

        ((PhotonStream)Formats.Open(new MemoryStream(bytes))).Read(events);

        Assert.Equal(Times, events.Time);
    }
}
