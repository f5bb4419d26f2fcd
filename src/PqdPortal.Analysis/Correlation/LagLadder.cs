using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// Counts pairs at long lags: each level of the ladder sees the photons in bins of time twice as long as the level before, none
/// longer than a hundredth of the lags it counts.
/// </summary>
/// <remarks>
/// <para>
/// Halving the resolution from octave to octave is the idea of Wahl, Gregor, Patting and Enderlein, Opt. Express 11, 3583 (2003).
/// Their lists of photons become bins here, and each bin holds how many photons came before it. The pairs of a start bin k with the
/// lags from p to q are then c(k) (S(k + q) - S(k + p)), c being the photons of the bin and S those before a bin of the other
/// detector: a product of two arrays, which takes no branch and goes eight at a time.
/// </para>
/// <para>
/// A difference of rounded times k stands for true lags around k, so bins from p to q begin half a step early. The two orders
/// of the detectors (for one detector, the two halves of a stretch) take p to q and p + 1 to q + 1: in the mean exactly the wanted lags.
/// </para>
/// </remarks>
sealed unsafe class LagLadder
{
    const int Stretch = 2048; // start bins at a time; even
    const int Slack = 32;     // entries that may be written beyond the end

    /// <summary>Bins that are taken together.</summary>
    public const int BinsAtOnce = 8;


    readonly bool _cross;
    readonly int _shift;
    readonly Level[] _levels;
    readonly Func<long, (long[] Row, long End)> _row;
    int[] _packedStarts = [], _packedStops = [];
    readonly long _farApart; // [bins of the first level]
    int _first, _second;     // photons of each detector so far

    sealed class Level
    {
        public required int Shift;        // a bin lasts 2^Shift units
        public required int FirstBin;     // of the grid
        public required int[] Edges;      // lags [bins of this level], shape (bins of the grid + 1)
        public required int[] A, B;       // photons before each bin, by detector
        public long Begin;                // number of the bin that stands first in A and B
        public int Filled;
        public int Capacity;
    }

    /// <param name="shift">The first level's bins last 2^shift units.</param>
    /// <param name="cross">True to count pairs of two detectors, both orders; false for all pairs of one.</param>
    /// <param name="row">The counts that a start at that time belongs to, shape (bins of the grid), and where those end [units]; long.MaxValue where never.</param>
    public LagLadder(LagGrid grid, int shift, bool cross, Func<long, (long[] Row, long End)> row)
    {
        (_shift, _cross, _row) = (shift, cross, row);
        var levels = new List<Level>();
        for (var bin = FirstBin(grid, shift); bin < grid.Bins;)
        {
            var level = shift + levels.Count;
            var edges = EdgesOfLevel(grid, bin, level);
            var capacity = Stretch + (edges.Length == 0 ? 0 : edges[^1]) + 2;
            levels.Add(new()
            {
                Shift = level, FirstBin = bin, Edges = edges, Capacity = capacity,
                A = new int[capacity + Stretch + Slack], B = cross ? new int[capacity + Stretch + Slack] : [],
            });
            bin += Math.Max(0, edges.Length - 1);
        }

        _levels = [.. levels];
        _farApart = 2 * (grid.Edges[^1] >> shift) + 32 * Stretch;
    }

    /// <summary>The first bin of the grid that a ladder of this first level may count.</summary>
    public static int FirstBin(LagGrid grid, int shift)
    {
        var bin = 0;
        while (bin < grid.Bins && grid.Edges[bin] < (long)LagGrid.StepsOfLag << shift) bin++;
        return bin;
    }

    /// <summary>Edges of the bins that a level counts, from a bin on [bins of the level]; empty where it counts none.</summary>
    public static int[] EdgesOfLevel(LagGrid grid, int bin, int level)
    {
        var next = bin;
        while (next < grid.Bins && grid.Edges[next] < (long)LagGrid.StepsOfLag << (level + 1)) next++;
        return next == bin ? [] : [.. grid.Edges[bin..(next + 1)].Select(edge => (int)(edge >> level))];
    }

