using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
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
}
