using PqdPortal.Data.Talk;

namespace PqdPortal.Portal.Tests.Talk;

/// <summary>Who is meant by what stands behind an @.</summary>
public sealed class MentionsTests
{
    static readonly Guid Ana = Guid.NewGuid(), AnaCurie = Guid.NewGuid(), Jose = Guid.NewGuid(), OneLi = new("00000000-0000-0000-0000-00000000aaaa"), OtherLi = new("00000000-0000-0000-0000-00000000bbbb");
    static readonly IReadOnlyList<Handle> People = Mentions.HandlesOf([(Ana, "Ana"), (AnaCurie, "Ana Curie"), (Jose, "José Núñez"), (OneLi, "Li Wei"), (OtherLi, "Li Wei")]);

    [Fact]
    public void The_longest_name_is_meant_whatever_its_case_and_the_text_goes_on_behind_it() =>
        Assert.Equal([AnaCurie, Ana, Jose], Mentions.Of("(@ana curie, @ANA: ask @José Núñez.)", People).Found);

    [Theory]
    [InlineData("ana@Ana.org")]
    [InlineData("`@Ana`")]
    [InlineData("```\n@Ana\n```")]
    [InlineData("@")]
    [InlineData("@ Ana")]
    [InlineData("see /@Ana")]
    public void What_is_no_name_names_nobody(string text)
    {
        var mentions = Mentions.Of(text, People);

        Assert.Empty(mentions.Found);
        Assert.Null(mentions.Sentence);
    }

    [Fact]
    public void A_longer_word_is_another_name() => Assert.Equal(["@Anatol"], Mentions.Of("@Anatol", People).Unknown);

    [Fact]
    public void Of_two_people_of_one_name_one_is_chosen_by_the_end_of_their_id()
    {
        Assert.Equal([OtherLi], Mentions.Of("@Li Wei~bbbb please", People).Found);

        var either = Mentions.Of("@Li Wei please", People);
        Assert.Empty(either.Found);
        Assert.Contains("@Li Wei: more than one person here has that name", either.Sentence);
    }

    [Fact]
    public void Of_many_names_that_lead_nowhere_a_few_are_told() => Assert.Equal(5, Mentions.Of(string.Concat(Enumerable.Range(0, 1000).Select(i => $"@x{i} ")), People).Unknown.Count);
}
