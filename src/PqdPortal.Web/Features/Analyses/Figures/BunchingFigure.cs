using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>A bunching peak with its fit, and how the likelihood falls away from the best height.</summary>
public static class BunchingFigure
{
    public static Figure Draw(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("g2")!;
        var figure = Figure.Of("Bunching g2(τ)").X("delay τ", Numbers.Unit(first.X.Unit), first.X.Values).Y("g2(τ)");
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("g2")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Steps(reports.Count == 1 ? "data" : name, curve.Y!.Values, curve.Y.Sigma, curve.More.GetValueOrDefault("counts")?.Values, "pairs");
            if (curve.Fit is not { } fit) continue;
            figure.Line(reports.Count == 1 ? "fit" : $"fit, {name}", fit, reports.Count == 1 ? null : figure.LastColour);
            if (reports.Count == 1 && curve.More.TryGetValue("residual", out var residual)) figure.Residuals(residual.Values);
        }

        return figure.Level("2: one mode of chaotic light", 2, "2").Level("1: uncorrelated light", 1, "1").Saying("The fit has the detectors' response in it; g2(0) beside it has not.");
    }

    public static Figure Profile(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("profile")!;
        var figure = Figure.Of("How far the height is known").X("amplitude as counted", "", first.X.Values).Y("rise of the deviance", fromZero: true);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("profile")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Points(reports.Count == 1 ? "best time at each height" : name, curve.Y!.Values);
        }

        return figure.Level("1: 68 % interval", 1, "68 %").Level("3.84: 95 % interval", 3.84, "95 %").Saying("At each height the time that fits best; a higher peak is a narrower one.");
    }
}
