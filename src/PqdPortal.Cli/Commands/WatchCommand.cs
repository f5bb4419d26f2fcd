using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PqdPortal.Analysis;
using PqdPortal.Cli.Portal;
using PqdPortal.Cli.Watch;
using PqdPortal.Client.Records;
using PqdPortal.Client.Uploads;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd watch FOLDER: sends each file of a folder once the instrument has finished writing it, for as long as it runs.</summary>
public static class WatchCommand
{
    static readonly JsonSerializerOptions Lines = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "The folder into which the instrument writes, with the folders in it." };
        var pattern = new Option<string[]>("--pattern") { Description = "Send only files named so, with * and ?; may be given several times.", HelpName = "NAME" };
        var settle = new Option<double>("--settle") { Description = "How long size and age of a file have to stay the same before it counts as finished [s].", DefaultValueFactory = _ => 10, HelpName = "SECONDS" };
        var every = new Option<double>("--every") { Description = "How often the folder is looked through, also where the file system tells of no change [s].", DefaultValueFactory = _ => 15, HelpName = "SECONDS" };
        var evenIfOpen = new Option<bool>("--even-if-open") { Description = "Send settled files that another program still has open to write." };
        var onlyNew = new Option<bool>("--only-new") { Description = "At the very first start, take what is in the folder as known." };
        var flat = new Option<bool>("--no-subfolders") { Description = "Leave the folders in the folder alone." };
        var once = new Option<bool>("--once") { Description = "End when everything that is there has been dealt with." };
        var command = new Command("watch", "Send each finished file of a folder to a portal, for as long as it runs; nothing is lost and nothing sent twice.")
        {
            folder, PushCommand.To, PushCommand.Project, PushCommand.Instrument, pattern, settle, every, evenIfOpen, onlyNew, flat, once, PortalOption.Portal,
        };
        command.SetAction(parse => PortalOption.Run(stop =>
        {
            var given = parse.GetRequiredValue(folder);
            if (File.Exists(given)) throw new RequestException($"{given} is a file; pqd watch watches a folder. To send one file use pqd push.");
            if (!Directory.Exists(given)) throw new RequestException($"There is no folder {given}. Make it, or mount it, first.");
            var place = Path.GetFullPath(new DirectoryInfo(given).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? given);
            TimeSpan Seconds(Option<double> option, double least) => parse.GetValue(option) is var seconds && seconds >= least && seconds <= 86_400
                ? TimeSpan.FromSeconds(seconds) : throw new RequestException(string.Create(CultureInfo.InvariantCulture, $"{option.Name} lies between {least} and 86400 s."));
            return Watch(parse, new WatchOptions(place)
            {
                Patterns = parse.GetValue(pattern) ?? [], Settle = Seconds(settle, 0.2), Every = Seconds(every, 0.2), EvenIfOpen = parse.GetValue(evenIfOpen), OnlyNew = parse.GetValue(onlyNew),
                Recursive = !parse.GetValue(flat), Once = parse.GetValue(once),
            }, stop);
        }));
        return command;
    }

    static async Task<int> Watch(ParseResult parse, WatchOptions options, CancellationToken stop)
    {
        var (output, error, json) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error, parse.GetValue(CommandLine.Json));
        using var portal = Logins.Open(parse.GetValue(PortalOption.Portal));
        using var ledger = Open(options.Folder, portal.Address);
        void Notice(string words)
        {
            error.WriteLine($"pqd: {PortalOption.Plain(words)}");
            error.Flush();
        }
        var target = await Target(parse, portal, options.Folder, Notice, stop);
        Notice($"Watching {options.Folder} for {portal.Address}{(target.To is { } to ? $", for {to}" : $", for the inbox of {target.Project}")}. {ledger.Sent} files were sent from here before. Ctrl-C stops it.");
        var failed = await new FolderWatch(options, portal, target, ledger, line =>
        {
            output.WriteLine(json ? JsonSerializer.Serialize(line, Lines)
                : $"{DateTime.Now.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}  {PortalOption.Plain(line.File)}: {line.Text}{(line.Run is { } run ? $"  {portal.Address}r/{run}" : "")}");
            output.Flush();
        }, Notice).Run(stop);
        return options.Once && failed > 0 ? CommandLine.UnusableInput : CommandLine.Success;
    }

    /// <summary>Where the files go, asked until the portal answers: a set-up's computer may start before its network.</summary>
    static async Task<UploadTarget> Target(ParseResult parse, Client.PortalClient portal, string folder, Action<string> notice, CancellationToken stop)
    {
        for (var tries = 0; ; tries++)
            try
            {
                var target = await PushCommand.Target(parse, portal, stop);
                try
                {
                    // A place that does not exist is said now and not with every file.
                    await portal.Uploads.Known(new string('0', 64), target with { FileName = "file" }, stop);
                    if (target.Instrument is not null) await portal.Report(new AgentReport(FolderWatch.Short(Environment.MachineName, 100), FolderWatch.Short(folder, 400), target.Instrument), stop);
                }
                catch (RecordTrouble wrong) when (wrong.Status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest)
                {
                    throw new RequestException(wrong.Message);
                }
                return target;
            }
            catch (Exception away) when (!stop.IsCancellationRequested && UploadClient.IsPassing(away))
            {
                if (tries == 0) notice($"{portal.Address} cannot be reached ({away.Message.TrimEnd('.')}). It is tried again until it answers.");
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(30, 1 << Math.Min(tries, 5))), stop);
            }
    }

    /// <summary>The ledger of this folder for this portal; one process alone may have it.</summary>
    static WatchLedger Open(string folder, Uri portal)
    {
        var ledgers = Directory.CreateDirectory(Path.Combine(PqdFolders.State, "watch")).FullName;
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{portal}\n{folder}")))[..32];
        try
        {
            return new WatchLedger(Path.Combine(ledgers, name + ".journal"));
        }
        catch (IOException)
        {
            throw new RequestException($"Another pqd watch of yours watches {folder} already. One is enough; stop that one first.");
        }
    }
}
