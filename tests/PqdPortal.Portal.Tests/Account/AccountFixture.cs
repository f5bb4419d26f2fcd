using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Account;
using PqdPortal.Data.Audit;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Features.Account;

namespace PqdPortal.Portal.Tests.Account;

/// <summary>A portal with an administrator, and as many people as a test likes.</summary>
public class AccountFixture : PortalFixture
{
    public Visitor Ada { get; private set; } = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Ada = await Administrator();
    }

    /// <summary>A person who can sign in with <see cref="PortalFixture.Password"/>.</summary>
    public async Task<PortalUser> Member(string name = "Grace")
    {
        await using var scope = Services.CreateAsyncScope();
        var person = new PortalUser { Name = name, UserName = $"{name}-{Guid.NewGuid():N}", LockoutEnabled = true };
        Assert.True((await scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>().CreateAsync(person, Password)).Succeeded);
        return person;
    }

    /// <summary>A browser in which this person is signed in.</summary>
    public async Task<Visitor> SignedIn(PortalUser person)
    {
        var visitor = Visitor();
        var answer = await visitor.SignIn(person.UserName!, Password);
        Assert.True(await visitor.IsSignedIn(), $"{answer.Status} {answer.Location} {string.Join("; ", answer.Cookies)} {visitor.Cookies} {answer.Text}");
        return visitor;
    }

    /// <summary>What is recorded of a person's account, oldest first.</summary>
    public async Task<List<string>> Events(PortalUser person)
    {
        await using var db = CreateDbContext();
        return await db.AuditEvents.Where(e => e.Record == AuditEvent.Account && e.RecordId == person.Id).OrderBy(e => e.Id).Select(e => e.Action).ToListAsync();
    }

    /// <summary>Sets up an authenticator app for who is signed in here.</summary>
    public async Task<Authenticator> Authenticator(Visitor visitor)
    {
        var begun = await visitor.Post("/profile", "codes-begin", new() { ["Start.Password"] = Password });
        var key = System.Text.RegularExpressions.Regex.Match(begun.Text, "id=\"authenticator-key\">([A-Z2-7 ]+)<").Groups[1].Value;
        Assert.True(key.Length > 30, $"No key is shown: {begun.Status} {begun.Text}");
        return new Authenticator(key);
    }
}

/// <summary>A phone that shows codes; each time one that was not shown before.</summary>
public sealed class Authenticator(string key)
{
    long _last;

    public async Task<string> Next()
    {
        // One step ahead of the clock is still taken; further ahead it has to be waited for.
        while (_last + 1 > Now() + 1) await Task.Delay(500);
        _last = Math.Max(_last + 1, Now());
        return AuthenticatorCodes.Code(key, _last);
    }

    static long Now() => DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30;
}
