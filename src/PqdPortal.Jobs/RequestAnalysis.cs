using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Runs;

namespace PqdPortal.Jobs;

/// <summary>Asks for an analysis of a run. The same question asked again is answered by the analysis that is there.</summary>
public sealed class RequestAnalysis
{
    readonly IDbContextFactory<PortalDb> _database;
    readonly AnalysisQueue _analyses;

    readonly KnownAnalyses _known;

    internal RequestAnalysis(IDbContextFactory<PortalDb> database, AnalysisQueue analyses, KnownAnalyses known) =>
        (_database, _analyses, _known) = (database, analyses, known);

    /// <param name="kind">Catalogue key, such as g2.cw.</param>
    /// <param name="parameters">By contract name and in contract units; absent ones take their defaults.</param>
    /// <param name="inputs">Name of a further input to the run of the same project that is taken for it; null takes none. Inputs that are
    /// not named take the run's own file of that role, where it has one.</param>
    /// <returns>Null where the viewer sees no such run.</returns>
    /// <exception cref="RequestException">The analysis, a parameter or an input is wrong, the run is not read yet, or the viewer may read but not change it.</exception>
    public async Task<AnalysisAnswer?> Ask(
        Viewer viewer, Guid runId, string kind, JsonObject parameters,
        IReadOnlyDictionary<string, Guid?>? inputs = null, CancellationToken stop = default)
    {
        await using var db = await _database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var run = await db.Runs.VisibleTo(viewer).Include(run => run.Files).SingleOrDefaultAsync(run => run.Id == runId, stop);
        if (run is null) return null;
        if (!viewer.MayEdit(run.ProjectId))
            throw new RoleException("You may read this project but not change it; a new analysis needs the role edit. Ask somebody who manages the project.");

        var analysis = _known.Find(kind);
        if (run.Reading != ReadingState.Read)
            throw new RequestException(run.Reading switch
            {
                ReadingState.NoFile => "This run has no file yet. Upload one first.",
                ReadingState.Waiting or ReadingState.Reading => "The file of this run is still being read. Ask again when it is.",
                _ => $"The file of this run could not be read, so nothing can be computed from it. {run.ReadingMessage}".TrimEnd(),
            });

        var answer = await _analyses.Queue(db, run, analysis, parameters, viewer.PersonId, stop, others: await Others(db, viewer, run, analysis, inputs, stop));
        await transaction.CommitAsync(stop);
        return answer;
    }

    /// <summary>The runs chosen for further inputs. What the viewer may not see is said to be gone, as everywhere.</summary>
    static async Task<Dictionary<string, Run?>> Others(
        PortalDb db, Viewer viewer, Run run, AnalysisKind kind, IReadOnlyDictionary<string, Guid?>? inputs, CancellationToken stop)
    {
        var others = new Dictionary<string, Run?>();
        foreach (var (name, id) in inputs ?? new Dictionary<string, Guid?>())
        {
            var title = kind.Inputs.FirstOrDefault(input => input.Name == name)?.Title ?? name;
            others[name] = id is null ? null : id == run.Id ? run
                : await db.Runs.VisibleTo(viewer).Include(other => other.Files).AsNoTracking().SingleOrDefaultAsync(other => other.Id == id, stop)
                ?? throw new RequestException($"The run chosen as \"{title}\" is not there: it may have been removed, or you have no part in its project. Choose another.");
            // Whoever sees the result sees what it was computed from.
            if (others[name] is { } other && other.ProjectId != run.ProjectId)
                throw new RequestException($"The run \"{other.Name}\" belongs to another project. Choose one of this project as \"{title}\".");
        }
        return others;
    }
}
