using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Data.Edits;

/// <summary>The end of the bin: a record that lay in it for long enough is removed for good, with everything below it.</summary>
/// <remarks>
/// One record with what is below it is one transaction that locks every row before it decides: who takes the record out of the bin
/// at the same moment either keeps all of it or finds it gone, and of two processes that come by at once the second finds nothing to
/// do. The stored files stay; those that no record names any more are removed apart.
/// </remarks>
public static class BinEnd
{
    /// <summary>What the audit trail says of a record that the bin has lost.</summary>
    public const string Removed = "removed";

    /// <summary>Records that were put into the bin before a moment, those above before those below.</summary>
    public static async Task<IReadOnlyList<Binned>> BinnedBefore(this PortalDb db, DateTimeOffset before, CancellationToken stop = default)
    {
        List<Binned> found = [];
        foreach (var (kind, ids) in ((string, IQueryable<Guid>)[])
            [
                (nameof(Project), db.Projects.Where(r => r.DeletedAt < before).Select(r => r.Id)),
                (nameof(Batch), db.Batches.Where(r => r.DeletedAt < before).Select(r => r.Id)),
                (nameof(Sample), db.Samples.Where(r => r.DeletedAt < before).Select(r => r.Id)),
                (nameof(Emitter), db.Emitters.Where(r => r.DeletedAt < before).Select(r => r.Id)),
                (nameof(Run), db.Runs.Where(r => r.DeletedAt < before).Select(r => r.Id)),
                (nameof(Template), db.Templates.Where(r => r.DeletedAt < before).Select(r => r.Id)),
                // What the bin has emptied already stays for the answers to it.
                (nameof(Comment), db.Comments.Where(r => r.DeletedAt < before && r.Text != "").Select(r => r.Id)),
            ])
            found.AddRange((await ids.ToListAsync(stop)).Select(id => new Binned(kind, id)));
        return found;
    }

    /// <summary>Removes one record with everything below it.</summary>
    /// <param name="before">Only if it was put into the bin before this moment, and nothing below it was made or put there later.</param>
    /// <returns>How many records went; 0 where it was taken out meanwhile, is gone already, or has to wait because work on it goes on.</returns>
    public static async Task<int> RemoveBinned(this IDbContextFactory<PortalDb> database, Binned record, DateTimeOffset before, DateTimeOffset now, CancellationToken stop = default)
    {
        if (record.Kind == nameof(Comment)) return await database.RemoveComment(record.Id, before, now, stop);
        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);

        Guid[] Root(string kind) => record.Kind == kind ? [record.Id] : [];
        // From the top down, each level locked before the next is looked for: nobody hangs anything new on a locked row.
        var projects = Root(nameof(Project)) is [var p] ? await db.Projects.FromSql($"""SELECT *, xmin FROM "Projects" WHERE "Id" = {p} FOR UPDATE""").AsNoTracking().ToListAsync(stop) : [];
        Guid[] inProjects = [.. projects.Select(r => r.Id)];
        var batches = await db.Batches.FromSql($"""SELECT *, xmin FROM "Batches" WHERE "Id" = ANY ({Root(nameof(Batch))}) OR "ProjectId" = ANY ({inProjects}) FOR UPDATE""").AsNoTracking().ToListAsync(stop);
        Guid[] inBatches = [.. batches.Select(r => r.Id)];
        var samples = await db.Samples.FromSql($"""SELECT *, xmin FROM "Samples" WHERE "Id" = ANY ({Root(nameof(Sample))}) OR "BatchId" = ANY ({inBatches}) FOR UPDATE""").AsNoTracking().ToListAsync(stop);
        Guid[] inSamples = [.. samples.Select(r => r.Id)];
        var dots = await db.Emitters.FromSql($"""SELECT *, xmin FROM "Emitters" WHERE "Id" = ANY ({Root(nameof(Emitter))}) OR "SampleId" = ANY ({inSamples}) FOR UPDATE""").AsNoTracking().ToListAsync(stop);
        Guid[] inDots = [.. dots.Select(r => r.Id)];
        var runs = await db.Runs.FromSql($"""
            SELECT *, xmin FROM "Runs" WHERE "Id" = ANY ({Root(nameof(Run))}) OR "ProjectId" = ANY ({inProjects}) OR "SampleId" = ANY ({inSamples}) OR "EmitterId" = ANY ({inDots}) FOR UPDATE
            """).AsNoTracking().ToListAsync(stop);
        Guid[] inRuns = [.. runs.Select(r => r.Id)];

