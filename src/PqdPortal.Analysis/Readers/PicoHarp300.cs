using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>PicoHarp 300 before PTU: time tags (PT2, PT3) and histograms (PHD), version 2.0.</summary>
/// <remarks>
/// After PicoQuant's public description; see docs/formats/picoharp-300.md. Tried with PT3 files of a LabVIEW program, whose
/// name and version fields are padded with blanks, and with a PHD file of seven curves of unlike resolution.
/// </remarks>
static class PicoHarp300
{
    public const string Pt2Name = "PicoHarp 300 PT2", Pt3Name = "PicoHarp 300 PT3", PhdName = "PicoHarp 300 PHD histogram";
    const int FixedBytes = 584, BoardBytes = 108, TagHeaderBytes = 36, CurveBytes = 172;

    /// <summary>Tags of T2 count 4 ps.</summary>
    const double T2Unit = 4e-12;

    public static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith("PicoHarp 300"u8);

    /// <exception cref="MeasurementFormatException">The header is damaged or of another version.</exception>
    public static Measurement Open(ByteSource source)
    {
        var header = new JsonObject();
        var findings = new FindingList();
        var bytes = Bytes.Read(source, "PicoHarp 300", "header", 0, Math.Min(source.Length, 1 << 17));
        var fields = new HeaderFields(bytes, header, 0);
        fields.Text("Ident", 16);
        var version = fields.Text("FormatVersion", 6);
        if (version != "2.0")
            throw new MeasurementFormatException(
                $"This PicoHarp 300 file is of version \"{version}\"; version 2.0 is read. Open it in PicoHarp's own program and save it again.", fields.OffsetOf("FormatVersion")) { Format = "PicoHarp 300", Header = header };
        fields.Text("CreatorName", 18);
        fields.Text("CreatorVersion", 12);
        var measured = LegacyPicoQuant.Date(fields.Text("FileTime", 18), fields.OffsetOf("FileTime"), findings);
        fields.Skip(2);
        fields.Text("CommentField", 256);
        var curves = fields.I4("NumberOfCurves");
        var bits = fields.I4("BitsPerRecord");
        fields.I4("RoutingChannels");
        var boards = fields.I4("NumberOfBoards");
        fields.I4("ActiveCurve");
        var mode = fields.I4("MeasurementMode");
        foreach (var name in (string[])["SubMode", "RangeNo", "Offset", "AcquisitionTime", "StopAt", "StopOnOvfl", "Restart", "DispLinLog", "DispTimeFrom", "DispTimeTo", "DispCountFrom", "DispCountTo"])
            fields.I4(name);
        LegacyPicoQuant.DisplaySettings(fields);

        // One board has ever been in such a file; more are passed over so that what follows is found.
        LegacyPicoQuant.RefuseManyBoards(boards, fields.OffsetOf("NumberOfBoards"), "PicoHarp 300", header);
        double? resolution = null;
        for (var board = 0; board < boards; board++)
        {
            var prefix = boards == 1 ? "" : $"Board{board}.";
            var of = new HeaderFields(bytes, header, fields.At, prefix);
            of.Text("HardwareIdent", 16);
            of.Text("HardwareVersion", 8);
            foreach (var name in (string[])["Serial", "SyncDivider", "CFDZeroCross0", "CFDLevel0", "CFDZeroCross1", "CFDLevel1"]) of.I4(name);
            resolution ??= LegacyPicoQuant.Step(of.F4("Resolution_ns") * 1e-9);
            of.I4("RouterModelCode");
            of.I4("RouterEnabled");
            for (var router = 0; router < 4; router++) of.I4s($"Router{router}", 6);
            fields.Skip((int)(of.At - fields.At));
        }

        return mode switch
        {
            0 => Histograms(source, bytes, fields, curves, header, measured, findings),
            2 or 3 => Tags(source, fields, mode == 3, bits, resolution, header, measured, findings),
            _ => throw new MeasurementFormatException(
                $"The header says measurement mode {mode}; 0 (histograms), 2 (T2) and 3 (T3) are known.", fields.OffsetOf("MeasurementMode")) { Format = "PicoHarp 300", Header = header },
        };
    }

    static PicoQuantStream Tags(
        ByteSource source, HeaderFields fields, bool isT3, int bits, double? resolution, JsonObject header, DateTime? measured, FindingList findings)
    {
        LegacyPicoQuant.RefuseOtherBits(bits, fields.OffsetOf("BitsPerRecord"), isT3 ? Pt3Name : Pt2Name, header);
        fields.I4("ExtDevices");
        fields.I4("Reserved1");
        fields.I4("Reserved2");
        var syncRate = fields.I4("InpRate0");
        var rate = fields.I4("InpRate1");
        var stopAfter = fields.I4("StopAfter");
        var reason = fields.I4("StopReason");
        var told = fields.U4("Records");
        fields.I4("ImgHdrSize");
        return LegacyPicoQuant.Stream(source, fields, new(isT3 ? Pt3Name : Pt2Name, isT3 ? PicoQuantFormat.PicoHarpT3 : PicoQuantFormat.PicoHarpT2, isT3)
        {
            Header = header,
            MeasuredAt = measured,
            Resolution = resolution,
            T2Unit = T2Unit,
            SyncRate = ("InpRate0", syncRate),
            Rate = isT3 ? rate : (double)syncRate + rate,
            StopAfter = stopAfter,
            StopReason = reason,
            Records = ("Records", told),
        }, findings);
    }

    static HistogramSet Histograms(
        ByteSource source, Bytes bytes, HeaderFields fields, int told, JsonObject header, DateTime? measured, FindingList findings)
    {
        var count = LegacyPicoQuant.Curves(told, fields.OffsetOf("NumberOfCurves"), (bytes.End - fields.At) / CurveBytes, PhdName, header);
        var curves = new List<HistogramCurve>();
        for (var i = 0; i < count; i++)
        {
            var at = fields.At + (long)CurveBytes * i;
            var of = new HeaderFields(bytes, header, at, $"Curve{i}.");
            of.I4("CurveIndex");
            var recorded = LegacyPicoQuant.Date(of.U4("TimeOfRecording"));
            of.Text("HardwareIdent", 16);
            of.Text("HardwareVersion", 8);
            foreach (var name in (string[])["Serial", "SyncDivider", "CFDZeroCross0", "CFDLevel0", "CFDZeroCross1", "CFDLevel1", "Offset"]) of.I4(name);
            var routing = of.I4("RoutingChannel");
            foreach (var name in (string[])["ExtDevices", "MeasurementMode", "SubMode"]) of.I4(name);
            of.F4("P1");
            of.F4("P2");
            of.F4("P3");
            of.I4("RangeNo");
            var width = LegacyPicoQuant.Step(of.F4("Resolution_ns") * 1e-9);
            var bins = of.I4("Channels");
            of.I4("AcquisitionTime");
            var duration = of.I4("StopAfter");
            of.I4("StopReason");
            var sync = of.I4("InpRate0");
            of.I4("InpRate1");
            of.I4("HistCountRate");
            var integral = of.I8("IntegralCount");
            of.I4("Reserved");
            var data = of.I4("DataOffset");
            of.I4s("Router", 8);
            curves.Add(new(LegacyPicoQuant.Counts(source, bins, data, integral, curves, at, findings), width)
            {
                Channel = routing,
                Meaning = HistogramMeaning.Decay,
                SyncRate = LegacyPicoQuant.Positive(sync),
                Duration = LegacyPicoQuant.Seconds(duration),
                MeasuredAt = recorded,
            });
        }
        return LegacyPicoQuant.Set(PhdName, curves, header, measured, findings);
    }
}
