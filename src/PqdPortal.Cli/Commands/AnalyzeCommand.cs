using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd analyze REQUEST.json: computes an analysis of the catalogue and tells its report.</summary>
public static class AnalyzeCommand
{
    public static Command Create()
    {
        var request = new Argument<string[]>("REQUEST") { Description = "A JSON file with \"analysis\", \"inputs\" and \"parameters\"; paths are relative to it. Of several requests those about the same file read it once.", Arity = ArgumentArity.ZeroOrMore };
        var list = new Option<bool>("--list") { Description = "Print all analyses with their inputs, parameters and outputs." };
        var folder = new Option<string?>("--out") { Description = "Also write every curve as CSV and SVG, and the result as JSON, into this folder." };
        var timing = new Option<bool>("--timing") { Description = "Time the counting part, from opening the file to the finished counts." };
        var repeat = new Option<int>("--repeat") { Description = "How often to time it.", DefaultValueFactory = _ => 5 };
        var threads = new Option<int>("--threads") { Description = "How many threads may work; 0 for all.", DefaultValueFactory = _ => 0 };
        var command = new Command("analyze", "Compute an analysis of a file.") { request, list, folder, timing, repeat, threads, FileChoices.TimeUnit, FileChoices.Layout };
        command.SetAction(parse =>
        {
            var json = parse.GetValue(CommandLine.Json);
            var output = parse.InvocationConfiguration.Output;
            if (parse.GetValue(list))
            {
                output.Write(json ? JsonText.Write(CatalogueJson()) + "\n" : CatalogueText());
                return CommandLine.Success;
            }

            if (parse.GetValue(request) is not { Length: > 0 } paths)
                throw new RequestException("Name a request file, or ask for the catalogue with --list. See pqd analyze --help.");
            if (parse.GetValue(repeat) < 1) throw new RequestException("--repeat should be at least 1.");
            if (parse.GetValue(threads) < 0) throw new RequestException("--threads should be 0 (all) or more.");
            if (paths is [var path])
            {
                Run(AnalysisRequest.Read(path), of => FileChoices.Of(parse, of), output, json, parse.GetValue(folder), parse.GetValue(timing) ? parse.GetValue(repeat) : 0, parse.GetValue(threads));
                return CommandLine.Success;
            }

            if (parse.GetValue(timing)) throw new RequestException("--timing takes one request at a time.");
            return RunTogether(paths, of => FileChoices.Of(parse, of), output, parse.InvocationConfiguration.Error, json, parse.GetValue(folder), parse.GetValue(threads));
        });
        return command;
    }

    static void Run(AnalysisRequest request, Func<string, ReadingChoices> choices, TextWriter output, bool json, string? folder, int repeat, int threads)
    {
        var extra = new JsonObject();
        // Timed before the hashes are taken and the fits begin, so that the memory told is that of counting.
        if (repeat > 0) extra["timing"] = Time(request, choices, repeat, threads);

        var report = WithInputs(Opened(request, choices, threads, request.Kind.Compute), request);

        var bytes = ReportJson.Bytes(report, Software.Name, indented: true, extra);
        if (folder is not null) WriteFolder(folder, report, bytes);
        output.Write(json ? System.Text.Encoding.UTF8.GetString(bytes) + "\n" : Text(report, request.Kind, extra["timing"] as JsonObject));
    }

    static AnalysisReport WithInputs(AnalysisReport report, AnalysisRequest request) => report with
    {
        Inputs = [.. request.Kind.Inputs.Where(input => request.Inputs.ContainsKey(input.Name))
            .Select(input => new ReportInput(input.Name, request.Inputs[input.Name], Sha256(request.PathOf(input.Name))))],
    };

