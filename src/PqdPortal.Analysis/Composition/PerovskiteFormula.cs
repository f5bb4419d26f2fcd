namespace PqdPortal.Analysis.Composition;

/// <summary>What a compound is by the totals of its sites.</summary>
public enum PerovskiteClass { Other, Abx3, DoublePerovskite, A4bx6, Ab2x5, A2bx6, A3b2x9, RuddlesdenPopper, DionJacobson }

/// <summary>A formula that was read: its ions on their sites, in canonical scale.</summary>
/// <param name="Canonical">The host's formula in the fixed order and scale, such as Cs0.2FA0.8PbBr3. Of two writings of one compound both read so.</param>
public sealed record PerovskiteFormula(string Canonical)
{
    /// <summary>What compounds are told apart by: the canonical form, with dopants of unknown amount (Zn:CsPbBr3). Reads back to itself.</summary>
    public required string Key { get; init; }

    public required PerovskiteClass Class { get; init; }

    /// <summary>Octahedral sheets between two layers of spacers; null where it is not layered.</summary>
    public double? Layers { get; init; }

    public required IReadOnlyList<SiteIon> Spacers { get; init; }
    public required IReadOnlyList<SiteIon> A { get; init; }
    public required IReadOnlyList<SiteIon> B { get; init; }
    public required IReadOnlyList<SiteIon> X { get; init; }

    /// <summary>Dopants named without an amount.</summary>
    public required IReadOnlyList<Ion> Dopants { get; init; }

    /// <summary>Charge of all cations less that of the halides, for a canonical formula unit [e].</summary>
    public required double ChargeExcess { get; init; }

    /// <summary>True where the charges balance within the rounding of the fourth decimal.</summary>
    public required bool IsBalanced { get; init; }

    /// <summary>Molar mass of a canonical formula unit [g/mol].</summary>
    public required double MolarMass { get; init; }

    /// <summary>What is odd about it: charge-imbalance, site-occupancy ...</summary>
    public required IReadOnlyList<FormulaMessage> Notes { get; init; }

    /// <summary>t, mu and tau, or why it has none.</summary>
    public ToleranceFactors Tolerance => ToleranceFactors.Of(this);

    /// <summary>Each ion's share of its own site; that of a spacer among the spacers.</summary>
    public IReadOnlyDictionary<string, double> Fractions => All.ToDictionary(one => one.Ion.Name, one => one.Fraction);

    public IEnumerable<SiteIon> All => [.. Spacers, .. A, .. B, .. X];

    /// <summary>The class in the words of the contract.</summary>
    public string ClassText => Class switch
    {
        PerovskiteClass.Abx3 => "ABX3",
        PerovskiteClass.DoublePerovskite => "A2BB'X6",
        PerovskiteClass.A4bx6 => "A4BX6",
        PerovskiteClass.Ab2x5 => "AB2X5",
        PerovskiteClass.A2bx6 => "A2BX6",
        PerovskiteClass.A3b2x9 => "A3B2X9",
        PerovskiteClass.RuddlesdenPopper => "Ruddlesden-Popper",
        PerovskiteClass.DionJacobson => "Dion-Jacobson",
        _ => "other",
    };
}

/// <summary>An ion on its site.</summary>
/// <param name="Amount">In a canonical formula unit.</param>
/// <param name="Fraction">Its share of the site, 0..1.</param>
/// <param name="Form">The charge it has here, with its radius.</param>
public sealed record SiteIon(Ion Ion, double Amount, double Fraction, IonForm Form);
