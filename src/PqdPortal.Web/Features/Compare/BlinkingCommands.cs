using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Compare;

/// <summary>Asks for the blinking of many dots at once.</summary>
public sealed class BlinkingCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, RequestAnalysis request, OfferedAnalyses offered)
{
    /// <summary>
    /// Asks for <c>blinking</c>, and for <c>blinking.type</c> where there are micro times, of every dot of a batch: of its newest run that
    /// they can be computed from, each by the same options. What was asked so before is answered by what is there.
    /// </summary>
    /// <param name="code">The batch.</param>
    /// <param name="parameters">By contract name; absent ones take their defaults, the background that of each run's own record.</param>
    /// <returns>What came of it; null where the viewer sees no such batch.</returns>
    /// <exception cref="RequestException">A parameter cannot be used, or the viewer may read the project but not change it.</exception>
    public async Task<AskedOfDots?> AskAll(string code, JsonObject parameters, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        List<Run> runs;
        int dots;
        await using (var db = await database.CreateDbContextAsync(stop))
        {
            var batch = await db.Batches.VisibleTo(viewer).Where(batch => batch.Code == code).Select(batch => new { batch.Id, batch.ProjectId }).FirstOrDefaultAsync(stop);
            if (batch is null) return null;
            if (!viewer.MayEdit(batch.ProjectId))
                throw new RoleException("You may read this project but not change it; a new analysis needs the role edit. Ask somebody who manages the project.");
            var of = db.Emitters.VisibleTo(viewer).Where(dot => dot.Sample.BatchId == batch.Id && dot.Sample.DeletedAt == null);
            dots = await of.CountAsync(stop);
            runs = await db.Runs.VisibleTo(viewer)
                .Where(run => of.Any(dot => dot.Id == run.EmitterId) && run.Reading == ReadingState.Read && run.Files.Any(f => f.Role == RunFile.Measurement && f.Kind == "photon-stream"))
                .Include(run => run.Files).Include(run => run.Emitter).AsNoTracking().AsSplitQuery().ToListAsync(stop);
        }

        int asked = 0, there = 0, none = dots - runs.Select(run => run.EmitterId).Distinct().Count();
        foreach (var ofDot in runs.GroupBy(run => run.EmitterId).OrderBy(group => group.First().Emitter!.Code, StringComparer.Ordinal))
        {
            var isAsked = false;
            foreach (var kind in (string[])["blinking", "blinking.type"])
                foreach (var run in ofDot.OrderByDescending(run => run.MeasuredAt ?? run.CreatedAt).ThenByDescending(run => run.Id))
                {
                    if ((await offered.Of(run, stop)).FirstOrDefault(one => one.Key == kind) is not { } fitting) continue;
                    var own = new JsonObject();
                    foreach (var (name, value) in parameters)
                        if (kind == "blinking" || fitting.Parameters.Any(spec => spec.Name == name)) own[name] = value?.DeepClone();
                    if (run.BackgroundRates.Length > 0 && !own.ContainsKey("background_cps") && fitting.Parameters.Any(spec => spec.Name == "background_cps"))
                        own["background_cps"] = new JsonArray([.. run.BackgroundRates.Select(rate => (JsonNode)rate)]);
                    if (await request.Ask(viewer, run.Id, kind, own, null, stop) is not { } answer) continue;
                    isAsked = true;
                    if (answer.IsNew) asked++;
                    else there++;
                    break;
                }
            if (!isAsked) none++;
        }
        return new(asked, there, none);
    }
}

/// <summary>What came of asking for many dots.</summary>
/// <param name="Asked">Analyses that were queued.</param>
/// <param name="There">Analyses that were there already, or on their way.</param>
/// <param name="None">Dots without a run that they could be computed from.</param>
public sealed record AskedOfDots(int Asked, int There, int None);
