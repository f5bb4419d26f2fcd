using System.Diagnostics;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Portal.Tests.Uploads;

/// <summary>Patterns of file names: what they read out of names, friendly and hostile ones.</summary>
public class NamePatternTests
{
    static NamePattern Read(string text)
    {
        Assert.True(NamePattern.TryRead(text, out var pattern, out var trouble), trouble);
        return pattern;
    }

    [Theory]
    [InlineData("{batch}_{sample}_{dot}_{kind}*", "PQ-0042_S2_D017_hbt_long.ptu", "pq-0042", "s2", "d017", "hbt")]
    [InlineData("{batch}_{sample}_{dot}_{kind}*", "pq-0042_s2_d017_HBT.ptu", "pq-0042", "s2", "d017", "hbt")]
    [InlineData("{sample}-{dot}", "S2-D017.ptu", null, "s2", "d017", null)]
    [InlineData("{date}_{batch}_{sample}_{dot}*", "2026-03-14_42_2_17_x.sdt", "42", "2", "17", null)]
    [InlineData("*{dot}.ptu", "night PQ-0042-S2-D017.ptu", null, null, "017", null)]
    [InlineData("run{number} {sample} dot{dot}", "run7 S3 dot12.ptu", null, "s3", "12", null)]
    [InlineData("?{sample}_{dot}*", "xS2_D1", null, "s2", "d1", null)]
    [InlineData("{batch}_{sample}_{dot+}", "PQ-0001_S1_D040.ptu", "pq-0001", "s1", "d040", null)]
    [InlineData("{batch}_{sample}_{dot}", "ＰＱ－００４２_Ｓ２_Ｄ０１７.ptu", "pq-0042", "s2", "d017", null)]
    public void A_name_that_fits_says_what_stands_at_the_placeholders(string pattern, string name, string? batch, string? sample, string? dot, string? kind)
    {
        var facts = Read(pattern).Match(name);

        Assert.NotNull(facts);
        Assert.Equal((batch, sample, kind), (facts.Batch, facts.Sample, facts.Kind));
        Assert.EndsWith(dot!, facts.Dot);
    }

    [Theory]
    [InlineData("{batch}_{sample}_{dot}", "PQ-0042_S2.ptu")]
    [InlineData("{batch}_{sample}_{dot}", "PQ-0042_S2_D017_more.ptu")]
    [InlineData("{sample}_{dot}.ptu", "S2_D017.sdt")]
    [InlineData("{sample}/{dot}*", "D017.ptu")]
    [InlineData("{sample}_{dot}", "S2_dot.ptu")]
    public void A_name_that_does_not_fit_says_nothing(string pattern, string name) => Assert.Null(Read(pattern).Match(name));

    [Fact]
    public void A_folder_before_the_name_counts_where_the_pattern_asks_for_it()
    {
        var pattern = Read("{batch}/{sample}/{dot}*");

        Assert.Equal(("pq-0042", "s2", "d017"), pattern.Match("D017_hbt.ptu", "night/PQ-0042/S2") is { } facts ? (facts.Batch, facts.Sample, facts.Dot) : default);
        Assert.Null(pattern.Match("D017_hbt.ptu", "S2"));
        Assert.Null(pattern.Match("D017_hbt.ptu"));
    }

    [Theory]
    [InlineData("{sample", "does not close")]
    [InlineData("sample}", "never opened")]
    [InlineData("{colour}_{dot}", "no placeholder")]
    [InlineData("{dot}_{dot}", "stands twice")]
    [InlineData("{dot}_{dot+}", "stands twice")]
    [InlineData("{batch}*", "neither {sample} nor {dot}")]
    [InlineData("", "at least one placeholder")]
    public void A_pattern_that_cannot_be_meant_is_refused_with_the_reason(string text, string reason)
    {
        Assert.False(NamePattern.TryRead(text, out _, out var trouble));
        Assert.Contains(reason, trouble);
    }

