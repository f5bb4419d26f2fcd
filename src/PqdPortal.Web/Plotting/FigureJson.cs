using System.Text.Json;
using System.Text.Json.Serialization;

namespace PqdPortal.Web.Plotting;

/// <summary>A figure as the browser gets it: one answer, thinned to what the screen can show.</summary>
public static class FigureJson
{
    /// <summary>Points a series is thinned to unless asked otherwise, and the most that may be asked for.</summary>
    public const int UsualPoints = 1200;
    public const int MostPoints = 10_000;

    static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The figure as UTF-8 JSON.</summary>
    /// <param name="points">Most points of each series; taken to the nearest number that is allowed.</param>
    /// <param name="from">Begin of the stretch of the x axis that is in view; null for all of it.</param>
    /// <param name="to">End of that stretch.</param>
    /// <remarks>
    /// Data of one axis are thinned together, so that a value, its band, its model and its residual stay in one row.
    /// NaN and infinity do not pass; missing values are null.
    /// </remarks>
    public static byte[] Bytes(Figure figure, int? points = null, double? from = null, double? to = null)
    {
        var limit = Math.Clamp(points ?? UsualPoints, Thinning.Least * 5, MostPoints);
        int shown = 0, total = 0;
        var groups = new List<Group>();
        foreach (var group in figure.Groups)
        {
            // A map is whole or it has holes.
            var (begin, end) = group.Series.Any(series => series.Mark == Mark.Cells) ? (0, group.X.Count) : InView(group.X, from, to);
            var x = Slice(group.X, begin, end)!;
            var rows = Rows(group, x, begin, end, limit, figure.XAxis.Log);
            shown += rows.Length;
            total += group.X.Count;
            groups.Add(new(Take(x, rows), [.. group.Series.Select(series => new Drawn(
                series.Name, series.Mark, series.Colour, series.InStrip ? true : null,
                Take(Slice(series.Y, begin, end), rows)!,
                Take(Slice(series.Low, begin, end), rows), Take(Slice(series.High, begin, end), rows),
                Take(Slice(series.Sigma, begin, end), rows), Take(Slice(series.Events, begin, end), rows),
                series.Events is null ? null : series.EventName)
                { Z = Take(Slice(series.Z, begin, end), rows), ZAxis = series.ZAxis })]));
        }
        return JsonSerializer.SerializeToUtf8Bytes(
            new Sheet(figure.Title, figure.Note, figure.XAxis, figure.YAxis, figure.Strip, groups, figure.Levels, shown, total)
            {
                Whole = figure.Whole is { } whole ? [whole.From, whole.To] : null,
                Coming = figure.IsComing ? true : null,
            }, Options);
    }

    /// <summary>Indices that stay: what the data series need, with one budget for all of them; models and bands follow.</summary>
    static int[] Rows(SeriesGroup group, IReadOnlyList<double?> x, int begin, int end, int limit, bool log)
    {
        if (group.Series.Any(series => series.Mark == Mark.Cells)) return [.. Enumerable.Range(0, x.Count)];
        var data = group.Series.Where(series => series.Mark is Mark.Steps or Mark.Points && !series.InStrip).ToList();
        if (data.Count == 0) data = [.. group.Series.Take(1)];
        if (x.Count <= limit || data.Count == 0) return [.. Enumerable.Range(0, x.Count)];
        var each = Math.Max(Thinning.Least, limit / data.Count);
        return [.. data.SelectMany(series => Thinning.Pick(x, Slice(series.Y, begin, end)!, each, log)).Distinct().Order()];
    }

    /// <summary>The rows in view and one more on each side, so that lines run out of the picture.</summary>
    static (int Begin, int End) InView(IReadOnlyList<double?> x, double? from, double? to)
    {
        int begin = 0, end = x.Count;
        while (from is not null && begin + 1 < x.Count && x[begin + 1] < from) begin++;
        while (to is not null && end - 2 >= begin && x[end - 2] > to) end--;
        return (begin, end);
    }

    static IReadOnlyList<double?>? Slice(IReadOnlyList<double?>? list, int begin, int end) =>
        list is null || begin == 0 && end == list.Count ? list : [.. list.Skip(begin).Take(end - begin)];

    static double?[]? Take(IReadOnlyList<double?>? list, int[] rows)
    {
        if (list is null) return null;
        var taken = new double?[rows.Length];
        for (var i = 0; i < rows.Length; i++) taken[i] = list[rows[i]] is { } value && double.IsFinite(value) ? Short(value) : null;
        return taken;
    }

    /// <summary>Eight digits: more than a screen can show, half the bytes. The CSV has all digits.</summary>
    static double Short(double value)
    {
        if (value == 0 || Math.Abs(value) is < 1e-20 or > 1e15) return value;
        var decimals = 7 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return decimals is >= 0 and <= 15 ? Math.Round(value, decimals) : value;
    }

    sealed record Sheet(
        string Title, string? Note, Axis X, Axis Y, Axis? Strip, IReadOnlyList<Group> Groups, IReadOnlyList<Level> Levels, int Shown, int Total)
    {
        public double[]? Whole { get; init; }
        public bool? Coming { get; init; }
    }

    sealed record Group(double?[]? X, IReadOnlyList<Drawn> Series);

    sealed record Drawn(
        string Name, Mark Mark, int? Colour, bool? Strip, double?[] Y, double?[]? Low, double?[]? High,
        double?[]? Sigma, double?[]? Events, string? EventName)
    {
        public double?[]? Z { get; init; }
        public Axis? ZAxis { get; init; }
    }
}
