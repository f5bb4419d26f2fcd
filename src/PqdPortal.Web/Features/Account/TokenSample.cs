using PqdPortal.Client;

namespace PqdPortal.Web.Features.Account;

/// <summary>The script on the page of tokens: a test runs exactly what stands there.</summary>
public static class TokenSample
{
    /// <summary>What stands in the script in place of a token.</summary>
    public const string Placeholder = "pqd_...";

    /// <summary>Five lines of Python for its standard library alone.</summary>
    /// <param name="portal">The portal's address, ending in a slash.</param>
    public static string Text(string portal, string? token) => $$"""
        import json, urllib.request as web
        def ask(what): return json.load(web.urlopen(web.Request("{{portal}}{{RestApi.Relative}}/" + what, headers={"Authorization": "Bearer {{token ?? Placeholder}}"})))
        dots = [ask("dots/" + dot["code"]) for dot in ask("dots?measured=true")["items"]]
        g2 = {dot["code"]: ask(f"analyses/{result['analysis']}/curves/g2") for dot in dots for result in dot["results"] if result["kind"] == "g2.cw"}
        for code, curve in g2.items(): print(code, "delay:", curve["x"]["values"][:3], curve["x"]["unit"], "g2:", curve["y"]["values"][:3])
        """;
}
