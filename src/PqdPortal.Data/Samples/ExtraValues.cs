using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PqdPortal.Data.Samples;

/// <summary>The kinds of record that a template can ask extra fields of.</summary>
public enum RecordKind { Batch, Sample, Dot, Run }

/// <summary>What an extra field holds.</summary>
public enum ExtraType
{
    [JsonStringEnumMemberName("number")] Number,
    [JsonStringEnumMemberName("text")] Text,
    [JsonStringEnumMemberName("choice")] Choice,
    [JsonStringEnumMemberName("date")] Date,
    [JsonStringEnumMemberName("yes-no")] YesNo,
}

/// <summary>A record that can hold values of fields that its template asks for.</summary>
public interface IHasExtra
{
    ExtraValues Extra { get; set; }
}

/// <summary>
/// One value of an extra field, with all that is needed to read it later: its name, type and unit as they were when it was recorded, and
/// the template that asked for it. A template that changes, or goes, takes nothing of it away.
/// </summary>
public sealed record ExtraValue
{
    [JsonPropertyName("name")] public required string Name { get; init; }
    [JsonPropertyName("type")] public required ExtraType Type { get; init; }
    [JsonPropertyName("unit"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Unit { get; init; }

    /// <summary>The template that asked for it, and what it was called then.</summary>
    [JsonPropertyName("template"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Guid? Template { get; init; }
    [JsonPropertyName("from"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? From { get; init; }

    // Exactly one of these four is set, by the type: a text and a choice share the second.
    [JsonPropertyName("n"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? Number { get; init; }
    [JsonPropertyName("t"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Text { get; init; }
    [JsonPropertyName("d"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public DateOnly? Day { get; init; }
    [JsonPropertyName("b"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Is { get; init; }

    /// <summary>The value without its unit, as it would be typed.</summary>
    [JsonIgnore] public string Plain => Type switch
    {
        ExtraType.Number => Number?.ToString("R", CultureInfo.InvariantCulture) ?? "",
        ExtraType.Date => Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "",
        ExtraType.YesNo => Is switch { true => "yes", false => "no", null => "" },
        _ => Text ?? "",
    };

    /// <summary>The value with its unit, as people read it.</summary>
    public override string ToString() => Unit is null || Plain.Length == 0 ? Plain : $"{Plain} {Unit}";
}

/// <summary>The extra values of one record, by the key of their field. Never changed in place; two are equal where they say the same.</summary>
[JsonConverter(typeof(Converter))]
public sealed class ExtraValues : IEnumerable<KeyValuePair<string, ExtraValue>>, IEquatable<ExtraValues>
{
    public static ExtraValues None { get; } = new([]);

    /// <summary>Most values of one record.</summary>
    public const int Most = 200;

    readonly ImmutableSortedDictionary<string, ExtraValue> _values;

    public ExtraValues(IEnumerable<KeyValuePair<string, ExtraValue>> values) => _values = values.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public int Count => _values.Count;
    public IEnumerable<string> Keys => _values.Keys;

    /// <summary>The value of a field; null where it is not recorded.</summary>
    public ExtraValue? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>The same values with one of them set, or taken away where null.</summary>
    public ExtraValues With(string key, ExtraValue? value) => new(value is null ? _values.Remove(key) : _values.SetItem(key, value));

    public bool Equals(ExtraValues? other) => other is not null && _values.Count == other._values.Count && _values.All(one => Equals(one.Value, other[one.Key]));
    public override bool Equals(object? other) => Equals(other as ExtraValues);
    public override int GetHashCode() => _values.Aggregate(0, (hash, one) => HashCode.Combine(hash, one.Key, one.Value));
    public IEnumerator<KeyValuePair<string, ExtraValue>> GetEnumerator() => _values.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    public override string ToString() => string.Join("; ", _values.Values.Select(value => $"{value.Name} {value}"));

    sealed class Converter : JsonConverter<ExtraValues>
    {
        public override ExtraValues Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<Dictionary<string, ExtraValue>>(ref reader, options) ?? []);

        public override void Write(Utf8JsonWriter writer, ExtraValues value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.ToDictionary(), options);
    }
}

/// <summary>Extra values inside a question to the database.</summary>
public static class ExtraSql
{
    /// <summary>One part of one extra value as text: n of a number, t of a text or choice, d of a date, b of yes or no; null where it is not recorded.</summary>
    /// <remarks>jsonb_extract_path_text of PostgreSQL; can only stand in a query.</remarks>
    public static string? Part(ExtraValues extra, string key, string part) => throw new NotSupportedException("This is asked of the database only.");
}
