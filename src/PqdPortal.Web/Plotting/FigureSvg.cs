using System.Globalization;
using System.Security;
using System.Text;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Plotting;

/// <summary>A figure as a still drawing for papers and scripts: the same marks, colours and words as on the page, on white.</summary>
public static class FigureSvg
{
    const double Width = 720, Height = 480, Left = 64, Right = 14, Top = 34, Bottom = 50, StripShare = 0.2, Gap = 14;
    const int Points = 4000; // more cannot be seen at this size, and viewers choke
    static readonly string[] Colours = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F", "#F0E442"];
    const string Ink = "#16191f", Soft = "#555c68", Grid = "#e6e9ee";

    public static string Text(Figure figure)
    {
        var svg = new StringBuilder();
        Say($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" font-family=\"Inter, system-ui, sans-serif\" font-size=\"13\" fill=\"{Ink}\" role=\"img\" aria-label=\"{Safe(figure.Title)}\">\n");
        Say($"<title>{Safe(figure.Title)}</title><desc>{Safe(figure.Note ?? "")}</desc>\n<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n");

        var inner = Height - Top - Bottom;
        var strip = figure.Strip is null ? 0 : inner * StripShare;
        var main = new Box(Top, figure.Strip is null ? Top + inner : Top + inner - strip - Gap);
        var below = new Box(Top + inner - strip, Top + inner);

        var x = Scale.Of(figure.XAxis, figure.Groups.SelectMany(group => group.X), Left, Width - Right, margin: 0.03);
        var y = Scale.Of(figure.YAxis, Shown(false).Concat(figure.Levels.Select(level => (double?)level.At)), main.Bottom, main.Top, margin: 0.05);
        var ys = figure.Strip is null ? null : Scale.Of(figure.Strip, Shown(true), below.Bottom, below.Top, margin: 0.05);

        foreach (var tick in x.Ticks)
        {
            Say($"<path d=\"M{x.At(tick):F1} {main.Top:F1}V{main.Bottom:F1}\" stroke=\"{Grid}\"/><text x=\"{x.At(tick):F1}\" y=\"{Top + inner + 18:F1}\" text-anchor=\"middle\">{Numbers.Plain(tick)}</text>\n");
            if (ys is not null) Say($"<path d=\"M{x.At(tick):F1} {below.Top:F1}V{below.Bottom:F1}\" stroke=\"{Grid}\"/>\n");
        }
        foreach (var tick in y.Ticks)
            Say($"<path d=\"M{Left} {y.At(tick):F1}H{Width - Right}\" stroke=\"{Grid}\"/><text x=\"{Left - 8}\" y=\"{y.At(tick) + 4:F1}\" text-anchor=\"end\">{Numbers.Plain(tick)}</text>\n");
        if (ys is not null)
            Say($"<path d=\"M{Left} {ys.At(0):F1}H{Width - Right}\" stroke=\"{Soft}\"/><text x=\"{Left - 8}\" y=\"{ys.At(0) + 4:F1}\" text-anchor=\"end\">0</text>\n");
        Say($"<text x=\"{(Left + Width - Right) / 2:F1}\" y=\"{Height - 12}\" text-anchor=\"middle\">{Safe(figure.XAxis.Title)}</text>\n");
        Say($"<text transform=\"translate(18 {main.Middle:F1}) rotate(-90)\" text-anchor=\"middle\">{Safe(figure.YAxis.Title)}</text>\n");
        if (figure.Strip is { } axis) Say($"<text transform=\"translate(18 {below.Middle:F1}) rotate(-90)\" text-anchor=\"middle\">{Safe(axis.Title)}</text>\n");

        foreach (var level in figure.Levels)
            Say($"<path d=\"M{Left} {y.At(level.At):F1}H{Width - Right}\" stroke=\"{Soft}\" stroke-dasharray=\"6 4\"/><text x=\"{Width - Right}\" y=\"{y.At(level.At) - 4:F1}\" text-anchor=\"end\" font-size=\"12\" fill=\"{Soft}\">{Safe(level.Words)}</text>\n");

        var name = Left;
        foreach (var group in figure.Groups)
        {
            var rows = Rows(group, figure.XAxis.Log);
            foreach (var series in group.Series)
            {
                var to = series.InStrip ? ys! : y;
                var colour = series.Colour is { } slot ? Colours[slot % 8] : Ink;
                Draw(group.X, series, rows, x, to, colour);
                if (series.InStrip || figure.Groups.Sum(one => one.Series.Count(s => !s.InStrip)) < 2) continue;
                // The names stand above, each behind a piece of its line.
                Say($"<path d=\"M{name:F1} {Top - 16}h18\" stroke=\"{colour}\" stroke-width=\"2\"{(series.Mark == Mark.Band ? " stroke-dasharray=\"2 3\"" : "")}/><text x=\"{name + 24:F1}\" y=\"{Top - 12}\">{Safe(series.Name)}</text>\n");
                name += 40 + 7.2 * series.Name.Length;
            }
        }
        return svg.Append("</svg>\n").ToString();

        IEnumerable<double?> Shown(bool inStrip) => figure.Groups.SelectMany(group => group.Series).Where(series => series.InStrip == inStrip)
            .SelectMany(series => series.Y.Concat(series.Low ?? []).Concat(series.High ?? []));

        void Draw(IReadOnlyList<double?> at, FigureSeries series, int[] rows, Scale across, Scale up, string colour)
        {
            if (series.Mark == Mark.Cells)
            {
                Cells(at, series, across, up);
                return;
            }
            var steps = series.Mark == Mark.Steps;
            if (series is { Low: { } low, High: { } high })
            {
                var both = rows.Where(i => across.Takes(at[i]) && up.Takes(low[i]) && up.Takes(high[i])).ToArray();
                if (series.Mark == Mark.Band)
                {
                    foreach (var edge in new[] { low, high }) Say($"<path fill=\"none\" stroke=\"{colour}\" stroke-dasharray=\"2 3\" d=\"{Path(at, edge, both, across, up, false)}\"/>\n");
                    return;
                }
                if (both.Length > 1)
                {
                    var back = Path(at, low, both, across, up, steps, reversed: true);
                    Say($"<path fill=\"{colour}\" fill-opacity=\"0.2\" d=\"{Path(at, high, both, across, up, steps)}L{back[1..]}Z\"/>\n");
                }
            }
            var shown = rows.Where(i => across.Takes(at[i])).ToArray();
            if (series.Mark == Mark.Points)
                foreach (var i in shown.Where(i => up.Takes(series.Y[i])))
                    Say($"<circle cx=\"{across.At(at[i]!.Value):F1}\" cy=\"{up.At(series.Y[i]!.Value):F1}\" r=\"{(series.InStrip ? 1.4 : 2.4)}\" fill=\"{colour}\"/>\n");
            else
                foreach (var piece in Pieces(shown, i => up.Takes(series.Y[i])))
                    Say($"<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"{(series.Mark == Mark.Line ? 2 : 1.3)}\" d=\"{Path(at, series.Y, piece, across, up, steps)}\"/>\n");
        }

        void Cells(IReadOnlyList<double?> at, FigureSeries series, Scale across, Scale up)
        {
            var (width, height) = (Apart(at, across), Apart(series.Y, up));
            var most = series.Z!.Max() ?? 0;
            for (var i = 0; i < at.Count; i++)
            {
                if (!across.Takes(at[i]) || !up.Takes(series.Y[i]) || series.Z![i] is not { } value) continue;
                var place = 3 * (int)Math.Clamp(value / Math.Max(most, double.Epsilon) * 255, 0, 255);
                var colour = $"#{Palette.Viridis[place]:x2}{Palette.Viridis[place + 1]:x2}{Palette.Viridis[place + 2]:x2}";
                Say($"<rect x=\"{across.At(at[i]!.Value) - width / 2:F1}\" y=\"{up.At(series.Y[i]!.Value) - height / 2:F1}\" width=\"{width:F1}\" height=\"{height:F1}\" fill=\"{colour}\"/>\n");
            }
        }

        // How far neighbours lie apart on the paper.
        static double Apart(IReadOnlyList<double?> values, Scale scale)
        {
            var places = values.Where(scale.Takes).Select(value => scale.At(value!.Value)).Distinct().Order().ToArray();
            return places.Length < 2 ? 8 : places.Zip(places.Skip(1), (a, b) => b - a).Min();
        }

        void Say(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
    }

    static int[] Rows(SeriesGroup group, bool log)
    {
        if (group.X.Count <= Points || group.Series.Count == 0) return [.. Enumerable.Range(0, group.X.Count)];
        return Thinning.Pick(group.X, group.Series[0].Y, Points, log);
    }

    /// <summary>Stretches without a gap.</summary>
    static IEnumerable<int[]> Pieces(int[] rows, Func<int, bool> has)
    {
        var piece = new List<int>();
        foreach (var i in rows)
        {
            if (has(i)) { piece.Add(i); continue; }
            if (piece.Count > 0) yield return [.. piece];
            piece.Clear();
        }
        if (piece.Count > 0) yield return [.. piece];
    }

    static string Path(IReadOnlyList<double?> x, IReadOnlyList<double?> y, int[] rows, Scale across, Scale up, bool steps, bool reversed = false)
    {
        var corners = new List<(double X, double Y)>();
        for (var k = 0; k < rows.Length; k++)
        {
            var (px, py) = (across.At(x[rows[k]]!.Value), up.At(y[rows[k]]!.Value));
            if (steps && k > 0)
            {
                // The step lies half-way between two bins.
                var half = (across.At(x[rows[k - 1]]!.Value) + px) / 2;
                corners.Add((half, corners[^1].Y));
                corners.Add((half, py));
            }
            corners.Add((px, py));
        }
        if (reversed) corners.Reverse();
        return "M" + string.Join('L', corners.Select(at => string.Create(CultureInfo.InvariantCulture, $"{at.X:F1} {at.Y:F1}")));
    }

    static string Safe(string text) => SecurityElement.Escape(text);

    readonly record struct Box(double Top, double Bottom)
    {
        public double Middle => (Top + Bottom) / 2;
    }

    /// <summary>From a value to a place on the paper.</summary>
    sealed record Scale(double From, double To, double Begin, double End, bool Log)
    {
        public static Scale Of(Axis axis, IEnumerable<double?> values, double begin, double end, double margin)
        {
            var known = values.Where(value => value is { } v && double.IsFinite(v) && (!axis.Log || v > 0))
                .Select(value => axis.Log ? Math.Log10(value!.Value) : value!.Value).DefaultIfEmpty(0).ToArray();
            var (from, to) = (known.Min(), known.Max());
            if (axis.FromZero) (from, to) = (Math.Min(0, from), Math.Max(0, to));
            if (to <= from) (from, to) = (from - 0.5, to + 0.5);
            var room = margin * (to - from);
            return new(axis.FromZero && from == 0 ? 0 : from - room, to + room, begin, end, axis.Log);
        }

        public bool Takes(double? value) => value is { } v && double.IsFinite(v) && (!Log || v > 0);

        public double At(double value) => Begin + ((Log ? Math.Log10(value) : value) - From) / (To - From) * (End - Begin);

        public IEnumerable<double> Ticks
        {
            get
            {
                if (Log)
                {
                    for (var power = Math.Ceiling(From); power <= To; power++) yield return Math.Pow(10, power);
                    yield break;
                }
                var rough = (To - From) / 6;
                var unit = Math.Pow(10, Math.Floor(Math.Log10(rough)));
                var step = unit * (rough / unit < 1.5 ? 1 : rough / unit < 3.5 ? 2 : rough / unit < 7.5 ? 5 : 10);
                for (var k = Math.Ceiling(From / step); k * step <= To; k++) yield return k * step;
            }
        }
    }
}
