namespace PqdPortal.Web.Layout;

/// <summary>One field that both this person and somebody else changed.</summary>
/// <param name="Name">Name of the record's field.</param>
/// <param name="Field">Name of the field, for people.</param>
/// <param name="Theirs">What is saved now; null for nothing.</param>
/// <param name="Yours">What was typed; null for nothing.</param>
/// <param name="By">Who saved it, and when; null where the history does not say.</param>
public sealed record FieldConflict(string Name, string Field, string? Theirs, string? Yours, string? By, DateTimeOffset? At)
{
    /// <summary>True to keep what was typed, false to take what is saved; null until the person has chosen.</summary>
    public bool? KeepsMine { get; init; }
}
