using PqdPortal.Analysis.Measurements;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Runs.Views;

/// <summary>Histograms as the instrument filled them: counts over time, their tail of empty bins left out of the picture.</summary>
public static class HistogramFigure
{
    /// <summary>A tail shorter than this share of the bins is not worth a word.</summary>
    const double NotableTail = 0.1;

    /// <summary>Left of the last count, as share of what is shown.</summary>
    const double Margin = 0.02;

    /// <returns>Null where the view names a curve that is not there.</returns>
    public static Figure? Draw(HistogramSet set, CurveView view)
    {
        if (view.Show is { } number && (number < 1 || number > set.Curves.Count)) return null;
        var shown = Shown(set, view);
        if (shown.Count == 0) return null;
        var first = shown[0].Curve;
        var timed = first.BinWidth is not null;
        var end = view.Whole || shown.All(one => one.Curve.Max <= 0) ? double.PositiveInfinity : End(shown);
        var hidden = shown.Max(one => one.Curve.Counts.Length - Bins(one.Curve, end));
        if (hidden < NotableTail * shown.Max(one => one.Curve.Counts.Length)) (end, hidden) = (double.PositiveInfinity, 0);

        var longest = shown.Max(one => Edge(one.Curve, Bins(one.Curve, end)));
        var (factor, letters) = timed ? Numbers.Prefix(Math.Max(Math.Abs(longest), shown.Max(one => Math.Abs(one.Curve.Start))) / 2) : (1, "");
        var log = IsLog(set, view);
        var figure = Figure.Of(Title(first.Meaning));
        var begun = false;
        foreach (var (curve, name) in shown)
        {
            var bins = Bins(curve, end);
            double?[] x = new double?[bins], y = new double?[bins], sigma = new double?[bins], low = new double?[bins], high = new double?[bins];
            for (var i = 0; i < bins; i++)
            {
                // In the middle of the bin, where the step is drawn around.
                x[i] = timed ? (curve.Start + (i + 0.5) * curve.BinWidth!.Value) * factor : i;
                var count = curve.Counts[i];
                var deviation = Math.Sqrt(count);
                // On a logarithmic axis nothing and what reaches down to it have no place.
                y[i] = log && count <= 0 ? null : count;
                sigma[i] = deviation;
                low[i] = log && count <= 1 ? null : count - deviation;
                high[i] = log && count <= 0 ? null : count + deviation;
            }
            if (begun) figure.On(x);
            else figure.X(first.Meaning == HistogramMeaning.Coincidences ? "delay" : timed ? "time" : "bin", timed ? letters + "s" : "", x);
            begun = true;
            figure.Steps(name, y, sigma, low: low, high: high);
        }
        return figure.Y("counts per bin", log: log, fromZero: true).Saying(Words(set, shown.Count, timed, hidden, longest));
    }

    /// <summary>Decays are read on a logarithmic axis, coincidences on a plain one.</summary>
    public static bool IsLog(HistogramSet set, CurveView view) => view.Log ?? set.Curves.All(curve => curve.Meaning != HistogramMeaning.Coincidences);

    public static string Title(HistogramMeaning meaning) => meaning switch
    {
        HistogramMeaning.Decay => "Decay",
        HistogramMeaning.Coincidences => "Coincidences",
        _ => "Histogram",
    };

    /// <summary>The one that is asked for, else all that hold counts and share the first one's axis, as many as a figure bears.</summary>
    static IReadOnlyList<(HistogramCurve Curve, string Name)> Shown(HistogramSet set, CurveView view)
    {
        var all = set.Curves.Select((curve, i) => (Curve: curve, Name: NameOf(curve.Name, curve.Channel, i))).ToList();
        if (view.Show is { } number) return [all[number - 1]];
        var filled = all.Where(one => one.Curve.Sum > 0).ToList();
        if (filled.Count == 0) return [.. all.Take(1)];
        var like = filled[0].Curve;
        return [.. filled.Where(one => (one.Curve.BinWidth is null) == (like.BinWidth is null) && one.Curve.Meaning == like.Meaning).Take(CurveView.MostTogether)];
    }

    public static string NameOf(string? name, int? channel, int index) =>
        !string.IsNullOrWhiteSpace(name) ? name : channel is { } input ? $"curve {index + 1}, channel {input}" : $"curve {index + 1}";

    /// <summary>Behind the last count of any of them, with a margin; without a unit in bins.</summary>
    static double End(IReadOnlyList<(HistogramCurve Curve, string Name)> shown)
    {
        var end = shown.Max(one => Edge(one.Curve, Array.FindLastIndex(one.Curve.Counts, count => count != 0) + 1));
        return end + Margin * Math.Abs(end);
    }

    /// <summary>Right edge of the first bins.</summary>
    static double Edge(HistogramCurve curve, int bins) => curve.BinWidth is { } width ? curve.Start + bins * width : bins;

    /// <summary>Bins that begin before an end.</summary>
    static int Bins(HistogramCurve curve, double end) => double.IsPositiveInfinity(end) ? curve.Counts.Length
        : Math.Clamp((int)Math.Min(int.MaxValue, Math.Ceiling((curve.BinWidth is { } width ? (end - curve.Start) / width : end) - 1e-6)), Math.Min(1, curve.Counts.Length), curve.Counts.Length);

    static string Words(HistogramSet set, int shown, bool timed, int hidden, double end)
    {
        List<string> said = ["Counts as they stand in the file; the band is the root of each count."];
        if (!timed) said.Add("The file does not say how long a bin is, so the axis counts bins.");
        if (hidden > 0) said.Add($"The {Numbers.Count(hidden)} empty bins behind {(timed ? Numbers.Suited(end, "s", 4) : $"bin {Numbers.Count((long)end)}")} are not drawn.");
        var filled = set.Curves.Count(curve => curve.Sum > 0);
        if (shown > 1 && filled > shown) said.Add($"{shown} of {filled} curves that hold counts are drawn; choose the others one by one.");
        return string.Join(" ", said);
    }
}
