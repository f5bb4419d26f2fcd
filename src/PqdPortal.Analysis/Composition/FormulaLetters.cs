using System.Text;

namespace PqdPortal.Analysis.Composition;

/// <summary>A formula as typed or pasted, brought to plain letters, and where each of them stood.</summary>
/// <param name="Clean">Plain text: real subscripts as digits, spaces and the marks of TeX dropped, written-out molecules as their tokens.</param>
/// <param name="At">For each character of it, and for its end, where it begins in the text as given [UTF-16 units].</param>
/// <param name="Ends">For each character of it, where it ends there.</param>
sealed record FormulaLetters(string Clean, int[] At, int[] Ends)
{
    /// <summary>Written-out molecules, the longest first.</summary>
    static readonly (string Written, string Token)[] Molecules =
    [
        ("C6H5C2H4NH3", "PEA"), ("NH2CH=NH2", "FA"), ("CH(NH2)2", "FA"), ("HC(NH2)2", "FA"), ("C8H9NH3", "PEA"), ("C4H9NH3", "BA"), ("CH3NH3", "MA"),
    ];

    public static FormulaLetters Of(string given)
    {
        var plain = new StringBuilder(given.Length);
        var at = new List<int>(given.Length + 1);
        for (var i = 0; i < given.Length; i++)
        {
            if (Plain(given[i]) is not { } c) continue;
            plain.Append(c);
            at.Add(i);
        }

        at.Add(given.Length);
        var text = plain.ToString();
        int[] ends = [.. at.Take(text.Length).Select(i => i + 1)];
        return text.Contains("NH") ? new FormulaLetters(text, [.. at], ends).WithTokens() : new(text, [.. at], ends);
    }

    /// <summary>The character as it is read; null where it is left out.</summary>
    static char? Plain(char c) => c switch
    {
        >= '\u2080' and <= '\u2089' => (char)('0' + (c - '\u2080')),
        '\u2093' => 'x',
        '\u208B' or '\u2212' or '\u2013' => '-',
        '\u2024' or '\uFF0E' => '.',
        '$' or '_' or '{' or '}' => null,
        _ when char.IsWhiteSpace(c) => null,
        _ => c,
    };

    FormulaLetters WithTokens()
    {
        var text = new StringBuilder(Clean.Length);
        var (at, ends) = (new List<int>(At.Length), new List<int>(At.Length));
        for (var i = 0; i < Clean.Length;)
        {
            var (written, token) = Clean[i] is 'C' or 'H' or 'N' ? Molecules.FirstOrDefault(molecule => Clean.AsSpan(i).StartsWith(molecule.Written, StringComparison.Ordinal)) : default;
            if (written is null)
            {
                text.Append(Clean[i]);
                ends.Add(Ends[i]);
                at.Add(At[i++]);
                continue;
            }

            var begin = i;
            i += written.Length;
            if (i < Clean.Length && Clean[i] == '+') i++;
            foreach (var c in token)
            {
                text.Append(c);
                at.Add(At[begin]);
                ends.Add(Ends[i - 1]);
            }
        }

        at.Add(At[^1]);
        return new(text.ToString(), [.. at], [.. ends]);
    }
}
