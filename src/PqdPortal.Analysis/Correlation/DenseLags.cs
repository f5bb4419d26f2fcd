using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// Counts pairs at lags that hold some to some hundred photons, in the steps of <see cref="LagLadder"/>, whose lower levels these are: 32 bins of time at once.
/// </summary>
/// <remarks>
/// Photons are sorted into bins of time for a piece of the run, as the number of photons before each bin, of which a byte is kept: differences over a lag
/// bin are true as long as it holds fewer than 128. The pairs of 32 start bins are then products of bytes, and the next level, of bins twice as long, is every
/// other byte. Where photons are too crowded for bytes, or too few for bins to pay, a pointer moves along for each edge and finds the same number.
/// </remarks>
sealed unsafe class DenseLags
{
    const int PieceBins = 1 << 16; // start bins of the first level
    const int Segment = 256;       // start bins that one detector's pairs are rounded alike in
    const int Slack = 256;         // bytes that may be touched beyond the last bin
    const int Fewest = 512;        // photons in a piece that bins pay for
    const int Crowd = 128;         // photons that a byte cannot tell from none

    readonly bool _cross;
    readonly int _shift;
    readonly Level[] _levels;
    readonly Func<long, (long[] Row, long End)> _row;
    readonly LagLadder _longer;
    readonly int _binsAhead; // of the first level, behind the start bins
    readonly byte[] _beforeA, _beforeB;
    int[] _a = [], _b = []; // bins of the photons of each detector
    int _photonsA, _photonsB;

    sealed record Level(int FirstBin, int[] Edges, int Widest);

    /// <param name="shift">The first level's bins last 2^shift units.</param>
    /// <param name="levels">How many levels, each of bins twice as long.</param>
    /// <param name="cross">True to count pairs of two detectors, both orders; false for all pairs of one.</param>
    /// <param name="row">The counts that a start at that time belongs to, shape (bins of the grid), and where those end [units]; long.MaxValue where never.</param>
    /// <param name="longer">Counts longer lags, in levels behind these; takes all starts from here.</param>
    public DenseLags(LagGrid grid, int shift, int levels, bool cross, Func<long, (long[] Row, long End)> row, LagLadder longer)
    {
        (_shift, _cross, _row, _longer) = (shift, cross, row, longer);
        _levels = new Level[levels];
        var bin = LagLadder.FirstBin(grid, shift);
        for (var k = 0; k < levels; k++)
        {
            var edges = LagLadder.EdgesOfLevel(grid, bin, shift + k);
            _levels[k] = new(bin, edges, edges.Zip(edges.Skip(1), (from, to) => to - from).DefaultIfEmpty().Max());
            bin += Math.Max(0, edges.Length - 1);
            if (edges.Length > 0) _binsAhead = Math.Max(_binsAhead, edges[^1] + 2 << k);
        }

        var room = PieceBins + _binsAhead + Slack;
        (_beforeA, _beforeB) = (new byte[room], cross ? new byte[room] : []);
    }

    /// <summary>Time that photons have to be known for behind a start [units].</summary>
    public long Reach => (long)_binsAhead << _shift;

    /// <summary>The latest time up to a given one that starts may end at [units].</summary>
    public long Aligned(long time) => _levels.Length == 0 ? time : time >> Border << Border;

    int Border => _shift + _levels.Length - 1 + BitOperations.Log2(Segment);

    /// <summary>Counts the pairs of starts.</summary>
    /// <param name="time">Times [units], ascending; no more come within reach of the starts.</param>
    /// <param name="who">0 for the first detector, 1 for the second.</param>
    /// <param name="until">Starts end here, at an aligned time [units]; long.MaxValue where all are starts.</param>
    public void Count(ReadOnlySpan<long> time, ReadOnlySpan<byte> who, long until)
    {
        if (_a.Length < time.Length) (_a, _b) = (new int[time.Length + Crowd], new int[time.Length + Crowd]);
        fixed (long* times = time)
        fixed (byte* whose = who)
        {
            if (_levels.Length == 0)
            {
                var starts = End(times, 0, time.Length, until);
                _longer.Add(time[..starts], who[..starts]);
                return;
            }

            for (int from = 0, all = 0; from < time.Length && times[from] < until;)
            {
                var begin = Aligned(times[from]);
                var end = Math.Min(until, begin + ((long)PieceBins << _shift));
                var to = End(times, from, time.Length, end);
                all = End(times, Math.Max(all, to), time.Length, begin + ((long)PieceBins + _binsAhead << _shift));
                Sort(times + from, whose + from, all - from, begin);
                if (!CountPiece(begin, (int)(end - begin >> _shift), to - from))
                    _longer.Add(time[from..to], who[from..to]);
                from = to;
            }
        }
    }

    /// <summary>The first photon from an index on that is not before a time.</summary>
    static int End(long* times, int from, int to, long time)
    {
        while (from < to)
        {
            var middle = from + (to - from) / 2;
            if (times[middle] < time) from = middle + 1;
            else to = middle;
        }

        return from;
    }

