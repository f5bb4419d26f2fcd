using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Edits;

namespace PqdPortal.Web.Live;

/// <summary>Who has the form of a record open at this moment, in whichever process.</summary>
public sealed class Editors(IDbContextFactory<PortalDb> database, TimeProvider clock)
{
    /// <summary>A form was opened; the other forms of the record hear of it.</summary>
    public async Task Enter(Guid form, Guid record, Guid person)
    {
        await using var db = await database.CreateDbContextAsync();
        var now = clock.GetUtcNow();
        db.Presences.Add(new Presence { Id = form, RecordId = record, PersonId = person, Since = now, SeenAt = now });
        await db.SaveChangesAsync();
        await db.Notify(Presence.Topic, record);
    }

    /// <summary>The form is still open.</summary>
    public async Task Beat(Guid form)
    {
        await using var db = await database.CreateDbContextAsync();
        var now = clock.GetUtcNow();
        await db.Presences.Where(one => one.Id == form).ExecuteUpdateAsync(one => one.SetProperty(x => x.SeenAt, now));
    }

    /// <summary>The form was left. With it go those that fell silent, whose process was killed.</summary>
    public async Task Leave(Guid form, Guid record)
    {
        await using var db = await database.CreateDbContextAsync();
        var silent = clock.GetUtcNow() - Presence.Silent;
        await db.Presences.Where(one => one.Id == form || one.SeenAt < silent).ExecuteDeleteAsync();
        await db.Notify(Presence.Topic, record);
    }

    /// <summary>The others who have the record's form open, each once, the first first.</summary>
    public async Task<IReadOnlyList<Editor>> Others(Guid record, Guid person)
    {
        await using var db = await database.CreateDbContextAsync();
        var silent = clock.GetUtcNow() - Presence.Silent;
        var open = await db.Presences.Where(one => one.RecordId == record && one.PersonId != person && one.SeenAt >= silent && one.Person.RemovedAt == null)
            .Select(one => new { one.PersonId, one.Person.Name, one.Since }).ToListAsync();
        return [.. open.GroupBy(one => one.PersonId).Select(one => new Editor(one.First().Name, one.Min(form => form.Since))).OrderBy(one => one.Since)];
    }
}

/// <summary>Somebody who has a form open.</summary>
public sealed record Editor(string Name, DateTimeOffset Since);
