namespace PqdPortal.Analysis.Measurements;

/// <summary>
/// Photons with their arrival times, read from a file in one pass and in file order, never held in memory as a whole.
/// </summary>
/// <remarks>
/// Channels are numbered once for the whole portal: the raw code of the record for a photon,
/// <see cref="Channels.Sync"/> for the laser's own event stream, 100 + marker bits for a marker.
/// Ticks are integers of the file's own unit (T2: the time tag; T3: the count of sync pulses) after overflow correction.
/// </remarks>
public abstract class PhotonStream : Measurement
{
    public sealed override string Kind => "photon-stream";

    /// <summary>Layout of the records for people, such as "HydraHarp V2 T2".</summary>
    public required string RecordType { get; init; }

    /// <summary>"T2", "T3", or null where the format is neither.</summary>
    public string? Mode { get; init; }

    /// <summary>Length of one tick [s]; in T3 the sync period. Null where the file does not say (or says nonsense).</summary>
    public double? Tick { get; init; }

    /// <summary>
    /// What the stream has subtracted from every tick of the file, so that a clock that began years ago loses nothing in a double;
    /// 0 wherever ticks begin with the measurement.
    /// </summary>
    public long Origin { get; init; }

    /// <summary>Sync period [s]; null outside T3.</summary>
    public double? SyncPeriod { get; init; }

    /// <summary>Length of one step of the micro time [s]; null without micro times.</summary>
    public double? ChannelWidth { get; init; }

    /// <summary>Acquisition time the header vouches for [s] (the stop-after tag, never the preset); null where it does not.</summary>
    public double? HeaderDuration { get; init; }

    /// <summary>Count rate of all detectors that the header shows, a snapshot [1/s]; null where it shows none.</summary>
    public double? HeaderRate { get; init; }

    /// <summary>True where the header says that an error of the instrument ended the measurement.</summary>
    public bool EndedByError { get; init; }

    /// <summary>Records the header declares (0 or less where it does not really say), and whole records the file holds behind its header.</summary>
    public long DeclaredRecords { get; init; }

    public long AvailableRecords { get; init; }

    /// <summary>Bytes that belong to no whole record, or lie beyond the declared ones.</summary>
    public long TrailingBytes { get; init; }

    /// <summary>True where events carry a micro time, its unit known or not.</summary>
    public bool HasDtime { get => field || ChannelWidth is not null || Mode == "T3"; init; }

    /// <summary>Threads that may work on one pass.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>False for formats whose files do not say how many records follow.</summary>
    public bool DeclaresRecords { get; init; } = true;

    /// <summary>Reads all records once, in file order, and hands them to the consumer in batches.</summary>
    /// <param name="consumer">Sees every event: photons, sync events and markers.</param>
    /// <param name="progress">Hears the records read so far, a few times a second at most.</param>
    /// <param name="stop">Stops between two batches.</param>
    /// <returns>What only the decoder can know of the pass.</returns>
    /// <remarks>May be called again for another pass; a pass allocates nothing that grows with the file.</remarks>
    public abstract PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default);

    /// <summary>Reads what a selection leaves, and lets several threads share the pass.</summary>
    /// <param name="consumer">Sees the events of the selection in file order, their time counted from its beginning. One that
    /// is an <see cref="IPartedConsumer"/> may be forked and joined; its result is to the bit that of one thread.</param>
    /// <param name="selection">What stays; null for everything.</param>
    /// <param name="threads">Threads that may work on it.</param>
    /// <returns>As of a whole pass. Counts and findings are about the records that were decoded: where the format can be entered
    /// in the middle, a time range is read without decoding what lies before and behind it, and what is odd there is not told.</returns>
    /// <exception cref="RequestException">The selection cannot be made in this stream.</exception>
    /// <exception cref="InsufficientDataException">The stream has no unit of time, or ends before the selection begins.</exception>
    public virtual PassReport Read(
        IPhotonConsumer consumer, Selection? selection, int threads = 1, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        if (SelectionFilter.Of(this, selection, consumer, stop) is not { } filter) return Read(consumer, progress, stop);
        return filter.Report(Read(filter, progress, stop));
    }

    /// <summary>Counts events by channel and in bins of time, where the format allows without taking the events one by one.</summary>
    /// <remarks>Nothing is told of what is odd in the records.</remarks>
    /// <inheritdoc cref="Read(IPhotonConsumer, Selection?, int, IProgress{long}?, CancellationToken)"/>
    public virtual void Count(
        TraceCounter counter, Selection? selection = null, int threads = 1, IProgress<long>? progress = null, CancellationToken stop = default) =>
        Read(counter, selection, threads, progress, stop);

    /// <summary>Where the clock stands at places of the file, by which it can be entered in the middle; null where it cannot, or need not be.</summary>
    /// <remarks>Worked out at the first need by a look through the file. They may be kept and given to the same file opened again.</remarks>
    public virtual EntryPoints? Entries(CancellationToken stop = default) => null;

    /// <summary>Takes over the places that were worked out before of the same file; others are left aside.</summary>
    public virtual void Enter(EntryPoints entries)
    {
    }

    AcquisitionTime? _wholeTime;

    /// <summary>How long the whole was measured, whatever is selected of it.</summary>
    internal AcquisitionTime WholeTime(CancellationToken stop)
    {
        if (_wholeTime is not null) return _wholeTime;
        var (clock, latest) = FindEnd(stop);
        return _wholeTime = AcquisitionTime.Of(this, new PassReport(0, 0, 0, clock, []), latest);
    }

    /// <summary>Where the clock stands at the end of all records, and the latest event [ticks].</summary>
    private protected virtual (long Clock, long? LatestEvent) FindEnd(CancellationToken stop)
    {
        var latest = new LatestEvent();
        return (Read(latest, null, stop).LastOverflowTick, latest.Tick);
    }

    private protected sealed class LatestEvent : IPhotonConsumer
    {
        public long? Tick { get; private set; }

        public void Add(in PhotonBatch batch)
        {
            foreach (var t in batch.Time)
                if (!(t <= Tick)) Tick = t;
        }
    }
}

