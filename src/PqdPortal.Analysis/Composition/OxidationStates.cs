namespace PqdPortal.Analysis.Composition;

/// <summary>The charges of the B cations: those that balance the halides with the least deviation from what they prefer.</summary>
sealed record OxidationStates(IReadOnlyDictionary<Ion, IonForm> Forms, Rational Excess, bool IsBalanced)
{
    /// <param name="sites">In a scale where B is about one.</param>
    public static OxidationStates Of(Sites sites)
    {
        var others = sites.Spacers.Aggregate(Rational.Zero, (sum, one) => sum + one.Amount * one.Ion.AsSpacer!.Charge)
            + sites.A.Aggregate(Rational.Zero, (sum, one) => sum + one.Amount * one.Ion.OnA!.Charge)
            + sites.X.Aggregate(Rational.Zero, (sum, one) => sum + one.Amount * one.Ion.OnX!.Charge);
        OxidationStates? best = null;
        var least = int.MaxValue;
        // Six ions have two states: at most 64 ways.
        foreach (var forms in Ways(sites.B, 0))
        {
            var way = sites.B.Zip(forms).ToDictionary(pair => pair.First.Ion, pair => pair.Second);
            var excess = sites.B.Aggregate(others, (sum, one) => sum + one.Amount * way[one.Ion].Charge);
            var deviation = sites.B.Sum(one => Math.Abs(way[one.Ion].Charge - one.Ion.OnB[0].Charge));
            var isBalanced = Rational.Abs(excess) <= Tolerance(sites, way);
            if (best is null || isBalanced && deviation < least) best = new(way, excess, isBalanced);
            if (isBalanced) least = Math.Min(least, deviation);
        }

        return best!;
    }

    /// <summary>An amount written to the fourth decimal may be off by half of its last digit.</summary>
    static Rational Tolerance(Sites sites, Dictionary<Ion, IonForm> b) =>
        sites.All.Where(one => !one.Amount.IsWhole).Aggregate(Rational.Zero, (sum, one) =>
            sum + Rounding.Half * Math.Abs((one.Ion.OnX ?? one.Ion.AsSpacer ?? b.GetValueOrDefault(one.Ion) ?? one.Ion.OnA)!.Charge));

    static IEnumerable<IReadOnlyList<IonForm>> Ways(IReadOnlyList<SiteAmount> b, int from)
    {
        if (from == b.Count)
        {
            yield return [];
            yield break;
        }

        foreach (var form in b[from].Ion.OnB)
            foreach (var rest in Ways(b, from + 1))
                yield return [form, .. rest];
    }
}

/// <summary>Canonical amounts have four decimals; what was rounded so is still the compound it came from.</summary>
static class Rounding
{
    /// <summary>Half of the fourth decimal.</summary>
    public static Rational Half { get; } = new(1, 20_000);

    /// <summary>True where the sum of a site meets the number within what rounding its amounts can do; whole amounts are exact.</summary>
    public static bool Meets(IReadOnlyList<SiteAmount> site, Rational number) =>
        Rational.Abs(Sites.Sum(site) - number) <= (site.All(one => one.Amount.IsWhole) ? 0 : Half * site.Count);
}
