namespace PqdPortal.Analysis.Measurements;

/// <summary>Images, each of one or several frames. Thumbnails are not among them.</summary>
public sealed class ImageSet : Measurement
{
    public override string Kind => "image";

    public required IReadOnlyList<ImageData> Images { get; init; }
}

/// <summary>One image with its frames; the pixels stay in the file until they are asked for.</summary>
public abstract class ImageData
{
    public required int Rows { get; init; }
    public required int Columns { get; init; }
    public int Frames { get; init; } = 1;

    /// <summary>A name for people, where the file has one.</summary>
    public string? Name { get; init; }

    /// <summary>Type of the raw values, such as "u2" or "f4".</summary>
    public required string ValueType { get; init; }

    /// <summary>Length of a pixel along rows and columns [m], and who says so; null where the file gives no length.</summary>
    public PixelSize? Pixel { get; init; }

    /// <summary>Raw values of one frame, shape (rows x columns), first row first as it is to be shown; NaN where the file does not hold a pixel.</summary>
    /// <param name="frame">0-based.</param>
    public abstract double[] Frame(int frame);

    /// <summary>What was odd in the pixels of the frames asked for so far.</summary>
    public virtual IReadOnlyList<Finding> PixelFindings => [];
}

/// <summary>Length of a pixel.</summary>
/// <param name="Row">From one row to the next [m].</param>
/// <param name="Column">From one column to the next [m].</param>
/// <param name="Source">The field of the file that says so, for people.</param>
public sealed record PixelSize(double Row, double Column, string Source);
