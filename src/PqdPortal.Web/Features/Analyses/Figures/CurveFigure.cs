using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>Any curve as it stands: its values, its error band, its fit.</summary>
public static class CurveFigure
{
    public static Figure Draw(string curve, IReadOnlyList<NamedReport> reports)
    {
        var shown = reports[0].Report.Curve(curve)!;
        var figure = Figure.Of(QuantityNames.Label(curve))
            .X(QuantityNames.Label(shown.X.Name), Numbers.Unit(shown.X.Unit), shown.X.Values);
        if (shown.Y is null)
        {
            // A list of places on an axis: a mark at each.
            return figure.Y("").Points(QuantityNames.Label(curve), [.. shown.X.Values.Select(_ => (double?)0)]);
        }

        figure.Y(QuantityNames.Label(shown.Y.Name), Numbers.Unit(shown.Y.Unit), fromZero: shown.Y.Values.All(value => value is null or >= 0));
        foreach (var (name, report) in reports)
        {
            var one = report.Curve(curve)!;
            if (report != reports[0].Report) figure.On(one.X.Values);
            var series = reports.Count == 1 ? QuantityNames.Label(shown.Y.Name) : name;
            var steps = IsEven(one.X.Values);
            if (steps) figure.Steps(series, one.Y!.Values, one.Y.Sigma);
            else figure.Points(series, one.Y!.Values, one.Y.Sigma);
            if (one.Fit is { } fit) figure.Line(reports.Count == 1 ? "fit" : $"fit, {name}", fit, reports.Count == 1 ? null : figure.LastColour);
        }
        return figure;
    }

    /// <summary>Bins of equal width are drawn as steps, everything else as points.</summary>
    static bool IsEven(IReadOnlyList<double?> x)
    {
        if (x.Count < 3 || x[0] is not { } first || x[1] is not { } second || second <= first) return false;
        var width = second - first;
        for (var i = 2; i < x.Count; i++)
            if (x[i] - x[i - 1] is not { } step || Math.Abs(step - width) > 1e-6 * Math.Abs(width)) return false;
        return true;
    }
}