    /// <summary>Bins of the photons of each detector.</summary>
    void Sort(long* times, byte* whose, int photons, long begin)
    {
        var (a, b) = (0, 0);
        fixed (int* binsA = _a, binsB = _b)
            for (var i = 0; i < photons; i++)
            {
                var (bin, second) = ((int)(times[i] - begin >> _shift), (int)whose[i]);
                binsA[a] = bin;
                binsB[b] = bin;
                a += 1 - second;
                b += second;
            }

        (_photonsA, _photonsB) = (a, b);
    }

    /// <param name="begin">Where the piece begins [units].</param>
    /// <param name="bins">Start bins of the first level.</param>
    /// <param name="starts">Photons in them.</param>
    /// <returns>False where the longer lags have to be told of each photon.</returns>
    bool CountPiece(long begin, int bins, int starts)
    {
        fixed (byte* a = _beforeA, second = _beforeB)
        {
            var b = _cross ? second : a;
            var narrowest = Avx2.IsSupported && starts >= Fewest ? Math.Min(Narrowest(_a, _photonsA), Narrowest(_b, _photonsB)) : 0;
            if (narrowest > 0)
            {
                Fill(a, _a, _photonsA);
                if (_cross) Fill(b, _b, _photonsB);
            }

            for (var k = 0; k < _levels.Length; k++)
            {
                var level = _levels[k];
                if (k > 0 && narrowest > 0)
                {
                    Halve(a, PieceBins + _binsAhead >> k);
                    if (_cross) Halve(b, PieceBins + _binsAhead >> k);
                }

                if (level.Edges.Length == 0) continue;
                var (shift, end) = (_shift + k, bins >> k);
                var first = begin >> shift;
                for (int from = 0, to; from < end; from = to)
                {
                    var (row, rowEnd) = _row(first + from << shift);
                    to = rowEnd == long.MaxValue ? end : (int)Math.Clamp((rowEnd + (1L << shift) - 1 >> shift) - first, from + 1, end);
                    // A border between blocks may lie within 32 bins.
                    var (dense, denseEnd) = (from + 31 & ~31, to & ~31);
                    if (narrowest <= level.Widest << k || dense >= denseEnd) (dense, denseEnd) = (to, to);
                    else CountDense(level, a, b, first, dense, denseEnd, row);
                    CountByPointers(level, k, first, from, dense, row);
                    CountByPointers(level, k, first, denseEnd, to, row);
                }
            }

            var last = _levels.Length;
            if (narrowest <= LagLadder.BinsAtOnce << last) return false;
            Halve(a, PieceBins >> last);
            if (_cross) Halve(b, PieceBins >> last);
            _longer.Add(begin >> _shift + last, bins >> last, a, b);
            return true;
        }
    }

    /// <summary>How many bins the closest <see cref="Crowd"/> photons lie within.</summary>
    static int Narrowest(int[] sorted, int photons)
    {
        var narrowest = int.MaxValue;
        fixed (int* bins = sorted)
        {
            var least = Vector256.Create(int.MaxValue);
            var i = 0;
            for (; i + Crowd - 1 + 8 <= photons; i += 8) least = Vector256.Min(least, Vector256.Load(bins + i + Crowd - 1) - Vector256.Load(bins + i));
            for (var lane = 0; lane < Vector256<int>.Count; lane++) narrowest = Math.Min(narrowest, least[lane]);
            for (; i + Crowd - 1 < photons; i++) narrowest = Math.Min(narrowest, bins[i + Crowd - 1] - bins[i]);
        }

        return narrowest;
    }

    /// <summary>Writes how many photons there are before each bin.</summary>
    void Fill(byte* before, int[] sorted, int photons)
    {
        var filled = 0;
        fixed (int* bins = sorted)
            for (var i = 0; i <= photons; i++)
            {
                var bin = i < photons ? bins[i] : PieceBins + _binsAhead + 1;
                var count = Vector256.Create((byte)i);
                do
                {
                    count.Store(before + filled);
                    count.Store(before + filled + 32);
                    count.Store(before + filled + 64);
                    count.Store(before + filled + 96);
                    filled += 128;
                }
                while (filled <= bin);
                filled = bin + 1;
            }
    }

    /// <summary>Every other byte.</summary>
    static void Halve(byte* before, int bins)
    {
        for (var k = 0; k <= bins; k += 32)
            Vector256.Narrow(Vector256.Load((ushort*)(before + 2 * k)) & Vector256.Create((ushort)0xFF), Vector256.Load((ushort*)(before + 2 * k + 32)) & Vector256.Create((ushort)0xFF)).Store(before + k);
    }

    /// <summary>Pairs of the start bins of a range, in both orders.</summary>
    void CountDense(Level level, byte* a, byte* b, long first, int from, int to, long[] row)
    {
        var n = level.Edges.Length - 1;
        var sums = stackalloc Vector256<int>[n + 3];
        for (var j = 0; j < n; j++) sums[j] = Vector256<int>.Zero;
        if (_cross)
        {
            Products(level.Edges, a, b, from, to, sums);
            Products(level.Edges, b, a + 1, from, to, sums);
        }
        else
            for (int k = from, end; k < to; k = end)
            {
                end = Math.Min(to, (k | Segment - 1) + 1);
                Products(level.Edges, a, a + Late(first + k), k, end, sums);
            }

        for (var j = 0; j < n; j++) row[level.FirstBin + j] += Vector256.Sum(sums[j]);
    }

