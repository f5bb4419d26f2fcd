using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Home;

/// <summary>What the first visit changes.</summary>
public sealed class HomeCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, DemoLaboratory demo, TimeProvider clock)
{
    /// <summary>Notes that the question "demo laboratory or empty" was answered.</summary>
    public async Task Welcomed(CancellationToken stop = default)
    {
        if (!(await me.Get(stop)).IsAdministrator) return;
        await using var db = await database.CreateDbContextAsync(stop);
        await db.Organisations.Where(organisation => organisation.WelcomedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(organisation => organisation.WelcomedAt, clock.GetUtcNow()), stop);
    }

    /// <summary>Makes the demo laboratory; its dots fill in the background.</summary>
    public async Task LoadDemo(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.IsAdministrator) await demo.Load(viewer, stop);
    }
}
