namespace PqdPortal.Analysis.Tests.Correlation;

/// <summary>Small sources of fluctuating light and detectors with faults, with known answers, independent of the portal's own simulator. Ticks of 1 ps.</summary>
public static class FluctuatingLight
{
    /// <summary>
    /// Light that switches between two rates by itself: g2 - 1 = A e^(-t/tb), A = (I1 - I0)² p (1 - p)/mean², 1/tb = kOn + kOff.
    /// </summary>
    /// <param name="toOff">Rate of leaving the bright state [1/s].</param>
    /// <param name="toOn">Rate of leaving the dark state [1/s].</param>
    public static long[][] Telegraph(double bright, double dark, double toOff, double toOn, double duration, int detectors, Random random)
    {
        var times = Enumerable.Range(0, detectors).Select(_ => new List<long>()).ToArray();
        var isOn = random.NextDouble() < toOn / (toOn + toOff);
        for (var t = 0.0; t < duration;)
        {
            var end = Math.Min(duration, t + Wait(isOn ? toOff : toOn, random));
            var rate = detectors * (isOn ? bright : dark);
            if (rate > 0)
                for (var at = t + Wait(rate, random); at < end; at += Wait(rate, random))
                    times[random.Next(detectors)].Add((long)(at * 1e12));
            t = end;
            isOn = !isOn;
        }

        return [.. times.Select(list => list.ToArray())];
    }

    /// <summary>
    /// Chaotic light of one or more equal modes, each the square of a complex field that forgets itself with the time 2 tc: an
    /// Ornstein-Uhlenbeck process stepped exactly. g2 = 1 + e^(-t/tc)/modes.
    /// </summary>
    /// <param name="tc">1/e time of g2 - 1 [s].</param>
    public static long[][] Thermal(double rate, double tc, int modes, double duration, int detectors, Random random)
    {
        var step = tc / 20;
        var keep = Math.Exp(-step / (2 * tc));
        var kick = Math.Sqrt((1 - keep * keep) / 2);
        var field = Enumerable.Range(0, 2 * modes).Select(_ => TestEmitter.Normal(random) / Math.Sqrt(2)).ToArray();
        var times = Enumerable.Range(0, detectors).Select(_ => new List<long>()).ToArray();
        for (var t = 0.0; t < duration; t += step)
        {
            var intensity = 0.0;
            for (var k = 0; k < field.Length; k++)
            {
                field[k] = keep * field[k] + kick * TestEmitter.Normal(random);
                intensity += field[k] * field[k];
            }

            var mean = rate * intensity / modes * step;
            for (var d = 0; d < detectors; d++)
                for (var left = Math.Exp(-mean) is var limit ? random.NextDouble() : 1; left > limit; left *= random.NextDouble())
                    times[d].Add((long)((t + step * random.NextDouble()) * 1e12));
        }

        foreach (var list in times) list.Sort();
        return [.. times.Select(list => list.ToArray())];
    }

    /// <summary>Photons in pairs of detections, on a steady ground: g2 - 1 = excess e^(-|t|/tc), as very weak chaotic light has it.</summary>
    /// <param name="rate">Of each of two detectors [1/s].</param>
    /// <param name="amplitude">g2(0) - 1.</param>
    /// <param name="sigma">Standard deviation of each detector's timing [s].</param>
    /// <remarks>
    /// A pair adds to g2 - 1 its rate times the density e^(-|t|/tc)/(2 tc) over rate²: pairs come with 2 tc amplitude rate².
    /// </remarks>
    public static long[][] Pairs(double rate, double amplitude, double tc, double sigma, double duration, Random random)
    {
        var pairs = 2 * tc * amplitude * rate * rate;
        var (a, b) = (new List<double>(), new List<double>());
        for (var t = Wait(pairs, random); t < duration; t += Wait(pairs, random))
        {
            a.Add(t);
            b.Add(t + (random.Next(2) == 0 ? 1 : -1) * Wait(1 / tc, random));
        }

        foreach (var list in new[] { a, b })
            for (var t = Wait(rate - pairs, random); t < duration; t += Wait(rate - pairs, random)) list.Add(t);
        return [.. new[] { a, b }.Select(list => list.Select(t => (long)((t + sigma * TestEmitter.Normal(random)) * 1e12)).Where(t => t >= 0 && t < duration * 1e12).Order().ToArray())];
    }

    /// <summary>What a detector makes of light: blind for a time after each count, and an afterpulse now and then.</summary>
    /// <param name="p">Chance that a count, itself possibly an afterpulse, is followed by one.</param>
    /// <param name="tau">Mean time of an afterpulse after the dead time [s].</param>
    public static long[] Detect(long[] light, double dead, double p, double tau, Random random)
    {
        var seen = new List<long>();
        var waiting = new PriorityQueue<long, long>();
        long blind = (long)Math.Round(dead * 1e12), free = 0;
        var next = 0;
        while (next < light.Length || waiting.Count > 0)
        {
            var t = waiting.TryPeek(out var pulse, out _) && (next == light.Length || pulse <= light[next]) ? waiting.Dequeue() : light[next++];
            if (t < free) continue;
            seen.Add(t);
            free = t + blind;
            if (random.NextDouble() < p)
            {
                var at = free + (long)(Wait(1 / tau, random) * 1e12);
                waiting.Enqueue(at, at);
            }
        }

        return [.. seen];
    }

    public static double Wait(double rate, Random random) => -Math.Log(1 - random.NextDouble()) / rate;
}
