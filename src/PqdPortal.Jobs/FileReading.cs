using System.Text.Json.Nodes;
using PqdPortal.Analysis.Readers;
using PqdPortal.Data.Runs;

namespace PqdPortal.Jobs;

/// <summary>How a file of a run is read: its bytes, what a person chose for it, and the settings that lie beside it.</summary>
/// <param name="Sha256">Of the file, lower-case hex.</param>
/// <param name="Layout">Chosen layout of the records; null leaves it to the content.</param>
/// <param name="TimeUnit">Chosen unit of the times in a table [s]; null leaves it to the content.</param>
/// <param name="Beside">Extension in lower case to hash of the files beside it.</param>
/// <remarks>Two readings that are equal give the same measurement, whatever the file is called; an analysis keeps the one it was computed from.</remarks>
public sealed record FileReading(string Sha256, string? Layout, double? TimeUnit, IReadOnlyDictionary<string, string> Beside)
{
    /// <summary>As the run has it now.</summary>
    /// <param name="all">The files of the run.</param>
    public static FileReading Of(RunFile file, IEnumerable<RunFile> all) => WithAllBeside(file, all.Where(other => other.Role == RunFile.Settings));

    /// <summary>With all files of the same name beside it, whether they were found to be settings or not yet.</summary>
    internal static FileReading WithAllBeside(RunFile file, IEnumerable<RunFile> all) => new(file.Sha256, file.Layout, file.TimeUnit, all
        .Where(other => other.Id != file.Id && Companions.AreBeside(file.Name, other.Name))
        .GroupBy(other => Path.GetExtension(other.Name).ToLowerInvariant())
        // Of two with one name the later one counts.
        .ToDictionary(same => same.Key, same => same.MaxBy(other => (other.AddedAt, other.Id))!.Sha256));

    /// <summary>In an analysis' inputs: the hash alone where nothing was chosen, nothing lies beside and it is the run's own.</summary>
    /// <param name="run">The run it was taken from, where that is another.</param>
    internal JsonNode ToJson(Guid? run = null)
    {
        if (Layout is null && TimeUnit is null && Beside.Count == 0 && run is null) return JsonValue.Create(Sha256);
        var json = new JsonObject { ["sha256"] = Sha256 };
        if (run is { } other) json["run"] = other.ToString();
        if (Layout is not null) json["layout"] = Layout;
        if (TimeUnit is not null) json["time_unit_s"] = TimeUnit;
        if (Beside.Count > 0)
            json["beside"] = new JsonObject(Beside.OrderBy(other => other.Key, StringComparer.Ordinal).Select(other => KeyValuePair.Create(other.Key, (JsonNode?)other.Value)));
        return json;
    }

    internal static FileReading Of(JsonNode json) => json is JsonObject told
        ? new((string)told["sha256"]!, (string?)told["layout"], (double?)told["time_unit_s"],
            told["beside"]?.AsObject().ToDictionary(other => other.Key, other => (string)other.Value!) ?? [])
        : new((string)json!, null, null, new Dictionary<string, string>());

    /// <summary>One name for what comes of it.</summary>
    public string Key => ToJson().ToJsonString();

    /// <summary>What a reader is told beside the file itself.</summary>
    /// <param name="copies">Where the files beside it lie.</param>
    /// <param name="used">Hears the hash of each that the reader opened.</param>
    internal ReadingChoices Choices(LocalCopy copies, Action<string>? used, CancellationToken stop) => new()
    {
        Layout = Layout,
        TimeUnit = TimeUnit,
        Beside = extension =>
        {
            if (!Beside.TryGetValue(extension.ToLowerInvariant(), out var sha256)) return null;
            used?.Invoke(sha256);
            // Readers run on threads of their own, where waiting keeps nobody else.
            return copies.Open(sha256, stop).GetAwaiter().GetResult();
        },
    };
}
