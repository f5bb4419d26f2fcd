using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Blinking;

/// <summary>Which share of dwells of a length is found at given rates.</summary>
/// <remarks>
/// At best (<see cref="AtBest"/>): a dwell of rate a between neighbours of rate b is found where its n photons speak for a rate of their own: n ln(n/(b x)) - n + b x
/// reaches a threshold, and n/x lies on its own side of the geometric mean of the rates, which decides between on and off. n is a
/// Poisson number of mean a x, so the share is a sum of Poisson terms and needs no simulation.
///
/// By the search itself (<see cref="BySearch"/>): photons of a dot that switches between the two rates are drawn, every other dwell of the
/// state of the length asked for, and looked through by <see cref="ChangePointFinder"/>. A dwell is found where more than half of it lies in segments
/// of its own side.
/// </remarks>
public sealed class Completeness
{
    /// <summary>Least log likelihood ratio of a dwell that is found.</summary>
    const double Threshold = 9;

    /// <summary>A dwell is found reliably from so large a share on.</summary>
    public const double Reliable = 0.9;

    const int PerDecade = 20;

    readonly double _start, _step;
    readonly double[] _found;

    Completeness(double own, double other, double start, double step, double[] found)
    {
        (Own, Other, _start, _step, _found) = (own, other, start, step, found);
        ShortestReliable = Length(Array.FindIndex(_found, share => share >= Reliable));
    }

    /// <summary>What the best possible search finds.</summary>
    /// <param name="own">Rate of the dwell [1/s].</param>
    /// <param name="other">Rate of its neighbours [1/s].</param>
    /// <exception cref="ArgumentException">The rates are equal, negative or not finite.</exception>
    public static Completeness AtBest(double own, double other)
    {
        if (!(own >= 0 && other >= 0 && double.IsFinite(own + other)) || own == other)
            throw new ArgumentException("A dwell is found by its rate: two rates, not negative and not equal.", nameof(own));
        // From where the neighbours' rate leaves far too little to judge, to where nothing is missed.
        var contrast = own == 0 ? other : own * Math.Log(own / Math.Max(other, 1e-3 * own)) - own + other;
        var (start, step) = (Math.Log(0.01 * Threshold / contrast), Math.Log(10) / PerDecade);
        var found = new List<double>();
        for (var k = 0; k < 6 * PerDecade; k++)
        {
            // Whole numbers of photons make teeth in the curve; only the rise counts.
            found.Add(Math.Max(Share(own, other, Math.Exp(start + k * step)), found.LastOrDefault()));
            if (found[^1] > 0.99999 && k > PerDecade) break;
        }

        found[^1] = 1;
        return new(own, other, start, step, [.. found]);
    }