        var templates = await db.Templates.FromSql($"""SELECT *, xmin FROM "Templates" WHERE "Id" = ANY ({Root(nameof(Template))}) OR "ProjectId" = ANY ({inProjects}) FOR UPDATE""").AsNoTracking().ToListAsync(stop);
        Guid[] inTemplates = [.. templates.Select(r => r.Id)];

        ProjectRecord[] records = [.. batches, .. samples, .. dots, .. runs, .. templates];
        var root = projects.SingleOrDefault()?.DeletedAt ?? records.SingleOrDefault(r => r.Id == record.Id)?.DeletedAt;
        if (root is null || root >= before) return 0;
        // What came below it later has its own time to be missed.
        if (records.Any(r => r.CreatedAt >= before || r.DeletedAt >= before)) return 0;
        var analyses = await db.Analyses.Where(a => inRuns.Contains(a.RunId)).Select(a => new { a.Id, a.ProjectId, a.Kind }).ToListAsync(stop);
        Guid[] inAnalyses = [.. analyses.Select(a => a.Id)];
        var jobs = db.Jobs.Where(j => inRuns.Contains(j.RunId!.Value) || inAnalyses.Contains(j.AnalysisId!.Value) || inProjects.Contains(j.ProjectId));
        var uploads = db.Uploads.Where(u => inProjects.Contains(u.ProjectId) || inSamples.Contains(u.SampleId!.Value) || inDots.Contains(u.EmitterId!.Value) || inRuns.Contains(u.RunId!.Value));
        if (await jobs.AnyAsync(j => j.State == JobState.Queued || j.State == JobState.Running || j.Pending != null, stop)) return 0;
        if (await uploads.AnyAsync(u => u.State == UploadState.Receiving, stop)) return 0;

        // Who stands outside and pointed in here: told in their own history. What a template asked for stays with what was recorded.
        foreach (var begun in await db.Batches.Where(b => inTemplates.Contains(b.TemplateId!.Value) && !inBatches.Contains(b.Id)).ToListAsync(stop)) begun.TemplateId = null;
        foreach (var begun in await db.Samples.Where(s => inTemplates.Contains(s.TemplateId!.Value) && !inSamples.Contains(s.Id)).ToListAsync(stop)) begun.TemplateId = null;
        // The children come with them, so that the event knows their project.
        db.BatchParents.RemoveRange(await db.BatchParents.Include(p => p.Batch).Where(p => inBatches.Contains(p.ParentId) && !inBatches.Contains(p.BatchId)).ToListAsync(stop));
        db.SampleParents.RemoveRange(await db.SampleParents.Include(p => p.Sample).Where(p => inSamples.Contains(p.ParentId) && !inSamples.Contains(p.SampleId)).ToListAsync(stop));
        foreach (var setup in await db.Instruments.Where(i => inRuns.Contains(i.IrfRunId!.Value)).ToListAsync(stop)) setup.IrfRunId = null;
        db.RunReferences.RemoveRange(await db.RunReferences.Include(r => r.Run).Where(r => inRuns.Contains(r.ReferenceId) && !inRuns.Contains(r.RunId)).ToListAsync(stop));

