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
            Findings = Member(root, "findings") is { ValueKind: JsonValueKind.Array } findings
                ? [.. findings.EnumerateArray().Select(f => new FormatFinding(Text(f, "severity") ?? "info", Text(f, "code") ?? "", Text(f, "message") ?? "", Whole(f, "offset"), Whole(f, "record")))]
                : [],
            Header = Member(root, "header") is { ValueKind: JsonValueKind.Object } header
                ? [.. header.EnumerateObject().Select(tag => (tag.Name, tag.Value.ValueKind == JsonValueKind.String ? tag.Value.GetString()! : tag.Value.GetRawText()))]
                : [],
        };
    }

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

/// <summary>Something odd in a file.</summary>
/// <param name="Severity">info, warning or error.</param>
public sealed record FormatFinding(string Severity, string Code, string Message, long? Offset, long? Record);
