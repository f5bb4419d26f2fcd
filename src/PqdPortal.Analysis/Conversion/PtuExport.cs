using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Conversion;

/// <summary>Writes any photon stream as a PTU file that holds the same events, or says why none can.</summary>
/// <remarks>
/// With micro times in records of HydraHarp V2 T3, else of HydraHarp V2 T2: the two that count several wraps in one record, have
/// the widest channels, and lose no bit of a marker's time. The header's acquisition time has whole milliseconds.
/// </remarks>
static class PtuExport
{
    /// <param name="output">Seekable; stays open.</param>
    /// <exception cref="RequestException">The stream holds what no PTU record can.</exception>
    public static void Write(PhotonStream stream, StreamFacts facts, Stream output, ConversionNote note, IProgress<long>? progress, CancellationToken stop)
    {
        var type = PtuRecordType.Find(stream.HasDtime ? "HydraHarp V2 T3" : "HydraHarp V2 T2");
        if (WhyNot(stream, facts, type) is { } why)
            throw new RequestException($"This stream cannot be written as PTU without loss: {why}. Photon-HDF5 and CSV hold it as it is (--to photon-hdf5, --to csv).");

        var clock = stream.HasDtime && stream.Mode is null ? " Its ticks are those of a clock of its own, not laser pulses." : "";
        var writer = new PtuWriter(output, new PtuHeader
        {
            Type = type,
            GlobalResolution = stream.Tick ?? 0,
            Resolution = stream.HasDtime ? stream.ChannelWidth ?? 0 : stream.Tick ?? 0,
            Duration = stream.HeaderDuration ?? 0,
            Comment = $"Converted from {note.SourceName} ({stream.Format}, {stream.RecordType}).{clock}",
            Created = stream.MeasuredAt ?? note.Created,
            Identity = $"{note.SourceSha256 ?? note.SourceName} {stream.RecordType}",
            InputChannels = Math.Max(1, facts.Photons.LastOrDefault() + 1),
            SyncRate = stream.SyncPeriod is { } period ? 1 / period : 0,
            Software = note.Software,
            SerialNumber = "CONVERTED",
        });
        stream.Read(new OriginalTicks(stream.Origin, writer), progress, stop);
        writer.Finish();
    }

    static string? WhyNot(PhotonStream stream, StreamFacts facts, PtuRecordType type)
    {
        if (facts.Photons.FirstOrDefault(channel => channel > type.HighestChannel) is not 0 and var beyond)
            return $"it holds channel {beyond}, and a PTU record names channels up to {type.HighestChannel}";
        if (facts.Markers.FirstOrDefault(marker => marker is Channels.MarkerBase or > Channels.MarkerBase + 15) is not 0 and var marker)
            return $"it holds the marker {marker - Channels.MarkerBase}, and a PTU record names markers 1 to 15";
        if (facts.HasSync && type.IsT3) return "it holds both micro times and the laser's own events, and a PTU record has room for one of them";
        if (facts.LargestDtime >= type.DtimeChannels && type.IsT3) return $"its micro times go up to {facts.LargestDtime:N0}, and a PTU record counts to {type.DtimeChannels - 1:N0}";
        if (facts.SmallestDtime < 0) return "it holds negative micro times";
        if (facts.FirstTick < 0) return "its times begin before zero";
        if (facts.RunsBackBehind(type.Wrap)) return "its time runs backwards further than the clock of a PTU file can be set back";
        return null;
    }
}
