using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Web.Features.Samples;

/// <summary>What changes templates: checks first, then one transaction. What was recorded with a template is not touched by any of it.</summary>
public sealed class TemplateCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>Makes a template of a project; null where the viewer may not change its records.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    public async Task<Template?> Make(Guid project, Template typed, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (!await db.Projects.EditableBy(viewer).AnyAsync(p => p.Id == project, stop)) return null;
        RecordFields.Tidy(typed);
        Tidy(typed);
        Check(typed);
        var template = new Template { ProjectId = project, Name = typed.Name, Begins = typed.Begins, CreatedById = viewer.PersonId, CreatedAt = clock.GetUtcNow() };
        RecordFields.CopyOnto(typed, template);
        db.Templates.Add(template);
        await db.SaveChangesAsync(stop);
        return template;
    }

    /// <summary>The project's own copy of a built-in template, made now where it has none; null where the viewer may not, or it lies in the bin.</summary>
    public async Task<Template?> TakeOver(Guid project, string builtIn, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (BuiltInTemplates.Of(builtIn) is null || !await db.Projects.EditableBy(viewer).AnyAsync(p => p.Id == project, stop)) return null;
        await using var work = await db.Database.BeginTransactionAsync(stop);
        var taken = await db.TakeTemplate(viewer, project, builtIn, stop);
        await work.CommitAsync(stop);
        return taken;
    }

    /// <summary>A copy of a template in another project; null where the viewer may not read the one or change the other.</summary>
    /// <exception cref="RefusedEditException">It cannot be kept.</exception>
    public async Task<Template?> Copy(Guid id, Guid project, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (await db.Templates.VisibleTo(viewer).AsNoTracking().FirstOrDefaultAsync(t => t.Id == id, stop) is not { } from) return null;
        return await Make(project, new Template { Name = from.Name, Begins = from.Begins, Method = from.Method, Notes = from.Notes, Presets = from.Presets, Extras = from.Extras }, stop);
    }

    /// <summary>Saves an edited copy; null where there is no such template that the viewer may change.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public async Task<Template?> Save(Template edited, CancellationToken stop = default)
    {
        Tidy(edited);
        return await database.Save(await me.Get(stop), edited, (_, stored) =>
        {
            edited.Begins = stored.Begins;
            Check(edited);
            return Task.CompletedTask;
        }, stop);
    }

    /// <summary>Puts the template into the bin, or takes it out; false where the viewer may not change it.</summary>
    public async Task<bool> Bin(Guid id, bool binned, CancellationToken stop = default) =>
        await database.Bin<Template>(await me.Get(stop), id, binned, clock.GetUtcNow(), stop);

    /// <summary>Lines that say nothing go, texts are trimmed, new fields get their keys.</summary>
    static void Tidy(Template typed)
    {
        typed.Presets = [.. (typed.Presets ?? []).Where(preset => !string.IsNullOrWhiteSpace(preset.Field)).Select(preset => preset with { Value = Filled(preset.Value) })];
        var extras = (typed.Extras ?? []).Select(extra => extra with
        {
            Key = extra.Key ?? "", Name = extra.Name?.Trim() ?? "", Unit = extra.Type == ExtraType.Number ? Filled(extra.Unit) : null, Help = Filled(extra.Help),
            Min = extra.Type == ExtraType.Number ? extra.Min : null, Max = extra.Type == ExtraType.Number ? extra.Max : null,
            Choices = extra.Type == ExtraType.Choice ? string.Join('\n', extra.ChoiceList.Distinct()) : null,
        }).Where(extra => extra.Name.Length > 0 || extra.Key.Length > 0 || extra.Unit is not null || extra.Help is not null).ToArray();
        for (var at = 0; at < extras.Length; at++)
            if (extras[at].Key.Length == 0)
                extras[at] = extras[at] with { Key = ExtraField.KeyOf(extras[at].Name, extras.Select(extra => extra.Key)) };
        typed.Extras = extras;
    }

    static string? Filled(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    static void Check(Template template)
    {
        var checks = new EditChecks()
            .Filled(nameof(Template.Name), template.Name, "Give the template a name, such as hot injection, 170 °C.")
            .That(nameof(Template.Begins), template.Begins is RecordKind.Batch or RecordKind.Sample, "A template begins a batch or a sample.")
            .That(nameof(Template.Presets), template.Presets.Length <= Template.MostFields, $"A template presets at most {Template.MostFields} fields.")
            .That(nameof(Template.Extras), template.Extras.Length <= Template.MostFields, $"A template asks at most {Template.MostFields} extra fields.")
            .Keepable(template);
        for (var at = 0; at < template.Presets.Length; at++)
        {
            var preset = template.Presets[at];
            if (FieldCatalogue.Find(preset.On, preset.Field) is not { } field)
                checks.That(PresetName(at), false, $"A {preset.On.ToString().ToLowerInvariant()} has no field \"{(preset.Field.Length > 60 ? preset.Field[..60] : preset.Field)}\".");
            else if (preset.Value is not null)
                checks.That(PresetName(at), FieldText.Read(field, preset.Value).Trouble is null, $"{field.Title}: {FieldText.Read(field, preset.Value).Trouble}");
            checks.That(PresetName(at), !template.Presets.Take(at).Any(other => other.On == preset.On && other.Field == preset.Field), "This field stands here twice.");
        }

        for (var at = 0; at < template.Extras.Length; at++)
        {
            var extra = template.Extras[at];
            var name = ExtraName(at);
            checks.Filled(name, extra.Name, "Give the field a name.")
                .That(name, Keepable.TroubleOf(extra.Name, 100, "The name") is null, Keepable.TroubleOf(extra.Name, 100, "The name") ?? "")
                .That(name, Keepable.TroubleOf(extra.Help, 400, "The help") is null, Keepable.TroubleOf(extra.Help, 400, "The help") ?? "")
                .That(name, Keepable.TroubleOf(extra.Unit, 30, "The unit") is null, Keepable.TroubleOf(extra.Unit, 30, "The unit") ?? "")
                .That(name, Keepable.TroubleOf(extra.Choices, 4000, "The list of choices") is null, Keepable.TroubleOf(extra.Choices, 4000, "The list of choices") ?? "")
                .That(name, ExtraField.IsKey(extra.Key), "The key of a field has lower-case letters, digits and underscores.")
                .That(name, !(extra.Min > extra.Max), "The range ends above where it begins.")
                .That(name, extra.Min is not { } from || double.IsFinite(from), "The range has finite ends.")
                .That(name, extra.Max is not { } to || double.IsFinite(to), "The range has finite ends.")
                .That(name, extra.Type != ExtraType.Choice || extra.ChoiceList.Count > 0, "Write what can be chosen, one a line.")
                .That(name, Enum.IsDefined(extra.Type) && Enum.IsDefined(extra.On), "There is no such kind of field.")
                .That(name, !template.Extras.Take(at).Any(other => other.Key == extra.Key && other.On == extra.On), $"Two fields of a {extra.On.ToString().ToLowerInvariant()} have the key \"{extra.Key}\".");
        }
        checks.Decide();
    }

    /// <summary>What the checks call a line of the form.</summary>
    public static string PresetName(int at) => $"Presets.{at}";
    public static string ExtraName(int at) => $"Extras.{at}";
}
