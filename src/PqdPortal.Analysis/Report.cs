using System.Text.Json.Nodes;

namespace PqdPortal.Analysis;

/// <summary>How far a number may be trusted.</summary>
public enum Grade { Ok, Warn, Refused }

/// <summary>One reported number with its uncertainty, or one reported text (unit "text"). Names and units are those of the command-line contract.</summary>
/// <param name="Name">Contract name, such as <c>g2_0_corr</c>.</param>
/// <param name="Value">The number; null where the result is refused. Never clipped to a physical range, never NaN or infinite.</param>
/// <param name="Sigma">One standard deviation; null only where none can be had.</param>
/// <param name="Lo95">Lower end of the 95 % interval.</param>
/// <param name="Hi95">Upper end of the 95 % interval.</param>
/// <param name="Unit">Unit as in the contract name; "1" for a pure number, "text" for a text.</param>
public sealed record Quantity(string Name, double? Value, double? Sigma, double? Lo95, double? Hi95, string Unit)
{
    /// <summary>Events (photons, pairs) the number rests on.</summary>
    public long? N { get; init; }

    /// <summary>How the uncertainty was made: fisher, profile, block-bootstrap, exact-poisson ...</summary>
    public string? Method { get; init; }

    public Grade Grade { get; init; } = Grade.Ok;

    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>The text of a quantity that is text.</summary>
    public string? Text { get; init; }

    /// <summary>A number with a symmetric normal 95 % interval.</summary>
    public static Quantity Of(string name, double value, double? sigma, string unit) =>
        Finite(value) is not { } v ? Refused(name, unit)
        : Finite(sigma) is { } s ? new(name, v, s, v - 1.959964 * s, v + 1.959964 * s, unit)
        : new(name, v, null, null, null, unit);

    /// <summary>A number that is withheld; the reason stands in the report's messages.</summary>
    public static Quantity Refused(string name, string unit, params string[] flags) =>
        new(name, null, null, null, null, unit) { Grade = Grade.Refused, Flags = flags };

    static double? Finite(double? x) => x is { } v && double.IsFinite(v) ? v : null;
}

/// <summary>A judgement in a few fixed words, with its because.</summary>
public sealed record Verdict(string Name, string Value, string Why);

/// <summary>What the person should know about a result: a code of the fixed list, and what was seen, what it does, what to do next.</summary>
public sealed record Message(string Code, string Text)
{
    /// <summary>The item it speaks of, where a request covers several.</summary>
    public string? Item { get; init; }

    /// <summary>Where in the item's text it is [characters, from 1].</summary>
    public int? Position { get; init; }

    /// <summary>The item's text as it may have been meant.</summary>
    public string? Suggestion { get; init; }
}

/// <summary>An axis or series of a curve. Values are finite; what is unknown is null.</summary>
public sealed record Series(string Name, string Unit, IReadOnlyList<double?> Values)
{
    /// <summary>One standard deviation of each value, where the values have one.</summary>
    public IReadOnlyList<double?>? Sigma { get; init; }
}

/// <summary>One named curve of a report.</summary>
public sealed record Curve(string Name, Series X, Series? Y)
{
    /// <summary>The fitted model on the same x, where there is one.</summary>
    public IReadOnlyList<double?>? Fit { get; init; }

    /// <summary>Further series on the same x, by name: counts, lo68, hi68, residual, masked ...</summary>
    public IReadOnlyDictionary<string, Series> More { get; init; } = new Dictionary<string, Series>();
}

/// <summary>One input of an analysis, as the report names it.</summary>
public sealed record ReportInput(string Name, string File, string Sha256);

/// <summary>What an analysis says of its inputs: the same on the command line, over the API and on the page.</summary>
public sealed record AnalysisReport(string Analysis, int Version)
{
    public IReadOnlyList<ReportInput> Inputs { get; init; } = [];

    /// <summary>All parameters, defaults included, by contract name and in contract units.</summary>
    public JsonObject Parameters { get; init; } = [];

    public IReadOnlyList<Quantity> Quantities { get; init; } = [];
    public IReadOnlyList<Verdict> Verdicts { get; init; } = [];
    public IReadOnlyList<Message> Messages { get; init; } = [];
    public IReadOnlyList<Curve> Curves { get; init; } = [];

    public Quantity? Quantity(string name) => Quantities.FirstOrDefault(q => q.Name == name);
    public Verdict? Verdict(string name) => Verdicts.FirstOrDefault(v => v.Name == name);
    public Curve? Curve(string name) => Curves.FirstOrDefault(c => c.Name == name);
}
