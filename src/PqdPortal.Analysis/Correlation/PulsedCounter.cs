using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
/// Every photon looks back along the recent photons of both detectors. The three before it are near or far as by the toss of
/// a coin, which a processor cannot foresee: they are always counted, into a spare place where they are too far or on the same
/// detector. Photons out of order, silences and borders of blocks take a slow way.
/// </para>
/// </remarks>
public sealed unsafe class PulsedCounter : IPartedConsumer
{
    const int Wanted = 20, Most = 2 * Wanted; // blocks
    const int Spare = 64;                     // places; a power of two
    const int Ahead = 3;                      // photons that are always looked at
    const byte Ignored = 2;
    const double Looking = 1e-3;              // [s] how late a photon may be and still find all its partners
    const double Silence = 0.1;               // [s]
    const int UnlikelySilence = 30;           // photons expected in a silence that is no chance: e^-30
    const int CentrePeaks = 2;                // peaks to each side whose photons can lie within 1.5 periods

    readonly PulsedPlan _plan;
    readonly double? _duration;
    readonly byte[] _role = new byte[1 << 16];
    readonly ushort[] _place; // by detector and micro time: level, and pulse + Bias above it
    readonly int[] _decay;
    readonly long[] _others = new long[Channels.MarkerBase];
    readonly long[] _centre;
    readonly int _steps, _levels, _wobble;
    readonly long _reach, _keep, _silence;
    const int Bias = 64;

    // Recent photons, their pulses in order but for the wobble of the cut; the first entries are sentinels that nothing reaches.
    long[] _pulse = new long[1 << 15];
    byte[] _who = new byte[1 << 15]; // detector, and level above it
    int[] _step = new int[1 << 15];
    int _count = Ahead;

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
        _place = new ushort[2 * _steps];
        _decay = new int[2 * _steps];
        var (least, most) = (0, 0);
        for (var k = 0; k < 2 * _steps; k++)
        {
            var (second, step) = (k >= _steps, k % _steps);
            var pulse = Math.Clamp(plan.Place(second, step).Pulse, -Bias, Bias);
            (least, most) = (Math.Min(least, pulse), Math.Max(most, pulse));
            _place[k] = (ushort)(pulse + Bias << 8 | plan.Level(second, step) << 1);
        }

