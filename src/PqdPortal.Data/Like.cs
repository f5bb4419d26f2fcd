namespace PqdPortal.Data;

/// <summary>Patterns for ILike from what a person typed.</summary>
public static class Like
{
    /// <summary>To be given to ILike with the pattern: without it, what is escaped would be looked for together with its escape.</summary>
    public const string Escape = @"\";

    /// <summary>Matches what holds the text anywhere; the text's own wildcards are taken literally.</summary>
    public static string Holding(string text) =>
        "%" + text.Replace("\0", "").Trim().Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_") + "%";
}
