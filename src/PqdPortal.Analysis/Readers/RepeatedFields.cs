using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Readers;

/// <summary>Fields of a text header that may stand several times: the values become a list, in file order.</summary>
static class RepeatedFields
{
    public static void Keep(JsonObject header, string key, string value)
    {
        if (header[key] is JsonArray several) several.Add(value);
        else if (header[key] is JsonValue first) header[key] = new JsonArray(first.DeepClone(), value);
        else header[key] = value;
    }
}
