using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Samples;

/// <summary>What changes batches: checks first, then one transaction.</summary>
public sealed class BatchCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>Records a new batch and gives it its code; null where the viewer may not add to the project.</summary>
    /// <param name="template">Id of a template of the project, or the key of a built-in one, which the project then takes over.</param>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    public async Task<Batch?> Make(Guid project, Batch typed, string? template = null, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (!await db.Projects.EditableBy(viewer).AnyAsync(p => p.Id == project, stop)) return null;

        RecordFields.Tidy(typed);
        await using var work = await db.Database.BeginTransactionAsync(stop);
        if (template is not null)
            typed.TemplateId = (await db.TakeTemplate(viewer, project, template, stop))?.Id ?? throw new RefusedEditException(new Dictionary<string, string>
            {
                [nameof(Batch.TemplateId)] = "There is no such template in this project. It may have been put into the bin; choose another, or none.",
            });
        await Check(db, viewer, project, typed, null, stop);
        // The update locks the project's row until commit: two batches begun at once get two numbers.
        await db.Projects.EditableBy(viewer).Where(p => p.Id == project)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.NextBatch, p => p.NextBatch + 1), stop);
        var owner = await db.Projects.EditableBy(viewer).Where(p => p.Id == project)
            .Select(p => new { p.Code, Number = p.NextBatch - 1 }).SingleAsync(stop);

        var batch = new Batch
        {
            ProjectId = project, Code = $"{owner.Code}-{owner.Number:0000}", Name = typed.Name, Formula = typed.Formula,
            CreatedById = viewer.PersonId, CreatedAt = clock.GetUtcNow(),
        };
        RecordFields.CopyOnto(typed, batch);
        db.Batches.Add(batch);
        await db.SaveChangesAsync(stop);
        foreach (var parent in typed.Parents) await db.AddBatchParent(batch, parent.ParentId, parent.How, stop);
        await db.SaveChangesAsync(stop);
        await work.CommitAsync(stop);
        return batch;
    }

    /// <summary>Most batches that one is split into in one go.</summary>
    public const int MostParts = 26;

    /// <summary>Splits a batch into several that were made from it, with its recipe; null where the viewer may not change it.</summary>
    /// <exception cref="RefusedEditException">The number of parts is not 1 to <see cref="MostParts"/>.</exception>
    public async Task<IReadOnlyList<Batch>?> Split(Guid id, int parts, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (await db.Batches.EditableBy(viewer).AsNoTracking().FirstOrDefaultAsync(b => b.Id == id, stop) is not { } from) return null;
        new EditChecks().Between("Count", parts, 1, MostParts, "The number of parts").Decide();

        await using var work = await db.Database.BeginTransactionAsync(stop);
        await db.Projects.EditableBy(viewer).Where(p => p.Id == from.ProjectId).ExecuteUpdateAsync(set => set.SetProperty(p => p.NextBatch, p => p.NextBatch + parts), stop);
        var owner = await db.Projects.EditableBy(viewer).Where(p => p.Id == from.ProjectId).Select(p => new { p.Code, Number = p.NextBatch - parts }).SingleAsync(stop);
        List<Batch> made = [];
        for (var part = 0; part < parts; part++)
        {
            var recipe = BatchStart.Recipe(from);
            var batch = new Batch
            {
                ProjectId = from.ProjectId, Code = $"{owner.Code}-{owner.Number + part:0000}", Name = "", Formula = "", Simulated = from.Simulated, CreatedById = viewer.PersonId, CreatedAt = clock.GetUtcNow(),
            };
            // The same flask: its day stays, unlike that of a new synthesis after the same recipe.
            recipe.SynthesisedOn = from.SynthesisedOn;
            recipe.Name = $"{(from.Name.Length > 190 ? from.Name[..190] : from.Name)} {(char)('a' + part)}";
            RecordFields.CopyOnto(recipe, batch);
            made.Add(batch);
        }
        db.Batches.AddRange(made);
        await db.SaveChangesAsync(stop);
        foreach (var batch in made) await db.AddBatchParent(batch, id, Descent.Split, stop);
        await db.SaveChangesAsync(stop);
        await work.CommitAsync(stop);
        return made;
    }

    /// <summary>Saves an edited copy; null where there is no such batch that the viewer may change.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public async Task<Batch?> Save(Batch edited, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        return await database.Save(viewer, edited, (db, stored) => Check(db, viewer, stored.ProjectId, edited, stored, stop), stop);
    }

    /// <summary>Puts the batch into the bin, or takes it out; false where the viewer may not change it.</summary>
    public async Task<bool> Bin(Guid id, bool binned, CancellationToken stop = default) =>
        await database.Bin<Batch>(await me.Get(stop), id, binned, clock.GetUtcNow(), stop);

    static async Task Check(PortalDb db, Viewer viewer, Guid project, Batch batch, Batch? stored, CancellationToken stop) =>
        (await new EditChecks().Rules(batch).Extra(db, viewer, batch, stored?.Extra, stop))
            .That(nameof(Batch.TemplateId), await db.TemplateFits(viewer, project, batch.TemplateId, stored?.TemplateId, stop), "The template is one of the same project.")
            .Decide();
}
