using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// Counts pairs of photons on two detectors by the difference of their pulse numbers, in one pass and in bounded memory:
/// whole, in blocks of time, and by the longest gate that both photons survive.
/// </summary>
/// <remarks>
/// <para>
/// A photon's pulse is that of its record, or the one before it where its micro time lies before the cut: a table by micro
/// time knows. Gates are nested, so a pair is counted once, at the longest gate it survives, and the counts stay independent.
/// </para>
/// <para>
/// Photons in order go in chunks: all of them are held against those one place before them in the list of both detectors, then
/// two places, and so on until none is within reach; eight at once. Twice the pulse plus the detector in one number tells by its
/// differences how far two photons are apart, whether they are a pair, and which came first. Photons out of order, silences and
/// borders of blocks take a slow way, each photon for itself.
/// </para>
/// </remarks>
public sealed unsafe class PulsedCounter : IPartedConsumer
{
    const int Wanted = 20, Most = 2 * Wanted; // blocks
    const int Sentinels = 1;                  // entries before the recent photons that nothing reaches
    const int Chunk = 2048;                   // photons counted at once
    const int Before = -1 << 29, After = 1 << 28; // pulses, doubled, that are far from all of a chunk
    const byte Ignored = 2;
    const double Looking = 1e-3;              // [s] how late a photon may be and still find all its partners
    const double Silence = 0.1;               // [s]
    const int UnlikelySilence = 30;           // photons expected in a silence that is no chance: e^-30
    const int CentrePeaks = 1;                // peaks to each side whose photons can lie within a period

    readonly PulsedPlan _plan;
    readonly double? _duration;
    readonly byte[] _role = new byte[1 << 16];
    readonly ushort[] _place; // by detector and micro time: level, and pulse + Bias above it
    readonly double[] _delay; // by detector and micro time: time after the cut [s]
    readonly int[] _decay;
    readonly long[] _others = new long[Channels.MarkerBase];
    readonly long[] _centre;
    readonly double _binsPerSecond, _centreMiddle;
    readonly int _steps, _levels, _wobble;
    readonly long _reach, _keep, _silence;
    const int Bias = 64;

    // Recent photons, their pulses in order but for the wobble of the cut; the first entries are sentinels that nothing reaches.
    long[] _pulse = new long[1 << 15];
    byte[] _who = new byte[1 << 15]; // detector, and level above it
    int[] _step = new int[1 << 15];
    int _count = Sentinels;

    // The same, recalled for a chunk and followed by it: twice the pulse and the detector, level, place in the tables.
    int _room, _recalled;
    int[] _doubled = [], _level = [], _at = [];
    readonly int[] _found = new int[Chunk + 8];

    readonly int[]?[] _blocks = new int[]?[Most];
    readonly long[] _a = new long[Most], _b = new long[Most];
    long _blockLength;
    int _block;
    long _blockBegin, _blockEnd;
    long _seen, _seenSecond, _closed, _closedSecond;

    readonly List<(long From, long To)> _silences = [];
    long _first = long.MaxValue;
    long _disordered;

    // Of a part that another reads before: its first photons, which still have partners there.
    List<(long Pulse, byte Who, int Step)>? _head;

