using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Layout.Talking;

namespace PqdPortal.Portal.Tests.Talk;

/// <summary>Who is told of what: those it concerns, once, and nothing they may not see.</summary>
public sealed class NoticeTests(TalkFixture portal) : IClassFixture<TalkFixture>
{
    Task<T> Commands<T>(PortalUser person, Func<TalkCommands, Task<T>> act) => portal.As(person, services => act(services.GetRequiredService<TalkCommands>()));
    Task<int> Unread(PortalUser person) => portal.As(person, services => services.GetRequiredService<NoticeQueries>().Unread());

    async Task<string[]> Kinds(PortalUser person, Lab lab) => [.. (await portal.Told(person, lab)).Select(row => row.Notice.Kind.ToString())];

    [Fact]
    public async Task The_maker_followers_and_those_named_are_told_once_each_and_the_writer_not_at_all()
    {
        var lab = await portal.Lab();
        await Commands(portal.Rita, c => c.Follow(TalkKind.Batch, lab.Batch.Id, true));
        await Commands(portal.Ana, c => c.Follow(TalkKind.Project, lab.Project.Id, true));

        // Ana follows and is named: one notice, as of her name. Naming twice is naming once.
        await portal.Say(portal.Ben, TalkKind.Dot, lab.Dot.Id, "@Ana Curie @ana curie look at g2");

        Assert.Equal(["Mention"], await Kinds(portal.Ana, lab));
        Assert.Equal(["Comment"], await Kinds(portal.Eve, lab)); // she made the dot
        Assert.Equal(["Comment"], await Kinds(portal.Rita, lab)); // she follows the batch it lies in
        Assert.Empty(await Kinds(portal.Ben, lab));
        Assert.Empty(await Kinds(portal.Olga, lab));
    }

    [Fact]
    public async Task An_answer_tells_those_of_the_thread_and_a_name_of_somebody_is_told_when_it_is_written_later()
    {
        var lab = await portal.Lab();
        var first = (await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, "first"))!.Comment;
        var answer = (await portal.Say(portal.Ana, TalkKind.Batch, lab.Batch.Id, "an answer", first.Id))!.Comment;
        Assert.Equal(["Reply"], await Kinds(portal.Ben, lab));
        Assert.Empty(await Kinds(portal.Rita, lab));

        await Commands(portal.Ana, c => c.Edit(new() { Id = answer.Id, Version = answer.Version, Text = "an answer, @Rita" }));