    /// <summary>Takes the next photons.</summary>
    /// <param name="time">Times [units], ascending, not negative.</param>
    /// <param name="who">0 for the first detector, 1 for the second.</param>
    public void Add(ReadOnlySpan<long> time, ReadOnlySpan<byte> who)
    {
        if (_levels.Length == 0) return;
        var level = _levels[0];
        var (first, second, filled) = (_first, _second, level.Filled);
        var (begin, capacity) = (level.Begin, level.Capacity);
        fixed (long* times = time)
        fixed (byte* whose = who)
        fixed (int* a = level.A, b = _cross ? level.B : level.A)
            for (var i = 0; i < time.Length; i++)
            {
                var bin = (times[i] >> _shift) - begin;
                if (bin - filled > _farApart)
                {
                    (_first, _second, level.Filled) = (first, second, filled);
                    Finish();
                    Restart(bin + begin);
                    (filled, begin) = (0, level.Begin);
                    bin = (times[i] >> _shift) - begin;
                }

                while (bin >= capacity)
                {
                    Fill(a, b, ref filled, capacity - 1, first, second);
                    level.Filled = capacity;
                    Proceed(0, Stretch);
                    (filled, begin) = (level.Filled, level.Begin);
                    bin -= Stretch;
                }

                Fill(a, b, ref filled, (int)bin, first, second);
                int of = whose[i];
                second += of;
                first += 1 - of;
            }

        (_first, _second, level.Filled) = (first, second, filled);
    }

    /// <summary>Takes the next photons by the first level's bins.</summary>
    /// <param name="first">Number of the first of them; no photon of it or behind it was there before.</param>
    /// <param name="bins">How many; a multiple of <see cref="BinsAtOnce"/>, which never hold more than 255 photons of a detector.</param>
    /// <param name="a">The lowest eight bits of the photons of the first detector before each bin, shape (bins + 1).</param>
    /// <param name="b">The same of the second; not looked at for one detector.</param>
    public void Add(long first, int bins, byte* a, byte* b)
    {
        if (_levels.Length == 0) return;
        var level = _levels[0];
        if (first - level.Begin - level.Filled > _farApart)
        {
            Finish();
            Restart(first);
        }

        fixed (int* beforeA = level.A, beforeB = _cross ? level.B : level.A)
        {
            while (first - level.Begin > level.Filled)
            {
                Fill(beforeA, beforeB, ref level.Filled, (int)Math.Min(first - level.Begin, level.Capacity) - 1, _first, _second);
                if (level.Filled >= level.Capacity) Proceed(0, Stretch);
            }

            for (var k = 0; k < bins; k += BinsAtOnce)
            {
                Widen(a + k, ref _first, beforeA + level.Filled);
                if (_cross) Widen(b + k, ref _second, beforeB + level.Filled);
                level.Filled += BinsAtOnce;
                if (level.Filled >= level.Capacity) Proceed(0, Stretch);
            }
        }
    }

    static void Widen(byte* from, ref int before, int* to)
    {
        (Avx2.ConvertToVector256Int32(Vector128.CreateScalar(*(ulong*)from).AsByte() - Vector128.Create(*from)) + Vector256.Create(before)).Store(to);
        before += (byte)(from[BinsAtOnce] - *from);
    }

    /// <summary>Begins anew behind a silence that no pair spans.</summary>
    void Restart(long bin)
    {
        var begin = bin >> _levels.Length << _levels.Length;
        for (var index = 0; index < _levels.Length; index++) (_levels[index].Begin, _levels[index].Filled) = (begin >> index, 0);
    }

    /// <summary>Writes how many photons there were up to and including a bin.</summary>
    void Fill(int* a, int* b, ref int filled, int bin, int first, int second)
    {
        // What is written beyond the bin is written again.
        var (va, vb) = (Vector256.Create(first), Vector256.Create(_cross ? second : first));
        do
        {
            va.Store(a + filled);
            vb.Store(b + filled);
            filled += 8;
        }
        while (filled <= bin);
        filled = bin + 1;
    }

