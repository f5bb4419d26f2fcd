using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Andor Solis ASCII export: a column of x and one column of values for each frame, settings before or behind them or not at all.</summary>
/// <remarks>
/// See docs/formats/sif.md. Other programs write .asc too (Becker and Hickl, ALV), so the settings decide; without any it is a
/// table of numbers. Tried with one export that has them behind and one that has them before.
/// </remarks>
static class AndorAsc
{
    const string Name = "Andor Solis ASCII export";

    /// <summary>Settings at the beginning, or a line of numbers, behind which the end has to be looked at.</summary>
    public static bool Recognise(ReadOnlySpan<byte> start)
    {
        if (start.IndexOf((byte)0) >= 0) return false;
        if (start.StartsWith("Date and Time:"u8)) return true;
        var end = start.IndexOfAny((byte)'\r', (byte)'\n');
        return end > 0 && end < start.Length - 1 && char.IsAsciiDigit((char)start[0]) && start[..end].IndexOfAny((byte)'\t', (byte)',', (byte)';') > 0;
    }

    /// <returns>Null where the settings of Solis stand neither before nor behind the numbers.</returns>
    /// <exception cref="MeasurementFormatException">The numbers are no spectrum.</exception>
    public static Measurement? Open(ByteSource source)
    {
        if (!HasSettings(source)) return null;
        var file = TextFile.Read(source, Name);
        var header = new JsonObject();
        var findings = new FindingList();
        var numbers = NumberLines.Of(file.Lines);
        var rows = new List<double[]>();
        var first = -1;
        for (var i = 0; i < file.Lines.Count; i++)
        {
            var line = file.Lines[i];
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (NumberLines.LooksNumeric(line))
            {
                if (first < 0) first = i;
                // Every line of an older export ends with a separator.
                var values = numbers.Cells(line.TrimEnd('\t', ',', ';', ' ')).Select(cell => numbers.Number(cell)).ToList();
                if (values.Any(v => v is null) || rows.Count > 0 && values.Count != rows[0].Length)
                    throw new MeasurementFormatException($"Line {i + 1} should hold {(rows.Count > 0 ? rows[0].Length.ToString(CultureInfo.InvariantCulture) : "at least 2")} numbers. Export the file again from Solis.", file.OffsetOf(i)) { Format = Name, Header = header };
                rows.Add([.. values.Select(v => v!.Value)]);
                continue;
            }
            var colon = line.IndexOf(':');
            if (colon > 0 && header.Count < 10_000 && !header.ContainsKey(line[..colon].Trim())) header[line[..colon].Trim()] = line[(colon + 1)..].Trim();
        }
        var at = first < 0 ? file.OffsetOf(file.Lines.Count) : file.OffsetOf(first);
        if (rows.Count > 0 && rows[0].Length < 2)
            throw new MeasurementFormatException("The lines hold a single number each; a spectrum needs x and a value. Export the file from Solis with its x axis.", at) { Format = Name, Header = header };

        double[] x = [.. rows.Select(row => row[0])];
        // The export does not name its axis. Pixels are whole numbers that count up.
        var pixels = x.Length > 0 && x.Index().All(p => p.Item == x[0] + p.Index) && x[0] is 0 or 1;
        var axis = pixels ? SpectrumAxis.Pixel : SpectrumAxis.Wavelength;
        SpectrumRules.Check(Name, axis, x, at, header, findings);
        if (!pixels)
            findings.Add(Severity.Info, "AXIS_GUESSED", "The export does not name its x axis; it is taken as wavelength in nm, as Solis writes it unless it is told otherwise.", at);
        return new SpectrumSet
        {
            Format = Name, Header = header, Findings = findings.ToList(), Axis = axis,
            Spectra = [.. Enumerable.Range(1, rows[0].Length - 1).Select(c => new Spectrum(x, [.. rows.Select(row => row[c])]))],
            YUnit = header["Data Type"]?.GetValue<string>() is { Length: > 0 } unit ? unit.ToLowerInvariant() : null,
            MeasuredAt = DateOf(header["Date and Time"]?.GetValue<string>()),
        };
    }

    static bool HasSettings(ByteSource source)
    {
        const int looked = 16384;
        var start = source.Start(looked);
        var end = new byte[(int)Math.Min(looked, source.Length)];
        source.Read(end, source.Length - end.Length);
        static bool Names(ReadOnlySpan<byte> text) => text.IndexOf("Date and Time:"u8) >= 0 && text.IndexOf("Acquisition Mode:"u8) >= 0;
        return Names(start) || Names(end);
    }

    /// <summary>"Fri Sep  8 15:03:52 2017", later with milliseconds.</summary>
    static DateTime? DateOf(string? text) => SpectrumRules.Date(text ?? "", "ddd MMM d HH:mm:ss yyyy", "ddd MMM d HH:mm:ss.fff yyyy");
}
