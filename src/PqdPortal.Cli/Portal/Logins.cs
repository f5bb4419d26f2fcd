using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Client;

namespace PqdPortal.Cli.Portal;

/// <summary>The portals a person is signed in to from this account of this machine, with their tokens.</summary>
public static class Logins
{
    static string Place => Path.Combine(PqdFolders.Config, "portals.json");

    /// <summary>The address as it is kept: with scheme and a slash at its end.</summary>
    /// <exception cref="RequestException">It is none.</exception>
    public static Uri Address(string text)
    {
        var full = text.Contains("://", StringComparison.Ordinal) ? text : (IsHere(text) ? "http://" : "https://") + text;
        if (!Uri.TryCreate(full.TrimEnd('/') + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0 || address.Query.Length > 0)
            throw new RequestException($"\"{text}\" is no address of a portal. It looks like https://portal.example or http://localhost:5080.");
        return address;
    }

    static bool IsHere(string text) => text.StartsWith("localhost", StringComparison.OrdinalIgnoreCase) || text.StartsWith("127.0.0.1", StringComparison.Ordinal);

    public static void Keep(Uri address, string token, string person)
    {
        var all = Read();
        all["default"] = address.AbsoluteUri;
        var portals = all["portals"] as JsonObject ?? [];
        portals[address.AbsoluteUri] = new JsonObject { ["token"] = token, ["person"] = person };
        if (portals.Parent is null) all["portals"] = portals;
        PqdFolders.WriteSafely(Place, JsonText.Write(all));
    }

    /// <summary>Forgets a portal's token.</summary>
    /// <returns>Its address; null where none was kept.</returns>
    public static string? Forget(string? portal)
    {
        var all = Read();
        var address = portal is null ? (string?)all["default"] : Address(portal).AbsoluteUri;
        if (address is null || all["portals"] is not JsonObject portals || !portals.Remove(address)) return null;
        if ((string?)all["default"] == address) all["default"] = portals.Select(other => other.Key).FirstOrDefault();
        PqdFolders.WriteSafely(Place, JsonText.Write(all));
        return address;
    }

    /// <summary>The portal that is named, or the one signed in to last, with its token.</summary>
    /// <remarks>The environment's PQD_PORTAL and PQD_TOKEN count for services, which sign in to nothing.</remarks>
    /// <exception cref="RequestException">No token is kept for it.</exception>
    public static PortalClient Open(string? portal)
    {
        var all = Read();
        var named = portal ?? (Environment.GetEnvironmentVariable("PQD_PORTAL") is { Length: > 0 } told ? told : null);
        var address = named is not null ? Address(named) : (string?)all["default"] is { } last ? new Uri(last) : null;
        if (address is null) throw new RequestException("You are signed in to no portal from here. Sign in with: pqd login URL");
        var token = Environment.GetEnvironmentVariable("PQD_TOKEN") is { Length: > 0 } given ? given : (string?)all["portals"]?[address.AbsoluteUri]?["token"];
        if (token is null) throw new RequestException($"You are not signed in to {address} from here. Sign in with: pqd login {address}");
        return new PortalClient(address, token, Software.Name.Replace("PqdPortal", "pqd"));
    }

    static JsonObject Read()
    {
        try
        {
            if (File.Exists(Place)) return JsonNode.Parse(File.ReadAllText(Place)) as JsonObject ?? [];
        }
        catch (System.Text.Json.JsonException)
        {
            throw new RequestException($"{Place} cannot be read: it is no JSON. Move it away and sign in again with: pqd login URL");
        }
        return [];
    }
}
