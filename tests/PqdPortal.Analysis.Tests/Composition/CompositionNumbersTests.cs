using System.Text.Json.Nodes;
using PqdPortal.Analysis.Composition;

namespace PqdPortal.Analysis.Tests.Composition;

/// <summary>Numbers of formulas against published values and hand calculations.</summary>
public class CompositionNumbersTests
{
    [Theory]
    [InlineData("CsPbBr3", 579.82)]
    [InlineData("FAPbI3", 632.98)]
    [InlineData("Cs2AgBiBr6", 1062.08)]
    [InlineData("CsAg0.5Bi0.5Br3", 1062.08)]
    public void Molar_masses_are_those_of_the_canonical_unit(string formula, double mass) =>
        Assert.Equal(mass, CompositionParser.Formula(formula).MolarMass, 2);

    /// <summary>t, mu and tau as published; tau of CsPbI3 above 4.18 is right: its phase at room temperature is yellow.</summary>
    [Theory]
    [InlineData("CsPbBr3", 0.8620, 0.6071, 4.102)]
    [InlineData("FAPbI3", 0.9866, 0.5409, 3.667)]
    [InlineData("CsPbI3", 0.8510, 0.5409, 4.303)]
    [InlineData("MAPbBr3", 0.9271, null, null)]
    [InlineData("Cs0.2FA0.8PbBr3", 0.9787, null, null)]
    [InlineData("CsPb0.98Zn0.02Br3", 0.8645, null, null)]
    public void Tolerance_factors_are_the_published_ones(string formula, double t, double? mu, double? tau)
    {
        var factors = CompositionParser.Formula(formula).Tolerance;

        Assert.Equal(t, factors.T!.Value.Value, 0.00006);
        if (mu is { } m) Assert.Equal(m, factors.Mu!.Value.Value, 0.00006);
        if (tau is { } b) Assert.Equal(b, factors.Tau!.Value.Value, 0.0006);
    }

    [Theory]
    [InlineData("CsPbBr3", 0.004)]
    [InlineData("FAPbBr3", 0.012)]
    public void Their_uncertainty_is_that_of_the_radii(string formula, double sigma) =>
        Assert.Equal(sigma, CompositionParser.Formula(formula).Tolerance.T!.Value.Sigma, 0.0005);

    /// <summary>Linear propagation against a thousand draws of the radii.</summary>
    [Theory]
    [InlineData(188, 1, 119, 1, 196, 1, "CsPbBr3")]
    [InlineData(253, 5, 119, 1, 220, 1, "FAPbI3")]
    [InlineData(188, 1, 115, 4, 220, 1, "CsSnI3")]
    public void Propagation_agrees_with_drawn_radii(double a, double sa, double b, double sb, double x, double sx, string formula)
    {
        var random = new Random(7);
        var factors = CompositionParser.Formula(formula).Tolerance;
        double Draw(double mean, double sigma) => mean + sigma * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        double[][] drawn = new double[3][];
        for (var k = 0; k < 3; k++) drawn[k] = new double[4000];
        for (var i = 0; i < 4000; i++)
        {
            var (ra, rb, rx) = (Draw(a, sa), Draw(b, sb), Draw(x, sx));
            (drawn[0][i], drawn[1][i]) = ((ra + rx) / (Math.Sqrt(2) * (rb + rx)), rb / rx);
            drawn[2][i] = rx / rb - (1 - ra / rb / Math.Log(ra / rb));
        }

        // Five standard errors of a standard deviation of 4000 draws, 5/sqrt(8000) = 5.6 %.
        foreach (var (draws, told) in drawn.Zip([factors.T!.Value, factors.Mu!.Value, factors.Tau!.Value]))
            Assert.InRange(told.Sigma / Deviation(draws), 0.94, 1.06);
    }

    static double Deviation(double[] x) => Math.Sqrt(x.Sum(v => Math.Pow(v - x.Average(), 2)) / (x.Length - 1));

