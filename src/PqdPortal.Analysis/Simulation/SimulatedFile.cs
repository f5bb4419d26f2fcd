using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Simulation;

/// <summary>Writes a simulated measurement as a PTU file.</summary>
public static class SimulatedFile
{
    /// <summary>Every simulated file's comment begins like this.</summary>
    public const string Mark = "SIMULATED by PqdPortal";

    /// <summary>Draws the photons and writes them as they come.</summary>
    /// <param name="output">Seekable; stays open.</param>
    /// <param name="progress">Hears the simulated time so far [s].</param>
    /// <returns>The truth beside the file: parameters, expected results, what happened in this run.</returns>
    /// <exception cref="RequestException">The options do not fit together.</exception>
    public static JsonObject Write(
        SimulationOptions options, Stream output, IProgress<double>? progress = null, CancellationToken stop = default)
    {
        var header = Header(options);
        var generator = new PhotonGenerator(options);
        var writer = new PtuWriter(output, header);
        var run = generator.Run(writer, progress, stop);
        writer.Finish();
        return SimulationTruth.Of(options, run);
    }

    /// <summary>True where the options ask for a table of counts instead of photons when the file's name ends in .csv.</summary>
    public static bool HasTable(SimulationOptions options) => options.Kind == "michelson";

    /// <summary>Writes the counts of a Michelson interferometer as a table: coarse_delay_ps,fine_delay_fs,counts.</summary>
    /// <exception cref="RequestException">The options do not fit together, or are no interferometer's.</exception>
    public static JsonObject WriteTable(SimulationOptions options, TextWriter output, CancellationToken stop = default)
    {
        if (!HasTable(options)) throw new RequestException($"Only an interferometer (kind michelson) gives a table of counts; {options.Kind} gives photons. Name the file .ptu.");
        Michelson.WriteTable(options, SimulationSetup.Of(options), output, stop);
        return new JsonObject
        {
            ["simulated"] = true,
            ["parameters"] = SimulationRequest.Write(options),
            ["truth"] = SimulationTruth.Expected(options),
        };
    }

    static PtuHeader Header(SimulationOptions options)
    {
        var setup = SimulationSetup.Of(options);
        if (!DateTime.TryParse(options.Created, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var created))
            throw new RequestException($"created_utc is \"{options.Created}\"; it must be a time such as 2026-01-31T12:00:00.");

        var type = setup.Type;
        var comment = $"{Mark}: {options.Kind}, seed {options.Seed}.";
        return new PtuHeader
        {
            Type = type,
            GlobalResolution = (type.IsT3 ? setup.Period : setup.Tick) / Grain.PerSecond,
            Resolution = type.IsT3 ? setup.ChannelWidth / Grain.PerSecond : type.BaseResolution,
            Duration = options.Duration,
            Comment = options.Comment.Length > 0 ? $"{comment} {options.Comment}" : comment,
            Created = created,
            Identity = SimulationRequest.Identity(options).ToJsonString(),
            InputChannels = setup.Channels.Max() + 1 - type.LowestChannel,
            SyncRate = type.IsT3 || options.SyncDivider > 0 ? Grain.PerSecond / setup.Period : 0,
        };
    }
}

/// <summary>A simulated measurement as a stream of photons, without a file. Each pass draws the same photons again.</summary>
public sealed class SimulatedPhotons : PhotonStream
{
    readonly SimulationOptions _options;

    SimulatedPhotons(SimulationOptions options) => _options = options;

    /// <exception cref="RequestException">The options do not fit together.</exception>
    public static SimulatedPhotons Of(SimulationOptions options)
    {
        var setup = SimulationSetup.Of(options);
        var t3 = setup.Type.IsT3;
        var expected = (long)Math.Round((setup.SignalRate.Sum() + setup.LightRate.Sum() + setup.UncorrelatedRate.Sum()) * options.Duration);
        return new SimulatedPhotons(options)
        {
            Format = "Simulation",
            RecordType = setup.Type.Name,
            Mode = t3 ? "T3" : "T2",
            Tick = (t3 ? setup.Period : setup.Tick) / Grain.PerSecond,
            SyncPeriod = t3 ? setup.Period / Grain.PerSecond : null,
            ChannelWidth = t3 ? setup.ChannelWidth / Grain.PerSecond : null,
            HeaderDuration = options.Duration,
            DeclaredRecords = expected,
            AvailableRecords = expected,
            Header = new JsonObject { ["File_Comment"] = SimulatedFile.Mark, ["simulation"] = SimulationRequest.Write(options) },
        };
    }

    /// <summary>What the last pass drew: the truth of the run. Null before the first pass.</summary>
    public JsonObject? Truth { get; private set; }

    public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        var counting = new Counting(consumer, progress);
        var run = new PhotonGenerator(_options).Run(counting, null, stop);
        Truth = SimulationTruth.Of(_options, run);
        var end = (long)Math.Floor(_options.Duration / Tick!.Value);
        return new PassReport(counting.Events, 0, 0, Math.Max(end, counting.Last), []);
    }

    /// <summary>Counts what goes by, and tells the progress now and then.</summary>
    sealed class Counting(IPhotonConsumer consumer, IProgress<long>? progress) : IPhotonConsumer
    {
        long _told;

        public long Events { get; private set; }
        public long Last { get; private set; }

        public void Add(in PhotonBatch batch)
        {
            consumer.Add(batch);
            Events += batch.Count;
            Last = batch.Time[^1];
            if (progress is null || Events - _told < 1_000_000) return;
            _told = Events;
            progress.Report(Events);
        }
    }
}