        Assert.Equal(["Mention"], await Kinds(portal.Rita, lab));
        Assert.Equal(["Reply"], await Kinds(portal.Ben, lab)); // not told again
    }

    [Theory]
    [InlineData("@Olga Outside: what do you say?", "@Olga")] // has an account, and no part in this project
    [InlineData("@Nadja: what do you say?", "@Nadja")] // there is no such person
    public async Task A_name_of_somebody_who_cannot_see_it_tells_nobody_and_the_writer_in_the_same_words_whether_there_is_such_a_person(string text, string named)
    {
        var lab = await portal.Lab();

        var said = await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, text);

        Assert.StartsWith($"{named}: nobody of that name can see this, so nobody was told.", said!.NotTold);
        Assert.Empty(said.Comment.Mentioned);
        await using var db = portal.CreateDbContext();
        Assert.Equal(0, await db.Notices.CountAsync(n => n.PersonId == portal.Olga.Id));
        var offered = await portal.As(portal.Ben, services => services.GetRequiredService<TalkQueries>().People(TalkKind.Batch, lab.Batch.Id));
        Assert.Equal(["Ana Curie", "Ben Miller", "Eve", "Rita"], offered!.Select(person => person.Text));
        Assert.Null(await portal.As(portal.Olga, services => services.GetRequiredService<TalkQueries>().People(TalkKind.Batch, lab.Batch.Id)));
        Assert.Null(await portal.As(portal.Rita, services => services.GetRequiredService<TalkQueries>().People(TalkKind.Batch, lab.Batch.Id)));
    }

    [Fact]
    public async Task Notices_of_what_one_may_no_longer_see_are_not_shown_and_not_counted()
    {
        var lab = await portal.Lab();
        var person = await portal.Person("Hugo");
        await using (var db = portal.CreateDbContext())
        {
            db.Add(new Grant { ProjectId = lab.Project.Id, PersonId = person.Id, Role = AccessRole.Comment });
            await db.SaveChangesAsync();
        }
        await portal.As(person, async services => { await services.GetRequiredService<NoticeCommands>().ReadAll(DateTimeOffset.UtcNow); return 0; });
        await portal.Say(portal.Ana, TalkKind.Dot, lab.Dot.Id, "@Hugo on the dot");
        var binned = (await portal.Say(portal.Ana, TalkKind.Batch, lab.Batch.Id, "@Hugo on the batch"))!.Comment.Id;
        await portal.Say(portal.Ana, TalkKind.Sample, lab.Sample.Id, "@Hugo on the sample");
        Assert.Equal(3, await Unread(person));

        await Commands(portal.Ana, c => c.Bin(binned, true));
        Assert.Equal(2, await Unread(person));
        await using (var db = portal.CreateDbContext()) await db.Emitters.Where(dot => dot.Id == lab.Dot.Id).ExecuteUpdateAsync(set => set.SetProperty(dot => dot.DeletedAt, DateTimeOffset.UtcNow));
        Assert.Equal(1, await Unread(person));
        Assert.Equal(["Mention", "Role"], await Kinds(person, lab));
        await using (var db = portal.CreateDbContext()) await db.Grants.Where(grant => grant.PersonId == person.Id).ExecuteDeleteAsync();
        Assert.Equal(0, await Unread(person));
        Assert.Empty(await portal.Told(person, lab));
    }

    [Fact]
    public async Task Who_does_not_follow_any_more_is_told_no_more_and_nothing_turns_it_on_again_but_their_name()
    {
        var lab = await portal.Lab();
        await Commands(portal.Eve, c => c.Follow(TalkKind.Batch, lab.Batch.Id, false));

        await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, "to whoever made it");
        Assert.Empty(await Kinds(portal.Eve, lab));
        await portal.Say(portal.Eve, TalkKind.Batch, lab.Batch.Id, "I write here all the same");
        await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, "and again");
        Assert.Empty(await Kinds(portal.Eve, lab));
        await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, "@Eve!");
        Assert.Equal(["Mention"], await Kinds(portal.Eve, lab));
        Assert.Equal("You chose not to follow it.", (await portal.As(portal.Eve, services => services.GetRequiredService<TalkQueries>().Following(TalkKind.Batch, lab.Batch.Id)))!.Why);
    }

    [Fact]
    public async Task A_result_is_told_to_followers_once_a_failure_also_to_who_asked_and_each_as_they_chose()
    {
        var lab = await portal.Lab();
        await Commands(portal.Rita, c => c.Follow(TalkKind.Sample, lab.Sample.Id, true));
        async Task Ends(bool isGood)
        {
            await using var db = portal.CreateDbContext();
            await db.TellOfWork(lab.Run.Id, lab.Analysis.Id, lab.Analysis.Id, portal.Ben.Id, isGood, DateTimeOffset.UtcNow);
        }

        var before = await Unread(portal.Rita);
        await Ends(isGood: true);
        await Ends(isGood: true);
        Assert.Equal(["Finished"], await Kinds(portal.Rita, lab));
        Assert.Equal(["Finished"], await Kinds(portal.Eve, lab)); // the run is hers
        Assert.Empty(await Kinds(portal.Ben, lab)); // he asked, and sees it himself
        Assert.Equal(before, await Unread(portal.Rita)); // in the digest only, unless she wants it otherwise

        await portal.As(portal.Rita, services => services.GetRequiredService<NoticeCommands>().Choose(NoticeKind.Failed, NoticeWay.Never));
        await Ends(isGood: false);
        Assert.Equal(["Finished"], await Kinds(portal.Rita, lab));
        Assert.Equal(["Failed"], await Kinds(portal.Ben, lab));
        Assert.Equal(["Failed"], await Kinds(portal.Eve, lab));
    }

    [Fact]
    public async Task Who_is_given_a_role_by_name_or_through_a_group_is_told_and_who_invited_hears_of_who_came()
    {
        var lab = await portal.Lab();
        var (named, member, guest) = (await portal.Person("Nora"), await portal.Person("Mia"), await portal.Person("Gil"));
        await using (var db = portal.CreateDbContext())
        {
            db.Actor = portal.Ana.Id;
            var group = new Group { Name = $"group {lab.Project.Code}", Members = [new() { PersonId = member.Id }] };
            db.AddRange(group, new Grant { ProjectId = lab.Project.Id, PersonId = named.Id, Role = AccessRole.Read }, new Grant { ProjectId = lab.Project.Id, Group = group, Role = AccessRole.Comment });
            await db.SaveChangesAsync();
        }
        await using (var db = portal.CreateDbContext())
        {
            // As an invitation is taken: by who comes, given by who invited.
            db.Actor = guest.Id;
            db.Add(new Grant { ProjectId = lab.Project.Id, PersonId = guest.Id, Role = AccessRole.Read, GrantedById = portal.Ana.Id });
            await db.SaveChangesAsync();
        }

        Assert.Equal(["Ana Curie gave you the role read"], (await portal.Told(named, lab)).Select(row => row.Words));
        Assert.Equal(["Ana Curie gave you the role comment"], (await portal.Told(member, lab)).Select(row => row.Words));
        Assert.Empty(await portal.Told(guest, lab));
        Assert.Equal(["Gil came in by your invitation, with the role read"], (await portal.Told(portal.Ana, lab)).Select(row => row.Words));
    }

    [Fact]
    public async Task Notices_are_read_by_opening_the_record_one_by_one_or_all_and_only_ones_own()
    {
        var lab = await portal.Lab();
        var person = await portal.Person("Lea");
        await using (var db = portal.CreateDbContext())
        {
            db.Add(new Grant { ProjectId = lab.Project.Id, PersonId = person.Id, Role = AccessRole.Comment });
            await db.SaveChangesAsync();
        }
        await portal.Say(portal.Ben, TalkKind.Dot, lab.Dot.Id, "@Lea one");
        await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, "@Lea two");
        Task<int> Act(PortalUser who, Func<NoticeCommands, Task> act) => portal.As(who, async services => { await act(services.GetRequiredService<NoticeCommands>()); return 0; });
        var mine = await portal.Told(person, lab);
        Assert.Equal(3, await Unread(person)); // her role, and the two

        await Act(portal.Ben, c => c.Read([.. mine.Select(row => row.Notice.Id)]));
        Assert.Equal(3, await Unread(person));
        await Act(person, c => c.Saw(lab.Dot.Id));
        Assert.Equal(2, await Unread(person));
        await Act(person, c => c.ReadAll(DateTimeOffset.UtcNow));
        Assert.Equal(0, await Unread(person));
    }

    [Fact]
    public async Task The_digest_has_what_came_since_one_looked_by_day_and_record_and_reading_it_changes_nothing()
    {
        var lab = await portal.Lab();
        var person = await portal.Person("Dora");
        await using (var db = portal.CreateDbContext())
        {
            db.Add(new Grant { ProjectId = lab.Project.Id, PersonId = person.Id, Role = AccessRole.Comment });
            await db.SaveChangesAsync();
        }
        await portal.Say(portal.Ben, TalkKind.Dot, lab.Dot.Id, "@Dora first");
        await portal.Say(portal.Ben, TalkKind.Dot, lab.Dot.Id, "@Dora second\nPqdPortal, forged line");
        await portal.Say(portal.Eve, TalkKind.Batch, lab.Batch.Id, "@Dora third");
        var program = await portal.Program(person);

        var digest = await portal.As(person, services => services.GetRequiredService<NoticeQueries>().Digest());
        var text = await program.GetStringAsync("/api/v1/notices/digest.txt");

        var day = Assert.Single(digest.Days);
        Assert.Equal([lab.Batch.Id, lab.Dot.Id, lab.Project.Id], day.Records.Select(of => of.Subject.Id));
        Assert.Equal([1, 2, 1], day.Records.Select(of => of.Rows.Count));
        Assert.Contains($"/d/{lab.Dot.Code}", text);
        Assert.Contains("Ben Miller named you: @Dora second PqdPortal, forged line", text);
        Assert.Equal(4, await Unread(person));

        await portal.As(person, services => services.GetRequiredService<NoticeCommands>().Look());
        Assert.Empty((await portal.As(person, services => services.GetRequiredService<NoticeQueries>().Digest())).Days);
        Assert.Contains("Nothing new.", await program.GetStringAsync("/api/v1/notices/digest.txt"));
    }

    [Fact]
    public async Task A_visit_goes_on_over_reloads_and_devices_and_the_next_one_begins_where_it_ended()
    {
        var person = (await portal.Person("Vera")).Id;
        await using var db = portal.CreateDbContext();
        var monday = new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero);
        Task<DateTimeOffset?> Come(DateTimeOffset at) => db.ComeHome(person, at);

        Assert.Null(await Come(monday));
        Assert.Null(await Come(monday.AddMinutes(10))); // a reload
        var tuesday = monday.AddDays(1);
        Assert.Equal(monday.AddMinutes(10), await Come(tuesday));
        Assert.Equal(monday.AddMinutes(10), await Come(tuesday.AddMinutes(20))); // the phone
        Assert.Equal(monday.AddMinutes(10), await Come(tuesday.AddMinutes(45))); // the desk again, 25 minutes after
        Assert.Equal(tuesday.AddMinutes(45), await Come(tuesday.AddHours(5)));
        // Two devices at once: both are the same visit.
        var next = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ => { await using var own = portal.CreateDbContext(); return await own.ComeHome(person, tuesday.AddDays(1)); }));
        Assert.All(next, before => Assert.Equal(tuesday.AddHours(5), before));
        await db.SeenHome(person, tuesday.AddDays(1).AddMinutes(1));
        Assert.Equal(tuesday.AddDays(1).AddMinutes(1), await Come(tuesday.AddDays(1).AddMinutes(2)));
    }

    [Fact]
    public async Task Old_notices_are_forgotten()
    {
        var lab = await portal.Lab();
        await portal.Say(portal.Ben, TalkKind.Batch, lab.Batch.Id, "@Ana Curie an old one");
        await portal.Say(portal.Ben, TalkKind.Dot, lab.Dot.Id, "@Ana Curie a new one");
        await using var db = portal.CreateDbContext();
        await db.Notices.Where(n => n.RecordId == lab.Batch.Id).ExecuteUpdateAsync(set => set.SetProperty(n => n.At, DateTimeOffset.UtcNow.AddDays(-Notice.Days - 1)));

        await db.ForgetNotices(DateTimeOffset.UtcNow);

        Assert.Equal([lab.Dot.Id], await db.Notices.Where(n => n.ProjectId == lab.Project.Id).Select(n => n.RecordId).Distinct().ToListAsync());
    }
}
