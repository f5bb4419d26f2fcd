using PqdPortal.Data;
using PqdPortal.Data.Edits;

namespace PqdPortal.Web.Layout.Fields;

/// <summary>How a save ended.</summary>
public enum SaveEnd { Saved, Refused, Stale, Gone }

/// <summary>One person editing one record: what they began with, what they typed, and what came in between.</summary>
public sealed class EditSession<TRecord> where TRecord : ProjectRecord
{
    TRecord _began;
    IReadOnlyList<StaleField> _both = [];

    public EditSession(TRecord record)
    {
        _began = RecordFields.Copy(record);
        Edited = RecordFields.Copy(record);
    }

    /// <summary>The copy that the fields write to.</summary>
    public TRecord Edited { get; private set; }
    public FieldEdits Fields { get; private set; } = new();

    /// <summary>Fields that both this person and somebody else changed; this person decides.</summary>
    public IReadOnlyList<FieldConflict> Conflicts { get; private set; } = [];

    /// <summary>Fields that only somebody else changed, taken over into the form, in a sentence; null where there are none.</summary>
    public string? TakenOver { get; private set; }

    /// <summary>Who saved in between, and when.</summary>
    public string? By { get; private set; }
    public DateTimeOffset? At { get; private set; }

    /// <summary>Grows when values were put into the form from outside, so that the fields show them.</summary>
    public int Round { get; private set; }

    /// <summary>Tries to save; what was typed is kept whatever happens.</summary>
    /// <param name="save">Saves the edited copy; null where the record is not there any more for this person.</param>
    public Task<(SaveEnd End, TRecord? Saved)> Save(Func<TRecord, Task<TRecord?>> save) => Save(save, hasTriedAgain: false);

    async Task<(SaveEnd End, TRecord? Saved)> Save(Func<TRecord, Task<TRecord?>> save, bool hasTriedAgain)
    {
        Fields.Refused = new Dictionary<string, string>();
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

    /// <summary>In the fields that both changed, takes what the other person saved.</summary>
    public void TakeTheirs()
    {
        foreach (var conflict in _both)
            RecordFields.Of<TRecord>().First(field => field.Name == conflict.Field).Set(Edited, conflict.Now);
        Settle();
        Fields = new FieldEdits();
        Round++;
    }

    /// <summary>Keeps what was typed; the next save lays it over what the other person saved.</summary>
    public void KeepMine() => Settle();

    void TakeIn(StaleRecordException stale)
    {
        var untouched = stale.Differences.Where(d => RecordFields.Of<TRecord>().First(f => f.Name == d.Field).Same(_began, Edited)).ToList();
        _both = RecordSave.Merge(_began, Edited, stale);
        _began = RecordFields.Copy((TRecord)stale.Now);
        var last = stale.Differences.Where(d => d.At is not null).MaxBy(d => d.At);
        (By, At) = (last?.By, last?.At);
        Conflicts = [.. _both.Select(d => new FieldConflict(Words.Field(d.Field), Words.Value(d.Now), Words.Value(d.Mine)))];
        TakenOver = untouched.Count == 0 ? null
            : $"{last?.By ?? "Somebody"} saved this while you were editing and changed {string.Join(", ", untouched.Select(d => $"{Words.Field(d.Field)} to {Words.Value(d.Now) ?? "not recorded"}"))}. "
            + "That now stands in the form beside what you typed.";
        Round++;
    }

    void Settle()
    {
        _both = [];
        Conflicts = [];
        (By, At) = (null, null);
    }
}
