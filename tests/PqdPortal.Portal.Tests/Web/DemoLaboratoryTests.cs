using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Data.Access;
using PqdPortal.Web.Features.Home;

namespace PqdPortal.Portal.Tests.Web;

public class DemoLaboratoryTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    [Fact]
    public async Task Loaded_twice_it_has_three_compositions_of_six_simulated_dots_of_known_truth()
    {
        var ada = await portal.Person("Ada", administrator: true);
        var viewer = await portal.Services.GetRequiredService<Viewers>().Of(ada.Id);
        var demo = portal.Services.GetRequiredService<DemoLaboratory>();

        await demo.Load(viewer);
        await demo.Load(viewer);

        await using var db = portal.CreateDbContext();
        var dots = await db.Emitters.Include(dot => dot.Sample.Batch).ToListAsync();
        Assert.Equal([6, 6, 6], dots.GroupBy(dot => dot.Sample.Batch.Formula).Select(same => same.Count()));
        Assert.All(dots, dot => Assert.True(dot.Simulated && dot.Sample.Simulated && dot.Sample.Batch.Simulated));
        Assert.All(dots, dot => Assert.NotNull(JsonNode.Parse(dot.Truth!)!["background_cps"]));
        Assert.Equal("Demo laboratory (simulated)", (await db.Projects.SingleAsync(project => project.Simulated)).Name);
    }

    [Fact]
    public void What_is_asked_of_a_dot_fits_its_light_and_finds_its_truth()
    {
        Assert.All(DemoDots.All, dot => Assert.Equal(dot.Options.Kind == "pulsed" ? ["g2.pulsed", "lifetime"] : dot.Options.Blinking == "none" ? ["g2.cw"] : ["g2.cw", "blinking"], DemoLaboratory.Questions(dot).Select(question => question.Kind)));
        foreach (var (kind, parameters) in DemoDots.All.SelectMany(DemoLaboratory.Questions))
            AnalysisCatalogue.Find(kind).Complete(parameters);

        foreach (var dot in DemoDots.All.Where(dot => dot.Options.Blinking != "none"))
        {
            var report = AnalysisCatalogue.Find("blinking").Compute(new(new Dictionary<string, Measurement> { ["file"] = SimulatedPhotons.Of(dot.Options) }, DemoLaboratory.Questions(dot).Single(question => question.Kind == "blinking").Parameters));
            // Its detectors lose a few per cent of the bright light in their dead time.
            Assert.InRange(report.Quantity("on_off_ratio")!.Value!.Value * dot.Options.BlinkBrightness[1], 0.8, 1.2);
        }

        foreach (var dot in DemoDots.All.Where(dot => dot.Options.Kind == "pulsed"))
        {
            var options = dot.Options with { Duration = 1.5 };
            var light = SimulatedPhotons.Of(options);
            double Pull(string kind, string name, string truth)
            {
                var report = AnalysisCatalogue.Find(kind).Compute(new(new Dictionary<string, Measurement> { ["file"] = light }, DemoLaboratory.Questions(dot).Single(question => question.Kind == kind).Parameters));
                var found = report.Quantity(name)!;
                return (found.Value!.Value - dot.Truth[truth]!.GetValue<double>()) / found.Sigma!.Value;
            }

            Assert.InRange(Pull("g2.pulsed", "g2_0", "g2_0"), -4, 4);
            Assert.InRange(Pull("g2.pulsed", "bx_ratio", "bx_ratio"), -4, 4);
            Assert.InRange(Pull("lifetime", "tau_ns", "tau_ns"), -4, 4);
        }
    }
}
