using System.Text;

namespace PqdPortal.Analysis;

/// <summary>Sentences that quote what stands in a file.</summary>
static class QuotedText
{
    /// <summary>
    /// A sentence that quotes a file: NUL and half characters, left where a quotation was cut, become the replacement character.
    /// Neither a database nor a page takes them.
    /// </summary>
    public static string Showable(string text)
    {
        var sound = true;
        for (var i = 0; i < text.Length && sound; i++)
            sound = text[i] != '\0' && (!char.IsSurrogate(text[i]) || char.IsSurrogatePair(text, i) && i++ >= 0);
        if (sound) return text;
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) clean.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        return clean.ToString();
    }
}
