using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Decays and coincidences as tables of text: exports of PicoQuant and Becker &amp; Hickl, and anybody's columns of time and counts.</summary>
/// <remarks>
/// See docs/formats/decay-tables.md. A table is taken for histograms where its head says so, or where a column of times in
/// even steps stands beside columns of whole counts; anything else is left to other readers. Counts stay integers.
/// </remarks>
static partial class DecayTable
{
    const string Name = "Table of decays";
    const int SampleBytes = 1 << 16, FewestBins = 8, FewestBinsWithoutTitles = 16, MostBlocks = 1024;

    /// <summary>More numbers than the histograms of any file; what has more is something else.</summary>
    const int MostNumbers = 1 << 20;

    /// <summary>Longer lines are no marks of an instrument.</summary>
    const int LongestMark = 200;

    /// <summary>The longest text that can hold them [bytes].</summary>
    const int LongestText = 32 << 20;

    /// <summary>A bin as long as this belongs to an intensity trace, not to a histogram of delays [s].</summary>
    const double LongestBin = 1e-6;

    /// <summary>Any text with numbers in it may be one.</summary>
    public static bool Recognise(ReadOnlySpan<byte> start) =>
        start is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]
        || start.IndexOfAnyInRange((byte)0, (byte)8) < 0 && start.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;

    /// <param name="Curves">Every histogram of the file.</param>
    /// <param name="Head">The lines above the numbers.</param>
    sealed record Found(List<HistogramCurve> Curves, IEnumerable<string> Head);

    /// <returns>Null where it is a table of something else, or none.</returns>
    public static HistogramSet? Open(ByteSource source, ReadingChoices choices)
    {
        if (source.Length > LongestText) return null;
        var narrow = Narrow(source, out var encoding);
        var text = new Text(narrow);
        var findings = new FindingList();
        if ((Blocks(text, findings) ?? Columned(text, findings) ?? Titled(text, choices, findings)) is not { Curves.Count: > 0 } found) return null;
        var header = new JsonObject
        {
            ["encoding"] = encoding,
            ["head"] = new JsonArray([.. found.Head.Select(line => line.Trim()).Where(line => line.Length > 0).Take(100).Select(line => (JsonNode)(line.Length <= 500 ? line : line[..500]))]),
        };
        if (found.Curves.TrueForAll(curve => curve.BinWidth is null))
            findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN", "The file does not say in which unit its times are, so how long a bin is. Choose the unit (fs, ps, ns or us) and open the file again; with pqd it is --time-unit ns.");
        return new() { Format = Name, Header = header, Curves = found.Curves, Findings = findings.ToList(), Asks = choices.TimeUnit is not null || found.Curves.TrueForAll(curve => curve.BinWidth is null) ? [ReadingQuestion.OfTimeUnit] : [] };
    }

    /// <summary>UTF-16 as UTF-8; any other text as it is.</summary>
    static ByteSource Narrow(ByteSource source, out string encoding)
    {
        encoding = "UTF-8 or Latin-1";
        if (source.Start(2) is not ([0xFF, 0xFE] or [0xFE, 0xFF])) return source;
        encoding = "UTF-16";
        var bytes = source.Start((int)source.Length);
        return new(new MemoryStream(Encoding.UTF8.GetBytes((bytes[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode).GetString(bytes, 2, bytes.Length - 2))));
    }

    /// <summary>The text, and its first lines.</summary>
    sealed class Text
    {
        public ByteSource Source { get; }

        /// <summary>The first lines that are not empty; a separator at their end may be a cell.</summary>
        public List<string> Lines { get; } = [];

        /// <summary>Byte at which each of them begins.</summary>
        public List<long> Offsets { get; } = [];

        public Text(ByteSource source)
        {
            Source = source;
            var blocks = From(source.Start(3) is [0xEF, 0xBB, 0xBF] ? 3 : 0);
            while (blocks.Next(out var line) && blocks.Offset < SampleBytes)
            {
                Lines.Add(HeaderText.Narrow(line));
                Offsets.Add(blocks.Offset);
            }
        }

        public LineBlocks From(long offset) => new(Source, offset);

        /// <summary>First of the lines that the pattern fits; null without one.</summary>
        public int? Find(Regex pattern, int from = 0)
        {
            for (var i = from; i < Lines.Count; i++)
                if (Lines[i].Length <= LongestMark && pattern.IsMatch(Lines[i].Trim())) return i;
            return null;
        }
    }

    /// <summary>Rows of numbers, column by column.</summary>
    sealed class Numbers(int columns)
    {
        readonly List<double>[] _values = [.. Enumerable.Range(0, columns).Select(_ => new List<double>())];
        readonly int[] _digits = new int[columns];
        int _count;

        /// <summary>Rows, also those whose last cells are empty.</summary>
        public int Rows { get; private set; }

        public List<double> this[int column] => _values[column];

        /// <summary>The finest decimal digit of a column: 3 for thousandths.</summary>
        public int Digits(int column) => _digits[column];

        /// <summary>More numbers than are kept.</summary>
        public bool IsTooLong => _count > MostNumbers;

        /// <returns>False where it is no row of numbers.</returns>
        public bool Add(ReadOnlySpan<byte> line, NumberLines how)
        {
            var cells = new NumberCells(line, (byte)how.Separator);
            var sign = (byte)(how.DecimalComma ? ',' : '.');
            var column = 0;
            while (cells.Next(out var cell))
            {
                // Columns of unlike length end in empty cells, and some programs end every row with a separator.
                if (cell.IsEmpty)
                {
                    column++;
                    continue;
                }
                if (column >= columns || !ExactDecimal.TryParse(cell, sign, out var number, out _)) return false;
                // A cell below an empty one would slip upwards.
                if (_values[column].Count != Rows) return false;
                _values[column].Add(number.Value);
                _digits[column] = Math.Max(_digits[column], number.Scale);
                column++;
                _count++;
            }
            Rows++;
            return true;
        }
    }

    /// <summary>Becker &amp; Hickl's export: *BLOCK 1 Decay ( Time[ns] No_of_photons ), rows, *END.</summary>
    static Found? Blocks(Text text, FindingList findings)
    {
        if (text.Find(Block()) is not { } first || TableHead.Of([.. text.Lines.Skip(first + 1).TakeWhile(line => !line.StartsWith('*'))]) is not { Columns: 2 } sample) return null;
        var curves = new List<HistogramCurve>();
        var lines = text.From(text.Offsets[first]);
        Numbers? rows = null;
        var (title, block, at) = ("", 0, 0L);
        void Close()
        {
            if (rows is null) return;
            var unit = BlockUnit().Match(title) is { Success: true } told ? TimeUnits.Title(told.Value).Seconds : null;
            if (Curve(rows, 0, 1, unit ?? 1e-9, out _) is { } curve)
                curves.Add(curve with { Name = Block().Match(title).Groups[1].Value.Trim() is { Length: > 0 } name ? name : null, Meaning = HistogramMeaning.Decay });
            else
                findings.Add(Severity.Warning, "CURVE_UNKNOWN", $"Block {block} does not hold rows of time and counts in even steps; it was left out.", at);
            rows = null;
        }
        while (lines.Next(out var line) && block < MostBlocks)
        {
            if (line.StartsWith("*"u8))
            {
                Close();
                var told = HeaderText.Narrow(line[..Math.Min(line.Length, LongestMark)]).Trim();
                if (!Block().IsMatch(told)) continue;
                (title, rows, at) = (told, new(2), lines.Offset);
                block++;
            }
            else if (rows is not null && (rows.IsTooLong || !rows.Add(line, sample.Numbers)))
            {
                findings.Add(Severity.Warning, "ROWS_UNREADABLE", $"Block {block} holds a row that is not time and counts; it was read up to there.", lines.Offset);
                Close();
            }
        }
        if (rows is not null)
        {
            findings.Add(Severity.Warning, "BINS_MISSING", $"The file ends inside block {block}, before its *END; the bins that are there were read.", text.Source.Length);
            Close();
        }
        return new(curves, text.Lines.Take(first));
    }

    /// <summary>PicoQuant's export: the length of a bin in the head, behind #ns/channel or #ns/bin, then counts alone; and its likes.</summary>
    static Found? Columned(Text text, FindingList findings)
    {
        if (text.Find(BinMark()) is not { } mark) return null;
        var match = BinMark().Match(text.Lines[mark].Trim());
        if (TimeUnits.Seconds(match.Groups["unit"].Value) is not { } unit) return null;
        var told = match.Groups["value"].Value;
        var body = mark + 1;
        if (told.Length == 0)
        {
            if (body >= text.Lines.Count) return null;
            told = text.Lines[body++];
        }
        var widths = told.Split([' ', '\t', ';'], StringSplitOptions.RemoveEmptyEntries)
            .Select(cell => LegacyPicoQuant.Step(double.TryParse(cell.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var width) ? width * unit : null)).ToArray();
        if (text.Find(CountsMark(), body) is { } counts) body = counts + 1;
        if (TableHead.Of([.. text.Lines.Skip(body)]) is not { } sample || All(text, text.Offsets[body + sample.FirstLine], sample, findings) is not { } rows || rows.Rows < FewestBins) return null;
        var meaning = MeaningOf(text.Lines.Take(body)) ?? HistogramMeaning.Decay;
        var curves = new List<HistogramCurve>();
        for (var c = 0; c < sample.Columns; c++)
        {
            if (Counts(rows[c]) is not { } whole) return null;
            curves.Add(new(whole, widths.Length == 0 ? null : widths[Math.Min(c, widths.Length - 1)]) { Meaning = meaning });
        }
        // Time and counts side by side below such a line are no two histograms.
        if (curves.Count > 1 && Curve(rows, 0, 1, null, out _) is not null) return null;
        if (text.Find(BinsMark()) is { } bins && bins < mark && long.TryParse(text.Lines[bins + 1], CultureInfo.InvariantCulture, out var declared) && declared != rows.Rows)
            findings.Add(Severity.Warning, "BINS_MISSING", $"The head declares {declared:N0} bins, the table holds {rows.Rows:N0}; those were read.", text.Offsets[bins + 1]);
        return new(curves, text.Lines.Take(body));
    }

    /// <summary>Anybody's table: a column of times in even steps, and columns of whole counts.</summary>
    static Found? Titled(Text text, ReadingChoices choices, FindingList findings)
    {
        if (TableHead.Of(text.Lines) is not { Columns: >= 2 } table) return null;
        var titles = table.Titles?.Select(TimeUnits.Title).ToArray();
        // Several pairs of time and counts side by side, or one time for all.
        var times = titles is null ? [0] : Enumerable.Range(0, table.Columns).Where(c => TimeTitle().IsMatch(titles[c].Name)).ToArray();
        if (times.Length == 0 || times[0] > 1) return null;
        if (titles is not null && titles.Where((_, c) => !times.Contains(c)).Any(title => StrangeTitle().IsMatch(title.Name))) return null;
        if (table.Rows.Count < (titles is null ? FewestBinsWithoutTitles : FewestBins)) return null;
        if (All(text, text.Offsets[table.FirstLine], table, findings) is not { } rows) return null;

        var meaning = MeaningOf(table.Above);
        var curves = new List<HistogramCurve>();
        foreach (var (number, time) in times.Index())
        {
            var last = number + 1 < times.Length ? times[number + 1] : table.Columns;
            for (var c = time + 1; c < last; c++)
            {
                if (Curve(rows, time, c, titles?[time].Seconds ?? choices.TimeUnit, out var steps) is not { } curve)
                {
                    if (titles is null) return null;
                    findings.Add(Severity.Info, "COLUMNS_LEFT_OUT", $"The column \"{Shown(table.Titles![c].Trim())}\" holds no whole counts over times in even steps; it was left out.", text.Offsets[table.FirstLine]);
                    continue;
                }
                // Without titles an axis of whole numbers counts pixels or bins, and one that begins far from zero is a wavelength.
                if (titles is null && (steps.IsWhole || Math.Abs(steps.First) > 1.5 * steps.Width)) return null;
                if (curve.BinWidth > LongestBin) return null;
                var name = titles is null ? null : table.Titles![c].Trim();
                curves.Add(curve with
                {
                    Name = name,
                    Meaning = MeaningOf([name ?? ""]) ?? meaning ?? (titles is not null && steps.First >= 0 ? HistogramMeaning.Decay : HistogramMeaning.Unknown),
                });
            }
        }
        if (titles is null)
            findings.Add(Severity.Info, "COLUMNS_GUESSED", "The file names no columns. The first rises from zero in even steps and was taken for the time, the others hold whole numbers and were taken for counts.", text.Offsets[table.FirstLine]);
        return new(curves, table.Above);
    }

    /// <summary>All rows of a table; null where it has more than histograms have.</summary>
    static Numbers? All(Text text, long offset, TableHead sample, FindingList findings)
    {
        var rows = new Numbers(sample.Columns);
        var lines = text.From(offset);
        while (lines.Next(out var line))
        {
            if (!rows.Add(line, sample.Numbers))
            {
                findings.Add(Severity.Info, "TEXT_BEHIND", $"The table ends before \"{Shown(HeaderText.Narrow(line))}\"; what follows was not read as numbers.", lines.Offset);
                break;
            }
            if (rows.IsTooLong) return null;
        }
        return rows;
    }

    static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "…";

    readonly record struct Steps(double First, double Width, bool IsWhole);

    /// <summary>A column of times and one of counts; null where the times are not in even steps or the counts not whole.</summary>
    static HistogramCurve? Curve(Numbers rows, int time, int counts, double? unit, out Steps steps)
    {
        steps = default;
        var n = Math.Min(rows[time].Count, rows[counts].Count);
        if (n < 2) return null;
        var x = rows[time];
        var width = (x[n - 1] - x[0]) / (n - 1);
        if (!(width > 0) || !double.IsFinite(width)) return null;
        // Rounded to its last digit a time may be off by half of that.
        var slack = Math.Max(0.02 * width, 0.51 * Math.Pow(10, -rows.Digits(time)));
        if (slack > width) return null;
        for (var i = 0; i < n; i++)
            if (Math.Abs(x[i] - (x[0] + i * width)) > slack) return null;
        if (Counts(rows[counts], n) is not { } values) return null;
        steps = new(x[0], width, rows.Digits(time) <= 0 && width % 1 == 0);
        return new(values, LegacyPicoQuant.Step(width * unit)) { Start = unit is { } length ? x[0] * length : 0 };
    }

    static long[]? Counts(List<double> column, int? rows = null)
    {
        var counts = new long[rows ?? column.Count];
        for (var i = 0; i < counts.Length; i++)
        {
            if (column[i] is < 0 or > 1e15 || column[i] != Math.Truncate(column[i])) return null;
            counts[i] = (long)column[i];
        }
        return counts;
    }

    static HistogramMeaning? MeaningOf(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            if (CoincidenceWord().IsMatch(line)) return HistogramMeaning.Coincidences;
            if (DecayWord().IsMatch(line)) return HistogramMeaning.Decay;
        }
        return null;
    }

    [GeneratedRegex(@"^\*BLOCK\s*\d*\s*([^(]*)", RegexOptions.IgnoreCase)]
    private static partial Regex Block();

    [GeneratedRegex(@"\w+\s*\[\s*[a-zA-Zµμ]+\s*\]")]
    private static partial Regex BlockUnit();

    /// <summary>#ns/channel, #ns/bin; bin width [ns]: 0.05; resolution = 4 ps; time per channel (ps) 4.</summary>
    [GeneratedRegex(@"^[#%;\s]*(?:(?<unit>fs|ps|ns|us|µs)\s*/\s*(?:channel|chan|ch|bin)|(?:bin ?width|bin ?size|channel ?width|time ?per ?(?:channel|bin)|resolution|time ?calibration|time ?step)\b[\s\[\(]*(?<unit>fs|ps|ns|us|µs|s)?[\s\]\)]*)[\s:=]*(?<value>[0-9][0-9.,eE+-]*)?\s*(?<unit>fs|ps|ns|us|µs|s)?\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex BinMark();

    [GeneratedRegex(@"channels per curve", RegexOptions.IgnoreCase)]
    private static partial Regex BinsMark();

    [GeneratedRegex(@"^[#%;\s]*(counts?|cnts|data)\s*:?\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex CountsMark();

    [GeneratedRegex(@"^(t|time|times|zeit|temps|tiempo|tempo|delay|delay time|lag|lag time|tau|decay time|time delay|micro ?time|nano ?time|time axis|x time)$")]
    private static partial Regex TimeTitle();

    [GeneratedRegex(@"wave|energy|channel id|detector|temperature|power|voltage|pixel|shift|\bev\b|\bnm\b|position|phase")]
    private static partial Regex StrangeTitle();

    [GeneratedRegex(@"coincid|correlation|\bg2\b|g\(2\)|g\^|pairs|antibunch|\bhbt\b", RegexOptions.IgnoreCase)]
    private static partial Regex CoincidenceWord();

    [GeneratedRegex(@"decay|\birf\b|prompt|tcspc|lifetime|trpl|fluorescence|histogram data", RegexOptions.IgnoreCase)]
    private static partial Regex DecayWord();
}
