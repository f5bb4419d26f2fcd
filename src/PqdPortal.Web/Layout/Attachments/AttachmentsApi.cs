using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Attachments;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;

namespace PqdPortal.Web.Layout.Attachments;

/// <summary>Photos and files of records over HTTP; the pages send theirs here, too.</summary>
public static class AttachmentsApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/attachments").RequireAuthorization().DisableAntiforgery().WithTags("Attachments");

        api.MapGet("", async ([Description("batch, sample, dot, run or instrument")] string on, [Description("Id of the record")] Guid record, AttachmentQueries attachments, CancellationToken stop) =>
            await attachments.Role(new AttachedTo(on, record), stop) == AccessRole.None ? RecordAnswers.NotThere($"{on} {record}")
                : Results.Json<IReadOnlyList<AttachmentRecord>>([.. (await attachments.Of(new AttachedTo(on, record), stop: stop)).Select(Of)]))
            .WithName("listAttachments").WithSummary("Photos and files of one record").Produces<IReadOnlyList<AttachmentRecord>>();

        api.MapPost("", (
            [Description("batch, sample, dot, run or instrument")] string on, [Description("Id of the record")] Guid record, [Description("Name of the file")] string name,
            [Description("Media type of the file")] string? type, AttachmentQueries attachments, AttachmentCommands commands, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                var to = new AttachedTo(on, record);
                switch (await attachments.Role(to, stop))
                {
                    case AccessRole.None: return RecordAnswers.NotThere($"{on} {record}");
                    case AccessRole.Read: return RecordAnswers.NotYours(on);
                }
                if (await commands.Add(to, name, type, request.Body, stop) is not { } added || await attachments.Get(added.Id, stop) is not { } stored) return RecordAnswers.NotThere($"{on} {record}");
                answer.Headers.Location = $"{request.PathBase}{RestApi.Root}/attachments/{stored.Id}";
                return Results.Json(Of(stored), statusCode: StatusCodes.Status201Created);
            })).WithName("addAttachment").WithSummary("Hang a photo or file of up to 25 MB on a record; the body is the file")
            .WithMetadata(new RequestSizeLimitAttribute(Attachment.LargestFile + 1)).Produces<AttachmentRecord>(StatusCodes.Status201Created);

        api.MapGet("/{id:guid}", (Guid id, [Description("true sends it as a download")] bool? download, AttachmentQueries attachments, IFileStore store, HttpResponse answer, CancellationToken stop) =>
            Send(id, download == true, isSmall: false, attachments, store, answer, stop))
            .WithName("getAttachment").WithSummary("A photo or file as it is kept").Produces(StatusCodes.Status200OK, contentType: "application/octet-stream");

        api.MapGet("/{id:guid}/thumbnail", (Guid id, AttachmentQueries attachments, IFileStore store, HttpResponse answer, CancellationToken stop) =>
            Send(id, isDownload: false, isSmall: true, attachments, store, answer, stop))
            .WithName("getAttachmentThumbnail").WithSummary("A small picture of a photo; the photo itself where there is none").Produces(StatusCodes.Status200OK, contentType: "image/jpeg");

        api.MapPut("/{id:guid}/thumbnail", (Guid id, AttachmentQueries attachments, AttachmentCommands commands, HttpRequest request, CancellationToken stop) =>
            Changing(id, attachments, () => commands.Thumbnail(id, request.Body, stop), stop))
            .WithName("setAttachmentThumbnail").WithSummary("Keep a small picture of a photo, once; the body is the picture")
            .WithMetadata(new RequestSizeLimitAttribute(Attachment.LargestThumbnail + 1)).Produces<AttachmentRecord>();

        api.MapPatch("/{id:guid}", (Guid id, AttachmentChange change, AttachmentQueries attachments, AttachmentCommands commands, CancellationToken stop) =>
            Changing(id, attachments, async () => (change.Caption is null || await commands.Caption(id, change.Caption, stop)) && (change.Place is not { } place || await commands.Move(id, place, stop)), stop))
            .WithName("changeAttachment").WithSummary("Change the line below a photo or file, or its place").Produces<AttachmentRecord>();

        api.MapDelete("/{id:guid}", (Guid id, AttachmentQueries attachments, AttachmentCommands commands, CancellationToken stop) => RecordAnswers.Trying(async () =>
        {
            if (await attachments.Get(id, stop) is not { } found) return RecordAnswers.NotThere("attachment " + id);
            if (await attachments.Role(found.On, stop) < AccessRole.Edit) return RecordAnswers.NotYours(found.On.Kind);
            return await commands.Bin(id, true, stop) ? Results.NoContent() : RecordAnswers.NotThere("attachment " + id);
        })).WithName("removeAttachment").WithSummary("Put a photo or file into the bin").Produces(StatusCodes.Status204NoContent);

        api.MapPost("/{id:guid}/restore", async (Guid id, AttachmentQueries attachments, AttachmentCommands commands, CancellationToken stop) =>
            await commands.Bin(id, false, stop) && await attachments.Get(id, stop) is { } back ? Results.Json(Of(back)) : RecordAnswers.NotThere($"attachment {id} in the bin"))
            .WithName("restoreAttachment").WithSummary("Take a photo or file out of the bin").Produces<AttachmentRecord>();

        portal.MapGroup(RestApi.Root + "/notes").RequireAuthorization().DisableAntiforgery().WithTags("Notes")
            .MapPost("", (NewNote note, AttachmentQueries attachments, Notes.NoteCommands notes, CancellationToken stop) => RecordAnswers.Trying(async () =>
            {
                var to = new AttachedTo(note.On, note.Record);
                return await attachments.Role(to, stop) switch
                {
                    AccessRole.None => RecordAnswers.NotThere($"{note.On} {note.Record}"),
                    AccessRole.Read => RecordAnswers.NotYours(note.On),
                    _ => await notes.Append(to, note.Text, stop) is { } all ? Results.Json(new NotesRecord(note.On, note.Record, all)) : RecordAnswers.NotThere($"{note.On} {note.Record}"),
                };
            })).WithName("addNote").WithSummary("Write a note below those that are there, with the moment and your name").Produces<NotesRecord>();
    }

    static Task<IResult> Changing(Guid id, AttachmentQueries attachments, Func<Task<bool>> change, CancellationToken stop) => RecordAnswers.Trying(async () =>
    {
        if (await attachments.Get(id, stop) is not { } found) return RecordAnswers.NotThere("attachment " + id);
        if (await attachments.Role(found.On, stop) < AccessRole.Edit) return RecordAnswers.NotYours(found.On.Kind);
        return await change() && await attachments.Get(id, stop) is { } changed ? Results.Json(Of(changed)) : RecordAnswers.NotThere("attachment " + id);
    });

    /// <summary>Sends it so that no browser takes it for a page: its own type where its bytes were seen to be a picture, else a download.</summary>
    static async Task<IResult> Send(Guid id, bool isDownload, bool isSmall, AttachmentQueries attachments, IFileStore store, HttpResponse answer, CancellationToken stop)
    {
        if (await attachments.Get(id, stop) is not { } found || isSmall && found.Picture is null) return RecordAnswers.NotThere("attachment " + id);
        var hash = isSmall ? found.ThumbnailSha256 ?? found.Sha256 : found.Sha256;
        var content = await store.Open(hash, stop);
        var isShown = found.Picture is not null && !isDownload;
        answer.Headers.XContentTypeOptions = "nosniff";
        answer.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        // Asked again each time, so that it is gone with the right to see it; the answer is then only that nothing changed.
        answer.Headers.CacheControl = "private, no-cache";
        var named = new ContentDispositionHeaderValue(isShown ? "inline" : "attachment");
        named.SetHttpFileName(found.Name);
        answer.Headers.ContentDisposition = named.ToString();
        var type = !isShown ? "application/octet-stream" : isSmall && found.ThumbnailSha256 is not null ? await TypeOf(content, found.Picture!, stop) : found.Picture!;
        return Results.Stream(content, type, fileDownloadName: null, lastModified: null, entityTag: new EntityTagHeaderValue($"\"{hash}\""), enableRangeProcessing: content.CanSeek);
    }

    /// <summary>The browser that made the small picture chose its kind.</summary>
    static async Task<string> TypeOf(Stream content, string otherwise, CancellationToken stop)
    {
        if (!content.CanSeek) return otherwise;
        var start = new byte[4];
        var read = await content.ReadAtLeastAsync(start, 4, throwOnEndOfStream: false, stop);
        content.Position = 0;
        return read < 4 ? otherwise : start switch { [0xFF, 0xD8, ..] => "image/jpeg", [0x89, ..] => "image/png", [(byte)'R', ..] => "image/webp", _ => otherwise };
    }

    static AttachmentRecord Of(Attachment a) => new()
    {
        Id = a.Id, On = a.On.Kind, Record = a.On.Id, Name = a.Name, Picture = a.Picture, Length = a.Stored.Length, Width = a.Width, Height = a.Height,
        LostPosition = a.LostPosition, Caption = a.Caption, Place = a.Place, Sha256 = a.Sha256, AddedAt = a.AddedAt,
    };
}
