using Microsoft.Extensions.Configuration;
using PqdPortal.Data;

namespace PqdPortal.Jobs;

/// <summary>What uploads may be; the section <c>Portal:Uploads</c>.</summary>
public sealed record UploadOptions
{
    public const string Section = "Portal:Uploads";

    /// <summary>Largest file [bytes].</summary>
    public long MaxBytes { get; init; } = 64L << 30;

    /// <summary>An upload of which no byte arrives for so long is given up [h].</summary>
    public double Hours { get; init; } = 48;

    /// <summary>Room that uploads leave on the disk where they grow, so that the database beside them can go on [bytes].</summary>
    public long KeepFreeBytes { get; init; } = 512L << 20;

    /// <summary>Uploads of one person that may be on their way at the same time.</summary>
    public int OpenPerPerson { get; init; } = 500;

    /// <exception cref="PortalStartException">An option is unknown or wrong.</exception>
    public static UploadOptions From(IConfiguration configuration)
    {
        var options = OptionSection.Read<UploadOptions>(configuration, Section);
        OptionSection.Between(Section, nameof(MaxBytes), options.MaxBytes, 1, long.MaxValue);
        OptionSection.Between(Section, nameof(Hours), options.Hours, 0.01, 24 * 365);
        OptionSection.Between(Section, nameof(KeepFreeBytes), options.KeepFreeBytes, 0, long.MaxValue / 4);
        OptionSection.Between(Section, nameof(OpenPerPerson), options.OpenPerPerson, 1, 100_000);
        return options;
    }
}
