namespace PqdPortal.Data;

/// <summary>Patterns for ILike from what a person typed.</summary>
public static class Like
{
    /// <summary>Matches what holds the text anywhere; the text's own wildcards are taken literally.</summary>
    public static string Holding(string text) =>
        "%" + text.Replace("\0", "").Trim().Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_") + "%";
}
