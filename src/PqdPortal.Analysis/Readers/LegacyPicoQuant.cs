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
}
