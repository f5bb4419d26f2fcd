using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Attachments;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Attachments;

/// <summary>The photos and files of a record.</summary>
public sealed class AttachmentQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>Those of one record in their order, those in the bin behind; none where the viewer may not see the record.</summary>
    public async Task<IReadOnlyList<Attachment>> Of(AttachedTo on, bool withBin = false, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (!await AttachmentDesk.IsSeen(db, viewer, on, stop)) return [];
        var mayEdit = withBin && await AttachmentDesk.Editable(db, viewer, on, stop) is not null;
        return await AttachmentDesk.Of(db, on).Where(a => a.DeletedAt == null || mayEdit).Include(a => a.Stored)
            .OrderBy(a => a.DeletedAt != null).ThenBy(a => a.Place).ThenBy(a => a.Id).AsNoTracking().ToListAsync(stop);
    }

    /// <summary>One that the viewer may see; null where there is none for them.</summary>
    public async Task<Attachment?> Get(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Attachments.VisibleTo(db, viewer).Include(a => a.Stored).AsNoTracking().FirstOrDefaultAsync(a => a.Id == id, stop);
    }

    /// <summary>The viewer's role towards a record: none, read or edit.</summary>
    public async Task<AccessRole> Role(AttachedTo on, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return !await AttachmentDesk.IsSeen(db, viewer, on, stop) ? AccessRole.None
            : await AttachmentDesk.Editable(db, viewer, on, stop) is null ? AccessRole.Read : AccessRole.Edit;
    }
}

/// <summary>What changes the photos and files of a record.</summary>
public sealed class AttachmentCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, AttachmentDesk desk, TimeProvider clock)
{
    /// <summary>Hangs a file on a record; null where there is no such record that the viewer may change.</summary>
    /// <exception cref="RefusedEditException">It is too large, or not what it says it is.</exception>
    public async Task<Attachment?> Add(AttachedTo on, string name, string? type, Stream content, CancellationToken stop = default) =>
        await desk.Add(await me.Get(stop), on, name, type, content, stop);

    /// <summary>Keeps the small picture of a photo; false where there is no such photo that the viewer may change.</summary>
    public async Task<bool> Thumbnail(Guid id, Stream content, CancellationToken stop = default) => await desk.Thumbnail(await me.Get(stop), id, content, stop);

    /// <summary>Changes the line below it; false where the viewer may not.</summary>
    /// <exception cref="RefusedEditException">It cannot be kept.</exception>
    public Task<bool> Caption(Guid id, string? caption, CancellationToken stop = default)
    {
        caption = string.IsNullOrWhiteSpace(caption) ? null : caption.Trim();
        if (Keepable.TroubleOf(caption, 500, "The line below a photo or file") is { } trouble) throw new RefusedEditException(new Dictionary<string, string> { [nameof(Attachment.Caption)] = trouble });
        return Change(id, (_, attachment, _) => { attachment.Caption = caption; return Task.CompletedTask; }, stop);
    }

    /// <summary>Moves it to a place among those of its record, from 1; false where the viewer may not.</summary>
    public Task<bool> Move(Guid id, int place, CancellationToken stop = default) => Change(id, async (db, attachment, _) =>
    {
        var row = await AttachmentDesk.Of(db, attachment.On).Where(a => a.DeletedAt == null).OrderBy(a => a.Place).ThenBy(a => a.Id).ToListAsync(stop);
        row.RemoveAll(a => a.Id == id);
        row.Insert(Math.Clamp(place - 1, 0, row.Count), attachment);
        foreach (var (i, one) in row.Index()) one.Place = i + 1;
    }, stop);

    /// <summary>Puts it into the bin or takes it out; false where the viewer may not.</summary>
    public Task<bool> Bin(Guid id, bool binned, CancellationToken stop = default) =>
        Change(id, (_, attachment, _) => { attachment.DeletedAt = binned ? clock.GetUtcNow() : null; return Task.CompletedTask; }, stop);

    /// <summary>Says that a photo of a dot shows where it lies; false where there is no such photo, or the viewer may not.</summary>
    public Task<bool> ShowsPlace(Guid id, bool shows, CancellationToken stop = default) => Change(id, (_, attachment, of) =>
    {
        if (of is Emitter dot && attachment.Picture is not null) dot.ImageSha256 = shows ? attachment.Sha256 : null;
        return Task.CompletedTask;
    }, stop);

    async Task<bool> Change(Guid id, Func<PortalDb, Attachment, IRecord?, Task> change, CancellationToken stop)
    {
        var viewer = await me.Get(stop);
        for (var left = 5; ; left--)
        {
            await using var db = await database.CreateDbContextAsync(stop);
            db.Actor = viewer.PersonId;
            if (await db.Attachments.EditableBy(db, viewer).FirstOrDefaultAsync(a => a.Id == id, stop) is not { } attachment) return false;
            await change(db, attachment, await AttachmentDesk.Editable(db, viewer, attachment.On, stop));
            try
            {
                await db.SaveChangesAsync(stop);
                return true;
            }
            catch (DbUpdateConcurrencyException) when (left > 0)
            {
                // Somebody changed one of them at this moment: once more upon what they left.
            }
        }
    }
}
