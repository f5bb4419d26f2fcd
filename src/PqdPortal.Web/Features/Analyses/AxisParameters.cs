using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>What a stretch drawn up in a figure means for the options of its analysis: the longest delay of a correlation, the part of a measurement.</summary>
public static class AxisParameters
{
    /// <summary>The parameters that the stretch sets, as they are typed; none where the axis stands for no parameter.</summary>
    /// <param name="from">Beginning of the stretch, in the unit of the curve's axis.</param>
    /// <param name="asked">The parameters of the result: a trace of a part of the measurement counts from the beginning of that part.</param>
    public static IReadOnlyList<(string Name, string Text)> Of(AnalysisKind kind, Curve curve, double from, double to, JsonObject? asked = null)
    {
        if (!double.IsFinite(from) || !double.IsFinite(to) || from > to || Seconds(curve.X.Unit) is not { } unit) return [];
        if (IsMeasurementTime(curve)) return Stretch(curve, from, to, asked?[SelectionForm.Name] as JsonObject);

        // Both sides of zero: the range is the longer one.
        if (kind.Parameters.FirstOrDefault(spec => spec.Name.StartsWith("range_", StringComparison.Ordinal) && Seconds(spec.Unit) is not null) is { } range)
            return Set(range, Math.Max(Math.Abs(from), Math.Abs(to)) * unit);

        var ends = kind.Parameters.FirstOrDefault(spec => IsEnd(spec, "from")) is { } begin && kind.Parameters.FirstOrDefault(spec => IsEnd(spec, "to")) is { } end
            ? (begin, end) : ((ParameterSpec, ParameterSpec)?)null;
        return ends is var (first, last) ? [.. Set(first, from * unit), .. Set(last, to * unit)] : [];
    }

    static IReadOnlyList<(string, string)> Stretch(Curve curve, double from, double to, JsonObject? selection)
    {
        // Where markers or the light cut time out, a second of the trace is no second of the measurement.
        if (selection?["markers"] is not null || selection?["light"] is not null) return [];
        var begin = (double?)selection?["from_s"] ?? 0;
        return
        [
            ("selection.from_s", from > 0 ? Text(begin + from, Fields("from_s"), to - from) : OptionsText.Text(selection?["from_s"])),
            ("selection.to_s", to < End(curve) ? Text(begin + Math.Max(to, 0), Fields("to_s"), to - from) : OptionsText.Text(selection?["to_s"])),
        ];
    }

    static IReadOnlyList<(string, string)> Set(ParameterSpec spec, double seconds) => [(spec.Name, Text(seconds / Seconds(spec.Unit)!.Value, spec))];

    /// <summary>"from_s", "fit_from_ns".</summary>
    static bool IsEnd(ParameterSpec spec, string which) =>
        Seconds(spec.Unit) is not null && spec.Type == "number" && spec.Name.Split('_') is { Length: >= 2 } words && words[^2] == which;

    /// <summary>A trace lies over seconds; the time after a pulse is told in shorter units.</summary>
    static bool IsMeasurementTime(Curve curve) => curve.X is { Name: "time", Unit: "s" };

    static double End(Curve curve) => curve.X.Values.LastOrDefault(x => x is not null) ?? 0;

    static ParameterSpec Fields(string name) => SelectionForm.Fields.First(spec => spec.Name == name);

    /// <summary>Three digits are what a hand can aim at; of a short stretch far from zero, three digits of its length.</summary>
    static string Text(double value, ParameterSpec spec, double length = double.PositiveInfinity)
    {
        var size = Math.Max(Math.Min(Math.Abs(value), length), Math.Abs(value) * 1e-9);
        var unit = size > 0 ? Math.Pow(10, Math.Floor(Math.Log10(size)) - 2) : 1;
        return Math.Clamp((double)Math.Round((decimal)(value / unit)) * unit, spec.Min ?? double.MinValue, spec.Max ?? double.MaxValue)
            .ToString("0.############", CultureInfo.InvariantCulture);
    }

    static double? Seconds(string unit) => unit switch
    {
        "s" => 1, "ms" => 1e-3, "us" => 1e-6, "ns" => 1e-9, "ps" => 1e-12, "fs" => 1e-15, _ => null,
    };
}
