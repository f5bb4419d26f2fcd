using System.Globalization;

namespace PqdPortal.Analysis.Composition;

/// <summary>Where a lead halide perovskite dot is expected to emit: an estimate, 300 K, not a measurement.</summary>
/// <remarks>
/// Bulk emission of the end members, mixed by occupancy with bowing, plus the confinement of a cube of edge L: kinetic energy of a two-band
/// non-parabolic model less the Coulomb energy, but at least that of the exciton's centre of mass. Sources: L. Protesescu et al., Nano Lett.
/// 15, 3692 (2015); J. H. Noh et al., Nano Lett. 13, 1764 (2013); L. E. Brus, J. Chem. Phys. 80, 4403 (1984); P. C. Sercel et al., J. Chem.
/// Phys. 151, 234106 (2019); Q. A. Akkerman et al., Science 377, 1406 (2022); M. C. Brennan et al., J. Am. Chem. Soc. 139, 12201 (2017);
/// Z. Yang et al., ACS Energy Lett. 2, 1621 (2017); D. R. Yakovlev et al., arXiv:2307.07035 (2023); Fasahat et al., arXiv:2411.13727.
/// </remarks>
public sealed record EmissionEstimate
{
    /// <summary>How every such number is labelled.</summary>
    public const string Label = "estimate, 300 K, not a measurement";

    const double MostDopant = 0.05, RichInChloride = 0.4, RoomTemperature = 300;
    const double Shift = 0.3, ShiftSigma = 0.1; // [meV/K], bromides and iodides

    static readonly string[] Cations = ["Cs", "MA", "FA"], Halides = ["Cl", "Br", "I"];

    /// <summary>Energy [meV]; null where it is refused.</summary>
    public Uncertain? Energy { get; private init; }

    /// <summary>Wavelength, hc over the energy [nm].</summary>
    public Uncertain? Wavelength => Energy is { } e ? WavelengthOf(e) : null;

    /// <summary>Without confinement, at the same temperature [meV].</summary>
    public Uncertain? Bulk { get; private init; }

    /// <summary>What confinement adds [meV].</summary>
    public Uncertain? Confining { get; private init; }

    public Confinement? Confinement { get; private init; }

    /// <summary>Tin: the band gap of the bulk alone [eV].</summary>
    public Uncertain? BandGap { get; private init; }

    /// <summary>Code and sentence of why there is no energy.</summary>
    public (string Code, string Text)? Refusal { get; private init; }

    public IReadOnlyList<(string Code, string Text)> Notes { get; private init; } = [];

