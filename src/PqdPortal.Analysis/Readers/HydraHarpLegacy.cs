using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>HydraHarp 400 before PTU: time tags (HT2, HT3) and histograms (HHD), versions 1.0 and 2.0.</summary>
/// <remarks>
/// After PicoQuant's public description; see docs/formats/hydraharp.md. Tried with HT2 and HT3 of version 1.0, HT3 of version
/// 2.0 and an HHD file of eight curves. Version 1.0 counts half picoseconds in T2 and one wrap an overflow record; version 2.0
/// counts the wraps.
/// </remarks>
static class HydraHarpLegacy
{
    public const string Ht2Name = "HydraHarp HT2", Ht3Name = "HydraHarp HT3", HhdName = "HydraHarp HHD histogram";
    const string Device = "HydraHarp";
    const int CurveBytes = 264;

    public static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith("HydraHarp"u8);

    /// <exception cref="MeasurementFormatException">The header is damaged or of another version.</exception>
    public static Measurement Open(ByteSource source)
    {
        var header = new JsonObject();
        var findings = new FindingList();
        var bytes = Bytes.Read(source, Device, "header", 0, Math.Min(source.Length, 1 << 20));
        var fields = new HeaderFields(bytes, header, 0);
        fields.Text("Ident", 16);
        var version = fields.Text("FormatVersion", 6);
        if (version is not ("1.0" or "2.0"))
            throw new MeasurementFormatException(
                $"This HydraHarp file is of version \"{version}\"; versions 1.0 and 2.0 are read. Open it in HydraHarp's own program and save it again.", fields.OffsetOf("FormatVersion")) { Format = Device, Header = header };
        fields.Text("CreatorName", 18);
        fields.Text("CreatorVersion", 12);
        var measured = LegacyPicoQuant.Date(fields.Text("FileTime", 18), fields.OffsetOf("FileTime"), findings);
        fields.Skip(2);
        fields.Text("CommentField", 256);
        var curves = fields.I4("NumberOfCurves");
        var bits = fields.I4("BitsPerRecord");
        fields.I4("ActiveCurve");
        var mode = fields.I4("MeasurementMode");
        fields.I4("SubMode");
        fields.I4("Binning");
        var resolution = LegacyPicoQuant.Step(fields.F8("Resolution_ps") * 1e-12);
        foreach (var name in (string[])["Offset", "AcquisitionTime", "StopAt", "StopOnOvfl", "Restart", "DispLinLog", "DispTimeFrom", "DispTimeTo", "DispCountFrom", "DispCountTo"]) fields.I4(name);
        LegacyPicoQuant.DisplaySettings(fields);
        fields.Text("HardwareIdent", 16);
        fields.Text("HardwarePartNo", 8);
        fields.I4("Serial");
        fields.I4("Modules");
        fields.I4s("ModuleInfo", 20);
        var baseResolution = LegacyPicoQuant.Step(fields.F8("BaseResolution_ps") * 1e-12);
        fields.I8("InputsEnabled");
        var inputs = fields.I4("InputChannelsPresent");
        if (inputs is < 1 or > 64)
            throw new MeasurementFormatException(
                $"The header says that {inputs:N0} inputs are present; 1 to 64 can be. It is damaged; copy the file again from the instrument.", fields.OffsetOf("InputChannelsPresent")) { Format = Device, Header = header };
        foreach (var name in (string[])["RefClockSource", "ExtDevices", "MarkerSettings", "SyncDivider", "SyncCFDLevel", "SyncCFDZeroCross", "SyncOffset"]) fields.I4(name);
        // Input by input, four numbers each.
        for (var input = 0; input < inputs; input++) fields.I4s($"Input{input}", 4);

        return mode switch
        {
            0 => Histograms(source, bytes, fields, curves, header, measured, findings),
            2 or 3 => Tags(source, fields, mode == 3, version == "1.0", bits, inputs, resolution, baseResolution, header, measured, findings),
            _ => throw new MeasurementFormatException(
                $"The header says measurement mode {mode}; 0 (histograms), 2 (T2) and 3 (T3) are known.", fields.OffsetOf("MeasurementMode")) { Format = Device, Header = header },
        };
    }

