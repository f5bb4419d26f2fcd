using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Samples;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>The columns of batches: one line for each field.</summary>
static class BatchColumns
{
    public static readonly IReadOnlyList<ListColumn> Fields =
    [
        ListColumn.Text<Batch>("code", "Batch", b => b.Code) with { IsAlways = true, Link = b => $"b/{((Batch)b).Code}" },
        ListColumn.Text<Batch>("name", "Name", b => b.Name) with { IsAlways = true },
        ListColumn.Formula<Batch>("formula", "Formula", b => b.Formula) with { IsAlways = true },
        ListColumn.Formula<Batch>("measured_formula", "Measured formula", b => b.MeasuredFormula),
        ListColumn.Formula<Batch>("canonical", "Canonical formula", b => b.Canonical),
        ListColumn.Formula<Batch>("measured_canonical", "Canonical measured formula", b => b.MeasuredCanonical),
        ListColumn.Choice<Batch, CompositionMethod>("measured_method", "Composition measured by", b => b.MeasuredMethod),
        ListColumn.Number<Batch>("measured_uncertainty", "Uncertainty of the composition", "%", b => b.MeasuredUncertainty),
        ListColumn.Number<Batch>("mixing_x", "Mixing x", "1", b => b.MixingX),
        ListColumn.Choice<Batch, Dimensionality>("dimensionality", "Dimensionality", b => b.Dimensionality),
        ListColumn.Choice<Batch, CrystalPhase>("crystal_phase", "Crystal phase", b => b.CrystalPhase),
        ListColumn.Choice<Batch, SynthesisMethod>("method", "Method", b => b.Method),
        ListColumn.Day<Batch>("synthesised_on", "Made on", b => b.SynthesisedOn),
        ListColumn.Text<Batch>("maker", "Maker", b => b.Maker),
        ListColumn.Number<Batch>("synthesis_temperature", "Synthesis temperature", "degC", b => b.SynthesisTemperature),
        ListColumn.Text<Batch>("solvent", "Solvent", b => b.Solvent),
        ListColumn.Text<Batch>("precursors", "Precursors", b => b.Precursors),
        ListColumn.Text<Batch>("ligand", "Ligand", b => b.Ligand),
        ListColumn.Text<Batch>("dopant", "Dopant", b => b.Dopant),
        ListColumn.Text<Batch>("dopant_site", "Dopant's site", b => b.DopantSite),
        ListColumn.Number<Batch>("dopant_level", "Dopant level", "mol %", b => b.DopantLevel),
        ListColumn.Choice<Batch, Treatment>("treatment", "Treatment", b => b.Treatment),
        ListColumn.Number<Batch>("edge_length", "Edge length", "nm", b => b.EdgeLength),
        ListColumn.Number<Batch>("edge_length_sd", "Spread of edge lengths", "nm", b => b.EdgeLengthSd),
        ListColumn.Number<Batch>("edge_length_n", "Particles counted", "", b => b.EdgeLengthN),
        ListColumn.Number<Batch>("size_over_bohr", "Size over Bohr", "1", b => b.SizeOverBohr),
        ListColumn.Number<Batch>("plqy", "Quantum yield", "1", b => b.Plqy),
        ListColumn.Number<Batch>("absorption_coefficient", "Absorption coefficient", "1/cm", b => b.AbsorptionCoefficient),
        ListColumn.Number<Batch>("emission_peak", "Emission peak", "nm", b => b.EmissionPeak),
        ListColumn.Number<Batch>("emission_fwhm", "Emission width", "nm", b => b.EmissionFwhm),
        ListColumn.Text<Batch>("notes", "Notes", b => b.Notes),
        ListColumn.Text<Batch>("project", "Project", b => b.Project.Code) with { Link = b => $"projects/{((Batch)b).ProjectId}" },
        ListColumn.Moment<Batch>("created_at", "Recorded", b => b.CreatedAt) with { IsAlways = true },
        ListColumn.YesNo<Batch>("simulated", "Simulated", b => b.Simulated) with { IsAlways = true },
    ];

    /// <summary>A g2(0) below this is that of a good single photon emitter.</summary>
    const double Good = 0.1;

    static readonly IReadOnlyList<ListColumn> Counts =
    [
        new()
        {
            Key = "made_from", Title = "Made from", Kind = ColumnKind.Text,
            Read = b => string.Join("; ", ((Batch)b).Parents.OrderBy(p => p.Parent.Code, StringComparer.Ordinal).Select(p => p.How == Descent.NotRecorded ? p.Parent.Code : $"{p.Parent.Code} ({Words.Of(p.How)})")),
        },
        ListColumn.Count("samples", "Samples", db => db.Samples.Where(s => s.DeletedAt == null)
            .GroupBy(s => s.BatchId).Select(of => new SideValue { Id = of.Key, Number = of.Count() })) with { Link = b => $"samples?batch={((Batch)b).Code}" },
        ListColumn.Count("dots", "Dots", db => db.Emitters.Where(e => e.DeletedAt == null && e.Sample.DeletedAt == null)
            .GroupBy(e => e.Sample.BatchId).Select(of => new SideValue { Id = of.Key, Number = of.Count() })) with { Link = b => $"dots?batch={((Batch)b).Code}" },
        ListColumn.Count("dots_with_g2", "Dots with g2(0)", db => db.StandingValues.Where(v => v.Of == StandingValue.OfDot && v.Name == StandingValue.BestG2)
            .Join(db.Emitters.Where(e => e.DeletedAt == null && e.Sample.DeletedAt == null), v => v.RecordId, e => e.Id, (v, e) => e.Sample.BatchId)
            .GroupBy(batch => batch).Select(of => new SideValue { Id = of.Key, Number = of.Count() })),
        new()
        {
            Key = "share_g2_below_0.1", Title = "Share with g2(0) < 0.1", Unit = "1", Kind = ColumnKind.Number,
            Side = db => db.StandingValues.Where(v => v.Of == StandingValue.OfDot && v.Name == StandingValue.BestG2)
                .Join(db.Emitters.Where(e => e.DeletedAt == null && e.Sample.DeletedAt == null), v => v.RecordId, e => e.Id, (v, e) => new { e.Sample.BatchId, IsGood = v.Value < Good ? 1.0 : 0.0 })
                .GroupBy(dot => dot.BatchId).Select(of => new SideValue { Id = of.Key, Number = of.Average(dot => dot.IsGood) }),
        },
    ];

    public static readonly RecordList<Batch> List = new()
    {
        Key = "batches", Title = "Batches", One = "batch", Many = "batches", Head = "code",
        Usual = ["code", "name", "formula", "method", "synthesised_on", "edge_length", "samples", "dots", "project"], UsualSort = "-created_at",
        OldSorts = new Dictionary<string, string> { ["date"] = "synthesised_on" },
        SearchHint = "Code, name or formula", Topics = ["Batch"],
        Columns = [.. Fields.Concat(Counts).Select(column => column with { Group = "Batch" })],
        Alive = (_, batches) => batches,
        With = batches => batches.Include(b => b.Project).Include(b => b.Parents).ThenInclude(p => p.Parent),
        Extras = extras => extras(RecordKind.Batch).Select(ExtraColumns.Of<Batch>),
        Dynamic = key => CompositionColumns.Of<Batch>(key, b => b, b => b),
        Holding = (_, _, pattern, _) => Task.FromResult<Expression<Func<Batch, bool>>>(b => EF.Functions.ILike(b.Code, pattern, Like.Escape) || EF.Functions.ILike(b.Name, pattern, Like.Escape) || EF.Functions.ILike(b.Formula, pattern, Like.Escape)),
    };
}
