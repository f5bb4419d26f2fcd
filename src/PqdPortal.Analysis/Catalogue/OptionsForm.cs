using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>
/// An options record as a form: its properties with a <see cref="ParameterAttribute"/> become parameters with contract
/// name, unit, range and default, and a JSON object of such parameters becomes a record.
/// </summary>
/// <remarks>
/// Range and Display stand in the inside unit (seconds), the form in the contract unit (ps, ns). Numbers pass through
/// unrounded; only defaults and ranges, which are converted outwards, are rounded to 12 digits so that 1e-9 s reads 1000 ps.
/// </remarks>
public static class OptionsForm<TOptions> where TOptions : class, new()
{
    static readonly IReadOnlyList<Field> Fields = ReadFields();

    /// <summary>The parameters in the record's order.</summary>
    public static IReadOnlyList<ParameterSpec> Parameters { get; } = [.. Fields.Select(field => field.Spec)];

    /// <summary>All parameters with defaults filled in, names sorted.</summary>
    /// <exception cref="RequestException">A name is unknown or a value cannot be used.</exception>
    public static JsonObject Complete(JsonObject parameters) => Bind(parameters).Parameters;

    /// <summary>The record that the parameters ask for, and all parameters with defaults filled in, names sorted.</summary>
    /// <exception cref="RequestException">A name is unknown or a value cannot be used.</exception>
    public static (TOptions Options, JsonObject Parameters) Bind(JsonObject parameters)
    {
        foreach (var (name, _) in parameters)
            if (name == "irf_file" && Fields.Any(field => field.Spec.Name == "irf_sigma_ps"))
                throw new RequestException(
                    "The measured response (\"irf_file\") is an input, not a parameter: name it beside \"file\". Or give the width of each detector's response as irf_sigma_ps, such as [180, 200], and their centres as irf_t0_ps where they differ.");
            else if (Fields.All(field => field.Spec.Name != name))
                throw new RequestException(
                    $"There is no parameter \"{name}\" here. Known are: {string.Join(", ", Fields.Select(field => field.Spec.Name))}.");

        var options = new TOptions();
        var complete = new JsonObject();
        foreach (var field in Fields.OrderBy(field => field.Spec.Name, StringComparer.Ordinal))
        {
            if (parameters[field.Spec.Name] is { } given)
            {
                var outside = Value(field.Spec, given);
                field.Property.SetValue(options, Inside(field, outside));
                complete[field.Spec.Name] = Json(outside);
            }
            else
            {
                complete[field.Spec.Name] = field.Spec.Default?.DeepClone();
            }
        }

        return (options, complete);
    }

    sealed record Field(PropertyInfo Property, ParameterSpec Spec, double Scale);

