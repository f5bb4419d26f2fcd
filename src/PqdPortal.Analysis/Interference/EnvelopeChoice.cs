using System.Globalization;
using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Interference;

/// <summary>Which of the fitted envelopes is taken, and which shape of the line that tells.</summary>
/// <param name="Taken">The fit that numbers are taken from.</param>
/// <param name="Other">The best fit of the other of the two shapes.</param>
/// <param name="Shape">lorentzian, gaussian or undetermined.</param>
/// <param name="IsMixed">True where a mixed shape is better than either: a Voigt profile, or a narrow line on a broad one.</param>
/// <param name="Why">A sentence with all candidates.</param>
sealed record EnvelopeChoice(EnvelopeFit Taken, EnvelopeFit Other, string Shape, bool IsMixed, string Why)
{
    /// <summary>A mixed shape that lies nearer to the data by two standard errors, though not by enough to be taken; null without one.</summary>
    public EnvelopeFit? Hinted { get; init; }

    /// <param name="fits">One of each envelope.</param>
    public static EnvelopeChoice Among(IReadOnlyList<EnvelopeFit> fits)
    {
        var choice = ModelChoice.Among(fits.Select(fit => (fit.Name, fit.Bic)));
        EnvelopeFit Named(string name) => fits.First(fit => fit.Name == name);
        var lorentzian = fits.Where(fit => fit.Name.StartsWith("lorentzian", StringComparison.Ordinal)).MinBy(fit => fit.Bic)!;
        var gaussian = fits.Where(fit => fit.Name.StartsWith("gaussian", StringComparison.Ordinal)).MinBy(fit => fit.Bic)!;
        var apart = gaussian.Bic - lorentzian.Bic;
        var best = apart >= 0 ? lorentzian : gaussian;
        // A beat or a mixed shape has to be seen, not only to be possible.
        var plain = Named(best == lorentzian ? "lorentzian" : "gaussian");
        if (best != plain && plain.Bic - best.Bic < ModelChoice.Distinct) best = plain;
        var mixed = Named("voigt");
        if (fits.FirstOrDefault(fit => fit.Name == Envelope.Jumping) is { } jumping && mixed.Bic - jumping.Bic >= ModelChoice.Distinct) mixed = jumping;
        var isMixed = fits.All(fit => fit.Name is "voigt" or Envelope.Jumping || fit.Bic - mixed.Bic >= ModelChoice.Distinct);
        var shape = isMixed || Math.Abs(apart) < ModelChoice.Distinct ? "undetermined" : apart > 0 ? "lorentzian" : "gaussian";
        var why = isMixed ? $"A {(mixed.Name == "voigt" ? "Voigt profile" : "narrow line on a broad one")} is better than either. {choice.Words()}"
            : $"{(shape == "undetermined" ? "The two shapes are not told apart" : $"The {shape} envelope is better by {Math.Abs(apart).ToString("G4", CultureInfo.InvariantCulture)}")} (6 decide). {choice.Words()}";
        return new(isMixed ? mixed : best, best == lorentzian ? gaussian : lorentzian, shape, isMixed, why)
        {
            Hinted = !isMixed && best.Deviance - mixed.Deviance > 4 ? mixed : null,
        };
    }
}
