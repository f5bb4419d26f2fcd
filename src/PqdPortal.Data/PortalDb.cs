using System.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Attachments;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Lists;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Data;

/// <summary>
/// The portal's tables. Saving stamps what is new, leaves an audit event for every change of a record, and says on the change feed
/// which records changed, all in one transaction: each is there exactly when the others are.
/// </summary>
public sealed class PortalDb(DbContextOptions<PortalDb> options, TimeProvider? clock = null)
    : IdentityUserContext<PortalUser, Guid>(options)
{
    /// <summary>The channel of LISTEN and NOTIFY.</summary>
    public const string Channel = "portal";

    readonly TimeProvider _clock = clock ?? TimeProvider.System;

    public DbSet<Organisation> Organisations => Set<Organisation>();
    public DbSet<Group> Groups => Set<Group>();
    public DbSet<Membership> Memberships => Set<Membership>();
    public DbSet<Project> Projects => Set<Project>();
    public DbSet<Grant> Grants => Set<Grant>();
    public DbSet<Invitation> Invitations => Set<Invitation>();
    public DbSet<InvitationUse> InvitationUses => Set<InvitationUse>();
    public DbSet<ShareLink> ShareLinks => Set<ShareLink>();
    public DbSet<Presence> Presences => Set<Presence>();
    public DbSet<AccessToken> AccessTokens => Set<AccessToken>();
    public DbSet<Session> Sessions => Set<Session>();
    public DbSet<Batch> Batches => Set<Batch>();
    public DbSet<Sample> Samples => Set<Sample>();
    public DbSet<Emitter> Emitters => Set<Emitter>();
    public DbSet<Template> Templates => Set<Template>();
    public DbSet<BatchParent> BatchParents => Set<BatchParent>();
    public DbSet<SampleParent> SampleParents => Set<SampleParent>();
    public DbSet<Attachment> Attachments => Set<Attachment>();
    public DbSet<Instrument> Instruments => Set<Instrument>();
    public DbSet<InstrumentLogEntry> InstrumentLog => Set<InstrumentLogEntry>();
    public DbSet<Run> Runs => Set<Run>();
    public DbSet<RunFile> RunFiles => Set<RunFile>();
    public DbSet<RunReference> RunReferences => Set<RunReference>();
    public DbSet<StoredFile> StoredFiles => Set<StoredFile>();
    public DbSet<Upload> Uploads => Set<Upload>();
    public DbSet<NamingRules> NamingRules => Set<NamingRules>();
    public DbSet<InboxLesson> InboxLessons => Set<InboxLesson>();
    public DbSet<Agent> Agents => Set<Agent>();
    public DbSet<AnalysisRecord> Analyses => Set<AnalysisRecord>();
    public DbSet<AnalysisValue> AnalysisValues => Set<AnalysisValue>();
    public DbSet<AnalysisVerdict> AnalysisVerdicts => Set<AnalysisVerdict>();
    public DbSet<StandingValue> StandingValues => Set<StandingValue>();
    public DbSet<SavedView> SavedViews => Set<SavedView>();
    public DbSet<Job> Jobs => Set<Job>();
    public DbSet<AuditEvent> AuditEvents => Set<AuditEvent>();
    public DbSet<Comment> Comments => Set<Comment>();
    public DbSet<Follow> Follows => Set<Follow>();
    public DbSet<Notice> Notices => Set<Notice>();
    public DbSet<NoticeChoice> NoticeChoices => Set<NoticeChoice>();
    public DbSet<Visit> Visits => Set<Visit>();

    /// <summary>Who acts through this context; stands in the audit events it leaves.</summary>
    public Guid? Actor { get; set; }

    /// <summary>
    /// Set where thousands of records are made in one transaction: the change feed then tells of their projects and of one record of each
    /// kind, not of every single one, which no page can have open yet.
    /// </summary>
    public bool MakesMany { get; set; }

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        conventions.Properties<Enum>().HaveConversion<string>().HaveMaxLength(40);
        // Known outside of records too, so that a question may speak of a part of them.
        conventions.DefaultTypeMapping<SiteFractions>().HasConversion<Mapping.FractionText>().HasColumnType("jsonb");
        conventions.DefaultTypeMapping<ExtraValues>().HasConversion<Mapping.ExtraText>().HasColumnType("jsonb");
    }

    protected override void OnModelCreating(ModelBuilder model)
    {
        base.OnModelCreating(model);
        model.Entity<IdentityUserClaim<Guid>>().ToTable("PersonClaims");
        model.Entity<IdentityUserLogin<Guid>>().ToTable("PersonLogins");
        model.Entity<IdentityUserToken<Guid>>().ToTable("PersonTokens");
        model.Entity<IdentityUserPasskey<Guid>>().ToTable("PersonPasskeys");

        PortalUser.Map(model.Entity<PortalUser>());
        AccessToken.Map(model.Entity<AccessToken>());
        Session.Map(model.Entity<Session>());
        Group.Map(model.Entity<Group>());
        Membership.Map(model.Entity<Membership>());
        Project.Map(model.Entity<Project>());
        Grant.Map(model.Entity<Grant>());
        Invitation.Map(model.Entity<Invitation>());
        InvitationUse.Map(model.Entity<InvitationUse>());
        ShareLink.Map(model.Entity<ShareLink>());
        Presence.Map(model.Entity<Presence>());
        Batch.Map(model.Entity<Batch>());
        Sample.Map(model.Entity<Sample>());
        Emitter.Map(model.Entity<Emitter>());
        Template.Map(model.Entity<Template>());
        model.HasDbFunction(() => ExtraSql.Part(default!, default!, default!)).HasName("jsonb_extract_path_text").IsBuiltIn();
        model.HasDbFunction(() => FractionSql.Part(default!, default!)).HasName("jsonb_extract_path_text").IsBuiltIn();
        BatchParent.Map(model.Entity<BatchParent>());
        SampleParent.Map(model.Entity<SampleParent>());
        Attachment.Map(model.Entity<Attachment>());
        Instrument.Map(model.Entity<Instrument>());
        InstrumentLogEntry.Map(model.Entity<InstrumentLogEntry>());
        Run.Map(model.Entity<Run>());
        RunFile.Map(model.Entity<RunFile>());
        RunReference.Map(model.Entity<RunReference>());
        StoredFile.Map(model.Entity<StoredFile>());
        Upload.Map(model.Entity<Upload>());
        Data.Uploads.NamingRules.Map(model.Entity<NamingRules>());
        InboxLesson.Map(model.Entity<InboxLesson>());
        Agent.Map(model.Entity<Agent>());
        AnalysisRecord.Map(model.Entity<AnalysisRecord>());
        AnalysisValue.Map(model.Entity<AnalysisValue>());
        AnalysisVerdict.Map(model.Entity<AnalysisVerdict>());
        StandingValue.Map(model.Entity<StandingValue>());
        SavedView.Map(model.Entity<SavedView>());
        Job.Map(model.Entity<Job>());
        AuditEvent.Map(model.Entity<AuditEvent>());
        Comment.Map(model.Entity<Comment>());
        Follow.Map(model.Entity<Follow>());
        Notice.Map(model.Entity<Notice>());
        NoticeChoice.Map(model.Entity<NoticeChoice>());
        Visit.Map(model.Entity<Visit>());

        // Search finds words inside of names, formulas and notes by the groups of three letters in them.
        model.HasPostgresExtension("pg_trgm");

        // Nothing disappears because something else did; only an analysis takes its own numbers with it, and what stood of them.
        foreach (var key in model.Model.GetEntityTypes().SelectMany(type => type.GetForeignKeys()))
            if (key.DeclaringEntityType.ClrType.Namespace!.StartsWith("PqdPortal", StringComparison.Ordinal)
                && key.DeclaringEntityType.ClrType != typeof(AnalysisValue) && key.DeclaringEntityType.ClrType != typeof(AnalysisVerdict)
                && key.DeclaringEntityType.ClrType != typeof(StandingValue))
                key.DeleteBehavior = DeleteBehavior.Restrict;
    }

    /// <summary>Tells the change feed of a record that was changed past this context (such as a job's progress), in the open transaction if there is one.</summary>
    /// <param name="topic">The record's type: Project, Batch, Sample, Emitter, Run, Upload, AnalysisRecord, Job, Session, Comment (the record talked about) or Notice (the person).</param>
    public Task Notify(string topic, Guid id, CancellationToken stop = default) => Notify([$"{topic} {id}"], stop);

    internal Task Notify(string[] changed, CancellationToken stop) =>
        Database.ExecuteSqlAsync($"SELECT pg_notify({Channel}, c) FROM unnest({changed}) AS c", stop);

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        var (events, changed) = Prepare();
        var given = GivenRoles();
        if (events.Count == 0 && changed.Length == 0) return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);

        AuditEvents.AddRange(events);
        try
        {
            await using var own = Database.CurrentTransaction is null ? await Database.BeginTransactionAsync(cancellationToken) : null;
            var rows = await base.SaveChangesAsync(acceptAllChangesOnSuccess: false, cancellationToken);
            if (given.Count > 0) await TellOfRoles(given, cancellationToken);
            if (changed.Length > 0) await Notify(changed, cancellationToken);
            if (own is not null) await own.CommitAsync(cancellationToken);
            if (acceptAllChangesOnSuccess) ChangeTracker.AcceptAllChanges();
            return rows;
        }
        catch
        {
            Forget(events);
            throw;
        }
    }

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        var (events, changed) = Prepare();
        if (events.Count == 0 && changed.Length == 0) return base.SaveChanges(acceptAllChangesOnSuccess);

        AuditEvents.AddRange(events);
        try
        {
            using var own = Database.CurrentTransaction is null ? Database.BeginTransaction() : null;
            var rows = base.SaveChanges(acceptAllChangesOnSuccess: false);
            if (changed.Length > 0) Database.ExecuteSql($"SELECT pg_notify({Channel}, c) FROM unnest({changed}) AS c");
            own?.Commit();
            if (acceptAllChangesOnSuccess) ChangeTracker.AcceptAllChanges();
            return rows;
        }
        catch
        {
            Forget(events);
            throw;
        }
    }

    (List<AuditEvent> Events, string[] Changed) Prepare()
    {
        ChangeTracker.DetectChanges();
        var now = _clock.GetUtcNow();
        var entries = ChangeTracker.Entries().Where(e => e.State is EntityState.Added or EntityState.Modified or EntityState.Deleted).ToList();
        foreach (var entry in entries)
        {
            if (entry.State == EntityState.Added) StampMade(entry, now);
            if (entry.State != EntityState.Deleted) BringToUtc(entry);
        }
        var events = AuditTrail.Of(entries, Actor, now).ToList();
        var told = MakesMany ? entries.Where(e => e is not { State: EntityState.Added, Entity: ProjectRecord }).Concat(entries.Where(e => e is { State: EntityState.Added, Entity: ProjectRecord }).DistinctBy(e => e.Metadata.ClrType)).ToList() : entries;
        var changed = told.Select(e => e.Entity switch
        {
            Project r => $"Project {r.Id}",
            Batch r => $"Batch {r.Id}",
            Sample r => $"Sample {r.Id}",
            Emitter r => $"Emitter {r.Id}",
            Template r => $"Template {r.Id}",
            Run r => $"Run {r.Id}",
            RunFile r => $"Run {r.RunId}",
            BatchParent r => $"Batch {r.BatchId}",
            SampleParent r => $"Sample {r.SampleId}",
            Instrument r => $"Instrument {r.Id}",
            InstrumentLogEntry r => $"Instrument {r.InstrumentId}",
            Attachment r => $"Attachment {r.On.Id}",
            Upload r => $"Upload {r.Id}",
            NamingRules r => $"NamingRules {r.Id}",
            Agent r => $"Agent {r.Id}",
            AnalysisRecord r => $"AnalysisRecord {r.Id}",
            Job r => $"Job {r.Id}",
            // Who may do what hangs on these; an open page hears when its person's part in things changes.
            Grant r => $"Project {r.ProjectId}",
            Invitation { ProjectId: { } project } => $"Project {project}",
            Invitation { GroupId: { } group } => $"Group {group}",
            ShareLink r => $"Project {r.ProjectId}",
            Group r => $"Group {r.Id}",
            Membership r => $"PortalUser {r.PersonId}",
            PortalUser r => $"PortalUser {r.Id}",
            // Told by the record that is talked about: its page shows all that is said of it.
            Comment r => $"Comment {r.RecordId}",
            _ => null,
        }).OfType<string>().Concat(entries.Select(e => e.Entity).OfType<Membership>().Select(member => $"Group {member.GroupId}")).Distinct().ToArray();
        return (events, changed);
    }

    /// <summary>Roles that are given with this save: by name, to a group, or to who joins one.</summary>
    List<(object Gift, bool IsNew)> GivenRoles() =>
    [
        .. ChangeTracker.Entries<Grant>().Where(e => e.State == EntityState.Added || e.State == EntityState.Modified && e.Property(g => g.Role).IsModified).Select(e => ((object)e.Entity, e.State == EntityState.Added)),
        .. ChangeTracker.Entries<Membership>().Where(e => e.State == EntityState.Added).Select(e => ((object)e.Entity, true)),
    ];

    async Task TellOfRoles(IReadOnlyList<(object Gift, bool IsNew)> given, CancellationToken stop)
    {
        List<(Grant, Guid, bool)> roles = [];
        foreach (var (gift, isNew) in given)
            switch (gift)
            {
                case Grant { PersonId: { } person } grant:
                    roles.Add((grant, person, isNew));
                    break;
                case Grant { GroupId: { } group } grant:
                    foreach (var member in await Memberships.Where(m => m.GroupId == group).Select(m => m.PersonId).ToListAsync(stop)) roles.Add((grant, member, isNew));
                    break;
                case Membership joined:
                    foreach (var grant in await Grants.AsNoTracking().Where(g => g.GroupId == joined.GroupId).ToListAsync(stop)) roles.Add((grant, joined.PersonId, isNew));
                    break;
            }
        await this.TellOfRoles(roles.Where(role => role.Item1.Role > AccessRole.None).ToList(), Actor, _clock.GetUtcNow(), stop);
    }

    /// <summary>When it was made, unless the maker says so.</summary>
    static void StampMade(EntityEntry entry, DateTimeOffset now)
    {
        foreach (var name in (string[])["CreatedAt", "GrantedAt", "Since", "QueuedAt", "RequestedAt", "StoredAt", "AddedAt", "UpdatedAt", "TaughtAt", "FirstHeardAt"])
            if (entry.Metadata.FindProperty(name) is not null
                && entry.Property(name) is { CurrentValue: DateTimeOffset at } stamp && at == default)
                stamp.CurrentValue = now;
    }

    /// <summary>A moment may come with any offset from UTC (an instrument's header); it is kept in UTC.</summary>
    static void BringToUtc(EntityEntry entry)
    {
        foreach (var property in entry.Properties)
            if (property.CurrentValue is DateTimeOffset { Offset: var offset } moment && offset != TimeSpan.Zero)
                property.CurrentValue = moment.ToUniversalTime();
    }

    void Forget(List<AuditEvent> events)
    {
        // A save that failed may be tried again with the same context, and would leave its events twice.
        foreach (var made in events) Entry(made).State = EntityState.Detached;
    }
}
