using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Photons in records of one size behind a header, read in blocks and handed out as they stand: unsorted, with sync events and markers.</summary>
public abstract class RecordStream : PhotonStream
{
    // The second-level cache holds both blocks, so that decoding never waits for main memory.
    const int DefaultChunkBytes = 1 << 18;
    const int DefaultBatch = 4096;

    private protected RecordStream(ByteSource source, long dataOffset, int recordBytes) =>
        (Source, DataOffset, RecordBytes) = (source, dataOffset, recordBytes);

    private protected ByteSource Source { get; }

    /// <summary>Byte of the first record.</summary>
    internal long DataOffset { get; }

    /// <summary>Size of a record [bytes].</summary>
    internal int RecordBytes { get; }

    /// <summary>Fills the buffer from a record on; fewer bytes only at the end of the file.</summary>
    internal int ReadRecords(Span<byte> buffer, long record) => Source.Read(buffer, DataOffset + record * RecordBytes);

    /// <summary>Bytes read at a time and events handed out at a time; of no influence on what is read.</summary>
    internal (int ChunkBytes, int Batch) Sizes { get; set; } = (DefaultChunkBytes, DefaultBatch);

    /// <summary>Records a pass uses: the declared ones that are there, or all where none are declared.</summary>
    internal long RecordsToRead => DeclaredRecords > 0 ? Math.Min(DeclaredRecords, AvailableRecords) : AvailableRecords;

    /// <summary>A decoder at the first record.</summary>
    internal abstract RecordPass Begin();

    public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default) =>
        Dtimes(consumer, 1, progress, stop) ?? InOneGo(consumer, 0, RecordsToRead, false, progress, stop).Report();

    public override PassReport Read(
        IPhotonConsumer consumer, Selection? selection, int threads = 1, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        var filter = SelectionFilter.Of(this, selection, consumer, stop);
        if (filter is null && Dtimes(consumer, threads, progress, stop) is { } counted) return counted;
        var (first, end) = filter is null ? (0, RecordsToRead) : RecordsOf(filter.From, filter.To, stop);
        var report = Shared(filter ?? consumer, threads, first, end, false, progress, stop).Report();
        return filter?.Report(report) ?? report;
    }

    public override void Count(
        TraceCounter counter, Selection? selection = null, int threads = 1, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        if (selection is { IsEverything: false }) Read(counter, selection, threads, progress, stop);
        else if (!InTurns(counter, threads, progress, stop)) Shared(counter, threads, 0, RecordsToRead, true, progress, stop);
    }

    /// <summary>Counts micro times without taking the events one by one, where that is all that is asked.</summary>
    PassReport? Dtimes(IPhotonConsumer consumer, int threads, IProgress<long>? progress, CancellationToken stop) =>
        consumer is DecayCounter { CountsDtimes: true } decays ? CountingDtimes.Read(this, decays, threads, progress, stop) : null;

    /// <summary>Counts block by block where several threads would otherwise have to look for the clock first.</summary>
    bool InTurns(TraceCounter counter, int threads, IProgress<long>? progress, CancellationToken stop)
    {
        threads = (int)Math.Min(threads, RecordsToRead / RecordsOfChunk);
        return threads > 1 && !counter.CanShift && KnownIndex is null && Begin().Reach > 0 && CountingInTurns.Count(this, counter, threads, progress, stop);
    }

    /// <summary>One pass by as many threads as there may be and the records are worth.</summary>
    RecordPart Shared(IPhotonConsumer consumer, int threads, long first, long end, bool countOnly, IProgress<long>? progress, CancellationToken stop)
    {
        var parts = (int)Math.Min(threads, (end - first) / RecordsOfChunk);
        return parts > 1 && consumer is IPartedConsumer parted && PartedPass.Read(this, parted, parts, first, end, countOnly, progress, stop) is { } whole
            ? whole
            : InOneGo(consumer, first, end, countOnly, progress, stop);
    }

    RecordPart InOneGo(IPhotonConsumer consumer, long first, long end, bool countOnly, IProgress<long>? progress, CancellationToken stop)
    {
        var start = first == 0 ? 0 : Index(stop)?.StartOf(first) ?? 0;
        var part = new RecordPart(this, first, end, start);
        part.Read(consumer, countOnly, progress, stop);
        return part;
    }

    /// <summary>Records of a chunk as it is read, and from one entry of the index to the next.</summary>
    internal int RecordsOfChunk => Math.Max(1, Sizes.ChunkBytes / RecordBytes);

    RecordIndex? _index;

    /// <summary>Where the clock stands at every so many records; null where each record carries its whole time or the format cannot be entered in the middle.</summary>
    /// <remarks>Made at the first need by looking at overflow records alone, and kept with the stream.</remarks>
    internal RecordIndex? Index(CancellationToken stop) => KnownIndex ?? (_index = RecordIndex.Make(this, stop));

    /// <summary>The index, where it has been made already.</summary>
    internal RecordIndex? KnownIndex => _index is { } made && made.Step == RecordsOfChunk ? made : null;

    public override EntryPoints? Entries(CancellationToken stop = default) => Index(stop) is { } index ? new(index.Step, index.Starts) : null;

    public override void Enter(EntryPoints entries)
    {
        if (entries.Step == RecordsOfChunk && entries.Starts.Length > 0 && Begin().Reach is { } reach and > 0)
            _index = new(entries.Step, entries.Starts, reach, RecordsToRead);
    }

    /// <summary>Every record that can hold an event of a time range.</summary>
    (long First, long End) RecordsOf(long from, long to, CancellationToken stop) =>
        from == 0 && to == long.MaxValue || Index(stop) is not { } index ? (0, RecordsToRead) : index.RecordsOf(from, to);

    private protected override (long Clock, long? LatestEvent) FindEnd(CancellationToken stop)
    {
        if (Index(stop) is not { } index) return base.FindEnd(stop);
        // From the end backwards, until nothing before can be later than what was found.
        long? clock = null;
        var latest = new LatestEvent();
        for (var k = index.Count - 1; k >= 0; k--)
        {
            var part = new RecordPart(this, index.RecordAt(k), k == index.Count - 1 ? RecordsToRead : index.RecordAt(k + 1), index.Starts[k]);
            part.Read(latest, false, null, stop);
            clock ??= part.Clock;
            if (latest.Tick >= index.Starts[k] + index.Reach) break;
        }
        return (Math.Max(clock ?? 0, latest.Tick ?? 0), latest.Tick);
    }

    /// <summary>Largest raw micro time that still lies inside the sync period; null where that cannot be said.</summary>
    internal int? LastDtimeOfPeriod =>
        SyncPeriod is { } period && ChannelWidth is { } width && period / width < int.MaxValue
            ? (int)Math.Floor(period / width) : null;
}

