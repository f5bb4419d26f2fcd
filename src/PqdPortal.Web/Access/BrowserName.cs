namespace PqdPortal.Web.Access;

/// <summary>What a browser calls itself, as a person would say it.</summary>
public static class BrowserName
{
    // In this order: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
    static readonly (string Mark, string Name)[] Browsers =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];

    static readonly (string Mark, string Name)[] Systems =
        [("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")];

    /// <summary>"Firefox on Linux"; of what is not known, nothing that was sent is repeated.</summary>
    public static string Of(string userAgent)
    {
        var browser = Find(Browsers, userAgent) ?? "A program";
        return Find(Systems, userAgent) is { } system ? $"{browser} on {system}" : browser;
    }

    static string? Find((string Mark, string Name)[] among, string text) =>
        among.FirstOrDefault(known => text.Contains(known.Mark, StringComparison.Ordinal)).Name;
}
