using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Uploads;

/// <summary>What the inbox changes.</summary>
public sealed class InboxCommands(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>Gives a run its sample, and its dot where one is meant.</summary>
    /// <returns>Null when done, else why not.</returns>
    public async Task<string?> GiveHome(Guid run, UploadPlace home, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var viewer = await me.Get();
        db.Actor = viewer.PersonId;
        var homeless = await db.Runs.EditableBy(viewer).FirstOrDefaultAsync(r => r.Id == run, stop);
        if (homeless is null) return "The run is not there any more, or you may no longer change it.";
        if (homeless.SampleId is not null) return "Somebody has given this run a home a moment ago.";
        var sample = await db.Samples.EditableBy(viewer).FirstOrDefaultAsync(s => s.Id == home.Sample && s.ProjectId == homeless.ProjectId, stop);
        if (sample is null || home.Dot is { } dot && !await db.Emitters.EditableBy(viewer).AnyAsync(e => e.Id == dot && e.SampleId == sample.Id, stop))
            return $"{home.Name} is not there any more.";
        homeless.SampleId = sample.Id;
        homeless.EmitterId = home.Dot;
        try
        {
            await db.SaveChangesAsync(stop);
            return null;
        }
        catch (DbUpdateConcurrencyException)
        {
            return "Somebody changed this run a moment ago. Look at it and try again; nothing was changed here.";
        }
    }
}
