using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Byte order and width of the offsets of a TIFF file.</summary>
/// <param name="Source">The file.</param>
/// <param name="BigEndian">"MM" files.</param>
/// <param name="Wide">BigTIFF: offsets of eight bytes.</param>
sealed record TiffFile(ByteSource Source, bool BigEndian, bool Wide)
{
    public ulong Number(ReadOnlySpan<byte> bytes, int size) => (size, BigEndian) switch
    {
        (1, _) => bytes[0],
        (2, true) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (4, true) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (_, true) => BinaryPrimitives.ReadUInt64BigEndian(bytes),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    };
}

/// <summary>The tags of one page of a TIFF file.</summary>
/// <remarks>Only where values stand is kept; they are read when they are asked for, and never more of them than the file can hold.</remarks>
sealed class TiffDirectory
{
    const int MostEntries = 4096, LongestText = 1 << 22;

    /// <summary>Longer lists are named by type, count and place, not kept.</summary>
    const int LongestList = 64;

    readonly TiffFile _file;
    readonly Dictionary<int, Entry> _entries = [];

    readonly record struct Entry(int Type, long Count, long At, long EntryAt);

    TiffDirectory(TiffFile file) => _file = file;

    /// <summary>Byte of the next page's tags; 0 behind the last.</summary>
    public long Next { get; private set; }

    /// <summary>Number of tags.</summary>
    public int Count => _entries.Count;

    /// <param name="at">Byte at which the tags begin.</param>
    /// <param name="findings">Null where they were told before.</param>
    /// <returns>Null where the file ends inside.</returns>
    public static TiffDirectory? Read(TiffFile file, long at, FindingList? findings)
    {
        var (source, wide) = (file.Source, file.Wide);
        int countBytes = wide ? 8 : 2, entryBytes = wide ? 20 : 12, offsetBytes = wide ? 8 : 4;
        Span<byte> head = stackalloc byte[8];
        if (at < 0 || source.Read(head[..countBytes], at) < countBytes) return null;
        var told = file.Number(head, countBytes);
        if (told > MostEntries || (long)told * entryBytes > source.Length - at - countBytes) return null;
        var bytes = new byte[(int)told * entryBytes + offsetBytes];
        var got = source.Read(bytes, at + countBytes);
        if (got < bytes.Length - offsetBytes) return null;

        var directory = new TiffDirectory(file);
        for (var i = 0; i < (int)told; i++)
        {
            var entry = bytes.AsSpan(i * entryBytes, entryBytes);
            var entryAt = at + countBytes + (long)i * entryBytes;
            var (tag, type) = ((int)file.Number(entry, 2), (int)file.Number(entry[2..], 2));
            var (count, valueAt) = (file.Number(entry[4..], offsetBytes), 4 + offsetBytes);
            var size = SizeOf(type);
            if (size == 0)
            {
                findings?.Add(Severity.Info, "TAG_TYPE_UNKNOWN", $"The tag {NameOf(tag)} has the unknown type {type}; it was skipped.", entryAt);
                continue;
            }
            var place = count <= (ulong)(offsetBytes / size) ? (ulong)(entryAt + valueAt) : file.Number(entry[valueAt..], offsetBytes);
            if (place > (ulong)source.Length || count > (ulong)(source.Length - (long)place) / (ulong)size)
            {
                findings?.Add(Severity.Warning, "TAG_PAST_END", $"The tag {NameOf(tag)} claims {count:N0} values from byte {place:N0} on, past the end of the file at byte {source.Length:N0}; it was skipped.", entryAt);
                continue;
            }
            if (!directory._entries.TryAdd(tag, new(type, (long)count, (long)place, entryAt)))
                findings?.Add(Severity.Warning, "TAG_DUPLICATE", $"The tag {NameOf(tag)} stands twice; the first is used.", entryAt);
        }
        // The last page may end with its tags, as in files that were cut there; then none follows.
        if (got == bytes.Length) directory.Next = (long)Math.Min(file.Number(bytes.AsSpan(bytes.Length - offsetBytes), offsetBytes), long.MaxValue);
        return directory;
    }

    public bool Has(int tag) => _entries.ContainsKey(tag);

    /// <summary>Values of a tag; 0 where it is absent.</summary>
    public long CountOf(int tag) => _entries.TryGetValue(tag, out var entry) ? entry.Count : 0;

