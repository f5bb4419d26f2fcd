using System.Globalization;
using System.Text;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Data.Edits;

/// <summary>What a name looks like on a label: two names of one look cannot be told apart by eye.</summary>
public static class NameLooks
{
    /// <summary>Without capitals, invisible characters and double spaces; letters, digits and dashes that look alike by one of them.</summary>
    public static string Of(string name)
    {
        var seen = NameLetters.Seen(name)?.Name ?? name;
        var look = new StringBuilder(seen.Length);
        var isSpaced = false;
        foreach (var rune in seen.EnumerateRunes())
        {
            // Direction marks, joiners, variation selectors and soft hyphens show nothing.
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.NonSpacingMark && !Rune.IsWhiteSpace(rune)) continue;
            if (Rune.IsWhiteSpace(rune))
            {
                isSpaced = look.Length > 0;
                continue;
            }
            if (isSpaced) look.Append(' ');
            isSpaced = false;
            if (rune.IsBmp)
                look.Append(NameLetters.Plain((char)rune.Value) switch { '0' => 'o', '1' or 'i' or '|' or 'ı' or 'і' => 'l', '_' or '‐' or '‑' or '–' or '—' or '−' => '-', var plain => plain });
            else look.Append(rune.ToString());
        }
        return look.ToString();
    }
}