    /// <param name="duration">Length of the run [s], null where it is not known beforehand.</param>
    public PulsedCounter(PulsedPlan plan, double? duration)
    {
        (_plan, _duration) = (plan, duration);
        (_steps, _levels, _reach) = (plan.Clock.Steps, plan.Levels, plan.Reach);
        Array.Fill(_role, Ignored);
        _role[(ushort)plan.Channels.A] = 0;
        _role[(ushort)plan.Channels.B] = 1;
        _place = new ushort[2 * _steps + 1]; // read two at a time
        (_delay, _decay) = (new double[2 * _steps], new int[2 * _steps]);
        var (least, most) = (0, 0);
        for (var k = 0; k < 2 * _steps; k++)
        {
            var (second, step) = (k >= _steps, k % _steps);
            var (pulse, delay) = plan.Place(second, step);
            pulse = Math.Clamp(pulse, -Bias, Bias);
            _delay[k] = delay;
            (least, most) = (Math.Min(least, pulse), Math.Max(most, pulse));
            _place[k] = (ushort)(pulse + Bias << 8 | plan.Level(second, step) << 1);
        }

        // A window takes photons of neighbouring pulses too.
        _wobble = most - least + (plan.Window is null ? 0 : 1);
        _keep = _reach + _wobble + 1 + (long)(Looking / plan.Clock.Period);
        _silence = Math.Max((long)(Silence / plan.Clock.Period), _reach + _wobble + 2);
        _centre = new long[2 * plan.CentreSide + 1];
        (_binsPerSecond, _centreMiddle) = (1 / plan.CentreBin, plan.CentreSide + 0.5);
        _blockLength = Math.Max(1, (long)Math.Ceiling((duration is { } known ? known / Wanted : 1e-3) / plan.Clock.Period));
        _blockEnd = _blockLength;
        _blocks[0] = NewRow();
        _pulse.AsSpan(0, Sentinels).Fill(long.MinValue / 4);
    }

    /// <inheritdoc/>
    public void Add(in PhotonBatch batch)
    {
        for (var done = 0; done < batch.Count;)
        {
            if (_pulse.Length - _count < 4096) Forget();
            var some = Math.Min(_pulse.Length - _count, batch.Count - done);
            var dtime = batch.Dtime.IsEmpty ? default : batch.Dtime.Slice(done, some);
            if (Avx2.IsSupported && _plan.Window is null && !dtime.IsEmpty && (_head is null || _headWhole)) AddFast(batch.Time.Slice(done, some), batch.Channel.Slice(done, some), dtime);
            else AddPlain(batch.Time.Slice(done, some), batch.Channel.Slice(done, some), dtime);
            done += some;
        }
    }

    /// <summary>Photons in order, without a silence and within one block: all of them at once, one lag in the list after another.</summary>
    void AddFast(ReadOnlySpan<long> time, ReadOnlySpan<short> channel, ReadOnlySpan<int> dtime)
    {
        for (var from = 0; from < time.Length; from += Chunk)
        {
            var some = Math.Min(Chunk, time.Length - from);
            var first = time[from];
            var known = Recall(first);
            var photons = Load(time.Slice(from, some), channel.Slice(from, some), dtime.Slice(from, some), first, out var second);
            if (photons < 0)
            {
                AddPlain(time.Slice(from, some), channel.Slice(from, some), dtime.Slice(from, some));
                continue;
            }

            CountChunk(known, photons);
            Remember(first, photons, second);
        }
    }

    /// <summary>Puts the recent photons that later ones can reach before the chunk.</summary>
    /// <param name="first">Pulse that pulses are counted from.</param>
    /// <returns>How many they are.</returns>
    int Recall(long first)
    {
        var known = 0;
        while (_count - 1 - known >= Sentinels && _pulse[_count - 1 - known] >= first - _reach - 2 * _wobble - 2) known++;
        if (known + Chunk > _room)
        {
            _room = 2 * (known + Chunk);
            (_doubled, _level, _at) = (NewLane(), NewLane(), NewLane());
            _doubled.AsSpan(0, _room).Fill(Before);
            _recalled = 0;
        }

        // What an earlier chunk had there is out of reach now.
        if (_recalled > known) _doubled.AsSpan(_room - _recalled, _recalled - known).Fill(Before);
        _recalled = known;
        for (var k = 1; k <= known; k++)
        {
            int who = _who[_count - k];
            _doubled[_room - k] = (int)(2 * (_pulse[_count - k] - first)) + (who & 1);
            _level[_room - k] = who >> 1;
            _at[_room - k] = (who & 1) * _steps + _step[_count - k];
        }

        return known;
    }

    int[] NewLane() => new int[_room + Chunk + 8];

