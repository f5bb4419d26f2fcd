using Microsoft.Extensions.Configuration;
using PqdPortal.Data;

namespace PqdPortal.Jobs;

/// <summary>Reads one section of options at the start; what is wrong stops the start with a sentence that names the key.</summary>
static class OptionSection
{
    internal static T Read<T>(IConfiguration configuration, string name) where T : new()
    {
        var section = configuration.GetSection(name);
        var known = typeof(T).GetProperties().Select(property => property.Name).ToArray();
        foreach (var given in section.GetChildren())
            if (!known.Contains(given.Key, StringComparer.OrdinalIgnoreCase))
                throw new PortalStartException($"There is no option {name}:{given.Key}. Known are {string.Join(", ", known)}.");
        try
        {
            return section.Get<T>() ?? new();
        }
        catch (InvalidOperationException error)
        {
            throw new PortalStartException($"An option of {name} cannot be read: {error.InnerException?.Message ?? error.Message}", error);
        }
    }

    internal static void Between(string section, string name, double value, double from, double to)
    {
        if (!(value >= from && value <= to))
            throw new PortalStartException($"{section}:{name} should lie between {from} and {to}; found {value}.");
    }
}
