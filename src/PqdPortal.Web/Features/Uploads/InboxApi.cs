using System.ComponentModel;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Uploads;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.Moving;

namespace PqdPortal.Web.Features.Uploads;

/// <summary>The inbox, the rules of file names and the moving of runs over HTTP, by the same classes as the pages.</summary>
public static class InboxApi
{
    public static void MapInbox(this IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root).RequireAuthorization().DisableAntiforgery().WithTags("Inbox");

        api.MapGet("/inbox", async (
            InboxQueries inbox, [Description("Code of a project.")] string? project, [Description("A part of a file's name.")] string? search,
            [Description("True for those that somebody said need no home.")] bool? ignored, int? page, CancellationToken stop) =>
        {
            if (RecordAnswers.Unreadable(search, project) is { } refusal) return refusal;
            var (rows, total) = await inbox.Find(new(project, search, ignored ?? false, page ?? 1), stop);
            return Results.Json(new RecordPage<InboxEntry>([.. rows.Select(Of)], total, Math.Max(1, page ?? 1), InboxQueries.PageSize));
        }).WithName("listInbox").WithSummary("Runs that wait for a home, newest first, with where each may belong and why").Produces<RecordPage<InboxEntry>>();

        api.MapPost("/inbox/file", async (FileRuns asked, InboxCommands commands, CancellationToken stop) =>
            asked.Runs?.Count > RunMoves.Most ? TooMany() : Results.Json(Of(await commands.FileSuggested(asked.Runs, asked.Project, asked.OnlyCertain, stop))))
            .WithName("fileInbox").WithSummary("Give runs of the inbox the home that is suggested for them").Produces<MovedRuns>();

        api.MapPost("/runs/move", async (MoveRuns asked, RunMover mover, CancellationToken stop) =>
        {
            if (asked.Runs is not { Count: > 0 }) return RecordAnswers.Wrong("Name the runs to move by their ids.");
            if (asked.Runs.Count > RunMoves.Most) return TooMany();
            HomeChoice? home = null;
            if (asked.To is { Length: > 0 } to)
            {
                if (RecordAnswers.Unreadable(to) is { } refusal) return refusal;
                home = await mover.Home(to.Trim(), stop);
                if (home is null) return await mover.Sees(to.Trim(), stop) ? RecordAnswers.NotYours("dot or sample " + to) : RecordAnswers.NotThere("dot or sample " + to);
            }
            var outcome = await mover.Move([.. asked.Runs.Distinct().Select(run => home?.Of(run) ?? new RunMove(run, null, null))], isAllOrNothing: true, stop);
            if (outcome.Left.FirstOrDefault(left => left.Because == LeftBecause.NotThere) is { } missing) return RecordAnswers.NotThere("run " + missing.Run);
            if (outcome.Left.Any(left => left.Because == LeftBecause.NotYours)) return RecordAnswers.NotYours("run");
            if (outcome.Left.FirstOrDefault(left => left.Because is not LeftBecause.IsThere) is { } wrong) return RecordAnswers.Wrong($"{wrong.Why} Nothing was moved.");
            return Results.Json(Of(outcome));
        }).WithName("moveRuns").WithSummary("Move runs to a dot, a sample or the inbox of their project, all or none").Produces<MovedRuns>();

        api.MapGet("/projects/{code}/names", async (string code, NamesQueries names, HttpResponse answer, CancellationToken stop) =>
            await names.Of(code, null, stop) is { } view ? Answer(answer, view) : RecordAnswers.NotThere("project " + code))
            .WithName("getNames").WithSummary("How the files of a project are named").Produces<NamesRecord>();