    /// <summary>Puts the photons of a chunk behind the recent ones.</summary>
    /// <returns>How many they are; -1 where something is notable about them, and then nothing was counted.</returns>
    int Load(ReadOnlySpan<long> time, ReadOnlySpan<short> channel, ReadOnlySpan<int> dtime, long first, out long seconds)
    {
        var n = _room;
        long wide = 0;
        fixed (long* times = time)
        fixed (int* dtimes = dtime, doubled = _doubled, level = _level, ats = _at)
        fixed (short* channels = channel)
        fixed (ushort* places = _place)
        {
            var i = 0;
            var (wides, secondOnes) = (Vector256<long>.Zero, Vector256<int>.Zero);
            var (a, b) = (Vector128.Create((short)_plan.Channels.A), Vector128.Create((short)_plan.Channels.B));
            var (begin, slack) = (Vector256.Create(first), Vector256.Create(2L * Bias));
            var (steps, last) = (Vector256.Create(_steps), Vector256.Create((uint)_steps - 1));
            seconds = 0;
            while (i < time.Length)
            {
                for (; i + 8 <= time.Length; i += 8, n += 8)
                {
                    var codes = Vector128.Load(channels + i);
                    var isSecond = Vector128.Equals(codes, b);
                    if ((isSecond | Vector128.Equals(codes, a)) != Vector128<short>.AllBitsSet) break;
                    var second = Avx2.ConvertToVector256Int32(isSecond);
                    var (t0, t1) = (Vector256.Load(times + i) - begin, Vector256.Load(times + i + 4) - begin);
                    wides |= t0 + slack | t1 + slack;
                    var at = Vector256.Min(Vector256.Load((uint*)dtimes + i), last).AsInt32() + (second & steps);
                    var place = Avx2.GatherVector256((int*)places, at, sizeof(ushort));
                    var p = Vector256.Narrow(t0, t1) + (Vector256.ShiftRightLogical(Vector256.ShiftLeft(place, 16), 24) - Vector256.Create(Bias));
                    (Vector256.ShiftLeft(p, 1) - second).Store(doubled + n);
                    Vector256.ShiftRightLogical(place & Vector256.Create(0xFF), 1).Store(level + n);
                    at.Store(ats + n);
                    secondOnes -= second;
                }

                // Among these, or at the end, are others than photons of the two.
                for (var end = Math.Min(i + 8, time.Length); i < end; i++)
                {
                    int role = _role[(ushort)channels[i]];
                    if (role == Ignored) continue;
                    var t = times[i] - first;
                    wide |= t + 2 * Bias;
                    var at = (-role & _steps) + (int)Math.Min((uint)dtimes[i], (uint)_steps - 1);
                    int place = places[at];
                    doubled[n] = ((int)t + (place >> 8) - Bias) * 2 + role;
                    level[n] = (place & 0xFF) >> 1;
                    ats[n] = at;
                    seconds += role;
                    n++;
                }
            }

            seconds += Vector256.Sum(secondOnes);
            wide |= wides[0] | wides[1] | wides[2] | wides[3];
            // Too far apart for this way; out of order or after a silence; near a border of blocks.
            if ((ulong)wide >> 26 != 0 || n == _room || !InOrder(doubled, n, first)) return -1;
            var latest = first + (doubled[n - 1] >> 1) + _wobble;
            if (first - _wobble < _blockBegin + _reach + _wobble || latest >= _blockEnd) return -1;

            fixed (int* decay = _decay)
                for (var k = _room; k < n; k++) decay[ats[k]]++;
            if (n - _room < time.Length) CountOthers(channel);
            for (var k = 0; k < 8; k++) doubled[n + k] = After + k * 4 * ((int)_reach + _wobble + 4);
            return n - _room;
        }
    }

    /// <summary>True where no photon of a chunk is a pulse or more before the one before it, or behind a silence.</summary>
    bool InOrder(int* doubled, int end, long first)
    {
        var ahead = first + (doubled[_room] >> 1) - _pulse[_count - 1] + 1;
        if ((ahead | _silence - 1 - ahead) < 0) return false;
        var (k, bad) = (_room + 1, Vector256<int>.Zero);
        var gap = (int)Math.Min(_silence - 1, 1 << 28);
        for (; k + 8 <= end; k += 8)
        {
            var next = Vector256.ShiftRightArithmetic(Vector256.Load(doubled + k), 1) - Vector256.ShiftRightArithmetic(Vector256.Load(doubled + k - 1), 1) + Vector256<int>.One;
            bad |= next | Vector256.Create(gap) - next;
        }

        if (bad.ExtractMostSignificantBits() != 0) return false;
        for (; k < end; k++)
        {
            var next = (doubled[k] >> 1) - (doubled[k - 1] >> 1) + 1;
            if ((next | gap - next) < 0) return false;
        }

        return true;
    }