    [Fact]
    public void The_line_of_a_wrong_pattern_is_told_and_the_others_count()
    {
        var patterns = NamePattern.ReadAll("# ours\n\n{sample}_{dot}\n{sample\n{batch}_{dot}", out var trouble);

        Assert.Equal(["{sample}_{dot}", "{batch}_{dot}"], patterns.Select(pattern => pattern.Text));
        Assert.StartsWith("Line 4:", trouble);
    }

    [Fact]
    public void Forty_lines_of_patterns_are_the_most()
    {
        Assert.Equal(NamePattern.Most, NamePattern.ReadAll(string.Join('\n', Enumerable.Repeat("{sample}*", 100)), out var trouble).Count);
        Assert.Contains("at most", trouble);
    }

    /// <summary>With a plain try of every split these would take longer than the universe has been.</summary>
    [Theory]
    [InlineData("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*{sample}b", 'a')]
    [InlineData("{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}{sample}#", 'a')]
    [InlineData("{number}{number}{number}{number}{number}{number}{number}{number}{number}{number}{sample}#", '1')]
    [InlineData("*{batch}*{sample}*{dot}*{kind}*{date}*{time}*{number}*#", '1')]
    public void A_name_made_to_hang_the_matching_is_answered_at_once(string pattern, char letter)
    {
        var read = Read(pattern);
        var name = new string(letter, NamePattern.LongestName);

        var steps = Stopwatch.StartNew();
        Assert.Null(read.Match(name));

        // Guards against exponential growth, not against a busy machine: bounded matching takes milliseconds.
        Assert.True(steps.Elapsed < TimeSpan.FromSeconds(20), $"It took {steps.Elapsed}.");
    }

    [Theory]
    [InlineData("😀😀_S2_D017.ptu")]
    [InlineData("\u202eutp.710D_2S")]
    [InlineData("../../etc/S2_D017")]
    [InlineData("..\\..\\S2_D017")]
    [InlineData("S2_D99999999999999999999.ptu")]
    [InlineData("\ud83d")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("{sample}_{dot}")]
    [InlineData("S٢_D٠١٧.ptu")]
    public void Hostile_names_are_only_names(string name)
    {
        foreach (var pattern in (string[])["{batch}_{sample}_{dot}_{kind}*", "*{sample}*{dot}*", "{text}/{sample}*"]) Read(pattern).Match(name, name);
        NameShape.Of(name);
        _ = NameShape.WithDot(name).ToList();
        NameShape.OfFolder(name);
        NamePattern.FromExample(name);
    }

    [Fact]
    public void A_name_longer_than_any_is_no_match_and_its_shape_is_cut_between_letters()
    {
        var name = string.Concat(Enumerable.Repeat("😀", 600)) + "S2_D017.ptu";

        Assert.Null(Read("*{sample}_{dot}").Match(name));
        Assert.True(NameShape.Of(name).Length <= NameShape.Longest);
        Assert.False(char.IsHighSurrogate(NameShape.Of(name)[^1]));
    }

    [Theory]
    [InlineData("PQ-0042_S2_D017_hbt.ptu", "{batch}_{sample}_{dot}_{kind}*")]
    [InlineData("20260314 S2 dot17 trpl 003.sdt", "{date} {sample} {dot} {kind} {number}*")]
    [InlineData("PQ-0042/S2/D017.ptu", "{batch}/{sample}/{dot}*")]
    [InlineData("photo of the lab.jpg", null)]
    public void An_example_becomes_a_pattern_that_fits_it(string example, string? expected)
    {
        var made = NamePattern.FromExample(example);

        Assert.Equal(expected, made);
        if (made is not null) Assert.NotNull(Read(made).Match(Path.GetFileName(example), Path.GetDirectoryName(example)));
    }

    [Theory]
    [InlineData("film_left_007.ptu", "film_left_#")]
    [InlineData("film_left_008.PTU", "film_left_#")]
    [InlineData("film3.ptu", "film3")]
    [InlineData("2026-03-14_film3_2.ptu", "#-#-#_film3_#")]
    [InlineData("20260314 film3 150926.ptu", "# film3 #")]
    public void The_shape_of_a_series_leaves_out_what_runs(string name, string shape) => Assert.Equal(shape, NameShape.Of(name));
}
