using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Runs;

/// <summary>A set-up. It never grants access to anything: who sees it sees none of its runs for that.</summary>
/// <remarks>
/// Its usual conditions bear the names of the run's own, so that a new run takes them over field by field (<see cref="TakeOver"/>).
/// </remarks>
public sealed class Instrument : IRecord
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    [Timestamp] public uint Version { get; set; }
    [MaxLength(200)] public required string Name { get; set; }

    /// <summary>The group it belongs to and is shown to; null for a set-up of the whole portal.</summary>
    public Guid? GroupId { get; set; }
    public Group? Group { get; set; }

    /// <summary>Building and room.</summary>
    [MaxLength(200)] public string? Location { get; set; }
    public string? Description { get; set; }

    /// <summary>The detectors, in the order of the channels.</summary>
    public List<Detector> Detectors { get; set; } = [];

    /// <summary>Model and magnification.</summary>
    [MaxLength(200)] public string? Objective { get; set; }

    /// <summary>Lasers and lamps, one a line.</summary>
    public string? ExcitationSources { get; set; }

    /// <summary>The run that holds its instrument response.</summary>
    public Guid? IrfRunId { get; set; }
    public Run? IrfRun { get; set; }

    // What a new run takes over, in the run's names and units.

    /// <summary>[K]</summary>
    public double? Temperature { get; set; }
    [MaxLength(200)] public string? Stage { get; set; }
    public Atmosphere Atmosphere { get; set; } = Atmosphere.NotRecorded;
    public Excitation Excitation { get; set; } = Excitation.NotRecorded;

    /// <summary>[nm]</summary>
    public double? ExcitationWavelength { get; set; }

    /// <summary>[MHz]</summary>
    public double? RepetitionRate { get; set; }

    /// <summary>[ps]</summary>
    public double? PulseWidth { get; set; }

    /// <summary>[um]</summary>
    public double? SpotSize { get; set; }
    public double? ObjectiveNa { get; set; }
    public string? Filters { get; set; }
    [MaxLength(100)] public string? Splitter { get; set; }

    /// <summary>[nm]</summary>
    public double? WindowFrom { get; set; }
    public double? WindowTo { get; set; }

    /// <summary>[ms]</summary>
    public double? BinTime { get; set; }

    /// <summary>Markdown, no raw HTML.</summary>
    public string? Notes { get; set; }
    public Guid? CreatedById { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }
    public List<InstrumentLogEntry> Log { get; set; } = [];

    /// <summary>Fills what a run does not record yet with what is usual here; what it records stays.</summary>
    /// <returns>The run's fields that were filled.</returns>
    public IReadOnlyList<string> TakeOver(Run run)
    {
        List<string> filled = [];
        void Fill(string field, bool isOpen, bool isKnown, Action fill)
        {
            if (!isOpen || !isKnown) return;
            fill();
            filled.Add(field);
        }

        Fill(nameof(Run.Temperature), run.Temperature is null, Temperature is not null, () => run.Temperature = Temperature);
        Fill(nameof(Run.Stage), string.IsNullOrWhiteSpace(run.Stage), Stage is not null, () => run.Stage = Stage);
        Fill(nameof(Run.Atmosphere), run.Atmosphere == Atmosphere.NotRecorded, Atmosphere != Atmosphere.NotRecorded, () => run.Atmosphere = Atmosphere);
        Fill(nameof(Run.Excitation), run.Excitation == Excitation.NotRecorded, Excitation != Excitation.NotRecorded, () => run.Excitation = Excitation);
        Fill(nameof(Run.ExcitationWavelength), run.ExcitationWavelength is null, ExcitationWavelength is not null, () => run.ExcitationWavelength = ExcitationWavelength);
        Fill(nameof(Run.RepetitionRate), run.RepetitionRate is null, RepetitionRate is not null, () => run.RepetitionRate = RepetitionRate);
        Fill(nameof(Run.PulseWidth), run.PulseWidth is null, PulseWidth is not null, () => run.PulseWidth = PulseWidth);
        Fill(nameof(Run.SpotSize), run.SpotSize is null, SpotSize is not null, () => run.SpotSize = SpotSize);
        Fill(nameof(Run.ObjectiveNa), run.ObjectiveNa is null, ObjectiveNa is not null, () => run.ObjectiveNa = ObjectiveNa);
        Fill(nameof(Run.Filters), string.IsNullOrWhiteSpace(run.Filters), Filters is not null, () => run.Filters = Filters);
        Fill(nameof(Run.Splitter), string.IsNullOrWhiteSpace(run.Splitter), Splitter is not null, () => run.Splitter = Splitter);
        Fill(nameof(Run.WindowFrom), run.WindowFrom is null, WindowFrom is not null, () => run.WindowFrom = WindowFrom);
        Fill(nameof(Run.WindowTo), run.WindowTo is null, WindowTo is not null, () => run.WindowTo = WindowTo);
        Fill(nameof(Run.BinTime), run.BinTime is null, BinTime is not null, () => run.BinTime = BinTime);
        Fill(nameof(Run.Detectors), run.Detectors.Count == 0, Detectors.Count > 0, () => run.Detectors = [.. Detectors]);
        return filled;
    }

    internal static void Map(EntityTypeBuilder<Instrument> instrument)
    {
        instrument.HasOne(i => i.Group).WithMany().HasForeignKey(i => i.GroupId);
        instrument.HasOne(i => i.IrfRun).WithMany().HasForeignKey(i => i.IrfRunId);
        instrument.HasOne<PortalUser>().WithMany().HasForeignKey(i => i.CreatedById);
        instrument.HasMany(i => i.Log).WithOne(entry => entry.Instrument).HasForeignKey(entry => entry.InstrumentId);
        instrument.Property(i => i.Detectors).AsJson().HasDefaultValueSql("'[]'::jsonb");
        foreach (var choice in (string[])[nameof(Atmosphere), nameof(Excitation)]) instrument.Property(choice).HasDefaultValueSql("'NotRecorded'");
        instrument.ToTable(t => t.HasCheckConstraint("CK_Instruments_Temperature", "\"Temperature\" >= 0"));
    }
}

/// <summary>One line of a set-up's log: what was changed or seen there. Never edited.</summary>
public sealed class InstrumentLogEntry
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid InstrumentId { get; set; }
    public Instrument Instrument { get; set; } = null!;
    [MaxLength(2000)] public required string Text { get; set; }
    public Guid? PersonId { get; set; }
    public DateTimeOffset AddedAt { get; set; }

    internal static void Map(EntityTypeBuilder<InstrumentLogEntry> entry)
    {
        entry.ToTable("InstrumentLog");
        entry.HasOne<PortalUser>().WithMany().HasForeignKey(e => e.PersonId);
        entry.HasIndex(e => new { e.InstrumentId, e.AddedAt });
    }
}
