using System.Globalization;
using System.Text.Json;

namespace PqdPortal.Web.Features.Runs;

/// <summary>What reading a file found, taken from its stored summary; what the summary does not say is null.</summary>
public sealed record FormatFacts
{
    public string? Format { get; init; }
    public string? Kind { get; init; }
    public string? RecordType { get; init; }
    public string? Mode { get; init; }

    /// <summary>When the instrument says it measured, as the file has it (its own clock, no time zone).</summary>
    public string? MeasuredAt { get; init; }

    /// <summary>Length of a tick, of the sync period, of a micro-time step [s].</summary>
    public double? Tick { get; init; }
    public double? SyncPeriod { get; init; }
    public double? ChannelWidth { get; init; }

    /// <summary>Duration [s], and who says so: header or records.</summary>
    public double? Duration { get; init; }
    public string? DurationSource { get; init; }

    /// <summary>From the first to the last event that was found [s].</summary>
    public double? Span { get; init; }
    public long? Declared { get; init; }
    public long? Read { get; init; }
    public long? TrailingBytes { get; init; }
    public long? OverflowRecords { get; init; }
    public long? OverflowWraps { get; init; }
    public long? BackwardSteps { get; init; }

    /// <summary>Photons per channel, by raw code, ascending.</summary>
    public IReadOnlyList<(int Channel, long Count)> Channels { get; init; } = [];
    public long? SyncEvents { get; init; }

    /// <summary>Markers by their bits.</summary>
    public IReadOnlyList<(int Bits, long Count)> Markers { get; init; } = [];
    /// <summary>Histograms in file order.</summary>
    public IReadOnlyList<CurveFacts> Curves { get; init; } = [];

    /// <summary>The axis of spectra, and what counts up from one to the next where the file says; name and unit.</summary>
    public (string Name, string Unit)? Axis { get; init; }
    public (string Name, string Unit)? Along { get; init; }

    /// <summary>Spectra in file order.</summary>
    public IReadOnlyList<SpectrumFacts> Spectra { get; init; } = [];

    /// <summary>Images in file order.</summary>
    public IReadOnlyList<ImageFacts> Images { get; init; } = [];

    /// <summary>Columns of a table, how many rows it has, and the first of them.</summary>
    public IReadOnlyList<ColumnFacts> Columns { get; init; } = [];
    public long? Rows { get; init; }
    public IReadOnlyList<IReadOnlyList<string>> FirstRows { get; init; } = [];
    public IReadOnlyList<FormatFinding> Findings { get; init; } = [];

    /// <summary>Header tags in file order where the store kept it, name to value as text.</summary>
    public IReadOnlyList<(string Name, string Value)> Header { get; init; } = [];

    public long Photons => Channels.Sum(channel => channel.Count);

    /// <summary>Reads the stored summary; null where there is none yet.</summary>
    public static FormatFacts? Of(string? summary)
    {
        if (string.IsNullOrWhiteSpace(summary)) return null;
        using var json = JsonDocument.Parse(summary);
        var root = json.RootElement;
        var records = Member(root, "records");
        var tick = Number(root, "time_unit_s");
        var events = Member(root, "events_by_channel") is { ValueKind: JsonValueKind.Object } counted
            ? counted.EnumerateObject().Select(e => (Channel: int.Parse(e.Name, CultureInfo.InvariantCulture), Count: e.Value.GetInt64())).OrderBy(e => e.Channel).ToList()
            : [];
        return new FormatFacts
        {
            Format = Text(root, "format"), Kind = Text(root, "kind"), RecordType = Text(root, "record_type"), Mode = Text(root, "mode"),
            MeasuredAt = Text(root, "measured_at"),
            Tick = tick, SyncPeriod = Number(root, "sync_period_s"), ChannelWidth = Number(root, "dtime_unit_s"),
            Duration = Number(root, "duration_s"), DurationSource = Text(root, "duration_source"),
            Span = FirstToLast(root) is { } ticks && tick is { } length ? ticks * length : null,
            Declared = Whole(records, "declared"), Read = Whole(records, "read"), TrailingBytes = Whole(records, "trailing_bytes"),
            OverflowRecords = Whole(root, "overflow_records"), OverflowWraps = Whole(root, "overflow_wraps"), BackwardSteps = Whole(root, "backward_steps"),
            Channels = [.. events.Where(e => e.Channel is >= 0 and < 100)],
            SyncEvents = events.Where(e => e.Channel == -1).Select(e => (long?)e.Count).FirstOrDefault(),
            Markers = [.. events.Where(e => e.Channel >= 100).Select(e => (e.Channel - 100, e.Count))],
            Curves = [.. Items(root, "curves").Select(c => new CurveFacts(
                Text(c, "name"), (int?)Whole(c, "channel"), Text(c, "meaning"), Whole(c, "bins") ?? 0, Number(c, "bin_s"), Whole(c, "sum") ?? 0, Whole(c, "max") ?? 0, Whole(c, "argmax")))],
            Axis = Pair(root, "axis"), Along = Pair(root, "along"),
            Spectra = [.. Items(root, "spectra").Select(s => new SpectrumFacts(Text(s, "name"), Number(s, "at"), Whole(s, "points") ?? 0, First(s, "first"), First(s, "last")))],
            Images = [.. Items(root, "images").Select(ImageOf)],
            Columns = [.. Items(root, "columns").Select(c => new ColumnFacts(Text(c, "name") ?? "", Text(c, "holds") == "numbers", Whole(c, "missing") ?? 0, Number(c, "smallest"), Number(c, "largest")))],
            Rows = Whole(root, "rows"),
            FirstRows = [.. Items(root, "first_rows").Where(row => row.ValueKind == JsonValueKind.Array).Select(row => (IReadOnlyList<string>)[.. row.EnumerateArray().Select(Cell)])],
            Findings = Member(root, "findings") is { ValueKind: JsonValueKind.Array } findings
                ? [.. findings.EnumerateArray().Select(f => new FormatFinding(Text(f, "severity") ?? "info", Text(f, "code") ?? "", Text(f, "message") ?? "", Whole(f, "offset"), Whole(f, "record")))]
                : [],
            Header = Member(root, "header") is { ValueKind: JsonValueKind.Object } header
                ? [.. header.EnumerateObject().Select(tag => (tag.Name, tag.Value.ValueKind == JsonValueKind.String ? tag.Value.GetString()! : tag.Value.GetRawText()))]
                : [],
        };
    }

