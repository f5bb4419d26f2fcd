using System.Collections;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PqdPortal.Data.Samples;

/// <summary>Each ion's share of its own lattice site, 0..1, by the ion's name. Never changed in place; two are equal where they say the same.</summary>
[JsonConverter(typeof(Converter))]
public sealed class SiteFractions : IEnumerable<KeyValuePair<string, double>>, IEquatable<SiteFractions>
{
    public static SiteFractions None { get; } = new([]);

    readonly ImmutableSortedDictionary<string, double> _shares;

    public SiteFractions(IEnumerable<KeyValuePair<string, double>> shares) => _shares = shares.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public int Count => _shares.Count;

    /// <summary>The share of an ion; 0 where it is not in it.</summary>
    public double this[string ion] => _shares.GetValueOrDefault(ion);

    public bool Equals(SiteFractions? other) => other is not null && _shares.Count == other._shares.Count && _shares.All(one => other._shares.TryGetValue(one.Key, out var share) && share == one.Value);
    public override bool Equals(object? other) => Equals(other as SiteFractions);
    public override int GetHashCode() => _shares.Aggregate(0, (hash, one) => HashCode.Combine(hash, one.Key, one.Value));
    public IEnumerator<KeyValuePair<string, double>> GetEnumerator() => _shares.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    sealed class Converter : JsonConverter<SiteFractions>
    {
        public override SiteFractions Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<Dictionary<string, double>>(ref reader, options) ?? []);

        public override void Write(Utf8JsonWriter writer, SiteFractions value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.ToDictionary(), options);
    }
}

/// <summary>Shares of ions inside a question to the database.</summary>
public static class FractionSql
{
    /// <summary>The share of an ion as text; null where it is not in it. Ask <c>Convert.ToDouble(FractionSql.Part(batch.Fractions, "FA"))</c>.</summary>
    /// <remarks>jsonb_extract_path_text of PostgreSQL; can only stand in a query.</remarks>
    public static string? Part(SiteFractions fractions, string ion) => throw new NotSupportedException("This is asked of the database only.");
}