    void CountOthers(ReadOnlySpan<short> channel)
    {
        foreach (var c in channel)
            if (_role[(ushort)c] == Ignored && Channels.IsPhoton(c)) _others[c]++;
    }

    /// <summary>Counts the pairs of a chunk with all photons before them.</summary>
    void CountChunk(int known, int photons)
    {
        var (reach, levels) = ((int)_reach, _levels);
        var near = Vector256.Create(2 * (reach + _wobble) + 2);
        var (one, middle) = (Vector256.Create(1), Vector256.Create(reach));
        var (below, above) = (Vector256.Create(-reach - 1), Vector256.Create(reach + 1));
        var (centreBelow, centreAbove) = (Vector256.Create(-CentrePeaks - 1), Vector256.Create(CentrePeaks + 1));
        var width = Vector256.Create(levels);
        ref var row = ref MemoryMarshal.GetArrayDataReference(_blocks[_block]!);
        fixed (int* doubled = _doubled, level = _level, found = _found)
        fixed (int* pick = Picks)
        {
            var here = doubled + _room;
            var levelHere = level + _room;
            for (var lag = 1; lag <= known + photons; lag++)
            {
                var any = Vector256<int>.Zero;
                var count = 0;
                for (var i = 0; i < photons; i += 8)
                {
                    var a = Vector256.Load(here + i);
                    var distance = a - Vector256.Load(here + i - lag);
                    var isNear = Vector256.LessThan(distance, near);
                    any |= isNear;
                    // Twice the pulses, and one more or less between two detectors.
                    var isPair = isNear & Vector256.ShiftLeft(distance, 31);
                    if (isPair.ExtractMostSignificantBits() == 0) continue;
                    var sign = Vector256.ShiftLeft(a & one, 1) - one;
                    var m = Vector256.ShiftRightArithmetic(Avx2.Sign(distance, sign) - one, 1);
                    isPair &= Vector256.GreaterThan(m, below) & Vector256.GreaterThan(above, m);
                    var hits = isPair.ExtractMostSignificantBits();
                    var cell = (m + middle) * width + Vector256.Min(Vector256.Load(levelHere + i), Vector256.Load(levelHere + i - lag));
                    Avx2.PermuteVar8x32(cell, Vector256.Load(pick + 8 * hits)).Store(found + count);
                    count += BitOperations.PopCount(hits);
                    isPair &= Vector256.GreaterThan(m, centreBelow) & Vector256.GreaterThan(centreAbove, m);
                    for (var central = isPair.ExtractMostSignificantBits(); central != 0; central &= central - 1)
                        Resolve(_room + i + BitOperations.TrailingZeroCount(central), lag);
                }

                for (var k = 0; k < count; k++) Unsafe.Add(ref row, (nint)found[k])++;
                if (any == Vector256<int>.Zero) break;
            }
        }
    }

    /// <summary>For each of 256 masks: the lanes that are set, in order.</summary>
    static readonly int[] Picks = [.. Enumerable.Range(0, 256).SelectMany(mask => Enumerable.Range(0, 8).OrderBy(lane => (mask >> lane & 1) == 0))];

    /// <summary>A pair of the chunk near the central peak, by its delay.</summary>
    void Resolve(int i, int lag)
    {
        var (late, early) = (_doubled[i], _doubled[i - lag]);
        var delay = ((late >> 1) - (early >> 1)) * _plan.Clock.Period + _delay[_at[i]] - _delay[_at[i - lag]];
        Resolve((late & 1) == 1 ? delay : -delay);
    }