    /// <summary>What a naive look-up gets wrong: crystal radii, six-coordinate caesium, low spin, tin that Shannon does not list.</summary>
    [Fact]
    public void The_radii_are_the_right_ones()
    {
        Assert.Equal(188, IonTable.Find("Cs")!.OnA!.Radius);
        Assert.Equal(115, IonTable.Find("Ag")!.OnB[0].Radius);
        Assert.Equal([83, 78, 74.5], new[] { "Mn", "Fe", "Co" }.Select(name => IonTable.Find(name)!.OnB.Single().Radius!.Value));
        var tin = IonTable.Find("Sn")!.OnB;
        Assert.Equal([(2, 115.0, 4.0, "Bartel2019"), (4, 69.0, 1.0, "Shannon1976")], tin.Select(form => (form.Charge, form.Radius!.Value, form.Sigma, form.Source!)));
        Assert.Equal(69, CompositionParser.Formula("Cs2SnI6").B[0].Form.Radius);
        Assert.All(IonTable.Ions.SelectMany(ion => ion.OnB.Append(ion.OnA).Append(ion.OnX)).Where(form => form is { Radius: not null }), form => Assert.Contains(form!.Source!, IonTable.Sources.Keys));
    }

    [Fact]
    public void Pseudohalides_have_no_radius_and_every_A_cation_of_the_table_has_a_tau()
    {
        var thiocyanate = CompositionParser.Formula("CsPb(SCN)3").Tolerance;
        Assert.Equal((null, null, null), (thiocyanate.T, thiocyanate.Mu, thiocyanate.Tau));
        Assert.Contains("SCN", thiocyanate.Why);

        // No pair of the table has a smaller A cation than Na+ (139 pm) on A and Au+ (137 pm) on B, but K+ on B (138 pm) comes near.
        Assert.All(IonTable.Ions.Where(ion => ion.OnA?.Radius is not null), a => Assert.All(IonTable.Ions.SelectMany(ion => ion.OnB), b => Assert.True(a.OnA!.Radius > b.Radius)));
    }

    [Fact]
    public void Distances_are_those_of_the_fractions()
    {
        double D(string one, string other) => CompositionDistance.Between(CompositionParser.Formula(one), CompositionParser.Formula(other));

        Assert.Equal(0.267, D("CsPbBr3", "Cs0.2FA0.8PbBr3"), 3);
        Assert.Equal(0, D("CsPbBr3", "Cs2Pb2Br6"), 12);
        Assert.Equal(1, D("CsPbBr3", "FASnI3"), 12);
        Assert.Equal(1.0 / 3, D("CsPbBr3", "PbBr2"), 12);
    }

    [Fact]
    public void Batches_are_compared_by_composition_size_ligand_and_route()
    {
        BatchTraits Batch(double? edge, string? ligand = "oleylamine", string? route = "hot-injection", string text = "CsPbBr3") => new(CompositionParser.Formula(text), edge, ligand, route);

        Assert.Equal(0, BatchDistance.Between(Batch(9), Batch(9)).Value);
        Assert.Equal(3, BatchDistance.Between(Batch(9), Batch(12)).Value, 12);
        Assert.Equal(Math.Sqrt(2), BatchDistance.Between(Batch(9), Batch(9, "DDAB", "LARP")).Value, 12);
        Assert.Equal(Math.Sqrt(Math.Pow(0.8 / 3 / 0.1, 2) + 1), BatchDistance.Between(Batch(9), Batch(10, text: "Cs0.2FA0.8PbBr3")).Value, 12);
        Assert.Equal(1.5, BatchDistance.Between(Batch(9), Batch(12), new() { EdgeLength = 2 }).Value, 12);
        var unknown = BatchDistance.Between(Batch(9), Batch(null));
        Assert.Equal((0, "size-unknown"), (unknown.Value, unknown.Flags.Single()));
    }

    /// <summary>The product's copies say what the reference tables say.</summary>
    [SharedDataTheory]
    [InlineData("ionic-radii.json")]
    [InlineData("perovskite-constants.json")]
    public void The_tables_are_the_reference_tables(string name)
    {
        var mine = JsonNode.Parse(name.StartsWith("ionic") ? IonTable.Text() : PerovskiteConstants.Text());
        var theirs = JsonNode.Parse(File.ReadAllText(Path.Combine(SharedDataTheoryAttribute.Folder!, name)));

        Assert.True(JsonNode.DeepEquals(mine, theirs), $"the product's copy of {name} is another one");
    }
}

/// <summary>A test against the reference tables in shared/data beside the repository; skipped where they are not at hand.</summary>
sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public static string? Folder { get; } = Find();

    public SharedDataTheoryAttribute()
    {
        if (Folder is null) Skip = "no folder shared/data with ionic-radii.json beside the repository";
    }

    static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "shared", "data", "ionic-radii.json"))) return Path.Combine(at.FullName, "shared", "data");
        return null;
    }
}
