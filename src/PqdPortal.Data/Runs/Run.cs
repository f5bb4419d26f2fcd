using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Samples;

namespace PqdPortal.Data.Runs;

/// <summary>One measurement: of a sample, or of one dot of it. A run without sample waits in the inbox.</summary>
public sealed class Run : ProjectRecord, IHasExtra
{
    public Guid? SampleId { get; set; }
    public Sample? Sample { get; set; }
    public Guid? EmitterId { get; set; }
    public Emitter? Emitter { get; set; }
    public Guid? InstrumentId { get; set; }
    public Instrument? Instrument { get; set; }

    [MaxLength(300)] public required string Name { get; set; }
    public RunKind Kind { get; set; } = RunKind.NotRecorded;
    public DateTimeOffset? MeasuredAt { get; set; }

    // Conditions as the person records them; the header's own stay in the file summary beside them.

    /// <summary>[K]</summary>
    public double? Temperature { get; set; }

    /// <summary>Cryostat or stage the sample sat in.</summary>
    [MaxLength(200)] public string? Stage { get; set; }
    public Atmosphere Atmosphere { get; set; } = Atmosphere.NotRecorded;

    /// <summary>Relative humidity [%].</summary>
    public double? Humidity { get; set; }
    public Excitation Excitation { get; set; } = Excitation.NotRecorded;

    /// <summary>[nm]</summary>
    public double? ExcitationWavelength { get; set; }

    /// <summary>[MHz]</summary>
    public double? RepetitionRate { get; set; }

    /// <summary>[ps]</summary>
    public double? PulseWidth { get; set; }

    /// <summary>[uW]</summary>
    public double? Power { get; set; }

    /// <summary>[uJ/cm^2]</summary>
    public double? Fluence { get; set; }

    /// <summary>[um]</summary>
    public double? SpotSize { get; set; }

    /// <summary>Mean excitons per pulse.</summary>
    public double? MeanExcitons { get; set; }
    public double? ObjectiveNa { get; set; }
    public string? Filters { get; set; }

    /// <summary>Beam splitter and its ratio, such as 50:50.</summary>
    [MaxLength(100)] public string? Splitter { get; set; }

    /// <summary>The detectors, in the order of the channels.</summary>
    public List<Detector> Detectors { get; set; } = [];

    /// <summary>Ends of the emission window [nm].</summary>
    public double? WindowFrom { get; set; }
    public double? WindowTo { get; set; }

    /// <summary>Planned length of the measurement [s] and width of a time bin [ms], where the person records them.</summary>
    public double? Duration { get; set; }
    public double? BinTime { get; set; }

    /// <summary>Strain, electric or magnetic field, in words with units.</summary>
    [MaxLength(200)] public string? AppliedField { get; set; }

    /// <summary>Dark and background counts per detector, in the order of the channels [1/s].</summary>
    public double[] BackgroundRates { get; set; } = [];
    public EvidenceRole EvidenceRole { get; set; } = EvidenceRole.NotRecorded;

    /// <summary>What was recorded in the fields that templates asked for.</summary>
    public ExtraValues Extra { get; set; } = ExtraValues.None;

    /// <summary>When somebody said that it needs no home; null where nobody did. It then waits in the inbox no more.</summary>
    public DateTimeOffset? SetAsideAt { get; set; }

    /// <summary>How far the reading of its files has come.</summary>
    public ReadingState Reading { get; set; } = ReadingState.NoFile;

    /// <summary>Why the reading ended as it did, for people.</summary>
    public string? ReadingMessage { get; set; }

    public List<RunFile> Files { get; set; } = [];

    /// <summary>The runs it is held against: isolated dots for a superlattice, an instrument response, a background.</summary>
    public List<RunReference> References { get; set; } = [];

    internal static void Map(EntityTypeBuilder<Run> run)
    {
        Mapping.MapInProject(run);
        run.HasOne(r => r.Sample).WithMany().HasForeignKey(r => r.SampleId);
        run.HasOne(r => r.Emitter).WithMany().HasForeignKey(r => r.EmitterId);
        run.HasOne(r => r.Instrument).WithMany().HasForeignKey(r => r.InstrumentId);
        run.Property(r => r.Detectors).AsJson();
        run.MapExtra();
        run.HasIndex(r => new { r.ProjectId, r.MeasuredAt });
        // Search looks inside of these.
        run.HasIndex(r => r.Name, "IX_Runs_Name_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        run.HasIndex(r => r.Notes, "IX_Runs_Notes_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        // What was measured last of a sample or a dot, and what before that.
        run.HasIndex(r => new { r.SampleId, r.MeasuredAt }).IncludeProperties(r => new { r.DeletedAt });
        run.HasIndex(r => new { r.EmitterId, r.MeasuredAt }).IncludeProperties(r => new { r.CreatedAt, r.DeletedAt });
        // How many there are, and which, answered from the index alone.
        run.HasIndex(r => r.ProjectId, "IX_Runs_Alive").HasFilter("\"DeletedAt\" IS NULL").IncludeProperties(r => new { r.Id });
        // The inbox.
        run.HasIndex(r => new { r.ProjectId, r.CreatedAt }, "IX_Runs_Inbox").HasFilter("\"SampleId\" IS NULL AND \"DeletedAt\" IS NULL");
        run.ToTable(t => t.HasCheckConstraint("CK_Runs_Temperature", "\"Temperature\" >= 0"));
    }
}

/// <summary>One detector of a run.</summary>
public sealed record Detector
{
    public string? Model { get; init; }

