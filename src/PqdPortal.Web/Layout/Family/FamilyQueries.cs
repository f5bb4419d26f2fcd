using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Family;

/// <summary>What a batch or a sample was made from and what was made of it, over all generations.</summary>
public sealed class FamilyQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>As many relatives are drawn.</summary>
    public const int Most = 200;

    /// <summary>The relatives of a batch whom the viewer may see; null where they may not see the batch.</summary>
    public async Task<FamilyTree?> OfBatch(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var of = await db.Batches.VisibleWithBinTo(viewer).Where(b => b.Id == id).Select(b => new { b.ProjectId, b.DeletedAt }).FirstOrDefaultAsync(stop);
        if (of is null) return null;
        var related = await db.Database.SqlQuery<Guid>($"""
            WITH RECURSIVE
              above("Id") AS (SELECT {id} UNION SELECT p."ParentId" FROM "BatchParents" p JOIN above a ON a."Id" = p."BatchId"),
              below("Id") AS (SELECT "Id" FROM above UNION SELECT p."BatchId" FROM "BatchParents" p JOIN below b ON b."Id" = p."ParentId")
            SELECT "Id" AS "Value" FROM below LIMIT {Most}
            """).ToListAsync(stop);
        var members = await db.Batches.VisibleWithBinTo(viewer).Where(b => related.Contains(b.Id) && (b.DeletedAt == null || b.Id == id))
            .Select(b => new FamilyMember(b.Id, b.Code, b.Name, b.Formula)).ToListAsync(stop);
        var ids = members.Select(m => m.Id).ToList();
        var lines = await db.BatchParents.Where(p => ids.Contains(p.BatchId) && ids.Contains(p.ParentId))
            .Select(p => new FamilyLine(p.ParentId, p.BatchId, p.How)).ToListAsync(stop);
        return new FamilyTree("b", id, members, lines, of.DeletedAt is null && viewer.MayEdit(of.ProjectId), related.Count == Most);
    }

    /// <summary>The relatives of a sample whom the viewer may see; null where they may not see the sample.</summary>
    public async Task<FamilyTree?> OfSample(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var of = await db.Samples.VisibleWithBinTo(viewer).Where(s => s.Id == id).Select(s => new { s.ProjectId, s.DeletedAt }).FirstOrDefaultAsync(stop);
        if (of is null) return null;
        var related = await db.Database.SqlQuery<Guid>($"""
            WITH RECURSIVE
              above("Id") AS (SELECT {id} UNION SELECT p."ParentId" FROM "SampleParents" p JOIN above a ON a."Id" = p."SampleId"),
              below("Id") AS (SELECT "Id" FROM above UNION SELECT p."SampleId" FROM "SampleParents" p JOIN below b ON b."Id" = p."ParentId")
            SELECT "Id" AS "Value" FROM below LIMIT {Most}
            """).ToListAsync(stop);
        var members = await db.Samples.VisibleWithBinTo(viewer).Where(s => related.Contains(s.Id) && (s.DeletedAt == null || s.Id == id))
            .Select(s => new FamilyMember(s.Id, s.Code, s.Name, s.Batch.Formula)).ToListAsync(stop);
        var ids = members.Select(m => m.Id).ToList();
        var lines = await db.SampleParents.Where(p => ids.Contains(p.SampleId) && ids.Contains(p.ParentId))
            .Select(p => new FamilyLine(p.ParentId, p.SampleId, p.How)).ToListAsync(stop);
        return new FamilyTree("s", id, members, lines, of.DeletedAt is null && viewer.MayEdit(of.ProjectId), related.Count == Most);
    }

    /// <summary>Codes and names that can be chosen as a parent, those first whose code or name begins like the text.</summary>
    public async Task<IReadOnlyList<FamilyMember>> Candidates(FamilyTree of, string? search, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var pattern = Like.Holding(search ?? "");
        var project = of.IsOfBatches
            ? await db.Batches.VisibleTo(viewer).Where(b => b.Id == of.Of).Select(b => b.ProjectId).FirstOrDefaultAsync(stop)
            : await db.Samples.VisibleTo(viewer).Where(s => s.Id == of.Of).Select(s => s.ProjectId).FirstOrDefaultAsync(stop);
        return of.IsOfBatches
            ? await db.Batches.VisibleTo(viewer).Where(b => b.ProjectId == project && b.Id != of.Of && (EF.Functions.ILike(b.Code, pattern, Like.Escape) || EF.Functions.ILike(b.Name, pattern, Like.Escape)))
                .OrderByDescending(b => b.CreatedAt).Take(50).Select(b => new FamilyMember(b.Id, b.Code, b.Name, b.Formula)).ToListAsync(stop)
            : await db.Samples.VisibleTo(viewer).Where(s => s.ProjectId == project && s.Id != of.Of && (EF.Functions.ILike(s.Code, pattern, Like.Escape) || EF.Functions.ILike(s.Name, pattern, Like.Escape)))
                .OrderByDescending(s => s.CreatedAt).Take(50).Select(s => new FamilyMember(s.Id, s.Code, s.Name, s.Batch.Formula)).ToListAsync(stop);
    }
}

