using PqdPortal.Client;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Client.Records;
using PqdPortal.Data.Analyses;
using PqdPortal.Jobs;
using PqdPortal.Web.Features.Analyses.Figures;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;
using NotFound = Microsoft.AspNetCore.Http.HttpResults.NotFound;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>Analyses over REST: the catalogue, asking, following, the report as in the contract, curves and figures.</summary>
public static class AnalysesApi
{
    public static IEndpointRouteBuilder MapAnalysesApi(this IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/analyses").RequireAuthorization().WithTags("Analyses").DisableAntiforgery();
        api.MapGet("/kinds", () => AnalysisCatalogue.All.Select(Kind)).WithName("listAnalysisKinds").WithSummary("What the portal can compute, with parameters and outputs");
        api.MapGet("/", List).WithName("listAnalyses").WithSummary("Analyses of a run, newest first");
        api.MapPost("/", Ask).WithName("askAnalysis").WithSummary("Ask for an analysis of a run; the same question is answered by the result that is there");
        api.MapGet("/{id:guid}", Get).WithName("getAnalysis").WithSummary("One analysis: its state, and where its report lies");
        api.MapPost("/{id:guid}/cancel", Cancel).WithName("cancelAnalysis").WithSummary("Stop an analysis that waits or runs");
        api.MapGet("/{id:guid}/report", Report).WithName("getReport").WithSummary("The report as the command line writes it").Produces<ReportRecord>();
        api.MapGet("/{id:guid}/curves", Curves).WithName("listCurves").WithSummary("Which curves a result has, with their units and lengths").Produces<IReadOnlyList<CurveEntry>>();
        api.MapGet("/{id:guid}/curves/{name}", CurveNumbers).WithName("getCurve").WithSummary("A whole curve as lists of numbers").Produces<CurveRecord>();
        api.MapGet("/{id:guid}/curves/{name}.csv", Curve).WithName("getCurveCsv").WithSummary("A whole curve as CSV, saying where it comes from").Produces(200, contentType: "text/csv");
        api.MapGet("/{id:guid}/figures/{name}.svg", FigureDrawing).WithName("getDrawing").WithSummary("A figure as an SVG drawing").Produces(200, contentType: "image/svg+xml");
        TraceApi.Map(api);
        api.MapGet("/{id:guid}/thumbnail.svg", Small).WithName("getThumbnail").WithSummary("The trace of a result, its levels and its histogram, as small as a line of a table; its first curve where it has no trace").Produces(200, contentType: "image/svg+xml");
        api.MapGet("/{id:guid}/figures/{name}", FigureData).WithName("getFigure").WithSummary("A figure, thinned to the width of a screen").Produces<JsonObject>();
        // Below a read-only link the same drawing, of what the link opens.
        portal.MapGet(LinkDoor.Address + "/{Token}/figures/{id:guid}/{name}.svg", SharedDrawing).AllowAnonymous().ExcludeFromDescription();
        return portal;
    }

    static async Task<Results<FileContentHttpResult, NotFound>> SharedDrawing(string token, Guid id, string name, AnalysisQueries analyses, HttpResponse response, CancellationToken stop)
    {
        if (await analyses.Reports(id, [], stop) is not { } reports || AnalysisFigures.Of(reports, name, FigureView.Of(null, null, null, null)) is not { } figure)
            return TypedResults.NotFound();
        response.Headers.CacheControl = "private, max-age=60";
        // Without a name of its own: that of the run may be somebody's.
        return TypedResults.Bytes(System.Text.Encoding.UTF8.GetBytes(FigureSvg.Text(figure)), "image/svg+xml");
    }

    static async Task<Results<Ok<IEnumerable<AnalysisEntry>>, NotFound>> List(Guid run, string? kind, AnalysisQueries analyses, CancellationToken stop) =>
        await analyses.OfRun(run, kind, stop) is { } rows ? TypedResults.Ok(rows.Select(Entry)) : TypedResults.NotFound();

    static async Task<Results<Ok<AnalysisEntry>, NotFound>> Get(Guid id, AnalysisQueries analyses, CancellationToken stop)
    {
        if (await analyses.Get(id, stop) is not { } view) return TypedResults.NotFound();
        var rows = await analyses.OfRun(view.Analysis.RunId, view.Analysis.Kind, stop);
        return rows?.FirstOrDefault(row => row.Id == id) is not { } row ? TypedResults.NotFound()
            : TypedResults.Ok(Entry(row) with
            {
                Stage = view.Job?.Stage,
                Done = view.Job?.Done,
                Total = view.Job?.Total,
                Reference = view.Job?.Reference,
            });
    }

