using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.Talking;

namespace PqdPortal.Web.Features.Notices;

/// <summary>Comments and follows for programs.</summary>
static class TalkApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/comments").RequireAuthorization().DisableAntiforgery().WithTags("Comments");

        api.MapGet("", async (TalkQueries talk, string? of, string? record, int? page, CancellationToken stop) =>
        {
            if (await Find(talk, of, record, stop) is not { } about) return NoRecord(of, record);
            var wanted = Math.Max(1, page ?? 1);
            if (await talk.Of(about.Of, about.Id, TalkQueries.PageSize, (int)Math.Min(int.MaxValue, (wanted - 1L) * TalkQueries.PageSize), stop) is not { } view) return NoRecord(of, record);
            return Results.Json(new RecordPage<CommentRecord>([.. view.Threads.Select(row => Of(row))], view.Total, wanted, TalkQueries.PageSize));
        }).WithName("listComments").WithSummary("The threads of a record you may see, those of the newest page first, each oldest first").Produces<RecordPage<CommentRecord>>();

        api.MapPost("", (NewComment sent, TalkQueries talk, TalkCommands commands, HttpResponse answer, CancellationToken stop) => RecordAnswers.Trying(async () =>
        {
            if (await Find(talk, sent.Of, sent.Record, stop) is not { } about) return NoRecord(sent.Of, sent.Record);
            return await commands.Say(about.Of, about.Id, sent.Text, sent.Answers, stop) is { } said && await talk.Row(said.Comment.Id, stop) is { } row
                ? Made(answer, Of(row) with { NotTold = said.NotTold }) : RecordAnswers.NotYoursToSay();
        })).WithName("makeComment").WithSummary("Say something of a record, or answer; needs the role comment").Produces<CommentRecord>(StatusCodes.Status201Created);

        api.MapGet("/people", async (TalkQueries talk, string? of, string? record, CancellationToken stop) =>
        {
            if (await Find(talk, of, record, stop) is not { } about) return NoRecord(of, record);
            return await talk.People(about.Of, about.Id, stop) is { } people
                ? Results.Json<IReadOnlyList<PersonHandle>>([.. people.Select(person => new PersonHandle(person.Name, person.Text))]) : RecordAnswers.NotYoursToSay();
        }).WithName("listPeopleToName").WithSummary("Who can be named by @name where a record is talked about; needs the role comment").Produces<IReadOnlyList<PersonHandle>>();

        api.MapGet("/{id:guid}", async (Guid id, TalkQueries talk, HttpResponse answer, CancellationToken stop) =>
            await talk.Row(id, stop) is { } row ? Tagged(answer, Of(row)) : RecordAnswers.NotThere($"comment {id}"))
            .WithName("getComment").WithSummary("One comment with the answers to it").Produces<CommentRecord>();

        api.MapPatch("/{id:guid}", (Guid id, CommentChange change, TalkQueries talk, TalkCommands commands, HttpRequest request, HttpResponse answer, CancellationToken stop) => RecordAnswers.Trying(async () =>
        {
            if (await talk.One(id, stop) is not { } comment) return RecordAnswers.NotThere($"comment {id}");
            var (version, unversioned) = RecordAnswers.VersionOf(request);
            if (unversioned is not null) return unversioned;
            (comment.Text, comment.Version) = (change.Text ?? "", version);
            return await commands.Edit(comment, stop) is { } said && await talk.Row(id, stop) is { } row
                ? Tagged(answer, Of(row) with { NotTold = said.NotTold }) : RecordAnswers.NotYoursToSay("Only who wrote a comment may change its words.");
        })).WithName("changeComment").WithSummary("Change the words of a comment of your own; If-Match names the version").WithMetadata(TakesHeaderAttribute.IfMatch).Produces<CommentRecord>();

        foreach (var (path, name, summary, resolved) in ((string, string, string, bool)[])
            [("resolve", "resolveComment", "Say that a thread is settled; needs the role comment", true), ("reopen", "reopenComment", "Open a thread again; needs the role comment", false)])
            api.MapPost($"/{{id:guid}}/{path}", async (Guid id, TalkQueries talk, TalkCommands commands, HttpResponse answer, CancellationToken stop) =>
            {
                if (await talk.One(id, stop) is not { } comment) return RecordAnswers.NotThere($"comment {id}");
                if (comment.ParentId is not null) return RecordAnswers.Wrong("An answer is not settled by itself; settle the comment it belongs to.");
                return await commands.Resolve(id, resolved, stop) && await talk.Row(id, stop) is { } row ? Tagged(answer, Of(row)) : RecordAnswers.NotYoursToSay();
            }).WithName(name).WithSummary(summary).Produces<CommentRecord>();

        api.MapDelete("/{id:guid}", async (Guid id, TalkQueries talk, TalkCommands commands, CancellationToken stop) =>
            await talk.One(id, stop) is null ? RecordAnswers.NotThere($"comment {id}")
            : await commands.Bin(id, true, stop) ? Results.NoContent() : RecordAnswers.NotYoursToSay("Only who wrote a comment, or manages the project, may put it into the bin."))
            .WithName("removeComment").WithSummary("Put a comment into the bin: your own, or any in a project you manage").Produces(StatusCodes.Status204NoContent);

        api.MapPost("/{id:guid}/restore", async (Guid id, TalkQueries talk, TalkCommands commands, HttpResponse answer, CancellationToken stop) =>
            await commands.Bin(id, false, stop) && await talk.Row(id, stop) is { } row ? Tagged(answer, Of(row)) : RecordAnswers.NotThere($"comment {id} in the bin"))
            .WithName("restoreComment").WithSummary("Take a comment out of the bin: your own, or any in a project you manage").Produces<CommentRecord>();

        var follows = portal.MapGroup(RestApi.Root + "/follows").RequireAuthorization().DisableAntiforgery().WithTags("Notices");

        follows.MapGet("", async (TalkQueries talk, CancellationToken stop) => (IReadOnlyList<FollowRecord>)[.. (await talk.Followed(stop)).Select(Of)])
            .WithName("listFollows").WithSummary("What you follow by a choice, a comment or a mention; your own records are followed without standing here");

        follows.MapGet("/of", async (TalkQueries talk, string? of, string? record, CancellationToken stop) =>
            await Find(talk, of, record, stop) is { } about && await talk.Following(about.Of, about.Id, stop) is { } following ? Results.Json(Of(following)) : NoRecord(of, record))
            .WithName("getFollow").WithSummary("Whether you follow a record, and why").Produces<FollowRecord>();

        follows.MapPut("", async (FollowChange change, TalkQueries talk, TalkCommands commands, CancellationToken stop) =>
            await Find(talk, change.Of, change.Record, stop) is { } about && await commands.Follow(about.Of, about.Id, change.IsOn, stop) && await talk.Following(about.Of, about.Id, stop) is { } following
                ? Results.Json(Of(following)) : NoRecord(change.Of, change.Record))
            .WithName("changeFollow").WithSummary("Follow a record you may see, or do not any more").Produces<FollowRecord>();
    }

    static async Task<(TalkKind Of, Guid Id)?> Find(TalkQueries talk, string? of, string? record, CancellationToken stop) =>
        of is not null && Words.Choice<TalkKind>(of) is { } kind && !string.IsNullOrWhiteSpace(record) && await talk.Find(kind, record, stop) is { } id ? (kind, id) : null;

    static IResult NoRecord(string? of, string? record) =>
        of is null || Words.Choice<TalkKind>(of) is null ? RecordAnswers.Wrong($"Say what it is about: \"of\" is one of {string.Join(", ", Enum.GetValues<TalkKind>().Select(kind => Words.Key(kind)))}, \"record\" its code or id.")
        : string.IsNullOrWhiteSpace(record) ? RecordAnswers.Wrong($"Say which {of}: \"record\" is its code or id.")
        : RecordAnswers.NotThere($"{of} {(record.Length > 60 ? record[..60] + " …" : record)}");

    static IResult Tagged(HttpResponse answer, CommentRecord comment)
    {
        answer.Headers.ETag = $"\"{comment.Version}\"";
        return Results.Json(comment);
    }

    static IResult Made(HttpResponse answer, CommentRecord comment)
    {
        answer.Headers.ETag = $"\"{comment.Version}\"";
        answer.Headers.Location = $"{answer.HttpContext.Request.PathBase}{RestApi.Root}/comments/{comment.Id}";
        return Results.Json(comment, statusCode: StatusCodes.Status201Created);
    }

    static CommentRecord Of(CommentRow row) => new()
    {
        Id = row.Comment.Id, Version = row.Comment.Version, Of = Words.Key(row.Comment.Of), Record = row.Comment.RecordId, Answers = row.Comment.ParentId,
        Text = row.Comment.DeletedAt is null ? row.Comment.Text : null, Author = row.Author, IsMine = row.IsMine, CreatedAt = row.Comment.CreatedAt, EditedAt = row.Comment.EditedAt,
        ResolvedAt = row.Comment.ResolvedAt, ResolvedBy = row.ResolvedBy, Named = row.Told, Replies = [.. row.Replies.Where(reply => reply.Comment.DeletedAt is null).Select(Of)],
    };

    static FollowRecord Of(FollowView view) => new(Words.Key(view.Subject.Of), view.Subject.Id, TalkQueries.NameOf(view.Subject), view.IsOn, view.Why);
}
