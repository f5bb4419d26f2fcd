using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// Counts all pairs of photons by their lag from one clock step to seconds, in one pass and in bounded memory, whole and in blocks of time.
/// </summary>
/// <remarks>
/// <para>
/// Times are whole clock units: ticks in T2, sync periods in T3, where a bin then holds whole laser periods. Pairs of two detectors
/// are counted in both orders together; a pair belongs to the block of its earlier photon.
/// </para>
/// <para>
/// Several ways, chosen by lag and rate. Short lags, exactly: 32 neighbouring photons at a time are held against those 1, 2, 3 ... places
/// later, which takes no branch for a pair. Where photons are crowded or lags long against 32 bits, exactly: a pointer for each edge
/// that moves on with the starts (Laurence, Fore and Huser, Opt. Lett. 31, 829 (2006)). Long lags in steps of a hundredth of them: <see cref="DenseLags"/>
/// as long as a bin of time mostly holds no photon, then <see cref="LagLadder"/>.
/// </para>
/// </remarks>
public sealed unsafe class LagCounter : IPhotonConsumer
{
    public const int Blocks = 20;
    const int Points = 8192;           // of the trace, for a duration as told; twice that for one that was told too short
    const int Buffer = 1 << 16;        // photons
    const int MostBuffered = 1 << 22;
    const int Lanes = 32;              // starts taken together
    const int Padding = 256;
    const double NearPartners = 8;     // expected partners up to which single pairs are faster than bins of time
    const double PhotonsOfBin = 0.7;   // of the first level that the ladder counts rather than single bytes
    const double LongestDense = 0.1, PhotonsDense = 200; // [s] where so many photons take longer, there is no hurry
    const int MostDense = 8;           // levels
    const double CrowdedPartners = 96; // and up to which they are faster than pointers
    const long LongestNear = 1L << 28; // [units], so that lags fit into 32 bits
    const double Looking = 1e-3;       // [s] how late a photon may be
    const byte Ignored = 2, Unknown = 3;

    readonly LagGrid _grid;
    readonly double _unit, _photonsPerSecond;
    readonly long _block, _point, _looking;
    readonly byte[] _role = new byte[1 << 16];
    readonly int[] _channels = [-1, -1];
    readonly bool _cross;
    readonly long[] _others = new long[Channels.MarkerBase];
    readonly long[][] _rows = new long[Blocks][];
    readonly int _threads;
    readonly List<int>[] _trace = [[], []];

    // Photons that may still get partners or predecessors; up to _fed they are in order for good.
    long[] _time = new long[Buffer + Padding];
    byte[] _who = new byte[Buffer + Padding];
    int[] _low = [], _mask = [];
    int _count, _fed;
    long _latest = long.MinValue;
    bool _disorder;

    DenseLags? _dense;
    LagLadder? _ladder;
    int _near; // bins counted pair by pair

    /// <param name="unit">Length of one clock unit [s].</param>
    /// <param name="channels">Two channels for pairs between them, one for pairs within it, null for the only two there are.</param>
    /// <param name="duration">Length of the run [s].</param>
    /// <param name="records">Records of the file: no more photons will come.</param>
    /// <param name="threads">With more than one, short and long lags are counted at the same time; the counts are the same.</param>
    public LagCounter(double unit, LagGrid grid, IReadOnlyList<int>? channels, double duration, long records, int threads = 1)
    {
        _threads = threads;
        // Nobody but their maker may make rows when two threads ask for them.
        for (var k = 0; k < Blocks; k++) _rows[k] = new long[grid.Bins];
        (_unit, _grid) = (unit, grid);
        _cross = channels is not { Count: 1 };
        _block = Math.Max(1, (long)Math.Ceiling(duration / Blocks / unit));
        _point = Math.Max(1, (long)Math.Ceiling(duration / Points / unit));
        _looking = Math.Max(1, (long)(Looking / unit));
        _photonsPerSecond = records > 0 ? records / duration : double.PositiveInfinity;
        Array.Fill(_role, Ignored);
        for (var c = 0; c < Channels.MarkerBase; c++) _role[c] = channels is null ? Unknown : Ignored;
        for (var k = 0; k < channels?.Count; k++)
        {
            _channels[k] = channels[k];
            _role[(ushort)channels[k]] = (byte)k;
        }
    }

    /// <summary>Raw codes of the detectors; -1 for one that never spoke.</summary>
    public (int A, int B) Detectors => (_channels[0], _channels[1]);

    /// <summary>Photons on channels that were not asked for, by channel.</summary>
    public IReadOnlyDictionary<int, long> Others => Enumerable.Range(0, _others.Length).Where(c => _others[c] > 0).ToDictionary(c => c, c => _others[c]);

    /// <summary>Photons of each detector.</summary>
    public long[] Photons { get; } = new long[2];

