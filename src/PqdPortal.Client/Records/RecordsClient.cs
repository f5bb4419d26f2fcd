using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace PqdPortal.Client.Records;

/// <summary>The portal's records over HTTP: lists, single records, making and editing.</summary>
/// <param name="http">Has the portal's address as base and the token as its authorization.</param>
/// <remarks>What the caller may not see is null, as if it were not there.</remarks>
public sealed class RecordsClient(HttpClient http)
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public Task<RecordPage<BatchRecord>> Batches(string? search = null, int page = 1, CancellationToken stop = default) =>
        List<BatchRecord>("batches", stop, ("search", search), ("page", page.ToString()));

    public Task<RecordPage<SampleRecord>> Samples(string? batch = null, int page = 1, CancellationToken stop = default) =>
        List<SampleRecord>("samples", stop, ("batch", batch), ("page", page.ToString()));

    public Task<RecordPage<DotRecord>> Dots(string? sample = null, string? search = null, int page = 1, CancellationToken stop = default) =>
        List<DotRecord>("dots", stop, ("sample", sample), ("search", search), ("page", page.ToString()));

    public Task<RecordPage<RunRecord>> Runs(string? dot = null, string? sample = null, string? search = null, int page = 1, CancellationToken stop = default) =>
        List<RunRecord>("runs", stop, ("dot", dot), ("sample", sample), ("search", search), ("page", page.ToString()));

    public Task<BatchRecord?> Batch(string code, CancellationToken stop = default) => One<BatchRecord>($"batches/{Uri.EscapeDataString(code)}", stop);
    public Task<SampleRecord?> Sample(string code, CancellationToken stop = default) => One<SampleRecord>($"samples/{Uri.EscapeDataString(code)}", stop);
    public Task<DotRecord?> Dot(string code, CancellationToken stop = default) => One<DotRecord>($"dots/{Uri.EscapeDataString(code)}", stop);
    public Task<RunRecord?> Run(Guid id, CancellationToken stop = default) => One<RunRecord>($"runs/{id}", stop);

    /// <summary>Makes a batch in the project whose code the record names.</summary>
    public Task<BatchRecord> Make(BatchRecord batch, CancellationToken stop = default) => Post<BatchRecord, BatchRecord>("batches", batch, stop);

    /// <summary>Makes a sample of the batch whose code the record names.</summary>
    public Task<SampleRecord> Make(SampleRecord sample, CancellationToken stop = default) => Post<SampleRecord, SampleRecord>("samples", sample, stop);

    /// <summary>Adds dots to a sample; their numbering continues.</summary>
    public Task<IReadOnlyList<DotRecord>> AddDots(string sample, int count, CancellationToken stop = default) =>
        Post<AddDots, IReadOnlyList<DotRecord>>($"samples/{Uri.EscapeDataString(sample)}/dots", new AddDots(count), stop);

    /// <summary>Makes a run of the dot or sample whose code the record names.</summary>
    public Task<RunRecord> Make(RunRecord run, CancellationToken stop = default) => Post<RunRecord, RunRecord>("runs", run, stop);

    public Task<BatchRecord> Save(BatchRecord batch, CancellationToken stop = default) => Patch($"batches/{batch.Code}", batch, batch.Version, stop);
    public Task<SampleRecord> Save(SampleRecord sample, CancellationToken stop = default) => Patch($"samples/{sample.Code}", sample, sample.Version, stop);
    public Task<DotRecord> Save(DotRecord dot, CancellationToken stop = default) => Patch($"dots/{dot.Code}", dot, dot.Version, stop);
    public Task<RunRecord> Save(RunRecord run, CancellationToken stop = default) => Patch($"runs/{run.Id}", run, run.Version, stop);

    /// <summary>The raw file as it was uploaded, as a stream that begins at <paramref name="from"/>.</summary>
    public async Task<Stream> Download(Guid run, Guid file, long from = 0, CancellationToken stop = default)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Get, $"{RestApi.Relative}/runs/{run}/files/{file}");
        if (from > 0) ask.Headers.Range = new RangeHeaderValue(from, null);
        var answer = await http.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead, stop);
        if (!answer.IsSuccessStatusCode)
            using (answer) throw await RecordTrouble.From(answer, stop);
        return await answer.Content.ReadAsStreamAsync(stop);
    }

    async Task<RecordPage<T>> List<T>(string what, CancellationToken stop, params (string Name, string? Value)[] query)
    {
        var asked = string.Join('&', query.Where(q => q.Value is not null).Select(q => $"{q.Name}={Uri.EscapeDataString(q.Value!)}"));
        using var answer = await http.GetAsync($"{RestApi.Relative}/{what}?{asked}", stop);
        return await Read<RecordPage<T>>(answer, stop);
    }

    async Task<T?> One<T>(string where, CancellationToken stop) where T : class
    {
        using var answer = await http.GetAsync($"{RestApi.Relative}/{where}", stop);
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await Read<T>(answer, stop);
    }

    async Task<TAnswer> Post<TBody, TAnswer>(string where, TBody body, CancellationToken stop)
    {
        using var answer = await http.PostAsJsonAsync($"{RestApi.Relative}/{where}", body, Json, stop);
        return await Read<TAnswer>(answer, stop);
    }

    async Task<T> Patch<T>(string where, T body, uint version, CancellationToken stop)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Patch, $"{RestApi.Relative}/{where}") { Content = JsonContent.Create(body, options: Json) };
        ask.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\""));
        using var answer = await http.SendAsync(ask, stop);
        return await Read<T>(answer, stop);
    }

    static async Task<T> Read<T>(HttpResponseMessage answer, CancellationToken stop) =>
        answer.IsSuccessStatusCode
            ? await answer.Content.ReadFromJsonAsync<T>(Json, stop) ?? throw new RecordTrouble(answer.StatusCode, "The portal sent an empty answer.")
            : throw await RecordTrouble.From(answer, stop);
}

/// <summary>The portal refused; the message is its own, in plain words.</summary>
/// <param name="status">400 a wrong value, 404 not there for you, 412 somebody else saved in between.</param>
public sealed class RecordTrouble(HttpStatusCode status, string message) : Exception(message)
{
    public HttpStatusCode Status { get; } = status;

    internal static async Task<RecordTrouble> From(HttpResponseMessage answer, CancellationToken stop)
    {
        // The upload protocol tells its troubles as plain text.
        if (answer.Content.Headers.ContentType?.MediaType == "text/plain" && await answer.Content.ReadAsStringAsync(stop) is { Length: > 0 and < 2000 } told)
            return new RecordTrouble(answer.StatusCode, told);
        try
        {
            using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(stop));
            if (problem.RootElement.TryGetProperty("detail", out var detail) && detail.GetString() is { Length: > 0 } text)
                return new RecordTrouble(answer.StatusCode, text);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Not from the portal itself: a proxy answers in its own words.
        }

        return new RecordTrouble(answer.StatusCode, $"The portal answered {(int)answer.StatusCode} {answer.ReasonPhrase}.");
    }
}
