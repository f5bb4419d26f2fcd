using System.Buffers.Binary;
using System.Text;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Writes PTU files for the tests, bit by bit and independent of the reader: tags in any order, records as bare numbers.</summary>
sealed class PtuFile
{
    readonly MemoryStream _header = new();
    readonly List<uint> _records = [];
    byte[] _tail = [];
    bool _ended;

    public PtuFile(string version = "1.0.00")
    {
        _header.Write("PQTTTR\0\0"u8);
        _header.Write(Encoding.ASCII.GetBytes(version.PadRight(8, '\0')));
    }

    /// <summary>A file with the usual tags: one picosecond (T2) or 12.5 ns and 16 ps (T3), no duration.</summary>
    public static PtuFile Of(uint recordType, params uint[] records)
    {
        var isT3 = (recordType & 0xF00) == 0x300;
        var file = new PtuFile()
            .Int("TTResultFormat_TTTRRecType", recordType)
            .Int("TTResultFormat_BitsPerRecord", 32)
            .Int("Measurement_Mode", isT3 ? 3 : 2)
            .Float("MeasDesc_GlobalResolution", isT3 ? 12.5e-9 : 1e-12)
            .Float("MeasDesc_Resolution", isT3 ? 16e-12 : 8e-12)
            .Int("TTResult_SyncRate", isT3 ? 80_000_000 : 0)
            .Int("TTResult_NumberOfRecords", records.Length);
        return file.Records(records);
    }

    public PtuFile Tag(string name, int index, uint type, long value, params byte[] data)
    {
        var tag = new byte[48];
        Encoding.ASCII.GetBytes(name, tag);
        BinaryPrimitives.WriteInt32LittleEndian(tag.AsSpan(32), index);
        BinaryPrimitives.WriteUInt32LittleEndian(tag.AsSpan(36), type);
        BinaryPrimitives.WriteInt64LittleEndian(tag.AsSpan(40), value);
        _header.Write(tag);
        _header.Write(data);
        return this;
    }

    public PtuFile Int(string name, long value, int index = -1) => Tag(name, index, 0x10000008, value);

    public PtuFile Float(string name, double value, int index = -1) =>
        Tag(name, index, 0x20000008, BitConverter.DoubleToInt64Bits(value));

    public PtuFile Text(string name, byte[] bytes) => Tag(name, -1, 0x4001FFFF, bytes.Length, bytes);

    public PtuFile Records(params uint[] records)
    {
        _records.AddRange(records);
        return this;
    }

    /// <summary>Bytes behind the records.</summary>
    public PtuFile Tail(params byte[] bytes)
    {
        _tail = bytes;
        return this;
    }

    /// <summary>Byte at which the records begin.</summary>
    public int DataOffset
    {
        get
        {
            End();
            return (int)_header.Length;
        }
    }

    public byte[] Bytes(bool headerEnd = true)
    {
        if (headerEnd) End();
        var all = new MemoryStream();
        all.Write(_header.ToArray());
        var four = new byte[4];
        foreach (var record in _records)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(four, record);
            all.Write(four);
        }
        all.Write(_tail);
        return all.ToArray();
    }

    public MemoryStream Stream() => new(Bytes());

    void End()
    {
        if (!_ended) Tag("Header_End", -1, 0xFFFF0008, 0);
        _ended = true;
    }
}
