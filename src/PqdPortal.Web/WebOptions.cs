using System.Net;
using System.Text.RegularExpressions;
using PqdPortal.Data;

namespace PqdPortal.Web;

/// <summary>How the portal is reached. Bound once at start; a wrong value stops the start with a sentence that names the key.</summary>
public sealed partial record WebOptions
{
    public const string Section = "Portal:Web";

    /// <summary>The folder of the address under which a proxy serves the portal, such as /pqd; empty for none.</summary>
    public string PathBase { get; init; } = "";

    /// <summary>Addresses or networks (10.0.0.0/8) of the proxies whose X-Forwarded headers are believed; empty: only this machine's.</summary>
    public string[] Proxies { get; init; } = [];

    /// <summary>How often a stranger's address may try to sign in or to set a password within a minute; so many may come at once.</summary>
    public int SignInsPerMinute { get; init; } = 30;

    /// <summary>How many uploads a person may begin within a minute; so many may come at once.</summary>
    public int UploadsPerMinute { get; init; } = 600;

    /// <summary>How often a person's programs may ask the REST API within a minute; so many may come at once.</summary>
    public int RequestsPerMinute { get; init; } = 1200;

    /// <summary>How long a sign-in lasts when nobody asked to stay signed in [h].</summary>
    public double SessionHours { get; init; } = 12;

    /// <summary>How long "Stay signed in on this device" lasts [d]; 0 takes the choice away.</summary>
    public double StayDays { get; init; } = 14;

    /// <exception cref="PortalStartException">A value is wrong, or a key is not known.</exception>
    public static WebOptions From(IConfiguration configuration)
    {
        var options = OptionSection.Read<WebOptions>(configuration, Section);
        if (options.PathBase.Length > 0 && !PathBaseShape().IsMatch(options.PathBase))
            throw new PortalStartException($"{Section}:PathBase is \"{options.PathBase}\". It begins with a slash, does not end with one and has letters, digits, - . _ and ~ in between, such as /pqd.");
        foreach (var proxy in options.Proxies)
            if (!IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _))
                throw new PortalStartException($"{Section}:Proxies has \"{proxy}\", which is neither an address (10.0.0.2) nor a network (10.0.0.0/8).");
        OptionSection.Between(Section, nameof(SignInsPerMinute), options.SignInsPerMinute, 1, 1_000_000);
        OptionSection.Between(Section, nameof(UploadsPerMinute), options.UploadsPerMinute, 1, 1_000_000);
        OptionSection.Between(Section, nameof(RequestsPerMinute), options.RequestsPerMinute, 1, 1_000_000);
        OptionSection.Between(Section, nameof(SessionHours), options.SessionHours, 0.1, 24 * 30);
        OptionSection.Between(Section, nameof(StayDays), options.StayDays, 0, 30);
        return options;
    }

    [GeneratedRegex(@"^(/[A-Za-z0-9._~-]+)+$")]
    private static partial Regex PathBaseShape();
}
