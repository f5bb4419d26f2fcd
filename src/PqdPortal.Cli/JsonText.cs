using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PqdPortal.Cli;

/// <summary>How the command line writes JSON: indented, and readable as it stands.</summary>
public static class JsonText
{
    static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        // Nobody pastes this into a web page: "µ" may stay "µ".
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(JsonNode node) => node.ToJsonString(Options);
}
