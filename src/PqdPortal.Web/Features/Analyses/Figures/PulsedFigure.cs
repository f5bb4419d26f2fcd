using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>Pulsed g2: the areas of the peaks with the fit of the side peaks, and g2(0) over the gate.</summary>
public static class PulsedFigure
{
    /// <summary>A bar for each peak, the line the central one is compared with, and what background leaves in each.</summary>
    public static Figure Peaks(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var shown = reports[0].Report.Curve("peaks")!;
        var figure = Figure.Of("Pairs by the difference of their pulses")
            .X("pulse difference", "", shown.X.Values)
            .Y("pairs", fromZero: true);
        foreach (var (name, report) in reports)
        {
            var peaks = report.Curve("peaks")!;
            if (report != reports[0].Report) figure.On(peaks.X.Values);
            figure.Steps(reports.Count == 1 ? "pairs" : name, peaks.Y!.Values, peaks.Y.Sigma);
            if (peaks.Fit is { } fit) figure.Line(reports.Count == 1 ? "side peaks, fitted" : $"fit, {name}", Bridged(fit), reports.Count == 1 ? null : figure.LastColour);
        }

        if (reports.Count == 1 && shown.More.TryGetValue("background", out var background) && background.Values is [{ } level, ..] && level > 0)
            figure.Level("pairs of the background", level, "background");
        var period = reports[0].Report.Quantity("period_ns")?.Value;
        return figure.Saying($"The peak at 0 holds the pairs of one pulse{(period is { } ns ? $"; pulses are {Numbers.Plain(ns)} ns apart" : "")}. The band is one standard deviation of the counts.");
    }

    /// <summary>g2(0) of the photons behind each gate.</summary>
    public static Figure Gates(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var shown = reports[0].Report.Curve("gates")!;
        var figure = Figure.Of("g2(0) behind a gate").X("gate after time zero", "ps", shown.X.Values).Y("g2(0)", fromZero: true);
        foreach (var (name, report) in reports)
        {
            var gates = report.Curve("gates")!;
            if (report != reports[0].Report) figure.On(gates.X.Values);
            figure.Points(reports.Count == 1 ? "g2(0)" : name, gates.Y!.Values, gates.Y.Sigma,
                gates.More.TryGetValue("centre", out var pairs) ? pairs.Values : null, "central pairs");
            if (gates.Fit is { } fit) figure.Line(reports.Count == 1 ? "fitted fall" : $"fall, {name}", fit, reports.Count == 1 ? null : figure.LastColour);
        }

        return figure.Saying("Photons behind a gate are among those behind a shorter one: the errors of neighbouring points go together.");
    }

    /// <summary>The line drawn on through the centre, which it is not fitted to.</summary>
    static IReadOnlyList<double?> Bridged(IReadOnlyList<double?> fit) =>
        [.. fit.Select((value, i) => value ?? (i > 0 && i < fit.Count - 1 ? (fit[i - 1] + fit[i + 1]) / 2 : null))];
}
