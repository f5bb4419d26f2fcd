namespace PqdPortal.Analysis.Measurements;

/// <summary>A part of a photon stream as a stream of its own, or a whole one whose passes several threads share.</summary>
public sealed class SelectedStream : PhotonStream
{
    readonly PhotonStream _whole;
    readonly Selection? _selection;
    readonly int _threads;

    SelectedStream(PhotonStream whole, Selection? selection, int threads) => (_whole, _selection, _threads) = (whole, selection, threads);

    /// <summary>What the selection leaves of the stream; the stream itself where it takes nothing away and one thread reads.</summary>
    /// <param name="threads">Threads that may share a pass.</param>
    /// <exception cref="RequestException">The selection cannot be made in this stream.</exception>
    /// <exception cref="InsufficientDataException">The stream has no unit of time, or ends before the selection begins.</exception>
    public static PhotonStream Of(PhotonStream stream, Selection? selection, int threads = 1, CancellationToken stop = default)
    {
        var filter = SelectionFilter.Of(stream, selection, Nobody.Instance, stop);
        if (filter is null && threads <= 1) return stream;
        return new SelectedStream(stream, selection, threads)
        {
            Format = stream.Format,
            Header = stream.Header,
            MeasuredAt = stream.MeasuredAt,
            Findings = stream.Findings,
            RecordType = stream.RecordType,
            Mode = stream.Mode,
            Tick = stream.Tick,
            Origin = stream.Origin + (filter?.From ?? 0),
            SyncPeriod = stream.SyncPeriod,
            ChannelWidth = stream.ChannelWidth,
            HasDtime = stream.HasDtime,
            HeaderDuration = filter is null ? stream.HeaderDuration : filter.Seconds,
            HeaderRate = filter is null ? stream.HeaderRate : null,
            EndedByError = stream.EndedByError,
            DeclaredRecords = stream.DeclaredRecords,
            AvailableRecords = stream.AvailableRecords,
            TrailingBytes = stream.TrailingBytes,
            DeclaresRecords = stream.DeclaresRecords,
        };
    }

    public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default) =>
        _whole.Read(consumer, _selection, _threads, progress, stop);

    sealed class Nobody : IPhotonConsumer
    {
        public static readonly Nobody Instance = new();

        public void Add(in PhotonBatch batch)
        {
        }
    }
}
