using System.Globalization;
using System.Text;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Photons as tables of text: the portal's own, and those of everybody else.</summary>
public class TimeTagTableTests
{
    static (PhotonStream Stream, EventList Events, PassReport Pass) Read(string text, double? unit = null, Encoding? encoding = null)
    {
        var stream = Assert.IsAssignableFrom<PhotonStream>(Formats.Open(new MemoryStream((encoding ?? Encoding.UTF8).GetBytes(text)), new ReadingChoices { TimeUnit = unit }));
        var events = new EventList();
        return (stream, events, stream.Read(events));
    }

    static MeasurementFormatException Refused(string text) =>
        Assert.Throws<MeasurementFormatException>(() => Formats.Open(new MemoryStream(Encoding.UTF8.GetBytes(text))));

    static Measurement? OpenOrNull(string text)
    {
        try
        {
            return Formats.Open(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        }
        catch (MeasurementFormatException)
        {
            return null;
        }
    }

    [Fact]
    public void The_portals_own_table_keeps_every_tick_channel_and_micro_time()
    {
        var (stream, events, pass) = Read("""
            # pqdportal time tags, tick_s=1.25e-08, dtime_s=1.6e-11, sync_period_s=1.25e-08, mode=T3, duration_s=2.5
            channel,tick,dtime
            0,3,17
            -1,3,0
            104,4,0
            1,9223372036854775,32767

            """);

        Assert.Equal(("T3", 1.25e-8, 1.25e-8, 1.6e-11, 2.5), (stream.Mode, stream.Tick, stream.SyncPeriod, stream.ChannelWidth, stream.HeaderDuration));
        Assert.Equal(0, stream.Origin);
        Assert.Equal([(3, (short)0), (3, -1), (4, 104), (9223372036854775, 1)], events.Events);
        Assert.Equal([17, 0, 0, 32767], events.Dtime);
        Assert.Equal((4, 4, 0), (pass.RecordsRead, stream.AvailableRecords, pass.UndefinedRecords));
        Assert.Empty(stream.Findings);
        Assert.Empty(pass.Findings);
    }

    [Fact]
    public void Without_micro_times_the_portals_own_table_has_none()
    {
        var (stream, events, _) = Read("# pqdportal time tags, tick_s=1e-12, mode=T2\nchannel,tick\n0,3\n1,5\n");

        Assert.Equal(("T2", false, null), (stream.Mode, stream.HasDtime, stream.ChannelWidth));
        Assert.Empty(events.Dtime);
        Assert.Equal([3, 5], events.Time);
    }

    [Fact]
    public void A_last_row_of_the_portals_own_table_without_its_end_is_cut_and_dropped()
    {
        var (stream, events, _) = Read("# pqdportal time tags, tick_s=1e-12, records=3\nchannel,tick\n0,3\n1,12345");

        Assert.Equal([3], events.Time);
        Assert.Equal(7, stream.TrailingBytes);
        Assert.Equal(["RECORDS_MISSING", "RECORD_CUT"], stream.Findings.Select(finding => finding.Code).Order());
    }

    [Theory]
    [InlineData("# pqdportal time tags, tick_s=1e-12", "before the names of its columns")]
    [InlineData("# pqdportal time tags, tick_s=1e-12\nchannel;tick\n0;1\n", "channel,tick")]
    public void A_damaged_head_of_the_portals_own_table_is_refused(string text, string told) =>
        Assert.Contains(told, Refused(text).Message);

    [Theory]
    [InlineData("0")]
    [InlineData("NaN")]
    [InlineData("-1e-12")]
    [InlineData("1e300")]
    [InlineData("")]
    public void A_tick_that_is_none_leaves_the_unit_unknown(string tick)
    {
        var (stream, _, _) = Read($"# pqdportal time tags, tick_s={tick}\nchannel,tick\n0,1\n");

        Assert.Null(stream.Tick);
        Assert.Single(stream.Findings, finding => finding.Code == "RESOLUTION_UNKNOWN");
    }

    [Fact]
    public void Only_the_head_is_an_empty_stream() =>
        Assert.Empty(Read("# pqdportal time tags, tick_s=1e-12\nchannel,tick\n").Events.Time);

    public static TheoryData<string, double, long[], short[]> Dialects => new()
    {
        { "channel,time_ps\n1,100\n2,250\n1,251\n", 1e-12, [100, 250, 251], [1, 2, 1] },
        { "Time (ns);Channel\n0,125;1\n2,5;2\n3;1\n", 1e-12, [125, 2500, 3000], [1, 2, 1] },
        { "t/s\tch\n0.000001\t0\n0.0000025\t3\n1.5\t0\n", 1e-7, [10, 25, 15000000], [0, 3, 0] },
        { "Detector  Timestamp [us]\n  0   12.25\n  1   12.5\n", 1e-8, [1225, 1250], [0, 1] },
        { "# channel, time (ps)\n0,1.000000000000000000e+03\n1,1.200000000000000000e+04\n", 1e-12, [1000, 12000], [0, 1] },
        { "time unit: ns\nKanal;Zeit\n1;7\n2;9\n", 1e-9, [7, 9], [1, 2] },
        { "\"Channel ID\",\"Time Tag [ps]\"\r\n\"1\",\"5\"\r\n\"3\",\"9\"\r\n", 1e-12, [5, 9], [1, 3] },
        { "\uFEFFchannel,time_ps\n1,100\n2,250\n", 1e-12, [100, 250], [1, 2] },
        { "% exported\n% time in ns , channel\n1.5 , 0\n2.25 , 1\n", 1e-11, [150, 225], [0, 1] },
        { "time_µs,channel\n1,0\n3,1\n", 1e-6, [1, 3], [0, 1] },
        { "row,channel,time_ps\n0,1,5\n1,2,9\n2,1,12\n", 1e-12, [5, 9, 12], [1, 2, 1] },
        { "channel,time_ps\r1,100\r2,250\r", 1e-12, [100, 250], [1, 2] },
    };

    [Theory, MemberData(nameof(Dialects))]
    public void Titles_name_channel_time_and_unit_in_any_order_and_notation(string text, double tick, long[] times, short[] channels)
    {
        var (stream, events, pass) = Read(text);

        Assert.Equal(tick, stream.Tick!.Value);
        Assert.Equal(times, events.Time);
        Assert.Equal(channels, events.Channel);
        Assert.Null(stream.Mode);
        Assert.Empty(stream.Findings.Concat(pass.Findings).Where(finding => finding.Severity != Severity.Info));
    }

    [Fact]
    public void Latin_1_titles_are_understood() =>
        Assert.Equal(1e-6, Read("time (µs);channel\n1;0\n3;1\n", encoding: Encoding.Latin1).Stream.Tick);

    [Fact]
    public void A_third_column_of_micro_times_is_read_with_its_unit()
    {
        var (stream, events, _) = Read("channel,time_ns,nanotime (ps)\n0,100,16\n1,250,32.5\n");

        Assert.Equal((true, 1e-13), (stream.HasDtime, stream.ChannelWidth));
        Assert.Equal([160, 325], events.Dtime);
    }

    /// <summary>Photons as chance brings them, two detectors.</summary>
    static List<(int Channel, long Time)> Photons(int count, int seed = 1)
    {
        var random = new Random(seed);
        var at = 0L;
        return [.. Enumerable.Range(0, count).Select(_ => (random.Next(2) + 1, at += 1 + (long)(-1000 * Math.Log(1 - random.NextDouble()))))];
    }

    [Theory]
    [InlineData(true, ',')]
    [InlineData(false, '\t')]
    [InlineData(false, ' ')]
    [InlineData(true, ';')]
    public void Without_titles_the_columns_are_guessed_and_the_unit_is_asked_for(bool channelFirst, char separator)
    {
        var photons = Photons(300);
        var text = string.Concat(photons.Select(p => channelFirst ? $"{p.Channel}{separator}{p.Time}\n" : $"{p.Time}{separator}{p.Channel}\n"));

        var question = Refused(text);
        var (stream, events, _) = Read(text, 1e-12);

        Assert.Contains("--time-unit", question.Message);
        Assert.Equal(ReadingQuestion.TimeUnit, Assert.Single(question.Asks).Choice);
        Assert.Contains($"column {(channelFirst ? 2 : 1)} is the time", question.Message);
        Assert.Equal(1e-12, stream.Tick);
        Assert.Equal(photons.Select(p => (p.Time, (short)p.Channel)), events.Events);
        Assert.Equal(["COLUMNS_GUESSED", "UNIT_CHOSEN"], stream.Findings.Select(finding => finding.Code));
    }

    [Fact]
    public void Titles_without_a_unit_are_asked_for_and_a_step_may_be_given()
    {
        const string text = "channel,timestamp\n0,4\n1,9\n";

        Assert.Contains("does not say in which unit", Refused(text).Message);
        Assert.Equal(12.5e-9, Read(text, TimeUnits.Parse("12.5 ns")).Stream.Tick);
    }

    [RealFileFact]
    public void The_vendors_export_of_macro_and_micro_times_is_understood_when_its_unit_is_given()
    {
        using var file = File.OpenRead(RealFiles.Path("bh-spc-noise.asc"));
        Assert.Contains("no channel", Assert.Throws<MeasurementFormatException>(() => Formats.Open(file)).Message);

        var stream = (PhotonStream)Formats.Open(file, new ReadingChoices { TimeUnit = 25e-9 });
        using var binary = File.OpenRead(RealFiles.Path("bh-spc-noise.spc"));
        var (export, records) = (new EventList(), new EventList());
        stream.Read(export);
        ((PhotonStream)Formats.Open(binary)).Read(records);

        Assert.Equal(records.Time, export.Time);
        Assert.Equal(records.Dtime, export.Dtime);
    }

    [Fact]
    public void A_clock_that_began_years_ago_loses_no_digit()
    {
        var (stream, events, _) = Read("channel,time_ps\n1,340000000000000003\n2,340000000000000004\n");

        Assert.Equal(340000000000000003, stream.Origin);
        Assert.Equal([0, 1], events.Time);
    }

    [Fact]
    public void Times_before_zero_are_kept_relative_to_the_earliest()
    {
        var (stream, events, _) = Read("channel,time_ns\n0,-5.5\n1,-1\n0,3\n");

        Assert.Equal((-55, 1e-10), (stream.Origin, stream.Tick!.Value));
        Assert.Equal([0, 45, 85], events.Time);
    }

    [Fact]
    public void More_digits_than_any_clock_has_are_rounded_and_told()
    {
        var (stream, events, _) = Read("channel,time_s\n0,1.0000000000000000021e-05\n1,3.3000000000000003e-05\n");

        Assert.Equal(1e-15, stream.Tick!.Value);
        Assert.Equal([10_000_000_000, 33_000_000_000], events.Time);
        Assert.Single(stream.Findings, finding => finding.Code == "TIMES_ROUNDED");
    }

    [Fact]
    public void Rows_that_are_no_rows_and_channels_that_are_none_are_counted_skipped_and_told_with_their_place()
    {
        var (_, events, pass) = Read("channel,time_ps\n1,100\nabort\n2\n-2,150\n2,200\n100,250\n1.5,260\n# a remark\n\n" + string.Concat(Enumerable.Repeat("1,300\n", 20)));

        Assert.Equal([100, 200, .. Enumerable.Repeat(300L, 20)], events.Time);
        Assert.Equal((27, 5), (pass.RecordsRead, pass.UndefinedRecords));
        var unreadable = Assert.Single(pass.Findings, finding => finding.Code == "ROWS_UNREADABLE");
        Assert.Equal((22, 1), (unreadable.Offset, unreadable.Record));
        Assert.Contains("channel -2", Assert.Single(pass.Findings, finding => finding.Code == "UNDEFINED_RECORDS").Message);
    }

    [Fact]
    public void Time_that_runs_backwards_is_counted_and_left_as_it_is()
    {
        var (_, events, pass) = Read("channel,time_ps\n1,100\n1,90\n1,200\n1,50\n");

        Assert.Equal([100, 90, 200, 50], events.Time);
        var told = Assert.Single(pass.Findings, finding => finding.Code == "BACKWARD_STEPS");
        Assert.Equal((2, 22, 1), (pass.BackwardSteps, told.Offset, told.Record));
        Assert.Contains("farthest at row 3 by 150 ticks", told.Message);
    }

    [Fact]
    public void A_row_longer_than_any_row_is_skipped_and_the_next_is_read()
    {
        var (_, events, pass) = Read("channel,time_ps\n" + string.Concat(Enumerable.Repeat("1,100\n", 20)) + new string('9', 600_000) + "\n1,200\n");

        Assert.Equal([.. Enumerable.Repeat(100L, 20), 200], events.Time);
        Assert.Equal(1, pass.UndefinedRecords);
    }

    [Fact]
    public void A_long_table_is_read_in_blocks()
    {
        var photons = Photons(400_000);
        var text = new StringBuilder("channel,time_ps\n");
        foreach (var (channel, time) in photons) text.Append(CultureInfo.InvariantCulture, $"{channel},{time}\n");
        var bytes = Encoding.ASCII.GetBytes(text.ToString());
        var counter = new Counter();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var pass = ((PhotonStream)Formats.Open(new MemoryStream(bytes))).Read(counter);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
        Assert.Equal((400_000, photons.Sum(p => p.Time), photons.Count(p => p.Channel == 2)), (pass.RecordsRead, counter.Sum, counter.Second));
    }

    sealed class Counter : IPhotonConsumer
    {
        public long Sum { get; private set; }
        public long Second { get; private set; }

        public void Add(in PhotonBatch batch)
        {
            foreach (var time in batch.Time) Sum += time;
            foreach (var channel in batch.Channel) if (channel == 2) Second++;
        }
    }

    [Fact]
    public void A_pass_can_be_stopped_and_read_again()
    {
        var text = "channel,time_ps\n" + string.Concat(Photons(20_000).Select(p => $"{p.Channel},{p.Time}\n"));
        var stream = (PhotonStream)Formats.Open(new MemoryStream(Encoding.ASCII.GetBytes(text)));
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => stream.Read(new EventList(), stop: stop.Token));
        var events = new EventList();
        stream.Read(events);
        Assert.Equal(20_000, events.Time.Count);
    }

