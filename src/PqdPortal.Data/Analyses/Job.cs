using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;

namespace PqdPortal.Data.Analyses;

/// <summary>One piece of background work as people see it. Queued in the same transaction as the record it works for.</summary>
public sealed class Job : IInProject
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid ProjectId { get; set; }
    public Groups.Project Project { get; set; } = null!;
    public JobKind Kind { get; set; }
    public Guid? RunId { get; set; }
    public Runs.Run? Run { get; set; }
    public Guid? AnalysisId { get; set; }
    public AnalysisRecord? Analysis { get; set; }

    /// <summary>What it does, for people: "Reading trace.ptu".</summary>
    [MaxLength(400)] public required string Title { get; set; }
    public JobState State { get; set; } = JobState.Queued;
    [MaxLength(100)] public string? Stage { get; set; }

    /// <summary>Photon records read in this stage, and how many there are; 0 where not known.</summary>
    public long Done { get; set; }
    public long Total { get; set; }
    public int Attempt { get; set; }
    public bool CancelRequested { get; set; }

    /// <summary>When its worker last said that it is alive, by the database's clock. A worker silent for too long has lost the job.</summary>
    public DateTimeOffset? HeardAt { get; set; }

    /// <summary>How often its worker was lost in the middle of it. Such a job is under suspicion to have ended its worker.</summary>
    public int Lost { get; set; }

    /// <summary>SHA-256 of the report that is on its way into the store, until the job's end names it or it is taken out again.</summary>
    [MaxLength(64)] public string? Pending { get; set; }

    /// <summary>The person's reason, or for a fault of ours what was and was not saved.</summary>
    public string? Message { get; set; }

    /// <summary>To quote when the fault was ours; the log has it too.</summary>
    [MaxLength(20)] public string? Reference { get; set; }
    [MaxLength(100)] public string? Worker { get; set; }
    public Guid? RequestedById { get; set; }
    public DateTimeOffset QueuedAt { get; set; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }

    internal static void Map(EntityTypeBuilder<Job> job)
    {
        job.HasOne(j => j.Project).WithMany().HasForeignKey(j => j.ProjectId);
        job.HasOne(j => j.Run).WithMany().HasForeignKey(j => j.RunId);
        job.HasOne(j => j.Analysis).WithMany().HasForeignKey(j => j.AnalysisId);
        job.HasOne<PortalUser>().WithMany().HasForeignKey(j => j.RequestedById);
        job.HasIndex(j => new { j.State, j.QueuedAt });
        job.HasIndex(j => new { j.ProjectId, j.QueuedAt });
        job.HasIndex(j => new { j.ProjectId, j.EndedAt });
        job.HasIndex(j => j.Pending).HasFilter("\"Pending\" IS NOT NULL");
    }
}

public enum JobKind { ReadUpload, RunAnalysis, Simulate }
public enum JobState { Queued, Running, Done, Refused, Failed, Cancelled }
