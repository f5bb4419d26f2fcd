using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>Pulses: pairs by pulse difference near the centre, with the level of the far peaks. Continuous light: g2 over the delay and the visibility.</summary>
public static class HomFigure
{
    const double Shown = 15;

    public static Figure Parallel(IReadOnlyList<NamedReport> reports, FigureView view) => Draw(reports, "peaks_parallel");

    public static Figure Orthogonal(IReadOnlyList<NamedReport> reports, FigureView view) => Draw(reports, "peaks_orthogonal");

    public static Figure G2Parallel(IReadOnlyList<NamedReport> reports, FigureView view) => Dips(reports, "g2_parallel", "g2(τ), parallel");

    public static Figure G2Orthogonal(IReadOnlyList<NamedReport> reports, FigureView view) => Dips(reports, "g2_orthogonal", "g2(τ), orthogonal");

    /// <summary>1 - parallel/orthogonal over the delay.</summary>
    public static Figure Visibility(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("visibility")!;
        var figure = Figure.Of("Visibility V(τ)").X("delay τ", Numbers.Unit(first.X.Unit), first.X.Values).Y("V(τ)");
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("visibility")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Steps(reports.Count == 1 ? "data" : name, curve.Y!.Values, curve.Y.Sigma);
            if (curve.Fit is { } fit) figure.Line(reports.Count == 1 ? "fit, with the response" : $"fit, {name}", fit, reports.Count == 1 ? null : figure.LastColour);
        }

        return figure.Level("0: no interference", 0, "0").Saying("As counted: the response of the detectors is part of the curve and of the fit, not of M and V(0).");
    }

    public static Figure ClustersParallel(IReadOnlyList<NamedReport> reports, FigureView view) => Clusters(reports, "clusters_parallel", "Clusters of five peaks, parallel");

    public static Figure ClustersOrthogonal(IReadOnlyList<NamedReport> reports, FigureView view) => Clusters(reports, "clusters_orthogonal", "Clusters of five peaks, orthogonal");

    static Figure Clusters(IReadOnlyList<NamedReport> reports, string curveName, string title)
    {
        var first = reports[0].Report.Curve(curveName)!;
        var figure = Figure.Of(title).X("delay τ", Numbers.Unit(first.X.Unit), first.X.Values).Y("pairs", fromZero: true);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve(curveName)!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Steps(reports.Count == 1 ? "data" : name, curve.Y!.Values, curve.Y.Sigma);
            if (curve.Fit is not { } fit) continue;
            figure.Line(reports.Count == 1 ? "fit of the peaks" : $"fit, {name}", fit, reports.Count == 1 ? null : figure.LastColour);
            if (reports.Count == 1 && curve.More.TryGetValue("residual", out var residual)) figure.Residuals(residual.Values);
        }

        return figure.Saying("Photons that do not interfere make 1:2:2:2:1 around zero; interference takes from the middle one.");
    }

    static Figure Dips(IReadOnlyList<NamedReport> reports, string curveName, string title)
    {
        var first = reports[0].Report.Curve(curveName)!;
        var figure = Figure.Of(title).X("delay τ", Numbers.Unit(first.X.Unit), first.X.Values).Y("g2(τ)", fromZero: true);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve(curveName)!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Steps(reports.Count == 1 ? "data" : name, curve.Y!.Values, curve.Y.Sigma, curve.More.GetValueOrDefault("counts")?.Values, "pairs");
            if (curve.Fit is not { } fit) continue;
            figure.Line(reports.Count == 1 ? "fit of both polarisations" : $"fit, {name}", fit, reports.Count == 1 ? null : figure.LastColour);
            if (reports.Count == 1 && curve.More.TryGetValue("residual", out var residual)) figure.Residuals(residual.Values);
        }

        return figure.Level("0.5: photons of one dot that do not interfere", 0.5, "0.5").Saying("The fit has the detectors' response in it. The dips beside the central one lie at the delay of the arms.");
    }

    static Figure Draw(IReadOnlyList<NamedReport> reports, string name)
    {
        Figure? figure = null;
        foreach (var (title, report) in reports)
        {
            var curve = report.Curve(name)!;
            int[] near = [.. Enumerable.Range(0, curve.X.Values.Count).Where(i => Math.Abs(curve.X.Values[i] ?? 0) <= Shown)];
            IReadOnlyList<double?> Near(IReadOnlyList<double?> list) => [.. near.Select(i => list[i])];
            if (figure is null) figure = Figure.Of("Pairs by pulse difference").X("pulse difference", "", Near(curve.X.Values)).Y("pairs", fromZero: true);
            else figure.On(Near(curve.X.Values));
            figure.Steps(reports.Count == 1 ? "data" : title, Near(curve.Y!.Values), curve.Y.Sigma is { } sigma ? Near(sigma) : null);
            if (curve.Fit is { } fit) figure.Line(reports.Count == 1 ? "far side peaks" : $"far side peaks, {title}", Near(fit), reports.Count == 1 ? null : figure.LastColour);
        }

        return figure!.Saying($"Peaks up to ±{Shown:0} periods; the values as CSV hold all.");
    }
}
