using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Renishaw WDF: blocks with a name, a number and a length; all spectra share one axis.</summary>
/// <remarks>See docs/formats/wdf.md. Tried with a single spectrum whose axis falls and whose laser stands as a wavenumber.</remarks>
static class RenishawWdf
{
    const string Name = "Renishaw WDF";
    const int BlockHeader = 16, FileHeader = 512, MostBlocks = 100_000;

    public static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith("WDF1"u8);

    /// <exception cref="MeasurementFormatException">The header is cut, or the block of the axis or of the spectra is missing.</exception>
    public static Measurement Open(ByteSource source)
    {
        var findings = new FindingList();
        var head = Bytes.Read(source, Name, "header", 0, FileHeader);
        long points = head.U4(60), capacity = Count(head.U8(64)), count = Count(head.U8(72));
        var laser = head.F4(156);
        var header = new JsonObject
        {
            ["points"] = points,
            ["capacity"] = capacity,
            ["spectra"] = count,
            ["accumulations"] = head.U4(80),
            ["application"] = head.Text(96, 24),
            ["application_version"] = string.Join('.', Enumerable.Range(0, 4).Select(i => head.U2(120 + 2 * i))),
            ["scan_type"] = head.U4(128),
            ["measurement_type"] = head.U4(132),
            ["y_unit"] = head.U4(152),
            ["laser_wavenumber"] = float.IsFinite(laser) ? laser : null,
            ["laser_nm"] = laser is > 0 and < float.PositiveInfinity ? 1e7 / laser : null,
            ["user"] = head.Text(208, 32),
            ["title"] = head.Text(240, 160),
        };
        var blocks = Blocks(source, header, findings);

        if (points < 1 || points > source.Length / 4)
            throw new MeasurementFormatException($"The header declares {points:N0} points a spectrum, which cannot be in a file of {source.Length:N0} bytes. Copy it again from the instrument.", 60) { Format = Name, Header = header };
        var list = Block("XLST", blocks, header);
        var data = Block("DATA", blocks, header);

        if (list.Length < 8 + 4 * points)
            throw new MeasurementFormatException($"The axis should have {points:N0} points; its block (XLST) has room for {Math.Max(0, list.Length - 8) / 4:N0}. Copy the file again from the instrument.", list.At) { Format = Name, Header = header };
        var axisBytes = Bytes.Read(source, Name, "axis", list.At, 8 + 4 * points);
        header["x_type"] = axisBytes.U4(list.At);
        header["x_unit"] = axisBytes.U4(list.At + 4);
        var axis = AxisOf(axisBytes.U4(list.At + 4));
        var x = new double[points];
        RawValues.Read(axisBytes.Span(list.At + 8, (int)(4 * points)), RawType.F4, false, x);
        SpectrumRules.Check(Name, axis, x, list.At + 8, header, findings);

        var available = Math.Min(data.Length, source.Length - data.At) / (4 * points);
        if (available == 0)
            throw new MeasurementFormatException($"A spectrum takes {4 * points:N0} bytes, {data.Length:N0} are there. Copy the file again from the instrument.", data.At) { Format = Name, Header = header };
        var told = count > 0 ? count : capacity;
        var spectra = (int)Math.Min(Math.Min(told > 0 ? told : available, available), int.MaxValue);
        if (told > available)
            findings.Add(Severity.Warning, "SPECTRA_MISSING", $"The header declares {told:N0} spectra, {available:N0} are there and were read.", 72);
        else if (count > 0 && count < capacity)
            findings.Add(Severity.Info, "SPECTRA_MISSING", $"The measurement was planned for {capacity:N0} spectra and holds {count:N0}, as when it was stopped.", 64);

        DateTime? date = head.U8(136) is > 0 and < 2_650_467_743_990_000_000 and var ticks ? DateTime.FromFileTimeUtc((long)ticks) : null;
        if (points * spectra > SpectrumRules.MostPoints)
        {
            findings.Add(Severity.Info, "SHOWN_AS_IMAGE", $"The {points * spectra:N0} points are more than the {SpectrumRules.MostPoints:N0} that are held as spectra; they are shown as an image, a row a spectrum.", data.At);
            return new ImageSet
            {
                Format = Name, Header = header, MeasuredAt = date, Findings = findings.ToList(),
                Images = [new RawImage(source, RawType.F4, bigEndian: false, _ => data.At) { Rows = spectra, Columns = (int)points, ValueType = "f4" }],
            };
        }
        var (along, places) = Along(source, blocks, spectra, count > 0 ? count : capacity);
        var set = new List<Spectrum>();
        for (var i = 0; i < spectra; i++)
        {
            var at = data.At + 4 * points * i;
            var y = new double[points];
            RawValues.Read(Bytes.Read(source, Name, "spectrum", at, 4 * points).Span(at, (int)(4 * points)), RawType.F4, false, y);
            set.Add(new(x, y) { At = places?[i] });
        }
        return new SpectrumSet
        {
            Format = Name, Header = header, MeasuredAt = date, Findings = findings.ToList(),
            Axis = axis, Spectra = set, Along = along, YUnit = UnitOf(head.U4(152)),
        };
    }

    static long Count(ulong value) => (long)Math.Min(value, int.MaxValue);

    /// <param name="At">Byte of the content.</param>
    /// <param name="Length">Of the content, as far as the file has it.</param>
    readonly record struct WdfBlock(string Id, long At, long Length);

