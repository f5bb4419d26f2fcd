using System.Text.RegularExpressions;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>What the names above the columns of a table mean.</summary>
static partial class SpectralText
{
    static readonly (string Word, string Axis)[] Words =
    [
        ("raman", "raman_shift"), ("verschiebung", "raman_shift"),
        ("wavelength", "wavelength"), ("wellenl", "wavelength"), ("longueur d", "wavelength"), ("longitud de onda", "wavelength"), ("lunghezza d", "wavelength"),
        ("golflengte", "wavelength"), ("comprimento de onda", "wavelength"), ("lambda", "wavelength"), ("λ", "wavelength"), ("波长", "wavelength"), ("波長", "wavelength"),
        ("wavenumber", "wavenumber"), ("wellenzahl", "wavenumber"), ("nombre d'onde", "wavenumber"), ("波数", "wavenumber"),
        ("energ", "energy"), ("énergie", "energy"), ("能量", "energy"),
        ("pixel", "pixel"),
    ];

    /// <summary>The spectral axis that a name and its unit stand for; null for anything else, times among them.</summary>
    /// <returns>The unit is "" where the name is that of a spectral quantity and no unit stands beside it.</returns>
    public static SpectrumAxis? AxisOf(string text)
    {
        var lower = text.ToLowerInvariant();
        var word = Words.FirstOrDefault(w => lower.Contains(w.Word, StringComparison.Ordinal)).Axis;
        var unit = lower.Contains("1/cm", StringComparison.Ordinal) ? new SpectrumAxis("wavenumber", "1/cm")
            : Parts().Split(text).Select(SpectrumRules.AxisOf).FirstOrDefault(axis => axis is not null);
        if (word == "raman_shift") return unit?.Name is null or "wavenumber" ? new("raman_shift", "1/cm") : unit;
        // "Laser energy (uJ)" and "Time (ns)" are none; a frequency is one from the terahertz on.
        if (unit is not null)
            return unit.Name == "time" || unit is { Name: "frequency", Unit: not "THz" } || unit.Name == "wavelength" && word is null && IsLength(lower) ? null : unit;
        return word switch
        {
            null => null,
            "pixel" => SpectrumAxis.Pixel,
            "wavenumber" => new("wavenumber", "1/cm"),
            // An energy without unit may be that of a pulse.
            "energy" => lower.Contains("photon", StringComparison.Ordinal) || lower.Trim() is "energy" or "energie" or "énergie" ? new("energy", "") : null,
            _ => new(word, ""),
        };
    }

    static readonly string[] Errors = ["sigma", "error", "err", "std", "sem", "uncertainty", "fehler", "incertitude", "±"];

    /// <summary>Whether a name is that of another axis or of the error of the values.</summary>
    public static bool IsAxisOrError(string text) =>
        AxisOf(text) is { Unit: not "" } || Parts().Split(text.ToLowerInvariant()).Any(part => Errors.Contains(part));

    static readonly string[] Lengths = ["size", "diam", "length", "edge", "thick", "posi", "width", "height", "radius", "dist", "period", "gap", "spacing", "fwhm"];

    /// <summary>Nanometres of a dot, not of light.</summary>
    static bool IsLength(string lower) =>
        Lengths.Any(word => lower.Contains(word, StringComparison.Ordinal)) || Parts().Split(lower) is ["d" or "l" or "y" or "z", ..];

    static readonly (string[] Words, string Quantity)[] Series =
    [
        (["temperature", "temperatur", "température", "temp", "kelvin", "k", "°c"], "temperature"),
        (["fluence", "uj/cm2", "µj/cm2", "µj/cm²", "μj/cm2", "mj/cm2"], "fluence"),
        (["power", "leistung", "puissance", "mw", "µw", "μw", "uw", "nw", "w", "w/cm2"], "power"),
        (["time", "zeit", "temps", "delay", "s", "ms", "min", "h", "ns", "ps", "µs", "us"], "time"),
        (["frame", "index", "scan", "spectrum", "nr", "number"], "frame"),
        (["voltage", "v", "mv"], "voltage"),
        (["field", "t", "tesla"], "field"),
        (["angle", "deg", "°"], "angle"),
        (["pressure", "pa", "mpa", "gpa", "bar"], "pressure"),
        (["position", "x", "y", "z", "mm", "place"], "position"),
    ];

    /// <summary>What a series runs along, from a name such as "temperature_K" or "Power (uW)"; null where nothing is known by it.</summary>
    public static SpectrumAxis? AlongOf(string text)
    {
        var parts = Parts().Split(text).Where(part => part.Length > 0).ToList();
        foreach (var (words, quantity) in Series)
            if (parts.FirstOrDefault(part => words.Contains(part.ToLowerInvariant())) is { } found)
                return new(quantity, quantity == "frame" ? "" : parts.Count > 1 ? parts[^1] : found.Length <= 6 && found.ToLowerInvariant() != quantity ? found : "");
        return null;
    }

    /// <summary>Whether a name speaks of time tags, decays or other things that are no spectrum.</summary>
    public static bool IsNoSpectrum(string text)
    {
        var lower = text.ToLowerInvariant();
        return AxisOf(text) is null
            && (AlongOf(text) is not null || IsLength(lower) || Others.Any(word => lower.Contains(word, StringComparison.Ordinal)));
    }

    static readonly string[] Others =
        ["time", "zeit", "temps", "delay", "tau", "macro", "micro", "nanotime", "timestamp", "tag", "bin", "channel", "kanal", "count", "photon", "intensity", "lag"];

    /// <summary>The unit in brackets, or the whole name.</summary>
    public static string? UnitOf(string name)
    {
        var bracket = Bracket().Match(name);
        return bracket.Success ? bracket.Groups[1].Value.Trim() : name.Trim() is { Length: > 0 and < 40 } whole ? whole : null;
    }

    [GeneratedRegex(@"[\s_,;:()\[\]{}\\|""]+|/(?!cm|m\b)")]
    private static partial Regex Parts();

    [GeneratedRegex(@"[\(\[]([^)\]]{1,40})[\)\]]")]
    private static partial Regex Bracket();
}
