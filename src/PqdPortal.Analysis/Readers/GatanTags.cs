using System.Buffers.Binary;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>The tree of tags that a Gatan DM3 or DM4 file is.</summary>
/// <remarks>
/// After public descriptions; see docs/formats/images.md. The structure is big-endian, the values have the order that the
/// header names. A directory: sorted u1, open u1, count; an entry: kind u1 (20 directory, 21 data), name, in DM4 its length,
/// then the directory or "%%%%", the words that describe the type, and the value. Counts and words have 4 bytes in DM3, 8 in
/// DM4. Depth, number of tags and what is kept are bounded, every length is checked against the file before it is believed.
/// </remarks>
sealed class GatanTags
{
    const int Deepest = 32, MostTags = 100_000, LongestName = 1024, MostFields = 256;

    /// <summary>Longer lists are named by type, count and place, not kept.</summary>
    const int LongestList = 64, LongestText = 1 << 14;

    const int String = 18, Struct = 15, Array = 20;

    readonly ByteSource _source;
    readonly ByteWindow _window;
    readonly FindingList _findings;
    readonly bool _wide, _little;
    readonly Dictionary<string, Values> _arrays = [];
    long _at;
    int _tags;

    /// <summary>Numbers of an array in the file.</summary>
    /// <param name="Offset">Byte of the first.</param>
    /// <param name="Count">Elements, as many as the file declares.</param>
    /// <param name="ElementBytes">Of one element, a struct as a whole.</param>
    public readonly record struct Values(long Offset, long Count, int ElementBytes);

    GatanTags(ByteSource source, bool wide, bool little, long at, FindingList findings) =>
        (_source, _window, _wide, _little, _at, _findings) = (source, new ByteWindow(source), wide, little, at, findings);

    /// <summary>The whole tree; an entry without a name under its 0-based number.</summary>
    public JsonObject Header { get; } = [];

    /// <summary>Why the walk ended early, and at which byte; null where it did not.</summary>
    public (string Why, long Offset)? Broken { get; private set; }

    /// <summary>Byte behind the last tag.</summary>
    public long End => _at;

    public bool BigEndian => !_little;

    /// <param name="wide">True for DM4.</param>
    /// <param name="little">Byte order of the values.</param>
    /// <param name="at">Byte of the root directory.</param>
    public static GatanTags Read(ByteSource source, bool wide, bool little, long at, FindingList findings)
    {
        var tags = new GatanTags(source, wide, little, at, findings);
        tags.Directory(tags.Header, "", 0);
        return tags;
    }

    /// <summary>The array under a path such as "ImageList/1/ImageData/Data"; null where there is none.</summary>
    public Values? ArrayAt(string path) => _arrays.TryGetValue(path, out var values) ? values : null;

    public JsonObject? Group(string path)
    {
        JsonNode? at = Header;
        foreach (var name in path.Split('/')) at = (at as JsonObject)?[name];
        return at as JsonObject;
    }

    /// <returns>False where the walk is over.</returns>
    bool Directory(JsonObject into, string path, int depth)
    {
        if (depth > Deepest) return Stop($"the group {Shown(path)} lies more than {Deepest} levels deep; no instrument writes that", _at);
        var start = _at;
        _at += 2;
        if (!Word(out var count)) return Stop($"the file ends at byte {_source.Length:N0} inside the group {Shown(path)}", start);
        for (ulong i = 0; i < count; i++)
            if (!Entry(into, path, i, depth)) return false;
        return true;
    }

