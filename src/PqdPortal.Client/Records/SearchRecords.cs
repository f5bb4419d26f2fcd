namespace PqdPortal.Client.Records;

/// <summary>What a search found, by kind of record.</summary>
public sealed record SearchRecord
{
    /// <summary>What was looked for.</summary>
    public string Query { get; init; } = "";
    public IReadOnlyList<SearchGroupRecord> Groups { get; init; } = [];
}

/// <summary>The hits of one kind.</summary>
public sealed record SearchGroupRecord
{
    /// <summary>batches, samples, dots, runs, files, projects, people or comments.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Whether there are more than stand here.</summary>
    public bool HasMore { get; init; }
    public IReadOnlyList<SearchHitRecord> Hits { get; init; } = [];
}

/// <summary>One hit.</summary>
public sealed record SearchHitRecord
{
    /// <summary>A code or a name.</summary>
    public string Title { get; init; } = "";
    public string? Detail { get; init; }
    public string? Formula { get; init; }

    /// <summary>Its page, from the portal's root; absent for what has none.</summary>
    public string? Address { get; init; }
}
