using System.Buffers.Binary;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>One value of the pixels of one or several pages of a TIFF file; a frame is unpacked when it is asked for, row by row.</summary>
/// <param name="pages">Byte at which the tags of each frame's page begin.</param>
/// <param name="sample">Which of the values of a pixel.</param>
sealed class TiffImage(TiffFile file, IReadOnlyList<long> pages, int sample) : ImageData
{
    readonly FindingList _findings = new();
    readonly HashSet<int> _told = [];

    public override IReadOnlyList<Finding> PixelFindings => _findings.ToList();

    public override double[] Frame(int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, Frames);
        var pixels = new double[(long)Rows * Columns];
        Array.Fill(pixels, double.NaN);
        // What opening found is found again, unless the file changed meanwhile.
        var tags = TiffDirectory.Read(file, pages[frame], null);
        if (tags is null || TiffPage.Of(file, tags, out _) is not { } page || (page.Rows, page.Columns) != (Rows, Columns))
            throw new MeasurementFormatException("The file changed while it was read. Upload it again.", pages[frame]) { Format = Tiff.Name };

        // Of one frame trouble is told once, however often it is asked for; of the values of a pixel the first one tells.
        var findings = sample == 0 && _told.Add(frame) ? _findings : null;
        var offsets = tags.Ints(page.Tiled ? TiffTag.TileOffsets : TiffTag.StripOffsets, page.Blocks);
        var lengths = tags.Ints(page.Tiled ? TiffTag.TileByteCounts : TiffTag.StripByteCounts, page.Blocks);
        if (offsets.Length < page.Blocks)
            findings?.Add(Severity.Warning, "PIXELS_MISSING",
                $"Frame {frame + 1:N0} has {offsets.Length:N0} of {page.Blocks:N0} {Kind(page)}s; the pixels of the others are no numbers.", pages[frame]);

        var perPixel = page.Planar ? 1 : page.Samples;
        var row = new byte[(long)page.BlockColumns * perPixel * page.SampleBytes];
        var shuffled = page.Predictor == 3 ? new byte[row.Length] : [];
        var numbers = new double[(long)page.BlockColumns * perPixel];
        var first = page.Planar ? sample * page.BlocksAcross * (long)page.BlocksDown : 0;
        for (var block = 0; block < (long)page.BlocksAcross * page.BlocksDown && first + block < offsets.Length; block++)
        {
            var at = offsets[first + block];
            var (top, left) = (block / page.BlocksAcross * page.BlockRows, block % page.BlocksAcross * page.BlockColumns);
            var rows = Math.Min(page.BlockRows, Rows - top);
            var columns = Math.Min(page.BlockColumns, Columns - left);
            // Some writers leave the lengths out or at 0 where nothing is packed; then the size of the block is the length.
            var length = first + block < lengths.Length && lengths[first + block] is > 0 and var told ? told
                : page.Packed ? file.Source.Length - at : (long)row.Length * rows;
            var read = 0;
            try
            {
                using var bytes = page.Open(file.Source, at, length);
                for (; read < rows && bytes.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) == row.Length; read++)
                {
                    Unpredict(page, row, shuffled, perPixel);
                    RawValues.Read(row, page.Type, page.Predictor == 3 || file.BigEndian, numbers);
                    var into = pixels.AsSpan((top + read) * Columns + left, columns);
                    for (var i = 0; i < into.Length; i++) into[i] = numbers[i * perPixel + (page.Planar ? 0 : sample)];
                }
                if (read < rows)
                    findings?.Add(Severity.Warning, "PIXELS_MISSING",
                        $"In frame {frame + 1:N0}, {Kind(page)} {first + block:N0} ends after {read:N0} of {rows:N0} rows; the pixels behind them are no numbers.", at);
            }
            catch (InvalidDataException trouble)
            {
                findings?.Add(Severity.Error, "PIXELS_DAMAGED",
                    $"In frame {frame + 1:N0}, {Kind(page)} {first + block:N0} cannot be unpacked behind row {read:N0} of {rows:N0} ({trouble.Message.TrimEnd('.')}); the pixels behind it are no numbers.", at);
            }
        }
        if (page.Orientation == 4) RowOrder.TurnOver(pixels, Columns);
        return pixels;
    }

    static string Kind(TiffPage page) => page.Tiled ? "tile" : "strip";

    /// <summary>Turns differences back into values.</summary>
    void Unpredict(TiffPage page, byte[] row, byte[] shuffled, int step)
    {
        if (page.Predictor == 2)
            Accumulate(row, page.SampleBytes, step);
        else if (page.Predictor == 3)
        {
            // Differences of bytes; the bytes of all numbers stand highest first, then all second ones and so on.
            Accumulate(row, 1, step);
            row.CopyTo(shuffled, 0);
            var count = row.Length / page.SampleBytes;
            for (var i = 0; i < count; i++)
                for (var b = 0; b < page.SampleBytes; b++) row[i * page.SampleBytes + b] = shuffled[b * count + i];
        }
    }

    void Accumulate(byte[] row, int size, int step)
    {
        for (var at = step * size; at + size <= row.Length; at += size)
        {
            Span<byte> here = row.AsSpan(at, size);
            var sum = file.Number(here, size) + file.Number(row.AsSpan(at - step * size, size), size);
            switch (size)
            {
                case 1:
                    here[0] = (byte)sum;
                    break;
                case 2 when file.BigEndian:
                    BinaryPrimitives.WriteUInt16BigEndian(here, (ushort)sum);
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt16LittleEndian(here, (ushort)sum);
                    break;
                case 4 when file.BigEndian:
                    BinaryPrimitives.WriteUInt32BigEndian(here, (uint)sum);
                    break;
                case 4:
                    BinaryPrimitives.WriteUInt32LittleEndian(here, (uint)sum);
                    break;
                case 8 when file.BigEndian:
                    BinaryPrimitives.WriteUInt64BigEndian(here, sum);
                    break;
                default:
                    BinaryPrimitives.WriteUInt64LittleEndian(here, sum);
                    break;
            }
        }
    }
}
