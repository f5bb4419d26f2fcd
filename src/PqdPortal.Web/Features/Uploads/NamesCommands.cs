using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Uploads;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Uploads;

/// <summary>What changes the rules of file names, and what the inbox learnt.</summary>
public sealed class NamesCommands(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>Saves the rules of a project or a group, for the first time or anew; null where the viewer may not change them.</summary>
    /// <exception cref="RefusedEditException">A pattern cannot be read.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public async Task<NamingRules?> Save(NamingRules edited, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (edited.ProjectId is { } project ? !await db.Projects.EditableBy(viewer).AnyAsync(p => p.Id == project, stop)
            : !await NamesQueries.GroupsOf(db, viewer).AnyAsync(g => g.Id == edited.GroupId, stop)) return null;

        RecordFields.Tidy(edited);
        NamePattern.ReadAll(edited.Patterns, out var trouble);
        new EditChecks().Keepable(edited)
            .That(nameof(NamingRules.Patterns), trouble is null, trouble ?? "")
            .That(nameof(NamingRules.Filing), Enum.IsDefined(edited.Filing), "Choose what becomes of files whose home is certain.").Decide();
        var stored = await db.NamingRules.FirstOrDefaultAsync(r => edited.ProjectId != null ? r.ProjectId == edited.ProjectId : r.GroupId == edited.GroupId, stop);
        if (stored is null)
        {
            // The id of the owner: a form that was opened before the first save is of the same record as one opened after it.
            stored = new NamingRules { Id = (edited.ProjectId ?? edited.GroupId)!.Value, ProjectId = edited.ProjectId, GroupId = edited.ProjectId is null ? edited.GroupId : null, Patterns = edited.Patterns, Filing = edited.Filing };
            db.NamingRules.Add(stored);
            try
            {
                await db.SaveChangesAsync(stop);
                return stored;
            }
            catch (DbUpdateException taken) when (taken.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                // Somebody else saved the first rules at this moment: theirs stand, and this is a stale save.
                db.ChangeTracker.Clear();
                stored = await db.NamingRules.FirstAsync(r => r.Id == stored.Id, stop);
            }
        }
        await db.SaveEdited(stored, edited, stop);
        return stored;
    }

    /// <summary>Forgets something that people taught; false where the viewer may not change the project.</summary>
    public async Task<bool> Forget(Guid lesson, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.InboxLessons.EditableBy(viewer).Where(one => one.Id == lesson).ExecuteDeleteAsync(stop) > 0;
    }
}
