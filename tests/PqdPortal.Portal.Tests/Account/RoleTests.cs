using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Account;
using PqdPortal.Web.Access;
using PqdPortal.Web.Features.Account;

namespace PqdPortal.Portal.Tests.Account;

/// <summary>Who is an administrator, and how that changes.</summary>
public sealed class RoleTests(AccountFixture portal) : IClassFixture<AccountFixture>
{
    const string ForAdministrators = "This page is for the administrator";

    [Fact]
    public async Task A_new_role_counts_at_once_in_every_session_and_open_page_and_is_recorded()
    {
        var person = await portal.Member();
        var (grace, elsewhere) = (await portal.SignedIn(person), await portal.SignedIn(person));
        await using var open = portal.As(person);
        var viewer = open.ServiceProvider.GetRequiredService<CurrentViewer>();
        Assert.Contains(ForAdministrators, await grace.Read("/people"));

        Assert.Contains("Grace is an administrator:", (await portal.Ada.Post("/people", $"role-{person.Id}", [])).Text);
        foreach (var browser in (Web.Visitor[])[grace, elsewhere]) Assert.DoesNotContain(ForAdministrators, await browser.Read("/people"));
        Assert.True((await viewer.Get()).IsAdministrator);

        Assert.Contains("Grace is an administrator no more", (await portal.Ada.Post("/people", $"role-{person.Id}", [])).Text);
        foreach (var browser in (Web.Visitor[])[grace, elsewhere]) Assert.Contains(ForAdministrators, await browser.Read("/people"));
        Assert.False((await viewer.Get()).IsAdministrator);

        Assert.Equal(["was made an administrator", "is an administrator no more"], (await portal.Events(person)).Where(what => what.Contains("administrator")));
        Assert.Contains("was made an administrator", await portal.Ada.Read("/people"));
        await using var db = portal.CreateDbContext();
        var changed = await db.AuditEvents.Where(e => e.RecordId == person.Id && e.Record == nameof(PortalUser) && e.Action == "changed" && EF.Functions.JsonExists(e.Changes, "IsAdministrator")).CountAsync();
        Assert.Equal(2, changed);
    }

    [Fact]
    public async Task Only_an_administrator_changes_a_role()
    {
        var person = await portal.Member("Hedy");
        await using var page = portal.As(person);

        var trouble = await page.ServiceProvider.GetRequiredService<AccountCommands>().SetRole(person.Id, isAdministrator: true);

        Assert.Contains("Nothing was changed", Assert.Single(trouble));
        await using var db = portal.CreateDbContext();
        Assert.False(await db.Users.Where(user => user.Id == person.Id).Select(user => user.IsAdministrator).SingleAsync());
    }
}

/// <summary>A portal of its own: here it matters who else is an administrator.</summary>
public sealed class LastAdministratorTests(AccountFixture portal) : IClassFixture<AccountFixture>
{
    [Fact]
    public async Task The_last_administrator_who_can_sign_in_stays_one_whoever_asks_and_however_many_at_once()
    {
        Guid ada;
        await using (var db = portal.CreateDbContext()) ada = (await db.Users.SingleAsync()).Id;
        // Added, but without a password yet.
        await portal.Ada.Post("/people", "add", new() { ["New.Name"] = "Ida", ["New.SignInName"] = "ida", ["New.IsAdministrator"] = "true" });

        Assert.Contains("is the only administrator who can sign in", (await portal.Ada.Post("/people", $"role-{ada}", [])).Text);
        Assert.Equal(["Ada"], await WhoCanAdminister());

        var (grace, hedy) = (await portal.Member(), await portal.Member("Hedy"));
        foreach (var person in (PortalUser[])[grace, hedy]) await portal.Ada.Post("/people", $"role-{person.Id}", []);
        Guid[] all = [ada, grace.Id, hedy.Id];
        // Everybody takes the role from the next one at the same moment.
        await Task.WhenAll(all.Select((who, at) => Task.Run(async () =>
        {
            await using var page = portal.As(new PortalUser { Id = who, Name = "" });
            await page.ServiceProvider.GetRequiredService<AccountCommands>().SetRole(all[(at + 1) % 3], isAdministrator: false);
        })));

        Assert.NotEmpty(await WhoCanAdminister());
    }

    async Task<List<string>> WhoCanAdminister()
    {
        await using var db = portal.CreateDbContext();
        return await db.Users.Where(user => user.IsAdministrator && user.RemovedAt == null && user.PasswordHash != null).Select(user => user.Name).ToListAsync();
    }
}
