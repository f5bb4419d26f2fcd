using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Samples;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>The columns of dots: one line for each field; then those of their sample and batch.</summary>
static class DotColumns
{
    public static readonly IReadOnlyList<ListColumn> Fields =
    [
        ListColumn.Text<Emitter>("code", "Dot", e => e.Code) with { IsAlways = true, Link = e => $"d/{((Emitter)e).Code}" },
        ListColumn.Text<Emitter>("label", "Label", e => e.Label) with { IsAlways = true },
        ListColumn.Number<Emitter>("x", "Position x", "um", e => e.X),
        ListColumn.Number<Emitter>("y", "Position y", "um", e => e.Y),
        ListColumn.Number<Emitter>("emission_peak", "Emission peak", "nm", e => e.EmissionPeak),
        ListColumn.Number<Emitter>("emission_fwhm", "Emission width", "meV", e => e.EmissionFwhm),
        ListColumn.Text<Emitter>("notes", "Notes", e => e.Notes),
        ListColumn.Text<Emitter>("project", "Project", e => e.Project.Code) with { Link = e => $"projects/{((Emitter)e).ProjectId}" },
        ListColumn.Moment<Emitter>("created_at", "Recorded", e => e.CreatedAt) with { IsAlways = true },
        ListColumn.YesNo<Emitter>("simulated", "Simulated", e => e.Simulated) with { IsAlways = true },
    ];

    static readonly IReadOnlyList<ListColumn> Counts =
    [
        ListColumn.Count("runs", "Runs", db => db.Runs.Where(r => r.DeletedAt == null && r.EmitterId != null)
            .GroupBy(r => r.EmitterId!.Value).Select(of => new SideValue { Id = of.Key, Number = of.Count() })) with { Link = e => $"runs?dot={((Emitter)e).Code}" },
        new()
        {
            Key = "last_run", Title = "Last run", Kind = ColumnKind.Moment,
            Side = db => db.Runs.Where(r => r.DeletedAt == null && r.EmitterId != null)
                .GroupBy(r => r.EmitterId!.Value).Select(of => new SideValue { Id = of.Key, Moment = of.Max(r => r.MeasuredAt ?? r.CreatedAt) }),
        },
    ];

    public static readonly RecordList<Emitter> List = new()
    {
        Key = "dots", Title = "Dots", One = "dot", Many = "dots", Head = "code", StandingOf = StandingValue.OfDot,
        Usual = ["code", StandingValue.BestG2, NewestResults.TotalRate, "tau_ns", "batch.formula", "batch.edge_length", "runs", "last_run"], UsualSort = "code",
        OldSorts = new Dictionary<string, string> { ["g2"] = StandingValue.BestG2, ["rate"] = NewestResults.TotalRate, ["formula"] = "batch.formula", ["last"] = "last_run" },
        SearchHint = "Code, formula, batch or sample", Topics = ["Emitter"],
        Columns =
        [
            .. Fields.Concat(Counts).Select(column => column with { Group = "Dot" }),
            RecordLists.CodeOf(SampleColumns.Fields, "sample", "Sample").Through<Emitter, Sample>(e => e.Sample, "", "Sample"),
            .. RecordLists.Above(SampleColumns.Fields).Select(column => column.Through<Emitter, Sample>(e => e.Sample, "sample.", "Sample")),
            RecordLists.CodeOf(BatchColumns.Fields, "batch", "Batch").Through<Emitter, Batch>(e => e.Sample.Batch, "", "Batch"),
            .. RecordLists.Above(BatchColumns.Fields).Select(column => column.Through<Emitter, Batch>(e => e.Sample.Batch, "batch.", "Batch")),
        ],
        Alive = (db, dots) => dots.Where(e => !db.Samples.Any(s => s.Id == e.SampleId && s.DeletedAt != null) && !db.Samples.Any(s => s.Id == e.SampleId && s.Batch.DeletedAt != null)),
        With = dots => dots.Include(e => e.Project).Include(e => e.Sample.Batch),
        Extras = extras => extras(RecordKind.Dot).Select(ExtraColumns.Of<Emitter>)
            .Concat(extras(RecordKind.Sample).Select(extra => ExtraColumns.Of<Sample>(extra).Through<Emitter, Sample>(e => e.Sample, "sample.", "Extra fields of the sample")))
            .Concat(extras(RecordKind.Batch).Select(extra => ExtraColumns.Of<Batch>(extra).Through<Emitter, Batch>(e => e.Sample.Batch, "batch.", "Extra fields of the batch"))),
        Dynamic = key => CompositionColumns.Of<Emitter>(key, e => e.Sample.Batch, e => e.Sample.Batch),
        Holding = async (db, viewer, pattern, stop) =>
        {
            var samples = await RecordLists.SamplesHolding(db, viewer, pattern, stop);
            return e => EF.Functions.ILike(e.Code, pattern, Like.Escape) || samples.Contains(e.SampleId);
        },
    };
}
