using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Talk;

/// <summary>What people talk about, follow and are told of. A set-up is not among them: it belongs to no project, so no rule would say who may read.</summary>
public enum TalkKind { Project, Batch, Sample, Dot, Run, Result }

/// <summary>Something that is said of a record: it may be seen exactly as the record may.</summary>
public interface IAboutRecord
{
    TalkKind Of { get; }
    Guid RecordId { get; }

    /// <summary>The record's project; where the two differ, as after a move that forgot this, nobody sees it.</summary>
    Guid ProjectId { get; }
}

/// <summary>What somebody says of a record or a result, or answers to it.</summary>
public sealed class Comment : IRecord, IInProject, IAboutRecord
{
    /// <summary>Longest text [characters].</summary>
    public const int Longest = 20_000;

    public Guid Id { get; set; } = Guid.CreateVersion7();
    [Timestamp] public uint Version { get; set; }
    public Guid ProjectId { get; set; }
    public Project Project { get; set; } = null!;
    public TalkKind Of { get; set; }
    public Guid RecordId { get; set; }

    /// <summary>The comment that this one answers; an answer is answered by another one beside it, never below it.</summary>
    public Guid? ParentId { get; set; }

    /// <summary>Markdown, no raw HTML. Empty where the bin has lost it and answers to it stay.</summary>
    [MaxLength(Longest)] public required string Text { get; set; }

    /// <summary>The people who were named in it by @name and told.</summary>
    public Guid[] Mentioned { get; set; } = [];

    public Guid? CreatedById { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When its author changed the text last; the wordings before stand in its history.</summary>
    public DateTimeOffset? EditedAt { get; set; }

    /// <summary>When somebody said that this is settled; null while it is open.</summary>
    public DateTimeOffset? ResolvedAt { get; set; }
    public Guid? ResolvedById { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }

    internal static void Map(EntityTypeBuilder<Comment> comment)
    {
        comment.HasOne(c => c.Project).WithMany().HasForeignKey(c => c.ProjectId);
        comment.HasOne<Comment>().WithMany().HasForeignKey(c => c.ParentId);
        comment.HasOne<PortalUser>().WithMany().HasForeignKey(c => c.CreatedById);
        comment.HasOne<PortalUser>().WithMany().HasForeignKey(c => c.ResolvedById);
        comment.HasIndex(c => new { c.RecordId, c.CreatedAt });
        comment.HasIndex(c => new { c.ProjectId, c.CreatedAt });
        // Search looks inside of it.
        comment.HasIndex(c => c.Text, "IX_Comments_Text_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        comment.HasIndex(c => c.DeletedAt).HasFilter("\"DeletedAt\" IS NOT NULL");
    }
}
