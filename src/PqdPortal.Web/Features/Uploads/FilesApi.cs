using Microsoft.AspNetCore.Http.Features;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Uploads;

/// <summary>A small file in one request, for scripts: the same desk as the resumable uploads, without the pieces.</summary>
public static class FilesApi
{
    /// <summary>Largest file that comes in one request [bytes]; a larger one wants to be resumed when the line breaks.</summary>
    public const long MaxBytes = 64L << 20;

    public static void Map(IEndpointRouteBuilder portal) =>
        portal.MapPost(RestApi.Root + "/files", Take).RequireAuthorization().DisableAntiforgery().WithTags("Uploads")
            .WithName("uploadFile").WithSummary("Send a file of up to 64 MiB in one request")
            .WithDescription("The body is the file itself, with its Content-Length. It becomes a run of the dot or sample named by `to`, a further file of the run named by `run`, or waits in the inbox of the project named by `project`; name exactly one. The file is read right after: GET the run and look at `reading`. Larger files are sent by the resumable protocol at /api/v1/uploads.")
            .WithMetadata(new TakesFileAttribute()).Produces<FileTaken>(StatusCodes.Status201Created);

    /// <param name="name">Name of the file, such as D017.ptu.</param>
    /// <param name="to">Code of the dot or sample it was measured on.</param>
    /// <param name="run">Id of a run that is there already.</param>
    /// <param name="project">Code of a project, whose inbox the file waits in.</param>
    /// <param name="role">What it is in its run: measurement (the usual), irf, background ...</param>
    static async Task<IResult> Take(
        string name, string? to, Guid? run, string? project, string? role, UploadQueries uploads, UploadDesk desk, CurrentViewer me, HttpContext http, CancellationToken stop)
    {
        if (new[] { to, run?.ToString(), project }.Count(place => place is not null) != 1)
            return RecordAnswers.Wrong("Say where the file belongs by exactly one of \"to\" (code of a dot or sample), \"run\" (id of a run) and \"project\" (code of a project).");
        if (http.Request.ContentLength is not { } length)
            return Results.Problem("Send the file's size in the header Content-Length.", statusCode: StatusCodes.Status411LengthRequired, title: "Which size?");
        if (length > MaxBytes)
            return Results.Problem($"The file has {length:N0} bytes; in one request the portal takes {MaxBytes:N0}. Send it by the resumable protocol at {RestApi.Root}/uploads.",
                statusCode: StatusCodes.Status413PayloadTooLarge, title: "Too large for one request");
        if (role is not null && (role.Length is 0 or > 40 || !role.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')))
            return RecordAnswers.Wrong("\"role\" should be one word of letters, digits and hyphens, such as measurement, irf or background.");
        if (await uploads.Target(to, project, stop) is not { } place) return RecordAnswers.NotThere(to is not null ? "dot or sample " + to : "project " + project);

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bound) bound.MaxRequestBodySize = MaxBytes;
        var viewer = await me.Get(stop);
        Guid? begun = null;
        try
        {
            var upload = await desk.Begin(viewer, new NewUpload(name, length) { Project = place.Project, Sample = place.Sample, Emitter = place.Emitter, Run = run, Role = role ?? "measurement" }, stop);
            begun = upload.Id;
            var progress = await desk.Append(viewer, upload.Id, 0, http.Request.Body, length, stop: stop);
            if (progress.Run is not { } made) throw new UploadException(UploadTrouble.BrokenOff, $"{upload.FileName} was announced with {length:N0} bytes, and {progress.Confirmed:N0} came. Nothing was kept; send it again.");
            begun = null;
            http.Response.Headers.Location = $"{http.Request.PathBase}{RestApi.Root}/runs/{made}";
            return Results.Json(new FileTaken(made, upload.FileName, length, progress.Note), statusCode: StatusCodes.Status201Created);
        }
        catch (UploadException trouble)
        {
            var status = trouble.Trouble switch
            {
                UploadTrouble.NotFound => 404,
                UploadTrouble.NotYours => 403,
                UploadTrouble.TooLarge => 413,
                UploadTrouble.TooMany => 429,
                UploadTrouble.DiskFull => 507,
                UploadTrouble.Closed or UploadTrouble.BrokenOff => 503,
                _ => 400,
            };
            return Results.Problem(trouble.Message, statusCode: status, title: "The file was not taken");
        }
        finally
        {
            // Nobody goes on with it: the sender knows no address of it.
            if (begun is { } left) await desk.Terminate(viewer, left, CancellationToken.None);
        }
    }
}
