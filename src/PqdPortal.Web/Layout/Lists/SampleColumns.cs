using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Samples;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>The columns of samples: one line for each field.</summary>
static class SampleColumns
{
    public static readonly IReadOnlyList<ListColumn> Fields =
    [
        ListColumn.Text<Sample>("code", "Sample", s => s.Code) with { IsAlways = true, Link = s => $"s/{((Sample)s).Code}" },
        ListColumn.Text<Sample>("name", "Name", s => s.Name) with { IsAlways = true },
        ListColumn.Choice<Sample, SampleForm>("form", "Form", s => s.Form),
        ListColumn.Choice<Sample, Matrix>("matrix", "Matrix", s => s.Matrix),
        ListColumn.Number<Sample>("dilution", "Dilution", "", s => s.Dilution),
        ListColumn.Text<Sample>("solvent", "Solvent", s => s.Solvent),
        ListColumn.Text<Sample>("substrate", "Substrate", s => s.Substrate),
        ListColumn.Text<Sample>("storage", "Storage", s => s.Storage),
        ListColumn.Moment<Sample>("prepared_at", "Prepared", s => s.PreparedAt),
        Lattice("superlattice_edge_length", "Superlattice: edge of a dot", "nm", l => l.EdgeLength),
        Lattice("superlattice_gap", "Superlattice: gap", "nm", l => l.Gap),
        Lattice("superlattice_disorder", "Superlattice: disorder", "nm", l => l.Disorder),
        Lattice("superlattice_dots_per_side", "Superlattice: dots per side", "", l => l.DotsPerSide),
        Lattice("superlattice_evaporation_time", "Superlattice: evaporation", "h", l => l.EvaporationTime),
        ListColumn.Text<Sample>("notes", "Notes", s => s.Notes),
        ListColumn.Text<Sample>("project", "Project", s => s.Project.Code) with { Link = s => $"projects/{((Sample)s).ProjectId}" },
        ListColumn.Moment<Sample>("created_at", "Recorded", s => s.CreatedAt) with { IsAlways = true },
        ListColumn.YesNo<Sample>("simulated", "Simulated", s => s.Simulated) with { IsAlways = true },
    ];

    /// <summary>A field of the superlattice, which lies in one piece beside the sample: shown and exported, not asked for.</summary>
    static ListColumn Lattice(string key, string title, string unit, Func<Superlattice, double?> of) =>
        new() { Key = key, Title = title, Unit = unit, Kind = ColumnKind.Number, Read = s => ((Sample)s).Superlattice is { } lattice ? of(lattice) : null };

    static readonly IReadOnlyList<ListColumn> Counts =
    [
        new()
        {
            Key = "made_from", Title = "Made from", Kind = ColumnKind.Text,
            Read = s => string.Join("; ", ((Sample)s).Parents.OrderBy(p => p.Parent.Code, StringComparer.Ordinal).Select(p => p.How == Descent.NotRecorded ? p.Parent.Code : $"{p.Parent.Code} ({Words.Of(p.How)})")),
        },
        ListColumn.Count("dots", "Dots", db => db.Emitters.Where(e => e.DeletedAt == null)
            .GroupBy(e => e.SampleId).Select(of => new SideValue { Id = of.Key, Number = of.Count() })) with { Link = s => $"dots?sample={((Sample)s).Code}" },
        ListColumn.Count("runs", "Runs", db => db.Runs.Where(r => r.DeletedAt == null && r.SampleId != null)
            .GroupBy(r => r.SampleId!.Value).Select(of => new SideValue { Id = of.Key, Number = of.Count() })) with { Link = s => $"runs?sample={((Sample)s).Code}" },
    ];

    public static readonly RecordList<Sample> List = new()
    {
        Key = "samples", Title = "Samples", One = "sample", Many = "samples", Head = "code", StandingOf = StandingValue.OfSample,
        Usual = ["code", "name", "batch.formula", "form", "matrix", "dilution", "prepared_at", "dots", "runs"], UsualSort = "-created_at",
        SearchHint = "Code, name, formula or batch", Topics = ["Sample"],
        Columns =
        [
            .. Fields.Concat(Counts).Select(column => column with { Group = "Sample" }),
            RecordLists.CodeOf(BatchColumns.Fields, "batch", "Batch").Through<Sample, Batch>(s => s.Batch, "", "Batch"),
            .. RecordLists.Above(BatchColumns.Fields).Select(column => column.Through<Sample, Batch>(s => s.Batch, "batch.", "Batch")),
        ],
        Alive = (db, samples) => samples.Where(s => !db.Batches.Any(b => b.Id == s.BatchId && b.DeletedAt != null)),
        With = samples => samples.Include(s => s.Project).Include(s => s.Batch.Project).Include(s => s.Parents).ThenInclude(p => p.Parent),
        Extras = extras => extras(RecordKind.Sample).Select(ExtraColumns.Of<Sample>)
            .Concat(extras(RecordKind.Batch).Select(extra => ExtraColumns.Of<Batch>(extra).Through<Sample, Batch>(s => s.Batch, "batch.", "Extra fields of the batch"))),
        Dynamic = key => CompositionColumns.Of<Sample>(key, s => s.Batch, s => s.Batch),
        Holding = async (db, viewer, pattern, stop) =>
        {
            var batches = await RecordLists.BatchesHolding(db, viewer, pattern, stop);
            return s => EF.Functions.ILike(s.Code, pattern, Like.Escape) || EF.Functions.ILike(s.Name, pattern, Like.Escape) || batches.Contains(s.BatchId);
        },
    };
}