        var files = await db.RunFiles.Where(f => inRuns.Contains(f.RunId)).Select(f => new { f.Id, f.Run.ProjectId, f.Name, f.Sha256 }).ToListAsync(stop);
        AuditEvent[] events =
        [
            .. projects.Select(r => Event(nameof(Project), r.Id, r.Id, ("Code", r.Code), ("Name", r.Name))),
            .. batches.Select(r => Event(nameof(Batch), r.Id, r.ProjectId, ("Code", r.Code), ("Name", r.Name))),
            .. samples.Select(r => Event(nameof(Sample), r.Id, r.ProjectId, ("Code", r.Code), ("Name", r.Name))),
            .. dots.Select(r => Event(nameof(Emitter), r.Id, r.ProjectId, ("Code", r.Code))),
            .. runs.Select(r => Event(nameof(Run), r.Id, r.ProjectId, ("Name", r.Name))),
            .. templates.Select(r => Event(nameof(Template), r.Id, r.ProjectId, ("Name", r.Name))),
            .. files.Select(f => Event(nameof(RunFile), f.Id, f.ProjectId, ("Name", f.Name), ("Sha256", f.Sha256))),
            .. analyses.Select(a => Event(nameof(AnalysisRecord), a.Id, a.ProjectId, ("Kind", a.Kind))),
        ];
        db.AuditEvents.AddRange(events);
        await db.SaveChangesAsync(stop);

        // What was said of them goes with them.
        Guid[] talkedOf = [.. inProjects, .. inBatches, .. inSamples, .. inDots, .. inRuns, .. inAnalyses];
        await db.Comments.Where(c => talkedOf.Contains(c.RecordId) && c.ParentId != null).ExecuteDeleteAsync(stop);
        await db.Comments.Where(c => talkedOf.Contains(c.RecordId)).ExecuteDeleteAsync(stop);
        await db.Follows.Where(f => talkedOf.Contains(f.RecordId)).ExecuteDeleteAsync(stop);
        await db.Notices.Where(n => talkedOf.Contains(n.RecordId)).ExecuteDeleteAsync(stop);
        await db.RunReferences.Where(r => inRuns.Contains(r.RunId)).ExecuteDeleteAsync(stop);
        await jobs.ExecuteDeleteAsync(stop);
        await db.Analyses.Where(a => inAnalyses.Contains(a.Id)).ExecuteDeleteAsync(stop);
        await db.RunFiles.Where(f => inRuns.Contains(f.RunId)).ExecuteDeleteAsync(stop);
        await uploads.ExecuteDeleteAsync(stop);
        await db.Attachments.Where(a => inBatches.Contains(a.BatchId!.Value) || inSamples.Contains(a.SampleId!.Value) || inDots.Contains(a.EmitterId!.Value) || inRuns.Contains(a.RunId!.Value)).ExecuteDeleteAsync(stop);
        await db.BatchParents.Where(p => inBatches.Contains(p.BatchId)).ExecuteDeleteAsync(stop);
        await db.SampleParents.Where(p => inSamples.Contains(p.SampleId)).ExecuteDeleteAsync(stop);
        await db.InboxLessons.Where(l => inProjects.Contains(l.ProjectId) || inSamples.Contains(l.SampleId) || inDots.Contains(l.EmitterId!.Value)).ExecuteDeleteAsync(stop);
        await db.NamingRules.Where(r => inProjects.Contains(r.ProjectId!.Value)).ExecuteDeleteAsync(stop);
        await db.Runs.Where(r => inRuns.Contains(r.Id)).ExecuteDeleteAsync(stop);
        await db.Emitters.Where(r => inDots.Contains(r.Id)).ExecuteDeleteAsync(stop);
        await db.Samples.Where(r => inSamples.Contains(r.Id)).ExecuteDeleteAsync(stop);
        await db.Batches.Where(r => inBatches.Contains(r.Id)).ExecuteDeleteAsync(stop);
        Guid[] linked = [.. inProjects, .. records.Select(r => r.Id)];
        await db.ShareLinks.Where(l => linked.Contains(l.RecordId) || inProjects.Contains(l.ProjectId)).ExecuteDeleteAsync(stop);
        await db.InvitationUses.Where(u => inProjects.Contains(u.Invitation.ProjectId!.Value)).ExecuteDeleteAsync(stop);
        await db.Invitations.Where(i => inProjects.Contains(i.ProjectId!.Value)).ExecuteDeleteAsync(stop);
        await db.Templates.Where(r => inTemplates.Contains(r.Id)).ExecuteDeleteAsync(stop);
        await db.Grants.Where(g => inProjects.Contains(g.ProjectId)).ExecuteDeleteAsync(stop);
        await db.Projects.Where(r => inProjects.Contains(r.Id)).ExecuteDeleteAsync(stop);
        await db.Notify([.. events.Where(e => e.Record != nameof(RunFile)).Select(e => $"{e.Record} {e.RecordId}")], stop);
        await transaction.CommitAsync(stop);
        return projects.Count + records.Length;

