using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs.Queue;

namespace PqdPortal.Jobs;

/// <summary>Makes an analysis and its job, or finds the one that already answers the same question of the same run.</summary>
sealed class AnalysisQueue(IWorkQueue queue, TimeProvider time)
{
    /// <summary>Inside the transaction open on the context; the caller commits.</summary>
    /// <param name="run">With its files.</param>
    /// <param name="parameters">By contract name; absent ones take their defaults.</param>
    /// <param name="files">Input name to the run's own file for it, where it should not be the one that is taken by itself.</param>
    /// <param name="others">Input name to another run, with its files, whose measurement is taken; null takes none for that input.</param>
    /// <exception cref="RequestException">A parameter cannot be used, or an input is missing.</exception>
    public async Task<AnalysisAnswer> Queue(
        PortalDb db, Run run, AnalysisKind kind, JsonObject parameters, Guid? requestedBy, CancellationToken stop,
        IReadOnlyDictionary<string, Guid>? files = null, IReadOnlyDictionary<string, Run?>? others = null)
    {
        var complete = kind.Complete(parameters).ToJsonString();
        var inputs = Inputs(run, kind, files ?? new Dictionary<string, Guid>(), others ?? new Dictionary<string, Run?>());
        var fingerprint = Fingerprint(kind, complete, inputs.ToJsonString());

        // Two people who press the button at once get one analysis: the second waits here for the first one's commit.
        var gate = $"{run.Id} {fingerprint}";
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({gate}, 0))", stop);
        var same = await db.Analyses.AsNoTracking()
            .Where(a => a.RunId == run.Id && a.Fingerprint == fingerprint && a.DeletedAt == null
                && (a.State == AnalysisState.Done || a.State == AnalysisState.Queued || a.State == AnalysisState.Running)
                // One that is just being stopped will answer nothing.
                && !db.Jobs.Any(job => job.AnalysisId == a.Id && job.CancelRequested))
            .OrderBy(a => a.RequestedAt)
            .FirstOrDefaultAsync(stop);
        if (same is not null) return new(same.Id, same.State, IsNew: false);

        var now = time.GetUtcNow();
        var analysis = new AnalysisRecord
        {
            ProjectId = run.ProjectId,
            RunId = run.Id,
            Kind = kind.Key,
            KindVersion = kind.Version,
            Parameters = complete,
            Inputs = inputs.ToJsonString(),
            Fingerprint = fingerprint,
            RequestedById = requestedBy,
            RequestedAt = now,
        };
        db.Analyses.Add(analysis);
        var job = new Job
        {
            ProjectId = run.ProjectId,
            Kind = JobKind.RunAnalysis,
            RunId = run.Id,
            AnalysisId = analysis.Id,
            Analysis = analysis,
            Title = Short($"{kind.Title}: {run.Name}"),
            RequestedById = requestedBy,
            QueuedAt = now,
        };
        db.Jobs.Add(job);
        await queue.Enqueue(db, job, stop);
        return new(analysis.Id, AnalysisState.Queued, IsNew: true) { JobId = job.Id };
    }

    /// <summary>
    /// Input name to hash, to how the file is read where that is not left to the file, and to the run it is of where that is another.
    /// The first input is the run's measurement; a further one is the measurement of the run chosen for it, else the run's own file of
    /// that role.
    /// </summary>
    static JsonObject Inputs(Run run, AnalysisKind kind, IReadOnlyDictionary<string, Guid> files, IReadOnlyDictionary<string, Run?> others)
    {
        if (files.Keys.Concat(others.Keys).FirstOrDefault(name => kind.Inputs.All(input => input.Name != name)) is { } unknown)
            throw new RequestException($"{kind.Title} has no input \"{unknown}\"; it takes {string.Join(", ", kind.Inputs.Select(input => input.Name))}.");

        var inputs = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (at, input) in kind.Inputs.Index())
        {
            if (others.TryGetValue(input.Name, out var other) && other?.Id != run.Id)
            {
                if (at == 0)
                    throw new RequestException($"\"{input.Title}\" is the file of the run itself. To compute it of another run, ask at that run.");
                if (other is not null) inputs[input.Name] = OfOther(other, input);
                else if (input.Required) throw new RequestException($"{kind.Title} needs a run as \"{input.Title}\". Choose one.");
                continue;
            }

            var role = at == 0 ? RunFile.Measurement : input.Name;
            var file = files.TryGetValue(input.Name, out var chosen)
                ? run.Files.Find(file => file.Id == chosen)
                    ?? throw new RequestException($"The file chosen as \"{input.Title}\" does not belong to this run.")
                : Speaking(run, role);
            if (file is not null) inputs[input.Name] = FileReading.Of(file, run.Files).ToJson();
            else if (at == 0)
                throw new RequestException($"{kind.Title} needs a file as \"{input.Title}\", and this run has none. Upload it to the run first.");
            else if (input.Required)
                throw new RequestException($"{kind.Title} needs a second measurement as \"{input.Title}\". Choose the run that holds it.");
            else if (other is not null)
                throw new RequestException($"This run has no file of its own as \"{input.Title}\". Choose another run, or none.");
        }

        return new JsonObject(inputs);
    }

    /// <summary>The measurement of another run, as it is read there.</summary>
    static JsonNode OfOther(Run other, InputSpec input)
    {
        var file = other.Reading != ReadingState.Read ? null : Speaking(other, RunFile.Measurement);
        if (file?.Summary is null)
            throw new RequestException(other.Reading switch
            {
                ReadingState.NoFile => $"The run \"{other.Name}\" has no file yet, so it cannot be taken as \"{input.Title}\". Upload its file, or choose another run.",
                ReadingState.Waiting or ReadingState.Reading => $"The file of the run \"{other.Name}\" is still being read. Ask again when it is, or choose another as \"{input.Title}\".",
                _ => $"The file of the run \"{other.Name}\" could not be read, so it cannot be taken as \"{input.Title}\". {other.ReadingMessage} Choose another run.",
            });
        return FileReading.Of(file, other.Files).ToJson(other.Id);
    }

    /// <summary>The file of a role that speaks for the run: the first that was read.</summary>
    internal static RunFile? Speaking(Run run, string role) => run.Files.Where(file => file.Role == role).MinBy(file => (file.Summary is null, file.AddedAt, file.Id));

    internal static string Fingerprint(AnalysisKind kind, string parameters, string inputs) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind.Key}\n{kind.Version}\n{parameters}\n{inputs}")));

    internal static string Short(string title) => title.Length <= 400 ? title : title[..399] + "…";
}

/// <summary>The analysis that answers a request.</summary>
/// <param name="IsNew">False where the same question was asked before; then the earlier analysis, finished or on its way, is the answer.</param>
public sealed record AnalysisAnswer(Guid AnalysisId, AnalysisState State, bool IsNew)
{
    /// <summary>The job that computes it; null where nothing new was queued.</summary>
    public Guid? JobId { get; init; }
}
