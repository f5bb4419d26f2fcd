using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>What the older PicoQuant files have in common: text fields in front, curves of bins, a clock on the wall.</summary>
static class LegacyPicoQuant
{
    /// <summary>More curves than any instrument stores in one file.</summary>
    const int MostCurves = 4096;

    /// <summary>More bins than any instrument has in one curve.</summary>
    const int MostBins = 1 << 22;

    /// <summary>Time tags are of 32 bits in all of these files.</summary>
    /// <exception cref="MeasurementFormatException">The header says otherwise.</exception>
    public static void RefuseOtherBits(int bits, long at, string format, JsonObject header)
    {
        if (bits != 32)
            throw new MeasurementFormatException(
                $"The header says {bits} bits a record; {format} has 32. The header was read, the records were not.", at) { Format = format, Header = header };
    }

    /// <summary>Milliseconds of a measurement as seconds; null for none or nonsense.</summary>
    public static double? Seconds(int milliseconds) => milliseconds > 0 ? milliseconds / 1000.0 : null;

    public static double? Positive(double? value) => value is > 0 and < double.PositiveInfinity ? value : null;

    /// <summary>A step of a clock; null where it is none.</summary>
    public static double? Step(double? seconds) => seconds is >= 1e-15 and <= 1 ? seconds : null;

    /// <summary>
    /// The date of the file where its text can be read in one way only: 28/11/2012. Which of two small numbers is the month
    /// differs from country to country; then the text stays in the header and the date is not known.
    /// </summary>
    public static DateTime? Date(string text, long at, FindingList findings)
    {
        if (text.Length == 0) return null;
        string[] forms = ["d/M/yyyy H:m:s", "d/M/yyyy H:m", "M/d/yyyy H:m:s", "M/d/yyyy H:m", "d/M/yy H:m:s", "M/d/yy H:m:s", "yyyy/M/d H:m:s", "yyyy-M-d H:m:s", "d.M.yyyy H:m:s", "d.M.yy H:m:s"];
        var read = forms
            .Select(form => DateTime.TryParseExact(text.Trim(), form, CultureInfo.InvariantCulture, DateTimeStyles.AllowInnerWhite, out var date) ? date : (DateTime?)null)
            .Where(date => date is { Year: > 1990 and < 2100 }).Distinct().ToList();
        if (read.Count == 1) return read[0];
        findings.Add(Severity.Info, "DATE_UNUSUAL", read.Count > 1
            ? $"The date of the file, \"{text}\", can be read as {string.Join(" or ", read.Select(date => date!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)))}; none was taken."
            : $"The date of the file, \"{text}\", is in no notation that is known.", at);
        return null;
    }

    /// <summary>A field of the clock that C counts in seconds since 1970.</summary>
    public static DateTime? Date(long unix) => unix is > 600_000_000 and < 4_100_000_000 ? DateTime.UnixEpoch.AddSeconds(unix) : null;

    /// <summary>Holds the number of curves against what the file can hold.</summary>
    public static int Curves(int told, long at, long room, string format, JsonObject header)
    {
        if (told < 0 || told > MostCurves || told > room)
            throw new MeasurementFormatException(
                $"The header declares {told:N0} curves, and the file has room for {Math.Min(room, MostCurves):N0} at most. The header is damaged; copy the file again from the instrument.", at) { Format = format, Header = header };
        return told;
    }

    /// <summary>The bins of a curve, as many as are there.</summary>
    /// <param name="declared">Bins the curve's header declares.</param>
    /// <param name="at">Byte of the first bin.</param>
    /// <param name="integral">Sum that the header gives; null where it gives none.</param>
    /// <param name="before">The curves before it; curves may share bins, but all of them together do not outgrow the file.</param>
    public static long[] Counts(ByteSource source, long declared, long at, long? integral, IReadOnlyList<HistogramCurve> before, long headerAt, FindingList findings)
    {
        var curve = before.Count;
        var room = Math.Max(MostBins / 4, source.Length / 4) - before.Sum(other => (long)other.Counts.Length);
        var available = at < 0 || at > source.Length ? 0 : Math.Min((source.Length - at) / 4, Math.Max(0, room));
        var bins = Math.Clamp(declared, 0, Math.Min(available, MostBins));
        if (bins < declared || declared < 0)
            findings.Add(Severity.Warning, "BINS_MISSING",
                $"Curve {curve} declares {declared:N0} bins from byte {at:N0} on; {bins:N0} are there and were read.", headerAt);
        var bytes = new byte[bins * 4];
        var got = source.Read(bytes, at < 0 ? 0 : at) / 4;
        var counts = new long[got];
        for (var i = 0; i < got; i++) counts[i] = BitConverter.ToUInt32(bytes, 4 * i);
        if (integral is { } told && counts.Sum() is var sum && told != sum)
            findings.Add(Severity.Warning, "INTEGRAL_MISMATCH",
                $"Curve {curve} holds {sum:N0} counts, its header says {told:N0}. The counts of the bins are used.", headerAt);
        return counts;
    }

    /// <summary>What the screen of the instrument's program showed: kept, used for nothing.</summary>
    public static void DisplaySettings(HeaderFields fields)
    {
        fields.I4s("DispCurves", 16);
        foreach (var name in (string[])["Param0", "Param1", "Param2"])
        {
            fields.F4(name + ".Start");
            fields.F4(name + ".Step");
            fields.F4(name + ".Stop");
        }
        foreach (var name in (string[])["RepeatMode", "RepeatsPerCurve", "RepeatTime", "RepeatWaitTime"]) fields.I4(name);
        fields.Text("ScriptName", 20);
    }

