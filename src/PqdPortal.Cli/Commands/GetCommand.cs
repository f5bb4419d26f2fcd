using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Cli.Portal;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Client.Uploads;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd get RUN --result KEY: a result of a run with its curves, or the raw files as they were uploaded.</summary>
public static class GetCommand
{
    static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web);

    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "Id of a run, or the address of its page." };
        var result = new Option<string?>("--result") { Description = "Key of an analysis, such as g2.cw: its newest finished result.", HelpName = "KEY" };
        var folder = new Option<string?>("--out") { Description = "A folder for the report, its curves as CSV, or the raw files.", HelpName = "FOLDER" };
        var raw = new Option<bool>("--raw") { Description = "The files as they were uploaded; what broke off goes on from there." };
        var command = new Command("get", "Fetch a result of a run, or its raw files.") { run, result, folder, raw, PortalOption.Portal };
        command.SetAction(parse => PortalOption.Run(async stop =>
        {
            var id = IdOf(parse.GetRequiredValue(run));
            if (parse.GetValue(raw) && parse.GetValue(result) is not null) throw new RequestException("Either --result or --raw, not both: the one fetches numbers, the other files.");
            using var portal = Logins.Open(parse.GetValue(PortalOption.Portal));
            var record = await Found(portal, id, stop);
            if (parse.GetValue(raw)) return await Raw(parse, portal, record, parse.GetValue(folder) ?? ".", stop);
            return parse.GetValue(result) is { } key ? await Result(parse, portal, record, key, parse.GetValue(folder), stop) : Summary(parse, record);
        }));
        return command;
    }

    static Guid IdOf(string text) =>
        Guid.TryParse(text.TrimEnd('/').Split('/')[^1].Split('?')[0], out var id) ? id
        : throw new RequestException($"\"{(text.Length > 60 ? text[..60] + " …" : text)}\" is no id of a run. It stands in the address of the run's page, and pqd runs lists it.");

    static async Task<RunRecord> Found(PortalClient portal, Guid id, CancellationToken stop)
    {
        try
        {
            return await portal.Run(id, stop);
        }
        catch (RecordTrouble missing) when (missing.Status == HttpStatusCode.NotFound)
        {
            throw new RequestException($"There is no run {id} for you at {portal.Address}. It may have been removed, or it belongs to a project you have no part in.");
        }
    }

    static int Summary(ParseResult parse, RunRecord run)
    {
        var output = parse.InvocationConfiguration.Output;
        if (parse.GetValue(CommandLine.Json))
        {
            output.WriteLine(JsonText.Write(JsonSerializer.SerializeToNode(run, Wire)!));
            return CommandLine.Success;
        }
        output.WriteLine($"{PortalOption.Plain(run.Name)}  {run.Dot ?? run.Sample ?? "inbox"}  {run.Reading}{(run.ReadingMessage is null ? "" : ": " + PortalOption.Plain(run.ReadingMessage))}");
        foreach (var file in run.Files) output.WriteLine($"  file    {PortalOption.Plain(file.Name)}  {PortalOption.Size(file.Bytes)}  {PortalOption.Plain(file.Format ?? "format not known")}  {file.Role}");
        foreach (var result in run.Results) output.WriteLine($"  result  {result.Kind}  {string.Join("  ", result.Values.Where(value => value.Value is not null).Take(4).Select(Number))}");
        if (run.Results.Count > 0) output.WriteLine($"Fetch one with: pqd get {run.Id} --result {run.Results[0].Kind} --out FOLDER");
        return CommandLine.Success;
    }

    static string Number(ValueRecord value) => string.Create(CultureInfo.InvariantCulture, $"{value.Name} = {value.Value:G6}{(value.Sigma is { } sigma ? $" ± {sigma:G2}" : "")}{(value.Unit is "1" or "" ? "" : " " + value.Unit)}");

    static async Task<int> Result(ParseResult parse, PortalClient portal, RunRecord run, string key, string? folder, CancellationToken stop)
    {
        var analyses = await portal.Analyses(run.Id, stop);
        var done = analyses.Where(analysis => analysis.Kind == key && analysis.State == "done").MaxBy(analysis => analysis.EndedAt);
        if (done is null)
        {
            var other = analyses.Where(analysis => analysis.State == "done").Select(analysis => analysis.Kind).Distinct().Order().ToList();
            var waiting = analyses.FirstOrDefault(analysis => analysis.Kind == key);
            throw new RequestException(waiting is not null ? $"{key} of this run is {waiting.State}{(waiting.Message is null ? "" : $": {PortalOption.Plain(waiting.Message)}")}. There is no finished result yet."
                : $"This run has no result of \"{(key.Length > 40 ? key[..40] + " …" : key)}\". {(other.Count == 0 ? "It has no finished result yet." : $"It has {string.Join(", ", other)}.")}");
        }
        using var report = await portal.Report(done.Id, stop);
        var output = parse.InvocationConfiguration.Output;
        List<string> written = [];
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            var place = Path.Combine(folder, $"{Safe(key)}.json");
            await File.WriteAllTextAsync(place, JsonText.Write(JsonNode.Parse(report.RootElement.GetRawText())!) + "\n", stop);
            written.Add(place);
            if (report.RootElement.TryGetProperty("curves", out var curves) && curves.ValueKind == JsonValueKind.Object)
                foreach (var curve in curves.EnumerateObject())
                {
                    place = Path.Combine(folder, $"{Safe(key)}.{Safe(curve.Name)}.csv");
                    var part = place + ".part";
                    await using (var file = File.Create(part))
                        await portal.Copy($"analyses/{done.Id}/curves/{Uri.EscapeDataString(curve.Name)}.csv", file, stop);
                    File.Move(part, place, overwrite: true);
                    written.Add(place);
                }
        }
        if (parse.GetValue(CommandLine.Json)) output.WriteLine(JsonText.Write(JsonNode.Parse(report.RootElement.GetRawText())!));
        else
        {
            output.WriteLine($"{key} of {PortalOption.Plain(run.Name)} ({run.Dot ?? run.Sample ?? "inbox"}), {PortalOption.Time(done.EndedAt)} UTC  {portal.Address}a/{done.Id}");
            foreach (var value in done.Values) output.WriteLine("  " + (value.Value is null && value.Text is null ? $"{value.Name}: {value.Grade}" : value.Text is { } text ? $"{value.Name} = {PortalOption.Plain(text)}" : Number(value)));
            foreach (var verdict in done.Verdicts) output.WriteLine($"  {verdict.Name}: {verdict.Value}. {PortalOption.Plain(verdict.Why)}");
            foreach (var place in written) output.WriteLine(place);
        }
        return CommandLine.Success;
    }

    static async Task<int> Raw(ParseResult parse, PortalClient portal, RunRecord run, string folder, CancellationToken stop)
    {
        if (run.Files.Count == 0) throw new RequestException("This run has no file yet.");
        Directory.CreateDirectory(folder);
        var (output, json) = (parse.InvocationConfiguration.Output, parse.GetValue(CommandLine.Json));
        var answers = new JsonArray();
        HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);
        foreach (var file in run.Files)
        {
            var name = Safe(file.Name);
            if (!taken.Add(name)) taken.Add(name = $"{file.Sha256[..8]}-{name}");
            var place = Path.Combine(folder, name);
            var wasThere = File.Exists(place);
            if (wasThere && await HashOf(place, stop) != file.Sha256)
                throw new RequestException($"{place} exists already with another content and is not overwritten. Choose another folder for --out, or move that file away.");
            if (!wasThere) await Fetch(portal, run.Id, file, place, stop);
            answers.Add(new JsonObject { ["file"] = place, ["sha256"] = file.Sha256, ["bytes"] = file.Bytes, ["state"] = wasThere ? "known" : "fetched" });
            if (!json) output.WriteLine($"{place}: {(wasThere ? "was there already" : PortalOption.Size(file.Bytes))}");
            output.Flush();
        }
        if (json) output.WriteLine(JsonText.Write(new JsonObject { ["run"] = run.Id.ToString(), ["files"] = answers }));
        return CommandLine.Success;
    }

    /// <summary>Fetches a file from where an earlier try stopped; it gets its name when its hash is right.</summary>
    static async Task Fetch(PortalClient portal, Guid run, RunFileRecord file, string place, CancellationToken stop)
    {
        var part = $"{place}.{file.Sha256[..12]}.part";
        for (var (tries, best) = (0, 0L); ;)
            try
            {
                await using (var to = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
                {
                    if (to.Length > file.Bytes) to.SetLength(0);
                    to.Position = to.Length;
                    if (to.Length > best) (tries, best) = (0, to.Length);
                    if (to.Length < file.Bytes)
                    {
                        await using var from = await portal.Records.Download(run, file.Id, to.Length, stop);
                        await from.CopyToAsync(to, stop);
                    }
                    to.Flush(flushToDisk: true);
                    if (to.Length < file.Bytes) throw new HttpRequestException("The line broke off.");
                }
                if (await HashOf(part, stop) != file.Sha256)
                {
                    File.Delete(part);
                    throw new HttpRequestException($"{file.Name} came with another hash than it has in the portal; it was thrown away. Try again.");
                }
                File.Move(part, place, overwrite: false);
                return;
            }
            catch (Exception broken) when (!stop.IsCancellationRequested && tries < 8 && (UploadClient.IsPassing(broken) || broken is IOException and not (FileNotFoundException or DirectoryNotFoundException) && broken.HResult == new IOException().HResult))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250 * Math.Pow(2, tries++)), stop);
            }
    }

    static async Task<string> HashOf(string path, CancellationToken stop)
    {
        await using var content = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, stop));
    }

    /// <summary>A name of the portal's as one of this machine: no folder, no device, nothing that turns the reading direction.</summary>
    internal static string Safe(string name)
    {
        var safe = new StringBuilder();
        foreach (var c in PortalOption.Plain(name.Replace('\\', '/').Split('/')[^1])) safe.Append(c is '<' or '>' or ':' or '"' or '|' or '?' or '*' ? '_' : c);
        var text = safe.ToString().Trim().TrimEnd('.');
        if (text.Length > 150) text = text[..(char.IsHighSurrogate(text[99]) ? 99 : 100)] + text[^(char.IsLowSurrogate(text[^50]) ? 49 : 50)..];
        // Devices of Windows, whatever follows the first dot.
        var stem = text.Split('.')[0].ToUpperInvariant();
        var isDevice = stem is "CON" or "PRN" or "AUX" or "NUL" || stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal)) && char.IsAsciiDigit(stem[3]);
        return text.Length == 0 || text.All(c => c == '.') ? "file" : isDevice ? "_" + text : text;
    }
}
