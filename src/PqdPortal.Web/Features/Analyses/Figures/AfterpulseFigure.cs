using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>A detector with itself: nothing within the dead time, then afterpulses that decay to the chance pairs of steady light.</summary>
public static class AfterpulseFigure
{
    public static Figure Draw(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("autocorrelation")!;
        var figure = Figure.Of("The detector with itself").X("lag", Numbers.Unit(first.X.Unit), first.X.Values).Y("pairs, 1 by chance", fromZero: true);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("autocorrelation")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Steps(reports.Count == 1 ? "data" : name, curve.Y!.Values, curve.Y.Sigma, curve.More.GetValueOrDefault("counts")?.Values, "pairs");
            if (curve.Fit is { } fit) figure.Line(reports.Count == 1 ? "fit" : $"fit, {name}", fit, reports.Count == 1 ? null : figure.LastColour);
        }

        return figure.Level("1: pairs by chance", 1, "1").Saying("Empty within the dead time; what stands above 1 behind it are afterpulses.");
    }
}
