using PqdPortal.Analysis;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Features.Analyses;
using PqdPortal.Web.Features.Analyses.Figures;
using PqdPortal.Web.Features.Analyses.Views;
using PqdPortal.Web.Layout;

namespace PqdPortal.Portal.Tests.Analyses;

/// <summary>A result of photon-correlation Fourier spectroscopy in words and in its figures.</summary>
public class PcfsResultTests
{
    static readonly double?[] Delays = [0, 20, 60], Fine = [0, 10, 20, 30, 40, 50, 60];

    static Series F(string lags, double scale) => new($"F, {lags}", "1", [0.81 * scale, 0.44 * scale, null]) { Sigma = [0.01, 0.01, null] };

    static Series Fit(string lags) => new($"fit, {lags}", "1", [.. Fine.Select(d => (double?)(0.81 * Math.Exp(-2 * d!.Value / 66)))]);

    static readonly AnalysisReport Report = new("pcfs", 1)
    {
        Parameters = new() { ["mode"] = "auto", ["dither_period_s"] = 0.5 },
        Quantities =
        [
            Quantity.Of("T2_ps", 66, 2, "ps") with { N = 120_000 }, Quantity.Of("linewidth_ueV", 20, 0.6, "ueV") with { N = 120_000 }, Quantity.Of("V0", 0.9, 0.01, "1"),
            new("model", null, null, null, null, "text") { Text = "lorentzian" }, new("band", null, null, null, null, "text") { Text = "1 us to 10 us" },
            Quantity.Of("linewidth_ueV_3", 68, 2, "ueV"),
        ],
        Verdicts = [new("spectral_diffusion", "yes", "The growth with the lag has 30 sigma."), new("shape", "lorentzian", "It is better."), new("quality", "ok", "Enough.")],
        Curves =
        [
            new("F", new("delay", "ps", Delays), F("1 us to 10 us", 1)) { More = new Dictionary<string, Series> { ["F_1"] = F("10 us to 100 us", 0.9), ["F_2"] = F("100 us to 1 ms", 0.8) } },
            new("F_fit", new("delay", "ps", Fine), Fit("1 us to 10 us")) { More = new Dictionary<string, Series> { ["fit_2"] = Fit("100 us to 1 ms") } },
            new("linewidth", new("lag", "s", [3e-6, 3e-5, 3e-4]), new("linewidth", "ueV", [20, 21, null]) { Sigma = [0.6, 0.3, null] }),
        ],
    };

    [Fact]
    public async Task The_verdict_stands_first_then_the_width_with_its_lags()
    {
        var text = await Rendered.Text<PcfsView>(("Result", new ResultView(SimulatedReports.View("pcfs"), Report, new FigureView())));

        int verdict = text.IndexOf("line grows with the lag: yes"), width = text.IndexOf("at lags of 1 µs to 10 µs"), time = text.IndexOf("lorentzian envelope");
        Assert.True(0 <= verdict && verdict < width && width < time, text);
        Assert.Contains("linewidth, band 3", text);
        Assert.Contains("parted by the markers", text);
        Assert.Contains("Below 5 µs only the cross-correlation", text);
        Assert.Contains("dithered in 0.5 s", text);
    }

    [Fact]
    public void Every_band_is_drawn_over_the_delay_with_its_line_where_it_has_one()
    {
        var figure = AnalysisFigures.Of([new("this", Report)], "F", new())!;

        Assert.Equal(["1 µs to 10 µs", "fit, 1 µs to 10 µs", "10 µs to 100 µs", "100 µs to 1 ms", "fit, 100 µs to 1 ms"], figure.Groups.SelectMany(group => group.Series).Select(series => series.Name));
        Assert.All(figure.Groups, group => Assert.All(group.Series, series => Assert.Equal(group.X.Count, series.Y.Count)));
        Assert.DoesNotContain(figure.Groups, group => group.Series.Count == 0);
    }

    [Fact]
    public void Two_results_stand_beside_each_other()
    {
        var two = new NamedReport[] { new("this", Report), new("cross only", Report) };

        Assert.Equal(["this", "fit, this", "cross only", "fit, cross only"], AnalysisFigures.Of(two, "F", new())!.Groups.SelectMany(group => group.Series).Select(series => series.Name));
        var width = AnalysisFigures.Of(two, "linewidth", new())!;
        Assert.True(width.XAxis.Log);
        Assert.Equal(["this", "cross only"], width.Groups.SelectMany(group => group.Series).Select(series => series.Name));
        Assert.Equal("splitting of two lines", QuantityNames.Label("splitting_ueV"));
    }
}
