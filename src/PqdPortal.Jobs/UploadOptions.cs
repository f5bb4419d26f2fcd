namespace PqdPortal.Jobs;

/// <summary>What uploads may be; the section <c>Portal:Uploads</c>.</summary>
public sealed record UploadOptions
{
    public const string Section = "Portal:Uploads";

    /// <summary>Largest file [bytes].</summary>
    public long MaxBytes { get; init; } = 64L << 30;

    /// <summary>An upload of which no byte arrives for so long is given up [h].</summary>
    public double Hours { get; init; } = 48;
}
