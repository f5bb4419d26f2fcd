using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>Squared visibility over delay, noise taken off, with the square of the fitted envelope.</summary>
public static class CoherenceFigure
{
    public static Figure Draw(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("visibility")!;
        var figure = Figure.Of("Visibility of the fringes").X("delay of the arms", Numbers.Unit(first.X.Unit), first.X.Values).Y("visibility²", fromZero: true);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("visibility")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Points(reports.Count == 1 ? "data" : name, curve.Y!.Values, curve.Y.Sigma, curve.More.TryGetValue("counts", out var counts) ? counts.Values : null, "counts");
            if (report.Curve("envelope") is not { Y: { } envelope } model) continue;
            figure.On(model.X.Values).Line(reports.Count == 1 ? "fit" : $"fit, {name}", [.. envelope.Values.Select(v => v * v)], reports.Count == 1 ? null : figure.LastColour);
        }

        return figure.Saying("Squared, so that noise can be taken off: a point without a fringe lies around 0, on either side.");
    }
}
