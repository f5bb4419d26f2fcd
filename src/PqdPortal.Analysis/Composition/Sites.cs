namespace PqdPortal.Analysis.Composition;

/// <summary>How much of an ion stands on a site.</summary>
readonly record struct SiteAmount(Ion Ion, Rational Amount);

/// <summary>The ions of a formula, each on its site and in the site's fixed order.</summary>
sealed record Sites(IReadOnlyList<SiteAmount> Spacers, IReadOnlyList<SiteAmount> A, IReadOnlyList<SiteAmount> B, IReadOnlyList<SiteAmount> X)
{
    public IEnumerable<SiteAmount> All => [.. Spacers, .. A, .. B, .. X];

    public static Rational Sum(IEnumerable<SiteAmount> site) => site.Aggregate(Rational.Zero, (sum, one) => sum + one.Amount);

    public static Sites Of(IReadOnlyDictionary<Ion, ExactNumber> amounts) =>
        Of([.. amounts.Where(pair => !pair.Value.Digits.IsZero).Select(pair => new SiteAmount(pair.Key, pair.Value.ToRational()))]);

    /// <summary>
    /// Halides to X, spacers between the layers, the others where the table knows them. Na, K and Tl can stand on A and B: on B where a 3+
    /// cation stands there too and another cation is left for A.
    /// </summary>
    public static Sites Of(IReadOnlyList<SiteAmount> ions)
    {
        var x = ions.Where(one => one.Ion.OnX is not null).ToList();
        var spacers = ions.Where(one => one.Ion.AsSpacer is not null).ToList();
        var a = ions.Where(one => one.Ion.OnA is not null && one.Ion.OnB.Count == 0).ToList();
        var b = ions.Where(one => one.Ion.OnA is null && one.Ion.OnB.Count > 0).ToList();
        var either = ions.Where(one => one.Ion.OnA is not null && one.Ion.OnB.Count > 0).OrderByDescending(one => one.Amount).ThenBy(one => one.Ion.OrderOnA).ToList();
        if (a.Count == 0 && either.Count > 1 && IsThreefold())
        {
            // The most of them is the A cation, as K in K2NaBiCl6.
            a.Add(either[0]);
            either.RemoveAt(0);
        }

        (a.Count > 0 && IsThreefold() ? b : a).AddRange(either);
        return new(
            [.. spacers.OrderBy(one => one.Ion.OrderAsSpacer)], [.. a.OrderBy(one => one.Ion.OrderOnA)],
            [.. b.OrderBy(one => one.Ion.OrderOnB)], [.. x.OrderBy(one => one.Ion.OrderOnX)]);

        // A cation that is 3+ only now and then (Eu, Au, Tl itself) counts where both sites come out even.
        bool IsThreefold() => b.Any(one => one.Ion.OnB[0].Charge == 3)
            || b.Concat(either).Any(one => one.Ion.OnB.Any(form => form.Charge == 3)) && a.Count > 0 && Sum(a) == Sum(b) + Sum(either);
    }
}
