namespace PqdPortal.Analysis.Composition;

/// <summary>An ion that a formula may name, with all that the table of radii says of it.</summary>
/// <param name="Name">As written in a formula: Cs, FA, Pb, Br ... Case matters: BA is butylammonium, Ba is barium.</param>
public sealed record Ion(string Name)
{
    /// <summary>What it is called in full, where the table says so.</summary>
    public string? FullName { get; init; }

    /// <summary>Molar mass [g/mol].</summary>
    public double Mass { get; init; }

    /// <summary>On the A site, where it can stand there (twelvefold coordination, or the effective radius of a molecule).</summary>
    public IonForm? OnA { get; init; }

    /// <summary>As a spacer between layers; it has a charge and no radius.</summary>
    public IonForm? AsSpacer { get; init; }

    /// <summary>On the B site (sixfold coordination): one form for each charge, the preferred one first.</summary>
    public IReadOnlyList<IonForm> OnB { get; init; } = [];

    /// <summary>As a halide.</summary>
    public IonForm? OnX { get; init; }

    /// <summary>Place in its site's fixed order, by which a canonical formula is written.</summary>
    public int OrderOnA { get; init; } = int.MaxValue;
    public int OrderOnB { get; init; } = int.MaxValue;
    public int OrderOnX { get; init; } = int.MaxValue;
    public int OrderAsSpacer { get; init; } = int.MaxValue;

    /// <summary>Its place in the table.</summary>
    internal int Index { get; init; }

    public override string ToString() => Name;
    public bool Equals(Ion? other) => ReferenceEquals(this, other) || other?.Name == Name;
    public override int GetHashCode() => Index;
}

/// <summary>One row of the table of radii: an ion in one charge on one site.</summary>
/// <param name="Charge">[e]</param>
/// <param name="Radius">Effective ionic radius [pm]; null where none is recommended.</param>
/// <param name="Sigma">One standard deviation of it [pm].</param>
/// <param name="Source">Where it was read.</param>
public sealed record IonForm(int Charge, double? Radius, double Sigma, string? Source)
{
    public string? Coordination { get; init; }

    /// <summary>high or low, where the spin changes the radius.</summary>
    public string? Spin { get; init; }

    /// <summary>How many separately stored copies of the tabulation agreed.</summary>
    public int? CopiesChecked { get; init; }

    /// <summary>Other values in circulation [pm].</summary>
    public IReadOnlyList<double> Alternatives { get; init; } = [];

    public string? Note { get; init; }
}
