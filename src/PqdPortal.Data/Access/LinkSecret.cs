using System.Security.Cryptography;
using System.Text;

namespace PqdPortal.Data.Access;

/// <summary>What stands in the address of a link or an invitation: long enough not to be guessed, and kept as its hash alone.</summary>
public static class LinkSecret
{
    // Without letters and digits that are taken for one another when somebody types it from paper.
    const string Letters = "23456789abcdefghjkmnpqrstuvwxyz";

    /// <summary>Signs in a code; 24 of 31 letters are 118 bits.</summary>
    const int Length = 24;

    /// <summary>Longest text that is looked at as a code.</summary>
    const int Longest = 100;

    /// <summary>A new secret, in groups that can be read aloud: "k7qf-9d2m-...".</summary>
    public static string Make() => string.Join('-', Enumerable.Range(0, Length / 4).Select(_ => RandomNumberGenerator.GetString(Letters, 4)));

    /// <summary>SHA-256 of what somebody brings, as it is stored; spaces, dashes and capitals do not matter. Null for what cannot be a code.</summary>
    public static string? Hash(string? brought)
    {
        if (brought is null || brought.Length > Longest) return null;
        var code = string.Concat(brought.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
        return code.Length == Length ? Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(code))) : null;
    }
}
