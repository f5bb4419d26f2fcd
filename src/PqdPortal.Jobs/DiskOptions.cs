using Microsoft.Extensions.Configuration;
using PqdPortal.Data;

namespace PqdPortal.Jobs;

/// <summary>When the portal warns of a full disk; the section <c>Portal:Disk</c>.</summary>
public sealed record DiskOptions
{
    public const string Section = "Portal:Disk";

    /// <summary>Less free space than this is warned of [bytes].</summary>
    public long WarnBytes { get; init; } = 10L << 30;

    /// <exception cref="PortalStartException">An option is unknown or wrong.</exception>
    public static DiskOptions From(IConfiguration configuration)
    {
        var options = OptionSection.Read<DiskOptions>(configuration, Section);
        OptionSection.Between(Section, nameof(WarnBytes), options.WarnBytes, 0, long.MaxValue);
        return options;
    }
}
