using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

/// <summary>All events of a short simulation, kept for a test.</summary>
sealed class Seen : IPhotonConsumer
{
    public List<(int Channel, long Time, int Dtime)> Events { get; } = [];

    public RealisedRun? Run { get; private set; }

    public static Seen Of(SimulationOptions options)
    {
        var seen = new Seen();
        seen.Run = new PhotonGenerator(options).Run(seen);
        return seen;
    }

    public void Add(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
            Events.Add((batch.Channel[i], batch.Time[i], batch.Dtime.Length > 0 ? batch.Dtime[i] : 0));
    }

    /// <summary>Times of a channel [ticks].</summary>
    public long[] Times(int channel) => [.. Events.Where(e => e.Channel == channel).Select(e => e.Time)];
}

/// <summary>The few statistics the tests need, written out plainly.</summary>
static class Statistics
{
    /// <summary>Kolmogorov-Smirnov distance from a distribution, times sqrt(n): above 1.95 in 0.1 % of true cases, 2.4 in 2e-5.</summary>
    public static double Ks(IEnumerable<double> values, Func<double, double> cumulative)
    {
        var sorted = values.Order().ToArray();
        var largest = 0.0;
        for (var i = 0; i < sorted.Length; i++)
        {
            var f = cumulative(sorted[i]);
            largest = Math.Max(largest, Math.Max(f - (double)i / sorted.Length, (i + 1.0) / sorted.Length - f));
        }

        return largest * Math.Sqrt(sorted.Length);
    }

    /// <summary>The same for two samples.</summary>
    public static double Ks(double[] a, double[] b)
    {
        Array.Sort(a);
        Array.Sort(b);
        var (i, j, largest) = (0, 0, 0.0);
        while (i < a.Length && j < b.Length)
        {
            if (a[i] <= b[j]) i++;
            else j++;
            largest = Math.Max(largest, Math.Abs((double)i / a.Length - (double)j / b.Length));
        }

        return largest * Math.Sqrt((double)a.Length * b.Length / (a.Length + b.Length));
    }

    /// <summary>Counts of all pairs by delay: bin k holds (k - reach - 1/2) bin to (k - reach + 1/2) bin.</summary>
    public static long[] Pairs(long[] start, long[] stop, long bin, int reach)
    {
        var counts = new long[2 * reach + 1];
        var edge = reach * bin + bin / 2;
        var first = 0;
        foreach (var t in start)
        {
            while (first < stop.Length && stop[first] < t - edge) first++;
            for (var j = first; j < stop.Length && stop[j] <= t + edge; j++)
                counts[(int)((stop[j] - t + edge) / bin) is var k && k > 2 * reach ? 2 * reach : k]++;
        }

        return counts;
    }

    /// <summary>
    /// Standard deviations between counted pairs and a model of g2, as sqrt(2 chi2) - sqrt(2 n - 1), which is standard normal
    /// for a true model (Fisher).
    /// </summary>
    public static double Misfit(long[] pairs, long bin, int n1, int n2, double duration, Func<double, double> g2)
    {
        var reach = pairs.Length / 2;
        var chi2 = 0.0;
        for (var k = 0; k < pairs.Length; k++)
        {
            var model = 0.0;
            for (var s = 0; s < 20; s++)
                model += g2(Math.Abs(k - reach + (s - 9.5) / 20) * bin) / 20;
            var expected = model * n1 * n2 * bin / duration;
            chi2 += (pairs[k] - expected) * (pairs[k] - expected) / expected;
        }

        return Math.Sqrt(2 * chi2) - Math.Sqrt(2 * pairs.Length - 1);
    }

    public static (double Mean, double Sigma) Moments(IEnumerable<double> values)
    {
        var list = values.ToArray();
        var mean = list.Average();
        return (mean, Math.Sqrt(list.Sum(x => (x - mean) * (x - mean)) / (list.Length - 1)));
    }
}
