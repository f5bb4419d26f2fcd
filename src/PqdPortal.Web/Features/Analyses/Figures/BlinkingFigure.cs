using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>A dot that blinks: how long it stays at each brightness, how long bright and dark times last, and how its lifetime goes with its light.</summary>
public static class BlinkingFigure
{
    /// <summary>More words than these stand on each other.</summary>
    const int MostWords = 6;

    /// <summary>Lying on its side, so that a rate is as high as in the trace beside it; each level with its share of the time.</summary>
    public static Figure Histogram(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("histogram")!;
        Figure? figure = null;
        foreach (var (k, (name, report)) in reports.Index())
        {
            var curve = report.Curve("histogram")!;
            var (rate, time) = (curve.X.Values, curve.Y!.Values);
            var half = rate.Count > 1 ? (rate[1] - rate[0]) / 2 ?? 0 : 0;
            List<double?> x = [0], y = [rate.Count > 0 ? Math.Max(0, rate[0] - half ?? 0) : 0];
            for (var i = 0; i < rate.Count; i++)
            {
                x.AddRange([time[i], time[i]]);
                y.AddRange([Math.Max(0, rate[i] - half ?? 0), rate[i] + half]);
            }

            figure = figure is null ? Figure.Of("Level histogram").X("time spent", Numbers.Unit(first.Y!.Unit), x).Y("count rate", Numbers.Unit(first.X.Unit), fromZero: true) : figure.On(x);
            figure.Line(reports.Count == 1 ? "time at each rate" : name, y, k);
        }

        if (reports[0].Report.Curve("level_weights") is { Y: { } share } weights && weights.X.Values.Count <= MostWords)
            for (var i = 0; i < weights.X.Values.Count; i++)
                if (weights.X.Values[i] is { } at && share.Values[i] is { } part)
                    figure!.Level($"{Numbers.Plain(at)} cps, {Numbers.Plain(100 * part, 3)} % of the time", at, $"{Numbers.Plain(100 * part, 3)} %");
        return figure!.Saying(first.X.Values.Count > 0 && reports[0].Report.Curve("level_weights")?.X.Values.Count > MostWords ? "The levels and their shares stand in the table of all numbers." : null);
    }

    public static Figure BrightTimes(IReadOnlyList<NamedReport> reports, FigureView view) => Times(reports, "on", "Bright times");

    public static Figure DarkTimes(IReadOnlyList<NamedReport> reports, FigureView view) => Times(reports, "off", "Dark times");

    static Figure Times(IReadOnlyList<NamedReport> reports, string state, string title)
    {
        var first = reports[0].Report.Curve($"dwell_{state}")!;
        var figure = Figure.Of(title).X("longer than", "s", first.X.Values, log: true).Y($"share of {title.ToLowerInvariant()}", log: true);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve($"dwell_{state}")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            // A law that does not hold would draw the axis down to where there are no dwells.
            var least = curve.Y!.Values.Where(share => share > 0).Min() / 5 ?? 0;
            IReadOnlyList<double?> above(IReadOnlyList<double?> values) => [.. values.Select(value => value > 0 && value >= least ? value : null)];
            figure.Points(reports.Count == 1 ? "found" : name, above(curve.Y!.Values));
            if (reports.Count > 1)
            {
                if (curve.Fit is { } chosen) figure.Line($"fit, {name}", above(chosen), figure.LastColour);
                continue;
            }

            var law = report.Verdict($"dwell_law_{state}")?.Value;
            foreach (var (k, (key, words)) in new[] { ("exponential", "exponential"), ("power_law", "power law"), ("power_law_cutoff", "power law with cut-off") }.Index())
                if (key != law && curve.More.TryGetValue($"fit_{key}", out var other)) figure.Line(words, above(other.Values), k + 2);
            if (curve.Fit is { } fit) figure.Line($"{(law ?? "fit").Replace('_', ' ').Replace("cutoff", "with cut-off")}, taken", above(fit));
        }

