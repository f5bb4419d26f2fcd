using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;

namespace PqdPortal.Data.Uploads;

/// <summary>A file on its way in: what was promised, how much is confirmed, where it belongs.</summary>
public sealed class Upload
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid ProjectId { get; set; }
    public Groups.Project Project { get; set; } = null!;
    public Guid OwnerId { get; set; }
    public Guid? SampleId { get; set; }
    public Guid? EmitterId { get; set; }

    /// <summary>An existing run that the file joins; null makes a new run.</summary>
    public Guid? RunId { get; set; }
    [MaxLength(400)] public required string FileName { get; set; }

    /// <summary>The folders it lay in where it was sent from, outermost first, separated by /; null where they were not told.</summary>
    [MaxLength(400)] public string? Folder { get; set; }

    /// <summary>The set-up it was sent from.</summary>
    public Guid? InstrumentId { get; set; }

    /// <summary>measurement, irf, background ...</summary>
    [MaxLength(40)] public string Role { get; set; } = "measurement";
    public bool Simulated { get; set; }

    /// <summary>Declared length and confirmed bytes.</summary>
    public long Length { get; set; }
    public long Offset { get; set; }
    public UploadState State { get; set; } = UploadState.Receiving;

    /// <summary>SHA-256 of the whole, once complete.</summary>
    [MaxLength(64)] public string? Sha256 { get; set; }
    public string? Message { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? CompletedAt { get; set; }

    internal static void Map(EntityTypeBuilder<Upload> upload)
    {
        upload.HasOne(u => u.Project).WithMany().HasForeignKey(u => u.ProjectId);
        upload.HasOne<PortalUser>().WithMany().HasForeignKey(u => u.OwnerId);
        upload.HasOne<Sample>().WithMany().HasForeignKey(u => u.SampleId);
        upload.HasOne<Emitter>().WithMany().HasForeignKey(u => u.EmitterId);
        upload.HasOne<Run>().WithMany().HasForeignKey(u => u.RunId);
        upload.HasOne<Instrument>().WithMany().HasForeignKey(u => u.InstrumentId);
        upload.HasIndex(u => u.Sha256);
        upload.HasIndex(u => new { u.State, u.ExpiresAt });
        upload.ToTable(t => t.HasCheckConstraint("CK_Uploads_Offset", "\"Offset\" BETWEEN 0 AND \"Length\""));
    }
}

public enum UploadState { Receiving, Complete, Terminated, Expired, Failed }

/// <summary>Bytes in the store, under their hash; written once, never changed.</summary>
public sealed class StoredFile
{
    /// <summary>SHA-256 of the content, lower-case hex.</summary>
    [Key, MaxLength(64)] public required string Sha256 { get; set; }
    public long Length { get; set; }
    public DateTimeOffset StoredAt { get; set; }

    internal static void Map(EntityTypeBuilder<StoredFile> file) =>
        file.ToTable(t => t.HasCheckConstraint("CK_StoredFiles_Sha256", "\"Sha256\" ~ '^[0-9a-f]{64}$' AND \"Length\" >= 0"));
}
