using System.Text;

namespace PqdPortal.Data.Uploads;

/// <summary>What stays the same in the names of a series: <c>film_left_007.ptu</c> and <c>film_left_008.ptu</c> are both <c>film_left_#</c>.</summary>
public static class NameShape
{
    /// <summary>Longest shape that is kept [characters].</summary>
    public const int Longest = 300;

    const int MostNumbers = 12;

    /// <summary>Stands where the number of the dot stood.</summary>
    const string Dot = "{dot}";

    /// <summary>The name without capitals, extension, dates, times and its running number.</summary>
    public static string Of(string name) => Made(Stem(name), null);

    /// <summary>The shapes the name would have if one of its numbers were that of a dot.</summary>
    public static IEnumerable<(string Shape, int Number)> WithDot(string name)
    {
        var stem = Stem(name);
        foreach (var (begin, length) in Numbers(stem).Where(number => number.Length <= 5).Take(MostNumbers))
            yield return (Made(stem, begin), int.Parse(stem.AsSpan(begin, length)));
    }

    /// <summary>The innermost folder that is more than a date; null where there is none.</summary>
    public static string? OfFolder(string? folder)
    {
        foreach (var part in NameLetters.Plain(folder ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            var shape = Made(part, null, isFolder: true);
            if (shape.Any(char.IsLetter)) return shape;
        }
        return null;
    }

    static string Stem(string name)
    {
        var plain = NameLetters.Plain(name);
        return plain.LastIndexOf('.') is > 0 and var dot && plain.Length - dot <= 12 ? plain[..dot] : plain;
    }

    static string Made(string stem, int? dotAt, bool isFolder = false)
    {
        var numbers = Numbers(stem);
        var made = new StringBuilder();
        var at = 0;
        foreach (var (i, (begin, length)) in numbers.Index())
        {
            made.Append(stem, at, begin - at);
            at = begin + length;
            // The running number is the last, where a word does not end in it: film3 is a name, film_3 the third of a series.
            var runs = !isFolder && i == numbers.Count - 1 && (numbers.Count > 1 || begin == 0 || !char.IsLetter(stem[begin - 1]));
            if (begin == dotAt) made.Append(Dot);
            else if (runs || length >= 6 || IsDate(stem, numbers, i)) made.Append('#');
            else made.Append(stem, begin, length);
        }
        made.Append(stem, at, stem.Length - at);
        if (made.Length <= Longest) return made.ToString();
        return made.ToString(0, char.IsHighSurrogate(made[Longest - 1]) ? Longest - 1 : Longest);
    }

    /// <summary>A part of 2026-03-14 or 15-09-26.</summary>
    static bool IsDate(string stem, List<(int Begin, int Length)> numbers, int i)
    {
        for (var first = Math.Max(0, i - 2); first <= i && first + 2 < numbers.Count; first++)
        {
            var (a, b, c) = (numbers[first], numbers[first + 1], numbers[first + 2]);
            var joint = a.Begin + a.Length;
            if (a.Length is 2 or 4 && b.Length == 2 && c.Length is 2 or 4 && b.Begin == joint + 1 && c.Begin == b.Begin + 3
                && stem[joint] is '-' or '.' or '_' && stem[joint] == stem[c.Begin - 1]) return true;
        }
        return false;
    }

    static List<(int Begin, int Length)> Numbers(string stem)
    {
        List<(int, int)> numbers = [];
        for (var at = 0; at < stem.Length;)
        {
            var end = at;
            while (end < stem.Length && char.IsAsciiDigit(stem[end])) end++;
            if (end > at) numbers.Add((at, end - at));
            at = Math.Max(end, at + 1);
        }
        return numbers;
    }
}
