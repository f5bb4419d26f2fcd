using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Backup;
using PqdPortal.Data.Seed;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd admin: what the keeper of a portal does beside it, on its machine: back it up, check a backup, restore it.</summary>
public static class AdminCommand
{
    static readonly Option<string> DataFolderOption = new("--data-folder") { Description = "The portal's data folder (the option Portal:DataFolder).", HelpName = "FOLDER" };
    static readonly Option<string> SettingsOption = new("--settings") { Description = "The portal's folder, or the appsettings.json in it, where it is not that of this checkout or program.", HelpName = "PATH" };
    static readonly Option<string[]> SetOption = new("--set") { Description = "Another option of the portal, as in --set ConnectionStrings:Portal=\"Host=db;...\". Environment variables and appsettings.json count as they do for the portal.", HelpName = "KEY=VALUE" };

    public static Command Create() => new("admin", "Look after a portal of this machine: back it up while it runs, check a backup, restore it.")
    {
        Backup(), Restore(), Verify(), Seed(),
    };

    static Command Backup()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A folder of backups: a new one, or one of earlier backups, whose files are not copied again." };
        var keep = new Option<int?>("--keep") { Description = "Remove all but the newest N snapshots afterwards, and the files that only they had.", HelpName = "N" };
        var readAgain = new Option<bool>("--read-again") { Description = "Also read and hash the files that earlier backups have copied, and copy damaged ones again." };
        var command = new Command("backup", "Back up the records of this moment and every file they name, while the portal runs.") { folder, keep, readAgain, DataFolderOption, SettingsOption, SetOption };
        command.SetAction(parse => Run(parse, async (tell, stop) =>
        {
            if (parse.GetValue(keep) is < 1) throw new RequestException("--keep should be at least 1: the backup that is just being made stays.");
            await using var home = Home(parse, mayBeMade: false);
            var made = await new PortalBackup(home, TimeProvider.System).Make(parse.GetRequiredValue(folder), parse.GetValue(keep), parse.GetValue(readAgain), tell, stop);
            var manifest = made.Manifest;

            var answer = Facts(made.Snapshot, manifest);
            answer["copied"] = made.Copied;
            answer["copied_bytes"] = made.Bytes;
            answer["snapshots_removed"] = made.SnapshotsGone;
            answer["files_removed"] = made.FilesGone;
            List<string> lines =
            [
                $"{made.Snapshot} is whole: {Words(manifest)}.",
                $"{Number(made.Copied)} files ({Number(made.Bytes)} bytes) were new.",
            ];
            if (made.SnapshotsGone > 0) lines.Add($"{Number(made.SnapshotsGone)} older snapshots and {Number(made.FilesGone)} files that only they had were removed.");
            if (manifest.UploadsOnTheirWay > 0) lines.Add($"{Number(manifest.UploadsOnTheirWay)} uploads were on their way; they are not in the backup and go on in the portal.");
            Write(parse, answer, lines);
            if (manifest.Lost.Count == 0) return CommandLine.Success;
            Complain(parse, $"{Number(manifest.Lost.Count)} files that records name could not be backed up, because the portal's store has lost them: {string.Join("; ", manifest.Lost.Take(10).Select(lost => $"{lost.Sha256}: {lost.Trouble}"))} Everything else is in the backup. Bring them back into the store from an older backup or upload them again.");
            return CommandLine.UnusableInput;
        }));
        return command;
    }

    static Command Restore()
    {
        var (folder, snapshot) = Place();
        var command = new Command("restore", "Bring a backup back into an empty portal that does not run: everything of it or nothing.") { folder, snapshot, DataFolderOption, SettingsOption, SetOption };
        command.SetAction(parse => Run(parse, async (tell, stop) =>
        {
            // A folder that holds no backup is said before an empty portal is made.
            BackupFolder.Find(parse.GetRequiredValue(folder)).Snapshot(parse.GetValue(snapshot));
            await using var home = Home(parse, mayBeMade: true);
            var done = await new PortalRestore(home, TimeProvider.System).Restore(parse.GetRequiredValue(folder), parse.GetValue(snapshot), tell, stop);
            var answer = Facts(done.Snapshot, done.Manifest);
            answer["copied"] = done.Copied;
            List<string> lines =
            [
                $"Restored {done.Snapshot}: {Words(done.Manifest)}. Start the portal; work that was waiting goes on by itself.",
            ];
            if (done.Manifest.UploadsOnTheirWay > 0) lines.Add($"{Number(done.Manifest.UploadsOnTheirWay)} uploads were on their way when the backup was made; their owners are told to begin them again.");
            if (done.Manifest.Lost.Count > 0) lines.Add($"{Number(done.Manifest.Lost.Count)} files were lost already when the backup was made: {string.Join(", ", done.Manifest.Lost.Take(10).Select(lost => lost.Sha256))}.");
            Write(parse, answer, lines);
            return CommandLine.Success;
        }));
        return command;
    }

    static Command Verify()
    {
        var (folder, snapshot) = Place();
        var command = new Command("verify", "Read a whole backup and hold every part of it against its hash.") { folder, snapshot };
        command.SetAction(parse => Run(parse, async (tell, stop) =>
        {
            var (path, manifest, damage) = await BackupCheck.Check(BackupFolder.Find(parse.GetRequiredValue(folder)), parse.GetValue(snapshot), tell, stop);
            var answer = Facts(path, manifest);
            answer["damage"] = new JsonArray([.. damage.Select(part => (JsonNode)part)]);
            Write(parse, answer, damage.Count == 0 ? [$"{path} is as it was written: {Words(manifest)}."] : damage);
            if (damage.Count == 0) return CommandLine.Success;
            Complain(parse, $"The backup is damaged in {Number(damage.Count)} places. A backup into this folder with --read-again copies damaged files again from the portal; damaged tables need another snapshot or another copy of the backup.");
            return CommandLine.UnusableInput;
        }));
        return command;
    }

    static Command Seed()
    {
        var batches = new Option<int>("--batches") { Description = "How many batches; each has 5 samples, 50 dots and 150 runs with results.", HelpName = "N", DefaultValueFactory = _ => new SeedSize().Batches };
        var number = new Option<int>("--seed") { Description = "The same number makes the same laboratory.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var command = new Command("seed", "Fill a portal with a large laboratory that never was, marked as simulated: for measuring how fast the portal is, and for teaching.") { batches, number, DataFolderOption, SettingsOption, SetOption };
        command.SetAction(parse => Run(parse, async (tell, stop) =>
        {
            var size = new SeedSize(parse.GetValue(batches));
            if (size.Batches is < 10 or > 20_000) throw new RequestException($"--batches lies between 10 and 20000; found {size.Batches}.");
            await using var home = Home(parse, mayBeMade: false);
            await SeededPortal.Seed(home, size, parse.GetValue(number), tell, stop);
            Write(parse, new JsonObject { ["batches"] = size.Batches, ["samples"] = size.Samples, ["dots"] = size.Dots, ["runs"] = size.Runs, ["projects"] = size.Projects, ["people"] = size.People, ["seed"] = parse.GetValue(number) },
                [$"{Number(size.Batches)} batches, {Number(size.Samples)} samples, {Number(size.Dots)} dots and {Number(size.Runs)} runs lie in {size.Projects} projects ({LaboratorySeed.Lead}01 and on). Their {size.People} people cannot sign in; an administrator sees everything."]);
            return CommandLine.Success;
        }));
        return command;
    }

    static (Argument<string> Folder, Option<string> Snapshot) Place() =>
        (new Argument<string>("FOLDER") { Description = "The folder given to pqd admin backup." },
         new Option<string>("--snapshot") { Description = "Which of its snapshots; without it the newest whole one.", HelpName = "NAME" });

    /// <summary>Runs until the end or Ctrl-C; lines of progress go to standard error, so that the result stands alone.</summary>
    static int Run(ParseResult parse, Func<Action<string>, CancellationToken, Task<int>> work)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var error = parse.InvocationConfiguration.Error;
        void Tell(string line)
        {
            error.WriteLine(line);
            error.Flush();
        }
        try
        {
            return work(Tell, stop.Token).GetAwaiter().GetResult();
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            throw new OperationCanceledException("Stopped. The portal is as it was; a backup or a restore goes on with the files that were copied.");
        }
    }

    static PortalHome Home(ParseResult parse, bool mayBeMade)
    {
        var given = new Dictionary<string, string?>();
        foreach (var option in parse.GetValue(SetOption) ?? [])
        {
            if (option.IndexOf('=') is not (> 0 and var at))
                throw new RequestException($"--set takes an option and its value, as in --set Portal:Files:Store=s3; found \"{option}\".");
            given[option[..at]] = option[(at + 1)..];
        }
        if (parse.GetValue(DataFolderOption) is { } folder) given[DataFolder.Key] = Path.GetFullPath(folder);
        return PortalHome.Of(Settings(parse.GetValue(SettingsOption)), given, mayBeMade);
    }

    /// <summary>The folder the portal itself takes its settings from: named, or the web program's in this checkout, or this program's own.</summary>
    static string Settings(string? named)
    {
        if (named is not null)
        {
            var path = Path.GetFullPath(named);
            if (File.Exists(path)) return Path.GetDirectoryName(path)!;
            return Directory.Exists(path) ? path : throw new RequestException($"There is no {path}. --settings names the portal's folder, or the appsettings.json in it.");
        }
        var checkout = DataFolder.Above(AppContext.BaseDirectory).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "PqdPortal.sln")));
        return checkout is null ? AppContext.BaseDirectory : Path.Combine(checkout, "src", "PqdPortal.Web");
    }

    static JsonObject Facts(string snapshot, Manifest manifest) => new()
    {
        ["snapshot"] = snapshot,
        ["taken_at"] = manifest.Snapshot.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        ["portal"] = manifest.Portal,
        ["migration"] = manifest.Migrations[^1],
        ["tables"] = manifest.Tables.Count,
        ["rows"] = manifest.Tables.Sum(table => table.Rows),
        ["files"] = manifest.Files.Count,
        ["bytes"] = manifest.Files.Sum(file => file.Bytes),
        ["lost"] = new JsonArray([.. manifest.Lost.Select(lost => (JsonNode)lost.Sha256)]),
        ["uploads_on_their_way"] = manifest.UploadsOnTheirWay,
    };

    static string Words(Manifest manifest) =>
        $"{Number(manifest.Tables.Sum(table => table.Rows))} rows of {manifest.Tables.Count} tables and {Number(manifest.Files.Count)} files ({Number(manifest.Files.Sum(file => file.Bytes))} bytes), as of {manifest.Snapshot.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC";

    static void Write(ParseResult parse, JsonObject answer, IEnumerable<string> lines)
    {
        var output = parse.InvocationConfiguration.Output;
        if (parse.GetValue(CommandLine.Json)) output.WriteLine(JsonText.Write(answer));
        else foreach (var line in lines) output.WriteLine(line);
    }

    static void Complain(ParseResult parse, string line) => parse.InvocationConfiguration.Error.WriteLine("pqd: " + line);

    static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
