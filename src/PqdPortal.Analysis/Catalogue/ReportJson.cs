using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>
/// The report as contract JSON, and back. The same report gives the same bytes; numbers are written in the shortest form
/// that reads back equal; NaN and infinity are written as null.
/// </summary>
public static class ReportJson
{
    static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    static readonly JsonWriterOptions Indented = Compact with { Indented = true, NewLine = "\n" };

    /// <summary>The report as UTF-8 bytes.</summary>
    /// <param name="software">Program, version and commit, such as "PqdPortal 0.1.0+1a2b3c".</param>
    /// <param name="extra">Further fields after the report's own, such as "timing".</param>
    public static byte[] Bytes(AnalysisReport report, string software, bool indented = false, JsonObject? extra = null)
    {
        using var stream = new MemoryStream();
        Write(stream, report, software, indented, extra);
        return stream.ToArray();
    }

    /// <summary>Writes the report to a stream as UTF-8.</summary>
    public static void Write(Stream to, AnalysisReport report, string software, bool indented = false, JsonObject? extra = null)
    {
        using var json = new Utf8JsonWriter(to, indented ? Indented : Compact);
        json.WriteStartObject();
        json.WriteString("analysis", report.Analysis);
        json.WriteNumber("version", report.Version);
        json.WriteString("software", software);

        json.WriteStartArray("inputs");
        foreach (var input in report.Inputs)
        {
            json.WriteStartObject();
            json.WriteString("name", input.Name);
            json.WriteString("file", input.File);
            json.WriteString("sha256", input.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WritePropertyName("parameters");
        report.Parameters.WriteTo(json);

        json.WriteStartObject("quantities");
        foreach (var quantity in report.Quantities) WriteQuantity(json, quantity);
        json.WriteEndObject();

        json.WriteStartObject("verdicts");
        foreach (var verdict in report.Verdicts)
        {
            json.WriteStartObject(verdict.Name);
            json.WriteString("value", verdict.Value);
            json.WriteString("why", verdict.Why);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("messages");
        foreach (var message in report.Messages)
        {
            json.WriteStartObject();
            if (message.Item is { } item) json.WriteString("item", item);
            json.WriteString("code", message.Code);
            json.WriteString("text", message.Text);
            if (message.Position is { } position) json.WriteNumber("position", position);
            if (message.Suggestion is { } suggestion) json.WriteString("suggestion", suggestion);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("curves");
        foreach (var curve in report.Curves)
        {
            json.WriteStartObject(curve.Name);
            json.WritePropertyName("x");
            WriteSeries(json, curve.X);
            if (curve.Y is { } y)
            {
                json.WritePropertyName("y");
                WriteSeries(json, y);
            }

            if (curve.Fit is { } fit) WriteNumbers(json, "fit", fit);
            if (curve.More.Count > 0)
            {
                json.WriteStartObject("more");
                foreach (var (name, series) in curve.More.OrderBy(more => more.Key, StringComparer.Ordinal))
                {
                    json.WritePropertyName(name);
                    WriteSeries(json, series);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        foreach (var (name, value) in extra ?? [])
        {
            json.WritePropertyName(name);
            if (value is null) json.WriteNullValue();
            else value.WriteTo(json);
        }

        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">It is not a report.</exception>
    public static AnalysisReport Read(Stream from) => Read(JsonNode.Parse(from));

    /// <inheritdoc cref="Read(Stream)"/>
    public static AnalysisReport Read(ReadOnlySpan<byte> utf8) => Read(JsonNode.Parse(utf8));

    static AnalysisReport Read(JsonNode? json)
    {
        if (json is not JsonObject report || report["analysis"] is null || report["version"] is null)
            throw new JsonException("This is not an analysis report.");
        return new(Text(report["analysis"])!, report["version"]!.GetValue<int>())
        {
            Inputs = [.. Items(report["inputs"]).Select(input => new ReportInput(
                Text(input["name"]) ?? "", Text(input["file"]) ?? "", Text(input["sha256"]) ?? ""))],
            Parameters = report["parameters"]?.DeepClone() as JsonObject ?? [],
            Quantities = [.. Named(report["quantities"]).Select(named => ReadQuantity(named.Key, named.Value))],
            Verdicts = [.. Named(report["verdicts"]).Select(named => new Verdict(
                named.Key, Text(named.Value["value"]) ?? "", Text(named.Value["why"]) ?? ""))],
            Messages = [.. Items(report["messages"]).Select(message => new Message(
                Text(message["code"]) ?? "", Text(message["text"]) ?? "") 
            {
                Item = Text(message["item"]),
                Position = message["position"]?.GetValue<int>(),
                Suggestion = Text(message["suggestion"]),
            })],
            Curves = [.. Named(report["curves"]).Select(named => new Curve(
                named.Key, ReadSeries(named.Value["x"])!, ReadSeries(named.Value["y"]))
            {
                Fit = Numbers(named.Value["fit"]),
                More = Named(named.Value["more"]).ToDictionary(more => more.Key, more => ReadSeries(more.Value)!),
            })],
        };
    }

    static void WriteQuantity(Utf8JsonWriter json, Quantity quantity)
    {
        json.WriteStartObject(quantity.Name);
        if (quantity.Text is { } text) json.WriteString("value", text);
        else WriteNumber(json, "value", quantity.Value);
        if (quantity.Unit != "text")
        {
            WriteNumber(json, "sigma", quantity.Sigma);
            WriteNumber(json, "lo95", quantity.Lo95);
            WriteNumber(json, "hi95", quantity.Hi95);
        }

        json.WriteString("unit", quantity.Unit);
        if (quantity.N is { } n) json.WriteNumber("n", n);
        else json.WriteNull("n");
        json.WriteString("method", quantity.Method);
        json.WriteString("grade", quantity.Grade switch { Grade.Ok => "ok", Grade.Warn => "warn", _ => "refused" });
        json.WriteStartArray("flags");
        foreach (var flag in quantity.Flags) json.WriteStringValue(flag);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static Quantity ReadQuantity(string name, JsonNode json)
    {
        var text = json["value"]?.GetValueKind() == JsonValueKind.String ? Text(json["value"]) : null;
        return new(name, text is null ? Number(json["value"]) : null, Number(json["sigma"]), Number(json["lo95"]),
            Number(json["hi95"]), Text(json["unit"]) ?? "1")
        {
            Text = text,
            N = json["n"]?.GetValue<long>(),
            Method = Text(json["method"]),
            Grade = Text(json["grade"]) switch { "warn" => Grade.Warn, "refused" => Grade.Refused, _ => Grade.Ok },
            Flags = [.. (json["flags"] as JsonArray ?? []).Select(flag => Text(flag) ?? "")],
        };
    }

    static void WriteSeries(Utf8JsonWriter json, Series series)
    {
        json.WriteStartObject();
        json.WriteString("name", series.Name);
        json.WriteString("unit", series.Unit);
        WriteNumbers(json, "values", series.Values);
        if (series.Sigma is { } sigma) WriteNumbers(json, "sigma", sigma);
        json.WriteEndObject();
    }

    static Series? ReadSeries(JsonNode? json) => json is null ? null
        : new(Text(json["name"]) ?? "", Text(json["unit"]) ?? "1", Numbers(json["values"]) ?? []) { Sigma = Numbers(json["sigma"]) };

    static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<double?> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            if (value is { } x && double.IsFinite(x)) json.WriteNumberValue(x);
            else json.WriteNullValue();
        }

        json.WriteEndArray();
    }

    static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } x && double.IsFinite(x)) json.WriteNumber(name, x);
        else json.WriteNull(name);
    }

    static double?[]? Numbers(JsonNode? json) => json is JsonArray list ? [.. list.Select(Number)] : null;

    static double? Number(JsonNode? json) => json?.GetValue<double>();

    static string? Text(JsonNode? json) => json?.GetValue<string>();

    static IEnumerable<JsonNode> Items(JsonNode? json) => (json as JsonArray ?? []).OfType<JsonNode>();

    static IEnumerable<KeyValuePair<string, JsonNode>> Named(JsonNode? json) =>
        (json as JsonObject ?? []).Where(pair => pair.Value is not null).Select(pair => KeyValuePair.Create(pair.Key, pair.Value!));
}
