namespace PqdPortal.Analysis.Tests.Correlation;

/// <summary>A small source of photons with a known answer, independent of the portal's own simulator.</summary>
public static class TestEmitter
{
    /// <summary>
    /// A two-level emitter seen by two detectors: its emissions form a renewal process with g2 = 1 - exp(-t/t1), thinned to
    /// the asked rates. With interval density (W G/(G-W))(e^(-Wt) - e^(-Gt)), 1/t1 = W + G.
    /// </summary>
    /// <remarks>
    /// The thinned stream is drawn directly: detections are so rare that most emissions are never seen, so the wait for
    /// the next detection is a geometric number of renewal intervals. Cycles are summed exactly: the sum of k intervals is
    /// the sum of two Gamma(k) waits.
    /// </remarks>
    /// <returns>Ticks of 1 ps on both detectors, ascending.</returns>
    public static (long[] A, long[] B) TwoLevel(double t1, double rate, double duration, Random random, double dark = 0, double jitter = 0)
    {
        // Equal pump and decay rate: both 1/(2 t1).
        var half = 2 * t1;
        var emission = 1 / (2 * half);
        var p = 2 * rate / emission;
        var (a, b) = (new List<double>(), new List<double>());
        for (var t = 0.0;;)
        {
            var cycles = 1 + Math.Floor(Math.Log(1 - random.NextDouble()) / Math.Log(1 - p));
            t += Gamma(2 * cycles, random) * half;
            if (t >= duration) break;
            (random.NextDouble() < 0.5 ? a : b).Add(t + (jitter == 0 ? 0 : jitter * Normal(random)));
        }

        foreach (var list in new[] { a, b })
            if (dark > 0)
                for (var t = -Math.Log(1 - random.NextDouble()) / dark; t < duration; t -= Math.Log(1 - random.NextDouble()) / dark)
                    list.Add(t);
        return (Ticks(a), Ticks(b));
    }

    /// <summary>Poisson light on one detector, ticks of 1 ps.</summary>
    public static long[] Steady(double rate, double duration, Random random)
    {
        var times = new List<double>();
        for (var t = -Math.Log(1 - random.NextDouble()) / rate; t < duration; t -= Math.Log(1 - random.NextDouble()) / rate)
            times.Add(t);
        return Ticks(times);
    }

    static long[] Ticks(List<double> seconds)
    {
        var ticks = seconds.Where(t => t >= 0).Select(t => (long)Math.Floor(t * 1e12)).ToArray();
        Array.Sort(ticks);
        return ticks;
    }

    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Marsaglia and Tsang 2000, for shapes of at least 1.</summary>
    static double Gamma(double shape, Random random)
    {
        var d = shape - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = Normal(random);
            var v = 1 + c * x;
            if (v <= 0) continue;
            v = v * v * v;
            if (Math.Log(1 - random.NextDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v)) return d * v;
        }
    }
}
