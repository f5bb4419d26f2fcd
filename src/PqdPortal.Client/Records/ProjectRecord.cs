namespace PqdPortal.Client.Records;

/// <summary>One project: it owns records, and who may do what with them is said here.</summary>
public sealed record ProjectRecord
{
    public Guid Id { get; init; }

    /// <summary>Row version; sent back as If-Match when saving.</summary>
    public uint Version { get; init; }

    /// <summary>Short code of two to eight letters or digits that begins the codes of its records, such as PQ; chosen when it is made.</summary>
    public string Code { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>Markdown, no raw HTML.</summary>
    public string? Description { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Holds what the portal's own simulator made.</summary>
    public bool Simulated { get; init; }

    /// <summary>What you may do in it: read, comment, edit or manage.</summary>
    public string Role { get; init; } = "read";

    /// <summary>Batches in it; counted by the portal.</summary>
    public int BatchCount { get; init; }

    /// <summary>Dots in it; counted by the portal.</summary>
    public int DotCount { get; init; }

    /// <summary>Runs in it; counted by the portal.</summary>
    public int RunCount { get; init; }
}

/// <summary>Fields of a project to change; those that are absent stay.</summary>
public sealed record ProjectChange
{
    public string? Name { get; init; }

    /// <summary>Markdown, no raw HTML; an empty text takes it away.</summary>
    public string? Description { get; init; }
}

/// <summary>A project to make; its maker manages it.</summary>
/// <param name="Code">Two to eight letters or digits, beginning with a letter; free in this portal.</param>
public sealed record ProjectDraft(string Code, string Name, string? Description = null);

/// <summary>Somebody who can see a project, and why.</summary>
/// <param name="Role">The strongest of the ways: read, comment, edit or manage.</param>
/// <param name="Ways">Every way that leads there, strongest first, in words.</param>
public sealed record AccessEntry(Guid Person, string Name, string Role, IReadOnlyList<string> Ways);

/// <summary>A group of people with its members.</summary>
public sealed record GroupRecord(Guid Id, string Name, IReadOnlyList<GroupMemberRecord> Members);

/// <summary>Somebody in a group.</summary>
public sealed record GroupMemberRecord(Guid Id, string Name);

/// <summary>A record in the bin that you may take out again.</summary>
/// <param name="Kind">project, batch, sample, dot, template or run.</param>
/// <param name="Page">Its page below the portal's address.</param>
/// <param name="Project">Name of its project; the code where it is a project itself.</param>
public sealed record BinnedRecord(string Kind, string Name, string Page, string Project, DateTimeOffset BinnedAt);

/// <summary>One change of a record.</summary>
/// <param name="Who">Name of the person; PqdPortal where the portal itself acted.</param>
/// <param name="Action">made, changed, deleted, restored.</param>
/// <param name="Of">Type of what changed: the record itself or what hangs on it.</param>
public sealed record HistoryRecord(long Id, DateTimeOffset At, string Who, string Action, string Of, IReadOnlyList<FieldChangeRecord> Changes);

/// <summary>What became of one field; null where nothing stood or stands.</summary>
public sealed record FieldChangeRecord(string Field, string? Old, string? New);

/// <summary>One piece of background work.</summary>
/// <param name="Kind">read-upload, run-analysis or simulate.</param>
/// <param name="State">queued, running, done, refused, failed or cancelled.</param>
/// <param name="Stage">What it is doing.</param>
/// <param name="Done">Photon records read in this stage; 0 where not known.</param>
/// <param name="Total">Photon records there are; 0 where not known.</param>
/// <param name="Reference">To quote where the fault was the portal's.</param>
public sealed record JobRecord(
    Guid Id, string Kind, string Title, string State, string? Stage, long Done, long Total, string? Message, string? Reference,
    Guid? Run, Guid? Analysis, DateTimeOffset QueuedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt);

/// <summary>The background work of your projects at this moment.</summary>
/// <param name="Queued">The first 50 of those that wait, in their order.</param>
/// <param name="QueuedInAll">How many wait.</param>
/// <param name="Ended">The last 20 that ended.</param>
public sealed record JobsRecord(IReadOnlyList<JobRecord> Running, IReadOnlyList<JobRecord> Queued, int QueuedInAll, IReadOnlyList<JobRecord> Ended);
