namespace PqdPortal.Analysis.Composition;

/// <summary>How far two compositions lie apart: 0 for the same, 1 where they share no ion.</summary>
public static class CompositionDistance
{
    /// <summary>
    /// D = sum over the sites A, B, X of 1/3 x 1/2 sum |f - g|, f and g the ions' shares of the site. Spacers count on the A side; an empty
    /// site is a sort of its own. It is symmetric and keeps to the triangle inequality.
    /// </summary>
    public static double Between(PerovskiteFormula one, PerovskiteFormula other) =>
        (Site([.. one.Spacers, .. one.A], [.. other.Spacers, .. other.A]) + Site(one.B, other.B) + Site(one.X, other.X)) / 3;

    static double Site(IReadOnlyList<SiteIon> one, IReadOnlyList<SiteIon> other)
    {
        if (one.Count == 0 || other.Count == 0) return one.Count == other.Count ? 0 : 1;
        double oneSum = one.Sum(ion => ion.Amount), otherSum = other.Sum(ion => ion.Amount);
        var apart = one.Sum(ion => Math.Abs(ion.Amount / oneSum - (other.FirstOrDefault(match => match.Ion.Equals(ion.Ion))?.Amount ?? 0) / otherSum))
            + other.Where(ion => one.All(match => !match.Ion.Equals(ion.Ion))).Sum(ion => ion.Amount / otherSum);
        return Math.Min(1, apart / 2);
    }
}

/// <summary>What two batches are compared by.</summary>
/// <param name="EdgeLength">[nm]</param>
/// <param name="Route">How it was made.</param>
public sealed record BatchTraits(PerovskiteFormula Formula, double? EdgeLength, string? Ligand, string? Route);

/// <summary>How much of each difference makes a distance of one.</summary>
public sealed record BatchScales
{
    public double Composition { get; init; } = 0.1;

    /// <summary>[nm]</summary>
    public double EdgeLength { get; init; } = 1;
    public double Ligand { get; init; } = 1;
    public double Route { get; init; } = 1;
}

/// <summary>How far two batches lie apart: a matched pair below 1.</summary>
/// <param name="Composition">The part that is composition alone, 0..1.</param>
/// <param name="Flags">size-unknown, ligand-unknown, route-unknown: what could not be compared and adds nothing.</param>
public sealed record BatchDistance(double Value, double Composition, IReadOnlyList<string> Flags)
{
    /// <summary>D = sqrt((Dcomp/0.1)^2 + ((L1 - L2)/nm)^2 + (ligand differs) + (route differs)), each with its scale.</summary>
    public static BatchDistance Between(BatchTraits one, BatchTraits other, BatchScales? scales = null)
    {
        scales ??= new();
        var flags = new List<string>();
        var composition = CompositionDistance.Between(one.Formula, other.Formula);
        var sum = Square(composition / scales.Composition);
        if (one.EdgeLength is { } here && other.EdgeLength is { } there) sum += Square((here - there) / scales.EdgeLength);
        else flags.Add("size-unknown");
        sum += Differs(one.Ligand, other.Ligand, scales.Ligand, "ligand-unknown") + Differs(one.Route, other.Route, scales.Route, "route-unknown");
        return new(Math.Sqrt(sum), composition, flags);

        double Differs(string? here, string? there, double scale, string unknown)
        {
            if (string.IsNullOrWhiteSpace(here) || string.IsNullOrWhiteSpace(there))
            {
                flags.Add(unknown);
                return 0;
            }

            return here.Trim().Equals(there.Trim(), StringComparison.OrdinalIgnoreCase) ? 0 : 1 / (scale * scale);
        }
    }

    static double Square(double x) => x * x;
}