    /// <summary>Photons that came behind a later one of their detector, and how late the latest was [s].</summary>
    public long Disordered { get; private set; }
    public double WorstDisorder { get; private set; }

    /// <summary>Photons so late, or before time zero, that they are not counted.</summary>
    public long Lost { get; private set; }

    /// <summary>Time of the latest photon [units]; null before the first.</summary>
    public long? Last => Photons[0] + Photons[1] > 0 ? _latest : null;

    /// <inheritdoc/>
    public void Add(in PhotonBatch batch)
    {
        for (var done = 0; done < batch.Count;)
        {
            if (_count == _time.Length - Padding) Process(final: false);
            var some = Math.Min(_time.Length - Padding - _count, batch.Count - done);
            Take(batch.Time.Slice(done, some), batch.Channel.Slice(done, some));
            done += some;
        }
    }

    void Take(ReadOnlySpan<long> time, ReadOnlySpan<short> channel)
    {
        var (n, latest, disorder) = (_count, _latest, _disorder);
        fixed (long* to = _time, from = time)
        fixed (short* code = channel)
        fixed (byte* who = _who, roles = _role)
            for (var i = 0; i < time.Length; i++)
            {
                var role = roles[(ushort)code[i]];
                if (role > 1 && !Meet(code[i], ref role)) continue;
                var t = from[i];
                to[n] = t;
                who[n] = role;
                n++;
                if (t < latest) disorder = true;
                else latest = t;
            }

        (_count, _latest, _disorder) = (n, latest, disorder);
    }

    /// <summary>A channel without a role: gives it one where there is one left, else only counts it.</summary>
    bool Meet(short channel, ref byte role)
    {
        if (!Channels.IsPhoton(channel)) return false;
        if (role == Unknown)
        {
            role = (byte)(_channels[0] < 0 ? 0 : _channels[1] < 0 ? 1 : Ignored);
            _role[channel] = role;
            if (role < Ignored) _channels[role] = channel;
        }

        if (role == Ignored) _others[channel]++;
        return role < Ignored;
    }

    void Process(bool final)
    {
        if (_disorder) Sort();
        if (_ladder is null) Begin();
        if (_count == 0) return;
        DropBeforeZero();
        var ready = final ? _count : Before(_time[_count - 1] - _looking, _fed);
        Trace(_fed, ready);
        _fed = ready;

        var (starts, until) = (ready, long.MaxValue);
        if (!final && (_near > 0 || _dense!.Reach > 0))
        {
            until = ready == 0 ? 0 : _dense!.Aligned(_time[ready - 1] - Math.Max(_dense.Reach, _grid.Edges[_near]));
            starts = Before(until - 1, 0);
        }

        // Each has bins of its own.
        var near = _near > 0 && starts > 0 && _threads > 1 ? Task.Run(() => CountNear(starts), CancellationToken.None) : null;
        if (near is null && _near > 0) CountNear(starts);
        if (starts > 0) _dense!.Count(_time.AsSpan(0, ready), _who.AsSpan(0, ready), until);
        near?.GetAwaiter().GetResult();

        Array.Copy(_time, starts, _time, 0, _count - starts);
        Array.Copy(_who, starts, _who, 0, _count - starts);
        _count -= starts;
        _fed -= starts;
        if (final || _count < (_time.Length - Padding) / 2) return;
        if (_count > MostBuffered)
            throw new InsufficientDataException($"More than {MostBuffered / 1_000_000} million photons lie within {(_time[_count - 1] - _time[0]) * _unit:G3} s. No detector counts so fast: the clock of this file cannot be right.");
        Array.Resize(ref _time, 2 * (_time.Length - Padding) + Padding);
        Array.Resize(ref _who, _time.Length);
    }

    /// <summary>Drops photons before time zero, which no clock of a measurement shows.</summary>
    void DropBeforeZero()
    {
        var at = _fed;
        while (at < _count && _time[at] < 0) at++;
        Drop(at - _fed);
    }

    /// <summary>Leaves out photons behind those that are in order for good.</summary>
    void Drop(int photons)
    {
        if (photons == 0) return;
        Lost += photons;
        Array.Copy(_time, _fed + photons, _time, _fed, _count - _fed - photons);
        Array.Copy(_who, _fed + photons, _who, _fed, _count - _fed - photons);
        _count -= photons;
    }

    void Sort()
    {
        _disorder = false;
        Span<long> latest = [long.MinValue, long.MinValue];
        for (var i = _fed; i < _count; i++)
        {
            ref var own = ref latest[_who[i]];
            if (_time[i] >= own)
            {
                own = _time[i];
                continue;
            }

            Disordered++;
            WorstDisorder = Math.Max(WorstDisorder, (own - _time[i]) * _unit);
        }

        Array.Sort(_time, _who, _fed, _count - _fed);
        if (_fed > 0) Drop(Before(_time[_fed - 1] - 1, _fed) - _fed);
    }

