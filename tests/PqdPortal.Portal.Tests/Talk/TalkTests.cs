using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout.Talking;

namespace PqdPortal.Portal.Tests.Talk;

/// <summary>What people say of records: who may, who reads it, what becomes of it.</summary>
public sealed class TalkTests(TalkFixture portal) : IClassFixture<TalkFixture>
{
    Task<ThreadsView?> Threads(PortalUser person, TalkKind of, Guid record) => portal.As(person, services => services.GetRequiredService<TalkQueries>().Of(of, record));

    [Theory]
    [InlineData(TalkKind.Project)]
    [InlineData(TalkKind.Batch)]
    [InlineData(TalkKind.Sample)]
    [InlineData(TalkKind.Dot)]
    [InlineData(TalkKind.Run)]
    [InlineData(TalkKind.Result)]
    public async Task A_comment_is_read_by_those_who_see_its_record_and_written_by_those_who_may_comment(TalkKind of)
    {
        var lab = await portal.Lab();
        var record = of switch { TalkKind.Project => lab.Project.Id, TalkKind.Batch => lab.Batch.Id, TalkKind.Sample => lab.Sample.Id, TalkKind.Dot => lab.Dot.Id, TalkKind.Run => lab.Run.Id, _ => lab.Analysis.Id };

        Assert.NotNull(await portal.Say(portal.Ben, of, record, "is the dip real?"));
        Assert.Null(await portal.Say(portal.Rita, of, record, "I may only read"));
        Assert.Null(await portal.Say(portal.Olga, of, record, "I see nothing of it"));

        Assert.Equal(["is the dip real?"], (await Threads(portal.Rita, of, record))!.Threads.Select(thread => thread.Comment.Text));
        Assert.False((await Threads(portal.Rita, of, record))!.MayComment);
        Assert.Null(await Threads(portal.Olga, of, record));
        await using var db = portal.CreateDbContext();
        Assert.Equal(1, await db.Comments.CountAsync(c => c.RecordId == record));
    }

    [Fact]
    public async Task What_is_said_of_a_record_in_the_bin_is_read_by_nobody_but_those_who_may_take_it_out()
    {
        var lab = await portal.Lab();
        var said = (await portal.Say(portal.Ben, TalkKind.Dot, lab.Dot.Id, "look at this dot"))!;
        await portal.As(portal.Eve, services => services.GetRequiredService<DotCommands>().Bin(lab.Dot.Id, true));

        Assert.Null(await Threads(portal.Ben, TalkKind.Dot, lab.Dot.Id));
        Assert.Null(await portal.As(portal.Ben, services => services.GetRequiredService<TalkQueries>().One(said.Comment.Id)));
        Assert.Single((await Threads(portal.Eve, TalkKind.Dot, lab.Dot.Id))!.Threads);
        Assert.Null(await portal.Say(portal.Eve, TalkKind.Dot, lab.Dot.Id, "even so"));
    }

    [Fact]
    public async Task A_comment_whose_record_went_to_another_project_without_it_is_seen_by_nobody()
    {
        var (from, to) = (await portal.Lab(), await portal.Lab());
        var said = (await portal.Say(portal.Ben, TalkKind.Run, from.Run.Id, "for the first project"))!;
        await using var db = portal.CreateDbContext();
        await db.Runs.Where(r => r.Id == from.Run.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.ProjectId, to.Project.Id));

