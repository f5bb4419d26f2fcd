using System.Text;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Attachments;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Notes;

/// <summary>Writes below the notes of a record, whoever else writes there at the same moment.</summary>
public sealed class NoteCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>Where a refusal stands.</summary>
    public const string Field = "Note";

    /// <summary>Adds a paragraph with the moment and the person's name; null where there is no such record that the viewer may change.</summary>
    /// <returns>The notes as they are now.</returns>
    /// <exception cref="RefusedEditException">It is empty, cannot be kept, or there is no room left.</exception>
    public async Task<string?> Append(AttachedTo on, string text, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        text = text.Trim();
        if (text.Length == 0) throw Refused("The note is empty; write something first.");
        if (Keepable.TroubleOf(text, Keepable.LongText, "The note") is { } trouble) throw Refused(trouble);
        for (var left = 8; ; left--)
        {
            await using var db = await database.CreateDbContextAsync(stop);
            db.Actor = viewer.PersonId;
            var record = await AttachmentDesk.Editable(db, viewer, on, stop);
            if (record is null) return null;
            var before = record is Instrument { Notes: var of } ? of : ((ProjectRecord)record).Notes;
            // A name is somebody's choice: no mark of Markdown in it may begin anything.
            var who = string.Concat(viewer.Name.Select(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '\'' || char.IsSurrogate(c) ? $"{c}" : $"\\{c}"));
            var notes = $"{(string.IsNullOrWhiteSpace(before) ? "" : before.TrimEnd() + "\n\n")}**{clock.GetUtcNow().UtcDateTime:yyyy-MM-dd HH:mm} UTC, {who}:** {text}";
            if (Encoding.UTF8.GetByteCount(notes) > Keepable.LongestNotes)
                throw Refused($"With this the notes would hold more than 64 kB. Nothing was added; shorten what stands there, or attach a file.");
            if (record is Instrument setup) setup.Notes = notes;
            else ((ProjectRecord)record).Notes = notes;
            try
            {
                await db.SaveChangesAsync(stop);
                return notes;
            }
            catch (DbUpdateConcurrencyException) when (left > 0)
            {
                // Somebody saved the record at this moment: the note goes below what they left.
            }
        }
    }

    static RefusedEditException Refused(string why) => new(new Dictionary<string, string> { [Field] = why });
}
