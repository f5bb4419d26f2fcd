using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Templates;

/// <summary>What forms, lists and the REST API ask of templates.</summary>
public sealed class TemplateQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>The templates of the projects that the viewer sees, by project and name.</summary>
    /// <param name="project">Code of one project; all where null.</param>
    public async Task<IReadOnlyList<TemplateRow>> List(string? project = null, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var rows = await db.Templates.VisibleTo(viewer).Where(t => project == null || t.Project.Code == project)
            .OrderBy(t => t.Project.Name).ThenBy(t => t.Name).ThenBy(t => t.Id)
            .Select(t => new
            {
                t.Id, t.ProjectId, Code = t.Project.Code, Project = t.Project.Name, t.Name, t.Begins, t.Method, t.Presets, t.Extras,
                Uses = t.Begins == RecordKind.Batch ? db.Batches.Count(b => b.TemplateId == t.Id && b.DeletedAt == null) : db.Samples.Count(s => s.TemplateId == t.Id && s.DeletedAt == null),
            }).AsNoTracking().ToListAsync(stop);
        return [.. rows.Select(t => new TemplateRow(t.Id, t.ProjectId, t.Code, t.Project, t.Name, t.Begins, t.Method, t.Presets.Length, t.Extras.Length, t.Uses))];
    }

    /// <summary>The templates with which a record of a project can be begun: the project's own, then the built-in ones it has not taken over.</summary>
    public async Task<IReadOnlyList<TemplateChoice>> Choices(Guid project, RecordKind begins, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (!viewer.MayEdit(project)) return [];
        var known = await db.Templates.VisibleWithBinTo(viewer).Where(t => t.ProjectId == project && t.Begins == begins).OrderBy(t => t.Name).AsNoTracking().ToListAsync(stop);
        return
        [
            .. known.Where(t => t.DeletedAt is null).Select(t => new TemplateChoice(t.Id.ToString(), t.Name, t.Notes, t)),
            .. BuiltInTemplates.All.Where(t => t.Begins == begins && !known.Exists(own => own.BuiltIn == t.Key))
                .Select(t => new TemplateChoice(t.Key, t.Name, t.About, t.For(project))),
        ];
    }

    /// <summary>One template; null where there is none for this viewer.</summary>
    public async Task<TemplateView?> Get(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var template = await db.Templates.VisibleWithBinTo(viewer).Include(t => t.Project).AsNoTracking().FirstOrDefaultAsync(t => t.Id == id, stop);
        if (template is null) return null;
        var uses = await db.Batches.VisibleTo(viewer).CountAsync(b => b.TemplateId == id, stop) + await db.Samples.VisibleTo(viewer).CountAsync(s => s.TemplateId == id, stop);
        return new TemplateView(template, uses, viewer.MayEdit(template.ProjectId));
    }

    /// <summary>Whether the page of that template has something to show to this viewer.</summary>
    public async Task<bool> IsThere(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Templates.VisibleWithBinTo(viewer).AnyAsync(t => t.Id == id, stop);
    }

    /// <summary>What happened to the template, newest first; empty where the viewer may not see it.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> History(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Templates.VisibleWithBinTo(viewer).AnyAsync(t => t.Id == id, stop) ? await db.HistoryOf(id, stop: stop) : [];
    }

    /// <summary>The extra fields that are asked of a record.</summary>
    public async Task<IReadOnlyList<AskedField>> Asked(object record, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.AskedOf(db.Templates.VisibleTo(viewer), record, stop);
    }

    /// <summary>The extra fields of a kind of record, as columns.</summary>
    public async Task<IReadOnlyList<ExtraColumn>> Columns(RecordKind kind, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Templates.VisibleTo(viewer).ExtraColumns(kind, stop);
    }

    /// <summary>The projects in which the viewer may make and change templates.</summary>
    public async Task<IReadOnlyList<TemplateProject>> Projects(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Projects.EditableBy(viewer).OrderBy(p => p.Simulated).ThenBy(p => p.Name).Select(p => new TemplateProject(p.Id, p.Code, p.Name)).ToListAsync(stop);
    }
}

/// <summary>One line of the list of templates.</summary>
/// <param name="Uses">Records that were begun with it.</param>
public sealed record TemplateRow(
    Guid Id, Guid ProjectId, string ProjectCode, string Project, string Name, RecordKind Begins, SynthesisMethod Method, int Presets, int Extras, int Uses);

/// <summary>A template to begin with.</summary>
/// <param name="Key">Its id; for a built-in one that the project has not taken over yet, its name in the address.</param>
public sealed record TemplateChoice(string Key, string Name, string? About, Template Template);

/// <summary>A template, how many records were begun with it, and whether the viewer may change it.</summary>
public sealed record TemplateView(Template Template, int Uses, bool MayEdit);

/// <summary>A project that may have templates.</summary>
public sealed record TemplateProject(Guid Id, string Code, string Name);
