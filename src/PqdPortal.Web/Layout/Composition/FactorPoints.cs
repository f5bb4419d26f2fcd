using PqdPortal.Analysis.Composition;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Layout.Composition;

/// <summary>The compositions of batches as points of the map of t and mu.</summary>
public static class FactorPoints
{
    /// <summary>A point for each composition, with how many batches have it.</summary>
    /// <param name="here">Key of the one the page speaks of.</param>
    public static IReadOnlyList<FactorPoint> Of(IReadOnlyList<KnownBatch> batches, string? here) =>
        [.. batches.GroupBy(batch => batch.Key).Select(same => CompositionParser.Read(same.Key).Formula is { } formula
            ? CompositionWords.Point(formula, same.Count() == 1 ? $"{same.Key}, {same.First().Code}" : $"{same.Key}, {same.Count()} batches", same.Key == here, same.Count() == 1 ? $"b/{same.First().Code}" : null)
            : null).OfType<FactorPoint>()];
}
