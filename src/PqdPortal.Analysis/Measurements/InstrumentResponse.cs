using System.Globalization;

namespace PqdPortal.Analysis.Measurements;

/// <summary>How a detector with its electronics answers to light that comes all at once, as it was measured: an instrument response function (IRF).</summary>
/// <param name="Channel">Raw code of the detector, or the number of the curve.</param>
/// <param name="BinWidth">Length of a bin [s].</param>
/// <param name="Times">Middle of each bin of the peak since the laser pulse [s], rising, shape (bins of the peak); negative where the peak begins before the pulse and is seen at the end of the period.</param>
/// <param name="Weights">Share of the photons in each bin, without background, their sum 1, shape (bins of the peak).</param>
/// <remarks>
/// The flat background is the mean of what lies outside the peak; the peak is the contiguous region around the maximum in which
/// the counts, averaged over a piece of its width, stand above that background by three standard deviations. What lies apart
/// (reflections, afterpulses, light of the room) does not belong to it.
/// </remarks>
public sealed record InstrumentResponse(int Channel, double BinWidth, double[] Times, double[] Weights)
{
    /// <summary>Time from pulse to pulse [s]; null where nobody says.</summary>
    public double? Period { get; init; }

    /// <summary>Photons of the peak, background subtracted.</summary>
    public double Photons { get; init; }

    /// <summary>Background that was subtracted, per bin.</summary>
    public double Background { get; init; }

    /// <summary>Mean time of the response [s]: when light that comes at once is seen.</summary>
    public double Centre
    {
        get
        {
            var mean = 0.0;
            for (var i = 0; i < Weights.Length; i++) mean += Weights[i] * Times[i];
            return mean;
        }
    }

    /// <summary>Standard deviation [s].</summary>
    public double Sigma
    {
        get
        {
            var (mean, square) = (Centre, 0.0);
            for (var i = 0; i < Weights.Length; i++) square += Weights[i] * (Times[i] - mean) * (Times[i] - mean);
            return Math.Sqrt(square);
        }
    }

    /// <summary>Full width at half of the maximum [s], between bins interpolated.</summary>
    public double Fwhm => HalfWidth(Weights) * BinWidth;

    /// <summary>The responses of all detectors in a measurement of the IRF.</summary>
    /// <param name="bin">Length of a bin that is wanted [s], where the stream leaves a choice.</param>
    /// <exception cref="InsufficientDataException">A detector's decay has no peak.</exception>
    /// <exception cref="RequestException">The measurement is no photon stream and no histogram.</exception>
    public static IReadOnlyList<InstrumentResponse> Of(Measurement measurement, double? bin = null, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        var decays = DecaySet.Of(measurement, bin, progress, stop).Decays;
        if (decays.Count == 0) throw new InsufficientDataException("The measurement of the response (irf_file) holds no photons. Measure scattered laser light with it.");
        return [.. decays.Select(Of)];
    }

    /// <summary>The response of the detector a channel of another measurement was counted with.</summary>
    /// <param name="responses">All there are; a single one serves every detector.</param>
    /// <exception cref="RequestException">There are several, and none is of that channel.</exception>
    public static InstrumentResponse For(IReadOnlyList<InstrumentResponse> responses, int channel) =>
        responses.FirstOrDefault(response => response.Channel == channel)
        ?? (responses.Count == 1 ? responses[0]
            : throw new RequestException($"The measurement of the response (irf_file) has no photons on channel {channel}; it has channels {string.Join(", ", responses.Select(response => response.Channel))}. Each detector needs its own response, or one for all."));

