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

    /// <summary>Heights and times that the likelihood allows together.</summary>
    public static Figure Contour(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("contour")!;
        var figure = Figure.Of("Height and time together").X("amplitude as counted", "", first.X.Values).Y("1/e time", "ps");
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("contour")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Line(reports.Count == 1 ? "95 %" : name, curve.Y!.Values);
            if (curve.More.TryGetValue("amplitude_68", out var a) && curve.More.TryGetValue("tau_c_68_ps", out var t))
                figure.On(a.Values).Line(reports.Count == 1 ? "68 %" : $"68 %, {name}", t.Values, reports.Count == 1 ? null : figure.LastColour);
        }

        return figure.Saying("Inside a line lie the pairs of height and time that agree with the counts; a higher peak is a narrower one.");
    }

    /// <summary>Cuts through the map of three photons: over the second detector's delay, with the third's held.</summary>
    public static Figure Three(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var curve = reports[0].Report.Curve("g3")!;
        var third = curve.More["delay_third"].Values;
        var unit = Numbers.Unit(curve.X.Unit);
        var rows = Enumerable.Range(0, third.Count).GroupBy(i => third[i]!.Value).OrderBy(cut => cut.Key).ToList();
        var figure = Figure.Of("Three photons together, g3").X("delay of the second detector", unit, [.. rows[0].Select(i => curve.X.Values[i])]).Y("g3", fromZero: true);
        var centre = rows.Count / 2;
        foreach (var k in new[] { centre, centre + rows.Count / 8, centre + rows.Count / 4, rows.Count - 1 }.Distinct())
            figure.Points($"third at {Numbers.Plain(rows[k].Key)} {unit}", [.. rows[k].Select(i => curve.Y!.Values[i])], [.. rows[k].Select(i => curve.Y!.Sigma![i])], [.. rows[k].Select(i => curve.More["counts"].Values[i])], "triples");
        return figure.Level("6: one mode of chaotic light", 6, "6").Level("1: uncorrelated light", 1, "1").Saying("Each line is a cut through the map; all of it is in the CSV. Points without an error have fewer than 25 triples.");
    }

    /// <summary>Windows with each number of photons beside the laws they may follow.</summary>
    public static Figure PhotonNumbers(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("photon_numbers")!;
        var figure = Figure.Of("Photons in a window").X("photons in a window", "", first.X.Values).Y("windows", log: true);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("photon_numbers")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Points(reports.Count == 1 ? "counted" : name, [.. curve.Y!.Values.Select(n => n > 0 ? n : null)], curve.Y.Sigma);
            if (reports.Count > 1) continue;
            foreach (var law in new[] { "poisson", "bose_einstein", "negative_binomial" })
                if (curve.More.TryGetValue(law, out var expected))
                    figure.Line(expected.Name, [.. expected.Values.Select(n => n > 0.01 ? n : null)]);
        }

        return figure.Saying("A laser follows Poisson, one chaotic mode Bose and Einstein, several modes the negative binomial law.");
    }

    /// <summary>Runs of photons by their length beside those of steady light.</summary>
    public static Figure Bursts(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var first = reports[0].Report.Curve("bursts")!;
        var figure = Figure.Of("Runs of photons").X("photons in a run", "", first.X.Values).Y("runs", log: true);
        foreach (var (name, report) in reports)
        {
            var curve = report.Curve("bursts")!;
            if (report != reports[0].Report) figure.On(curve.X.Values);
            figure.Points(reports.Count == 1 ? "counted" : name, [.. curve.Y!.Values.Select(n => n > 0 ? n : null)]);
            if (curve.Fit is { } fit) figure.Line(reports.Count == 1 ? "steady light" : $"steady, {name}", [.. fit.Select(n => n > 0.001 ? n : null)], reports.Count == 1 ? null : figure.LastColour);
        }

        return figure;
    }
}
