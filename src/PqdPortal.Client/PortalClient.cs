using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using PqdPortal.Client.Records;
using PqdPortal.Client.Uploads;

namespace PqdPortal.Client;

/// <summary>One portal as a person's program sees it: who it is signed in as, its records, uploads and results.</summary>
/// <remarks>What is not there for the person is a <see cref="RecordTrouble"/> with status 404, like what does not exist.</remarks>
public sealed class PortalClient : IDisposable
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    readonly HttpClient _http;

    /// <param name="address">Of the portal, such as https://portal.example/; what comes behind the last slash counts as a folder.</param>
    /// <param name="token">A personal access token.</param>
    /// <param name="software">What the program calls itself.</param>
    /// <param name="handler">How requests go out; the machine's own way where null.</param>
    public PortalClient(Uri address, string token, string software = "PqdPortal.Client", HttpMessageHandler? handler = null)
    {
        Address = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
        _http = new HttpClient(handler ?? new SocketsHttpHandler
        {
            // A portal that moves to another machine is found again; a connection that died without a word is not waited for.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), ConnectTimeout = TimeSpan.FromSeconds(10), AllowAutoRedirect = false,
        })
        {
            BaseAddress = Address, Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _http.DefaultRequestHeaders.UserAgent.TryParseAdd(software.Replace(' ', '/'));
        Records = new RecordsClient(_http);
        Uploads = new UploadClient(_http);
    }

    /// <summary>Where it lies, with a slash at its end.</summary>
    public Uri Address { get; }
    public RecordsClient Records { get; }
    public UploadClient Uploads { get; }

    /// <summary>How long an answer may take that is no upload and no file.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Who the token belongs to.</summary>
    public Task<MeRecord> Me(CancellationToken stop = default) => Get<MeRecord>("me", stop);

    /// <summary>Runs, newest first.</summary>
    public Task<RecordPage<RunRecord>> Runs(RunQuestion asked, CancellationToken stop = default) => Get<RecordPage<RunRecord>>("runs?" + asked.Query, stop);

    /// <summary>One run with its files and newest results.</summary>
    public Task<RunRecord> Run(Guid id, CancellationToken stop = default) => Get<RunRecord>($"runs/{id}", stop);

    /// <summary>Analyses of a run, newest first.</summary>
    public Task<IReadOnlyList<AnalysisEntry>> Analyses(Guid run, CancellationToken stop = default) => Get<IReadOnlyList<AnalysisEntry>>($"analyses?run={run}", stop);

    /// <summary>The whole report of an analysis, JSON of the contract.</summary>
    public Task<JsonDocument> Report(Guid analysis, CancellationToken stop = default) => Get<JsonDocument>($"analyses/{analysis}/report", stop);

    /// <summary>The runs that wait for a home, and where each may belong.</summary>
    public Task<RecordPage<InboxEntry>> Inbox(string? project = null, string? search = null, int page = 1, CancellationToken stop = default) =>
        Get<RecordPage<InboxEntry>>($"inbox?page={page}{(project is null ? "" : $"&project={Uri.EscapeDataString(project)}")}{(search is null ? "" : $"&search={Uri.EscapeDataString(search)}")}", stop);

    /// <summary>Says how a program beside a set-up does.</summary>
    public async Task<AgentRecord> Report(AgentReport report, CancellationToken stop = default)
    {
        using var content = JsonContent.Create(report, options: Json);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        using var answer = await _http.PostAsync($"{RestApi.Relative}/agents", content, patience.Token);
        return await Read<AgentRecord>(answer, patience.Token);
    }

    /// <summary>A text of the API, such as the curve of an analysis as CSV, copied as it comes.</summary>
    /// <param name="where">Below the API's root.</param>
    public async Task Copy(string where, Stream to, CancellationToken stop = default)
    {
        using var answer = await _http.GetAsync($"{RestApi.Relative}/{where}", HttpCompletionOption.ResponseHeadersRead, stop);
        if (!answer.IsSuccessStatusCode) throw await RecordTrouble.From(answer, stop);
        await answer.Content.CopyToAsync(to, stop);
    }

    async Task<T> Get<T>(string where, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            using var answer = await _http.GetAsync($"{RestApi.Relative}/{where}", patience.Token);
            return await Read<T>(answer, patience.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new HttpRequestException($"The portal did not answer within {Patience.TotalSeconds:0} s.");
        }
    }

    static async Task<T> Read<T>(HttpResponseMessage answer, CancellationToken stop)
    {
        if (!answer.IsSuccessStatusCode) throw await RecordTrouble.From(answer, stop);
        if (answer.Content.Headers.ContentType?.MediaType?.Contains("json") != true)
            throw new RecordTrouble(HttpStatusCode.NotFound, "What answers there is no portal: the answer is no JSON. Check the address.");
        return await answer.Content.ReadFromJsonAsync<T>(Json, stop) ?? throw new RecordTrouble(answer.StatusCode, "The portal sent an empty answer.");
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>Which runs are asked for.</summary>
public sealed record RunQuestion
{
    /// <summary>A part of a name, dot, sample or formula.</summary>
    public string? Search { get; init; }

    /// <summary>Code of a dot or a sample.</summary>
    public string? Dot { get; init; }
    public string? Sample { get; init; }

    /// <summary>no-file, waiting, reading, read, stored-unread, failed.</summary>
    public string? Reading { get; init; }

    /// <summary>name, of, measured, g2, rate; with a minus in front the other way round.</summary>
    public string? Sort { get; init; }
    public int Page { get; init; } = 1;

    internal string Query => string.Join('&', new[] { ("search", Search), ("dot", Dot), ("sample", Sample), ("reading", Reading), ("sort", Sort), ("page", Page.ToString(System.Globalization.CultureInfo.InvariantCulture)) }
        .Where(one => one.Item2 is not null).Select(one => $"{one.Item1}={Uri.EscapeDataString(one.Item2!)}"));
}
