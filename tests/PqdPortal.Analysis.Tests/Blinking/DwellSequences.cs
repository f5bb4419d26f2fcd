using PqdPortal.Analysis.Blinking;

namespace PqdPortal.Analysis.Tests.Blinking;

/// <summary>Dwells drawn from known laws, as a record of finite length shows them.</summary>
static class DwellSequences
{
    public static double Exponential(Random random, double mean) => -Math.Log(1 - random.NextDouble()) * mean;

    public static double PowerLaw(Random random, double alpha, double shortest, double longest)
    {
        var (low, high) = (Math.Pow(shortest, 1 - alpha), Math.Pow(longest, 1 - alpha));
        return Math.Pow(low + random.NextDouble() * (high - low), 1 / (1 - alpha));
    }

    public static double WithCutoff(Random random, double alpha, double shortest, double cutoff)
    {
        while (true)
        {
            var dwell = PowerLaw(random, alpha, shortest, 50 * cutoff);
            if (random.NextDouble() < Math.Exp((shortest - dwell) / cutoff)) return dwell;
        }
    }

    /// <summary>On and off in turns until the record ends, in the middle of a dwell.</summary>
    public static List<(bool IsOn, Dwell Dwell)> Of(double duration, Func<double> on, Func<double> off)
    {
        var sequence = new List<(bool, Dwell)>();
        var time = 0.0;
        for (var isOn = true; time < duration; isOn = !isOn)
        {
            var length = isOn ? on() : off();
            var cut = time + length > duration;
            sequence.Add((isOn, new Dwell(cut ? duration - time : length, cut, 0) { BeginUnseen = time == 0 }));
            time += length;
        }

        return sequence;
    }

    /// <summary>What is left when dwells are missed: a missed one joins its neighbours.</summary>
    public static List<(bool IsOn, Dwell Dwell)> Missing(List<(bool IsOn, Dwell Dwell)> sequence, Completeness on, Completeness off, Random random)
    {
        var found = new List<(bool IsOn, Dwell Dwell)>();
        foreach (var (isOn, dwell) in sequence)
        {
            var seen = found.Count == 0 || random.NextDouble() < (isOn ? on : off).Found(dwell.Length);
            if (!seen || found.Count > 0 && found[^1].IsOn == isOn)
                found[^1] = (found[^1].IsOn, found[^1].Dwell with { Length = found[^1].Dwell.Length + dwell.Length, Censored = dwell.Censored });
            else found.Add((isOn, dwell));
        }

        return found;
    }
}