    /// <summary>Several requests at once: every file that several of them are about is opened, read and decoded once for all of them.</summary>
    /// <returns>The exit code: that of the first request that came to nothing, or success.</returns>
    static int RunTogether(string[] paths, Func<string, ReadingChoices> choices, TextWriter output, TextWriter error, bool json, string? folder, int threads)
    {
        var requests = paths.Select(AnalysisRequest.Read).ToArray();
        var names = paths.Select(path => Path.GetFileNameWithoutExtension(path)).ToArray();
        if (folder is not null && names.Distinct().Count() < names.Length)
            throw new RequestException("With --out each request needs a file name of its own: it names the folder of its result.");
        var streams = new List<Stream>();
        var firsts = new Dictionary<string, Measurement>();
        try
        {
            var calls = requests.Select(request => (request.Kind, new AnalysisCall(request.Inputs.Keys.ToDictionary(name => name, name =>
            {
                var path = request.PathOf(name);
                if (name != request.Kind.Inputs[0].Name) return Open(path);
                return firsts.TryGetValue(Path.GetFullPath(path), out var open) ? open : firsts[Path.GetFullPath(path)] = Open(path);
            }), request.Parameters) { Threads = threads })).ToArray();
            var exit = CommandLine.Success;
            var all = new JsonArray();
            foreach (var ((report, trouble), k) in AnalysesTogether.Compute(calls).Select((one, k) => (one, k)))
            {
                if (trouble is not null)
                {
                    var (code, message, words) = CommandLine.Words(trouble);
                    words.Insert(0, "analysis", requests[k].Kind.Key);
                    error.WriteLine($"pqd: {paths[k]}: {message}");
                    all.Add(words);
                    if (exit == CommandLine.Success) exit = code;
                    continue;
                }

                var whole = WithInputs(report!, requests[k]);
                var bytes = ReportJson.Bytes(whole, Software.Name, indented: true);
                if (folder is not null) WriteFolder(Path.Combine(folder, names[k]), whole, bytes);
                if (json) all.Add(JsonNode.Parse(bytes));
                else output.Write(Text(whole, requests[k].Kind, null) + "\n");
            }
            if (json) output.WriteLine(JsonText.Write(all));
            return exit;
        }
        finally
        {
            foreach (var stream in streams) stream.Dispose();
        }

        Measurement Open(string path)
        {
            streams.Add(InputFile.Open(path));
            return Formats.Open(streams[^1], choices(path));
        }
    }

    static T Opened<T>(AnalysisRequest request, Func<string, ReadingChoices> choices, int threads, Func<AnalysisCall, T> work)
    {
        var streams = new List<Stream>();
        try
        {
            var measurements = new Dictionary<string, Measurement>();
            foreach (var (name, _) in request.Inputs)
            {
                var stream = InputFile.Open(request.PathOf(name));
                streams.Add(stream);
                measurements[name] = Formats.Open(stream, choices(request.PathOf(name)));
            }

            return work(new(measurements, request.Parameters) { Threads = threads });
        }
        finally
        {
            foreach (var stream in streams) stream.Dispose();
        }
    }

    static JsonObject Time(AnalysisRequest request, Func<string, ReadingChoices> choices, int repeat, int threads)
    {
        if (request.Kind.Count is not { } count)
            throw new RequestException($"{request.Kind.Key} has no counting part that could be timed.");
        var (walls, cpus) = (new List<double>(), new List<double>());
        long photons = 0;
        var process = Process.GetCurrentProcess();
        for (var n = 0; n < repeat; n++)
        {
            process.Refresh();
            var cpu = process.TotalProcessorTime;
            var wall = Stopwatch.GetTimestamp();
            photons = Opened(request, choices, threads, count);
            walls.Add(Stopwatch.GetElapsedTime(wall).TotalSeconds);
            process.Refresh();
            cpus.Add((process.TotalProcessorTime - cpu).TotalSeconds);
        }

        process.Refresh();
        var median = Median(walls);
        return new()
        {
            ["photons"] = photons,
            ["wall_s"] = median,
            ["cpu_s"] = Median(cpus),
            ["photons_per_s"] = median > 0 ? photons / median : null,
            ["peak_rss_mb"] = process.PeakWorkingSet64 / 1048576.0,
            ["threads"] = threads > 0 ? threads : Environment.ProcessorCount,
            ["repeats"] = repeat,
        };
    }

    static double Median(List<double> values)
    {
        values.Sort();
        var middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
    }