    /// <summary>Keeps what later photons can reach of a chunk.</summary>
    void Remember(long first, int photons, long second)
    {
        var end = _room + photons;
        var oldest = _doubled[end - 1] / 2 - _keep;
        var from = end;
        while (from > _room && (_doubled[from - 1] >> 1) >= oldest) from--;
        if (from > _room)
        {
            // All that was kept before is out of reach.
            _seen += _count - Sentinels + from - _room;
            _count = Sentinels;
        }

        while (_pulse.Length - _count < end - from) Enlarge();
        for (var i = from; i < end; i++, _count++)
        {
            var role = _doubled[i] & 1;
            _pulse[_count] = first + (_doubled[i] >> 1);
            _who[_count] = (byte)(_level[i] << 1 | role);
            _step[_count] = _at[i] - role * _steps;
        }

        _first = Math.Min(_first, first + (_doubled[_room] >> 1));
        _seenSecond += second;
    }

    /// <summary>A delay near the central peak.</summary>
    void Resolve(double delay)
    {
        // Beyond the first bin the cast would round towards it.
        var at = delay * _binsPerSecond + _centreMiddle;
        if (at >= 0 && at < _centre.Length) _centre[(int)at]++;
    }

    /// <summary>Delay of the second detector's photon after the first's, each counted from its own cut [s].</summary>
    double Delay(long p, int w, int step, long q, int other, int otherStep)
    {
        var (here, there) = (_delay[(w & 1) * _steps + step], _delay[(other & 1) * _steps + otherStep]);
        var delay = (p - q) * _plan.Clock.Period + here - there;
        return (w & 1) == 1 ? delay : -delay;
    }

    /// <summary>Any photon, whatever is notable about it.</summary>
    void AddPlain(ReadOnlySpan<long> time, ReadOnlySpan<short> channel, ReadOnlySpan<int> dtime)
    {
        for (var i = 0; i < time.Length; i++)
        {
            var role = _role[(ushort)channel[i]];
            if (role == Ignored)
            {
                if (Channels.IsPhoton(channel[i])) _others[channel[i]]++;
                continue;
            }

            var step = dtime.IsEmpty ? 0 : (int)Math.Min((uint)dtime[i], (uint)_steps - 1);
            var at = role * _steps + step;
            _decay[at]++;
            var p = time[i] + (_place[at] >> 8) - Bias;
            Notable(p, (byte)(_place[at] & 0xFF | role), step);
        }
    }

    void Notable(long p, byte w, int step)
    {
        if (p >= _blockEnd) NextBlock(p);
        if (_head is { } head && !_headWhole)
        {
            _headWhole = head.Count > 0 && p > head[0].Pulse + _reach + 2 * _wobble + 1;
            if (!_headWhole) head.Add((p, w, step));
        }

        _first = Math.Min(_first, p);
        var distance = p - _pulse[_count - 1];
        var at = _count;
        if (distance < -_wobble)
        {
            _disordered++;
            while (at > Sentinels && _pulse[at - 1] > p) at--;
            for (var k = at; k < _count && _pulse[k] - p <= _reach + _wobble; k++) Pair(p, w, step, _pulse[k], _who[k], _step[k]);
        }
        else if (distance >= _silence && _count > Sentinels)
        {
            _silences.Add((_pulse[_count - 1], p));
        }

        for (var k = at - 1; k >= Sentinels && p - _pulse[k] <= _reach + _wobble; k--) Pair(p, w, step, _pulse[k], _who[k], _step[k]);
        if (at < _count)
        {
            Array.Copy(_pulse, at, _pulse, at + 1, _count - at);
            Array.Copy(_who, at, _who, at + 1, _count - at);
            Array.Copy(_step, at, _step, at + 1, _count - at);
        }

        (_pulse[at], _who[at], _step[at]) = (p, w, step);
        _seenSecond += w & 1;
        _count++;
    }

    /// <summary>Counts one pair the plain way.</summary>
    void Pair(long p, byte w, int step, long q, byte other, int otherStep)
    {
        if (((w ^ other) & 1) == 0) return;
        var (start, m) = (w & 1) == 1 ? (q, p - q) : (p, q - p);
        if (Math.Abs(m) <= CentrePeaks || _plan.Window is not null)
        {
            var delay = Delay(p, w, step, q, other, otherStep);
            if (Math.Abs(m) <= CentrePeaks) Resolve(delay);
            if (_plan.Window is { } window)
            {
                m = (long)Math.Round(delay / _plan.Clock.Period);
                if (Math.Abs(delay - m * _plan.Clock.Period) > 0.5 * window) return;
            }
        }

        if (Math.Abs(m) <= _reach) Row(start)[(m + _reach) * _levels + (Math.Min(w, other) >> 1)]++;
    }

