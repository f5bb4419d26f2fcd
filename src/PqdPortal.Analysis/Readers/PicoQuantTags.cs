using System.Buffers.Binary;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>The tag list at the head of PicoQuant's tag files (PTU, PHU and their siblings).</summary>
/// <remarks>
/// 48 bytes a tag: name (32), index (i4), type (u4), value or length (8); see docs/formats/ptu.md. The list is walked tag
/// by tag to the one named Header_End: the same letters may stand in a comment. Every step consumes bytes, every length is
/// checked against the file before it is believed, and what is kept of one header is bounded.
/// </remarks>
sealed class PicoQuantTags
{
    const int TagBytes = 48;

    /// <summary>Magic and version text before the first tag.</summary>
    public const int ListStart = 16;

    // Real headers have some hundred tags and a few kilobytes of text. Beyond these bounds a file is no measurement.
    const int MostTags = 20_000;
    const int MostDataKept = 1 << 18;
    const long MostDataKeptInAll = 1 << 24;

    const uint Empty = 0xFFFF0008, Bool = 0x00000008, Integer = 0x10000008, BitSet = 0x11000008, Colour = 0x12000008,
        Float = 0x20000008, DateTime = 0x21000008, FloatArray = 0x2001FFFF, Ansi = 0x4001FFFF, Wide = 0x4002FFFF,
        Blob = 0xFFFFFFFF;

    readonly record struct Value(uint Type, long Raw, long Offset);

    readonly Dictionary<string, Value> _values = [];
    readonly Dictionary<string, string> _texts = [];

    /// <summary>Every tag as read, in file order; an array element as "Name(index)".</summary>
    public JsonObject Header { get; } = [];

    /// <summary>Byte behind the tag Header_End; null where the walk did not reach it.</summary>
    public long? DataOffset { get; private set; }

    /// <summary>Where the last tag that could be read begins [byte].</summary>
    public long LastGoodTag { get; private set; } = ListStart;

    /// <summary>Why the walk ended before Header_End, and at which byte; null where it did not.</summary>
    public (string Why, long Offset)? Broken { get; private set; }

    public static PicoQuantTags Read(ByteSource source, FindingList findings)
    {
        var tags = new PicoQuantTags();
        tags.Walk(source, findings);
        return tags;
    }

    /// <summary>An integer, whatever numeric type the writer chose; null where absent or not integral.</summary>
    public long? Int(string name)
    {
        if (!_values.TryGetValue(name, out var v)) return null;
        if (v.Type is not (Float or DateTime)) return v.Raw;
        var real = BitConverter.Int64BitsToDouble(v.Raw);
        return Math.Abs(real) < 1L << 53 && real == Math.Truncate(real) ? (long)real : null;
    }

    /// <summary>A number; null where absent or not finite.</summary>
    public double? Real(string name)
    {
        if (!_values.TryGetValue(name, out var v)) return null;
        var real = v.Type is Float or DateTime ? BitConverter.Int64BitsToDouble(v.Raw) : v.Raw;
        return double.IsFinite(real) ? real : null;
    }

    public string? Text(string name) => _texts.GetValueOrDefault(name);

    public bool Has(string name) => _values.ContainsKey(name) || _texts.ContainsKey(name);

    /// <summary>Byte of a tag; null where absent.</summary>
    public long? OffsetOf(string name) => _values.TryGetValue(name, out var v) ? v.Offset : null;

    public bool IsDateTime(string name) => _values.TryGetValue(name, out var v) && v.Type == DateTime;

