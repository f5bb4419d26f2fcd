using System.Text.Json.Nodes;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.History;

namespace PqdPortal.Web.Features.Instruments;

/// <summary>Set-ups over HTTP, by the same queries and commands as the pages.</summary>
public static class InstrumentsApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/instruments").RequireAuthorization().DisableAntiforgery().WithTags("Instruments");

        api.MapGet("", async (InstrumentQueries instruments, CancellationToken stop) =>
            (IReadOnlyList<InstrumentRecord>)[.. (await instruments.All(stop)).Select(row => Of(row.Of))])
            .WithName("listInstruments").WithSummary("Set-ups you may see, by name");

        api.MapGet("/{id:guid}", async (Guid id, InstrumentQueries instruments, HttpResponse answer, CancellationToken stop) =>
            await Alive(instruments, id, stop) is { } view ? RecordAnswers.Record(answer, Of(view.Of)) : RecordAnswers.NotThere("set-up " + id))
            .WithName("getInstrument").WithSummary("One set-up").Produces<InstrumentRecord>();

        api.MapPost("", (InstrumentRecord sent, InstrumentQueries instruments, InstrumentCommands commands, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                var typed = new Instrument { Name = "" };
                Apply(sent, typed);
                return await commands.Make(typed, stop) is { } made && await Alive(instruments, made.Id, stop) is { } view
                    ? RecordAnswers.Made(answer, $"{RestApi.Root}/instruments/{made.Id}", Of(view.Of)) : RecordAnswers.NotYours("list of set-ups");
            })).WithName("makeInstrument").WithSummary("Put up a set-up").Produces<InstrumentRecord>(StatusCodes.Status201Created);

        api.MapPatch("/{id:guid}", (Guid id, JsonNode? patch, InstrumentQueries instruments, InstrumentCommands commands, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(instruments, id, stop) is not { } view) return RecordAnswers.NotThere("set-up " + id);
                if (!view.MayEdit) return RecordAnswers.NotYours("set-up");
                var (version, unversioned) = RecordAnswers.VersionOf(request);
                if (unversioned is not null) return unversioned;
                var (changed, refusal) = RecordAnswers.Patched(Of(view.Of), patch);
                if (refusal is not null) return refusal;
                Apply(changed!, view.Of);
                view.Of.Version = version;
                return await commands.Save(view.Of, stop) is not null && await Alive(instruments, id, stop) is { } saved
                    ? RecordAnswers.Record(answer, Of(saved.Of)) : RecordAnswers.NotThere("set-up " + id);
            })).WithName("changeInstrument").WithSummary("Change fields of a set-up; If-Match names the version").WithMetadata(new ChangesAttribute(typeof(InstrumentRecord))).Produces<InstrumentRecord>();

        api.MapDelete("/{id:guid}", async (Guid id, InstrumentQueries queries, InstrumentCommands commands, CancellationToken stop) =>
            await Alive(queries, id, stop) is not { } view ? RecordAnswers.NotThere("set-up " + id)
            : view.MayEdit && await commands.Bin(id, true, stop) ? Results.NoContent() : RecordAnswers.NotYours("set-up"))
            .WithName("binInstrument").WithSummary("Put a set-up into the bin; its runs stay").Produces(StatusCodes.Status204NoContent);

        api.MapPost("/{id:guid}/restore", async (Guid id, InstrumentQueries queries, InstrumentCommands commands, HttpResponse answer, CancellationToken stop) =>
            await Alive(queries, id, stop) is { MayEdit: false } ? RecordAnswers.NotYours("set-up")
            : (await Alive(queries, id, stop) is not null || await commands.Bin(id, false, stop)) && await Alive(queries, id, stop) is { } back
                ? RecordAnswers.Record(answer, Of(back.Of)) : RecordAnswers.NotThere("set-up " + id))
            .WithName("restoreInstrument").WithSummary("Take a set-up out of the bin").Produces<InstrumentRecord>();

        api.MapGet("/{id:guid}/history", async (Guid id, InstrumentQueries queries, CancellationToken stop) =>
            await Alive(queries, id, stop) is not null ? HistoryAnswers.Of(await queries.History(id, stop)) : RecordAnswers.NotThere("set-up " + id))
            .WithName("getInstrumentHistory").WithSummary("Who changed what of a set-up, newest first").Produces<IReadOnlyList<HistoryRecord>>();

        api.MapGet("/{id:guid}/versions", async (Guid id, InstrumentQueries queries, VersionQueries versions, CancellationToken stop) =>
            await Alive(queries, id, stop) is { } view ? HistoryAnswers.Of(await versions.Of<Instrument>(view.Of.Id, stop)) : RecordAnswers.NotThere($"set-up {id}"))
            .WithName("listInstrumentVersions").WithSummary("Set-up as it stood after each of its changes, oldest first").Produces<IReadOnlyList<VersionRecord>>();

        api.MapPost("/{id:guid}/versions/{number:int}/restore", async (Guid id, int number, BringBackRecord? sent, InstrumentQueries queries, InstrumentCommands commands, VersionQueries versions, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            await Alive(queries, id, stop) is not { } view ? RecordAnswers.NotThere($"set-up {id}")
            : !view.MayEdit ? RecordAnswers.NotYours("set-up")
            : await HistoryAnswers.BringBack(view.Of, number, sent, await versions.Of<Instrument>(view.Of.Id, stop), request, edited => commands.Save(edited, stop),
                async () => await Alive(queries, id, stop) is { } saved ? RecordAnswers.Record(answer, Of(saved.Of)) : RecordAnswers.NotThere($"set-up {id}")))
            .WithName("restoreInstrumentVersion").WithSummary("Bring an earlier version of a set-up back, or some of its fields, as a new change; If-Match names the version that stands now")
            .WithMetadata(TakesHeaderAttribute.IfMatch).Produces<InstrumentRecord>();
    }

    static async Task<InstrumentView?> Alive(InstrumentQueries instruments, Guid id, CancellationToken stop) =>
        await instruments.Get(id, stop) is { Of.DeletedAt: null } view ? view : null;

    static InstrumentRecord Of(Instrument i) => new()
    {
        Id = i.Id, Version = i.Version, CreatedAt = i.CreatedAt, Notes = i.Notes, Name = i.Name, Group = i.GroupId, Location = i.Location, Description = i.Description,
        Detectors = [.. i.Detectors.Select(d => new DetectorRecord { Model = d.Model, Efficiency = d.Efficiency, DeadTime = d.DeadTime, Jitter = d.Jitter, DarkRate = d.DarkRate })],
        Objective = i.Objective, ExcitationSources = i.ExcitationSources, IrfRun = i.IrfRunId, Temperature = i.Temperature, Stage = i.Stage,
        Atmosphere = Words.Key(i.Atmosphere), Excitation = Words.Key(i.Excitation), ExcitationWavelength = i.ExcitationWavelength, RepetitionRate = i.RepetitionRate,
        PulseWidth = i.PulseWidth, SpotSize = i.SpotSize, ObjectiveNa = i.ObjectiveNa, Filters = i.Filters, Splitter = i.Splitter,
        WindowFrom = i.WindowFrom, WindowTo = i.WindowTo, BinTime = i.BinTime,
    };

    static void Apply(InstrumentRecord from, Instrument onto)
    {
        (onto.Name, onto.GroupId, onto.Location, onto.Description, onto.Notes) = (from.Name, from.Group, from.Location, from.Description, from.Notes);
        (onto.Objective, onto.ExcitationSources, onto.IrfRunId) = (from.Objective, from.ExcitationSources, from.IrfRun);
        onto.Detectors = [.. (from.Detectors ?? []).OfType<DetectorRecord>().Select(d => new Detector { Model = d.Model, Efficiency = d.Efficiency, DeadTime = d.DeadTime, Jitter = d.Jitter, DarkRate = d.DarkRate })];
        onto.Atmosphere = RecordAnswers.Choice<Atmosphere>(nameof(Instrument.Atmosphere), from.Atmosphere);
        onto.Excitation = RecordAnswers.Choice<Excitation>(nameof(Instrument.Excitation), from.Excitation);
        (onto.Temperature, onto.Stage, onto.ExcitationWavelength, onto.RepetitionRate, onto.PulseWidth) =
            (from.Temperature, from.Stage, from.ExcitationWavelength, from.RepetitionRate, from.PulseWidth);
        (onto.SpotSize, onto.ObjectiveNa, onto.Filters, onto.Splitter) = (from.SpotSize, from.ObjectiveNa, from.Filters, from.Splitter);
        (onto.WindowFrom, onto.WindowTo, onto.BinTime) = (from.WindowFrom, from.WindowTo, from.BinTime);
    }
}
