using System.Net;
using PqdPortal.Data;

namespace PqdPortal.Web;

/// <summary>How the portal is reached. Bound once at start; a wrong value stops the start with a sentence that names the key.</summary>
public sealed record WebOptions
{
    public const string Section = "Portal:Web";

    /// <summary>The folder of the address under which a proxy serves the portal, such as /pqd; empty for none.</summary>
    public string PathBase { get; init; } = "";

    /// <summary>Addresses or networks (10.0.0.0/8) of the proxies whose X-Forwarded headers are believed; empty: only this machine's.</summary>
    public string[] Proxies { get; init; } = [];

    /// <exception cref="PortalStartException">A value is wrong, or a key is not known.</exception>
    public static WebOptions From(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        foreach (var child in section.GetChildren())
            if (typeof(WebOptions).GetProperty(child.Key, System.Reflection.BindingFlags.IgnoreCase | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance) is null)
                throw new PortalStartException($"There is no option {Section}:{child.Key}. Known are {Section}:PathBase and {Section}:Proxies; docs/operations.md has them all.");
        var options = section.Get<WebOptions>() ?? new();
        if (options.PathBase.Length > 0 && (!options.PathBase.StartsWith('/') || options.PathBase.EndsWith('/')))
            throw new PortalStartException($"{Section}:PathBase is \"{options.PathBase}\". It begins with a slash and does not end with one, such as /pqd.");
        foreach (var proxy in options.Proxies)
            if (!IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _))
                throw new PortalStartException($"{Section}:Proxies has \"{proxy}\", which is neither an address (10.0.0.2) nor a network (10.0.0.0/8).");
        return options;
    }
}
