using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace PqdPortal.Data.Analyses;

/// <summary>
/// What stands of a run, a dot or a sample: of each quantity the newest number that speaks for it, by the rules of
/// <see cref="NewestResults"/>, as one row that lists can sort and filter by.
/// </summary>
/// <remarks>
/// The rows are kept by triggers of the database on analyses, their numbers and runs (migrations/StandingRules.cs), in the transaction
/// that ends, bins, restores or moves them, whoever does it and by whatever way. Nothing else writes here.
/// A dot's rows are of its runs; a sample's of its runs that are of no single dot. A verdict is a row whose name begins with
/// <see cref="VerdictPrefix"/> and whose text is what it says.
/// </remarks>
public sealed class StandingValue
{
    public const string VerdictPrefix = "verdict.";

    public const string OfRun = "Run", OfDot = "Emitter", OfSample = "Sample";

    /// <summary>The g2(0) that speaks for the record: corrected before fitted before as counted; <see cref="Source"/> says which.</summary>
    public const string BestG2 = "g2_0";

    /// <summary>Run, Emitter or Sample.</summary>
    [MaxLength(10)] public required string Of { get; set; }
    public Guid RecordId { get; set; }

    /// <summary>Contract name.</summary>
    [MaxLength(130)] public required string Name { get; set; }

    /// <summary>The name under which the analysis gave it.</summary>
    [MaxLength(130)] public required string Source { get; set; }
    public double? Value { get; set; }
    public double? Sigma { get; set; }
    public double? Lo95 { get; set; }
    public double? Hi95 { get; set; }
    [MaxLength(40)] public required string Unit { get; set; }
    public string? Text { get; set; }
    public long? N { get; set; }
    [MaxLength(10)] public required string Grade { get; set; }
    public Guid AnalysisId { get; set; }

    internal static void Map(EntityTypeBuilder<StandingValue> value)
    {
        value.HasKey(v => new { v.RecordId, v.Name });
        value.HasOne<AnalysisRecord>().WithMany().HasForeignKey(v => v.AnalysisId).OnDelete(DeleteBehavior.Cascade);
        // What lists sort and filter by, answered from the index alone.
        value.HasIndex(v => new { v.Of, v.Name, v.Value, v.RecordId }).IncludeProperties(v => new { v.Lo95, v.Hi95 });
        value.HasIndex(v => new { v.Of, v.Name, v.Text, v.RecordId }).HasFilter("\"Text\" IS NOT NULL");
    }
}
