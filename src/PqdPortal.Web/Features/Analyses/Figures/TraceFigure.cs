using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>
/// Count rate over time in the window that is looked at: the mean of each column of the screen, the band from the lowest to the highest
/// of its bins, and what the analysis says of it, its levels or the bright level.
/// </summary>
public static class TraceFigure
{
    /// <summary>Apart from the data beneath, which ink would hide.</summary>
    const int LevelColour = 5;

    public static Figure Draw(TraceLook look)
    {
        var curve = look.Report.Curve("trace")!;
        var figure = Figure.Of("Count rate over time");
        double end;
        if (look.Answer.Window is { } window)
        {
            end = window.End;
            var isSingle = window.Width < 1.5 * window.Bin;
            figure.X("time", "s", [.. window.Mean.Select((_, k) => (double?)window.At(k))]).Y("count rate", "cps", fromZero: true)
                .Steps("count rate", Listed(window.Mean), null, [.. window.Photons.Select(n => (double?)n)], "photons",
                    isSingle ? null : Listed(window.Low), isSingle ? null : Listed(window.High));
        }
        else
        {
            var x = curve.X.Values;
            var step = x.Count > 1 ? x[1] - x[0] ?? 0 : 0;
            end = (x.LastOrDefault(t => t is not null) ?? 0) + step / 2;
            figure.X("time", "s", x).Y("count rate", "cps", fromZero: true)
                .Steps("count rate", curve.Y!.Values, curve.Y.Sigma, curve.More.GetValueOrDefault("counts")?.Values, "photons");
        }

        if (look.Report.Curve("levels") is { } levels) Levels(figure, levels);
        else if (curve.Fit is { } fit) figure.On(curve.X.Values).Line("bright level", fit);
        return figure.InWindows(0, end, look.Answer.IsComing).Saying(Words(look));
    }

    /// <summary>Each level from its beginning to its end, and straight on to the next.</summary>
    static void Levels(Figure figure, Curve levels)
    {
        var (x, y) = (levels.X.Values, levels.Y!.Values);
        List<double?> at = [], rate = [];
        for (var i = 0; i + 1 < x.Count; i++)
        {
            at.AddRange([x[i], x[i + 1]]);
            rate.AddRange([y[i], y[i]]);
        }
        if (at.Count > 0) figure.On(at).Line("levels", rate, LevelColour);
    }

    static string Words(TraceLook look) => look.Answer switch
    {
        { IsComing: true } => "The trace is being counted for a closer look; it comes here by itself.",
        { Window: null } => "Drag over a stretch to see it closer.",
        { Window: { } window } when window.Width < 1.5 * window.Bin => $"Each step is a bin of {Numbers.Suited(window.Bin, "s", 3)}. Drag over a stretch to see it closer, double click to see all.",
        { Window: { } window } => $"The line is the mean over {Numbers.Suited(window.Width, "s", 3)}, the band goes from the lowest to the highest bin of {Numbers.Suited(window.Bin, "s", 3)}. Drag over a stretch to see it closer, double click to see all.",
        _ => "",
    };

    static IReadOnlyList<double?> Listed(double[] values) => [.. values.Select(value => (double?)value)];
}
