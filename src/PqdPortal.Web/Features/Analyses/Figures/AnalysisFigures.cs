using PqdPortal.Analysis;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses.Figures;

/// <summary>A report with the few words that tell it from others of the same run.</summary>
public sealed record NamedReport(string Name, AnalysisReport Report);

/// <summary>The figures of a report, by the name of their curve. A curve without an entry here is drawn as it stands.</summary>
public static class AnalysisFigures
{
    /// <summary>Figures with a drawing of their own: analysis, curve, drawing.</summary>
    static readonly IReadOnlyList<(string Analysis, string Curve, Func<IReadOnlyList<NamedReport>, FigureView, Figure> Draw)> Own =
    [
        ("g2.cw", "g2", G2Figure.Draw),
        ("g2.log", "g2", LagFigure.Draw),
        ("detector", "autocorrelation", AfterpulseFigure.Draw),
        ("bunching", "g2", BunchingFigure.Draw),
        ("bunching", "profile", BunchingFigure.Profile),
        ("bunching", "contour", BunchingFigure.Contour),
        ("bunching", "g3", BunchingFigure.Three),
        ("bunching", "photon_numbers", BunchingFigure.PhotonNumbers),
        ("bunching", "bursts", BunchingFigure.Bursts),
        ("quick", "g2", G2Figure.Draw),
        ("g2.pulsed", "peaks", PulsedFigure.Peaks),
        ("g2.pulsed", "gates", PulsedFigure.Gates),
        ("g2.gated", "peaks", PulsedFigure.Peaks),
        ("g2.gated", "gates", PulsedFigure.Gates),
        ("saturation", "saturation", SaturationFigure.Draw),
        ("coherence", "visibility", CoherenceFigure.Draw),
        ("lifetime", "decay", DecayFigure.Draw),
        ("lifetime", "residual_acf", DecayFigure.DrawCorrelation),
        ("hom", "peaks_parallel", HomFigure.Parallel),
        ("hom", "peaks_orthogonal", HomFigure.Orthogonal),
        ("hom", "clusters_parallel", HomFigure.ClustersParallel),
        ("hom", "clusters_orthogonal", HomFigure.ClustersOrthogonal),
        ("hom", "g2_parallel", HomFigure.G2Parallel),
        ("hom", "g2_orthogonal", HomFigure.G2Orthogonal),
        ("hom", "visibility", HomFigure.Visibility),
        ("blinking", "histogram", BlinkingFigure.Histogram),
        ("blinking", "dwell_on", BlinkingFigure.BrightTimes),
        ("blinking", "dwell_off", BlinkingFigure.DarkTimes),
        ("blinking", "completeness_on", BlinkingFigure.Completeness),
        ("blinking", "completeness_off", BlinkingFigure.Completeness),
        ("blinking", "threshold_exponents", BlinkingFigure.Threshold),
        ("blinking.type", "flid", BlinkingFigure.Flid),
        ("blinking.type", "level_lifetimes", BlinkingFigure.LevelLifetimes),
        ("pcfs", "F", PcfsFigure.Draw),
        ("pcfs", "linewidth", PcfsFigure.Width),
    ];

    /// <summary>The figure of a curve; null where the report has none of that name.</summary>
    /// <param name="reports">The result itself, then those drawn beside it that have the curve too.</param>
    public static Figure? Of(IReadOnlyList<NamedReport> reports, string curve, FigureView view)
    {
        var main = reports[0].Report;
        if (main.Curve(curve) is not { } shown) return null;
        var having = reports.Where(one => one.Report.Curve(curve) is { } other && (other.Y is null) == (shown.Y is null)
            && other.X.Unit == shown.X.Unit && other.Y?.Unit == shown.Y?.Unit).ToList();
        foreach (var (analysis, name, draw) in Own)
            if (analysis == main.Analysis && name == curve)
                return draw(having, view);
        return CurveFigure.Draw(curve, having);
    }
}
