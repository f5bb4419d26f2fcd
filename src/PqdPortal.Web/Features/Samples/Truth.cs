using System.Text.Json;
using PqdPortal.Data.Analyses;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Samples;

/// <summary>What a simulated dot was made of, beside the quantities that should find it.</summary>
/// <param name="Title">As people read it, with its unit.</param>
/// <param name="Text">The true value for people.</param>
/// <param name="Number">The true value, where it is a number.</param>
/// <param name="Names">Quantities that measure it, the better ones first.</param>
public sealed record TruthRow(string Title, string Text, double? Number, IReadOnlyList<string> Names);

/// <summary>Reads the truth kept with a simulated dot.</summary>
public static class Truth
{
    static readonly IReadOnlyList<(string Name, string Title, IReadOnlyList<string> Measured)> Known =
    [
        ("g2_0", "g2(0)", ["g2_0_corr", "g2_0", "g2_0_fit"]),
        ("g2_0_raw", "g2(0) with its background", ["g2_0_raw"]),
        ("n_emitters", "emitters", ["n_emitters"]),
        ("t1_ns", "antibunching time t1 (ns)", ["t1_ns"]),
        ("a", "bunching amplitude a", ["a"]),
        ("t2_ns", "bunching time t2 (ns)", ["t2_ns"]),
        ("tau_ns", "lifetime τ (ns)", ["tau_ns"]),
        ("total_cps", "rate of all detectors (s⁻¹)", [NewestResults.TotalRate]),
        ("background_cps", "background of all detectors (s⁻¹)", []),
        ("on_fraction", "share of time ON", ["on_fraction"]),
        ("duration_s", "duration (s)", ["duration_s"]),
        ("single_emitter", "single photon emitter", []),
    ];

    /// <summary>The known facts in their order; empty without a truth.</summary>
    /// <param name="json">What the simulator wrote beside the file, whole or only its truth.</param>
    public static IReadOnlyList<TruthRow> Of(string? json)
    {
        if (string.IsNullOrWhiteSpace(json)) return [];
        using var document = JsonDocument.Parse(json);
        var truth = document.RootElement;
        if (truth.ValueKind == JsonValueKind.Object && truth.TryGetProperty("truth", out var inner)) truth = inner;
        if (truth.ValueKind != JsonValueKind.Object) return [];

        var rows = new List<TruthRow>();
        foreach (var (name, title, measured) in Known)
            if (truth.TryGetProperty(name, out var value))
                switch (value.ValueKind)
                {
                    case JsonValueKind.Number:
                        rows.Add(new TruthRow(title, Numbers.Plain(value.GetDouble()), value.GetDouble(), measured));
                        break;
                    case JsonValueKind.Array when value.EnumerateArray().All(part => part.ValueKind == JsonValueKind.Number):
                        var sum = value.EnumerateArray().Sum(part => part.GetDouble());
                        rows.Add(new TruthRow(title, Numbers.Plain(sum), sum, measured));
                        break;
                    case JsonValueKind.String:
                        rows.Add(new TruthRow(title, value.GetString()!, null, measured));
                        break;
                }

        return rows;
    }
}
