using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Client.Records;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Portal.Tests;
using PqdPortal.Web.Access;

namespace PqdPortal.Survival.Tests;

/// <summary>A laboratory for tests that end processes: a database and a data folder, a project, and a program of somebody who uploads and asks, however often the line breaks.</summary>
public sealed class Laboratory : DatabaseFixture
{
    readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public Guid ProjectId { get; private set; }
    public Guid PersonId { get; private set; }

    /// <summary>Where requests go; the portal's address.</summary>
    public string Address { get; set; } = "";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        var person = await Person(administrator: true);
        (PersonId, ProjectId) = (person.Id, (await Project(person)).Id);
        await using var db = CreateDbContext();
        db.Add(new AccessToken { PersonId = person.Id, Name = "test", Hash = TokenAuthentication.Hash("pqd_laboratory"), CreatedAt = DateTimeOffset.UtcNow });
        await db.SaveChangesAsync();
        _http.DefaultRequestHeaders.Authorization = new("Bearer", "pqd_laboratory");
    }

    public override async Task DisposeAsync()
    {
        _http.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>Settings of a program on this laboratory, as environment variables; a lost worker is missed after two seconds.</summary>
    public Dictionary<string, string?> Settings(params (string Key, string? Value)[] more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings__Portal"] = ConnectionString,
            ["Portal__DataFolder"] = Folder.Path,
            ["Portal__Jobs__CheckInSeconds"] = "1",
            ["Portal__Jobs__LookSeconds"] = "1",
            ["Portal__Jobs__RetrySeconds"] = "0.5",
            ["Logging__LogLevel__Default"] = "Warning",
            ["Logging__LogLevel__PqdPortal.Jobs"] = "Information",
        };
        foreach (var (key, value) in more) settings[key] = value;
        return settings;
    }

    public static string HookPath => typeof(Laboratory).Assembly.Location;

    /// <summary>A T2 file of uncorrelated light on two detectors.</summary>
    public static byte[] Ptu(int photons, int seed)
    {
        using var file = new MemoryStream();
        var writer = new PtuWriter(file, new PtuHeader
        {
            Type = PtuRecordType.Find("HydraHarp V2 T2"),
            GlobalResolution = 1e-12,
            Resolution = 1e-12,
            Duration = photons * 1e-5,
            Comment = $"survival {seed}",
            Created = new DateTime(2026, 3, 14, 15, 9, 26),
            Identity = $"survival {seed}",
        });
        var random = new Random(seed);
        var (time, channel) = (new long[photons], new short[photons]);
        for (var (i, at) = (0, 0L); i < photons; i++)
        {
            at += 1 + (long)(-Math.Log(1 - random.NextDouble()) * 1e7);
            (time[i], channel[i]) = (at, (short)random.Next(2));
        }
        writer.Add(new PhotonBatch(time, channel, []));
        writer.Finish();
        return file.ToArray();
    }

    /// <summary>Uploads as any client of the protocol does: where the line breaks, it asks what is confirmed and goes on from there.</summary>
    /// <returns>The run that the file became.</returns>
    public async Task<Guid> Upload(byte[] bytes, string name, CancellationToken stop = default)
    {
        string? at = null;
        var patience = Stopwatch.StartNew();
        while (patience.Elapsed < TimeSpan.FromMinutes(2))
        {
            try
            {
                if (at is null)
                {
                    var create = Speak(HttpMethod.Post, "/api/v1/uploads");
                    create.Headers.Add("Upload-Length", bytes.Length.ToString());
                    create.Headers.Add("Upload-Metadata", $"filename {Base64(name)},project {Base64(ProjectId.ToString())}");
                    var made = await _http.SendAsync(create, stop);
                    if (made.StatusCode == HttpStatusCode.Created) at = new Uri(new Uri(Address), made.Headers.Location!).AbsolutePath;
                    else if ((int)made.StatusCode < 500) throw new Xunit.Sdk.XunitException($"{name}: {made.StatusCode} {await made.Content.ReadAsStringAsync(stop)}");
                    continue;
                }
                var head = await _http.SendAsync(Speak(HttpMethod.Head, at), stop);
                if (head.Headers.TryGetValues("Portal-Run", out var run)) return Guid.Parse(run.Single());
                if (head.StatusCode != HttpStatusCode.OK) throw new HttpRequestException($"{head.StatusCode}");
                var offset = int.Parse(head.Headers.GetValues("Upload-Offset").Single());
                var piece = bytes.AsSpan(offset, Math.Min(bytes.Length - offset, Math.Max(1, bytes.Length / 2))).ToArray();
                var patch = Speak(HttpMethod.Patch, at);
                patch.Headers.Add("Upload-Offset", offset.ToString());
                patch.Content = new ByteArrayContent(piece) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };
                var sent = await _http.SendAsync(patch, stop);
                if ((int)sent.StatusCode is 409 or 423 or >= 500) throw new HttpRequestException($"{sent.StatusCode}");
                Assert.True(sent.StatusCode == HttpStatusCode.NoContent, $"{name}: {sent.StatusCode} {await sent.Content.ReadAsStringAsync(stop)}");
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException || (broken is OperationCanceledException && !stop.IsCancellationRequested))
            {
                await Task.Delay(100, stop);
            }
        }
        throw new TimeoutException($"{name} did not arrive.");
    }

    /// <summary>Asks for an analysis until somebody answers.</summary>
    public async Task<AnalysisAnswered> Ask(Guid run, JsonObject parameters, string kind = "g2.cw", CancellationToken stop = default)
    {
        while (true)
            try
            {
                var answer = await _http.PostAsJsonAsync($"{Address}/api/v1/analyses", new AskAnalysis(run, kind, parameters.DeepClone().AsObject()), stop);
                if ((int)answer.StatusCode >= 500) throw new HttpRequestException($"{answer.StatusCode}");
                Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(stop));
                return (await answer.Content.ReadFromJsonAsync<AnalysisAnswered>(stop))!;
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException || (broken is OperationCanceledException && !stop.IsCancellationRequested))
            {
                await Task.Delay(100, stop);
            }
    }

    /// <summary>Waits until the database says what is wanted.</summary>
    public async Task<T> Until<T>(string what, TimeSpan patience, Func<Data.PortalDb, Task<T>> look, Func<T, bool> wanted, Func<string>? logs = null)
    {
        var last = default(T)!;
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < patience; await Task.Delay(50))
        {
            await using var db = CreateDbContext();
            if (wanted(last = await look(db))) return last;
        }
        throw new Xunit.Sdk.XunitException($"{what}: not so after {patience.TotalSeconds:0} s; it is {System.Text.Json.JsonSerializer.Serialize(last)}\n{logs?.Invoke()}");
    }

    /// <summary>Waits until no job waits or runs.</summary>
    public Task<List<Job>> AllEnded(TimeSpan patience, Func<string>? logs = null) =>
        Until("Every job has ended", patience, db => db.Jobs.AsNoTracking().Where(job => job.EndedAt == null).ToListAsync(), open => open.Count == 0, logs);

    /// <summary>What should be true whenever nothing is under way: every record has its file and every file its record, and nothing is half or double.</summary>
    /// <returns>What is not so, in words.</returns>
    public async Task<List<string>> Untidy()
    {
        List<string> wrong = [];
        await using var db = CreateDbContext();
        var jobs = await db.Jobs.AsNoTracking().ToListAsync();
        var analyses = await db.Analyses.AsNoTracking().Include(a => a.Values).Include(a => a.Verdicts).AsSplitQuery().ToListAsync();
        var runs = await db.Runs.AsNoTracking().Include(run => run.Files).ToListAsync();
        var uploads = await db.Uploads.AsNoTracking().ToListAsync();
        var stored = await db.StoredFiles.AsNoTracking().ToListAsync();
        var files = Path.Combine(Folder.Path, "files");

        foreach (var job in jobs)
        {
            if (job.EndedAt is null || job.State is JobState.Queued or JobState.Running) wrong.Add($"job {job.Title} has not ended: {job.State}");
            if (job.Pending is not null) wrong.Add($"job {job.Title} still announces a report");
        }
        foreach (var of in jobs.Where(job => job.AnalysisId is not null).GroupBy(job => job.AnalysisId))
            if (of.Count() != 1) wrong.Add($"analysis {of.Key} has {of.Count()} jobs");
        foreach (var analysis in analyses)
        {
            var job = jobs.SingleOrDefault(job => job.AnalysisId == analysis.Id);
            if (job?.State.ToString() != analysis.State.ToString()) wrong.Add($"analysis {analysis.Kind} is {analysis.State} and its job {job?.State}");
            if (analysis.State == AnalysisState.Done != (analysis.ReportSha256 is not null)) wrong.Add($"analysis {analysis.Kind} is {analysis.State} with report {analysis.ReportSha256}");
            if (analysis.State != AnalysisState.Done && analysis.Values.Count + analysis.Verdicts.Count > 0) wrong.Add($"analysis {analysis.Kind} is {analysis.State} and has values");
            if (analysis.ReportSha256 is not { } sha256) continue;
            var path = StorePath(files, sha256);
            if (!File.Exists(path))
            {
                wrong.Add($"the report of {analysis.Kind} is missing");
                continue;
            }
            var report = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
            if (Count(report["quantities"]) != analysis.Values.Count) wrong.Add($"{analysis.Kind} has {analysis.Values.Count} values and its report {Count(report["quantities"])}");
            if (Count(report["verdicts"]) != analysis.Verdicts.Count) wrong.Add($"{analysis.Kind} has {analysis.Verdicts.Count} verdicts and its report {Count(report["verdicts"])}");
        }
        foreach (var twice in analyses.Where(a => a.State == AnalysisState.Done).GroupBy(a => (a.RunId, a.Fingerprint)).Where(same => same.Count() > 1))
            wrong.Add($"{twice.First().Kind} was computed {twice.Count()} times for the same question");
        foreach (var run in runs)
        {
            if (run.Reading is Data.Runs.ReadingState.Waiting or Data.Runs.ReadingState.Reading) wrong.Add($"run {run.Name} is {run.Reading} and nobody reads it");
            if (run.Files.Count != 1) wrong.Add($"run {run.Name} has {run.Files.Count} files");
            if (run.Reading == Data.Runs.ReadingState.Read != run.Files.All(file => file.Summary is not null)) wrong.Add($"run {run.Name} is {run.Reading} and its summary says otherwise");
            if (run.Reading == Data.Runs.ReadingState.Read && analyses.Count(a => a.RunId == run.Id && a.Kind == "quick") != 1) wrong.Add($"run {run.Name} has {analyses.Count(a => a.RunId == run.Id && a.Kind == "quick")} quick checks");
        }
        foreach (var doubled in runs.SelectMany(run => run.Files).GroupBy(file => file.Sha256).Where(same => same.Count() > 1)) wrong.Add($"{doubled.First().Name} became {doubled.Count()} runs");
        foreach (var upload in uploads.Where(upload => upload.State == Data.Uploads.UploadState.Receiving && upload.Offset == upload.Length)) wrong.Add($"upload {upload.FileName} is whole and no run");

        var named = runs.SelectMany(run => run.Files).Select(file => file.Sha256).Concat(analyses.Select(a => a.ReportSha256).OfType<string>()).ToHashSet();
        var recorded = stored.Select(file => file.Sha256).ToHashSet();
        var lying = Directory.EnumerateFiles(files, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path).Length == 64).ToDictionary(path => Path.GetFileName(path), path => path);
        wrong.AddRange(recorded.Except(named).Select(sha256 => $"the record of file {sha256} belongs to nothing"));
        wrong.AddRange(recorded.Except(lying.Keys).Select(sha256 => $"file {sha256} is recorded and not there"));
        wrong.AddRange(lying.Keys.Except(recorded).Select(sha256 => $"file {sha256} lies in the store and has no record: {lying[sha256]}"));
        foreach (var file in stored.Where(file => lying.ContainsKey(file.Sha256)))
        {
            await using var content = File.OpenRead(lying[file.Sha256]);
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(content)) != file.Sha256) wrong.Add($"file {file.Sha256} holds other bytes");
        }
        wrong.AddRange(Directory.EnumerateFiles(files, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path).Length != 64).Select(path => $"{path} was left"));
        var receiving = uploads.Where(upload => upload.State == Data.Uploads.UploadState.Receiving).Select(upload => upload.Id.ToString("n")).ToHashSet();
        foreach (var folder in (string[])["uploads", "copies"])
            if (Directory.Exists(Path.Combine(Folder.Path, folder)))
                wrong.AddRange(Directory.EnumerateFiles(Path.Combine(Folder.Path, folder)).Where(path => !receiving.Contains(Path.GetFileNameWithoutExtension(path))).Select(path => $"{path} was left"));
        return wrong;
    }

    static int Count(JsonNode? node) => node switch { JsonObject named => named.Count, JsonArray listed => listed.Count, _ => 0 };

    static string StorePath(string files, string sha256) => Path.Combine(files, sha256[..2], sha256[2..4], sha256);

    HttpRequestMessage Speak(HttpMethod method, string address)
    {
        var request = new HttpRequestMessage(method, Address + address);
        request.Headers.Add("Tus-Resumable", "1.0.0");
        return request;
    }

    static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