    /// <summary>Detection efficiency, 0..1.</summary>
    public double? Efficiency { get; init; }

    /// <summary>[ns]</summary>
    public double? DeadTime { get; init; }

    /// <summary>Full width at half maximum [ps].</summary>
    public double? Jitter { get; init; }

    /// <summary>[1/s]</summary>
    public double? DarkRate { get; init; }
}

/// <summary>One run that another is held against.</summary>
public sealed class RunReference
{
    public Guid RunId { get; set; }
    public Run Run { get; set; } = null!;
    public Guid ReferenceId { get; set; }
    public Run Reference { get; set; } = null!;

    /// <summary>isolated dots, irf, background ...; origin for one whose numbers stand in this run's table.</summary>
    [MaxLength(40)] public required string Role { get; set; }
    public const string Origin = "origin";

    internal static void Map(EntityTypeBuilder<RunReference> reference)
    {
        reference.HasKey(r => new { r.RunId, r.ReferenceId, r.Role });
        reference.HasOne(r => r.Run).WithMany(r => r.References).HasForeignKey(r => r.RunId);
        reference.HasOne(r => r.Reference).WithMany().HasForeignKey(r => r.ReferenceId);
        reference.ToTable(t => t.HasCheckConstraint("CK_RunReferences_NotItself", "\"RunId\" <> \"ReferenceId\""));
    }
}

public enum RunKind { NotRecorded, Hbt, Hom, Trpl, Spectrum, TemperatureSeries, Absorption, Flid, Tem, Plqy, Photostability, Other }
public enum Atmosphere { NotRecorded, Inert, Vacuum, Air, Other }
public enum Excitation { NotRecorded, Pulsed, ContinuousWave }
public enum EvidenceRole { NotRecorded, Superlattice, IsolatedReference, SameSampleHighBand }
public enum ReadingState { NoFile, Waiting, Reading, Read, StoredUnread, Failed }

/// <summary>A stored file as part of a run, under the name it was uploaded with, and what reading it found.</summary>
public sealed class RunFile
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid RunId { get; set; }
    public Run Run { get; set; } = null!;

    /// <summary>SHA-256 of the content, lower-case hex.</summary>
    [MaxLength(64)] public required string Sha256 { get; set; }
    public Uploads.StoredFile Stored { get; set; } = null!;
    [MaxLength(400)] public required string Name { get; set; }

    /// <summary>measurement, irf, background, photo ...; settings once a reader has used it as what lies beside a measurement; simulation for what was asked of the simulator, and its truth.</summary>
    [MaxLength(40)] public string Role { get; set; } = Measurement;
    public const string Measurement = "measurement";
    public const string Settings = "settings";
    public const string Simulation = "simulation";

    /// <summary>True for what has something of its own to show, and does not only lie beside a measurement.</summary>
    public bool IsShown => Role is not (Settings or Simulation);

    /// <summary>Name of the recognised format, kind of measurement.</summary>
    [MaxLength(100)] public string? Format { get; set; }
    [MaxLength(40)] public string? Kind { get; set; }

    /// <summary>What <c>pqd info</c> says of the file, whole (jsonb).</summary>
    public string? Summary { get; set; }

    /// <summary>How far its own reading has come; a run of several files speaks of one of them.</summary>
    public ReadingState Reading { get; set; } = ReadingState.Waiting;

    /// <summary>Why its reading ended as it did, for people.</summary>
    public string? Message { get; set; }

    /// <summary>The layout of its records and the unit of its times [s], where a person chose them.</summary>
    [MaxLength(40)] public string? Layout { get; set; }
    public double? TimeUnit { get; set; }

    /// <summary>What its content leaves open and a person may choose (jsonb): choice, title, answers.</summary>
    public string? Asks { get; set; }
    public DateTimeOffset AddedAt { get; set; }

    internal static void Map(EntityTypeBuilder<RunFile> file)
    {
        file.HasOne(f => f.Run).WithMany(r => r.Files).HasForeignKey(f => f.RunId);
        file.HasOne(f => f.Stored).WithMany().HasForeignKey(f => f.Sha256);
        file.Property(f => f.Summary).HasColumnType("jsonb");
        file.Property(f => f.Asks).HasColumnType("jsonb");
        // Search looks inside of these.
        file.HasIndex(f => f.Name, "IX_RunFiles_Name_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        file.Ignore(f => f.IsShown);
        file.ToTable(t => t.HasCheckConstraint("CK_RunFiles_TimeUnit", "\"TimeUnit\" > 0"));
    }
}
