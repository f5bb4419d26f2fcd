using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PqdPortal.Data.Account;
using PqdPortal.Data.Samples;

namespace PqdPortal.Data;

/// <summary>What the records' mappings have in common.</summary>
static class Mapping
{
    /// <summary>How small structures lie in jsonb columns and in audit events.</summary>
    internal static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The project that owns the record, the person who made it, and the index every list of a project asks.</summary>
    internal static void MapInProject<T>(EntityTypeBuilder<T> record) where T : ProjectRecord
    {
        record.HasOne(r => r.Project).WithMany().HasForeignKey(r => r.ProjectId);
        record.HasOne<PortalUser>().WithMany().HasForeignKey(r => r.CreatedById);
        record.HasIndex(r => new { r.ProjectId, r.CreatedAt });
        // The newest of all, for whoever sees everything.
        record.HasIndex(r => r.CreatedAt);
        // What lies in the bin: little beside the rest, and left out of every list.
        record.HasIndex(r => r.DeletedAt).HasFilter("\"DeletedAt\" IS NOT NULL");
    }

    /// <summary>The extra values of a record; indexed by their keys, so that those who hold one are found among many that do not.</summary>
    internal static void MapExtra<T>(this EntityTypeBuilder<T> record) where T : class, IHasExtra
    {
        record.Property<ExtraValues>(nameof(IHasExtra.Extra)).AsJson().HasDefaultValueSql("'{}'::jsonb");
        record.HasIndex(nameof(IHasExtra.Extra)).HasMethod("gin");
    }

    /// <summary>A small structure as one jsonb column, compared by what it says.</summary>
    internal static PropertyBuilder<T> AsJson<T>(this PropertyBuilder<T> property)
    {
        property.HasColumnType("jsonb").HasConversion(
            value => JsonSerializer.Serialize(value, Json),
            text => JsonSerializer.Deserialize<T>(text, Json)!,
            new ValueComparer<T>(
                (a, b) => JsonSerializer.Serialize(a, Json) == JsonSerializer.Serialize(b, Json),
                value => JsonSerializer.Serialize(value, Json).GetHashCode(),
                value => JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(value, Json), Json)!));
        return property;
    }

    /// <summary>Shares of ions as they lie in their column.</summary>
    internal sealed class FractionText() : Microsoft.EntityFrameworkCore.Storage.ValueConversion.ValueConverter<SiteFractions, string>(
        values => JsonSerializer.Serialize(values, Json), text => JsonSerializer.Deserialize<SiteFractions>(text, Json)!);

    /// <summary>Extra values as they lie in their column.</summary>
    internal sealed class ExtraText() : Microsoft.EntityFrameworkCore.Storage.ValueConversion.ValueConverter<ExtraValues, string>(
        values => JsonSerializer.Serialize(values, Json), text => JsonSerializer.Deserialize<ExtraValues>(text, Json)!);
}
