using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Data;

/// <summary>The portal's tables.</summary>
public sealed class PortalDb(DbContextOptions<PortalDb> options)
    : IdentityUserContext<PortalUser, Guid>(options)
{
    public DbSet<Organisation> Organisations => Set<Organisation>();
    public DbSet<Group> Groups => Set<Group>();
    public DbSet<Membership> Memberships => Set<Membership>();
    public DbSet<Project> Projects => Set<Project>();
    public DbSet<Grant> Grants => Set<Grant>();
    public DbSet<AccessToken> AccessTokens => Set<AccessToken>();
    public DbSet<Batch> Batches => Set<Batch>();
    public DbSet<Sample> Samples => Set<Sample>();
    public DbSet<Emitter> Emitters => Set<Emitter>();
    public DbSet<Instrument> Instruments => Set<Instrument>();
    public DbSet<Run> Runs => Set<Run>();
    public DbSet<RunFile> RunFiles => Set<RunFile>();
    public DbSet<StoredFile> StoredFiles => Set<StoredFile>();
    public DbSet<Upload> Uploads => Set<Upload>();
    public DbSet<AnalysisRecord> Analyses => Set<AnalysisRecord>();
    public DbSet<AnalysisValue> AnalysisValues => Set<AnalysisValue>();
    public DbSet<AnalysisVerdict> AnalysisVerdicts => Set<AnalysisVerdict>();
    public DbSet<Job> Jobs => Set<Job>();
    public DbSet<AuditEvent> AuditEvents => Set<AuditEvent>();

    /// <summary>Who acts through this context; stands in the audit events it leaves.</summary>
    public Guid? Actor { get; set; }
}
