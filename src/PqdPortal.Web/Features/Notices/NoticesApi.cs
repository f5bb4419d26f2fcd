using System.ComponentModel;
using System.Globalization;
using System.Text;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.Talking;

namespace PqdPortal.Web.Features.Notices;

/// <summary>Notices and the digest for programs: there is no mail server, and an institute that has one can fetch the digest and send it.</summary>
static class NoticesApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/notices").RequireAuthorization().DisableAntiforgery().WithTags("Notices");

        api.MapGet("", async (NoticeQueries notices, [Description("True for those that are not read")] bool? unread, int? page, CancellationToken stop) =>
        {
            var wanted = Math.Max(1, page ?? 1);
            var (rows, hasMore) = await notices.Read(unread: unread ?? false, page: wanted, size: 50, stop: stop);
            return new NoticePage([.. rows.Select(Of)], await notices.Unread(stop), wanted, hasMore);
        }).WithName("listNotices").WithSummary("What you are told, the newest first");

        api.MapPost("/read", async (NoticesRead read, NoticeCommands commands, TimeProvider clock, CancellationToken stop) =>
        {
            if (read.Ids is { } ids) await commands.Read(ids, stop);
            else await commands.ReadAll(clock.GetUtcNow(), stop);
            return Results.NoContent();
        }).WithName("readNotices").WithSummary("Say that notices of yours are read: those named, or all").Produces(StatusCodes.Status204NoContent);

        api.MapGet("/choices", async (NoticeQueries notices, CancellationToken stop) => Choices(await notices.Choices(stop)))
            .WithName("listNoticeChoices").WithSummary("How you are told of each kind of thing");

        api.MapPut("/choices", async (IReadOnlyList<NoticeChoiceRecord> sent, NoticeQueries notices, NoticeCommands commands, CancellationToken stop) =>
        {
            var known = sent.Select(one => (Kind: Words.Choice<NoticeKind>(one?.Kind ?? ""), Way: Words.Choice<NoticeWay>(one?.Way ?? ""))).ToList();
            if (known.Exists(one => one.Kind is null || one.Way is null))
                return RecordAnswers.Wrong($"Send a list of {{ kind, way }}: kind is one of {string.Join(", ", Enum.GetValues<NoticeKind>().Select(kind => Words.Key(kind)))}, way is bell, digest or never. Nothing was changed.");
            foreach (var (kind, way) in known) await commands.Choose(kind!.Value, way!.Value, stop);
            return Results.Json(Choices(await notices.Choices(stop)));
        }).WithName("changeNoticeChoices").WithSummary("Choose how you are told of kinds of things").Produces<IReadOnlyList<NoticeChoiceRecord>>();

        api.MapGet("/digest", async (NoticeQueries notices, [Description("Since this moment instead of since you looked last")] DateTimeOffset? since, CancellationToken stop) => Of(await notices.Digest(since, stop)))
            .WithName("getDigest").WithSummary("What came since you looked last, by day and record; reading it marks nothing as read");

        api.MapGet("/digest.txt", async (NoticeQueries notices, HttpRequest request, [Description("Since this moment instead of since you looked last")] DateTimeOffset? since, CancellationToken stop) =>
            Results.Text(TextOf(await notices.Digest(since, stop), $"{request.Scheme}://{request.Host}{request.PathBase}/"), "text/plain", Encoding.UTF8))
            .WithName("getDigestText").WithSummary("The digest as plain text, such as for a mail that an institute sends itself").Produces<string>(StatusCodes.Status200OK, "text/plain");
    }

    static IReadOnlyList<NoticeChoiceRecord> Choices(IReadOnlyDictionary<NoticeKind, NoticeWay> choices) =>
        [.. choices.OrderBy(one => one.Key).Select(one => new NoticeChoiceRecord(Words.Key(one.Key), Words.Key(one.Value)))];

    static NoticeRecord Of(NoticeRow row) => new(row.Notice.Id, row.Notice.At, Words.Key(row.Notice.Kind), row.Words, row.Said, row.By, Words.Key(row.Subject.Of), row.Subject.Id,
        TalkQueries.NameOf(row.Subject), row.Address, row.Notice.ReadAt is not null, row.Why);

    static DigestRecord Of(Digest digest) => new(digest.Since, digest.Until, [.. digest.Days.Select(day => new DigestDay(day.Day,
        [.. day.Records.Select(of => new DigestEntry(Words.Key(of.Subject.Of), of.Subject.Id, TalkQueries.NameOf(of.Subject), of.Subject.Address, [.. of.Rows.Select(Of)]))]))], digest.HasMore);

    /// <summary>The digest in words. Lines of a comment cannot look like lines of the digest: each is behind its own.</summary>
    static string TextOf(Digest digest, string portal)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"PqdPortal, {digest.Since.UtcDateTime:yyyy-MM-dd HH:mm} to {digest.Until.UtcDateTime:yyyy-MM-dd HH:mm} UTC");
        if (digest.Days.Count == 0) text.AppendLine().AppendLine("Nothing new.");
        foreach (var day in digest.Days)
        {
            text.AppendLine().AppendLine(day.Day.ToString("dddd d MMMM yyyy", CultureInfo.InvariantCulture));
            foreach (var of in day.Records)
            {
                text.AppendLine().AppendLine($"  {TalkQueries.NameOf(of.Subject)}").AppendLine($"  {portal}{of.Subject.Address}");
                foreach (var row in of.Rows)
                    text.AppendLine(CultureInfo.InvariantCulture, $"    {row.Notice.At.UtcDateTime:HH:mm} {row.Words}{(row.Said is null ? "" : $": {row.Said}")}");
            }
        }
        if (digest.HasMore) text.AppendLine().AppendLine($"More came than stands here: {portal}notices");
        return text.ToString();
    }
}
