using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Cli.Portal;
using PqdPortal.Client;
using PqdPortal.Client.Records;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd login URL and pqd logout: keeps a personal access token of a portal for this account of this machine, or forgets it.</summary>
public static class LoginCommand
{
    /// <summary>Longest token that is looked at.</summary>
    const int LongestToken = 500;

    public static Command Create()
    {
        var url = new Argument<string>("URL") { Description = "Address of the portal, such as https://portal.example." };
        var token = new Option<string?>("--token") { Description = "A personal access token. Other programs of this machine can see it on a command line; without it, pqd asks, or reads a line from standard input.", HelpName = "TOKEN" };
        var command = new Command("login", "Sign in to a portal with a personal access token from your profile page there.") { url, token };
        command.SetAction(parse => PortalOption.Run(stop => Login(parse, Logins.Address(parse.GetRequiredValue(url)), parse.GetValue(token), stop)));
        return command;
    }

    public static Command CreateLogout()
    {
        var url = new Argument<string?>("URL") { Description = "Address of the portal; the one signed in to last without it.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("logout", "Forget the token of a portal. The token itself stays good until it is revoked on your profile page.") { url };
        command.SetAction(parse =>
        {
            var forgotten = Logins.Forget(parse.GetValue(url)) ?? throw new RequestException("There is no such sign-in here; nothing was forgotten.");
            if (parse.GetValue(CommandLine.Json)) parse.InvocationConfiguration.Output.WriteLine(JsonText.Write(new JsonObject { ["portal"] = forgotten }));
            else parse.InvocationConfiguration.Output.WriteLine($"The token of {forgotten} is forgotten here.");
            return CommandLine.Success;
        });
        return command;
    }

    static async Task<int> Login(ParseResult parse, Uri address, string? token, CancellationToken stop)
    {
        token ??= Ask(parse, address);
        token = token.Trim();
        if (token.Length == 0) throw new RequestException($"No token was given. Make one on {address}profile/tokens and give it to pqd login.");
        if (token.Length > LongestToken || token.Any(c => c is <= ' ' or > '~')) throw new RequestException("What was given is no token: a token is one word of letters and digits that begins with pqd_.");
        using var portal = new PortalClient(address, token, Software.Name.Replace("PqdPortal", "pqd"));
        MeRecord me;
        try
        {
            me = await portal.Me(stop);
        }
        catch (RecordTrouble unknown) when (unknown.Status == HttpStatusCode.Unauthorized)
        {
            throw new RequestException($"{address} does not know this token: it was mistyped, has expired or was revoked. Make a new one on {address}profile/tokens ; nothing was kept.");
        }
        catch (RecordTrouble other) when (other.Status == HttpStatusCode.NotFound)
        {
            throw new RequestException($"At {address} answers something that is no portal of this version. Check the address; nothing was kept.");
        }
        Logins.Keep(address, token, me.Name);
        if (parse.GetValue(CommandLine.Json))
            parse.InvocationConfiguration.Output.WriteLine(JsonText.Write(new JsonObject
            {
                ["portal"] = address.AbsoluteUri, ["person"] = me.Name, ["token"] = me.Token?.Name, ["scope"] = me.Token?.Scope, ["project"] = me.Token?.Project, ["expires_at"] = me.Token?.ExpiresAt?.UtcDateTime.ToString("O"),
            }));
        else
        {
            parse.InvocationConfiguration.Output.WriteLine($"Signed in to {address} as {PortalOption.Plain(me.Name)}.");
            if (me.Token is { } one)
                parse.InvocationConfiguration.Output.WriteLine($"The token \"{PortalOption.Plain(one.Name)}\" may {(one.Scope == "read" ? "read" : "read and write")}{(one.Project is null ? "" : $" in the project {one.Project} alone")}{(one.ExpiresAt is { } end ? $" until {PortalOption.Time(end)} UTC" : "")}.");
        }
        return CommandLine.Success;
    }

    static string Ask(ParseResult parse, Uri address)
    {
        if (Console.IsInputRedirected)
        {
            // One line and no more: what follows may be for somebody else.
            var line = new StringBuilder();
            for (int read; line.Length <= LongestToken && (read = Console.In.Read()) is not (-1 or '\n'); ) line.Append((char)read);
            return line.ToString();
        }
        var error = parse.InvocationConfiguration.Error;
        error.Write($"Token (make one on {address}profile/tokens ): ");
        error.Flush();
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar) && typed.Length <= LongestToken) typed.Append(key.KeyChar);
        error.WriteLine();
        return typed.ToString();
    }
}
