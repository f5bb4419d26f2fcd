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

    /// <summary>Your projects, by name.</summary>
    public Task<IReadOnlyList<ProjectRecord>> Projects(CancellationToken stop = default) => Known<IReadOnlyList<ProjectRecord>>("projects", stop);

    /// <summary>Who can see a project and all that is in it, and why; null where there is none for the caller.</summary>
    public Task<IReadOnlyList<AccessEntry>?> Access(string project, CancellationToken stop = default) => One<IReadOnlyList<AccessEntry>>($"projects/{Uri.EscapeDataString(project)}/access", stop);

    /// <summary>Which people and groups have which role in a project; null where there is none for the caller.</summary>
    public Task<IReadOnlyList<MemberRecord>?> Members(string project, CancellationToken stop = default) => One<IReadOnlyList<MemberRecord>>($"projects/{Uri.EscapeDataString(project)}/members", stop);

    /// <summary>Gives a person or a group a role in a project, and tells all members.</summary>
    public Task<IReadOnlyList<MemberRecord>> SetMember(string project, MemberDraft member, CancellationToken stop = default) =>
        Post<MemberDraft, IReadOnlyList<MemberRecord>>($"projects/{Uri.EscapeDataString(project)}/members", member, stop);

    /// <summary>Makes a read-only link into a project; its address is told this once.</summary>
    public Task<MadeLinkRecord> MakeLink(string project, LinkDraft link, CancellationToken stop = default) =>
        Post<LinkDraft, MadeLinkRecord>($"projects/{Uri.EscapeDataString(project)}/links", link, stop);

    /// <summary>What runs, what waits and what ended last, of the caller's projects.</summary>
    public Task<JobsRecord> Jobs(CancellationToken stop = default) => Known<JobsRecord>("jobs", stop);

    /// <summary>Stops work that waits or runs; nothing happens to what has ended already.</summary>
    public async Task CancelJob(Guid job, CancellationToken stop = default)
    {
        using var answer = await http.PostAsync($"{RestApi.Relative}/jobs/{job}/cancel", null, stop);
        if (!answer.IsSuccessStatusCode && answer.StatusCode != HttpStatusCode.Conflict) throw await RecordTrouble.From(answer, stop);
    }

    /// <summary>What lies in the bin and may be taken out again, the last first.</summary>
    public Task<IReadOnlyList<BinnedRecord>> Bin(CancellationToken stop = default) => Known<IReadOnlyList<BinnedRecord>>("bin", stop);

    /// <summary>Puts a record into the bin, from which it can be taken for 30 days.</summary>
    /// <param name="where">Such as batches/PQ-0042, runs/ and an id, templates/ and an id, projects/PQ.</param>
    public async Task Remove(string where, CancellationToken stop = default)
    {
        using var answer = await http.DeleteAsync($"{RestApi.Relative}/{where}", stop);
        if (!answer.IsSuccessStatusCode) throw await RecordTrouble.From(answer, stop);
    }

    /// <summary>Takes a record out of the bin.</summary>
    public async Task Restore(string where, CancellationToken stop = default)
    {
        using var answer = await http.PostAsync($"{RestApi.Relative}/{where}/restore", null, stop);
        if (!answer.IsSuccessStatusCode) throw await RecordTrouble.From(answer, stop);
    }

    /// <summary>Who changed what of a record, newest first; null where there is none for the caller.</summary>
    public Task<IReadOnlyList<HistoryRecord>?> History(string where, CancellationToken stop = default) => One<IReadOnlyList<HistoryRecord>>($"{where}/history", stop);

    /// <summary>A record as it stood after each of its changes, oldest first; null where there is none for the caller.</summary>
    public Task<IReadOnlyList<VersionRecord>?> Versions(string where, CancellationToken stop = default) => One<IReadOnlyList<VersionRecord>>($"{where}/versions", stop);

    /// <summary>Brings an earlier version of a batch, sample, dot, run or set-up back as a new change.</summary>
    /// <param name="version">Of the record as it stands now.</param>
    /// <param name="fields">Only these; null for the whole version.</param>
    /// <returns>The record as it stands then.</returns>
    public Task<T> BringBack<T>(string where, int number, uint version, IReadOnlyList<string>? fields = null, CancellationToken stop = default) =>
        Versioned<T>(HttpMethod.Post, $"{where}/versions/{number}/restore", new BringBackRecord(fields), version, stop);

    /// <summary>Analyses of a run, newest first; null where there is no such run for the caller.</summary>
    public Task<IReadOnlyList<AnalysisEntry>?> Analyses(Guid run, string? kind = null, CancellationToken stop = default) =>
        One<IReadOnlyList<AnalysisEntry>>($"analyses?run={run}{(kind is null ? "" : $"&kind={Uri.EscapeDataString(kind)}")}", stop);

    /// <summary>Asks for an analysis; the same question is answered by the result that is there.</summary>
    public Task<AnalysisAnswered> Ask(AskAnalysis asked, CancellationToken stop = default) => Post<AskAnalysis, AnalysisAnswered>("analyses", asked, stop);

    /// <summary>One analysis and how far it is; null where there is none for the caller.</summary>
    public Task<AnalysisEntry?> Analysis(Guid id, CancellationToken stop = default) => One<AnalysisEntry>($"analyses/{id}", stop);

    /// <summary>Which curves a result has; null where there is none for the caller.</summary>
    public Task<IReadOnlyList<CurveEntry>?> Curves(Guid analysis, CancellationToken stop = default) => One<IReadOnlyList<CurveEntry>>($"analyses/{analysis}/curves", stop);

    /// <summary>One curve of a result as lists of numbers; null where the result has none of that name.</summary>
    public Task<CurveRecord?> Curve(Guid analysis, string name, CancellationToken stop = default) => One<CurveRecord>($"analyses/{analysis}/curves/{Uri.EscapeDataString(name)}", stop);

    /// <summary>Where files of these names would belong in a project, by its rules or by others to try; nothing is changed.</summary>
    public Task<IReadOnlyList<TriedNameRecord>> TryNames(string project, TryNames names, CancellationToken stop = default) =>
        Post<TryNames, IReadOnlyList<TriedNameRecord>>($"projects/{Uri.EscapeDataString(project)}/names/try", names, stop);

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
        return await Known<RecordPage<T>>($"{what}?{asked}", stop);
    }

    /// <summary>What is there for everybody, were it empty.</summary>
    async Task<T> Known<T>(string where, CancellationToken stop)
    {
        using var answer = await http.GetAsync($"{RestApi.Relative}/{where}", stop);
        return await Read<T>(answer, stop);
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

    Task<T> Patch<T>(string where, T body, uint version, CancellationToken stop) => Versioned<T>(HttpMethod.Patch, where, body, version, stop);

    async Task<T> Versioned<T>(HttpMethod method, string where, object? body, uint version, CancellationToken stop)
    {
        using var ask = new HttpRequestMessage(method, $"{RestApi.Relative}/{where}") { Content = JsonContent.Create(body, options: Json) };
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
