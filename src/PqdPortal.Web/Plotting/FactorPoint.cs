namespace PqdPortal.Web.Plotting;

/// <summary>One composition on the map of t and mu.</summary>
/// <param name="Key">What its colour hangs on: the same composition has the same colour everywhere.</param>
/// <param name="Words">What is said of it where the pointer rests.</param>
/// <param name="IsHere">It is the one the page speaks of.</param>
public sealed record FactorPoint(string Key, double T, double TSigma, double Mu, double MuSigma, string Words, bool IsHere = false, string? Link = null)
{
    const uint Prime = 16777619; // FNV-1a, 32 bits

    // Begun so that the seven compositions which labs compare most (three bromides from Cs to FA among them) have seven colours.
    const uint Offset = 2166136793;

    /// <summary>Place in the sequence of data colours, from 1; the light yellow last one is left out.</summary>
    public static int ColourOf(string key)
    {
        var hash = Offset;
        foreach (var c in key) hash = (hash ^ c) * Prime;
        return (int)((hash >> 8) % 7) + 1;
    }
}
