using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Talk;

/// <summary>Why somebody is told of a record. Whoever made it follows it without a row of this table.</summary>
public enum FollowReason { Asked, Made, Commented, Mentioned }

/// <summary>Whether a person is told of a record and of what lies below it. One that is off stays, so that nothing turns it on again by itself.</summary>
public sealed class Follow : IAboutRecord
{
    public Guid PersonId { get; set; }
    public Guid RecordId { get; set; }
    public TalkKind Of { get; set; }
    public Guid ProjectId { get; set; }
    public Project Project { get; set; } = null!;
    public bool IsOn { get; set; }
    public FollowReason Why { get; set; }
    public DateTimeOffset Since { get; set; }

    internal static void Map(EntityTypeBuilder<Follow> follow)
    {
        follow.HasKey(f => new { f.PersonId, f.RecordId });
        follow.HasIndex(f => f.RecordId);
        follow.HasOne(f => f.Project).WithMany().HasForeignKey(f => f.ProjectId);
        follow.HasOne<PortalUser>().WithMany().HasForeignKey(f => f.PersonId);
    }
}
