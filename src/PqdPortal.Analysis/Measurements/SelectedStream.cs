namespace PqdPortal.Analysis.Measurements;

/// <summary>A photon stream with the facts of another, and passes of its own kind: a part of it, passes shared by threads or by several analyses.</summary>
public sealed class SelectedStream : PhotonStream
{
    readonly Pass _read;

    SelectedStream(Pass read) => _read = read;

    /// <summary>One pass over what the stream stands for.</summary>
    internal delegate PassReport Pass(IPhotonConsumer consumer, IProgress<long>? progress, CancellationToken stop);

    /// <summary>What the selection leaves of the stream; the stream itself where it takes nothing away and one thread reads.</summary>
    /// <param name="threads">Threads that may share a pass.</param>
    /// <exception cref="RequestException">The selection cannot be made in this stream.</exception>
    /// <exception cref="InsufficientDataException">The stream has no unit of time, or ends before the selection begins.</exception>
    public static PhotonStream Of(PhotonStream stream, Selection? selection, int threads = 1, CancellationToken stop = default)
    {
        var filter = SelectionFilter.Of(stream, selection, Nobody.Instance, stop);
        if (filter is null && threads <= 1) return stream;
        return With(stream, (consumer, progress, token) => stream.Read(consumer, selection, threads, progress, token), filter, threads);
    }

    /// <summary>The stream, read in another way.</summary>
    /// <param name="filter">What it takes away; null for nothing.</param>
    internal static SelectedStream With(PhotonStream stream, Pass read, SelectionFilter? filter = null, int threads = 1) => new(read)
    {
        Threads = threads,
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

    public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default) =>
        _read(consumer, progress, stop);

    sealed class Nobody : IPhotonConsumer
    {
        public static readonly Nobody Instance = new();

        public void Add(in PhotonBatch batch)
        {
        }
    }
}
