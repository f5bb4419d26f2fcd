using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Files;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Imports;

/// <summary>Looks at tables that a person has put on the shelf.</summary>
public sealed class ImportQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, Shelf shelf, TimeProvider clock)
{
    /// <summary>What would become of a table; null where it is not there any more. Nothing is written.</summary>
    public async Task<ImportOutcome?> Look(Guid file, ImportOptions options, IProgress<int>? progress = null, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person || shelf.Open(person, file) is not { } bytes) return null;
        await using (bytes) return await new TableImport(database, viewer, clock).Walk(bytes, options, isReal: false, progress, stop);
    }

    /// <summary>The projects in which the viewer may record batches.</summary>
    public async Task<IReadOnlyList<ImportProject>> Projects(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Projects.EditableBy(viewer).OrderBy(p => p.Simulated).ThenBy(p => p.Name).Select(p => new ImportProject(p.Code, p.Name)).ToListAsync(stop);
    }

    /// <summary>Whether the viewer sees the project of that code, though they may not be allowed to add to it.</summary>
    public async Task<bool> SeesProject(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Projects.VisibleTo(viewer).AnyAsync(p => p.Code == code, stop);
    }

    /// <summary>What columns of a kind of table can hold, for this viewer.</summary>
    public async Task<IReadOnlyList<ImportTarget>> Targets(RecordKind kind, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return ImportColumns.Targets(kind, await db.Templates.VisibleTo(viewer).ExtraColumns(kind, stop));
    }
}

/// <summary>Takes tables in, and makes records of them.</summary>
public sealed class ImportCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, Shelf shelf, TimeProvider clock)
{
    /// <summary>Longest table [bytes].</summary>
    public const long LongestTable = 64_000_000;

    /// <summary>Puts a table on the person's shelf for a day; null where it is too long.</summary>
    public async Task<Guid?> Put(Stream content, CancellationToken stop = default) =>
        (await me.Get(stop)).PersonId is { } person ? await shelf.Put(person, content, LongestTable, stop) : null;

    /// <summary>Makes records of a table, all of it or nothing; null where it is not there any more.</summary>
    public async Task<ImportOutcome?> Import(Guid file, ImportOptions options, IProgress<int>? progress = null, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person || shelf.Open(person, file) is not { } bytes) return null;
        ImportOutcome outcome;
        await using (bytes) outcome = await new TableImport(database, viewer, clock).Walk(bytes, options, isReal: true, progress, stop);
        return outcome;
    }

    /// <summary>Takes a table from the shelf.</summary>
    public async Task Drop(Guid file, CancellationToken stop = default)
    {
        if ((await me.Get(stop)).PersonId is { } person) shelf.Drop(person, file);
    }
}

/// <summary>A project to choose.</summary>
public sealed record ImportProject(string Code, string Name);