    /// <exception cref="MeasurementFormatException">More boards are declared than fit into a computer.</exception>
    public static void RefuseManyBoards(int boards, long at, string format, JsonObject header)
    {
        if (boards is < 0 or > 8)
            throw new MeasurementFormatException($"The header declares {boards:N0} boards; it is damaged. Copy the file again from the instrument.", at) { Format = format, Header = header };
    }

    public static HistogramSet Set(string format, List<HistogramCurve> curves, JsonObject header, DateTime? measured, FindingList findings) => new()
    {
        Format = format,
        Header = header,
        Curves = curves,
        MeasuredAt = measured ?? curves.Find(curve => curve.MeasuredAt is not null)?.MeasuredAt,
        Findings = findings.ToList(),
    };

    /// <summary>The time tags behind a header that was read up to them.</summary>
    /// <exception cref="MeasurementFormatException">The records cannot be found.</exception>
    public static PicoQuantStream Stream(ByteSource source, HeaderFields fields, LegacyTags tags, FindingList findings)
    {
        var dataOffset = ImageHeader(source, fields, tags.Format, tags.Header, findings);
        var available = (source.Length - dataOffset) / PicoQuantStream.RecordSize;
        var declared = RecordCount.Declared(tags.Records.Told, available, fields.OffsetOf(tags.Records.Field), findings);
        var period = tags.IsT3 && tags.SyncRate.PerSecond > 0 ? 1.0 / tags.SyncRate.PerSecond : (double?)null;
        if (tags.IsT3 && period is null)
            findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN",
                $"The header gives no usable sync rate ({tags.SyncRate.Field}: {tags.SyncRate.PerSecond}). The macro time has no unit: times are known as sync counts only, and nothing in seconds can be said.", fields.OffsetOf(tags.SyncRate.Field));
        if (tags.IsT3 && tags.Resolution is null)
            findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN", "The header gives no usable unit of the micro times. Decays are known in channels only.", tags.ResolutionAt);
        return new(source, tags.Kind, dataOffset)
        {
            Format = tags.Format,
            RecordType = tags.Kind.Name,
            Mode = tags.IsT3 ? "T3" : "T2",
            Header = tags.Header,
            Tick = tags.IsT3 ? period : tags.T2Unit,
            SyncPeriod = period,
            ChannelWidth = tags.IsT3 ? tags.Resolution : null,
            HeaderDuration = Seconds(tags.StopAfter),
            HeaderRate = Positive(tags.Rate),
            EndedByError = tags.StopReason > 3 || tags.StopReason is < -1 and not -7,
            MeasuredAt = tags.MeasuredAt,
            DeclaredRecords = declared,
            AvailableRecords = available,
            TrailingBytes = RecordCount.Trailing(source.Length - dataOffset, declared, available, PicoQuantStream.RecordSize, dataOffset, findings),
            Findings = findings.ToList(),
        };
    }

    /// <summary>Passes over the header of a scan.</summary>
    /// <returns>Byte of the first record.</returns>
    static long ImageHeader(ByteSource source, HeaderFields fields, string format, JsonObject header, FindingList findings)
    {
        var words = header["ImgHdrSize"]!.GetValue<int>();
        var end = fields.At + 4L * words;
        if (words < 0 || end > source.Length)
            throw new MeasurementFormatException(
                $"The header of the scan claims {words:N0} words of four bytes behind byte {fields.At:N0}, where the file has {source.Length - fields.At:N0} bytes left; the records cannot be found. Copy the file again from the instrument.",
                fields.OffsetOf("ImgHdrSize")) { Format = format, Header = header };
        if (words > 0)
        {
            header["ImgHdr"] = Convert.ToBase64String(Bytes.Read(source, format, "header of the scan", fields.At, Math.Min(4L * words, 1 << 12)).Span(fields.At, (int)Math.Min(4L * words, 1 << 12)));
            findings.Add(Severity.Info, "SCAN_IMAGE", "This is a scan: its markers part the stream into lines and frames, and its rate belongs to many places of the sample.", fields.At);
        }
        return end;
    }
}

/// <summary>What the headers of PT2, PT3, HT2 and HT3 say of their time tags, each in fields of its own names.</summary>
/// <param name="Format">The format's name for people.</param>
/// <param name="Kind">How a record's bits are laid out.</param>
/// <param name="IsT3">Times are counted in sync periods.</param>
sealed record LegacyTags(string Format, PicoQuantFormat Kind, bool IsT3)
{
    public required JsonObject Header { get; init; }
    public DateTime? MeasuredAt { get; init; }

    /// <summary>Width of a channel of the micro time [s]; null where the header gives none.</summary>
    public double? Resolution { get; init; }

    /// <summary>Byte of the file where that width stands.</summary>
    public long? ResolutionAt { get; init; }

    /// <summary>A tick of T2 [s]; null where it is not known.</summary>
    public double? T2Unit { get; init; }

    public (string Field, int PerSecond) SyncRate { get; init; }

    /// <summary>Counts of all detectors when the measurement began [1/s].</summary>
    public double Rate { get; init; }

    /// <summary>How long was measured [ms].</summary>
    public int StopAfter { get; init; }

    public int StopReason { get; init; }
    public (string Field, long Told) Records { get; init; }
}
