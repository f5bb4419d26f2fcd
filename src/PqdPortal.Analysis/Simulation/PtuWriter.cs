using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Simulation;

/// <summary>What the header of a PTU file says, beside what the record type fixes.</summary>
public sealed record PtuHeader
{
    public required PtuRecordType Type { get; init; }

    /// <summary>T2: unit of the time tags; T3: sync period [s].</summary>
    public required double GlobalResolution { get; init; }

    /// <summary>T3: unit of the micro time; T2: a display bin, which means nothing for the tags [s].</summary>
    public required double Resolution { get; init; }

    /// <summary>Acquisition time [s].</summary>
    public required double Duration { get; init; }

    public required string Comment { get; init; }

    /// <summary>Creation time, written without a zone.</summary>
    public required DateTime Created { get; init; }

    /// <summary>Anything that tells this file from others: its hash becomes the File_GUID.</summary>
    public required string Identity { get; init; }

    /// <summary>Inputs of the instrument, used or not.</summary>
    public int InputChannels { get; init; } = 2;

    /// <summary>Sync rate shown by the instrument [1/s]; 0 where no laser is connected.</summary>
    public double SyncRate { get; init; }

    /// <summary>Value of CreatorSW_Name; the record type's own where nothing is said.</summary>
    public string? Software { get; init; }

    /// <summary>Value of HW_SerialNo.</summary>
    public string SerialNumber { get; init; } = "SIMULATED";
}

/// <summary>Writes photons, sync events and markers as a PicoQuant PTU file.</summary>
/// <remarks>
/// Written after PicoQuant's published description of the unified tag format. The header is written first with the
/// counts open and patched at the end, so the stream must be seekable, and nothing is kept of the records.
/// Overflow records stand before the event they apply to; where the type allows, one stands for many wraps.
/// No clock and no machine enters the bytes: the same events and header give the same file.
/// </remarks>
public sealed class PtuWriter : IPhotonConsumer
{
    readonly Stream _output;
    readonly PtuHeader _header;
    readonly PtuLayout _layout;
    readonly long _wrap;
    readonly byte[] _buffer = new byte[1 << 16];
    readonly long[] _counts = new long[64];
    readonly Dictionary<string, long> _patches = [];
    int _used;
    long _wraps;

    /// <param name="output">Seekable; the file begins where it stands. Stays open.</param>
    public PtuWriter(Stream output, PtuHeader header)
    {
        if (!output.CanSeek) throw new ArgumentException("The header is completed at the end, so the stream must be seekable.", nameof(output));
        _output = output;
        _header = header;
        _layout = header.Type.Layout;
        _wrap = header.Type.Wrap;
        WriteHeader();
    }

    /// <summary>Records written so far, overflows and markers included.</summary>
    public long Records { get; private set; }

    /// <summary>Photons written so far.</summary>
    public long Photons => _counts.Sum();

    /// <exception cref="ArgumentException">An event goes back behind the last overflow, or does not fit in the record.</exception>
    public void Add(in PhotonBatch batch)
    {
        var hasDtime = batch.Dtime.Length > 0;
        for (var i = 0; i < batch.Count; i++)
        {
            var time = batch.Time[i] - _wraps * _wrap;
            if (time >= _wrap) time = Overflow(time);
            else if (time < 0) throw new ArgumentException("Events must not go back in time behind an overflow.");
            Put(Encode((uint)time, batch.Channel[i], hasDtime ? batch.Dtime[i] : 0));
        }
    }

    /// <summary>Completes the header. The writer takes nothing after that.</summary>
    public void Finish()
    {
        Send();
        var end = _output.Position;
        Patch("TTResult_NumberOfRecords", Records);
        for (var c = 0; c < _header.InputChannels; c++)
            Patch($"TTResult_InputRate[{c}]", _header.Duration > 0 ? (long)Math.Round(_counts[c + (_layout == PtuLayout.PicoT3 ? 1 : 0)] / _header.Duration) : 0);
        _output.Position = end;
        _output.Flush();
    }

