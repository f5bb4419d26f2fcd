using PqdPortal.Analysis;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>Pairs by pulse difference near the centre, with the level of the far peaks.</summary>
public static class HomFigure
{
    const double Shown = 15;

    public static Figure Parallel(IReadOnlyList<NamedReport> reports, FigureView view) => Draw(reports, "peaks_parallel");

    public static Figure Orthogonal(IReadOnlyList<NamedReport> reports, FigureView view) => Draw(reports, "peaks_orthogonal");

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
