namespace PqdPortal.Data.Edits;

/// <summary>Labels that people give to dots: they end the dot's short address, which must fit a QR code and a link.</summary>
public static class DotLabels
{
    /// <summary>Longest label [characters], and longest code with it.</summary>
    public const int Longest = 16, LongestCode = 40;

    /// <summary>Why a label cannot be one, for people; null where it can.</summary>
    /// <param name="sample">Code of the sample.</param>
    public static string? TroubleOf(string label, string sample) =>
        label.Length is 0 or > Longest || sample.Length + 1 + label.Length > LongestCode
            ? $"A label has 1 to {Math.Min(Longest, LongestCode - 1 - sample.Length)} characters; {label.Length} stand here."
        : !label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || !char.IsAsciiLetterOrDigit(label[0])
            ? $"A label has letters A to Z, digits, points and hyphens, because it stands in the dot's address; \"{(label.Length > 40 ? label[..40] + " …" : label)}\" has others."
        : null;
}
