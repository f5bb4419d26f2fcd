using System.Globalization;
using PqdPortal.Analysis.Composition;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Layout.Composition;

/// <summary>What the numbers of a formula mean, in words.</summary>
public static class CompositionWords
{
    public static string Of(PerovskiteFormula formula) => formula.Class switch
    {
        PerovskiteClass.Abx3 => "perovskite, ABX₃",
        PerovskiteClass.DoublePerovskite => "double perovskite, A₂BB′X₆",
        PerovskiteClass.A4bx6 => "A₄BX₆, isolated octahedra (0D)",
        PerovskiteClass.Ab2x5 => "AB₂X₅, layered (2D), no perovskite",
        PerovskiteClass.A2bx6 => "A₂BX₆, vacancy-ordered",
        PerovskiteClass.A3b2x9 => "A₃B₂X₉",
        PerovskiteClass.RuddlesdenPopper => $"Ruddlesden-Popper, n = {formula.Layers!.Value.ToString("0.##", CultureInfo.InvariantCulture)}",
        PerovskiteClass.DionJacobson => $"Dion-Jacobson, n = {formula.Layers!.Value.ToString("0.##", CultureInfo.InvariantCulture)}",
        _ => "none of the known classes",
    };

    public static string OfCharge(PerovskiteFormula formula) => formula.IsBalanced ? "balanced"
        : $"{(formula.ChargeExcess > 0 ? "+" : "−")}{Math.Abs(formula.ChargeExcess).ToString("0.####", CultureInfo.InvariantCulture)} e for a formula unit";

    public static string OfT(Uncertain t)
    {
        foreach (var edge in (double[])[IonTable.PerovskiteT.From, IonTable.CubicT.From, IonTable.CubicT.To])
            if (Math.Abs(t.Value - edge) < t.Sigma) return string.Create(CultureInfo.InvariantCulture, $"at the edge of {edge:0.0}: cannot be told");
        return t.Value < IonTable.PerovskiteT.From ? "below 0.8: no perovskite expected"
            : t.Value < IonTable.CubicT.From ? "perovskite with tilted octahedra expected"
            : t.Value <= IonTable.CubicT.To ? "cubic perovskite expected" : "above 1.0: A is too large, hexagonal phases expected";
    }

    public static string OfMu(Uncertain mu) =>
        mu.Value < IonTable.OctahedralMu.From ? "below 0.414: B is too small for the octahedron"
        : mu.Value > IonTable.OctahedralMu.To ? "above 0.895: B is too large for the octahedron" : "the octahedron holds";

    public static string OfTau(Uncertain tau) =>
        Math.Abs(tau.Value - IonTable.PerovskiteTauBelow) < tau.Sigma ? "at the edge of 4.18: cannot be told"
        : tau.Value < IonTable.PerovskiteTauBelow ? "below 4.18: perovskite expected" : "above 4.18: no perovskite expected at room temperature";

    /// <summary>The composition on the map of t and mu; null where it has no t.</summary>
    public static FactorPoint? Point(PerovskiteFormula formula, string? words = null, bool isHere = false, string? link = null) =>
        formula.Tolerance is { T: { } t, Mu: { } mu } ? new(formula.Key, t.Value, t.Sigma, mu.Value, mu.Sigma, words ?? formula.Key, isHere, link) : null;
}