        // A window takes photons of neighbouring pulses too.
        _wobble = most - least + (plan.Window is null ? 0 : 1);
        _keep = _reach + _wobble + 1 + (long)(Looking / plan.Clock.Period);
        _silence = Math.Max((long)(Silence / plan.Clock.Period), _reach + _wobble + 2);
        _centre = new long[2 * plan.CentreSide + 1];
        _blockLength = Math.Max(1, (long)Math.Ceiling((duration is { } known ? known / Wanted : 1e-3) / plan.Clock.Period));
        _blockEnd = _blockLength;
        _blocks[0] = NewRow();
        _pulse.AsSpan(0, Ahead).Fill(long.MinValue / 4);
    }

    /// <inheritdoc/>
    public void Add(in PhotonBatch batch)
    {
        for (var done = 0; done < batch.Count;)
        {
            if (_pulse.Length - _count < 4096) Forget();
            var some = Math.Min(_pulse.Length - _count, batch.Count - done);
            var dtime = batch.Dtime.IsEmpty ? default : batch.Dtime.Slice(done, some);
            if (_plan.Window is null && !dtime.IsEmpty && (_head is null || _headWhole)) AddFast(batch.Time.Slice(done, some), batch.Channel.Slice(done, some), dtime);
            else AddPlain(batch.Time.Slice(done, some), batch.Channel.Slice(done, some), dtime);
            done += some;
        }
    }

    void AddFast(ReadOnlySpan<long> time, ReadOnlySpan<short> channel, ReadOnlySpan<int> dtime)
    {
        var (n, second) = (_count, _seenSecond);
        var (steps, levels, silence, reach) = (_steps, _levels, (ulong)_silence, _reach);
        long cells = 2 * reach + 1, spares = cells * levels, far = reach + _wobble;
        // Within these pulses a photon and all its partners lie in the block under way.
        var (begin, span) = (_blockBegin + far, (ulong)Math.Max(0, _blockEnd - _blockBegin - far));
        ref var row = ref MemoryMarshal.GetArrayDataReference(_blocks[_block]!);
        fixed (long* pulses = _pulse, times = time)
        fixed (byte* who = _who, roles = _role)
        fixed (int* dtimes = dtime, kept = _step, decay = _decay)
        fixed (short* channels = channel)
        fixed (ushort* places = _place)
        {
            var previous = pulses[n - 1];
            for (var i = 0; i < time.Length; i++)
            {
                int role = roles[(ushort)channels[i]];
                if (role == Ignored)
                {
                    if (Channels.IsPhoton(channels[i])) _others[channels[i]]++;
                    continue;
                }

                var step = Math.Min((uint)dtimes[i], (uint)steps - 1);
                var at = (uint)(role * steps) + step;
                decay[at]++;
                int place = places[at];
                var p = times[i] + (place >> 8) - Bias;
                var w = place & 0xFF | role;
                pulses[n] = p;
                who[n] = (byte)w;
                kept[n] = (int)step;
                var distance = p - previous;
                if ((ulong)(distance + 1) >= silence || (ulong)(p - begin) >= span)
                {
                    (_count, _seenSecond) = (n, second);
                    Notable(p, (byte)w, (int)step);
                    (n, second) = (_count, _seenSecond);
                    (begin, span) = (_blockBegin + far, (ulong)Math.Max(0, _blockEnd - _blockBegin - far));
                    row = ref MemoryMarshal.GetArrayDataReference(_blocks[_block]!);
                    previous = pulses[n - 1];
                    continue;
                }

                var spare = spares + (4 * n & Spare - 1);
                for (var k = n - 1; k >= n - Ahead; k--)
                {
                    var back = p - pulses[k];
                    var isPair = Always(ref row, back, w, who[k], reach, cells, levels, spare + (k & 3));
                    if (isPair & (ulong)(back + CentrePeaks) <= 2 * CentrePeaks) Resolve(p, w, (int)step, back, who[k], kept[k]);
                }

                // Those before them are rarely near.
                for (var k = n - 1 - Ahead; p - pulses[k] is var back && back <= far; k--)
                {
                    int other = who[k];
                    long sign = (w & 1) - (other & 1);
                    var u = sign * back + reach;
                    if (sign == 0 || (ulong)u >= (ulong)cells) continue;
                    Unsafe.Add(ref row, (nint)(u * levels + (Math.Min(w, other) >> 1)))++;
                    if (Math.Abs(back) <= CentrePeaks) Resolve(p, w, (int)step, back, (byte)other, kept[k]);
                }

                second += role;
                previous = p;
                n++;
            }
        }

        (_count, _seenSecond) = (n, second);
    }
    /// <summary>Counts a pair, or counts into a spare place what is none.</summary>
    /// <returns>True where the two are on different detectors.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool Always(ref int row, long back, int w, int other, long reach, long cells, int levels, long spare)
    {
        long sign = (w & 1) - (other & 1);
        var u = sign * back + reach;
        // All bits set where the pair counts: within reach, and on two detectors.
        var inside = (u - cells & ~u & -(sign & 1)) >> 63;
        // The smaller one without a branch.
        var least = other ^ (w ^ other) & w - other >> 31;
        var cell = u * levels + (least >> 1);
        Unsafe.Add(ref row, (nint)(spare ^ (spare ^ cell) & inside))++;
        return sign != 0;
    }

    /// <summary>A pair near the central peak, by its delay.</summary>
    void Resolve(long p, int w, int step, long back, int other, int otherStep) => Resolve(Delay(p, w, step, p - back, other, otherStep));

    void Resolve(double delay)
    {
        var bin = (long)Math.Floor(delay / _plan.CentreBin + _plan.CentreSide + 0.5);
        if ((ulong)bin < (ulong)_centre.Length) _centre[bin]++;
    }

    /// <summary>Delay of the second detector's photon after the first's, each counted from its own cut [s].</summary>
    double Delay(long p, int w, int step, long q, int other, int otherStep)
    {
        var (here, there) = (_plan.Place((w & 1) == 1, step).Delay, _plan.Place((other & 1) == 1, otherStep).Delay);
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
            while (at > Ahead && _pulse[at - 1] > p) at--;
            for (var k = at; k < _count && _pulse[k] - p <= _reach + _wobble; k++) Pair(p, w, step, _pulse[k], _who[k], _step[k]);
        }
        else if (distance >= _silence && _count > Ahead)
        {
            _silences.Add((_pulse[_count - 1], p));
        }

        for (var k = at - 1; k >= Ahead && p - _pulse[k] <= _reach + _wobble; k--) Pair(p, w, step, _pulse[k], _who[k], _step[k]);
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

    int[] NewRow() => new int[(2 * _reach + 1) * _levels + Spare];

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
        var seen = _seen + _count - Ahead;
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
        var at = Ahead;
        while (at < _count && _pulse[at] < keepFrom) at++;
        var kept = _count - at;
        Array.Copy(_pulse, at, _pulse, Ahead, kept);
        Array.Copy(_who, at, _who, Ahead, kept);
        Array.Copy(_step, at, _step, Ahead, kept);
        _seen += at - Ahead;
        _count = kept + Ahead;
        if (_pulse.Length - _count >= _pulse.Length / 2) return;
        Array.Resize(ref _pulse, 2 * _pulse.Length);
        Array.Resize(ref _who, _pulse.Length);
        Array.Resize(ref _step, _pulse.Length);
    }

    bool _headWhole;

    /// <inheritdoc/>
    public IPartedConsumer Fork() => new PulsedCounter(_plan, _duration) { _head = [] };

    /// <inheritdoc/>
    /// <remarks>With photons out of order the stream is read in one go.</remarks>
    public bool Join(IReadOnlyList<IPartedConsumer> parts)
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
            if (part._count > Ahead) latest = Math.Max(latest, part._pulse[part._count - 1]);
        }

        foreach (var part in parts.Cast<PulsedCounter>()) Take(part);
        return true;
    }

    /// <summary>Takes over what a part counted, and counts the pairs across the border.</summary>
    void Take(PulsedCounter part)
    {
        if (part._count == Ahead)
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
        if (_count > Ahead && part._head![0].Pulse - _pulse[_count - 1] >= _silence) _silences.Add((_pulse[_count - 1], part._head[0].Pulse));
        foreach (var (p, w, step) in part._head!)
            for (var k = _count - 1; k >= Ahead && p - _pulse[k] <= _reach + 2 * _wobble; k--)
                Pair(p, w, step, _pulse[k], _who[k], _step[k]);

        // A short part leaves photons before it within reach.
        var photons = _seen + _count - Ahead + part._seen + part._count - Ahead;
        if (part._headWhole)
        {
            (_pulse, _who, _step, _count) = (part._pulse, part._who, part._step, part._count);
        }
        else
        {
            for (var k = Ahead; k < part._count; k++)
            {
                if (_count == _pulse.Length) Forget();
                (_pulse[_count], _who[_count], _step[_count]) = (part._pulse[k], part._who[k], part._step[k]);
                _count++;
            }
        }

        _seen = photons - (_count - Ahead);
        _seenSecond += part._seenSecond;
        (_closed, _closedSecond) = (photons, _seenSecond);
        _first = Math.Min(_first, part._first);
        _silences.AddRange(part._silences);
        for (var k = 0; k < _decay.Length; k++) _decay[k] += part._decay[k];
        for (var k = 0; k < _centre.Length; k++) _centre[k] += part._centre[k];
        for (var c = 0; c < _others.Length; c++) _others[c] += part._others[c];
    }

    /// <summary>Pulse number of the latest photon so far; null before the first.</summary>
    public long? LastPulse => _count > Ahead ? _pulse[_count - 1] : null;

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

        var photons = _seen + _count - Ahead;
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
