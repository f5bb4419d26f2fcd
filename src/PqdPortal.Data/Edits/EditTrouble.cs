namespace PqdPortal.Data.Edits;

/// <summary>What was typed cannot be kept as it stands; says for each field why, and what to write instead.</summary>
/// <param name="fields">Name of the field to what is wrong with it, for people.</param>
public sealed class RefusedEditException(IReadOnlyDictionary<string, string> fields) : Exception(string.Join(" ", fields.Values))
{
    public IReadOnlyDictionary<string, string> Fields { get; } = fields;
}

/// <summary>Somebody else saved the record in between. Nothing was overwritten; what was typed is still with the person.</summary>
/// <param name="now">The record as it stands now.</param>
/// <param name="differences">The fields in which the refused save differs from it or that changed in between, and who changed each in between.</param>
public sealed class StaleRecordException(IRecord now, IReadOnlyList<StaleField> differences)
    : Exception("Somebody else saved this record while it was being edited. " + string.Join(" ", differences.Where(d => d.By is not null).Select(d => d.Sentence)))
{
    public IRecord Now { get; } = now;
    public IReadOnlyList<StaleField> Differences { get; } = differences;
}

/// <summary>One field in which a refused save differs from the record as it stands.</summary>
/// <param name="Field">Name of the field.</param>
/// <param name="Mine">What the refused save wanted to write.</param>
/// <param name="Now">What stands there.</param>
/// <param name="By">Who changed it in between; null where nobody did, or the history does not say.</param>
public sealed record StaleField(string Field, object? Mine, object? Now, string? By, DateTimeOffset? At)
{
    public string Sentence => $"{By ?? "Somebody"} changed {Field}.";
}
