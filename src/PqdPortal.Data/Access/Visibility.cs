using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Access;

/// <summary>
/// Who may see or change what: the one rule, asked by every page and endpoint. A record belongs to a project; what the viewer may do
/// with it is their role there, and nothing else. What they may not see does not exist for them.
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
        if (viewer.IsAdministrator) return records.InAliveProject();
        var (readable, editable) = (viewer.Projects(AccessRole.Read), viewer.Projects(AccessRole.Edit));
        return records.Where(record => record.DeletedAt == null ? readable.Contains(record.ProjectId) : editable.Contains(record.ProjectId));
    }

    /// <summary>Alive projects in which the viewer may at least read.</summary>
    public static IQueryable<Project> VisibleTo(this IQueryable<Project> projects, Viewer viewer) =>
        projects.WithRole(viewer, AccessRole.Read);

    /// <summary>Alive projects whose records the viewer may change.</summary>
    public static IQueryable<Project> EditableBy(this IQueryable<Project> projects, Viewer viewer) =>
        projects.WithRole(viewer, AccessRole.Edit);

    /// <summary>Alive projects whose name, members and grants the viewer may change.</summary>
    public static IQueryable<Project> ManageableBy(this IQueryable<Project> projects, Viewer viewer) =>
        projects.WithRole(viewer, AccessRole.Manage);

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
        if (viewer.IsAdministrator) return alive;
        var known = viewer.Projects(least);
        return alive.Where(project => known.Contains(project.Id));
    }

    static Guid[] Projects(this Viewer viewer, AccessRole least) =>
        [.. viewer.Roles.Where(role => role.Value >= least).Select(role => role.Key)];
}
