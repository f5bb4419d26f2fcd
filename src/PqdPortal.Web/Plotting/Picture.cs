namespace PqdPortal.Web.Plotting;

/// <summary>Values on a grid as a picture that a screen can show.</summary>
/// <param name="Png">The picture.</param>
/// <param name="Width">Its columns and rows of pixels.</param>
/// <param name="Low">The value that is drawn in the first colour of the palette, and the one in the last; both 0 where no value is a number.</param>
public sealed record Picture(byte[] Png, int Width, int Height, double Low, double High)
{
    /// <summary>Values among which the limits of the contrast are sought.</summary>
    const int Sampled = 1 << 20;

    /// <param name="values">Shape (rows x columns), first row on top; NaN where there is none.</param>
    /// <param name="width">Most columns of the picture.</param>
    /// <param name="height">Most rows of the picture.</param>
    /// <param name="clip">Share of the values that are drawn darker or brighter than the palette reaches, at each end, 0..0.5.</param>
    /// <remarks>Thinned by the mean over blocks of whole pixels, so that noise stays in its place and no detail is invented.</remarks>
    public static Picture Of(ReadOnlySpan<double> values, int rows, int columns, int width, int height, double clip, byte[] palette)
    {
        if (values.Length != (long)rows * columns || values.IsEmpty) throw new ArgumentException($"{values.Length} values are no grid of {rows} x {columns}.", nameof(values));
        var block = Math.Max(1, Math.Max((columns + width - 1) / width, (rows + height - 1) / height));
        int across = (columns + block - 1) / block, down = (rows + block - 1) / block;
        var (low, high) = Limits(values, clip);
        var scale = high > low ? 255 / (high - low) : 0;
        var places = new byte[across * down];
        var sum = new double[across];
        var count = new int[across];
        for (var row = 0; row < down; row++)
        {
            Array.Clear(sum);
            Array.Clear(count);
            for (var y = row * block; y < Math.Min(rows, (row + 1) * block); y++)
            {
                var line = values.Slice(y * columns, columns);
                for (var x = 0; x < columns; x++)
                {
                    if (!double.IsFinite(line[x])) continue;
                    sum[x / block] += line[x];
                    count[x / block]++;
                }
            }
            for (var x = 0; x < across; x++)
                places[row * across + x] = count[x] == 0 ? (byte)0 : (byte)Math.Clamp((sum[x] / count[x] - low) * scale + 0.5, 0, 255);
        }
        return new(Plotting.Png.Bytes(places, across, down, palette), across, down, low, high);
    }

    static (double Low, double High) Limits(ReadOnlySpan<double> values, double clip)
    {
        var step = Math.Max(1, values.Length / Sampled);
        // A step that shares a factor with the columns would look at some columns alone.
        if (step > 1) step |= 1;
        var known = new List<double>(values.Length / step + 1);
        if (clip <= 0)
        {
            var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
            foreach (var value in values)
            {
                if (!double.IsFinite(value)) continue;
                least = Math.Min(least, value);
                most = Math.Max(most, value);
            }
            return least <= most ? (least, most) : (0, 0);
        }
        for (var i = 0; i < values.Length; i += step)
            if (double.IsFinite(values[i])) known.Add(values[i]);
        if (known.Count == 0) return (0, 0);
        known.Sort();
        var (low, high) = (known[(int)(clip * (known.Count - 1))], known[(int)((1 - clip) * (known.Count - 1))]);
        // Nearly everything has one value: what stands out of it is what is looked for.
        return high > low ? (low, high) : (known[0], known[^1]);
    }
}
