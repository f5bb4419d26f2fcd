using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PqdPortal.Analysis.Blinking;

/// <summary>Is there one change of rate in a stretch of photons, and at which of them?</summary>
/// <remarks>
/// <para>
/// Watkins and Yang, J. Phys. Chem. B 109, 617 (2005). For the events t_0 .. t_N and V = (t_k - t_0)/(t_N - t_0)
/// L_k = -k ln V - (N-k) ln(1-V) + k ln(k/N) + (N-k) ln((N-k)/N). In steady light V is Beta(k, N-k), which gives L_k the mean f(N) - f(k) - f(N-k)
/// with f(x) = x psi(x) - x ln x and the variance g(k) + g(N-k) - g(N) with g(x) = x^2 psi'(x) - x.
/// Z_k = (L_k - mean)/sd + ln[4 k (N-k)/N^2]/2; its largest value over 2 &lt;= k &lt;= N-2 is compared with <see cref="CriticalValues"/>.
/// </para>
/// <para>
/// L_k is at most N ln(1 + X) with X = (k/N - V)^2 / (V (1-V)) (Jensen's inequality), the mean is at least 1/2 and the sd at least the root of 1/2 (both as k and
/// N-k grow), and the last logarithm is at most 0. So a candidate with N ln(1 + X) below Z/sqrt(2) + 1/2 need not be looked at closely. In steady light
/// hardly any must be, and where there is a change only those near it.
/// </para>
/// </remarks>
sealed class ChangeTest
{
    /// <summary>Stretches of fewer intervals are not tested.</summary>
    public const int Fewest = 6;

    /// <summary>Intervals that one test takes at most.</summary>
    public const int Longest = 1000;

    /// <summary>Intervals of the longest stretch in which <see cref="Holds"/> looks at a change.</summary>
    public const int Widest = 4000;

    const double EulerGamma = 0.57721566490153286;
    const double Tiny = 1e-300;

    readonly double[] _kLogK = new double[Widest + 1];
    readonly double[] _shifted = new double[Widest + 1]; // k ln k + f
    readonly double[] _variance = new double[Widest + 1]; // g
    readonly double[] _log = new double[Widest + 1];
    readonly double _confidence;
    readonly double[] _critical = new double[Longest + 1];

    /// <param name="confidence">Of each test.</param>
    public ChangeTest(double confidence)
    {
        _confidence = confidence;
        var (harmonic, squares) = (0.0, 0.0);
        for (var n = 1; n <= Widest; n++)
        {
            _log[n] = Math.Log(n);
            _kLogK[n] = n * _log[n];
            _shifted[n] = n * (harmonic - EulerGamma);
            _variance[n] = (double)n * n * (Math.PI * Math.PI / 6 - squares) - n;
            harmonic += 1.0 / n;
            squares += 1.0 / n / n;
            if (n is >= Fewest and <= Longest) _critical[n] = CriticalValues.At(n, confidence);
        }
    }

    /// <summary>The likelihood ratio of a change at the k-th of n intervals, where the share v of the time has gone.</summary>
    public double LogLikelihood(int k, int n, double v) =>
        -k * Math.Log(v) - (n - k) * Math.Log(1 - v) + KLogK(k) + KLogK(n - k) - KLogK(n);

    double Standardised(int k, int n, double v) =>
        (-k * Math.Log(v) - (n - k) * Math.Log(1 - v) + Shifted(k) + Shifted(n - k) - Shifted(n))
        / Math.Sqrt(Variance(k) + Variance(n - k) - Variance(n))
        + 0.5 * Math.Log(4.0 * k) + 0.5 * Math.Log(n - k) - Log(n);

    // Beyond the tables the first terms of the asymptotic series, good to 1e-9.
    double Log(int k) => k <= Widest ? _log[k] : Math.Log(k);
    double KLogK(int k) => k <= Widest ? _kLogK[k] : k * Math.Log(k);
    double Shifted(int k) => k <= Widest ? _shifted[k] : k * Math.Log(k) - 0.5 - 1.0 / 12 / k;
    double Variance(int k) => k <= Widest ? _variance[k] : 0.5 + 1.0 / 6 / k;

