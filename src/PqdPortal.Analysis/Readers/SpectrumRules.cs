using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>What every spectrum has to keep to, whatever its format, and the names that all formats give to the same axis.</summary>
static class SpectrumRules
{
    /// <summary>Points of a set beyond which it is shown as an image, whose values stay in the file: 32 MB of numbers.</summary>
    public const long MostPoints = 4L << 20;

    /// <summary>Refuses what is no spectrum; points that share their x with the one before are told.</summary>
    /// <param name="format">Name of the format for the refusal.</param>
    /// <param name="axis">What x is; pixels may stand in any order.</param>
    /// <param name="x">Shape (points).</param>
    /// <param name="offset">Byte of the file at which the axis stands.</param>
    /// <exception cref="MeasurementFormatException">Fewer than 2 points, a point that is no number, or an axis that turns round.</exception>
    public static void Check(string format, SpectrumAxis axis, ReadOnlySpan<double> x, long offset, JsonObject header, FindingList? findings = null)
    {
        if (x.Length < 2)
            throw new MeasurementFormatException(
                $"This file holds {(x.Length == 1 ? "a single point" : "no points")}; a spectrum has at least 2. Export it again.", offset) { Format = format, Header = header };
        if (axis == SpectrumAxis.Pixel) return;

        int direction = 0, repeated = 0;
        for (var i = 0; i < x.Length; i++)
        {
            if (!double.IsFinite(x[i]))
                throw new MeasurementFormatException(
                    $"The {axis.Name} of point {i} is no number. Save or export the file again.", offset) { Format = format, Header = header };
            if (i == 0) continue;
            var step = Math.Sign(x[i] - x[i - 1]);
            if (step == 0) repeated++;
            else if (direction == 0) direction = step;
            else if (step != direction)
                throw new MeasurementFormatException(
                    $"The {axis.Name} axis turns round at point {i}: {Number(x[i])} follows {Number(x[i - 1])}. The axis of a spectrum runs in one direction; sort the points or export the file again.", offset) { Format = format, Header = header };
        }
        if (direction == 0)
            throw new MeasurementFormatException(
                $"All {x.Length:N0} points have the same {axis.Name}, {Number(x[0])}. Save or export the file again.", offset) { Format = format, Header = header };
        if (repeated > 0)
            findings?.Add(Severity.Info, "AXIS_REPEATS",
                $"{repeated:N0} points have the same {axis.Name} as the point before, as where an export rounds. They were kept.", offset);
    }

    /// <summary>The axis that a unit stands for; null for a unit that is no axis of a spectrum.</summary>
    /// <param name="unit">In any of the usual spellings.</param>
    public static SpectrumAxis? AxisOf(string unit)
    {
        var plain = string.Concat(unit.ToLowerInvariant().Where(c => !char.IsWhiteSpace(c))).Trim('[', ']', '(', ')', '.');
        return plain switch
        {
            "nm" or "nanometer" or "nanometers" or "nanometre" or "nanometres" => SpectrumAxis.Wavelength,
            "µm" or "μm" or "um" or "micron" or "microns" or "micrometer" or "micrometers" or "micrometre" or "micrometres" => new("wavelength", "µm"),
            "å" or "angstrom" or "angstroms" or "ångström" => new("wavelength", "Å"),
            "1/cm" or "cm-1" or "cm^-1" or "cm−1" or "cm⁻¹" or "cm**-1" or "rcm-1" or "wavenumber" or "wavenumbers" or "reciprocalcentimeters" => new("wavenumber", "1/cm"),
            "1/m" or "m-1" => new("wavenumber", "1/m"),
            "ramanshift" or "ramanshift(cm-1)" or "ramanshift/cm-1" => new("raman_shift", "1/cm"),
            "ev" or "electronvolt" or "electronvolts" => new("energy", "eV"),
            "mev" or "millielectronvolt" => new("energy", "meV"),
            "hz" or "hertz" => new("frequency", "Hz"),
            "khz" => new("frequency", "kHz"),
            "mhz" => new("frequency", "MHz"),
            "ghz" => new("frequency", "GHz"),
            "thz" => new("frequency", "THz"),
            "px" or "pixel" or "pixels" => SpectrumAxis.Pixel,
            "s" or "sec" or "second" or "seconds" => new("time", "s"),
            "ms" or "millisecond" or "milliseconds" => new("time", "ms"),
            "µs" or "μs" or "us" or "microsecond" or "microseconds" => new("time", "µs"),
            "ns" or "nanosecond" or "nanoseconds" => new("time", "ns"),
            "ps" or "picosecond" or "picoseconds" => new("time", "ps"),
            _ => null,
        };
    }

    /// <summary>Evenly spaced from the first to the last, both exact.</summary>
    public static double[] Even(double first, double last, int points)
    {
        var x = new double[points];
        for (var i = 0; i < points; i++) x[i] = points == 1 ? first : first + (last - first) * i / (points - 1);
        if (points > 1) x[^1] = last;
        return x;
    }

    /// <summary>Pixels counted from 1.</summary>
    public static double[] Pixels(int points) => [.. Enumerable.Range(1, points).Select(p => (double)p)];

    /// <summary>A polynomial of pixels.</summary>
    /// <param name="coefficients">Lowest power first.</param>
    public static double Polynomial(ReadOnlySpan<double> coefficients, double pixel)
    {
        var value = 0.0;
        for (var k = coefficients.Length - 1; k >= 0; k--) value = value * pixel + coefficients[k];
        return value;
    }

    /// <summary>A date in one of the notations of a format, whatever the language of this computer.</summary>
    public static DateTime? Date(string text, params ReadOnlySpan<string> notations)
    {
        text = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (var notation in notations)
            if (DateTime.TryParseExact(text, notation, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return date;
        return null;
    }

    static string Number(double value) => value.ToString("G9", CultureInfo.InvariantCulture);
}
