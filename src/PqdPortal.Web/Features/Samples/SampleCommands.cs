using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Samples;

/// <summary>What changes samples: checks first, then one transaction.</summary>
public sealed class SampleCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>Most dots that are added in one go.</summary>
    public const int MostDots = 500;

    /// <summary>Splits a sample off a batch and gives it its code; null where the viewer may not change the batch.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    public async Task<Sample?> Make(Guid batch, Sample typed, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        var parent = await db.Batches.EditableBy(viewer).Where(b => b.Id == batch)
            .Select(b => new { b.ProjectId, b.Code, b.Simulated }).FirstOrDefaultAsync(stop);
        if (parent is null) return null;

        RecordFields.Tidy(typed);
        if (typed.Form != SampleForm.Superlattice) typed.Superlattice = null;

        await using var work = await db.Database.BeginTransactionAsync(stop);
        await Numbering.Lock(db, batch, stop);
        var codes = await db.Samples.VisibleWithBinTo(viewer)
            .Where(s => s.BatchId == batch).Select(s => s.Code).ToListAsync(stop);
        codes.AddRange(await db.RemovedCodes(parent.ProjectId, nameof(Sample), stop));
        var number = Numbering.Next(codes, parent.Code + "-S");
        if (string.IsNullOrWhiteSpace(typed.Name)) typed.Name = $"S{number}";
        Check(typed);

        var sample = new Sample
        {
            ProjectId = parent.ProjectId, BatchId = batch, Code = $"{parent.Code}-S{number}", Name = typed.Name,
            Simulated = parent.Simulated, CreatedById = viewer.PersonId, CreatedAt = clock.GetUtcNow(),
        };
        RecordFields.CopyOnto(typed, sample);
        db.Samples.Add(sample);
        await db.SaveChangesAsync(stop);
        await work.CommitAsync(stop);
        return sample;
    }

    /// <summary>Saves an edited copy; null where there is no such sample that the viewer may change.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public async Task<Sample?> Save(Sample edited, CancellationToken stop = default) =>
        await database.Save(await me.Get(stop), edited, (_, _) => { Check(edited); return Task.CompletedTask; }, stop);

    /// <summary>Adds dots to a sample; their numbering continues where it stands, binned dots counted. Null where the viewer may not.</summary>
    /// <exception cref="RefusedEditException">The count is not 1 to <see cref="MostDots"/>.</exception>
    public async Task<IReadOnlyList<Emitter>?> AddDots(Guid sample, int count, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        var parent = await db.Samples.EditableBy(viewer).Where(s => s.Id == sample)
            .Select(s => new { s.ProjectId, s.Code, s.Simulated }).FirstOrDefaultAsync(stop);
        if (parent is null) return null;

        new EditChecks().Between("Count", count, 1, MostDots, "The number of dots to add").Decide();

        await using var work = await db.Database.BeginTransactionAsync(stop);
        await Numbering.Lock(db, sample, stop);
        var codes = await db.Emitters.VisibleWithBinTo(viewer)
            .Where(e => e.SampleId == sample).Select(e => e.Code).ToListAsync(stop);
        codes.AddRange(await db.RemovedCodes(parent.ProjectId, nameof(Emitter), stop));
        var first = Numbering.Next(codes, parent.Code + "-D");
        var now = clock.GetUtcNow();
        Emitter[] dots =
        [
            .. Enumerable.Range(first, count).Select(number => new Emitter
            {
                ProjectId = parent.ProjectId, SampleId = sample, Code = $"{parent.Code}-D{number:000}", Label = $"D{number:000}",
                Simulated = parent.Simulated, CreatedById = viewer.PersonId, CreatedAt = now,
            }),
        ];
        db.Emitters.AddRange(dots);
        await db.SaveChangesAsync(stop);
        await work.CommitAsync(stop);
        return dots;
    }

    /// <summary>Puts the sample into the bin, or takes it out; false where the viewer may not change it.</summary>
    public async Task<bool> Bin(Guid id, bool binned, CancellationToken stop = default) =>
        await database.Bin<Sample>(await me.Get(stop), id, binned, clock.GetUtcNow(), stop);

    static void Check(Sample sample) =>
        new EditChecks()
            .Filled(nameof(Sample.Name), sample.Name, "Give the sample a name, such as S1.")
            .Between(nameof(Sample.Dilution), sample.Dilution, 1, 1e12, "The dilution factor", hint: "For 1:500, write 500.")
            .Positive("Superlattice.EdgeLength", sample.Superlattice?.EdgeLength, "The edge of one dot", "nm")
            .NotNegative("Superlattice.Gap", sample.Superlattice?.Gap, "The gap between dots", "nm")
            .NotNegative("Superlattice.Disorder", sample.Superlattice?.Disorder, "The disorder", "nm")
            .Positive("Superlattice.DotsPerSide", sample.Superlattice?.DotsPerSide, "The number of dots along a side")
            .NotNegative("Superlattice.EvaporationTime", sample.Superlattice?.EvaporationTime, "The evaporation time", "h")
            .Keepable(sample)
            .Decide();
}
