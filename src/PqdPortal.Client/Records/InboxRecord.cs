namespace PqdPortal.Client.Records;

/// <summary>A run that waits for its home.</summary>
/// <param name="Project">Code of its project.</param>
/// <param name="File">Name of its file.</param>
/// <param name="Folder">The folders it lay in, outermost first, separated by /.</param>
/// <param name="Reading">no-file, waiting, reading, read, stored-unread, failed.</param>
/// <param name="Guesses">Where it may belong, best first.</param>
/// <param name="Reason">Why there is no suggestion.</param>
public sealed record InboxEntry(
    Guid Run, string Project, string Name, string? File, string? Folder, long? Bytes, string? Format, string Reading, string? Message,
    DateTimeOffset ArrivedAt, string? By, string? Instrument, IReadOnlyList<HomeGuessRecord> Guesses, string? Reason);

/// <summary>A home that a file may have.</summary>
/// <param name="Code">Of the dot or sample.</param>
/// <param name="NewDot">Label of a dot that would be made for it.</param>
/// <param name="Certainty">certain, likely or guess.</param>
/// <param name="Why">In words.</param>
public sealed record HomeGuessRecord(string Code, string? NewDot, string Certainty, string Why);

/// <summary>Gives runs the home that is suggested for them.</summary>
/// <param name="Runs">Ids of runs in the inbox; absent for all that wait.</param>
/// <param name="Project">Code of a project, where only its runs are meant.</param>
/// <param name="OnlyCertain">True leaves those whose suggestion is not certain; false files likely ones and guesses too.</param>
public sealed record FileRuns(IReadOnlyList<Guid>? Runs = null, string? Project = null, bool OnlyCertain = true);

/// <summary>Moves runs to a dot, a sample or the inbox of their project; files and results go with them.</summary>
/// <param name="Runs">1 to 500 ids.</param>
/// <param name="To">Code of a dot or a sample; null for the inbox.</param>
public sealed record MoveRuns(IReadOnlyList<Guid> Runs, string? To);

/// <summary>What became of a move.</summary>
public sealed record MovedRuns(IReadOnlyList<MovedRunRecord> Moved, IReadOnlyList<LeftRunRecord> Left);

/// <param name="From">Code of the dot or sample it was of; null for the inbox.</param>
/// <param name="To">Code of the dot or sample it is of now; null for the inbox.</param>
public sealed record MovedRunRecord(Guid Run, string Name, string? From, string? To);

/// <param name="Why">Why it stayed.</param>
public sealed record LeftRunRecord(Guid Run, string? Name, string Why);

/// <summary>How the files of a project are named.</summary>
public sealed record NamesRecord
{
    /// <summary>Code of the project.</summary>
    public string Project { get; init; } = "";

    /// <summary>Row version; sent back as If-Match when saving. 0 before the first save.</summary>
    public uint Version { get; init; }

    /// <summary>Patterns in the order in which they are tried, such as {batch}_{sample}_{dot}_{kind}*.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>not-recorded (as the group says), wait-for-a-person, file-certain-ones.</summary>
    public string Filing { get; init; } = "not-recorded";

    /// <summary>Groups whose patterns count after the project's own; given by the portal.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];
}

/// <summary>Whether the same content is in the same place already.</summary>
/// <param name="Run">The run that has it; null where it was not uploaded there.</param>
public sealed record KnownUpload(Guid? Run, string? Name);
