using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Photons as a table of text: a row for each, with its channel and its time; the portal's own table or anybody's.</summary>
/// <remarks>
/// See docs/formats/time-tag-tables.md. Times stay integers: the unit is parted by the finest decimal digit of the file.
/// Which column is which is told by their titles, else guessed from the numbers; a unit that the file does not name is
/// asked for, never guessed.
/// </remarks>
static partial class TimeTagTable
{
    public const string Name = "Table of time tags";
    const int SampleBytes = 1 << 16, MostColumns = 8, FewestRowsToGuess = 8, FewestRowsWithoutChannel = 100;

    /// <summary>From here on a clock began before the measurement.</summary>
    const long FarAway = 1L << 50;

    public static bool RecogniseOwn(ReadOnlySpan<byte> start) => WithoutMark(start).StartsWith("# pqdportal time tags"u8);

    /// <summary>Any text with numbers in it may be one.</summary>
    public static bool Recognise(ReadOnlySpan<byte> start) =>
        start.IndexOfAnyInRange((byte)0, (byte)8) < 0 && start.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;

    static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? bytes[3..] : bytes;

    /// <summary>Which cell of a row is what.</summary>
    /// <param name="Separator">Blank for any run of blanks and tabs.</param>
    /// <param name="Channel">Column of the channel; -1 where all photons are of one.</param>
    /// <param name="Dtime">Column of the micro time; -1 without.</param>
    /// <param name="LargestChannel">Larger codes are no channels.</param>
    /// <param name="SmallestChannel">Smaller ones neither.</param>
    readonly record struct Columns(byte Separator, byte DecimalSign, int Channel, int Time, int Dtime, long SmallestChannel, long LargestChannel)
    {
        public int Last => Math.Max(Math.Max(Channel, Time), Dtime);
    }

    /// <summary>The table the portal itself writes: names and units in the head, then channel,tick,dtime.</summary>
    /// <exception cref="MeasurementFormatException">Its head is damaged.</exception>
    public static PhotonStream OpenOwn(ByteSource source)
    {
        var findings = new FindingList();
        var header = new JsonObject();
        var lines = new LineBlocks(source, StartOf(source));
        Columns? columns = null;
        var dataOffset = source.Length;
        while (columns is null && lines.Next(out var bytes))
        {
            var line = HeaderText.Narrow(bytes).Trim();
            if (line.StartsWith('#'))
            {
                foreach (var pair in line.TrimStart('#', ' ').Split(',', StringSplitOptions.TrimEntries))
                    if (pair.Split('=', 2, StringSplitOptions.TrimEntries) is [var key, var value] && header.Count < MostColumns * 8) header.TryAdd(key, value);
                continue;
            }
            var titles = line.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries);
            var (channel, tick, dtime) = (Array.IndexOf(titles, "channel"), Array.IndexOf(titles, "tick"), Array.IndexOf(titles, "dtime"));
            if (channel < 0 || tick < 0 || titles.Length > MostColumns)
                throw new MeasurementFormatException(
                    $"The table says that it holds time tags, and its columns should be channel,tick or channel,tick,dtime; they are \"{Shown(line)}\".", lines.Offset) { Format = Name, Header = header };
            columns = new((byte)',', (byte)'.', channel, tick, dtime, Channels.Sync, short.MaxValue);
            dataOffset = lines.Offset + bytes.Length + (lines.HadEnd ? 1 : 0);
        }
        if (columns is not { } known)
            throw new MeasurementFormatException(
                $"Truncated header: the table says that it holds time tags and ends at byte {source.Length:N0}, before the names of its columns. Convert it again.", source.Length) { Format = Name, Header = header };

