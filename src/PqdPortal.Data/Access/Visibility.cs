using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Attachments;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;

namespace PqdPortal.Data.Access;

/// <summary>
/// Who may see or change what: the one rule, asked by every page and endpoint. A record belongs to a project; what the viewer may do
/// with it is their role there, and nothing else. What they may not see does not exist for them. Who holds a read-only link has no role;
/// for them <see cref="LinkScope"/> says what is there.
/// </summary>
public static class Visibility
{
    /// <summary>Alive records of projects in which the viewer may at least read.</summary>
    public static IQueryable<T> VisibleTo<T>(this IQueryable<T> records, Viewer viewer) where T : class, IInProject =>
        records.WithRole(viewer, AccessRole.Read);

    /// <summary>Alive records the viewer may comment on.</summary>
    public static IQueryable<T> CommentableBy<T>(this IQueryable<T> records, Viewer viewer) where T : class, IInProject =>
        records.WithRole(viewer, AccessRole.Comment);

    /// <summary>Alive records the viewer may change.</summary>
    public static IQueryable<T> EditableBy<T>(this IQueryable<T> records, Viewer viewer) where T : class, IInProject =>
        records.WithRole(viewer, AccessRole.Edit);

    /// <summary>Records in the bin of projects whose records the viewer may change: to look at once more and to take out again.</summary>
    public static IQueryable<T> InBinOf<T>(this IQueryable<T> records, Viewer viewer) where T : class, IInProject
    {
        var binned = records.Where(record => record.DeletedAt != null);
        if (viewer.IsAdministrator) return binned.InAliveProject();
        var projects = viewer.Projects(AccessRole.Edit);
        return binned.Where(record => projects.Contains(record.ProjectId));
    }

    /// <summary>Alive records the viewer may read, and those in the bin that they may take out again.</summary>
    public static IQueryable<T> VisibleWithBinTo<T>(this IQueryable<T> records, Viewer viewer) where T : class, IInProject
    {
        if (viewer.Link is not null) return records.VisibleTo(viewer);
        if (viewer.IsAdministrator) return records.InAliveProject();
        var (readable, editable) = (viewer.Projects(AccessRole.Read), viewer.Projects(AccessRole.Edit));
        return records.Where(record => record.DeletedAt == null ? readable.Contains(record.ProjectId) : editable.Contains(record.ProjectId));
    }

    /// <summary>Alive projects in which the viewer may at least read.</summary>
    public static IQueryable<Project> VisibleTo(this IQueryable<Project> projects, Viewer viewer) =>
        projects.WithRole(viewer, AccessRole.Read);

    /// <summary>Alive projects whose records the viewer may comment on.</summary>
    public static IQueryable<Project> CommentableBy(this IQueryable<Project> projects, Viewer viewer) =>
        projects.WithRole(viewer, AccessRole.Comment);

    /// <summary>Alive projects whose records the viewer may change.</summary>
    public static IQueryable<Project> EditableBy(this IQueryable<Project> projects, Viewer viewer) =>
        projects.WithRole(viewer, AccessRole.Edit);

    /// <summary>Alive projects whose name, members and grants the viewer may change.</summary>
    public static IQueryable<Project> ManageableBy(this IQueryable<Project> projects, Viewer viewer) =>
        projects.WithRole(viewer, AccessRole.Manage);

    /// <summary>Alive set-ups of the whole portal and of the viewer's groups. Seeing one shows none of its runs.</summary>
    public static IQueryable<Instrument> VisibleTo(this IQueryable<Instrument> instruments, Viewer viewer)
    {
        var alive = instruments.Where(instrument => instrument.DeletedAt == null);
        if (viewer.IsAdministrator) return alive;
        if (viewer.PersonId is not { } person) return alive.Where(_ => false);
        // A guest came for one project: the portal's set-ups are none of theirs.
        var all = !viewer.IsGuest;
        return alive.Where(instrument => instrument.GroupId == null && all || instrument.Group!.Members.Any(member => member.PersonId == person));
    }

    /// <summary>Alive set-ups the viewer may change: those of their groups, and those they put up themselves.</summary>
    public static IQueryable<Instrument> EditableBy(this IQueryable<Instrument> instruments, Viewer viewer)
    {
        // A set-up lies in no project.
        if (viewer.Only is not null) return instruments.Where(_ => false);
        if (viewer.IsAdministrator || viewer.PersonId is not { } person) return instruments.VisibleTo(viewer);
        return instruments.VisibleTo(viewer)
            .Where(instrument => instrument.CreatedById == person || instrument.GroupId != null);
    }

