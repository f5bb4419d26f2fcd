using System.Buffers;
using System.Globalization;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>A run of records, read in one go: all of a stream, or what one of several threads reads of it.</summary>
/// <param name="from">First record.</param>
/// <param name="to">First record behind the part.</param>
/// <param name="start">Where the clock stands at the first record [ticks].</param>
sealed class RecordPart(RecordStream stream, long from, long to, long start)
{
    /// <summary>Milliseconds between two words of progress.</summary>
    public const long WordEvery = 200;

    /// <summary>Records decoded where some of them cannot be counted as they stand.</summary>
    const int Decoded = 64;

    readonly RecordPass _pass = Started(stream, start);
    readonly BackwardSteps _backward = new();
    long _record = from, _recordsRead, _events, _lateDtimes, _before = long.MinValue;
    (long Record, long Tick)? _firstEvent;
    bool _shorter;
    readonly int? _dtimeLimit = stream.LastDtimeOfPeriod;
    int _decoded = Decoded;
    long _nextWord = Environment.TickCount64 + WordEvery;

    static RecordPass Started(RecordStream stream, long start)
    {
        var pass = stream.Begin();
        if (start != 0) pass.StartAt(start);
        return pass;
    }

    /// <summary>True where all records of the part were used.</summary>
    public bool IsComplete => _record == to && !_pass.Full;

    /// <summary>True unless the clock came to its end.</summary>
    public bool IsUnhindered => !_pass.Full;

    /// <summary>Ticks of all wraps before the next record.</summary>
    public long Offset => _pass.Offset;

    /// <summary>Where the clock stands at the last overflow or event, whichever is later [ticks].</summary>
    public long Clock => Math.Max(_pass.Offset, _before);

    /// <summary>Reads the part.</summary>
    /// <param name="countOnly">The consumer is a <see cref="TraceCounter"/>, and nobody asks for the report.</param>
    public void Read(IPhotonConsumer consumer, bool countOnly, IProgress<long>? progress, CancellationToken stop)
    {
        var first = _record;
        var size = stream.RecordBytes;
        var chunkBytes = stream.RecordsOfChunk * size;
        using var room = new Room(stream, _pass.HasDtime);
        while (_record < to && !_pass.Full)
        {
            var wanted = (int)Math.Min(chunkBytes, (to - _record) * size);
            var got = stream.ReadRecords(room.Bytes.AsSpan(0, wanted), _record);
            if (got < size)
            {
                _shorter = true;
                break;
            }
            Take(room.Bytes.AsSpan(0, got - got % size), consumer, countOnly ? (TraceCounter)consumer : null, room, progress, stop);
        }
        _recordsRead = _record - first;
        progress?.Report(_record);
    }

    /// <summary>Counts records that were read already, from where the clock stands; what was counted before stays.</summary>
    /// <param name="record">Number of the first of them.</param>
    /// <param name="start">Where the clock stands there [ticks].</param>
    /// <returns>False where the clock comes to its end.</returns>
    public bool Count(ReadOnlySpan<byte> records, long record, Int128 start, TraceCounter into, Room room, CancellationToken stop)
    {
        if (!_pass.StartAt(start)) return false;
        _record = record;
        Take(records, into, into, room, null, stop);
        return !_pass.Full;
    }

    void Take(ReadOnlySpan<byte> chunk, IPhotonConsumer consumer, TraceCounter? trace, Room room, IProgress<long>? progress, CancellationToken stop)
    {
        var (pass, size) = (_pass, stream.RecordBytes);
        while (!chunk.IsEmpty && !pass.Full)
        {
            stop.ThrowIfCancellationRequested();
            var next = chunk;
            if (trace is not null)
            {
                if (pass.Count(chunk, trace) is > 0 and var counted)
                {
                    chunk = chunk[(counted * size)..];
                    _record += counted;
                    _decoded = Decoded;
                    continue;
                }
                // More at a time where counting does not go on, so that trying costs little.
                next = chunk[..Math.Min(chunk.Length, _decoded * size)];
                _decoded = Math.Min(2 * _decoded, room.Time.Length);
            }

            var used = pass.Decode(next, room.Time, room.Channel, room.Dtime, _record, out var events);
            if (events > 0)
            {
                var times = room.Time[..events];
                if (trace is null)
                {
                    Look(times, chunk[..(used * size)]);
                    if (pass.HasDtime && _dtimeLimit is { } limit)
                        _lateDtimes += PicoQuantRecords.CountAbove(room.Dtime[..events], limit);
                }
                consumer.Add(new PhotonBatch(times, room.Channel[..events], pass.HasDtime ? room.Dtime[..events] : []));
            }
            chunk = chunk[(used * size)..];
            _record += used;

            if (progress is not null && Environment.TickCount64 >= _nextWord)
            {
                progress.Report(_record);
                _nextWord = Environment.TickCount64 + WordEvery;
            }
        }
    }

    /// <summary>Room for records and for the events among them, borrowed for the time of a pass.</summary>
    public sealed class Room(RecordStream stream, bool hasDtime) : IDisposable
    {
        readonly long[] _time = ArrayPool<long>.Shared.Rent(stream.Sizes.Batch);
        readonly short[] _channel = ArrayPool<short>.Shared.Rent(stream.Sizes.Batch);
        readonly int[] _dtime = hasDtime ? ArrayPool<int>.Shared.Rent(stream.Sizes.Batch) : [];
        readonly int _batch = stream.Sizes.Batch;