    static string Sha256(string path)
    {
        using var stream = InputFile.Open(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    static void WriteFolder(string folder, AnalysisReport report, byte[] json)
    {
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, "result.json"), [.. json, (byte)'\n']);
            foreach (var curve in report.Curves)
            {
                var name = string.Concat(curve.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '_'));
                File.WriteAllText(Path.Combine(folder, name + ".csv"), CurveCsv.Of(curve));
                var subject = report.Inputs.Count > 0 ? Path.GetFileName(report.Inputs[0].File) : "";
                File.WriteAllText(Path.Combine(folder, name + ".svg"), SvgFigure.Of(curve, $"{curve.Name} — {subject}"));
            }
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new RequestException($"The folder {folder} cannot be written: {trouble.Message}");
        }
    }

    static string Text(AnalysisReport report, AnalysisKind kind, JsonObject? timing)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        text.WriteLine($"{kind.Title} ({report.Analysis}, version {report.Version})");
        foreach (var input in report.Inputs) text.WriteLine($"{input.Name}: {input.File}");
        text.WriteLine();
        var width = report.Quantities.Select(q => q.Name.Length).DefaultIfEmpty(0).Max();
        foreach (var q in report.Quantities)
        {
            var unit = q.Unit is "1" or "text" ? "" : " " + q.Unit;
            var value = q.Text ?? (q.Value is { } v ? v.ToString("G6", CultureInfo.InvariantCulture) : "not given");
            var sigma = q.Sigma is { } s ? $" +- {s.ToString("G3", CultureInfo.InvariantCulture)}" : "";
            var flags = q.Flags.Count > 0 ? $"   [{string.Join(", ", q.Flags)}]" : "";
            text.WriteLine($"  {q.Name.PadRight(width)}  {value}{sigma}{(q.Value is null ? "" : unit)}{flags}");
        }

        text.WriteLine();
        foreach (var verdict in report.Verdicts) text.WriteLine($"  {verdict.Name}: {verdict.Value}. {verdict.Why}");
        if (report.Messages.Count > 0) text.WriteLine();
        foreach (var message in report.Messages)
            text.WriteLine($"  {(message.Item is { } item ? $"{item}: " : "")}{message.Code}{(message.Position is { } at ? $" at character {at}" : "")}: {message.Text}");
        if (timing is not null)
        {
            text.WriteLine();
            text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  counting: {(long)timing["photons"]!} photons in {(double)timing["wall_s"]! * 1e3:F1} ms (cpu {(double)timing["cpu_s"]! * 1e3:F1} ms), {(double)(timing["photons_per_s"] ?? 0)! / 1e6:F1} million a second, peak {(double)timing["peak_rss_mb"]!:F0} MB"));
        }

        return text.ToString();
    }

    static JsonObject CatalogueJson() => new()
    {
        ["analyses"] = new JsonArray([.. AnalysisCatalogue.All.Select(kind => (JsonNode)new JsonObject
        {
            ["key"] = kind.Key,
            ["version"] = kind.Version,
            ["title"] = kind.Title,
            ["question"] = kind.Question,
            ["inputs"] = new JsonArray([.. kind.Inputs.Select(input => (JsonNode)new JsonObject
            {
                ["name"] = input.Name, ["title"] = input.Title, ["required"] = input.Required,
            })]),
            ["parameters"] = new JsonArray([.. kind.Parameters.Select(ParameterJson), .. kind.TakesFile ? [SelectionJson()] : Array.Empty<JsonNode>()]),
            ["outputs"] = new JsonArray([.. kind.Outputs.Select(o => (JsonNode)new JsonObject
            {
                ["name"] = o.Name, ["type"] = o.Type, ["unit"] = o.Unit, ["meaning"] = o.Meaning,
            })]),
        })]),
    };

    static JsonNode ParameterJson(ParameterSpec parameter) => new JsonObject
    {
        ["name"] = parameter.Name, ["title"] = parameter.Title, ["description"] = parameter.Description,
        ["type"] = parameter.Type, ["unit"] = parameter.Unit, ["min"] = parameter.Min, ["max"] = parameter.Max,
        ["choices"] = parameter.Choices.Count == 0 ? null : new JsonArray([.. parameter.Choices.Select(c => (JsonNode)c)]),
        ["default"] = parameter.Default?.DeepClone(),
    };

    static JsonNode SelectionJson() => new JsonObject
    {
        ["name"] = SelectionForm.Name, ["title"] = "Selection", ["description"] = SelectionMeaning, ["type"] = "object", ["unit"] = "",
        ["fields"] = new JsonArray([.. SelectionForm.Fields.Select(ParameterJson)]), ["default"] = null,
    };

    const string SelectionMeaning = "Which part of the photons it is about; times in the result count from its beginning.";

    static string ParameterText(ParameterSpec p)
    {
        var range = p is { Min: { } min, Max: { } max } ? string.Create(CultureInfo.InvariantCulture, $", {min} to {max}") : "";
        var choices = p.Choices.Count > 0 ? ", " + string.Join(" | ", p.Choices) : "";
        return $"{p.Name} ({p.Type}{(p.Unit is "" or "1" ? "" : ", " + p.Unit)}{range}{choices}; default {p.Default?.ToJsonString() ?? "none"}): {p.Description}";
    }

    static string CatalogueText()
    {
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        foreach (var kind in AnalysisCatalogue.All)
        {
            text.WriteLine($"{kind.Key}: {kind.Title} (version {kind.Version})");
            text.WriteLine($"  {kind.Question}");
            text.WriteLine(kind.TakesFile ? "  inputs" : "  inputs: none, the parameters say all");
            foreach (var input in kind.Inputs) text.WriteLine($"    {input.Name}: {input.Title}{(input.Required ? "" : " (optional)")}");
            text.WriteLine("  parameters");
            foreach (var p in kind.Parameters) text.WriteLine("    " + ParameterText(p));
            if (kind.TakesFile)
            {
                text.WriteLine($"    {SelectionForm.Name} (object; default none): {SelectionMeaning}");
                foreach (var field in SelectionForm.Fields) text.WriteLine("      " + ParameterText(field));
            }

            text.WriteLine("  outputs");
            foreach (var o in kind.Outputs) text.WriteLine($"    {o.Name} ({o.Type}{(o.Unit is "" or "1" ? "" : ", " + o.Unit)}): {o.Meaning}");
            text.WriteLine();
        }

        return text.ToString();
    }
}
