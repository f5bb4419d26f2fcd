using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Ocean Optics and Ocean Insight text (SpectraSuite, OceanView): settings up to a line with &gt;&gt;&gt;&gt;&gt;, then pairs.</summary>
/// <remarks>
/// See docs/formats/oceanoptics.md. Headers come in the language of the computer, so only the marks count. Tried with files
/// of SpectraSuite (decimal point, decimal comma) and of OceanView (LF CR in the header, exponents such as 18.995E0, more rows
/// than the header says).
/// </remarks>
static class OceanOptics
{
    const string Name = "Ocean Optics text";

    /// <summary>A text with a mark line among its first lines.</summary>
    public static bool Recognise(ReadOnlySpan<byte> start) =>
        start.IndexOf((byte)0) < 0 && (start.IndexOf("\n>>>>>"u8) > 0 || start.IndexOf("\r>>>>>"u8) > 0);

    /// <returns>Null where the mark turns out to be no line of its own.</returns>
    /// <exception cref="MeasurementFormatException">Something else than pairs of numbers follows the mark.</exception>
    public static Measurement? Open(ByteSource source)
    {
        var file = TextFile.Read(source, Name);
        var findings = new FindingList();
        var header = new JsonObject();
        var begin = 0;
        for (; begin < file.Lines.Count && !file.Lines[begin].StartsWith(">>>>>", StringComparison.Ordinal); begin++)
        {
            var line = file.Lines[begin].Trim();
            var colon = line.IndexOf(':');
            if (colon > 0) header[line[..colon].Trim()] = line[(colon + 1)..].Trim();
            else if (line.Trim('+', ' ').Length > 0) header[$"line {begin + 1}"] = line;
        }
        if (begin == file.Lines.Count) return null;
        header["encoding"] = file.Encoding;

        var numbers = NumberLines.Of(file.Lines.Skip(begin + 1));
        header["decimal_comma"] = numbers.DecimalComma;
        var x = new List<double>();
        var y = new List<double>();
        for (var i = begin + 1; i < file.Lines.Count; i++)
        {
            var line = file.Lines[i];
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (line.StartsWith(">>>>>", StringComparison.Ordinal)) break;
            if (numbers.Cells(line) is not [var first, var second] || numbers.Number(first) is not { } wavelength || numbers.Number(second) is not { } value)
            {
                if (x.Count == 0)
                    throw new MeasurementFormatException($"Line {i + 1}, the first behind the mark, holds no pair of numbers. Export the file again.", file.OffsetOf(i)) { Format = Name, Header = header };
                findings.Add(Severity.Warning, "TRAILING_TEXT", $"Line {i + 1} is no pair of numbers; reading stopped before it, after {x.Count:N0} points.", file.OffsetOf(i));
                break;
            }
            x.Add(wavelength);
            y.Add(value);
        }

        var told = header.FirstOrDefault(field => field.Key.StartsWith("Number of Pixels", StringComparison.OrdinalIgnoreCase)).Value?.GetValue<string>();
        if (long.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out var pixels) && pixels != x.Count)
            findings.Add(x.Count < pixels ? Severity.Warning : Severity.Info, "POINTS_DIFFER",
                $"The header says {pixels:N0} pixels, {x.Count:N0} points follow; all of them were read. A splice of several spectra has more, a cut file fewer.", file.OffsetOf(begin));

        var axis = AxisOf(header);
        double[] points = [.. x];
        SpectrumRules.Check(Name, axis, points, file.OffsetOf(Math.Min(begin + 1, file.Lines.Count)), header, findings);
        return new SpectrumSet
        {
            Format = Name, Header = header, Findings = findings.ToList(), Axis = axis, Spectra = [new(points, [.. y])],
            MeasuredAt = DateOf(header["Date"]?.GetValue<string>()),
        };
    }

    /// <summary>"XAxis mode: Wavelengths" where the program says; its usual axis else.</summary>
    static SpectrumAxis AxisOf(JsonObject header) => (header["XAxis mode"]?.GetValue<string>() ?? "").ToLowerInvariant() switch
    {
        var mode when mode.StartsWith("raman", StringComparison.Ordinal) => new("raman_shift", "1/cm"),
        var mode when mode.StartsWith("wavenumber", StringComparison.Ordinal) => new("wavenumber", "1/cm"),
        var mode when mode.StartsWith("pixel", StringComparison.Ordinal) => SpectrumAxis.Pixel,
        var mode when mode.StartsWith("energy", StringComparison.Ordinal) => new("energy", "eV"),
        _ => SpectrumAxis.Wavelength,
    };

    /// <summary>"Mon Jan 14 17:36:35 GMT 2008": local time, whatever the zone is called.</summary>
    static DateTime? DateOf(string? text) =>
        text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var month, var day, var time, _, var year]
            ? SpectrumRules.Date($"{day} {month} {year} {time}", "d MMM yyyy H:mm:ss") : null;
}
