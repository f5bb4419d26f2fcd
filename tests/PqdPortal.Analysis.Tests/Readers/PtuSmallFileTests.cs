using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Small real files that lie in the repository; their known answers stand in tests/files/README.md.</summary>
public class PtuSmallFileTests
{
    [Fact]
    public void The_cut_HydraHarp_file_holds_what_an_independent_decoder_found()
    {
        using var stream = Open("hydraharp2-t2-cut.ptu");

        var summary = FileSummary.Of(stream);

        var photons = summary.Photons!;
        Assert.Equal([KeyValuePair.Create((short)0, 14_019L)], photons.EventsByChannel);
        Assert.Equal((5_981, 6_845), (photons.Pass.OverflowRecords, photons.Pass.OverflowWraps));
        Assert.Equal((24433765, 229673262639), (photons.FirstEvents[0].Tick, photons.LastTick));
        Assert.Equal(1605342213600036, photons.SumTicks);
        Assert.Single(summary.Findings, f => f.Code == "RECORDS_MISSING");
    }

    [Fact]
    public void Of_a_file_cut_short_the_part_that_is_there_makes_the_duration()
    {
        using var stream = Open("hydraharp2-t2-cut.ptu");

        var duration = FileSummary.Of(stream).Photons!.Duration;

        // The header says 5 s; a rate taken over those would be twenty times too low.
        Assert.Equal("records", duration.Source);
        Assert.Equal(0.2297, duration.Seconds!.Value, 4);
    }

    [Fact]
    public void The_cut_PicoHarp_image_holds_what_an_independent_decoder_found()
    {
        using var stream = Open("picoharp-t3-image-cut.ptu");

        var summary = FileSummary.Of(stream);

        var photons = summary.Photons!;
        Assert.Equal([new(1, 19_440), new(101, 143), new(102, 142)], photons.EventsByChannel);
        Assert.Equal((275, 275), (photons.Pass.OverflowRecords, photons.Pass.OverflowWraps));
        Assert.Equal(new PhotonEvent(1, 49894, 56), photons.FirstEvents[0]);
        Assert.Equal(new PhotonEvent(1, 18059653, 12), photons.LastEvents[^1]);
        Assert.Equal((231782851790, 229214873806), (photons.SumTicks, photons.SumTicksWithoutMarkers));
        Assert.Equal(new DateTime(2023, 7, 19), ((PhotonStream)summary.Measurement).MeasuredAt!.Value.Date);
    }

    [Theory]
    [InlineData("hydraharp2-t2-cut.ptu")]
    [InlineData("picoharp-t3-image-cut.ptu")]
    public void A_file_on_disk_and_the_same_bytes_in_memory_are_one(string name)
    {
        using var disk = Open(name);
        using var memory = new MemoryStream(File.ReadAllBytes(disk.Name));

        Assert.Equal(FileSummary.Of(memory).ToJson(name).ToJsonString(), FileSummary.Of(disk).ToJson(name).ToJsonString());
    }

    static FileStream Open(string name) => File.OpenRead(Path.Combine(AppContext.BaseDirectory, "files", name));
}
