namespace PqdPortal.Analysis.Lifetime;

/// <summary>The rise of a decay as the eye sees it: where a fit may begin.</summary>
/// <param name="Place">Where half of the height is reached [bins].</param>
/// <param name="Width">From a tenth to nine tenths of the height [bins].</param>
/// <param name="Background">Level of the lowest bins, per bin.</param>
/// <param name="IsMissing">True where the curve begins at its top.</param>
public sealed record Rise(double Place, double Width, double Background, bool IsMissing)
{
    public static Rise Of(double[] counts)
    {
        var n = counts.Length;
        // Wide enough to see the top through the noise, narrow enough not to blur the rise.
        var half = 0;
        while (half < n / 64 && Highest(counts, half) * (2 * half + 1) < 200) half = Math.Max(1, 2 * half);
        var smooth = Smooth(counts, half);
        var top = Array.IndexOf(smooth, smooth.Max());
        var stretches = Math.Clamp(n / 4, 1, 32);
        var means = Enumerable.Range(0, stretches).Select(s => counts[(s * n / stretches)..((s + 1) * n / stretches)].Average()).Order().ToArray();
        var background = means[stretches / 10];
        var height = smooth[top] - background;
        double Down(double share)
        {
            var i = top;
            while (i > 0 && smooth[i] > background + share * height) i--;
            if (i == 0 && smooth[0] > background + share * height) return 0;
            var (low, high) = (smooth[i], smooth[Math.Min(i + 1, n - 1)]);
            return i + 0.5 + (high > low ? (background + share * height - low) / (high - low) : 0);
        }

        return new(Down(0.5), Math.Max(Down(0.9) - Down(0.1) - half, 0.5), background, smooth[0] > background + 0.7 * height && top <= n / 20);
    }

    /// <summary>Mean delay of the photons after a place, background taken off [bins].</summary>
    public static double MeanDelay(double[] counts, double background, double from)
    {
        var n = counts.Length;
        double sum = 0, first = 0;
        for (var k = 0; k < n; k++)
        {
            // Photons before it are late ones of the pulse before.
            var delay = k + 0.5 - from;
            if (delay < 0) delay += n;
            if (delay > 0.95 * n) continue;
            sum += counts[k] - background;
            first += (counts[k] - background) * delay;
        }

        return sum > 0 && first > 0 ? Math.Clamp(first / sum, 0.5, n) : 0.1 * n;
    }

    static double Highest(double[] counts, int half) => Smooth(counts, half).Max();

    static double[] Smooth(double[] counts, int half)
    {
        if (half == 0) return counts;
        var smooth = new double[counts.Length];
        for (var i = 0; i < smooth.Length; i++)
        {
            var (from, to) = (Math.Max(0, i - half), Math.Min(counts.Length - 1, i + half));
            double sum = 0;
            for (var k = from; k <= to; k++) sum += counts[k];
            smooth[i] = sum / (to - from + 1);
        }

        return smooth;
    }
}
