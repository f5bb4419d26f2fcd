using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Access;
using PqdPortal.Data.Samples;

namespace PqdPortal.Data.Edits;

/// <summary>Finds the template that a new record is begun with, or takes a built-in one over into the project.</summary>
public static class TemplateTaking
{
    /// <summary>The project's template of that id, or its own copy of the built-in one of that key; null where there is none for the viewer.</summary>
    /// <remarks>Inside a transaction: who takes over the same one at the same moment waits and finds it there.</remarks>
    public static async Task<Template?> TakeTemplate(this PortalDb db, Viewer viewer, Guid project, string key, CancellationToken stop = default)
    {
        if (Guid.TryParse(key, out var id))
            return await db.Templates.VisibleTo(viewer).FirstOrDefaultAsync(t => t.Id == id && t.ProjectId == project, stop);
        if (BuiltInTemplates.Of(key) is not { } builtIn || !viewer.MayEdit(project)) return null;

        await Numbering.Lock(db, project, stop);
        if (await db.Templates.VisibleWithBinTo(viewer).FirstOrDefaultAsync(t => t.ProjectId == project && t.BuiltIn == key, stop) is { } own)
            return own.DeletedAt is null ? own : null;
        var taken = builtIn.For(project);
        taken.CreatedById = viewer.PersonId;
        db.Templates.Add(taken);
        await db.SaveChangesAsync(stop);
        return taken;
    }

    /// <summary>Refuses a template that is not the project's own; one that stood there before may stay.</summary>
    public static async Task<bool> TemplateFits(this PortalDb db, Viewer viewer, Guid project, Guid? template, Guid? before, CancellationToken stop = default) =>
        template is not { } id || id == before || await db.Templates.VisibleTo(viewer).AnyAsync(t => t.Id == id && t.ProjectId == project, stop);
}
