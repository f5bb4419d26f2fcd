using Microsoft.Extensions.Configuration;
using PqdPortal.Data;

namespace PqdPortal.Jobs;

/// <summary>How this process takes part in the background work; the section <c>Portal:Jobs</c>.</summary>
public sealed record JobOptions
{
    public const string Section = "Portal:Jobs";

    /// <summary>False where this process only queues, and workers of their own do the work.</summary>
    public bool RunHere { get; init; } = true;

    /// <summary>Long analyses at the same time in this process.</summary>
    public int Analyses { get; init; } = Environment.ProcessorCount;

    /// <summary>Readings and quick checks at the same time; they have their own lane and never wait behind a long analysis.</summary>
    public int Readings { get; init; } = 2;

    /// <summary>How often a job is begun when the fault is ours or its worker was lost.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Wait before the second attempt [s]; it doubles with each further one.</summary>
    public double RetrySeconds { get; init; } = 5;

    /// <summary>How often a worker says that it is alive [s]. One that is silent for twice as long loses its jobs to another.</summary>
    public double CheckInSeconds { get; init; } = 5;

    /// <summary>A job that reports no step for so long hangs [s]: it is given up, as a fault of ours.</summary>
    public double StallSeconds { get; init; } = 900;

    /// <summary>How often a worker looks for work that nobody told it of [s]; of queued work it is told at once.</summary>
    public double LookSeconds { get; init; } = 2;

    /// <summary>Room for local copies of files from a remote store [bytes].</summary>
    public long LocalCopyBytes { get; init; } = 20L << 30;

    /// <summary>Silence after which a worker has lost its jobs.</summary>
    internal TimeSpan LostAfter => TimeSpan.FromSeconds(2 * CheckInSeconds);

    /// <exception cref="PortalStartException">An option is unknown or wrong.</exception>
    public static JobOptions From(IConfiguration configuration)
    {
        var options = OptionSection.Read<JobOptions>(configuration, Section);
        OptionSection.Between(Section, nameof(Analyses), options.Analyses, 1, 1024);
        OptionSection.Between(Section, nameof(Readings), options.Readings, 1, 1024);
        OptionSection.Between(Section, nameof(Attempts), options.Attempts, 1, 20);
        OptionSection.Between(Section, nameof(RetrySeconds), options.RetrySeconds, 0, 3600);
        OptionSection.Between(Section, nameof(CheckInSeconds), options.CheckInSeconds, 1, 25);
        OptionSection.Between(Section, nameof(StallSeconds), options.StallSeconds, 1, 86400);
        OptionSection.Between(Section, nameof(LookSeconds), options.LookSeconds, 1, 3600);
        OptionSection.Between(Section, nameof(LocalCopyBytes), options.LocalCopyBytes, 0, long.MaxValue);
        return options;
    }
}
