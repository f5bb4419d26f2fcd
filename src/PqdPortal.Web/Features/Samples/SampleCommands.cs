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

    /// <summary>Most samples that are made in one go.</summary>
    public const int MostAtOnce = 50;

    /// <summary>Splits a sample off a batch and gives it its code; null where the viewer may not change the batch.</summary>
    /// <param name="template">Id of a template of the project, or the key of a built-in one, which the project then takes over.</param>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    public async Task<Sample?> Make(Guid batch, Sample typed, string? template = null, CancellationToken stop = default) => (await MakeMany(batch, [typed], template, stop))?[0];

    /// <summary>Splits several samples off a batch, all of them or none; null where the viewer may not change the batch.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong, or they are too many.</exception>
    public async Task<IReadOnlyList<Sample>?> MakeMany(Guid batch, IReadOnlyList<Sample> typed, string? template = null, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        await using var work = await db.Database.BeginTransactionAsync(stop);
        var made = await Split(db, viewer, batch, typed, template, stop);
        if (made is not null) await work.CommitAsync(stop);
        return made;
    }

    /// <summary>Splits samples off a batch, inside a transaction of the caller.</summary>
    async Task<IReadOnlyList<Sample>?> Split(PortalDb db, Viewer viewer, Guid batch, IReadOnlyList<Sample> typed, string? template, CancellationToken stop)
    {
        var parent = await db.Batches.EditableBy(viewer).Where(b => b.Id == batch).Select(b => new { b.ProjectId, b.Code, b.Simulated }).FirstOrDefaultAsync(stop);
        if (parent is null) return null;
        new EditChecks().Between("Count", typed.Count, 1, MostAtOnce, "The number of samples to make").Decide();

        var taken = template is null ? null : await db.TakeTemplate(viewer, parent.ProjectId, template, stop) ?? throw new RefusedEditException(new Dictionary<string, string>
        {
            [nameof(Sample.TemplateId)] = "There is no such template in this project. It may have been put into the bin; choose another, or none.",
        });
        await Numbering.Lock(db, batch, stop);
        var codes = await db.Samples.VisibleWithBinTo(viewer).Where(s => s.BatchId == batch).Select(s => s.Code).ToListAsync(stop);
        codes.AddRange(await db.RemovedCodes(parent.ProjectId, nameof(Sample), stop));
        var number = Numbering.Next(codes, parent.Code + "-S");
        List<Sample> made = [];
        foreach (var one in typed)
        {
            RecordFields.Tidy(one);
            if (one.Form != SampleForm.Superlattice) one.Superlattice = null;
            if (taken is not null) one.TemplateId = taken.Id;
            if (string.IsNullOrWhiteSpace(one.Name)) one.Name = $"S{number}";
            one.BatchId = batch;
            await Check(db, viewer, parent.ProjectId, one, null, stop);
            var sample = new Sample
            {
                ProjectId = parent.ProjectId, BatchId = batch, Code = $"{parent.Code}-S{number++}", Name = one.Name,
                Simulated = parent.Simulated, CreatedById = viewer.PersonId, CreatedAt = clock.GetUtcNow(),
            };
            RecordFields.CopyOnto(one, sample);
            made.Add(sample);
        }
        db.Samples.AddRange(made);
        await db.SaveChangesAsync(stop);
        for (var at = 0; at < made.Count; at++)
            foreach (var parentOf in typed[at].Parents) await db.AddSampleParent(made[at], parentOf.ParentId, parentOf.How, stop);
        await db.SaveChangesAsync(stop);
        return made;
    }

    /// <summary>A copy of a sample in its batch, made from it; with its dots, unmeasured, where wanted. Null where the viewer may not change it.</summary>
    /// <exception cref="RefusedEditException">It cannot be kept, or it has more dots than can be made at once.</exception>
    public async Task<Sample?> Duplicate(Guid id, bool withDots, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (await db.Samples.EditableBy(viewer).AsNoTracking().FirstOrDefaultAsync(s => s.Id == id, stop) is not { } from) return null;
        var places = !withDots ? [] : await db.Emitters.VisibleTo(viewer).Where(e => e.SampleId == id).OrderBy(e => e.Code).Take(MostDots + 1).Select(e => new DotPlace(e.Label, e.X, e.Y)).ToListAsync(stop);
        if (places.Count > MostDots) throw new RefusedEditException(new Dictionary<string, string> { ["Count"] = $"The sample has more than {MostDots} dots; so many cannot be made at once. Duplicate it without them, and add them in parts." });
        var copy = RecordFields.Copy(from);
        (copy.Version, copy.PreparedAt, copy.Notes, copy.Parents) = (0, null, null, [new SampleParent { ParentId = id }]);
        copy.Name = from.Name.Length > 190 ? from.Name : $"{from.Name} copy";
        await using var work = await db.Database.BeginTransactionAsync(stop);
        if (await Split(db, viewer, from.BatchId, [copy], null, stop) is not [var made]) return null;
        if (places.Count > 0 && await Place(db, viewer, made.Id, places, stop) is null) return null;
        await work.CommitAsync(stop);
        return made;
    }

    /// <summary>Saves an edited copy; null where there is no such sample that the viewer may change.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public async Task<Sample?> Save(Sample edited, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        return await database.Save(viewer, edited, (db, stored) => Check(db, viewer, stored.ProjectId, edited, stored, stop), stop);
    }

    /// <summary>Adds dots to a sample; their numbering continues where it stands, binned dots counted. Null where the viewer may not.</summary>
    /// <exception cref="RefusedEditException">The count is not 1 to <see cref="MostDots"/>.</exception>
    public Task<IReadOnlyList<Emitter>?> AddDots(Guid sample, int count, CancellationToken stop = default) =>
        PlaceDots(sample, count is < 0 or > MostDots ? new DotPlace[MostDots + 1] : [.. Enumerable.Repeat(new DotPlace(), count)], stop);

    /// <summary>Adds dots with their labels or positions to a sample; those without a label are numbered on. Null where the viewer may not.</summary>
    /// <exception cref="RefusedEditException">They are none or too many, or a label cannot be one or is taken.</exception>
    public async Task<IReadOnlyList<Emitter>?> PlaceDots(Guid sample, IReadOnlyList<DotPlace> places, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        await using var work = await db.Database.BeginTransactionAsync(stop);
        var dots = await Place(db, viewer, sample, places, stop);
        if (dots is not null) await work.CommitAsync(stop);
        return dots;
    }

    /// <summary>Adds dots to a sample, inside a transaction of the caller.</summary>
    async Task<IReadOnlyList<Emitter>?> Place(PortalDb db, Viewer viewer, Guid sample, IReadOnlyList<DotPlace> places, CancellationToken stop)
    {
        var parent = await db.Samples.EditableBy(viewer).Where(s => s.Id == sample)
            .Select(s => new { s.ProjectId, s.Code, s.Simulated }).FirstOrDefaultAsync(stop);
        if (parent is null) return null;

        var checks = new EditChecks().That("Count", places.Count is >= 1 and <= MostDots, $"The number of dots to add lies between 1 and {MostDots}.");
        checks.Decide();
        foreach (var label in places.Select(place => place.Label).OfType<string>())
            checks.That("Label", DotLabels.TroubleOf(label, parent.Code) is null, DotLabels.TroubleOf(label, parent.Code) ?? "");
        foreach (var twice in places.Where(place => place.Label is not null).GroupBy(place => place.Label).Where(same => same.Count() > 1))
            checks.That("Label", false, $"The label {twice.Key} stands there twice.");
        checks.That("Position", places.All(place => double.IsFinite(place.X ?? 0) && double.IsFinite(place.Y ?? 0)), "A position is a finite number.").Decide();

        await Numbering.Lock(db, sample, stop);
        var codes = await db.Emitters.VisibleWithBinTo(viewer)
            .Where(e => e.SampleId == sample).Select(e => e.Code).ToListAsync(stop);
        codes.AddRange(await db.RemovedCodes(parent.ProjectId, nameof(Emitter), stop));
        var taken = codes.ToHashSet();
        foreach (var place in places.Where(place => place.Label is not null && taken.Contains($"{parent.Code}-{place.Label}")))
            checks.That("Label", false, $"{parent.Code}-{place.Label} is there already, perhaps in the bin. A label is given once.");
        checks.Decide();
        codes.AddRange(places.Where(place => place.Label is not null).Select(place => $"{parent.Code}-{place.Label}"));
        var next = Numbering.Next(codes, parent.Code + "-D");
        var now = clock.GetUtcNow();
        Emitter[] dots =
        [
            .. places.Select(place => place.Label ?? $"D{next++:000}").Zip(places, (label, place) => new Emitter
            {
                ProjectId = parent.ProjectId, SampleId = sample, Code = $"{parent.Code}-{label}", Label = label, X = place.X, Y = place.Y,
                Simulated = parent.Simulated, CreatedById = viewer.PersonId, CreatedAt = now,
            }),
        ];
        db.Emitters.AddRange(dots);
        await db.SaveChangesAsync(stop);
        return dots;
    }

    /// <summary>Puts the sample into the bin, or takes it out; false where the viewer may not change it.</summary>
    public async Task<bool> Bin(Guid id, bool binned, CancellationToken stop = default) =>
        await database.Bin<Sample>(await me.Get(stop), id, binned, clock.GetUtcNow(), stop);

    static async Task Check(PortalDb db, Viewer viewer, Guid project, Sample sample, Sample? stored, CancellationToken stop) =>
        (await new EditChecks().Rules(sample).Extra(db, viewer, sample, stored?.Extra, stop))
            .That(nameof(Sample.TemplateId), await db.TemplateFits(viewer, project, sample.TemplateId, stored?.TemplateId, stop), "The template is one of the same project.")
            .Decide();
}
