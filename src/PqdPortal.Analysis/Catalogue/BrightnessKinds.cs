using PqdPortal.Analysis.Brightness;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>What is computed of count rates.</summary>
static class BrightnessKinds
{
    public static AnalysisKind Saturation { get; } = AnalysisKind.Of<SaturationOptions>(
        key: "saturation", version: 1, title: "Saturation with excitation power",
        question: "How bright can the dot become, and at which power? Fits the counts at many powers and says whether the curve was seen to bend.",
        inputs: [new("file", "Table with the columns power_uW, counts, integration_s")],
        outputs:
        [
            new("Isat_cps", "quantity", "cps", "rate of the emitter at endless power"),
            new("Psat_uW", "quantity", "uW", "power at half of it (hyperbolic), or of one absorbed photon a pulse"),
            new("slope_cps_per_uW", "quantity", "cps/uW", "light that grows with power without saturating"),
            new("dark_cps", "quantity", "cps", "rate at power 0, where the table has such rows and none was given"),
            new("model", "quantity", "text", "hyperbolic or poisson_absorption"),
            new("saturation_reached", "verdict", "", "yes, no or undecided"),
            new("saturation", "curve", "cps", "count rate over power in uW, with the fit"),
            new("saturation_model", "curve", "cps", "the fit between the points, and the emitter alone"),
        ],
        accepts: run => run is DataTable table && table.Find("power_uW") is not null && table.Find("counts") is not null && table.Find("integration_s") is not null,
        compute: (call, options) => Brightness.Saturation.Compute(call.Table(), options, call.Stop));

    public static AnalysisKind Intensity { get; } = AnalysisKind.Of<IntensityOptions>(
        key: "intensity", version: 3, title: "Intensity over time",
        question: "How bright is the dot, does it fade, did it bleach? Counts a trace and judges its bright level, gaps, drift and the last step to darkness.",
        inputs: [new("file", "Photon stream of the measurement")],
        outputs:
        [
            new("mean_cps", "quantity", "cps", "mean rate over the live time, background taken off"),
            new("initial_cps", "quantity", "cps", "bright level at the beginning, background taken off"),
            new("drift_per_hour", "quantity", "1/h", "relative drift of the bright level, d ln I/dt"),
            new("t_bleach_s", "quantity", "s", "when the dot bleached"),
            new("snr", "quantity", "1", "mean over standard deviation of the bins, before bleaching"),
            new("bright_share", "quantity", "1", "share of the bins that are bright with both neighbours"),
            new("retained_1h, retained_24h", "quantity", "1", "bright level after an hour and a day over that of the beginning, where the run lasts so long"),
            new("t80_s", "quantity", "s", "when a fifth of the bright level is gone, where that is seen"),
            new("first_lens_cps", "quantity", "cps", "photons at the first lens, with transmission or efficiency given"),
            new("bleached", "verdict", "", "yes or no"),
            new("trace", "curve", "cps", "count rate over time in s, with the fitted bright level"),
            new("histogram", "curve", "1", "bins with each number of photons, beside Poisson light of the bright level"),
        ],
        accepts: run => run is PhotonStream,
        compute: (call, options) => Brightness.Intensity.Compute(call.Photons(), options, call.Progress, call.Stop),
        count: (call, options) => Brightness.Intensity.Count(call.Photons(), options, call.Progress, call.Stop));
}
