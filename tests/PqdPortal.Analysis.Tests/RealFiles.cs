using System.Text.Json.Nodes;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests;

/// <summary>
/// Real instrument files with values computed by decoders independent of this project. They lie in a folder
/// shared/data/real beside the repository; without it the tests that need them are skipped and say so.
/// </summary>
static class RealFiles
{
    public static string? Folder { get; } = Find();

    public static string Path(string name) => System.IO.Path.Combine(Folder!, name);

    /// <summary>What the independent decoders found, by file name.</summary>
    public static IReadOnlyDictionary<string, JsonNode> Golden() =>
        JsonNode.Parse(File.ReadAllText(Path("MANIFEST.json")))!["files"]!.AsArray()
            .ToDictionary(f => f!["name"]!.GetValue<string>(), f => f!);

    /// <summary>What the portal says of one of them.</summary>
    public static JsonObject Info(string name)
    {
        using var stream = File.OpenRead(Path(name));
        return FileSummary.Of(stream, new ReadingChoices
        {
            Beside = extension => File.Exists(System.IO.Path.ChangeExtension(Path(name), extension)) ? File.OpenRead(System.IO.Path.ChangeExtension(Path(name), extension)) : null,
        }).ToJson(name);
    }

    static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var folder = System.IO.Path.Combine(at.FullName, "shared", "data", "real");
            if (File.Exists(System.IO.Path.Combine(folder, "MANIFEST.json"))) return folder;
        }
        return null;
    }
}

/// <summary>A test over the real files; skipped where they are not at hand.</summary>
sealed class RealFileFactAttribute : FactAttribute
{
    public RealFileFactAttribute()
    {
        if (RealFiles.Folder is null) Skip = "no folder shared/data/real beside the repository";
    }
}

/// <inheritdoc cref="RealFileFactAttribute"/>
sealed class RealFileTheoryAttribute : TheoryAttribute
{
    public RealFileTheoryAttribute()
    {
        if (RealFiles.Folder is null) Skip = "no folder shared/data/real beside the repository";
    }
}