    public static TheoryData<string> OtherTables =>
    [
        "time_ns,counts\n" + Rows(i => $"{i * 0.1:0.0},{i % 7}"),
        "Channel,Time (ns),Counts\n" + Rows(i => $"{i},{i * 0.1:0.0},{i % 7}"),
        "wavelength,intensity\n" + Rows(i => $"{400 + i},{i % 5}"),
        Rows(i => $"{400 + 0.5 * i:0.0},{i % 5}"),
        Rows(i => $"{i},{i % 5}"),
        "Time (s),Channel 1,Channel 2\n" + Rows(i => $"{i},{i % 5},{i % 3}"),
        "group,value,batch\n" + Rows(i => $"{i % 2},{i * i},{i % 3}"),
        "power_uW,counts\n" + Rows(i => $"{Math.Pow(1.3, i):0},{i * 7}"),
        "x;y\n1;2\n3;4\n",
    ];

    static string Rows(Func<int, string> row) => string.Concat(Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture, $"{row(i)}\n")));

    [Theory, MemberData(nameof(OtherTables))]
    public void Tables_of_something_else_are_not_taken_for_time_tags(string text)
    {
        var opened = OpenOrNull(text);

        Assert.False(opened is PhotonStream, text);
        if (opened is null) Assert.DoesNotContain("time tags", Refused(text).Message.Replace("Table of time tags", ""));
    }

    [Theory]
    [InlineData("ps", 1e-12)]
    [InlineData("12.5 ns", 12.5e-9)]
    [InlineData("12.5ns", 12.5e-9)]
    [InlineData("µs", 1e-6)]
    [InlineData("5e-9 s", 5e-9)]
    [InlineData("seconds", 1.0)]
    [InlineData("nanosecond", 1e-9)]
    [InlineData("furlong", null)]
    [InlineData("0 ns", null)]
    [InlineData("1e9 s", null)]
    [InlineData("-1 ps", null)]
    [InlineData("", null)]
    public void Units_of_time_are_understood_as_people_write_them(string text, double? seconds)
    {
        if (seconds is { } expected) Assert.Equal(expected, TimeUnits.Parse(text)!.Value, expected * 1e-12);
        else Assert.Null(TimeUnits.Parse(text));
    }

    [Theory]
    [InlineData("Time (ns)", "time", 1e-9)]
    [InlineData("t/s", "t", 1.0)]
    [InlineData("time_ps", "time", 1e-12)]
    [InlineData("time in us", "time", 1e-6)]
    [InlineData("Time[ns]", "time", 1e-9)]
    [InlineData("times", "times", null)]
    [InlineData("dtime (4 ps)", "dtime", 4e-12)]
    [InlineData("ns", "time", 1e-9)]
    [InlineData("s", "s", null)]
    [InlineData("wavelength / nm", "wavelength", null)]
    public void Titles_of_columns_are_parted_into_name_and_unit(string title, string name, double? seconds)
    {
        var (found, unit, _) = TimeUnits.Title(title);

        Assert.Equal(name, found);
        Assert.Equal(seconds is null, unit is null);
        if (seconds is { } expected) Assert.Equal(expected, unit!.Value, expected * 1e-12);
    }
}
