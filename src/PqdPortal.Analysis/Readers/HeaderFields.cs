using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Readers;

/// <summary>Fields of a fixed header one after the other; each is kept under its name and its byte is remembered.</summary>
/// <param name="bytes">The part of the file that holds them.</param>
/// <param name="header">Where they are kept, in file order.</param>
/// <param name="at">Byte of the file at which the next field stands.</param>
/// <param name="prefix">Before the names, for headers that repeat.</param>
sealed class HeaderFields(Bytes bytes, JsonObject header, long at, string prefix = "")
{
    readonly Dictionary<string, long> _offsets = [];

    /// <summary>Byte of the file at which the next field stands.</summary>
    public long At { get; private set; } = at;

    /// <summary>Byte at which a field stands.</summary>
    public long OffsetOf(string name) => _offsets[name];

    public int I4(string name) => Kept(name, bytes.I4(At), 4);
    public uint U4(string name) => Kept(name, bytes.U4(At), 4);
    public long I8(string name) => Kept(name, bytes.I8(At), 8);

    /// <returns>Null where it is no finite number.</returns>
    public double? F4(string name) => Real(name, bytes.F4(At), 4);

    /// <inheritdoc cref="F4"/>
    public double? F8(string name) => Real(name, bytes.F8(At), 8);

    public string Text(string name, int width)
    {
        var text = bytes.Text(At, width);
        Keep(name, text, width);
        return text;
    }

    /// <summary>Several integers under one name.</summary>
    public int[] I4s(string name, int count)
    {
        var values = new int[count];
        for (var i = 0; i < count; i++) values[i] = bytes.I4(At + 4L * i);
        Keep(name, new JsonArray([.. values.Select(value => (JsonNode)value)]), 4 * count);
        return values;
    }

    public void Skip(int length) => At += length;

    int Kept(string name, int value, int size)
    {
        Keep(name, value, size);
        return value;
    }

    uint Kept(string name, uint value, int size)
    {
        Keep(name, value, size);
        return value;
    }

    long Kept(string name, long value, int size)
    {
        Keep(name, value, size);
        return value;
    }

    double? Real(string name, double value, int size)
    {
        double? finite = double.IsFinite(value) ? value : null;
        Keep(name, finite, size);
        return finite;
    }

    void Keep(string name, JsonNode? value, int size)
    {
        header[prefix + name] = value;
        _offsets[name] = At;
        At += size;
    }
}