    /// <summary>The candidate with the largest Z, above a given one; 0 where there is none.</summary>
    /// <param name="first">Candidate to begin with.</param>
    /// <param name="last">Candidate to end with at the latest.</param>
    /// <param name="step">From one candidate to the next.</param>
    public (int K, double Z) Best(ReadOnlySpan<double> time, int from, int to, int first, int last, int step, double z)
    {
        var stretch = new Stretch(time.Slice(from, to - from + 1));
        var best = (Z: z, K: 0);
        var bound = Bound(z, stretch.N);
        for (var k = first; k <= last; k += step)
        {
            if (!(stretch.Excess(k) >= bound)) continue;
            var before = best.Z;
            Compare(stretch, k, ref best);
            if (best.Z > before) bound = Bound(best.Z, stretch.N);
        }
        return (best.K, best.Z);
    }

    /// <summary>The event at which the rate most likely changes; null where nothing says that it does.</summary>
    /// <param name="time">Times of the events, ascending.</param>
    /// <param name="from">First event of the stretch.</param>
    /// <param name="to">Last event of the stretch, <see cref="Fewest"/> to <see cref="Longest"/> behind the first.</param>
    public int? Find(ReadOnlySpan<double> time, int from, int to)
    {
        var stretch = new Stretch(time.Slice(from, to - from + 1));
        var n = stretch.N;
        var (likely, excess) = MostLikely(stretch);
        if (excess < Bound(_critical[n], n)) return null;

        var best = (Z: _critical[n], K: 0);
        Compare(stretch, likely, ref best);
        CompareAll(stretch, ref best);
        if (best.K == 0) return null;

        // That there is a change does not rest on a single interval. But it may lie at the very edge: a dark time without any photon.
        Compare(stretch, 1, ref best);
        Compare(stretch, n - 1, ref best);
        return from + best.K;
    }

    /// <summary>Does a change that was found hold in a longer stretch?</summary>
    /// <param name="to">Last event of the stretch, at most <see cref="Widest"/> behind the first.</param>
    public bool Holds(ReadOnlySpan<double> time, int from, int at, int to)
    {
        var n = to - from;
        return Standardised(at - from, n, (time[at] - time[from]) / (time[to] - time[from])) > CriticalValues.At(n, _confidence);
    }

    /// <summary>The least X that a Z can come with.</summary>
    static double Bound(double z, int n) => Math.Exp((z * Math.Sqrt(0.5) + 0.5) / n) - 1;

    /// <summary>The candidate with the largest X.</summary>
    static (int K, double Excess) MostLikely(in Stretch stretch)
    {
        var n = stretch.N;
        var (k, best, excess) = (2, 0, 0.0);
        if (n - 3 >= Vector256<double>.Count)
        {
            ref var time = ref MemoryMarshal.GetReference(stretch.Time);
            var (begin, each, share) = (Vector256.Create(stretch.Begin), Vector256.Create(stretch.Each), Vector256.Create(stretch.Share));
            var lane = Vector256.Create(2.0, 3, 4, 5);
            var (largest, where) = (Vector256<double>.Zero, lane);
            for (; k <= n - 1 - Vector256<double>.Count; k += Vector256<double>.Count)
            {
                var v = (Vector256.LoadUnsafe(ref time, (nuint)k) - begin) * each;
                var off = lane * share - v;
                var x = off * off / Vector256.Max(v - v * v, Vector256.Create(Tiny));
                var isLarger = Vector256.GreaterThan(x, largest);
                largest = Vector256.ConditionalSelect(isLarger, x, largest);
                where = Vector256.ConditionalSelect(isLarger, lane, where);
                lane += Vector256.Create((double)Vector256<double>.Count);
            }
            for (var i = 0; i < Vector256<double>.Count; i++)
                if (largest[i] > excess) (best, excess) = ((int)where[i], largest[i]);
        }
        for (; k <= n - 2; k++)
        {
            var x = stretch.Excess(k);
            if (x > excess) (best, excess) = (k, x);
        }
        return (best, excess);
    }

