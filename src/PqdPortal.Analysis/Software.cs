using System.Reflection;

namespace PqdPortal.Analysis;

/// <summary>The program's own name, as results carry it.</summary>
public static class Software
{
    /// <summary>Such as "PqdPortal 0.1.0+3f2a9c1…": the version and the commit it was built from.</summary>
    public static string Name { get; } = "PqdPortal " + Version();

    static string Version()
    {
        var assembly = typeof(Software).Assembly;
        return assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? assembly.GetName().Version?.ToString() ?? "0";
    }
}