        api.MapPut("/projects/{code}/names", (string code, NamesRecord sent, NamesQueries names, NamesCommands commands, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await names.Of(code, null, stop) is not { } view) return RecordAnswers.NotThere("project " + code);
                if (!view.MayEdit) return RecordAnswers.NotYours("project");
                var (version, unversioned) = RecordAnswers.VersionOf(request);
                if (unversioned is not null) return unversioned;
                var rules = view.Rules;
                // Before the first rules there is version 0 alone.
                if (rules.Version == 0 && version != 0)
                    return RecordAnswers.Problem(StatusCodes.Status412PreconditionFailed, "There is no such version", "The project has no rules yet; send If-Match \"0\" for the first. Nothing was changed.", new Dictionary<string, object?> { ["version"] = 0 });
                (rules.Patterns, rules.Filing, rules.Version) = (string.Join('\n', sent.Patterns ?? []), RecordAnswers.Choice<FilingHabit>(nameof(NamingRules.Filing), sent.Filing), version);
                return await commands.Save(rules, stop) is not null && await names.Of(code, null, stop) is { } saved ? Answer(answer, saved) : RecordAnswers.NotThere("project " + code);
            })).WithName("changeNames").WithSummary("Say how the files of a project are named; If-Match names the version").WithMetadata(TakesHeaderAttribute.IfMatch).Produces<NamesRecord>();

        api.MapPost("/projects/{code}/names/try", async (string code, TryNames sent, NamesQueries names, CancellationToken stop) =>
        {
            var files = (sent.Files ?? []).OfType<FileNameRecord>().ToList();
            if (files.Count is 0 or > NamesQueries.MostNames) return RecordAnswers.Wrong($"Send between 1 and {NamesQueries.MostNames} files by name.");
            foreach (var file in files)
            {
                if (string.IsNullOrWhiteSpace(file.Name)) return RecordAnswers.Wrong("Every file has a name, such as PQ-0042_S1_D017_hbt.ptu.");
                if (RecordAnswers.Unreadable(file.Name, file.Folder) is { } unreadable) return unreadable;
            }
            IReadOnlyList<NamePattern>? patterns = null;
            if (sent.Patterns is { } typed)
            {
                if (typed.Count > NamePattern.Most) return RecordAnswers.Wrong($"At most {NamePattern.Most} patterns.");
                patterns = NamePattern.ReadAll(string.Join('\n', typed), out var trouble);
                if (trouble is not null) return RecordAnswers.Wrong(trouble);
            }
            return await names.Try(code, [.. files.Select(file => (file.Name!, file.Folder))], patterns, stop) is { } placed
                ? Results.Json<IReadOnlyList<TriedNameRecord>>([.. files.Zip(placed, (file, placement) => new TriedNameRecord(file.Name!, file.Folder, Of(placement), placement.Reason))])
                : RecordAnswers.NotThere("project " + code);
        }).WithMetadata(new ReadsOnlyAttribute()).WithName("tryNames").WithSummary("Where files of these names would belong in a project, by its rules or by others you try; nothing is changed").Produces<IReadOnlyList<TriedNameRecord>>();
    }

    static IResult TooMany() => RecordAnswers.Wrong($"At most {RunMoves.Most} runs at once. Send the others in another request; nothing was moved.");

    static IResult Answer(HttpResponse answer, NamesView view)
    {
        answer.Headers.ETag = $"\"{view.Rules.Version}\"";
        return Results.Json(new NamesRecord
        {
            Project = view.Code!, Version = view.Rules.Version, Filing = Words.Key(view.Rules.Filing), Groups = view.InForce.Groups,
            Patterns = [.. (view.Rules.Patterns ?? "").ReplaceLineEndings("\n").Split('\n').Where(line => !string.IsNullOrWhiteSpace(line))],
        });
    }

    static InboxEntry Of(InboxRow row) => new(
        row.Id, row.Project, row.Name, row.File, row.Folder, row.Bytes, row.Format, Words.Key(row.Reading), row.Message, row.At, row.By, row.Instrument,
        Of(row.Placement), row.Placement.Reason);

    static IReadOnlyList<HomeGuessRecord> Of(Placement placement) =>
        [.. placement.Guesses.Select(guess => new HomeGuessRecord(guess.Code, guess.NewDot, Words.Key(guess.Certainty), guess.Why))];

    static MovedRuns Of(MoveOutcome outcome) => new(
        [.. outcome.Moved.Select(moved => new MovedRunRecord(moved.Run, moved.Name, moved.From, moved.To))],
        [.. outcome.Left.Select(left => new LeftRunRecord(left.Run, left.Name, left.Why))]);
}
