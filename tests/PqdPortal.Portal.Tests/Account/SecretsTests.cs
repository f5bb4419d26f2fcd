using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Portal.Tests.Account;

/// <summary>A portal that logs as much as it can.</summary>
public sealed class TalkativePortal : AccountFixture
{
    public Listener Heard { get; } = new();

    protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Logging:LogLevel:Default"] = "Debug",
        ["Logging:LogLevel:PqdPortal"] = "Trace",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Information",
    };

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Services.GetRequiredService<ILoggerFactory>().AddProvider(Heard);
    }

    public sealed class Listener : ILoggerProvider, ILogger
    {
        readonly ConcurrentQueue<string> _lines = new();

        public string Everything => string.Join('\n', _lines);

        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<T>(T state) where T : notnull => null;
        public bool IsEnabled(LogLevel level) => true;
        public void Log<T>(LogLevel level, EventId id, T state, Exception? error, Func<T, Exception?, string> text) => _lines.Enqueue($"{text(state, error)} {error}");
        public void Dispose() { }
    }
}

public sealed class SecretsTests(TalkativePortal portal) : IClassFixture<TalkativePortal>
{
    [Fact]
    public async Task Nothing_secret_reaches_the_log()
    {
        var person = await portal.Member();
        await portal.Visitor().SignIn(person.UserName!, "a wrong secret password");
        await portal.Visitor().SignIn("my password by mistake", "a wrong secret password");
        var grace = await portal.SignedIn(person);
        var made = await grace.Post("/profile/tokens", "token", new() { ["Token.Name"] = "Set-up 2", ["Token.Scope"] = "read", ["Token.Days"] = "30" });
        var token = System.Text.RegularExpressions.Regex.Match(made.Text, "pqd_[A-Za-z0-9_-]{43}").Value;
        using var program = portal.Thief("");
        program.DefaultRequestHeaders.Authorization = new("Bearer", token);
        await program.GetAsync("/api/v1/runs");
        var phone = await portal.Authenticator(grace);
        var code = await phone.Next();
        await grace.Post("/profile", "codes-on", new() { ["On.Code"] = code });
        await using var db = portal.CreateDbContext();
        var kept = await db.Users.Where(user => user.Id == person.Id).Select(user => new { user.PasswordHash, user.SecurityStamp }).SingleAsync();
        var cookie = grace.Cookies.Split("PqdPortal=")[1].Split(';')[0];

        var log = portal.Heard.Everything;

        Assert.Contains("signed in with the password", log);
        foreach (var secret in (string[])[PortalFixture.Password, "a wrong secret password", "my password by mistake", token, code, cookie, kept.PasswordHash!, kept.SecurityStamp!])
            Assert.False(log.Contains(secret), $"The log tells \"{secret}\".");
    }
}
