using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Web.Layout.Bulk;

/// <summary>Looks at many records that are to be changed together.</summary>
public sealed class BulkQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>The records of these ids as they stand now; those the viewer may not change are named, those not there for them counted.</summary>
    public async Task<BulkLook> Look(RecordKind kind, IReadOnlyCollection<Guid> ids, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        ProjectRecord[] found = kind switch
        {
            RecordKind.Batch => [.. await db.Batches.VisibleTo(viewer).Where(r => ids.Contains(r.Id)).OrderBy(r => r.Code).AsNoTracking().ToListAsync(stop)],
            RecordKind.Sample => [.. await db.Samples.VisibleTo(viewer).Where(r => ids.Contains(r.Id)).OrderBy(r => r.Code).AsNoTracking().ToListAsync(stop)],
            RecordKind.Dot => [.. await db.Emitters.VisibleTo(viewer).Where(r => ids.Contains(r.Id)).OrderBy(r => r.Code).AsNoTracking().ToListAsync(stop)],
            _ => [.. await db.Runs.VisibleTo(viewer).Where(r => ids.Contains(r.Id)).OrderBy(r => r.Name).AsNoTracking().ToListAsync(stop)],
        };
        return new BulkLook(kind, [.. found.Where(record => viewer.MayEdit(record.ProjectId))], [.. found.Where(record => !viewer.MayEdit(record.ProjectId)).Select(BulkCommands.TitleOf)],
            ids.Distinct().Count() - found.Length, await db.Templates.VisibleTo(viewer).ExtraColumns(kind, stop));
    }
}

