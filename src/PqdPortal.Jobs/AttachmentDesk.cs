using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Attachments;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Files;

namespace PqdPortal.Jobs;

/// <summary>Takes photos and files for records: looks at their bytes, keeps them in the store, and hangs them on the record.</summary>
public sealed class AttachmentDesk(IDbContextFactory<PortalDb> database, IFileStore store, TimeProvider clock)
{
    /// <summary>Where a refusal stands.</summary>
    public const string Field = "File";

    /// <summary>Hangs a file on a record; null where there is no such record that the viewer may change.</summary>
    /// <param name="type">Media type the sender gives; may be empty.</param>
    /// <exception cref="RefusedEditException">It is too large, or not what it says it is; nothing was added.</exception>
    public async Task<Attachment?> Add(Viewer viewer, AttachedTo on, string name, string? type, Stream content, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (await Editable(db, viewer, on, stop) is null) return null;
        name = CleanName(name);
        var (read, trouble) = PhotoBytes.Of(await Whole(name, content, Attachment.LargestFile, stop), name, type);
        if (read is null) throw Refused(trouble!);

        // The bytes first: what ends in between leaves bytes that no record names, which the next round of the bin takes away.
        var stored = await store.Save(new MemoryStream(read.Bytes, writable: false), stop);
        await using var work = await db.Database.BeginTransactionAsync(stop);
        await StoredFiles.Remember(db, store, stored, stop);
        await Lock(db, on.Id, stop);
        // Tracked, so that the event knows its project; it may have gone meanwhile.
        if (await Editable(db, viewer, on, stop) is null) return null;
        var there = Of(db, on);
        if (await there.FirstOrDefaultAsync(a => a.Sha256 == stored.Sha256 && a.Name == name && a.DeletedAt == null, stop) is { } same) return same;
        if (await there.CountAsync(a => a.DeletedAt == null, stop) >= Attachment.MostOfOne)
            throw Refused($"{Attachment.MostOfOne} photos and files hang here already. Put some into the bin, or keep them on another record; nothing was added.");
        var attachment = new Attachment
        {
            Sha256 = stored.Sha256, Name = name, Picture = read.Picture, Width = read.Width, Height = read.Height, LostPosition = read.LostPosition,
            Place = 1 + (await there.MaxAsync(a => (int?)a.Place, stop) ?? 0), AddedById = viewer.PersonId, AddedAt = clock.GetUtcNow(),
            BatchId = on.Kind == "batch" ? on.Id : null, SampleId = on.Kind == "sample" ? on.Id : null, EmitterId = on.Kind == "dot" ? on.Id : null,
            RunId = on.Kind == "run" ? on.Id : null, InstrumentId = on.Kind == "instrument" ? on.Id : null,
        };
        db.Attachments.Add(attachment);
        await db.SaveChangesAsync(stop);
        await work.CommitAsync(stop);
        return attachment;
    }

    /// <summary>Keeps the small picture of a photo, once; false where there is no such photo that the viewer may change.</summary>
    /// <exception cref="RefusedEditException">It is too large or no picture.</exception>
    public async Task<bool> Thumbnail(Viewer viewer, Guid id, Stream content, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (!await db.Attachments.EditableBy(db, viewer).AnyAsync(a => a.Id == id && a.Picture != null && a.DeletedAt == null, stop)) return false;
        var (read, trouble) = PhotoBytes.Of(await Whole("The small picture", content, Attachment.LargestThumbnail, stop), "The small picture", "image/jpeg");
        if (read is null) throw Refused(trouble!);
        var stored = await store.Save(new MemoryStream(read.Bytes, writable: false), stop);
        await using var work = await db.Database.BeginTransactionAsync(stop);
        await StoredFiles.Remember(db, store, stored, stop);
        await db.SaveChangesAsync(stop);
        await db.Attachments.Where(a => a.Id == id && a.ThumbnailSha256 == null).ExecuteUpdateAsync(set => set.SetProperty(a => a.ThumbnailSha256, stored.Sha256), stop);
        await work.CommitAsync(stop);
        return true;
    }

