using PqdPortal.Data.Groups;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Analysis.Composition;
using PqdPortal.Data.Access;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout.Composition;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Portal.Tests.Records;

/// <summary>What pages say of compositions: formulas from sites, similar batches, own sizing curves.</summary>
public class CompositionPagesTests(RecordsFixture records) : IClassFixture<RecordsFixture>
{
    static SiteBuilder Built(params (string Box, string Text)[] shares)
    {
        var builder = new SiteBuilder();
        foreach (var (box, text) in shares) builder[box] = text;
        return builder;
    }

    [Fact]
    public void Sites_and_shares_write_a_formula()
    {
        Assert.Equal("Cs0.2FA0.8PbBr3", Built(("Cs", "0.2"), ("FA", "0,8"), ("Pb", "1"), ("Br", "1")).Formula());
        Assert.Equal("CsPbBr1.5I1.5", Built(("Cs", "1"), ("Pb", "1"), ("Br", "0.5"), ("I", "0.5")).Formula());

        var manganese = Built(("Cs", "1"), ("Pb", "0.97"), ("other B", "0.03"), ("Cl", "1"));
        Assert.Contains("Name the other ion", manganese.TroubleOf("B"));
        manganese.NameOther("B", "Mn");
        Assert.Equal("CsPb0.97Mn0.03Cl3", manganese.Formula());
    }

    [Fact]
    public void A_site_that_is_not_whole_says_so_and_writes_nothing()
    {
        var builder = Built(("Cs", "0.2"), ("FA", "0.7"), ("Pb", "1"), ("Br", "1"));

        Assert.Contains("add up to 0.9", builder.TroubleOf("A"));
        Assert.Null(builder.Formula());
        builder["FA"] = "much";
        Assert.Contains("a number from 0 to 1", builder.TroubleOf("A"));
    }

    [Fact]
    public void A_formula_comes_apart_into_its_sites()
    {
        var builder = SiteBuilder.From("Cs0.2FA0.8Pb0.95Mn0.05Br3");

        Assert.Equal(("0.2", "0.8", "0.95", "0.05", "Mn", "1"), (builder["Cs"], builder["FA"], builder["Pb"], builder["other B"], builder.Other("B"), builder["Br"]));
        Assert.Equal("Cs0.2FA0.8Pb0.95Mn0.05Br3", builder.Formula());
        Assert.Equal("", SiteBuilder.From("the green one")["Cs"]);
    }

    static KnownBatch Known(string code, string key, double? edge = null, double? peak = null, bool simulated = false, string? ligand = null) =>
        new(Guid.NewGuid(), code, code, key, false, edge, peak, ligand, SynthesisMethod.HotInjection, simulated);

    [Fact]
    public void The_nearest_batches_come_first_and_say_what_was_not_compared()
    {
        KnownBatch[] all = [Known("A", "CsPbBr3", 9, ligand: "oleylamine: 1 mL"), Known("B", "CsPbBr3", 9.5, ligand: "oleylamine: 0.5 mL"), Known("C", "CsPbBr3"), Known("D", "CsPbI3", 9)];

        var near = CompositionQueries.Near(all, all[0].Id, new(), 10);

        Assert.Equal(["C", "B", "D"], near.Select(one => one.Batch.Code));
        Assert.Equal(["size-unknown", "ligand-unknown"], near[0].Distance.Flags);
        Assert.Equal(0.5, near[1].Distance.Value, 9);
        Assert.Equal(10.0 / 3, near[2].Distance.Value, 9);
    }

    [Fact]
    public void Five_measured_batches_make_a_sizing_curve_and_simulated_ones_none()
    {
        KnownBatch[] Lab(bool simulated) => [.. new[] { 5.0, 6, 7.5, 9, 11 }.Select((edge, k) => Known("L" + k, "CsPbBr3", edge, PerovskiteConstants.Hc / (2330 + 4000 * Math.Pow(edge, -1.5)), simulated))];

        Assert.Equal(5, CompositionQueries.Curve(Lab(false), "CsPbBr3")!.Pairs);
        Assert.Null(CompositionQueries.Curve(Lab(true), "CsPbBr3"));
        Assert.Null(CompositionQueries.Curve(Lab(false)[..4], "CsPbBr3"));
        Assert.Null(CompositionQueries.Curve(Lab(false), "Zn:CsPbBr3"));
    }

    [Fact]
    public async Task Others_batches_are_no_part_of_it()
    {
        await records.As(records.People[AccessRole.Edit], of => of.GetRequiredService<BatchCommands>().Make(records.Zn.Id, new Batch { Code = "", Name = "known", Formula = "MAPbI3", MeasuredFormula = "MAPbI2.9" }));

        var seen = await records.As(records.People[AccessRole.Read], of => of.GetRequiredService<CompositionQueries>().All());
        Assert.Contains(seen, batch => batch is { Key: "MAPbI2.9", IsMeasured: true });
        Assert.Empty(await records.As(records.People[AccessRole.None], of => of.GetRequiredService<CompositionQueries>().All()));
    }

    [Fact]
    public void The_same_composition_has_the_same_colour()
    {
        Assert.Equal(FactorPoint.ColourOf("CsPbBr3"), FactorPoint.ColourOf(CompositionParser.Formula("Cs2Pb2Br6").Key));
        string[] usual = ["CsPbBr3", "Cs0.2FA0.8PbBr3", "Cs0.4FA0.6PbBr3", "FAPbBr3", "CsPbI3", "MAPbBr3", "CsPbCl3"];
        Assert.Equal(7, usual.Select(FactorPoint.ColourOf).Distinct().Count());
        Assert.All(new[] { "CsPbBr3", "FAPbBr3", "CsPbI3", "", "Zn:CsPbBr3" }, key => Assert.InRange(FactorPoint.ColourOf(key), 1, 7));
    }
}
