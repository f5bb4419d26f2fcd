using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// Counts all pairs of photons on two detectors by their delay, in one pass and in bounded memory, whole and in blocks of time.
/// </summary>
/// <remarks>
/// <para>Bins and delays are integers: index = floor((dt + M d + (d-1)/2) / d), d odd, dt = t(second) - t(first) - delay.</para>
/// <para>
/// Every photon looks back along one sorted list of both detectors' recent photons and meets each earlier partner once. At
/// usual rates the neighbour is near or far as by the toss of a coin, which a processor cannot foresee: so it is always counted,
/// into a spare place that nobody reads where it is too far or on the same detector. Photons out of order, long silences and
/// borders of blocks take their own slow ways. The division by the bin width is a multiplication: floor(u/d) = high64((2u+1) floor(2^63/d)), exact while (2u+1) 2d is below 2^64.
/// </para>
/// <para>
/// Blocks: with a known duration, twenty equal ones. Without, blocks begin short and are joined two by two as the run grows
/// longer, which leaves twenty to forty.
/// </para>
/// </remarks>
public sealed unsafe class PairCounter : IPartedConsumer
{
    const int Wanted = 20;
    const int Most = 2 * Wanted;
    const int Spare = 64; // places; a power of two
    const byte First = 0, Second = 1, Ignored = 2, Unknown = 3;
    const double Looking = 1e-3;   // [s] how late a photon may be and still find all its partners
    const double Silence = 0.1;    // [s] ten bins of 10 ms without a photon
    const int UnlikelySilence = 30; // photons expected in a silence that is no chance: e^-30

    readonly PairClock _clock;
    readonly PairAxis _axis;
    readonly long _reach, _lookBack, _half, _delay;
    readonly ulong _magic;
    readonly byte[] _role = new byte[1 << 16];
    readonly long[] _others = new long[Channels.MarkerBase];
    readonly bool _findChannels;
    readonly int[] _channels = [-1, -1];
    readonly List<(long From, long To)> _silences = [];
    readonly long _silence, _looking;
    readonly IReadOnlyList<int>? _asked;
    readonly double? _duration;

    // The beginning of a part that another reads before: its photons, until none of them can meet one of that other.
    List<(long Time, short Channel)>? _head;
    bool _headWhole;
    long _headEnd = long.MaxValue;
    const int LongestHead = 1 << 20; // photons; more than 100 million a second would have to come

    // The sorted recent photons of both detectors; entry 0 is a sentinel that no window reaches.
    long[] _time;
    byte[] _who;
    int _count = 1;
    long _forgotten = long.MinValue / 4; // photons at or before this time are no longer in the list

    readonly long[]?[] _blocks = new long[]?[Most]; // each with spare places at its end that nobody reads
    readonly long[] _starts = new long[Most];
    readonly long[] _stops = new long[Most];
    long _blockLength;
    int _block;
    long _blockBegin, _blockEnd;
    long _seen, _seenSecond;

    long _first = long.MaxValue, _last = long.MinValue;
    long _disordered, _worst, _tooLate;
    long _farthest; // how far a photon came behind one of whatever detector
    long _shortest; // of one detector, up to the look back; one more where there is none

    /// <param name="channels">Raw codes of the two detectors, or null to take the only two there are.</param>
    /// <param name="duration">Length of the run [s], null where it is not known beforehand.</param>
    public PairCounter(PairClock clock, PairAxis axis, IReadOnlyList<int>? channels, double? duration)
    {
        _clock = clock;
        _axis = axis;
        _delay = axis.Delay;
        _reach = axis.Reach;
        _half = axis.Side * axis.Width + (axis.Width - 1) / 2;
        _lookBack = _reach + Math.Abs(_delay);
        if ((UInt128)(4 * (ulong)_reach + 2) * (ulong)axis.Width * 2 >= (UInt128)1 << 64)
            throw new RequestException("The delay range is too long for bins of this width.");
        _magic = (1UL << 63) / (ulong)axis.Width;
        _silence = Math.Max((long)(Silence / clock.Unit), _lookBack + 2);
        _looking = (long)(Looking / clock.Unit);
        (_asked, _duration) = (channels, duration);
        _blockLength = Math.Max(1, (long)Math.Ceiling((duration is { } known ? known / Wanted : 1e-3) / clock.Unit));
        _blockEnd = _blockLength;
        _blocks[0] = NewRow();
        _shortest = _lookBack + 1;
        _time = new long[1 << 15];
        _who = new byte[_time.Length];
        _time[0] = long.MinValue / 4;

        _findChannels = channels is null;
        Array.Fill(_role, Ignored);
        for (var c = 0; c < Channels.MarkerBase; c++) _role[c] = _findChannels ? Unknown : Ignored;
        if (channels is not null)
        {
            for (var k = 0; k < 2; k++)
            {
                _channels[k] = channels[k];
                _role[(ushort)channels[k]] = (byte)k;
            }
        }
    }