    bool Entry(JsonObject into, string path, ulong index, int depth)
    {
        var start = _at;
        if (!_window.TryGet(_at, 3, out var head)) return Stop($"the file ends at byte {_source.Length:N0} inside the group {Shown(path)}", start);
        if (++_tags > MostTags) return Stop($"the file holds more than {MostTags:N0} tags", start);
        var kind = head[0];
        var nameLength = BinaryPrimitives.ReadUInt16BigEndian(head[1..]);
        if (kind == 0) return Stop($"the group {Shown(path)} ends before its last tag", start);
        if (kind is not (20 or 21)) return Stop($"a tag of the unknown kind {kind} stands in the group {Shown(path)}", start);
        if (nameLength > LongestName || !_window.TryGet(_at + 3, nameLength, out var letters))
            return Stop($"a name in the group {Shown(path)} claims {nameLength:N0} letters", start);
        var name = nameLength == 0 ? index.ToString() : HeaderText.Narrow(letters).Replace('/', '_');
        if (into.ContainsKey(name)) name = $"{name} ({index})";
        if (into.ContainsKey(name)) return Stop($"the name {Shown(name)} stands several times in the group {Shown(path)}", start);
        _at += 3 + nameLength;
        long? end = null;
        if (_wide)
        {
            if (!Word(out var length)) return Stop($"the file ends at byte {_source.Length:N0} inside the tag {Shown(name)}", start);
            end = length <= (ulong)(_source.Length - _at) ? _at + (long)length : null;
        }
        var inner = path.Length == 0 ? name : $"{path}/{name}";
        if (kind == 20)
        {
            var group = new JsonObject();
            into[name] = group;
            if (!Directory(group, inner, depth + 1)) return false;
        }
        else if (!Data(into, name, inner)) return false;
        if (end is { } told && told != _at)
            _findings.Add(Severity.Info, "TAG_ODD_LENGTH", $"The tag {Shown(inner)} ends at byte {_at:N0}, where its length says {told:N0}; the tags were read one behind the other.", start);
        return true;
    }

    bool Data(JsonObject into, string name, string path)
    {
        var start = _at;
        if (!_window.TryGet(_at, 4, out var mark) || !mark.SequenceEqual("%%%%"u8)) return Stop($"the tag {Shown(path)} lacks the mark %%%%", start);
        _at += 4;
        if (!Word(out var words) || words is 0 or > 2 * MostFields + 8) return Stop($"the type of the tag {Shown(path)} claims {words:N0} words", start);
        var info = new ulong[words];
        for (var i = 0; i < info.Length; i++)
            if (!Word(out info[i])) return Stop($"the file ends at byte {_source.Length:N0} inside the type of the tag {Shown(path)}", start);

        switch (info[0])
        {
            case Array when info.Length >= 3:
                return ArrayOf(into, name, path, info, start);
            case String when info.Length >= 2:
                if (info[1] > (ulong)(_source.Length - _at)) return Past(path, start, info[1]);
                into[name] = info[1] <= LongestText && _window.TryGet(_at, (int)info[1], out var text) ? HeaderText.Narrow(text) : $"text of {info[1]:N0} bytes at byte {_at:N0}";
                _at += (long)info[1];
                return true;
            case Struct when Fields(info.AsSpan(1)) is { } fields:
                var values = new JsonArray();
                foreach (var field in fields)
                {
                    if (!_window.TryGet(_at, RawValues.SizeOf(field), out var one)) return Past(path, start, (ulong)RawValues.SizeOf(field));
                    values.Add(Number(one, field));
                    _at += RawValues.SizeOf(field);
                }
                into[name] = values;
                return true;
            case var code when Simple(code) is { } type && info.Length == 1:
                if (!_window.TryGet(_at, RawValues.SizeOf(type), out var bytes)) return Past(path, start, (ulong)RawValues.SizeOf(type));
                into[name] = code == 8 ? JsonValue.Create(bytes[0] != 0) : Number(bytes, type);
                _at += RawValues.SizeOf(type);
                return true;
            default:
                return Stop($"the tag {Shown(path)} has the unknown type {string.Join(' ', info.Take(4))}", start);
        }
    }

