using System.Globalization;
using PqdPortal.Analysis.Conversion;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Analysis.Tests.Readers;

namespace PqdPortal.Analysis.Tests.Conversion;

public sealed class ConverterTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pqd-convert-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static readonly ConversionNote Note = new() { SourceName = "dot 1.ptu", Name = "dot 1.h5", Software = "PqdPortal 9.9", Created = new DateTime(2026, 1, 2, 3, 4, 5) };

    string Place(string name) => Path.Combine(_folder, name);

    /// <summary>Photons on two channels, markers where the type has them, long gaps that need several wraps, and sync events.</summary>
    static MemoryStream Source(PtuRecordType type)
    {
        var random = new Random(7);
        var file = new MemoryStream();
        var writer = new PtuWriter(file, new PtuHeader
        {
            Type = type,
            GlobalResolution = type.IsT3 ? 12.500017e-9 : type.BaseResolution,
            Resolution = type.IsT3 ? type.ChannelWidth : 8e-12,
            Duration = 1.234,
            Comment = "test",
            Created = new DateTime(2024, 5, 6, 7, 8, 9),
            Identity = type.Name,
            SyncRate = type.IsT3 ? 80e6 : 0,
        });
        long now = 0;
        for (var i = 0; i < 20_000; i++)
        {
            now += random.Next(5000) + (random.Next(500) == 0 ? 3 * type.Wrap + 17 : 0);
            var channel = random.Next(40) switch
            {
                0 => (short)(Channels.MarkerBase + random.Next(1, 16)),
                1 when type.HasSyncEvents => Channels.Sync,
                _ => (short)(type.LowestChannel + random.Next(2)),
            };
            writer.Add(new PhotonBatch([now], [channel], type.IsT3 ? [Channels.IsPhoton(channel) ? random.Next(type.DtimeChannels) : 0] : []));
        }
        writer.Finish();
        file.Position = 0;
        return file;
    }

    static (PhotonStream Stream, EventList Events) Read(Stream file, ReadingChoices? choices = null)
    {
        var stream = (PhotonStream)Formats.Open(file, choices);
        var events = new EventList();
        stream.Read(events);
        return (stream, events);
    }

    public static TheoryData<string> Types => [.. PtuRecordType.All.Select(type => type.Name)];

    static void Same((PhotonStream Stream, EventList Events) was, (PhotonStream Stream, EventList Events) now)
    {
        Assert.Equal(was.Events.Time.Select(t => t + was.Stream.Origin), now.Events.Time.Select(t => t + now.Stream.Origin));
        Assert.Equal(was.Events.Channel, now.Events.Channel);
        Assert.Equal(was.Events.Dtime, now.Events.Dtime);
        Assert.Equal((was.Stream.Tick, was.Stream.ChannelWidth, was.Stream.HeaderDuration), (now.Stream.Tick, now.Stream.ChannelWidth, now.Stream.HeaderDuration));
    }

    [Hdf5Theory, MemberData(nameof(Types))]
    public void Every_record_type_goes_to_Photon_HDF5_and_back_to_PTU_with_every_event_and_unit(string type)
    {
        using var file = Source(PtuRecordType.Find(type));
        var was = Read(file);

        Assert.Empty(Converter.Write(was.Stream, TargetFormat.PhotonHdf5, Place("a.h5"), Note));
        using var hdf5 = File.OpenRead(Place("a.h5"));
        var between = Read(hdf5);
        Assert.Empty(Converter.Write(between.Stream, TargetFormat.Ptu, Place("b.ptu"), Note));
        using var ptu = File.OpenRead(Place("b.ptu"));
        var back = Read(ptu);

        Same(was, between);
        Same(was, back);
        Assert.Equal(("Photon-HDF5 0.5", was.Stream.Mode, was.Stream.SyncPeriod, was.Stream.MeasuredAt), (between.Stream.RecordType, between.Stream.Mode, between.Stream.SyncPeriod, between.Stream.MeasuredAt));
        Assert.Equal((was.Stream.Mode, was.Stream.SyncPeriod, was.Stream.MeasuredAt), (back.Stream.Mode, back.Stream.SyncPeriod, back.Stream.MeasuredAt));
        Assert.DoesNotContain(between.Stream.Findings, finding => finding.Severity > Severity.Info || finding.Code == "SPECIFICATION_BROKEN");
        Assert.Equal(back.Events.Time.Count, was.Events.Time.Count);
        Assert.Contains(was.Events.Channel, Channels.IsMarker);
    }

    [Theory, MemberData(nameof(Types))]
    public void Every_record_type_goes_to_CSV_with_every_event_as_it_is(string type)
    {
        using var file = Source(PtuRecordType.Find(type));
        var was = Read(file);

        Converter.Write(was.Stream, TargetFormat.Csv, Place("a.csv"), Note);

        var lines = File.ReadAllLines(Place("a.csv"));
        Assert.Equal(
            $"# pqdportal time tags, tick_s={was.Stream.Tick:R}{(was.Stream.ChannelWidth is { } width ? string.Create(CultureInfo.InvariantCulture, $", dtime_s={width:R}, sync_period_s={was.Stream.SyncPeriod:R}") : "")}, mode={was.Stream.Mode}, duration_s=1.234", lines[0]);
        Assert.Equal(was.Stream.HasDtime ? "channel,tick,dtime" : "channel,tick", lines[1]);
        Assert.Equal(
            was.Events.Time.Select((t, i) => was.Stream.HasDtime ? $"{was.Events.Channel[i]},{t},{was.Events.Dtime[i]}" : $"{was.Events.Channel[i]},{t}"),
            lines.Skip(2));
        using var csv = File.OpenRead(Place("a.csv"));
        var back = Read(csv);
        Same(was, back);
        Assert.Equal((was.Stream.Mode, was.Stream.SyncPeriod), (back.Stream.Mode, back.Stream.SyncPeriod));
    }

    [RealFileTheory]
    [InlineData("bh-spc132.spc"), InlineData("bh-spc630-256.spc"), InlineData("bh-spc-noise.spc"), InlineData("timeharp200-v50.t3r"), InlineData("hydraharp-v1.ht2"), InlineData("hydraharp-v1.ht3")]
    [InlineData("picoharp-fullsms-trace0.pt3"), InlineData("hydraharp2-t2.ptu"), InlineData("hydraharp-t3-image.ptu"), InlineData("photon-hdf5-min.h5"), InlineData("hydraharp2-t3-hbt320.timeres")]
    public void Real_files_of_every_instrument_keep_every_event_as_PTU(string name)
    {
        using var file = File.OpenRead(RealFiles.Path(name));
        var was = Read(file, new ReadingChoices { Beside = extension => File.Exists(Path.ChangeExtension(RealFiles.Path(name), extension)) ? File.OpenRead(Path.ChangeExtension(RealFiles.Path(name), extension)) : null });

        Converter.Write(was.Stream, TargetFormat.Ptu, Place("a.ptu"), Note);

        using var ptu = File.OpenRead(Place("a.ptu"));
        var back = Read(ptu);
        Assert.Equal(was.Events.Time, back.Events.Time);
        Assert.Equal(was.Events.Channel, back.Events.Channel);
        Assert.Equal(was.Events.Dtime, back.Events.Dtime);
        Assert.Equal((was.Stream.Tick, was.Stream.ChannelWidth), (back.Stream.Tick, back.Stream.ChannelWidth));
    }

    [RealFileFact]
    public void Times_that_begin_years_ago_and_run_backwards_keep_every_tick_in_CSV()
    {
        using var file = File.OpenRead(RealFiles.Path("qutag-hbt320.qutag"));
        var was = Read(file);

        Converter.Write(was.Stream, TargetFormat.Csv, Place("a.csv"), Note);

        Assert.Equal(
            was.Events.Time.Zip(was.Events.Channel, (t, c) => $"{c},{t + was.Stream.Origin}"),
            File.ReadLines(Place("a.csv")).Skip(2));
        using var csv = File.OpenRead(Place("a.csv"));
        Same(was, Read(csv));
    }

    [Fact]
    public void What_no_PTU_record_can_hold_is_refused_with_the_formats_that_can()
    {
        foreach (var (time, channel, dtime, why) in new (long[], short[], int[], string)[]
        {
            ([5, 2], [0, 1], [40_000, 1], "micro times go up to 40,000"),
            ([5, 9], [0, 80], [1, 1], "channel 80"),
            ([5, 9], [0, 120], [1, 1], "marker 20"),
            ([5, 9], [0, -1], [1, 1], "one of them"),
            ([5000, 900], [0, 1], [1, 1], "runs backwards"),
            ([-5, 9], [0, 1], [1, 1], "before zero"),
            ([5, 9], [0, 1], [-1, 1], "negative micro"),
        })
        {
            var refusal = Assert.Throws<RequestException>(() => Converter.Write(new Listed(time, channel, dtime) { HasDtime = true, Format = "x", RecordType = "y" }, TargetFormat.Ptu, Place(Guid.NewGuid().ToString()), Note));

            Assert.Contains(why, refusal.Message);
            Assert.Contains("--to csv", refusal.Message);
        }
    }

    [Hdf5Fact]
    public void A_unit_that_is_not_known_is_not_invented()
    {
        var told = Converter.Write(new Listed([1, 2], [0, 1], []) { Format = "x", RecordType = "y" }, TargetFormat.PhotonHdf5, Place("a.h5"), Note);

        using var file = File.OpenRead(Place("a.h5"));
        Assert.Null(Read(file).Stream.Tick);
        Assert.Contains("not known", Assert.Single(told));
    }

    [Hdf5Fact]
    public void A_duration_taken_from_the_records_does_not_come_back_as_the_headers()
    {
        Converter.Write(new Listed([1, 2_000_000], [0, 1], []) { Format = "x", RecordType = "y", Tick = 1e-6 }, TargetFormat.PhotonHdf5, Place("a.h5"), Note);

        using var file = File.OpenRead(Place("a.h5"));
        var summary = FileSummary.Of(file);
        Assert.Equal((2.0, "records"), (summary.Photons!.Duration.Seconds, summary.Photons.Duration.Source));
        Assert.Equal(2.0, (double)summary.Measurement.Header["acquisition_duration"]!);
    }

    [Fact]
    public void Without_the_library_it_is_said_how_to_install_it()
    {
        var missing = Assert.Throws<MissingLibraryException>(() =>
        {
            lock (Hdf5Library.Turn) Hdf5Library.Load(["libhdf5-of-nobody.so"]);
        });

        Assert.Contains("apt-get install hdf5-tools", missing.Message);
    }

    [Fact]
    public void A_measurement_of_another_kind_is_refused_with_the_formats_that_fit()
    {
        var refusal = Assert.Throws<RequestException>(() => Converter.Write(new HistogramSet { Format = "x", Curves = [] }, TargetFormat.Ptu, Place("a.ptu"), Note));

        Assert.Contains("histograms, which cannot be written as ptu. Choose csv", refusal.Message);
        Assert.False(File.Exists(Place("a.ptu")));
    }

    [Fact]
    public void Histograms_of_one_width_share_a_time_column_and_others_are_counted_in_bins()
    {
        var curve = new HistogramCurve([1, 20, 300], 4e-12) { Start = -4e-12, Name = "=1+1, \"a\"" };
        Converter.Write(new HistogramSet { Format = "x", Curves = [curve, new([7], 4e-12) { Start = -4e-12 }] }, TargetFormat.Csv, Place("a.csv"), Note);
        Converter.Write(new HistogramSet { Format = "x", Curves = [curve, new([7], 8e-12)] }, TargetFormat.Csv, Place("b.csv"), Note);

        Assert.Equal(["time_s,\"'=1+1, \"\"a\"\" [counts]\",curve 1 [counts]", "-4E-12,1,7", "0,20,", "4E-12,300,"], File.ReadAllLines(Place("a.csv")).Skip(3));
        Assert.Equal(["0,1,7", "1,20,", "2,300,"], File.ReadAllLines(Place("b.csv")).Skip(4));
    }

    [Fact]
    public void Spectra_share_their_axis_where_they_have_the_same_and_stand_below_each_other_else()
    {
        double[] x = [500.1, 500.2];
        var set = new SpectrumSet { Format = "x", Axis = SpectrumAxis.Wavelength, Along = new("temperature", "K"), Spectra = [new(x, [1, 2]) { At = 5 }, new([.. x], [3, 1.0 / 3]) { At = 10 }] };
        Converter.Write(set, TargetFormat.Csv, Place("a.csv"), Note);
        Converter.Write(new SpectrumSet { Format = "x", Axis = set.Axis, Spectra = [set.Spectra[0], new([600], [4])] }, TargetFormat.Csv, Place("b.csv"), Note);

        Assert.Equal(["wavelength [nm],temperature 5 K,temperature 10 K", "500.1,1,3", "500.2,2,0.3333333333333333"], File.ReadAllLines(Place("a.csv")));
        Assert.Equal(["spectrum,wavelength [nm],intensity", "0,500.1,1", "0,500.2,2", "1,600,4"], File.ReadAllLines(Place("b.csv")));
    }

    [Theory]
    [InlineData("u1", 0, 255), InlineData("i1", -128, 127), InlineData("u2", 0, 65535), InlineData("i2", -32768, 32767)]
    [InlineData("u4", 0, 4294967295), InlineData("i4", -2147483648, 2147483647), InlineData("f4", -0.5, 1e30), InlineData("f8", -1e-300, 1e300), InlineData("i8", -9007199254740991, 1)]
    public void Images_keep_every_pixel_as_TIFF(string type, double low, double high)
    {
        var values = Enumerable.Range(0, 35).Select(i => i % 3 == 0 ? low : i % 3 == 1 ? high : 1).Select(v => type == "f4" ? (float)v : v).ToArray();
        var image = new Pixels(values) { Rows = 5, Columns = 7, Frames = 2, ValueType = type, Pixel = new(2.5e-9, 3.1388370544495519e-9, "test") };

        Converter.Write(new ImageSet { Format = "x", Images = [image, image] }, TargetFormat.Tiff, Place("a.tif"), Note);

        var pages = PlainTiff.Read(File.ReadAllBytes(Place("a.tif")));
        Assert.Equal(4, pages.Count);
        Assert.All(pages, page => Assert.Equal((5, 7), (page.Rows, page.Columns)));
        Assert.Equal(values, pages[0].Values);
        Assert.Equal(values.Select(v => v == 1 ? 0 : v), pages[1].Values);
        Assert.Equal("ImageJ=1.11a\nunit=nm\n", pages[0].Description);
        Assert.Equal(3.1388370544495519, 1 / pages[0].PerUnitX, 1e-8);
        Assert.Equal(2.5, 1 / pages[0].PerUnitY, 1e-8);
    }

    [Fact]
    public void A_pixel_that_no_TIFF_holds_exactly_is_refused()
    {
        var image = new Pixels([1L << 53]) { Rows = 1, Columns = 1, ValueType = "u8" };

        Assert.Throws<RequestException>(() => Converter.Write(new ImageSet { Format = "x", Images = [image] }, TargetFormat.Tiff, Place("a.tif"), Note));
    }

    /// <summary>A second frame has 0 where the first has 1.</summary>
    sealed class Pixels(double[] values) : ImageData
    {
        public override double[] Frame(int frame) => frame == 0 ? values : [.. values.Select(v => v == 1 ? 0 : v)];
    }

    /// <summary>Events from a list, in one batch.</summary>
    sealed class Listed(long[] time, short[] channel, int[] dtime) : PhotonStream
    {
        public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default)
        {
            consumer.Add(new PhotonBatch(time, channel, dtime));
            return new(time.Length, 0, 0, time.Max(), []);
        }
    }
}
