using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Talk;

/// <summary>What a person may be told of.</summary>
public enum NoticeKind
{
    /// <summary>Somebody commented on what they follow.</summary>
    Comment,

    /// <summary>Somebody answered in a thread they wrote in.</summary>
    Reply,

    /// <summary>Somebody named them by @name.</summary>
    Mention,

    /// <summary>A result of what they follow is there.</summary>
    Finished,

    /// <summary>Work on what they follow, or that they asked for, came to a bad end.</summary>
    Failed,

    /// <summary>They were given a role in a project, by name or through a group.</summary>
    Role,

    /// <summary>Somebody came in by their invitation.</summary>
    Joined,
}

/// <summary>How a person wants to be told.</summary>
public enum NoticeWay
{
    /// <summary>At once, counted at the bell; it stands in the digest too.</summary>
    Bell,

    /// <summary>Only in the digest.</summary>
    Digest,

    /// <summary>Not at all.</summary>
    Never,
}

/// <summary>One thing that one person is told. It shows nothing of its own: what it says is asked of the record when it is read, as far as the person may see it then.</summary>
public sealed class Notice : IAboutRecord
{
    /// <summary>Notices are kept for as many days.</summary>
    public const int Days = 90;

    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid PersonId { get; set; }
    public Guid ProjectId { get; set; }
    public Project Project { get; set; } = null!;
    public TalkKind Of { get; set; }
    public Guid RecordId { get; set; }
    public NoticeKind Kind { get; set; }

    /// <summary>The comment, the analysis or job, the grant: a person is told once of each.</summary>
    public Guid SourceId { get; set; }

    /// <summary>Who did it; null for the portal.</summary>
    public Guid? ById { get; set; }
    public DateTimeOffset At { get; set; }
    public DateTimeOffset? ReadAt { get; set; }

    /// <summary>False where the person wants this kind in the digest only.</summary>
    public bool InBell { get; set; }

    /// <summary>Of a result its kind of analysis, of a role its name.</summary>
    [MaxLength(60)] public string? Text { get; set; }

    internal static void Map(EntityTypeBuilder<Notice> notice)
    {
        notice.HasIndex(n => new { n.PersonId, n.SourceId }).IsUnique();
        notice.HasIndex(n => new { n.PersonId, n.At });
        notice.HasIndex(n => n.PersonId, "IX_Notices_Unread").HasFilter("\"ReadAt\" IS NULL AND \"InBell\"");
        notice.HasIndex(n => n.RecordId);
        notice.HasIndex(n => n.At);
        notice.HasOne(n => n.Project).WithMany().HasForeignKey(n => n.ProjectId);
        notice.HasOne<PortalUser>().WithMany().HasForeignKey(n => n.PersonId);
        notice.HasOne<PortalUser>().WithMany().HasForeignKey(n => n.ById);
    }
}

/// <summary>What a person chose for one kind of notice; where there is no row, <see cref="Usual"/> holds.</summary>
public sealed class NoticeChoice
{
    public Guid PersonId { get; set; }
    public NoticeKind Kind { get; set; }
    public NoticeWay Way { get; set; }

    /// <summary>Unless the person says otherwise: talk and trouble at once, the rest in the digest.</summary>
    public static NoticeWay Usual(NoticeKind kind) => kind is NoticeKind.Finished or NoticeKind.Joined ? NoticeWay.Digest : NoticeWay.Bell;

    internal static void Map(EntityTypeBuilder<NoticeChoice> choice)
    {
        choice.HasKey(c => new { c.PersonId, c.Kind });
        choice.HasOne<PortalUser>().WithMany().HasForeignKey(c => c.PersonId);
    }
}