/// <summary>What changes who was made from whom.</summary>
public sealed class FamilyCommands(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>Says that a batch was made from another of its project; false where the viewer may not change it.</summary>
    /// <exception cref="RefusedEditException">The parent is none that it can have.</exception>
    public Task<bool> AddToBatch(Guid batch, string parentCode, Descent how, CancellationToken stop = default) => Change<Batch>(batch, async (db, viewer, child) =>
        await db.AddBatchParent(child, await db.Batches.VisibleTo(viewer).Where(b => b.Code == parentCode).Select(b => b.Id).FirstOrDefaultAsync(stop), how, stop), stop);

    /// <summary>Says that a sample was made from another of its project; false where the viewer may not change it.</summary>
    /// <exception cref="RefusedEditException">The parent is none that it can have.</exception>
    public Task<bool> AddToSample(Guid sample, string parentCode, Descent how, CancellationToken stop = default) => Change<Sample>(sample, async (db, viewer, child) =>
        await db.AddSampleParent(child, await db.Samples.VisibleTo(viewer).Where(s => s.Code == parentCode).Select(s => s.Id).FirstOrDefaultAsync(stop), how, stop), stop);

    public Task<bool> RemoveFromBatch(Guid batch, Guid parent, CancellationToken stop = default) => Change<Batch>(batch, async (db, _, _) =>
        db.BatchParents.RemoveRange(await db.BatchParents.Where(p => p.BatchId == batch && p.ParentId == parent).ToListAsync(stop)), stop);

    public Task<bool> RemoveFromSample(Guid sample, Guid parent, CancellationToken stop = default) => Change<Sample>(sample, async (db, _, _) =>
        db.SampleParents.RemoveRange(await db.SampleParents.Where(p => p.SampleId == sample && p.ParentId == parent).ToListAsync(stop)), stop);

    /// <summary>Makes these the parents of a batch, and no others; false where the viewer may not change it.</summary>
    /// <exception cref="RefusedEditException">One of them is none that it can have; nothing was changed.</exception>
    /// <exception cref="StaleRecordException">The record is not in this version any more.</exception>
    public Task<bool> SetOfBatch(Guid batch, IReadOnlyList<(string Code, Descent How)> parents, uint version, CancellationToken stop = default) => Change<Batch>(batch, async (db, viewer, child) =>
    {
        Claim(db, child, version);
        var codes = parents.Select(p => p.Code).ToList();
        db.BatchParents.RemoveRange(await db.BatchParents.Where(p => p.BatchId == batch && !codes.Contains(p.Parent.Code)).ToListAsync(stop));
        await db.SaveChangesAsync(stop);
        foreach (var (code, how) in parents)
            await db.AddBatchParent(child, await db.Batches.VisibleTo(viewer).Where(b => b.Code == code).Select(b => b.Id).FirstOrDefaultAsync(stop), how, stop);
    }, stop);

    /// <summary>Makes these the parents of a sample, and no others; false where the viewer may not change it.</summary>
    /// <exception cref="RefusedEditException">One of them is none that it can have; nothing was changed.</exception>
    /// <exception cref="StaleRecordException">The record is not in this version any more.</exception>
    public Task<bool> SetOfSample(Guid sample, IReadOnlyList<(string Code, Descent How)> parents, uint version, CancellationToken stop = default) => Change<Sample>(sample, async (db, viewer, child) =>
    {
        Claim(db, child, version);
        var codes = parents.Select(p => p.Code).ToList();
        db.SampleParents.RemoveRange(await db.SampleParents.Where(p => p.SampleId == sample && !codes.Contains(p.Parent.Code)).ToListAsync(stop));
        await db.SaveChangesAsync(stop);
        foreach (var (code, how) in parents)
            await db.AddSampleParent(child, await db.Samples.VisibleTo(viewer).Where(s => s.Code == code).Select(s => s.Id).FirstOrDefaultAsync(stop), how, stop);
    }, stop);

    /// <summary>Makes the change one of the record itself: its row is written too, so that of two who began from the same version the second is told.</summary>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    static void Claim<T>(PortalDb db, T child, uint version) where T : ProjectRecord
    {
        if (child.Version != version) throw new StaleRecordException(child, []);
        db.Entry(child).Property(record => record.Notes).IsModified = true;
    }

    async Task<bool> Change<T>(Guid id, Func<PortalDb, Viewer, T, Task> change, CancellationToken stop) where T : ProjectRecord
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        await using var work = await db.Database.BeginTransactionAsync(stop);
        if (await db.Set<T>().EditableBy(viewer).FirstOrDefaultAsync(r => r.Id == id, stop) is not { } record) return false;
        try
        {
            await change(db, viewer, record);
            await db.SaveChangesAsync(stop);
        }
        catch (DbUpdateConcurrencyException moved) when (moved.Entries.Any(entry => entry.Entity is T))
        {
            throw new StaleRecordException(record, []);
        }
        catch (DbUpdateException)
        {
            // Somebody took the same line away, or the parent for good, between our reading and our writing.
            throw new RefusedEditException(new Dictionary<string, string> { [Genealogy.Field] = "Somebody else changed this at the same moment. Nothing was changed; look again and repeat it." });
        }
        await work.CommitAsync(stop);
        return true;
    }
}

