using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using PqdPortal.Client.Records;

namespace PqdPortal.Client.Uploads;

/// <summary>
/// Sends files by the tus 1.0 protocol of resumable uploads (https://tus.io/protocols/resumable-upload): piece by piece, each
/// counted only when the portal has confirmed it, from the confirmed byte on after whatever broke.
/// </summary>
/// <param name="http">Has the portal's address as base and the token as its authorization.</param>
public sealed class UploadClient(HttpClient http)
{
    const string Uploads = RestApi.Relative + "/uploads";
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Largest piece in one request [bytes]; after a break only what of it was not confirmed is sent again.</summary>
    public int PieceBytes { get; init; } = 16 << 20;

    /// <summary>How long a request without a body, or a piece that does not move on, may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Hears of each try that broke, with the wait before the next.</summary>
    public Action<string, TimeSpan>? OnBreak { get; set; }

    /// <summary>Whether the same content is in the same place already.</summary>
    /// <param name="sha256">Of the whole file, lower-case hex.</param>
    /// <exception cref="RecordTrouble">The place is not there for the person, or may not be added to by them.</exception>
    public async Task<KnownUpload> Known(string sha256, UploadTarget target, CancellationToken stop = default)
    {
        using var answer = await Ask(HttpMethod.Get, $"{Uploads}/known?sha256={sha256}&name={Uri.EscapeDataString(target.FileName)}"
            + (target.To is { } to ? $"&to={Uri.EscapeDataString(to)}" : "") + (target.Project is { } project ? $"&project={Uri.EscapeDataString(project)}" : ""), stop);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<KnownUpload>(Json, stop))! : throw await RecordTrouble.From(answer, stop);
    }

    /// <summary>Announces a file.</summary>
    /// <returns>Where its pieces go; to be kept, so that another process can go on.</returns>
    /// <exception cref="RecordTrouble">The portal does not take it.</exception>
    public async Task<Uri> Begin(UploadTarget target, long length, CancellationToken stop = default)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Post, Uploads);
        ask.Headers.Add("Tus-Resumable", "1.0.0");
        ask.Headers.Add("Upload-Length", length.ToString(CultureInfo.InvariantCulture));
        ask.Headers.Add("Upload-Metadata", string.Join(',', target.Metadata().Select(pair => $"{pair.Name} {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value))}")));
        using var answer = await Within(Patience, ask, stop);
        if (answer.StatusCode != HttpStatusCode.Created) throw await RecordTrouble.From(answer, stop);
        return answer.Headers.Location is { } at ? new Uri(http.BaseAddress!, at) : throw new RecordTrouble(answer.StatusCode, "The portal took the announcement but did not say where the file goes.");
    }

    /// <summary>How much of an upload is confirmed; null where it is gone and has to be begun again.</summary>
    public async Task<UploadStanding?> Standing(Uri at, CancellationToken stop = default)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Head, at);
        ask.Headers.Add("Tus-Resumable", "1.0.0");
        using var answer = await Within(Patience, ask, stop);
        if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone) return null;
        if (!answer.IsSuccessStatusCode) throw await RecordTrouble.From(answer, stop);
        return new(Number(answer, "Upload-Offset") ?? 0, Number(answer, "Upload-Length") ?? 0, RunOf(answer), NoteOf(answer));
    }

    /// <summary>Sends a file whole, going on as often as it takes, until it is there or nothing moved for a time.</summary>
    /// <param name="content">The file, which can be read from any place.</param>
    /// <param name="at">Where a process before began it; null to begin anew.</param>
    /// <param name="began">Hears where the pieces go, before the first one goes.</param>
    /// <param name="progress">Hears how much is confirmed [bytes].</param>
    /// <param name="giveUpAfter">Longest time without a confirmed byte.</param>
    /// <returns>The run it became part of, and what the portal says of it.</returns>
    /// <exception cref="RecordTrouble">The portal does not take the file; trying again would not help.</exception>
    /// <exception cref="HttpRequestException">The portal could not be reached for too long.</exception>
    public async Task<UploadEnd> Send(
        UploadTarget target, Stream content, Uri? at = null, Func<Uri, Task>? began = null, IProgress<long>? progress = null, TimeSpan? giveUpAfter = null, CancellationToken stop = default)
    {
        var (length, confirmed, resumed) = (content.Length, 0L, 0L);
        var patience = giveUpAfter ?? TimeSpan.FromMinutes(5);
        var lastMove = System.Diagnostics.Stopwatch.StartNew();
        var (isSure, hasAsked) = (at is null, at is null);
        for (var tries = 0; ; )
            try
            {
                if (at is null)
                {
                    (at, confirmed) = (await Begin(target, length, stop), 0);
                    isSure = length > 0;
                    if (began is not null) await began(at);
                }
                if (!isSure)
                {
                    // After any break the portal says how far it is; what it says counts.
                    if (await Standing(at, stop) is not { } standing || standing.Length != length)
                    {
                        at = null;
                        continue;
                    }
                    if (!hasAsked) (resumed, hasAsked) = (standing.Offset, true);
                    if (standing.Offset > confirmed)
                    {
                        // It moves, however slowly: the next break is the first again.
                        lastMove.Restart();
                        tries = 0;
                    }
                    (confirmed, isSure) = (standing.Offset, true);
                    progress?.Report(confirmed);
                    if (standing.Run is { } there) return new(there, standing.Note, resumed);
                    if (confirmed == length) throw new HttpRequestException("All bytes are there, but the portal could not make the run yet.");
                }
                var (now, run, note) = await Piece(at, content, confirmed, length, stop);
                tries = 0;
                lastMove.Restart();
                confirmed = now;
                progress?.Report(confirmed);
                if (run is { } made) return new(made, note, resumed);
            }
            catch (Exception broken) when (!stop.IsCancellationRequested && IsPassing(broken))
            {
                isSure = at is null;
                if (lastMove.Elapsed > patience) throw new HttpRequestException($"{Words(broken)} Nothing moved for {lastMove.Elapsed.TotalSeconds:0} s; {confirmed} of {length} bytes are confirmed and stay so. Run the same command again to go on from there.", broken);
                var wait = TimeSpan.FromMilliseconds(Math.Min(15_000, 250 * Math.Pow(2, Math.Min(tries++, 6))));
                OnBreak?.Invoke(Words(broken), wait);
                await Task.Delay(wait, stop);
            }
    }

    /// <summary>Whether the same request may be answered otherwise a little later.</summary>
    public static bool IsPassing(Exception trouble) => trouble switch
    {
        // Broken lines, names that are not found while a cable is out, time-outs.
        HttpRequestException or OperationCanceledException or IOException { InnerException: System.Net.Sockets.SocketException } or HttpIOException => true,
        RecordTrouble { Status: var status } => status is HttpStatusCode.Conflict or HttpStatusCode.Locked or HttpStatusCode.TooManyRequests or HttpStatusCode.InsufficientStorage
            or HttpStatusCode.RequestTimeout or HttpStatusCode.MethodNotAllowed or (HttpStatusCode)460 || (int)status >= 500,
        _ => false,
    };

    static string Words(Exception broken) => broken switch
    {
        OperationCanceledException => "The portal did not answer in time.",
        RecordTrouble trouble => trouble.Message,
        _ => $"The portal cannot be reached: {broken.Message}",
    };

    async Task<(long Confirmed, Guid? Run, string? Note)> Piece(Uri at, Stream content, long offset, long length, CancellationToken stop)
    {
        var size = Math.Min(PieceBytes, length - offset);
        using var watch = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var ask = new HttpRequestMessage(HttpMethod.Patch, at) { Content = new PieceContent(content, offset, size, watch, Patience) };
        ask.Headers.Add("Tus-Resumable", "1.0.0");
        ask.Headers.Add("Upload-Offset", offset.ToString(CultureInfo.InvariantCulture));
        // The last piece is followed by the hashing of the whole file, which takes its time.
        watch.CancelAfter(Patience + TimeSpan.FromMinutes(10));
        using var answer = await http.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead, watch.Token);
        if (answer.StatusCode != HttpStatusCode.NoContent)
        {
            if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone) throw new HttpRequestException("The portal gave this upload up; it begins again.");
            throw await RecordTrouble.From(answer, watch.Token);
        }
        return (Number(answer, "Upload-Offset") ?? offset, RunOf(answer), NoteOf(answer));
    }

    async Task<HttpResponseMessage> Ask(HttpMethod method, string where, CancellationToken stop)
    {
        using var ask = new HttpRequestMessage(method, where);
        return await Within(Patience, ask, stop);
    }

    async Task<HttpResponseMessage> Within(TimeSpan patience, HttpRequestMessage ask, CancellationToken stop)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(patience);
        return await http.SendAsync(ask, late.Token);
    }

    static long? Number(HttpResponseMessage answer, string header) =>
        answer.Headers.TryGetValues(header, out var values) && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    static Guid? RunOf(HttpResponseMessage answer) => answer.Headers.TryGetValues("Portal-Run", out var values) && Guid.TryParse(values.First(), out var id) ? id : null;

    static string? NoteOf(HttpResponseMessage answer) => answer.Headers.TryGetValues("Portal-Note", out var values) ? Uri.UnescapeDataString(values.First()) : null;

    /// <summary>A stretch of a file as a body; a line that takes no more bytes for a while is given up.</summary>
    sealed class PieceContent : HttpContent
    {
        readonly Stream _content;
        readonly long _offset, _size;
        readonly CancellationTokenSource _watch;
        readonly TimeSpan _patience;

        public PieceContent(Stream content, long offset, long size, CancellationTokenSource watch, TimeSpan patience)
        {
            (_content, _offset, _size, _watch, _patience) = (content, offset, size, watch, patience);
            Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _content.Position = _offset;
            var buffer = new byte[1 << 17];
            for (var left = _size; left > 0;)
            {
                var read = await _content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), _watch.Token);
                if (read == 0) throw new FileCutException();
                _watch.CancelAfter(_patience);
                await stream.WriteAsync(buffer.AsMemory(0, read), _watch.Token);
                left -= read;
            }
            await stream.FlushAsync(_watch.Token);
            _watch.CancelAfter(_patience + TimeSpan.FromMinutes(10));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _size;
            return true;
        }
    }
}

