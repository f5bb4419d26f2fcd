namespace PqdPortal.Analysis.Composition;

/// <summary>What may have been meant by letters that are no ion: look-alikes of other alphabets, wrong case, one slip of the finger.</summary>
static class LookAlikes
{
    /// <summary>Longest token that is worth a suggestion [characters].</summary>
    const int Longest = 40;

    // Cyrillic and Greek letters with the Latin ones they look like.
    const string Foreign = "АВСЕНІКМОРТХУЅЈЗаеорсухіѕјԁΑΒΕΖΗΙΚΜΝΟΡΤΥΧονραιχу";
    const string Latin   = "ABCEHIKMOPTXYSJ3aeopcyxisjdABEZHIKMNOPTYXovpaixy";

    /// <summary>Ions that people write most, in the order in which they are guessed.</summary>
    static readonly string[] Usual = ["Cs", "Pb", "Br", "I", "Cl", "FA", "MA", "Sn", "PEA", "BA", "Rb", "Bi", "Ag", "Mn", "Zn", "Sb", "In", "Na", "F", "Ni", "Cu", "Cd", "Ce", "Yb", "OA", "OLA", "K", "DMA", "GA", "EA", "Ge"];

    static readonly Ion[] Guesses = [.. IonTable.Ions.OrderBy(ion => Array.IndexOf(Usual, ion.Name) is >= 0 and var k ? k : int.MaxValue)];

    public static bool IsForeign(char c) => Foreign.Contains(c) || c is >= '\uFF01' and <= '\uFF5E';

    /// <summary>The text with foreign letters by the Latin ones they look like.</summary>
    public static string Latinised(ReadOnlySpan<char> text)
    {
        Span<char> latin = text.Length <= Longest ? stackalloc char[text.Length] : new char[text.Length];
        for (var i = 0; i < text.Length; i++)
            latin[i] = text[i] is >= '\uFF01' and <= '\uFF5E' ? (char)(text[i] - 0xFEE0) : Foreign.IndexOf(text[i]) is >= 0 and var k ? Latin[k] : text[i];
        return latin.ToString();
    }

    /// <summary>What may stand in place of the token; null where nothing is near.</summary>
    public static string? Suggest(ReadOnlySpan<char> token)
    {
        if (token.Length is 0 or > Longest) return null;
        var latin = Latinised(token);
        var isForeign = !token.SequenceEqual(latin);
        if (isForeign && (latin is "x" or "y" or "z" || Tokens(latin) == latin || latin.All(c => char.IsAsciiDigit(c) || c is '.' or '-' or ',' or '(' or ')'))) return latin;
        if (Tokens(latin.Replace('l', 'I').Replace('|', 'I')) is { } withIodine && latin.Contains('l')) return withIodine;
        if (Tokens(latin) is { } cased) return cased;
        Ion? best = null;
        var bestRank = (Distance: 2, Far: 2);
        foreach (var ion in Guesses)
        {
            var far = char.ToUpperInvariant(ion.Name[0]) == char.ToUpperInvariant(latin[0]) ? 0 : 1;
            if (far == 1 && latin.Length == 1) continue;
            var rank = (IsWithinOne(latin, ion.Name) ? 1 : 2, far);
            if (rank.Item1 < 2 && rank.CompareTo(bestRank) < 0) (best, bestRank) = (ion, rank);
        }

        return best?.Name ?? (isForeign ? latin : null);
    }

    /// <summary>The letters as a row of ions whatever their case; null where they are none.</summary>
    static string? Tokens(string letters)
    {
        // From the end: what each tail reads as, the longest ion first.
        var tails = new string?[letters.Length + 1];
        tails[^1] = "";
        for (var from = letters.Length - 1; from >= 0; from--)
        {
            if (letters[from] is 'x' or 'y' or 'z' && from > 0 && tails[from + 1] is { } after) tails[from] = letters[from] + after;
            for (var length = Math.Min(IonTable.LongestName, letters.Length - from); length > 0; length--)
            {
                var part = letters.Substring(from, length);
                if (tails[from + length] is not { } rest) continue;
                var name = IonTable.Find(part)?.Name ?? Guesses.FirstOrDefault(ion => ion.Name.Equals(part, StringComparison.OrdinalIgnoreCase))?.Name;
                if (name is null) continue;
                tails[from] = name + rest;
                break;
            }
        }

        return letters.Length == 0 ? null : tails[0];
    }

    /// <summary>One letter too many, too few, another one, or two changed places.</summary>
    static bool IsWithinOne(string a, string b)
    {
        if (a.Length > b.Length) (a, b) = (b, a);
        if (b.Length - a.Length > 1) return false;
        var same = 0;
        while (same < a.Length && a[same] == b[same]) same++;
        if (a.Length < b.Length) return a.AsSpan(same).SequenceEqual(b.AsSpan(same + 1));
        if (same == a.Length) return true;
        return a.AsSpan(same + 1).SequenceEqual(b.AsSpan(same + 1))
            || same + 1 < a.Length && a[same] == b[same + 1] && a[same + 1] == b[same] && a.AsSpan(same + 2).SequenceEqual(b.AsSpan(same + 2));
    }
}
