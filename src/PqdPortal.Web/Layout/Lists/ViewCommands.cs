using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Lists;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>Saved views of lists: a person's own, and those that others share with a project the person sees.</summary>
public sealed class ViewCommands(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>More views of one list than this nobody finds their way in.</summary>
    const int MostViews = 100;

    /// <summary>The views of a list for this person: their own by name, then the shared ones.</summary>
    public async Task<IReadOnlyList<ViewLine>> Of(string list, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        var shared = db.Projects.VisibleTo(viewer).Select(p => p.Id);
        return await db.SavedViews.Where(v => v.List == list && (v.OwnerId == person || (v.ProjectId != null && shared.Contains(v.ProjectId.Value))))
            .OrderByDescending(v => v.OwnerId == person).ThenBy(v => v.Name).Take(MostViews)
            .Select(v => new ViewLine(v.Id, v.Name, v.Query, v.OwnerId == person, v.IsDefault && v.OwnerId == person, v.ProjectId, v.ProjectId != null && shared.Contains(v.ProjectId.Value) ? v.Project!.Name : null, v.OwnerId == person ? null : v.Owner.Name))
            .ToListAsync(stop);
    }

    /// <summary>The projects a view can be shared with.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Name)>> Projects(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return [.. (await db.Projects.EditableBy(viewer).OrderBy(p => p.Name).Take(200).Select(p => new { p.Id, p.Name }).ToListAsync(stop)).Select(p => (p.Id, p.Name))];
    }

    /// <summary>A project by its code; null where there is none for the viewer.</summary>
    public async Task<Guid?> Project(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Projects.VisibleTo(viewer).Where(p => p.Code == code).Select(p => (Guid?)p.Id).FirstOrDefaultAsync(stop);
    }

    /// <summary>Keeps a view under a name; one of the person's own with that name is replaced.</summary>
    /// <returns>What is wrong, for people; null where it was kept.</returns>
    public async Task<string?> Keep(string list, string name, string query, Guid? project, bool isDefault, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person) return "Sign in to keep a view.";
        name = name.Trim();
        if (name.Length == 0) return "A view needs a name.";
        if (Keepable.TroubleOf(name, 80, "The name") is { } trouble) return trouble;
        if (query.Length > 4000 || !Keepable.IsText(query)) return "This view has more filters than can be kept. Take some away; the list itself stays as it is.";
        if (RecordLists.Find(list) is null) return "There is no such list.";
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = person;
        if (project is { } shared && !await db.Projects.EditableBy(viewer).AnyAsync(p => p.Id == shared, stop))
            return "Sharing a view with a project needs the role edit in it. Nothing was saved.";
        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(stop);
            var own = await db.SavedViews.Where(v => v.OwnerId == person && v.List == list).ToListAsync(stop);
            var view = own.FirstOrDefault(v => v.Name == name);
            if (view is null && own.Count >= MostViews) return $"There are {MostViews} views of this list already. Remove one first.";
            // One at a time is the default: the old one steps back before the new one steps forward.
            foreach (var other in own.Where(v => isDefault && v.IsDefault && v != view)) other.IsDefault = false;
            await db.SaveChangesAsync(stop);
            if (view is null) db.Add(view = new SavedView { OwnerId = person, List = list, Name = name, Query = query });
            (view.Query, view.ProjectId, view.IsDefault) = (query, project, isDefault);
            await db.SaveChangesAsync(stop);
            await transaction.CommitAsync(stop);
            return null;
        }
        catch (DbUpdateException error) when (error is DbUpdateConcurrencyException || error.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation })
        {
            return "Your views were changed in another window at the same moment. Nothing was lost; save once more.";
        }
    }

    /// <summary>Gives one of the person's own views another name.</summary>
    public async Task<string?> Rename(Guid id, string name, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        name = name.Trim();
        if (name.Length == 0) return "A view needs a name.";
        if (Keepable.TroubleOf(name, 80, "The name") is { } trouble) return trouble;
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (await db.SavedViews.FirstOrDefaultAsync(v => v.Id == id && v.OwnerId == viewer.PersonId, stop) is not { } view) return "This view is not there any more.";
        view.Name = name;
        try
        {
            await db.SaveChangesAsync(stop);
            return null;
        }
        catch (DbUpdateException error) when (error is DbUpdateConcurrencyException || error.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return $"You have a view named \"{name}\" already. Choose another name.";
        }
    }

    /// <summary>Makes one of the person's own views the one that its list opens with, or none of them.</summary>
    public async Task Default(string list, Guid? id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person) return;
        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var own = db.SavedViews.Where(v => v.OwnerId == person && v.List == list);
        await own.Where(v => v.IsDefault).ExecuteUpdateAsync(set => set.SetProperty(v => v.IsDefault, false), stop);
        await own.Where(v => v.Id == id).ExecuteUpdateAsync(set => set.SetProperty(v => v.IsDefault, true), stop);
        await transaction.CommitAsync(stop);
    }

    /// <summary>Removes one of the person's own views, or one that is shared with a project the person manages.</summary>
    public async Task Remove(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        var managed = db.Projects.ManageableBy(viewer).Select(p => p.Id);
        if (await db.SavedViews.FirstOrDefaultAsync(v => v.Id == id && viewer.PersonId != null && (v.OwnerId == viewer.PersonId || (v.ProjectId != null && managed.Contains(v.ProjectId.Value))), stop) is not { } view) return;
        db.Remove(view);
        try { await db.SaveChangesAsync(stop); }
        catch (DbUpdateConcurrencyException) { /* gone already */ }
    }
}

/// <summary>A saved view as a line of the menu.</summary>
/// <param name="IsMine">Whether the viewer made it.</param>
/// <param name="ProjectName">With whom it is shared.</param>
/// <param name="By">Who made it, where somebody else did.</param>
public sealed record ViewLine(Guid Id, string Name, string Query, bool IsMine, bool IsDefault, Guid? ProjectId, string? ProjectName, string? By);