    /// <summary>The first photon from an index on that is later than a time.</summary>
    int Before(long time, int from)
    {
        var to = _count;
        while (from < to)
        {
            var middle = from + (to - from) / 2;
            if (_time[middle] <= time) from = middle + 1;
            else to = middle;
        }

        return from;
    }

    /// <summary>Decides from the first photons up to which lag pairs are counted one by one.</summary>
    void Begin()
    {
        var span = _count > 1 ? (_time[_count - 1] - _time[0]) * _unit : 0;
        var rate = Math.Min(span > 0 ? _count / span : double.PositiveInfinity, _photonsPerSecond);
        var wanted = double.IsFinite(rate) && rate > 0 ? NearPartners / rate / _unit : LongestNear;
        if (wanted > LongestNear && rate * LongestNear * _unit > 2.5) wanted = LongestNear;
        var edges = _grid.Edges;
        _near = 0;
        while (_near < _grid.Bins && (edges[_near] < wanted || edges[_near] < 2 * LagGrid.StepsOfLag)) _near++;
        // The ladder begins at the level of the last edge that is counted singly.
        var shift = LagGrid.Level(edges[_near]);
        var levels = rate > 0 && rate * LongestDense > PhotonsDense ? Math.Clamp((int)Math.Ceiling(Math.Log2(PhotonsOfBin / rate / _unit)) - shift, 0, MostDense) : 0;
        _ladder = new LagLadder(_grid, shift + levels, _cross, Row);
        _dense = new DenseLags(_grid, shift, levels, _cross, Row, _ladder);
        _near = LagLadder.FirstBin(_grid, shift);
    }

    (long[] Row, long End) Row(long time)
    {
        var block = (int)Math.Clamp(time / _block, 0, Blocks - 1);
        return (_rows[block], block == Blocks - 1 ? long.MaxValue : (block + 1) * _block);
    }

    /// <summary>Counts photons in equal pieces of time.</summary>
    void Trace(int from, int to)
    {
        for (var i = from; i < to;)
        {
            var point = (int)Math.Min(_time[i] / _point, 2 * Points - 1);
            var end = point == 2 * Points - 1 ? long.MaxValue : (point + 1) * _point;
            var first = i;
            i = i + 64 < to && _time[i + 64] < end ? Math.Min(to, Before(end - 1, i)) : i;
            while (i < to && _time[i] < end) i++;
            var second = Ones(_who.AsSpan(first, i - first));
            foreach (var trace in _trace)
                while (trace.Count <= point) trace.Add(0);
            _trace[0][point] += i - first - second;
            _trace[1][point] += second;
            Photons[0] += i - first - second;
            Photons[1] += second;
        }
    }

    static int Ones(ReadOnlySpan<byte> bits)
    {
        var sum = 0;
        foreach (var eight in MemoryMarshal.Cast<byte, ulong>(bits)) sum += BitOperations.PopCount(eight);
        foreach (var one in bits[(bits.Length & ~7)..]) sum += one;
        return sum;
    }

    void CountNear(int starts)
    {
        if (starts == 0) return;
        if (_low.Length < _time.Length) (_low, _mask) = (new int[_time.Length], new int[_time.Length]);
        // Beyond the last photon there are some that are too far away for everybody.
        _time.AsSpan(_count, Padding).Fill(_time[_count - 1] + _grid.Edges[_near]);
        _who.AsSpan(_count, Padding).Clear();

        // How many partners does a start have here?
        long partners = 0;
        var looks = 0;
        for (var i = 0; i < starts; i += 1024, looks++) partners += Before(_time[i] + _grid.Edges[_near], i) - i;
        var single = _grid.Edges[_near] <= LongestNear && partners < CrowdedPartners * looks;
        if (single)
            fixed (long* time = _time)
            fixed (byte* who = _who)
            fixed (int* low = _low, mask = _mask)
                for (var i = 0; i < _count + Padding - 8; i += 8)
                {
                    Vector256.Narrow(Vector256.Load((ulong*)(time + i)), Vector256.Load((ulong*)(time + i + 4))).Store((uint*)(low + i));
                    Vector256.WidenLower(Vector256.WidenLower(Vector64.Load(who + i).ToVector128().ToVector256())).Store((uint*)(mask + i));
                }
        else
            for (int i = 0, second = 0; i <= _count; second += _who[i++])
                _low[i] = second;

        for (var from = 0; from < starts;)
        {
            var (row, end) = Row(_time[from]);
            var to = Math.Min(starts, Before(end - 1, from));
            if (single) CountSingly(from, to, row);
            else CountByPointers(from, to, row);
            from = to;
        }
    }