    /// <inheritdoc/>
    public void Add(in PhotonBatch batch)
    {
        var done = 0;
        while (done < batch.Count)
        {
            var room = _time.Length - _count;
            if (room < 4096)
            {
                Forget();
                room = _time.Length - _count;
            }

            var some = Math.Min(room, batch.Count - done);
            if (_clock.UnitsPerDtime == 0) AddTicks(batch.Time.Slice(done, some), batch.Channel.Slice(done, some));
            else AddMicrotimes(batch.Time.Slice(done, some), batch.Channel.Slice(done, some), batch.Dtime.IsEmpty ? [] : batch.Dtime.Slice(done, some));
            done += some;
        }
    }

    void AddMicrotimes(ReadOnlySpan<long> time, ReadOnlySpan<short> channel, ReadOnlySpan<int> dtime)
    {
        const int some = 2048;
        Span<long> units = stackalloc long[some];
        for (var from = 0; from < time.Length; from += some)
        {
            var n = Math.Min(some, time.Length - from);
            for (var i = 0; i < n; i++)
                units[i] = time[from + i] * _clock.UnitsPerTick + (dtime.IsEmpty ? 0 : dtime[from + i]) * _clock.UnitsPerDtime;
            AddTicks(units[..n], channel.Slice(from, n));
        }
    }

    void AddTicks(ReadOnlySpan<long> time, ReadOnlySpan<short> channel)
    {
        if (_head is not null && !_headWhole)
        {
            var taken = TakeHead(time, channel);
            time = time[taken..];
            channel = channel[taken..];
        }

        // A head that was put back takes room that the batch was given before.
        if (_time.Length - _count < time.Length) Enlarge(_count + time.Length);
        var n = _count;
        var second = _seenSecond;
        var shortest = _shortest;
        var lookBack = _lookBack;
        var (shift, reach, magic) = (_half - _delay, 2 * _reach + 1, _magic);
        // Within these times a photon and all its partners lie in the block under way.
        var (begin, end) = (_blockBegin + lookBack, _blockEnd);
        var span = (ulong)_silence;
        var bins = _axis.Bins;
        ref var here = ref MemoryMarshal.GetArrayDataReference(_blocks[_block]!);
        fixed (long* times = _time, t0 = time)
        fixed (byte* who = _who, roles = _role)
        fixed (short* channels = channel)
        {
            var previous = times[n - 1];
            long lastRole = who[n - 1];
            var count = time.Length;
            for (var i = 0; i < count; i++)
            {
                long role = roles[(ushort)channels[i]];
                if (role > Second)
                {
                    if (!Stranger(channels[i], ref n, ref second)) continue;
                    role = roles[(ushort)channels[i]];
                    lastRole = who[n - 1];
                }

                var t = t0[i];
                times[n] = t;
                who[n] = (byte)role;
                var distance = t - previous;
                if ((ulong)distance >= span || t >= end || t < begin)
                {
                    (_count, _seenSecond, _shortest) = (n, second, shortest);
                    Notable(t, (byte)role, distance);
                    (n, second, shortest) = (_count, _seenSecond, _shortest);
                    (begin, end) = (_blockBegin + lookBack, _blockEnd);
                    here = ref MemoryMarshal.GetArrayDataReference(_blocks[_block]!);
                    previous = times[n - 1];
                    lastRole = who[n - 1];
                    continue;
                }

                // The neighbour, near or far, without a branch: what does not count goes to one of the rows' spare places.
                var sign = role - lastRole;
                var same = (role ^ lastRole) - 1; // all bits set where it is the same detector
                if ((distance | ~same & long.MaxValue) < shortest) shortest = distance;
                var u = sign * distance + shift;
                var inside = (u - reach & ~u & ~same) >> 63;
                var bin = (long)Bin((ulong)u, magic);
                var spare = bins + (n & Spare - 1);
                Unsafe.Add(ref here, (nint)(spare ^ (spare ^ bin) & inside))++;

                // Those before it are rarely near.
                for (var k = n - 2; t - times[k] is var back && back <= lookBack; k--)
                {
                    sign = role - who[k];
                    if (sign == 0)
                    {
                        if (back < shortest) shortest = back;
                        continue;
                    }

                    u = sign * back + shift;
                    if ((ulong)u < (ulong)reach)
                        Unsafe.Add(ref here, (nint)Bin((ulong)u, magic))++;
                }

                second += role;
                previous = t;
                lastRole = role;
                n++;
            }
        }

        (_count, _seenSecond, _shortest) = (n, second, shortest);
    }

