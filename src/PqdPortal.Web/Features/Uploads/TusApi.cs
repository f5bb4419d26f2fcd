using PqdPortal.Client;
using System.ComponentModel;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using PqdPortal.Client.Records;
using PqdPortal.Data.Uploads;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Uploads;

/// <summary>
/// The tus 1.0 protocol of resumable uploads (core, creation, termination, checksum, expiration) over the upload desk.
/// https://tus.io/protocols/resumable-upload
/// </summary>
public static class TusApi
{
    const string Address = RestApi.Root + "/uploads";
    const string Protocol = "1.0.0";
    const string PieceType = "application/offset+octet-stream";

    public static void MapTus(this IEndpointRouteBuilder portal)
    {
        var uploads = portal.MapGroup(Address).WithTags("Uploads").DisableAntiforgery().AddEndpointFilter(SpeakTus);
        portal.MapGet(RestApi.Root + "/uploads/known", Known).RequireAuthorization().WithTags("Uploads")
            .WithName("findUpload").WithSummary("Whether the same content is in the same place already, so that it need not be sent").Produces<KnownUpload>();
        var version = new TakesHeaderAttribute("Tus-Resumable", $"Version of the protocol, {Protocol}.");
        uploads.MapMethods("", ["OPTIONS"], Options).AllowAnonymous()
            .WithName("getUploadAbilities").WithSummary("What of the tus protocol the portal speaks, and its largest file, in headers").Produces(204);
        uploads.MapPost("", Create).RequireAuthorization().WithMetadata(version,
                new TakesHeaderAttribute("Upload-Length", "Size of the file [bytes]."),
                new TakesHeaderAttribute("Upload-Metadata", "Names with base64 values, separated by commas: filename, and where it belongs: dot, sample, run or project (ids); role."))
            .WithName("beginUpload").WithSummary("Begin a resumable upload; Location is its address. Use a tus client, or uploadFile for a small file").Produces(201);
        uploads.MapMethods("/{id:guid}", ["HEAD"], Head).RequireAuthorization().WithMetadata(version)
            .WithName("getUploadOffset").WithSummary("How far an upload is: Upload-Offset is the confirmed byte, Portal-Run the run once it is whole").Produces(200);
        uploads.MapMethods("/{id:guid}", ["PATCH"], Patch).RequireAuthorization().WithMetadata(version, new TakesFileAttribute(PieceType),
                new TakesHeaderAttribute("Upload-Offset", "Byte at which the piece begins; the confirmed one."),
                new TakesHeaderAttribute("Upload-Checksum", "sha1 or sha256, a blank, and the base64 hash of the piece.", isRequired: false))
            .WithName("sendPiece").WithSummary("Send a piece of a file from its confirmed byte on").Produces(204);
        uploads.MapDelete("/{id:guid}", Terminate).RequireAuthorization().WithMetadata(version)
            .WithName("cancelUpload").WithSummary("Give an upload up and forget what came of it").Produces(204);
    }

    static IResult Options(HttpContext http, UploadDesk desk)
    {
        var headers = http.Response.Headers;
        headers["Tus-Version"] = Protocol;
        headers["Tus-Extension"] = "creation,termination,checksum,expiration";
        headers["Tus-Max-Size"] = Number(desk.MaxBytes);
        headers["Tus-Checksum-Algorithm"] = "sha1,sha256";
        return Results.NoContent();
    }