    static async Task<Results<Ok<AnalysisAnswered>, Created<AnalysisAnswered>, NotFound, ProblemHttpResult>> Ask(
        AskAnalysis asked, AnalysisCommands analyses, HttpRequest request, CancellationToken stop)
    {
        try
        {
            if (await analyses.Ask(asked.Run, asked.Kind, asked.Parameters ?? [], asked.Inputs, stop) is not { } answer) return TypedResults.NotFound();
            var said = new AnalysisAnswered(answer.AnalysisId, Words.Key(answer.State), answer.IsNew);
            return answer.IsNew ? TypedResults.Created($"{request.PathBase}{RestApi.Root}/analyses/{answer.AnalysisId}", said) : TypedResults.Ok(said);
        }
        catch (RequestException refused)
        {
            return Refused(refused);
        }
    }

    static async Task<Results<Accepted, NotFound, ProblemHttpResult>> Cancel(Guid id, AnalysisQueries queries, AnalysisCommands analyses, CancellationToken stop)
    {
        try
        {
            if (await queries.Get(id, stop) is not { } view) return TypedResults.NotFound();
            // Who may not stop it is told so, whether or not there is still something to stop.
            if (!view.MayEdit) throw new RoleException("You may read this project but not change it; stopping its work needs the role edit.");
            return await analyses.Cancel(id, stop) ? TypedResults.Accepted((string?)null)
                : TypedResults.Problem("This analysis has ended already; there is nothing to stop.", statusCode: StatusCodes.Status409Conflict);
        }
        catch (RequestException refused)
        {
            return Refused(refused);
        }
    }

    static async Task<Results<FileContentHttpResult, NotFound>> Report(Guid id, AnalysisQueries analyses, CancellationToken stop) =>
        await analyses.Report(id, stop) is { } stored ? TypedResults.Bytes(stored.Json, "application/json") : TypedResults.NotFound();

    static async Task<IResult> Curves(Guid id, AnalysisQueries analyses, CancellationToken stop) =>
        await analyses.Report(id, stop) is { } stored
        ? Results.Json(stored.Report.Curves.Select(curve => new CurveEntry(curve.Name, curve.X.Name, curve.X.Unit, curve.Y?.Name, curve.Y?.Unit, curve.X.Values.Count)))
        : RecordAnswers.NotThere("result");

    static async Task<IResult> CurveNumbers(Guid id, string name, AnalysisQueries analyses, CancellationToken stop)
    {
        if (await analyses.Report(id, stop) is not { } stored) return RecordAnswers.NotThere("result");
        if (stored.Report.Curve(name) is not { } curve) return NoCurve(name, stored.Report);
        return Results.Json(new CurveRecord(curve.Name, id, stored.Report.Analysis, Of(curve.X), curve.Y is { } y ? Of(y) : null, curve.Fit,
            curve.More.ToDictionary(more => more.Key, more => Of(more.Value))));
    }

    static IResult NoCurve(string name, AnalysisReport report) => Results.Problem(statusCode: StatusCodes.Status404NotFound, title: "Not found",
        detail: $"This result has no curve {name}. It has {string.Join(", ", report.Curves.Select(curve => curve.Name))}.");

    static SeriesRecord Of(Series series) => new(series.Name, series.Unit, series.Values, series.Sigma);

    static async Task<Results<FileContentHttpResult, NotFound>> Curve(
        Guid id, string name, AnalysisQueries analyses, HttpRequest request, CancellationToken stop)
    {
        if (await analyses.Get(id, stop) is not { } view || await analyses.Report(id, stop) is not { } stored
            || stored.Report.Curve(name) is not { } curve) return TypedResults.NotFound();
        var address = $"{request.Scheme}://{request.Host}{request.PathBase}/a/{id}";
        var text = CurveCsv.Text(stored.Report, curve, view.Analysis.Software ?? "not recorded", address);
        return TypedResults.Bytes(System.Text.Encoding.UTF8.GetBytes(text), "text/csv; charset=utf-8", FileName(view, name, "csv"));
    }

