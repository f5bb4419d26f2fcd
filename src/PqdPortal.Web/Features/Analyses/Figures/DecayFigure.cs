using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>
/// A decay on a logarithmic axis of counts, with the fit, the response as high as the decay, and what the fit leaves; or what
/// neighbouring residuals have in common, with the limit of chance.
/// </summary>
public static class DecayFigure
{
    public static Figure Draw(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var main = reports[0].Report.Curve("decay")!;
        var figure = Figure.Of("Decay").X("time after the pulse", Numbers.Unit(main.X.Unit), main.X.Values).Y("counts per bin", log: true);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("decay")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            var counts = curve.Y!.Values;
            figure.Steps(reports.Count == 1 ? "data" : name, [.. counts.Select(Above)], curve.Y.Sigma,
                low: [.. counts.Select(n => n is >= LeastBanded ? n - Math.Sqrt(n.Value) : null)], high: [.. counts.Select(n => n is >= LeastBanded ? n + Math.Sqrt(n.Value) : null)]);
            if (reports.Count == 1 && curve.More.TryGetValue("irf", out var irf))
                // Deep below the data there is nothing to see of it.
                figure.Line("response", [.. irf.Values.Select(y => y > Floor ? y : null)], 1);
            if (curve.Fit is not { } fit) continue;
            figure.Line(reports.Count == 1 ? $"{report.Verdict("model")?.Value ?? "model"} fit" : $"fit, {name}", [.. fit.Select(y => y > Floor ? y : null)], reports.Count == 1 ? null : figure.LastColour);
            if (reports.Count == 1 && curve.More.TryGetValue("residual", out var residual)) figure.Residuals(residual.Values);
        }

        var empty = main.Y!.Values.Count(n => n is 0);
        return figure.Saying($"{(main.X.Values is { Count: > 1 } x && x[1] - x[0] is { } width ? $"Bins of {Numbers.Plain(width)} {Numbers.Unit(main.X.Unit)}. " : "")}The response is drawn as high as the decay.{(empty > 0 ? $" {Numbers.Count(empty)} bins without a count have no place on a logarithmic axis; the fit knows them." : "")}");
    }

    public static Figure DrawCorrelation(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var main = reports[0].Report.Curve("residual_acf")!;
        var figure = Figure.Of("Correlation of neighbouring residuals").X("lag", main.X.Unit, main.X.Values).Y("autocorrelation");
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("residual_acf")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Points(reports.Count == 1 ? "residuals" : name, curve.Y!.Values);
        }

        if (main.More.TryGetValue("limit", out var limit) && limit.Values.FirstOrDefault() is { } most)
            figure.Level("chance stays below", most, "chance").Level("and above", -most, "chance");
        return figure.Saying("Residuals of a fit that misses nothing know nothing of each other.");
    }

    // Bins with fewer counts lie too far apart for a band.
    const double LeastBanded = 4;

    // What lies below a count has nothing to be compared with.
    const double Floor = 0.3;

    static double? Above(double? y) => y > 0 ? y : null;
}
