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

    /// <exception cref="PortalStartException">An option is unknown or wrong.</exception>
    public static UploadOptions From(IConfiguration configuration)
    {
        var options = OptionSection.Read<UploadOptions>(configuration, Section);
        OptionSection.Between(Section, nameof(MaxBytes), options.MaxBytes, 1, long.MaxValue);
        OptionSection.Between(Section, nameof(Hours), options.Hours, 0.01, 24 * 365);
        return options;
    }
}
