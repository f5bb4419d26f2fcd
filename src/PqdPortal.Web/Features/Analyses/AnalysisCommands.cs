using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>What a person may do with analyses: ask for one, and stop one. None is ever altered.</summary>
public sealed class AnalysisCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, RequestAnalysis request, JobCommands jobs)
{
    /// <summary>Asks for an analysis; the same question asked before is answered by the result that is there.</summary>
    /// <param name="inputs">Name of a further input to the run that is taken for it; null takes none.</param>
    /// <returns>Null where the viewer sees no such run.</returns>
    /// <exception cref="RequestException">The analysis, a parameter or an input is wrong, or the viewer may not change the run.</exception>
    public async Task<AnalysisAnswer?> Ask(
        Guid run, string kind, JsonObject parameters, IReadOnlyDictionary<string, Guid?>? inputs = null, CancellationToken stop = default) =>
        await request.Ask(await me.Get(stop), run, kind, parameters, inputs, stop);

    /// <summary>Stops the work of an analysis; false where there is nothing to stop for this viewer.</summary>
    /// <exception cref="RequestException">The viewer may read the project but not change it.</exception>
    public async Task<bool> Cancel(Guid analysis, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var job = await db.Jobs.VisibleTo(viewer)
            .Where(job => job.AnalysisId == analysis && (job.State == JobState.Queued || job.State == JobState.Running))
            .OrderByDescending(job => job.QueuedAt).Select(job => (Guid?)job.Id).FirstOrDefaultAsync(stop);
        return job is { } id && await jobs.Cancel(viewer, id, stop);
    }
}
