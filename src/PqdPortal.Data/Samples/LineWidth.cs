namespace PqdPortal.Data.Samples;

/// <summary>Widths of emission lines in wavelength and in energy.</summary>
/// <remarks>The half maxima are taken to lie at half the width on either side of the peak in wavelength, so both directions give one another.</remarks>
public static class LineWidth
{
    /// <summary>h c [eV nm], from h, c and e of the SI of 2019.</summary>
    public const double HC = 1239.841984;

    /// <summary>Energy of a wavelength [eV].</summary>
    public static double? Energy(double? wavelength) => wavelength is > 0 and { } nm ? HC / nm : null;

    /// <summary>Width in energy [meV] of a width in wavelength [nm] at a peak [nm].</summary>
    public static double? InEnergy(double? peak, double? width) =>
        peak is > 0 and { } at && width is > 0 and { } w && w < 2 * at ? 1000 * HC * w / (at * at - w * w / 4) : null;

    /// <summary>Width in wavelength [nm] of a width in energy [meV] at a peak [nm].</summary>
    public static double? InWavelength(double? peak, double? width)
    {
        if (peak is not (> 0 and { } at) || width is not (> 0 and { } w)) return null;
        // w (at^2 - x^2/4) = 1000 h c x, solved for the root that is small with w.
        var slope = 1000 * HC / w;
        return 2 * (Math.Sqrt(slope * slope + at * at) - slope);
    }
}