    static PicoQuantStream Tags(
        ByteSource source, HeaderFields fields, bool isT3, bool isFirst, int bits, int inputs, double? resolution, double? baseResolution,
        JsonObject header, DateTime? measured, FindingList findings)
    {
        LegacyPicoQuant.RefuseOtherBits(bits, fields.OffsetOf("BitsPerRecord"), isT3 ? Ht3Name : Ht2Name, header);
        var rates = fields.I4s("InputRates", inputs);
        var syncRate = fields.I4("SyncRate");
        var stopAfter = fields.I4("StopAfter");
        var reason = fields.I4("StopReason");
        fields.I4("ImgHdrSize");
        var told = fields.I8("nRecords");
        var records = (isT3, isFirst) switch
        {
            (false, true) => PicoQuantFormat.HydraHarp1T2,
            (true, true) => PicoQuantFormat.HydraHarp1T3,
            (false, false) => PicoQuantFormat.HydraHarp2T2,
            (true, false) => PicoQuantFormat.HydraHarp2T3,
        };
        return LegacyPicoQuant.Stream(source, fields, new(isT3 ? Ht3Name : Ht2Name, records, isT3)
        {
            Header = header,
            MeasuredAt = measured,
            Resolution = resolution,
            ResolutionAt = fields.OffsetOf("Resolution_ps"),
            T2Unit = isT3 ? null : T2Unit(resolution, baseResolution, fields, findings),
            SyncRate = ("SyncRate", syncRate),
            Rate = rates.Where(rate => rate > 0).Sum(rate => (double)rate),
            StopAfter = stopAfter,
            StopReason = reason,
            Records = ("nRecords", told),
        }, findings);
    }

    /// <summary>Length of a tick in T2: version 1.0 gives half of the base resolution, and means it.</summary>
    static double? T2Unit(double? resolution, double? baseResolution, HeaderFields fields, FindingList findings)
    {
        if (resolution is { } unit && (baseResolution is null || Math.Abs(unit / baseResolution.Value - 1) < 1e-6 || Math.Abs(unit / baseResolution.Value - 0.5) < 1e-6)) return unit;
        findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN",
            $"In T2 the tags count the base resolution or half of it; the header gives {FoundText.Number((resolution ?? 0) * 1e12)} ps beside a base resolution of {FoundText.Number((baseResolution ?? 0) * 1e12)} ps. {(baseResolution is null ? "Times are known in ticks only." : "The base resolution is used.")}",
            fields.OffsetOf("Resolution_ps"));
        return baseResolution;
    }

    static HistogramSet Histograms(
        ByteSource source, Bytes bytes, HeaderFields fields, int told, JsonObject header, DateTime? measured, FindingList findings)
    {
        var count = LegacyPicoQuant.Curves(told, fields.OffsetOf("NumberOfCurves"), (bytes.End - fields.At) / CurveBytes, HhdName, header);
        var curves = new List<HistogramCurve>();
        for (var i = 0; i < count; i++)
        {
            var at = fields.At + (long)CurveBytes * i;
            var of = new HeaderFields(bytes, header, at, $"Curve{i}.");
            of.I4("CurveIndex");
            var recorded = LegacyPicoQuant.Date(of.U4("TimeOfRecording"));
            of.Text("HardwareIdent", 16);
            of.Text("HardwarePartNo", 8);
            of.I4("Serial");
            of.I4("Modules");
            of.I4s("ModuleInfo", 20);
            of.F8("BaseResolution_ps");
            of.I8("InputsEnabled");
            of.I4("InputChannelsPresent");
            foreach (var name in (string[])["RefClockSource", "ExtDevices", "MarkerSettings", "SyncDivider", "SyncCFDLevel", "SyncCFDZeroCross", "SyncOffset"]) of.I4(name);
            foreach (var name in (string[])["InputModule", "InputCFDLevel", "InputCFDZeroCross", "InputOffset"]) of.I4(name);
            var input = of.I4("InputChannel");
            foreach (var name in (string[])["MeasurementMode", "SubMode", "Binning"]) of.I4(name);
            var width = LegacyPicoQuant.Step(of.F8("Resolution_ps") * 1e-12);
            of.I4("Offset");
            of.I4("AcquisitionTime");
            var duration = of.I4("StopAfter");
            of.I4("StopReason");
            of.F4("P1");
            of.F4("P2");
            of.F4("P3");
            var sync = of.I4("SyncRate");
            of.I4("InputRate");
            of.I4("HistCountRate");
            var integral = of.I8("IntegralCount");
            var bins = of.I4("HistogramBins");
            var data = of.I4("DataOffset");
            curves.Add(new(LegacyPicoQuant.Counts(source, bins, data, integral, curves, at, findings), width)
            {
                Channel = input,
                Meaning = HistogramMeaning.Decay,
                SyncRate = LegacyPicoQuant.Positive(sync),
                Duration = LegacyPicoQuant.Seconds(duration),
                MeasuredAt = recorded,
            });
        }
        return LegacyPicoQuant.Set(HhdName, curves, header, measured, findings);
    }
}
