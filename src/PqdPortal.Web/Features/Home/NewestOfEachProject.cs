using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;

namespace PqdPortal.Web.Features.Home;

/// <summary>
/// The newest records of some projects, by the index of each project: of a large laboratory only as many rows are read as are shown.
/// What is found here is asked for again through VisibleTo.
/// </summary>
static class NewestOfEachProject
{
    /// <summary>The projects that the viewer sees.</summary>
    public static Task<Guid[]> SeenProjects(this PortalDb db, Viewer viewer, CancellationToken stop) => db.Projects.VisibleTo(viewer).Select(project => project.Id).ToArrayAsync(stop);

    /// <summary>Runs, by when they came.</summary>
    public static Task<Guid[]> NewestRuns(this PortalDb db, Guid[] projects, int most, CancellationToken stop) => db.Database.SqlQuery<Guid>($"""
        SELECT r."Id" AS "Value" FROM unnest({projects}) AS p(id)
        CROSS JOIN LATERAL (SELECT "Id", "CreatedAt" FROM "Runs" WHERE "ProjectId" = p.id AND "DeletedAt" IS NULL ORDER BY "CreatedAt" DESC LIMIT {most}) r
        ORDER BY r."CreatedAt" DESC LIMIT {most}
        """).ToArrayAsync(stop);

    /// <summary>Dots, by when they were made.</summary>
    public static Task<Guid[]> NewestDots(this PortalDb db, Guid[] projects, int most, CancellationToken stop) => db.Database.SqlQuery<Guid>($"""
        SELECT r."Id" AS "Value" FROM unnest({projects}) AS p(id)
        CROSS JOIN LATERAL (SELECT "Id", "CreatedAt", "Code" FROM "Emitters" WHERE "ProjectId" = p.id AND "DeletedAt" IS NULL ORDER BY "CreatedAt" DESC LIMIT {most}) r
        ORDER BY r."CreatedAt" DESC, r."Code" LIMIT {most}
        """).ToArrayAsync(stop);

    /// <summary>Analyses that came to an end with a result after a moment, the newest first.</summary>
    public static Task<Guid[]> NewestResults(this PortalDb db, Guid[] projects, DateTimeOffset since, int most, CancellationToken stop) => db.Database.SqlQuery<Guid>($"""
        SELECT r."Id" AS "Value" FROM unnest({projects}) AS p(id)
        CROSS JOIN LATERAL (SELECT "Id", "EndedAt" FROM "Analyses" WHERE "ProjectId" = p.id AND "EndedAt" > {since} AND "State" = 'Done' AND "DeletedAt" IS NULL ORDER BY "EndedAt" DESC LIMIT {most}) r
        ORDER BY r."EndedAt" DESC LIMIT {most}
        """).ToArrayAsync(stop);

    /// <summary>
    /// Measurements of dots, and of samples as a whole, each with the last one of the same kind of the same dot or sample on an earlier
    /// day, the newest first.
    /// </summary>
    /// <param name="most">As many of the newest measurements of each project are looked at.</param>
    public static Task<List<Repeat>> Repeats(this PortalDb db, Guid[] projects, int most, CancellationToken stop) => db.Database.SqlQuery<Repeat>($"""
        SELECT n."Id" AS "Now", b."Id" AS "Before", n."EmitterId" AS "Dot", n."SampleId" AS "Sample", n."MeasuredAt" AS "NowAt", b."MeasuredAt" AS "BeforeAt"
        FROM unnest({projects}) AS p(id)
        CROSS JOIN LATERAL (
            SELECT "Id", "EmitterId", "SampleId", "MeasuredAt", "Kind" FROM "Runs"
            WHERE "ProjectId" = p.id AND "DeletedAt" IS NULL AND "MeasuredAt" IS NOT NULL ORDER BY "MeasuredAt" DESC LIMIT {most}) n
        CROSS JOIN LATERAL (
            SELECT "Id", "MeasuredAt" FROM "Runs"
            WHERE n."EmitterId" IS NOT NULL AND "EmitterId" = n."EmitterId" AND "Kind" = n."Kind" AND "DeletedAt" IS NULL AND "MeasuredAt" < date_trunc('day', n."MeasuredAt" AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
            ORDER BY "MeasuredAt" DESC LIMIT 1) b
        UNION ALL
        SELECT n."Id", b."Id", n."EmitterId", n."SampleId", n."MeasuredAt", b."MeasuredAt"
        FROM unnest({projects}) AS p(id)
        CROSS JOIN LATERAL (
            SELECT "Id", "EmitterId", "SampleId", "MeasuredAt", "Kind" FROM "Runs"
            WHERE "ProjectId" = p.id AND "DeletedAt" IS NULL AND "MeasuredAt" IS NOT NULL ORDER BY "MeasuredAt" DESC LIMIT {most}) n
        CROSS JOIN LATERAL (
            SELECT "Id", "MeasuredAt" FROM "Runs"
            WHERE n."EmitterId" IS NULL AND "SampleId" = n."SampleId" AND "EmitterId" IS NULL AND "Kind" = n."Kind" AND "DeletedAt" IS NULL AND "MeasuredAt" < date_trunc('day', n."MeasuredAt" AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
            ORDER BY "MeasuredAt" DESC LIMIT 1) b
        """).ToListAsync(stop);

    /// <summary>Batches whose last measurement lies before a moment, those first that were measured last.</summary>
    /// <param name="most">As many of the newest batches of each project are looked at.</param>
    public static Task<List<Idle>> IdleBatches(this PortalDb db, Guid[] projects, DateTimeOffset before, int most, int shown, CancellationToken stop) => db.Database.SqlQuery<Idle>($"""
        SELECT b."Id" AS "Batch", max(m."MeasuredAt") AS "At" FROM unnest({projects}) AS p(id)
        CROSS JOIN LATERAL (SELECT "Id" FROM "Batches" WHERE "ProjectId" = p.id AND "DeletedAt" IS NULL ORDER BY "CreatedAt" DESC LIMIT {most}) b
        JOIN "Samples" s ON s."BatchId" = b."Id" AND s."DeletedAt" IS NULL
        CROSS JOIN LATERAL (SELECT "MeasuredAt" FROM "Runs" WHERE "SampleId" = s."Id" AND "DeletedAt" IS NULL AND "MeasuredAt" IS NOT NULL ORDER BY "MeasuredAt" DESC LIMIT 1) m
        GROUP BY b."Id" HAVING max(m."MeasuredAt") < {before} ORDER BY 2 DESC LIMIT {shown}
        """).ToListAsync(stop);
}

/// <summary>Two measurements of one dot, or of one sample as a whole, on different days.</summary>
public sealed record Repeat(Guid Now, Guid Before, Guid? Dot, Guid? Sample, DateTimeOffset NowAt, DateTimeOffset BeforeAt);

/// <summary>A batch and when it was measured last.</summary>
public sealed record Idle(Guid Batch, DateTimeOffset At);
