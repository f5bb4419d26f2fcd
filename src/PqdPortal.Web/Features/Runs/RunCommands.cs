using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Runs;

/// <summary>What changes runs: checks first, then one transaction. Files join a run by upload alone.</summary>
public sealed class RunCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, JobCommands work, UploadDesk desk, TimeProvider clock)
{
    /// <summary>Records a run of a dot or sample, still without a file; null where the viewer may not add to it.</summary>
    /// <param name="of">Code of the dot or sample.</param>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    public async Task<Run?> Make(string of, Run typed, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        var target = await new RunQueries(database, me).Target(of, stop);
        if (target is null) return null;

        RecordFields.Tidy(typed);
        (typed.SampleId, typed.EmitterId) = (target.SampleId, target.EmitterId);
        await Check(db, viewer, typed, null, stop);
        var run = new Run
        {
            ProjectId = target.ProjectId, Name = typed.Name, SampleId = target.SampleId, EmitterId = target.EmitterId,
            Simulated = target.Simulated, CreatedById = viewer.PersonId, CreatedAt = clock.GetUtcNow(),
        };
        RecordFields.CopyOnto(typed, run);
        db.Runs.Add(run);
        await db.SaveChangesAsync(stop);
        return run;
    }

    /// <summary>Saves an edited copy; null where there is no such run that the viewer may change.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public async Task<Run?> Save(Run edited, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        return await database.Save(viewer, edited, (db, stored) => Check(db, viewer, edited, stored, stop), stop);
    }

    /// <summary>Puts the run into the bin, or takes it out; false where the viewer may not change it.</summary>
    public async Task<bool> Bin(Guid id, bool binned, CancellationToken stop = default) =>
        await database.Bin<Run>(await me.Get(stop), id, binned, clock.GetUtcNow(), stop);

    /// <summary>Stops a job; nothing happens where it has ended.</summary>
    public async Task Stop(Guid job, CancellationToken stop = default) => await work.Cancel(await me.Get(), job, stop);

    /// <summary>Has the run's file read again; nothing happens where it is being read.</summary>
    public async Task ReadAgain(Guid run, CancellationToken stop = default) => await work.ReadAgain(await me.Get(), run, stop);

    /// <summary>Keeps what a person says of a file that its content leaves open, and has it read again; false where there is no such file for the viewer.</summary>
    /// <exception cref="RequestException">The choice is none, the file is being read, or the viewer may not change the run.</exception>
    public async Task<bool> ReadAs(Guid run, Guid file, string? layout, double? timeUnit, CancellationToken stop = default) =>
        await work.ReadAs(await me.Get(stop), run, file, layout, timeUnit, stop) is not null;

    /// <summary>Makes a run of a table that somebody typed in; null where the viewer may not add to the dot or sample.</summary>
    /// <param name="of">Code of the dot or sample.</param>
    /// <param name="kind">Key of the kind of table.</param>
    /// <exception cref="RequestException">A line of it cannot be used.</exception>
    /// <exception cref="UploadException">It could not be stored.</exception>
    public async Task<Guid?> MakeTable(string of, string kind, string name, string text, CancellationToken stop = default)
    {
        if (await new RunQueries(database, me).Target(of, stop) is not { } target) return null;
        var table = TypedTable.Of(TableKind.Of(kind), text);
        if (table.Troubles is [var (line, what), ..]) throw new RequestException($"Line {line} {what}");
        if (!table.IsGood) throw new RequestException("A table has at least two rows.");
        return await Bring(target, name.Trim() is { Length: > 0 } given ? given : table.Kind.Title, table.Csv(), target.Simulated, stop);
    }

    /// <summary>Makes a run of the powers, counts and durations of several others; null where the viewer may not add to the dot or sample.</summary>
    /// <param name="of">Code of the dot or sample.</param>
    /// <exception cref="RequestException">A run is not of the dot, or its power or counts are not known.</exception>
    /// <exception cref="UploadException">The table could not be stored.</exception>
    public async Task<Guid?> MakeSeries(string of, IReadOnlyCollection<Guid> runs, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        var queries = new RunQueries(database, me);
        if (await queries.Target(of, stop) is not { } target) return null;
        var rows = (await queries.Series(of, stop)).Where(row => runs.Contains(row.Run)).ToList();
        if (rows.Count < runs.Count) throw new RequestException("One of the chosen runs is no longer there. Choose again.");
        if (rows.Find(row => row.Why is not null) is { } unfit) throw new RequestException($"\"{unfit.Name}\" cannot serve: {char.ToLowerInvariant(unfit.Why![0])}{unfit.Why[1..]}");
        if (rows.Count < 2) throw new RequestException("A series has at least two runs.");

        // The runs stand in the table too, so that a copy of it still says where each row comes from.
        var text = new StringBuilder("power_uW,counts,integration_s,run\n");
        foreach (var row in rows)
            text.Append(CultureInfo.InvariantCulture, $"{row.Power:R},{row.Counts},{row.Seconds:R},{CsvText.Quoted(CsvText.Harmless(row.Name.ReplaceLineEndings(" ")))}\n");
        var made = await Bring(target, $"Saturation series of {rows.Count} runs", text.ToString(), target.Simulated || rows.TrueForAll(row => row.Simulated), stop);

        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        var run = await db.Runs.EditableBy(viewer).Include(run => run.References).SingleAsync(run => run.Id == made, stop);
        foreach (var row in rows.Where(row => !run.References.Exists(other => other.ReferenceId == row.Run && other.Role == RunReference.Origin)))
            run.References.Add(new RunReference { RunId = made, ReferenceId = row.Run, Role = RunReference.Origin });
        await db.SaveChangesAsync(stop);
        return made;
    }

    /// <summary>A text as the file of a new run, by the way of every upload; the same text in the same place is the run that is there.</summary>
    async Task<Guid> Bring(RunTarget target, string name, string text, bool isSimulated, CancellationToken stop)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var wanted = new NewUpload($"{(name.Length <= 200 ? name : name[..200])}.csv", bytes.Length)
        {
            Project = target.ProjectId, Sample = target.SampleId, Emitter = target.EmitterId, Simulated = isSimulated,
        };
        return (await desk.Bring(await me.Get(stop), wanted, new MemoryStream(bytes), stop)).Run!.Value;
    }

    static async Task Check(PortalDb db, Viewer viewer, Run run, Run? stored, CancellationToken stop)
    {
        var instrumentIsThere = run.InstrumentId is not { } instrument || instrument == stored?.InstrumentId || await db.Instruments.VisibleTo(viewer).AnyAsync(i => i.Id == instrument, stop);
        var checks = (await new EditChecks().Rules(run).Extra(db, viewer, run, stored?.Extra, stop))
            .That(nameof(Run.InstrumentId), instrumentIsThere, "There is no such set-up.");
        foreach (var need in RunNeeds.RefusedBy(run, stored)) checks.That(need.Field, false, need.Sentence);
        checks.Decide();
    }
}
