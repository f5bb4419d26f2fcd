using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>The columns of runs: one line for each field; then those of their dot, sample and batch.</summary>
static class RunColumns
{
    public static readonly IReadOnlyList<ListColumn> Fields =
    [
        ListColumn.Text<Run>("name", "Run", r => r.Name) with { IsAlways = true, Link = r => $"r/{((Run)r).Id}" },
        ListColumn.Choice<Run, RunKind>("kind", "Kind", r => r.Kind),
        ListColumn.Choice<Run, ReadingState>("reading", "File", r => r.Reading),
        ListColumn.Moment<Run>("measured", "Measured", r => r.MeasuredAt ?? r.CreatedAt) with { IsAlways = true },
        ListColumn.Moment<Run>("measured_at", "Measured at, as recorded", r => r.MeasuredAt),
        ListColumn.Number<Run>("temperature", "Temperature", "K", r => r.Temperature),
        ListColumn.Text<Run>("stage", "Stage", r => r.Stage),
        ListColumn.Choice<Run, Atmosphere>("atmosphere", "Atmosphere", r => r.Atmosphere),
        ListColumn.Number<Run>("humidity", "Humidity", "%", r => r.Humidity),
        ListColumn.Choice<Run, Excitation>("excitation", "Excitation", r => r.Excitation),
        ListColumn.Number<Run>("excitation_wavelength", "Excitation wavelength", "nm", r => r.ExcitationWavelength),
        ListColumn.Number<Run>("repetition_rate", "Repetition rate", "MHz", r => r.RepetitionRate),
        ListColumn.Number<Run>("pulse_width", "Pulse width", "ps", r => r.PulseWidth),
        ListColumn.Number<Run>("power", "Power", "uW", r => r.Power),
        ListColumn.Number<Run>("fluence", "Fluence", "uJ/cm2", r => r.Fluence),
        ListColumn.Number<Run>("spot_size", "Spot size", "um", r => r.SpotSize),
        ListColumn.Number<Run>("mean_excitons", "Excitons per pulse", "1", r => r.MeanExcitons),
        ListColumn.Number<Run>("objective_na", "Numerical aperture", "1", r => r.ObjectiveNa),
        ListColumn.Text<Run>("filters", "Filters", r => r.Filters),
        ListColumn.Text<Run>("splitter", "Splitter", r => r.Splitter),
        ListColumn.Number<Run>("window_from", "Emission window from", "nm", r => r.WindowFrom),
        ListColumn.Number<Run>("window_to", "Emission window to", "nm", r => r.WindowTo),
        ListColumn.Number<Run>("duration", "Planned duration", "s", r => r.Duration),
        ListColumn.Number<Run>("bin_time", "Bin time", "ms", r => r.BinTime),
        ListColumn.Text<Run>("applied_field", "Applied field", r => r.AppliedField),
        ListColumn.Choice<Run, EvidenceRole>("evidence_role", "Evidence", r => r.EvidenceRole),
        ListColumn.Text<Run>("instrument", "Set-up", r => r.Instrument!.Name) with { Read = r => ((Run)r).Instrument?.Name },
        ListColumn.Text<Run>("notes", "Notes", r => r.Notes),
        ListColumn.Text<Run>("project", "Project", r => r.Project.Code) with { Link = r => $"projects/{((Run)r).ProjectId}" },
        ListColumn.Moment<Run>("created_at", "Recorded", r => r.CreatedAt) with { IsAlways = true },
        ListColumn.YesNo<Run>("simulated", "Simulated", r => r.Simulated) with { IsAlways = true },
    ];

    public static readonly RecordList<Run> List = new()
    {
        Key = "runs", Title = "Runs", One = "run", Many = "runs", Head = "name", StandingOf = StandingValue.OfRun,
        Usual = ["name", "dot", "batch.formula", "reading", StandingValue.BestG2, NewestResults.TotalRate, "measured"], UsualSort = "-measured",
        OldSorts = new Dictionary<string, string> { ["g2"] = StandingValue.BestG2, ["rate"] = NewestResults.TotalRate, ["of"] = "dot" },
        SearchHint = "Name, dot, sample or formula", Topics = ["Run"],
        Columns =
        [
            .. Fields.Select(column => column with { Group = "Run" }),
            RecordLists.CodeOf(DotColumns.Fields, "dot", "Dot").Through<Run, Emitter>(r => r.Emitter, "", "Dot"),
            .. RecordLists.Above(DotColumns.Fields).Select(column => column.Through<Run, Emitter>(r => r.Emitter, "dot.", "Dot")),
            RecordLists.CodeOf(SampleColumns.Fields, "sample", "Sample").Through<Run, Sample>(r => r.Sample, "", "Sample"),
            .. RecordLists.Above(SampleColumns.Fields).Select(column => column.Through<Run, Sample>(r => r.Sample, "sample.", "Sample")),
            RecordLists.CodeOf(BatchColumns.Fields, "batch", "Batch").Through<Run, Batch>(r => r.Sample!.Batch, "", "Batch") with { Read = r => ((Run)r).Sample?.Batch.Code, Link = r => ((Run)r).Sample is { } s ? $"b/{s.Batch.Code}" : null },
            .. RecordLists.Above(BatchColumns.Fields).Select(column => column.Through<Run, Batch>(r => r.Sample!.Batch, "batch.", "Batch") with { Read = column.Read is null ? null : r => ((Run)r).Sample?.Batch is { } batch ? column.Read(batch) : null }),
        ],
        Alive = (_, runs) => runs,
        With = runs => runs.Include(r => r.Project).Include(r => r.Instrument).Include(r => r.Emitter).Include(r => r.Sample!.Batch),
        Extras = extras => extras(RecordKind.Run).Select(ExtraColumns.Of<Run>)
            .Concat(extras(RecordKind.Batch).Select(ExtraColumns.Of<Batch>).Select(column => column.Through<Run, Batch>(r => r.Sample!.Batch, "batch.", "Extra fields of the batch")
                with { Read = column.Read is null ? null : r => ((Run)r).Sample?.Batch is { } batch ? column.Read(batch) : null })),
        Dynamic = key => CompositionColumns.Of<Run>(key, r => r.Sample!.Batch, r => r.Sample?.Batch),
        Holding = async (db, viewer, pattern, stop) =>
        {
            var samples = await RecordLists.SamplesHolding(db, viewer, pattern, stop);
            var dots = await RecordLists.DotsHolding(db, viewer, pattern, stop);
            return r => EF.Functions.ILike(r.Name, pattern, Like.Escape) || samples.Contains(r.SampleId!.Value) || dots.Contains(r.EmitterId!.Value);
        },
    };
}
