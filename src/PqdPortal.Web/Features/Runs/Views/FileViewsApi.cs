using System.Text;
using Microsoft.AspNetCore.Mvc;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Runs.Views;

/// <summary>What a run's files look like, over HTTP: figures, pictures, values; and how a file is to be read.</summary>
public static class FileViewsApi
{
    public static void Map(RouteGroupBuilder api)
    {
        var file = api.MapGroup("/{id:guid}/files/{file:guid}");
        file.MapGet("/figure", FigureData).WithName("getFileFigure").WithSummary("The curves of a file, thinned to the width of a screen").Produces<System.Text.Json.Nodes.JsonObject>();
        file.MapGet("/figure.svg", FigureDrawing).WithName("getFileDrawing").WithSummary("The curves of a file as an SVG drawing").Produces(StatusCodes.Status200OK, contentType: "image/svg+xml");
        file.MapGet("/values.csv", AllValues).WithName("getFileValues").WithSummary("All values of a file's curves, or of one frame of its image").Produces(StatusCodes.Status200OK, contentType: "text/csv");
        file.MapGet("/map.png", SeriesMap).WithName("getFileMap").WithSummary("A series of spectra as a map").Produces(StatusCodes.Status200OK, contentType: "image/png");
        file.MapGet("/picture.png", FramePicture).WithName("getFilePicture").WithSummary("One frame of an image").Produces(StatusCodes.Status200OK, contentType: "image/png");
        file.MapPost("/reading", ReadAs).WithName("readFileAs").WithSummary("Say what the file leaves open, and have it read again").Produces(StatusCodes.Status202Accepted);
    }

    static Task<IResult> FigureData(
        Guid id, Guid file, int? show, bool? log, bool? whole, int? points, double? from, double? to,
        RunQueries runs, FileLooks looks, HttpResponse answer, CancellationToken stop) =>
        Drawn(runs, looks, id, file, new(show, log, whole ?? false), (_, figure) =>
        {
            Keep(answer);
            return Results.Bytes(FigureJson.Bytes(figure, points, from, to), "application/json");
        }, stop);

    static Task<IResult> FigureDrawing(
        Guid id, Guid file, int? show, bool? log, bool? whole, RunQueries runs, FileLooks looks, CancellationToken stop) =>
        Drawn(runs, looks, id, file, new(show, log, whole ?? false), (of, figure) =>
            Results.Bytes(Encoding.UTF8.GetBytes(FigureSvg.Text(figure)), "image/svg+xml", Name(of, "svg")), stop);

    static Task<IResult> Drawn(RunQueries runs, FileLooks looks, Guid id, Guid file, CurveView view, Func<RunFile, Figure, IResult> answer, CancellationToken stop) =>
        Looking(runs, id, file, async (of, reading) => await looks.Curves(reading, of.Stored.Length, stop) switch
        {
            HistogramSet histograms => HistogramFigure.Draw(histograms, view),
            SpectrumSet spectra => SpectrumFigure.Draw(spectra, view),
            _ => null,
        } is { } figure ? answer(of, figure) : throw new RequestException($"The file has no curve {view.Show}."), stop);

    static Task<IResult> SeriesMap(Guid id, Guid file, RunQueries runs, FileLooks looks, HttpResponse answer, CancellationToken stop) =>
        Looking(runs, id, file, async (of, reading) =>
        {
            var map = await looks.Map(reading, of.Stored.Length, stop) ?? throw new RequestException("The spectra share no axis, or there are too few of them for a map.");
            Keep(answer);
            return Results.Bytes(map.Png, "image/png");
        }, stop);

    static Task<IResult> FramePicture(
        Guid id, Guid file, int? image, int? frame, double? clip, int? size, RunQueries runs, FileLooks looks, HttpResponse answer, CancellationToken stop) =>
        Looking(runs, id, file, async (_, reading) =>
        {
            var picture = await looks.Image(reading, image ?? 1, frame ?? 1, clip ?? ImageLook.UsualClip, size ?? FileLooks.UsualSize, stop);
            Keep(answer);
            return Results.Bytes(picture.Png, "image/png");
        }, stop);

