using PqdPortal.Client;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;
using PqdPortal.Analysis;
using PqdPortal.Client.Records;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.History;

namespace PqdPortal.Web.Features.Runs;

/// <summary>Runs and their files over HTTP, by the same queries and commands as the pages.</summary>
public static class RunsApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/runs").RequireAuthorization().DisableAntiforgery().WithTags("Runs");

        api.MapGet("", async (RunQueries runs, string? search, string? dot, string? sample, string? reading, string? sort, int? page, CancellationToken stop) =>
        {
            var state = reading is null ? null : Words.Choice<ReadingState>(reading);
            if (reading is not null && state is null)
                return RecordAnswers.Wrong($"\"{reading}\" is none of {string.Join(", ", Enum.GetValues<ReadingState>().Select(choice => Words.Key(choice)))}.");
            var (found, total) = await runs.List(new RunFilter(search, dot, sample, state, sort, page ?? 1), stop);
            return Results.Json(new RecordPage<RunRecord>([.. found.Select(run => Of(run, []))], total, Math.Max(1, page ?? 1), RunQueries.PageSize));
        }).WithName("listRuns").WithSummary("Runs you may see, newest first; files and results stand in the single records").Produces<RecordPage<RunRecord>>();

        api.MapGet("/{id:guid}", async (Guid id, RunQueries runs, HttpResponse answer, CancellationToken stop) =>
            await Alive(runs, id, stop) is { } view ? RecordAnswers.Record(answer, Of(view)) : RecordAnswers.NotThere("run " + id))
            .WithName("getRun").WithSummary("One run with its files and newest results").Produces<RunRecord>();

        api.MapPost("", (RunRecord sent, RunQueries runs, RunCommands commands, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if ((sent.Dot ?? sent.Sample) is not { Length: > 0 } of) return RecordAnswers.Wrong("A run is of something: name its dot or its sample by code.");
                if (await runs.Target(of, stop) is null)
                    return await runs.SeesTarget(of, stop) ? RecordAnswers.NotYours("dot or sample " + of) : RecordAnswers.NotThere("dot or sample " + of);
                var typed = new Run { Name = "" };
                Apply(sent, typed);
                return await commands.Make(of, typed, stop) is { } made && await Alive(runs, made.Id, stop) is { } view
                    ? RecordAnswers.Made(answer, $"{RestApi.Root}/runs/{made.Id}", Of(view)) : RecordAnswers.NotThere("dot or sample " + of);
            })).WithName("makeRun").WithSummary("Record a run, still without a file").Produces<RunRecord>(StatusCodes.Status201Created);

        api.MapPatch("/{id:guid}", (Guid id, JsonNode? patch, RunQueries runs, RunCommands commands, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(runs, id, stop) is not { } view) return RecordAnswers.NotThere("run " + id);
                if (!view.MayEdit) return RecordAnswers.NotYours("run");
                var (version, unversioned) = RecordAnswers.VersionOf(request);
                if (unversioned is not null) return unversioned;
                var (changed, refusal) = RecordAnswers.Patched(Of(view), patch);
                if (refusal is not null) return refusal;
                Apply(changed!, view.Run);
                view.Run.Version = version;
                return await commands.Save(view.Run, stop) is not null && await Alive(runs, id, stop) is { } saved
                    ? RecordAnswers.Record(answer, Of(saved)) : RecordAnswers.NotThere("run " + id);
            })).WithName("changeRun").WithSummary("Change fields of a run; If-Match names the version").WithMetadata(new ChangesAttribute(typeof(RunRecord))).Produces<RunRecord>();

        api.MapDelete("/{id:guid}", async (Guid id, RunQueries queries, RunCommands commands, CancellationToken stop) =>
            await Alive(queries, id, stop) is not { } view ? RecordAnswers.NotThere($"run {id}")
            : view.MayEdit && await commands.Bin(view.Run.Id, true, stop) ? Results.NoContent() : RecordAnswers.NotYours("run"))
            .WithName("binRun").WithSummary("Put a run into the bin, from which it can be taken for 30 days").Produces(StatusCodes.Status204NoContent);

        api.MapPost("/{id:guid}/restore", async (Guid id, RunQueries queries, RunCommands commands, HttpResponse answer, CancellationToken stop) =>
            await queries.Get(id, stop) is not { } view ? RecordAnswers.NotThere($"run {id}")
            : !view.MayEdit || view.Run.DeletedAt is not null && !await commands.Bin(view.Run.Id, false, stop) ? RecordAnswers.NotYours("run")
            : await Alive(queries, id, stop) is { } back ? RecordAnswers.Record(answer, Of(back)) : RecordAnswers.NotThere($"run {id}"))
            .WithName("restoreRun").WithSummary("Take a run out of the bin").Produces<RunRecord>();

        api.MapGet("/{id:guid}/history", async (Guid id, RunQueries queries, CancellationToken stop) =>
            await Alive(queries, id, stop) is { } view ? HistoryAnswers.Of(await queries.History(view.Run.Id, stop)) : RecordAnswers.NotThere($"run {id}"))
            .WithName("getRunHistory").WithSummary("Who changed what of a run, newest first").Produces<IReadOnlyList<HistoryRecord>>();

        api.MapGet("/{id:guid}/versions", async (Guid id, RunQueries queries, VersionQueries versions, CancellationToken stop) =>
            await Alive(queries, id, stop) is { } view ? HistoryAnswers.Of(await versions.Of<Run>(view.Run.Id, stop)) : RecordAnswers.NotThere($"run {id}"))
            .WithName("listRunVersions").WithSummary("Run as it stood after each of its changes, oldest first").Produces<IReadOnlyList<VersionRecord>>();

        api.MapPost("/{id:guid}/versions/{number:int}/restore", async (Guid id, int number, BringBackRecord? sent, RunQueries queries, RunCommands commands, VersionQueries versions, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            await Alive(queries, id, stop) is not { } view ? RecordAnswers.NotThere($"run {id}")
            : !view.MayEdit ? RecordAnswers.NotYours("run")
            : await HistoryAnswers.BringBack(view.Run, number, sent, await versions.Of<Run>(view.Run.Id, stop), request, edited => commands.Save(edited, stop),
                async () => await Alive(queries, id, stop) is { } saved ? RecordAnswers.Record(answer, Of(saved)) : RecordAnswers.NotThere($"run {id}")))
            .WithName("restoreRunVersion").WithSummary("Bring an earlier version of a run back, or some of its fields, as a new change; If-Match names the version that stands now")
            .WithMetadata(TakesHeaderAttribute.IfMatch).Produces<RunRecord>();

        api.MapGet("/{id:guid}/files/{file:guid}", Send)
            .WithName("downloadFile").WithSummary("A file as it was uploaded; ranges are served").Produces(StatusCodes.Status200OK, contentType: "application/octet-stream");
        Views.FileViewsApi.Map(api);

        api.MapGet("/{id:guid}/files/{file:guid}/photon-hdf5", SendAsPhotonHdf5)
            .WithName("downloadPhotonHdf5").WithSummary("A photon stream converted to Photon-HDF5").Produces(StatusCodes.Status200OK, contentType: "application/x-hdf5");
    }

    /// <summary>Streams a stored file under the name it was uploaded with.</summary>
    static async Task<IResult> Send(Guid id, Guid file, RunQueries runs, IFileStore store, HttpResponse answer, CancellationToken stop)
    {
        if (await runs.File(id, file, stop) is not { } found) return RecordAnswers.NotThere("file");

        NeverAPage(answer);
        var content = await store.Open(found.Sha256, stop);
        return Results.Stream(
            content, "application/octet-stream", found.Name, found.AddedAt,
            // The name of the content is its hash, so a range that is asked for later fits exactly.
            new EntityTagHeaderValue($"\"{found.Sha256}\""), enableRangeProcessing: content.CanSeek);
    }

    /// <summary>Converts a stored photon stream for this one answer; nothing of it stays.</summary>
    static async Task<IResult> SendAsPhotonHdf5(Guid id, Guid file, RunQueries runs, FileConversion conversion, HttpResponse answer, CancellationToken stop)
    {
        if (await runs.File(id, file, stop) is not { } found) return RecordAnswers.NotThere("file");
        try
        {
            var content = await conversion.AsPhotonHdf5(found.Name, FileReading.Of(found, await runs.Files(id, stop)), stop);
            NeverAPage(answer);
            return Results.Stream(content, "application/x-hdf5", FileConversion.NameOf(found.Name));
        }
        catch (PqdException refusal)
        {
            return Results.Problem(refusal.Message, title: "Not to be had as Photon-HDF5", statusCode: StatusCodes.Status422UnprocessableEntity);
        }
    }

    /// <summary>What people uploaded is data, never a page: no browser runs or guesses it.</summary>
    static void NeverAPage(HttpResponse answer)
    {
        answer.Headers.XContentTypeOptions = "nosniff";
        answer.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
    }

    static async Task<RunView?> Alive(RunQueries runs, Guid id, CancellationToken stop) =>
        await runs.Get(id, stop) is { Run.DeletedAt: null } view ? view : null;

    static RunRecord Of(RunView view) => Of(view.Run, view.Analyses.NewestOfEachKind());

    static RunRecord Of(Run r, IReadOnlyList<AnalysisRecord> results) => new()
    {
        Id = r.Id, Version = r.Version, Project = r.Project.Code, CreatedAt = r.CreatedAt, Simulated = r.Simulated, Notes = r.Notes,
        Name = r.Name, Sample = r.Sample?.Code, Dot = r.Emitter?.Code, Kind = Words.Key(r.Kind), MeasuredAt = r.MeasuredAt,
        Temperature = r.Temperature, Stage = r.Stage, Atmosphere = Words.Key(r.Atmosphere), Humidity = r.Humidity, AppliedField = r.AppliedField,
        Excitation = Words.Key(r.Excitation), ExcitationWavelength = r.ExcitationWavelength, RepetitionRate = r.RepetitionRate, PulseWidth = r.PulseWidth,
        Power = r.Power, Fluence = r.Fluence, SpotSize = r.SpotSize, MeanExcitons = r.MeanExcitons,
        ObjectiveNa = r.ObjectiveNa, Filters = r.Filters, Splitter = r.Splitter, WindowFrom = r.WindowFrom, WindowTo = r.WindowTo,
        Duration = r.Duration, BinTime = r.BinTime, BackgroundRates = r.BackgroundRates, EvidenceRole = Words.Key(r.EvidenceRole),
        Instrument = r.InstrumentId, Detectors = [.. r.Detectors.Select(d => new DetectorRecord { Model = d.Model, Efficiency = d.Efficiency, DeadTime = d.DeadTime, Jitter = d.Jitter, DarkRate = d.DarkRate })],
        Reading = Words.Key(r.Reading), ReadingMessage = r.ReadingMessage,
        Files = [.. r.Files.Select(f => new RunFileRecord(f.Id, f.Name, f.Sha256, f.Stored.Length, f.Role, f.Format, f.Kind, f.AddedAt,
            f.Summary is null ? null : JsonSerializer.Deserialize<JsonElement>(f.Summary))
            { Reading = Words.Key(f.Reading), Message = f.Message, Layout = f.Layout, TimeUnit = f.TimeUnit })],
        Results = [.. results.Select(StoredResults.ToRecord)],
        Extra = ExtraWire.Of(r.Extra),
    };

    static void Apply(RunRecord from, Run onto)
    {
        (onto.Name, onto.MeasuredAt, onto.Notes) = (from.Name, from.MeasuredAt, from.Notes);
        onto.Kind = RecordAnswers.Choice<RunKind>(nameof(Run.Kind), from.Kind);
        onto.Atmosphere = RecordAnswers.Choice<Atmosphere>(nameof(Run.Atmosphere), from.Atmosphere);
        onto.Excitation = RecordAnswers.Choice<Excitation>(nameof(Run.Excitation), from.Excitation);
        onto.EvidenceRole = RecordAnswers.Choice<EvidenceRole>(nameof(Run.EvidenceRole), from.EvidenceRole);
        onto.InstrumentId = from.Instrument;
        onto.Detectors = [.. (from.Detectors ?? []).OfType<DetectorRecord>().Select(d => new Detector { Model = d.Model, Efficiency = d.Efficiency, DeadTime = d.DeadTime, Jitter = d.Jitter, DarkRate = d.DarkRate })];
        (onto.Temperature, onto.Stage, onto.Humidity, onto.AppliedField) = (from.Temperature, from.Stage, from.Humidity, from.AppliedField);
        (onto.ExcitationWavelength, onto.RepetitionRate, onto.PulseWidth) = (from.ExcitationWavelength, from.RepetitionRate, from.PulseWidth);
        (onto.Power, onto.Fluence, onto.SpotSize, onto.MeanExcitons) = (from.Power, from.Fluence, from.SpotSize, from.MeanExcitons);
        (onto.ObjectiveNa, onto.Filters, onto.Splitter, onto.WindowFrom, onto.WindowTo) =
            (from.ObjectiveNa, from.Filters, from.Splitter, from.WindowFrom, from.WindowTo);
        ExtraWire.Apply(from.Extra, onto);
        (onto.Duration, onto.BinTime, onto.BackgroundRates) = (from.Duration, from.BinTime, [.. from.BackgroundRates ?? []]);
    }
}
