using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;
using PqdPortal.Jobs.Queue;

namespace PqdPortal.Jobs;

/// <summary>
/// Takes files in, piece by piece, whoever brings them: the browser, a program, the demo laboratory. A piece is confirmed when it is
/// durable; a whole file becomes a stored file, a run and its reading in one transaction.
/// </summary>
public sealed class UploadDesk(
    IDbContextFactory<PortalDb> database, Staging staging, IFileStore store, IWorkQueue queue,
    UploadOptions options, TimeProvider clock, ILogger<UploadDesk> log)
{
    /// <summary>Largest file [bytes].</summary>
    public long MaxBytes => options.MaxBytes;

    /// <summary>Begins an upload.</summary>
    /// <exception cref="UploadException">It is too large, or its place does not exist for the viewer or may not be changed by them.</exception>
    public async Task<Upload> Begin(Viewer viewer, NewUpload wanted, CancellationToken stop = default)
    {
        if (wanted.Length < 0) throw new UploadException(UploadTrouble.Wrong, "The length of the file is missing.");
        if (wanted.Length > options.MaxBytes)
            throw new UploadException(UploadTrouble.TooLarge, $"{wanted.FileName} has {wanted.Length:N0} bytes; this portal takes files up to {options.MaxBytes:N0} bytes.");
        var name = CleanName(wanted.FileName);

        await using var db = await database.CreateDbContextAsync(stop);
        var target = await Place(db, viewer, wanted, stop);
        var now = clock.GetUtcNow();
        var upload = new Upload
        {
            ProjectId = target.Project,
            OwnerId = viewer.PersonId ?? throw new UploadException(UploadTrouble.NotFound, "Sign in to upload files."),
            SampleId = target.Sample,
            EmitterId = target.Emitter,
            RunId = target.Run,
            FileName = name,
            Role = wanted.Role,
            Simulated = wanted.Simulated,
            Length = wanted.Length,
            CreatedAt = now,
            UpdatedAt = now,
            ExpiresAt = now.AddHours(options.Hours),
        };
        db.Actor = viewer.PersonId;
        db.Uploads.Add(upload);
        await db.SaveChangesAsync(stop);
        return upload;
    }

    /// <summary>The viewer's own upload; null where there is none, or where they may no longer change its project.</summary>
    public async Task<Upload?> Find(Viewer viewer, Guid id, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        return await Own(db, viewer).FirstOrDefaultAsync(upload => upload.Id == id, stop);
    }

    /// <summary>Appends a piece at the confirmed offset and, with the last one, makes the run.</summary>
    /// <param name="checksum">What the piece must hash to; a piece that does not is thrown away whole.</param>
    /// <returns>How much is confirmed now, and the run once the file is whole.</returns>
    /// <exception cref="UploadException">Nothing of the piece was confirmed, unless it says otherwise; what was confirmed before is safe.</exception>
    public async Task<UploadProgress> Append(Viewer viewer, Guid id, long offset, Stream body, PieceChecksum? checksum = null, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        await using var turn = await Turn.Take(db, id, stop)
            ?? throw new UploadException(UploadTrouble.Busy, "Another piece of this upload is just arriving. Try again in a moment.");
        var upload = await Own(db, viewer).FirstOrDefaultAsync(upload => upload.Id == id, stop) ?? throw NotThere();
        if (upload.State == UploadState.Complete) return new UploadProgress(upload.Length, upload.RunId, upload.Message);
        if (upload.State != UploadState.Receiving) throw new UploadException(UploadTrouble.Gone, upload.Message ?? "This upload was given up. Begin it again.");
        if (offset != upload.Offset)
            throw new UploadException(UploadTrouble.WrongOffset, $"The piece begins at byte {offset}; the portal has confirmed {upload.Offset}. Ask for the confirmed length and go on from there.");

        if (upload.Offset < upload.Length || upload.Length == 0) await Receive(db, upload, body, checksum, stop);
        return upload.Offset == upload.Length ? await Complete(db, upload, stop) : new UploadProgress(upload.Offset, null, null);
    }

    /// <summary>Gives an upload up and forgets what came of it. A file that is whole stays.</summary>
    public async Task Terminate(Viewer viewer, Guid id, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        await using var turn = await Turn.Take(db, id, stop)
            ?? throw new UploadException(UploadTrouble.Busy, "A piece of this upload is just arriving. Try again in a moment.");
        var upload = await Own(db, viewer).FirstOrDefaultAsync(upload => upload.Id == id, stop) ?? throw NotThere();
        // Whole, and a crash came before its run: it may lie in the store already.
        if (upload is { State: UploadState.Receiving, Length: > 0 } && upload.Offset == upload.Length) await Complete(db, upload, stop);
        if (upload.State == UploadState.Complete)
            throw new UploadException(UploadTrouble.Gone, "The file has arrived whole and belongs to its run now. Remove the run if it is not wanted.");
        await GiveUp(db, upload, UploadState.Terminated, "Cancelled by the person who began it.", stop);
    }

    /// <summary>
    /// Gives up uploads of which nothing came for too long, makes the run of those that a crash left whole but without one, and
    /// removes staged bytes that belong to none.
    /// </summary>
    /// <returns>How many were given up.</returns>
    public async Task<int> ExpireAbandoned(CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var now = clock.GetUtcNow();
        var whole = await db.Uploads.Where(upload => upload.State == UploadState.Receiving && upload.Offset == upload.Length && upload.Length > 0)
            .Select(upload => new { upload.Id, upload.Length }).ToListAsync(stop);
        // Only those whose bytes lie on this machine: another one finishes its own.
        foreach (var one in whole.Where(one => staging.Length(one.Id) >= one.Length))
        {
            await using var turn = await Turn.Take(db, one.Id, stop);
            if (turn is null) continue;
            try
            {
                await using var own = await database.CreateDbContextAsync(stop);
                var upload = await own.Uploads.SingleAsync(upload => upload.Id == one.Id, stop);
                if (upload.State == UploadState.Receiving) await Complete(own, upload, stop);
            }
            catch (Exception trouble) when (trouble is not OperationCanceledException)
            {
                // One that cannot be ended now must not keep the others waiting; the next round tries again.
                log.LogError(trouble, "Upload {Upload} is whole but its run could not be made", one.Id);
            }
        }

        var late = await db.Uploads.Where(upload => upload.State == UploadState.Receiving && upload.ExpiresAt < now).Select(upload => upload.Id).ToListAsync(stop);
        var given = 0;
        foreach (var id in late)
        {
            await using var turn = await Turn.Take(db, id, stop);
            var upload = turn is null ? null : await db.Uploads.FirstOrDefaultAsync(upload => upload.Id == id && upload.State == UploadState.Receiving && upload.ExpiresAt < now, stop);
            if (upload is null) continue;
            await GiveUp(db, upload, UploadState.Expired, $"No byte came for {options.Hours:0.#} hours. Begin it again; nothing else was lost.", stop);
            given++;
        }

        var staged = staging.All().ToList();
        var wanted = await db.Uploads.Where(upload => staged.Contains(upload.Id) && upload.State == UploadState.Receiving).Select(upload => upload.Id).ToListAsync(stop);
        foreach (var orphan in staged.Except(wanted)) staging.Discard(orphan);
        return given;
    }

    /// <summary>A whole file at once, for what the portal itself brings: the same way, without the pieces.</summary>
    public async Task<UploadProgress> Bring(Viewer viewer, NewUpload wanted, Stream content, CancellationToken stop = default)
    {
        var upload = await Begin(viewer, wanted, stop);
        var progress = await Append(viewer, upload.Id, 0, content, null, stop);
        return progress.Run is null
            ? throw new UploadException(UploadTrouble.Wrong, $"{wanted.FileName} was announced with {wanted.Length} bytes but had {progress.Confirmed}.")
            : progress;
    }

    async Task Receive(PortalDb db, Upload upload, Stream body, PieceChecksum? checksum, CancellationToken stop)
    {
        using var hash = checksum is null ? null : IncrementalHash.CreateHash(checksum.Algorithm);
        Appended appended;
        try
        {
            appended = await staging.Append(upload.Id, upload.Offset, body, upload.Length - upload.Offset, hash is null ? null : piece => hash.AppendData(piece.Span), stop);
        }
        catch (InvalidDataException lost)
        {
            log.LogError(lost, "Upload {Upload} lost confirmed bytes", upload.Id);
            await GiveUp(db, upload, UploadState.Failed, "The part that had arrived is gone from the portal's disk. Begin the upload again.", CancellationToken.None);
            throw new UploadException(UploadTrouble.Gone, upload.Message!);
        }
        catch (IOException full)
        {
            log.LogError(full, "Upload {Upload} could not be written", upload.Id);
            throw new UploadException(UploadTrouble.DiskFull, "The portal's disk is full or cannot be written. What was confirmed is safe; the upload goes on when there is room again.");
        }

        if (appended.Trouble is InvalidDataException tooMuch) throw new UploadException(UploadTrouble.TooLarge, tooMuch.Message);
        if (hash is not null && (appended.Trouble is not null || !CryptographicOperations.FixedTimeEquals(hash.GetHashAndReset(), checksum!.Expected)))
            throw new UploadException(UploadTrouble.ChecksumMismatch, "The piece does not match its checksum: it was changed on the way and thrown away. Send it again.");

        // From here on the bytes count, even where the connection is gone: the sender asks for the confirmed length when it comes back.
        var now = clock.GetUtcNow();
        upload.Offset = appended.Length;
        upload.UpdatedAt = now;
        upload.ExpiresAt = now.AddHours(options.Hours);
        await db.SaveChangesAsync(CancellationToken.None);
        if (appended.Trouble is { } broken) throw new UploadException(UploadTrouble.BrokenOff, $"The connection broke off; {upload.Offset} bytes are confirmed.", broken);
    }

    async Task<UploadProgress> Complete(PortalDb db, Upload upload, CancellationToken stop)
    {
        var stored = await staging.Store(upload.Id, store, stop);
        if (stored.Length != upload.Length)
            throw new InvalidOperationException($"Upload {upload.Id} was confirmed with {upload.Length} bytes; {stored.Length} are there.");

        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var now = clock.GetUtcNow();
        // Also makes two uploads of the same bytes to the same place come one after the other, so that the second finds the first's run.
        await StoredFiles.Remember(db, store, stored, stop);

        var run = upload.RunId is { } joined
            ? await db.Runs.FirstAsync(run => run.Id == joined, stop)
            : await SameRun(db, upload, stored.Sha256, stop);
        var isNew = run is null;
        if (run is null)
        {
            run = new Run
            {
                ProjectId = upload.ProjectId,
                SampleId = upload.SampleId,
                EmitterId = upload.EmitterId,
                Name = Path.GetFileNameWithoutExtension(upload.FileName) is { Length: > 0 } name ? name : upload.FileName,
                Simulated = upload.Simulated,
                CreatedById = upload.OwnerId,
                CreatedAt = now,
                Reading = ReadingState.Waiting,
            };
            db.Runs.Add(run);
        }
        var has = !isNew && await db.RunFiles.AnyAsync(file => file.RunId == run.Id && file.Sha256 == stored.Sha256 && file.Role == upload.Role, stop);
        if (!has)
        {
            db.RunFiles.Add(new RunFile { RunId = run.Id, Sha256 = stored.Sha256, Name = upload.FileName, Role = upload.Role, AddedAt = now });
            run.Reading = ReadingState.Waiting;
        }

        upload.RunId = run.Id;
        upload.Sha256 = stored.Sha256;
        upload.State = UploadState.Complete;
        upload.CompletedAt = now;
        upload.Message = has ? "These bytes were here already as part of this run; nothing was doubled." : null;
        db.Actor = upload.OwnerId;
        await db.SaveChangesAsync(stop);
        if (!has)
            await queue.Enqueue(db, JobCommands.ReadingJob(upload.ProjectId, run.Id, upload.FileName, upload.OwnerId, now), stop);
        await transaction.CommitAsync(stop);
        staging.Discard(upload.Id);
        return new UploadProgress(upload.Length, run.Id, upload.Message);
    }

    /// <summary>The alive run in the same place that already has these bytes as its measurement: the same upload twice makes no second run.</summary>
    static Task<Run?> SameRun(PortalDb db, Upload upload, string sha256, CancellationToken stop) =>
        db.Runs.FirstOrDefaultAsync(run => run.DeletedAt == null && run.ProjectId == upload.ProjectId
            && run.SampleId == upload.SampleId && run.EmitterId == upload.EmitterId
            && run.Files.Any(file => file.Sha256 == sha256 && file.Role == upload.Role), stop);

    async Task GiveUp(PortalDb db, Upload upload, UploadState state, string message, CancellationToken stop)
    {
        upload.State = state;
        upload.Message = message;
        upload.UpdatedAt = clock.GetUtcNow();
        await db.SaveChangesAsync(stop);
        staging.Discard(upload.Id);
    }

    static IQueryable<Upload> Own(PortalDb db, Viewer viewer)
    {
        // An upload is its owner's alone, and only as long as they may change the project it goes to.
        var projects = db.Projects.EditableBy(viewer).Select(project => project.Id);
        return db.Uploads.Where(upload => upload.OwnerId == viewer.PersonId && projects.Contains(upload.ProjectId));
    }

    static async Task<(Guid Project, Guid? Sample, Guid? Emitter, Guid? Run)> Place(PortalDb db, Viewer viewer, NewUpload wanted, CancellationToken stop)
    {
        if (wanted.Run is { } runId)
        {
            var run = await db.Runs.EditableBy(viewer).Where(run => run.Id == runId)
                .Select(run => new { run.ProjectId, run.SampleId, run.EmitterId }).FirstOrDefaultAsync(stop) ?? throw NoPlace("run");
            return (run.ProjectId, run.SampleId, run.EmitterId, runId);
        }
        if (wanted.Emitter is { } emitterId)
        {
            var dot = await db.Emitters.EditableBy(viewer).Where(dot => dot.Id == emitterId)
                .Select(dot => new { dot.ProjectId, dot.SampleId }).FirstOrDefaultAsync(stop) ?? throw NoPlace("dot");
            return (dot.ProjectId, dot.SampleId, emitterId, null);
        }
        if (wanted.Sample is { } sampleId)
        {
            var sample = await db.Samples.EditableBy(viewer).Where(sample => sample.Id == sampleId)
                .Select(sample => new { sample.ProjectId }).FirstOrDefaultAsync(stop) ?? throw NoPlace("sample");
            return (sample.ProjectId, sampleId, null, null);
        }
        if (wanted.Project is { } projectId && await db.Projects.EditableBy(viewer).AnyAsync(project => project.Id == projectId, stop))
            return (projectId, null, null, null);
        throw NoPlace("project");
    }

    static UploadException NoPlace(string what) =>
        new(UploadTrouble.NotFound, $"The {what} the file is meant for is not there, or you may not add to it.");

    static UploadException NotThere() => new(UploadTrouble.NotFound, "There is no such upload of yours.");

    /// <summary>The name for people: the last part of a path, no control characters, nothing that turns the reading direction, never empty. It never becomes a path.</summary>
    static string CleanName(string name)
    {
        var last = name.Replace('\\', '/').Split('/')[^1];
        var clean = new string([.. last.Where(c => !char.IsControl(c) && c is not (>= '\u2028' and <= '\u202e' or >= '\u2066' and <= '\u2069'))]).Trim();
        if (clean.Length > 400)
        {
            // Never through the middle of a pair that makes one letter.
            var (head, tail) = (char.IsHighSurrogate(clean[299]) ? 299 : 300, char.IsLowSurrogate(clean[^100]) ? 99 : 100);
            clean = clean[..head] + clean[^tail..];
        }
        return clean.Length == 0 || clean is "." or ".." ? "file" : clean;
    }

    /// <summary>The right to append to one upload, held in the database, so that it counts for all processes and ends with them.</summary>
    sealed class Turn(PortalDb db, Guid id) : IAsyncDisposable
    {
        public static async Task<Turn?> Take(PortalDb db, Guid id, CancellationToken stop)
        {
            await db.Database.OpenConnectionAsync(stop);
            var mine = await db.Database.SqlQuery<bool>($"SELECT pg_try_advisory_lock(hashtextextended({id.ToString()}, 7)) AS \"Value\"").SingleAsync(stop);
            if (mine) return new Turn(db, id);
            await db.Database.CloseConnectionAsync();
            return null;
        }

        public async ValueTask DisposeAsync()
        {
            await db.Database.SqlQuery<bool>($"SELECT pg_advisory_unlock(hashtextextended({id.ToString()}, 7)) AS \"Value\"").SingleAsync();
            await db.Database.CloseConnectionAsync();
        }
    }
}

