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
/// L_k is at most N (k/N - V)^2 / (V (1-V)), the mean is at least 1/2 and the sd at least the root of 1/2 (both as k and N-k grow), and the
/// logarithm is at most 0. So a candidate whose bound is below Z/sqrt(2) + 1/2 need not be looked at closely, which are nearly all.
/// </para>
/// </remarks>
sealed class ChangeTest
{
    /// <summary>Stretches of fewer intervals are not tested.</summary>
    public const int Fewest = 6;

    /// <summary>Intervals that one test takes at most.</summary>
    public const int Longest = 1000;

    const double EulerGamma = 0.57721566490153286;

    readonly double[] _mean = new double[Longest + 1]; // f
    readonly double[] _variance = new double[Longest + 1]; // g
    readonly double[] _kLogK = new double[Longest + 1];
    readonly double[] _critical = new double[Longest + 1];

    /// <param name="confidence">Of each test.</param>
    public ChangeTest(double confidence)
    {
        var (harmonic, squares) = (0.0, 0.0);
        for (var n = 1; n <= Longest; n++)
        {
            _kLogK[n] = n * Math.Log(n);
            _mean[n] = n * (harmonic - EulerGamma) - _kLogK[n];
            _variance[n] = (double)n * n * (Math.PI * Math.PI / 6 - squares) - n;
            harmonic += 1.0 / n;
            squares += 1.0 / n / n;
            if (n >= Fewest) _critical[n] = CriticalValues.At(n, confidence);
        }
    }

    /// <summary>The likelihood ratio of a change at the k-th of n intervals, where the share v of the time has gone.</summary>
    public double LogLikelihood(int k, int n, double v) =>
        -k * Math.Log(v) - (n - k) * Math.Log(1 - v) + _kLogK[k] + _kLogK[n - k] - _kLogK[n];

    double Standardised(int k, int n, double v) =>
        (LogLikelihood(k, n, v) - (_mean[n] - _mean[k] - _mean[n - k])) / Math.Sqrt(_variance[k] + _variance[n - k] - _variance[n])
        + 0.5 * Math.Log(4.0 * k * (n - k) / ((double)n * n));

    /// <summary>The event at which the rate most likely changes; null where nothing says that it does.</summary>
    /// <param name="time">Times of the events, ascending, none twice.</param>
    /// <param name="from">First event of the stretch.</param>
    /// <param name="to">Last event of the stretch, <see cref="Fewest"/> to <see cref="Longest"/> behind the first.</param>
    public int? Find(ReadOnlySpan<double> time, int from, int to)
    {
        var n = to - from;
        var (begin, each) = (time[from], 1 / (time[to] - time[from]));
        var share = 1.0 / n;
        var (best, at) = (_critical[n], 0);
        var bound = Needed(best, n);
        for (var k = 2; k <= n - 2; k++)
        {
            var v = (time[from + k] - begin) * each;
            var off = k * share - v;
            if (off * off < bound * (v * (1 - v))) continue;
            Compare(k, v);
        }
        if (at == 0) return null;

        // That there is a change does not rest on a single interval. But it may lie at the very edge: a dark time without any photon.
        Compare(1, (time[from + 1] - begin) * each);
        Compare(n - 1, (time[to - 1] - begin) * each);
        return from + at;

        void Compare(int k, double v)
        {
            if (!(v > 0 && v < 1)) return; // the digits of a double end where silence is very long
            var z = Standardised(k, n, v);
            if (!(z > best)) return;
            (best, at) = (z, k);
            bound = Needed(best, n);
        }
    }

    static double Needed(double z, int n) => (z * Math.Sqrt(0.5) + 0.5) / n;
}
