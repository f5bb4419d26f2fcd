using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Uploads;

/// <summary>What the upload page and the inbox read.</summary>
public sealed class UploadQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>Where the viewer may upload to: their projects, by name.</summary>
    public async Task<IReadOnlyList<UploadPlace>> Projects(CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Projects.EditableBy(await me.Get()).OrderBy(project => project.Simulated).ThenBy(project => project.Name)
            .Select(project => new UploadPlace(project.Id, null, null, null, project.Name)).ToListAsync(stop);
    }

    /// <summary>The run (by id), dot or sample (by code) an address names, where the viewer may add to it; null where there is none.</summary>
    public async Task<UploadPlace?> Place(string? dot, string? sample, Guid? run, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var viewer = await me.Get();
        if (run is not null)
            return await db.Runs.EditableBy(viewer).Where(r => r.Id == run)
                .Select(r => new UploadPlace(r.ProjectId, r.SampleId, r.EmitterId, r.Id, $"the run {r.Name}")).FirstOrDefaultAsync(stop);
        if (dot is not null)
            return await db.Emitters.EditableBy(viewer).Where(e => e.Code == dot)
                .Select(e => new UploadPlace(e.ProjectId, e.SampleId, e.Id, null, $"the dot {e.Code}")).FirstOrDefaultAsync(stop);
        if (sample is not null)
            return await db.Samples.EditableBy(viewer).Where(s => s.Code == sample)
                .Select(s => new UploadPlace(s.ProjectId, s.Id, null, null, $"the sample {s.Code}")).FirstOrDefaultAsync(stop);
        return null;
    }

    /// <summary>The ids behind the code of a dot or sample, or of a project, that the viewer may see; null where there is none. Nothing asked is nothing found.</summary>
    public async Task<UploadTarget?> Target(string? to, string? project, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var viewer = await me.Get(stop);
        if (to is not null)
            return await db.Emitters.VisibleTo(viewer).Where(dot => dot.Code == to).Select(dot => new UploadTarget(null, null, dot.Id)).FirstOrDefaultAsync(stop)
                ?? await db.Samples.VisibleTo(viewer).Where(sample => sample.Code == to).Select(sample => new UploadTarget(null, sample.Id, null)).FirstOrDefaultAsync(stop);
        if (project is not null)
            return await db.Projects.VisibleTo(viewer).Where(p => p.Code == project).Select(p => new UploadTarget(p.Id, null, null)).FirstOrDefaultAsync(stop);
        return new(null, null, null);
    }

    /// <summary>The viewer's own uploads that have begun and are not whole, newest first.</summary>
    public async Task<IReadOnlyList<OpenUpload>> NotWhole(CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var viewer = await me.Get();
        var projects = db.Projects.EditableBy(viewer).Select(project => project.Id);
        return await db.Uploads.Where(upload => upload.OwnerId == viewer.PersonId && projects.Contains(upload.ProjectId) && upload.State == UploadState.Receiving && upload.Offset > 0)
            .OrderByDescending(upload => upload.UpdatedAt).Take(50)
            .Select(upload => new OpenUpload(upload.Id, upload.FileName, upload.ProjectId, upload.Project.Name,
                db.Samples.Where(sample => sample.Id == upload.SampleId).Select(sample => sample.Code).FirstOrDefault(),
                db.Emitters.Where(dot => dot.Id == upload.EmitterId).Select(dot => dot.Code).FirstOrDefault(), upload.RunId,
                upload.Offset, upload.Length, upload.UpdatedAt, upload.ExpiresAt)).ToListAsync(stop);
    }

    /// <summary>Runs by id, as they stand, in the order asked for.</summary>
    public async Task<IReadOnlyList<ArrivedRun>> Arrived(IReadOnlyList<Guid> ids, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var rows = await Rows(db.Runs.VisibleTo(await me.Get()).Where(run => ids.Contains(run.Id))).ToListAsync(stop);
        return [.. rows.OrderBy(row => ids.ToList().IndexOf(row.Id))];
    }

    static IQueryable<ArrivedRun> Rows(IQueryable<Run> runs) =>
        runs.Select(run => new ArrivedRun(run.Id, run.ProjectId, run.Project.Name, run.Name, run.Reading, run.ReadingMessage, run.CreatedAt,
            run.Files.OrderBy(file => file.Role == RunFile.Settings || file.Role == RunFile.Simulation).ThenBy(file => file.AddedAt).Select(file => file.Name).FirstOrDefault(),
            run.Files.OrderBy(file => file.Role == RunFile.Settings || file.Role == RunFile.Simulation).ThenBy(file => file.AddedAt).Select(file => (long?)file.Stored.Length).FirstOrDefault(),
            run.Files.OrderBy(file => file.Role == RunFile.Settings || file.Role == RunFile.Simulation).ThenBy(file => file.AddedAt).Select(file => file.Format).FirstOrDefault(),
            run.Files.Any(file => file.Reading == ReadingState.Failed)));
}

/// <summary>A place that files can belong to, and what it is called.</summary>
public sealed record UploadPlace(Guid Project, Guid? Sample, Guid? Dot, Guid? Run, string Name);

/// <summary>A file of which a part has arrived.</summary>
/// <param name="Sample">Code of its sample; null where it goes to the project's inbox.</param>
/// <param name="Dot">Code of its dot.</param>
/// <param name="Run">The run that it joins.</param>
/// <param name="Confirmed">Durable bytes, of <paramref name="Length"/>.</param>
/// <param name="Until">It is given up then, if nothing comes of it.</param>
public sealed record OpenUpload(
    Guid Id, string FileName, Guid ProjectId, string Project, string? Sample, string? Dot, Guid? Run, long Confirmed, long Length, DateTimeOffset At, DateTimeOffset Until);

/// <summary>A run that has just arrived or waits for its home.</summary>
/// <param name="IsRefused">A file of it is damaged; else what ended badly was our own doing.</param>
public sealed record ArrivedRun(
    Guid Id, Guid ProjectId, string Project, string Name, ReadingState Reading, string? Message, DateTimeOffset At, string? FileName, long? Bytes, string? Format, bool IsRefused);

/// <summary>Where a file is meant to go, by ids.</summary>
public sealed record UploadTarget(Guid? Project, Guid? Sample, Guid? Emitter);
