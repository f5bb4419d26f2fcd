using System.Diagnostics;
using System.IO.Enumeration;
using System.Net;
using System.Security.Cryptography;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Readers;
using PqdPortal.Cli.Portal;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Client.Uploads;

namespace PqdPortal.Cli.Watch;

/// <summary>
/// Looks through a folder again and again and sends each file once it is finished. What the file system tells only makes it look
/// sooner, so nothing is missed where it tells nothing (network folders) or too much.
/// </summary>
/// <remarks>
/// All waiting is measured by a clock that nobody sets. One file is sent at a time. In memory lie the files that are not done, and a few
/// bytes of each that is.
/// </remarks>
sealed class FolderWatch(WatchOptions options, PortalClient portal, UploadTarget target, WatchLedger ledger, Action<WatchLine> tell, Action<string> notice)
{
    /// <summary>A file that was refused is tried again after so long; one that cannot be read now, sooner.</summary>
    static readonly TimeSpan Again = TimeSpan.FromMinutes(10), Soon = TimeSpan.FromSeconds(30);

    /// <summary>Longest time for one file without a confirmed byte before the others get their turn.</summary>
    static readonly TimeSpan Turn = TimeSpan.FromSeconds(45);

    /// <summary>How long the reading of a file is waited for before its line is told.</summary>
    static readonly TimeSpan ReadingPatience = TimeSpan.FromMinutes(2);

    /// <summary>Files that are waited for at once; more are found when these are done.</summary>
    const int MostWaiting = 20_000;

    readonly PendingUploads _pending = new(portal.Address);
    readonly FileSender _sender = new(portal, new PendingUploads(portal.Address));
    readonly Dictionary<string, Waiting> _waiting = new(StringComparer.Ordinal);
    readonly List<Unread> _unread = [];
    readonly SemaphoreSlim _wake = new(0, 1);
    volatile string? _trouble, _lastFile;
    volatile int _sent, _left, _refused;
    DateTimeOffset? _lastFileAt;

    /// <summary>A file that is not done, as it was seen last; times in milliseconds of a clock that nobody sets.</summary>
    sealed class Waiting
    {
        public long Bytes, Ticks, SameSince, NotBefore;
        public string? Refused, Told;
        public bool IsThere;
    }

    sealed record Unread(WatchLine Line, long Since);

    static long Now => Environment.TickCount64;

    /// <summary>Watches until it is stopped; with <see cref="WatchOptions.Once"/> until all is dealt with.</summary>
    /// <returns>How many files could not be sent.</returns>
    public async Task<int> Run(CancellationToken stop)
    {
        _pending.Tidy();
        // One break is no news; a line that stays away is.
        portal.Uploads.OnBreak = (words, wait) =>
        {
            if (wait >= TimeSpan.FromSeconds(1)) Trouble(Away(words));
        };
        using var watcher = Listen();
        if (options.OnlyNew && ledger.Lines == 0) TakeAsKnown();
        using var beating = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var heart = Beat(beating.Token);
        try
        {
            while (true)
            {
                stop.ThrowIfCancellationRequested();
                var began = Stopwatch.GetTimestamp();
                var isSeen = Look();
                var looked = Stopwatch.GetElapsedTime(began);
                await SendAll(stop);
                await TellEndings(stop);
                if (options.Once && isSeen && _unread.Count == 0 && _waiting.Values.All(file => file.Refused is not null)) break;

                // A folder that takes long to look through is looked through less often; what is being written tells so many times a second.
                var rest = Max(options.Every, looked * 4);
                var soon = Soonest();
                await _wake.WaitAsync(soon < rest ? soon : rest, stop);
                await Task.Delay(Max(TimeSpan.FromMilliseconds(100), looked * 2), stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Its person stops it: what was confirmed stays, and the next start goes on from there.
        }
        finally
        {
            beating.Cancel();
            await heart.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            using var last = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            try { await Report(hasStopped: true, last.Token); }
            catch (Exception unheard) when (unheard is HttpRequestException or RecordTrouble or OperationCanceledException) { /* It will be missed instead. */ }
        }
        return _waiting.Values.Count(file => file.Refused is not null);
    }

    static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    FileSystemWatcher? Listen()
    {
        try
        {
            var watcher = new FileSystemWatcher(options.Folder) { IncludeSubdirectories = options.Recursive, InternalBufferSize = 1 << 16, NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.Size | NotifyFilters.LastWrite };
            watcher.Created += (_, _) => Wake();
            watcher.Changed += (_, _) => Wake();
            watcher.Renamed += (_, _) => Wake();
            watcher.Error += (_, _) => Wake();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception deaf) when (deaf is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null; // The folder is looked through all the same.
        }
    }

    void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else woke it at this moment.
        }
    }

