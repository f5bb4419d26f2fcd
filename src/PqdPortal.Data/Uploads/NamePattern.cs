using System.Diagnostics.CodeAnalysis;

namespace PqdPortal.Data.Uploads;

/// <summary>
/// How file names of a laboratory are made, such as <c>{batch}_{sample}_{dot}_{kind}*</c>: read from text that people write, and held
/// against names. Everything but the placeholders, <c>*</c> and <c>?</c> is meant as it stands, in capitals or not.
/// </summary>
/// <remarks>
/// Matching never hangs: a pattern has at most <see cref="MostParts"/> parts, a name at most <see cref="LongestName"/> characters, and
/// what did not lead on from a part at a place once is not tried there again.
/// </remarks>
public sealed class NamePattern
{
    /// <summary>Longest pattern, and longest name it is held against [characters].</summary>
    public const int Longest = 200, LongestName = 1000;

    /// <summary>Most patterns of one project or group.</summary>
    public const int Most = 40;

    const int MostParts = 60;

    readonly IReadOnlyList<Part> _parts;
    readonly int _folders;
    readonly bool _withoutExtension;

    NamePattern(string text, IReadOnlyList<Part> parts, bool makesDots)
    {
        (Text, _parts, MakesDots) = (text, parts, makesDots);
        _folders = text.Count(letter => letter == '/');
        _withoutExtension = !text.Contains('.') && !text.EndsWith('*');
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>True where it says <c>{dot+}</c>: a dot that is not there yet may be made from the name, after asking.</summary>
    public bool MakesDots { get; }

    /// <summary>What a placeholder stands for, for people.</summary>
    public static IReadOnlyList<(string Placeholder, string Meaning)> Placeholders { get; } =
    [
        ("{batch}", "code or number of the batch: PQ-0042, 0042 or 42"),
        ("{sample}", "sample: S2, 2, its whole code, or its name"),
        ("{dot}", "dot: D017, 17, dot17, or its whole code"),
        ("{dot+}", "the same; a dot that is not there yet may be made, after asking"),
        ("{kind}", "kind of measurement in one word: hbt, trpl, spectrum ..."),
        ("{date}, {time}", "20260314 or 2026-03-14; 1509 or 15-09-26"),
        ("{number}", "a running number"),
        ("{text}", "one word, up to the next _ or /"),
        ("*", "anything, also nothing"),
        ("?", "one character"),
        ("/", "the folder before it: {sample}/{dot}*"),
    ];

    /// <summary>Reads a pattern.</summary>
    /// <param name="trouble">What is wrong with it, for people.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out NamePattern? pattern, [NotNullWhen(false)] out string? trouble)
    {
        (pattern, trouble) = (null, null);
        text = text.Trim();
        var shown = text.Length > 60 ? text[..60] + " …" : text;
        if (text.Length == 0) trouble = "A pattern has at least one placeholder, such as {sample}.";
        else if (text.Length > Longest) trouble = $"A pattern has at most {Longest} characters; \"{shown}\" has {text.Length}.";
        if (trouble is not null) return false;

        var parts = new List<Part>();
        for (var at = 0; at < text.Length;)
        {
            switch (text[at])
            {
                case '{':
                    var end = text.IndexOf('}', at);
                    if (end < 0)
                    {
                        trouble = $"In \"{shown}\" a bracket opens at character {at + 1} and does not close. A placeholder looks like {{sample}}.";
                        return false;
                    }
                    var name = text[(at + 1)..end].Trim().ToLowerInvariant();
                    var kind = name switch
                    {
                        "project" => PartKind.Project, "batch" => PartKind.Batch, "sample" => PartKind.Sample, "dot" or "dot+" => PartKind.Dot,
                        "kind" => PartKind.Kind, "date" => PartKind.Date, "time" => PartKind.Time, "number" => PartKind.Number, "text" => PartKind.Word,
                        _ => PartKind.Letter,
                    };
                    if (kind == PartKind.Letter)
                    {
                        trouble = $"\"{(name.Length > 20 ? name[..20] + " …" : name)}\" in \"{shown}\" is no placeholder. There are {{batch}}, {{sample}}, {{dot}}, {{dot+}}, {{kind}}, {{date}}, {{time}}, {{number}} and {{text}}.";
                        return false;
                    }
                    if (kind is PartKind.Project or PartKind.Batch or PartKind.Sample or PartKind.Dot or PartKind.Kind && parts.Exists(part => part.Kind == kind))
                    {
                        trouble = $"{{{name.TrimEnd('+')}}} stands twice in \"{shown}\"; the portal would not know which one counts.";
                        return false;
                    }
                    parts.Add(new(kind, '\0'));
                    at = end + 1;
                    break;
                case '*':
                    if (parts is not [.., { Kind: PartKind.Anything }]) parts.Add(new(PartKind.Anything, '\0'));
                    at++;
                    break;
                case '?':
                    parts.Add(new(PartKind.One, '\0'));
                    at++;
                    break;
                case '}':
                    trouble = $"In \"{shown}\" a bracket closes at character {at + 1} that never opened.";
                    return false;
                default:
                    parts.Add(new(PartKind.Letter, NameLetters.Plain(text[at] == '\\' ? '/' : text[at])));
                    at++;
                    break;
            }
        }
        if (parts.Count(part => part.Kind != PartKind.Letter) > MostParts)
            trouble = $"A pattern has at most {MostParts} placeholders.";
        else if (!parts.Exists(part => part.Kind is PartKind.Sample or PartKind.Dot))
            trouble = $"\"{shown}\" says neither {{sample}} nor {{dot}}, so no file could find its home by it.";
        if (trouble is not null) return false;
        pattern = new(text.Replace('\\', '/'), parts, text.Contains("{dot+}", StringComparison.OrdinalIgnoreCase));
        return true;
    }

    /// <summary>The patterns of a text, one a line; empty lines and those that begin with # are left out.</summary>
    /// <param name="trouble">What is wrong with the first that cannot be read, with its line.</param>
    public static IReadOnlyList<NamePattern> ReadAll(string? lines, out string? trouble)
    {
        trouble = null;
        List<NamePattern> patterns = [];
        foreach (var (number, line) in (lines ?? "").ReplaceLineEndings("\n").Split('\n').Index())
        {
            if (string.IsNullOrWhiteSpace(line) || line.TrimStart().StartsWith('#')) continue;
            if (patterns.Count == Most) trouble ??= $"Line {number + 1}: there are at most {Most} patterns. Put what you seldom need together with * .";
            else if (TryRead(line, out var pattern, out var why)) patterns.Add(pattern);
            else trouble ??= $"Line {number + 1}: {why}";
        }
        return patterns;
    }

    /// <summary>A pattern that would fit a name, made by putting placeholders where the name says what it is; null where it says nothing.</summary>
    public static string? FromExample(string example)
    {
        var name = NameLetters.Plain(example.Trim().Replace('\\', '/'));
        if (name.Length is 0 or > Longest) return null;
        var made = new System.Text.StringBuilder();
        HashSet<string> used = [];
        for (var at = 0; at < name.Length;)
        {
            var begins = at == 0 || !char.IsLetterOrDigit(name[at - 1]);
            if (begins && Recognise(name, at, used) is { } found)
            {
                made.Append(found.Placeholder);
                used.Add(found.Placeholder);
                at = found.End;
                continue;
            }
            // What follows a dot is the extension: other formats of the same measurement are named alike.
            if (name[at] == '.' && name.IndexOf('/', at) < 0) break;
            made.Append(name[at] is '{' or '}' or '*' ? '?' : example.Trim()[at] == '\\' ? '/' : example.Trim()[at]);
            at++;
        }
        return used.Contains("{sample}") || used.Contains("{dot}") ? made + "*" : null;
    }

    static (string Placeholder, int End)? Recognise(string name, int at, HashSet<string> used)
    {
        var end = at;
        while (end < name.Length && char.IsAsciiLetterOrDigit(name[end])) end++;
        var word = name[at..end];
        if (word.Length == 0) return null;
        if (!used.Contains("{batch}") && word.Length <= 8 && char.IsAsciiLetter(word[0]) && end < name.Length && name[end] == '-')
        {
            var last = end + 1;
            while (last < name.Length && char.IsAsciiDigit(name[last])) last++;
            if (last - end - 1 is >= 3 and <= 6 && (last == name.Length || !char.IsAsciiLetter(name[last]))) return ("{batch}", last);
        }
        var letters = word.TakeWhile(char.IsAsciiLetter).Count();
        var digits = word[letters..];
        var (before, isNumbered) = (word[..letters].ToUpperInvariant(), digits.Length is > 0 and <= 5 && digits.All(char.IsAsciiDigit));
        if (isNumbered && before is "S" or "SAMPLE" && !used.Contains("{sample}") && isNumbered) return ("{sample}", end);
        if (isNumbered && before is "D" or "QD" or "DOT" && !used.Contains("{dot}") && isNumbered) return ("{dot}", end);
        if (letters == 0 && word.Length == 8 && word.All(char.IsAsciiDigit) && !used.Contains("{date}")) return ("{date}", end);
        if (letters == 0 && word.All(char.IsAsciiDigit)) return ("{number}", end);
        return letters > 0 && !used.Contains("{kind}") && KindWords.Of(word) is not null ? ("{kind}", end) : null;
    }

    /// <summary>What a name says by this pattern; null where it does not fit.</summary>
    /// <param name="folder">The folders it lay in, outermost first; null where they are not known.</param>
    public NameFacts? Match(string name, string? folder = null)
    {
        var subject = NameLetters.Plain(name);
        if (_withoutExtension && subject.LastIndexOf('.') is > 0 and var dot && subject.Length - dot <= 12) subject = subject[..dot];
        if (_folders > 0)
        {
            var folders = NameLetters.Plain(folder ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (folders.Length < _folders) return null;
            subject = string.Join('/', folders[^_folders..]) + "/" + subject;
        }
        if (subject.Length > LongestName) return null;

        var failed = new HashSet<int>();
        var found = new string?[_parts.Count];
        return Follows(subject, 0, 0, failed, found) ? Facts(found) : null;
    }

    bool Follows(string name, int part, int at, HashSet<int> failed, string?[] found)
    {
        // Letters one after the other are a loop, not a depth.
        while (part < _parts.Count && _parts[part].Kind == PartKind.Letter)
        {
            if (at == name.Length || name[at] != _parts[part].Letter) return false;
            (part, at) = (part + 1, at + 1);
        }
        if (part == _parts.Count) return at == name.Length;
        var key = part * (LongestName + 1) + at;
        if (failed.Contains(key)) return false;
        foreach (var end in Ends(_parts[part].Kind, name, at))
            if (Follows(name, part + 1, end, failed, found))
            {
                found[part] = name[at..end];
                return true;
            }
        failed.Add(key);
        return false;
    }

    /// <summary>Where a placeholder that begins here may end, the longest first; * takes as little as it can, so that codes behind it are whole.</summary>
    static IEnumerable<int> Ends(PartKind kind, string name, int at)
    {
        if (kind == PartKind.One) return at < name.Length && name[at] != '/' ? [at + 1] : [];
        var most = at;
        var bound = Math.Min(name.Length, at + (kind switch { PartKind.Anything => LongestName, PartKind.Word => 80, PartKind.Sample or PartKind.Dot => 40, _ => 20 }));
        while (most < bound && Belongs(kind, name[most])) most++;
        var least = kind == PartKind.Anything ? at : at + 1;
        return Enumerable.Range(0, Math.Max(0, most - least + 1)).Select(step => kind == PartKind.Anything ? least + step : most - step).Where(end => Fits(kind, name.AsSpan(at, end - at)));
    }

    static bool Belongs(PartKind kind, char letter) => kind switch
    {
        PartKind.Anything => letter != '/',
        PartKind.Word => letter is not ('/' or '_'),
        PartKind.Project or PartKind.Kind => char.IsLetterOrDigit(letter),
        PartKind.Batch or PartKind.Sample or PartKind.Dot => char.IsLetterOrDigit(letter) || letter == '-',
        PartKind.Number => char.IsAsciiDigit(letter),
        _ => char.IsAsciiDigit(letter) || letter is '-' or '.',
    };

    static bool Fits(PartKind kind, ReadOnlySpan<char> text)
    {
        if (text.Length == 0) return kind == PartKind.Anything;
        switch (kind)
        {
            case PartKind.Batch:
                // 42, or letters and digits, a hyphen and a number.
                var hyphen = text.IndexOf('-');
                var number = text[(hyphen + 1)..];
                return IsDigits(number, 6) && (hyphen < 0 || hyphen is >= 1 and <= 8 && char.IsAsciiLetter(text[0]));
            case PartKind.Dot:
                if (text[0] == '-' || !char.IsAsciiDigit(text[^1])) return false;
                if (text.Contains('-')) return true;
                var letters = 0;
                while (letters < text.Length && char.IsAsciiLetter(text[letters])) letters++;
                return letters <= 3 && IsDigits(text[letters..], 5);
            case PartKind.Sample:
                return text[0] != '-' && text[^1] != '-';
            case PartKind.Kind:
                return char.IsLetter(text[0]);
            case PartKind.Date:
                return Digits(text) is 6 or 8 && char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[^1]);
            case PartKind.Time:
                return Digits(text) is 4 or 6 && char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[^1]);
            default:
                return true;
        }
    }

    static bool IsDigits(ReadOnlySpan<char> text, int most) => text.Length is > 0 && text.Length <= most && Digits(text) == text.Length;

    static int Digits(ReadOnlySpan<char> text)
    {
        var digits = 0;
        foreach (var letter in text)
            if (char.IsAsciiDigit(letter)) digits++;
        return digits;
    }

    NameFacts Facts(string?[] found)
    {
        string? Of(PartKind kind) => _parts.Index().FirstOrDefault(part => part.Item.Kind == kind) is { Item.Kind: var is_ } at && is_ == kind ? found[at.Index] : null;
        return new(Of(PartKind.Batch), Of(PartKind.Sample), Of(PartKind.Dot), Of(PartKind.Kind)) { MakesDot = MakesDots };
    }

    enum PartKind { Letter, Anything, One, Word, Project, Batch, Sample, Dot, Kind, Date, Time, Number }

    readonly record struct Part(PartKind Kind, char Letter);
}

/// <summary>What a file name says by a pattern, as it stands there.</summary>
public sealed record NameFacts(string? Batch, string? Sample, string? Dot, string? Kind)
{
    /// <summary>A dot that is not there may be made.</summary>
    public bool MakesDot { get; init; }
}
