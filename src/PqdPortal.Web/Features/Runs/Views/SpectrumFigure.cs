using PqdPortal.Analysis.Measurements;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Runs.Views;

/// <summary>Spectra as they stand in the file, on its own axis.</summary>
public static class SpectrumFigure
{
    /// <returns>Null where the view names a spectrum that is not there.</returns>
    public static Figure? Draw(SpectrumSet set, CurveView view)
    {
        if (view.Show is { } number && (number < 1 || number > set.Spectra.Count) || set.Spectra.Count == 0) return null;
        var shown = view.Show is { } one ? [one - 1] : Together(set) ? Enumerable.Range(0, set.Spectra.Count).ToArray() : [0];
        var figure = Figure.Of(set.Spectra.Count == 1 ? "Spectrum" : "Spectra");
        double[]? before = null;
        foreach (var index in shown)
        {
            var spectrum = set.Spectra[index];
            // Zooming needs ascending places; which way round the file goes is no matter to the eye. The CSV keeps its order.
            var falls = spectrum.X.Length > 1 && spectrum.X[^1] < spectrum.X[0];
            if (before is null) figure.X(AxisName(set.Axis.Name), Numbers.Unit(set.Axis.Unit), Values(spectrum.X, falls));
            else if (before != spectrum.X) figure.On(Values(spectrum.X, falls));
            before = spectrum.X;
            figure.Steps(NameOf(set, index), Values(spectrum.Y, falls));
        }
        return figure
            .Y(YName(set), set.YUnit is null or "counts" ? "" : Numbers.Unit(set.YUnit), log: view.Log == true)
            .Saying(shown.Length < set.Spectra.Count ? $"Spectrum {shown[0] + 1} of {set.Spectra.Count}." : null);
    }

    /// <summary>Whether all spectra are drawn in one figure unless one is chosen.</summary>
    public static bool Together(SpectrumSet set) => set.Spectra.Count <= CurveView.MostTogether;

    public static string NameOf(SpectrumSet set, int index) => NameOf(set.Spectra[index].Name, set.Spectra[index].At, set.Along?.Unit, index);

    /// <summary>What a spectrum is called: by its name, by where it stands along the series, by its number.</summary>
    public static string NameOf(string? name, double? at, string? unit, int index) =>
        !string.IsNullOrWhiteSpace(name) ? name : at is { } place ? $"{Numbers.Plain(place)} {Numbers.Unit(unit ?? "")}".TrimEnd() : $"spectrum {index + 1}";

    /// <summary>An axis in words: raman_shift is Raman shift.</summary>
    public static string AxisName(string name) => name switch { "raman_shift" => "Raman shift", "" => "position", _ => name.Replace('_', ' ') };

    static string YName(SpectrumSet set) => set.YUnit == "counts" ? "counts" : "intensity";

    static double?[] Values(double[] values, bool backwards)
    {
        var taken = new double?[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[backwards ? values.Length - 1 - i : i];
            taken[i] = double.IsFinite(value) ? value : null;
        }
        return taken;
    }
}
