using Microsoft.Extensions.Configuration;
using PqdPortal.Data;

namespace PqdPortal.Jobs;

/// <summary>How long the bin keeps; the section <c>Portal:Bin</c>.</summary>
public sealed record BinOptions
{
    public const string Section = "Portal:Bin";

    /// <summary>A record lies in the bin for so long before it is removed for good [d]; 0 keeps it until somebody takes it out.</summary>
    public int Days { get; init; } = 30;

    /// <summary>When a record that was put into the bin at a moment is removed; null where it stays.</summary>
    public DateTimeOffset? End(DateTimeOffset? binned) => Days == 0 ? null : binned?.AddDays(Days);

    /// <exception cref="PortalStartException">An option is unknown or wrong.</exception>
    public static BinOptions From(IConfiguration configuration)
    {
        var options = OptionSection.Read<BinOptions>(configuration, Section);
        OptionSection.Between(Section, nameof(Days), options.Days, 0, 36500);
        return options;
    }
}