    void Compare(in Stretch stretch, int k, ref (double Z, int K) best)
    {
        var v = stretch.ShareGone(k);
        if (!(v > 0 && v < 1)) return; // the digits of a double end where silence is very long
        var z = Standardised(k, stretch.N, v);
        if (z > best.Z) best = (z, k);
    }

    /// <summary>Looks closely at all candidates that may be better than the best.</summary>
    void CompareAll(in Stretch stretch, ref (double Z, int K) best)
    {
        var n = stretch.N;
        var bound = Bound(best.Z, n);
        var k = 2;
        if (n - 3 >= Vector256<double>.Count)
        {
            ref var time = ref MemoryMarshal.GetReference(stretch.Time);
            var (begin, each, share) = (Vector256.Create(stretch.Begin), Vector256.Create(stretch.Each), Vector256.Create(stretch.Share));
            var lane = Vector256.Create(2.0, 3, 4, 5);
            for (; k <= n - 1 - Vector256<double>.Count; k += Vector256<double>.Count)
            {
                var v = (Vector256.LoadUnsafe(ref time, (nuint)k) - begin) * each;
                var off = lane * share - v;
                if (Vector256.GreaterThanOrEqualAny(off * off, Vector256.Create(bound) * (v - v * v)))
                {
                    var z = Standardised(k, lane, n, v);
                    if (Vector256.GreaterThanAny(z, Vector256.Create(best.Z)))
                    {
                        for (var i = 0; i < Vector256<double>.Count; i++)
                            if (z[i] > best.Z) best = (z[i], k + i);
                        bound = Bound(best.Z, n);
                    }
                }
                lane += Vector256.Create((double)Vector256<double>.Count);
            }
        }
        for (; k <= n - 2; k++)
            if (stretch.Excess(k) >= bound) Compare(stretch, k, ref best);
    }

    /// <summary>Z of four candidates that follow each other, negative where there is none.</summary>
    Vector256<double> Standardised(int k, Vector256<double> lane, int n, Vector256<double> v)
    {
        var rest = Vector256.Create((double)n) - lane;
        var above = Both(_shifted, k, n) - Vector256.Create(_shifted[n]) - lane * Vector256.Log(v) - rest * Vector256.Log(Vector256<double>.One - v);
        var sd = Vector256.Sqrt(Both(_variance, k, n) - Vector256.Create(_variance[n]));
        var z = above / sd + Vector256.Create(0.5) * Both(_log, k, n) - Vector256.Create(_log[n] - 0.5 * Math.Log(4));
        var isInside = Vector256.GreaterThan(v, Vector256<double>.Zero) & Vector256.LessThan(v, Vector256<double>.One);
        return Vector256.ConditionalSelect(isInside, z, Vector256.Create(-1.0));
    }

    /// <summary>table[k] + table[n - k] for four k that follow each other.</summary>
    static Vector256<double> Both(double[] table, int k, int n)
    {
        ref var first = ref MemoryMarshal.GetArrayDataReference(table);
        var backwards = Vector256.LoadUnsafe(ref first, (nuint)(n - k - 3));
        return Vector256.LoadUnsafe(ref first, (nuint)k) + Vector256.Shuffle(backwards, Vector256.Create(3L, 2, 1, 0));
    }

    /// <summary>The events of one test.</summary>
    readonly ref struct Stretch(ReadOnlySpan<double> time)
    {
        public ReadOnlySpan<double> Time { get; } = time;
        public int N { get; } = time.Length - 1;
        public double Begin { get; } = time[0];
        public double Each { get; } = 1 / (time[^1] - time[0]);
        public double Share { get; } = 1.0 / (time.Length - 1);

        public double ShareGone(int k) => (Time[k] - Begin) * Each;

        public double Excess(int k)
        {
            var v = ShareGone(k);
            var off = k * Share - v;
            return off * off / Math.Max(v - v * v, Tiny);
        }
    }
}
