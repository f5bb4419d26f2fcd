using System.CommandLine;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Conversion;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd convert FILE --to FORMAT --out FILE: the same events, counts or pixels in another format.</summary>
public static class ConvertCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "An instrument file; its name does not matter." };
        var to = new Option<string>("--to") { Description = $"The format to write: {string.Join(", ", Converter.Names)}.", Required = true };
        var output = new Option<string>("--out") { Description = "The file to write; one that exists is never overwritten.", Required = true };
        var command = new Command("convert", "Write what a file holds in another format, without loss.") { file, to, output };
        command.SetAction((parse, stop) => Task.FromResult(Run(parse, parse.GetRequiredValue(file), parse.GetRequiredValue(to), parse.GetRequiredValue(output), stop)));
        return command;
    }

    static int Run(ParseResult parse, string path, string to, string outPath, CancellationToken stop)
    {
        var target = Converter.Find(to);
        var folder = Path.GetDirectoryName(Path.GetFullPath(outPath))!;
        if (!Directory.Exists(folder))
            throw new RequestException($"There is no folder {folder}. Make it first, or choose another place for --out.");
        if (Directory.Exists(outPath)) throw new RequestException($"{outPath} is a folder; --out names the file to write.");
        if (File.Exists(outPath)) throw new RequestException($"{outPath} exists already and is not overwritten. Choose another name for --out, or move that file away.");

        using var stream = InputFile.Open(path);
        var measurement = Formats.Open(stream, InputFile.Beside(path));
        var note = new ConversionNote
        {
            SourceName = Path.GetFileName(path),
            Name = Path.GetFileName(outPath),
            Software = Software.Name,
            Created = DateTime.UtcNow,
        };
        // A conversion that is stopped or refused leaves no half file under the wanted name.
        var part = Path.Combine(folder, $".{Guid.NewGuid():n}.part");
        IReadOnlyList<string> told;
        try
        {
            told = Converter.Write(measurement, target, part, note, null, stop);
            if (File.Exists(outPath)) throw new RequestException($"{outPath} appeared meanwhile and is not overwritten. Choose another name for --out.");
            File.Move(part, outPath, overwrite: false);
        }
        finally
        {
            File.Delete(part);
        }

        var console = parse.InvocationConfiguration.Output;
        var bytes = new FileInfo(outPath).Length;
        if (parse.GetValue(CommandLine.Json))
            console.WriteLine(JsonText.Write(new JsonObject
            {
                ["file"] = Path.GetFileName(path),
                ["format"] = measurement.Format,
                ["kind"] = measurement.Kind,
                ["out"] = outPath,
                ["bytes"] = bytes,
                ["messages"] = new JsonArray([.. told.Select(message => (JsonNode)message)]),
            }));
        else
        {
            console.WriteLine(FormattableString.Invariant($"{outPath}: {bytes:N0} bytes, from {measurement.Format}."));
            foreach (var message in told) console.WriteLine("  " + message);
        }
        return CommandLine.Success;
    }
}
