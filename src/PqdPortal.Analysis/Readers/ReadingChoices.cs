namespace PqdPortal.Analysis.Readers;

/// <summary>What the content of a file does not tell: the files that lie beside it, and what a person chose.</summary>
public sealed record ReadingChoices
{
    public static ReadingChoices None { get; } = new();

    /// <summary>Opens the file of the same name with another extension, such as ".set"; null where there is none. The reader disposes of it.</summary>
    public Func<string, Stream?>? Beside { get; init; }

    /// <summary>The layout of the records that a person chose, where the content leaves several; see the format's page for the names.</summary>
    public string? Layout { get; init; }

    /// <summary>The unit of the times in a table [s], where the table does not name it.</summary>
    public double? TimeUnit { get; init; }

    internal ByteSource? SourceBeside(string extension, out Stream? owned)
    {
        owned = Beside?.Invoke(extension);
        return owned is null ? null : new ByteSource(owned);
    }
}
