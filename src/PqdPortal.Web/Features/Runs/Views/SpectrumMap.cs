using PqdPortal.Analysis.Measurements;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Runs.Views;

/// <summary>A series of spectra as a map: the axis of the spectra to the right, the series downwards.</summary>
public static class SpectrumMap
{
    /// <summary>Fewer spectra than this are no series to see.</summary>
    public const int Least = 3;

    const int Width = 900, Height = 600;

    /// <summary>Share of the values beyond each end of the colours: a cosmic ray must not darken a whole night.</summary>
    const double Clip = 0.005;

    /// <returns>Null where the spectra do not lie on one rising or falling axis.</returns>
    public static Picture? Draw(SpectrumSet set)
    {
        if (set.Spectra.Count < Least || Axis(set) is not { } axis) return null;
        var columns = Math.Min(Width, axis.Length);
        // Which way round the file goes is no matter to the eye: the map rises.
        var falls = axis[^1] < axis[0];
        if (falls) axis = [.. axis.AsEnumerable().Reverse()];
        // Which point stands at each column of an axis of even steps; a grating's own steps are not even.
        var point = new int[columns];
        for (var column = 0; column < columns; column++)
        {
            point[column] = Nearest(axis, axis[0] + (column + 0.5) / columns * (axis[^1] - axis[0]));
        }
        var rows = Math.Min(Height, set.Spectra.Count);
        var values = new double[rows * columns];
        for (var row = 0; row < rows; row++)
        {
            int from = (int)((long)row * set.Spectra.Count / rows), to = Math.Max(from + 1, (int)((long)(row + 1) * set.Spectra.Count / rows));
            for (var column = 0; column < columns; column++)
            {
                // Between the points of the neighbouring columns lie those that this column stands for.
                int left = column == 0 ? point[0] : (point[column - 1] + point[column] + 1) / 2, right = column == columns - 1 ? point[column] : (point[column] + point[column + 1]) / 2;
                if (left > right) left = right = point[column];
                double sum = 0;
                var count = 0;
                for (var spectrum = from; spectrum < to; spectrum++)
                    for (var i = left; i <= right; i++)
                    {
                        var y = set.Spectra[spectrum].Y[falls ? axis.Length - 1 - i : i];
                        if (!double.IsFinite(y)) continue;
                        sum += y;
                        count++;
                    }
                values[row * columns + column] = count == 0 ? double.NaN : sum / count;
            }
        }
        return Picture.Of(values, rows, columns, Width, Height, Clip, Palette.Viridis);
    }

    /// <summary>The axis that all spectra share, where it rises or falls throughout.</summary>
    static double[]? Axis(SpectrumSet set)
    {
        var axis = set.Spectra[0].X;
        if (axis.Length < 2 || !set.Spectra.All(spectrum => spectrum.Y.Length == axis.Length && (spectrum.X == axis || spectrum.X.AsSpan().SequenceEqual(axis)))) return null;
        var sign = Math.Sign(axis[^1] - axis[0]);
        for (var i = 1; i < axis.Length; i++)
            if (!double.IsFinite(axis[i]) || Math.Sign(axis[i] - axis[i - 1]) != sign) return null;
        return sign == 0 || !double.IsFinite(axis[0]) ? null : axis;
    }

    static int Nearest(double[] axis, double place)
    {
        int low = 0, high = axis.Length - 1;
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (axis[middle] <= place) low = middle;
            else high = middle;
        }
        return Math.Abs(axis[low] - place) <= Math.Abs(axis[high] - place) ? low : high;
    }
}
