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
}
