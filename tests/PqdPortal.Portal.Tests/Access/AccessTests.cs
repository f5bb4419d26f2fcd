using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Access;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;

namespace PqdPortal.Portal.Tests.Access;

public class AccessTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    readonly StoppedClock _clock = new(Now);

    Viewers Viewers => new(database, _clock);

    /// <summary>How a role can reach a person.</summary>
    public enum Path { ByName, ThroughGroup, ThroughTwoGroupsTheWeakerFirst, ByNameWeakerThanGroup }

    public static TheoryData<AccessRole, Path> EveryRoleByEveryPath()
    {
        var matrix = new TheoryData<AccessRole, Path>();
        foreach (var role in Enum.GetValues<AccessRole>())
            foreach (var path in Enum.GetValues<Path>())
                matrix.Add(role, path);
        return matrix;
    }

    [Theory, MemberData(nameof(EveryRoleByEveryPath))]
    public async Task Each_role_may_do_its_own_and_all_before_it_by_whatever_path_it_comes(AccessRole role, Path path)
    {
        var (person, project, batch) = await Scene();
        switch (path)
        {
            case Path.ByName:
                await Give(project, role, person: person);
                break;
            case Path.ThroughGroup:
                await Give(project, role, group: await GroupWith(person));
                break;
            case Path.ThroughTwoGroupsTheWeakerFirst:
                await Give(project, AccessRole.None, group: await GroupWith(person));
                await Give(project, role, group: await GroupWith(person));
                break;
            case Path.ByNameWeakerThanGroup:
                await Give(project, AccessRole.None, person: person);
                await Give(project, role, group: await GroupWith(person));
                break;
        }

        var viewer = await Viewers.Of(person.Id);

        Assert.Equal(role, viewer.RoleIn(project.Id));
        Assert.Equal(role, (await Viewers.Why(person.Id, project.Id)).Role);
        Assert.Equal(May(role), await Allowed(viewer, project, batch));
        // And nothing anywhere else.
        var (_, other, otherBatch) = await Scene();
        Assert.Equal(May(AccessRole.None), await Allowed(viewer, other, otherBatch));
    }

    static (bool See, bool Comment, bool Edit, bool Manage) May(AccessRole role) =>
        (role >= AccessRole.Read, role >= AccessRole.Comment, role >= AccessRole.Edit, role >= AccessRole.Manage);

    /// <summary>What the queries let through, of the project and of the batch in it.</summary>
    async Task<(bool See, bool Comment, bool Edit, bool Manage)> Allowed(Viewer viewer, Project project, Batch batch)
    {
        await using var db = database.CreateDbContext();
        var see = await db.Batches.VisibleTo(viewer).AnyAsync(b => b.Id == batch.Id);
        var edit = await db.Batches.EditableBy(viewer).AnyAsync(b => b.Id == batch.Id);
        Assert.Equal(see, await db.Projects.VisibleTo(viewer).AnyAsync(p => p.Id == project.Id));
        Assert.Equal(edit, await db.Projects.EditableBy(viewer).AnyAsync(p => p.Id == project.Id));
        Assert.Equal((see, edit), (viewer.MaySee(project.Id), viewer.MayEdit(project.Id)));
        return (see,
            await db.Batches.CommentableBy(viewer).AnyAsync(b => b.Id == batch.Id),
            edit,
            await db.Projects.ManageableBy(viewer).AnyAsync(p => p.Id == project.Id));
    }

    [Fact]
    public async Task A_grant_ends_at_its_moment_and_not_before()
    {
        var (person, project, _) = await Scene();
        await Give(project, AccessRole.Edit, person: person, until: Now.AddHours(1));
        await Give(project, AccessRole.Read, group: await GroupWith(person));

        Assert.Equal(AccessRole.Edit, (await Viewers.Of(person.Id)).RoleIn(project.Id));
        _clock.At = Now.AddHours(1);
        Assert.Equal(AccessRole.Read, (await Viewers.Of(person.Id)).RoleIn(project.Id));
    }

    [Fact]
    public async Task Who_leaves_a_group_loses_what_it_gave()
    {
        var (person, project, _) = await Scene();
        var group = await GroupWith(person);
        await Give(project, AccessRole.Edit, group: group);

        await using var db = database.CreateDbContext();
        db.Remove(await db.Memberships.SingleAsync(m => m.GroupId == group.Id));
        await db.SaveChangesAsync();

        Assert.Equal(AccessRole.None, (await Viewers.Of(person.Id)).RoleIn(project.Id));
    }

    [Fact]
    public async Task A_removed_person_sees_nothing_even_as_an_administrator()
    {
        var person = await database.Person("Gone", administrator: true);
        var project = await database.Project(person);
        await using (var db = database.CreateDbContext())
        {
            (await db.Users.SingleAsync(u => u.Id == person.Id)).RemovedAt = Now;
            await db.SaveChangesAsync();
        }

        Assert.Same(Viewer.Nobody, await Viewers.Of(person.Id));
        var why = await Viewers.Why(person.Id, project.Id);
        Assert.Equal(AccessRole.None, why.Role);
        Assert.Contains("removed", Assert.Single(why.Ways));
        Assert.DoesNotContain(await Viewers.WhoCanSee(project.Id), one => one.PersonId == person.Id);
    }

    [Fact]
    public async Task An_administrator_manages_everything_that_is_alive()
    {
        var administrator = await database.Person("Root", administrator: true);
        var (_, project, batch) = await Scene();

        var viewer = await Viewers.Of(administrator.Id);

        Assert.Equal(May(AccessRole.Manage), await Allowed(viewer, project, batch));
        Assert.Contains("administrator", (await Viewers.Why(administrator.Id, project.Id)).Ways[0]);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task What_is_in_the_bin_is_seen_by_nobody_and_so_is_all_of_a_project_in_the_bin(bool administrator)
    {
        var person = await database.Person("Ana", administrator);
        var (_, deletedProject, batchInIt) = await Scene();
        var (_, project, deletedBatch) = await Scene();
        await Give(deletedProject, AccessRole.Manage, person: person);
        await Give(project, AccessRole.Manage, person: person);
        await using var db = database.CreateDbContext();
        (await db.Projects.SingleAsync(p => p.Id == deletedProject.Id)).DeletedAt = Now;
        (await db.Batches.SingleAsync(b => b.Id == deletedBatch.Id)).DeletedAt = Now;
        await db.SaveChangesAsync();

        var viewer = await Viewers.Of(person.Id);

        Assert.False(await db.Projects.VisibleTo(viewer).AnyAsync(p => p.Id == deletedProject.Id));
        Assert.False(await db.Batches.VisibleTo(viewer).AnyAsync(b => b.Id == batchInIt.Id));
        Assert.False(await db.Batches.EditableBy(viewer).AnyAsync(b => b.Id == deletedBatch.Id));
        Assert.True(await db.Projects.VisibleTo(viewer).AnyAsync(p => p.Id == project.Id));
    }

    [Fact]
    public async Task Nobody_and_a_stranger_see_nothing_and_the_portal_itself_everything()
    {
        var (_, project, batch) = await Scene();

        Assert.Equal(May(AccessRole.None), await Allowed(Viewer.Nobody, project, batch));
        Assert.Same(Viewer.Nobody, await Viewers.Of(null));
        Assert.Same(Viewer.Nobody, await Viewers.Of(Guid.NewGuid()));
        Assert.Equal(May(AccessRole.Manage), await Allowed(Viewer.Portal, project, batch));
    }

    [Fact]
    public async Task Why_names_every_path_the_strongest_first()
    {
        var (person, project, _) = await Scene();
        var group = await GroupWith(person);
        await Give(project, AccessRole.Read, person: person, since: new(2026, 10, 1, 9, 0, 0, TimeSpan.Zero));
        await Give(project, AccessRole.Edit, group: group, since: new(2026, 11, 3, 9, 0, 0, TimeSpan.Zero));

        var why = await Viewers.Why(person.Id, project.Id);

        Assert.Equal(AccessRole.Edit, why.Role);
        Assert.Equal([$"edit, through the group {group.Name} since 2026-11-03", "read, by name since 2026-10-01"], why.Ways);
    }

    [Fact]
    public async Task Who_can_see_lists_everybody_once_with_their_strongest_role()
    {
        var (person, project, _) = await Scene();
        var stranger = await database.Person("Stranger");
        await Give(project, AccessRole.Read, person: person);
        await Give(project, AccessRole.Comment, group: await GroupWith(person));

        var seen = await Viewers.WhoCanSee(project.Id);

        Assert.Equal(AccessRole.Comment, Assert.Single(seen, one => one.PersonId == person.Id).Why.Role);
        Assert.DoesNotContain(seen, one => one.PersonId == stranger.Id);
    }

    async Task<(PortalUser Person, Project Project, Batch Batch)> Scene()
    {
        var person = await database.Person("Ana");
        var project = await database.Project();
        await using var db = database.CreateDbContext();
        var batch = new Batch { ProjectId = project.Id, Code = $"{project.Code}-0001", Name = "Green", Formula = "CsPbBr3" };
        db.Add(batch);
        await db.SaveChangesAsync();
        return (person, project, batch);
    }

    async Task<Group> GroupWith(PortalUser person)
    {
        await using var db = database.CreateDbContext();
        var group = new Group { Name = $"Nanolab {Guid.NewGuid().ToString("N")[..6]}", Members = [new Membership { PersonId = person.Id }] };
        db.Add(group);
        await db.SaveChangesAsync();
        return group;
    }

    async Task Give(Project project, AccessRole role, PortalUser? person = null, Group? group = null, DateTimeOffset? until = null, DateTimeOffset? since = null)
    {
        await using var db = database.CreateDbContext();
        db.Add(new Grant { ProjectId = project.Id, PersonId = person?.Id, GroupId = group?.Id, Role = role, ExpiresAt = until, GrantedAt = since ?? Now });
        await db.SaveChangesAsync();
    }
}
