using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class SimulatedFileTests
{
    static (byte[] Bytes, JsonObject Truth) Write(SimulationOptions options)
    {
        using var file = new MemoryStream();
        var truth = SimulatedFile.Write(options, file);
        return (file.ToArray(), truth);
    }

    public static TheoryData<string> RecordTypes => [.. PtuRecordType.All.Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(RecordTypes))]
    public void A_file_of_each_record_type_holds_the_photons_that_were_drawn(string type)
    {
        var options = new SimulationOptions
        {
            RecordType = type, Rate = [2e4, 3e4], Duration = 0.5, MarkerPeriod = 0.1, MarkerBits = 5, Jitter = [300e-12], Background = [500],
            Lifetime = 5e-9, Seed = 41,
        };

        var (bytes, truth) = Write(options);

        var drawn = Seen.Of(options).Events;
        var file = new PlainPtu(bytes);
        // A PicoHarp marker is good to 16 units only.
        Assert.Equal(type == "PicoHarp 300 T2" ? drawn.Select(e => e.Channel >= 100 ? (e.Channel, e.Time & ~15L, e.Dtime) : e) : drawn, file.Events);
        Assert.Equal(truth["realised"]!["photons"]![0]!.GetValue<long>(), drawn.Count(e => e.Channel == PtuRecordType.Find(type).LowestChannel));
        Assert.StartsWith("SIMULATED", (string)file.Tags["File_Comment"]);
    }

    [Theory]
    [MemberData(nameof(RecordTypes))]
    public void The_portals_own_reader_sees_the_same_photons(string type)
    {
        var options = new SimulationOptions { RecordType = type, Rate = [2e4, 3e4], Duration = 0.5, Lifetime = 5e-9, Seed = 42 };
        using var file = new MemoryStream();
        SimulatedFile.Write(options, file);
        file.Position = 0;

        var stream = Assert.IsAssignableFrom<PhotonStream>(Formats.Open(file));
        var read = new Reread();
        var pass = stream.Read(read);

        var drawn = SimulatedPhotons.Of(options);
        var seen = new Reread();
        drawn.Read(seen);
        Assert.Equal(seen.Events, read.Events);
        Assert.Equal(drawn.Tick!.Value, stream.Tick!.Value, 1e-18);
        Assert.Equal(drawn.ChannelWidth, stream.ChannelWidth);
        Assert.Equal(type, stream.RecordType);
        Assert.Equal(0.5, stream.HeaderDuration);
        Assert.Empty(stream.Findings.Concat(pass.Findings).Where(f => f.Severity != Severity.Info));
    }

    [Fact]
    public void The_same_request_gives_the_same_bytes_and_another_seed_other_photons()
    {
        var options = new SimulationOptions { Duration = 0.2, Seed = 43, Jitter = [100e-12], Blinking = "power_law", BlinkShortest = 1e-3 };

        var first = Write(options);
        var again = Write(options);
        var other = Write(options with { Seed = 44 });

        Assert.Equal(first.Bytes, again.Bytes);
        Assert.Equal(first.Truth.ToJsonString(), again.Truth.ToJsonString());
        Assert.NotEqual(new PlainPtu(first.Bytes).Events.Take(10), new PlainPtu(other.Bytes).Events.Take(10));
        Assert.NotEqual(new PlainPtu(first.Bytes).Tags["File_GUID"], new PlainPtu(other.Bytes).Tags["File_GUID"]);
    }

    [Fact]
    public void Each_pass_over_a_simulated_stream_gives_the_same_photons()
    {
        var stream = SimulatedPhotons.Of(new SimulationOptions { Duration = 0.1 });

        var (first, second) = (new Reread(), new Reread());
        stream.Read(first);
        var pass = stream.Read(second);

        Assert.Equal(first.Events, second.Events);
        Assert.Equal(pass.RecordsRead, first.Events.Count);
        Assert.Equal("yes", stream.Truth!["truth"]!["single_emitter"]!.GetValue<string>());
    }

    [Fact]
    public void A_stopped_simulation_stops()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() =>
            SimulatedFile.Write(new SimulationOptions { Rate = [1e6], Duration = 1000 }, new MemoryStream(), null, stop.Token));
    }

    sealed class Reread : IPhotonConsumer
    {
        public List<(int, long, int)> Events { get; } = [];

        public void Add(in PhotonBatch batch)
        {
            for (var i = 0; i < batch.Count; i++)
                Events.Add((batch.Channel[i], batch.Time[i], batch.Dtime.Length > 0 ? batch.Dtime[i] : 0));
        }
    }
}