    static async Task<IResult> Create(HttpContext http, UploadDesk desk, CurrentViewer me)
    {
        var headers = http.Request.Headers;
        if (headers.ContainsKey("Upload-Defer-Length"))
            return Say(400, "This portal wants the size of a file before its first byte: the header Upload-Length instead of Upload-Defer-Length.");
        if (!long.TryParse(headers["Upload-Length"], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            return Say(400, "The header Upload-Length should hold the size of the file in bytes.");
        if (ReadMetadata(headers["Upload-Metadata"].ToString()) is not { } metadata)
            return Say(400, "The header Upload-Metadata should hold pairs of a name and a base64 value, separated by commas.");

        List<string> unreadable = [];
        Guid? Id(string name)
        {
            if (!metadata.TryGetValue(name, out var text)) return null;
            if (Guid.TryParse(text, out var id)) return id;
            unreadable.Add(name);
            return null;
        }
        var role = metadata.GetValueOrDefault("role", "") is { Length: > 0 } told ? told : "measurement";
        if (role.Length > 40 || !role.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            return Say(400, "In Upload-Metadata, role should be one word of letters, digits and hyphens, such as measurement, irf or background.");
        // A project may be told by its code, as people know it.
        var projectCode = metadata.TryGetValue("project", out var byCode) && byCode.Length is > 1 and <= 8 && char.IsAsciiLetter(byCode[0]) && byCode.All(char.IsAsciiLetterOrDigit) ? byCode.ToUpperInvariant() : null;
        var wanted = new NewUpload(metadata.GetValueOrDefault("filename", ""), length)
        {
            Project = projectCode is null ? Id("project") : null,
            ProjectCode = projectCode,
            To = metadata.GetValueOrDefault("to", "") is { Length: > 0 } to ? to.Trim().ToUpperInvariant() : null,
            Folder = metadata.GetValueOrDefault("folder"),
            Instrument = metadata.GetValueOrDefault("instrument"),
            Sample = Id("sample"),
            Emitter = Id("dot"),
            Run = Id("run"),
            Role = role,
        };
        if (unreadable.Count > 0) return Say(400, $"In Upload-Metadata, {string.Join(" and ", unreadable)} should be an id.");

        var viewer = await me.Get();
        var upload = await desk.Begin(viewer, wanted, http.RequestAborted);
        http.Response.Headers.Location = $"{http.Request.PathBase}{Address}/{upload.Id}";
        TellExpiry(http, upload);
        if (length == 0)
        {
            var whole = await desk.Append(viewer, upload.Id, 0, Stream.Null, stop: http.RequestAborted);
            TellRun(http, whole.Run, whole.Note);
        }
        return Results.StatusCode(201);
    }

    static async Task<IResult> Known(
        [Description("Of the whole file, lower-case hex.")] string sha256, [Description("Its name.")] string? name, [Description("Code of the dot or sample it is meant for.")] string? to,
        [Description("Code or id of the project it is meant for, where no dot or sample is named.")] string? project, UploadDesk desk, CurrentViewer me, CancellationToken stop)
    {
        if (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower)) return RecordAnswers.Wrong("sha256 should be the 64 hexadecimal digits of the file's hash, in small letters.");
        var id = Guid.TryParse(project, out var given) ? given : (Guid?)null;
        try
        {
            var known = await desk.Known(await me.Get(stop), new NewUpload(name ?? "file", 0)
            {
                To = to is { Length: > 0 } ? to.Trim().ToUpperInvariant() : null, Project = id, ProjectCode = id is null && project is { Length: > 0 } ? project.Trim().ToUpperInvariant() : null,
            }, sha256, stop);
            return Results.Json(new KnownUpload(known?.Id, known?.Name));
        }
        catch (UploadException trouble)
        {
            return trouble.Trouble == UploadTrouble.NotYours ? RecordAnswers.NotYours("place the file is meant for") : RecordAnswers.NotThere("place for this file");
        }
    }

    /// <summary>The protocol's way for networks that let only GET and POST through: the method stands in a header.</summary>
    /// <param name="pathBase">The folder under which the portal is served: this comes before it is taken off, as the address is routed right after.</param>
    public static void UseTusMethodOverride(this IApplicationBuilder portal, string pathBase) =>
        portal.UseWhen(http => http.Request.Path.StartsWithSegments(pathBase + Address) || http.Request.Path.StartsWithSegments(Address), tus => tus.UseHttpMethodOverride());

    static async Task<IResult> Head(HttpContext http, Guid id, UploadDesk desk, CurrentViewer me)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await desk.Find(await me.Get(), id, http.RequestAborted) is not { } upload) return Results.StatusCode(404);
        if (upload.State is not (UploadState.Receiving or UploadState.Complete)) return Results.StatusCode(410);
        http.Response.Headers["Upload-Offset"] = Number(upload.Offset);
        http.Response.Headers["Upload-Length"] = Number(upload.Length);
        if (upload.State == UploadState.Complete) TellRun(http, upload.RunId, upload.Message);
        else TellExpiry(http, upload);
        return Results.Ok();
    }

