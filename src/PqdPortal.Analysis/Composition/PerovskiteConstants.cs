using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Composition;

/// <summary>Band gaps, emission, masses and dielectric constants of the end members, with where each was read and how sure it is.</summary>
/// <remarks>
/// The product's own copy of the table, perovskite-constants.json beside this file. A value marked "recalled" was not read again when the
/// table was made: it may enter an estimate with its uncertainty and never decides anything.
/// </remarks>
public static class PerovskiteConstants
{
    /// <summary>Photon energy times wavelength [meV nm], CODATA 2018.</summary>
    public const double Hc = 1_239_841.984;

    /// <summary>hbar^2/(2 m0) [meV nm^2], CODATA 2018.</summary>
    public const double KineticUnit = 38.09982;

    /// <summary>e^2/(4 pi eps0) [meV nm], CODATA 2018.</summary>
    public const double CoulombUnit = 1439.964548;

    static readonly JsonObject Table = (JsonObject)JsonNode.Parse(Text())!;

    /// <summary>The table as it is kept.</summary>
    internal static string Text()
    {
        using var stream = typeof(PerovskiteConstants).Assembly.GetManifestResourceStream("perovskite-constants.json")!;
        return new StreamReader(stream).ReadToEnd();
    }

    /// <summary>Full citations by the short name that a constant's source gives.</summary>
    public static IReadOnlyDictionary<string, string> Sources { get; } =
        Table["sources"]!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>());

    /// <summary>A constant of an end member, such as bulk_pl_300K_eV of CsPbBr3; null where the table has none.</summary>
    public static MaterialConstant? Of(string material, string name) => Read(Table["materials"]![material]?[name]);

    /// <summary>What bends the energy between two end members, such as X:I-Br [eV].</summary>
    public static MaterialConstant? Bowing(string between) => Read(Table["bowing_eV"]![between]);

    static MaterialConstant? Read(JsonNode? row) => row?["value"] is not JsonValue value ? null
        : new(value.GetValue<double>(), row["uncertainty"]?.GetValue<double>() ?? 0, row["confidence"]?.GetValue<string>() ?? "not stated")
        {
            Sources = [.. (row["source"] as JsonArray ?? []).Select(source => source!.GetValue<string>())],
            Second = row["second"]?["value"]?.GetValue<double>(),
            SecondSource = row["second"]?["source"]?.GetValue<string>(),
            Note = row["note"]?.GetValue<string>(),
        };
}

/// <summary>One constant with its uncertainty.</summary>
/// <param name="Confidence">"recalled", "two sources agree", "two sources DISAGREE" ...</param>
public sealed record MaterialConstant(double Value, double Sigma, string Confidence)
{
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>What a second source says.</summary>
    public double? Second { get; init; }
    public string? SecondSource { get; init; }
    public string? Note { get; init; }
}
