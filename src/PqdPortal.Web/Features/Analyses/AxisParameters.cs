using System.Globalization;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>What a stretch drawn up in a figure means for the options of its analysis: the longest delay of a correlation, the part of a measurement.</summary>
public static class AxisParameters
{
    /// <summary>The parameters that the stretch sets, as they are typed; none where the axis stands for no parameter.</summary>
    /// <param name="from">Beginning of the stretch, in the unit of the curve's axis.</param>
    public static IReadOnlyList<(string Name, string Text)> Of(AnalysisKind kind, Curve curve, double from, double to)
    {
        if (!double.IsFinite(from) || !double.IsFinite(to) || from > to || Seconds(curve.X.Unit) is not { } unit) return [];
        if (IsMeasurementTime(curve))
            return [("selection.from_s", from <= 0 ? "" : Text(from * unit, Fields("from_s"))), ("selection.to_s", to >= End(curve) ? "" : Text(Math.Max(to, 0) * unit, Fields("to_s")))];

        // Both sides of zero: the range is the longer one.
        if (kind.Parameters.FirstOrDefault(spec => spec.Name.StartsWith("range_", StringComparison.Ordinal) && Seconds(spec.Unit) is not null) is { } range)
            return Set(range, Math.Max(Math.Abs(from), Math.Abs(to)) * unit);

        var ends = kind.Parameters.FirstOrDefault(spec => IsEnd(spec, "from")) is { } begin && kind.Parameters.FirstOrDefault(spec => IsEnd(spec, "to")) is { } end
            ? (begin, end) : ((ParameterSpec, ParameterSpec)?)null;
        return ends is var (first, last) ? [.. Set(first, from * unit), .. Set(last, to * unit)] : [];
    }

    static IReadOnlyList<(string, string)> Set(ParameterSpec spec, double seconds) => [(spec.Name, Text(seconds / Seconds(spec.Unit)!.Value, spec))];

    /// <summary>"from_s", "fit_from_ns".</summary>
    static bool IsEnd(ParameterSpec spec, string which) =>
        Seconds(spec.Unit) is not null && spec.Type == "number" && spec.Name.Split('_') is { Length: >= 2 } words && words[^2] == which;

    /// <summary>A trace lies over seconds; the time after a pulse is told in shorter units.</summary>
    static bool IsMeasurementTime(Curve curve) => curve.X is { Name: "time", Unit: "s" };

    static double End(Curve curve) => curve.X.Values.LastOrDefault(x => x is not null) ?? 0;

    static ParameterSpec Fields(string name) => SelectionForm.Fields.First(spec => spec.Name == name);

    /// <summary>Three digits are what a hand can aim at.</summary>
    static string Text(double value, ParameterSpec spec) =>
        Math.Clamp(double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), spec.Min ?? double.MinValue, spec.Max ?? double.MaxValue)
            .ToString("0.############", CultureInfo.InvariantCulture);

    static double? Seconds(string unit) => unit switch
    {
        "s" => 1, "ms" => 1e-3, "us" => 1e-6, "ns" => 1e-9, "ps" => 1e-12, "fs" => 1e-15, _ => null,
    };
}
