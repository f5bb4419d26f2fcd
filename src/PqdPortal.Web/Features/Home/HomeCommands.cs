using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Home;

/// <summary>What a visit at the first page changes.</summary>
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

    /// <summary>Somebody opened the first page.</summary>
    /// <returns>When their visit before this one ended; null on the first.</returns>
    public async Task<DateTimeOffset?> Come(CancellationToken stop = default)
    {
        if ((await me.Get(stop)).PersonId is not { } person) return null;
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.ComeHome(person, clock.GetUtcNow(), stop);
    }

    /// <summary>Somebody has seen what is new: from this moment on other things are.</summary>
    public async Task<DateTimeOffset> Seen(CancellationToken stop = default)
    {
        var now = clock.GetUtcNow();
        if ((await me.Get(stop)).PersonId is not { } person) return now;
        await using var db = await database.CreateDbContextAsync(stop);
        await db.SeenHome(person, now, stop);
        return now;
    }

    /// <summary>Makes the demo laboratory; its dots fill in the background.</summary>
    public async Task LoadDemo(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.IsAdministrator) await demo.Load(viewer, stop);
    }
}
