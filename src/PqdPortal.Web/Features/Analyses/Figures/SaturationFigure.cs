using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>Count rate over power: the points, the fit between them, and of one result the emitter's own part.</summary>
public static class SaturationFigure
{
    public static Figure Draw(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("saturation")!;
        var figure = Figure.Of("Saturation").X("excitation power", Numbers.Unit(first.X.Unit), first.X.Values, view.Log)
            .Y("count rate", Numbers.Unit(first.Y!.Unit), fromZero: true);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("saturation")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Points(reports.Count == 1 ? "data" : name, curve.Y!.Values, curve.Y.Sigma,
                curve.More.TryGetValue("counts", out var counts) ? counts.Values : null, "counts");
            if (report.Curve("saturation_model") is not { Y: { } y } model) continue;
            figure.On(model.X.Values).Line(reports.Count == 1 ? "fit" : $"fit, {name}", y.Values, reports.Count == 1 ? null : figure.LastColour);
            if (reports.Count == 1 && model.More.TryGetValue("emitter", out var emitter)) figure.Line("emitter alone", emitter.Values, figure.LastColour);
        }

        if (reports.Count == 1 && reports[0].Report.Quantity("Isat_cps") is { Value: { } isat }) figure.Level("Isat, the emitter at endless power", isat, "Isat");
        return figure.Saying("Error bars are those of counting.");
    }
}