    static List<WdfBlock> Blocks(ByteSource source, JsonObject header, FindingList findings)
    {
        var blocks = new List<WdfBlock>();
        var listed = new JsonArray();
        var at = 0L;
        var head = new byte[BlockHeader];
        while (at < source.Length && blocks.Count < MostBlocks)
        {
            if (source.Read(head, at) < BlockHeader)
            {
                findings.Add(Severity.Warning, "TRAILING_BYTES", $"{source.Length - at:N0} bytes follow the last block; they were not read.", at);
                break;
            }
            var id = Encoding.Latin1.GetString(head, 0, 4);
            var size = BitConverter.ToUInt64(head, 8);
            if (size < BlockHeader)
            {
                findings.Add(Severity.Warning, "BLOCK_DAMAGED", $"A block says that it is {size} bytes long, less than its own header; the blocks behind it were not read.", at);
                break;
            }
            var left = source.Length - at;
            if (size > (ulong)left)
            {
                findings.Add(Severity.Warning, "BLOCK_DAMAGED", $"Block {Shown(id)} should take {size:N0} bytes, {left:N0} are left; what is there of it was read.", at);
                size = (ulong)left;
            }
            blocks.Add(new(id, at + BlockHeader, (long)size - BlockHeader));
            if (listed.Count < 1000) listed.Add(new JsonObject { ["id"] = Shown(id), ["offset"] = at, ["length"] = (long)size });
            at += (long)size;
        }
        header["blocks"] = listed;
        foreach (var text in blocks.Where(b => b.Id == "TEXT").Take(1))
        {
            var length = Math.Min(text.Length, 1 << 16);
            header["text"] = HeaderText.Narrow(Bytes.Read(source, Name, "text", text.At, length).Span(text.At, (int)length));
        }
        return blocks;
    }

    static string Shown(string id) => HeaderText.Narrow(Encoding.Latin1.GetBytes(id));

    static WdfBlock Block(string id, List<WdfBlock> blocks, JsonObject header) =>
        blocks.Where(b => b.Id == id).Select(b => (WdfBlock?)b).FirstOrDefault()
        ?? throw new MeasurementFormatException(
            $"The file has no block {id}; it holds {(blocks.Count == 0 ? "none at all" : string.Join(", ", blocks.Take(20).Select(b => Shown(b.Id))))}. Copy it again from the instrument.", 0) { Format = Name, Header = header };

    static SpectrumAxis AxisOf(uint unit) => unit switch
    {
        1 => new("raman_shift", "1/cm"),
        2 => new("wavenumber", "1/cm"),
        3 => SpectrumAxis.Wavelength,
        4 => new("energy", "eV"),
        16 => SpectrumAxis.Pixel,
        _ => new("x", UnitOf(unit) ?? ""),
    };

    /// <summary>Units by their number in the file.</summary>
    static string? UnitOf(uint unit) => unit switch
    {
        1 or 2 => "1/cm",
        3 => "nm",
        4 => "eV",
        5 => "µm",
        6 => "counts",
        7 => "electrons",
        8 => "mm",
        9 => "m",
        10 => "K",
        11 => "Pa",
        12 => "s",
        13 => "ms",
        14 => "h",
        15 => "d",
        16 => "px",
        19 => "deg",
        20 => "rad",
        21 => "°C",
        _ => null,
    };

    /// <summary>What counts up from spectrum to spectrum: the list of the block ORGN that the file marks as the leading one, or else the first that varies.</summary>
    static (SpectrumAxis?, double[]?) Along(ByteSource source, List<WdfBlock> blocks, int spectra, long stored)
    {
        if (spectra < 2 || blocks.Where(b => b.Id == "ORGN").Select(b => (WdfBlock?)b).FirstOrDefault() is not { Length: >= 4 } block) return (null, null);
        var lists = Bytes.Read(source, Name, "places of the spectra", block.At, 4).U4(block.At);
        var length = 24 + 8 * stored;
        (SpectrumAxis, double[])? first = null;
        for (var i = 0L; i < Math.Min(lists, (uint)64) && 4 + (i + 1) * length <= block.Length; i++)
        {
            var at = block.At + 4 + i * length;
            var list = Bytes.Read(source, Name, "places of the spectra", at, length);
            var (type, unit) = (list.U4(at), list.U4(at + 4));
            // 0..15 are quantities; checksums, flags and file times tell nothing about a place.
            var kind = type & 0x7FFFFFFF;
            if (kind is 16 or 17 || unit == 24) continue;
            var values = new double[spectra];
            for (var k = 0; k < spectra; k++) values[k] = list.F8(at + 24 + 8 * k);
            if (values.Distinct().Count() < 2 || !values.All(double.IsFinite)) continue;
            var axis = new SpectrumAxis(QuantityOf(kind) ?? list.Text(at + 8, 16).ToLowerInvariant(), UnitOf(unit) ?? "");
            if ((type & 0x80000000) != 0) return (axis, values);
            first ??= (axis, values);
        }
        return first is { } found ? found : (null, null);
    }

    static string? QuantityOf(uint kind) => kind switch
    {
        3 => "x",
        4 => "y",
        5 => "z",
        9 => "temperature",
        10 => "pressure",
        11 or 18 => "time",
        _ => null,
    };
}