/// <summary>What is to be uploaded, and where it belongs: exactly one place counts, the closest one given.</summary>
public sealed record NewUpload(string FileName, long Length)
{
    public Guid? Project { get; init; }
    public Guid? Sample { get; init; }
    public Guid? Emitter { get; init; }
    public Guid? Run { get; init; }

    /// <summary>measurement, irf, background ...</summary>
    public string Role { get; init; } = "measurement";

    /// <summary>Made by the portal's simulator.</summary>
    public bool Simulated { get; init; }
}

/// <summary>What a piece must hash to.</summary>
public sealed record PieceChecksum(HashAlgorithmName Algorithm, byte[] Expected);

/// <summary>How far an upload is.</summary>
/// <param name="Confirmed">Durable bytes.</param>
/// <param name="Run">The run it became part of; null until it is whole.</param>
/// <param name="Note">What the person should know of it.</param>
public sealed record UploadProgress(long Confirmed, Guid? Run, string? Note);

/// <summary>Why a piece or an upload was not taken.</summary>
public enum UploadTrouble { Wrong, NotFound, Gone, TooLarge, WrongOffset, Busy, ChecksumMismatch, DiskFull, BrokenOff }

/// <summary>An upload that does not go on as asked; the message is for people.</summary>
public sealed class UploadException(UploadTrouble trouble, string message, Exception? inner = null) : Exception(message, inner)
{
    public UploadTrouble Trouble { get; } = trouble;
}