    static async Task<IResult> Patch(HttpContext http, Guid id, UploadDesk desk, CurrentViewer me, IHostApplicationLifetime portal)
    {
        var headers = http.Request.Headers;
        if (http.Request.ContentType != PieceType) return Say(415, $"A piece has the content type {PieceType}.");
        if (!long.TryParse(headers["Upload-Offset"], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            return Say(400, "The header Upload-Offset should hold the byte at which the piece begins.");
        PieceChecksum? checksum = null;
        if (headers["Upload-Checksum"].ToString() is { Length: > 0 } told && (checksum = ReadChecksum(told)) is null)
            return Say(400, "The header Upload-Checksum should hold sha1 or sha256, a blank and the base64 hash of the piece.");

        // The desk bounds the piece by what was announced; the server's own bound for request bodies is for forms.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bound) bound.MaxRequestBodySize = null;
        // A portal that is told to stop does not wait for the end of a long piece: what came is confirmed, the rest goes to its next start.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, portal.ApplicationStopping);
        var progress = await desk.Append(await me.Get(), id, offset, http.Request.Body, http.Request.ContentLength, checksum, stop.Token);
        http.Response.Headers["Upload-Offset"] = Number(progress.Confirmed);
        if (progress.Run is not null) TellRun(http, progress.Run, progress.Note);
        return Results.NoContent();
    }

    static async Task<IResult> Terminate(HttpContext http, Guid id, UploadDesk desk, CurrentViewer me)
    {
        await desk.Terminate(await me.Get(), id, http.RequestAborted);
        return Results.NoContent();
    }

    /// <summary>Checks and tells the version of the protocol, and turns the desk's troubles into the protocol's answers.</summary>
    static async ValueTask<object?> SpeakTus(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var http = call.HttpContext;
        http.Response.Headers["Tus-Resumable"] = Protocol;
        if (http.Request.Method != "OPTIONS" && http.Request.Headers["Tus-Resumable"] != Protocol)
        {
            http.Response.Headers["Tus-Version"] = Protocol;
            return Say(412, $"This portal speaks tus {Protocol}; the request's header Tus-Resumable should say so.");
        }
        try
        {
            return await next(call);
        }
        catch (UploadException trouble)
        {
            return Say(trouble.Trouble switch
            {
                UploadTrouble.NotFound => 404,
                UploadTrouble.NotYours => 403,
                UploadTrouble.Gone => 410,
                UploadTrouble.TooLarge => 413,
                UploadTrouble.TooMany => 429,
                UploadTrouble.WrongOffset => 409,
                UploadTrouble.Busy => 423,
                UploadTrouble.ChecksumMismatch => 460,
                UploadTrouble.DiskFull => 507,
                UploadTrouble.Closed or UploadTrouble.BrokenOff => 503,
                _ => 400,
            }, trouble.Message);
        }
    }

    static void TellRun(HttpContext http, Guid? run, string? note)
    {
        http.Response.Headers["Portal-Run"] = run?.ToString();
        if (note is not null) http.Response.Headers["Portal-Note"] = Uri.EscapeDataString(note);
    }

    static void TellExpiry(HttpContext http, Upload upload) =>
        http.Response.Headers["Upload-Expires"] = upload.ExpiresAt.UtcDateTime.ToString("R", CultureInfo.InvariantCulture);

    static IResult Say(int status, string text) => Results.Text(text, "text/plain; charset=utf-8", Encoding.UTF8, status);

    static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    static Dictionary<string, string>? ReadMetadata(string header)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in header.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = pair.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length is not (1 or 2)) return null;
            try
            {
                metadata[parts[0]] = parts.Length == 1 ? "" : Encoding.UTF8.GetString(Convert.FromBase64String(parts[1]));
            }
            catch (FormatException)
            {
                return null;
            }
        }
        return metadata;
    }

    static PieceChecksum? ReadChecksum(string header)
    {
        var parts = header.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        HashAlgorithmName? algorithm = parts.Length != 2 ? null : parts[0] switch
        {
            "sha1" => HashAlgorithmName.SHA1,
            "sha256" => HashAlgorithmName.SHA256,
            _ => null,
        };
        if (algorithm is not { } known) return null;
        var hash = new byte[64];
        if (!Convert.TryFromBase64String(parts[1], hash, out var length)) return null;
        return length == (known == HashAlgorithmName.SHA1 ? 20 : 32) ? new PieceChecksum(known, hash[..length]) : null;
    }
}
