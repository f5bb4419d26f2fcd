using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Access;
using PqdPortal.Data.Account;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Features.Account;
using PqdPortal.Web.Features.Groups;
using PqdPortal.Web.Layout.People;
using PqdPortal.Web.Live;
using Invited = (System.Collections.Generic.IReadOnlyList<PqdPortal.Web.Layout.People.MadeInvitation> Made, string? Trouble);

namespace PqdPortal.Portal.Tests.People;

/// <summary>People come by invitations, work in groups of their own, and leave without their work being lost.</summary>
public sealed class PeopleTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    async Task<T> By<TCommands, T>(PortalUser who, Func<TCommands, Task<T>> act) where TCommands : notnull
    {
        await using var scope = portal.As(who);
        return await act(scope.ServiceProvider.GetRequiredService<TCommands>());
    }

    Task<string?> Members(PortalUser who, Func<MemberCommands, Task<string?>> act) => By(who, act);
    Task<string?> Groups(PortalUser who, Func<GroupCommands, Task<string?>> act) => By(who, act);
    Task<JoinState> Join(PortalUser who, string code) => By<AccountCommands, JoinState>(who, c => c.Join(code));
    async Task<Guid> Lab(PortalUser by, string? name = null) => (await By<GroupCommands, (Guid? Group, string?)>(by, c => c.MakeGroup(name ?? Unique("Lab")))).Group!.Value;
    Task<IReadOnlyList<InvitationRow>> Invitations(PortalUser who, Guid project) => By<PeopleQueries, IReadOnlyList<InvitationRow>>(who, q => q.Invitations(project, null));
    static string Unique(string name) => $"{name} {Guid.NewGuid().ToString("N")[..8]}";

    async Task<string> Invite(PortalUser by, Guid? project, string whom = "Kim", AccessRole role = AccessRole.Comment, InviteTerms? terms = null)
    {
        var (made, trouble) = await By<InvitationCommands, Invited>(by, c => c.Invite(project, [new() { For = whom, Role = role }], terms ?? new()));
        return made.SingleOrDefault()?.Code ?? throw new InvalidOperationException(trouble);
    }

    static Dictionary<string, string> Account(string name, string? signInName = null) =>
        new() { ["Input.Name"] = name, ["Input.SignInName"] = signInName ?? $"{Guid.NewGuid():N}@example.org", ["Input.Password"] = PortalFixture.Password };

    async Task<PortalUser> Named(string name)
    {
        await using var db = portal.CreateDbContext();
        return await db.Users.SingleAsync(user => user.Name == name);
    }

    Viewers Viewers => portal.Services.GetRequiredService<Viewers>();
    async Task<AccessRole> RoleOf(PortalUser person, Guid project) => (await Viewers.Of(person.Id)).RoleIn(project);

    async Task<Guid> Give(Guid project, PortalUser person, AccessRole role)
    {
        var grant = new Grant { ProjectId = project, PersonId = person.Id, Role = role };
        await using var db = portal.CreateDbContext();
        db.Add(grant);
        await db.SaveChangesAsync();
        return grant.Id;
    }

    async Task<Guid> GrantOf(Guid project, PortalUser person)
    {
        await using var db = portal.CreateDbContext();
        return await db.Grants.Where(grant => grant.ProjectId == project && grant.PersonId == person.Id).Select(grant => grant.Id).SingleAsync();
    }

    [Fact]
    public async Task Who_is_invited_makes_an_account_and_lands_in_the_shared_project_alone()
    {
        var ana = await portal.Person("Ana");
        var (shared, other) = (await portal.Project(ana), await portal.Project(ana));
        var code = await Invite(ana, shared.Id);
        var (kim, browser) = (Unique("Kim"), portal.Visitor());

        var asked = await browser.Read($"/join/{code}");
        var joined = await browser.Post($"/join/{code}", "account", Account(kim));

        Assert.Contains("Ana invites you", asked);
        Assert.EndsWith($"projects/{shared.Id}", joined.Location);
        Assert.True(await browser.IsSignedIn());
        var person = await Named(kim);
        Assert.True(person.IsGuest);
        Assert.Equal((AccessRole.Comment, AccessRole.None), (await RoleOf(person, shared.Id), await RoleOf(person, other.Id)));
        Assert.Equal(HttpStatusCode.OK, (await browser.Get($"/projects/{shared.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.Get($"/projects/{other.Id}")).StatusCode);
        // A guest is told of those they work with, and begins nothing of their own.
        await portal.Person("Somebody Else");
        Assert.Equal([ana.Id, person.Id], (await Viewers.Colleagues(await Viewers.Of(person.Id))).Select(one => one.Id).Order());
        Assert.True((await Viewers.Colleagues(await Viewers.Of(ana.Id))).Count > 2);
        var refused = await Assert.ThrowsAsync<RefusedEditException>(() => By<GroupCommands, Project?>(person, c => c.MakeProject(new() { Name = "Mine", Code = "MINE" })));
        Assert.Contains("came by an invitation", refused.Message);
        Assert.Contains("came by an invitation", (await By<GroupCommands, (Guid?, string? Trouble)>(person, c => c.MakeGroup("Mine"))).Trouble);
        // The same link once more; and she stands in the list of who can see the project.
        Assert.Contains("has been used", await portal.Visitor().Read($"/join/{code}"));
        var seen = (await By<PeopleQueries, WhoView?>(ana, q => q.Who(LinkedKind.Project, shared.Id)))!;
        Assert.Contains(seen.People, one => one.Name == kim && one.Why.Ways.Single().StartsWith("comment, by name since"));
        Assert.Empty(seen.Invitations);
    }

    [Fact]
    public async Task Who_has_an_account_joins_with_it_and_a_stronger_role_stays()
    {
        var (ana, ben, cem) = (await portal.Person("Ana"), await portal.Person("Ben"), await portal.Person("Cem"));
        var project = await portal.Project(ana);
        await Give(project.Id, cem, AccessRole.Edit);
        var code = await Invite(ana, project.Id, "both", AccessRole.Read, new() { Uses = 2 });

        var ends = (await Join(ben, code), await Join(ben, code), await Join(cem, code));

        Assert.Equal((JoinState.Joined, JoinState.Already, JoinState.Already), ends);
        Assert.Equal((AccessRole.Read, AccessRole.Edit), (await RoleOf(ben, project.Id), await RoleOf(cem, project.Id)));
        var row = (await Invitations(ana, project.Id)).Single();
        Assert.Equal((1, true, "Ben"), (row.Uses, row.IsOpen, row.Came.Single()));
    }

    [Fact]
    public async Task An_invitation_that_is_over_says_why_and_tells_nothing_more()
    {
        var (ana, lea) = (await portal.Person("Ana"), await portal.Person("Lea"));
        var (project, gone) = (await portal.Project(ana), await portal.Project(ana));
        var leas = await Give(project.Id, lea, AccessRole.Manage);
        var (expired, revoked, makerGone, binned) = (await Invite(ana, project.Id), await Invite(ana, project.Id), await Invite(lea, project.Id), await Invite(ana, gone.Id));
        await using (var db = portal.CreateDbContext())
        {
            var (old, back) = (LinkSecret.Hash(expired), LinkSecret.Hash(revoked));
            await db.Invitations.Where(one => one.Hash == old).ExecuteUpdateAsync(one => one.SetProperty(x => x.ExpiresAt, DateTimeOffset.UtcNow.AddMinutes(-1)));
            await db.Projects.Where(one => one.Id == gone.Id).ExecuteUpdateAsync(one => one.SetProperty(x => x.DeletedAt, DateTimeOffset.UtcNow));
            var id = await db.Invitations.Where(one => one.Hash == back).Select(one => one.Id).SingleAsync();
            Assert.Null(await By<InvitationCommands, string?>(ana, c => c.Revoke(id)));
        }
        // She may not invite any more, so neither may what she made.
        Assert.Null(await Members(ana, c => c.SetRoles(project.Id, [new(leas, AccessRole.Manage, AccessRole.Edit)])));
        var late = await portal.Person("Late");

        foreach (var (code, words) in (IEnumerable<(string, string)>)
            [(expired, "has expired"), (revoked, "was taken back"), (makerGone, "is good no more"), (binned, "There is no such invitation"), (LinkSecret.Make(), "There is no such invitation"), ("x", "There is no such invitation"), (new string('a', 3000), "There is no such invitation")])
        {
            var visitor = portal.Visitor();
            var shown = await visitor.Read($"/join/{code}");
            Assert.Contains(words, shown);
            Assert.DoesNotContain(project.Code, shown);
            // A form that was loaded while the invitation was good.
            var sent = await visitor.Post("/sign-in", "account", Account("Too late"), $"/join/{code}");
            Assert.False(sent.Status == HttpStatusCode.Redirect, $"{code} let somebody in");
            Assert.False(await visitor.IsSignedIn());
            Assert.NotEqual(JoinState.Joined, await Join(late, code));
        }
        await using var after = portal.CreateDbContext();
        Assert.False(await after.Users.AnyAsync(user => user.Name == "Too late"));
    }

    [Fact]
    public async Task An_invitation_for_an_address_is_good_for_the_account_of_that_address_alone()
    {
        var (ana, eve) = (await portal.Person("Ana"), await portal.Person("Eve"));
        var project = await portal.Project(ana);
        var (address, kim) = ($"kim.{Guid.NewGuid():N}@example.org", Unique("Kim"));
        var code = await Invite(ana, project.Id, address, AccessRole.Read, new() { Uses = 5 });

        Assert.Equal(JoinState.OtherAddress, await Join(eve, code));
        // Whatever name is sent, the account is made for the address.
        await portal.Visitor().Post($"/join/{code}", "account", Account(kim, "eve@elsewhere.example"));

        Assert.Equal(address, (await Named(kim)).UserName);
        Assert.Equal(AccessRole.None, await RoleOf(eve, project.Id));
        Assert.Equal(1, (await Invitations(ana, project.Id)).Single().UsesAllowed);
    }

    [Fact]
    public async Task Of_many_who_come_at_once_so_many_are_let_in_as_were_invited()
    {
        var ana = await portal.Person("Ana");
        var project = await portal.Project(ana);
        var code = await Invite(ana, project.Id, "the course", AccessRole.Read, new() { Uses = 3 });
        var many = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => portal.Person($"Old {n}")));
        var fresh = Unique("Crowd");

        var came = await Task.WhenAll(
        [
            .. many.Select(person => Join(person, code)),
            .. Enumerable.Range(0, 4).Select(async n => (await By<AccountCommands, (Guid?, JoinState End, IReadOnlyList<string>)>(ana, c => c.JoinAsNew(code, fresh, $"new-{Guid.NewGuid():N}", PortalFixture.Password))).End),
        ]);

        Assert.Equal(3, came.Count(end => end == JoinState.Joined));
        Assert.All(came, end => Assert.True(end is JoinState.Joined or JoinState.Used, $"{end}"));
        await using var db = portal.CreateDbContext();
        Assert.Equal(4, await db.Grants.CountAsync(grant => grant.ProjectId == project.Id)); // with Ana
        // No account was left behind for whom there was no room.
        Assert.Equal(came.Skip(4).Count(end => end == JoinState.Joined), await db.Users.CountAsync(user => user.Name == fresh));
    }

    [Theory]
    [InlineData("", 14, 1, "Say whom to invite")]
    [InlineData("not@an@address", 14, 1, "is no e-mail address")]
    [InlineData("a\0b", 14, 1, "cannot be kept")]
    [InlineData("Kim", 0, 1, "is good for")]
    [InlineData("Kim", 400, 1, "is good for")]
    [InlineData("Kim", 14, 0, "lets in")]
    [InlineData("Kim", 14, 101, "lets in")]
    public async Task An_invitation_that_cannot_be_meant_is_refused_in_a_sentence(string whom, int days, int uses, string expected)
    {
        var ana = await portal.Person("Ana");
        var project = await portal.Project(ana);
        var rows = whom.Length == 0 ? (IReadOnlyList<InviteRow>)[] : [new() { For = whom }];

        var (made, trouble) = await By<InvitationCommands, Invited>(ana, c => c.Invite(project.Id, rows, new() { Days = days, Uses = uses }));

        Assert.Empty(made);
        Assert.Contains(expected, trouble);
    }

    [Fact]
    public async Task An_invitation_leads_into_a_group_only_where_its_maker_manages_it()
    {
        var (ana, ben, kim) = (await portal.Person("Ana"), await portal.Person("Ben"), await portal.Person("Kim"));
        var (project, lab) = (await portal.Project(ana), await Lab(ben));

        Assert.Contains("do not manage this group", (await By<InvitationCommands, Invited>(ana, c => c.Invite(project.Id, [new() { For = "Kim" }], new() { Group = lab }))).Trouble);
        Assert.Contains("do not manage this group", (await By<InvitationCommands, Invited>(ana, c => c.Invite(null, [new() { For = "Kim" }], new() { Group = lab }))).Trouble);
        var code = await Invite(ben, null, "Kim", terms: new() { Group = lab });
        Assert.Equal(JoinState.Joined, await Join(kim, code));
        Assert.Contains((await By<GroupQueries, GroupView?>(kim, q => q.Group(lab)))!.Members, member => member.Id == kim.Id && !member.IsManager);
        Assert.Null(await By<GroupQueries, GroupView?>(ana, q => q.Group(lab)));
    }

    [Fact]
    public async Task Roles_of_several_change_together_or_not_at_all()
    {
        var (ana, ben, cem) = (await portal.Person("Ana"), await portal.Person("Ben"), await portal.Person("Cem"));
        var project = await portal.Project(ana);
        var (bens, cems, anas) = (await Give(project.Id, ben, AccessRole.Read), await Give(project.Id, cem, AccessRole.Comment), await GrantOf(project.Id, ana));

        // Cem's role is another than Ana saw.
        var stale = await Members(ana, c => c.SetRoles(project.Id, [new(bens, AccessRole.Read, AccessRole.Edit), new(cems, AccessRole.Read, AccessRole.Edit)]));
        var between = (await RoleOf(ben, project.Id), await RoleOf(cem, project.Id));
        var last = await Members(ana, c => c.SetRoles(project.Id, [new(bens, AccessRole.Read, AccessRole.Edit), new(anas, AccessRole.Manage, AccessRole.Read)]));
        var afterLast = await RoleOf(ben, project.Id);
        var done = await Members(ana, c => c.SetRoles(project.Id, [new(bens, AccessRole.Read, AccessRole.Edit), new(cems, AccessRole.Comment, AccessRole.None)]));

        Assert.Contains("gave Cem the role comment in between", stale);
        Assert.Equal((AccessRole.Read, AccessRole.Comment), between);
        Assert.Contains("nobody would manage", last);
        Assert.Equal(AccessRole.Read, afterLast);
        Assert.Null(done);
        Assert.Equal((AccessRole.Edit, AccessRole.None), (await RoleOf(ben, project.Id), await RoleOf(cem, project.Id)));
    }

    [Fact]
    public async Task Of_two_who_take_each_others_role_at_once_one_is_left()
    {
        var (ana, ben) = (await portal.Person("Ana"), await portal.Person("Ben"));
        for (var round = 0; round < 5; round++)
        {
            var project = await portal.Project(ana);
            var (bens, anas) = (await Give(project.Id, ben, AccessRole.Manage), await GrantOf(project.Id, ana));

            await Task.WhenAll(Members(ana, c => c.RemoveMember(project.Id, bens)), Members(ben, c => c.RemoveMember(project.Id, anas)));

            await using var db = portal.CreateDbContext();
            Assert.Equal(1, await db.Grants.CountAsync(grant => grant.ProjectId == project.Id && grant.Role == AccessRole.Manage));
        }
    }

    [Fact]
    public async Task Who_leaves_a_project_leaves_their_work_in_it_and_the_last_manager_stays()
    {
        var (ana, ben) = (await portal.Person("Ana"), await portal.Person("Ben"));
        var project = await portal.Project(ana);
        await Give(project.Id, ben, AccessRole.Edit);
        var batch = new Batch { ProjectId = project.Id, Code = $"{project.Code}-1", Name = "of Ben", Formula = "CsPbBr3", CreatedById = ben.Id };
        await using (var db = portal.CreateDbContext())
        {
            db.Add(batch);
            await db.SaveChangesAsync();
        }

        Assert.Contains("nobody would manage", await Members(ana, c => c.Leave(project.Id)));
        Assert.Null(await Members(ben, c => c.Leave(project.Id)));
        Assert.Equal(MemberCommands.NotAllowed, await Members(ben, c => c.Leave(project.Id)));
        Assert.Equal(AccessRole.None, await RoleOf(ben, project.Id));
        await using var after = portal.CreateDbContext();
        Assert.Equal("Ben", await after.Batches.Where(one => one.Id == batch.Id).Select(one => after.Users.Single(user => user.Id == one.CreatedById).Name).SingleAsync());
    }

    [Fact]
    public async Task Who_is_there_through_a_group_is_told_to_leave_the_group()
    {
        var (ana, ben, name) = (await portal.Person("Ana"), await portal.Person("Ben"), Unique("Lab"));
        var (project, lab) = (await portal.Project(ana), await Lab(ana, name));
        await Groups(ana, c => c.Join(lab, ben.Id));
        await Members(ana, c => c.AddMember(project.Id, new() { Subject = $"g{lab}", Role = AccessRole.Edit }));
        Assert.Equal(AccessRole.Edit, await RoleOf(ben, project.Id));

        Assert.Contains(name, await Members(ben, c => c.Leave(project.Id)));
        Assert.Null(await Groups(ben, c => c.Leave(lab, ben.Id)));
        Assert.Equal(AccessRole.None, await RoleOf(ben, project.Id));
    }

    [Fact]
    public async Task A_project_is_handed_over_and_taken_over()
    {
        var (ana, ben, ada) = (await portal.Person("Ana"), await portal.Person("Ben"), await portal.Person("Ada", administrator: true));
        var project = await portal.Project(ana);

        Assert.Null(await Members(ana, c => c.HandOver(project.Id, ben.Id, AccessRole.Read)));
        Assert.Equal((AccessRole.Read, AccessRole.Manage), (await RoleOf(ana, project.Id), await RoleOf(ben, project.Id)));
        // Ben's account is removed: he manages nothing any more, and an administrator steps in.
        await using (var db = portal.CreateDbContext())
        {
            (await db.Users.FindAsync(ben.Id))!.RemovedAt = DateTimeOffset.UtcNow;
            await db.SaveChangesAsync();
        }
        Assert.Equal(MemberCommands.NotAllowed, await Members(ana, c => c.TakeOver(project.Id)));
        Assert.Null(await Members(ada, c => c.TakeOver(project.Id)));
        var adas = await GrantOf(project.Id, ada);
        Assert.Contains("nobody would manage", await Members(ada, c => c.RemoveMember(project.Id, adas)));
        var rows = await By<PeopleQueries, IReadOnlyList<MemberRow>>(ada, q => q.Members(project.Id));
        Assert.Contains(rows, row => row is { Name: "Ben", IsRemoved: true });
        Assert.Contains(rows, row => row is { Name: "Ada", Role: AccessRole.Manage });
    }

    [Fact]
    public async Task A_group_is_run_by_its_own_managers()
    {
        var (ana, ben, cem, ada) = (await portal.Person("Ana"), await portal.Person("Ben"), await portal.Person("Cem"), await portal.Person("Ada", administrator: true));
        var lab = await Lab(ana);
        const string notTheirs = "changed by those who manage it";

        Assert.Null(await Groups(ana, c => c.Join(lab, ben.Id)));
        // A member adds, removes and renames nobody and nothing; a stranger does not even see the group.
        Assert.Contains(notTheirs, await Groups(ben, c => c.Join(lab, cem.Id)));
        Assert.Contains(notTheirs, await Groups(ben, c => c.Leave(lab, ana.Id)));
        Assert.Contains(notTheirs, await Groups(ben, c => c.SetManager(lab, ben.Id, true)));
        Assert.Contains(notTheirs, await Groups(cem, c => c.Leave(lab, cem.Id)));
        var view = (await By<GroupQueries, GroupView?>(ben, q => q.Group(lab)))!;
        Assert.False(view.MayManage);
        Assert.Null(await By<GroupCommands, Group?>(ben, c => c.SaveGroup(new() { Id = lab, Name = "his", Version = view.Group.Version })));
        Assert.Null(await By<GroupQueries, GroupView?>(cem, q => q.Group(lab)));
        // The last manager stays until there is another; then they may go.
        Assert.Contains("nobody would manage", await Groups(ana, c => c.Leave(lab, ana.Id)));
        Assert.Contains("nobody would manage", await Groups(ana, c => c.SetManager(lab, ana.Id, false)));
        Assert.Null(await Groups(ana, c => c.SetManager(lab, ben.Id, true)));
        Assert.Null(await Groups(ana, c => c.Leave(lab, ana.Id)));
        Assert.NotNull(await By<GroupCommands, Group?>(ben, c => c.SaveGroup(new() { Id = lab, Name = Unique("Renamed"), Version = view.Group.Version })));
        await Assert.ThrowsAsync<StaleRecordException>(() => By<GroupCommands, Group?>(ben, c => c.SaveGroup(new() { Id = lab, Name = Unique("Again"), Version = view.Group.Version })));
        // An administrator may do all of it.
        Assert.Null(await Groups(ada, c => c.Leave(lab, ben.Id)));
        Assert.Null(await Groups(ada, c => c.Join(lab, cem.Id)));
        Assert.Null(await Groups(ada, c => c.SetManager(lab, cem.Id, true)));
    }

    [Fact]
    public async Task Whoever_opens_a_form_is_told_who_else_has_it_open_until_they_leave_or_fall_silent()
    {
        var (ana, ben, record) = (await portal.Person("Ana"), await portal.Person("Ben"), Guid.NewGuid());
        var editors = portal.Services.GetRequiredService<Editors>();
        var (anas, bens, again) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());

        await editors.Enter(anas, record, ana.Id);
        Assert.Empty(await editors.Others(record, ana.Id));
        await editors.Enter(bens, record, ben.Id);
        await editors.Enter(again, record, ben.Id);
        Assert.Equal("Ben", (await editors.Others(record, ana.Id)).Single().Name);
        await editors.Leave(again, record);
        Assert.Single(await editors.Others(record, ana.Id));
        await using (var db = portal.CreateDbContext())
            await db.Presences.Where(one => one.Id == bens).ExecuteUpdateAsync(one => one.SetProperty(x => x.SeenAt, DateTimeOffset.UtcNow - Presence.Silent - TimeSpan.FromSeconds(1)));
        Assert.Empty(await editors.Others(record, ana.Id));
        await editors.Beat(bens);
        Assert.Single(await editors.Others(record, ana.Id));
        await editors.Leave(bens, record);
        Assert.Empty(await editors.Others(record, ana.Id));
    }
}
