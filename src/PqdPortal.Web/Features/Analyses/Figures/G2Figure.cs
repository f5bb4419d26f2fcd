using PqdPortal.Analysis;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>
/// g2(tau): data with their band, the fit, the line below which a single emitter lies, and what the fit leaves. On a logarithmic
/// axis the two sides are averaged; on an axis of counts everything is multiplied by the pairs that uncorrelated light would give.
/// </summary>
public static class G2Figure
{
    const double SingleEmitter = 0.5;

    public static Figure Draw(IReadOnlyList<NamedReport> reports, FigureView view)
    {
        var curves = reports.Select(one => (one.Name, one.Report, Curve: Look(one.Report.Curve("g2")!, view))).ToList();
        var main = curves[0].Curve;
        var unit = Numbers.Unit(reports[0].Report.Curve("g2")!.X.Unit);

        var figure = Figure.Of("Photon correlation g2(τ)")
            .X(view.Log ? "delay |τ|" : "delay τ", unit, main.Delay, view.Log)
            .Y(main.IsCounts ? "pairs per bin" : "g2(τ)", fromZero: true);
        foreach (var (name, report, curve) in curves)
        {
            if (report != reports[0].Report) figure.On(curve.Delay);
            figure.Steps(curves.Count == 1 ? "data" : name, curve.Value, curve.Sigma, curve.Pairs, "pairs", curve.Low, curve.High);
            if (view.Blocks && curve is { BlockLow: { } low, BlockHigh: { } high }) figure.Band("band from blocks", low, high);
            if (curve.Fit is not { } fit) continue;
            figure.Line(curves.Count == 1 ? $"{ModelWords(report)} fit" : $"fit, {name}", fit, curves.Count == 1 ? null : figure.LastColour);
            if (curves.Count == 1 && curve.Residual is { } residual) figure.Residuals(residual);
        }
        if (main.Expected is { } expected) figure.Level("half of uncorrelated light: below it a single emitter", SingleEmitter * expected, "single below");
        else if (!main.IsCounts) figure.Level("0.5: below it a single emitter", SingleEmitter, "single below 0.5");
        return figure.Saying(Words(reports[0].Report, main, view));
    }

    /// <summary>One curve as it is looked at. All lists have the length of the delay.</summary>
    sealed record Seen(IReadOnlyList<double?> Delay, IReadOnlyList<double?> Value)
    {
        public IReadOnlyList<double?>? Sigma { get; init; }
        public IReadOnlyList<double?>? Low { get; init; }
        public IReadOnlyList<double?>? High { get; init; }
        public IReadOnlyList<double?>? BlockLow { get; init; }
        public IReadOnlyList<double?>? BlockHigh { get; init; }
        public IReadOnlyList<double?>? Fit { get; init; }
        public IReadOnlyList<double?>? Residual { get; init; }
        public IReadOnlyList<double?>? Pairs { get; init; }
        public bool IsCounts { get; init; }

        /// <summary>Pairs a bin would hold for uncorrelated light; null unless the axis is counts.</summary>
        public double? Expected { get; init; }
        public int Masked { get; init; }
    }

    static Seen Look(Curve curve, FigureView view)
    {
        var y = curve.Y!;
        IReadOnlyList<double?>? more(string name) => curve.More.TryGetValue(name, out var series) ? series.Values : null;
        var seen = new Seen(curve.X.Values, y.Values)
        {
            Sigma = y.Sigma,
            Low = more("lo68"),
            High = more("hi68"),
            BlockLow = Apart(y.Values, more("band"), -1),
            BlockHigh = Apart(y.Values, more("band"), +1),
            Fit = curve.Fit,
            Residual = more("residual") ?? Left(y.Values, curve.Fit, y.Sigma),
            Pairs = more("counts"),
            Masked = more("masked")?.Count(mask => mask == 1) ?? 0,
        };
        if (view.Counts) seen = AsCounts(seen);
        return view.Log ? Folded(seen) : seen;
    }

    /// <summary>What the model leaves [sigma].</summary>
    static IReadOnlyList<double?>? Left(IReadOnlyList<double?> values, IReadOnlyList<double?>? fit, IReadOnlyList<double?>? sigma) =>
        fit is null || sigma is null ? null
        : [.. values.Select((value, i) => sigma[i] > 0 ? (value - fit[i]) / sigma[i] : null)];

    /// <summary>The edge of a band that lies that far from the values.</summary>
    static IReadOnlyList<double?>? Apart(IReadOnlyList<double?> values, IReadOnlyList<double?>? distance, int side) =>
        distance is null ? null : [.. values.Zip(distance, (value, far) => value + side * far)];

