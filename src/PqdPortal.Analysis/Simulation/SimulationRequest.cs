using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Simulation;

/// <summary>Options of a simulation from and to the JSON of a request, by the names and units of their attributes.</summary>
public static class SimulationRequest
{
    sealed record Entry(PropertyInfo Property, ParameterAttribute Parameter, RangeAttribute? Range, AllowedValuesAttribute? Allowed, bool Later);

    static readonly Entry[] Entries = [.. typeof(SimulationOptions).GetProperties()
        .Select(p => (Property: p, Parameter: p.GetCustomAttribute<ParameterAttribute>()))
        .Where(p => p.Parameter is not null)
        .Select(p => new Entry(p.Property, p.Parameter!,
            p.Property.GetCustomAttribute<RangeAttribute>(), p.Property.GetCustomAttribute<AllowedValuesAttribute>(),
            p.Property.IsDefined(typeof(LaterAttribute))))];

    /// <summary>Reads a request. Absent parameters take their defaults.</summary>
    /// <exception cref="RequestException">It is no JSON object, names an unknown parameter, or a value does not fit.</exception>
    public static SimulationOptions Parse(string json)
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (node is JsonObject request) return Parse(request);
        }
        catch (JsonException e)
        {
            throw new RequestException($"The request is not valid JSON (line {e.LineNumber + 1}): expected an object such as {{\"kind\": \"two_level\"}}.");
        }
        catch (ArgumentException e) when (e is not ArgumentOutOfRangeException)
        {
            throw new RequestException("The request names a parameter twice.");
        }

        throw new RequestException("The request must be a JSON object such as {\"kind\": \"two_level\", \"duration_s\": 10}.");
    }

    /// <inheritdoc cref="Parse(string)"/>
    public static SimulationOptions Parse(JsonObject request)
    {
        var options = new SimulationOptions();
        foreach (var (name, value) in request)
        {
            // The same request may be handed to "analyze", which needs this key.
            if (name == "analysis" && value is JsonValue text && text.TryGetValue<string>(out var key) && key == "sim.photons") continue;

            var entry = Entries.FirstOrDefault(e => e.Parameter.Name == name)
                ?? throw new RequestException(
                    $"The simulator has no parameter \"{name}\". It knows: {string.Join(", ", Entries.Select(e => e.Parameter.Name))}.");
            if (value is null) continue;
            entry.Property.SetValue(options, Read(entry, value));
        }

        return options;
    }

    /// <summary>All parameters, defaults included, by contract name and in contract units.</summary>
    public static JsonObject Write(SimulationOptions options) => Write(options, Entries);

    /// <summary>What tells one file from another: all parameters, but of those that came later only what is not their default.</summary>
    public static JsonObject Identity(SimulationOptions options)
    {
        var defaults = new SimulationOptions();
        return Write(options, Entries.Where(entry => !entry.Later || !Equals(entry.Property.GetValue(options), entry.Property.GetValue(defaults))));
    }

    static JsonObject Write(SimulationOptions options, IEnumerable<Entry> entries)
    {
        var json = new JsonObject();
        foreach (var entry in entries)
            json[entry.Parameter.Name] = entry.Property.GetValue(options) switch
            {
                double x => Outside(x, entry.Parameter.Scale),
                double[] list => new JsonArray([.. list.Select(x => (JsonNode)Outside(x, entry.Parameter.Scale))]),
                int[] list => new JsonArray([.. list.Select(i => (JsonNode)i)]),
                int i => i,
                long i => i,
                string text => text,
                _ => null,
            };
        return json;
    }

    // 8e-9 s over 1e-9 s is 8.000000000000002: a request should read back as it was written.
    static double Outside(double value, double scale) =>
        double.Parse((value / scale).ToString("G15", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    static object Read(Entry entry, JsonNode value)
    {
        var type = Nullable.GetUnderlyingType(entry.Property.PropertyType) ?? entry.Property.PropertyType;
        if (type == typeof(string)) return Text(entry, value);
        if (type == typeof(double)) return Number(entry, value);
        if (type == typeof(int)) return (int)Integer(entry, value, int.MaxValue);
        if (type == typeof(long)) return Integer(entry, value, long.MaxValue);

        // A list may be given as its only value.
        var items = value is JsonArray array ? [.. array] : new JsonNode?[] { value };
        var most = entry.Property.Name == nameof(SimulationOptions.IrfCounts) ? 65_536 : 64;
        if (items.Length is 0 || items.Length > most)
            throw new RequestException($"{entry.Parameter.Name} must be a list of 1 to {most} values.");
        return type == typeof(int[])
            ? items.Select(i => (int)Integer(entry, i, int.MaxValue)).ToArray()
            : items.Select(i => Number(entry, i)).ToArray();
    }

    static string Text(Entry entry, JsonNode value)
    {
        if (value is not JsonValue v || !v.TryGetValue<string>(out var text))
            throw new RequestException($"{entry.Parameter.Name} must be a text.");
        if (entry.Allowed is { } allowed && !allowed.Values.Contains(text))
            throw new RequestException($"{entry.Parameter.Name} is \"{text}\"; it must be one of {string.Join(", ", allowed.Values)}.");
        var longest = entry.Property.Name == nameof(SimulationOptions.Scheme) ? 4000 : 500;
        if (text.Length > longest)
            throw new RequestException($"{entry.Parameter.Name} is longer than {longest} characters.");
        return text;
    }

    static double Number(Entry entry, JsonNode? value)
    {
        if (value is not JsonValue v || v.GetValueKind() != JsonValueKind.Number || !double.TryParse(
                v.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
            throw new RequestException($"{entry.Parameter.Name} must be a number{Unit(entry)}.");

        var inside = number * entry.Parameter.Scale;
        if (entry.Range is { } range)
        {
            var (min, max) = (Convert.ToDouble(range.Minimum), Convert.ToDouble(range.Maximum));
            // A limit itself, written in the outside unit, may miss by a rounding.
            if (inside < min - 1e-12 * Math.Abs(min) || inside > max + 1e-12 * Math.Abs(max))
                throw new RequestException(
                    $"{entry.Parameter.Name} is {Show(number)}; it must lie between {Show(Outside(min, entry.Parameter.Scale))} and {Show(Outside(max, entry.Parameter.Scale))}{Unit(entry)}.");
        }

        return inside;
    }

    static long Integer(Entry entry, JsonNode? value, long largest)
    {
        if (value is JsonValue v && v.GetValueKind() == JsonValueKind.Number
            && long.TryParse(v.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            // RangeAttribute holds doubles where its limits are beyond 32 bits, and rounds the largest 64-bit number up.
            var min = entry.Range is null ? 0 : Convert.ToDouble(entry.Range.Minimum);
            var max = entry.Range is null ? largest : Convert.ToDouble(entry.Range.Maximum);
            if (number >= min && number <= max && number <= largest) return number;
            throw new RequestException($"{entry.Parameter.Name} is {number}; it must lie between {Show(min)} and {Show(Math.Min(max, largest))}.");
        }

        throw new RequestException($"{entry.Parameter.Name} must be a whole number.");
    }

    static string Unit(Entry entry) => entry.Parameter.Unit is { Length: > 0 } unit ? $" {unit}" : "";

    static string Show(double x) => x.ToString("G6", CultureInfo.InvariantCulture);
}
