namespace PqdPortal.Client.Records;

/// <summary>A record as it stood after one of its changes.</summary>
/// <param name="Number">From 1, the oldest; the last is what stands now. Of many hundreds of changes only the last are told.</param>
/// <param name="At">Null where the moment is not recorded.</param>
/// <param name="Changed">Fields that this change touched.</param>
/// <param name="Fields">Every field as text; null where nothing was recorded.</param>
public sealed record VersionRecord(int Number, DateTimeOffset? At, string? Who, IReadOnlyList<string> Changed, IReadOnlyDictionary<string, string?> Fields);

/// <summary>What of an earlier version is brought back.</summary>
/// <param name="Fields">Names of fields; absent for the whole version.</param>
public sealed record BringBackRecord(IReadOnlyList<string>? Fields = null);

/// <summary>A saved view of a list.</summary>
/// <param name="List">batches, samples, dots or runs.</param>
/// <param name="Query">Its filters, order and columns, as behind the question mark of the list's page and of lists/{list}.</param>
/// <param name="IsDefault">Your list opens with it.</param>
/// <param name="Project">Name of the project whose people see it too; null for yours alone.</param>
/// <param name="By">Who made it, where somebody else did.</param>
public sealed record ViewRecord(Guid Id, string List, string Name, string Query, bool IsMine, bool IsDefault, string? Project, string? By);

/// <summary>A view to keep; one of yours with the same name is replaced.</summary>
/// <param name="List">batches, samples, dots or runs.</param>
/// <param name="Query">Such as f=g2_0%3C0.1&amp;sort=-emission_peak.</param>
/// <param name="Project">Code of a project whose people see it too; needs the role edit there.</param>
public sealed record ViewDraft(string? List = null, string? Name = null, string? Query = null, string? Project = null, bool IsDefault = false);

/// <summary>File names to hold against the rules of a project.</summary>
/// <param name="Files">1 to 50 of them.</param>
/// <param name="Patterns">Patterns to try instead of those that are kept; absent for those.</param>
public sealed record TryNames(IReadOnlyList<FileNameRecord>? Files = null, IReadOnlyList<string>? Patterns = null);

/// <summary>A file by its name.</summary>
/// <param name="Folder">The folders it lies in, outermost first, separated by /.</param>
public sealed record FileNameRecord(string? Name = null, string? Folder = null);

/// <summary>Where a file of this name would belong.</summary>
/// <param name="Guesses">Best first.</param>
/// <param name="Reason">Why there is no suggestion.</param>
public sealed record TriedNameRecord(string Name, string? Folder, IReadOnlyList<HomeGuessRecord> Guesses, string? Reason);
