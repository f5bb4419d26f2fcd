using System.Text.RegularExpressions;

namespace PqdPortal.Data.Talk;

/// <summary>Somebody who can be named by @name.</summary>
/// <param name="Text">What is written behind the @: the name, and for one of several of that name the end of their id behind it.</param>
public sealed record Handle(Guid Id, string Name, string Text);

/// <summary>Finds who is named in a text by @name.</summary>
/// <param name="Found">Those who were meant and can be told.</param>
/// <param name="Unknown">What stands behind an @ and is nobody who can see this, as written; the same whether there is such a person elsewhere or not.</param>
/// <param name="Several">Names that more than one person here has, as written.</param>
public sealed partial record Mentions(IReadOnlyList<Guid> Found, IReadOnlyList<string> Unknown, IReadOnlyList<string> Several)
{
    /// <summary>As many names that lead to nobody are told to the writer.</summary>
    const int MostTold = 5;

    /// <summary>How the people of a project are named; each in one way only.</summary>
    public static IReadOnlyList<Handle> HandlesOf(IEnumerable<(Guid Id, string Name)> people)
    {
        var all = people.Where(person => person.Name.Trim().Length > 0).ToList();
        var several = all.GroupBy(person => person.Name.Trim(), StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1).Select(same => same.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. all.Select(person => new Handle(person.Id, person.Name.Trim(), several.Contains(person.Name.Trim()) ? $"{person.Name.Trim()}~{person.Id.ToString("N")[^4..]}" : person.Name.Trim()))];
    }

    public static Mentions Of(string text, IReadOnlyList<Handle> people)
    {
        // The longest first: @Ana Curie is not Ana.
        var handles = people.OrderByDescending(person => person.Text.Length).ToLookup(person => char.ToUpperInvariant(person.Text[0]));
        var (found, unknown, several) = (new List<Guid>(), new List<string>(), new List<string>());
        var plain = Code().Replace(text, code => new string(' ', code.Length));
        for (var at = plain.IndexOf('@'); at >= 0 && at + 1 < plain.Length; at = plain.IndexOf('@', at + 1))
        {
            if (at > 0 && (char.IsLetterOrDigit(plain[at - 1]) || plain[at - 1] is '_' or '/' or '@')) continue;
            var rest = plain.AsSpan(at + 1);
            Handle? named = null;
            foreach (var handle in handles[char.ToUpperInvariant(rest[0])])
                if (rest.StartsWith(handle.Text, StringComparison.OrdinalIgnoreCase) && !(rest.Length > handle.Text.Length && char.IsLetterOrDigit(rest[handle.Text.Length])))
                {
                    named = handle;
                    break;
                }
            if (named is not null)
            {
                if (!found.Contains(named.Id)) found.Add(named.Id);
                continue;
            }
            var end = 0;
            while (end < rest.Length && end < 40 && (char.IsLetterOrDigit(rest[end]) || rest[end] is '_' or '-')) end++;
            if (end == 0) continue;
            var word = rest[..end].ToString();
            var among = people.Where(person => person.Text.Contains('~') && person.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Select(person => person.Name).FirstOrDefault();
            var list = among is null ? unknown : several;
            if (list.Count < MostTold && !list.Contains("@" + (among ?? word))) list.Add("@" + (among ?? word));
        }
        return new(found, unknown, several);
    }

    /// <summary>Who could not be told, in a sentence for the writer; null where everybody was.</summary>
    public string? Sentence => (Unknown.Count, Several.Count) switch
    {
        (0, 0) => null,
        (_, 0) => NobodyHere,
        (0, _) => SeveralHere,
        _ => $"{NobodyHere} {SeveralHere}",
    };

    string NobodyHere => $"{string.Join(", ", Unknown)}: nobody of that name can see this, so nobody was told. Choose a name from the list that opens behind @, or ask those who manage the project to let them in.";
    string SeveralHere => $"{string.Join(", ", Several)}: more than one person here has that name, so nobody was told. Choose one from the list that opens behind @.";

    [GeneratedRegex("```.*?```|`[^`\n]*`", RegexOptions.Singleline)]
    private static partial Regex Code();
}
