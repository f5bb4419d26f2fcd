using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Readers;

public class CountingDtimesTests
{
    static MemoryStream File(string type, int seed = 1, double? markers = 0.01)
    {
        var output = new MemoryStream();
        SimulatedFile.Write(new SimulationOptions { Kind = "pulsed", RecordType = type, Repetition = 10e6, Duration = 0.4, Rate = [120e3, 60e3], Background = [2000], MarkerPeriod = markers, Seed = seed }, output);
        return output;
    }

    /// <summary>Takes events one by one, which the records themselves do not know.</summary>
    sealed class OneByOne(DecayCounter to) : IPhotonConsumer
    {
        public void Add(in PhotonBatch batch) => to.Add(batch);
    }

    static RecordStream Open(MemoryStream file, int chunk = 1 << 12)
    {
        file.Position = 0;
        var stream = (RecordStream)Formats.Open(file);
        stream.Sizes = (chunk, 256);
        return stream;
    }

    [Theory]
    [InlineData("HydraHarp V2 T3", 1)]
    [InlineData("HydraHarp V2 T3", 3)]
    [InlineData("PicoHarp 300 T3", 1)]
    public void Counted_from_the_records_are_the_same_photons_as_one_by_one(string type, int threads)
    {
        var file = File(type);
        var (slow, fast) = (new DecayCounter(), new DecayCounter());

        var told = Open(file).Read(new OneByOne(slow));
        var report = Open(file).Read(fast, null, threads);

        Assert.Equal(slow.Present, fast.Present);
        foreach (var channel in slow.Present)
            Assert.Equal(slow.Counts(channel).ToArray().Select((n, bin) => (n, bin)).Where(one => one.n > 0), fast.Counts(channel).ToArray().Select((n, bin) => (n, bin)).Where(one => one.n > 0));
        Assert.Equal((slow.LastTick, slow.Outside), (fast.LastTick, fast.Outside));
        Assert.Equal((told.RecordsRead, told.OverflowRecords, told.OverflowWraps, told.LastOverflowTick), (report.RecordsRead, report.OverflowRecords, report.OverflowWraps, report.LastOverflowTick));
    }

    [Fact]
    public void Records_of_no_known_meaning_are_decoded_and_told_of()
    {
        var file = File("HydraHarp V2 T3");
        var bytes = file.ToArray();
        var stream = Open(file);
        // Special channel 20 means nothing in this layout.
        BitConverter.GetBytes(0x80000000u | 20u << 25).CopyTo(bytes, (int)stream.DataOffset + 400);
        var (slow, fast) = (new DecayCounter(), new DecayCounter());

        Open(new MemoryStream(bytes)).Read(new OneByOne(slow));
        var report = Open(new MemoryStream(bytes)).Read(fast);

        Assert.Equal(1, report.UndefinedRecords);
        Assert.Contains(report.Findings, finding => finding.Code == "UNDEFINED_RECORDS");
        foreach (var channel in slow.Present) Assert.Equal(slow.Counts(channel).ToArray().Sum(), fast.Counts(channel).ToArray().Sum());
    }

    [Fact]
    public void Micro_times_beyond_the_period_are_told_of_as_ever()
    {
        var file = File("HydraHarp V2 T3", markers: null);
        var bytes = file.ToArray();
        var stream = Open(file);
        var first = (int)stream.DataOffset;
        for (var k = 0; k < 2000; k++)
        {
            var record = BitConverter.ToUInt32(bytes, first + 4 * k);
            if (record >> 31 == 0) BitConverter.GetBytes(record | 0x7FFFu << 10).CopyTo(bytes, first + 4 * k);
        }

        var told = Open(new MemoryStream(bytes)).Read(new OneByOne(new()));
        var report = Open(new MemoryStream(bytes)).Read(new DecayCounter());

        Assert.Equal(told.Findings.Single(finding => finding.Code == "DTIME_BEYOND_PERIOD").Message, report.Findings.Single(finding => finding.Code == "DTIME_BEYOND_PERIOD").Message);
    }

    [Fact]
    public void A_selection_is_taken_event_by_event()
    {
        var file = File("HydraHarp V2 T3");
        var (whole, part) = (new DecayCounter(), new DecayCounter());

        Open(file).Read(whole, null, 2);
        Open(file).Read(part, new Selection { From = 0.1, To = 0.2 }, 2);

        Assert.InRange(part.Counts(0).ToArray().Sum() / (double)whole.Counts(0).ToArray().Sum(), 0.2, 0.3);
    }
}
