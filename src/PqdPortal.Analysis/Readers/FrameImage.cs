using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Frames of raw numbers that stand in a file at even distances, read when they are asked for.</summary>
/// <param name="source">The file.</param>
/// <param name="format">Name of the format for refusals.</param>
/// <param name="at">Byte of the first frame.</param>
/// <param name="stride">From one frame to the next [bytes].</param>
/// <param name="type">How the numbers are stored, little-endian.</param>
/// <param name="upsideDown">The file holds the bottom row first.</param>
sealed class FrameImage(ByteSource source, string format, long at, long stride, RawType type, bool upsideDown = false) : ImageData
{
    public override double[] Frame(int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, Frames);
        var size = RawValues.SizeOf(type);
        var begin = at + frame * stride;
        var bytes = Bytes.Read(source, format, "frame", begin, (long)Rows * Columns * size);
        var values = new double[Rows * Columns];
        for (var row = 0; row < Rows; row++)
        {
            var from = upsideDown ? Rows - 1 - row : row;
            RawValues.Read(bytes.Span(begin + (long)from * Columns * size, Columns * size), type, false, values.AsSpan(row * Columns, Columns));
        }
        return values;
    }
}