        Assert.Empty((await Threads(portal.Ana, TalkKind.Run, from.Run.Id))!.Threads);
        await db.MoveTalk(TalkKind.Run, from.Run.Id, to.Project.Id);
        Assert.Equal([said.Comment.Id], (await Threads(portal.Ana, TalkKind.Run, from.Run.Id))!.Threads.Select(thread => thread.Comment.Id));
    }

    [Fact]
    public async Task An_answer_to_an_answer_stands_beside_it_and_one_level_below_the_thread()
    {
        var lab = await portal.Lab();
        var first = (await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, "first"))!.Comment;
        var second = (await portal.Say(portal.Eve, TalkKind.Batch, lab.Batch.Id, "second", first.Id))!.Comment;
        var third = (await portal.Say(portal.Ana, TalkKind.Batch, lab.Batch.Id, "third", second.Id))!.Comment;

        Assert.Equal(first.Id, third.ParentId);
        var thread = Assert.Single((await Threads(portal.Rita, TalkKind.Batch, lab.Batch.Id))!.Threads);
        Assert.Equal(["second", "third"], thread.Replies.Select(reply => reply.Comment.Text));
        // Another record's comment is no thread of this one.
        await Assert.ThrowsAsync<RefusedEditException>(() => portal.Say(portal.Ana, TalkKind.Sample, lab.Sample.Id, "lost", first.Id));
    }

    [Fact]
    public async Task Two_who_settle_a_thread_at_once_settle_it_once_and_anybody_who_comments_opens_it_again()
    {
        var lab = await portal.Lab();
        var id = (await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, "settle me"))!.Comment.Id;

        var both = await Task.WhenAll(Enumerable.Range(0, 8).Select(at => portal.As(at % 2 == 0 ? portal.Ana : portal.Eve, services => services.GetRequiredService<TalkCommands>().Resolve(id, true))));

        Assert.All(both, Assert.True);
        await using var db = portal.CreateDbContext();
        Assert.Equal(1, await db.AuditEvents.CountAsync(e => e.RecordId == id && e.Action == "changed"));
        Assert.True(await portal.As(portal.Ben, services => services.GetRequiredService<TalkCommands>().Resolve(id, false)));
        Assert.False(await portal.As(portal.Rita, services => services.GetRequiredService<TalkCommands>().Resolve(id, true)));
        Assert.Null((await db.Comments.AsNoTracking().SingleAsync(c => c.Id == id)).ResolvedAt);
    }

    [Fact]
    public async Task A_comment_on_a_record_that_goes_into_the_bin_at_this_moment_comes_before_it_or_not_at_all()
    {
        var lab = await portal.Lab();
        await using var binning = portal.CreateDbContext();
        await using var transaction = await binning.Database.BeginTransactionAsync();
        await binning.Emitters.Where(dot => dot.Id == lab.Dot.Id).ExecuteUpdateAsync(set => set.SetProperty(dot => dot.DeletedAt, DateTimeOffset.UtcNow));

        // It sees the dot alive when it begins, waits for who holds the row, and then finds it in the bin.
        var saying = portal.Say(portal.Ben, TalkKind.Dot, lab.Dot.Id, "too late");
        await Waits("SELECT count(*)::int AS \"Value\" FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%\"Emitters\"%FOR SHARE%'");
        await transaction.CommitAsync();

        Assert.Null(await saying);
        await using var db = portal.CreateDbContext();
        Assert.Equal(0, await db.Comments.CountAsync(c => c.RecordId == lab.Dot.Id));
    }

    async Task Waits(string sql)
    {
        await using var db = portal.CreateDbContext();
        for (var until = DateTime.UtcNow.AddSeconds(30); (await db.Database.SqlQueryRaw<int>(sql).ToListAsync())[0] == 0; await Task.Delay(20))
            Assert.True(DateTime.UtcNow < until, "Nobody waits for the record.");
    }

    [Fact]
    public async Task One_changes_ones_own_words_only_what_they_were_stays_to_be_read_and_a_stale_save_is_told()
    {
        var lab = await portal.Lab();
        var said = (await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, "g2 is 0.4"))!.Comment;
        Comment Worded(string text, uint version) => new() { Id = said.Id, Text = text, Version = version };
        Task<Said?> Edit(PortalUser person, Comment comment) => portal.As(person, services => services.GetRequiredService<TalkCommands>().Edit(comment));

        Assert.Null(await Edit(portal.Ana, Worded("Ana's words", said.Version)));
        var changed = (await Edit(portal.Ben, Worded("g2 is 0.04", said.Version)))!.Comment;
        await Assert.ThrowsAsync<StaleRecordException>(() => Edit(portal.Ben, Worded("from an old page", said.Version)));

        Assert.NotNull(changed.EditedAt);
        var before = await portal.As(portal.Rita, services => services.GetRequiredService<TalkQueries>().Before(said.Id));
        Assert.Equal(["g2 is 0.4"], before.Select(entry => entry.Changes.Single(change => change.Field == "Text").Old));
        Assert.Empty(await portal.As(portal.Olga, services => services.GetRequiredService<TalkQueries>().Before(said.Id)));
    }

    [Fact]
    public async Task A_comment_in_the_bin_keeps_its_place_for_its_answers_is_taken_out_by_its_author_and_ends_after_its_days()
    {
        var lab = await portal.Lab();
        var first = (await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, "regretted"))!.Comment.Id;
        var answer = (await portal.Say(portal.Eve, TalkKind.Batch, lab.Batch.Id, "an answer to it", first))!.Comment.Id;
        Task<bool> Bin(PortalUser person, Guid id, bool binned) => portal.As(person, services => services.GetRequiredService<TalkCommands>().Bin(id, binned));

        Assert.False(await Bin(portal.Eve, first, true));
        Assert.True(await Bin(portal.Ben, first, true));
        var thread = Assert.Single((await Threads(portal.Rita, TalkKind.Batch, lab.Batch.Id))!.Threads);
        Assert.NotNull(thread.Comment.DeletedAt);
        Assert.Single(thread.Replies);
        Assert.False(await Bin(portal.Eve, first, false));
        Assert.True(await Bin(portal.Ben, first, false));
        Assert.True(await Bin(portal.Ana, first, true)); // who manages may take away anybody's

        await using (var db = portal.CreateDbContext()) await db.Comments.Where(c => c.Id == first).ExecuteUpdateAsync(set => set.SetProperty(c => c.DeletedAt, DateTimeOffset.UtcNow.AddDays(-31)));
        await End(lab);
        await using (var db = portal.CreateDbContext()) Assert.Equal("", (await db.Comments.SingleAsync(c => c.Id == first)).Text);
        await using (var db = portal.CreateDbContext()) await db.Comments.Where(c => c.Id == answer).ExecuteUpdateAsync(set => set.SetProperty(c => c.DeletedAt, DateTimeOffset.UtcNow.AddDays(-31)));
        await End(lab);
        await using (var db = portal.CreateDbContext())
        {
            Assert.Equal(0, await db.Comments.CountAsync(c => c.ProjectId == lab.Project.Id));
            Assert.Equal(0, await db.Notices.CountAsync(n => n.SourceId == first || n.SourceId == answer));
        }
    }

    [Fact]
    public async Task What_was_said_of_a_record_its_follows_and_its_notices_end_with_it()
    {
        var lab = await portal.Lab();
        var first = (await portal.Say(portal.Ben, TalkKind.Dot, lab.Dot.Id, "of the dot"))!.Comment.Id;
        await portal.Say(portal.Eve, TalkKind.Dot, lab.Dot.Id, "an answer", first);
        await portal.Say(portal.Ben, TalkKind.Result, lab.Analysis.Id, "of the result");
        await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, "of the batch, which stays");
        await using (var db = portal.CreateDbContext())
        {
            var old = DateTimeOffset.UtcNow.AddDays(-40);
            await db.Runs.Where(r => r.Id == lab.Run.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.CreatedAt, old));
            await db.Emitters.Where(r => r.Id == lab.Dot.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.CreatedAt, old).SetProperty(r => r.DeletedAt, DateTimeOffset.UtcNow.AddDays(-31)));
        }

        await End(lab);

        await using var after = portal.CreateDbContext();
        Assert.Equal(["of the batch, which stays"], await after.Comments.Where(c => c.ProjectId == lab.Project.Id).Select(c => c.Text).ToListAsync());
        Assert.Equal([lab.Batch.Id], await after.Follows.Where(f => f.ProjectId == lab.Project.Id).Select(f => f.RecordId).Distinct().ToListAsync());
        Assert.Equal([lab.Batch.Id], await after.Notices.Where(n => n.ProjectId == lab.Project.Id).Select(n => n.RecordId).Distinct().ToListAsync());
    }

    async Task End(Lab lab)
    {
        var before = DateTimeOffset.UtcNow.AddDays(-30);
        await using var db = portal.CreateDbContext();
        foreach (var binned in await db.BinnedBefore(before)) await portal.RemoveBinned(binned, before, DateTimeOffset.UtcNow);
    }

    public static TheoryData<string> Hostile => new(
        "<script>alert(1)</script> @Ben Miller", "'); DROP TABLE \"Comments\"; --", "\u202Egnp.tod\u202C أهلا", "👩‍🔬👍🏽 ﷽", new string('>', 20_000), new string('[', 20_000), "@" + new string('@', 19_000),
        "```\n@Ben Miller\n", "[x](javascript:alert(1))", new string('*', 10_000) + "a");

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Hostile_text_is_kept_as_it_is_and_shown_as_text(string text)
    {
        var lab = await portal.Lab();

        var said = await portal.Say(portal.Eve, TalkKind.Batch, lab.Batch.Id, text);

        Assert.Equal(text.Trim(), said!.Comment.Text);
        var shown = await Web.Rendered.Html<PqdPortal.Web.Layout.MarkdownText>(("Of", said.Comment.Text));
        Assert.DoesNotContain("<script", shown);
        Assert.DoesNotContain("href=\"javascript", shown);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n ")]
    [InlineData("a\0b")]
    public async Task Text_that_cannot_be_kept_is_refused_in_words(string text) =>
        Assert.True((await Assert.ThrowsAsync<RefusedEditException>(async () => await portal.Say(portal.Eve, TalkKind.Batch, (await portal.Lab()).Batch.Id, text))).Fields["Text"].Length > 10);

    [Fact]
    public async Task Half_of_a_character_is_refused_in_words()
    {
        var lab = await portal.Lab();
        var refused = await Assert.ThrowsAsync<RefusedEditException>(() => portal.Say(portal.Eve, TalkKind.Batch, lab.Batch.Id, "half " + '\ud83d' + " of a pair"));

        Assert.Contains("cannot be kept", refused.Fields["Text"]);
    }

    [Fact]
    public async Task A_comment_that_is_too_long_says_how_long_it_may_be()
    {
        var lab = await portal.Lab();
        var refused = await Assert.ThrowsAsync<RefusedEditException>(() => portal.Say(portal.Eve, TalkKind.Batch, lab.Batch.Id, new string('x', 100_000)));

        Assert.Contains("20000", refused.Fields["Text"]);
    }
}
