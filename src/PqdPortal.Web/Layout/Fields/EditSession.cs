using PqdPortal.Data;
using PqdPortal.Data.Edits;

namespace PqdPortal.Web.Layout.Fields;

/// <summary>How a save ended.</summary>
public enum SaveEnd { Saved, Refused, Stale, Gone }

/// <summary>One person editing one record: what they began with, what they typed, and what came in between.</summary>
public sealed class EditSession<TRecord> where TRecord : class, IRecord
{
    /// <summary>What was typed in the fields to decide, so that it comes back when the person changes their mind.</summary>
    readonly Dictionary<string, object?> _mine = [];

    public EditSession(TRecord record)
    {
        Began = RecordFields.Copy(record);
        Edited = RecordFields.Copy(record);
    }

    /// <summary>The record as it was when the person began, or as it stood when they last heard of somebody else's save by saving.</summary>
    public TRecord Began { get; private set; }

    /// <summary>The copy that the fields write to.</summary>
    public TRecord Edited { get; private set; }
    public FieldEdits Fields { get; private set; } = new();

    /// <summary>True while the record is not made yet.</summary>
    public bool IsNew => Began.Version == 0;

    /// <summary>Fields that both this person and somebody else changed; this person decides.</summary>
    public IReadOnlyList<FieldConflict> Conflicts { get; private set; } = [];

    /// <summary>Fields that only somebody else changed, taken over into the form, in a sentence; null where there are none.</summary>
    public string? TakenOver { get; private set; }

    /// <summary>What others saved while the person types, in a sentence; no field of the form was touched by it. Null where nobody did.</summary>
    public string? News { get; private set; }

    /// <summary>Whether the record can still be saved by this person, and who put it into the bin.</summary>
    public RecordStanding? Standing { get; private set; }

    /// <summary>How the last save ended; null before the first.</summary>
    public SaveEnd? End { get; private set; }

    /// <summary>True where fields both changed wait for the person's choice.</summary>
    public bool IsUndecided => Conflicts.Any(conflict => conflict.KeepsMine is null);

    /// <summary>Grows when values were put into the form from outside, so that the fields show them.</summary>
    public int Round { get; private set; }

    /// <summary>Tries to save; what was typed is kept whatever happens.</summary>
    /// <param name="save">Saves the edited copy; null where the record is not there any more for this person.</param>
    public async Task<(SaveEnd End, TRecord? Saved)> Save(Func<TRecord, Task<TRecord?>> save)
    {
        var (end, saved) = await Save(save, hasTriedAgain: false);
        End = end;
        return (end, saved);
    }

    async Task<(SaveEnd End, TRecord? Saved)> Save(Func<TRecord, Task<TRecord?>> save, bool hasTriedAgain)
    {
        Fields.Refused = new Dictionary<string, string>();
        if (IsUndecided) return (SaveEnd.Stale, null);
        if (!Fields.CanSave) return (SaveEnd.Refused, null);
        try
        {
            return await save(RecordFields.Copy(Edited)) is { } saved ? (SaveEnd.Saved, saved) : (SaveEnd.Gone, null);
        }
        catch (RefusedEditException refused)
        {
            Fields.Refused = refused.Fields;
            return (SaveEnd.Refused, null);
        }
        catch (StaleRecordException stale)
        {
            TakeIn(stale);
            // Somebody saved, but no field that stands in the form (the portal itself while it read a file): nothing to decide.
            var isSettled = Conflicts.Count == 0 && TakenOver is null && !hasTriedAgain;
            return isSettled ? await Save(save, hasTriedAgain: true) : (SaveEnd.Stale, null);
        }
    }

    /// <summary>In one field that both changed, takes what the other person saved or keeps what was typed.</summary>
    public void Choose(FieldConflict chosen)
    {
        var field = FieldOf(chosen.Name);
        if (chosen.KeepsMine == false)
        {
            _mine[chosen.Name] = field.Get(Edited);
            field.Set(Edited, field.Get(Began));
        }
        else if (_mine.Remove(chosen.Name, out var mine))
        {
            field.Set(Edited, mine);
        }

        Fields.Read(chosen.Name, null);
        Conflicts = [.. Conflicts.Select(conflict => conflict.Name == chosen.Name ? chosen : conflict)];
        Round++;
    }

    /// <summary>Hears how the record stands while the person types. No field of the form is touched.</summary>
    public void Hear(RecordStanding standing)
    {
        Standing = standing;
        var changes = standing.Changes.Where(change => standing.Now is TRecord now && !FieldOf(change.Field).Same(Began, now)).ToList();
        News = changes.Count == 0 ? null
            : string.Join(" ", changes.GroupBy(change => change.By).Select(by => $"{by.Key} changed {Words.List([.. by.Select(change => Words.Field(change.Field))])}."));
    }

    /// <summary>
    /// Marks fields that were put back from a draft though somebody else changed them since the draft was typed: the person decides, as after a stale save.
    /// </summary>
    /// <param name="doubtful">Ids of the inputs.</param>
    public void Doubt(IReadOnlyCollection<string> doubtful)
    {
        Conflicts =
        [
            .. from field in RecordFields.OfThese<TRecord>(Began, Edited)
               where doubtful.Contains(FieldRow.IdOf(field.Name)) && !field.Same(Began, Edited)
               select new FieldConflict(field.Name, Words.Field(field.Name), Words.Value(field.Get(Began)), Words.Value(field.Get(Edited)), null, null),
        ];
    }

    void TakeIn(StaleRecordException stale)
    {
        var now = (TRecord)stale.Now;
        var untouched = stale.Differences.Where(d => FieldOf(d.Field) is var field && field.Same(Began, Edited) && !field.Same(Began, now)).ToList();
        var both = RecordSave.Merge(Began, Edited, stale);
        Began = RecordFields.Copy(now);
        _mine.Clear();
        Conflicts = [.. both.Select(d => new FieldConflict(d.Field, Words.Field(d.Field), Words.Value(d.Now), Words.Value(d.Mine), d.By, d.At))];
        TakenOver = untouched.Count == 0 ? null
            : $"{Words.List([.. untouched.Select(d => d.By ?? "Somebody").Distinct()])} saved this while you were editing and changed {Words.List([.. untouched.Select(d => $"{Words.Field(d.Field)} to {Words.Value(d.Now) ?? "not recorded"}")])}. "
            + "That now stands in the form beside what you typed.";
        News = null;
        Round++;
    }

    static RecordField FieldOf(string name) => RecordFields.Named<TRecord>(name);
}
