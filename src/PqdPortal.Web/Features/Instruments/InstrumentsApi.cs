using System.Text.Json.Nodes;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Layout;

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
            })).WithName("changeInstrument").WithSummary("Change fields of a set-up; If-Match names the version").Produces<InstrumentRecord>();
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
