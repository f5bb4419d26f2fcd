using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Instruments;

/// <summary>What changes set-ups. None of it gives anybody access to anything else.</summary>
public sealed class InstrumentCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>Puts up a set-up; null where the viewer may not.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    public async Task<Instrument?> Make(Instrument typed, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (viewer.PersonId is null || typed.GroupId is null && !InstrumentQueries.MayPutUpForAll(viewer)) return null;
        RecordFields.Tidy(typed);
        await Check(db, viewer, typed, null, stop);
        var setup = new Instrument { Name = typed.Name, CreatedById = viewer.PersonId, CreatedAt = clock.GetUtcNow() };
        RecordFields.CopyOnto(typed, setup);
        db.Instruments.Add(setup);
        await db.SaveChangesAsync(stop);
        return setup;
    }

    /// <summary>Saves an edited copy; null where there is no such set-up that the viewer may change.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public async Task<Instrument?> Save(Instrument edited, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (await db.Instruments.EditableBy(viewer).FirstOrDefaultAsync(i => i.Id == edited.Id, stop) is not { } stored) return null;
        RecordFields.Tidy(edited);
        await Check(db, viewer, edited, stored, stop);
        try
        {
            await db.SaveEdited(stored, edited, stop);
        }
        catch (StaleRecordException stale) when (stale.Now is Instrument { DeletedAt: not null })
        {
            return null;
        }
        return stored;
    }

    /// <summary>Puts it into the bin, or takes it out; false where the viewer may not. Its runs stay as they are.</summary>
    public async Task<bool> Bin(Guid id, bool binned, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        for (var left = 5; ; left--)
        {
            await using var db = await database.CreateDbContextAsync(stop);
            db.Actor = viewer.PersonId;
            var of = binned ? db.Instruments.EditableBy(viewer) : db.Instruments.InBinOf(viewer);
            if (await of.FirstOrDefaultAsync(i => i.Id == id, stop) is not { } setup) return false;
            setup.DeletedAt = binned ? clock.GetUtcNow() : null;
            try
            {
                await db.SaveChangesAsync(stop);
                return true;
            }
            catch (DbUpdateConcurrencyException) when (left > 0)
            {
                // Somebody saved a field of it at this moment; the bin concerns none.
            }
        }
    }

    /// <summary>Writes a line into the log; false where the viewer may not. It is never changed afterwards.</summary>
    /// <exception cref="RefusedEditException">It is empty or too long.</exception>
    public async Task<bool> Write(Guid id, string text, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        text = text.Trim();
        if (text.Length == 0) throw Refused("Write what was changed or seen first.");
        if (Keepable.TroubleOf(text, 2000, "A line of the log") is { } trouble) throw Refused(trouble);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (!await db.Instruments.EditableBy(viewer).AnyAsync(i => i.Id == id, stop)) return false;
        db.InstrumentLog.Add(new InstrumentLogEntry { InstrumentId = id, Text = text, PersonId = viewer.PersonId, AddedAt = clock.GetUtcNow() });
        await db.SaveChangesAsync(stop);
        return true;
    }

    static RefusedEditException Refused(string why) => new(new Dictionary<string, string> { ["Log"] = why });

    static async Task Check(PortalDb db, Viewer viewer, Instrument setup, Instrument? stored, CancellationToken stop)
    {
        var groupFits = setup.GroupId == stored?.GroupId || (setup.GroupId is not { } group ? InstrumentQueries.MayPutUpForAll(viewer)
            : await db.Groups.AnyAsync(g => g.Id == group && (viewer.IsAdministrator || g.Members.Any(m => m.PersonId == viewer.PersonId)), stop));
        var responseFits = setup.IrfRunId is not { } run || run == stored?.IrfRunId || await db.Runs.VisibleTo(viewer).AnyAsync(r => r.Id == run, stop);
        var checks = new EditChecks()
            .Filled(nameof(Instrument.Name), setup.Name, "Give the set-up a name, such as the one on its door.")
            .That(nameof(Instrument.GroupId), groupFits, "A set-up belongs to a group you are in, or, where you may change records, to the whole portal.")
            .That(nameof(Instrument.IrfRunId), responseFits, "The response is a run that you may see.")
            .NotNegative(nameof(Instrument.Temperature), setup.Temperature, "The temperature", "K")
            .That(nameof(Instrument.Temperature), setup.Temperature is not > 1500, "The temperature is in kelvin; write 293 for room temperature.")
            .Between(nameof(Instrument.ExcitationWavelength), setup.ExcitationWavelength, 100, 20_000, "The excitation wavelength", "nm")
            .Positive(nameof(Instrument.RepetitionRate), setup.RepetitionRate, "The repetition rate", "MHz")
            .Positive(nameof(Instrument.PulseWidth), setup.PulseWidth, "The pulse width", "ps")
            .Positive(nameof(Instrument.SpotSize), setup.SpotSize, "The spot size", "µm")
            .Between(nameof(Instrument.ObjectiveNa), setup.ObjectiveNa, 0.01, 2, "The numerical aperture")
            .Positive(nameof(Instrument.WindowFrom), setup.WindowFrom, "The emission window", "nm")
            .Positive(nameof(Instrument.WindowTo), setup.WindowTo, "The emission window", "nm")
            .That(nameof(Instrument.WindowTo), !(setup.WindowTo <= setup.WindowFrom), "The emission window ends at a longer wavelength than it begins.")
            .Positive(nameof(Instrument.BinTime), setup.BinTime, "The bin time", "ms")
            .Detectors(setup.Detectors)
            .Keepable(setup);
        checks.Decide();
    }
}