/// <summary>The file became shorter while it was sent.</summary>
public sealed class FileCutException() : Exception("The file became shorter while it was sent.");

/// <summary>What a file is called and where it belongs.</summary>
public sealed record UploadTarget(string FileName)
{
    /// <summary>Code of a dot or sample; null for the inbox of a project.</summary>
    public string? To { get; init; }

    /// <summary>Code or id of the project whose inbox it goes to, where no dot or sample is named.</summary>
    public string? Project { get; init; }

    /// <summary>Id of a run that it joins.</summary>
    public Guid? Run { get; init; }

    /// <summary>The folders it lies in, outermost first, separated by /.</summary>
    public string? Folder { get; init; }

    /// <summary>Id or name of the set-up.</summary>
    public string? Instrument { get; init; }

    /// <summary>measurement, irf, background ...</summary>
    public string? Role { get; init; }

    internal IEnumerable<(string Name, string Value)> Metadata() =>
        ((string, string?)[])[("filename", FileName), ("to", To), ("project", To is null ? Project : null), ("run", Run?.ToString()), ("folder", Folder), ("instrument", Instrument), ("role", Role)]
            is var all ? all.Where(pair => pair.Item2 is { Length: > 0 }).Select(pair => (pair.Item1, pair.Item2!)) : [];
}

/// <summary>How far an upload is [bytes], and the run once it is whole.</summary>
public sealed record UploadStanding(long Offset, long Length, Guid? Run, string? Note);

/// <summary>What became of a file.</summary>
/// <param name="Note">What the portal says of it, such as that it was there already.</param>
/// <param name="Resumed">Bytes that an earlier try had brought.</param>
public sealed record UploadEnd(Guid Run, string? Note, long Resumed);
