using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Cli.Portal;
using PqdPortal.Client.Records;
using PqdPortal.Client.Uploads;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd push FILE... --to SAMPLE-OR-DOT: sends files to a portal, resumably; repeating it sends nothing twice.</summary>
public static class PushCommand
{
    public static Option<string?> To { get; } = new("--to") { Description = "Code of the dot or sample, such as PQ-0042-S2-D017; without it the files go to the inbox of --project.", HelpName = "CODE" };
    public static Option<string?> Project { get; } = new("--project") { Description = "Code of the project whose inbox the files go to; not needed where you may add to one project only.", HelpName = "CODE" };
    public static Option<string?> Instrument { get; } = new("--instrument") { Description = "Name or id of the set-up the files are from.", HelpName = "NAME" };

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Files to send.", Arity = ArgumentArity.OneOrMore };
        var role = new Option<string?>("--role") { Description = "What the files are for their run: measurement (the default), irf, background ...", HelpName = "ROLE" };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait for how the files are read." };
        var patience = new Option<double>("--give-up-after") { Description = "Longest time without a confirmed byte [s].", DefaultValueFactory = _ => 300, HelpName = "SECONDS" };
        var command = new Command("push", "Send files to a portal. What broke goes on from the confirmed byte; what is there already is not sent again.") { files, To, Project, Instrument, role, noWait, patience, PortalOption.Portal };
        command.SetAction(parse => PortalOption.Run(stop => Push(parse, parse.GetRequiredValue(files), parse.GetValue(role), parse.GetValue(noWait), parse.GetValue(patience), stop)));
        return command;
    }

    static async Task<int> Push(ParseResult parse, string[] files, string? role, bool noWait, double giveUpAfter, CancellationToken stop)
    {
        if (!(giveUpAfter is >= 1 and <= 86_400)) throw new RequestException("--give-up-after lies between 1 and 86400 s.");
        // What is not there is said before the first byte goes.
        foreach (var file in files)
            using (InputFile.Open(file)) { }
        using var portal = Logins.Open(parse.GetValue(PortalOption.Portal));
        var target = await Target(parse, portal, stop);
        var pending = new PendingUploads(portal.Address);
        var sender = new FileSender(portal, pending);
        var (output, error, json) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error, parse.GetValue(CommandLine.Json));
        var answers = new JsonArray();
        var exit = CommandLine.Success;
        foreach (var path in files)
        {
            stop.ThrowIfCancellationRequested();
            var name = Path.GetFileName(path);
            var answer = new JsonObject { ["file"] = path };
            answers.Add(answer);
            try
            {
                await using var content = InputFile.Open(path);
                var sha256 = await FileSender.Hash(content, stop);
                using var progress = new Progress(error, name, content.Length, isShown: !json && !Console.IsErrorRedirected);
                var sent = await sender.Send(target with { FileName = name, Folder = FolderOf(path), Role = role }, content, sha256, progress, TimeSpan.FromSeconds(giveUpAfter), stop);
                progress.End();
                var run = noWait ? null : await sender.Read(sent.Run, TimeSpan.FromSeconds(30), stop);
                var address = $"{portal.Address}r/{sent.Run}";
                var at = run is null ? null : run.Dot ?? run.Sample ?? "the inbox";
                (answer["sha256"], answer["bytes"], answer["state"], answer["run"], answer["address"]) = (sha256, sent.Bytes, sent.WasThere ? "known" : "sent", sent.Run.ToString(), address);
                if (run is not null) (answer["of"], answer["reading"], answer["message"]) = (run.Dot ?? run.Sample, run.Reading, run.ReadingMessage);
                if (!json)
                    output.WriteLine($"{PortalOption.Plain(name)}: {(sent.WasThere ? "was there already, not sent again" : $"sent ({PortalOption.Size(sent.Bytes)}{(sent.Resumed > 0 ? $", {PortalOption.Size(sent.Resumed)} of it before" : "")})")}{(at is null ? "" : $", in {at}")}{(noWait ? "" : $"; {FileSender.Ending(run, sha256)}")}  {address}");
                output.Flush();
            }
            catch (Exception trouble) when (!stop.IsCancellationRequested && trouble is RecordTrouble or HttpRequestException or IOException or UnauthorizedAccessException or FileCutException)
            {
                var (code, message, told) = CommandLine.Words(trouble);
                (answer["state"], answer["error"]) = ("failed", told["error"]!.DeepClone());
                if (!json) error.WriteLine($"pqd: {PortalOption.Plain(name)}: {message}");
                error.Flush();
                exit = Math.Max(exit, code);
                // Whoever is not known to the portal is not known for the next file either.
                if (trouble is RecordTrouble { Status: System.Net.HttpStatusCode.Unauthorized }) break;
            }
        }
        if (json) output.WriteLine(JsonText.Write(new JsonObject { ["portal"] = portal.Address.AbsoluteUri, ["files"] = answers }));
        return exit;
    }

    /// <summary>The place that --to or --project names; the only project of the person where neither is given.</summary>
    internal static async Task<UploadTarget> Target(ParseResult parse, Client.PortalClient portal, CancellationToken stop)
    {
        var (to, project, instrument) = (parse.GetValue(To), parse.GetValue(Project), parse.GetValue(Instrument));
        if (to is null && project is null)
        {
            var mine = (await portal.Me(stop)).Projects.Where(part => part.Role is "edit" or "manage").ToList();
            project = mine is [var only] ? only.Code : throw new RequestException(mine.Count == 0
                ? "You may add files to no project there. Ask somebody who manages one for the role edit."
                : $"Where to? Name a dot or sample with --to, or a project with --project: {string.Join(", ", mine.Take(8).Select(part => part.Code))}{(mine.Count > 8 ? " ..." : "")}.");
        }
        return new UploadTarget("") { To = to?.Trim(), Project = to is null ? project!.Trim() : null, Instrument = instrument };
    }

    /// <summary>The folders of a path as it was given; of a whole path the two innermost, which is what people name.</summary>
    static string? FolderOf(string path)
    {
        var folder = Path.GetDirectoryName(path)?.Replace('\\', '/') ?? "";
        if (folder.Length == 0) folder = Path.GetFileName(Directory.GetCurrentDirectory());
        var parts = folder.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part is not ("." or "..") && !part.EndsWith(':')).ToArray();
        return parts.Length == 0 ? null : string.Join('/', Path.IsPathRooted(path) ? parts.TakeLast(2) : parts);
    }

    /// <summary>Confirmed bytes on one line of a terminal, a few times a second.</summary>
    sealed class Progress(TextWriter to, string name, long length, bool isShown) : IProgress<long>, IDisposable
    {
        readonly System.Diagnostics.Stopwatch _since = System.Diagnostics.Stopwatch.StartNew();
        TimeSpan _last;
        bool _isOpen;

        public void Report(long value)
        {
            if (!isShown || length == 0 || _since.Elapsed - _last < TimeSpan.FromMilliseconds(200) && value < length) return;
            (_last, _isOpen) = (_since.Elapsed, true);
            to.Write(string.Create(CultureInfo.InvariantCulture, $"\r{PortalOption.Plain(name)}  {100.0 * value / length:0} %  {PortalOption.Size(value)} of {PortalOption.Size(length)}   "));
            to.Flush();
        }

        public void End()
        {
            if (_isOpen) to.Write("\r" + new string(' ', Math.Min(120, name.Length + 50)) + "\r");
            to.Flush();
            _isOpen = false;
        }

        public void Dispose()
        {
            if (_isOpen) to.WriteLine();
        }
    }
}