    /// <summary>Counts what is left after the last photon.</summary>
    public void Finish()
    {
        for (var index = 0; index < _levels.Length; index++)
        {
            var level = _levels[index];
            for (var left = level.Filled; left > 0; left -= Stretch)
            {
                fixed (int* a = level.A, b = _cross ? level.B : level.A)
                    Fill(a, b, ref level.Filled, level.Capacity - 1, _first, _second);
                Proceed(index, Math.Min(Stretch, left + 1 & ~1));
            }
        }
    }

    /// <summary>Counts the first stretch of a full level as starts, and hands it on to the next level.</summary>
    void Proceed(int index, int starts)
    {
        var level = _levels[index];
        Count(level, starts);
        if (index + 1 < _levels.Length)
        {
            var next = _levels[index + 1];
            Halve(level.A, next.A.AsSpan(next.Filled), starts);
            if (_cross) Halve(level.B, next.B.AsSpan(next.Filled), starts);
            next.Filled += starts / 2;
            if (next.Filled >= next.Capacity) Proceed(index + 1, Stretch);
        }

        Array.Copy(level.A, starts, level.A, 0, level.Filled - starts);
        if (_cross) Array.Copy(level.B, starts, level.B, 0, level.Filled - starts);
        level.Filled -= starts;
        level.Begin += starts;
    }

    /// <summary>Every other entry: photons before a bin that is twice as long.</summary>
    static void Halve(int[] from, Span<int> to, int count)
    {
        fixed (int* source = from, target = to)
            for (var k = 0; k < count / 2; k += 8)
                Vector256.Narrow(Vector256.Load((ulong*)(source + 2 * k)), Vector256.Load((ulong*)(source + 2 * k + 8))).Store((uint*)(target + k));
    }

    void Count(Level level, int starts)
    {
        if (level.Edges.Length == 0) return;
        fixed (int* a = level.A, b = _cross ? level.B : level.A)
        {
            if (a[starts] == a[0] && b[starts] == b[0]) return;
            // Photons of one stretch and its partners are mostly few enough for 16 bits.
            var reach = starts + level.Edges[^1] + 1;
            var packed = Avx2.IsSupported && a[reach] - a[0] < short.MaxValue && b[reach] - b[0] < short.MaxValue;
            if (packed) Pack(a, b, starts, reach);
            for (var from = 0; from < starts;)
            {
                var (row, end) = _row((level.Begin + from) << level.Shift);
                var until = end == long.MaxValue ? starts : (end + (1L << level.Shift) - 1 >> level.Shift) - level.Begin;
                var to = (int)Math.Clamp(until, from + 1, starts);
                if (_cross)
                {
                    var at = packed ? PackedProducts(level, from, to, 0, row) : from;
                    Products(level, a, b, at, to, 0, row);
                    Products(level, b, a, at, to, 1, row);
                }
                else
                {
                    var middle = from + (to - from) / 2;
                    var at = packed ? PackedProducts(level, from, middle, 0, row) : from;
                    Products(level, a, a, at, middle, 0, row);
                    at = packed ? PackedProducts(level, middle, to, 1, row) : middle;
                    Products(level, a, a, at, to, 1, row);
                }

                from = to;
            }
        }
    }

    /// <summary>Both detectors in one number of 32 bits: photons of each start bin, and photons before each bin of the other detector.</summary>
    void Pack(int* a, int* b, int starts, int reach)
    {
        if (_packedStops.Length < reach + Slack) (_packedStarts, _packedStops) = (new int[reach + Slack], new int[reach + Slack]);
        var (a0, b0) = (Vector256.Create(a[0]), Vector256.Create(b[0]));
        fixed (int* c = _packedStarts, s = _packedStops)
            if (_cross)
            {
                for (var k = 0; k < starts; k += 8)
                    (Vector256.Load(a + k + 1) - Vector256.Load(a + k) | (Vector256.Load(b + k + 1) - Vector256.Load(b + k)) << 16).Store(c + k);
                // The second order begins one bin later.
                for (var k = 0; k < reach; k += 8)
                    (Vector256.Load(b + k) - b0 | (Vector256.Load(a + k + 1) - a0) << 16).Store(s + k);
            }
            else
            {
                for (var k = 0; k < starts; k += 8) (Vector256.Load(a + k + 1) - Vector256.Load(a + k)).Store(c + k);
                for (var k = 0; k <= reach; k += 8) (Vector256.Load(a + k) - a0).Store(s + k);
            }
    }

