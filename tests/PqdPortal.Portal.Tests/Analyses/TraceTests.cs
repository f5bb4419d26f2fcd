using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Client.Records;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Portal.Tests.Analyses;

/// <summary>The trace of a result at any zoom, over HTTP, against the photons that were written into its file.</summary>
public sealed class TraceTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    const double Duration = 30;

    /// <summary>Photons of a dot that is bright and dim by turns [ps], on two inputs.</summary>
    static readonly (long[] Time, short[] Channel) Photons = Drawn();

    static (long[], short[]) Drawn()
    {
        var random = new Random(5);
        var time = Enumerable.Range(0, 60_000).Select(_ => random.NextDouble() * Duration).Where(t => random.NextDouble() < ((int)(t / 1.7) % 2 == 0 ? 1 : 0.08))
            .Select(t => (long)(t * 1e12)).Order().ToArray();
        return (time, [.. time.Select(_ => (short)random.Next(2))]);
    }

    static byte[] File()
    {
        using var file = new MemoryStream();
        var writer = new PtuWriter(file, new()
        {
            Type = PtuRecordType.Find("HydraHarp V2 T2"), GlobalResolution = 1e-12, Resolution = 1e-12, Duration = Duration, Comment = "dot", Created = new(2026, 1, 1), Identity = "trace",
        });
        writer.Add(new(Photons.Time, Photons.Channel, []));
        writer.Finish();
        return file.ToArray();
    }

    /// <summary>A finished intensity of that file; with levels and change points, as blinking has them, where asked.</summary>
    async Task<(HttpClient Http, Guid Id)> Finished(JsonObject? parameters = null, Func<AnalysisReport, AnalysisReport>? change = null)
    {
        var person = await portal.Person();
        var project = (await portal.Project(person)).Id;
        var bytes = File();
        var store = portal.Services.GetRequiredService<IFileStore>();
        var stored = await store.Save(new MemoryStream(bytes));
        var kind = AnalysisCatalogue.Find("intensity");
        var complete = kind.Complete(parameters ?? []);
        var report = kind.Compute(new AnalysisCall(new Dictionary<string, Measurement> { ["file"] = Formats.Open(new MemoryStream(bytes)) }, complete));
        report = change?.Invoke(report) ?? report;
        var written = await store.Save(new MemoryStream(ReportJson.Bytes(report, "PqdPortal test")));

        var run = new Run { ProjectId = project, Name = "dot 3", Reading = ReadingState.Read };
        var analysis = new AnalysisRecord
        {
            ProjectId = project, Run = run, Kind = report.Analysis, KindVersion = 1, Parameters = complete.ToJsonString(), Inputs = $$"""{"file":"{{stored.Sha256}}"}""", Fingerprint = Guid.NewGuid().ToString("n"),
            State = AnalysisState.Done, ReportSha256 = written.Sha256, RequestedAt = DateTimeOffset.UtcNow,
        };
        await using var db = portal.CreateDbContext();
        foreach (var one in new[] { stored, written })
            if (!await db.StoredFiles.AnyAsync(known => known.Sha256 == one.Sha256)) db.Add(new StoredFile { Sha256 = one.Sha256, Length = one.Length });
        db.AddRange(run, analysis);
        await db.SaveChangesAsync();
        return (await portal.Program(person), analysis.Id);
    }

    /// <summary>As a page does: asks again while it is being counted.</summary>
    static async Task<TraceRecord> Trace(HttpClient http, Guid id, string query = "")
    {
        for (var tries = 0; tries < 100; tries++)
        {
            using var answer = await http.GetAsync($"/api/v1/analyses/{id}/trace{query}");
            if (answer.StatusCode == HttpStatusCode.OK) return (await answer.Content.ReadFromJsonAsync<TraceRecord>())!;
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            await Task.Delay(100);
        }
        throw new TimeoutException("The trace did not come.");
    }

    static void Same(TraceRecord seen, double begin = 0)
    {
        for (var k = 0; k < seen.Mean.Count; k++)
        {
            long Between(double from, double to) => Photons.Time.LongCount(t => t >= Math.Round((begin + from) * 1e12) && t < Math.Round((begin + to) * 1e12));
            var from = seen.FromS + k * seen.WidthS;
            var to = Math.Min(from + seen.WidthS, seen.EndS);
            Assert.Equal(Between(from, to), seen.Photons[k]);
            Assert.Equal(seen.Photons[k] / (to - from), seen.Mean[k], 1e-6 * Math.Max(1, seen.Mean[k]));
            var parts = (int)Math.Round(seen.WidthS / seen.BinS);
            var bins = Enumerable.Range(0, parts).Where(i => from + (i + 1) * seen.BinS <= seen.EndS + 1e-9).Select(i => Between(from + i * seen.BinS, from + (i + 1) * seen.BinS) / seen.BinS).ToList();
            if (bins.Count == 0) continue;
            Assert.Equal((bins.Min(), bins.Max()), (seen.Min[k], seen.Max[k]), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-6 * Math.Max(1, a.Item2));
        }
    }

    [Theory]
    [InlineData("?points=60", 0.5, 0.01)]
    [InlineData("?points=50&bin=0.1", 0.6, 0.1)]
    [InlineData("?from=10.013&to=12.1&points=100", 0.03, 0.01)]
    [InlineData("?from=10.013&to=10.2&points=100", 0.002, 0.002)]
    [InlineData("?from=10.013&to=10.02&points=70", 0.0001, 0.0001)] // finer than what is kept: from the file
    [InlineData("?from=29.5&to=99", null, 0.001)]
    [InlineData("?from=-3&to=0.1&points=50", null, null)]
    public async Task A_window_holds_what_plain_counting_gives(string query, double? width, double? bin)
    {
        var (http, id) = await Finished();
        using (http)
        {
            var seen = await Trace(http, id, query);

            if (width is not null) Assert.Equal(width.Value, seen.WidthS, 1e-9);
            if (bin is not null) Assert.Equal(bin.Value, seen.BinS, 1e-9);
            Assert.Equal((Duration, 0.001), (seen.EndS, seen.KeptS));
            Assert.NotEmpty(seen.Mean);
            Same(seen);
        }
    }

    [Fact]
    public async Task A_result_about_a_part_has_the_trace_of_that_part()
    {
        var (http, id) = await Finished(new JsonObject { ["selection"] = new JsonObject { ["from_s"] = 12, ["to_s"] = 20 } });
        using (http)
        {
            var seen = await Trace(http, id, "?points=80");
            Assert.Equal(8, seen.EndS, 1e-9);
            Same(seen, 12);
            Same(await Trace(http, id, "?from=3.01&to=3.02&points=100"), 12);
        }
    }

    [Theory]
    [InlineData("?from=5&to=4", "end after its beginning")]
    [InlineData("?from=4&to=4", "end after its beginning")]
    [InlineData("?from=NaN", "number of seconds")]
    [InlineData("?to=Infinity", "number of seconds")]
    [InlineData("?bin=0", "above zero")]
    [InlineData("?bin=-1", "above zero")]
    public async Task A_window_that_is_none_is_refused_in_words(string query, string words)
    {
        var (http, id) = await Finished();
        using (http)
        {
            foreach (var address in new[] { $"/api/v1/analyses/{id}/trace{query}", $"/api/v1/analyses/{id}/figures/trace{query}" })
            {
                using var answer = await http.GetAsync(address);
                if (query.Contains("bin") && address.Contains("figures")) continue; // the figure takes the bins of its analysis
                Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
                Assert.Contains(words, await answer.Content.ReadAsStringAsync());
            }
        }
    }

    [Theory]
    [InlineData("?from=1e300&to=1e301")]
    [InlineData("?from=-1e300&to=1e300&points=2000000000")]
    [InlineData("?bin=1e300")]
    [InlineData("?bin=1e-300&points=-5")]
    public async Task Numbers_beyond_all_measure_do_no_harm(string query)
    {
        var (http, id) = await Finished();
        using (http)
        {
            var seen = await Trace(http, id, query);
            Assert.InRange(seen.Mean.Count, 0, 10_002);
            Assert.All(seen.Mean, rate => Assert.True(double.IsFinite(rate)));
        }
    }

    [Fact]
    public async Task The_figure_comes_in_windows_with_its_levels()
    {
        var (http, id) = await Finished(change: report => report with
        {
            Analysis = "blinking",
            Curves = [.. report.Curves,
                new Curve("levels", new("time", "s", [0, 10, 20, 30]), new("count rate", "cps", [2000, 200, 2100, 2100])),
                new Curve("change_points_s", new("time", "s", [10, 20]), null)],
        });
        using (http)
        {
            var trace = await Trace(http, id, "?from=9&to=12&points=100");
            Assert.Equal([10.0], trace.ChangePointsS);
            Assert.Equal([0.0, 10.0], trace.LevelFromS);
            Assert.Equal([2000.0, 200.0], trace.LevelCps);
            Assert.Equal(20.0, trace.LevelEndS);

            var figure = await http.GetFromJsonAsync<JsonElement>($"/api/v1/analyses/{id}/figures/trace?from=9&to=12&points=100");
            Assert.Equal([0, 30], figure.GetProperty("whole").EnumerateArray().Select(end => end.GetDouble()));
            Assert.False(figure.TryGetProperty("coming", out _));
            Assert.Equal(["count rate", "levels"], figure.GetProperty("groups").EnumerateArray().Select(group => group.GetProperty("series")[0].GetProperty("name").GetString()!));
            Assert.Equal(trace.Mean.Count, figure.GetProperty("groups")[0].GetProperty("x").GetArrayLength());
            Assert.StartsWith("<svg", await http.GetStringAsync($"/api/v1/analyses/{id}/figures/trace.svg"));
        }
    }

    [Fact]
    public async Task What_is_kept_may_be_deleted_or_damaged_and_is_counted_again()
    {
        var (http, id) = await Finished(new JsonObject { ["selection"] = new JsonObject { ["from_s"] = 1 } });
        using (http)
        {
            var first = await Trace(http, id);
            var folder = Path.Combine(portal.Folder.Path, "traces");
            Assert.NotEmpty(Directory.GetFiles(folder));
            foreach (var damage in new Action<string>[] { System.IO.File.Delete, path => System.IO.File.WriteAllBytes(path, new byte[100]), path => { using var cut = System.IO.File.OpenWrite(path); cut.SetLength(30); } })
            {
                foreach (var path in Directory.GetFiles(folder)) damage(path);
                using var afresh = new PqdPortal.Jobs.FineTraces(portal.Services.GetRequiredService<PqdPortal.Jobs.LocalCopy>(), portal.Folder, Microsoft.Extensions.Logging.Abstractions.NullLogger<PqdPortal.Jobs.FineTraces>.Instance);
                await using var db = portal.CreateDbContext();
                var record = await db.Analyses.SingleAsync(a => a.Id == id);
                await afresh.Make(record, [0, 1], default);

                var again = await afresh.Look(record, [0, 1], null, null, 1200, 0.01);

                Assert.Equal(first.Photons, again.Window!.Photons);
            }
        }
    }

    [Fact]
    public async Task A_result_without_a_trace_says_so()
    {
        var (http, id) = await Finished(change: report => report with { Curves = [] });
        using (http)
        {
            using var answer = await http.GetAsync($"/api/v1/analyses/{id}/trace");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/api/v1/analyses/{id}/figures/trace")).StatusCode);
        }
    }
}
