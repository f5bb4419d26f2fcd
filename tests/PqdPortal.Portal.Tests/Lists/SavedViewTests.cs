using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Layout.Lists;

namespace PqdPortal.Portal.Tests.Lists;

/// <summary>Views are a person's own until they share them with a project, and one of them may open the list.</summary>
public sealed class SavedViewTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    async Task<T> As<T>(PortalUser person, Func<ViewCommands, Task<T>> act)
    {
        await using var scope = portal.As(person);
        return await act(scope.ServiceProvider.GetRequiredService<ViewCommands>());
    }

    [Fact]
    public async Task A_view_is_kept_renamed_shared_and_removed()
    {
        var (ana, ben, eve) = (await portal.Person("Ana"), await portal.Person("Ben"), await portal.Person("Eve"));
        var project = await portal.Project(ana);
        await using (var db = portal.CreateDbContext())
        {
            db.Add(new Grant { ProjectId = project.Id, PersonId = ben.Id, Role = AccessRole.Read });
            await db.SaveChangesAsync();
        }

        Assert.Null(await As(ana, views => views.Keep("dots", "single ones", "f=g2_0%3C0.1", null, true)));
        Assert.Null(await As(ana, views => views.Keep("dots", "shared", "sort=-tau_ns", project.Id, false)));
        var mine = await As(ana, views => views.Of("dots"));
        Assert.Equal(["shared", "single ones"], mine.Select(view => view.Name));
        Assert.Equal("single ones", mine.Single(view => view.IsDefault).Name);
        // Who reads in the project sees the shared one, by whom it is, and cannot touch it; others see nothing.
        var shared = Assert.Single(await As(ben, views => views.Of("dots")));
        Assert.Equal(("shared", "Ana", false), (shared.Name, shared.By, shared.IsMine));
        Assert.NotNull(await As(ben, views => views.Rename(shared.Id, "mine now")));
        Assert.Equal(0, await As(ben, async views => { await views.Remove(shared.Id); return 0; }));
        Assert.Empty(await As(eve, views => views.Of("dots")));
        Assert.NotNull(await As(ben, views => views.Keep("dots", "into the project", "", project.Id, false)));

        // One opens the list: the newer one takes its place.
        Assert.Null(await As(ana, views => views.Keep("dots", "shared", "sort=-tau_ns", project.Id, true)));
        Assert.Equal("shared", (await As(ana, views => views.Of("dots"))).Single(view => view.IsDefault).Name);
        Assert.Null(await As(ana, views => views.Rename(mine[1].Id, "all single ones")));
        Assert.NotNull(await As(ana, views => views.Rename(mine[1].Id, "shared")));
        Assert.Equal(0, await As(ana, async views => { await views.Remove(mine[1].Id); return 0; }));
        Assert.Equal(["shared"], (await As(ana, views => views.Of("dots"))).Select(view => view.Name));
    }

    [Theory]
    [InlineData("dots", "", "")]
    [InlineData("secrets", "name", "")]
    [InlineData("dots", "a\0b", "")]
    public async Task What_cannot_be_kept_is_refused_in_words(string list, string name, string query)
    {
        var ana = await portal.Person("Ana");

        Assert.EndsWith(".", await As(ana, views => views.Keep(list, name, query, null, false)));
        Assert.NotNull(await As(ana, views => views.Keep("dots", new string('n', 81), "", null, false)));
        Assert.NotNull(await As(ana, views => views.Keep("dots", "long", new string('q', 4001), null, false)));
        Assert.Empty(await As(ana, views => views.Of("dots")));
    }

    [Fact]
    public async Task Two_windows_that_choose_the_view_to_open_with_at_once_leave_one()
    {
        var ana = await portal.Person("Ana");

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => As(ana, views => views.Keep("runs", $"view {n}", "", null, true))));

        Assert.All(answers, answer => Assert.True(answer is null || answer.EndsWith('.')));
        Assert.Single(await As(ana, views => views.Of("runs")), view => view.IsDefault);
    }
}
