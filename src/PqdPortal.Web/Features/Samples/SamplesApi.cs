using System.Text.Json.Nodes;
using PqdPortal.Client.Records;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Samples;

/// <summary>Batches, samples and dots over HTTP, by the same queries and commands as the pages.</summary>
public static class SamplesApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup("/api").RequireAuthorization().DisableAntiforgery().WithTags("Samples");

        api.MapGet("/batches", async (BatchQueries batches, string? search, string? project, int? page, CancellationToken stop) =>
        {
            var (found, total) = await batches.List(search, project, page ?? 1, stop);
            return new RecordPage<BatchRecord>([.. found.Select(Of)], total, Math.Max(1, page ?? 1), BatchQueries.PageSize);
        }).WithSummary("Batches you may see, newest first");

        api.MapGet("/batches/{code}", async (string code, BatchQueries batches, HttpResponse answer, CancellationToken stop) =>
            await Alive(batches, code, stop) is { } view ? RecordAnswers.Record(answer, Of(view.Batch)) : RecordAnswers.NotThere("batch " + code))
            .WithSummary("One batch").Produces<BatchRecord>();

        api.MapPost("/batches", (BatchRecord sent, BatchQueries batches, BatchCommands commands, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                var project = (await batches.Projects(stop)).FirstOrDefault(p => p.Code == sent.Project);
                if (project is null)
                    return await batches.SeesProject(sent.Project, stop) ? RecordAnswers.NotYours("project " + sent.Project) : RecordAnswers.NotThere("project " + sent.Project);
                var typed = new Batch { Code = "", Name = "", Formula = "" };
                await Apply(sent, typed, project.Id, batches, stop);
                return await commands.Make(project.Id, typed, stop) is { } made && await Alive(batches, made.Code, stop) is { } view
                    ? RecordAnswers.Made(answer, $"/api/batches/{made.Code}", Of(view.Batch)) : RecordAnswers.NotYours("project " + sent.Project);
            })).WithSummary("Record a batch").Produces<BatchRecord>(StatusCodes.Status201Created);

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
                await Apply(changed!, batch, batch.ProjectId, batches, stop);
                batch.Version = version;
                return await commands.Save(batch, stop) is not null && await Alive(batches, code, stop) is { } saved
                    ? RecordAnswers.Record(answer, Of(saved.Batch)) : RecordAnswers.NotThere("batch " + code);
            })).WithSummary("Change fields of a batch; If-Match names the version").Produces<BatchRecord>();

        api.MapGet("/samples", async (SampleQueries samples, string? batch, int? page, CancellationToken stop) =>
        {
            var (found, dots, total) = await samples.List(batch, page ?? 1, stop);
            return new RecordPage<SampleRecord>([.. found.Select(s => Of(s, dots.GetValueOrDefault(s.Id)))], total, Math.Max(1, page ?? 1), SampleQueries.PageSize);
        }).WithSummary("Samples you may see, newest first");

        api.MapGet("/samples/{code}", async (string code, SampleQueries samples, HttpResponse answer, CancellationToken stop) =>
            await Alive(samples, code, stop) is { } view ? RecordAnswers.Record(answer, Of(view.Sample, view.Dots)) : RecordAnswers.NotThere("sample " + code))
            .WithSummary("One sample").Produces<SampleRecord>();

        api.MapPost("/samples", (SampleRecord sent, BatchQueries batches, SampleQueries samples, SampleCommands commands, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(batches, sent.Batch, stop) is not { } of) return RecordAnswers.NotThere("batch " + sent.Batch);
                if (!of.MayEdit) return RecordAnswers.NotYours("batch " + sent.Batch);
                var typed = new Sample { Code = "", Name = "" };
                Apply(sent, typed);
                return await commands.Make(of.Batch.Id, typed, stop) is { } made && await Alive(samples, made.Code, stop) is { } view
                    ? RecordAnswers.Made(answer, $"/api/samples/{made.Code}", Of(view.Sample, view.Dots)) : RecordAnswers.NotThere("batch " + sent.Batch);
            })).WithSummary("Split a sample off a batch").Produces<SampleRecord>(StatusCodes.Status201Created);

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
            })).WithSummary("Change fields of a sample; If-Match names the version").Produces<SampleRecord>();

        api.MapPost("/samples/{code}/dots", (string code, AddDots add, SampleQueries samples, SampleCommands commands, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(samples, code, stop) is not { } view) return RecordAnswers.NotThere("sample " + code);
                if (!view.MayEdit) return RecordAnswers.NotYours("sample " + code);
                if (await commands.AddDots(view.Sample.Id, add.Count, stop) is not { } made) return RecordAnswers.NotThere("sample " + code);
                foreach (var dot in made) (dot.Sample, dot.Project) = (view.Sample, view.Sample.Project);
                return Results.Json<IReadOnlyList<DotRecord>>([.. made.Select(dot => Of(dot, 0, []))], statusCode: StatusCodes.Status201Created);
            })).WithSummary("Add dots to a sample; their numbering continues").Produces<IReadOnlyList<DotRecord>>(StatusCodes.Status201Created);

        api.MapGet("/dots", async (DotQueries dots, string? search, string? sample, string? batch, bool? measured, string? sort, int? page, CancellationToken stop) =>
        {
            var (found, total) = await dots.List(new DotFilter(search, sample, batch, measured, sort, page ?? 1), stop);
            return new RecordPage<DotRecord>([.. found.Select(d => Of(d.Dot, d.Runs, []))], total, Math.Max(1, page ?? 1), DotQueries.PageSize);
        }).WithSummary("Dots you may see; their results stand in the single records");

        api.MapGet("/dots/{code}", async (string code, DotQueries dots, HttpResponse answer, CancellationToken stop) =>
            await Alive(dots, code, stop) is { } view ? RecordAnswers.Record(answer, Of(view.Dot, view.Runs.Count, view.Results)) : RecordAnswers.NotThere("dot " + code))
            .WithSummary("One dot with its newest results").Produces<DotRecord>();

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
                view.Dot.Version = version;
                return await commands.Save(view.Dot, stop) is not null && await Alive(dots, code, stop) is { } saved
                    ? RecordAnswers.Record(answer, Of(saved.Dot, saved.Runs.Count, saved.Results)) : RecordAnswers.NotThere("dot " + code);
            })).WithSummary("Change fields of a dot; If-Match names the version").Produces<DotRecord>();
    }

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
        Parent = b.Parent?.Code,
    };

    static async Task Apply(BatchRecord from, Batch onto, Guid project, BatchQueries batches, CancellationToken stop)
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
        if (from.Parent == onto.Parent?.Code) return;
        // A parent that is not there for this person is refused by the check below like one of another project.
        onto.ParentId = from.Parent is null ? null
            : (await batches.Parents(project, onto.Id, stop)).FirstOrDefault(parent => parent.Code == from.Parent)?.Id ?? Guid.Empty;
    }

    static SampleRecord Of(Sample s, int dots) => new()
    {
        Id = s.Id, Version = s.Version, Project = s.Project.Code, CreatedAt = s.CreatedAt, Simulated = s.Simulated, Notes = s.Notes,
        Code = s.Code, Batch = s.Batch.Code, Name = s.Name, Form = Words.Key(s.Form), Matrix = Words.Key(s.Matrix), Dilution = s.Dilution,
        Solvent = s.Solvent, Substrate = s.Substrate, Storage = s.Storage, PreparedAt = s.PreparedAt, Dots = dots,
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
    };
}
