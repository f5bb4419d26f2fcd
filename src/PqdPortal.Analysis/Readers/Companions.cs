namespace PqdPortal.Analysis.Readers;

/// <summary>Files that hold no measurement but belong beside one of the same name, such as the settings of an SPC file.</summary>
public static class Companions
{
    static readonly (string Measurement, string Companion)[] Known = [(".spc", ".set"), (".ser", ".emi")];

    /// <summary>Whether a file is named like one that lies beside a measurement.</summary>
    public static bool IsNamedLikeOne(string name) => Known.Any(pair => Has(name, pair.Companion));

    /// <summary>The name of the file that belongs together with this one, in whatever case; null where none does.</summary>
    public static string? NameOfOther(string name)
    {
        foreach (var (measurement, companion) in Known)
        {
            if (Has(name, measurement)) return Path.ChangeExtension(name, companion);
            if (Has(name, companion)) return Path.ChangeExtension(name, measurement);
        }
        return null;
    }

    /// <summary>Whether two files have the same name but for its last part, in whatever case.</summary>
    public static bool AreBeside(string name, string other) =>
        !name.Equals(other, StringComparison.OrdinalIgnoreCase)
        && Path.GetFileNameWithoutExtension(name).Equals(Path.GetFileNameWithoutExtension(other), StringComparison.OrdinalIgnoreCase);

    static bool Has(string name, string extension) => Path.GetExtension(name).Equals(extension, StringComparison.OrdinalIgnoreCase);
}