    /// <summary>floor(u/d); the upper half of the product alone, which needs no place in memory for the lower.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Bin(ulong u, ulong magic) =>
        Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(2 * u + 1, magic) : Math.BigMul(2 * u + 1, magic, out _);

    /// <summary>A photon out of order, or after a silence, or near the beginning of a block.</summary>
    void Notable(long t, byte role, long distance)
    {
        if (distance < 0)
        {
            Late(t, role);
            return;
        }

        if (_count == 1 && t < _first) _first = t;
        if (distance >= _silence && _count > 1) _silences.Add((_time[_count - 1], t));
        if (t >= _blockEnd) NextBlock(t);
        for (var k = _count - 1; t - _time[k] <= _lookBack; k--) Pair(t, role, _time[k], _who[k]);
        _seenSecond += role;
        _count++;
    }

    /// <summary>Counts one pair the plain way.</summary>
    void Pair(long t, byte role, long other, byte otherRole)
    {
        if (role == otherRole)
        {
            _shortest = Math.Min(_shortest, Math.Abs(t - other));
            return;
        }

        var (start, stop) = role == First ? (t, other) : (other, t);
        var u = stop - start - _delay + _half;
        if ((ulong)u <= (ulong)(2 * _reach)) Row(start)[u / _axis.Width]++;
    }

    long[] NewRow() => new long[_axis.Bins + Spare];

    long[] Row(long start)
    {
        var block = (int)Math.Clamp(start / _blockLength, 0, _block);
        return _blocks[block] ??= NewRow();
    }

    /// <summary>Puts a late photon where it belongs and pairs it with the photons on both sides.</summary>
    void Late(long t, byte role)
    {
        if (t - _lookBack <= _forgotten) _tooLate++;
        _farthest = Math.Max(_farthest, _time[_count - 1] - t);
        var at = _count;
        while (at > 1 && _time[at - 1] > t) at--;
        for (var k = _count - 1; k >= at; k--)
        {
            if (_who[k] != role) continue;
            _disordered++;
            _worst = Math.Max(_worst, _time[k] - t);
            break;
        }

        for (var k = at; k < _count && _time[k] - t <= _lookBack; k++) Pair(t, role, _time[k], _who[k]);
        for (var k = at - 1; k >= 1 && t - _time[k] <= _lookBack; k--) Pair(t, role, _time[k], _who[k]);

        Array.Copy(_time, at, _time, at + 1, _count - at);
        Array.Copy(_who, at, _who, at + 1, _count - at);
        _time[at] = t;
        _who[at] = role;
        _first = Math.Min(_first, t);

        // It may belong to an earlier block than the one under way; the counts of the current one are taken at its end.
        var block = (int)Math.Clamp(t / _blockLength, 0, _block);
        if (block < _block)
        {
            if (role == First) _starts[block]++;
            else _stops[block]++;
            _lateFirst += role == First ? 1 : 0;
            _lateSecond += role;
        }

        _seenSecond += role;
        _count++;
    }

