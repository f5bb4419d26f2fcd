using Microsoft.AspNetCore.Http.HttpResults;
using PqdPortal.Analysis;
using PqdPortal.Client.Records;
using NotFound = Microsoft.AspNetCore.Http.HttpResults.NotFound;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>The trace of a result at any zoom, for programs.</summary>
public static class TraceApi
{
    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/{id:guid}/trace", Trace).WithName("getTrace").WithSummary("A stretch of the count rate over time: columns with their mean, lowest and highest rate, and the levels in it");

    static async Task<Results<Ok<TraceRecord>, Accepted, NotFound, ProblemHttpResult>> Trace(
        Guid id, double? from, double? to, int? points, double? bin, TraceQueries traces, AnalysisQueries analyses, HttpResponse response, CancellationToken stop)
    {
        try
        {
            if (await traces.Look(id, from, to, points, bin, stop) is not { } look)
                return await analyses.IsThere(id, stop) ? Refused("This result has no count rate over time; intensity and blinking have.") : TypedResults.NotFound();
            if (look.Answer.IsComing)
            {
                response.Headers.RetryAfter = "1";
                return TypedResults.Accepted((string?)null);
            }
            if (look.Answer.Window is not { } window)
                return Refused("Only a part of the photons was analysed that cannot be counted again by itself; the curve \"trace\" of the report has what there is.");
            var (begin, end) = (window.From, window.From + window.Mean.Length * window.Width);
            var levels = look.Levels(begin, end).ToList();
            return TypedResults.Ok(new TraceRecord(
                window.From, window.Width, window.Bin, window.End, look.Answer.Finest,
                window.Mean, window.Low, window.High, window.Photons,
                [.. levels.Select(level => level.From)], [.. levels.Select(level => level.Rate)], levels.Count == 0 ? null : levels[^1].To,
                [.. (look.Report.Curve("change_points_s")?.X.Values ?? []).OfType<double>().Where(t => t >= begin && t <= end)]));
        }
        catch (RequestException refused)
        {
            return Refused(refused.Message);
        }
    }

    static ProblemHttpResult Refused(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status422UnprocessableEntity, title: "The request cannot be used");
}