    /// <summary>The files of the folder as they stand.</summary>
    IEnumerable<(string Path, long Bytes, long Ticks)> Files() => new FileSystemEnumerable<(string, long, long)>(options.Folder,
        (ref FileSystemEntry entry) => (entry.ToFullPath(), entry.Length, entry.LastWriteTimeUtc.UtcTicks),
        new EnumerationOptions { RecurseSubdirectories = options.Recursive, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden | FileAttributes.System })
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && IsMeant(entry.FileName),
    };

    bool IsMeant(ReadOnlySpan<char> name)
    {
        // What programs write before they give a file its name.
        if (name is ['.' or '~', ..] || Ends(name, ".tmp", ".temp", ".part", ".partial", ".crdownload", ".lock", ".swp", "~")) return false;
        if (options.Patterns.Count == 0) return true;
        foreach (var pattern in options.Patterns)
            if (FileSystemName.MatchesSimpleExpression(pattern, name)) return true;
        return false;
    }

    static bool Ends(ReadOnlySpan<char> name, params ReadOnlySpan<string> ends)
    {
        foreach (var end in ends)
            if (name.EndsWith(end, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    void TakeAsKnown()
    {
        var taken = 0;
        foreach (var (path, bytes, ticks) in Files())
        {
            ledger.Skip(path, bytes, ticks);
            taken++;
        }
        if (taken > 0) notice($"{taken} files that are here already are left as they are; what comes from now on is sent.");
    }

    /// <summary>What is there, what changed, what has gone.</summary>
    /// <returns>False where the folder could not be looked through.</returns>
    bool Look()
    {
        foreach (var file in _waiting.Values) file.IsThere = false;
        try
        {
            foreach (var (path, bytes, ticks) in Files())
            {
                if (bytes == 0 || ledger.IsDone(path, bytes, ticks))
                {
                    _waiting.Remove(path);
                    continue;
                }
                if (!_waiting.TryGetValue(path, out var file))
                {
                    if (_waiting.Count >= MostWaiting) continue;
                    _waiting[path] = file = new Waiting { Bytes = bytes, Ticks = ticks, SameSince = Now };
                }
                else if ((file.Bytes, file.Ticks) != (bytes, ticks)) (file.Bytes, file.Ticks, file.SameSince, file.NotBefore, file.Refused, file.Told) = (bytes, ticks, Now, 0, null, null);
                file.IsThere = true;
            }
        }
        catch (Exception away) when (away is IOException or UnauthorizedAccessException)
        {
            // A network folder that is away for a while: nothing in it has gone.
            Trouble($"The folder cannot be looked through: {away.Message}");
            return false;
        }
        if (_trouble?.StartsWith("The folder", StringComparison.Ordinal) == true) Trouble(null);
        foreach (var (path, file) in _waiting.Where(one => !one.Value.IsThere).ToList())
        {
            if (File.Exists(path)) continue;
            _waiting.Remove(path);
            // One that was renamed is found under its new name; one that was never finished was nobody's measurement yet.
            if (file.Refused is not null || file.Told is not null) tell(new WatchLine(Shown(path), "gone") { Text = "was removed or renamed before it could be sent" });
        }
        Count();
        return true;
    }

    void Count() => (_left, _refused) = (_waiting.Values.Count(file => file.Refused is null), _waiting.Values.Count(file => file.Refused is not null));

    async Task SendAll(CancellationToken stop)
    {
        var ready = _waiting.Where(one => Now - one.Value.SameSince >= options.Settle.TotalMilliseconds && Now >= one.Value.NotBefore).OrderBy(one => one.Value.Ticks).Select(one => one.Key).ToList();
        foreach (var path in ready)
        {
            stop.ThrowIfCancellationRequested();
            var file = _waiting[path];
            try
            {
                if (await SendOne(path, file, stop)) Trouble(null);
            }
            catch (RecordTrouble unknown) when (unknown.Status == HttpStatusCode.Unauthorized)
            {
                Trouble("The portal does not know the token any more: it has expired or was revoked. Sign in again with pqd login; what waits is sent then.");
                Later(file, Soon);
                return;
            }
            catch (Exception broken) when (!stop.IsCancellationRequested && UploadClient.IsPassing(broken))
            {
                Trouble(broken is HttpRequestException ? Away(broken.Message) : broken.Message);
                Later(file, TimeSpan.FromSeconds(2));
                return;
            }
            catch (RecordTrouble refused)
            {
                Refuse(path, file, refused.Message, Again);
            }
            catch (FileCutException)
            {
                file.SameSince = Now;
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                if (!File.Exists(path)) continue; // The next look says so.
                if (IsHeld(unreadable)) Hold(path, file);
                else Refuse(path, file, $"cannot be read: {unreadable.Message}", Soon);
            }
            Count();
        }
    }

    /// <summary>Said the same way however often it is tried, so that it is told once.</summary>
    static string Away(string words) => words.Contains("reached", StringComparison.Ordinal) || words.Contains("refused", StringComparison.Ordinal) || words.Contains("in time", StringComparison.Ordinal)
        ? "The portal cannot be reached. What waits is sent when it answers again." : $"The line to the portal breaks ({words.TrimEnd('.')}). What waits is sent when it holds again.";

    /// <summary>Windows' way to say that another program has it.</summary>
    static bool IsHeld(Exception trouble) => (trouble.HResult & 0xffff) is 32 or 33;

    void Later(Waiting file, TimeSpan wait) => file.NotBefore = Now + (long)wait.TotalMilliseconds;

    void Hold(string path, Waiting file)
    {
        Later(file, Max(options.Settle, TimeSpan.FromSeconds(1)));
        const string open = "is still open in another program; it is sent when that is done with it";
        if (file.Told != open) tell(new WatchLine(Shown(path), "waiting") { Text = open });
        file.Told = open;
    }

    void Refuse(string path, Waiting file, string why, TimeSpan again)
    {
        if (file.Refused != why) tell(new WatchLine(Shown(path), "refused") { Text = why, Bytes = file.Bytes });
        file.Refused = why;
        Later(file, again);
    }

    void Trouble(string? words)
    {
        if (words == _trouble) return;
        var before = _trouble;
        _trouble = words;
        if (words is not null) notice(words);
        else if (before is not null) notice("All is well again.");
    }

    /// <returns>True where the file is dealt with.</returns>
    async Task<bool> SendOne(string path, Waiting file, CancellationToken stop)
    {
        await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        if (!options.EvenIfOpen && WritersOf.AreThere(content))
        {
            Hold(path, file);
            return false;
        }
        if (!IsAsSeen(path, file, content))
        {
            file.SameSince = Now;
            return false;
        }
        var sha256 = await FileSender.Hash(content, stop);
        if (!IsAsSeen(path, file, content))
        {
            file.SameSince = Now;
            return false;
        }
        var name = Path.GetFileName(path);
        // Settings of many measurements are the same bytes; there the name says whose they are, and the portal looks at both.
        if (!Companions.IsNamedLikeOne(name) && ledger.RunOf(sha256) is { } same)
        {
            ledger.Done(path, file.Bytes, file.Ticks, sha256, same);
            _waiting.Remove(path);
            tell(new WatchLine(Shown(path), "known") { Text = "has the content of a file that was sent before; not sent again", Sha256 = sha256, Run = same, Bytes = file.Bytes });
            return true;
        }
        var where = target with { FileName = name, Folder = FolderOf(path) };
        var grown = await Grown(path, content, stop);
        if (grown is { } run) where = where with { Run = run };

        var sent = await _sender.Send(where, content, sha256, null, Turn, stop);
        ledger.Done(path, file.Bytes, file.Ticks, sha256, sent.Run);
        _waiting.Remove(path);
        _sent++;
        (_lastFile, _lastFileAt) = (name.Length <= 400 ? name : name[..400], DateTimeOffset.UtcNow);
        _unread.Add(new(new WatchLine(Shown(path), sent.WasThere ? "known" : grown is not null ? "grown" : "sent")
        {
            Sha256 = sha256, Run = sent.Run, Bytes = sent.Bytes,
            Text = sent.WasThere ? "was there already, not sent again"
                : $"sent ({PortalOption.Size(sent.Bytes)}{(sent.Resumed > 0 ? $", {PortalOption.Size(sent.Resumed)} of it before" : "")}){(grown is null ? "" : "; it had grown since it was sent first, and joined the same run")}",
        }, Now));
        return true;
    }

    /// <summary>Whether the file is what was seen: as long and as old, under this name or, renamed or removed since, under none.</summary>
    static bool IsAsSeen(string path, Waiting file, FileStream content)
    {
        if (content.Length != file.Bytes) return false;
        var now = new FileInfo(path);
        return !now.Exists || now.Length == file.Bytes && now.LastWriteTimeUtc.Ticks == file.Ticks;
    }

    /// <summary>The run of what this file was when it was sent, where it has only grown since.</summary>
    async Task<Guid?> Grown(string path, FileStream content, CancellationToken stop)
    {
        if (ledger.Before(path) is not var (run, bytes, start) || bytes == 0 || bytes >= content.Length) return null;
        content.Position = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 17];
        for (var left = bytes; left > 0;)
        {
            var read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), stop);
            if (read == 0) return null;
            hash.AppendData(buffer, 0, read);
            left -= read;
        }
        if (!Convert.ToHexStringLower(hash.GetHashAndReset()).StartsWith(start, StringComparison.Ordinal)) return null;
        try
        {
            // In the bin, or moved out of reach: then it is a file of its own.
            return (await portal.Run(run, stop)).Id;
        }
        catch (RecordTrouble gone) when (gone.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The folders below the watched one, after its own name.</summary>
    string? FolderOf(string path)
    {
        var below = Path.GetDirectoryName(Path.GetRelativePath(options.Folder, path)) ?? "";
        var own = Path.GetFileName(options.Folder.TrimEnd(Path.DirectorySeparatorChar));
        var folder = string.Join('/', ((string[])[own, .. below.Split(Path.DirectorySeparatorChar)]).Where(part => part is { Length: > 0 } and not "."));
        return folder.Length == 0 ? null : folder;
    }

    string Shown(string path) => Path.GetRelativePath(options.Folder, path);

    /// <summary>Tells how the portal read what was sent.</summary>
    async Task TellEndings(CancellationToken stop)
    {
        foreach (var one in _unread.Take(20).ToList())
        {
            RunRecord? run = null;
            try
            {
                run = await portal.Run(one.Line.Run!.Value, stop);
            }
            catch (Exception away) when (!stop.IsCancellationRequested && away is HttpRequestException or RecordTrouble or OperationCanceledException)
            {
                if (Now - one.Since < ReadingPatience.TotalMilliseconds && UploadClient.IsPassing(away)) return;
            }
            if (run is { Reading: "waiting" or "reading" } && Now - one.Since < ReadingPatience.TotalMilliseconds) continue;
            _unread.Remove(one);
            tell(one.Line with
            {
                Text = $"{one.Line.Text}{(run is null ? "" : $", in {run.Dot ?? run.Sample ?? "the inbox"}")}; {FileSender.Ending(run, one.Line.Sha256!)}", Of = run?.Dot ?? run?.Sample, Reading = run?.Reading,
            });
        }
    }

    TimeSpan Soonest()
    {
        var soon = _unread.Count > 0 ? 1000.0 : options.Every.TotalMilliseconds;
        foreach (var file in _waiting.Values) soon = Math.Min(soon, Math.Max(file.SameSince + options.Settle.TotalMilliseconds, file.NotBefore) - Now);
        return TimeSpan.FromMilliseconds(Math.Max(100, soon));
    }

    async Task Beat(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try { await Report(hasStopped: false, stop); }
            catch (Exception unheard) when (unheard is HttpRequestException or RecordTrouble or OperationCanceledException) { /* The portal misses it and says so. */ }
            await Task.Delay(options.Heartbeat, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Says how it does.</summary>
    public Task Report(bool hasStopped, CancellationToken stop)
    {
        var trouble = _trouble;
        return portal.Report(new AgentReport(Short(Environment.MachineName, 100), Short(options.Folder, 400), target.Instrument, Short(Software.Name.Replace("PqdPortal", "pqd"), 100),
            _lastFile, _lastFileAt, _sent, _left, _refused, trouble is null ? null : Short(trouble, 1000), hasStopped), stop);
    }

    public static string Short(string text, int most) => text.Length <= most ? text : text[^(char.IsLowSurrogate(text[^most]) ? most - 1 : most)..];
}

/// <summary>What became of a file, or why it waits.</summary>
/// <param name="File">Its place below the watched folder.</param>
/// <param name="State">sent, known, grown, waiting, refused or gone.</param>
sealed record WatchLine(string File, string State)
{
    /// <summary>In words.</summary>
    public required string Text { get; init; }
    public string? Sha256 { get; init; }
    public long? Bytes { get; init; }
    public Guid? Run { get; init; }

    /// <summary>Code of the dot or sample; null in the inbox.</summary>
    public string? Of { get; init; }
    public string? Reading { get; init; }
}
