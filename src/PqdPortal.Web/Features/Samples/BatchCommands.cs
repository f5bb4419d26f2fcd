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
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    public async Task<Batch?> Make(Guid project, Batch typed, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (!await db.Projects.EditableBy(viewer).AnyAsync(p => p.Id == project, stop)) return null;

        RecordFields.Tidy(typed);
        await Check(db, viewer, project, typed, stop);

        await using var work = await db.Database.BeginTransactionAsync(stop);
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
        await work.CommitAsync(stop);
        return batch;
    }

    /// <summary>Saves an edited copy; null where there is no such batch that the viewer may change.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public async Task<Batch?> Save(Batch edited, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        return await database.Save(viewer, edited, (db, stored) => Check(db, viewer, stored.ProjectId, edited, stop), stop);
    }

    /// <summary>Puts the batch into the bin, or takes it out; false where the viewer may not change it.</summary>
    public async Task<bool> Bin(Guid id, bool binned, CancellationToken stop = default) =>
        await database.Bin<Batch>(await me.Get(stop), id, binned, clock.GetUtcNow(), stop);

    static async Task Check(PortalDb db, Viewer viewer, Guid project, Batch batch, CancellationToken stop)
    {
        var parentFits = batch.ParentId is not { } parent
            || (parent != batch.Id && await db.Batches.VisibleTo(viewer).AnyAsync(b => b.Id == parent && b.ProjectId == project, stop));
        new EditChecks()
            .Filled(nameof(Batch.Name), batch.Name, "Give the batch a name, such as the one on the vial.")
            .Filled(nameof(Batch.Formula), batch.Formula, "Write the nominal formula, such as CsPbBr3 or Cs0.2FA0.8PbBr3.")
            .Between(nameof(Batch.MixingX), batch.MixingX, 0, 1, "x", hint: "For 80 %, write 0.8.")
            .Between(nameof(Batch.SynthesisTemperature), batch.SynthesisTemperature, -200, 500, "The synthesis temperature", "°C")
            .Between(nameof(Batch.DopantLevel), batch.DopantLevel, 0, 100, "The dopant level", "mol %")
            .Positive(nameof(Batch.EdgeLength), batch.EdgeLength, "The edge length", "nm")
            .NotNegative(nameof(Batch.EdgeLengthSd), batch.EdgeLengthSd, "The standard deviation", "nm")
            .Positive(nameof(Batch.EdgeLengthN), batch.EdgeLengthN, "The number of particles")
            .Positive(nameof(Batch.SizeOverBohr), batch.SizeOverBohr, "The size over the Bohr radius")
            .Between(nameof(Batch.Plqy), batch.Plqy, 0, 1, "The quantum yield", hint: "For 71 %, write 0.71.")
            .NotNegative(nameof(Batch.AbsorptionCoefficient), batch.AbsorptionCoefficient, "The absorption coefficient", "cm⁻¹")
            .Between(nameof(Batch.EmissionPeak), batch.EmissionPeak, 200, 3000, "The emission maximum", "nm")
            .Positive(nameof(Batch.EmissionFwhm), batch.EmissionFwhm, "The emission width", "nm")
            .That(nameof(Batch.DopantSite), batch.DopantSite is null or "A" or "B" or "X", "The dopant site is A, B or X.")
            .That(nameof(Batch.ParentId), parentFits, "The parent is another batch of the same project.")
            .Keepable(batch)
            .Decide();
    }
}
