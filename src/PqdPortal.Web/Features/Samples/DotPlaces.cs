using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Web.Features.Samples;

/// <summary>A dot that is to be added.</summary>
/// <param name="Label">Null where it is numbered.</param>
/// <param name="X">Position [um].</param>
public sealed record DotPlace(string? Label = null, double? X = null, double? Y = null);

/// <summary>Dots from what people type: a number, a list, a grid.</summary>
public static class DotPlaces
{
    public static (IReadOnlyList<DotPlace>? Places, string? Trouble) Count(string text)
    {
        var (count, trouble) = NumberText.Read(text, whole: true);
        if (trouble is not null) return (null, trouble);
        if (count is null) return (null, "Write how many dots to add.");
        return count is >= 1 and <= SampleCommands.MostDots ? ([.. Enumerable.Range(0, (int)count).Select(_ => new DotPlace())], null) : (null, TooMany(count.Value));
    }

    /// <summary>One a line: label; x y; label x y.</summary>
    public static (IReadOnlyList<DotPlace>? Places, string? Trouble) List(string text)
    {
        List<DotPlace> places = [];
        var line = 0;
        foreach (var row in text.Split('\n'))
        {
            line++;
            var parts = row.Split([' ', '\t', ';', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0) continue;
            if (parts.Length > 3) return (null, $"Line {line} has {parts.Length} parts; a dot has a label, a position x y, or both.");
            var label = parts.Length is 1 or 3 ? parts[0] : null;
            double? x = null, y = null;
            if (parts.Length > 1)
            {
                (x, var wrong) = NumberText.Read(parts[^2]);
                (y, var also) = NumberText.Read(parts[^1]);
                if ((wrong ?? also) is { } trouble) return (null, $"Line {line}: {trouble}");
            }
            places.Add(new(label, x, y));
            if (places.Count > SampleCommands.MostDots) return (null, TooMany(places.Count));
        }
        return places.Count == 0 ? (null, "Write at least one dot.") : (places, null);
    }

    /// <summary>Row by row, from the first corner.</summary>
    public static (IReadOnlyList<DotPlace>? Places, string? Trouble) Grid(string columns, string rows, string step, string x, string y)
    {
        var (wide, t1) = NumberText.Read(columns, whole: true);
        var (high, t2) = NumberText.Read(rows, whole: true);
        var (apart, t3) = NumberText.Read(step);
        var (left, t4) = NumberText.Read(x);
        var (top, t5) = NumberText.Read(y);
        if ((t1 ?? t2 ?? t3 ?? t4 ?? t5) is { } trouble) return (null, trouble);
        if (wide is not >= 1 || high is not >= 1) return (null, "A grid has at least one column and one row.");
        if (apart is not > 0) return (null, "The spacing of a grid is greater than 0 µm.");
        if (wide * high > SampleCommands.MostDots) return (null, TooMany(wide.Value * high.Value));
        return (
        [
            .. from row in Enumerable.Range(0, (int)high)
               from column in Enumerable.Range(0, (int)wide)
               select new DotPlace(null, Math.Round((left ?? 0) + column * apart.Value, 6), Math.Round((top ?? 0) + row * apart.Value, 6)),
        ], null);
    }

    static string TooMany(double count) => $"The number of dots to add lies between 1 and {SampleCommands.MostDots}; {count:G6} stands here. Add the others afterwards.";
}