    /// <summary>Takes the response out of a decay of scattered laser light.</summary>
    /// <exception cref="InsufficientDataException">There is no peak in it.</exception>
    public static InstrumentResponse Of(DecayHistogram decay)
    {
        var counts = decay.Counts;
        var n = counts.Length;
        // In whole periods the peak may go on at the other end.
        var around = decay.IsWhole;
        double At(int i) => around ? counts[(i % n + n) % n] : (uint)i < (uint)n ? counts[i] : 0;

        var background = LowLevel(counts);
        var peak = 0;
        var highest = double.NegativeInfinity;
        for (var i = 0; i < n; i++)
        {
            var three = At(i - 1) + At(i) + At(i + 1);
            if (three > highest) (highest, peak) = (three, i);
        }

        if (n < 3 || highest < 30 || highest - 3 * background < 8 * Math.Sqrt(3 * background + 1))
            throw new InsufficientDataException(string.Create(CultureInfo.InvariantCulture,
                $"The measurement of the response (irf_file) has no peak on channel {decay.Channel}: at most {Math.Max(highest, 0) / 3:F1} counts a bin above a level of {background:F1}, from {decay.Photons} photons. Measure scattered laser light until the peak holds some thousand photons."));

        var half = background + 0.5 * (highest / 3 - background);
        var (left, right) = (peak, peak);
        while (peak - left < n / 2 && At(left - 1) > half) left--;
        while (right - peak < n / 2 && At(right + 1) > half) right++;
        var piece = Math.Clamp((right - left + 1) / 2, 3, Math.Max(3, n / 8));
        var (from, to) = (left, right);
        for (var round = 0; round < 2; round++)
        {
            (from, to) = (left, right);
            while (peak - from < n / 2 && Stands(from - piece)) from--;
            while (to - peak < n / 2 && Stands(to + 1)) to++;
            if (!around) (from, to) = (Math.Max(from, 0), Math.Min(to, n - 1));
            double outside = 0;
            var bins = 0;
            for (var i = to + 1 + piece; i < from - piece + n; i++)
            {
                outside += counts[i % n];
                bins++;
            }

            if (bins >= n / 20 && bins >= 8) background = outside / bins;
        }

        bool Stands(int first)
        {
            double sum = 0;
            for (var i = 0; i < piece; i++) sum += At(first + i);
            return sum > background * piece + 3 * Math.Sqrt(background * piece + 1);
        }

        var (times, weights) = (new double[to - from + 1], new double[to - from + 1]);
        double photons = 0, kept = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            var (bin, turn) = (from + i, 0.0);
            if (bin < 0) (bin, turn) = (bin + n, -decay.Period!.Value);
            else if (bin >= n) (bin, turn) = (bin - n, decay.Period!.Value);
            var width = bin == n - 1 ? decay.LastWidth : 1;
            times[i] = decay.Start + turn + (bin + 0.5 * width) * decay.BinWidth;
            var above = counts[bin] - background * width;
            photons += above;
            kept += weights[i] = Math.Max(above, 0);
        }

        for (var i = 0; i < weights.Length; i++) weights[i] /= kept;
        return new(decay.Channel, decay.BinWidth, times, weights) { Period = decay.Period, Photons = photons, Background = background };
    }

    /// <summary>The level of the bins without a peak: the median of the means of 64 stretches.</summary>
    static double LowLevel(long[] counts)
    {
        var stretches = Math.Clamp(counts.Length / 4, 1, 64);
        var means = new double[stretches];
        for (var s = 0; s < stretches; s++)
        {
            var (a, b) = (s * counts.Length / stretches, (s + 1) * counts.Length / stretches);
            for (var i = a; i < b; i++) means[s] += counts[i] / (double)(b - a);
        }

        Array.Sort(means);
        return means[stretches / 2];
    }

    static double HalfWidth(double[] weights)
    {
        var top = Array.IndexOf(weights, weights.Max());
        var half = 0.5 * weights[top];
        return Side(-1) + Side(1);

        double Side(int step)
        {
            var i = top;
            while ((uint)(i + step) < (uint)weights.Length && weights[i + step] > half) i += step;
            var beyond = (uint)(i + step) < (uint)weights.Length ? weights[i + step] : 0;
            return Math.Abs(i - top) + (weights[i] - half) / (weights[i] - beyond);
        }
    }
}
