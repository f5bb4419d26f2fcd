using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Runs;

namespace PqdPortal.Data.Samples;

/// <summary>One extra field that is asked of a record, and the template that asks for it.</summary>
public sealed record AskedField(ExtraField Field, Template By);

/// <summary>An extra field as a column of lists, exports and imports.</summary>
/// <param name="Choices">What can be chosen, for a choice.</param>
public sealed record ExtraColumn(string Key, string Name, ExtraType Type, string? Unit, IReadOnlyList<string> Choices)
{
    /// <summary>Heading in files: x.growth_time [s].</summary>
    public string Header => Unit is null ? $"x.{Key}" : $"x.{Key} [{Unit}]";
}

/// <summary>Which extra fields are asked of a record: those of its own template and of the templates above it.</summary>
public static class AskedFields
{
    /// <summary>The templates that speak of a record: its own first, then those of what it hangs on.</summary>
    /// <param name="templates">Those that the viewer may see.</param>
    public static async Task<IReadOnlyList<AskedField>> AskedOf(this PortalDb db, IQueryable<Template> templates, object record, CancellationToken stop = default)
    {
        Guid?[] ids;
        RecordKind kind;
        switch (record)
        {
            case Batch batch:
                (kind, ids) = (RecordKind.Batch, [batch.TemplateId]);
                break;
            case Sample sample:
                (kind, ids) = (RecordKind.Sample, [sample.TemplateId, await db.Batches.Where(b => b.Id == sample.BatchId).Select(b => b.TemplateId).FirstOrDefaultAsync(stop)]);
                break;
            case Emitter dot:
                (kind, ids) = (RecordKind.Dot, await OfSample(db, dot.SampleId, stop));
                break;
            case Run { SampleId: { } of }:
                (kind, ids) = (RecordKind.Run, await OfSample(db, of, stop));
                break;
            default:
                return [];
        }

        var wanted = ids.OfType<Guid>().ToArray();
        if (wanted.Length == 0) return [];
        var found = await templates.Where(t => wanted.Contains(t.Id)).AsNoTracking().ToListAsync(stop);
        return
        [
            .. found.OrderBy(t => Array.IndexOf(wanted, t.Id))
                .SelectMany(t => t.Extras.Where(extra => extra.On == kind).Select(extra => new AskedField(extra, t)))
                .DistinctBy(asked => asked.Field.Key),
        ];
    }

    static async Task<Guid?[]> OfSample(PortalDb db, Guid sample, CancellationToken stop)
    {
        var of = await db.Samples.Where(s => s.Id == sample).Select(s => new { s.TemplateId, Above = s.Batch.TemplateId }).FirstOrDefaultAsync(stop);
        return [of?.TemplateId, of?.Above];
    }

    /// <summary>What the templates of a project ask of a kind of record, whichever template its records have; the older template first.</summary>
    /// <param name="templates">Those that the viewer may see.</param>
    public static async Task<IReadOnlyList<AskedField>> AskedIn(this IQueryable<Template> templates, Guid project, RecordKind kind, CancellationToken stop = default)
    {
        var found = await templates.Where(t => t.ProjectId == project).OrderBy(t => t.CreatedAt).AsNoTracking().ToListAsync(stop);
        return [.. found.SelectMany(t => t.Extras.Where(extra => extra.On == kind).Select(extra => new AskedField(extra, t)))];
    }

    /// <summary>The extra fields of a kind of record as columns, over the templates that the viewer may see; one a key, type and unit.</summary>
    /// <param name="templates">Those that the viewer may see.</param>
    public static async Task<IReadOnlyList<ExtraColumn>> ExtraColumns(this IQueryable<Template> templates, RecordKind kind, CancellationToken stop = default)
    {
        var found = await templates.OrderBy(t => t.CreatedAt).AsNoTracking().Select(t => t.Extras).ToListAsync(stop);
        return
        [
            .. found.SelectMany(extras => extras).Where(extra => extra.On == kind)
                .GroupBy(extra => (extra.Key, extra.Type, extra.Unit))
                .Select(same => new ExtraColumn(same.Key.Key, same.Last().Name, same.Key.Type, same.Key.Unit, [.. same.SelectMany(extra => extra.ChoiceList).Distinct()]))
                .OrderBy(column => column.Name, StringComparer.OrdinalIgnoreCase),
        ];
    }
}
