using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Edits;

namespace PqdPortal.Data.Samples;

/// <summary>Keeps who was made from whom free of circles.</summary>
/// <remarks>
/// The caller has made sure that the viewer may change the child. Parents are added one after the other within a project, under its
/// lock, so that two people cannot close a circle from both sides. To be called inside a transaction; the caller saves.
/// </remarks>
public static class Genealogy
{
    /// <summary>Where a refusal stands.</summary>
    public const string Field = "Parents";

    /// <summary>As many parents one record has at most.</summary>
    public const int MostParents = 50;

    /// <summary>Says that a batch was made from another of its project; said again, how is what was said last.</summary>
    /// <exception cref="RefusedEditException">It is the same batch, of another project, in the bin, or made from this one.</exception>
    public static async Task AddBatchParent(this PortalDb db, Batch child, Guid parent, Descent how, CancellationToken stop = default)
    {
        await Lock(db, child.ProjectId, stop);
        if (await db.BatchParentTrouble(child, parent, stop) is { } trouble) throw Refused(trouble);
        if (await db.BatchParents.FindAsync([child.Id, parent], stop) is { } known) known.How = how;
        else
        {
            if (await db.BatchParents.CountAsync(p => p.BatchId == child.Id, stop) >= MostParents) throw Refused($"A batch is made from at most {MostParents} others.");
            db.BatchParents.Add(new BatchParent { BatchId = child.Id, ParentId = parent, How = how });
        }
    }

    /// <summary>Says that a sample was made from another of its project.</summary>
    /// <exception cref="RefusedEditException">It is the same sample, of another project, in the bin, or made from this one.</exception>
    public static async Task AddSampleParent(this PortalDb db, Sample child, Guid parent, Descent how, CancellationToken stop = default)
    {
        await Lock(db, child.ProjectId, stop);
        if (await db.SampleParentTrouble(child, parent, stop) is { } trouble) throw Refused(trouble);
        if (await db.SampleParents.FindAsync([child.Id, parent], stop) is { } known) known.How = how;
        else
        {
            if (await db.SampleParents.CountAsync(p => p.SampleId == child.Id, stop) >= MostParents) throw Refused($"A sample is made from at most {MostParents} others.");
            db.SampleParents.Add(new SampleParent { SampleId = child.Id, ParentId = parent, How = how });
        }
    }

    /// <summary>Why a batch cannot be made from another; null where it can.</summary>
    public static async Task<string?> BatchParentTrouble(this PortalDb db, Batch child, Guid parent, CancellationToken stop = default)
    {
        var isThere = await db.Batches.AnyAsync(b => b.Id == parent && b.ProjectId == child.ProjectId && b.DeletedAt == null, stop);
        var above = isThere ? await db.Database.SqlQuery<Guid>($"""
            WITH RECURSIVE above("Id") AS (
                SELECT {parent} UNION SELECT p."ParentId" FROM "BatchParents" p JOIN above a ON a."Id" = p."BatchId")
            SELECT "Id" AS "Value" FROM above
            """).ToListAsync(stop) : [];
        return Trouble("batch", child.Id, parent, isThere, above);
    }

    /// <summary>Why a sample cannot be made from another; null where it can.</summary>
    public static async Task<string?> SampleParentTrouble(this PortalDb db, Sample child, Guid parent, CancellationToken stop = default)
    {
        var isThere = await db.Samples.AnyAsync(s => s.Id == parent && s.ProjectId == child.ProjectId && s.DeletedAt == null, stop);
        var above = isThere ? await db.Database.SqlQuery<Guid>($"""
            WITH RECURSIVE above("Id") AS (
                SELECT {parent} UNION SELECT p."ParentId" FROM "SampleParents" p JOIN above a ON a."Id" = p."SampleId")
            SELECT "Id" AS "Value" FROM above
            """).ToListAsync(stop) : [];
        return Trouble("sample", child.Id, parent, isThere, above);
    }

    static Task Lock(PortalDb db, Guid project, CancellationToken stop) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({"genealogy " + project}, 0))", stop);

    static string? Trouble(string kind, Guid child, Guid parent, bool isThere, IReadOnlyList<Guid> above) =>
        child == parent ? $"A {kind} is not made from itself."
        : !isThere ? $"The parent is another {kind} of the same project."
        : above.Contains(child) ? $"The other {kind} was itself made from this one, directly or over others; so this one cannot be made from it."
        : null;

    static RefusedEditException Refused(string why) => new(new Dictionary<string, string> { [Field] = why });
}