    void Walk(ByteSource source, FindingList findings)
    {
        var window = new ByteWindow(source);
        var at = (long)ListStart;
        var kept = 0L;
        for (var count = 0; ; count++)
        {
            if (count == MostTags)
            {
                Broken = ($"more than {MostTags:N0} tags without a Header_End", at);
                return;
            }
            if (!window.TryGet(at, TagBytes, out var tag))
            {
                Broken = ($"the file ends at byte {source.Length:N0} inside the tag list, before the tag Header_End", source.Length);
                return;
            }

            var name = HeaderText.Narrow(tag[..32]);
            var index = BinaryPrimitives.ReadInt32LittleEndian(tag[32..]);
            var type = BinaryPrimitives.ReadUInt32LittleEndian(tag[36..]);
            var raw = BinaryPrimitives.ReadInt64LittleEndian(tag[40..]);
            var next = at + TagBytes;
            var key = index == -1 ? name : $"{name}({index})";
            JsonNode? value;

            if ((type & 0xFFFF) == 0xFFFF)
            {
                if (raw < 0 || raw > source.Length - next)
                {
                    Broken = ($"the tag {Shown(key)} at byte {at:N0} claims {raw:N0} bytes of data, where {source.Length - next:N0} follow", at);
                    return;
                }
                next += raw;
                if (raw > MostDataKept || kept + raw > MostDataKeptInAll)
                {
                    findings.Add(Severity.Warning, "TAG_TOO_LONG",
                        $"The tag {Shown(key)} holds {raw:N0} bytes; they were skipped.", at);
                    value = null;
                }
                else
                {
                    kept += raw;
                    if (!window.TryGet(at + TagBytes, (int)raw, out var data))
                    {
                        Broken = ($"the file became shorter while it was read, inside the tag {Shown(key)}", at);
                        return;
                    }
                    value = DataOf(type, data, key, at, findings);
                }
            }
            else if ((type & 0xFFFF) == 0x0008)
            {
                value = ValueOf(type, raw, key, at, findings);
            }
            else
            {
                Broken = ($"the tag {Shown(key)} at byte {at:N0} has the unknown type 0x{type:X8}, so that its length is unknown", at);
                return;
            }

            if (!Header.TryAdd(key, value))
                findings.Add(Severity.Warning, "TAG_DUPLICATE",
                    $"The tag {Shown(key)} stands in the header twice; the first is used. The second holds {Shown(value?.ToJsonString() ?? "nothing")}.", at);
            else if ((type & 0xFFFF) == 0x0008 && type != Empty)
                _values.Add(key, new(type, raw, at));
            else if (type is Ansi or Wide && value is not null)
                _texts.Add(key, value.GetValue<string>());

            LastGoodTag = at;
            if (name == "Header_End")
            {
                DataOffset = next;
                return;
            }
            at = next;
        }
    }

    static JsonNode? ValueOf(uint type, long raw, string key, long at, FindingList findings)
    {
        switch (type)
        {
            case Empty:
                return null;
            case Bool:
                return raw != 0;
            case Integer:
                return raw;
            case BitSet or Colour:
                return (ulong)raw;
            case Float or DateTime:
                return Number(BitConverter.Int64BitsToDouble(raw), key, at, findings);
            default:
                findings.Add(Severity.Info, "TAG_TYPE_UNKNOWN",
                    $"The tag {Shown(key)} has the unknown type 0x{type:X8}; its eight bytes are shown as an integer.", at);
                return raw;
        }
    }

    static JsonNode? DataOf(uint type, ReadOnlySpan<byte> data, string key, long at, FindingList findings)
    {
        switch (type)
        {
            case Ansi:
                return HeaderText.Narrow(data);
            case Wide:
                return HeaderText.Wide(data);
            case FloatArray:
                if (data.Length % 8 != 0)
                    findings.Add(Severity.Info, "TAG_ODD_LENGTH",
                        $"The array {Shown(key)} holds {data.Length:N0} bytes, which is no whole number of 8-byte values.", at);
                var numbers = new JsonArray();
                for (var i = 0; i + 8 <= data.Length; i += 8)
                    numbers.Add(Number(BinaryPrimitives.ReadDoubleLittleEndian(data[i..]), key, at, findings));
                return numbers;
            case Blob:
                return Convert.ToBase64String(data);
            default:
                findings.Add(Severity.Info, "TAG_TYPE_UNKNOWN",
                    $"The tag {Shown(key)} has the unknown type 0x{type:X8}; its {data.Length:N0} bytes are shown as base64.", at);
                return Convert.ToBase64String(data);
        }
    }

    static JsonNode? Number(double value, string key, long at, FindingList findings)
    {
        if (double.IsFinite(value)) return value;
        findings.Add(Severity.Warning, "HEADER_VALUE_NOT_FINITE",
            $"The tag {Shown(key)} holds no finite number; its value is unknown.", at);
        return null;
    }

    static string Shown(string text) => text.Length == 0 ? "without a name" : text.Length <= 60 ? text : text[..60] + "…";
}
