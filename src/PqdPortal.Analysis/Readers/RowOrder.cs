namespace PqdPortal.Analysis.Readers;

/// <summary>Which row comes first.</summary>
static class RowOrder
{
    /// <summary>The last row first; for formats that begin with the bottom one.</summary>
    /// <param name="pixels">Shape (rows x columns).</param>
    public static void TurnOver(double[] pixels, int columns)
    {
        var kept = new double[columns];
        for (int top = 0, bottom = pixels.Length - columns; top < bottom; top += columns, bottom -= columns)
        {
            var upper = pixels.AsSpan(top, columns);
            var lower = pixels.AsSpan(bottom, columns);
            upper.CopyTo(kept);
            lower.CopyTo(upper);
            kept.CopyTo(lower);
        }
    }
}