    /// <summary>Set-ups in the bin that the viewer may take out again.</summary>
    public static IQueryable<Instrument> InBinOf(this IQueryable<Instrument> instruments, Viewer viewer)
    {
        var binned = instruments.Where(instrument => instrument.DeletedAt != null);
        // A token for one project is told of no set-up, whoever made it.
        if (viewer.Only is not null) return binned.Where(_ => false);
        if (viewer.IsAdministrator) return binned;
        if (viewer.PersonId is not { } person) return binned.Where(_ => false);
        return binned.Where(instrument => instrument.GroupId == null ? instrument.CreatedById == person : instrument.Group!.Members.Any(member => member.PersonId == person));
    }

    /// <summary>Alive photos and files of alive records that the viewer may see.</summary>
    /// <param name="db">Where the records lie that they hang on.</param>
    public static IQueryable<Attachment> VisibleTo(this IQueryable<Attachment> attachments, PortalDb db, Viewer viewer)
    {
        var (batches, samples, dots, runs, instruments) =
            (db.Batches.VisibleTo(viewer), db.Samples.VisibleTo(viewer), db.Emitters.VisibleTo(viewer), db.Runs.VisibleTo(viewer), db.Instruments.VisibleTo(viewer));
        return attachments.Where(a => a.DeletedAt == null
            && (batches.Any(r => r.Id == a.BatchId) || samples.Any(r => r.Id == a.SampleId) || dots.Any(r => r.Id == a.EmitterId)
                || runs.Any(r => r.Id == a.RunId) || instruments.Any(r => r.Id == a.InstrumentId)));
    }

    /// <summary>Photos and files, in the bin or not, of alive records that the viewer may change.</summary>
    public static IQueryable<Attachment> EditableBy(this IQueryable<Attachment> attachments, PortalDb db, Viewer viewer)
    {
        var (batches, samples, dots, runs, instruments) =
            (db.Batches.EditableBy(viewer), db.Samples.EditableBy(viewer), db.Emitters.EditableBy(viewer), db.Runs.EditableBy(viewer), db.Instruments.EditableBy(viewer));
        return attachments.Where(a => batches.Any(r => r.Id == a.BatchId) || samples.Any(r => r.Id == a.SampleId) || dots.Any(r => r.Id == a.EmitterId)
            || runs.Any(r => r.Id == a.RunId) || instruments.Any(r => r.Id == a.InstrumentId));
    }

    /// <summary>The viewer's role in a project.</summary>
    public static AccessRole RoleIn(this Viewer viewer, Guid project) =>
        viewer.IsAdministrator ? AccessRole.Manage : viewer.Roles.GetValueOrDefault(project, AccessRole.None);

    /// <summary>True where the viewer may read the project's records.</summary>
    public static bool MaySee(this Viewer viewer, Guid project) => viewer.RoleIn(project) >= AccessRole.Read;

    /// <summary>True where the viewer may change the project's records.</summary>
    public static bool MayEdit(this Viewer viewer, Guid project) => viewer.RoleIn(project) >= AccessRole.Edit;

    /// <summary>True where the viewer may change the project's members.</summary>
    public static bool MayManage(this Viewer viewer, Guid project) => viewer.RoleIn(project) >= AccessRole.Manage;

    static IQueryable<T> WithRole<T>(this IQueryable<T> records, Viewer viewer, AccessRole least) where T : class, IInProject
    {
        var alive = records.Where(record => record.DeletedAt == null);
        if (viewer.Link is { } link) return least > AccessRole.Read ? alive.Where(_ => false) : link.Opened(alive.InAliveProject());
        // Roles name alive projects only; an administrator has none and needs none.
        if (viewer.IsAdministrator) return alive.InAliveProject();
        var projects = viewer.Projects(least);
        return alive.Where(record => projects.Contains(record.ProjectId));
    }

    static IQueryable<T> InAliveProject<T>(this IQueryable<T> records) where T : class, IInProject =>
        records.Where(record => EF.Property<Project>(record, nameof(ProjectRecord.Project)).DeletedAt == null);

    static IQueryable<Project> WithRole(this IQueryable<Project> projects, Viewer viewer, AccessRole least)
    {
        var alive = projects.Where(project => project.DeletedAt == null);
        if (viewer.Link is { } link)
            return least > AccessRole.Read || link.Kind != LinkedKind.Project ? alive.Where(_ => false) : alive.Where(project => project.Id == link.RecordId);
        if (viewer.IsAdministrator) return alive;
        var known = viewer.Projects(least);
        return alive.Where(project => known.Contains(project.Id));
    }

    static Guid[] Projects(this Viewer viewer, AccessRole least) =>
        [.. viewer.Roles.Where(role => role.Value >= least).Select(role => role.Key)];
}