    long _lateFirst, _lateSecond;

    void NextBlock(long t)
    {
        CloseBlock();
        while (t / _blockLength >= Most) DoubleBlocks();
        BeginBlock((int)(t / _blockLength));
    }

    /// <summary>Joins the blocks two by two, to go on with blocks twice as long.</summary>
    void DoubleBlocks()
    {
        for (var k = 0; k < Wanted; k++)
        {
            _starts[k] = _starts[2 * k] + _starts[2 * k + 1];
            _stops[k] = _stops[2 * k] + _stops[2 * k + 1];
            var (even, odd) = (_blocks[2 * k], _blocks[2 * k + 1]);
            if (even is not null && odd is not null)
                for (var i = 0; i < even.Length; i++)
                    even[i] += odd[i];
            _blocks[k] = even ?? odd;
        }

        for (var k = Wanted; k < Most; k++)
        {
            (_starts[k], _stops[k]) = (0, 0);
            _blocks[k] = null;
        }

        _blockLength *= 2;
        _block /= 2;
    }

    void BeginBlock(int block)
    {
        _block = block;
        _blocks[_block] ??= NewRow();
        _blockBegin = block * _blockLength;
        _blockEnd = _blockBegin + _blockLength;
    }

    /// <summary>Gives the current block the photons seen since the last call.</summary>
    void CloseBlock()
    {
        var seen = _seen + _count - 1;
        var (second, all) = (_seenSecond - _closedSecond, seen - _closed);
        _starts[_block] += all - second - _lateFirst;
        _stops[_block] += second - _lateSecond;
        (_closed, _closedSecond, _lateFirst, _lateSecond) = (seen, _seenSecond, 0, 0);
    }

    long _closed, _closedSecond;

    /// <summary>Drops photons that no later one can reach.</summary>
    void Forget()
    {
        var keepFrom = _time[_count - 1] - _lookBack - _looking;
        var at = 1 + _time.AsSpan(1, _count - 1).BinarySearch(keepFrom);
        if (at <= 0) at = Math.Max(1, 1 + ~(at - 1));
        var kept = _count - at;
        if (at > 1)
        {
            _forgotten = _time[at - 1];
            Array.Copy(_time, at, _time, 1, kept);
            Array.Copy(_who, at, _who, 1, kept);
            _seen += at - 1;
            _count = kept + 1;
        }

        if (_time.Length - _count < _time.Length / 2) Enlarge(_time.Length);
    }

    void Enlarge(int atLeast)
    {
        Array.Resize(ref _time, Math.Max(atLeast, 2 * _time.Length));
        Array.Resize(ref _who, _time.Length);
    }

    /// <summary>A channel without a role: gives it one where it may have one, else only counts it.</summary>
    /// <returns>True where it has a role now.</returns>
    bool Stranger(short channel, ref int n, ref long second)
    {
        if (!Channels.IsPhoton(channel)) return false;
        if (_role[channel] == Ignored)
        {
            _others[channel]++;
            return false;
        }

        if (_channels[0] < 0)
        {
            _channels[0] = channel;
            _role[channel] = First;
        }
        else if (channel > _channels[0])
        {
            _channels[1] = channel;
            _role[channel] = Second;
        }
        else
        {
            // The lower code is the first detector. Until now only the other one has spoken, so no pair was counted:
            // it is enough to change names.
            _role[_channels[0]] = Second;
            _role[channel] = First;
            _channels[1] = _channels[0];
            _channels[0] = channel;
            for (var k = 1; k < n; k++) _who[k] = Second;
            second = _seen + n - 1;
            (_closedSecond, _lateSecond, _lateFirst) = (_closed, _lateFirst, 0);
            for (var k = 0; k < Most; k++) (_starts[k], _stops[k]) = (0, _starts[k]);
        }

        if (_channels[1] >= 0)
            for (var c = 0; c < Channels.MarkerBase; c++)
                if (_role[c] == Unknown)
                    _role[c] = Ignored;
        return true;
    }