    int[] NewRow() => new int[(2 * _reach + 1) * _levels];

    int[] Row(long pulse) => _blocks[(int)Math.Clamp(pulse / _blockLength, 0, _block)] ??= NewRow();

    void NextBlock(long p)
    {
        CloseBlock();
        while (p / _blockLength >= Most) DoubleBlocks();
        BeginBlock((int)(p / _blockLength));
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
        var seen = _seen + _count - Sentinels;
        var second = _seenSecond - _closedSecond;
        _a[_block] += seen - _closed - second;
        _b[_block] += second;
        (_closed, _closedSecond) = (seen, _seenSecond);
    }

    /// <summary>Joins the blocks two by two, to go on with blocks twice as long.</summary>
    void DoubleBlocks()
    {
        for (var k = 0; k < Most; k++)
        {
            if (k >= Wanted)
            {
                (_a[k], _b[k], _blocks[k]) = (0, 0, null);
                continue;
            }

            (_a[k], _b[k]) = (_a[2 * k] + _a[2 * k + 1], _b[2 * k] + _b[2 * k + 1]);
            _blocks[k] = Sum(_blocks[2 * k], _blocks[2 * k + 1]);
        }

        _blockLength *= 2;
        BeginBlock(_block / 2);
    }

    static int[]? Sum(int[]? one, int[]? other)
    {
        if (one is null || other is null) return one ?? other;
        for (var i = 0; i < one.Length; i++) one[i] += other[i];
        return one;
    }

    /// <summary>Drops photons that no later one can reach.</summary>
    void Forget()
    {
        var keepFrom = _pulse[_count - 1] - _keep;
        var at = Sentinels;
        while (at < _count && _pulse[at] < keepFrom) at++;
        var kept = _count - at;
        Array.Copy(_pulse, at, _pulse, Sentinels, kept);
        Array.Copy(_who, at, _who, Sentinels, kept);
        Array.Copy(_step, at, _step, Sentinels, kept);
        _seen += at - Sentinels;
        _count = kept + Sentinels;
        if (_pulse.Length - _count < _pulse.Length / 2) Enlarge();
    }

    void Enlarge()
    {
        Array.Resize(ref _pulse, 2 * _pulse.Length);
        Array.Resize(ref _who, _pulse.Length);
        Array.Resize(ref _step, _pulse.Length);
    }

    bool _headWhole;

    /// <inheritdoc/>
    public IPartedConsumer Fork() => new PulsedCounter(_plan, _duration) { _head = [] };

    /// <inheritdoc/>
    /// <remarks>With photons out of order the stream is read in one go.</remarks>
    public bool CanJoin(IReadOnlyList<IPartedConsumer> parts)
    {
        var latest = long.MinValue / 4;
        foreach (var part in parts.Cast<PulsedCounter>())
        {
            if (part._disordered > 0) return false;
            foreach (var photon in part._head!)
            {
                if (photon.Pulse < latest - _wobble) return false;
                latest = Math.Max(latest, photon.Pulse);
            }
            if (part._count > Sentinels) latest = Math.Max(latest, part._pulse[part._count - 1]);
        }

        return true;
    }

    public void Join(IReadOnlyList<IPartedConsumer> parts)
    {
        foreach (var part in parts.Cast<PulsedCounter>()) Take(part);
    }

