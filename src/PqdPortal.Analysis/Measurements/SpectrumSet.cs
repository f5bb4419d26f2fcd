namespace PqdPortal.Analysis.Measurements;

/// <summary>One spectrum, or a series of them over time, temperature, power or place.</summary>
public sealed class SpectrumSet : Measurement
{
    public override string Kind => Spectra.Count == 1 ? "spectrum" : "spectrum-series";

    public required SpectrumAxis Axis { get; init; }

    /// <summary>In file order; their x in file order too, so a falling axis stays falling.</summary>
    public required IReadOnlyList<Spectrum> Spectra { get; init; }

    /// <summary>What counts up from spectrum to spectrum, where the file says: "temperature", "K".</summary>
    public SpectrumAxis? Along { get; init; }

    /// <summary>Unit of y as the file names it, such as "counts"; null where it does not.</summary>
    public string? YUnit { get; init; }
}

/// <summary>An axis as the file has it.</summary>
/// <param name="Name">wavelength, wavenumber, raman_shift, energy, frequency, time, pixel, or the file's own word.</param>
/// <param name="Unit">nm, 1/cm, eV, meV, ns, px or the file's own; "" where it names none.</param>
public sealed record SpectrumAxis(string Name, string Unit)
{
    public static readonly SpectrumAxis Wavelength = new("wavelength", "nm");
    public static readonly SpectrumAxis Pixel = new("pixel", "px");
}

/// <summary>One spectrum. Spectra of one set may share their x.</summary>
/// <param name="X">Shape (points), in the unit of the set's axis.</param>
/// <param name="Y">Shape (points), as in the file: nothing subtracted, nothing scaled.</param>
public sealed record Spectrum(double[] X, double[] Y)
{
    /// <summary>Where it stands along the series, in the unit of the set's second axis; null where the file does not say.</summary>
    public double? At { get; init; }

    /// <summary>A name for people, where the file has one.</summary>
    public string? Name { get; init; }
}