/// <summary>A batch or sample of a family.</summary>
public sealed record FamilyMember(Guid Id, string Code, string Name, string Formula);

/// <summary>That one was made from the other.</summary>
public sealed record FamilyLine(Guid Parent, Guid Child, Descent How);

/// <summary>Ancestors and what was made of them.</summary>
/// <param name="Road">First part of a member's address: b or s.</param>
/// <param name="Of">Whose family it is.</param>
/// <param name="IsCut">There are more than are drawn.</param>
public sealed record FamilyTree(string Road, Guid Of, IReadOnlyList<FamilyMember> Members, IReadOnlyList<FamilyLine> Lines, bool MayEdit, bool IsCut)
{
    public bool IsOfBatches => Road == "b";

    /// <summary>How many steps lie at most between a member and its oldest ancestor, by id.</summary>
    public IReadOnlyDictionary<Guid, int> Generations()
    {
        var found = new Dictionary<Guid, int>();
        var parents = Lines.ToLookup(line => line.Child, line => line.Parent);
        // Without circles, which the portal does not let in, this ends after as many rounds as there are generations.
        for (var round = 0; found.Count < Members.Count && round <= Members.Count; round++)
            foreach (var member in Members.Where(m => !found.ContainsKey(m.Id)))
                if (parents[member.Id].All(found.ContainsKey)) found[member.Id] = parents[member.Id].Select(p => found[p] + 1).DefaultIfEmpty(0).Max();
        return found;
    }
}
