using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd simulate REQUEST.json --out FILE.ptu: photons with a known answer, and the answer beside them.</summary>
public static class SimulateCommand
{
    public static Command Create()
    {
        var request = new Argument<string>("REQUEST") { Description = "A JSON file that says what to simulate." };
        var output = new Option<string>("--out") { Description = "The PTU file to write, or a .csv table of counts for kind michelson; FILE.truth.json is written beside it.", Required = true };
        var command = new Command("simulate", "Simulate a photon stream of known truth and write it as a PTU file.") { request, output };
        command.SetAction((parse, stop) => Task.FromResult(Run(parse, parse.GetRequiredValue(request), parse.GetRequiredValue(output), stop)));
        return command;
    }

    static int Run(ParseResult parse, string requestPath, string outPath, CancellationToken stop)
    {
        using var request = InputFile.Open(requestPath);
        using var text = new StreamReader(request);
        var options = SimulationRequest.Parse(WithResponse(text.ReadToEnd(), requestPath));

        var folder = Path.GetDirectoryName(Path.GetFullPath(outPath))!;
        if (!Directory.Exists(folder))
            throw new RequestException($"There is no folder {folder}. Make it first, or choose another place for --out.");
        if (Directory.Exists(outPath)) throw new RequestException($"{outPath} is a folder; --out names the file to write.");
        if (Path.GetFullPath(requestPath) == Path.GetFullPath(outPath))
            throw new RequestException("--out names the request itself; choose another file.");

        var table = outPath.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

        // A run that is stopped or refused leaves no half file under the wanted name.
        var part = outPath + ".part";
        JsonObject truth;
        try
        {
            using (var output = new FileStream(part, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
                if (table)
                {
                    using var writer = new StreamWriter(output);
                    truth = SimulatedFile.WriteTable(options, writer, stop);
                }
                else truth = SimulatedFile.Write(options, output, null, stop);
            File.Move(part, outPath, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }

        var truthPath = Path.ChangeExtension(outPath, null) + ".truth.json";
        File.WriteAllText(truthPath, JsonText.Write(truth) + "\n");

        var console = parse.InvocationConfiguration.Output;
        if (parse.GetValue(CommandLine.Json)) console.WriteLine(JsonText.Write(truth));
        else if (table) console.WriteLine($"{outPath}: counts of an interferometer, simulated. The truth: {truthPath}");
        else
        {
            var photons = truth["realised"]!["photons"]!.AsArray().Sum(n => n!.GetValue<long>());
            console.WriteLine($"{outPath}: {photons.ToString("N0", CultureInfo.InvariantCulture)} photons, simulated. The truth: {truthPath}");
        }

        return CommandLine.Success;
    }

    /// <summary>Reads the measured response that a request names, relative to itself, into the request.</summary>
    static string WithResponse(string json, string requestPath)
    {
        JsonObject? request;
        try
        {
            request = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) as JsonObject;
            if (request is null || !request.ContainsKey("irf_file")) return json;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return json; // refused in words where it is parsed
        }

        if (request["irf_file"] is not JsonValue value || !value.TryGetValue<string>(out var name)) throw new RequestException("irf_file must be the name of a file.");
        if (request.ContainsKey("irf_counts")) throw new RequestException("Give either irf_file or irf_counts, not both.");
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(requestPath))!, name);
        using var file = InputFile.Open(path);
        if (Formats.Open(file, InputFile.Beside(path)) is not HistogramSet { Curves: var curves } || curves.FirstOrDefault(c => c.Sum > 0) is not { } curve)
            throw new RequestException($"{name} holds no decay with counts. irf_file names a measured instrument response, as a histogram.");
        if (curve.BinWidth is not { } bin) throw new RequestException($"{name} does not say how long its bins are. Give the response as irf_counts and irf_bin_ps.");
        request.Remove("irf_file");
        request["irf_counts"] = new JsonArray([.. curve.Counts.Select(n => (JsonNode)n)]);
        request["irf_bin_ps"] = bin * 1e12;
        return request.ToJsonString();
    }
}
