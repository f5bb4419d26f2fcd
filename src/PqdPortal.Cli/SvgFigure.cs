using System.Globalization;
using System.Security;
using System.Text;
using PqdPortal.Analysis;

namespace PqdPortal.Cli;

/// <summary>A curve as a still SVG picture: steps with their error band, the fit, axes with quantity and unit.</summary>
public static class SvgFigure
{
    const double Width = 760, Height = 460, Left = 78, Right = 18, Top = 40, Bottom = 58;
    const int MostPoints = 4000; // more cannot be seen, and viewers choke

    /// <param name="title">What the picture shows, above it.</param>
    public static string Of(Curve curve, string title)
    {
        var y = curve.Y ?? new Series("", "1", [.. curve.X.Values.Select(_ => (double?)1)]);
        var xs = curve.X.Values;
        var step = Math.Max(1, (xs.Count + MostPoints - 1) / MostPoints);
        var points = Enumerable.Range(0, xs.Count).Where(i => i % step == 0 && xs[i] is not null && y.Values[i] is not null).ToArray();
        var text = new StringBuilder();
        text.Append(Inv($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"{Escape(title)}\">\n"));
        text.Append(Inv($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n<text x=\"{Left}\" y=\"24\" font-size=\"15\">{Escape(title)}</text>\n"));
        if (points.Length == 0)
            return text.Append(Inv($"<text x=\"{Left}\" y=\"{Height / 2}\">no values</text>\n</svg>\n")).ToString();

        double Sigma(int i) => y.Sigma is { } s && i < s.Count ? s[i] ?? 0 : 0;
        var (x0, x1) = (points.Min(i => xs[i]!.Value), points.Max(i => xs[i]!.Value));
        var (y0, y1) = (points.Min(i => y.Values[i]!.Value - Sigma(i)), points.Max(i => y.Values[i]!.Value + Sigma(i)));
        if (y0 > 0 && y0 < 0.5 * y1) y0 = 0;
        if (x1 <= x0) (x0, x1) = (x0 - 0.5, x1 + 0.5);
        if (y1 <= y0) (y0, y1) = (y0 - 0.5, y1 + 0.5);
        y1 += 0.05 * (y1 - y0);
        double X(double x) => Left + (x - x0) / (x1 - x0) * (Width - Left - Right);
        double Y(double v) => Height - Bottom - (v - y0) / (y1 - y0) * (Height - Top - Bottom);

        foreach (var tick in Ticks(x0, x1))
            text.Append(Inv($"<path d=\"M{X(tick):F1} {Top}V{Height - Bottom}\" stroke=\"#e5e7eb\"/><text x=\"{X(tick):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{Label(tick)}</text>\n"));
        foreach (var tick in Ticks(y0, y1))
            text.Append(Inv($"<path d=\"M{Left} {Y(tick):F1}H{Width - Right}\" stroke=\"#e5e7eb\"/><text x=\"{Left - 8}\" y=\"{Y(tick) + 4:F1}\" text-anchor=\"end\">{Label(tick)}</text>\n"));
        text.Append(Inv($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 16}\" text-anchor=\"middle\">{Escape(Axis(curve.X))}</text>\n"));
        text.Append(Inv($"<text transform=\"translate(20 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{Escape(Axis(y))}</text>\n"));

        if (y.Sigma is not null && points.Length > 1)
        {
            text.Append("<path fill=\"#93c5fd\" fill-opacity=\"0.45\" d=\"M");
            text.AppendJoin('L', points.Select(i => At(i, Sigma(i))));
            text.Append('L').AppendJoin('L', points.Reverse().Select(i => At(i, -Sigma(i)))).Append("Z\"/>\n");
        }

        text.Append("<path fill=\"none\" stroke=\"#1d4ed8\" d=\"M");
        for (var k = 0; k < points.Length; k++)
        {
            var i = points[k];
            var before = k > 0 ? points[k - 1] : points[Math.Min(1, points.Length - 1)];
            var edge = k > 0 ? 0.5 * (xs[before]!.Value + xs[i]!.Value) : Math.Max(x0, 1.5 * xs[i]!.Value - 0.5 * xs[before]!.Value);
            text.Append(k == 0 ? Inv($"{X(edge):F2} {Y(y.Values[i]!.Value):F2}") : Inv($"H{X(edge):F2}V{Y(y.Values[i]!.Value):F2}"));
        }

        text.Append(Inv($"H{X(x1):F2}\"/>\n"));
        if (curve.Fit is { } fit)
        {
            text.Append("<path fill=\"none\" stroke=\"#b91c1c\" stroke-width=\"1.6\" d=\"M");
            text.AppendJoin('L', points.Where(i => i < fit.Count && fit[i] is not null).Select(i => Inv($"{X(xs[i]!.Value):F2} {Y(fit[i]!.Value):F2}")));
            text.Append("\"/>\n");
            text.Append(Inv($"<text x=\"{Width - Right}\" y=\"24\" text-anchor=\"end\"><tspan fill=\"#1d4ed8\">data</tspan>{(y.Sigma is null ? "" : " with 68 % errors")}, <tspan fill=\"#b91c1c\">fit</tspan></text>\n"));
        }

        text.Append(Inv($"<rect x=\"{Left}\" y=\"{Top}\" width=\"{Width - Left - Right}\" height=\"{Height - Top - Bottom}\" fill=\"none\" stroke=\"#374151\"/>\n</svg>\n"));
        return text.ToString();

        string At(int i, double add) => Inv($"{X(xs[i]!.Value):F2} {Y(y.Values[i]!.Value + add):F2}");
    }

    static IEnumerable<double> Ticks(double from, double to)
    {
        var rough = (to - from) / 6;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
        for (var k = Math.Ceiling(from / step); k * step <= to * (1 + 1e-12); k++) yield return k * step;
    }

    static string Label(double x) => (Math.Abs(x) < 1e-12 ? 0 : x).ToString("G6", CultureInfo.InvariantCulture);

    static string Axis(Series series) => series.Unit is "1" or "" ? series.Name : $"{series.Name} ({series.Unit})";

    static string Escape(string text) => SecurityElement.Escape(text);

    static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