    static async Task<Results<FileContentHttpResult, NotFound, ProblemHttpResult>> FigureData(
        Guid id, string name, int? points, double? from, double? to, bool? log, bool? counts, bool? blocks, string? with,
        AnalysisQueries analyses, TraceQueries traces, HttpResponse response, CancellationToken stop)
    {
        var view = FigureView.Of(log, counts, blocks, with);
        if (IsTrace(name, view))
            try
            {
                if (await traces.Look(id, from, to, points, null, stop) is { } look)
                {
                    response.Headers.CacheControl = look.Answer.IsComing ? "no-store" : "private, max-age=60";
                    return TypedResults.Bytes(FigureJson.Bytes(TraceFigure.Draw(look), points, from, to), "application/json");
                }
            }
            catch (RequestException refused)
            {
                return Refused(refused);
            }
        if (await analyses.Reports(id, view.With, stop) is not { } reports || AnalysisFigures.Of(reports, name, view) is not { } figure)
            return TypedResults.NotFound();
        // A result never changes, but who may see it can: the browser keeps it for itself and asks again soon.
        response.Headers.CacheControl = "private, max-age=60";
        return TypedResults.Bytes(FigureJson.Bytes(figure, points, from, to), "application/json");
    }

    static async Task<Results<FileContentHttpResult, NotFound>> FigureDrawing(
        Guid id, string name, bool? log, bool? counts, bool? blocks, string? with, AnalysisQueries analyses, TraceQueries traces, CancellationToken stop)
    {
        var view = FigureView.Of(log, counts, blocks, with);
        if (await analyses.Get(id, stop) is not { } of || await analyses.Reports(id, view.With, stop) is not { } reports
            || (IsTrace(name, view) && await traces.Look(id, null, null, null, null, stop) is { } look ? TraceFigure.Draw(look) : AnalysisFigures.Of(reports, name, view)) is not { } figure)
            return TypedResults.NotFound();
        return TypedResults.Bytes(System.Text.Encoding.UTF8.GetBytes(FigureSvg.Text(figure)), "image/svg+xml", FileName(of, name, "svg"));
    }

    /// <summary>Drawn alone a trace comes in windows; beside others it is drawn as its curve stands in the report.</summary>
    static bool IsTrace(string name, FigureView view) => name == "trace" && view.With.Count == 0;

    static async Task<Results<FileContentHttpResult, NotFound>> Small(Guid id, AnalysisQueries analyses, HttpResponse response, CancellationToken stop)
    {
        if (await analyses.Report(id, stop) is not { } stored
            || (stored.Report.Curve("trace") ?? stored.Report.Curves.FirstOrDefault(curve => curve.Y is not null)) is not { Y: { } trace } curve) return TypedResults.NotFound();
        response.Headers.CacheControl = "private, max-age=60";
        var (levels, histogram) = (stored.Report.Curve("levels"), stored.Report.Curve("histogram"));
        return TypedResults.Bytes(System.Text.Encoding.UTF8.GetBytes(Thumbnail.Text(
            curve.X.Values, trace.Values, levels?.X.Values, levels?.Y?.Values, histogram?.X.Values, histogram?.Y?.Values)), "image/svg+xml");
    }

    /// <summary>"D017-run-3-g2.csv": what it is stands in the name.</summary>
    static string FileName(AnalysisView view, string name, string ending) =>
        string.Concat($"{view.Run.Emitter?.Code ?? view.Run.Sample?.Code ?? "run"}-{view.Run.Name}-{name}"
            .Select(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '-')) + "." + ending;

    static ProblemHttpResult Refused(RequestException refused) =>
        refused is RoleException
        ? TypedResults.Problem(refused.Message, statusCode: StatusCodes.Status403Forbidden, title: "Not yours to change")
        : TypedResults.Problem(refused.Message, statusCode: StatusCodes.Status422UnprocessableEntity, title: "The request cannot be used");

    static AnalysisEntry Entry(AnalysisRow row) => new(
        row.Id, row.RunId, row.Kind, row.KindVersion, Words.Key(row.State), row.Message, row.Parameters,
        row.RequestedAt, row.StartedAt, row.EndedAt, row.Software, row.By,
        [.. row.Values.Select(v => new ValueRecord(v.Name, v.Value, v.Sigma, v.Lo95, v.Hi95, v.Unit, v.Text, v.N, v.Grade))],
        [.. row.Verdicts.Select(v => new VerdictRecord(v.Name, v.Value, v.Why))])
    {
        Inputs = row.Inputs,
        Report = row.State == AnalysisState.Done ? $"{RestApi.Root}/analyses/{row.Id}/report" : null,
    };

    static KindEntry Kind(AnalysisKind kind) => new(
        kind.Key, kind.Version, kind.Title, kind.Question,
        [.. kind.Inputs.Select(input => new InputEntry(input.Name, input.Title, input.Required))],
        [.. kind.Parameters.Select(p => new ParameterEntry(p.Name, p.Title, p.Description, p.Type, p.Unit, p.Min, p.Max, p.Default?.DeepClone(), p.Choices))],
        [.. kind.Outputs.Select(output => new OutputEntry(output.Name, output.Type, output.Unit, output.Meaning))]);
}
