namespace PqdPortal.Analysis.Composition;

/// <summary>Goldschmidt's t, the octahedral factor mu and Bartel's tau, with the uncertainty that the radii leave.</summary>
/// <remarks>
/// t = (rA + rX)/(sqrt2 (rB + rX)), mu = rB/rX, tau = rX/rB - nA (nA - (rA/rB)/ln(rA/rB)) with nA = 1; site radii are means by occupancy. Sources:
/// V. M. Goldschmidt, Naturwissenschaften 14, 477 (1926); C. Li et al., Acta Cryst. B 64, 702 (2008); C. J. Bartel et al., Sci. Adv. 5, eaav0693 (2019).
/// </remarks>
/// <param name="Why">Why a number is missing; null where all three are there.</param>
public sealed record ToleranceFactors(Uncertain? T, Uncertain? Mu, Uncertain? Tau, string? Why)
{
    public static ToleranceFactors Of(PerovskiteFormula formula)
    {
        if (formula.Class is not (PerovskiteClass.Abx3 or PerovskiteClass.DoublePerovskite))
            return None($"t, mu and tau are those of ABX3 and A2BB'X6; the class is {formula.ClassText}.");
        if (formula.All.FirstOrDefault(one => one.Form.Radius is null) is { } round)
            return None($"No radius is recommended for {round.Ion.Name}: it is no sphere.");
        var (a, b, x) = (Mean(formula.A), Mean(formula.B), Mean(formula.X));
        var t = (a.Value + x.Value) / (Math.Sqrt(2) * (b.Value + x.Value));
        var down = 1 / (Math.Sqrt(2) * (b.Value + x.Value));
        var fromB = t / (b.Value + x.Value);
        var goldschmidt = new Uncertain(t, Root(down * a.Sigma, (down - fromB) * x.Sigma, fromB * b.Sigma));
        var mu = b.Value / x.Value;
        var octahedral = new Uncertain(mu, mu * Root(b.Sigma / b.Value, x.Sigma / x.Value));
        if (a.Value <= b.Value) return new(goldschmidt, octahedral, null, "tau is defined where the A cation is larger than the B cation; here it is not.");

        var q = a.Value / b.Value;
        var log = Math.Log(q);
        var slope = (log - 1) / (log * log);
        var bartel = new Uncertain(x.Value / b.Value - (1 - q / log),
            Root(x.Sigma / b.Value, slope * a.Sigma / b.Value, (x.Value + slope * a.Value) / (b.Value * b.Value) * b.Sigma));
        return new(goldschmidt, octahedral, bartel, null);
    }

    static ToleranceFactors None(string why) => new(null, null, null, why);

    /// <summary>Mean radius of a site by occupancy [pm].</summary>
    static Uncertain Mean(IReadOnlyList<SiteIon> site) =>
        new(site.Sum(one => one.Fraction * one.Form.Radius!.Value), Root([.. site.Select(one => one.Fraction * one.Form.Sigma)]));

    static double Root(params ReadOnlySpan<double> parts)
    {
        double sum = 0;
        foreach (var part in parts) sum += part * part;
        return Math.Sqrt(sum);
    }
}

/// <summary>A number with one standard deviation.</summary>
public readonly record struct Uncertain(double Value, double Sigma);
