using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using PqdPortal.Data.Account;

namespace PqdPortal.Web.Features.Account;

/// <summary>
/// What a password must be: long, and not the first that anybody would try. Nothing is asked of its characters, and it never has to
/// be changed for its age.
/// </summary>
public sealed partial class PasswordRules : IPasswordValidator<PortalUser>
{
    /// <summary>Fewest characters; several blanks in a row count as one.</summary>
    public const int Shortest = 12;

    /// <summary>Most characters; more would only keep the server busy.</summary>
    public const int Longest = 128;

    static readonly Lazy<HashSet<string>> Commonest = new(Read);

    public Task<IdentityResult> ValidateAsync(UserManager<PortalUser> manager, PortalUser user, string? password) =>
        Task.FromResult(Trouble(password ?? "", user) is { } trouble ? IdentityResult.Failed(new IdentityError { Code = nameof(PasswordRules), Description = trouble }) : IdentityResult.Success);

    /// <summary>What is wrong with a password, as a sentence; null for a good one.</summary>
    public static string? Trouble(string password, PortalUser person)
    {
        var characters = new System.Globalization.StringInfo(Blanks().Replace(password, " ")).LengthInTextElements;
        if (characters < Shortest)
            return $"The password has {characters} characters. Use at least {Shortest}; a few words in a row are easy to keep in mind.";
        if (password.Length > Longest) return $"The password has {password.Length} characters. Use at most {Longest}.";
        if (password.Distinct().Count() < 4) return "The password repeats the same characters. A few words in a row are harder to guess.";

        var plain = password.ToLowerInvariant();
        var core = Core(plain);
        var rest = OwnWords(person).Aggregate(plain, (left, own) => left.Replace(own, "", StringComparison.Ordinal)).Replace(" ", "");
        if (rest.Length < plain.Replace(" ", "").Length && rest.Length < Shortest - 4)
            return "The password is mostly your name or the portal's, which others would try first. Add words that have nothing to do with you.";
        if (IsCommon(plain) || IsCommon(core) || IsCommon(Core(Unmasked(plain))) || IsSequence(plain))
            return "The password is one of those that are tried first: it stands in lists of leaked passwords, or is one of them with something added. Use a few words in a row.";
        return null;
    }

    /// <summary>What the person is called, here and elsewhere, in words of four letters or more, and the portal's own name; longest first.</summary>
    static IEnumerable<string> OwnWords(PortalUser person) =>
        Words().Matches($"{person.Name} {person.UserName} {person.Email} pqdportal perovskite quantum".ToLowerInvariant()).Select(word => word.Value).Distinct().OrderByDescending(word => word.Length);

    /// <summary>A word without the numbers and signs around it, once where it is repeated: "!!dragondragon2024" is dragon.</summary>
    static string Core(string plain)
    {
        var letters = plain.Trim([.. "0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"]);
        for (var period = 1; period <= letters.Length / 2; period++)
            if (letters.Length % period == 0 && Enumerable.Range(period, letters.Length - period).All(i => letters[i] == letters[i - period])) return letters[..period];
        return letters;
    }

    /// <summary>p@ssw0rd is password.</summary>
    static string Unmasked(string plain) => plain.Replace('@', 'a').Replace('4', 'a').Replace('3', 'e').Replace('1', 'i').Replace('!', 'i').Replace('0', 'o').Replace('$', 's').Replace('5', 's').Replace('7', 't');

    static bool IsCommon(string word) => Commonest.Value.Contains(word) || Commonest.Value.Contains(word.Replace(" ", ""));

    /// <summary>Characters that follow each other, up or down: 123456789012, abcdefghijkl.</summary>
    static bool IsSequence(string plain)
    {
        var steps = plain.Zip(plain.Skip(1), (a, b) => b - a).ToArray();
        return steps.Count(step => step is 1 or -1 or 0) > steps.Length * 3 / 4;
    }

    static HashSet<string> Read()
    {
        using var file = typeof(PasswordRules).Assembly.GetManifestResourceStream("commonest-passwords.txt")!;
        using var lines = new StreamReader(file);
        HashSet<string> words = new(StringComparer.Ordinal);
        while (lines.ReadLine() is { } line)
            if (!line.StartsWith("# ", StringComparison.Ordinal)) words.Add(line);
        return words;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"[\p{L}\p{N}]{4,}")]
    private static partial Regex Words();
}