    /// <summary>What already hangs on a record, in the bin or not.</summary>
    public static IQueryable<Attachment> Of(PortalDb db, AttachedTo on) => on.Kind switch
    {
        "batch" => db.Attachments.Where(a => a.BatchId == on.Id),
        "sample" => db.Attachments.Where(a => a.SampleId == on.Id),
        "dot" => db.Attachments.Where(a => a.EmitterId == on.Id),
        "run" => db.Attachments.Where(a => a.RunId == on.Id),
        "instrument" => db.Attachments.Where(a => a.InstrumentId == on.Id),
        _ => db.Attachments.Where(_ => false),
    };

    /// <summary>The record that something hangs on, if the viewer may change it.</summary>
    public static async Task<IRecord?> Editable(PortalDb db, Viewer viewer, AttachedTo on, CancellationToken stop) => on.Kind switch
    {
        "batch" => await db.Batches.EditableBy(viewer).FirstOrDefaultAsync(r => r.Id == on.Id, stop),
        "sample" => await db.Samples.EditableBy(viewer).FirstOrDefaultAsync(r => r.Id == on.Id, stop),
        "dot" => await db.Emitters.EditableBy(viewer).FirstOrDefaultAsync(r => r.Id == on.Id, stop),
        "run" => await db.Runs.EditableBy(viewer).FirstOrDefaultAsync(r => r.Id == on.Id, stop),
        "instrument" => await db.Instruments.EditableBy(viewer).FirstOrDefaultAsync(r => r.Id == on.Id, stop),
        _ => null,
    };

    /// <summary>Whether the viewer sees the record that something hangs on.</summary>
    public static async Task<bool> IsSeen(PortalDb db, Viewer viewer, AttachedTo on, CancellationToken stop) => on.Kind switch
    {
        "batch" => await db.Batches.VisibleTo(viewer).AnyAsync(r => r.Id == on.Id, stop),
        "sample" => await db.Samples.VisibleTo(viewer).AnyAsync(r => r.Id == on.Id, stop),
        "dot" => await db.Emitters.VisibleTo(viewer).AnyAsync(r => r.Id == on.Id, stop),
        "run" => await db.Runs.VisibleTo(viewer).AnyAsync(r => r.Id == on.Id, stop),
        "instrument" => await db.Instruments.VisibleTo(viewer).AnyAsync(r => r.Id == on.Id, stop),
        _ => false,
    };

    static Task Lock(PortalDb db, Guid record, CancellationToken stop) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({"attachments " + record}, 0))", stop);

    static async Task<byte[]> Whole(string name, Stream content, long most, CancellationToken stop)
    {
        var whole = new MemoryStream();
        var piece = new byte[81920];
        int read;
        while ((read = await content.ReadAsync(piece, stop)) > 0)
        {
            if (whole.Length + read > most) throw Refused($"{name} is larger than {most >> 20} MB, the most that one photo or file may have here. Nothing was added. Measurements of any size go to a run by Upload.");
            whole.Write(piece, 0, read);
        }
        return whole.ToArray();
    }

    /// <summary>The last part of whatever path came, of what can be kept.</summary>
    static string CleanName(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var kept = string.Concat(last.Where(c => !char.IsControl(c) && !char.IsSurrogate(c) || char.IsSurrogate(c) && Keepable.IsText(last))).Trim();
        if (kept.Length == 0) return "file";
        if (kept.Length <= 200) return kept;
        var end = Path.GetExtension(kept) is { Length: <= 12 } extension ? extension : "";
        var cut = kept[..(200 - end.Length)];
        return (char.IsHighSurrogate(cut[^1]) ? cut[..^1] : cut) + end;
    }

    static RefusedEditException Refused(string why) => new(new Dictionary<string, string> { [Field] = why });
}