/// <summary>Decodes the records of one pass, and knows where their clock stands.</summary>
abstract class RecordPass
{
    /// <summary>True where events carry a micro time.</summary>
    public abstract bool HasDtime { get; }

    /// <summary>Decodes records until they or the room for events are used up.</summary>
    /// <param name="records">Whole records.</param>
    /// <param name="time">Room for ticks, shape (capacity).</param>
    /// <param name="channel">Room for channels, shape (capacity).</param>
    /// <param name="dtime">Room for micro times, shape (capacity); empty without them.</param>
    /// <param name="first">Index of the first record in the file.</param>
    /// <param name="events">Events written.</param>
    /// <returns>Records used; fewer than there are only where the room is used up or the clock is full.</returns>
    public abstract int Decode(ReadOnlySpan<byte> records, Span<long> time, Span<short> channel, Span<int> dtime, long first, out int events);

    /// <summary>
    /// Largest distance of an event's tick from the clock [ticks]; 0 where each record carries its whole time. Null where
    /// records have a meaning only for who has read those before, so that nobody can begin in the middle.
    /// </summary>
    public virtual long? Reach => null;

    /// <summary>Ticks that the overflows among these records add to the clock; nothing else of them is looked at.</summary>
    public virtual Int128 TicksOfOverflows(ReadOnlySpan<byte> records) => 0;

    /// <summary>Begins behind records that others read.</summary>
    /// <param name="offset">Ticks of all wraps among them.</param>
    /// <returns>False where the clock came to its end among them.</returns>
    public virtual bool StartAt(Int128 offset) => offset == 0;

    /// <summary>Moves the clock, where it began too early by so many ticks.</summary>
    public virtual void Shift(long ticks)
    {
    }

    /// <summary>Adds what another pass met in the records directly behind.</summary>
    public virtual void Join(RecordPass next) => throw new NotSupportedException("This pass goes from the first record to the last.");

    /// <summary>Counts events without writing them down, as far as that goes.</summary>
    /// <param name="records">Whole records.</param>
    /// <returns>Records counted; 0 where the next of them have to be decoded.</returns>
    public virtual int Count(ReadOnlySpan<byte> records, TraceCounter into) => 0;

    /// <summary>Bits above the sync count, which tell channel and micro time at once; null where no table can be made of them.</summary>
    public virtual int? DtimeBits => null;

    /// <summary>Adds one to the place of each record.</summary>
    public virtual void CountDtimes(ReadOnlySpan<byte> records, DtimeTable into) => throw new NotSupportedException("These records have no bits of a micro time.");

    /// <summary>What the places of the tables mean; null where a record has no known meaning.</summary>
    /// <param name="records">Records counted.</param>
    public virtual DtimeCounts? Decoded(IReadOnlyList<DtimeTable> tables, long records) => null;

    /// <summary>Index, among these records, of the one that holds a given event of them.</summary>
    public abstract int RecordOf(ReadOnlySpan<byte> records, int wanted);

    /// <summary>The clock came near the end of 64 bits; nothing behind can be believed.</summary>
    public virtual bool Full => false;

    /// <summary>Ticks of all wraps so far.</summary>
    public virtual long Offset => 0;

    public virtual long OverflowRecords => 0;
    public virtual long Wraps => 0;
    public virtual long Undefined => 0;

    /// <summary>How many of the events so far are photons.</summary>
    public abstract long PhotonsOf(long events);

    /// <summary>Tells at the end of the pass what was odd in the records.</summary>
    /// <param name="lastTick">Tick of the last event.</param>
    /// <param name="events">Events of the pass.</param>
    public virtual void Tell(FindingList findings, long lastTick, long events)
    {
    }
}