        double? Number(string key) => header[key] is { } text && double.TryParse(text.GetValue<string>(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
        var scan = Scan.Of(source, known, dataOffset, rowsEnd: true);
        if (scan.CutBytes > 0)
            findings.Add(Severity.Warning, "RECORD_CUT", $"The file ends inside row {scan.Rows:N0}: a row ends with a line end; its {scan.CutBytes} bytes were dropped.", source.Length - scan.CutBytes, scan.Rows);
        var tickLength = LegacyPicoQuant.Step(Number("tick_s"));
        if (tickLength is null)
            findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN", "The head of the table gives no usable length of a tick (tick_s). Times are known in ticks only; nothing in seconds can be said.", 0);
        var mode = header["mode"]?.GetValue<string>() is "T2" or "T3" ? header["mode"]!.GetValue<string>() : null;
        var told = Number("records") is { } rows and >= 0 and < 1e18 ? (long)rows : (long?)null;
        return new TagStream(source, known, dataOffset, scan, 0, 0)
        {
            Format = Name,
            RecordType = header["record_type"]?.GetValue<string>() ?? "Table of time tags",
            Mode = mode,
            Header = header,
            Tick = tickLength,
            Origin = OriginOf(scan, 0),
            SyncPeriod = LegacyPicoQuant.Step(Number("sync_period_s")),
            ChannelWidth = known.Dtime >= 0 ? LegacyPicoQuant.Step(Number("dtime_s")) : null,
            HasDtime = known.Dtime >= 0,
            HeaderDuration = LegacyPicoQuant.Positive(Number("duration_s")),
            MeasuredAt = DateTime.TryParse(header["measured_at"]?.GetValue<string>(), CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null,
            DeclaresRecords = told is not null,
            DeclaredRecords = told is { } declared ? RecordCount.Declared(declared, scan.Rows, 0, findings) : 0,
            AvailableRecords = scan.Rows,
            TrailingBytes = scan.CutBytes,
            Findings = findings.ToList(),
        };
    }

    /// <summary>A table of anybody's.</summary>
    /// <returns>Null where it is a table of something else, or none.</returns>
    /// <exception cref="MeasurementFormatException">It holds time tags, but not their unit: the question.</exception>
    public static PhotonStream? Open(ByteSource source, ReadingChoices choices)
    {
        var start = StartOf(source);
        var (lines, offsets) = Sample(source, start);
        if (TableHead.Of(lines) is not { } head || head.Columns is < 2 or > MostColumns || Guess(head) is not { } guess) return null;

        var findings = new FindingList();
        var header = new JsonObject { ["head"] = new JsonArray([.. head.Above.Select(line => (JsonNode)line)]) };
        var what = $"column {guess.Columns.Time + 1} is the time{(guess.Columns.Channel >= 0 ? $", column {guess.Columns.Channel + 1} the channel" : "; there is no channel, all photons are taken for channel 0")}{(guess.Columns.Dtime >= 0 ? $", column {guess.Columns.Dtime + 1} the micro time" : "")}";
        header["columns"] = what;
        if (!guess.IsNamed) findings.Add(Severity.Info, "COLUMNS_GUESSED", $"The file names no columns. From its numbers: {what}.", offsets[head.FirstLine]);
        var unit = guess.Unit ?? choices.TimeUnit;
        if (unit is not { } seconds)
            throw new MeasurementFormatException(
                $"This looks like a table of time tags: {what}. The file does not say in which unit the times are. {(guess.Columns.Channel < 0 ? "Becker & Hickl software exports photons like this; the .spc file they came from, with its .set file beside it, says more. " : "")}Choose it (fs, ps, ns, us, ms, s, or a step such as \"12.5 ns\") and open the file again; with pqd it is --time-unit ps.",
                offsets[head.FirstLine]) { Format = Name, Header = header, Asks = [ReadingQuestion.OfTimeUnit] };
        if (guess.Unit is null)
            findings.Add(Severity.Info, "UNIT_CHOSEN", $"The file names no unit of time; {FoundText.Number(seconds)} s was chosen by hand.", offsets[head.FirstLine]);

        var dataOffset = offsets[head.FirstLine];
        var scan = Scan.Of(source, guess.Columns, dataOffset, rowsEnd: false);
        var (scale, dtimeScale) = (scan.Time.Scale(Finest(seconds)), scan.Dtime.DtimeScale());
        if (scan.Time.Finest > scale || scan.Inexact > 0)
            findings.Add(Severity.Warning, "TIMES_ROUNDED",
                $"The times have up to {Math.Max(scan.Time.Finest, scale)} digits behind the decimal sign, more than a clock of {FoundText.Number(TimeUnits.Part(seconds, scale))} s needs; they were rounded to that.", dataOffset);
        if (scan.Dtime.Finest > dtimeScale)
            findings.Add(Severity.Warning, "TIMES_ROUNDED", $"The micro times have up to {scan.Dtime.Finest} digits behind the decimal sign; {dtimeScale} were kept.", dataOffset);
        var width = guess.DtimeUnit is { } step ? LegacyPicoQuant.Step(TimeUnits.Part(step, dtimeScale)) : null;
        if (guess.Columns.Dtime >= 0 && width is null)
            findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN", "The file gives no unit of the micro times. Decays are known in channels only.", dataOffset);
        return new TagStream(source, guess.Columns, dataOffset, scan, scale, dtimeScale)
        {
            Format = Name,
            RecordType = "Table of time tags",
            Header = header,
            Tick = LegacyPicoQuant.Step(TimeUnits.Part(seconds, scale)),
            Origin = OriginOf(scan, scale),
            ChannelWidth = width,
            HasDtime = guess.Columns.Dtime >= 0,
            DeclaresRecords = false,
            AvailableRecords = scan.Rows,
            Findings = findings.ToList(),
            Asks = guess.Unit is null ? [ReadingQuestion.OfTimeUnit] : [],
        };
    }

    static long StartOf(ByteSource source) => source.Start(3) is [0xEF, 0xBB, 0xBF] ? 3 : 0;

    /// <summary>Digits behind the decimal sign that a femtosecond needs; no clock is finer.</summary>
    static int Finest(double unit) => Math.Max(0, (int)Math.Floor(Math.Log10(unit) + 15 + 1e-9));

    static long OriginOf(Scan scan, int scale) =>
        scan.Time.Smallest < 0 ? (long)Math.Floor(scan.Time.Smallest * Math.Pow(10, scale))
        : scan.First?.At(scale) is { } first and >= FarAway ? first : 0;

    static (List<string> Lines, List<long> Offsets) Sample(ByteSource source, long start)
    {
        var (lines, offsets) = (new List<string>(), new List<long>());
        var blocks = new LineBlocks(source, start);
        while (blocks.Next(out var line) && blocks.Offset - start < SampleBytes)
        {
            lines.Add(HeaderText.Narrow(line));
            offsets.Add(blocks.Offset);
        }
        return (lines, offsets);
    }

    /// <param name="IsNamed">The titles say so; else it was guessed from the numbers.</param>
    sealed record Guessed(Columns Columns, bool IsNamed, double? Unit, double? DtimeUnit);

    static Guessed? Guess(TableHead head)
    {
        var sign = (byte)(head.Numbers.DecimalComma ? ',' : '.');
        Guessed Of(int channel, int time, int dtime, bool isNamed, double? unit, double? dtimeUnit) =>
            new(new((byte)head.Numbers.Separator, sign, channel, time, dtime, 0, Channels.MarkerBase - 1), isNamed, unit ?? UnitIn(head.Above), dtimeUnit);

        var columns = Enumerable.Range(0, head.Columns).Select(c => Column.Of(head.Rows, c, sign)).ToArray();
        if (head.Titles is not null)
        {
            var titles = head.Titles.Select(TimeUnits.Title).ToArray();
            var channel = Array.FindIndex(titles, title => ChannelTitle().IsMatch(title.Name));
            var time = Array.FindIndex(titles, title => TimeTitle().IsMatch(title.Name));
            var dtime = Array.FindIndex(titles, title => DtimeTitle().IsMatch(title.Name));
            // A bin of a decay is called channel too; then something is counted in it.
            if (channel < 0 || time < 0 || titles.Any(title => CountTitle().IsMatch(title.Name)) || columns[channel] is not { IsMostlyChannels: true } || columns[time] is null) return null;
            return Of(channel, time, dtime >= 0 && columns[dtime] is { Smallest: >= 0 } ? dtime : -1, true, titles[time].Seconds, dtime >= 0 ? titles[dtime].Seconds : null);
        }

        if (head.Columns > 3 || head.Rows.Count < FewestRowsToGuess || columns.Contains(null)) return null;
        var times = Enumerable.Range(0, head.Columns).Where(c => columns[c]!.IsTimeLike).ToList();
        if (times is not [var guessed]) return null;
        var others = Enumerable.Range(0, head.Columns).Where(c => c != guessed).OrderBy(c => columns[c]!.Distinct).ToList();
        if (others.Exists(c => !columns[c]!.IsWhole || columns[c]!.Smallest < 0 || columns[c]!.IsAscending && head.Columns == 3 && c != others[0])) return null;
        if (columns[others[0]]!.IsChannelLike) return Of(others[0], guessed, others.Count > 1 ? others[1] : -1, false, null, null);
        // Macro and micro time of photons of one detector, as Becker & Hickl export them.
        return others is [var micro] && columns[micro]!.Largest <= ushort.MaxValue && !columns[micro]!.IsAscending && columns[guessed]!.IsWhole && head.Rows.Count >= FewestRowsWithoutChannel
            ? Of(-1, guessed, micro, false, null, null) : null;
    }

    /// <summary>A unit that a comment names: "# time unit: ps".</summary>
    static double? UnitIn(IReadOnlyList<string> above) =>
        above.Select(line => UnitComment().Match(line)).Where(match => match.Success).Select(match => TimeUnits.Seconds(match.Groups[1].Value)).FirstOrDefault(unit => unit is not null);

    [GeneratedRegex(@"^(tag )?(ch|chan|chn|channel|channels|kanal|canal|canale|detector|detektor|det|input|eingang)( ?(id|no|nr|num|number|index))?\.?$")]
    private static partial Regex ChannelTitle();

    [GeneratedRegex(@"^(t|time|times|time ?stamps?|time ?tags?|zeit|zeitstempel|temps|tiempo|tempo|macro ?time|abs(olute)? ?time|arrival ?times?|toa|ticks?|photon ?time)$")]
    private static partial Regex TimeTitle();

    [GeneratedRegex(@"^(dtime|nano ?times?|micro ?times?|delay|delta ?t)$")]
    private static partial Regex DtimeTitle();

    [GeneratedRegex(@"count|cnts|intensity|events|signal|photons")]
    private static partial Regex CountTitle();

    [GeneratedRegex(@"\bunits?\b[^a-z]*(?:of time|in|is)?[^a-z]*\b(fs|ps|ns|us|µs|μs|ms|s|\w+seconds?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex UnitComment();

    static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "…";

    /// <summary>What the first rows say of a column of numbers.</summary>
    sealed record Column(bool IsWhole, double Smallest, double Largest, int Distinct, bool IsAscending, bool IsTimeLike, bool IsMostlyChannels)
    {
        /// <summary>More detectors than anybody has.</summary>
        const int MostChannels = 16, LargestCode = 63;

        /// <summary>Steps between photons are as long as chance wants; the steps of an axis are alike.</summary>
        const double LeastSpread = 0.3;

        public bool IsChannelLike => IsWhole && Smallest >= 0 && Largest <= LargestCode && Distinct <= MostChannels && !IsAscending;

        /// <returns>Null where it holds something else than numbers.</returns>
        public static Column? Of(IReadOnlyList<string[]> rows, int column, byte sign)
        {
            var values = new double[rows.Count];
            var isWhole = true;
            Span<byte> cell = stackalloc byte[64];
            for (var i = 0; i < values.Length; i++)
            {
                var text = rows[i][column];
                if (text.Length > cell.Length || !System.Text.Ascii.IsValid(text)) return null;
                var length = System.Text.Encoding.ASCII.GetBytes(text, cell);
                if (!ExactDecimal.TryParse(cell[..length], sign, out var number, out _)) return null;
                values[i] = number.Value;
                isWhole &= number.Scale <= 0;
            }
            var steps = values.Zip(values.Skip(1), (a, b) => b - a).ToArray();
            var forwards = steps.Count(step => step >= 0);
            var mean = steps.Average();
            var spread = mean > 0 ? Math.Sqrt(steps.Average(step => (step - mean) * (step - mean))) / mean : 0;
            return new(isWhole, values.Min(), values.Max(), values.Distinct().Count(), Array.TrueForAll(steps, step => step > 0),
                forwards >= 0.95 * steps.Length && mean > 0 && spread > LeastSpread && values.Distinct().Count() > 0.5 * values.Length,
                values.Count(value => value is >= 0 and < Channels.MarkerBase && value % 1 == 0) >= 0.8 * values.Length && !(values.Length > MostChannels && Array.TrueForAll(steps, step => step > 0)));
        }
    }

    /// <summary>Takes a row apart.</summary>
    /// <returns>False where a cell that is needed is missing or no number.</returns>
    static bool TryRow(ReadOnlySpan<byte> line, in Columns columns, out ExactDecimal channel, out ExactDecimal time, out ExactDecimal dtime, out bool isExact)
    {
        (channel, time, dtime, isExact) = (default, default, default, true);
        var cells = new NumberCells(line, columns.Separator);
        for (var c = 0; c <= columns.Last; c++)
        {
            if (!cells.Next(out var cell)) return false;
            if (c == columns.Time)
            {
                if (!ExactDecimal.TryParse(cell, columns.DecimalSign, out time, out isExact)) return false;
            }
            else if (c == columns.Channel)
            {
                if (!ExactDecimal.TryParse(cell, columns.DecimalSign, out channel, out _)) return false;
            }
            else if (c == columns.Dtime && !ExactDecimal.TryParse(cell, columns.DecimalSign, out dtime, out _))
            {
                return false;
            }
        }
        return true;
    }

    static bool IsComment(ReadOnlySpan<byte> line) => line.TrimStart(" \t"u8) is [(byte)'#' or (byte)'%', ..] or [(byte)'/', (byte)'/', ..];

    /// <summary>What a look at every row tells of the numbers in a column.</summary>
    struct Extent
    {
        public int Finest;
        public double Smallest, Largest;

        public void Add(in ExactDecimal number)
        {
            if (number.Scale > Finest) Finest = number.Scale;
            var value = number.Value;
            if (value < Smallest) Smallest = value;
            if (value > Largest) Largest = value;
        }

        /// <summary>Digits behind the decimal sign that are kept: all, as far as the clock has them and 62 bits hold them.</summary>
        public readonly int Scale(int most)
        {
            var scale = Math.Clamp(Finest, 0, most);
            while (scale > 0 && Math.Max(Largest, -Smallest) * Math.Pow(10, scale) > 4e18) scale--;
            return scale;
        }

        public readonly int DtimeScale()
        {
            var scale = Math.Clamp(Finest, 0, 9);
            while (scale > 0 && Largest * Math.Pow(10, scale) > int.MaxValue) scale--;
            return scale;
        }
    }

    /// <summary>A look at the whole table before it is read: how many rows, how fine, how far.</summary>
    sealed class Scan
    {
        public long Rows { get; private set; }
        public long Inexact { get; private set; }
        public int CutBytes { get; private set; }
        public ExactDecimal? First { get; private set; }
        public Extent Time, Dtime;

        /// <param name="rowsEnd">Every row ends with a line end, so that one without is cut.</param>
        public static Scan Of(ByteSource source, in Columns columns, long dataOffset, bool rowsEnd)
        {
            var scan = new Scan();
            var lines = new LineBlocks(source, dataOffset);
            while (lines.Next(out var line))
            {
                if (IsComment(line)) continue;
                if (rowsEnd && !lines.HadEnd)
                {
                    scan.CutBytes = line.Length;
                    break;
                }
                scan.Rows++;
                if (!TryRow(line, columns, out _, out var time, out var dtime, out var isExact)) continue;
                if (!isExact) scan.Inexact++;
                scan.First ??= time;
                scan.Time.Add(time);
                scan.Dtime.Add(dtime);
            }
            return scan;
        }
    }

    sealed class TagStream(ByteSource source, Columns columns, long dataOffset, Scan scan, int scale, int dtimeScale) : PhotonStream
    {
        const int Batch = 4096;

        /// <summary>Milliseconds between two words of progress.</summary>
        const long WordEvery = 200;

        public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default)
        {
            var findings = new FindingList();
            var lines = new LineBlocks(source, dataOffset);
            var backward = new Backward();
            long row = 0, unreadable = 0, strangers = 0, last = 0, events = 0;
            var (firstUnreadable, firstStranger) = ((Row: 0L, Offset: 0L, Text: ""), (Row: 0L, Offset: 0L, Code: 0.0));
            var nextWord = Environment.TickCount64 + WordEvery;
            var n = 0;

            var time = ArrayPool<long>.Shared.Rent(Batch);
            var channel = ArrayPool<short>.Shared.Rent(Batch);
            var dtime = ArrayPool<int>.Shared.Rent(Batch);
            try
            {
                void Hand()
                {
                    stop.ThrowIfCancellationRequested();
                    if (n > 0) consumer.Add(new PhotonBatch(time.AsSpan(0, n), channel.AsSpan(0, n), dtime.AsSpan(0, columns.Dtime >= 0 ? n : 0)));
                    n = 0;
                    if (progress is null || Environment.TickCount64 < nextWord) return;
                    progress.Report(row);
                    nextWord = Environment.TickCount64 + WordEvery;
                }

                for (; row < scan.Rows && lines.Next(out var line);)
                {
                    if (IsComment(line)) continue;
                    var at = row++;
                    if (!TryRow(line, columns, out var code, out var told, out var micro, out _) || told.At(scale) is not { } tick
                        || micro.At(dtimeScale) is not (>= 0 and <= int.MaxValue and var raw))
                    {
                        if (unreadable++ == 0) firstUnreadable = (at, lines.Offset, HeaderText.Narrow(line[..Math.Min(line.Length, 60)]));
                    }
                    else if (code.At(0) is not { } number || number < columns.SmallestChannel || number > columns.LargestChannel || code.Scale > 0)
                    {
                        if (strangers++ == 0) firstStranger = (at, lines.Offset, code.Value);
                    }
                    else
                    {
                        tick -= Origin;
                        if (events++ > 0 && tick < last) backward.Add(at, lines.Offset, last, tick);
                        (time[n], channel[n], dtime[n]) = (last = tick, (short)number, (int)raw);
                        n++;
                    }
                    if (n == Batch || (row & 0xFFFF) == 0) Hand();
                }
                Hand();
            }
            finally
            {
                ArrayPool<long>.Shared.Return(time);
                ArrayPool<short>.Shared.Return(channel);
                ArrayPool<int>.Shared.Return(dtime);
            }
            progress?.Report(row);

            if (row < scan.Rows)
                findings.Add(Severity.Error, "FILE_BECAME_SHORTER", $"The file became shorter while it was read; it ends before row {row:N0}.", null, row);
            if (unreadable > 0)
                findings.Add(Severity.Warning, "ROWS_UNREADABLE",
                    $"{unreadable:N0} rows do not hold the numbers that the others do, the first of them row {firstUnreadable.Row:N0}, \"{firstUnreadable.Text}\"; they were skipped.", firstUnreadable.Offset, firstUnreadable.Row);
            if (strangers > 0)
                findings.Add(Severity.Warning, "UNDEFINED_RECORDS",
                    $"{strangers:N0} rows name a channel that cannot be, the first of them row {firstStranger.Row:N0} channel {FoundText.Number(firstStranger.Code)}; codes from {columns.SmallestChannel} to {columns.LargestChannel:N0} can. They were skipped.", firstStranger.Offset, firstStranger.Row);
            backward.Tell(findings);
            return new PassReport(row, 0, 0, events > 0 ? last : 0, findings.ToList()) { BackwardSteps = backward.Count, UndefinedRecords = unreadable + strangers };
        }

        /// <summary>Where the time ran backwards: how often, first, and farthest.</summary>
        sealed class Backward
        {
            (long Row, long Offset, long From, long To) _first, _farthest;

            public long Count { get; private set; }

            public void Add(long row, long offset, long from, long to)
            {
                if (Count++ == 0) _first = (row, offset, from, to);
                if (Count == 1 || from - to > _farthest.From - _farthest.To) _farthest = (row, offset, from, to);
            }

            public void Tell(FindingList findings)
            {
                if (Count > 0)
                    findings.Add(Severity.Warning, "BACKWARD_STEPS", string.Create(CultureInfo.InvariantCulture,
                        $"Time runs backwards {Count:N0} times, first at row {_first.Row:N0} by {_first.From - _first.To:N0} ticks (from {_first.From:N0} to {_first.To:N0}), farthest at row {_farthest.Row:N0} by {_farthest.From - _farthest.To:N0} ticks. The order of the file was kept."),
                        _first.Offset, _first.Row);
            }
        }
    }
}
