using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Web.Features.Analyses.Views;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>Which component shows which result, one line each. A kind that is not here is shown as its table of values.</summary>
public static class AnalysisViews
{
    static readonly IReadOnlyDictionary<string, Type> Known = new Dictionary<string, Type>
    {
        ["g2.cw"] = typeof(G2View),
        ["g2.log"] = typeof(LogCorrelationView),
        ["detector"] = typeof(DetectorView),
        ["bunching"] = typeof(BunchingView),
        ["quick"] = typeof(QuickView),
        ["intensity"] = typeof(IntensityView),
        ["blinking"] = typeof(BlinkingView),
        ["g2.pulsed"] = typeof(PulsedView),
        ["g2.gated"] = typeof(PulsedView),
        ["saturation"] = typeof(SaturationView),
        ["coherence"] = typeof(CoherenceView),
        ["lifetime"] = typeof(LifetimeView),
        ["hom"] = typeof(HomView),
        ["pcfs"] = typeof(PcfsView),
        ["blinking.type"] = typeof(BlinkingTypeView),
    };

    /// <summary>The component for a kind; it takes a <see cref="ResultView"/> as its parameter Result.</summary>
    public static Type Of(string kind) => Known.GetValueOrDefault(kind, typeof(TableView));

    /// <summary>An analysis that a view shows beside its own: asked again together, so that both are about the same photons. Null where there is none.</summary>
    public static AnalysisKind? Beside(string kind) => kind == "blinking" ? AnalysisCatalogue.All.FirstOrDefault(one => one.Key == "blinking.type") : null;

    /// <summary>Parameters for the one beside: what both have is the same, the rest as it was.</summary>
    /// <param name="asked">Parameters of the first.</param>
    /// <param name="before">What the one beside was asked last; null where it was not.</param>
    public static JsonObject Shared(JsonObject asked, AnalysisKind beside, JsonObject? before = null)
    {
        var parameters = new JsonObject();
        foreach (var (name, value) in before ?? [])
            if (name != SelectionForm.Name && value is not null) parameters[name] = value.DeepClone();
        foreach (var spec in beside.Parameters)
            if (asked.TryGetPropertyValue(spec.Name, out var value))
            {
                parameters.Remove(spec.Name);
                if (value is not null) parameters[spec.Name] = value.DeepClone();
            }
        if (asked[SelectionForm.Name] is { } selection) parameters[SelectionForm.Name] = selection.DeepClone();
        return parameters;
    }
}
