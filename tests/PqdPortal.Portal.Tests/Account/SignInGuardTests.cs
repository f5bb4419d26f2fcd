using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Portal.Tests.Account;

/// <summary>Guessing passwords and codes, and what a stranger learns by trying.</summary>
public sealed partial class SignInGuardTests(AccountFixture portal) : IClassFixture<AccountFixture>
{
    [Fact]
    public async Task A_name_that_is_nobodys_is_answered_and_locked_as_somebodys_is()
    {
        var person = await portal.Member();
        List<string> known = [], unknown = [];
        for (var tried = 0; tried < 8; tried++)
        {
            known.Add(await Try(person.UserName!));
            unknown.Add(await Try("nobody-at-all"));
        }

        Assert.Equal(known, unknown);
        Assert.Contains("No account has this name", known[4]);
        Assert.Contains("Too many wrong passwords", known[5]);
        Assert.StartsWith("429", known[7]);
        // The right password waits too.
        var answer = await portal.Visitor().SignIn(person.UserName!, PortalFixture.Password);
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status);
        Assert.Contains("wrong password; locked for a while", await portal.Events(person));

        async Task<string> Try(string name)
        {
            var visitor = portal.Visitor();
            var answer = await visitor.SignIn(name, "wrong password");
            Assert.False(await visitor.IsSignedIn());
            // What a person sees of it; the wait counts down while the test runs.
            var text = Regex.Replace(Regex.Match(answer.Text, "<main.*</main>", RegexOptions.Singleline).Value, "<[^>]+>", "");
            text = Regex.Replace(text, "again in [^;]*;", "again;");
            return $"{(int)answer.Status} {text}";
        }
    }

    [Fact]
    public async Task Who_was_removed_is_answered_as_nobody()
    {
        var person = await portal.Member();
        await portal.Ada.Post("/people", $"remove-{person.Id}", []);

        var answer = await portal.Visitor().SignIn(person.UserName!, PortalFixture.Password);

        Assert.Contains("No account has this name", answer.Text);
    }

    [Theory]
    [InlineData("code", "Input.Code", "000000")]
    [InlineData("recovery", "Recovery.Code", "AAAAA-AAAAA")]
    public async Task After_six_wrong_codes_the_right_one_waits_too(string form, string field, string wrong)
    {
        var person = await portal.Member();
        var phone = await WithCodes(await portal.SignedIn(person));
        var visitor = portal.Visitor();
        await visitor.SignIn(person.UserName!, PortalFixture.Password);

        Answer answer = null!;
        for (var tried = 0; tried < 6; tried++) answer = await visitor.Post("/sign-in/code", form, new() { [field] = wrong });
        Assert.Contains("Too many wrong passwords or codes", answer.Text);

        answer = await visitor.Post("/sign-in/code", "code", new() { ["Input.Code"] = await phone.Next() });
        Assert.Contains("Too many wrong passwords or codes", answer.Text);
        Assert.False(await visitor.IsSignedIn());
    }

    [Fact]
    public async Task A_code_is_asked_for_besides_the_password_and_is_good_once()
    {
        var person = await portal.Member();
        var phone = await WithCodes(await portal.SignedIn(person));
        var (first, second) = (portal.Visitor(), portal.Visitor());
        var half = await first.SignIn(person.UserName!, PortalFixture.Password);
        await second.SignIn(person.UserName!, PortalFixture.Password);
        Assert.Contains("sign-in/code", half.Location);
        Assert.False(await first.IsSignedIn());

        var code = await phone.Next();
        await first.Post("/sign-in/code", "code", new() { ["Input.Code"] = $"{code[..3]} {code[3..]}" });
        var again = await second.Post("/sign-in/code", "code", new() { ["Input.Code"] = code });

        Assert.True(await first.IsSignedIn());
        Assert.Contains("Each code works once", again.Text);
        Assert.False(await second.IsSignedIn());
        Assert.Contains("wrong code, or one that was used already", await portal.Events(person));
    }

    [Fact]
    public async Task One_code_sent_by_two_browsers_at_once_opens_one_session()
    {
        var person = await portal.Member();
        var phone = await WithCodes(await portal.SignedIn(person));
        var browsers = Enumerable.Range(0, 4).Select(_ => portal.Visitor()).ToArray();
        foreach (var browser in browsers) await browser.SignIn(person.UserName!, PortalFixture.Password);
        var code = await phone.Next();

        await Task.WhenAll(browsers.Select(browser => browser.Post("/sign-in/code", "code", new() { ["Input.Code"] = code })));

        var opened = 0;
        foreach (var browser in browsers) opened += await browser.IsSignedIn() ? 1 : 0;
        Assert.Equal(1, opened);
    }

    [Fact]
    public async Task Codes_are_turned_on_by_a_right_code_alone_and_end_the_other_sessions()
    {
        var person = await portal.Member();
        var (here, there) = (await portal.SignedIn(person), await portal.SignedIn(person));
        var phone = await portal.Authenticator(here);

        var wrong = await here.Post("/profile", "codes-on", new() { ["On.Code"] = "123" });
        Assert.Contains("The code is not right", wrong.Text);
        Assert.Equal("", (await portal.Visitor().SignIn(person.UserName!, PortalFixture.Password)).Location?.Replace("http://localhost/", ""));
        var right = await here.Post("/profile", "codes-on", new() { ["On.Code"] = await phone.Next() });

        Assert.Contains("Authenticator codes are on", right.Text);
        Assert.Equal(10, RecoveryCode().Count(right.Text));
        Assert.True(await here.IsSignedIn());
        Assert.False(await there.IsSignedIn());
        Assert.DoesNotMatch(RecoveryCode(), await here.Read("/profile"));
    }

    [Fact]
    public async Task A_recovery_code_opens_once_and_is_not_kept_readable()
    {
        var person = await portal.Member();
        var (_, codes) = await Protected(await portal.SignedIn(person));
        var (first, second) = (portal.Visitor(), portal.Visitor());
        await first.SignIn(person.UserName!, PortalFixture.Password);
        await second.SignIn(person.UserName!, PortalFixture.Password);

        await first.Post("/sign-in/code", "recovery", new() { ["Recovery.Code"] = codes[0].ToLowerInvariant() });
        await second.Post("/sign-in/code", "recovery", new() { ["Recovery.Code"] = codes[0] });

        Assert.True(await first.IsSignedIn());
        Assert.False(await second.IsSignedIn());
        Assert.Contains("9 of your recovery codes", await first.Read("/profile"));
        await using var db = portal.CreateDbContext();
        var kept = await db.UserTokens.Where(token => token.UserId == person.Id).Select(token => token.Value).ToListAsync();
        Assert.NotEmpty(kept);
        Assert.All(kept, value => Assert.DoesNotContain(codes[1], value));
        Assert.All(kept, value => Assert.StartsWith("CfDJ8", value)); // as the portal's keys encrypt
    }

    [Fact]
    public async Task Turning_codes_off_asks_for_the_password()
    {
        var person = await portal.Member();
        var grace = await portal.SignedIn(person);
        await WithCodes(grace);

        var refused = await grace.Post("/profile", "codes-off", new() { ["Off.Password"] = "not this one" });
        Assert.Contains("The present password is not right", refused.Text);
        Assert.Contains("sign-in/code", (await portal.Visitor().SignIn(person.UserName!, PortalFixture.Password)).Location);

        await grace.Post("/profile", "codes-off", new() { ["Off.Password"] = PortalFixture.Password });
        Assert.DoesNotContain("sign-in/code", (await portal.Visitor().SignIn(person.UserName!, PortalFixture.Password)).Location);
    }

    [Fact]
    public async Task The_administrator_resets_a_lost_factor_and_the_person_reads_of_it()
    {
        var person = await portal.Member();
        await WithCodes(await portal.SignedIn(person));

        await portal.Ada.Post("/people", $"factors-{person.Id}", []);

        var grace = await portal.SignedIn(person);
        Assert.Contains("lost passkeys and authenticator codes to a reset", await grace.Read("/profile"));
        Assert.Contains("lost passkeys and authenticator codes to a reset", await portal.Ada.Read("/people"));
    }

    [Fact]
    public async Task A_link_for_a_new_password_does_not_stand_in_for_the_second_factor()
    {
        var person = await portal.Member();
        await WithCodes(await portal.SignedIn(person));
        var made = await portal.Ada.Post("/people", $"reset-{person.Id}", []);
        var link = new Uri(Link().Match(made.Text).Groups[1].Value).PathAndQuery;
        var visitor = portal.Visitor();

        var answer = await visitor.Post(link, "set-password", new() { ["Input.Password"] = "nine blue lasers hum" });

        Assert.Contains("sign-in/code", answer.Location);
        Assert.False(await visitor.IsSignedIn());
    }

    [Theory]
    [InlineData("passkey", "Key.Credential")]
    public async Task What_is_no_passkey_opens_nothing(string form, string field)
    {
        foreach (var nonsense in (string[])["", "{}", "null", "[1,2]", "{\"id\":\"AA\",\"rawId\":\"AA\",\"type\":\"public-key\",\"response\":{}}", new string('x', 5000)])
        {
            var visitor = portal.Visitor();
            await visitor.Post("/sign-in", "", [], "/passkeys/ask");

            var answer = await visitor.Post("/sign-in", form, new() { [field] = nonsense });

            Assert.Contains("No account has this passkey", answer.Text);
            Assert.False(await visitor.IsSignedIn());
        }
    }

    async Task<Authenticator> WithCodes(Visitor visitor) => (await Protected(visitor)).Phone;

    async Task<(Authenticator Phone, string[] Recovery)> Protected(Visitor visitor)
    {
        var phone = await portal.Authenticator(visitor);
        var on = await visitor.Post("/profile", "codes-on", new() { ["On.Code"] = await phone.Next() });
        Assert.Contains("Authenticator codes are on", on.Text);
        return (phone, [.. RecoveryCode().Matches(on.Text).Select(code => code.Groups[1].Value)]);
    }

    [GeneratedRegex("<li>([A-Z0-9]{5}-[A-Z0-9]{5})</li>")]
    private static partial Regex RecoveryCode();

    [GeneratedRegex("id=\"link\">([^<]+)<")]
    private static partial Regex Link();
}
