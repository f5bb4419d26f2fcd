using System.Security.Cryptography;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Client.Uploads;

namespace PqdPortal.Cli.Portal;

/// <summary>Sends one file to its place: not at all where the same content is there already, from the confirmed byte on where it was begun before.</summary>
public sealed class FileSender(PortalClient portal, PendingUploads pending)
{
    /// <summary>SHA-256 of a file as it stands, lower-case hex.</summary>
    public static async Task<string> Hash(Stream content, CancellationToken stop)
    {
        content.Position = 0;
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, stop));
    }

    /// <param name="content">The file, opened for as long as this takes: a name that is removed meanwhile does no harm.</param>
    /// <param name="giveUpAfter">Longest time without a confirmed byte.</param>
    /// <exception cref="RecordTrouble">The portal does not take it.</exception>
    /// <exception cref="HttpRequestException">The portal could not be reached for too long.</exception>
    public async Task<SentFile> Send(UploadTarget target, Stream content, string sha256, IProgress<long>? progress, TimeSpan giveUpAfter, CancellationToken stop)
    {
        var begun = pending.Find(sha256, target);
        if (begun is null && target.Run is null && await Known(target, sha256, giveUpAfter, stop) is { Run: { } there }) return new(there, sha256, content.Length, WasThere: true, 0, null);
        var end = await portal.Uploads.Send(target, content, begun, at =>
        {
            pending.Began(sha256, target, at);
            return Task.CompletedTask;
        }, progress, giveUpAfter, stop);
        pending.Ended(sha256, target);
        return new(end.Run, sha256, content.Length, WasThere: end.Note?.Contains("already", StringComparison.Ordinal) == true, end.Resumed, end.Note);
    }

    async Task<KnownUpload> Known(UploadTarget target, string sha256, TimeSpan giveUpAfter, CancellationToken stop)
    {
        var since = System.Diagnostics.Stopwatch.StartNew();
        for (var tries = 0; ; tries++)
            try
            {
                return await portal.Uploads.Known(sha256, target, stop);
            }
            catch (Exception broken) when (!stop.IsCancellationRequested && UploadClient.IsPassing(broken) && since.Elapsed < giveUpAfter)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(15_000, 250 * Math.Pow(2, Math.Min(tries, 6)))), stop);
            }
    }

    /// <summary>The run when its file has been looked at, or as it stands when the patience ends.</summary>
    public async Task<RunRecord?> Read(Guid run, TimeSpan patience, CancellationToken stop)
    {
        var since = System.Diagnostics.Stopwatch.StartNew();
        for (var wait = 150; ; wait = Math.Min(2000, wait * 3 / 2))
        {
            try
            {
                var record = await portal.Run(run, stop);
                if (record.Reading is not ("waiting" or "reading") || since.Elapsed > patience) return record;
            }
            catch (Exception broken) when (!stop.IsCancellationRequested && UploadClient.IsPassing(broken) && since.Elapsed < patience)
            {
                // The file is safe; how it was read is only news.
            }
            catch (Exception broken) when (!stop.IsCancellationRequested && broken is RecordTrouble or HttpRequestException or OperationCanceledException)
            {
                return null;
            }
            await Task.Delay(wait, stop);
        }
    }

    /// <summary>How the file of a run ended, in words.</summary>
    public static string Ending(RunRecord? run, string sha256)
    {
        if (run is null) return "stored; how it was read is not known yet";
        var file = run.Files.FirstOrDefault(file => file.Sha256 == sha256);
        return (file?.Reading ?? run.Reading) switch
        {
            "read" => $"read as {PortalOption.Plain(file?.Format ?? "a known format")}",
            "stored-unread" => $"stored, not understood: {PortalOption.Plain(file?.Message ?? run.ReadingMessage)}",
            "failed" => $"stored, could not be read: {PortalOption.Plain(file?.Message ?? run.ReadingMessage)}",
            _ => "stored, waits to be read",
        };
    }
}

/// <summary>A file that is in the portal.</summary>
/// <param name="WasThere">The same content was in the same place before; nothing was doubled.</param>
/// <param name="Resumed">Bytes that an earlier try had brought.</param>
public sealed record SentFile(Guid Run, string Sha256, long Bytes, bool WasThere, long Resumed, string? Note);