    /// <inheritdoc/>
    public IPartedConsumer Fork() => new PairCounter(_clock, _axis, _asked, _duration) { _head = [] };

    /// <summary>
    /// Keeps the photons at the beginning of a part until the part before is out of reach. Their pairs count where that part is
    /// joined; here they only are the partners of those that come after.
    /// </summary>
    /// <returns>Photons taken.</returns>
    int TakeHead(ReadOnlySpan<long> time, ReadOnlySpan<short> channel)
    {
        var head = _head!;
        var taken = 0;
        for (; taken < time.Length; taken++)
        {
            if (!Channels.IsPhoton(channel[taken])) continue;
            var counts = _role[channel[taken]] != Ignored;
            // The photon before the part may be later than its first one, and those behind the head earlier than its last.
            if (counts && _headEnd == long.MaxValue) _headEnd = time[taken] + _lookBack + 2 * _looking;
            if (counts && time[taken] > _headEnd || head.Count == LongestHead)
            {
                EndHead();
                break;
            }
            head.Add((time[taken], channel[taken]));
        }
        return taken;
    }

    /// <summary>Puts the photons of the head into the list of recent ones, and forgets all that was counted with them.</summary>
    void EndHead()
    {
        _headWhole = true;
        AddAgain(_head!);
        CloseBlock();
        foreach (var row in _blocks) row?.AsSpan().Clear();
        _starts.AsSpan().Clear();
        _stops.AsSpan().Clear();
        _others.AsSpan().Clear();
        _silences.Clear();
        (_disordered, _worst, _tooLate, _shortest, _first) = (0, 0, 0, _lookBack + 1, long.MaxValue);
    }

