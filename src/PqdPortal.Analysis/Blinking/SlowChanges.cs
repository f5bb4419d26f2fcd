using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Blinking;

/// <summary>Finds steps too small for a thousand photons, and tells them from light that drifts.</summary>
/// <remarks>
/// <para>
/// Windows of 2000, 4000, 8000 ... photons that overlap by half, the short ones first, in what no change has cut yet. In each the most likely change
/// of <see cref="ChangeTest"/> among a few hundred candidates, then exactly, with a tenth of the false alarms that are allowed elsewhere.
/// </para>
/// <para>
/// Where the test finds something, a rate whose logarithm is a cubic over the same window is fitted too (thirty-two bins, <see cref="PoissonFit"/>). A
/// step counts only if it is more likely by a clear margin. If it is less likely by that margin the light drifts there, and longer windows are not asked
/// about that place: in the first window that sees it a drift is nearly straight, in longer ones it bends and may look like a step. In between a longer window decides.
/// </para>
/// </remarks>
sealed class SlowChanges(ChangeTest test, double confidence)
{
    const int Shortest = 2000;
    const int Candidates = 256; // in each window
    const int Bins = 32;
    const double Margin = 5; // in ln(likelihood): 150 times as likely
    const double Caution = 0.1; // of the false alarms elsewhere

    readonly double _confidence = 1 - Caution * (1 - confidence);
    readonly double[] _counts = new double[Bins];
    readonly List<int> _cuts = [];
    readonly List<(int From, int To)> _drifting = [];

    /// <summary>So many false alarms at most came with what was tested.</summary>
    public double ExpectedFalse { get; private set; }

    /// <summary>How often a stretch was asked whether there is a change in it.</summary>
    public long Tests { get; private set; }

    /// <param name="time">Times of the events, ascending.</param>
    /// <param name="from">First event of a stretch in which no change is known.</param>
    /// <param name="to">Its last event.</param>
    /// <param name="found">Receives the changes, in no order.</param>
    public void Find(ReadOnlySpan<double> time, int from, int to, List<int> found)
    {
        _cuts.Clear();
        _drifting.Clear();
        for (var width = Shortest; width < 2 * (to - from); width *= 2)
        {
            var known = _cuts.Count;
            for (var i = 0; i <= known; i++) Look(time, i == 0 ? from : _cuts[i - 1], i == known ? to : _cuts[i], width);
            _cuts.Sort();
        }
        found.AddRange(_cuts);
    }

    void Look(ReadOnlySpan<double> time, int from, int to, int width)
    {
        // What is half as long was one window of those before.
        if (to - from <= Math.Max(width / 2, ChangeTest.Longest)) return;
        while (to - from > ChangeTest.Longest)
        {
            var end = Math.Min(from + width, to);
            if (!IsDrifting(from, end) && Test(time, from, end) is { } at)
            {
                _cuts.Add(at);
                from = at;
                continue;
            }
            if (end == to) break;
            from += width / 2;
        }
    }

    bool IsDrifting(int from, int to)
    {
        foreach (var one in _drifting)
            if (one.From < to && from < one.To) return true;
        return false;
    }

    int? Test(ReadOnlySpan<double> time, int from, int to)
    {
        Tests++;
        ExpectedFalse += 1 - _confidence;
        var n = to - from;
        var step = Math.Max(1, n / Candidates);
        var critical = CriticalValues.At(n, _confidence);
        var (at, best) = test.Best(time, from, to, step, n - step, step, critical);
        if (at == 0) return null;
        (at, best) = test.Best(time, from, to, Math.Max(2, at - step), Math.Min(n - 2, at + step), 1, best - 1e-9);

        var likelihood = test.LogLikelihood(at, n, (time[from + at] - time[from]) / (time[to] - time[from]));
        var cubic = Cubic(time, from, to);
        if (likelihood >= cubic + Margin) return from + at;
        if (cubic >= likelihood + Margin) _drifting.Add((from, to));
        return null; // where neither is clear, a longer window will tell
    }

    /// <summary>How much more likely a rate is whose logarithm is a cubic than a steady one; ln of the ratio.</summary>
    double Cubic(ReadOnlySpan<double> time, int from, int to)
    {
        var (begin, each) = (time[from], Bins / (time[to] - time[from]));
        Array.Clear(_counts);
        for (var i = from; i < to; i++) _counts[Math.Min(Bins - 1, (int)((time[i] - begin) * each))]++;
        var mean = (to - from) / (double)Bins;
        var steady = 0.0;
        foreach (var count in _counts) steady += PoissonDeviance.Of(count, mean);
        return (steady - PoissonFit.Run(new LogCubic(Bins, mean), _counts).Deviance) / 2;
    }

    /// <summary>exp(a + b u + c u^2 + d u^3) in bins of equal time, u from -1 to 1.</summary>
    sealed class LogCubic(int bins, double mean) : ICountModel
    {
        public IReadOnlyList<FitParameter> Parameters { get; } =
            [new("a", Math.Log(mean), -30, 30), new("b", 0, -20, 20), new("c", 0, -20, 20), new("d", 0, -20, 20)];

        public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian)
        {
            for (var i = 0; i < bins; i++)
            {
                var u = (2 * i + 1.0) / bins - 1;
                mu[i] = Math.Exp(p[0] + u * (p[1] + u * (p[2] + u * p[3])));
                if (jacobian is null) continue;
                (jacobian[0][i], jacobian[1][i], jacobian[2][i], jacobian[3][i]) = (mu[i], mu[i] * u, mu[i] * u * u, mu[i] * u * u * u);
            }
        }
    }
}