    /// <summary>Every number of a bin times the pairs that uncorrelated light would leave in it.</summary>
    static Seen AsCounts(Seen seen)
    {
        if (seen.Pairs is not { } pairs) return seen;
        var ratio = pairs.Select((count, i) => seen.Value[i] > 0 ? count / seen.Value[i] : null).ToArray();
        var known = ratio.OfType<double>().Order().ToArray();
        if (known.Length == 0) return seen;
        var typical = known[known.Length / 2];
        IReadOnlyList<double?>? times(IReadOnlyList<double?>? list) => list is null ? null : [.. list.Select((value, i) => value * (ratio[i] ?? typical))];
        return seen with
        {
            Value = pairs,
            Sigma = times(seen.Sigma),
            Low = times(seen.Low),
            High = times(seen.High),
            BlockLow = times(seen.BlockLow),
            BlockHigh = times(seen.BlockHigh),
            Fit = times(seen.Fit),
            IsCounts = true,
            Expected = typical,
        };
    }

    /// <summary>Both sides of zero averaged; zero itself has no place on a logarithmic axis.</summary>
    static Seen Folded(Seen seen)
    {
        var n = seen.Delay.Count;
        var right = Enumerable.Range(0, n).Where(i => seen.Delay[i] > 0).ToArray();
        // Bins are symmetric about zero, so the mirror of bin i is bin n - 1 - i.
        IReadOnlyList<double?>? mean(IReadOnlyList<double?>? list) => list is null ? null : [.. right.Select(i => (list[i] + list[n - 1 - i]) / 2)];
        IReadOnlyList<double?>? side(IReadOnlyList<double?> delay) => [.. right.Select(i => delay[i])];
        var sigma = seen.Sigma is null ? null : (IReadOnlyList<double?>)[.. right.Select(i =>
            seen.Sigma[i] is { } a && seen.Sigma[n - 1 - i] is { } b ? Math.Sqrt(a * a + b * b) / 2 : (double?)null)];
        var value = mean(seen.Value)!;
        var fit = mean(seen.Fit);
        return new(side(seen.Delay)!, value)
        {
            Sigma = sigma,
            BlockLow = Narrowed(seen.BlockLow, value, right, n, seen.Value),
            BlockHigh = Narrowed(seen.BlockHigh, value, right, n, seen.Value),
            Fit = fit,
            Residual = Left(value, fit, sigma),
            Pairs = seen.Pairs is null ? null : [.. right.Select(i => seen.Pairs[i] + seen.Pairs[n - 1 - i])],
            IsCounts = seen.IsCounts,
            Expected = seen.Expected,
            Masked = seen.Masked,
        };
    }

    /// <summary>The distance of a band's edge from the value, of two bins averaged: in quadrature, halved.</summary>
    static IReadOnlyList<double?>? Narrowed(
        IReadOnlyList<double?>? edge, IReadOnlyList<double?> folded, int[] right, int n, IReadOnlyList<double?> value) =>
        edge is null ? null
        : [.. right.Select((i, at) => edge[i] - value[i] is { } a && edge[n - 1 - i] - value[n - 1 - i] is { } b
            ? folded[at] + Math.Sign(a + b) * Math.Sqrt(a * a + b * b) / 2 : null)];

    static string ModelWords(AnalysisReport report) =>
        report.Quantity("t2_ns") is { Value: not null } ? "three-level" : report.Quantity("t1_ns") is { Value: not null } ? "two-level" : "model";

    static string Words(AnalysisReport report, Seen seen, FigureView view)
    {
        List<string> said = [];
        if (BinWidth(report) is { } bin) said.Add($"Bins of {bin}.");
        said.Add(view.Log
            ? "Both sides of zero are averaged; the bin at zero has no place on a logarithmic axis."
            : "The band is one standard deviation, from the counted pairs.");
        if (view.Counts && !seen.IsCounts) said.Add("This result carries no counted pairs, so the normalised value is shown.");
        if (view.Blocks) said.Add(seen.BlockLow is null ? "This result carries no band from blocks." : "Dotted: the band from blocks of the measurement.");
        if (seen.Masked > 0) said.Add($"{seen.Masked} bins were left out of the fit.");
        return string.Join(" ", said);
    }

    /// <summary>The width of a bin from the delays themselves.</summary>
    static string? BinWidth(AnalysisReport report)
    {
        var x = report.Curve("g2")!.X;
        return x.Values.Count > 1 && x.Values[1] - x.Values[0] is { } width ? $"{Numbers.Plain(width)} {Numbers.Unit(x.Unit)}" : null;
    }
}
