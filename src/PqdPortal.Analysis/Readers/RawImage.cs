using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>An image whose numbers stand in the file as they are; a frame is read when it is asked for.</summary>
/// <param name="type">Type of one number.</param>
/// <param name="bigEndian">Byte order of the numbers.</param>
/// <param name="frameOffset">Byte at which a frame begins, by its 0-based number.</param>
sealed class RawImage(ByteSource source, RawType type, bool bigEndian, Func<int, long> frameOffset) : ImageData
{
    /// <summary>Read at once [bytes].</summary>
    const int Piece = 1 << 20;

    /// <summary>Numbers of one pixel, such as 2 for a complex one, and which of them this image shows.</summary>
    public int Components { get; init; } = 1;

    /// <inheritdoc cref="Components"/>
    public int Component { get; init; }

    /// <summary>Byte behind the last that belongs to the pixels; what follows is not of them.</summary>
    public long End { get; init; } = source.Length;

    /// <summary>True where the first row of the file is the bottom one.</summary>
    public bool BottomUp { get; init; }

    public override double[] Frame(int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, Frames);
        var pixels = new double[(long)Rows * Columns];
        var pixelBytes = RawValues.SizeOf(type) * Components;
        var rowBytes = (long)Columns * pixelBytes;
        var rowsAtOnce = (int)Math.Clamp(Piece / rowBytes, 1, Rows);
        var bytes = new byte[rowsAtOnce * rowBytes];
        var numbers = Components > 1 ? new double[(long)rowsAtOnce * Columns * Components] : [];
        var at = frameOffset(frame);
        for (var row = 0; row < Rows; row += rowsAtOnce)
        {
            var rows = Math.Min(rowsAtOnce, Rows - row);
            var wanted = bytes.AsSpan(0, (int)(rows * rowBytes));
            var from = at + row * rowBytes;
            var got = source.Read(wanted[..(int)Math.Clamp(End - from, 0, wanted.Length)], from) / pixelBytes;
            var into = pixels.AsSpan(row * Columns, rows * Columns);
            if (Components == 1)
                RawValues.Read(wanted, type, bigEndian, into[..got]);
            else
            {
                RawValues.Read(wanted, type, bigEndian, numbers.AsSpan(0, got * Components));
                for (var i = 0; i < got; i++) into[i] = numbers[i * Components + Component];
            }
            // What the file does not hold is no number, and above all no zero.
            into[got..].Fill(double.NaN);
        }
        if (BottomUp) RowOrder.TurnOver(pixels, Columns);
        return pixels;
    }
}
