using System.Globalization;
using System.Text;

namespace PqdPortal.Data.Uploads;

/// <summary>File names as they are compared: without capitals, wide letters as plain ones.</summary>
public static class NameLetters
{
    /// <summary>Letters of other alphabets that look like those of codes.</summary>
    static readonly Dictionary<char, char> LookLike = new()
    {
        ['Ѕ'] = 's', ['ѕ'] = 's', ['О'] = 'o', ['о'] = 'o', ['Р'] = 'p', ['р'] = 'p', ['С'] = 'c', ['с'] = 'c', ['А'] = 'a', ['а'] = 'a', ['В'] = 'b',
        ['Е'] = 'e', ['е'] = 'e', ['Т'] = 't', ['Н'] = 'h', ['К'] = 'k', ['М'] = 'm', ['Х'] = 'x', ['х'] = 'x', ['У'] = 'y', ['ԁ'] = 'd', ['Ԛ'] = 'q', ['ԛ'] = 'q',
        ['Α'] = 'a', ['Β'] = 'b', ['Ε'] = 'e', ['Ζ'] = 'z', ['Η'] = 'h', ['Ι'] = 'i', ['Κ'] = 'k', ['Μ'] = 'm', ['Ν'] = 'n', ['Ο'] = 'o', ['Ρ'] = 'p', ['Τ'] = 't', ['Χ'] = 'x',
        ['‐'] = '-', ['‑'] = '-', ['‒'] = '-', ['–'] = '-', ['—'] = '-', ['−'] = '-',
    };

    /// <summary>One letter as it is compared.</summary>
    public static char Plain(char letter) =>
        letter is >= '！' and <= '～' ? char.ToLowerInvariant((char)(letter - 0xfee0)) : char.ToLowerInvariant(letter);

    /// <summary>A name as it is compared, as long as it was.</summary>
    public static string Plain(string name) => string.Create(name.Length, name, (to, from) =>
    {
        for (var i = 0; i < to.Length; i++) to[i] = Plain(from[i]);
    });

    /// <summary>The name with letters that only look like those of codes put in their place, and the first of those; null where there are none.</summary>
    public static (string Name, char Found)? Seen(string name)
    {
        char? found = null;
        var seen = new StringBuilder(name.Length);
        foreach (var letter in name)
        {
            var isLike = LookLike.TryGetValue(letter, out var like);
            // Digits of other scripts.
            if (!isLike && letter > '\u007f' && char.GetUnicodeCategory(letter) == UnicodeCategory.DecimalDigitNumber && Plain(letter) > '\u007f')
                (isLike, like) = (true, (char)('0' + (int)char.GetNumericValue(letter)));
            if (isLike) found ??= letter;
            seen.Append(isLike ? like : letter);
        }
        return found is { } first ? (seen.ToString(), first) : null;
    }
}