    /// <summary>As <see cref="Products"/>, for both orders at once: the processor multiplies pairs of 16 bits and adds the two.</summary>
    /// <returns>Up to where it counted.</returns>
    int PackedProducts(Level level, int from, int to, int late, long[] row)
    {
        var n = level.Edges.Length;
        var whole = from + (to - from & ~7);
        if (whole == from) return from;
        var sums = stackalloc Vector256<int>[n + 3];
        fixed (int* c = _packedStarts, stops = _packedStops, edges = level.Edges)
        {
            var s = stops + late;
            for (var j = 0; j < n; j += 4)
            {
                var s0 = s + edges[j];
                var s1 = s + edges[Math.Min(j + 1, n - 1)];
                var s2 = s + edges[Math.Min(j + 2, n - 1)];
                var s3 = s + edges[Math.Min(j + 3, n - 1)];
                var (v0, v1, v2, v3) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero);
                if (j + 1 == n)
                    for (var k = from; k < whole; k += 8)
                        v0 += Avx2.MultiplyAddAdjacent(Vector256.Load((short*)(c + k)), Vector256.Load((short*)(s0 + k)));
                else
                    for (var k = from; k < whole; k += 8)
                    {
                        var starts = Vector256.Load((short*)(c + k));
                        v0 += Avx2.MultiplyAddAdjacent(starts, Vector256.Load((short*)(s0 + k)));
                        v1 += Avx2.MultiplyAddAdjacent(starts, Vector256.Load((short*)(s1 + k)));
                        v2 += Avx2.MultiplyAddAdjacent(starts, Vector256.Load((short*)(s2 + k)));
                        v3 += Avx2.MultiplyAddAdjacent(starts, Vector256.Load((short*)(s3 + k)));
                    }

                (sums[j], sums[j + 1], sums[j + 2], sums[j + 3]) = (v0, v1, v2, v3);
            }
        }

        for (var j = 0; j + 1 < n; j++)
        {
            var pairs = sums[j + 1] - sums[j];
            for (var lane = 0; lane < Vector256<int>.Count; lane++) row[level.FirstBin + j] += pairs[lane];
        }

        return whole;
    }

    /// <summary>Adds, for each lag bin, the sum over k of (a(k+1) - a(k)) (b(k+q) - b(k+p)).</summary>
    static void Products(Level level, int* a, int* b, int from, int to, int late, long[] row)
    {
        if (from >= to) return;
        var n = level.Edges.Length;
        var starts = (uint)(a[to] - a[from]);
        if (starts == 0) return;
        fixed (int* edges = level.Edges)
        {
            b += late;
            var partners = (uint)(b[to + edges[n - 1]] - b[from + edges[0]]);
            var k = from;
            // What a lane of 32 bits cannot hold is counted one by one: a level where bins hold thousands has few of them.
            if ((ulong)starts * partners < int.MaxValue)
            {
                var sums = stackalloc Vector256<int>[n];
                for (var j = 0; j < n; j++) sums[j] = Vector256<int>.Zero;
                for (; k + 8 <= to; k += 8)
                {
                    var c = Vector256.Load(a + k + 1) - Vector256.Load(a + k);
                    for (var j = 0; j < n; j++) sums[j] += c * Vector256.Load(b + k + edges[j]);
                }

                for (var j = 0; j + 1 < n; j++)
                {
                    var pairs = sums[j + 1] - sums[j]; // the counts may wrap, their differences do not
                    for (var lane = 0; lane < Vector256<int>.Count; lane++) row[level.FirstBin + j] += pairs[lane];
                }
            }

            for (; k < to; k++)
            {
                long c = a[k + 1] - a[k];
                if (c == 0) continue;
                for (var j = 0; j + 1 < n; j++) row[level.FirstBin + j] += c * (b[k + edges[j + 1]] - b[k + edges[j]]);
            }
        }
    }
}
