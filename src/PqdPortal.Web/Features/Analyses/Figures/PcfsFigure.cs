using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>Photon-correlation Fourier spectroscopy: F over the delay for bands of lags with their lines, and the linewidth over the lag.</summary>
public static class PcfsFigure
{
    /// <summary>Bands drawn beside the main one; more would hide each other.</summary>
    const int MostBands = 4;

    public static Figure Draw(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("F")!;
        var figure = Figure.Of("Interference of pairs").X("delay of the arms", Numbers.Unit(first.X.Unit), first.X.Values).Y("F");
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("F")!;
            var fits = report.Curve("F_fit");
            Band(reports.Count == 1 ? Lags(curve.Y!) : name, curve.Y!, fits?.Y);
            if (reports.Count > 1) continue;
            // The longest lags and those between, as far apart as they come.
            var others = curve.More.Where(more => more.Key.StartsWith("F_", StringComparison.Ordinal)).ToList();
            var every = Math.Max(1, (others.Count + MostBands - 1) / MostBands);
            foreach (var (key, series) in others.Where((_, k) => (others.Count - 1 - k) % every == 0))
                Band(Lags(series), series, fits?.More.GetValueOrDefault($"fit_{key[2..]}"));

            void Band(string said, Series series, Series? fit)
            {
                if (figure.Groups[^1].Series.Count > 0) figure.On(curve.X.Values);
                figure.Points(said, series.Values, series.Sigma);
                if (fit is not null) figure.On(fits!.X.Values).Line($"fit, {said}", fit.Values, figure.LastColour);
            }
        }

        return figure.Saying("Pairs of photons that leave by the same output, less those by different ones, over their mean: V0² at zero delay, 0 where nothing interferes.");
    }

    public static Figure Width(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("linewidth")!;
        var figure = Figure.Of("Linewidth over the lag").X("lag", Numbers.Unit(first.X.Unit), first.X.Values, log: true).Y("linewidth", Numbers.Unit(first.Y!.Unit), fromZero: true);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("linewidth")!;
            if (figure.Groups[^1].Series.Count > 0) figure.On(curve.X.Values);
            figure.Points(reports.Count == 1 ? "data" : name, curve.Y!.Values, curve.Y.Sigma, curve.More.GetValueOrDefault("counts")?.Values, "pairs");
        }

        return figure.Saying("Full width at half maximum that pairs of photons of each band of lags see. A line that wanders grows with the lag.");
    }

    /// <summary>"F, 1 us to 10 us" without its F.</summary>
    static string Lags(Series series) => series.Name.Split(", ")[^1].Replace("us", "µs");
}
