using PqdPortal.Client;
using System.Text.Json.Nodes;
using PqdPortal.Client.Records;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.Family;
using PqdPortal.Web.Layout.History;

namespace PqdPortal.Web.Features.Samples;

/// <summary>Batches, samples and dots over HTTP, by the same queries and commands as the pages.</summary>
public static class SamplesApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root).RequireAuthorization().DisableAntiforgery().WithTags("Samples");

        api.MapGet("/batches", async (BatchQueries batches, string? search, string? project, int? page, CancellationToken stop) =>
        {
            var (found, total) = await batches.List(search, project, page ?? 1, stop);
            return new RecordPage<BatchRecord>([.. found.Select(Of)], total, Math.Max(1, page ?? 1), BatchQueries.PageSize);
        }).WithName("listBatches").WithSummary("Batches you may see, newest first");

        api.MapGet("/batches/{code}", async (string code, BatchQueries batches, HttpResponse answer, CancellationToken stop) =>
            await Alive(batches, code, stop) is { } view ? RecordAnswers.Record(answer, Of(view.Batch)) : RecordAnswers.NotThere("batch " + code))
            .WithName("getBatch").WithSummary("One batch").Produces<BatchRecord>();

        api.MapPost("/batches", (BatchRecord sent, BatchQueries batches, BatchCommands commands, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                var project = (await batches.Projects(stop)).FirstOrDefault(p => p.Code == sent.Project);
                if (project is null)
                    return await batches.SeesProject(sent.Project, stop) ? RecordAnswers.NotYours("project " + sent.Project) : RecordAnswers.NotThere("project " + sent.Project);
                var typed = new Batch { Code = "", Name = "", Formula = "" };
                Apply(sent, typed);
                var candidates = sent.Parents.Count == 0 ? [] : await batches.Parents(project.Id, null, stop);
                // A parent that is not there for this person is refused by the command like one of another project.
                typed.Parents.AddRange(sent.Parents.Select(parent => new BatchParent
                {
                    ParentId = candidates.FirstOrDefault(batch => batch.Code == parent.Code)?.Id ?? Guid.Empty, How = RecordAnswers.Choice<Descent>(Genealogy.Field, parent.How),
                }));
                return await commands.Make(project.Id, typed, sent.Template, stop) is { } made && await Alive(batches, made.Code, stop) is { } view
                    ? RecordAnswers.Made(answer, $"{RestApi.Root}/batches/{made.Code}", Of(view.Batch)) : RecordAnswers.NotYours("project " + sent.Project);
            })).WithName("makeBatch").WithSummary("Record a batch").Produces<BatchRecord>(StatusCodes.Status201Created);

        api.MapPatch("/batches/{code}", (string code, JsonNode? patch, BatchQueries batches, BatchCommands commands, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(batches, code, stop) is not { } view) return RecordAnswers.NotThere("batch " + code);
                if (!view.MayEdit) return RecordAnswers.NotYours("batch " + code);
                var batch = view.Batch;
                var (version, unversioned) = RecordAnswers.VersionOf(request);
                if (unversioned is not null) return unversioned;
                var (changed, refusal) = RecordAnswers.Patched(Of(batch), patch);
                if (refusal is not null) return refusal;
                Apply(changed!, batch);
                batch.Version = version;
                return await commands.Save(batch, stop) is not null && await Alive(batches, code, stop) is { } saved
                    ? RecordAnswers.Record(answer, Of(saved.Batch)) : RecordAnswers.NotThere("batch " + code);
            })).WithName("changeBatch").WithSummary("Change fields of a batch; If-Match names the version").WithMetadata(new ChangesAttribute(typeof(BatchRecord))).Produces<BatchRecord>();

        api.MapGet("/batches/{code}/ageing", async (string code, string? quantity, int? points, AgeingQueries ageing, CancellationToken stop) =>
            await ageing.Of(code, quantity, stop) is { } view ? Results.Bytes(PqdPortal.Web.Plotting.FigureJson.Bytes(view.Draw(), points), "application/json") : RecordAnswers.NotThere("batch " + code))
            .WithName("getBatchAgeing").WithSummary("A quantity of the batch's dots and samples over the days it was measured on, as a figure").Produces(StatusCodes.Status200OK, contentType: "application/json");

        api.MapPut("/batches/{code}/parents", (string code, IReadOnlyList<ParentRecord> parents, BatchQueries batches, FamilyCommands family, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(batches, code, stop) is not { } view) return RecordAnswers.NotThere("batch " + code);
                if (!view.MayEdit) return RecordAnswers.NotYours("batch " + code);
                var (version, unversioned) = RecordAnswers.VersionOf(request);
                if (unversioned is not null) return unversioned;
                return await family.SetOfBatch(view.Batch.Id, Said(parents), version, stop) && await Alive(batches, code, stop) is { } saved
                    ? RecordAnswers.Record(answer, Of(saved.Batch)) : RecordAnswers.NotThere("batch " + code);
            })).WithName("changeBatchParents").WithSummary("Say what a batch was made from: these, and no others; If-Match names the version of the batch").WithMetadata(TakesHeaderAttribute.IfMatch).Produces<BatchRecord>();

        api.MapPost("/batches/{code}/split", (string code, SplitBatch sent, BatchQueries batches, BatchCommands commands, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(batches, code, stop) is not { } view) return RecordAnswers.NotThere("batch " + code);
                if (!view.MayEdit) return RecordAnswers.NotYours("batch " + code);
                if (await commands.Split(view.Batch.Id, sent.Count, stop) is not { } made) return RecordAnswers.NotThere("batch " + code);
                List<BatchRecord> records = [];
                foreach (var batch in made)
                    if (await Alive(batches, batch.Code, stop) is { } one) records.Add(Of(one.Batch));
                return Results.Json<IReadOnlyList<BatchRecord>>(records, statusCode: StatusCodes.Status201Created);
            })).WithName("splitBatch").WithSummary("Split a batch into several that were made from it").Produces<IReadOnlyList<BatchRecord>>(StatusCodes.Status201Created);

        api.MapPost("/samples/{code}/copy", (string code, CopySample sent, SampleQueries samples, SampleCommands commands, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(samples, code, stop) is not { } view) return RecordAnswers.NotThere("sample " + code);
                if (!view.MayEdit) return RecordAnswers.NotYours("sample " + code);
                return await commands.Duplicate(view.Sample.Id, sent.WithDots, stop) is { } made && await Alive(samples, made.Code, stop) is { } copy
                    ? RecordAnswers.Made(answer, $"{RestApi.Root}/samples/{made.Code}", Of(copy.Sample, copy.Dots)) : RecordAnswers.NotThere("sample " + code);
            })).WithName("copySample").WithSummary("Copy a sample in its batch, with or without its dots").Produces<SampleRecord>(StatusCodes.Status201Created);

        api.MapGet("/samples", async (SampleQueries samples, string? batch, int? page, CancellationToken stop) =>
        {
            var (found, dots, total) = await samples.List(batch, page ?? 1, stop);
            return new RecordPage<SampleRecord>([.. found.Select(s => Of(s, dots.GetValueOrDefault(s.Id)))], total, Math.Max(1, page ?? 1), SampleQueries.PageSize);
        }).WithName("listSamples").WithSummary("Samples you may see, newest first");

        api.MapGet("/samples/{code}", async (string code, SampleQueries samples, HttpResponse answer, CancellationToken stop) =>
            await Alive(samples, code, stop) is { } view ? RecordAnswers.Record(answer, Of(view.Sample, view.Dots)) : RecordAnswers.NotThere("sample " + code))
            .WithName("getSample").WithSummary("One sample").Produces<SampleRecord>();

        api.MapPost("/samples", (SampleRecord sent, BatchQueries batches, SampleQueries samples, SampleCommands commands, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(batches, sent.Batch, stop) is not { } of) return RecordAnswers.NotThere("batch " + sent.Batch);
                if (!of.MayEdit) return RecordAnswers.NotYours("batch " + sent.Batch);
                var typed = new Sample { Code = "", Name = "" };
                Apply(sent, typed);
                return await commands.Make(of.Batch.Id, typed, sent.Template, stop) is { } made && await Alive(samples, made.Code, stop) is { } view
                    ? RecordAnswers.Made(answer, $"{RestApi.Root}/samples/{made.Code}", Of(view.Sample, view.Dots)) : RecordAnswers.NotThere("batch " + sent.Batch);
            })).WithName("makeSample").WithSummary("Split a sample off a batch").Produces<SampleRecord>(StatusCodes.Status201Created);

        api.MapPatch("/samples/{code}", (string code, JsonNode? patch, SampleQueries samples, SampleCommands commands, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(samples, code, stop) is not { } view) return RecordAnswers.NotThere("sample " + code);
                if (!view.MayEdit) return RecordAnswers.NotYours("sample " + code);
                var (version, unversioned) = RecordAnswers.VersionOf(request);
                if (unversioned is not null) return unversioned;
                var (changed, refusal) = RecordAnswers.Patched(Of(view.Sample, view.Dots), patch);
                if (refusal is not null) return refusal;
                Apply(changed!, view.Sample);
                view.Sample.Version = version;
                return await commands.Save(view.Sample, stop) is not null && await Alive(samples, code, stop) is { } saved
                    ? RecordAnswers.Record(answer, Of(saved.Sample, saved.Dots)) : RecordAnswers.NotThere("sample " + code);
            })).WithName("changeSample").WithSummary("Change fields of a sample; If-Match names the version").WithMetadata(new ChangesAttribute(typeof(SampleRecord))).Produces<SampleRecord>();

        api.MapPut("/samples/{code}/parents", (string code, IReadOnlyList<ParentRecord> parents, SampleQueries samples, FamilyCommands family, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(samples, code, stop) is not { } view) return RecordAnswers.NotThere("sample " + code);
                if (!view.MayEdit) return RecordAnswers.NotYours("sample " + code);
                var (version, unversioned) = RecordAnswers.VersionOf(request);
                if (unversioned is not null) return unversioned;
                return await family.SetOfSample(view.Sample.Id, Said(parents), version, stop) && await Alive(samples, code, stop) is { } saved
                    ? RecordAnswers.Record(answer, Of(saved.Sample, saved.Dots)) : RecordAnswers.NotThere("sample " + code);
            })).WithName("changeSampleParents").WithSummary("Say what a sample was made from: these, and no others; If-Match names the version of the sample").WithMetadata(TakesHeaderAttribute.IfMatch).Produces<SampleRecord>();

        api.MapPost("/samples/{code}/dots", (string code, AddDots add, SampleQueries samples, SampleCommands commands, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(samples, code, stop) is not { } view) return RecordAnswers.NotThere("sample " + code);
                if (!view.MayEdit) return RecordAnswers.NotYours("sample " + code);
                var adding = add.Dots is { } dots ? commands.PlaceDots(view.Sample.Id, [.. dots.Select(dot => new DotPlace(dot?.Label, dot?.X, dot?.Y))], stop) : commands.AddDots(view.Sample.Id, add.Count, stop);
                if (await adding is not { } made) return RecordAnswers.NotThere("sample " + code);
                foreach (var dot in made) (dot.Sample, dot.Project) = (view.Sample, view.Sample.Project);
                return Results.Json<IReadOnlyList<DotRecord>>([.. made.Select(dot => Of(dot, 0, []))], statusCode: StatusCodes.Status201Created);
            })).WithName("addDots").WithSummary("Add dots to a sample; their numbering continues").Produces<IReadOnlyList<DotRecord>>(StatusCodes.Status201Created);

        api.MapGet("/dots", async (DotQueries dots, string? search, string? sample, string? batch, bool? measured, string? sort, int? page, CancellationToken stop) =>
        {
            var (found, total) = await dots.List(new DotFilter(search, sample, batch, measured, sort, page ?? 1), stop);
            return new RecordPage<DotRecord>([.. found.Select(d => Of(d.Dot, d.Runs, []))], total, Math.Max(1, page ?? 1), DotQueries.PageSize);
        }).WithName("listDots").WithSummary("Dots you may see; their results stand in the single records");

        api.MapGet("/dots/{code}", async (string code, DotQueries dots, HttpResponse answer, CancellationToken stop) =>
            await Alive(dots, code, stop) is { } view ? RecordAnswers.Record(answer, Of(view.Dot, view.Runs.Count, view.Results)) : RecordAnswers.NotThere("dot " + code))
            .WithName("getDot").WithSummary("One dot with its newest results").Produces<DotRecord>();

        api.MapPatch("/dots/{code}", (string code, JsonNode? patch, DotQueries dots, DotCommands commands, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(dots, code, stop) is not { } view) return RecordAnswers.NotThere("dot " + code);
                if (!view.MayEdit) return RecordAnswers.NotYours("dot " + code);
                var (version, unversioned) = RecordAnswers.VersionOf(request);
                if (unversioned is not null) return unversioned;
                var before = Of(view.Dot, view.Runs.Count, view.Results);
                var (changed, refusal) = RecordAnswers.Patched(before, patch);
                if (refusal is not null) return refusal;
                if (changed!.Formula != before.Formula) return RecordAnswers.Wrong("\"formula\" is that of the batch; change it there.");
                (view.Dot.X, view.Dot.Y, view.Dot.EmissionPeak, view.Dot.EmissionFwhm, view.Dot.Notes) =
                    (changed.X, changed.Y, changed.EmissionPeak, changed.EmissionFwhm, changed.Notes);
                ExtraWire.Apply(changed.Extra, view.Dot);
                view.Dot.Version = version;
                return await commands.Save(view.Dot, stop) is not null && await Alive(dots, code, stop) is { } saved
                    ? RecordAnswers.Record(answer, Of(saved.Dot, saved.Runs.Count, saved.Results)) : RecordAnswers.NotThere("dot " + code);
            })).WithName("changeDot").WithSummary("Change fields of a dot; If-Match names the version").WithMetadata(new ChangesAttribute(typeof(DotRecord))).Produces<DotRecord>();

        api.MapDelete("/batches/{code}", async (string code, BatchQueries queries, BatchCommands commands, CancellationToken stop) =>
            await Alive(queries, code, stop) is not { } view ? RecordAnswers.NotThere($"batch {code}")
            : view.MayEdit && await commands.Bin(view.Batch.Id, true, stop) ? Results.NoContent() : RecordAnswers.NotYours("batch"))
            .WithName("binBatch").WithSummary("Put a batch into the bin, from which it can be taken for 30 days").Produces(StatusCodes.Status204NoContent);

        api.MapPost("/batches/{code}/restore", async (string code, BatchQueries queries, BatchCommands commands, HttpResponse answer, CancellationToken stop) =>
            await queries.Get(code, stop) is not { } view ? RecordAnswers.NotThere($"batch {code}")
            : !view.MayEdit || view.Batch.DeletedAt is not null && !await commands.Bin(view.Batch.Id, false, stop) ? RecordAnswers.NotYours("batch")
            : await Alive(queries, code, stop) is { } back ? RecordAnswers.Record(answer, Of(back.Batch)) : RecordAnswers.NotThere($"batch {code}"))
            .WithName("restoreBatch").WithSummary("Take a batch out of the bin").Produces<BatchRecord>();

        api.MapGet("/batches/{code}/history", async (string code, BatchQueries queries, CancellationToken stop) =>
            await Alive(queries, code, stop) is { } view ? HistoryAnswers.Of(await queries.History(view.Batch.Id, stop)) : RecordAnswers.NotThere($"batch {code}"))
            .WithName("getBatchHistory").WithSummary("Who changed what of a batch, newest first").Produces<IReadOnlyList<HistoryRecord>>();

        api.MapGet("/batches/{code}/versions", async (string code, BatchQueries queries, VersionQueries versions, CancellationToken stop) =>
            await Alive(queries, code, stop) is { } view ? HistoryAnswers.Of(await versions.Of<Batch>(view.Batch.Id, stop)) : RecordAnswers.NotThere($"batch {code}"))
            .WithName("listBatchVersions").WithSummary("Batch as it stood after each of its changes, oldest first").Produces<IReadOnlyList<VersionRecord>>();

        api.MapPost("/batches/{code}/versions/{number:int}/restore", async (string code, int number, BringBackRecord? sent, BatchQueries queries, BatchCommands commands, VersionQueries versions, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            await Alive(queries, code, stop) is not { } view ? RecordAnswers.NotThere($"batch {code}")
            : !view.MayEdit ? RecordAnswers.NotYours("batch")
            : await HistoryAnswers.BringBack(view.Batch, number, sent, await versions.Of<Batch>(view.Batch.Id, stop), request, edited => commands.Save(edited, stop),
                async () => await Alive(queries, code, stop) is { } saved ? RecordAnswers.Record(answer, Of(saved.Batch)) : RecordAnswers.NotThere($"batch {code}")))
            .WithName("restoreBatchVersion").WithSummary("Bring an earlier version of a batch back, or some of its fields, as a new change; If-Match names the version that stands now")
            .WithMetadata(TakesHeaderAttribute.IfMatch).Produces<BatchRecord>();

        api.MapDelete("/samples/{code}", async (string code, SampleQueries queries, SampleCommands commands, CancellationToken stop) =>
            await Alive(queries, code, stop) is not { } view ? RecordAnswers.NotThere($"sample {code}")
            : view.MayEdit && await commands.Bin(view.Sample.Id, true, stop) ? Results.NoContent() : RecordAnswers.NotYours("sample"))
            .WithName("binSample").WithSummary("Put a sample into the bin, from which it can be taken for 30 days").Produces(StatusCodes.Status204NoContent);

        api.MapPost("/samples/{code}/restore", async (string code, SampleQueries queries, SampleCommands commands, HttpResponse answer, CancellationToken stop) =>
            await queries.Get(code, stop) is not { } view ? RecordAnswers.NotThere($"sample {code}")
            : !view.MayEdit || view.Sample.DeletedAt is not null && !await commands.Bin(view.Sample.Id, false, stop) ? RecordAnswers.NotYours("sample")
            : await Alive(queries, code, stop) is { } back ? RecordAnswers.Record(answer, Of(back.Sample, back.Dots)) : RecordAnswers.NotThere($"sample {code}"))
            .WithName("restoreSample").WithSummary("Take a sample out of the bin").Produces<SampleRecord>();

        api.MapGet("/samples/{code}/history", async (string code, SampleQueries queries, CancellationToken stop) =>
            await Alive(queries, code, stop) is { } view ? HistoryAnswers.Of(await queries.History(view.Sample.Id, stop)) : RecordAnswers.NotThere($"sample {code}"))
            .WithName("getSampleHistory").WithSummary("Who changed what of a sample, newest first").Produces<IReadOnlyList<HistoryRecord>>();

        api.MapGet("/samples/{code}/versions", async (string code, SampleQueries queries, VersionQueries versions, CancellationToken stop) =>
            await Alive(queries, code, stop) is { } view ? HistoryAnswers.Of(await versions.Of<Sample>(view.Sample.Id, stop)) : RecordAnswers.NotThere($"sample {code}"))
            .WithName("listSampleVersions").WithSummary("Sample as it stood after each of its changes, oldest first").Produces<IReadOnlyList<VersionRecord>>();

        api.MapPost("/samples/{code}/versions/{number:int}/restore", async (string code, int number, BringBackRecord? sent, SampleQueries queries, SampleCommands commands, VersionQueries versions, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            await Alive(queries, code, stop) is not { } view ? RecordAnswers.NotThere($"sample {code}")
            : !view.MayEdit ? RecordAnswers.NotYours("sample")
            : await HistoryAnswers.BringBack(view.Sample, number, sent, await versions.Of<Sample>(view.Sample.Id, stop), request, edited => commands.Save(edited, stop),
                async () => await Alive(queries, code, stop) is { } saved ? RecordAnswers.Record(answer, Of(saved.Sample, saved.Dots)) : RecordAnswers.NotThere($"sample {code}")))
            .WithName("restoreSampleVersion").WithSummary("Bring an earlier version of a sample back, or some of its fields, as a new change; If-Match names the version that stands now")
            .WithMetadata(TakesHeaderAttribute.IfMatch).Produces<SampleRecord>();

        api.MapDelete("/dots/{code}", async (string code, DotQueries queries, DotCommands commands, CancellationToken stop) =>
            await Alive(queries, code, stop) is not { } view ? RecordAnswers.NotThere($"dot {code}")
            : view.MayEdit && await commands.Bin(view.Dot.Id, true, stop) ? Results.NoContent() : RecordAnswers.NotYours("dot"))
            .WithName("binDot").WithSummary("Put a dot into the bin, from which it can be taken for 30 days").Produces(StatusCodes.Status204NoContent);

        api.MapPost("/dots/{code}/restore", async (string code, DotQueries queries, DotCommands commands, HttpResponse answer, CancellationToken stop) =>
            await queries.Get(code, stop) is not { } view ? RecordAnswers.NotThere($"dot {code}")
            : !view.MayEdit || view.Dot.DeletedAt is not null && !await commands.Bin(view.Dot.Id, false, stop) ? RecordAnswers.NotYours("dot")
            : await Alive(queries, code, stop) is { } back ? RecordAnswers.Record(answer, Of(back.Dot, back.Runs.Count, back.Results)) : RecordAnswers.NotThere($"dot {code}"))
            .WithName("restoreDot").WithSummary("Take a dot out of the bin").Produces<DotRecord>();

        api.MapGet("/dots/{code}/history", async (string code, DotQueries queries, CancellationToken stop) =>
            await Alive(queries, code, stop) is { } view ? HistoryAnswers.Of(await queries.History(view.Dot.Id, stop)) : RecordAnswers.NotThere($"dot {code}"))
            .WithName("getDotHistory").WithSummary("Who changed what of a dot, newest first").Produces<IReadOnlyList<HistoryRecord>>();

        api.MapGet("/dots/{code}/versions", async (string code, DotQueries queries, VersionQueries versions, CancellationToken stop) =>
            await Alive(queries, code, stop) is { } view ? HistoryAnswers.Of(await versions.Of<Emitter>(view.Dot.Id, stop)) : RecordAnswers.NotThere($"dot {code}"))
            .WithName("listDotVersions").WithSummary("Dot as it stood after each of its changes, oldest first").Produces<IReadOnlyList<VersionRecord>>();

        api.MapPost("/dots/{code}/versions/{number:int}/restore", async (string code, int number, BringBackRecord? sent, DotQueries queries, DotCommands commands, VersionQueries versions, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            await Alive(queries, code, stop) is not { } view ? RecordAnswers.NotThere($"dot {code}")
            : !view.MayEdit ? RecordAnswers.NotYours("dot")
            : await HistoryAnswers.BringBack(view.Dot, number, sent, await versions.Of<Emitter>(view.Dot.Id, stop), request, edited => commands.Save(edited, stop),
                async () => await Alive(queries, code, stop) is { } saved ? RecordAnswers.Record(answer, Of(saved.Dot, saved.Runs.Count, saved.Results)) : RecordAnswers.NotThere($"dot {code}")))
            .WithName("restoreDotVersion").WithSummary("Bring an earlier version of a dot back, or some of its fields, as a new change; If-Match names the version that stands now")
            .WithMetadata(TakesHeaderAttribute.IfMatch).Produces<DotRecord>();
    }

    static IReadOnlyList<(string, Descent)> Said(IReadOnlyList<ParentRecord> parents) =>
        [.. parents.OfType<ParentRecord>().DistinctBy(parent => parent.Code).Select(parent => (parent.Code, RecordAnswers.Choice<Descent>(Genealogy.Field, parent.How)))];

    static async Task<BatchView?> Alive(BatchQueries batches, string code, CancellationToken stop) =>
        await batches.Get(code, stop) is { Batch.DeletedAt: null } view ? view : null;

    static async Task<SampleView?> Alive(SampleQueries samples, string code, CancellationToken stop) =>
        await samples.Get(code, stop) is { Sample.DeletedAt: null } view ? view : null;

    static async Task<DotView?> Alive(DotQueries dots, string code, CancellationToken stop) =>
        await dots.Get(code, stop) is { Dot.DeletedAt: null } view ? view : null;

    static BatchRecord Of(Batch b) => new()
    {
        Id = b.Id, Version = b.Version, Project = b.Project.Code, CreatedAt = b.CreatedAt, Simulated = b.Simulated, Notes = b.Notes,
        Code = b.Code, Name = b.Name, Formula = b.Formula, MeasuredFormula = b.MeasuredFormula, MixingX = b.MixingX,
        Dimensionality = Words.Key(b.Dimensionality), CrystalPhase = Words.Key(b.CrystalPhase), Method = Words.Key(b.Method),
        SynthesisedOn = b.SynthesisedOn, SynthesisTemperature = b.SynthesisTemperature, Solvent = b.Solvent, Precursors = b.Precursors, Ligand = b.Ligand,
        Dopant = b.Dopant, DopantSite = b.DopantSite, DopantLevel = b.DopantLevel, Treatment = Words.Key(b.Treatment),
        EdgeLength = b.EdgeLength, EdgeLengthSd = b.EdgeLengthSd, EdgeLengthN = b.EdgeLengthN,
        SizeOverBohr = b.SizeOverBohr, SizeOverBohrDefinition = b.SizeOverBohrDefinition,
        Plqy = b.Plqy, AbsorptionCoefficient = b.AbsorptionCoefficient, EmissionPeak = b.EmissionPeak, EmissionFwhm = b.EmissionFwhm,
        Maker = b.Maker, Parents = [.. b.Parents.Select(p => new ParentRecord(p.Parent.Code, Words.Key(p.How)))],
        Template = b.TemplateId?.ToString(), Extra = ExtraWire.Of(b.Extra),
        MeasuredMethod = Words.Key(b.MeasuredMethod), MeasuredUncertainty = b.MeasuredUncertainty,
        Composition = new() { Canonical = b.Canonical, Fractions = b.Fractions.ToDictionary(), Flags = b.FormulaFlags },
        MeasuredComposition = b.MeasuredFormula is null ? null : new() { Canonical = b.MeasuredCanonical, Fractions = b.MeasuredFractions.ToDictionary(), Flags = b.MeasuredFlags },
    };

    static void Apply(BatchRecord from, Batch onto)
    {
        (onto.Name, onto.Formula, onto.MeasuredFormula, onto.MixingX, onto.Notes) = (from.Name, from.Formula, from.MeasuredFormula, from.MixingX, from.Notes);
        onto.Dimensionality = RecordAnswers.Choice<Dimensionality>(nameof(Batch.Dimensionality), from.Dimensionality);
        onto.CrystalPhase = RecordAnswers.Choice<CrystalPhase>(nameof(Batch.CrystalPhase), from.CrystalPhase);
        onto.Method = RecordAnswers.Choice<SynthesisMethod>(nameof(Batch.Method), from.Method);
        onto.Treatment = RecordAnswers.Choice<Treatment>(nameof(Batch.Treatment), from.Treatment);
        (onto.SynthesisedOn, onto.SynthesisTemperature, onto.Solvent, onto.Precursors, onto.Ligand) =
            (from.SynthesisedOn, from.SynthesisTemperature, from.Solvent, from.Precursors, from.Ligand);
        (onto.Dopant, onto.DopantSite, onto.DopantLevel) = (from.Dopant, from.DopantSite, from.DopantLevel);
        (onto.EdgeLength, onto.EdgeLengthSd, onto.EdgeLengthN) = (from.EdgeLength, from.EdgeLengthSd, from.EdgeLengthN);
        (onto.SizeOverBohr, onto.SizeOverBohrDefinition) = (from.SizeOverBohr, from.SizeOverBohrDefinition);
        (onto.Plqy, onto.AbsorptionCoefficient, onto.EmissionPeak, onto.EmissionFwhm) =
            (from.Plqy, from.AbsorptionCoefficient, from.EmissionPeak, from.EmissionFwhm);
        onto.TemplateId = ExtraWire.Template(from.Template, onto.TemplateId);
        ExtraWire.Apply(from.Extra, onto);
        onto.MeasuredMethod = RecordAnswers.Choice<CompositionMethod>(nameof(Batch.MeasuredMethod), from.MeasuredMethod);
        onto.MeasuredUncertainty = from.MeasuredUncertainty;
        onto.Maker = from.Maker;
    }

    static SampleRecord Of(Sample s, int dots) => new()
    {
        Id = s.Id, Version = s.Version, Project = s.Project.Code, CreatedAt = s.CreatedAt, Simulated = s.Simulated, Notes = s.Notes,
        Code = s.Code, Batch = s.Batch.Code, Name = s.Name, Form = Words.Key(s.Form), Matrix = Words.Key(s.Matrix), Dilution = s.Dilution,
        Solvent = s.Solvent, Substrate = s.Substrate, Storage = s.Storage, PreparedAt = s.PreparedAt, Dots = dots,
        Template = s.TemplateId?.ToString(), Extra = ExtraWire.Of(s.Extra),
        Parents = [.. s.Parents.Select(p => new ParentRecord(p.Parent.Code, Words.Key(p.How)))],
        Superlattice = s.Superlattice is not { } l ? null : new SuperlatticeRecord
        {
            EdgeLength = l.EdgeLength, Gap = l.Gap, Disorder = l.Disorder, DotsPerSide = l.DotsPerSide, Packing = l.Packing,
            Vacuum = l.Vacuum, EvaporationTime = l.EvaporationTime,
        },
    };

    static void Apply(SampleRecord from, Sample onto)
    {
        (onto.Name, onto.Dilution, onto.Notes) = (from.Name, from.Dilution, from.Notes);
        onto.Form = RecordAnswers.Choice<SampleForm>(nameof(Sample.Form), from.Form);
        onto.Matrix = RecordAnswers.Choice<Matrix>(nameof(Sample.Matrix), from.Matrix);
        (onto.Solvent, onto.Substrate, onto.Storage, onto.PreparedAt) = (from.Solvent, from.Substrate, from.Storage, from.PreparedAt);
        onto.TemplateId = ExtraWire.Template(from.Template, onto.TemplateId);
        ExtraWire.Apply(from.Extra, onto);
        onto.Superlattice = from.Superlattice is not { } l ? null : new Superlattice
        {
            EdgeLength = l.EdgeLength, Gap = l.Gap, Disorder = l.Disorder, DotsPerSide = l.DotsPerSide, Packing = l.Packing,
            Vacuum = l.Vacuum, EvaporationTime = l.EvaporationTime,
        };
    }

    static DotRecord Of(Emitter e, int runs, IReadOnlyList<AnalysisRecord> results) => new()
    {
        Id = e.Id, Version = e.Version, Project = e.Project.Code, CreatedAt = e.CreatedAt, Simulated = e.Simulated, Notes = e.Notes,
        Code = e.Code, Label = e.Label, Sample = e.Sample.Code, Formula = e.Sample.Batch.Formula, X = e.X, Y = e.Y,
        EmissionPeak = e.EmissionPeak, EmissionFwhm = e.EmissionFwhm, Runs = runs, Results = [.. results.Select(StoredResults.ToRecord)],
        Extra = ExtraWire.Of(e.Extra),
    };
}
