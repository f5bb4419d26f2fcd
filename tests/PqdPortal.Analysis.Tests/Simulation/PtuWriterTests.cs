using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class PtuWriterTests
{
    public static TheoryData<string> RecordTypes => [.. PtuRecordType.All.Select(type => type.Name)];

    static byte[] Write(PtuRecordType type, params (int Channel, long Time, int Dtime)[] events)
    {
        using var file = new MemoryStream();
        var writer = new PtuWriter(file, new PtuHeader
        {
            Type = type, GlobalResolution = 1e-12, Resolution = 16e-12, Duration = 12.5, Comment = "A test", Created = new DateTime(2026, 1, 31, 12, 0, 0),
            Identity = "this one", InputChannels = 4,
        });
        // In two batches, as a stream would come.
        foreach (var part in new[] { events[..(events.Length / 2)], events[(events.Length / 2)..] })
            writer.Add(new PhotonBatch([.. part.Select(e => e.Time)], [.. part.Select(e => (short)e.Channel)], type.IsT3 ? [.. part.Select(e => e.Dtime)] : []));
        writer.Finish();
        return file.ToArray();
    }

    [Theory]
    [MemberData(nameof(RecordTypes))]
    public void Events_read_back_as_they_were_written(string name)
    {
        var type = PtuRecordType.Find(name);
        var w = type.Wrap;
        var last = type.DtimeChannels - 1;
        int D(int dtime) => type.IsT3 ? Math.Min(dtime, last) : 0;
        var events = new List<(int, long, int)>
        {
            (type.LowestChannel, 0, D(0)), (type.LowestChannel + 1, 5, D(77)), (type.LowestChannel, 5, D(int.MaxValue)),
            (type.HighestChannel, w - 1, D(1)),
            (1, w, D(2)), // on the overflow itself
            (101, w + 16, 0), (115, 2 * w - 16, 0), // markers, also with all bits, next to an overflow
            (2, 2 * w, D(3)), (3, 7 * w + 3, D(4)), // several wraps between two photons
            (1, 1500 * w + w / 2, D(5)), // more than one record of T3 can count
        };
        if (type.HasSyncEvents) events.Insert(4, (-1, w - 1, 0));

        var file = new PlainPtu(Write(type, [.. events]));

        Assert.Equal(events, file.Events);
        Assert.Equal((long)type.Code, file.Tags["TTResultFormat_TTTRRecType"]);
        Assert.Equal((long)file.Records, file.Tags["TTResult_NumberOfRecords"]);
        Assert.Equal(type.CountsWraps, file.Records < 1500);
    }

    [Fact]
    public void A_PicoHarp_marker_gives_its_lowest_four_bits_of_time_to_the_marker()
    {
        var file = new PlainPtu(Write(PtuRecordType.Find("PicoHarp T2"), (103, 1000, 0)));

        Assert.Equal([(103, 992L, 0)], file.Events);
    }

    [Fact]
    public void The_header_says_what_a_real_one_says()
    {
        var file = new PlainPtu(Write(PtuRecordType.Find("HydraHarp V2 T3"), (0, 0, 0), (0, 1, 0), (2, 2, 0)));

        Assert.Equal(3L, file.Tags["Measurement_Mode"]);
        Assert.Equal(32L, file.Tags["TTResultFormat_BitsPerRecord"]);
        Assert.Equal(12_500L, file.Tags["TTResult_StopAfter"]);
        Assert.Equal(12_500L, file.Tags["MeasDesc_AcquisitionTime"]);
        Assert.Equal(1e-12, file.Tags["MeasDesc_GlobalResolution"]);
        Assert.Equal(16e-12, file.Tags["MeasDesc_Resolution"]);
        Assert.Equal(46053.5, file.Tags["File_CreatingTime"]); // days of 2026-01-31 12:00 since 1899-12-30
        Assert.Equal("A test", file.Tags["File_Comment"]);
        Assert.Matches(@"^\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}$", (string)file.Tags["File_GUID"]);
        Assert.Equal(0L, file.Tags["TTResult_InputRate[0]"]); // 2 counts in 12.5 s
        Assert.Equal(4L, file.Tags["HW_InpChannels"]);
    }

    [RealFileFact]
    public void Every_tag_of_a_real_HydraHarp_file_stands_in_the_written_one()
    {
        var real = File.ReadAllBytes(RealFiles.Path("hydraharp2-t2.ptu"));

        var missing = new PlainPtu(real).Tags.Keys.Except(new PlainPtu(Write(PtuRecordType.Find("HydraHarp V2 T2"), (0, 0, 0))).Tags.Keys);

        // The real instrument has three modules; the simulated one has a single one.
        Assert.DoesNotContain(missing, tag => !tag.StartsWith("HWModule_", StringComparison.Ordinal));
    }

    [Fact]
    public void An_event_that_does_not_fit_is_refused_instead_of_bent()
    {
        Assert.Throws<ArgumentException>(() => Write(PtuRecordType.Find("PicoHarp T3"), (5, 0, 0)));
        Assert.Throws<ArgumentException>(() => Write(PtuRecordType.Find("PicoHarp T3"), (1, 0, 4096)));
        Assert.Throws<ArgumentException>(() => Write(PtuRecordType.Find("HydraHarp V2 T3"), (-1, 0, 0)));
        Assert.Throws<ArgumentException>(() => Write(PtuRecordType.Find("HydraHarp V2 T2"), (0, 40_000_000, 0), (0, 1, 0)));
    }
}