    /// <summary>Pairs up to each edge, by comparing 32 starts with what comes one, two, three ... places after them.</summary>
    void CountSingly(int from, int to, long[] row)
    {
        var n = _near + 1;
        var sums = stackalloc Vector256<int>[n];
        var limits = stackalloc Vector256<int>[n];
        for (var j = 0; j < n; j++) (sums[j], limits[j]) = (Vector256<int>.Zero, Vector256.Create((int)_grid.Edges[j]));
        var far = Vector256.Create(int.MaxValue);
        var start = from;
        fixed (long* time = _time)
        fixed (int* low = _low, mask = _mask)
        {
            for (; start + Lanes <= to; start += Lanes)
            {
                var (t0, t1, t2, t3) = (Vector256.Load(low + start), Vector256.Load(low + start + 8), Vector256.Load(low + start + 16), Vector256.Load(low + start + 24));
                var (w0, w1, w2, w3) = (Vector256.Load(mask + start), Vector256.Load(mask + start + 8), Vector256.Load(mask + start + 16), Vector256.Load(mask + start + 24));
                var lowest = 0;
                for (var m = 1; ; m++)
                {
                    var partner = start + m;
                    // Differences of the lower halves are true as long as the longest of them is.
                    if (partner + Lanes > _count + Padding - 8 || time[partner + Lanes - 1] - time[start] > int.MaxValue)
                    {
                        for (var i = start; i < start + Lanes; i++) CountOne(i, m, row);
                        break;
                    }

                    var d0 = Vector256.Load(low + partner) - t0;
                    var d1 = Vector256.Load(low + partner + 8) - t1;
                    var d2 = Vector256.Load(low + partner + 16) - t2;
                    var d3 = Vector256.Load(low + partner + 24) - t3;
                    var least = Vector256.Min(Vector256.Min(d0, d1), Vector256.Min(d2, d3));
                    while (!Vector256.LessThanAny(least, limits[lowest]))
                        if (++lowest == n) goto next;
                    if (_cross)
                    {
                        d0 |= Vector256.Equals(Vector256.Load(mask + partner), w0) & far;
                        d1 |= Vector256.Equals(Vector256.Load(mask + partner + 8), w1) & far;
                        d2 |= Vector256.Equals(Vector256.Load(mask + partner + 16), w2) & far;
                        d3 |= Vector256.Equals(Vector256.Load(mask + partner + 24), w3) & far;
                    }

                    for (var j = lowest; j < n; j++)
                    {
                        var limit = limits[j];
                        sums[j] -= Vector256.LessThan(d0, limit) + Vector256.LessThan(d1, limit) + (Vector256.LessThan(d2, limit) + Vector256.LessThan(d3, limit));
                    }
                }

            next:;
            }
        }

        for (var j = 0; j < _near; j++)
        {
            var pairs = sums[j + 1] - sums[j];
            for (var lane = 0; lane < Vector256<int>.Count; lane++) row[j] += pairs[lane];
        }

        for (; start < to; start++) CountOne(start, 1, row);
    }

    /// <summary>Pairs of one start with what comes some places after it, one by one.</summary>
    void CountOne(int start, int places, long[] row)
    {
        var edges = _grid.Edges;
        for (var k = start + places; k < _count; k++)
        {
            var lag = _time[k] - _time[start];
            if (lag >= edges[_near]) return;
            if (_cross && _who[k] == _who[start] || lag < edges[0]) continue;
            var at = edges.AsSpan(0, _near + 1).BinarySearch(lag);
            row[at >= 0 ? at : ~at - 1]++;
        }
    }

    /// <summary>Pairs up to each edge, by a pointer that moves on with the starts. In _low the photons of the second detector before each.</summary>
    void CountByPointers(int from, int to, long[] row)
    {
        long before = 0;
        for (var j = 0; j <= _near; j++)
        {
            long sum = 0;
            var pointer = from;
            for (var i = from; i < to; i++)
            {
                var limit = _time[i] + _grid.Edges[j];
                while (pointer < _count && _time[pointer] < limit) pointer++;
                sum += !_cross ? pointer : _who[i] == 0 ? _low[pointer] : pointer - _low[pointer];
            }

            if (j > 0) row[j - 1] += sum - before;
            before = sum;
        }
    }

    /// <summary>What was counted.</summary>
    /// <param name="duration">Length of the run [s].</param>
    public LagCounts Finish(double duration)
    {
        Process(final: true);
        _ladder!.Finish();
        return new(_grid, duration, _cross, _rows, _block * _unit,
            new(_trace[0], _point * _unit), _cross ? new(_trace[1], _point * _unit) : new(_trace[0], _point * _unit))
        {
            ExactBins = _near,
        };
    }
}
