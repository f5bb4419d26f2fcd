using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Data.Access;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;

namespace PqdPortal.Data.Edits;

/// <summary>Gives runs another home: a dot, a sample, or the inbox. Files and results go with them; their history says it.</summary>
/// <remarks>Within a project only: the project decides who may see a run, and no move may change that unseen.</remarks>
public static class RunMoves
{
    /// <summary>Most runs that are moved in one go.</summary>
    public const int Most = 500;

    const int Tries = 5;

    /// <summary>Moves runs in one transaction; those that cannot be moved stay and are told with the reason.</summary>
    /// <param name="isAllOrNothing">One that cannot be moved keeps all the others where they are.</param>
    public static async Task<MoveOutcome> MoveRuns(
        this IDbContextFactory<PortalDb> database, Viewer viewer, IReadOnlyList<RunMove> moves, bool isAllOrNothing = false, CancellationToken stop = default)
    {
        for (var left = Tries; ; left--)
        {
            await using var db = await database.CreateDbContextAsync(stop);
            db.Actor = viewer.PersonId;
            try
            {
                return await Move(db, viewer, moves, isAllOrNothing, stop);
            }
            catch (DbUpdateConcurrencyException) when (left > 0)
            {
                // Somebody saved a field of it, or its reading ended, at this moment. The move concerns none of that, so it follows.
            }
            catch (DbUpdateException taken) when (left > 0 && taken.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                // The dot that was to be made has just been made by somebody else: it is the home now.
            }
        }
    }

    static async Task<MoveOutcome> Move(PortalDb db, Viewer viewer, IReadOnlyList<RunMove> moves, bool isAllOrNothing, CancellationToken stop)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        Guid[] ids = [.. moves.Select(move => move.Run).Distinct()];
        var runs = await db.Runs.EditableBy(viewer).Where(run => ids.Contains(run.Id)).ToDictionaryAsync(run => run.Id, stop);
        var seen = await db.Runs.VisibleTo(viewer).Where(run => ids.Contains(run.Id)).Select(run => run.Id).ToListAsync(stop);
        Guid[] toSamples = [.. moves.Select(move => move.Sample).OfType<Guid>().Distinct()], toDots = [.. moves.Select(move => move.Dot).OfType<Guid>().Distinct()];
        var samples = await db.Samples.EditableBy(viewer).Where(sample => toSamples.Contains(sample.Id)).Include(sample => sample.Project).AsNoTracking().ToDictionaryAsync(sample => sample.Id, stop);
        var dots = await db.Emitters.EditableBy(viewer).Where(dot => toDots.Contains(dot.Id)).AsNoTracking().ToDictionaryAsync(dot => dot.Id, stop);
        Guid[] fromSamples = [.. runs.Values.Select(run => run.SampleId).OfType<Guid>().Distinct()], fromDots = [.. runs.Values.Select(run => run.EmitterId).OfType<Guid>().Distinct()];
        var sampleCodes = await db.Samples.Where(sample => fromSamples.Contains(sample.Id)).ToDictionaryAsync(sample => sample.Id, sample => sample.Code, stop);
        var dotCodes = await db.Emitters.Where(dot => fromDots.Contains(dot.Id)).ToDictionaryAsync(dot => dot.Id, dot => dot.Code, stop);

