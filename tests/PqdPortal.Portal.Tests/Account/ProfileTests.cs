using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;

namespace PqdPortal.Portal.Tests.Account;

/// <summary>One person's profile, open in two windows.</summary>
public sealed partial class ProfileTests(AccountFixture portal) : IClassFixture<AccountFixture>
{
    const string Orcid = "0000-0002-1825-0097";

    [Fact]
    public async Task Two_windows_that_change_different_fields_keep_both()
    {
        var (person, window) = await Open();
        var (one, other) = (await Fields(window), await Fields(window));

        await window.Post("/profile", "you", With(one, name: "Grace Hopper"));
        var saved = await window.Post("/profile", "you", With(other, orcid: Orcid));

        Assert.Contains("in another window meanwhile was kept", saved.Text);
        Assert.Equal(("Grace Hopper", Orcid), await Stored(person));
    }

    [Fact]
    public async Task A_field_that_both_windows_changed_is_not_written_over_unseen()
    {
        var (person, window) = await Open();
        var (one, other) = (await Fields(window), await Fields(window));
        await window.Post("/profile", "you", With(one, name: "Grace Hopper"));

        var refused = await window.Post("/profile", "you", With(other, name: "G. B. M. Hopper"));

        Assert.Contains("Your name was saved as \"Grace Hopper\" in another window", refused.Text);
        Assert.Equal(("Grace Hopper", null), await Stored(person));
        // What was typed still stands there; saved once more, it is meant.
        var again = Read(refused.Text);
        Assert.Equal("G. B. M. Hopper", again["You.Name"]);
        Assert.Contains("Your name is saved.", (await window.Post("/profile", "you", again)).Text);
        Assert.Equal(("G. B. M. Hopper", null), await Stored(person));
    }

    async Task<(PortalUser Person, Web.Visitor Window)> Open()
    {
        var person = await portal.Member();
        return (person, await portal.SignedIn(person));
    }

    async Task<(string, string?)> Stored(PortalUser person)
    {
        await using var db = portal.CreateDbContext();
        var stored = await db.Users.SingleAsync(user => user.Id == person.Id);
        return (stored.Name, stored.Orcid);
    }

    static async Task<Dictionary<string, string>> Fields(Web.Visitor window) => Read(await window.Read("/profile"));

    static Dictionary<string, string> Read(string page) =>
        InputOfYou().Matches(page).ToDictionary(input => input.Groups[1].Value, input => Value().Match(input.Value) is { Success: true } value ? value.Groups[1].Value : "");

    static Dictionary<string, string> With(Dictionary<string, string> fields, string? name = null, string? orcid = null)
    {
        if (name is not null) fields["You.Name"] = name;
        if (orcid is not null) fields["You.Orcid"] = orcid;
        return fields;
    }

    [GeneratedRegex("<input[^>]* name=\"(You\\.[A-Za-z]+)\"[^>]*>")]
    private static partial Regex InputOfYou();

    [GeneratedRegex(" value=\"([^\"]*)\"")]
    private static partial Regex Value();
}
