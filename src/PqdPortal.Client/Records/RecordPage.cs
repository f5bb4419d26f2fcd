namespace PqdPortal.Client.Records;

/// <summary>A stretch of a list, with the length of the whole.</summary>
/// <param name="Items">The records of this stretch, in the order asked for.</param>
/// <param name="Total">How many records match in all.</param>
/// <param name="Page">Number of this stretch, from 1.</param>
/// <param name="PageSize">Records in a full stretch.</param>
public sealed record RecordPage<T>(IReadOnlyList<T> Items, int Total, int Page, int PageSize);

/// <summary>What every record carries besides its own fields; given by the portal, never taken from a caller.</summary>
public abstract record ProjectRecordBase
{
    public Guid Id { get; init; }

    /// <summary>Row version; sent back as If-Match when saving.</summary>
    public uint Version { get; init; }

    /// <summary>Code of the project that owns the record, such as PQ.</summary>
    public string Project { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Made by the portal's own simulator; never mistaken for a measurement.</summary>
    public bool Simulated { get; init; }

    /// <summary>Markdown, no raw HTML.</summary>
    public string? Notes { get; init; }
}
