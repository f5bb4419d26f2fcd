using System.Buffers;
using System.Globalization;
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

    /// <summary>Bytes read at a time and events handed out at a time; of no influence on what is read.</summary>
    internal (int ChunkBytes, int Batch) Sizes { get; set; } = (DefaultChunkBytes, DefaultBatch);

    /// <summary>Records a pass uses: the declared ones that are there, or all where none are declared.</summary>
    internal long RecordsToRead => DeclaredRecords > 0 ? Math.Min(DeclaredRecords, AvailableRecords) : AvailableRecords;

    /// <summary>A decoder at the first record.</summary>
    private protected abstract RecordPass Begin();

    public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        var findings = new FindingList();
        var pass = Begin();
        var backward = new BackwardSteps();
        var dtimeLimit = LastDtimeOfPeriod;
        var lateDtimes = 0L;
        var eventCount = 0L;
        var before = long.MinValue;
        var record = 0L;
        var toRead = RecordsToRead;
        var nextWord = Environment.TickCount64 + WordEvery;

        var chunkBytes = Math.Max(1, Sizes.ChunkBytes / RecordBytes) * RecordBytes;
        var bytes = ArrayPool<byte>.Shared.Rent(chunkBytes);
        var time = ArrayPool<long>.Shared.Rent(Sizes.Batch);
        var channel = ArrayPool<short>.Shared.Rent(Sizes.Batch);
        var dtime = pass.HasDtime ? ArrayPool<int>.Shared.Rent(Sizes.Batch) : [];
        try
        {
            while (record < toRead && !pass.Full)
            {
                var wanted = (int)Math.Min(chunkBytes, (toRead - record) * RecordBytes);
                var got = Source.Read(bytes.AsSpan(0, wanted), DataOffset + record * RecordBytes);
                if (got < RecordBytes)
                {
                    findings.Add(Severity.Error, "FILE_BECAME_SHORTER",
                        $"The file became shorter while it was read; it ends before record {record:N0}.", DataOffset + record * RecordBytes, record);
                    break;
                }

                ReadOnlySpan<byte> chunk = bytes.AsSpan(0, got - got % RecordBytes);
                while (!chunk.IsEmpty && !pass.Full)
                {
                    stop.ThrowIfCancellationRequested();
                    var used = pass.Decode(
                        chunk, time.AsSpan(0, Sizes.Batch), channel.AsSpan(0, Sizes.Batch), dtime.AsSpan(0, pass.HasDtime ? Sizes.Batch : 0),
                        record, out var events);
                    if (events > 0)
                    {
                        var times = time.AsSpan(0, events);
                        var steps = PicoQuantRecords.CountBackwardSteps(times, before);
                        if (steps > 0) backward.Add(steps, times, before, pass, chunk[..(used * RecordBytes)], record);
                        before = times[^1];
                        eventCount += events;
                        if (pass.HasDtime && dtimeLimit is { } limit)
                            lateDtimes += PicoQuantRecords.CountAbove(dtime.AsSpan(0, events), limit);

                        consumer.Add(new PhotonBatch(times, channel.AsSpan(0, events), dtime.AsSpan(0, pass.HasDtime ? events : 0)));
                    }
                    chunk = chunk[(used * RecordBytes)..];
                    record += used;

                    if (progress is not null && Environment.TickCount64 >= nextWord)
                    {
                        progress.Report(record);
                        nextWord = Environment.TickCount64 + WordEvery;
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<long>.Shared.Return(time);
            ArrayPool<short>.Shared.Return(channel);
            if (pass.HasDtime) ArrayPool<int>.Shared.Return(dtime);
        }
        progress?.Report(record);

        if (pass.Full)
            findings.Add(Severity.Error, "CLOCK_OVERFLOW",
                $"The overflow records add up to more than 64 bits can hold; reading stopped at record {record:N0}. The counts in the overflow records are not believable.",
                DataOffset + record * RecordBytes, record);
        pass.Tell(findings, before, eventCount);
        TellOfDtimes(lateDtimes, pass.PhotonsOf(eventCount), findings);
        backward.Tell(findings, this);

        return new PassReport(record, pass.OverflowRecords, pass.Wraps, Math.Max(pass.Offset, before), findings.ToList())
        {
            BackwardSteps = backward.Count,
            UndefinedRecords = pass.Undefined,
        };
    }

    /// <summary>Milliseconds between two words of progress.</summary>
    const long WordEvery = 200;

    /// <summary>Largest raw micro time that still lies inside the sync period; null where that cannot be said.</summary>
    int? LastDtimeOfPeriod =>
        SyncPeriod is { } period && ChannelWidth is { } width && period / width < int.MaxValue
            ? (int)Math.Floor(period / width) : null;

    void TellOfDtimes(long late, long photons, FindingList findings)
    {
        if (late == 0) return;
        findings.Add(late > 0.01 * photons ? Severity.Warning : Severity.Info, "DTIME_BEYOND_PERIOD",
            $"{late:N0} of {photons:N0} micro times lie beyond the sync period of {FoundText.Nanoseconds(SyncPeriod!.Value)}. Header and records do not fit: the sync rate may be wrong. Sync counts and micro times are kept apart; nothing was rescaled.");
    }

    /// <summary>Where the time ran backwards: how often, first, and farthest.</summary>
    sealed class BackwardSteps
    {
        (long Record, long From, long To) _first, _largest;

        public long Count { get; private set; }

        public void Add(int steps, ReadOnlySpan<long> time, long before, RecordPass pass, ReadOnlySpan<byte> records, long firstRecord)
        {
            var (first, largest) = (-1, -1);
            var size = Count == 0 ? 0 : _largest.From - _largest.To;
            for (var i = 0; i < time.Length; i++)
            {
                var from = i == 0 ? before : time[i - 1];
                if (time[i] >= from) continue;
                if (Count == 0 && first < 0) first = i;
                if (from - time[i] > size) (size, largest) = (from - time[i], i);
            }
            if (first >= 0) _first = Step(first, time, before, pass, records, firstRecord);
            if (largest >= 0) _largest = Step(largest, time, before, pass, records, firstRecord);
            Count += steps;
        }

        static (long, long, long) Step(int at, ReadOnlySpan<long> time, long before, RecordPass pass, ReadOnlySpan<byte> records, long firstRecord) =>
            (firstRecord + pass.RecordOf(records, at), at == 0 ? before : time[at - 1], time[at]);

        public void Tell(FindingList findings, RecordStream stream)
        {
            if (Count > 0)
                findings.Add(Severity.Warning, "BACKWARD_STEPS", string.Create(CultureInfo.InvariantCulture,
                    $"Time runs backwards {Count:N0} times, first at record {_first.Record:N0} by {_first.From - _first.To:N0} ticks (from {_first.From:N0} to {_first.To:N0}), farthest at record {_largest.Record:N0} by {_largest.From - _largest.To:N0} ticks. The order of the file was kept."),
                    stream.DataOffset + _first.Record * stream.RecordBytes, _first.Record);
        }
    }
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
