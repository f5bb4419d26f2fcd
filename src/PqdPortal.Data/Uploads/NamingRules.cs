using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Uploads;

/// <summary>How the files of one project, or of all projects of one group, are named. A project's own rules come before those of its groups.</summary>
public sealed class NamingRules : IRecord
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    [Timestamp] public uint Version { get; set; }

    /// <summary>Exactly one of the two is set.</summary>
    public Guid? ProjectId { get; set; }
    public Project? Project { get; set; }
    public Guid? GroupId { get; set; }
    public Group? Group { get; set; }

    /// <summary>Patterns of <see cref="NamePattern"/>, one a line, in the order in which they are tried.</summary>
    [MaxLength(10_000)] public string? Patterns { get; set; }

    /// <summary>What becomes of a file whose home is certain.</summary>
    public FilingHabit Filing { get; set; } = FilingHabit.NotRecorded;
    public DateTimeOffset CreatedAt { get; set; }

    internal static void Map(EntityTypeBuilder<NamingRules> rules)
    {
        rules.HasOne(r => r.Project).WithMany().HasForeignKey(r => r.ProjectId);
        rules.HasOne(r => r.Group).WithMany().HasForeignKey(r => r.GroupId);
        rules.HasIndex(r => r.ProjectId).IsUnique();
        rules.HasIndex(r => r.GroupId).IsUnique();
        rules.ToTable(t => t.HasCheckConstraint("CK_NamingRules_OneOwner", "num_nonnulls(\"ProjectId\", \"GroupId\") = 1"));
    }
}

/// <summary>What becomes of a file whose home is certain; not recorded: as the group says, and where it says nothing either, it waits.</summary>
public enum FilingHabit { NotRecorded, WaitForAPerson, FileCertainOnes }

/// <summary>What the portal learnt when a person gave a file a home it had not thought of.</summary>
public sealed class InboxLesson : IInProject
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid ProjectId { get; set; }
    public Project Project { get; set; } = null!;

    /// <summary>Whether it is of the file's name or of its folder.</summary>
    public LessonKind Kind { get; set; }

    /// <summary>By <see cref="NameShape"/>.</summary>
    [MaxLength(NameShape.Longest)] public required string Shape { get; set; }

    public Guid SampleId { get; set; }
    public Samples.Sample Sample { get; set; } = null!;

    /// <summary>Null where the file belongs to the sample, or where the number in the name says which dot of it.</summary>
    public Guid? EmitterId { get; set; }
    public Samples.Emitter? Emitter { get; set; }

    /// <summary>A file it was learnt from, for people.</summary>
    [MaxLength(400)] public required string Example { get; set; }

    /// <summary>How often people have said the same.</summary>
    public int Times { get; set; } = 1;
    public Guid? TaughtById { get; set; }
    public DateTimeOffset TaughtAt { get; set; }

    /// <summary>Never set: a lesson is forgotten at once.</summary>
    public DateTimeOffset? DeletedAt { get; set; }

    internal static void Map(EntityTypeBuilder<InboxLesson> lesson)
    {
        lesson.HasOne(l => l.Project).WithMany().HasForeignKey(l => l.ProjectId);
        lesson.HasOne(l => l.Sample).WithMany().HasForeignKey(l => l.SampleId);
        lesson.HasOne(l => l.Emitter).WithMany().HasForeignKey(l => l.EmitterId);
        lesson.HasIndex(l => new { l.ProjectId, l.Kind, l.Shape }).IsUnique();
    }
}

public enum LessonKind { Name, Folder }