    static ImageFacts ImageOf(JsonElement image)
    {
        var shape = Items(image, "shape").Select(side => side.GetInt64()).ToList();
        var pixel = Items(image, "pixel_size_m").Select(side => side.GetDouble()).ToList();
        return new(Text(image, "name"), shape is [var rows, ..] ? rows : 0, shape is [_, var columns, ..] ? columns : 0, Whole(image, "frames") ?? 1, Text(image, "values"),
            pixel is [var down, var across] ? (down, across) : null, Text(image, "pixel_size_source"));
    }

    static IEnumerable<JsonElement> Items(JsonElement of, string name) => Member(of, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    static (string, string)? Pair(JsonElement of, string name) => Member(of, name) is { } axis ? (Text(axis, "name") ?? "", Text(axis, "unit") ?? "") : null;

    /// <summary>The x of a point.</summary>
    static double? First(JsonElement of, string name) => Items(of, name).FirstOrDefault() is { ValueKind: JsonValueKind.Number } x ? x.GetDouble() : null;

    static string Cell(JsonElement cell) => cell.ValueKind switch { JsonValueKind.String => cell.GetString()!, JsonValueKind.Null => "", _ => cell.GetRawText() };

    static double? FirstToLast(JsonElement root) =>
        Member(root, "first_events") is { ValueKind: JsonValueKind.Array } first && first.GetArrayLength() > 0
        && Whole(root, "last_tick") is { } last && first[0].GetArrayLength() > 1 && first[0][1].TryGetInt64(out var begin)
            ? last - begin : null;

    static JsonElement? Member(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    static string? Text(JsonElement? of, string name) => Member(of, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
    static double? Number(JsonElement? of, string name) => Member(of, name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;
    static long? Whole(JsonElement? of, string name) => Member(of, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;
}

/// <summary>One histogram.</summary>
/// <param name="Meaning">decay, coincidences, or null where the file does not say.</param>
/// <param name="BinWidth">[s]</param>
/// <param name="At">Bin that holds the maximum.</param>
public sealed record CurveFacts(string? Name, int? Channel, string? Meaning, long Bins, double? BinWidth, long Sum, long Max, long? At);

/// <summary>One spectrum: where it stands along the series, its points, both ends of its axis.</summary>
public sealed record SpectrumFacts(string? Name, double? At, long Points, double? From, double? To);

/// <summary>One image.</summary>
/// <param name="Values">Type of the raw values, such as u2.</param>
/// <param name="Pixel">From row to row and from column to column [m]; null where the file gives no length.</param>
/// <param name="Source">The field of the file that says so.</param>
public sealed record ImageFacts(string? Name, long Rows, long Columns, long Frames, string? Values, (double Row, double Column)? Pixel, string? Source);

/// <summary>One column of a table.</summary>
/// <param name="Title">What stands above it in the file.</param>
/// <param name="Missing">Cells that are empty or, among numbers, no number.</param>
public sealed record ColumnFacts(string Title, bool HoldsNumbers, long Missing, double? Smallest, double? Largest);

/// <summary>Something odd in a file.</summary>
/// <param name="Severity">info, warning or error.</param>
public sealed record FormatFinding(string Severity, string Code, string Message, long? Offset, long? Record);
