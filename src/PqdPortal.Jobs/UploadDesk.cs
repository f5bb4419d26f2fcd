using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PqdPortal.Analysis.Readers;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;
using PqdPortal.Jobs.Queue;
using PqdPortal.Jobs.Telemetry;

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
        var instrument = await InstrumentOf(db, viewer, wanted.Instrument, stop);
        if (await db.Uploads.CountAsync(upload => upload.OwnerId == viewer.PersonId && upload.State == UploadState.Receiving, stop) >= options.OpenPerPerson)
            throw new UploadException(UploadTrouble.TooMany, $"{options.OpenPerPerson} uploads of yours are on their way already. Let some of them end, or cancel some; then begin this one again.");
        if (staging.Free - options.KeepFreeBytes is var room && room < wanted.Length)
            throw new UploadException(UploadTrouble.DiskFull, $"{name} has {wanted.Length:N0} bytes; the portal's disk has room for {Math.Max(0, room):N0}. Nothing was begun. Tell whoever runs the portal, and upload it again when there is room.");
        var now = clock.GetUtcNow();
        var upload = new Upload
        {
            ProjectId = target.Project,
            OwnerId = viewer.PersonId ?? throw new UploadException(UploadTrouble.NotFound, "Sign in to upload files."),
            SampleId = target.Sample,
            EmitterId = target.Emitter,
            RunId = target.Run,
            FileName = name,
            Folder = CleanFolder(wanted.Folder),
            InstrumentId = instrument,
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
    /// <remarks>
    /// One that is whole but could not be ended (a crash, a full disk of the store) is ended now: a sender that asks how far it is
    /// hears that nothing is missing, and never comes again.
    /// </remarks>
    /// <exception cref="UploadException">It is whole, and cannot be ended yet.</exception>
    public async Task<Upload?> Find(Viewer viewer, Guid id, CancellationToken stop = default)
    {
        var upload = await Own(viewer, id, stop);
        if (upload is not { State: UploadState.Receiving } || upload.Offset < upload.Length || staging.Length(id) < upload.Length) return upload;
        using (Take(id)) await Complete(id);
        return await Own(viewer, id, stop);
    }

    /// <summary>Appends a piece at the confirmed offset and, with the last one, makes the run.</summary>
    /// <param name="announced">Length of the piece [bytes], where the sender tells it.</param>
    /// <param name="checksum">What the piece must hash to; a piece that does not is thrown away whole.</param>
    /// <returns>How much is confirmed now, and the run once the file is whole.</returns>
    /// <exception cref="UploadException">The message says how much of the piece was confirmed, if any was; what was confirmed before is safe.</exception>
    /// <remarks>
    /// No connection to the database is held while the bytes come: a hundred people on slow lines would leave none for the pages.
    /// A long piece is confirmed stretch by stretch, so that a crash does not take all of it.
    /// </remarks>
    public async Task<UploadProgress> Append(Viewer viewer, Guid id, long offset, Stream body, long? announced = null, PieceChecksum? checksum = null, CancellationToken stop = default)
    {
        if (await Own(viewer, id, stop) is null) throw NotThere();
        using var turn = Take(id);
        // As it stands now that nobody else changes it.
        var upload = await Own(viewer, id, stop) ?? throw NotThere();
        if (upload.State == UploadState.Complete) return new UploadProgress(upload.Length, upload.RunId, upload.Message);
        if (upload.State != UploadState.Receiving) throw new UploadException(UploadTrouble.Gone, upload.Message ?? "This upload was given up. Begin it again.");
        if (offset != upload.Offset)
            throw new UploadException(UploadTrouble.WrongOffset, $"The piece begins at byte {offset}; the portal has confirmed {upload.Offset}. Ask for the confirmed length and go on from there.");
        if (announced > upload.Length - offset)
            throw new UploadException(UploadTrouble.TooLarge, $"The piece has {announced:N0} bytes; of the {upload.Length:N0} bytes that the upload was announced with, {upload.Length - offset:N0} are missing.");

        if (upload.Offset < upload.Length || upload.Length == 0) await Receive(upload, body, checksum, stop);
        return upload.Offset == upload.Length ? await Complete(id) : new UploadProgress(upload.Offset, null, null);
    }

    /// <summary>Gives an upload up and forgets what came of it. A file that is whole stays.</summary>
    public async Task Terminate(Viewer viewer, Guid id, CancellationToken stop = default)
    {
        if (await Own(viewer, id, stop) is null) throw NotThere();
        using var turn = Take(id);
        var upload = await Own(viewer, id, stop) ?? throw NotThere();
        // Whole, and a crash came before its run: it may lie in the store already.
        if (upload is { State: UploadState.Receiving, Length: > 0 } && upload.Offset == upload.Length) await Complete(id);
        if (await GiveUp(id, UploadState.Terminated, "Cancelled by the person who began it.") is { State: UploadState.Complete })
            throw new UploadException(UploadTrouble.Gone, "The file has arrived whole and belongs to its run now. Remove the run if it is not wanted.");
    }

    /// <summary>
    /// Gives up uploads of which nothing came for too long, makes the run of those that a crash left whole but without one, and
    /// removes staged bytes that belong to none.
    /// </summary>
    /// <returns>How many were given up.</returns>
    public async Task<int> ExpireAbandoned(CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var whole = await db.Uploads.Where(upload => upload.State == UploadState.Receiving && upload.Offset == upload.Length && upload.Length > 0)
            .Select(upload => new { upload.Id, upload.Length }).ToListAsync(stop);
        // Only those whose bytes lie on this machine: another one finishes its own.
        foreach (var one in whole.Where(one => staging.Length(one.Id) >= one.Length))
            try
            {
                using var turn = staging.TryTake(one.Id);
                if (turn is not null) await Complete(one.Id);
            }
            catch (Exception trouble) when (trouble is not OperationCanceledException)
            {
                // One that cannot be ended now must not keep the others waiting; the next round tries again.
                log.LogError(trouble, "Upload {Upload} is whole but its run could not be made", one.Id);
            }

        var now = clock.GetUtcNow();
        var late = await db.Uploads.Where(upload => upload.State == UploadState.Receiving && upload.ExpiresAt < now).Select(upload => upload.Id).ToListAsync(stop);
        var given = 0;
        foreach (var id in late)
        {
            using var turn = staging.TryTake(id);
            if (turn is null) continue;
            var upload = await GiveUp(id, UploadState.Expired, $"No byte came for {options.Hours:0.#} hours. Begin it again; nothing else was lost.", expiredBefore: now);
            if (upload?.State == UploadState.Expired) given++;
        }

        var staged = staging.All().ToList();
        var wanted = await db.Uploads.Where(upload => staged.Contains(upload.Id) && upload.State == UploadState.Receiving).Select(upload => upload.Id).ToListAsync(stop);
        foreach (var orphan in staged.Except(wanted)) staging.Discard(orphan);
        return given;
    }

    /// <summary>The run that has this content in the place an upload would go to; null where none has.</summary>
    /// <exception cref="UploadException">The place is not there for the viewer, or may not be added to by them.</exception>
    public async Task<(Guid Id, string Name)?> Known(Viewer viewer, NewUpload wanted, string sha256, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var target = await Place(db, viewer, wanted, stop);
        var like = new Upload { ProjectId = target.Project, SampleId = target.Sample, EmitterId = target.Emitter, RunId = target.Run, FileName = CleanName(wanted.FileName), Role = wanted.Role };
        if (await SameRun(db, like, sha256, stop) is not { } id) return null;
        return await db.Runs.Where(run => run.Id == id).Select(run => run.Name).FirstOrDefaultAsync(stop) is { } name ? (id, name) : null;
    }

    /// <summary>A whole file at once, for what the portal itself brings: the same way, without the pieces.</summary>
    public async Task<UploadProgress> Bring(Viewer viewer, NewUpload wanted, Stream content, CancellationToken stop = default)
    {
        var upload = await Begin(viewer, wanted, stop);
        var progress = await Append(viewer, upload.Id, 0, content, stop: stop);
        return progress.Run is null
            ? throw new UploadException(UploadTrouble.Wrong, $"{wanted.FileName} was announced with {wanted.Length} bytes but had {progress.Confirmed}.")
            : progress;
    }

    /// <summary>Takes the piece in; moves the upload's offset to what is confirmed.</summary>
    async Task Receive(Upload upload, Stream body, PieceChecksum? checksum, CancellationToken stop)
    {
        using var hash = checksum is null ? null : IncrementalHash.CreateHash(checksum.Algorithm);
        var arrived = upload.Offset;
        Appended appended;
        do
        {
            try
            {
                if (staging.Free < options.KeepFreeBytes) throw new IOException($"Less than {options.KeepFreeBytes} bytes are free.");
                appended = await staging.Append(upload.Id, arrived, body, upload.Length - arrived, hash is null ? null : piece => hash.AppendData(piece.Span), stop);
            }
            catch (InvalidDataException lost)
            {
                log.LogError(lost, "Upload {Upload} lost confirmed bytes", upload.Id);
                const string Lost = "The part that had arrived is gone from the portal's disk. Begin the upload again.";
                await GiveUp(upload.Id, UploadState.Failed, Lost);
                throw new UploadException(UploadTrouble.Gone, Lost);
            }
            catch (IOException full)
            {
                log.LogError(full, "Upload {Upload} could not be written", upload.Id);
                staging.Cut(upload.Id, upload.Offset);
                throw new UploadException(UploadTrouble.DiskFull, $"The portal's disk is full or cannot be written. The first {upload.Offset:N0} bytes of {upload.FileName} are safe; the upload goes on from there when there is room again.");
            }

            if (appended.Trouble is InvalidDataException tooMuch)
            {
                staging.Cut(upload.Id, upload.Offset);
                throw new UploadException(UploadTrouble.TooLarge, tooMuch.Message);
            }
            // From here on the bytes count, even where the connection is gone: the sender asks for the confirmed length when it comes back.
            arrived = appended.Length;
            if (hash is null) await Confirm(upload, arrived);
            else if (appended.Trouble is null && !appended.Ended) await Confirm(upload, upload.Offset);
            else if (appended.Trouble is not null || !CryptographicOperations.FixedTimeEquals(hash.GetHashAndReset(), checksum!.Expected))
            {
                staging.Cut(upload.Id, upload.Offset);
                throw new UploadException(UploadTrouble.ChecksumMismatch, "The piece does not match its checksum: it was changed on the way and thrown away. Send it again.");
            }
            else await Confirm(upload, arrived);
            if (appended.Trouble is { } broken) throw new UploadException(UploadTrouble.BrokenOff, $"The connection broke off; {upload.Offset} bytes are confirmed.", broken);
        }
        while (!appended.Ended);
    }

    /// <summary>Writes down how much is durable, and that the upload lives.</summary>
    async Task Confirm(Upload upload, long offset)
    {
        await using var db = await database.CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        var kept = await Hold(db, upload.Id);
        if (kept?.State != UploadState.Receiving) throw new UploadException(UploadTrouble.Gone, kept?.Message ?? "This upload was given up. Begin it again.");
        if (kept.Offset != upload.Offset) throw new UploadException(UploadTrouble.Busy, "Another piece of this upload arrived in between. Ask for the confirmed length and go on from there.");
        var now = clock.GetUtcNow();
        kept.Offset = offset;
        kept.UpdatedAt = now;
        kept.ExpiresAt = now.AddHours(options.Hours);
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        PortalMeter.UploadBytes.Add(offset - upload.Offset);
        upload.Offset = offset;
    }

    /// <summary>
    /// Makes the run of a whole upload, once. Nobody stops it half way: a file of many gigabytes takes longer to hash than a sender
    /// or a proxy may wait, and would never get through.
    /// </summary>
    async Task<UploadProgress> Complete(Guid id)
    {
        var stop = CancellationToken.None;
        StoredContent stored;
        try
        {
            stored = await staging.Store(id, store, stop);
        }
        catch (ReadOnlyFileStoreException closed)
        {
            throw new UploadException(UploadTrouble.Closed, closed.Message, closed);
        }
        catch (IOException full)
        {
            log.LogError(full, "Upload {Upload} could not be moved into the file store", id);
            throw new UploadException(UploadTrouble.DiskFull, "All bytes of the file are here and safe, but the disk of the portal's files is full or cannot be written. The run is made when there is room again; nothing has to be sent a second time.", full);
        }

        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var upload = (await Hold(db, id))!;
        if (upload.State != UploadState.Receiving) return new UploadProgress(upload.Offset, upload.RunId, upload.Message);
        if (stored.Length != upload.Length)
            throw new InvalidOperationException($"Upload {upload.Id} was confirmed with {upload.Length} bytes; {stored.Length} are there.");
        var now = clock.GetUtcNow();
        // Also makes two uploads of the same bytes to the same place come one after the other, so that the second finds the first's run.
        await StoredFiles.Remember(db, store, stored, stop);

        var known = upload.RunId ?? await SameRun(db, upload, stored.Sha256, stop) ?? await RunBeside(db, upload, stop);
        // Its row is taken before it is read: a reading of the run may be about to save what it found.
        var run = known is null ? null
            : (await db.Runs.FromSql($"""SELECT *, xmin FROM "Runs" WHERE "Id" = {known} FOR UPDATE""").ToListAsync(stop)).Single();
        var isNew = run is null;
        if (run is null)
        {
            run = new Run
            {
                ProjectId = upload.ProjectId,
                SampleId = upload.SampleId,
                EmitterId = upload.EmitterId,
                Name = RunName(upload.FileName),
                InstrumentId = upload.InstrumentId,
                Simulated = upload.Simulated,
                CreatedById = upload.OwnerId,
                CreatedAt = now,
                Reading = ReadingState.Waiting,
            };
            db.Runs.Add(run);
        }
        var has = !isNew && await db.RunFiles.AnyAsync(file => file.RunId == run.Id && file.Sha256 == stored.Sha256
            && (file.Role == upload.Role || file.Role == RunFile.Settings && file.Name == upload.FileName), stop);
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

    /// <summary>
    /// The alive run in the same place that already has these bytes as its measurement, or that was made of the same upload there and
    /// has found another home since: the same upload twice makes no second run.
    /// </summary>
    static async Task<Guid?> SameRun(PortalDb db, Upload upload, string sha256, CancellationToken stop)
    {
        // Settings of many measurements are the same bytes; there the name says whose they are.
        var byName = Companions.IsNamedLikeOne(upload.FileName);
        return await InPlace(db, upload).Where(run => run.Files.Any(file => file.Sha256 == sha256
                && (byName ? file.Name == upload.FileName : file.Role == upload.Role))).Select(run => (Guid?)run.Id).FirstOrDefaultAsync(stop)
            ?? await db.Uploads.Where(earlier => earlier.Sha256 == sha256 && earlier.Role == upload.Role && earlier.ProjectId == upload.ProjectId
                && earlier.SampleId == upload.SampleId && earlier.EmitterId == upload.EmitterId && (!byName || earlier.FileName == upload.FileName)
                && db.Runs.Any(run => run.Id == earlier.RunId && run.DeletedAt == null && run.ProjectId == upload.ProjectId))
                .OrderBy(earlier => earlier.CreatedAt).Select(earlier => earlier.RunId).FirstOrDefaultAsync(stop);
    }

    /// <summary>
    /// The person's newest run in the same place that waits for this file: the settings of a measurement and the measurement itself are
    /// dropped together and are one run, whichever arrives first.
    /// </summary>
    static async Task<Guid?> RunBeside(PortalDb db, Upload upload, CancellationToken stop)
    {
        if (Companions.NameOfOther(upload.FileName)?.ToLowerInvariant() is not { } other) return null;
        var name = upload.FileName.ToLowerInvariant();
        // Of two that arrive at once the second waits here until the first has its run.
        var gate = $"{upload.ProjectId} {Path.GetFileNameWithoutExtension(name)}";
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({gate}, 0))", stop);
        return await InPlace(db, upload)
            .Where(run => run.CreatedById == upload.OwnerId && run.Files.Any(file => file.Name.ToLower() == other) && !run.Files.Any(file => file.Name.ToLower() == name))
            .OrderByDescending(run => run.CreatedAt).Select(run => (Guid?)run.Id).FirstOrDefaultAsync(stop);
    }

    static IQueryable<Run> InPlace(PortalDb db, Upload upload) => db.Runs.Where(run => run.DeletedAt == null
        && run.ProjectId == upload.ProjectId && run.SampleId == upload.SampleId && run.EmitterId == upload.EmitterId);

    /// <summary>Ends an upload that is still on its way, and forgets its bytes.</summary>
    /// <param name="expiredBefore">Only if nothing came of it since.</param>
    /// <returns>As it stands afterwards.</returns>
    async Task<Upload?> GiveUp(Guid id, UploadState state, string message, DateTimeOffset? expiredBefore = null)
    {
        await using var db = await database.CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        var upload = await Hold(db, id);
        if (upload is null || upload.State != UploadState.Receiving || upload.ExpiresAt >= expiredBefore) return upload;
        upload.State = state;
        upload.Message = message;
        upload.UpdatedAt = clock.GetUtcNow();
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        staging.Discard(id);
        return upload;
    }

    /// <summary>The upload as it stands, which nobody else changes until the transaction ends.</summary>
    static async Task<Upload?> Hold(PortalDb db, Guid id) =>
        (await db.Uploads.FromSql($"""SELECT * FROM "Uploads" WHERE "Id" = {id} FOR UPDATE""").ToListAsync()).SingleOrDefault();

    async Task<Upload?> Own(Viewer viewer, Guid id, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        return await Own(db, viewer).AsNoTracking().FirstOrDefaultAsync(upload => upload.Id == id, stop);
    }

    /// <summary>The right to append to one upload, or to end it.</summary>
    IDisposable Take(Guid id)
    {
        try
        {
            return staging.TryTake(id) ?? throw new UploadException(UploadTrouble.Busy, "Another piece of this upload is just arriving. Try again in a moment.");
        }
        catch (IOException full)
        {
            throw new UploadException(UploadTrouble.DiskFull, "The portal's disk is full or cannot be written. What was confirmed is safe; the upload goes on when there is room again.", full);
        }
    }

    static IQueryable<Upload> Own(PortalDb db, Viewer viewer)
    {
        // An upload is its owner's alone, and only as long as they may change the project it goes to.
        var projects = db.Projects.EditableBy(viewer).Select(project => project.Id);
        return db.Uploads.Where(upload => upload.OwnerId == viewer.PersonId && projects.Contains(upload.ProjectId));
    }

    /// <summary>Where something new belongs.</summary>
    /// <exception cref="UploadException">The place is not there for the viewer, or may not be added to by them.</exception>
    internal static async Task<(Guid Project, Guid? Sample, Guid? Emitter, Guid? Run)> Place(PortalDb db, Viewer viewer, NewUpload wanted, CancellationToken stop)
    {
        if (wanted.Run is { } runId)
        {
            var run = await db.Runs.EditableBy(viewer).Where(run => run.Id == runId)
                .Select(run => new { run.ProjectId, run.SampleId, run.EmitterId }).FirstOrDefaultAsync(stop) ?? throw await NoPlace(db.Runs.VisibleTo(viewer).AnyAsync(run => run.Id == runId, stop), "run");
            return (run.ProjectId, run.SampleId, run.EmitterId, runId);
        }
        if (wanted.Emitter is { } emitterId)
        {
            var dot = await db.Emitters.EditableBy(viewer).Where(dot => dot.Id == emitterId)
                .Select(dot => new { dot.ProjectId, dot.SampleId }).FirstOrDefaultAsync(stop) ?? throw await NoPlace(db.Emitters.VisibleTo(viewer).AnyAsync(dot => dot.Id == emitterId, stop), "dot");
            return (dot.ProjectId, dot.SampleId, emitterId, null);
        }
        if (wanted.Sample is { } sampleId)
        {
            var sample = await db.Samples.EditableBy(viewer).Where(sample => sample.Id == sampleId)
                .Select(sample => new { sample.ProjectId }).FirstOrDefaultAsync(stop) ?? throw await NoPlace(db.Samples.VisibleTo(viewer).AnyAsync(sample => sample.Id == sampleId, stop), "sample");
            return (sample.ProjectId, sampleId, null, null);
        }
        if (wanted.To is { } code)
        {
            // A code may be a dot's or a sample's; never both, as a dot's goes on after that of its sample.
            if (await db.Emitters.EditableBy(viewer).Where(dot => dot.Code == code).Select(dot => new { dot.ProjectId, dot.SampleId, dot.Id }).FirstOrDefaultAsync(stop) is { } dot)
                return (dot.ProjectId, dot.SampleId, dot.Id, null);
            if (await db.Samples.EditableBy(viewer).Where(sample => sample.Code == code).Select(sample => new { sample.ProjectId, sample.Id }).FirstOrDefaultAsync(stop) is { } sample)
                return (sample.ProjectId, sample.Id, null, null);
            throw await NoPlace(SeesCode(db, viewer, code, stop), "dot or sample");
        }
        if (wanted.ProjectCode is { } projectCode)
        {
            if (await db.Projects.EditableBy(viewer).Where(project => project.Code == projectCode).Select(project => (Guid?)project.Id).FirstOrDefaultAsync(stop) is { } found)
                return (found, null, null, null);
            throw await NoPlace(db.Projects.VisibleTo(viewer).AnyAsync(project => project.Code == projectCode, stop), "project");
        }
        if (wanted.Project is { } projectId && await db.Projects.EditableBy(viewer).AnyAsync(project => project.Id == projectId, stop))
            return (projectId, null, null, null);
        throw await NoPlace(db.Projects.VisibleTo(viewer).AnyAsync(project => project.Id == wanted.Project, stop), "project");
    }

    static async Task<bool> SeesCode(PortalDb db, Viewer viewer, string code, CancellationToken stop) =>
        await db.Emitters.VisibleTo(viewer).AnyAsync(dot => dot.Code == code, stop) || await db.Samples.VisibleTo(viewer).AnyAsync(sample => sample.Code == code, stop);

    /// <summary>The set-up of that id or name.</summary>
    static async Task<Guid?> InstrumentOf(PortalDb db, Viewer viewer, string? told, CancellationToken stop)
    {
        if (string.IsNullOrWhiteSpace(told)) return null;
        var id = Guid.TryParse(told, out var given) ? given : (Guid?)null;
        var name = told.Trim().ToLowerInvariant();
        return await db.Instruments.VisibleTo(viewer).Where(instrument => (instrument.Id == id || instrument.Name.ToLower() == name))
            .OrderBy(instrument => instrument.CreatedAt).Select(instrument => (Guid?)instrument.Id).FirstOrDefaultAsync(stop)
            ?? throw new UploadException(UploadTrouble.NotFound, "There is no set-up of that name. Its page among the instruments says how it is called; nothing was begun.");
    }

    static async Task<UploadException> NoPlace(Task<bool> isSeen, string what) => await isSeen
        ? new(UploadTrouble.NotYours, $"You may see the {what} the file is meant for but not add to it; that needs the role edit. Ask one of those who manage the project.")
        : new(UploadTrouble.NotFound, $"The {what} the file is meant for is not there. It may have been removed, or it belongs to a project you have no part in.");

    static UploadException NotThere() => new(UploadTrouble.NotFound, "There is no such upload of yours.");

    /// <summary>Folders as people read them, outermost first: no control characters, nothing that turns the reading direction, no drive, no way up. They never become a path.</summary>
    internal static string? CleanFolder(string? folder)
    {
        if (string.IsNullOrWhiteSpace(folder)) return null;
        var parts = folder.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => new string([.. part.Where(c => !char.IsControl(c) && c is not (>= '\u2028' and <= '\u202e' or >= '\u2066' and <= '\u2069'))]).Trim())
            .Where(part => part is not ("" or "." or "..") && !part.EndsWith(':')).Reverse();
        // The innermost say most.
        List<string> kept = [];
        var length = 0;
        foreach (var part in parts)
        {
            if (length + part.Length + 1 > 400) break;
            kept.Insert(0, part);
            length += part.Length + 1;
        }
        return kept.Count == 0 || !Data.Edits.Keepable.IsText(string.Join('/', kept)) ? null : string.Join('/', kept);
    }

    /// <summary>A file's name may be longer than a run's.</summary>
    internal static string RunName(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file) is { Length: > 0 } stem ? stem : file;
        if (name.Length <= 300) return name;
        return name[..(char.IsHighSurrogate(name[299]) ? 299 : 300)];
    }

    /// <summary>The name for people: the last part of a path, no control characters, nothing that turns the reading direction, never empty. It never becomes a path.</summary>
    internal static string CleanName(string name)
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
}

/// <summary>What is to be uploaded, and where it belongs: exactly one place counts, the closest one given.</summary>
public sealed record NewUpload(string FileName, long Length)
{
    public Guid? Project { get; init; }
    public Guid? Sample { get; init; }
    public Guid? Emitter { get; init; }
    public Guid? Run { get; init; }

    /// <summary>Code of a dot or sample, and of a project, where no id is known.</summary>
    public string? To { get; init; }
    public string? ProjectCode { get; init; }

    /// <summary>The folders it lies in where it is sent from.</summary>
    public string? Folder { get; init; }

    /// <summary>Id or name of the set-up it is sent from.</summary>
    public string? Instrument { get; init; }

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
public enum UploadTrouble { Wrong, NotFound, NotYours, Gone, TooLarge, TooMany, WrongOffset, Busy, ChecksumMismatch, DiskFull, Closed, BrokenOff }

/// <summary>An upload that does not go on as asked; the message is for people.</summary>
public sealed class UploadException(UploadTrouble trouble, string message, Exception? inner = null) : Exception(message, inner)
{
    public UploadTrouble Trouble { get; } = trouble;
}