    long Overflow(long time)
    {
        var wraps = time / _wrap;
        _wraps += wraps;
        var rest = time - wraps * _wrap;
        switch (_layout)
        {
            case PtuLayout.PicoT2 or PtuLayout.PicoT3:
                for (; wraps > 0; wraps--) Put(0xF0000000);
                break;
            default:
                // Channel 63 with the special bit; the low bits hold how many wraps.
                var most = !_header.Type.CountsWraps ? 1 : _layout == PtuLayout.HydraT2 ? (1 << 25) - 1 : (1 << 10) - 1;
                while (wraps > 0)
                {
                    var now = Math.Min(wraps, most);
                    // V1 files hold zero here, V2 files the count.
                    Put(0xFE000000 | (_header.Type.CountsWraps ? (uint)now : 0));
                    wraps -= now;
                }

                break;
        }

        return rest;
    }

    uint Encode(uint time, short channel, int dtime)
    {
        if (Channels.IsPhoton(channel))
        {
            if (channel < _header.Type.LowestChannel || channel > _header.Type.HighestChannel || (uint)dtime >= Math.Max(1, _header.Type.DtimeChannels))
                throw new ArgumentException($"A photon of channel {channel} and micro time {dtime} does not fit in {_header.Type.Name}.");
            _counts[channel]++;
            return _layout switch
            {
                PtuLayout.PicoT2 => (uint)channel << 28 | time,
                PtuLayout.PicoT3 => (uint)channel << 28 | (uint)dtime << 16 | time,
                PtuLayout.HydraT2 => (uint)channel << 25 | time,
                _ => (uint)channel << 25 | (uint)dtime << 10 | time,
            };
        }

        if (channel == Channels.Sync)
            return _layout switch
            {
                PtuLayout.HydraT2 => 0x80000000 | time,
                PtuLayout.PicoT2 => time, // its first input is the laser's
                _ => throw new ArgumentException("A T3 file has no records for sync events."),
            };

        var bits = (uint)(channel - Channels.MarkerBase);
        if (bits is 0 or > 15) throw new ArgumentException($"Marker bits {bits} do not fit; 1 to 15 do.");
        return _layout switch
        {
            // The bits take the place of the lowest four of the time.
            PtuLayout.PicoT2 => 0xF0000000 | (time & ~0xFu) | bits,
            PtuLayout.PicoT3 => 0xF0000000 | bits << 16 | time,
            _ => 0x80000000 | bits << 25 | time,
        };
    }

