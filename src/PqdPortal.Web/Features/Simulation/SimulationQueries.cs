using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Simulation;

/// <summary>Where a simulated measurement may go.</summary>
public sealed class SimulationQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>The viewer's projects by name, those of simulated records first.</summary>
    public async Task<IReadOnlyList<SimulationPlace>> Projects(CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Projects.EditableBy(await me.Get(stop)).OrderByDescending(project => project.Simulated).ThenBy(project => project.Name)
            .Select(project => new SimulationPlace(project.Id, null, null, project.Name)).ToListAsync(stop);
    }

    /// <summary>The dot or sample of that code, where the viewer may add to it; null where there is none.</summary>
    public async Task<SimulationPlace?> Place(string of, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var viewer = await me.Get(stop);
        return await db.Emitters.EditableBy(viewer).Where(dot => dot.Code == of)
                .Select(dot => new SimulationPlace(dot.ProjectId, null, dot.Id, $"the dot {dot.Code}")).FirstOrDefaultAsync(stop)
            ?? await db.Samples.EditableBy(viewer).Where(sample => sample.Code == of)
                .Select(sample => new SimulationPlace(sample.ProjectId, sample.Id, null, $"the sample {sample.Code}")).FirstOrDefaultAsync(stop);
    }
}

/// <summary>A place for a simulated measurement, and what it is called: a project, or a sample or dot of it.</summary>
public sealed record SimulationPlace(Guid Project, Guid? Sample, Guid? Dot, string Name);
