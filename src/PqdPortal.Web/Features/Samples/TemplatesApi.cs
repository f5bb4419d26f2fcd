using System.Text.Json.Nodes;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.Fields;
using PqdPortal.Web.Layout.Templates;

namespace PqdPortal.Web.Features.Samples;

/// <summary>Templates over HTTP, by the same queries and commands as the pages.</summary>
static class TemplatesApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/templates").RequireAuthorization().DisableAntiforgery().WithTags("Templates");

        api.MapGet("", async (TemplateQueries templates, string? project, int? page, CancellationToken stop) =>
        {
            const int size = 50;
            var rows = await templates.List(project, stop);
            var now = Math.Max(1, page ?? 1);
            List<TemplateRecord> found = [];
            foreach (var row in rows.Skip((int)Math.Min(int.MaxValue, (now - 1L) * size)).Take(size))
                if (await templates.Get(row.Id, stop) is { } view) found.Add(Of(view.Template));
            return new RecordPage<TemplateRecord>(found, rows.Count, now, size);
        }).WithName("listTemplates").WithSummary("Templates of the projects you may see");

        api.MapGet("/{id:guid}", async (Guid id, TemplateQueries templates, HttpResponse answer, CancellationToken stop) =>
            await Alive(templates, id, stop) is { } view ? RecordAnswers.Record(answer, Of(view.Template)) : RecordAnswers.NotThere("template " + id))
            .WithName("getTemplate").WithSummary("One template").Produces<TemplateRecord>();

        api.MapPost("", (TemplateRecord sent, TemplateQueries templates, TemplateCommands commands, BatchQueries batches, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if ((await templates.Projects(stop)).FirstOrDefault(p => p.Code == sent.Project) is not { } project)
                    return await batches.SeesProject(sent.Project, stop) ? RecordAnswers.NotYours("project " + sent.Project) : RecordAnswers.NotThere("project " + sent.Project);
                var typed = new Template { Name = "", Begins = RecordAnswers.Choice<RecordKind>(nameof(Template.Begins), sent.Begins) };
                Apply(sent, typed);
                return await commands.Make(project.Id, typed, stop) is { } made && await Alive(templates, made.Id, stop) is { } view
                    ? RecordAnswers.Made(answer, $"{RestApi.Root}/templates/{made.Id}", Of(view.Template)) : RecordAnswers.NotYours("project " + sent.Project);
            })).WithName("makeTemplate").WithSummary("Make a template of a project").Produces<TemplateRecord>(StatusCodes.Status201Created);

        api.MapPatch("/{id:guid}", (Guid id, JsonNode? patch, TemplateQueries templates, TemplateCommands commands, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Alive(templates, id, stop) is not { } view) return RecordAnswers.NotThere("template " + id);
                if (!view.MayEdit) return RecordAnswers.NotYours("template");
                var (version, unversioned) = RecordAnswers.VersionOf(request);
                if (unversioned is not null) return unversioned;
                var (changed, refusal) = RecordAnswers.Patched(Of(view.Template), patch);
                if (refusal is not null) return refusal;
                Apply(changed!, view.Template);
                view.Template.Version = version;
                return await commands.Save(view.Template, stop) is not null && await Alive(templates, id, stop) is { } saved
                    ? RecordAnswers.Record(answer, Of(saved.Template)) : RecordAnswers.NotThere("template " + id);
            })).WithName("changeTemplate").WithSummary("Change a template; If-Match names the version. What was recorded with it stays").WithMetadata(new ChangesAttribute(typeof(TemplateRecord))).Produces<TemplateRecord>();

        api.MapDelete("/{id:guid}", async (Guid id, TemplateQueries queries, TemplateCommands commands, CancellationToken stop) =>
            await Alive(queries, id, stop) is not { } view ? RecordAnswers.NotThere($"template {id}")
            : view.MayEdit && await commands.Bin(id, true, stop) ? Results.NoContent() : RecordAnswers.NotYours("template"))
            .WithName("binTemplate").WithSummary("Put a template into the bin, from which it can be taken for 30 days; what was recorded with it stays").Produces(StatusCodes.Status204NoContent);

        api.MapPost("/{id:guid}/restore", async (Guid id, TemplateQueries queries, TemplateCommands commands, HttpResponse answer, CancellationToken stop) =>
            await queries.Get(id, stop) is not { } view ? RecordAnswers.NotThere($"template {id}")
            : !view.MayEdit || view.Template.DeletedAt is not null && !await commands.Bin(id, false, stop) ? RecordAnswers.NotYours("template")
            : await Alive(queries, id, stop) is { } back ? RecordAnswers.Record(answer, Of(back.Template)) : RecordAnswers.NotThere($"template {id}"))
            .WithName("restoreTemplate").WithSummary("Take a template out of the bin").Produces<TemplateRecord>();
    }

    static async Task<TemplateView?> Alive(TemplateQueries templates, Guid id, CancellationToken stop) =>
        await templates.Get(id, stop) is { Template.DeletedAt: null } view ? view : null;

    static TemplateRecord Of(Template t) => new()
    {
        Id = t.Id, Version = t.Version, Project = t.Project.Code, CreatedAt = t.CreatedAt, Simulated = t.Simulated, Notes = t.Notes,
        Name = t.Name, Begins = Words.Key(t.Begins), Method = Words.Key(t.Method), BuiltIn = t.BuiltIn,
        Presets = [.. t.Presets.Select(p => new PresetRecord(Words.Key(p.On), FieldCatalogue.Find(p.On, p.Field)?.Key ?? p.Field, p.Value, p.IsFirst))],
        Extras = [.. t.Extras.Select(e => new ExtraFieldRecord(e.Key, Words.Key(e.On), e.Name, Words.Key(e.Type), e.Unit, e.Min, e.Max, e.Choices is null ? null : e.ChoiceList, e.IsRequired, e.Help))],
    };

    static void Apply(TemplateRecord from, Template onto)
    {
        (onto.Name, onto.Notes) = (from.Name, from.Notes);
        onto.Method = RecordAnswers.Choice<SynthesisMethod>(nameof(Template.Method), from.Method);
        onto.Presets =
        [
            .. (from.Presets ?? []).OfType<PresetRecord>().Select(p => (On: RecordAnswers.Choice<RecordKind>(nameof(Template.Presets), p.On), p))
                .Select(p => new TemplatePreset(p.On, FieldCatalogue.Find(p.On, p.p.Field ?? "")?.Name ?? p.p.Field ?? "", p.p.Value, p.p.First)),
        ];
        onto.Extras =
        [
            .. (from.Extras ?? []).OfType<ExtraFieldRecord>().Select(e => new ExtraField(
                e.Key ?? "", RecordAnswers.Choice<RecordKind>(nameof(Template.Extras), e.On), e.Name ?? "", RecordAnswers.Choice<ExtraType>(nameof(Template.Extras), e.Type),
                e.Unit, e.Min, e.Max, e.Choices is null ? null : string.Join('\n', e.Choices), e.Required, e.Help)),
        ];
    }
}
