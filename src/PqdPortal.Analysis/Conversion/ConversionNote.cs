namespace PqdPortal.Analysis.Conversion;

/// <summary>What a conversion says of itself in the file it writes.</summary>
public sealed record ConversionNote
{
    /// <summary>Name of the file that is converted, without its folder.</summary>
    public required string SourceName { get; init; }

    /// <summary>Hash of that file, where it is known.</summary>
    public string? SourceSha256 { get; init; }

    /// <summary>Name of the file that is written, without its folder.</summary>
    public required string Name { get; init; }

    /// <summary>Program and version that write it.</summary>
    public required string Software { get; init; }

    /// <summary>When it is written [UTC].</summary>
    public required DateTime Created { get; init; }
}
