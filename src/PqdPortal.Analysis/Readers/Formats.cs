using System.Buffers.Binary;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>The file formats the portal knows, one line each. A file is recognised by its first bytes, never by its name.</summary>
public static class Formats
{
    const int StartBytes = 4096;

    /// <summary>In the order in which they are tried: those with a clear magic first, those known by a likeness last.</summary>
    static readonly FileFormat[] Known =
    [
        new("PicoQuant PTU", Ptu.Recognise, (source, _) => Ptu.Open(source)),
        new("PicoQuant PHU", Phu.Recognise, (source, _) => Phu.Open(source)),
        new("PicoHarp 300 PT2, PT3 and PHD", PicoHarp300.Recognise, (source, _) => PicoHarp300.Open(source)),
        new("HydraHarp HT2, HT3 and HHD", HydraHarpLegacy.Recognise, (source, _) => HydraHarpLegacy.Open(source)),
        new("TimeHarp 200 T3R and THD", TimeHarp200.Recognise, (source, _) => TimeHarp200.Open(source)),

        new("quTAG binary", QuTag.Recognise, (source, _) => QuTag.Open(source)),
        new(TimeTagTable.Name, TimeTagTable.RecogniseOwn, (source, _) => TimeTagTable.OpenOwn(source)),

        new("Becker & Hickl SDT", BeckerHicklSetup.Recognise, (source, _) => BeckerHicklSdt.Open(source)),

        new(Hdf5File.Name, Hdf5File.Recognise, Hdf5Measurement.Open),
        new("Princeton Instruments SPE", PrincetonSpe.Recognise, (source, _) => PrincetonSpe.Open(source)),
        new("Andor SIF", AndorSif.Recognise, (source, _) => AndorSif.Open(source)),
        new("Renishaw WDF", RenishawWdf.Recognise, (source, _) => RenishawWdf.Open(source)),
        new("JCAMP-DX", JcampDx.Recognise, (source, _) => JcampDx.Open(source)),
        new("Hamamatsu streak IMG", HamamatsuStreak.Recognise, (source, _) => HamamatsuStreak.Open(source)),
        new("TriVista TVF", TriVista.Recognise, (source, _) => TriVista.Open(source)),
        new("Horiba LabSpec XML", LabSpecXml.Recognise, (source, _) => LabSpecXml.Open(source)),
        new("Horiba LabSpec text", LabSpecText.Recognise, (source, _) => LabSpecText.Open(source)),
        new("Ocean Optics text", OceanOptics.Recognise, (source, _) => OceanOptics.Open(source)),
        new("Andor Solis ASCII export", AndorAsc.Recognise, (source, _) => AndorAsc.Open(source)),
        new("Gatan DM3 and DM4", GatanDm.Recognise, (source, _) => GatanDm.Open(source)),
        new("FEI TIA SER", TiaSer.Recognise, (source, _) => TiaSer.Open(source)),
        new("TIFF", Tiff.Recognise, (source, _) => Tiff.Open(source)),

        // Recognised, so that a refusal can name them.
        .. ClosedFormats.All,
        new("PicoQuant result file (PQRES)", s => s.StartsWith("PQRESLT"u8)),
        new("PicoQuant settings file (PQDEF)", s => s.StartsWith("PQDEFNT"u8) || s.StartsWith("PQDEFLT"u8)),
        new("PicoQuant check file (PCK)", s => s.StartsWith("PQCHECK"u8)),
        new("PicoQuant comment file (PCO)", s => s.StartsWith("PQCOMNT"u8)),
        new("FEI TIA EMI file (the companion of a SER image)", s => s.StartsWith((ReadOnlySpan<byte>)[0x4A, 0x4B, 0x00, 0x02]), WayOut: "the measurement stands in the .ser file beside it, with a number behind the same name. Upload that."),
        new("ZIP archive; unpack it and upload the files in it", s => s.StartsWith("PK\u0003\u0004"u8)),
        new("gzip archive; unpack it and upload the file in it", s => s.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])),
        new("correlation function of an ALV correlator", s => s.StartsWith("ALV-"u8), WayOut: "the portal correlates photons itself. Upload the photon stream."),
        new("MRC", Mrc.Recognise, (source, _) => Mrc.Open(source)),

        // Tables of text, by what their columns are called or look like: the clearest first.
        new(TimeTagTable.Name, TimeTagTable.Recognise, TimeTagTable.Open),
        new("spectrum as text", SpectrumTable.Recognise, (source, _) => SpectrumTable.OpenNamed(source)),
        new("Table of decays", DecayTable.Recognise, DecayTable.Open),
        new("spectrum as text", SpectrumTable.Recognise, (source, _) => SpectrumTable.OpenPlain(source)),
        new(DataTableCsv.Name, DataTableCsv.Recognise, DataTableCsv.Open),
        new("text file", IsText),

        new("Galactic SPC spectrum", GalacticSpc.Recognise, (source, _) => GalacticSpc.Open(source)),

        // Without any magic: known by what comes out.
        new("Becker & Hickl SPC", BeckerHicklSpc.Recognise, BeckerHicklSpc.Open),
    ];

    /// <summary>Names of the formats that are read, as shown to people.</summary>
    public static IReadOnlyList<string> Readable { get; } = [.. Known.Where(f => f.Open is not null).Select(f => f.Name).Distinct()];

    /// <summary>In a refusal the words before the list of readable formats.</summary>
    public const string WhatIsRead = "this version of the portal reads";

    /// <summary>Opens a file: recognises the format and reads the header.</summary>
    /// <param name="file">Seekable; stays open and owned by the caller as long as the measurement is used.</param>
    /// <param name="choices">What a person or the files beside it add.</param>
    /// <exception cref="MeasurementFormatException">The format is not known, or the header is damaged beyond use.</exception>
    public static Measurement Open(Stream file, ReadingChoices? choices = null)
    {
        var source = new ByteSource(file);
        var start = source.Start(StartBytes);
        if (start.Length == 0)
            throw new MeasurementFormatException("The file is empty (0 bytes). Copy it again from the instrument.", 0);

        if (start.Length < 8 && "PQTTTR\0\0"u8.StartsWith(start))
            throw new MeasurementFormatException(
                $"Truncated header: the file begins like a PicoQuant file and ends after {start.Length} bytes, where at least 64 are needed. Copy it again from the instrument.", start.Length);

        foreach (var format in Known)
        {
            if (!format.Recognise(start)) continue;
            if (format.Open is null)
                throw new MeasurementFormatException(
                    $"This is a {format.Name}; {format.WayOut ?? $"{WhatIsRead} {Reads}."}", 0) { Format = format.Name, IsNotUnderstood = true };
            if (format.Open(source, choices ?? ReadingChoices.None) is { } measurement) return measurement;
        }
        throw new MeasurementFormatException(
            $"No known format begins like this file ({Convert.ToHexString(start.AsSpan(0, Math.Min(8, start.Length)))} …); {WhatIsRead} {Reads}.", 0) { IsNotUnderstood = true };
    }

    static string Reads => string.Join(", ", Readable);

    static bool IsText(ReadOnlySpan<byte> s) => s.IndexOfAnyInRange((byte)0, (byte)8) < 0 && s.IndexOfAnyInRange((byte)14, (byte)31) < 0;

    static bool Matches(ReadOnlySpan<byte> s, int at, ReadOnlySpan<byte> wanted) => s.Length >= at && s[at..].StartsWith(wanted);

    static int? Int32(ReadOnlySpan<byte> s, int at) => s.Length >= at + 4 ? BinaryPrimitives.ReadInt32LittleEndian(s[at..]) : null;

    static uint? UInt32(ReadOnlySpan<byte> s, int at) => s.Length >= at + 4 ? BinaryPrimitives.ReadUInt32LittleEndian(s[at..]) : null;
}
