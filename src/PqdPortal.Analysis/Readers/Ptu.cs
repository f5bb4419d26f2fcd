using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>PicoQuant PTU: time-tagged photons behind a list of tags.</summary>
/// <remarks>
/// After PicoQuant's public description of the unified TTTR format (versions 1.0.00 and 1.1.00); see docs/formats/ptu.md.
/// Tried with files of HydraHarp 400 (T2, T3, scanned images), TimeHarp 260 N (T2), and of a Leica microscope writing
/// PicoHarp T3. Quirks met: a header whose sync rate does not fit its records, a preset of 60 000 s beside a run of 32 s,
/// a base resolution in picoseconds, a creation date in seconds since 1601, display resolutions in T2 that are not the
/// unit of its tags. What the instrument wrote is handed out as it stands: unsorted, with sync events and markers.
/// </remarks>
static class Ptu
{
    const string Name = "PicoQuant PTU";
    const int RecordBytes = PicoQuantStream.RecordSize;
    const string CountTag = "TTResult_NumberOfRecords";

    public static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith("PQTTTR\0\0"u8);

    /// <exception cref="MeasurementFormatException">The tag list is damaged, or its records are of no known layout.</exception>
    public static PhotonStream Open(ByteSource source)
    {
        if (source.Length < PicoQuantTags.ListStart)
            throw new MeasurementFormatException(
                $"Truncated header: a PTU file begins with {PicoQuantTags.ListStart} bytes of magic and version, this one ends after {source.Length}. Copy the file again from the instrument.",
                source.Length) { Format = Name };

        var findings = new FindingList();
        var tags = PicoQuantTags.Read(source, findings);
        if (tags.DataOffset is not { } dataOffset)
        {
            var (why, at) = tags.Broken!.Value;
            throw new MeasurementFormatException(
                $"Truncated or damaged header: {why}. The last tag that could be read begins at byte {tags.LastGoodTag:N0}; its records cannot be found. Copy the file again from the instrument.",
                at) { Format = Name, Header = tags.Header };
        }

        var records = FormatOf(tags, dataOffset);
        var available = (source.Length - dataOffset) / RecordBytes;
        var declared = RecordCount.Declared(tags.Int(CountTag), available, tags.OffsetOf(CountTag) ?? dataOffset, findings);
        var trailing = RecordCount.Trailing(source.Length - dataOffset, declared, available, RecordBytes, dataOffset, findings);
        var unit = UnitOf(tags, records, findings);

        return new PicoQuantStream(source, records, dataOffset)
        {
            Format = Name,
            RecordType = records.Name,
            Mode = records.IsT3 ? "T3" : "T2",
            Header = tags.Header,
            Tick = unit,
            SyncPeriod = records.IsT3 ? unit : null,
            ChannelWidth = records.IsT3 ? ChannelWidthOf(tags, findings) : null,
            HeaderDuration = DurationIn(tags, findings),
            HeaderRate = InputRateIn(tags),
            EndedByError = StoppedByError(tags, findings),
            MeasuredAt = DateIn(tags, findings),
            DeclaredRecords = declared,
            AvailableRecords = available,
            TrailingBytes = trailing,
            Findings = Compared(tags, records, unit, findings),
        };
    }

    static PicoQuantFormat FormatOf(PicoQuantTags tags, long dataOffset)
    {
        const string tag = "TTResultFormat_TTTRRecType";
        if (tags.Int(tag) is not { } code)
            throw new MeasurementFormatException(
                $"The header does not say how its records are laid out (tag {tag}); without it they cannot be decoded.",
                tags.OffsetOf(tag) ?? dataOffset) { Format = Name, Header = tags.Header };
        if (PicoQuantFormat.All.FirstOrDefault(f => f.Code == code) is not { } records)
            throw new MeasurementFormatException(
                $"The records are of the unknown type 0x{code:X8} (tag {tag}); this version of the portal knows the types of PicoHarp, HydraHarp, TimeHarp 260 and MultiHarp. The header was read, the records were not.",
                tags.OffsetOf(tag) ?? dataOffset) { Format = Name, Header = tags.Header };

        const string width = "TTResultFormat_BitsPerRecord";
        if (tags.Has(width) && tags.Int(width) is var bits and not 32)
            throw new MeasurementFormatException(
                $"The header says {bits} bits a record (tag {width}); records of {records.Name} have 32. The header was read, the records were not.",
                tags.OffsetOf(width) ?? dataOffset) { Format = Name, Header = tags.Header };
        return records;
    }