        public byte[] Bytes { get; } = ArrayPool<byte>.Shared.Rent(stream.RecordsOfChunk * stream.RecordBytes);
        public Span<long> Time => _time.AsSpan(0, _batch);
        public Span<short> Channel => _channel.AsSpan(0, _batch);
        public Span<int> Dtime => _dtime.AsSpan(0, hasDtime ? _batch : 0);

        public void Dispose()
        {
            ArrayPool<byte>.Shared.Return(Bytes);
            ArrayPool<long>.Shared.Return(_time);
            ArrayPool<short>.Shared.Return(_channel);
            if (hasDtime) ArrayPool<int>.Shared.Return(_dtime);
        }
    }

    /// <summary>Looks for time that runs backwards.</summary>
    void Look(ReadOnlySpan<long> times, ReadOnlySpan<byte> records)
    {
        if (_events == 0) _firstEvent = (_record + _pass.RecordOf(records, 0), times[0]);
        if (PicoQuantRecords.CountBackwardSteps(times, _before) > 0) _backward.Add(times, _before, _pass, records, _record);
        _before = times[^1];
        _events += times.Length;
    }

    /// <summary>Moves all times of the part by so many ticks.</summary>
    public void Shift(long ticks)
    {
        if (_firstEvent is { } first)
        {
            _firstEvent = (first.Record, first.Tick + ticks);
            _before += ticks;
        }
        _backward.Shift(ticks);
        _pass.Shift(ticks);
    }

    /// <summary>Adds what another part, directly behind, found.</summary>
    public void Join(RecordPart next)
    {
        if (next._firstEvent is { } first)
        {
            if (_events > 0 && first.Tick < _before) _backward.Add((first.Record, _before, first.Tick));
            _before = next._before;
            _firstEvent ??= first;
        }
        _backward.Join(next._backward);
        _events += next._events;
        _lateDtimes += next._lateDtimes;
        _recordsRead += next._recordsRead;
        _record = next._record;
        _shorter |= next._shorter;
        _pass.Join(next._pass);
    }

    /// <summary>What the decoder met.</summary>
    public PassReport Report()
    {
        var findings = new FindingList();
        var at = stream.DataOffset + _record * stream.RecordBytes;
        if (_shorter)
            findings.Add(Severity.Error, "FILE_BECAME_SHORTER",
                $"The file became shorter while it was read; it ends before record {_record:N0}.", at, _record);
        if (_pass.Full)
            findings.Add(Severity.Error, "CLOCK_OVERFLOW",
                $"The overflow records add up to more than 64 bits can hold; reading stopped at record {_record:N0}. The counts in the overflow records are not believable.",
                at, _record);
        _pass.Tell(findings, _before, _events);
        TellOfDtimes(stream, _lateDtimes, _pass.PhotonsOf(_events), findings);
        _backward.Tell(findings, stream);

        return new PassReport(_recordsRead, _pass.OverflowRecords, _pass.Wraps, Clock, findings.ToList())
        {
            BackwardSteps = _backward.Count,
            UndefinedRecords = _pass.Undefined,
        };
    }

    /// <summary>Tells of micro times beyond the sync period.</summary>
    internal static void TellOfDtimes(RecordStream stream, long late, long photons, FindingList findings)
    {
        if (late == 0) return;
        findings.Add(late > 0.01 * photons ? Severity.Warning : Severity.Info, "DTIME_BEYOND_PERIOD",
            $"{late:N0} of {photons:N0} micro times lie beyond the sync period of {FoundText.Nanoseconds(stream.SyncPeriod!.Value)}. Header and records do not fit: the sync rate may be wrong. Sync counts and micro times are kept apart; nothing was rescaled.");
    }

    /// <summary>Where the time ran backwards: how often, first, and farthest.</summary>
    sealed class BackwardSteps
    {
        (long Record, long From, long To) _first, _largest;

        public long Count { get; private set; }

        public void Add(ReadOnlySpan<long> time, long before, RecordPass pass, ReadOnlySpan<byte> records, long firstRecord)
        {
            var (first, largest, steps) = (-1, -1, 0);
            var size = Count == 0 ? 0 : _largest.From - _largest.To;
            for (var i = 0; i < time.Length; i++)
            {
                var from = i == 0 ? before : time[i - 1];
                if (time[i] >= from) continue;
                steps++;
                if (Count == 0 && first < 0) first = i;
                if (from - time[i] > size) (size, largest) = (from - time[i], i);
            }
            if (first >= 0) _first = Step(first, time, before, pass, records, firstRecord);
            if (largest >= 0) _largest = Step(largest, time, before, pass, records, firstRecord);
            Count += steps;
        }

        public void Add((long Record, long From, long To) step)
        {
            if (Count == 0) _first = step;
            if (Count == 0 || step.From - step.To > _largest.From - _largest.To) _largest = step;
            Count++;
        }

        public void Shift(long ticks)
        {
            _first = (_first.Record, _first.From + ticks, _first.To + ticks);
            _largest = (_largest.Record, _largest.From + ticks, _largest.To + ticks);
        }

        public void Join(BackwardSteps next)
        {
            if (next.Count == 0) return;
            if (Count == 0) _first = next._first;
            if (Count == 0 || next._largest.From - next._largest.To > _largest.From - _largest.To) _largest = next._largest;
            Count += next.Count;
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
