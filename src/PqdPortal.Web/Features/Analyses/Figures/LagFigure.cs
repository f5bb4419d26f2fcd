using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>A correlation over many decades on a logarithmic axis of lags: the band from blocks of time, the fit, and its components.</summary>
public static class LagFigure
{
    public static Figure Draw(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("g2")!;
        var figure = Figure.Of("Photon correlation over many decades").X("lag", Numbers.Unit(first.X.Unit), first.X.Values, log: true)
            .Y(view.Counts ? "pairs per bin" : "g2(τ)", log: view.Counts);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("g2")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            var counts = curve.More.GetValueOrDefault("counts")?.Values;
            if (view.Counts && counts is not null)
            {
                figure.Points(reports.Count == 1 ? "pairs" : name, counts);
                continue;
            }

            figure.Points(reports.Count == 1 ? "data" : name, curve.Y!.Values, curve.Y.Sigma, counts, "pairs");
            if (curve.Fit is not { } fit) continue;
            figure.Line(reports.Count == 1 ? "fit" : $"fit, {name}", fit, reports.Count == 1 ? null : figure.LastColour);
            if (reports.Count > 1) continue;
            var colour = 0;
            foreach (var (_, part) in curve.More.Where(more => more.Key.StartsWith("component_", StringComparison.Ordinal)))
                figure.Line(Numbers.Sentence(part.Name), part.Values, ++colour);
            if (curve.More.TryGetValue("residual", out var residual)) figure.Residuals(residual.Values);
        }

        if (!view.Counts) figure.Level("1: uncorrelated light", 1, "1");
        return figure.Saying("The band is one standard deviation from blocks of time, which also sees blinking and drift; neighbouring lags share much of it.");
    }
}
