using System.Text.Json.Nodes;

namespace PqdPortal.Client.Records;

/// <summary>All that an analysis says of its inputs, as the command line writes it. Numbers, verdicts and curves stand under their contract names.</summary>
/// <param name="Analysis">Catalogue key, such as g2.cw.</param>
/// <param name="Version">Of the analysis; the same input gives the same numbers as long as it stays.</param>
/// <param name="Software">Program, version and commit that computed it.</param>
/// <param name="Parameters">All parameters by contract name, defaults included.</param>
public sealed record ReportRecord(
    string Analysis, int Version, string Software, IReadOnlyList<ReportInputRecord> Inputs, JsonObject Parameters,
    IReadOnlyDictionary<string, QuantityRecord> Quantities, IReadOnlyDictionary<string, ReportVerdictRecord> Verdicts,
    IReadOnlyList<ReportMessageRecord> Messages, IReadOnlyDictionary<string, ReportCurveRecord> Curves);

/// <summary>A file that was computed from.</summary>
public sealed record ReportInputRecord(string Name, string File, string Sha256);

/// <summary>One number with its uncertainty, or one text.</summary>
/// <param name="Value">The number, or the text where the unit is "text"; null where the result is refused.</param>
/// <param name="Sigma">One standard deviation.</param>
/// <param name="Lo95">Lower end of the 95 % interval.</param>
/// <param name="Hi95">Upper end of the 95 % interval.</param>
/// <param name="Unit">"1" for a pure number.</param>
/// <param name="N">Events (photons, pairs) the number rests on.</param>
/// <param name="Method">How the uncertainty was made.</param>
/// <param name="Grade">ok, warn or refused.</param>
public sealed record QuantityRecord(
    JsonNode? Value, double? Sigma, double? Lo95, double? Hi95, string Unit, long? N, string? Method, string Grade, IReadOnlyList<string> Flags);

/// <summary>A judgement with its because.</summary>
public sealed record ReportVerdictRecord(string Value, string Why);

/// <summary>What one should know of the result.</summary>
/// <param name="Code">Of the fixed list.</param>
/// <param name="Item">What it speaks of, where the request covered several.</param>
public sealed record ReportMessageRecord(string Code, string Text, string? Item = null);

/// <summary>A curve as it stands in a report.</summary>
/// <param name="Fit">The fitted model on the same x.</param>
/// <param name="More">Further series on the same x, by name: counts, lo68, hi68, residual ...</param>
public sealed record ReportCurveRecord(SeriesRecord X, SeriesRecord? Y, IReadOnlyList<double?>? Fit, IReadOnlyDictionary<string, SeriesRecord>? More);

/// <summary>One named curve of a result, whole, as lists of numbers.</summary>
/// <param name="Name">Contract name, such as g2.</param>
/// <param name="Analysis">The result it belongs to.</param>
/// <param name="Kind">Catalogue key of the analysis, such as g2.cw.</param>
/// <param name="X">The axis: all series have as many values.</param>
/// <param name="Y">What was found; null for a list of marks.</param>
/// <param name="Fit">The fitted model on the same x; null where there is none.</param>
/// <param name="More">Further series on the same x, by name: counts, lo68, hi68, residual ...</param>
public sealed record CurveRecord(
    string Name, Guid Analysis, string Kind, SeriesRecord X, SeriesRecord? Y, IReadOnlyList<double?>? Fit, IReadOnlyDictionary<string, SeriesRecord> More);

/// <summary>An axis or series of a curve. What is unknown is null; NaN does not occur.</summary>
/// <param name="Unit">"1" for a pure number.</param>
/// <param name="Sigma">One standard deviation of each value, where the values have one.</param>
public sealed record SeriesRecord(string Name, string Unit, IReadOnlyList<double?> Values, IReadOnlyList<double?>? Sigma);

/// <summary>What a curve of a result is, without its numbers.</summary>
/// <param name="XUnit">Unit of the axis.</param>
/// <param name="YUnit">Unit of the values; null for a list of marks.</param>
/// <param name="Points">Values of each series.</param>
public sealed record CurveEntry(string Name, string XName, string XUnit, string? YName, string? YUnit, int Points);