    static Task<IResult> AllValues(
        Guid id, Guid file, int? show, int? image, int? frame, RunQueries runs, FileLooks looks, HttpRequest request, CancellationToken stop) =>
        Looking(runs, id, file, async (of, reading) =>
        {
            var from = new List<string>
            {
                CsvText.Comment("run", $"{request.Scheme}://{request.Host}{request.PathBase}/r/{id}"),
                CsvText.Comment("file", $"{CsvText.Harmless(of.Name)}, SHA-256 {of.Sha256}"),
                CsvText.Comment("format", of.Format ?? "not recorded"),
            };
            if (of.Kind == "image")
            {
                from.Add(CsvText.Comment("image", $"{image ?? 1}, frame {frame ?? 1}"));
                var (values, columns) = await looks.Values(reading, image ?? 1, frame ?? 1, stop);
                return Results.Stream(to => MeasurementCsv.Write(to, values, columns, from, stop), "text/csv; charset=utf-8", Name(of, "csv"));
            }

            var curves = await looks.Curves(reading, of.Stored.Length, stop);
            var count = curves is HistogramSet histograms ? histograms.Curves.Count : ((SpectrumSet)curves).Spectra.Count;
            if (count == 0 || show is { } one && (one < 1 || one > count)) throw new RequestException($"The file has no curve {show}.");
            return Results.Stream(to => MeasurementCsv.Write(to, curves, show, from, stop), "text/csv; charset=utf-8", Name(of, "csv"));
        }, stop);

    static async Task<IResult> ReadAs(Guid id, Guid file, [FromBody] ReadingChoice choice, RunQueries runs, RunCommands commands, CancellationToken stop)
    {
        try
        {
            return await commands.ReadAs(id, file, choice.Layout, choice.TimeUnit, stop) ? Results.Accepted() : RecordAnswers.NotThere("file");
        }
        catch (RoleException)
        {
            return RecordAnswers.NotYours("run");
        }
        catch (RequestException refused)
        {
            return NotSo(refused.Message);
        }
    }

    /// <summary>Looks into a file that the viewer may see; what cannot be shown of it is said in words.</summary>
    static async Task<IResult> Looking(RunQueries runs, Guid id, Guid file, Func<RunFile, FileReading, Task<IResult>> look, CancellationToken stop)
    {
        var all = await runs.Files(id, stop);
        if (all.FirstOrDefault(one => one.Id == file) is not { } of) return RecordAnswers.NotThere("file");
        try
        {
            if (of.Summary is null || of.Kind is not ("histogram" or "spectrum" or "spectrum-series" or "image"))
                throw new RequestException("Nothing can be drawn of this file: it holds no curve and no image, or it has not been read.");
            return await look(of, FileReading.Of(of, all));
        }
        catch (PqdException trouble)
        {
            return NotSo(trouble.Message);
        }
    }

    static IResult NotSo(string detail) =>
        Results.Problem(statusCode: StatusCodes.Status422UnprocessableEntity, title: "The request cannot be used", detail: detail);

    // A file never changes, but who may see it can: the browser keeps what it got for itself and asks again soon.
    static void Keep(HttpResponse answer) => answer.Headers.CacheControl = "private, max-age=60";

    static string Name(RunFile of, string ending) =>
        string.Concat(Path.GetFileNameWithoutExtension(of.Name).Select(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '-')) + "." + ending;
}

/// <summary>What a person says of a file that its content leaves open.</summary>
/// <param name="Layout">Key of the layout of the records, such as spc-130; null leaves it to the content.</param>
/// <param name="TimeUnit">Unit of the times in a table [s]; null leaves it to the content.</param>
public sealed record ReadingChoice(string? Layout = null, double? TimeUnit = null);