    static List<Field> ReadFields()
    {
        var defaults = new TOptions();
        var fields = new List<Field>();
        foreach (var property in typeof(TOptions).GetProperties())
        {
            if (property.GetCustomAttribute<ParameterAttribute>() is not { } parameter) continue;
            var display = property.GetCustomAttribute<DisplayAttribute>();
            var range = property.GetCustomAttribute<RangeAttribute>();
            var choices = property.GetCustomAttribute<AllowedValuesAttribute>()?.Values.OfType<string>().ToArray() ?? [];
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var form = choices.Length > 0 ? type == typeof(IReadOnlyList<string>) ? "choices" : "choice"
                : type == typeof(double) ? "number"
                : type == typeof(int) || type == typeof(long) ? "integer"
                : type == typeof(bool) ? "boolean"
                : type == typeof(string) ? "text"
                : type == typeof(IReadOnlyList<string>) ? "texts"
                : type.IsAssignableTo(typeof(IReadOnlyList<int>)) ? "integers"
                : type.IsAssignableTo(typeof(IReadOnlyList<double>)) ? "numbers"
                : throw new InvalidOperationException($"{typeof(TOptions).Name}.{property.Name} has a type that no form knows.");
            var spec = new ParameterSpec(
                parameter.Name, display?.GetName() ?? parameter.Name, display?.GetDescription() ?? "", form, parameter.Unit,
                range is null ? null : Outside(Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), parameter.Scale),
                range is null ? null : Outside(Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture), parameter.Scale),
                property.GetValue(defaults) switch
                {
                    null => null,
                    double x => Json(Outside(x, parameter.Scale)),
                    int x => Json((long)x),
                    IReadOnlyList<double> list => Json(list.Select(x => Outside(x, parameter.Scale)).ToArray()),
                    IReadOnlyList<int> list => Json(list.Select(x => (long)x).ToArray()),
                    IReadOnlyList<string> list => Json(list.ToArray()),
                    var other => Json(other),
                })
            {
                Choices = choices,
            };
            fields.Add(new(property, spec, parameter.Scale));
        }

        return fields;
    }

    /// <summary>To the contract's unit, without the dust of the division.</summary>
    static double Outside(double inside, double scale)
    {
        var x = inside / scale;
        if (x == 0 || !double.IsFinite(x)) return x;
        return double.Parse(x.ToString("G12", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    static object Inside(Field field, object outside) => outside switch
    {
        double x => x * field.Scale,
        double[] list => list.Select(x => x * field.Scale).ToArray(),
        long x when (Nullable.GetUnderlyingType(field.Property.PropertyType) ?? field.Property.PropertyType) == typeof(int) => (int)x,
        long[] list => list.Select(x => (int)x).ToArray(),
        _ => outside,
    };

    static JsonNode Json(object outside) => outside switch
    {
        double[] list => new JsonArray([.. list.Select(x => (JsonNode)x)]),
        long[] list => new JsonArray([.. list.Select(x => (JsonNode)x)]),
        string[] list => new JsonArray([.. list.Select(x => (JsonNode)x)]),
        double x => x,
        long x => x,
        bool x => x,
        string x => x,
        _ => throw new ArgumentException("a value of no form", nameof(outside)),
    };

    static object Value(ParameterSpec spec, JsonNode given)
    {
        switch (spec.Type)
        {
            case "number": return Number(spec, given);
            case "integer": return Integer(spec, given);
            case "numbers": return List(given).Select(item => Number(spec, item)).ToArray();
            case "integers": return List(given).Select(item => Integer(spec, item)).ToArray();
            case "choices":
                var words = List(given).Select(item => item?.GetValueKind() == JsonValueKind.String ? item.GetValue<string>() : null).ToArray();
                if (words.Length > 0 && words.All(spec.Choices.Contains)) return words;
                break;
            case "texts":
                var texts = List(given).Select(item => item?.GetValueKind() == JsonValueKind.String ? Text(spec, item) : null).ToArray();
                if (texts.All(text => text is not null)) return texts;
                break;
            case "boolean" when given.GetValueKind() is JsonValueKind.True or JsonValueKind.False: return given.GetValue<bool>();
            case "text" when given.GetValueKind() == JsonValueKind.String: return Text(spec, given);
            case "choice" when given.GetValueKind() == JsonValueKind.String:
                var word = given.GetValue<string>();
                if (spec.Choices.Contains(word)) return word;
                break;
        }

        throw Wrong(spec, given);
    }

    /// <summary>JSON can carry half a character, which is no text.</summary>
    static string Text(ParameterSpec spec, JsonNode given)
    {
        try
        {
            return given.GetValue<string>();
        }
        catch (InvalidOperationException)
        {
            throw new RequestException($"The parameter \"{spec.Name}\" has half a character in it (a lone surrogate). Write the text again.");
        }
    }

    /// <summary>A single value stands for a list of one.</summary>
    static IEnumerable<JsonNode?> List(JsonNode given) => given is JsonArray list ? list : Enumerable.Repeat<JsonNode?>(given, 1);

    static double Number(ParameterSpec spec, JsonNode? given)
    {
        if (given?.GetValueKind() != JsonValueKind.Number
            || !double.TryParse(given.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var x)
            || !double.IsFinite(x) || x < spec.Min || x > spec.Max)
            throw Wrong(spec, given);
        return x;
    }

    static long Integer(ParameterSpec spec, JsonNode? given)
    {
        var x = Number(spec, given);
        if (x != Math.Floor(x) || Math.Abs(x) > int.MaxValue) throw Wrong(spec, given);
        return (long)x;
    }

    static RequestException Wrong(ParameterSpec spec, JsonNode? given)
    {
        var expected = spec.Type switch
        {
            "number" => "a number",
            "integer" => "a whole number",
            "numbers" => "a list of numbers",
            "integers" => "a list of whole numbers",
            "boolean" => "true or false",
            "choice" => "one of " + string.Join(", ", spec.Choices),
            "texts" => "a list of texts",
            "choices" => "a list of " + string.Join(", ", spec.Choices),
            _ => "a text",
        };
        var unit = spec.Unit is "" or "1" or "text" ? "" : $" in {spec.Unit}";
        var range = (spec.Min, spec.Max) switch
        {
            ({ } min, { } max) => string.Create(CultureInfo.InvariantCulture, $" between {min} and {max}"),
            _ => "",
        };
        return new($"The parameter \"{spec.Name}\" should be {expected}{unit}{range}; found {given?.ToJsonString() ?? "null"}.");
    }
}
