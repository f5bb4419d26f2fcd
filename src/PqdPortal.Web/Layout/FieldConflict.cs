namespace PqdPortal.Web.Layout;

/// <summary>One field in which a saved record and the text typed meanwhile differ.</summary>
/// <param name="Field">Name of the field, for people.</param>
/// <param name="Theirs">What is saved now; null for nothing.</param>
/// <param name="Yours">What was typed; null for nothing.</param>
public sealed record FieldConflict(string Field, string? Theirs, string? Yours);
