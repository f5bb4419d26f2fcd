using System.Text.RegularExpressions;

namespace PqdPortal.Architecture.Tests;

/// <summary>What the tree itself promises.</summary>
public partial class RepositoryTests
{
    static readonly string Root = FindRoot();

    [Fact]
    public void Every_decision_record_has_a_number_of_its_own_and_all_its_parts()
    {
        var records = Directory.GetFiles(Path.Combine(Root, "docs", "decisions"), "*.md");

        Assert.NotEmpty(records);
        Assert.Empty(records.GroupBy(file => Path.GetFileName(file)[..4]).Where(same => same.Count() > 1).Select(same => same.Key));
        foreach (var file in records)
        {
            var text = File.ReadAllText(file);
            foreach (var part in (string[])["Status:", "## Situation", "## Decision", "## Instead of", "## Easier", "## Harder"])
                Assert.True(text.Contains(part), $"{Path.GetFileName(file)} has no \"{part}\".");
        }
    }

    /// <summary>Questions of Web that begin at a table without the one rule, each because the viewer was asked another way.</summary>
    static readonly string[] AskedOtherwise =
    [
        "mine = db.Projects.Where(project => inBin.Contains(project.Id))", // Viewers.ProjectsInBin has asked the viewer's role
        "db.Uploads.Where(upload => upload.OwnerId == viewer.PersonId && projects.Contains(upload.ProjectId)", // an upload is its owner's, in projects they may edit
        "!await db.Projects.AnyAsync(project => project.Code == DemoLaboratory.Code, stop)", // tells an administrator alone whether there is one
    ];

    [Fact]
    public void No_page_and_no_command_begins_a_question_at_a_table_without_the_one_rule() =>
        Assert.Empty(
            from file in Directory.GetFiles(Path.Combine(Root, "src", "PqdPortal.Web"), "*", SearchOption.AllDirectories)
            where Path.GetExtension(file) is ".cs" or ".razor" && !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")
            // The demo laboratory is the portal's own work and acts for nobody.
            where Path.GetFileName(file) != "DemoLaboratory.cs"
            from line in File.ReadAllLines(file)
            where UnruledQuestion().IsMatch(line) && !AskedOtherwise.Any(line.Contains)
            select $"{Path.GetFileName(file)} asks without VisibleTo or EditableBy: {line.Trim()}");

    [Fact]
    public void The_map_of_the_docs_names_every_page()
    {
        var map = File.ReadAllText(Path.Combine(Root, "docs", "README.md"));
        var pages = Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Path.Combine(Root, "docs"), file).Replace('\\', '/'))
            .Where(page => page != "README.md" && !page.StartsWith("decisions/"));

        Assert.Empty(pages.Where(page => !map.Contains($"({page})")));
    }

    [Fact]
    public void Links_between_the_docs_lead_somewhere()
    {
        var broken =
            from file in Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories).Append(Path.Combine(Root, "README.md"))
            from Match link in RelativeLink().Matches(File.ReadAllText(file))
            let target = Path.Combine(Path.GetDirectoryName(file)!, link.Groups[1].Value)
            where !File.Exists(target) && !Directory.Exists(target)
            select $"{Path.GetFileName(file)}: {link.Groups[1].Value}";

        Assert.Empty(broken);
    }

    [Fact]
    public void Pages_have_no_inline_styles() =>
        Assert.Empty(
            from file in Directory.GetFiles(Path.Combine(Root, "src", "PqdPortal.Web"), "*.razor", SearchOption.AllDirectories)
            where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")
            from Match style in InlineStyle().Matches(File.ReadAllText(file))
            select $"{Path.GetFileName(file)}: {style.Value}");

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex RelativeLink();

    /// <summary>A table of a project's records where a question begins, not inside one that has asked already.</summary>
    [GeneratedRegex(@"(await |return |var \w+ = |(found|mine) = |from \w+ in )\(?\w*db\.(Projects|Batches|Samples|Emitters|Runs|RunFiles|Analyses|AnalysisValues|AnalysisVerdicts|Jobs|Uploads|Set<\w+>\(\))(?!\.(VisibleTo|CommentableBy|EditableBy|ManageableBy|InBinOf|VisibleWithBinTo|Add)\b)")]
    private static partial Regex UnruledQuestion();

    [GeneratedRegex(@"\s[Ss]tyle=""[^""]*""")]
    private static partial Regex InlineStyle();

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PqdPortal.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside the repository.");
    }
}
