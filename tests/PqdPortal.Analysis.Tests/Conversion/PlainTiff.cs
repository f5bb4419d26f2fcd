using System.Buffers.Binary;
using System.Text;

namespace PqdPortal.Analysis.Tests.Conversion;

/// <summary>Reads uncompressed little-endian TIFF, as plainly as TIFF 6.0 describes it.</summary>
static class PlainTiff
{
    public sealed record Page(int Rows, int Columns, double[] Values, string Description, double PerUnitX, double PerUnitY);

    public static List<Page> Read(byte[] file)
    {
        Assert.Equal("II*\0", Encoding.ASCII.GetString(file, 0, 4));
        var pages = new List<Page>();
        for (var at = (int)U4(file, 4); at != 0;)
        {
            var tags = new SortedDictionary<int, (long Count, int Value)>();
            var count = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));
            for (var i = 0; i < count; i++)
            {
                var entry = at + 2 + 12 * i;
                tags.Add(BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(entry)), (U4(file, entry + 4), (int)U4(file, entry + 8)));
            }
            var (columns, rows, bits, format) = (tags[256].Value, tags[257].Value, tags[258].Value, tags[339].Value);
            Assert.Equal(rows * columns * bits / 8, tags[279].Value);
            var values = Enumerable.Range(0, rows * columns).Select(i => Value(file.AsSpan(tags[273].Value + i * bits / 8), bits, format)).ToArray();
            pages.Add(new(rows, columns, values, Encoding.ASCII.GetString(file, tags[270].Value, (int)tags[270].Count - 1), Ratio(file, tags[282].Value), Ratio(file, tags[283].Value)));
            at = (int)U4(file, at + 2 + 12 * count);
        }
        return pages;
    }

    static double Value(ReadOnlySpan<byte> at, int bits, int format) => (bits, format) switch
    {
        (8, 1) => at[0],
        (8, 2) => (sbyte)at[0],
        (16, 1) => BinaryPrimitives.ReadUInt16LittleEndian(at),
        (16, 2) => BinaryPrimitives.ReadInt16LittleEndian(at),
        (32, 1) => BinaryPrimitives.ReadUInt32LittleEndian(at),
        (32, 2) => BinaryPrimitives.ReadInt32LittleEndian(at),
        (32, 3) => BinaryPrimitives.ReadSingleLittleEndian(at),
        (64, 3) => BinaryPrimitives.ReadDoubleLittleEndian(at),
        _ => throw new InvalidDataException($"{bits} bits of format {format}"),
    };

    static double Ratio(byte[] file, int at) => (double)U4(file, at) / U4(file, at + 4);

    static uint U4(byte[] file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));
}
