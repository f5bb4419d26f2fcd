using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>JCAMP-DX 4.24 and 5: labelled data records as text, one block or several.</summary>
/// <remarks>
/// After R. S. McDonald and P. A. Wilks, Appl. Spectrosc. 42, 151 (1988), and A. N. Davies and P. Lampen, Appl. Spectrosc. 47,
/// 1093 (1993); see docs/formats/jcamp.md. Tried with files in fixed, packed, squeezed and difference form and with a file of
/// three blocks. A count of points that differs from the one declared is refused: decimal commas between commas look like twice
/// the points.
/// </remarks>
static class JcampDx
{
    const string Name = "JCAMP-DX";
    const int MostBlocks = 10_000;

    /// <summary>Points that are read from the shortest file.</summary>
    const long LeastBudget = 1 << 20;

    public static bool Recognise(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) start = start[3..];
        return start.TrimStart(" \t\r\n"u8).StartsWith("##TITLE"u8);
    }

    /// <exception cref="MeasurementFormatException">No block holds a spectrum that can be read.</exception>
    public static Measurement Open(ByteSource source)
    {
        var file = TextFile.Read(source, Name);
        var findings = new FindingList();
        var blocks = Blocks(file);
        var header = new JsonObject();
        if (blocks.Count == 0) throw new MeasurementFormatException("The file begins like JCAMP-DX, and no label TITLE has a value. Export it again.", 0) { Format = Name };
        foreach (var (key, value) in blocks[0].Header) header[key] = value?.DeepClone();
        if (blocks.Count > 1) header["blocks"] = new JsonArray([.. blocks.Skip(1).Select(b => (JsonNode)b.Header.DeepClone())]);

        SpectrumAxis? axis = null;
        string? yUnit = null;
        DateTime? date = null;
        var spectra = new List<Spectrum>();
        MeasurementFormatException? refused = null;
        var total = 0L;
        // A few characters can stand for any number of equal points, so the length of the file bounds them all.
        var budget = Math.Min(SpectrumRules.MostPoints, Math.Max(LeastBudget, source.Length));
        var withData = blocks.Where(b => b.DataLine >= 0).Take(MostBlocks).ToList();
        if (blocks.Count(b => b.DataLine >= 0) is var all && all > MostBlocks)
            findings.Add(Severity.Warning, "SPECTRA_MISSING", $"The file holds {all:N0} blocks with points; the first {MostBlocks:N0} were read.", 0);
        foreach (var block in withData)
        {
            try
            {
                var (own, spectrum) = Read(file, block, withData.Count > 1, budget - total, header, findings);
                if (axis is not null && own != axis)
                {
                    findings.Add(Severity.Warning, "SPECTRA_LEFT_OUT", $"Block \"{block.Title}\" has another axis ({own.Name}, {own.Unit}) than the first ({axis.Name}, {axis.Unit}); it was left out.", file.OffsetOf(block.DataLine));
                    continue;
                }
                axis = own;
                yUnit ??= block.Text("YUNITS") is { Length: > 0 } unit ? unit : null;
                date ??= DateOf(block);
                spectra.Add(spectrum);
                total += spectrum.X.Length;
            }
            // One block that cannot be read does not take the others with it.
            catch (MeasurementFormatException trouble) when (withData.Count > 1)
            {
                refused ??= trouble;
                findings.Add(Severity.Error, "SPECTRA_LEFT_OUT", $"Block \"{block.Title}\" was left out. {trouble.Message}", trouble.Offset);
            }
        }
        if (spectra.Count == 0)
            throw refused ?? new MeasurementFormatException(
                $"No block of the file holds points in the form (X++(Y..Y)) or (XY..XY){(blocks.Any(b => b.Other is not null) ? $"; it holds {blocks.First(b => b.Other is not null).Other}" : "")}. Export the spectrum as XYDATA.", 0) { Format = Name, Header = header };
        return new SpectrumSet { Format = Name, Header = header, MeasuredAt = date, Findings = findings.ToList(), Axis = axis!, Spectra = spectra, YUnit = yUnit };
    }

    // Blocks

    sealed class Block
    {
        public JsonObject Header { get; } = [];
        readonly Dictionary<string, string> _fields = [];

        /// <summary>Line of the label of the points; -1 without points.</summary>
        public int DataLine { get; set; } = -1;

        public int DataEnd { get; set; }

        /// <summary>Whether the points are pairs.</summary>
        public bool Pairs { get; set; }

        /// <summary>Label of data of a kind that is not read.</summary>
        public string? Other { get; set; }

        public string Title => Text("TITLE");

        public string Text(string plainLabel) => _fields.GetValueOrDefault(plainLabel, "");

        public void Keep(string label, string value)
        {
            RepeatedFields.Keep(Header, label, value);
            _fields.TryAdd(Plain(label), value);
        }
    }

    /// <summary>Labels are compared without case, blanks, dashes, slashes and underscores.</summary>
    static string Plain(string label) => string.Concat(label.Where(c => c is not (' ' or '-' or '/' or '_' or '\t'))).ToUpperInvariant();

    static List<Block> Blocks(TextFile file)
    {
        var blocks = new List<Block>();
        var open = new Stack<Block>();
        var label = "";
        var value = new StringBuilder();
        Block? holder = null;
        void Close()
        {
            if (holder is not null && label.Length > 0) holder.Keep(label, value.ToString().Trim());
            (holder, label) = (null, "");
            value.Clear();
        }

        for (var i = 0; i < file.Lines.Count; i++)
        {
            var line = WithoutRemark(file.Lines[i]);
            if (!line.TrimStart().StartsWith("##", StringComparison.Ordinal))
            {
                // A value may go on in further lines; points are read later, from their lines.
                if (holder is not null && value.Length < 1 << 16) value.Append('\n').Append(line.AsSpan().TrimEnd());
                continue;
            }
            Close();
            var equals = line.IndexOf('=');
            if (equals < 0) continue;
            var name = line[..equals].Trim().TrimStart('#').Trim();
            var plain = Plain(name);
            if (open.TryPeek(out var last) && last.DataLine >= 0 && last.DataEnd < 0) last.DataEnd = i;
            if (plain == "TITLE")
            {
                var block = new Block { DataEnd = -1 };
                blocks.Add(block);
                open.Push(block);
            }
            if (!open.TryPeek(out var current)) continue;
            if (plain == "END")
            {
                open.Pop();
                continue;
            }
            var rest = line[(equals + 1)..];
            var form = string.Concat(rest.Where(c => !char.IsWhiteSpace(c))).ToUpperInvariant();
            if (plain is "XYDATA" or "XYPOINTS" && form is "(X++(Y..Y))" or "(XY..XY)" && current.DataLine < 0)
            {
                (current.DataLine, current.Pairs) = (i, form == "(XY..XY)");
                current.Keep(name, form);
                continue;
            }
            if (plain is "XYDATA" or "XYPOINTS" or "PEAKTABLE" or "PEAKASSIGNMENTS" or "NTUPLES" or "DATATABLE" or "RADATA") current.Other ??= $"{name} {form}".Trim();
            (holder, label) = (current, name);
            value.Append(rest);
        }
        Close();
        foreach (var block in blocks)
            if (block.DataLine >= 0 && block.DataEnd < 0) block.DataEnd = file.Lines.Count;
        return blocks;
    }

    static string WithoutRemark(string line) => line.IndexOf("$$", StringComparison.Ordinal) is >= 0 and var at ? line[..at] : line;

    // Points

    static (SpectrumAxis, Spectrum) Read(TextFile file, Block block, bool named, long budget, JsonObject header, FindingList findings)
    {
        var at = file.OffsetOf(block.DataLine);
        MeasurementFormatException Refused(string why) => new(why, at) { Format = Name, Header = header };

        double Number(string label, double? otherwise)
        {
            var text = block.Text(label);
            if (text.Length == 0 && otherwise is { } value) return value;
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? number
                : throw Refused(text.Length == 0
                    ? $"The label {label} is missing, without which the points have no place. Export the file again."
                    : $"The label {label} should be a number and says \"{text}\". {(text.Contains(',') ? "Numbers in JCAMP-DX have a decimal point; set the exporting computer to points and export the file again." : "Export the file again.")}");
        }

        double xFactor = Number("XFACTOR", 1), yFactor = Number("YFACTOR", 1);
        long? told = block.Text("NPOINTS").Length > 0 ? (long)Number("NPOINTS", null) : null;
        if (told < 0 || told > budget)
            throw Refused($"The block declares {told:N0} points; in a file of this length up to {budget:N0} more are read.");
        var most = told ?? budget;

        double[] x, y;
        if (block.Pairs)
        {
            var numbers = Pairs(file, block, 2 * most, Refused);
            Agree(numbers.Count / 2.0, told, Refused);
            x = [.. Enumerable.Range(0, numbers.Count / 2).Select(i => numbers[2 * i] * xFactor)];
            y = [.. Enumerable.Range(0, numbers.Count / 2).Select(i => numbers[2 * i + 1] * yFactor)];
        }
        else
        {
            y = new Ordinates(file, block, most, findings, Refused).Read();
            Agree(y.Length, told, Refused);
            for (var i = 0; i < y.Length; i++) y[i] *= yFactor;
            var first = Number("FIRSTX", null);
            // Adding DELTAX up would gather its rounding; the last x is exact.
            x = SpectrumRules.Even(first, block.Text("LASTX").Length > 0 ? Number("LASTX", null) : first + Number("DELTAX", null) * (y.Length - 1), y.Length);
        }
        if (y.Length > most)
            throw Refused($"The block does not say how many points it has, and it goes on beyond the {most:N0} that are read from a file of this length. Export it again.");
        if (told is null)
            findings.Add(Severity.Warning, "RECORD_COUNT_MISSING", $"The block does not say how many points it has; the {y.Length:N0} found were read.", at);
        if (y.Length > 0 && double.TryParse(block.Text("FIRSTY"), NumberStyles.Float, CultureInfo.InvariantCulture, out var firstY)
            && Math.Abs(y[0] - firstY) > 1e-3 * Math.Max(Math.Abs(firstY), Math.Abs(yFactor)))
            findings.Add(Severity.Warning, "FIRST_VALUE_DIFFERS",
                $"The first value is {FoundText.Number(y[0])}, the label FIRSTY says {FoundText.Number(firstY)}. The values were kept as they stand; the factor (YFACTOR) may be wrong.", at);

        var axis = AxisOf(block);
        SpectrumRules.Check(Name, axis, x, at, header, findings);
        return (axis, new(x, y) { Name = named && block.Title.Length > 0 ? block.Title : null });
    }

    static void Agree(double count, long? told, Func<string, MeasurementFormatException> refused)
    {
        if (told is { } points && count != points)
            throw refused($"The block declares {points:N0} points (NPOINTS) and holds {(count > points ? $"more, {count:0.#} at least" : $"{count:0.#}")}. Decimal commas beside commas between x and y are one cause, a cut file another; export it again with decimal points.");
    }

    static SpectrumAxis AxisOf(Block block)
    {
        var unit = block.Text("XUNITS");
        var axis = SpectrumRules.AxisOf(unit) ?? new("x", unit);
        return axis.Name == "wavenumber" && block.Text("DATATYPE").Contains("RAMAN", StringComparison.OrdinalIgnoreCase) ? new("raman_shift", axis.Unit) : axis;
    }

    static DateTime? DateOf(Block block) => block.Text("LONGDATE") is { Length: > 0 } whole
        ? SpectrumRules.Date(whole, "yyyy/MM/dd HH:mm:ss", "yyyy/MM/dd")
        : SpectrumRules.Date($"{block.Text("DATE")} {block.Text("TIME")}", "yy/MM/dd HH:mm:ss", "yy/MM/dd HH:mm.ss", "yyyy/MM/dd HH:mm:ss", "yy/MM/dd", "yyyy/MM/dd");

    /// <summary>All numbers of (XY..XY), one after the other; groups are parted by blanks, commas or semicolons.</summary>
    static List<double> Pairs(TextFile file, Block block, long most, Func<string, MeasurementFormatException> refused)
    {
        var numbers = new List<double>();
        for (var i = block.DataLine + 1; i < block.DataEnd; i++)
            foreach (var cell in WithoutRemark(file.Lines[i]).Split([' ', '\t', ',', ';'], StringSplitOptions.RemoveEmptyEntries))
            {
                if (!double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
                    throw refused($"Line {i + 1} holds \"{(cell.Length > 40 ? cell[..40] : cell)}\" where a number should stand. Export the file again.");
                numbers.Add(value);
                if (numbers.Count > most + 1) return numbers;
            }
        return numbers;
    }

    /// <summary>The ordinates of (X++(Y..Y)) in whatever mixture of AFFN, PAC, SQZ, DIF and DUP.</summary>
    sealed class Ordinates(TextFile file, Block block, long most, FindingList findings, Func<string, MeasurementFormatException> refused)
    {
        const string Squeezed = "@ABCDEFGHIabcdefghi", Differences = "%JKLMNOPQRjklmnopqr", Duplicates = "STUVWXYZs";

        readonly List<double> _values = [];
        readonly Dictionary<int, int> _checks = [];
        double _difference;
        bool _lastWasDifference, _checkNext;

        public double[] Read()
        {
            for (var i = block.DataLine + 1; i < block.DataEnd && _values.Count <= most; i++)
            {
                var line = WithoutRemark(file.Lines[i]).AsSpan().Trim();
                if (!line.IsEmpty) ReadLine(line, i);
            }
            if (_checks.Count > 0)
                findings.Add(Severity.Warning, "CHECK_FAILED",
                    $"{_checks.Count:N0} lines begin with a check value that is not the last value of the line before, first line {_checks.Keys.Min() + 1}. The values behind them may be wrong.", file.OffsetOf(_checks.Keys.Min()));
            return [.. _values];
        }

        void ReadLine(ReadOnlySpan<char> line, int number)
        {
            // The x of the first value stands first; the place of the values comes from FIRSTX and LASTX.
            var at = 0;
            Take(line, ref at, number, asX: true);
            _checkNext = _lastWasDifference;
            _lastWasDifference = false;
            while (at < line.Length && _values.Count <= most)
            {
                var c = line[at];
                if (c is ' ' or '\t' or ',' or ';') at++;
                else if (c == '?')
                {
                    at++;
                    Add(double.NaN, number);
                }
                else if (Duplicates.IndexOf(c) is >= 0 and var times)
                {
                    at++;
                    Repeat(Continued(line, ref at, times + 1, number), number);
                }
                else if (Differences.IndexOf(c) is >= 0 and var step)
                {
                    at++;
                    var size = Continued(line, ref at, step > 9 ? step - 9 : step, number);
                    _difference = step > 9 ? -size : size;
                    if (_values.Count == 0) throw refused($"Line {number + 1} begins the values with a difference. Export the file again.");
                    _values.Add(_values[^1] + _difference);
                    _lastWasDifference = true;
                }
                else if (Squeezed.IndexOf(c) is >= 0 and var digit)
                {
                    at++;
                    var size = Continued(line, ref at, digit > 9 ? digit - 9 : digit, number);
                    Add(digit > 9 ? -size : size, number);
                }
                else Add(Take(line, ref at, number, asX: false), number);
            }
        }

        /// <summary>A value that stands for itself; the first of a line behind a difference repeats the last one as a check.</summary>
        void Add(double value, int line)
        {
            _lastWasDifference = false;
            if (_checkNext)
            {
                _checkNext = false;
                if (_values.Count > 0 && value != _values[^1]) _checks[line] = 1;
                return;
            }
            _values.Add(value);
        }

        void Repeat(double times, int number)
        {
            if (_values.Count == 0) throw refused($"Line {number + 1} repeats a value before there is any. Export the file again.");
            // The value that is repeated counts as the first time.
            for (var k = 1; k < times && _values.Count <= most; k++)
                _values.Add(_lastWasDifference ? _values[^1] + _difference : _values[^1]);
        }

        /// <summary>A number whose first digit was a letter.</summary>
        double Continued(ReadOnlySpan<char> line, ref int at, int first, int number)
        {
            var from = at;
            while (at < line.Length && (char.IsAsciiDigit(line[at]) || line[at] == '.')) at++;
            return double.TryParse($"{first}{line[from..at]}", NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                ? value : throw refused($"Line {number + 1} holds a number that cannot be read, at its character {from}. Export the file again.");
        }

        /// <summary>A plain number: sign, digits, point; an exponent where a sign follows the E, since E alone is a squeezed 5.</summary>
        double Take(ReadOnlySpan<char> line, ref int at, int number, bool asX)
        {
            while (asX && at < line.Length && line[at] is ' ' or '\t') at++;
            var from = at;
            if (at < line.Length && line[at] is '+' or '-') at++;
            while (at < line.Length && (char.IsAsciiDigit(line[at]) || line[at] == '.')) at++;
            if (at + 2 < line.Length && line[at] is 'E' or 'e' && line[at + 1] is '+' or '-' && char.IsAsciiDigit(line[at + 2]))
            {
                at += 2;
                while (at < line.Length && char.IsAsciiDigit(line[at])) at++;
            }
            return double.TryParse(line[from..at], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw refused($"Line {number + 1} holds \"{(from < line.Length ? line[from] : ' ')}\" where a number should stand. Export the file again.");
        }
    }
}