    /// <param name="edge">Edge of the cube [nm]; null for the bulk.</param>
    /// <param name="temperature">[K]</param>
    public static EmissionEstimate Of(PerovskiteFormula formula, double? edge, double temperature = RoomTemperature)
    {
        if (formula.Class != PerovskiteClass.Abx3) return Refused("not-ABX3", $"The estimate is for ABX3; the class of {formula.Canonical} is {formula.ClassText}.");
        double lead = Share(formula.B, "Pb"), tin = Share(formula.B, "Sn");
        if (formula.A.FirstOrDefault(a => !Cations.Contains(a.Ion.Name)) is { } cation)
            return Refused("no-end-member", $"The estimate knows Cs, MA and FA on the A site; {cation.Ion.Name} stands there.");
        if (formula.X.FirstOrDefault(x => !Halides.Contains(x.Ion.Name)) is { } halide)
            return Refused("no-end-member", $"The estimate knows Cl, Br and I; {halide.Ion.Name} stands on the X site.");
        double iodine = Share(formula.X, "I"), bromine = Share(formula.X, "Br"), chlorine = Share(formula.X, "Cl");
        if (iodine > 0 && chlorine > 0)
            return Refused("iodide-with-chloride", "Iodide and chloride are not miscible over most of the range and segregate in light (photo-segregation): no estimate can be given.");
        if (tin > MostDopant && lead + tin > 1 - MostDopant - 1e-9) return OfTin(formula, lead, tin);
        if (lead < 1 - MostDopant - 1e-9)
            return Refused("B-site-not-lead", $"The estimate is for lead with at most 5 % of a dopant; lead has {(100 * lead).ToString("0.#", CultureInfo.InvariantCulture)} % of the B site.");
        var isCold = Math.Abs(temperature - RoomTemperature) > 1e-9;
        if (isCold && chlorine > RichInChloride)
            return Refused("chloride-rich-not-300-K", "With more than 40 % chloride the emission moves with temperature in the other direction, by an unknown amount. The estimate is for 300 K only.");

        var bulk = BulkOf(formula);
        var notes = new List<(string, string)> { ("estimate", $"This is an {Label}: constants from the literature, several of them recalled, carry its uncertainty.") };
        if (formula.B.Count > 1) notes.Add(("dopant-without-term", "A dopant below 5 % has no term of its own in the estimate."));
        if (formula.Dopants.Count > 0) notes.Add(("dopant-without-term", "The dopant has no term of its own in the estimate."));
        if (Share(formula.X, "I") == 1 && Share(formula.A, "Cs") == 1) notes.Add(("phase", "CsPbI3: black (perovskite) phase only; the yellow delta phase at 300 K has about 2.8 eV."));
        if (isCold)
        {
            bulk = new(bulk.Value - Shift * (RoomTemperature - temperature), Root(bulk.Sigma, ShiftSigma * (RoomTemperature - temperature)));
            notes.Add(("temperature-shift", string.Create(CultureInfo.InvariantCulture, $"From 300 K to {temperature:0.##} K by 0.3 +- 0.1 meV/K.")));
        }

        if (edge is not { } length) return new() { Energy = bulk, Bulk = bulk, Notes = [.. notes, ("no-size", "Without an edge length it is the emission of the bulk.")] };
        // The first in the fixed order (Cl, Br, I) wins a tie; the A cation does not change the confinement.
        var main = formula.X.MaxBy(x => x.Fraction)!.Ion.Name;
        var confining = ConfiningOf($"CsPb{main}3", length);
        return new()
        {
            Energy = new(bulk.Value + confining.Value, Root(bulk.Sigma, confining.Sigma)),
            Bulk = bulk,
            Confining = confining,
            Confinement = Composition.Confinement.Of($"CsPb{main}3", length),
            Notes = notes,
        };
    }

    /// <summary>hc over an energy [nm], with its uncertainty.</summary>
    /// <param name="energy">[meV]</param>
    public static Uncertain WavelengthOf(Uncertain energy)
    {
        var wavelength = PerovskiteConstants.Hc / energy.Value;
        return new(wavelength, wavelength * wavelength / PerovskiteConstants.Hc * energy.Sigma);
    }

    static EmissionEstimate Refused(string code, string text) => new() { Refusal = (code, text) };

    /// <summary>Emission of the bulk at 300 K [meV].</summary>
    static Uncertain BulkOf(PerovskiteFormula formula)
    {
        double sum = 0, squares = 0;
        foreach (var a in formula.A)
            foreach (var x in formula.X)
            {
                var end = PerovskiteConstants.Of($"{a.Ion.Name}Pb{x.Ion.Name}3", "bulk_pl_300K_eV")!;
                sum += a.Fraction * x.Fraction * end.Value;
                squares += Math.Pow(a.Fraction * x.Fraction * end.Sigma, 2);
            }

        var (iodine, bromine, chlorine) = (Share(formula.X, "I"), Share(formula.X, "Br"), Share(formula.X, "Cl"));
        foreach (var (bowing, both) in new[] { ("X:I-Br", iodine * bromine), ("X:Br-Cl", bromine * chlorine) })
        {
            var b = PerovskiteConstants.Bowing(bowing)!;
            sum -= b.Value * both;
            squares += Math.Pow(b.Sigma * both, 2);
        }

        return new(1000 * sum, 1000 * Math.Sqrt(squares));
    }

    /// <summary>What confinement in a cube adds [meV].</summary>
    static Uncertain ConfiningOf(string material, double edge)
    {
        var mu = PerovskiteConstants.Of(material, "reduced_mass_m0")!.Value;
        var eps = PerovskiteConstants.Of(material, "eps_exciton")!.Value;
        var gap = 1000 * PerovskiteConstants.Of(material, "bandgap_300K_eV")!.Value;
        var kinetic = 3 * Math.PI * Math.PI * PerovskiteConstants.KineticUnit / (mu * edge * edge);
        var nonParabolic = Math.Sqrt(gap * gap + 2 * gap * kinetic) - gap;
        var coulomb = 3.05 * PerovskiteConstants.CoulombUnit / (eps * edge);
        var weak = kinetic / 4; // the exciton's centre of mass, M = 4 mu
        var added = Math.Max(nonParabolic - coulomb, weak);
        return new(added, Math.Max(20, 0.25 * added));
    }

    /// <summary>Tin: only the band gap of the bulk is known well enough.</summary>
    static EmissionEstimate OfTin(PerovskiteFormula formula, double lead, double tin)
    {
        const string Text = "For tin the range of the bulk band gap is all that can be said; emission depends on its self-doping.";
        double sum = 0, squares = 0;
        var (ofLead, ofTin) = (lead / (lead + tin), tin / (lead + tin));
        foreach (var a in formula.A)
            foreach (var x in formula.X)
                foreach (var (metal, share) in new[] { ("Pb", ofLead), ("Sn", ofTin) })
                {
                    if (share == 0) continue;
                    if (PerovskiteConstants.Of($"{a.Ion.Name}{metal}{x.Ion.Name}3", "bandgap_300K_eV") is not { } end)
                        return Refused("tin", $"{Text} The table has none for {a.Ion.Name}{metal}{x.Ion.Name}3.");
                    sum += a.Fraction * x.Fraction * share * end.Value;
                    squares += Math.Pow(a.Fraction * x.Fraction * share * end.Sigma, 2);
                }

        var (iodine, bromine, chlorine) = (Share(formula.X, "I"), Share(formula.X, "Br"), Share(formula.X, "Cl"));
        foreach (var (bowing, both) in new[] { ("X:I-Br", iodine * bromine), ("X:Br-Cl", bromine * chlorine), ("B:Pb-Sn", ofLead * ofTin) })
        {
            var b = PerovskiteConstants.Bowing(bowing)!;
            sum -= b.Value * both;
            squares += Math.Pow(b.Sigma * both, 2);
        }

        return new() { Refusal = ("tin", Text), BandGap = new(sum, Math.Sqrt(squares)) };
    }

    static double Share(IReadOnlyList<SiteIon> site, string ion) => site.FirstOrDefault(one => one.Ion.Name == ion)?.Fraction ?? 0;
    static double Root(double a, double b) => Math.Sqrt(a * a + b * b);
}

/// <summary>How strongly a dot of a size confines its exciton.</summary>
/// <param name="Text">strong, intermediate or weak; with "or ..." where two published Bohr diameters disagree.</param>
/// <param name="Diameters">The two Bohr diameters [nm]; the first decides.</param>
public sealed record Confinement(string Text, string Material, (double First, double Second) Diameters)
{
    /// <param name="edge">[nm]</param>
    public static Confinement Of(string material, double edge)
    {
        // Protesescu 2015 is the first value; the other one is derived from masses and dielectric constants.
        var bohr = PerovskiteConstants.Of(material, "bohr_diameter_nm")!;
        var (first, second) = (bohr.Second!.Value, bohr.Value);
        string one = Class(edge, first), other = Class(edge, second);
        return new(one == other ? one : $"{one} or {other}", material, (first, second));
    }

    static string Class(double edge, double diameter) => edge < diameter ? "strong" : edge <= 2 * diameter ? "intermediate" : "weak";
}