    void AddAgain(List<(long Time, short Channel)> head)
    {
        const int some = 1024;
        var (time, channel) = (new long[some], new short[some]);
        for (var from = 0; from < head.Count; from += some)
        {
            var n = Math.Min(some, head.Count - from);
            for (var i = 0; i < n; i++) (time[i], channel[i]) = head[from + i];
            if (_time.Length - _count < some) Forget();
            AddTicks(time.AsSpan(0, n), channel.AsSpan(0, n));
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Photons out of order by less than a millisecond meet all their partners wherever a part begins. With later ones, with
    /// detectors that only a part of the stream tells, or at rates beyond any detector, the stream is read in one go.
    /// </remarks>
    public bool CanJoin(IReadOnlyList<IPartedConsumer> parts)
    {
        var counters = parts.Cast<PairCounter>().ToArray();
        var (a, b) = (counters[0]._channels[0], counters[0]._channels[1]);
        if (_findChannels)
        {
            if (b < 0) return false;
            foreach (var part in counters)
                if (part._headWhole && (part._channels[0] != a || part._channels[1] != b || part._others.Any(n => n > 0))
                    || part._head!.Exists(photon => photon.Channel != a && photon.Channel != b)) return false;
        }

        var latest = long.MinValue / 4;
        foreach (var part in counters)
        {
            if (part._farthest >= _looking || part._head!.Count == LongestHead) return false;
            foreach (var (t, channel) in part._head)
            {
                if (_role[channel] == Ignored) continue;
                if (t <= latest - _looking) return false;
                latest = Math.Max(latest, t);
            }
            if (part._count > 1) latest = Math.Max(latest, part._time[part._count - 1]);
        }
        return true;
    }

    public void Join(IReadOnlyList<IPartedConsumer> parts)
    {
        var counters = parts.Cast<PairCounter>().ToArray();
        if (_findChannels)
        {
            var (a, b) = (counters[0]._channels[0], counters[0]._channels[1]);
            for (short c = 0; c < Channels.MarkerBase; c++) _role[c] = c == a ? First : c == b ? Second : Ignored;
            (_channels[0], _channels[1]) = (a, b);
        }

        foreach (var part in counters)
        {
            AddAgain(part._head!);
            if (part._headWhole) Take(part);
        }
    }

    /// <summary>Takes over what was counted behind the head of a part, and goes on where it ended.</summary>
    void Take(PairCounter part)
    {
        CloseBlock();
        part.CloseBlock();
        while (_blockLength < part._blockLength) DoubleBlocks();
        while (part._blockLength < _blockLength) part.DoubleBlocks();
        for (var k = 0; k < Most; k++)
        {
            _starts[k] += part._starts[k];
            _stops[k] += part._stops[k];
            if (part._blocks[k] is not { } from) continue;
            var row = _blocks[k] ??= NewRow();
            for (var i = 0; i < row.Length; i++) row[i] += from[i];
        }
        BeginBlock(Math.Max(_block, part._block));

        // All photons so far, less those that the part still has in its list.
        var (photons, second) = (_closed + part._closed, _closedSecond + part._closedSecond);
        var head = part._head!.Count(photon => _role[photon.Channel] <= Second);
        var headSecond = part._head!.Count(photon => _role[photon.Channel] == Second);
        (_closed, _closedSecond) = (photons - head, second - headSecond);
        _seenSecond = _closedSecond;
        (_time, _who, _count, _forgotten) = (part._time, part._who, part._count, part._forgotten);
        _seen = _closed - (_count - 1);

        _first = Math.Min(_first, part._first);
        _shortest = Math.Min(_shortest, part._shortest);
        _silences.AddRange(part._silences);
        _disordered += part._disordered;
        _worst = Math.Max(_worst, part._worst);
        for (var c = 0; c < _others.Length; c++) _others[c] += part._others[c];
    }

    /// <summary>Time of the latest photon so far [s]; null before the first.</summary>
    public double? LastTime => _count > 1 ? _time[_count - 1] * _clock.Unit : null;

    /// <summary>What was counted.</summary>
    /// <param name="duration">Length of the run [s], for the length of the last block.</param>
    public PairCounts Finish(double duration)
    {
        CloseBlock();
        var length = _blockLength * _clock.Unit;
        var count = _block + 1;
        // A short rest at the end belongs to the block before it.
        if (count > 1 && duration - (count - 1) * length < 0.5 * length)
        {
            count--;
            if (_blocks[count] is { } rest)
            {
                var row = _blocks[count - 1] ??= NewRow();
                for (var i = 0; i < rest.Length; i++) row[i] += rest[i];
            }

            _starts[count - 1] += _starts[count];
            _stops[count - 1] += _stops[count];
        }

        var blocks = new List<PairBlock>();
        foreach (ref var row in _blocks.AsSpan())
            if (row is not null)
                Array.Resize(ref row, _axis.Bins);
        for (var k = 0; k < count; k++)
            blocks.Add(new(_blocks[k] ?? new long[_axis.Bins], _starts[k], _stops[k],
                k < count - 1 ? length : Math.Max(duration - k * length, 0)));
        // Whole blocks without a photon at the end of a run are blocks too.
        for (var k = count; k < Most && duration - k * length >= 0.5 * length; k++)
        {
            blocks[k - 1] = blocks[k - 1] with { Length = length };
            blocks.Add(new(new long[_axis.Bins], 0, 0, duration - k * length));
        }

        var photons = _seen + _count - 1;
        if (_count > 1) _last = _time[_count - 1];
        var enough = Math.Max(_silence, photons == 0 ? 0 : (long)(UnlikelySilence * duration / photons / _clock.Unit));
        return new PairCounts(_axis, length, blocks)
        {
            Others = Enumerable.Range(0, _others.Length).Where(c => _others[c] > 0).ToDictionary(c => c, c => _others[c]),
            Channels = (_channels[0] < 0 ? null : _channels[0], _channels[1] < 0 ? null : _channels[1]),
            First = photons == 0 ? 0 : _first * _clock.Unit,
            Last = photons == 0 ? 0 : _last * _clock.Unit,
            Silences = [.. _silences.Where(s => s.To - s.From >= enough).Select(s => (s.From * _clock.Unit, s.To * _clock.Unit))],
            Disordered = _disordered,
            WorstDisorder = _worst * _clock.Unit,
            TooLate = _tooLate,
            ShortestInterval = _shortest > _lookBack ? null : _shortest * _clock.Unit,
        };
    }
}
