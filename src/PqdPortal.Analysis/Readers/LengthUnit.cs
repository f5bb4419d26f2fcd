namespace PqdPortal.Analysis.Readers;

/// <summary>Units of length as instruments write them.</summary>
static class LengthUnit
{
    /// <summary>The unit in metres; null for what is no length, such as 1/nm, eV or pixel.</summary>
    /// <remarks>No inches: a file that names them means the resolution of a printer.</remarks>
    public static double? Metres(string unit) => unit.Trim().Replace(@"\u00B5", "µ", StringComparison.OrdinalIgnoreCase).ToLowerInvariant() switch
    {
        "m" or "meter" or "metre" or "meters" or "metres" => 1,
        "cm" or "centimeter" or "centimetre" => 1e-2,
        "mm" or "millimeter" or "millimetre" => 1e-3,
        // The micro sign and the Greek letter look alike and are two characters.
        "\u00B5m" or "\u03BCm" or "um" or "micron" or "microns" or "micrometer" or "micrometre" or "micrometers" => 1e-6,
        "nm" or "nanometer" or "nanometre" or "nanometers" => 1e-9,
        // The letter and the sign for angstrom too.
        "a" or "\u00E5" or "\u212B" or "angstrom" or "ångström" or "angstroms" => 1e-10,
        "pm" or "picometer" or "picometre" => 1e-12,
        _ => null,
    };
}
