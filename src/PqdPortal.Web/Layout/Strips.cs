using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Web.Layout;

/// <summary>What is known of a photon stream at a glance: trace, counts, g2, decay, each from the newest result of its kind, or what would give it.</summary>
public static class Strips
{
    /// <summary>One place of the strip.</summary>
    /// <param name="Sources">Analyses that fill it with the curve of theirs, the better ones first; null takes the first curve of that analysis.</param>
    sealed record Place(string Name, string Title, string Label, params IReadOnlyList<(string Kind, string? Curve)> Sources);

    static readonly IReadOnlyList<Place> Places =
    [
        new("trace", "Trace", "Count rate", ("intensity", "trace"), ("quick", "trace")),
        new("counts", "Counts", "Distribution of the counts", ("intensity", "histogram")),
        new("g2", "g2(τ)", "Photon correlation", ("g2.pulsed", "g2"), ("g2.cw", "g2"), ("quick", "g2")),
        new("decay", "Decay", "Decay with its fit", ("lifetime", "decay")),
    ];

    /// <param name="newest">Of each kind the newest finished analysis.</param>
    /// <param name="underWay">Kinds that are waiting or computed at this moment.</param>
    /// <param name="offered">What can be computed of the file.</param>
    /// <param name="isPulsed">Null where that is not known.</param>
    public static IReadOnlyList<Strip> Of(
        IReadOnlyList<AnalysisRecord> newest, IReadOnlyCollection<string> underWay, IReadOnlyList<AnalysisKind> offered, bool? isPulsed)
    {
        List<Strip> strips = [];
        foreach (var place in Places)
        {
            var sources = isPulsed is false ? place.Sources.OrderBy(source => source.Kind == "g2.pulsed").ToList() : place.Sources;
            var shown = sources.Select(source => (Result: newest.FirstOrDefault(result => result.Kind == source.Kind), Curve: CurveOf(source.Kind, source.Curve)))
                .FirstOrDefault(found => found.Result is not null && found.Curve is not null && Gives(found.Result, found.Curve));
            // The quick look stands in; what it gives roughly can still be had in full.
            var missing = shown.Result is null || shown.Result.Kind == "quick"
                ? sources.Where(source => source.Kind != "quick" && newest.All(result => result.Kind != source.Kind)
                    && !(source.Kind == "g2.pulsed" && isPulsed is false) && !(source.Kind == "g2.cw" && isPulsed is true && offered.Any(kind => kind.Key == "g2.pulsed")))
                    .Select(source => offered.FirstOrDefault(kind => kind.Key == source.Kind)).FirstOrDefault(kind => kind is not null)
                : null;
            // The distribution comes with the trace of the same analysis, and the trace has its button there.
            if (place.Name == "counts") missing = null;
            // Without pulses there is no delay after them.
            if (place.Name == "decay" && isPulsed is false) missing = null;
            var isUnderWay = missing is not null && underWay.Contains(missing.Key);
            strips.Add(new(place.Name, place.Title, place.Label, shown.Result, shown.Result is null ? null : shown.Curve, isUnderWay ? null : missing, isUnderWay));
        }
        return strips;
    }

    /// <summary>The counts of the newest look at the whole stream: all together, then each channel.</summary>
    public static IReadOnlyList<Quantity> Rates(IReadOnlyList<AnalysisRecord> newest)
    {
        var from = newest.FirstOrDefault(result => result.Kind == "quick");
        return from is null ? [] : [.. from.Values.Where(value => value.Unit == "cps" && value.Value is not null)
            .OrderBy(value => value.Name != NewestResults.TotalRate).ThenBy(value => value.Name, StringComparer.Ordinal).Select(value => value.ToQuantity())];
    }

    /// <summary>The curve of an analysis that stands for one wanted: the peaks of pulsed light are its g2.</summary>
    public static string? CurveOf(string kind, string? wanted)
    {
        var curves = AnalysisCatalogue.All.FirstOrDefault(known => known.Key == kind)?.Outputs.Where(output => output.Type == "curve").Select(output => output.Name).ToList() ?? [];
        return curves.Contains(wanted ?? "") ? wanted : wanted is null or "decay" or "g2" ? curves.FirstOrDefault() : null;
    }

    /// <summary>Whether the result has the curve: one that found no number has none, and the quick look correlates two detectors only.</summary>
    static bool Gives(AnalysisRecord result, string curve) =>
        result.Kind == "quick" && curve == "g2" ? result.Values.Any(value => value is { Name: "g2_0_raw", Value: not null }) : result.Values.Any(value => value.Value is not null);
}

/// <summary>One place, as it is shown.</summary>
/// <param name="Result">Where its curve is from; null where there is none yet.</param>
/// <param name="Missing">What would give it, or give it better; null where nothing can be computed.</param>
/// <param name="IsUnderWay">True while that is computed.</param>
public sealed record Strip(string Name, string Title, string Label, AnalysisRecord? Result, string? Curve, AnalysisKind? Missing, bool IsUnderWay);
