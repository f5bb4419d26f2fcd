
namespace PqdPortal.Analysis.Brightness;

/// <summary>Pickup of the mains in the light.</summary>
static class MainsHum
{
    static readonly double[] Mains = [50, 60, 100, 120];

    /// <summary>Light that hums with the mains: the power at 50, 60, 100 and 120 Hz, in stretches of a second, over its neighbours'.</summary>
    /// <returns>What to tell; null where there is none.</returns>
    public static Message? Of(IntensityTrace trace, CancellationToken stop)
    {
        var n = (int)Math.Round(1 / trace.FineBin);
        var pieces = trace.Fine.Length / Math.Max(n, 1);
        if (n < 400 || pieces < 2) return null;
        double[] around = [-9, -8, -7, -6, -5, -4, -3, 3, 4, 5, 6, 7, 8, 9];
        var found = new List<string>();
        foreach (var f in Mains)
        {
            stop.ThrowIfCancellationRequested();
            var (at, beside) = (0.0, 0.0);
            var step = Math.Max(1, pieces / 600); // ten minutes tell it
            var used = 0;
            for (var piece = 0; piece < pieces; piece += step)
            {
                var counts = trace.Fine.AsSpan(piece * n, n);
                long sum = 0;
                foreach (var c in counts) sum += c;
                if (sum == 0) continue;
                used++;
                at += Power(counts, f, (double)sum / n) / sum;
                foreach (var d in around) beside += Power(counts, f + d, (double)sum / n) / sum / around.Length;
            }

            if (used > 1 && at > beside * (1 + 8 / Math.Sqrt(used)))
                found.Add($"{f:0} Hz ({Text(200 * Math.Sqrt(Math.Max(at - beside, 0) / used / (trace.Fine.Sum() * trace.FineBin * n / (double)trace.Fine.Length / trace.FineBin)))} %)");
        }

        return found.Count == 0 ? null : new("PICKUP", $"The light is modulated at {string.Join(", ", found)}, as room light or a power supply does. Darken the room or take out the source; in a correlation it shows as a wave of that period.");

        double Power(ReadOnlySpan<long> counts, double frequency, double mean)
        {
            double real = 0, imaginary = 0;
            var (sin, cos) = Math.SinCos(2 * Math.PI * frequency * trace.FineBin);
            var (c, s) = (1.0, 0.0);
            foreach (var count in counts)
            {
                real += (count - mean) * c;
                imaginary += (count - mean) * s;
                (c, s) = (c * cos - s * sin, c * sin + s * cos);
            }

            return real * real + imaginary * imaginary;
        }
    }

    static string Text(double x) => NumberText.Rounded(x, 4);
}
