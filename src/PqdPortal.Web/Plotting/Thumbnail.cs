using System.Globalization;
using System.Text;

namespace PqdPortal.Web.Plotting;

/// <summary>A trace as small as a line of a table: counts over time with the levels found in them, and how long it shone how brightly at their side.</summary>
/// <remarks>Both parts share the axis of rates, which begins at zero. Of each column of pixels the lowest and the highest value are drawn, so no flash is lost.</remarks>
public static class Thumbnail
{
    public const int Width = 240, Height = 48;

    const int TraceWidth = 192, Gap = 6, Edge = 2;

    // Readable on white and on near-black.
    const string Data = "#3a8fc4", Found = "#d9822b";

    /// <param name="time">Ascending, shape (n).</param>
    /// <param name="rate">Shape (n), null where nothing was watched.</param>
    /// <param name="since">Where each level begins, the last one where it ends; null where there are no levels.</param>
    /// <param name="level">Rate of each level.</param>
    /// <param name="bright">Rates of the histogram; null where there is none.</param>
    /// <param name="spent">Time spent at each.</param>
    public static string Text(
        IReadOnlyList<double?> time, IReadOnlyList<double?> rate, IReadOnlyList<double?>? since = null, IReadOnlyList<double?>? level = null,
        IReadOnlyList<double?>? bright = null, IReadOnlyList<double?>? spent = null)
    {
        var svg = new StringBuilder();
        Say($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\">");
        var from = time.FirstOrDefault(t => t is not null) ?? 0;
        var length = (time.LastOrDefault(t => t is not null) ?? 0) - from;
        // The trace is drawn whole; the few bins of the histogram beyond it would squeeze both.
        var highest = rate.Concat(level ?? []).Max() is { } top and > 0 ? top : 1;
        double X(double t) => length > 0 ? Math.Clamp((t - from) / length, 0, 1) * TraceWidth : 0;
        double Y(double r) => Height - Edge - Math.Clamp(r / highest, 0, 1) * (Height - 2 * Edge);

        var (lowest, most) = (new double?[TraceWidth], new double?[TraceWidth]);
        for (var i = 0; i < time.Count; i++)
        {
            if (time[i] is not { } t || rate[i] is not { } r) continue;
            var column = Math.Min((int)X(t), TraceWidth - 1);
            (lowest[column], most[column]) = (Math.Min(lowest[column] ?? r, r), Math.Max(most[column] ?? r, r));
        }
        var trace = new StringBuilder();
        for (var column = 0; column < TraceWidth; column++)
            if (most[column] is { } high)
                // A column of one value still shows.
                trace.Append(CultureInfo.InvariantCulture, $"M{column + 0.5:0.#} {Y(high):0.#}V{Math.Max(Y(lowest[column]!.Value), Y(high) + 1):0.#}");
        if (trace.Length > 0) Say($"<path fill=\"none\" stroke=\"{Data}\" stroke-opacity=\"0.75\" d=\"{trace}\"/>");

        if (since is not null && level is not null && since.Count == level.Count && since.Count > 1)
        {
            var steps = new StringBuilder();
            double? now = null;
            for (var i = 0; i < since.Count; i++)
            {
                if (since[i] is not { } t) continue;
                if (now is not null) steps.Append(CultureInfo.InvariantCulture, $"H{X(t):0.#}");
                if (level[i] is { } r) steps.Append(CultureInfo.InvariantCulture, $"{(now is null ? $"M{X(t).ToString("0.#", CultureInfo.InvariantCulture)} " : "V")}{Y(r):0.#}");
                now = level[i];
            }
            if (steps.Length > 0) Say($"<path fill=\"none\" stroke=\"{Found}\" stroke-width=\"1.2\" d=\"{steps}\"/>");
        }

        if (bright is not null && spent is not null && bright.Count == spent.Count && spent.Max() > 0)
        {
            var (left, reach) = (TraceWidth + Gap, Width - TraceWidth - Gap);
            // As many bars as there are pixels; rates that share one add up.
            var bars = new double[Height];
            for (var i = 0; i < bright.Count; i++)
                if (bright[i] is { } r && spent[i] is { } s && r <= highest) bars[Math.Clamp((int)Y(r), 0, Height - 1)] += s;
            var longest = Math.Max(bars.Max(), double.Epsilon);
            var area = new StringBuilder();
            for (var y = 0; y < Height; y++)
                if (bars[y] > 0) area.Append(CultureInfo.InvariantCulture, $"M{left} {y + 0.5:0.#}h{bars[y] / longest * reach:0.#}");
            Say($"<path fill=\"none\" stroke=\"{Data}\" d=\"{area}\"/>");
        }
        return svg.Append("</svg>").ToString();

        void Say(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
    }
}