    /// <summary>Takes over what a part counted, and counts the pairs across the border.</summary>
    void Take(PulsedCounter part)
    {
        if (part._count == Sentinels)
        {
            for (var c = 0; c < _others.Length; c++) _others[c] += part._others[c];
            return;
        }

        part.CloseBlock();
        while (_blockLength < part._blockLength) DoubleBlocks();
        while (part._blockLength < _blockLength) part.DoubleBlocks();
        for (var k = 0; k < Most; k++)
        {
            (_a[k], _b[k]) = (_a[k] + part._a[k], _b[k] + part._b[k]);
            _blocks[k] = Sum(_blocks[k], part._blocks[k]);
        }

        BeginBlock(Math.Max(_block, part._block));
        if (_count > Sentinels && part._head![0].Pulse - _pulse[_count - 1] >= _silence) _silences.Add((_pulse[_count - 1], part._head[0].Pulse));
        foreach (var (p, w, step) in part._head!)
            for (var k = _count - 1; k >= Sentinels && p - _pulse[k] <= _reach + 2 * _wobble; k--)
                Pair(p, w, step, _pulse[k], _who[k], _step[k]);

        // A short part leaves photons before it within reach.
        var photons = _seen + _count - Sentinels + part._seen + part._count - Sentinels;
        if (part._headWhole)
        {
            (_pulse, _who, _step, _count) = (part._pulse, part._who, part._step, part._count);
        }
        else
        {
            for (var k = Sentinels; k < part._count; k++)
            {
                if (_count == _pulse.Length) Forget();
                (_pulse[_count], _who[_count], _step[_count]) = (part._pulse[k], part._who[k], part._step[k]);
                _count++;
            }
        }

        _seen = photons - (_count - Sentinels);
        _seenSecond += part._seenSecond;
        (_closed, _closedSecond) = (photons, _seenSecond);
        _first = Math.Min(_first, part._first);
        _silences.AddRange(part._silences);
        for (var k = 0; k < _decay.Length; k++) _decay[k] += part._decay[k];
        for (var k = 0; k < _centre.Length; k++) _centre[k] += part._centre[k];
        for (var c = 0; c < _others.Length; c++) _others[c] += part._others[c];
    }

    /// <summary>Pulse number of the latest photon so far; null before the first.</summary>
    public long? LastPulse => _count > Sentinels ? _pulse[_count - 1] : null;

    /// <summary>What was counted.</summary>
    /// <param name="duration">Length of the run [s], for the length of the last block.</param>
    public PulsedCounts Finish(double duration)
    {
        CloseBlock();
        var length = _blockLength * _plan.Clock.Period;
        var count = _block + 1;
        // A short rest at the end belongs to the block before it.
        if (count > 1 && duration - (count - 1) * length < 0.5 * length)
        {
            count--;
            _blocks[count - 1] = Sum(_blocks[count - 1] ?? NewRow(), _blocks[count]);
            (_a[count - 1], _b[count - 1]) = (_a[count - 1] + _a[count], _b[count - 1] + _b[count]);
        }

        var cells = (int)(2 * _reach + 1) * _levels;
        var blocks = new List<PulsedBlock>();
        for (var k = 0; k < count; k++)
            blocks.Add(new(Row(k), _a[k], _b[k], k < count - 1 ? length : Math.Max(duration - k * length, 0)));
        // Whole blocks without a photon at the end of a run are blocks too.
        for (var k = count; k < Most && duration - k * length >= 0.5 * length; k++)
        {
            blocks[k - 1] = blocks[k - 1] with { Length = length };
            blocks.Add(new(new int[cells], 0, 0, duration - k * length));
        }

        var photons = _seen + _count - Sentinels;
        var enough = Math.Max(_silence, photons == 0 ? 0 : (long)(UnlikelySilence * duration / photons / _plan.Clock.Period));
        return new(_plan, blocks)
        {
            Decay = ([.. _decay.Take(_steps).Select(n => (long)n)], [.. _decay.Skip(_steps).Select(n => (long)n)]),
            Centre = _centre,
            Others = Enumerable.Range(0, _others.Length).Where(c => _others[c] > 0).ToDictionary(c => c, c => _others[c]),
            First = photons == 0 ? 0 : _first,
            Last = LastPulse ?? 0,
            Silences = [.. _silences.Where(s => s.To - s.From >= enough)],
            Disordered = _disordered,
        };

        int[] Row(int k)
        {
            var row = _blocks[k] ?? NewRow();
            Array.Resize(ref row, cells);
            return row;
        }
    }
}
