using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Features.Groups;
using PqdPortal.Web.Layout.People;

namespace PqdPortal.Portal.Tests.Web;

public class ProjectTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    [Fact]
    public async Task Who_makes_a_project_manages_it_and_nobody_else_sees_it()
    {
        var (ana, ben) = (await portal.Person("Ana"), await portal.Person("Ben"));
        await using var scope = portal.As(ana);
        var made = await scope.ServiceProvider.GetRequiredService<GroupCommands>().MakeProject(new() { Name = "Zn series", Code = "zna" });
        var mine = await scope.ServiceProvider.GetRequiredService<GroupQueries>().Project(made!.Id);
        await using var other = portal.As(ben);
        var theirs = await other.ServiceProvider.GetRequiredService<GroupQueries>().Project(made.Id);

        Assert.Equal(("ZNA", AccessRole.Manage), (mine!.Code, mine.Role));
        Assert.Null(theirs);
    }

    [Theory]
    [InlineData("Z", "does not fit")]
    [InlineData("9Z", "does not fit")]
    [InlineData("TOOLONGCODE", "does not fit")]
    public async Task A_code_that_does_not_fit_is_refused_in_words(string code, string expected)
    {
        await using var scope = portal.As(await portal.Person("Ana"));

        var refused = await Assert.ThrowsAsync<RefusedEditException>(() => scope.ServiceProvider.GetRequiredService<GroupCommands>().MakeProject(new() { Name = "Zn", Code = code }));

        Assert.Contains(expected, refused.Fields[nameof(Project.Code)]);
    }

    [Fact]
    public async Task A_code_is_given_once()
    {
        await using var scope = portal.As(await portal.Person("Ana"));
        var commands = scope.ServiceProvider.GetRequiredService<GroupCommands>();
        await commands.MakeProject(new() { Name = "First", Code = "ONCE" });

        var refused = await Assert.ThrowsAsync<RefusedEditException>(() => commands.MakeProject(new() { Name = "Second", Code = "once" }));

        Assert.Contains("is taken", refused.Fields[nameof(Project.Code)]);
    }

    [Fact]
    public async Task A_member_sees_the_project_until_the_grant_is_taken_back()
    {
        var (ana, ben) = (await portal.Person("Ana"), await portal.Person("Ben"));
        var project = await portal.Project(ana);
        await using var scope = portal.As(ana);
        var commands = scope.ServiceProvider.GetRequiredService<MemberCommands>();

        Assert.Null(await commands.AddMember(project.Id, new() { Subject = $"p{ben.Id}", Role = AccessRole.Edit }));
        var role = await RoleOf(ben, project.Id);
        await using var db = portal.CreateDbContext();
        await commands.RemoveMember(project.Id, (await db.Grants.SingleAsync(g => g.ProjectId == project.Id && g.PersonId == ben.Id)).Id);

        Assert.Equal(AccessRole.Edit, role);
        Assert.Null(await RoleOf(ben, project.Id));
    }

    [Fact]
    public async Task The_last_who_manages_a_project_cannot_be_removed()
    {
        var ana = await portal.Person("Ana");
        var project = await portal.Project(ana);
        await using var scope = portal.As(ana);
        await using var db = portal.CreateDbContext();

        var trouble = await scope.ServiceProvider.GetRequiredService<MemberCommands>()
            .RemoveMember(project.Id, (await db.Grants.SingleAsync(g => g.ProjectId == project.Id)).Id);

        Assert.Contains("nobody would manage", trouble);
        Assert.Equal(AccessRole.Manage, await RoleOf(ana, project.Id));
    }

    [Fact]
    public async Task A_project_in_the_bin_is_seen_and_taken_out_only_by_those_who_manage_it()
    {
        var (ana, ben) = (await portal.Person("Ana"), await portal.Person("Ben"));
        var project = await portal.Project(ana);
        await using var hers = portal.As(ana);
        await using var his = portal.As(ben);
        var (commands, theirs) = (hers.ServiceProvider.GetRequiredService<GroupCommands>(), his.ServiceProvider.GetRequiredService<GroupCommands>());
        await hers.ServiceProvider.GetRequiredService<MemberCommands>().AddMember(project.Id, new() { Subject = $"p{ben.Id}", Role = AccessRole.Edit });

        var refused = await theirs.Bin(project.Id, binned: true);
        var put = await commands.Bin(project.Id, binned: true);
        var (seen, hidden) = (await RoleOf(ana, project.Id), await RoleOf(ben, project.Id));
        await using var later = portal.As(ana);
        var queries = later.ServiceProvider.GetRequiredService<GroupQueries>();
        var listed = await queries.Projects();
        var binned = await queries.InBin();
        var notHis = await theirs.Bin(project.Id, binned: false);
        var taken = await commands.Bin(project.Id, binned: false);

        Assert.Contains("does not include this", refused);
        Assert.Null(put);
        Assert.Equal((AccessRole.Manage, null), (seen, hidden));
        Assert.DoesNotContain(listed, row => row.Id == project.Id);
        Assert.Contains(binned, row => row.Id == project.Id && row.DeletedAt is not null);
        Assert.Contains("does not include this", notHis);
        Assert.Null(taken);
        Assert.Equal(AccessRole.Edit, await RoleOf(ben, project.Id));
    }

    [Fact]
    public async Task Who_may_only_read_changes_nothing()
    {
        var (ana, ben) = (await portal.Person("Ana"), await portal.Person("Ben"));
        var project = await portal.Project(ana);
        await using (var scope = portal.As(ana))
            await scope.ServiceProvider.GetRequiredService<MemberCommands>().AddMember(project.Id, new() { Subject = $"p{ben.Id}", Role = AccessRole.Read });
        await using var his = portal.As(ben);
        var commands = his.ServiceProvider.GetRequiredService<GroupCommands>();

        var saved = await commands.SaveProject(Edited(project, "Mine now"));
        var added = await his.ServiceProvider.GetRequiredService<MemberCommands>().AddMember(project.Id, new() { Subject = $"p{ben.Id}", Role = AccessRole.Manage });

        Assert.Null(saved);
        Assert.Contains("does not include this", added);
        Assert.Equal(AccessRole.Read, await RoleOf(ben, project.Id));
    }

    [Fact]
    public async Task A_save_over_a_newer_one_is_refused_with_who_changed_what()
    {
        var ana = await portal.Person("Ana");
        var project = await portal.Project(ana);
        await using var scope = portal.As(ana);
        var commands = scope.ServiceProvider.GetRequiredService<GroupCommands>();
        await commands.SaveProject(Edited(project, "Theirs"));

        var stale = await Assert.ThrowsAsync<StaleRecordException>(() => commands.SaveProject(Edited(project, "Mine")));
        var again = await commands.SaveProject(Edited(project, "Mine", stale.Now.Version));

        Assert.Equal(("Name", "Theirs", "Mine", "Ana"), stale.Differences.Select(d => (d.Field, d.Now, d.Mine, d.By)).Single());
        Assert.Equal("Mine", again!.Name);
    }

    static Project Edited(Project read, string name, uint? version = null) =>
        new() { Id = read.Id, Code = read.Code, Name = name, Description = read.Description, Version = version ?? read.Version };

    async Task<AccessRole?> RoleOf(PqdPortal.Data.Account.PortalUser person, Guid project)
    {
        await using var scope = portal.As(person);
        return (await scope.ServiceProvider.GetRequiredService<GroupQueries>().Project(project))?.Role;
    }
}