    /// <summary>Of one detector, every other segment of starts takes lags a bin longer.</summary>
    static int Late(long bin) => (int)(bin / Segment & 1);

    /// <summary>Adds, for each lag bin from p to q, the sum over k of (starts(k + 1) - starts(k)) (stops(k + q) - stops(k + p)).</summary>
    static void Products(int[] edges, byte* starts, byte* stops, int from, int to, Vector256<int>* sums)
    {
        var n = edges.Length - 1;
        var ones = Vector256.Create((short)1);
        for (var j = 0; j < n; j += 4)
        {
            var s0 = stops + edges[j];
            var s1 = stops + edges[j + 1];
            var s2 = stops + edges[Math.Min(j + 2, n)];
            var s3 = stops + edges[Math.Min(j + 3, n)];
            var s4 = stops + edges[Math.Min(j + 4, n)];
            var (v0, v1, v2, v3) = (sums[j], sums[j + 1], sums[j + 2], sums[j + 3]);
            var k = from;
            if (Avx512BW.IsSupported && to - from >= 64)
            {
                var (w0, w1, w2, w3) = (Vector512<int>.Zero, Vector512<int>.Zero, Vector512<int>.Zero, Vector512<int>.Zero);
                for (; k + 64 <= to; k += 64)
                {
                    var c = Vector512.Load(starts + k + 1) - Vector512.Load(starts + k);
                    var (b0, b1, b2, b3, b4) = (Vector512.Load(s0 + k), Vector512.Load(s1 + k), Vector512.Load(s2 + k), Vector512.Load(s3 + k), Vector512.Load(s4 + k));
                    w0 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(c, (b1 - b0).AsSByte()), Vector512.Create((short)1));
                    w1 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(c, (b2 - b1).AsSByte()), Vector512.Create((short)1));
                    w2 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(c, (b3 - b2).AsSByte()), Vector512.Create((short)1));
                    w3 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(c, (b4 - b3).AsSByte()), Vector512.Create((short)1));
                }

                v0 += w0.GetLower() + w0.GetUpper();
                v1 += w1.GetLower() + w1.GetUpper();
                v2 += w2.GetLower() + w2.GetUpper();
                v3 += w3.GetLower() + w3.GetUpper();
            }

            for (; k < to; k += 32)
            {
                var c = Vector256.Load(starts + k + 1) - Vector256.Load(starts + k);
                var (b0, b1, b2, b3, b4) = (Vector256.Load(s0 + k), Vector256.Load(s1 + k), Vector256.Load(s2 + k), Vector256.Load(s3 + k), Vector256.Load(s4 + k));
                v0 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(c, (b1 - b0).AsSByte()), ones);
                v1 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(c, (b2 - b1).AsSByte()), ones);
                v2 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(c, (b3 - b2).AsSByte()), ones);
                v3 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(c, (b4 - b3).AsSByte()), ones);
            }

            (sums[j], sums[j + 1], sums[j + 2], sums[j + 3]) = (v0, v1, v2, v3);
        }
    }

    /// <summary>The same number by a pointer for each edge.</summary>
    void CountByPointers(Level level, int k, long first, int from, int to, long[] row)
    {
        if (from >= to) return;
        fixed (int* a = _a, b = _b)
            if (_cross)
            {
                Walk(level, k, a, _photonsA, b, _photonsB, from, to, 0, row);
                Walk(level, k, b, _photonsB, a, _photonsA, from, to, 1, row);
            }
            else
                for (int at = from, end; at < to; at = end)
                {
                    end = Math.Min(to, (at | Segment - 1) + 1);
                    Walk(level, k, a, _photonsA, a, _photonsA, at, end, Late(first + at), row);
                }
    }

    static void Walk(Level level, int k, int* starts, int allStarts, int* stops, int allStops, int from, int to, int late, long[] row)
    {
        var (first, end) = (Before(starts, allStarts, from << k), Before(starts, allStarts, to << k));
        long before = 0;
        for (var j = 0; j < level.Edges.Length; j++)
        {
            long sum = 0;
            var pointer = first == end ? 0 : Before(stops, allStops, (starts[first] >> k) + level.Edges[j] + late << k);
            for (var i = first; i < end; i++)
            {
                var limit = (starts[i] >> k) + level.Edges[j] + late << k;
                while (pointer < allStops && stops[pointer] < limit) pointer++;
                sum += pointer;
            }

            if (j > 0) row[level.FirstBin + j - 1] += sum - before;
            before = sum;
        }
    }

    /// <summary>How many photons lie before a bin.</summary>
    static int Before(int* bins, int photons, int bin)
    {
        var from = 0;
        while (from < photons)
        {
            var middle = from + (photons - from) / 2;
            if (bins[middle] < bin) from = middle + 1;
            else photons = middle;
        }

        return from;
    }
}