        return figure.Saying($"Of all {title.ToLowerInvariant()}, the share that lasts longer; those cut off by the end of the run are counted for as long as they were seen.");
    }

    /// <summary>What of bright and dark times of each length is found.</summary>
    public static Figure Completeness(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        Figure? figure = null;
        foreach (var (name, report) in reports)
            foreach (var (state, words) in new[] { ("on", "bright times"), ("off", "dark times") })
                if (report.Curve($"completeness_{state}") is { Y: { } y } curve)
                {
                    figure = figure is null ? Figure.Of("How many dwells are found").X("length", "s", curve.X.Values, log: true).Y("share found", fromZero: true) : figure.On(curve.X.Values);
                    figure.Points(reports.Count == 1 ? words : $"{words}, {name}", y.Values);
                }
        return figure!.Saying("Shorter dwells hold too few photons to be told from chance; the fits begin where nearly all are found.");
    }

    /// <summary>What the threshold method makes of the same light, in three bins: its exponents follow the bin.</summary>
    public static Figure Threshold(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("threshold_exponents")!;
        IReadOnlyList<double?> bins(Curve curve) => [.. curve.X.Values.Select(bin => bin * 1e3)];
        var figure = Figure.Of("Exponents by the threshold method").X("bin", "ms", bins(first), log: true).Y("exponent α");
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("threshold_exponents")!;
            if (report != reports[0].Report) figure.On(bins(curve));
            figure.Points(reports.Count == 1 ? "bright times" : $"bright times, {name}", curve.Y!.Values, curve.Y.Sigma);
            if (curve.More.TryGetValue("alpha_off", out var off)) figure.Points(reports.Count == 1 ? "dark times" : $"dark times, {name}", off.Values, off.Sigma);
        }

        var report0 = reports[0].Report;
        if (report0.Quantity("alpha_on")?.Value is { } on) figure.Level("bright times, from change points", on, "bright");
        if (report0.Quantity("alpha_off")?.Value is { } alpha) figure.Level("dark times, from change points", alpha, "dark");
        return figure.Saying("A threshold sees nothing shorter than its bin, so its exponents depend on it; take those of the change points.");
    }

    /// <summary>Time spent at each intensity and lifetime.</summary>
    public static Figure Flid(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var curve = reports[0].Report.Curve("flid")!;
        var lifetime = curve.More["lifetime"];
        int[] filled = [.. Enumerable.Range(0, curve.X.Values.Count).Where(i => curve.Y!.Values[i] > 0)];
        IReadOnlyList<double?> of(IReadOnlyList<double?> list) => [.. filled.Select(i => list[i])];
        return Figure.Of("Lifetime and intensity").X("intensity, background off", Numbers.Unit(curve.X.Unit), of(curve.X.Values)).Y("lifetime", Numbers.Unit(lifetime.Unit), fromZero: true)
            .Cells("time spent", Numbers.Unit(curve.Y!.Unit), of(lifetime.Values), of(curve.Y.Values))
            .Saying(reports.Count > 1 ? "Each bin of the trace with its mean delay after the pulse; of this result alone." : "Each bin of the trace with its mean delay after the pulse.");
    }

    /// <summary>Lifetime over intensity, level by level, with the line through them and the single segments behind.</summary>
    public static Figure LevelLifetimes(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("level_lifetimes")!;
        // Segments first, so that the levels lie upon them.
        var segmented = reports.Count == 1 && reports[0].Report.Curve("flid_segments") is { Y: not null } single ? single : null;
        var figure = Figure.Of("Lifetime against intensity").X("intensity, background off", Numbers.Unit(first.X.Unit), (segmented ?? first).X.Values, log: true).Y("lifetime", Numbers.Unit(first.Y!.Unit), log: true);
        if (segmented is not null)
            figure.Points("segments", segmented.Y!.Values, events: segmented.More.GetValueOrDefault("photons")?.Values, eventName: "photons");
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("level_lifetimes")!;
            if (segmented is not null || report != reports[0].Report) figure.On(curve.X.Values);
            figure.Points(reports.Count == 1 ? "levels" : name, curve.Y!.Values, curve.Y.Sigma);
            if (curve.Fit is { } fit) figure.Line(reports.Count == 1 ? "line through the levels" : $"line, {name}", fit, reports.Count == 1 ? null : figure.LastColour);
        }

        return figure.Saying("On both logarithmic axes type A lies on a rising line of slope near 1, type B on a level one.");
    }
}