    /// <summary>Byte of a tag's entry; null where it is absent.</summary>
    public long? OffsetOf(int tag) => _entries.TryGetValue(tag, out var entry) ? entry.EntryAt : null;

    /// <summary>A whole number; null where absent, or where it is none.</summary>
    public long? Int(int tag, long index = 0) =>
        Real(tag, index) is { } real && real == Math.Truncate(real) && Math.Abs(real) < 1L << 53 ? (long)real : null;

    /// <summary>A number, a fraction divided; null where absent or not finite.</summary>
    public double? Real(int tag, long index = 0)
    {
        if (!_entries.TryGetValue(tag, out var entry) || index >= entry.Count || entry.Type == 2) return null;
        Span<byte> bytes = stackalloc byte[8];
        bytes = bytes[..SizeOf(entry.Type)];
        if (_file.Source.Read(bytes, entry.At + index * bytes.Length) < bytes.Length) return null;
        return Number(bytes, entry.Type);
    }

    /// <summary>Whole numbers of a tag, at most <paramref name="most"/>.</summary>
    public long[] Ints(int tag, long most)
    {
        if (!_entries.TryGetValue(tag, out var entry) || RawOf(entry.Type) is not { } type) return [];
        var size = RawValues.SizeOf(type);
        var bytes = new byte[Math.Min(entry.Count, most) * size];
        var count = _file.Source.Read(bytes, entry.At) / size;
        var values = new long[count];
        for (var i = 0; i < count; i++) values[i] = (long)Math.Min(_file.Number(bytes.AsSpan(i * size), size), long.MaxValue);
        return values;
    }

    /// <summary>A text, whatever type of bytes the writer chose; null where absent.</summary>
    public string? Text(int tag)
    {
        if (!_entries.TryGetValue(tag, out var entry) || SizeOf(entry.Type) != 1) return null;
        var bytes = new byte[Math.Min(entry.Count, LongestText)];
        return HeaderText.Narrow(bytes.AsSpan(0, _file.Source.Read(bytes, entry.At)));
    }

    /// <summary>Every tag under its name.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach (var (tag, entry) in _entries)
            json[NameOf(tag)] = ToJson(tag, entry);
        return json;
    }

    JsonNode? ToJson(int tag, Entry entry)
    {
        if (entry.Type == 2 || (SizeOf(entry.Type) == 1 && tag is TiffTag.Zeiss or TiffTag.FeiHelios or TiffTag.FeiSfeg)) return Text(tag);
        if (entry.Count > LongestList) return string.Create(CultureInfo.InvariantCulture, $"{entry.Count:N0} values of type {entry.Type} at byte {entry.At:N0}");
        if (entry.Count == 1) return Show(tag, 0);
        var values = new JsonArray();
        for (var i = 0; i < entry.Count; i++) values.Add(Show(tag, i));
        return values;
    }

    JsonNode? Show(int tag, int index) => Int(tag, index) is { } whole ? whole : Real(tag, index) is { } real ? real : null;

    double? Number(ReadOnlySpan<byte> bytes, int type)
    {
        switch (type)
        {
            case 5:
                return Finite((double)_file.Number(bytes, 4) / _file.Number(bytes[4..], 4));
            case 10:
                return Finite((double)(int)_file.Number(bytes, 4) / (int)_file.Number(bytes[4..], 4));
            default:
                Span<double> value = stackalloc double[1];
                RawValues.Read(bytes, RawOf(type)!.Value, _file.BigEndian, value);
                return Finite(value[0]);
        }
    }

    static double? Finite(double value) => double.IsFinite(value) ? value : null;

    static int SizeOf(int type) => type is 2 ? 1 : type is 5 or 10 ? 8 : RawOf(type) is { } raw ? RawValues.SizeOf(raw) : 0;

    static RawType? RawOf(int type) => type switch
    {
        1 or 7 => RawType.U1,
        3 => RawType.U2,
        4 or 13 => RawType.U4,
        6 => RawType.I1,
        8 => RawType.I2,
        9 => RawType.I4,
        11 => RawType.F4,
        12 => RawType.F8,
        16 or 18 => RawType.U8,
        17 => RawType.I8,
        _ => null,
    };

    static string NameOf(int tag) => TiffTag.Names.TryGetValue(tag, out var name) ? name : tag.ToString(CultureInfo.InvariantCulture);
}