/// <summary>Changes fields of many records in one transaction: every row in the version that was looked at, each change in its history.</summary>
public sealed class BulkCommands(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>Most records of one edit.</summary>
    public const int MostRecords = 5000;

    public Task<BulkOutcome> Apply(RecordKind kind, IReadOnlyList<BulkRow> rows, IReadOnlyList<BulkChange> changes, CancellationToken stop = default) => kind switch
    {
        RecordKind.Batch => Apply<Batch>(kind, rows, changes, record => new EditChecks().Rules(record), stop),
        RecordKind.Sample => Apply<Sample>(kind, rows, changes, record => new EditChecks().Rules(record), stop),
        RecordKind.Dot => Apply<Emitter>(kind, rows, changes, record => new EditChecks().Rules(record), stop),
        _ => Apply<Run>(kind, rows, changes, record => new EditChecks().Rules(record), stop),
    };

    /// <summary>Puts back what stood there before an edit of many; records that somebody saved since are named and left.</summary>
    public Task<BulkOutcome> Undo(BulkUndo undo, CancellationToken stop = default) => undo.Kind switch
    {
        RecordKind.Batch => Undo<Batch>(undo, stop),
        RecordKind.Sample => Undo<Sample>(undo, stop),
        RecordKind.Dot => Undo<Emitter>(undo, stop),
        _ => Undo<Run>(undo, stop),
    };

    internal static string TitleOf(ProjectRecord record) => record switch { Batch batch => batch.Code, Sample sample => sample.Code, Emitter dot => dot.Code, Run run => run.Name, _ => $"{record.Id}" };

    async Task<BulkOutcome> Apply<T>(RecordKind kind, IReadOnlyList<BulkRow> rows, IReadOnlyList<BulkChange> changes, Func<T, EditChecks> rules, CancellationToken stop) where T : ProjectRecord, IHasExtra
    {
        if (rows.Count is 0 or > MostRecords) return Nothing($"Between 1 and {Numbers.Count(MostRecords)} records are changed in one go; {Numbers.Count(rows.Count)} were chosen.");
        if (changes.Count == 0) return Nothing("Choose at least one field.");
        var (values, problems) = Read(kind, changes);
        if (problems.Count > 0) return new(0, [], problems, null);

        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        await using var work = await db.Database.BeginTransactionAsync(stop);
        var ids = rows.Select(row => row.Id).ToList();
        var records = await db.Set<T>().EditableBy(viewer).Where(record => ids.Contains(record.Id)).ToListAsync(stop);
        var versions = rows.DistinctBy(row => row.Id).ToDictionary(row => row.Id, row => row.Version);
        if (records.Count < versions.Count)
            return Nothing($"{Numbers.Count(versions.Count - records.Count)} of these records {(versions.Count - records.Count == 1 ? "is" : "are")} not there any more, or not yours to change.");
        var stale = records.Where(record => record.Version != versions[record.Id]).Select(TitleOf).Order().ToList();
        if (stale.Count > 0) return new(0, stale, [], null);

        var asked = new Dictionary<Guid, IReadOnlyList<AskedField>>();
        var before = new List<(T Record, Dictionary<string, object?> Values)>();
        foreach (var record in records)
        {
            if (!asked.TryGetValue(record.ProjectId, out var known))
                asked[record.ProjectId] = known = await db.Templates.VisibleTo(viewer).AskedIn(record.ProjectId, kind, stop);
            var (was, wrong) = Lay(record, values, changes, known, rules);
            if (wrong.Count > 0 && problems.Count < 20) problems.AddRange(wrong.Select(sentence => $"{TitleOf(record)}: {sentence}"));
            if (was.Count > 0) before.Add((record, was));
        }
        if (problems.Count > 0) return new(0, [], problems, null);
        if (before.Count == 0) return new(0, [], [], null);
        try
        {
            await db.SaveChangesAsync(stop);
        }
        catch (DbUpdateConcurrencyException clash)
        {
            return new(0, [.. clash.Entries.Select(entry => entry.Entity).OfType<ProjectRecord>().Select(TitleOf)], [], null);
        }
        await work.CommitAsync(stop);
        return new(before.Count, [], [], new(kind, [.. before.Select(one => new BulkBefore(one.Record.Id, one.Record.Version, one.Values))]));
    }

    /// <summary>Texts as values of the portal's own fields; those of extra fields are read for each record, by what its project asks.</summary>
    static (Dictionary<string, object?> Values, List<string> Problems) Read(RecordKind kind, IReadOnlyList<BulkChange> changes)
    {
        var (values, problems) = (new Dictionary<string, object?>(), new List<string>());
        foreach (var change in changes.Where(change => !IsExtra(change)))
        {
            if (FieldCatalogue.Find(kind, change.Field) is not { } field) problems.Add($"A {Words.Of(kind)} has no field \"{(change.Field.Length > 60 ? change.Field[..60] : change.Field)}\".");
            else if (FieldText.Read(field, change.Text) is { Trouble: { } trouble }) problems.Add($"{field.Title}: {trouble}");
            else values[field.Name] = FieldText.Read(field, change.Text).Value is null && field.Field.IsText && !field.Field.MayBeAbsent ? "" : FieldText.Read(field, change.Text).Value;
        }
        return (values, problems);
    }

    static bool IsExtra(BulkChange change) => change.Field.StartsWith("x.", StringComparison.Ordinal);

    /// <summary>Lays the values over one record; what stood there, and what is wrong with it now.</summary>
    static (Dictionary<string, object?> Was, List<string> Wrong) Lay<T>(T record, Dictionary<string, object?> values, IReadOnlyList<BulkChange> changes, IReadOnlyList<AskedField> asked, Func<T, EditChecks> rules) where T : ProjectRecord, IHasExtra
    {
        var (was, wrong) = (new Dictionary<string, object?>(), new List<string>());
        var stored = record.Extra;
        foreach (var (name, value) in values)
        {
            var field = RecordFields.Named<T>(name);
            var old = field.Get(record);
            if (Equals(old, value) || old is Array a && value is Array b && System.Collections.StructuralComparisons.StructuralEqualityComparer.Equals(a, b)) continue;
            was[name] = old;
            field.Set(record, value);
        }
        foreach (var change in changes.Where(IsExtra))
        {
            var key = change.Field[2..];
            var by = asked.FirstOrDefault(one => one.Field.Key == key);
            if (change.Text.Trim().Length > 0 && by is null)
            {
                wrong.Add($"No template of its project asks for \"{(key.Length > 40 ? key[..40] : key)}\".");
                continue;
            }
            var (value, trouble) = by is null ? (null, null) : FieldText.Read(by, change.Text);
            if (trouble is not null) wrong.Add(trouble);
            else if (record.Extra[key] is var old && (old?.Plain, old?.Unit) != (value?.Plain, value?.Unit))
            {
                was[RecordFields.Extra + key] = old;
                record.Extra = record.Extra.With(key, value);
            }
        }
        if (was.Count == 0) return (was, wrong);
        // Only what this edit touches stands against it; an old record may lack what is needed today.
        wrong.AddRange(rules(record).Extra(record, [.. asked.Where(one => was.ContainsKey(RecordFields.Extra + one.Field.Key)).DistinctBy(one => one.Field.Key)], stored).Wrong
            .Where(trouble => was.ContainsKey(trouble.Key) || trouble.Key is nameof(Run.WindowTo)).Select(trouble => trouble.Value));
        return (was, wrong);
    }

    async Task<BulkOutcome> Undo<T>(BulkUndo undo, CancellationToken stop) where T : ProjectRecord, IHasExtra
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        await using var work = await db.Database.BeginTransactionAsync(stop);
        var before = undo.Records.ToDictionary(one => one.Id);
        var ids = before.Keys.ToList();
        var records = await db.Set<T>().EditableBy(viewer).Where(record => ids.Contains(record.Id)).ToListAsync(stop);
        var left = records.Where(record => record.Version != before[record.Id].Version).Select(TitleOf).Order().ToList();
        var changed = 0;
        foreach (var record in records.Where(record => record.Version == before[record.Id].Version))
        {
            changed++;
            foreach (var (name, value) in before[record.Id].Values) RecordFields.Named<T>(name).Set(record, value);
        }
        try
        {
            await db.SaveChangesAsync(stop);
        }
        catch (DbUpdateConcurrencyException)
        {
            return Nothing("Somebody saved one of these records at this moment. Nothing was put back; try it again.");
        }
        await work.CommitAsync(stop);
        return new(changed, left, [], null);
    }

    static BulkOutcome Nothing(string why) => new(0, [], [why], null);
}