/// <summary>Where the clock of a file stands at every so many records.</summary>
/// <param name="Step">Records from one place to the next.</param>
/// <param name="Starts">The clock at each [ticks].</param>
public sealed record EntryPoints(int Step, long[] Starts);

/// <summary>Takes part in a pass over the photons.</summary>
public interface IPhotonConsumer
{
    /// <summary>The next events, in file order. The spans are valid only during the call.</summary>
    void Add(in PhotonBatch batch);
}

/// <summary>Takes part in a pass that several threads share: each part of the stream has its own, and they are joined in order.</summary>
public interface IPartedConsumer : IPhotonConsumer
{
    /// <summary>An empty one of the same kind for a part of the stream; null where the events are needed in one go.</summary>
    IPartedConsumer? Fork();

    /// <summary>False where what the parts saw does not make up the whole; then this one stays empty, and the stream is read again in one go.</summary>
    /// <param name="parts">As for <see cref="Join"/>.</param>
    bool CanJoin(IReadOnlyList<IPartedConsumer> parts) => true;

    /// <summary>Takes over, still empty, what the parts saw, so that it stands as if it had seen all their events itself.</summary>
    /// <param name="parts">Forks of this one, in the order of the stream, which <see cref="CanJoin"/>; of no use afterwards.</param>
    void Join(IReadOnlyList<IPartedConsumer> parts);

    /// <summary>True where it may be told afterwards when its part began, so that nobody has to find out before.</summary>
    bool CanShift => false;

    /// <summary>Moves all that it saw by so many ticks.</summary>
    void Shift(long ticks) => throw new NotSupportedException("What this consumer saw stands where it is.");
}

/// <summary>Some hundred to some thousand events of a pass.</summary>
/// <param name="time">Overflow-corrected ticks, shape (n), in file order, so not always ascending.</param>
/// <param name="channel">Channel of each event, shape (n); see <see cref="Channels"/>.</param>
/// <param name="dtime">Raw micro time of each event, shape (n); empty where the format has none; 0 for markers.</param>
public readonly ref struct PhotonBatch(ReadOnlySpan<long> time, ReadOnlySpan<short> channel, ReadOnlySpan<int> dtime)
{
    public ReadOnlySpan<long> Time { get; } = time;
    public ReadOnlySpan<short> Channel { get; } = channel;
    public ReadOnlySpan<int> Dtime { get; } = dtime;
    public int Count => Time.Length;
}

/// <summary>The portal's numbering of channels.</summary>
public static class Channels
{
    /// <summary>The laser's own event stream, where the record type marks one.</summary>
    public const short Sync = -1;

    /// <summary>A marker with these bits has the channel MarkerBase + bits.</summary>
    public const short MarkerBase = 100;

    /// <summary>True for a photon, false for sync events and markers.</summary>
    public static bool IsPhoton(short channel) => channel is >= 0 and < MarkerBase;

    public static bool IsMarker(short channel) => channel >= MarkerBase;
}

/// <summary>What only the decoder knows of a pass.</summary>
/// <param name="RecordsRead">Records used, overflows and markers included.</param>
/// <param name="OverflowRecords">Records that hold nothing but an overflow.</param>
/// <param name="OverflowWraps">Wraps added in the whole file.</param>
/// <param name="LastOverflowTick">Where the clock stood at the last overflow or event, whichever is later [ticks].</param>
/// <param name="Findings">What was odd in the records.</param>
public sealed record PassReport(
    long RecordsRead, long OverflowRecords, long OverflowWraps, long LastOverflowTick, IReadOnlyList<Finding> Findings)
{
    /// <summary>Events (photons, sync events, markers) whose tick is smaller than that of the event before.</summary>
    public long BackwardSteps { get; init; }

    /// <summary>Records of no known meaning, skipped.</summary>
    public long UndefinedRecords { get; init; }

    /// <summary>How long the selection lasts, where one was made; null for a whole pass.</summary>
    public AcquisitionTime? Time { get; init; }
}
