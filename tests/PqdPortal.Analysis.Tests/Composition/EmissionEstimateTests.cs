using PqdPortal.Analysis.Composition;

namespace PqdPortal.Analysis.Tests.Composition;

/// <summary>Estimates against the reference outputs of the specification, which stand against published sizing curves.</summary>
public class EmissionEstimateTests
{
    static EmissionEstimate Of(string formula, double? edge, double temperature = 300) => EmissionEstimate.Of(CompositionParser.Formula(formula), edge, temperature);

    [Theory]
    [InlineData("CsPbBr3", null, 530, 7)]
    [InlineData("CsPbBr3", 9.0, 521, 8)]
    [InlineData("CsPbBr3", 5.0, 485, 12)]
    [InlineData("CsPbI3", 6.6, 657, 19)]
    [InlineData("FAPbBr3", 9.0, 532, 10)]
    public void Reference_outputs_are_met(string formula, double? edge, double wavelength, double sigma)
    {
        var told = Of(formula, edge).Wavelength!.Value;

        Assert.Equal((wavelength, sigma), (Math.Round(told.Value), Math.Round(told.Sigma)));
    }

    [Fact]
    public void Bowing_bends_mixed_halides()
    {
        // 0.5 (1.74 + 2.34) - 0.33 x 0.25 eV; sigma from both ends at half and 0.1 x 0.25.
        var mixed = Of("CsPbBr1.5I1.5", null).Bulk!.Value;

        Assert.Equal(1957.5, mixed.Value, 6);
        Assert.Equal(1000 * Math.Sqrt(Math.Pow(0.5 * 0.04, 2) + Math.Pow(0.5 * 0.03, 2) + Math.Pow(0.1 * 0.25, 2)), mixed.Sigma, 6);
    }

    [Fact]
    public void A_tie_of_halides_takes_the_first_of_the_order() =>
        Assert.Equal("CsPbBr3", Of("CsPbBr1.5I1.5", 8).Confinement!.Material);

    [Fact]
    public void A_large_dot_keeps_the_energy_of_its_centre_of_mass()
    {
        var weak = Of("CsPbBr3", 20).Confining!.Value;

        Assert.Equal(3 * Math.PI * Math.PI * 38.09982 / (4 * 0.126 * 400), weak.Value, 9);
        Assert.Equal(20, weak.Sigma);
    }

    [Theory]
    [InlineData("CsPbBr3", 5.0, "strong")]
    [InlineData("CsPbBr3", 6.5, "strong or intermediate")]
    [InlineData("CsPbBr3", 9.0, "intermediate")]
    [InlineData("CsPbBr3", 13.0, "intermediate or weak")]
    [InlineData("CsPbBr3", 15.0, "weak")]
    [InlineData("CsPbI3", 10.0, "strong or intermediate")]
    [InlineData("CsPbCl3", 12.0, "weak")]
    public void Confinement_follows_the_Bohr_diameter(string formula, double edge, string text) =>
        Assert.Equal(text, Of(formula, edge).Confinement!.Text);

    [Fact]
    public void Cold_bromides_emit_further_in_the_red()
    {
        var (warm, cold) = (Of("CsPbBr3", 9).Energy!.Value, Of("CsPbBr3", 9, 4).Energy!.Value);

        Assert.Equal(-0.3 * 296, cold.Value - warm.Value, 9);
        Assert.Equal(Math.Sqrt(warm.Sigma * warm.Sigma + 29.6 * 29.6), cold.Sigma, 9);
    }

    [Theory]
    [InlineData("CsPbCl3", 4, "chloride-rich-not-300-K")]
    [InlineData("CsPbI2Cl", 300, "iodide-with-chloride")]
    [InlineData("CsSnI3", 300, "tin")]
    [InlineData("CsPb0.5Sn0.5I3", 300, "tin")]
    [InlineData("RbPbBr3", 300, "no-end-member")]
    [InlineData("CsPbF3", 300, "no-end-member")]
    [InlineData("CsPb0.9Zn0.1Br3", 300, "B-site-not-lead")]
    [InlineData("Cs4PbBr6", 300, "not-ABX3")]
    [InlineData("Cs0.95PbBr2.95", 300, "not-ABX3")]
    public void What_cannot_be_estimated_is_refused_with_its_reason(string formula, double temperature, string code)
    {
        var estimate = Of(formula, 9, temperature);

        Assert.Equal((code, null), (estimate.Refusal!.Value.Code, estimate.Energy));
    }

    [Fact]
    public void Chloride_at_room_temperature_and_little_of_it_in_the_cold_are_estimated()
    {
        Assert.NotNull(Of("CsPbCl3", 9).Energy);
        Assert.NotNull(Of("CsPbBr1.8Cl1.2", 9, 4).Energy);
    }

    [Fact]
    public void Tin_has_a_range_of_its_band_gap()
    {
        // 0.5 x 1.73 + 0.5 x 1.3 - 0.5 x 0.25 eV.
        var gap = Of("CsPb0.5Sn0.5I3", null).BandGap!.Value;

        Assert.Equal(1.39, gap.Value, 9);
        Assert.Equal(Math.Sqrt(Math.Pow(0.5 * 0.05, 2) + Math.Pow(0.5 * 0.04, 2) + Math.Pow(0.25 * 0.25, 2)), gap.Sigma, 9);
    }

    [Fact]
    public void Five_batches_make_a_sizing_curve_of_the_lab()
    {
        double[] edges = [5, 6.5, 8, 9.5, 11, 14];
        var points = edges.Select(edge => (edge, 2330 + 4000 * Math.Pow(edge, -1.5))).ToArray();

        var curve = SizingCurve.Fit(points, new(2340, 30))!;

        Assert.Equal(1.5, curve.N, 0.1);
        Assert.Equal(2330, curve.Infinity, 6.0);
        Assert.Equal(2330 + 4000 * Math.Pow(7, -1.5), curve.At(7).Value, 1.0);
        Assert.InRange(curve.At(7).Sigma, 2, 6);
        Assert.True(curve.At(30).Sigma > curve.At(8).Sigma);
        Assert.Null(SizingCurve.Fit(points[..4], new(2340, 30)));
        Assert.Null(SizingCurve.Fit([.. Enumerable.Repeat((8.0, 2400.0), 6)], new(2340, 30)));
    }

    /// <summary>The truth lies within two standard deviations of the curve as often as it should.</summary>
    [Fact]
    public void The_uncertainty_of_the_curve_covers_the_truth()
    {
        var random = new Random(3);
        var inside = 0;
        for (var trial = 0; trial < 200; trial++)
        {
            var points = Enumerable.Range(0, 7).Select(_ =>
            {
                var edge = 5 + 8 * random.NextDouble();
                var noise = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                return (edge, 2330 + 4000 * Math.Pow(edge, -1.5) + 8 * noise);
            }).ToArray();
            var told = SizingCurve.Fit(points, new(2340, 30))!.At(8);
            if (Math.Abs(told.Value - (2330 + 4000 * Math.Pow(8, -1.5))) < 2 * told.Sigma) inside++;
        }

        // At least 95 % less five standard errors of 200 trials; the scatter of a single batch makes it more.
        Assert.InRange(inside, 174, 200);
    }
}