    /// <summary>What the search for change points finds.</summary>
    /// <param name="ownMean">Mean length of the dwells of this state [s].</param>
    /// <param name="otherMean">Mean length of its neighbours [s].</param>
    /// <param name="confidence">Of the search.</param>
    /// <inheritdoc cref="AtBest"/>
    public static Completeness BySearch(double own, double other, double ownMean, double otherMean, double confidence, int seed, CancellationToken stop = default)
    {
        const int trials = 120, mostPhotons = 500;
        var best = AtBest(own, other);
        // Four lengths to an octave's square: from where nothing is found at best, up until all were.
        var (start, step) = (Math.Log(best.ShortestReliable / 2.5), Math.Log(1.4));
        var share = new List<double> { 0 };
        var ownUsual = Math.Min(ownMean, mostPhotons / Math.Max(own, other));
        var otherUsual = Math.Min(otherMean, mostPhotons / Math.Max(own, other));
        for (var k = 1; k < 24; k++)
        {
            stop.ThrowIfCancellationRequested();
            share.Add(Trial(Math.Exp(start + k * step), new Random(unchecked(seed * 7919 + k))));
            if (share.Count > 3 && share[^1] >= 0.995 && share[^2] >= 0.98) break;
        }

        Rise(share);
        share[^1] = 1;
        return new(own, other, start, step, [.. share]);

        double Trial(double length, Random random)
        {
            const double tick = 1e-9;
            var (times, dwells, t) = (new List<long>(), new List<(double From, double To)>(), 0.0);
            for (var i = 0; i < trials; i++)
            {
                Shine(other, -Math.Log(1 - random.NextDouble()) * otherUsual);
                Shine(own, -Math.Log(1 - random.NextDouble()) * ownUsual);
                Shine(other, -Math.Log(1 - random.NextDouble()) * otherUsual);
                dwells.Add((t, t + length));
                Shine(own, length);
            }

            Shine(other, otherUsual);
            var finder = new ChangePointFinder(tick, confidence: confidence);
            finder.Add(new PhotonBatch([.. times], new short[times.Count], []));
            var middle = Math.Sqrt(Math.Max(own, 1e-3 * other) * Math.Max(other, 1e-3 * own));
            var segments = finder.Finish((long)(t / tick)).Segments();
            var (at, found) = (0, 0);
            foreach (var (from, to) in dwells)
            {
                while (at > 0 && segments[at].From > from) at--;
                while (at < segments.Count - 1 && segments[at].To <= from) at++;
                var covered = 0.0;
                for (var s = at; s < segments.Count && segments[s].From < to; s++)
                    if (segments[s].Rate > middle == own > other) covered += Math.Min(to, segments[s].To) - Math.Max(from, segments[s].From);
                if (covered > length / 2) found++;
            }

            return (double)found / trials;

            void Shine(double rate, double lasts)
            {
                var end = t + lasts;
                if (rate > 0)
                    for (var u = t - Math.Log(1 - random.NextDouble()) / rate; u < end; u -= Math.Log(1 - random.NextDouble()) / rate)
                        times.Add((long)(u / tick));
                t = end;
            }
        }
    }

    /// <summary>The nearest rising curve: where a share falls, it and the ones before are their mean.</summary>
    static void Rise(List<double> share)
    {
        var parts = new Stack<(double Mean, int Count)>();
        foreach (var x in share)
        {
            var part = (Mean: x, Count: 1);
            while (parts.TryPeek(out var before) && before.Mean > part.Mean)
            {
                parts.Pop();
                part = ((part.Mean * part.Count + before.Mean * before.Count) / (part.Count + before.Count), part.Count + before.Count);
            }

            parts.Push(part);
        }

        share.Clear();
        foreach (var (mean, count) in parts.Reverse()) share.AddRange(Enumerable.Repeat(mean, count));
    }

    /// <summary>[1/s]</summary>
    public double Own { get; }

    /// <summary>[1/s]</summary>
    public double Other { get; }

    /// <summary>Shortest dwell of which nine of ten are found [s].</summary>
    public double ShortestReliable { get; }

    /// <summary>Share found of dwells of a length.</summary>
    /// <param name="length">[s]</param>
    public double Found(double length)
    {
        if (length <= 0) return 0;
        var place = (Math.Log(length) - _start) / _step;
        if (place <= 0) return 0;
        if (place >= _found.Length - 1) return 1;
        var k = (int)place;
        return _found[k] + (place - k) * (_found[k + 1] - _found[k]);
    }

    /// <summary>Lengths [s] and the share found of each, for the figure.</summary>
    public (double[] Length, double[] Share) Points() =>
        ([.. Enumerable.Range(0, _found.Length).Select(Length)], _found);

    double Length(int k) => Math.Exp(_start + k * _step);

    static double Share(double own, double other, double x)
    {
        var (mean, around) = (own * x, other * x);
        if (mean > 2000) return 1;
        var middle = Math.Sqrt(Math.Max(own, 1e-3 * other) * Math.Max(other, 1e-3 * own)) * x;
        var sum = 0.0;
        var last = (int)(mean + 12 * Math.Sqrt(mean) + 30);
        var log = -mean;
        for (var n = 0; n <= last; n++)
        {
            if (n > 0) log += Math.Log(Math.Max(mean, 1e-300) / n);
            var side = own > other ? n > middle : n < middle;
            var ratio = (n == 0 ? 0 : n * Math.Log(n / Math.Max(around, 1e-9))) - n + around;
            if (side && ratio >= Threshold) sum += Math.Exp(log);
        }

        return Math.Min(sum, 1);
    }
}