    bool ArrayOf(JsonObject into, string name, string path, ulong[] info, long start)
    {
        int size;
        RawType? type = null;
        if (info[1] == Struct && Fields(info.AsSpan(2, info.Length - 3)) is { } fields)
            size = fields.Sum(RawValues.SizeOf);
        else if (info.Length == 3 && Simple(info[1]) is { } simple)
            (size, type) = (RawValues.SizeOf(simple), simple);
        else
            return Stop($"the array {Shown(path)} has the unknown type {string.Join(' ', info.Take(4))}", start);

        var count = info[^1];
        if (count > long.MaxValue / 4096) return Past(path, start, count);
        var bytes = (long)count * size;
        _arrays[path] = new(_at, (long)count, size);
        var kind = type is { } known ? RawValues.NameOf(known) : $"records of {size} bytes";
        // A text is a list of u2; the pixels of an image may be that too, and are no text.
        if (type == RawType.U2 && name != "Data" && bytes <= LongestText && _window.TryGet(_at, (int)bytes, out var text))
            into[name] = _little ? HeaderText.Wide(text) : HeaderText.WideBigEndian(text);
        else if (type is { } one && count <= LongestList && _window.TryGet(_at, (int)bytes, out var list))
        {
            var values = new JsonArray();
            for (var i = 0; i < (int)count; i++) values.Add(Number(list[(i * size)..], one));
            into[name] = values;
        }
        else
            into[name] = $"{count:N0} {kind} at byte {_at:N0}";
        if (bytes > _source.Length - _at) return Past(path, start, (ulong)bytes);
        _at += bytes;
        return true;
    }

    /// <summary>The fields of a struct: length of its name, number of fields, then length of the name and type of each.</summary>
    static List<RawType>? Fields(ReadOnlySpan<ulong> info)
    {
        if (info.Length < 2 || info[0] != 0 || info[1] > MostFields || info.Length != 2 + 2 * (int)info[1]) return null;
        var fields = new List<RawType>();
        for (var i = 2; i < info.Length; i += 2)
        {
            if (info[i] != 0 || Simple(info[i + 1]) is not { } type) return null;
            fields.Add(type);
        }
        return fields;
    }

    static RawType? Simple(ulong code) => code switch
    {
        2 => RawType.I2,
        3 => RawType.I4,
        4 => RawType.U2,
        5 => RawType.U4,
        6 => RawType.F4,
        7 => RawType.F8,
        8 or 10 => RawType.U1,
        9 => RawType.I1,
        11 => RawType.I8,
        12 => RawType.U8,
        _ => null,
    };

    JsonNode? Number(ReadOnlySpan<byte> bytes, RawType type)
    {
        Span<byte> one = stackalloc byte[8];
        one = one[..RawValues.SizeOf(type)];
        bytes[..one.Length].CopyTo(one);
        if (!_little) one.Reverse();
        // Integers of eight bytes do not fit a double.
        if (type == RawType.I8) return BinaryPrimitives.ReadInt64LittleEndian(one);
        if (type == RawType.U8) return BinaryPrimitives.ReadUInt64LittleEndian(one);
        Span<double> value = stackalloc double[1];
        RawValues.Read(one, type, bigEndian: false, value);
        return double.IsFinite(value[0]) ? value[0] : null;
    }

    /// <summary>A count or a word of a type: 4 bytes in DM3, 8 in DM4.</summary>
    bool Word(out ulong value)
    {
        value = 0;
        if (!_window.TryGet(_at, _wide ? 8 : 4, out var bytes)) return false;
        value = _wide ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
        _at += bytes.Length;
        return true;
    }

    bool Past(string path, long start, ulong bytes) =>
        Stop($"the tag {Shown(path)} claims {bytes:N0} bytes from byte {_at:N0} on, where {_source.Length - _at:N0} follow", start);

    bool Stop(string why, long offset)
    {
        Broken ??= (why, offset);
        return false;
    }

    static string Shown(string text) => text.Length == 0 ? "at the root" : text.Length <= 80 ? text : "…" + text[^80..];
}