    void Put(uint record)
    {
        if (_used == _buffer.Length) Send();
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_used), record);
        _used += 4;
        Records++;
    }

    void Send()
    {
        _output.Write(_buffer, 0, _used);
        _used = 0;
    }

    // ---- header ----

    const uint Empty = 0xFFFF0008, Bool = 0x00000008, Integer = 0x10000008, Float = 0x20000008, Date = 0x21000008, Ansi = 0x4001FFFF;

    /// <summary>The tags of a real file of these instruments, in their order.</summary>
    void WriteHeader()
    {
        var (type, device) = (_header.Type, _header.Type.Device);
        var harp = type.Layout is PtuLayout.HydraT2 or PtuLayout.HydraT3;
        _output.Write("PQTTTR\0\0"u8);
        _output.Write("1.0.00\0\0"u8);

        Text("File_GUID", Guid());
        Text("File_AssuredContent", $"{device.Split(' ')[0]}: HWSETG SWSETG");
        Text("CreatorSW_ContentVersion", "3.0");
        Text("CreatorSW_Name", _header.Software ?? type.Software);
        Text("CreatorSW_Version", "3.0.0.1");
        Tag("File_CreatingTime", -1, Date, BitConverter.DoubleToInt64Bits((_header.Created - new DateTime(1899, 12, 30)).TotalDays));
        Text("File_Comment", _header.Comment);
        Whole("Measurement_Mode", type.IsT3 ? 3 : 2);
        Whole("Measurement_SubMode", 0);
        Whole("TTResult_StopReason", 0);
        Tag("Fast_Load_End", -1, Empty, 0);
        Whole("TTResultFormat_TTTRRecType", type.Code);
        Whole("TTResultFormat_BitsPerRecord", 32);
        Whole("MeasDesc_BinningFactor", Math.Max(1, (long)Math.Round(_header.Resolution / type.BaseResolution)));
        Whole("MeasDesc_Offset", 0);
        Whole("MeasDesc_AcquisitionTime", Milliseconds);
        Whole("MeasDesc_StopAt", 4294967295);
        Truth("MeasDesc_StopOnOvfl", false);
        Truth("MeasDesc_Restart", false);
        Truth("CurSWSetting_DispLog", true);
        Whole("CurSWSetting_DispAxisTimeFrom", 0);
        Whole("CurSWSetting_DispAxisTimeTo", 100);
        Whole("CurSWSetting_DispAxisCountFrom", 1);
        Whole("CurSWSetting_DispAxisCountTo", 1_000_000);
        Whole("CurSWSetting_DispCurves", 8);
        for (var i = 0; i < 8; i++)
        {
            Whole("CurSWSetting_DispCurve_MapTo", i, i);
            Truth("CurSWSetting_DispCurve_Show", true, i);
        }

        Text("HW_Type", device);
        Text("HW_PartNo", "000000");
        Text("HW_Version", "2.0");
        Text("HW_SerialNo", _header.SerialNumber);
        Whole("HW_Modules", 1);
        Whole("HWModule_TypeCode", 0, 0);
        Whole("HWModule_VersCode", 0, 0);
        Real("HW_BaseResolution", type.BaseResolution);
        Whole("HW_InpChannels", _header.InputChannels);
        Truth("HW_ExternalRefClock", false);
        Whole("HW_ExternalDevices", 0);
        Whole("HWSync_Divider", 1);
        Whole("HWSync_CFDLevel", 50);
        Whole("HWSync_CFDZeroCross", 10);
        Whole("HWSync_Offset", 0);
        for (var i = 0; i < _header.InputChannels; i++)
        {
            Whole("HWInpChan_ModuleIdx", 0, i);
            Whole("HWInpChan_CFDLevel", 50, i);
            Whole("HWInpChan_CFDZeroCross", 10, i);
            Whole("HWInpChan_Offset", 0, i);
            Truth("HWInpChan_Enabled", true, i);
        }

        Real("MeasDesc_Resolution", _header.Resolution);
        Whole("HW_Markers", 4);
        for (var i = 0; i < 4; i++) Truth("HWMarkers_RisingEdge", true, i);
        for (var i = 0; i < 4; i++) Truth("HWMarkers_Enabled", true, i);
        if (harp) Whole("HWMarkers_HoldOff", 0);
        Real("MeasDesc_GlobalResolution", _header.GlobalResolution);
        Whole("TTResult_SyncRate", (long)Math.Round(_header.SyncRate));
        for (var i = 0; i < _header.InputChannels; i++) Open("TTResult_InputRate", i);
        Whole("TTResult_StopAfter", Milliseconds);
        Open("TTResult_NumberOfRecords", -1);
        Tag("Header_End", -1, Empty, 0);
    }

    long Milliseconds => (long)Math.Round(_header.Duration * 1000);

    string Guid()
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(_header.Identity));
        return "{" + new Guid(hash.AsSpan(0, 16)).ToString().ToUpperInvariant() + "}";
    }

    void Whole(string name, long value, int index = -1) => Tag(name, index, Integer, value);

    void Truth(string name, bool value, int index = -1) => Tag(name, index, Bool, value ? -1 : 0);

    void Real(string name, double value) => Tag(name, -1, Float, BitConverter.DoubleToInt64Bits(value));

    void Text(string name, string value)
    {
        // At least one NUL, then up to a multiple of 8.
        var text = Encoding.UTF8.GetBytes(value);
        var padded = new byte[(text.Length + 8) / 8 * 8];
        text.CopyTo(padded, 0);
        Tag(name, -1, Ansi, padded.Length);
        _output.Write(padded);
    }

    /// <summary>A whole number that is known only at the end.</summary>
    void Open(string name, int index)
    {
        _patches[index < 0 ? name : $"{name}[{index}]"] = _output.Position + 40;
        Tag(name, index, Integer, 0);
    }

    void Patch(string name, long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        _output.Position = _patches[name];
        _output.Write(bytes);
    }

    void Tag(string name, int index, uint type, long value)
    {
        Span<byte> tag = stackalloc byte[48];
        tag.Clear();
        Encoding.ASCII.GetBytes(name, tag);
        BinaryPrimitives.WriteInt32LittleEndian(tag[32..], index);
        BinaryPrimitives.WriteUInt32LittleEndian(tag[36..], type);
        BinaryPrimitives.WriteInt64LittleEndian(tag[40..], value);
        _output.Write(tag);
    }
}
