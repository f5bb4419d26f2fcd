namespace PqdPortal.Analysis.Blinking;

/// <summary>How large the standardised likelihood ratio of a change grows by chance alone in steady light.</summary>
/// <remarks>
/// The largest of all candidates of a stretch, quantiles of a simulation of own: a million series of N exponential intervals each (400,000 above
/// N = 400, 100,000 above N = 1000). It is repeated with other random numbers by the tests of this class.
/// In between by straight lines over ln N and over the logarithm of the share that goes beyond; beyond the largest N by the last line.
/// </remarks>
static class CriticalValues
{
    public const double LeastConfidence = 0.69, MostConfidence = 0.999;

    static readonly double[] Confidences = [0.69, 0.75, 0.80, 0.85, 0.90, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999];

    static readonly int[] Sizes = [6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 70, 100, 150, 200, 300, 400, 550, 750, 1000, 2000, 5000, 20000];

    // A row for each size, a column for each confidence.
    static readonly double[] Values =
    [
        0.68, 0.95, 1.23, 1.60, 2.13, 2.59, 3.03, 3.69, 4.23, 5.12, 6.06, 7.23, 8.11, // 6
        0.87, 1.15, 1.45, 1.83, 2.37, 2.84, 3.30, 3.99, 4.53, 5.46, 6.37, 7.63, 8.57, // 7
        1.02, 1.31, 1.62, 2.01, 2.56, 3.04, 3.50, 4.19, 4.74, 5.66, 6.59, 7.80, 8.71, // 8
        1.13, 1.43, 1.75, 2.15, 2.71, 3.20, 3.65, 4.35, 4.91, 5.84, 6.78, 7.98, 8.91, // 9
        1.23, 1.54, 1.85, 2.26, 2.83, 3.32, 3.79, 4.49, 5.05, 5.99, 6.94, 8.15, 9.08, // 10
        1.39, 1.70, 2.03, 2.44, 3.02, 3.53, 4.00, 4.72, 5.28, 6.24, 7.17, 8.44, 9.45, // 12
        1.57, 1.89, 2.23, 2.65, 3.24, 3.76, 4.25, 4.98, 5.55, 6.52, 7.47, 8.79, 9.76, // 15
        1.76, 2.10, 2.44, 2.87, 3.46, 3.99, 4.48, 5.22, 5.80, 6.78, 7.76, 9.07, 10.06, // 20
        1.91, 2.25, 2.60, 3.04, 3.64, 4.17, 4.67, 5.41, 5.99, 6.99, 7.97, 9.25, 10.25, // 25
        2.01, 2.35, 2.70, 3.14, 3.75, 4.28, 4.78, 5.53, 6.12, 7.12, 8.12, 9.41, 10.42, // 30
        2.16, 2.51, 2.86, 3.31, 3.94, 4.47, 4.97, 5.72, 6.32, 7.32, 8.32, 9.57, 10.58, // 40
        2.26, 2.62, 2.98, 3.43, 4.06, 4.61, 5.12, 5.87, 6.47, 7.48, 8.51, 9.85, 10.83, // 50
        2.40, 2.76, 3.13, 3.59, 4.23, 4.78, 5.29, 6.04, 6.64, 7.68, 8.69, 9.99, 11.01, // 70
        2.54, 2.91, 3.27, 3.74, 4.39, 4.94, 5.45, 6.22, 6.83, 7.85, 8.86, 10.21, 11.21, // 100
        2.68, 3.05, 3.42, 3.89, 4.54, 5.09, 5.62, 6.40, 7.00, 8.03, 9.06, 10.35, 11.31, // 150
        2.76, 3.13, 3.51, 3.98, 4.63, 5.20, 5.72, 6.49, 7.10, 8.14, 9.16, 10.52, 11.52, // 200
        2.86, 3.24, 3.62, 4.10, 4.75, 5.31, 5.83, 6.61, 7.24, 8.27, 9.29, 10.73, 11.75, // 300
        2.94, 3.31, 3.70, 4.17, 4.83, 5.40, 5.92, 6.71, 7.33, 8.36, 9.43, 10.77, 11.78, // 400
        3.00, 3.39, 3.77, 4.25, 4.92, 5.49, 6.02, 6.82, 7.44, 8.49, 9.53, 10.90, 11.92, // 550
        3.07, 3.44, 3.83, 4.31, 4.98, 5.56, 6.09, 6.89, 7.53, 8.59, 9.62, 10.94, 11.96, // 750
        3.11, 3.50, 3.88, 4.36, 5.02, 5.59, 6.11, 6.91, 7.53, 8.57, 9.59, 11.01, 11.99, // 1000
        3.21, 3.60, 4.00, 4.48, 5.18, 5.76, 6.30, 7.08, 7.68, 8.75, 9.85, 11.27, 12.33, // 2000
        3.31, 3.70, 4.10, 4.59, 5.27, 5.85, 6.38, 7.17, 7.78, 8.81, 9.83, 11.26, 12.43, // 5000
        3.44, 3.82, 4.22, 4.72, 5.39, 5.97, 6.49, 7.33, 7.94, 8.99, 10.00, 11.30, 12.35, // 20000
    ];

    /// <summary>The value that a stretch of steady light stays below with this confidence.</summary>
    /// <param name="intervals">Intervals between photons in the stretch, at least 6.</param>
    /// <param name="confidence">0.69 to 0.999.</param>
    public static double At(double intervals, double confidence)
    {
        var column = Below(Confidences, confidence);
        var share = (Math.Log(1 - Confidences[column]) - Math.Log(1 - confidence))
            / (Math.Log(1 - Confidences[column]) - Math.Log(1 - Confidences[column + 1]));
        var row = 0;
        while (row < Sizes.Length - 2 && intervals >= Sizes[row + 1]) row++;
        var step = Math.Log(intervals / Sizes[row]) / Math.Log((double)Sizes[row + 1] / Sizes[row]);
        return (1 - step) * Of(row) + step * Of(row + 1);

        double Of(int size) => double.Lerp(Values[size * Confidences.Length + column], Values[size * Confidences.Length + column + 1], share);
    }

    static int Below(double[] ascending, double value)
    {
        var i = 0;
        while (i < ascending.Length - 2 && value >= ascending[i + 1]) i++;
        return i;
    }
}
