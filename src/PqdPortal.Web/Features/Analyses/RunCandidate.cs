using System.Globalization;
using System.Text.Json;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>A run as far as it matters whether another is computed with its help.</summary>
/// <param name="At">When it was measured, or recorded where that is not known.</param>
public sealed record RunCandidate(Guid Id, string Name, DateTimeOffset At)
{
    public Guid? InstrumentId { get; init; }

    /// <summary>Name of the set-up, where one is recorded.</summary>
    public string? Instrument { get; init; }
    public Guid? EmitterId { get; init; }
    public string? Dot { get; init; }
    public string? FileName { get; init; }

    /// <summary>What its file holds: photon-stream, histogram, image ...; null where that is not known.</summary>
    public string? Kind { get; init; }

    /// <summary>The device that wrote the file, as its header names it; null where it does not.</summary>
    public string? Device { get; init; }

    /// <summary>Width of a micro-time or histogram channel [s].</summary>
    public double? ChannelWidth { get; init; }

    /// <summary>Channels of a photon stream with their photons, by raw code, ascending.</summary>
    public IReadOnlyList<(int Channel, long Count)> Channels { get; init; } = [];

    /// <summary>True where both came from one set-up: the recorded one, or the same device by its serial number.</summary>
    public bool IsOfSetupOf(RunCandidate other) =>
        InstrumentId is { } mine && other.InstrumentId is { } theirs ? mine == theirs : Device is { } device && device == other.Device;

    /// <summary>True where both have the same channel width.</summary>
    public bool HasResolutionOf(RunCandidate other) =>
        ChannelWidth is { } mine && other.ChannelWidth is { } theirs && Math.Abs(mine - theirs) <= 1e-6 * theirs;

    /// <summary>With what the stored summary of its file says of device, resolution and channels.</summary>
    public RunCandidate WithSummary(string? summary)
    {
        if (string.IsNullOrWhiteSpace(summary)) return this;
        using var json = JsonDocument.Parse(summary);
        var root = json.RootElement;
        var header = root.TryGetProperty("header", out var tags) && tags.ValueKind == JsonValueKind.Object ? tags : default;
        return this with { Device = DeviceOf(header), ChannelWidth = Number(root, "dtime_unit_s") ?? FirstBin(root), Channels = ChannelsOf(root) };
    }

    static string? DeviceOf(JsonElement header)
    {
        if (header.ValueKind != JsonValueKind.Object) return null;
        var serial = Text(header, "HW_SerialNo");
        return serial is null ? null : $"{Text(header, "HW_Type")} {serial}".Trim();
    }

    static IReadOnlyList<(int, long)> ChannelsOf(JsonElement root) =>
        !root.TryGetProperty("events_by_channel", out var events) || events.ValueKind != JsonValueKind.Object ? []
        : [.. events.EnumerateObject().Select(one => (Channel: int.Parse(one.Name, CultureInfo.InvariantCulture), Count: one.Value.GetInt64()))
            .Where(one => one.Channel is >= 0 and < 100).OrderBy(one => one.Channel)];

    static double? FirstBin(JsonElement root)
    {
        if (!root.TryGetProperty("curves", out var curves) || curves.ValueKind != JsonValueKind.Array) return null;
        foreach (var curve in curves.EnumerateArray())
            if (Number(curve, "bin_s") is { } width) return width;
        return null;
    }

    static double? Number(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
