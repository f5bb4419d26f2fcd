using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Analyses;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Jobs;

/// <summary>The background work over HTTP.</summary>
public static class JobsApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/jobs").RequireAuthorization().DisableAntiforgery().WithTags("Jobs");

        api.MapGet("", async (JobQueries jobs, CancellationToken stop) =>
        {
            var now = await jobs.Now(stop);
            return new JobsRecord([.. now.Running.Select(Of)], [.. now.Queued.Select(Of)], now.QueuedInAll, [.. now.Ended.Select(Of)]);
        }).WithName("listJobs").WithSummary("What runs, what waits in its order, and what ended last, of your projects").Produces<JobsRecord>();

        api.MapPost("/{id:guid}/cancel", async (Guid id, JobQueries jobs, CancellationToken stop) =>
            await jobs.Cancel(id, stop) ? Results.Accepted() : await jobs.IsThere(id, stop)
                ? Results.Problem("This work has ended already; there is nothing to stop.", statusCode: StatusCodes.Status409Conflict, title: "Too late")
                : RecordAnswers.NotThere("job"))
            .WithName("cancelJob").WithSummary("Stop work that waits or runs").Produces(StatusCodes.Status202Accepted);
    }

    static JobRecord Of(Job job) => new(
        job.Id, Words.Key(job.Kind), job.Title, Words.Key(job.State), job.Stage, job.Done, job.Total, job.Message, job.Reference,
        job.RunId, job.AnalysisId, job.QueuedAt, job.StartedAt, job.EndedAt);
}
