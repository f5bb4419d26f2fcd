namespace PqdPortal.Data.Edits;

/// <summary>What the database can keep of what people and programs send. One rule for forms, pages and the REST API.</summary>
public static class Keepable
{
    /// <summary>Longest text of a field that has no limit of its own, such as notes [characters].</summary>
    public const int LongText = 100_000;

    /// <summary>Longest notes [bytes of UTF-8].</summary>
    public const int LongestNotes = 64 << 10;

    /// <summary>Days that can be meant: before the first there was no such measurement, and the last leaves room for an end of a grant.</summary>
    public static readonly DateOnly FirstDay = new(1900, 1, 1), LastDay = new(2200, 12, 31);

    /// <summary>True where every character is one: PostgreSQL keeps no NUL, and half of a pair is no letter in any encoding.</summary>
    public static bool IsText(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || char.IsLowSurrogate(text[i])) return false;
            if (!char.IsHighSurrogate(text[i])) continue;
            if (++i == text.Length || !char.IsLowSurrogate(text[i])) return false;
        }
        return true;
    }

    /// <summary>Why a text cannot be kept, for people; null where it can.</summary>
    /// <param name="most">Longest text [characters].</param>
    /// <param name="title">What the field is called on the page, such as "The name".</param>
    public static string? TroubleOf(string? text, int most, string title) =>
        text is null ? null
        : text.Length > most ? $"{title} holds at most {most} characters; {text.Length} stand here."
        : !IsText(text) ? $"{title} holds a character that cannot be kept."
        : null;

    public static bool IsDay(DateOnly day) => day >= FirstDay && day <= LastDay;
}