    /// <summary>Length of a tick [s]: the unit of the tags in T2, the sync period in T3.</summary>
    static double? UnitOf(PicoQuantTags tags, PicoQuantFormat records, FindingList findings)
    {
        const string tag = "MeasDesc_GlobalResolution";
        if (Step(tags.Real(tag)) is { } unit) return unit;
        findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN",
            $"The header gives no usable {(records.IsT3 ? "sync period" : "unit of the time tags")} ({tag}: {Shown(tags, tag)}). Times are known in ticks only; nothing in seconds can be said.",
            tags.OffsetOf(tag));
        return null;
    }

    /// <summary>Length of a step of the micro time [s]. In T2 the same tag is a bin width for display, and not read.</summary>
    static double? ChannelWidthOf(PicoQuantTags tags, FindingList findings)
    {
        const string tag = "MeasDesc_Resolution";
        if (Step(tags.Real(tag)) is { } width) return width;
        findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN",
            $"The header gives no usable unit of the micro times ({tag}: {Shown(tags, tag)}). Decays are known in channels only.", tags.OffsetOf(tag));
        return null;
    }

    /// <summary>A hundred years [ms].</summary>
    const double LongestMeasurement = 100 * 365.25 * 86400e3;

    /// <summary>A step of a clock as instruments have them: from a thousandth of a picosecond to a second, the period of the slowest laser.</summary>
    static double? Step(double? seconds) => seconds is >= 1e-15 and <= 1 ? seconds : null;

    /// <summary>Acquisition time [s]. The preset, MeasDesc_AcquisitionTime, is no duration and never stands in.</summary>
    static double? DurationIn(PicoQuantTags tags, FindingList findings)
    {
        const string tag = "TTResult_StopAfter";
        if (tags.Real(tag) is not { } milliseconds || milliseconds == 0) return null;
        if (milliseconds is > 0 and < LongestMeasurement) return milliseconds / 1000;
        findings.Add(Severity.Warning, "DURATION_IMPLAUSIBLE",
            $"The header gives an acquisition time that nobody measures ({tag}: {Shown(tags, tag)} ms); it is not used.", tags.OffsetOf(tag));
        return null;
    }

    static bool StoppedByError(PicoQuantTags tags, FindingList findings)
    {
        const string tag = "TTResult_StopReason";
        // 0 time over, 1 by hand, 2 overflow, -1 unknown or still running, -7 suspended; the others are errors.
        if (tags.Int(tag) is not { } reason || reason is 0 or 1 or 2 or -1 or -7 or > 3) return false;
        findings.Add(Severity.Warning, "STOPPED_BY_ERROR",
            $"The instrument stopped by an error ({tag}: {reason}).", tags.OffsetOf(tag));
        return true;
    }

    /// <summary>Sum of the count rates the header shows for the inputs [1/s]; null where it shows none.</summary>
    static double? InputRateIn(PicoQuantTags tags)
    {
        var sum = 0.0;
        for (var input = 0; input < 64; input++)
            if (Positive(tags.Real($"TTResult_InputRate({input})")) is { } rate) sum += rate;
        return Positive(sum);
    }

    internal static DateTime? DateIn(PicoQuantTags tags, FindingList findings)
    {
        const string tag = "File_CreatingTime";
        if (tags.Real(tag) is not { } value) return null;
        if (tags.IsDateTime(tag))
            return value is > 0 and < 109_574 ? new DateTime(1899, 12, 30).AddDays(value) : null;

        // Leica writes a plain number, the seconds since the beginning of 1601.
        if (value is > 1.2e10 and < 2e10)
        {
            findings.Add(Severity.Info, "DATE_UNUSUAL",
                $"{tag} is a plain number, {Shown(tags, tag)}; it was read as seconds since 1601-01-01.", tags.OffsetOf(tag));
            return new DateTime(1601, 1, 1).AddSeconds(value);
        }
        findings.Add(Severity.Info, "DATE_UNUSUAL", $"{tag} is no date: {Shown(tags, tag)}.", tags.OffsetOf(tag));
        return null;
    }

    /// <summary>Sets parts of the header against each other.</summary>
    static IReadOnlyList<Finding> Compared(PicoQuantTags tags, PicoQuantFormat records, double? unit, FindingList findings)
    {
        if (tags.Int("Measurement_Mode") is { } mode && mode != (records.IsT3 ? 3 : 2))
            findings.Add(Severity.Warning, "MODE_MISMATCH",
                $"The header says mode {mode}, but its records are of {records.Name}; the record type decides.", tags.OffsetOf("Measurement_Mode"));

        const string baseUnit = "HW_BaseResolution";
        if (tags.Has(baseUnit) && tags.Real(baseUnit) is not (>= 1e-13 and <= 1e-8))
            findings.Add(Severity.Info, "BASE_RESOLUTION_IMPLAUSIBLE",
                $"{baseUnit} is {Shown(tags, baseUnit)}, which is no resolution of a timing board in seconds; it is not used.", tags.OffsetOf(baseUnit));

        const string syncRate = "TTResult_SyncRate";
        if (records.IsT3)
        {
            if (Positive(tags.Real(syncRate)) is not { } rate)
                findings.Add(Severity.Info, "SYNC_RATE_UNKNOWN",
                    $"The header gives no sync rate ({syncRate}: {Shown(tags, syncRate)}); the sync period could not be checked against it.", tags.OffsetOf(syncRate));
            else if (unit is { } period && Math.Abs(rate * period - 1) > 1e-3)
                findings.Add(Severity.Warning, "SYNC_PERIOD_MISMATCH",
                    $"The sync period of the header, {FoundText.Nanoseconds(period)}, and its sync rate, {FoundText.Number(rate)} Hz (a period of {FoundText.Nanoseconds(1 / rate)}), differ by more than 0.1 %. The period is used.", tags.OffsetOf(syncRate));
        }

        if (tags.Has("ImgHdr_PixX") || tags.Has("ImgHdr_Dimensions"))
            findings.Add(Severity.Info, "SCAN_IMAGE",
                "This is a scan: its markers part the stream into lines and frames, and its rate belongs to many places of the sample.",
                tags.OffsetOf("ImgHdr_PixX") ?? tags.OffsetOf("ImgHdr_Dimensions"));
        return findings.ToList();
    }

    static double? Positive(double? value) => value is > 0 and < double.PositiveInfinity ? value : null;

    static string Shown(PicoQuantTags tags, string name) =>
        !tags.Has(name) ? "absent" : tags.Header[name]?.ToJsonString() ?? "no number";
}
