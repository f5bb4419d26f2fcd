using PqdPortal.Analysis.Blinking;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Tests.Blinking;

/// <summary>Photons of light whose rate changes in steps or slowly, and what the search for changes makes of them.</summary>
static class StepLight
{
    public const double Tick = 1e-9; // [s]

    /// <summary>Light of constant rates.</summary>
    /// <param name="steps">Beginning [s] and rate [1/s] of each.</param>
    /// <param name="duration">[s]</param>
    /// <returns>[ticks]</returns>
    public static long[] Photons(Random random, IReadOnlyList<(double From, double Rate)> steps, double duration)
    {
        var photons = new List<long>();
        for (var i = 0; i < steps.Count; i++)
        {
            var end = i + 1 < steps.Count ? steps[i + 1].From : duration;
            if (steps[i].Rate <= 0) continue;
            for (var t = steps[i].From + Wait(random, steps[i].Rate); t < end; t += Wait(random, steps[i].Rate)) photons.Add((long)(t / Tick));
        }
        return [.. photons];
    }

    /// <summary>Light of a rate that changes slowly, by leaving out of steady light.</summary>
    /// <param name="rate">At each time [s], at most <paramref name="highest"/> [1/s].</param>
    public static long[] Photons(Random random, Func<double, double> rate, double highest, double duration)
    {
        var photons = new List<long>();
        for (var t = Wait(random, highest); t < duration; t += Wait(random, highest))
            if (random.NextDouble() * highest < rate(t)) photons.Add((long)(t / Tick));
        return [.. photons];
    }

    /// <summary>Two rates by turns, the times in each of a power law.</summary>
    /// <param name="shortest">[s]</param>
    /// <param name="longest">[s]</param>
    public static List<(double From, double Rate)> Telegraph(
        Random random, double on, double off, double shortest, double longest, double exponent, double duration)
    {
        var steps = new List<(double, double)>();
        var e = 1 - exponent;
        for (var (t, isOn) = (0.0, true); t < duration; isOn = !isOn)
        {
            steps.Add((t, isOn ? on : off));
            t += Math.Pow(double.Lerp(Math.Pow(shortest, e), Math.Pow(longest, e), random.NextDouble()), 1 / e);
        }
        return steps;
    }

    public static ChangePoints Find(long[] photons, double duration, double confidence = 0.99, int batch = 4096)
    {
        var finder = new ChangePointFinder(Tick, null, confidence);
        var channels = new short[batch];
        for (var i = 0; i < photons.Length; i += batch)
        {
            var n = Math.Min(batch, photons.Length - i);
            finder.Add(new PhotonBatch(photons.AsSpan(i, n), channels.AsSpan(0, n), default));
        }
        return finder.Finish((long)(duration / Tick));
    }

    /// <summary>How many changes of each list have a partner in the other, one to one.</summary>
    /// <param name="reach">[s]</param>
    public static int Matches(IReadOnlyList<double> truth, IReadOnlyList<double> found, double reach = 0.005)
    {
        var (i, k, matches) = (0, 0, 0);
        while (i < truth.Count && k < found.Count)
        {
            if (Math.Abs(found[k] - truth[i]) <= reach) (i, k, matches) = (i + 1, k + 1, matches + 1);
            else if (found[k] < truth[i]) k++;
            else i++;
        }
        return matches;
    }

    static double Wait(Random random, double rate) => -Math.Log(1 - random.NextDouble()) / rate;
}
