using System.Globalization;
using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Readers;

/// <summary>A few values in memory: an attribute, or a small dataset.</summary>
/// <param name="shape">Dimensions, empty for one value.</param>
/// <param name="bytes">All elements.</param>
sealed class Hdf5Values(Hdf5File file, Hdf5Type type, long[] shape, byte[] bytes)
{
    /// <summary>A longer text is cut where it is shown [characters].</summary>
    const int LongestShown = 4096;

    /// <summary>More values are counted, not listed.</summary>
    const int MostShown = 64;

    public Hdf5Type Type => type;
    public int Count => type.Size == 0 ? 0 : bytes.Length / type.Size;

    /// <summary>The first element as text; null where it is none.</summary>
    public string? FirstText => Count > 0 ? TextAt(0) : null;

    /// <summary>The first element as a number; null where it is none or not finite.</summary>
    public double? FirstReal => Count > 0 && type.Raw is not null && RealAt(0) is var value && double.IsFinite(value) ? value : null;

    /// <summary>All elements as whole numbers; empty where they are none.</summary>
    public long[] Whole()
    {
        if (!type.IsWhole) return [];
        var into = new long[Count];
        type.Whole(bytes, into);
        return into;
    }

    double RealAt(int i)
    {
        Span<double> one = stackalloc double[1];
        RawValues.Read(bytes.AsSpan(i * type.Size, type.Size), type.Raw!.Value, type.BigEndian, one);
        return one[0];
    }

    public string? TextAt(int i)
    {
        var element = bytes.AsSpan(i * type.Size, type.Size);
        if (type.Kind == Hdf5Kind.Text) return HeaderText.Narrow(element);
        if (type.Kind != Hdf5Kind.LongText || element.Length < 8 + file.OffsetSize) return null;
        var reference = new Hdf5Cursor(file, element.ToArray(), 0);
        var length = reference.U4();
        if (reference.Offset() is not { } heap || heap == 0) return "";
        return HeaderText.Narrow(Shared(heap, reference.U4(), length));
    }

    /// <summary>An object of the heap that texts of no fixed length share.</summary>
    ReadOnlySpan<byte> Shared(long heap, long index, long length)
    {
        var head = file.Block(heap, 8 + file.LengthSize, "GCOL"u8, "heap of texts");
        head.Skip(4);
        var size = head.Length();
        var body = file.Block(heap, size, "heap of texts");
        body.Skip(8 + file.LengthSize);
        while (body.Left >= 8 + file.LengthSize)
        {
            var number = body.U2();
            body.Skip(6);
            var of = body.Length();
            if (number == 0) break;
            var from = body.At;
            var found = body.Take(of);
            if (number == index) return found[..(int)Math.Min(found.Length, length)];
            body.Align(from);
        }
        return [];
    }

    /// <summary>As the header shows it.</summary>
    public JsonNode? ToJson()
    {
        if (Count > MostShown) return $"{Count} values, {type.Text}";
        if (shape.Length == 0) return Count == 1 ? One(0) : null;
        return new JsonArray([.. Enumerable.Range(0, Count).Select(One)]);
    }

    JsonNode? One(int i)
    {
        if (type.IsWhole)
        {
            Span<long> one = stackalloc long[1];
            type.Whole(bytes.AsSpan(i * type.Size, type.Size), one);
            return type.Raw == RawType.U8 && one[0] < 0 ? JsonValue.Create(((ulong)one[0]).ToString(CultureInfo.InvariantCulture)) : one[0];
        }
        if (type.Raw is not null) return RealAt(i) is var value && double.IsFinite(value) ? value : null;
        return TextAt(i) is { } text ? text.Length > LongestShown ? text[..LongestShown] + " …" : text : type.Text;
    }
}
