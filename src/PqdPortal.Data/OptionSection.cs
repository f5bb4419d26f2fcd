using System.ComponentModel;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Logging;

namespace PqdPortal.Data;

/// <summary>Reads one section of options at the start; what is wrong stops the start with a sentence that names the key.</summary>
public static class OptionSection
{
    /// <summary>What may stand below <c>Portal</c>.</summary>
    static readonly string[] OfThePortal = ["DataFolder", "Database", "Files", "Uploads", "Bin", "Jobs", "Disk", "Telemetry", "Web"];

    /// <summary>What may stand below <c>ConnectionStrings</c>.</summary>
    static readonly string[] Connections = ["Portal"];

    /// <summary>What a command line may begin with: ours, and what the web host reads.</summary>
    static readonly string[] Roots =
    [
        "Portal", "ConnectionStrings", "urls", "http_ports", "https_ports", "Kestrel", "Logging", "AllowedHosts",
        "environment", "applicationName", "contentRoot", "webroot", "detailedErrors", "captureStartupErrors", "shutdownTimeoutSeconds",
        "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "preventHostingStartup", "preferHostingUrls", "staticWebAssets",
        "suppressStatusMessages", "hostBuilder", "forwardedHeaders_enabled",
    ];

    /// <summary>The section as its record, every key known and every value of its property's kind.</summary>
    /// <exception cref="PortalStartException">A key is unknown, or a value is of another kind.</exception>
    public static T Read<T>(IConfiguration configuration, string name) where T : new()
    {
        var section = configuration.GetSection(name);
        RefuseUnknown(section, [.. typeof(T).GetProperties().Select(property => property.Name)]);
        foreach (var property in typeof(T).GetProperties())
            if (section.GetSection(property.Name) is var given && given.Exists())
                CheckKind(given, property.PropertyType);
        try
        {
            return section.Get<T>() ?? new();
        }
        catch (InvalidOperationException error)
        {
            throw new PortalStartException($"An option of {name} cannot be read: {error.InnerException?.Message ?? error.Message}", error);
        }
    }

    /// <summary>Refuses a value outside its range.</summary>
    /// <exception cref="PortalStartException">It lies outside, or is no number.</exception>
    public static void Between(string section, string name, double value, double from, double to)
    {
        if (!(value >= from && value <= to))
            throw new PortalStartException(string.Create(CultureInfo.InvariantCulture, $"{section}:{name} should lie between {from} and {to}; found {value}."));
    }

    /// <summary>Refuses a key that nobody reads: a misspelled option would otherwise do nothing and say nothing.</summary>
    /// <exception cref="PortalStartException">There is such a key.</exception>
    public static void RefuseUnknown(IConfiguration configuration)
    {
        RefuseUnknown(configuration.GetSection("Portal"), OfThePortal);
        RefuseUnknown(configuration.GetSection("ConnectionStrings"), Connections);
        CheckLogLevels(configuration.GetSection("Logging"));
        if (configuration is not IConfigurationRoot root) return;
        foreach (var line in root.Providers.OfType<CommandLineConfigurationProvider>())
            foreach (var key in line.GetChildKeys([], null).Distinct())
                if (!Roots.Contains(key, StringComparer.OrdinalIgnoreCase))
                    throw new PortalStartException($"There is no option {key}, as the command line has it. The portal's own begin with Portal:, as in --{DataFolder.Key}=FOLDER; docs/operations.md has them all.");
    }

    /// <summary>Refuses keys of a section beyond the known ones, and a value where a section belongs.</summary>
    /// <exception cref="PortalStartException">There is such a key or value.</exception>
    public static void RefuseUnknown(IConfigurationSection section, params string[] known)
    {
        if (!string.IsNullOrEmpty(section.Value))
            throw new PortalStartException($"{section.Path} is \"{section.Value}\", but it is a group of options and has no value of its own. Known in it are {Listed(section, known)}.");
        foreach (var given in section.GetChildren())
            if (!known.Contains(given.Key, StringComparer.OrdinalIgnoreCase))
                throw new PortalStartException($"There is no option {given.Path}. Known are {Listed(section, known)}; docs/operations.md has them all.");
    }

    /// <summary>Logging:LogLevel and those of each logger, such as Logging:Console:LogLevel.</summary>
    static void CheckLogLevels(IConfigurationSection logging)
    {
        foreach (var group in logging.GetChildren())
            if (!group.Key.Equals("LogLevel", StringComparison.OrdinalIgnoreCase)) CheckLogLevels(group);
            else if (group.GetChildren().FirstOrDefault(level => !Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out _)) is { } wrong)
                throw new PortalStartException($"{wrong.Path} is \"{wrong.Value}\"; expected is one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
    }

    static string Listed(IConfigurationSection section, string[] known) => string.Join(", ", known.Select(name => $"{section.Path}:{name}"));

    static void CheckKind(IConfigurationSection given, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsArray)
        {
            if (!string.IsNullOrEmpty(given.Value))
                throw new PortalStartException($"{given.Path} is a list: its first entry is {given.Path}:0 (environment: {given.Path.Replace(":", "__", StringComparison.Ordinal)}__0); found \"{given.Value}\" for the whole of it.");
            foreach (var entry in given.GetChildren())
            {
                if (!int.TryParse(entry.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                    throw new PortalStartException($"There is no option {entry.Path}; the entries of the list {given.Path} are numbered from {given.Path}:0 on.");
                CheckKind(entry, type.GetElementType()!);
            }
            return;
        }
        if (given.GetChildren().FirstOrDefault() is { } inner)
            throw new PortalStartException($"There is no option {inner.Path}; {given.Path} has one value and nothing below it.");
        if (type == typeof(string)) return;
        try
        {
            if (TypeDescriptor.GetConverter(type).ConvertFromInvariantString(given.Value ?? "") is not null) return;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or NotSupportedException)
        {
            // told below
        }
        var expected = type == typeof(bool) ? "true or false" : type == typeof(int) || type == typeof(long) ? "a whole number" : "a number";
        throw new PortalStartException($"{given.Path} is \"{given.Value}\"; expected is {expected}.");
    }
}
