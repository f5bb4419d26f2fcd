namespace PqdPortal.Client.Records;

/// <summary>A photo or file on a record.</summary>
public sealed record AttachmentRecord
{
    public Guid Id { get; init; }

    /// <summary>batch, sample, dot, run or instrument, and its id.</summary>
    public string On { get; init; } = "";
    public Guid Record { get; init; }
    public string Name { get; init; } = "";

    /// <summary>image/jpeg, image/png or image/webp; null for a file that is only downloaded.</summary>
    public string? Picture { get; init; }

    /// <summary>[bytes]</summary>
    public long Length { get; init; }

    /// <summary>[pixels]</summary>
    public int? Width { get; init; }

    /// <summary>[pixels]</summary>
    public int? Height { get; init; }

    /// <summary>The place it was taken at stood in it and was taken out.</summary>
    public bool LostPosition { get; init; }
    public string? Caption { get; init; }

    /// <summary>Order on the record's page.</summary>
    public int Place { get; init; }
    public string Sha256 { get; init; } = "";
    public DateTimeOffset AddedAt { get; init; }
}

/// <summary>What can be changed of a photo or file; null leaves it as it is.</summary>
public sealed record AttachmentChange
{
    /// <summary>A line below it; empty takes it away.</summary>
    public string? Caption { get; init; }

    /// <summary>Its new place among those of the record, from 1.</summary>
    public int? Place { get; init; }
}

/// <summary>A note to be written below those that are there.</summary>
public sealed record NewNote
{
    /// <summary>batch, sample, dot, run or instrument, and its id.</summary>
    public string On { get; init; } = "";
    public Guid Record { get; init; }

    /// <summary>Markdown.</summary>
    public string Text { get; init; } = "";
}

/// <summary>The notes of a record as they are now.</summary>
public sealed record NotesRecord(string On, Guid Record, string Notes);
