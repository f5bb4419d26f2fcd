using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Data.Attachments;

/// <summary>A photo or file that somebody put on a record. It belongs to the record and is seen by who sees that.</summary>
public sealed class Attachment
{
    /// <summary>Largest file [bytes].</summary>
    public const long LargestFile = 25 << 20;

    /// <summary>Largest small picture of a photo [bytes].</summary>
    public const long LargestThumbnail = 200 << 10;

    /// <summary>As many hang on one record.</summary>
    public const int MostOfOne = 200;

    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>Exactly one of these is set: what it hangs on.</summary>
    public Guid? BatchId { get; set; }
    public Guid? SampleId { get; set; }
    public Guid? EmitterId { get; set; }
    public Guid? RunId { get; set; }
    public Guid? InstrumentId { get; set; }

    /// <summary>SHA-256 of the content, lower-case hex.</summary>
    [MaxLength(64)] public required string Sha256 { get; set; }
    public StoredFile Stored { get; set; } = null!;

    /// <summary>A small picture of a photo, as the sender's browser made it.</summary>
    [MaxLength(64)] public string? ThumbnailSha256 { get; set; }
    [MaxLength(300)] public required string Name { get; set; }

    /// <summary>image/jpeg, image/png or image/webp by its bytes; null for a file that is only downloaded.</summary>
    [MaxLength(40)] public string? Picture { get; set; }

    /// <summary>Width and height of a photo [pixels].</summary>
    public int? Width { get; set; }
    public int? Height { get; set; }

    /// <summary>True where the place it was taken at stood in it and was taken out.</summary>
    public bool LostPosition { get; set; }
    [MaxLength(500)] public string? Caption { get; set; }

    /// <summary>Order on the record's page, ascending.</summary>
    public int Place { get; set; }
    public Guid? AddedById { get; set; }
    public DateTimeOffset AddedAt { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }

    /// <summary>Kind and id of the record it hangs on, in the words of addresses.</summary>
    public AttachedTo On => this switch
    {
        { BatchId: { } id } => new("batch", id),
        { SampleId: { } id } => new("sample", id),
        { EmitterId: { } id } => new("dot", id),
        { RunId: { } id } => new("run", id),
        { InstrumentId: { } id } => new("instrument", id),
        _ => throw new InvalidOperationException($"The attachment {Id} hangs on nothing."),
    };

    internal static void Map(EntityTypeBuilder<Attachment> attachment)
    {
        attachment.Ignore(a => a.On);
        attachment.HasOne<Batch>().WithMany().HasForeignKey(a => a.BatchId);
        attachment.HasOne<Sample>().WithMany().HasForeignKey(a => a.SampleId);
        attachment.HasOne<Emitter>().WithMany().HasForeignKey(a => a.EmitterId);
        attachment.HasOne<Run>().WithMany().HasForeignKey(a => a.RunId);
        attachment.HasOne<Instrument>().WithMany().HasForeignKey(a => a.InstrumentId);
        attachment.HasOne(a => a.Stored).WithMany().HasForeignKey(a => a.Sha256);
        attachment.HasOne<PortalUser>().WithMany().HasForeignKey(a => a.AddedById);
        attachment.HasIndex(a => a.ThumbnailSha256).HasFilter("\"ThumbnailSha256\" IS NOT NULL");
        attachment.ToTable(t => t.HasCheckConstraint("CK_Attachments_OneRecord",
            "num_nonnulls(\"BatchId\", \"SampleId\", \"EmitterId\", \"RunId\", \"InstrumentId\") = 1"));
    }
}

/// <summary>What an attachment hangs on.</summary>
/// <param name="Kind">batch, sample, dot, run or instrument.</param>
public sealed record AttachedTo(string Kind, Guid Id);
