using System.Text.RegularExpressions;

namespace PqdPortal.Architecture.Tests;

/// <summary>docs/security.md answers every item of OWASP ASVS 4.0.3, levels 1 and 2, and what it points to is there.</summary>
public sealed partial class SecurityPageTests
{
    /// <summary>Section of the standard -> its items of levels 1 and 2. Deleted items and those of level 3 alone are not among them.</summary>
    static readonly Dictionary<string, int[]> Standard = new()
    {
        ["1.1"] = [1, 2, 3, 4, 5, 6, 7], ["1.2"] = [1, 2, 3, 4], ["1.4"] = [1, 4, 5], ["1.5"] = [1, 2, 3, 4], ["1.6"] = [1, 2, 3, 4], ["1.7"] = [1, 2],
        ["1.8"] = [1, 2], ["1.9"] = [1, 2], ["1.10"] = [1], ["1.11"] = [1, 2], ["1.12"] = [2], ["1.14"] = [1, 2, 3, 4, 5, 6],
        ["2.1"] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], ["2.2"] = [1, 2, 3], ["2.3"] = [1, 2, 3], ["2.4"] = [1, 2, 3, 4, 5],
        ["2.5"] = [1, 2, 3, 4, 5, 6, 7], ["2.6"] = [1, 2, 3], ["2.7"] = [1, 2, 3, 4, 5, 6], ["2.8"] = [1, 2, 3, 4, 5, 6, 7], ["2.9"] = [1, 2, 3],
        ["2.10"] = [1, 2, 3, 4], ["3.1"] = [1], ["3.2"] = [1, 2, 3, 4], ["3.3"] = [1, 2, 3, 4], ["3.4"] = [1, 2, 3, 4, 5], ["3.5"] = [1, 2, 3], ["3.7"] = [1],
        ["4.1"] = [1, 2, 3, 5], ["4.2"] = [1, 2], ["4.3"] = [1, 2, 3], ["5.1"] = [1, 2, 3, 4, 5], ["5.2"] = [1, 2, 3, 4, 5, 6, 7, 8],
        ["5.3"] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], ["5.4"] = [1, 2, 3], ["5.5"] = [1, 2, 3, 4], ["6.1"] = [1, 2, 3], ["6.2"] = [1, 2, 3, 4, 5, 6],
        ["6.3"] = [1, 2], ["6.4"] = [1, 2], ["7.1"] = [1, 2, 3, 4], ["7.2"] = [1, 2], ["7.3"] = [1, 3, 4], ["7.4"] = [1, 2, 3], ["8.1"] = [1, 2, 3, 4],
        ["8.2"] = [1, 2, 3], ["8.3"] = [1, 2, 3, 4, 5, 6, 7, 8], ["9.1"] = [1, 2, 3], ["9.2"] = [1, 2, 3, 4], ["10.2"] = [1, 2], ["10.3"] = [1, 2, 3],
        ["11.1"] = [1, 2, 3, 4, 5, 6, 7, 8], ["12.1"] = [1, 2, 3], ["12.2"] = [1], ["12.3"] = [1, 2, 3, 4, 5, 6], ["12.4"] = [1, 2], ["12.5"] = [1, 2],
        ["12.6"] = [1], ["13.1"] = [1, 3, 4, 5], ["13.2"] = [1, 2, 3, 5, 6], ["13.3"] = [1, 2], ["13.4"] = [1, 2], ["14.1"] = [1, 2, 3, 4],
        ["14.2"] = [1, 2, 3, 4, 5, 6], ["14.3"] = [2, 3], ["14.4"] = [1, 2, 3, 4, 5, 6, 7], ["14.5"] = [1, 2, 3, 4],
    };

    static readonly string[] Answers = ["met", "in part", "not met", "not applicable"];

    static readonly string Root = FindRoot();
    static readonly string Page = File.ReadAllText(Path.Combine(Root, "docs", "security.md"));

    static IReadOnlyList<(string Item, string Answer, string How)> Rows { get; } =
        [.. Row().Matches(Page).Select(row => (row.Groups[1].Value, row.Groups[2].Value.Trim(), row.Groups[3].Value.Trim()))];

    [Fact]
    public void Every_item_of_the_standard_is_answered_once() =>
        Assert.Equal(Standard.SelectMany(section => section.Value.Select(item => $"{section.Key}.{item}")), Rows.Select(row => row.Item));

    [Fact]
    public void Every_answer_is_one_of_four_and_says_how_or_why()
    {
        Assert.Empty(Rows.Where(row => !Answers.Contains(row.Answer) || row.How.Length < 8).Select(row => row.Item));
        // What is met is met by something that can be looked at.
        Assert.Empty(Rows.Where(row => row.Answer == "met" && Pointers(row.How).Count == 0).Select(row => row.Item));
    }

    [Fact]
    public void Every_test_and_file_that_is_named_exists()
    {
        var tests = Directory.GetFiles(Path.Combine(Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")).Select(File.ReadAllText).ToList();

        Assert.Empty(
            from pointer in Pointers(Page).Distinct()
            where !(IsTest().IsMatch(pointer) ? IsThere(pointer, tests) : Path.Exists(Path.Combine(Root, pointer.TrimEnd('/'))))
            select pointer);
    }

    /// <summary>Tests and paths in code type; options and the like are not.</summary>
    static List<string> Pointers(string text) =>
        [.. Code().Matches(text).Select(code => code.Groups[1].Value)
            .Where(code => IsTest().IsMatch(code) || (code.Contains('/') || code.EndsWith(".sh") || code.EndsWith(".md") || code.EndsWith(".props") || code.EndsWith(".json") || code is "Dockerfile" or "docker-compose.yml")
                && code is not ("keys/" or "files/") && !code.StartsWith('/'))];

    static bool IsThere(string pointer, List<string> tests)
    {
        var parts = pointer.Split('.');
        return tests.Any(file => Regex.IsMatch(file, $@"\bclass {parts[0]}\b") && (parts.Length == 1 || Regex.IsMatch(file, $@"\b{parts[1]}\(")));
    }

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PqdPortal.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside the repository.");
    }

    [GeneratedRegex(@"^\| ([0-9]+\.[0-9]+\.[0-9]+) \|[^|]*\|([^|]*)\|([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^[A-Z][A-Za-z0-9]*(Tests|Journey)(\.[A-Za-z_0-9]+)?$")]
    private static partial Regex IsTest();
}
