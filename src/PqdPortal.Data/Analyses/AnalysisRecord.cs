using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Runs;

namespace PqdPortal.Data.Analyses;

/// <summary>One analysis of a run's file with one choice of parameters. Once it has ended it is never altered.</summary>
public sealed class AnalysisRecord : IInProject
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid ProjectId { get; set; }
    public Groups.Project Project { get; set; } = null!;
    public Guid RunId { get; set; }
    public Run Run { get; set; } = null!;

    /// <summary>Catalogue key and version, such as g2.cw, 1.</summary>
    [MaxLength(60)] public required string Kind { get; set; }
    public int KindVersion { get; set; }

    /// <summary>All parameters by contract name, defaults included, keys sorted (jsonb).</summary>
    public required string Parameters { get; set; }

    /// <summary>
    /// Input name to SHA-256 (jsonb), keys sorted; where a person chose how the file is read, settings lie beside it, or it is of another
    /// run, to an object of sha256, run (its id), layout, time_unit_s and beside (extension to SHA-256).
    /// </summary>
    public required string Inputs { get; set; }

    /// <summary>Input name to the other run that was chosen for it; empty where only the run's own files were taken.</summary>
    public IReadOnlyDictionary<string, Guid> OtherRuns() => JsonNode.Parse(Inputs)!.AsObject()
        .Where(input => input.Value is JsonObject told && told.ContainsKey("run"))
        .ToDictionary(input => input.Key, input => Guid.Parse((string)input.Value!["run"]!));

    /// <summary>SHA-256 over kind, version, parameters and inputs: the same question has the same fingerprint.</summary>
    [MaxLength(64)] public required string Fingerprint { get; set; }

    public AnalysisState State { get; set; } = AnalysisState.Queued;

    /// <summary>Why it was refused or failed, for people.</summary>
    public string? Message { get; set; }

    /// <summary>Software and commit that computed it, machine, seed.</summary>
    [MaxLength(100)] public string? Software { get; set; }
    [MaxLength(100)] public string? Machine { get; set; }
    public long? Seed { get; set; }

    /// <summary>SHA-256 of the report file (contract JSON) in the store.</summary>
    [MaxLength(64)] public string? ReportSha256 { get; set; }

    public Guid? RequestedById { get; set; }
    public DateTimeOffset RequestedAt { get; set; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }

    public List<AnalysisValue> Values { get; set; } = [];
    public List<AnalysisVerdict> Verdicts { get; set; } = [];

    internal static void Map(EntityTypeBuilder<AnalysisRecord> analysis)
    {
        analysis.ToTable("Analyses");
        analysis.HasOne(a => a.Project).WithMany().HasForeignKey(a => a.ProjectId);
        analysis.HasOne(a => a.Run).WithMany().HasForeignKey(a => a.RunId);
        analysis.HasOne<PortalUser>().WithMany().HasForeignKey(a => a.RequestedById);
        analysis.Property(a => a.Parameters).HasColumnType("jsonb");
        analysis.Property(a => a.Inputs).HasColumnType("jsonb");
        analysis.HasIndex(a => a.Fingerprint);
        analysis.HasIndex(a => new { a.RunId, a.RequestedAt });
        analysis.HasIndex(a => a.ReportSha256);
        analysis.HasIndex(a => a.EndedAt);
        analysis.HasIndex(a => new { a.ProjectId, a.EndedAt });
    }
}

public enum AnalysisState { Queued, Running, Done, Refused, Failed, Cancelled }

/// <summary>One number of an analysis, as rows so that lists and comparisons can ask for it.</summary>
public sealed class AnalysisValue
{
    public Guid AnalysisId { get; set; }
    public AnalysisRecord Analysis { get; set; } = null!;
    [MaxLength(120)] public required string Name { get; set; }
    public double? Value { get; set; }
    public double? Sigma { get; set; }
    public double? Lo95 { get; set; }
    public double? Hi95 { get; set; }
    [MaxLength(40)] public required string Unit { get; set; }
    public string? Text { get; set; }
    public long? N { get; set; }
    [MaxLength(40)] public string? Method { get; set; }
    [MaxLength(10)] public required string Grade { get; set; }
    public string[] Flags { get; set; } = [];

    internal static void Map(EntityTypeBuilder<AnalysisValue> value)
    {
        value.HasKey(v => new { v.AnalysisId, v.Name });
        value.HasOne(v => v.Analysis).WithMany(a => a.Values).HasForeignKey(v => v.AnalysisId).OnDelete(DeleteBehavior.Cascade);
        value.HasIndex(v => new { v.Name, v.Value });
        value.ToTable(t => t.HasCheckConstraint("CK_AnalysisValues_Finite",
            string.Join(" AND ", new[] { "Value", "Sigma", "Lo95", "Hi95" }.Select(column => $"\"{column}\" NOT IN ('NaN', 'Infinity', '-Infinity')"))));
    }
}

/// <summary>One judgement of an analysis.</summary>
public sealed class AnalysisVerdict
{
    public Guid AnalysisId { get; set; }
    public AnalysisRecord Analysis { get; set; } = null!;
    [MaxLength(120)] public required string Name { get; set; }
    [MaxLength(60)] public required string Value { get; set; }
    public required string Why { get; set; }

    internal static void Map(EntityTypeBuilder<AnalysisVerdict> verdict)
    {
        verdict.HasKey(v => new { v.AnalysisId, v.Name });
        verdict.HasOne(v => v.Analysis).WithMany(a => a.Verdicts).HasForeignKey(v => v.AnalysisId).OnDelete(DeleteBehavior.Cascade);
        verdict.HasIndex(v => new { v.Name, v.Value });
    }
}