        AuditEvent Event(string kind, Guid id, Guid project, params (string Field, string Old)[] was) => new()
        {
            At = now, ProjectId = project, Record = kind, RecordId = id, Action = Removed,
            Changes = JsonSerializer.Serialize(was.ToDictionary(field => field.Field, field => new { old = field.Old }), Mapping.Json),
        };
    }

    /// <summary>Removes photos and files that lay in the bin for long enough; their bytes go with the next look for unnamed files.</summary>
    public static Task<int> RemoveBinnedAttachments(this PortalDb db, DateTimeOffset before, CancellationToken stop = default) =>
        db.Attachments.Where(a => a.DeletedAt < before).ExecuteDeleteAsync(stop);

    /// <summary>A comment that lay in the bin for its time loses its words; it goes itself where no answer to it stays.</summary>
    static async Task<int> RemoveComment(this IDbContextFactory<PortalDb> database, Guid id, DateTimeOffset before, DateTimeOffset now, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var comment = await db.Comments.FromSql($"""SELECT *, xmin FROM "Comments" WHERE "Id" = {id} FOR UPDATE""").AsNoTracking().SingleOrDefaultAsync(stop);
        if (comment is not { Text.Length: > 0 } || comment.DeletedAt is not { } binned || binned >= before) return 0;
        await db.Notices.Where(n => n.SourceId == id).ExecuteDeleteAsync(stop);
        if (await db.Comments.AnyAsync(c => c.ParentId == id, stop))
            await db.Comments.Where(c => c.Id == id).ExecuteUpdateAsync(set => set.SetProperty(c => c.Text, "").SetProperty(c => c.Mentioned, Array.Empty<Guid>()), stop);
        else
        {
            await db.Comments.Where(c => c.Id == id).ExecuteDeleteAsync(stop);
            // The last answer takes along what it stayed for.
            await db.Comments.Where(c => c.Id == comment.ParentId && c.Text == "" && !db.Comments.Any(other => other.ParentId == c.Id)).ExecuteDeleteAsync(stop);
        }
        db.AuditEvents.Add(new() { At = now, ProjectId = comment.ProjectId, Record = nameof(Comment), RecordId = id, Action = Removed, Changes = "{}" });
        await db.SaveChangesAsync(stop);
        await db.Notify([$"{nameof(Comment)} {comment.RecordId}"], stop);
        await transaction.CommitAsync(stop);
        return 1;
    }

    /// <summary>Codes of a project's samples or dots that the bin has lost: a number on a label is not given again.</summary>
    /// <param name="kind">Sample or Emitter.</param>
    public static Task<List<string>> RemovedCodes(this PortalDb db, Guid project, string kind, CancellationToken stop = default) =>
        db.Database.SqlQuery<string>($"""SELECT "Changes"->'Code'->>'old' AS "Value" FROM "AuditEvents" WHERE "ProjectId" = {project} AND "Record" = {kind} AND "Action" = {Removed}""").ToListAsync(stop);
}

/// <summary>A record in the bin.</summary>
/// <param name="Kind">Project, Batch, Sample, Emitter, Run, Template or Comment.</param>
public sealed record Binned(string Kind, Guid Id);