        List<MovedRun> moved = [];
        List<LeftRun> leftThere = [];
        foreach (var move in moves)
        {
            if (!runs.TryGetValue(move.Run, out var run))
            {
                leftThere.Add(seen.Contains(move.Run)
                    ? new(move.Run, null, "You may see this run but not move it; that needs the role edit.", LeftBecause.NotYours)
                    : new(move.Run, null, "The run is not there any more, or it belongs to a project you have no part in.", LeftBecause.NotThere));
                continue;
            }
            void Leave(string why, LeftBecause because = LeftBecause.Wrong) => leftThere.Add(new(run.Id, run.Name, why, because));

            if (move.OnlyFrom is { } from && (run.SampleId, run.EmitterId) != (from.Sample, from.Dot))
            {
                Leave("Somebody has moved it since; it stays where they put it.");
                continue;
            }
            Sample? sample = null;
            Emitter? dot = null;
            if (move.Sample is { } sampleId && !samples.TryGetValue(sampleId, out sample))
            {
                Leave("The sample it should go to is not there any more, or you may not add to it.", LeftBecause.NoHome);
                continue;
            }
            if (move.Dot is { } dotId && (!dots.TryGetValue(dotId, out dot) || sample is null || dot.SampleId != sample.Id))
            {
                Leave("The dot it should go to is not there any more, or you may not add to it.", LeftBecause.NoHome);
                continue;
            }
            if (sample is not null && sample.ProjectId != run.ProjectId)
            {
                Leave($"{dot?.Code ?? sample.Code} belongs to the project {sample.Project.Name}, the run to another one. The project decides who may see a run, so a run moves within its project only. Download its files and upload them there, or ask who manages both projects.");
                continue;
            }
            if (sample is not null && dot is null && move.NewDot is { } label)
            {
                var (made, trouble) = await MakeDot(db, viewer, sample, label, stop);
                if (trouble is not null)
                {
                    Leave(trouble, LeftBecause.NoHome);
                    continue;
                }
                dot = made;
            }
            var to = dot?.Code ?? sample?.Code;
            if (run.SampleId == sample?.Id && run.EmitterId == dot?.Id && (sample is not null || run.SetAsideAt is null))
            {
                Leave($"It is {(to is null ? "in the inbox" : $"of {to}")} already.", LeftBecause.IsThere);
                continue;
            }
            moved.Add(new(run.Id, run.Name, run.SampleId, run.EmitterId,
                run.EmitterId is { } d ? dotCodes.GetValueOrDefault(d) : run.SampleId is { } s ? sampleCodes.GetValueOrDefault(s) : null, sample?.Id, dot?.Id, to));
            (run.SampleId, run.EmitterId, run.SetAsideAt) = (sample?.Id, dot?.Id, null);
            if (run.Kind == RunKind.NotRecorded && move.Kind is { } kind) run.Kind = kind;
        }
        if (isAllOrNothing && leftThere.Exists(one => one.Because != LeftBecause.IsThere)) return new([], leftThere);
        await db.SaveChangesAsync(stop);
        await transaction.CommitAsync(stop);
        return new(moved, leftThere);
    }

    /// <summary>The dot of that label, made where it is not there; or why it cannot be.</summary>
    static async Task<(Emitter? Dot, string? Trouble)> MakeDot(PortalDb db, Viewer viewer, Sample sample, string label, CancellationToken stop)
    {
        // Nobody else numbers the sample's dots until the transaction ends.
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({sample.Id.ToString()}, 0))", stop);
        var known = db.ChangeTracker.Entries<Emitter>().Select(entry => entry.Entity).FirstOrDefault(dot => dot.SampleId == sample.Id && dot.Label == label)
            ?? await db.Emitters.FirstOrDefaultAsync(dot => dot.SampleId == sample.Id && dot.Label == label, stop);
        if (known is { DeletedAt: not null }) return (null, $"{known.Code} lies in the bin. Take it out there, then file this again.");
        if (known is not null) return (known, null);
        var code = $"{sample.Code}-{label}";
        if (label.Length > 20 || (await db.RemovedCodes(sample.ProjectId, nameof(Emitter), stop)).Contains(code))
            return (null, $"{code} was removed from the bin for good; a label is not given twice. Choose another dot.");
        var dot = new Emitter { ProjectId = sample.ProjectId, SampleId = sample.Id, Code = code, Label = label, Simulated = sample.Simulated, CreatedById = viewer.PersonId };
        db.Emitters.Add(dot);
        return (dot, null);
    }
}

/// <summary>Where a run should go.</summary>
/// <param name="Sample">Null for the inbox.</param>
/// <param name="Dot">Of the sample; null where the run is of the sample.</param>
public sealed record RunMove(Guid Run, Guid? Sample, Guid? Dot)
{
    /// <summary>Label of a dot of the sample to be made for it, where it is not there.</summary>
    public string? NewDot { get; init; }

    /// <summary>What its kind becomes where none is recorded.</summary>
    public RunKind? Kind { get; init; }

    /// <summary>Only if it is still here: for taking a move back.</summary>
    public (Guid? Sample, Guid? Dot)? OnlyFrom { get; init; }
}

/// <summary>What became of a move.</summary>
public sealed record MoveOutcome(IReadOnlyList<MovedRun> Moved, IReadOnlyList<LeftRun> Left);

/// <summary>A run that was moved, with where it was and is; codes are null for the inbox.</summary>
public sealed record MovedRun(Guid Run, string Name, Guid? FromSample, Guid? FromDot, string? From, Guid? ToSample, Guid? ToDot, string? To)
{
    /// <summary>The move that takes it back.</summary>
    public RunMove Back => new(Run, FromSample, FromDot) { OnlyFrom = (ToSample, ToDot) };
}

/// <summary>A run that stayed where it was, and why, for people.</summary>
public sealed record LeftRun(Guid Run, string? Name, string Why, LeftBecause Because);

public enum LeftBecause { NotThere, NotYours, NoHome, Wrong, IsThere }
