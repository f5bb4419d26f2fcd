using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Runs;

namespace PqdPortal.Data.Uploads;

/// <summary>What is known of runs that wait for a home, and what people teach by giving them one.</summary>
public static class InboxFiles
{
    /// <summary>Runs that wait for a home; to be narrowed to those the viewer may see.</summary>
    public static IQueryable<Run> Waiting(this IQueryable<Run> runs) => runs.Where(run => run.SampleId == null && run.DeletedAt == null && run.SetAsideAt == null);

    /// <summary>The files of some runs as they look for their home. The caller has made sure that the viewer may see the runs.</summary>
    public static async Task<IReadOnlyList<FileToPlace>> FilesToPlace(this PortalDb db, Guid[] runs, CancellationToken stop = default)
    {
        var rows = await db.Runs.AsNoTracking().Where(run => runs.Contains(run.Id)).Select(run => new
        {
            run.Id, run.Name, run.InstrumentId, run.CreatedById, run.CreatedAt,
            File = run.Files.Where(file => file.Role != RunFile.Settings && file.Role != RunFile.Simulation).OrderBy(file => file.AddedAt).Select(file => file.Name).FirstOrDefault(),
            Folder = db.Uploads.Where(upload => upload.RunId == run.Id && upload.Folder != null).OrderBy(upload => upload.CreatedAt).Select(upload => upload.Folder).FirstOrDefault(),
        }).ToListAsync(stop);
        var headers = (await HeaderNames(db, runs, stop)).ToLookup(one => one.Run, one => one.Text);
        return [.. rows.Select(row => new FileToPlace(row.Id, row.File ?? row.Name, row.Folder, row.CreatedAt)
        {
            HeaderNames = [.. headers[row.Id].Distinct().Take(6)], Instrument = row.InstrumentId, Owner = row.CreatedById,
        })];
    }

    /// <summary>Header fields in which instruments and people write what was measured.</summary>
    static Task<List<HeaderName>> HeaderNames(PortalDb db, Guid[] runs, CancellationToken stop) => db.Database.SqlQuery<HeaderName>($"""
        SELECT f."RunId" AS "Run", trim(h.value) AS "Text"
        FROM "RunFiles" f CROSS JOIN LATERAL jsonb_each_text(CASE WHEN jsonb_typeof(f."Summary"->'header') = 'object' THEN f."Summary"->'header' ELSE jsonb_build_object() END) h
        WHERE f."RunId" = ANY ({runs}) AND h.key ~* '(sample|specimen|title|comment|description|object)' AND length(trim(h.value)) BETWEEN 2 AND 200
        """).ToListAsync(stop);

    sealed record HeaderName(Guid Run, string Text);

    /// <summary>Gives a run its home in the place of a person, where its project says that certain ones are filed by themselves.</summary>
    /// <param name="run">Tracked by the context, which the caller saves.</param>
    /// <returns>Why it went there; null where it waits.</returns>
    public static async Task<string?> FileIfCertain(this PortalDb db, Run run, CancellationToken stop = default)
    {
        if (run is not { SampleId: null, SetAsideAt: null, DeletedAt: null }) return null;
        var rules = await db.RulesOf(run.ProjectId, stop);
        if (!rules.FilesCertainOnes) return null;
        var files = await db.FilesToPlace([run.Id], stop);
        if ((await db.GuessHomes(run.ProjectId, files, rules.Patterns, stop)).GetValueOrDefault(run.Id)?.Best is not { Certainty: Certainty.Certain, NewDot: null } home) return null;
        (run.SampleId, run.EmitterId) = (home.Sample, home.Dot);
        if (run.Kind == RunKind.NotRecorded && home.Kind is { } kind) run.Kind = kind;
        return home.Why;
    }

    /// <summary>Remembers where a person put a file that the portal would have put elsewhere or nowhere.</summary>
    /// <param name="dot">Of the sample, with its label; null where the file belongs to the sample.</param>
    public static async Task Teach(this PortalDb db, Guid project, FileToPlace file, Guid sample, (Guid Id, string Label)? dot, Guid? person, DateTimeOffset now, CancellationToken stop = default)
    {
        // Where a number of the name is the dot's, the next dot of the sample is known too.
        var numbered = dot is { } labelled ? NameShape.WithDot(file.Name).FirstOrDefault(one => one.Number > 0 && labelled.Label.TrimStart("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".ToCharArray()).TrimStart('0') == $"{one.Number}") : default;
        await Keep(LessonKind.Name, numbered.Shape ?? NameShape.Of(file.Name), numbered.Shape is null ? dot?.Id : null);
        if (NameShape.OfFolder(file.Folder) is { } folder) await Keep(LessonKind.Folder, folder, null);

        Task<int> Keep(LessonKind kind, string shape, Guid? emitter)
        {
            var example = kind == LessonKind.Name ? file.Name : file.Folder!;
            var (of, shown) = (kind.ToString(), example.Length <= 400 ? example : example[..(char.IsHighSurrogate(example[399]) ? 399 : 400)]);
            return db.Database.ExecuteSqlAsync($"""
                INSERT INTO "InboxLessons" ("Id", "ProjectId", "Kind", "Shape", "SampleId", "EmitterId", "Example", "Times", "TaughtById", "TaughtAt")
                VALUES ({Guid.CreateVersion7()}, {project}, {of}, {shape}, {sample}, {emitter}, {shown}, 1, {person}, {now})
                ON CONFLICT ("ProjectId", "Kind", "Shape") DO UPDATE SET
                    "Times" = CASE WHEN "InboxLessons"."SampleId" = excluded."SampleId" AND "InboxLessons"."EmitterId" IS NOT DISTINCT FROM excluded."EmitterId" THEN "InboxLessons"."Times" + 1 ELSE 1 END,
                    "SampleId" = excluded."SampleId", "EmitterId" = excluded."EmitterId", "Example" = excluded."Example", "TaughtById" = excluded."TaughtById", "TaughtAt" = excluded."TaughtAt"
                """, stop);
        }
    }
}
