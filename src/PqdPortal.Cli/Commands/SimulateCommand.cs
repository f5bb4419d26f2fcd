using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd simulate REQUEST.json --out FILE.ptu: photons with a known answer, and the answer beside them.</summary>
public static class SimulateCommand
{
    public static Command Create()
    {
        var request = new Argument<string>("REQUEST") { Description = "A JSON file that says what to simulate." };
        var output = new Option<string>("--out") { Description = "The PTU file to write; FILE.truth.json is written beside it.", Required = true };
        var command = new Command("simulate", "Simulate a photon stream of known truth and write it as a PTU file.") { request, output };
        command.SetAction((parse, stop) => Task.FromResult(Run(parse, parse.GetRequiredValue(request), parse.GetRequiredValue(output), stop)));
        return command;
    }

    static int Run(ParseResult parse, string requestPath, string outPath, CancellationToken stop)
    {
        using var request = InputFile.Open(requestPath);
        using var text = new StreamReader(request);
        var options = SimulationRequest.Parse(text.ReadToEnd());

        var folder = Path.GetDirectoryName(Path.GetFullPath(outPath))!;
        if (!Directory.Exists(folder))
            throw new RequestException($"There is no folder {folder}. Make it first, or choose another place for --out.");
        if (Directory.Exists(outPath)) throw new RequestException($"{outPath} is a folder; --out names the file to write.");
        if (Path.GetFullPath(requestPath) == Path.GetFullPath(outPath))
            throw new RequestException("--out names the request itself; choose another file.");

        // A run that is stopped or refused leaves no half file under the wanted name.
        var part = outPath + ".part";
        JsonObject truth;
        try
        {
            using (var output = new FileStream(part, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
                truth = SimulatedFile.Write(options, output, null, stop);
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
        else
        {
            var photons = truth["realised"]!["photons"]!.AsArray().Sum(n => n!.GetValue<long>());
            console.WriteLine($"{outPath}: {photons.ToString("N0", CultureInfo.InvariantCulture)} photons, simulated. The truth: {truthPath}");
        }

        return CommandLine.Success;
    }
}
