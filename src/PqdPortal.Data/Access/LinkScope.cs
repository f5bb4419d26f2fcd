using System.Linq.Expressions;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;

namespace PqdPortal.Data.Access;

/// <summary>
/// What a read-only link opens: one record with what is below it, or a whole project. A kind of record that is not named here is
/// opened by no link.
/// </summary>
/// <param name="RecordId">The record, or the project itself.</param>
/// <param name="WithoutNames">The visitor is told no person's name, and none of the free texts that may hold one.</param>
public sealed record LinkScope(Guid LinkId, Guid ProjectId, LinkedKind Kind, Guid RecordId, bool WithoutNames)
{
    /// <summary>The viewer that a link makes of whoever holds it.</summary>
    public static Viewer ViewerOf(ShareLink link) => Viewer.Nobody with { Link = new LinkScope(link.Id, link.ProjectId, link.Kind, link.RecordId, link.WithoutNames) };

    /// <summary>Narrows records that are alive to those that the link opens. What lies above one of them has to be alive, too.</summary>
    internal IQueryable<T> Opened<T>(IQueryable<T> alive) where T : class, IInProject
    {
        // One line for each kind of record that a visitor may be shown.
        LambdaExpression? rule =
            typeof(T) == typeof(Batch) ? Batches()
            : typeof(T) == typeof(Sample) ? Samples()
            : typeof(T) == typeof(Emitter) ? Dots()
            : typeof(T) == typeof(Run) ? Runs()
            : typeof(T) == typeof(AnalysisRecord) ? Analyses()
            : null;
        return rule is null ? alive.Where(_ => false) : alive.Where(record => record.ProjectId == ProjectId).Where((Expression<Func<T, bool>>)rule);
    }

    Expression<Func<Batch, bool>>? Batches() => Kind switch
    {
        LinkedKind.Project => _ => true,
        LinkedKind.Batch => batch => batch.Id == RecordId,
        _ => null,
    };

    Expression<Func<Sample, bool>>? Samples() => Kind switch
    {
        LinkedKind.Project => sample => sample.Batch.DeletedAt == null,
        LinkedKind.Batch => sample => sample.BatchId == RecordId && sample.Batch.DeletedAt == null,
        LinkedKind.Sample => sample => sample.Id == RecordId && sample.Batch.DeletedAt == null,
        _ => null,
    };

    Expression<Func<Emitter, bool>>? Dots() => Kind switch
    {
        LinkedKind.Project => dot => dot.Sample.DeletedAt == null && dot.Sample.Batch.DeletedAt == null,
        LinkedKind.Batch => dot => dot.Sample.BatchId == RecordId && dot.Sample.DeletedAt == null && dot.Sample.Batch.DeletedAt == null,
        LinkedKind.Sample => dot => dot.SampleId == RecordId && dot.Sample.DeletedAt == null && dot.Sample.Batch.DeletedAt == null,
        LinkedKind.Dot => dot => dot.Id == RecordId && dot.Sample.DeletedAt == null && dot.Sample.Batch.DeletedAt == null,
        _ => null,
    };

    // A run without a sample waits in the inbox for somebody to say what it is; it belongs to no record that a link shows.
    Expression<Func<Run, bool>>? Runs() => Kind switch
    {
        LinkedKind.Project => run => run.Sample!.DeletedAt == null && run.Sample.Batch.DeletedAt == null && run.SampleId != null
            && (run.EmitterId == null || run.Emitter!.DeletedAt == null),
        LinkedKind.Batch => run => run.Sample!.BatchId == RecordId && run.Sample.DeletedAt == null && run.Sample.Batch.DeletedAt == null
            && (run.EmitterId == null || run.Emitter!.DeletedAt == null),
        LinkedKind.Sample => run => run.SampleId == RecordId && run.Sample!.DeletedAt == null && run.Sample.Batch.DeletedAt == null
            && (run.EmitterId == null || run.Emitter!.DeletedAt == null),
        LinkedKind.Dot => run => run.EmitterId == RecordId && run.Emitter!.DeletedAt == null && run.Sample!.DeletedAt == null && run.Sample.Batch.DeletedAt == null,
        LinkedKind.Run => run => run.Id == RecordId && (run.SampleId == null || run.Sample!.DeletedAt == null && run.Sample.Batch.DeletedAt == null)
            && (run.EmitterId == null || run.Emitter!.DeletedAt == null),
        _ => null,
    };

    // Of a run in the bin no result is shown, whatever its own state says.
    Expression<Func<AnalysisRecord, bool>>? Analyses() => Kind switch
    {
        LinkedKind.Project => one => one.Run.DeletedAt == null && one.Run.SampleId != null && one.Run.Sample!.DeletedAt == null && one.Run.Sample.Batch.DeletedAt == null
            && (one.Run.EmitterId == null || one.Run.Emitter!.DeletedAt == null),
        LinkedKind.Batch => one => one.Run.DeletedAt == null && one.Run.Sample!.BatchId == RecordId && one.Run.Sample.DeletedAt == null
            && one.Run.Sample.Batch.DeletedAt == null && (one.Run.EmitterId == null || one.Run.Emitter!.DeletedAt == null),
        LinkedKind.Sample => one => one.Run.DeletedAt == null && one.Run.SampleId == RecordId && one.Run.Sample!.DeletedAt == null
            && one.Run.Sample.Batch.DeletedAt == null && (one.Run.EmitterId == null || one.Run.Emitter!.DeletedAt == null),
        LinkedKind.Dot => one => one.Run.DeletedAt == null && one.Run.EmitterId == RecordId && one.Run.Emitter!.DeletedAt == null
            && one.Run.Sample!.DeletedAt == null && one.Run.Sample.Batch.DeletedAt == null,
        LinkedKind.Run => one => one.Run.DeletedAt == null && one.RunId == RecordId
            && (one.Run.SampleId == null || one.Run.Sample!.DeletedAt == null && one.Run.Sample.Batch.DeletedAt == null)
            && (one.Run.EmitterId == null || one.Run.Emitter!.DeletedAt == null),
        _ => null,
    };
}
