using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Runs;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout;

namespace PqdPortal.Portal.Tests.Records;

public sealed class RecordPageTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    [Fact]
    public async Task A_dot_without_a_run_waits_for_its_first_and_says_how_to_bring_it()
    {
        var dot = (await portal.As(Editor, of => of.GetRequiredService<SampleCommands>().AddDots(portal.Sample.Id, 1)))![0];

        var page = await Page<DotPage>(Editor, ("Code", dot.Code));

        Assert.Contains("Waiting for its first run", page);
        Assert.Contains("Upload runs of this dot", page);
    }

    [Fact]
    public async Task A_reader_of_a_dot_is_offered_nothing_they_may_not_do()
    {
        var page = await Page<DotPage>(portal.People[AccessRole.Read], ("Code", portal.Dot.Code));

        Assert.Contains(portal.Dot.Code, page);
        Assert.DoesNotContain("Edit", page);
        Assert.DoesNotContain("Upload", page);
        Assert.DoesNotContain("bin", page);
    }

    [Fact]
    public async Task A_dot_one_may_not_see_is_told_like_one_that_is_not_there()
    {
        var hidden = await Page<DotPage>(portal.People[AccessRole.None], ("Code", portal.Dot.Code));
        var missing = await Page<DotPage>(portal.People[AccessRole.None], ("Code", "ZN-0001-S1-D999"));

        Assert.Equal(missing.Replace("ZN-0001-S1-D999", portal.Dot.Code), hidden);
    }

    [Fact]
    public async Task A_simulated_dot_shows_its_truth_beside_what_was_measured()
    {
        var dot = (await portal.As(Editor, of => of.GetRequiredService<SampleCommands>().AddDots(portal.Sample.Id, 1)))![0];
        await using (var db = portal.CreateDbContext())
        {
            var stored = (await db.Emitters.FindAsync(dot.Id))!;
            (stored.Simulated, stored.Truth) = (true, """{"simulated": true, "truth": {"g2_0": 0.05, "t1_ns": 6.5, "total_cps": [40000, 31000]}}""");
            var run = new Run { ProjectId = portal.Zn.Id, SampleId = portal.Sample.Id, EmitterId = dot.Id, Name = "simulated", Simulated = true };
            db.Add(run);
            db.Add(new AnalysisRecord
            {
                ProjectId = portal.Zn.Id, RunId = run.Id, Kind = "g2.cw", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = "f",
                State = AnalysisState.Done, EndedAt = DateTimeOffset.UtcNow,
                Values = [new() { Name = "g2_0_corr", Value = 0.042, Sigma = 0.006, Unit = "1", Grade = "ok" }],
                Verdicts = [new() { Name = "single_emitter", Value = "yes", Why = "g2(0) + 2 sigma = 0.054 is below 0.5" }],
            });
            await db.SaveChangesAsync();
        }

        var page = await Page<DotPage>(Editor, ("Code", dot.Code));

        Assert.Contains("simulated", page);
        Assert.Contains("g2(0) 0.042 ± 0.006", page);
        Assert.Contains("single photon emitter: yes – g2(0) + 2 sigma = 0.054 is below 0.5", page);
        Assert.Contains("What it was made of", page);
        Assert.Contains("g2(0) 0.05 0.042 ± 0.006 −1.3 σ", page);
    }

    [Fact]
    public async Task A_dot_under_pulsed_light_shows_its_g2_and_its_decay_on_its_page_and_in_the_list()
    {
        var dot = (await portal.As(Editor, of => of.GetRequiredService<SampleCommands>().AddDots(portal.Sample.Id, 1)))![0];
        await using (var db = portal.CreateDbContext())
        {
            var run = new Run { ProjectId = portal.Zn.Id, SampleId = portal.Sample.Id, EmitterId = dot.Id, Name = "pulsed" };
            db.Add(run);
            foreach (var (kind, name, value, unit, verdict) in new[] { ("quick", "g2_0_raw", 0.4, "1", "flags"), ("g2.pulsed", "g2_0", 0.061, "1", "single_emitter"), ("lifetime", "tau_ns", 6.2, "ns", "model") })
                db.Add(new AnalysisRecord
                {
                    ProjectId = portal.Zn.Id, RunId = run.Id, Kind = kind, KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = "p" + kind,
                    State = AnalysisState.Done, EndedAt = DateTimeOffset.UtcNow,
                    Values = [new() { Name = name, Value = value, Sigma = 0.001, Unit = unit, Grade = "ok" }],
                    Verdicts = [new() { Name = verdict, Value = "yes", Why = "of pulses." }],
                });
            await db.SaveChangesAsync();
        }

        var page = await Page<DotPage>(Editor, ("Code", dot.Code));
        var (rows, _) = await portal.As(Editor, of => of.GetRequiredService<DotQueries>().Find(new DotFilter(Search: dot.Code)));

        Assert.Contains("g2(0) 0.061", page);
        Assert.Contains("single photon emitter: yes – of pulses.", page);
        Assert.Contains("g2(τ)", page);
        Assert.DoesNotContain("rough", page);
        Assert.Contains("Decay", page);
        Assert.Equal((0.061, false), (Assert.Single(rows).G2, rows[0].G2IsRaw));
        Assert.Equal(["peaks", "g2", "g2"], new[] { "g2.pulsed", "g2.cw", "quick" }.Select(kind => Strips.CurveOf(kind, "g2")));
    }

    [Fact]
    public async Task The_page_of_a_dot_says_the_number_that_the_list_says_and_the_run_it_is_from()
    {
        var dot = (await portal.As(Editor, of => of.GetRequiredService<SampleCommands>().AddDots(portal.Sample.Id, 1)))![0];
        await using (var db = portal.CreateDbContext())
        {
            foreach (var (name, kind, quantity, value, at) in new[]
            {
                ("older run", "g2.cw", "g2_0_corr", (double?)0.3, 1), ("newer run", "g2.pulsed", "g2_0", 0.06, 2), ("newest run", "quick", "g2_0_raw", 0.9, 3),
                ("older run", "blinking", "on_fraction", 0.7, 1), ("newest run", "blinking", "on_fraction", null, 3),
            })
            {
                var run = new Run { ProjectId = portal.Zn.Id, SampleId = portal.Sample.Id, EmitterId = dot.Id, Name = name };
                db.Add(run);
                db.Add(new AnalysisRecord
                {
                    ProjectId = portal.Zn.Id, RunId = run.Id, Kind = kind, KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = "s" + name + kind,
                    State = AnalysisState.Done, EndedAt = DateTimeOffset.UtcNow.AddMinutes(at),
                    Values = [new() { Name = quantity, Value = value, Sigma = 0.01, Unit = "1", Grade = "ok" }],
                });
            }
            await db.SaveChangesAsync();
        }

        var view = await portal.As(Editor, of => of.GetRequiredService<DotQueries>().Get(dot.Code));
        var (rows, _) = await portal.As(Editor, of => of.GetRequiredService<DotQueries>().Find(new DotFilter(Search: dot.Code)));
        var page = await Page<DotPage>(Editor, ("Code", dot.Code));

        var g2 = view!.Standing.First(["g2_0_corr", "g2_0", "g2_0_fit"])!;
        Assert.Equal(0.06, Assert.Single(rows).G2);
        Assert.Equal((0.06, "From g2.pulsed of the run newer run"), (g2.Quantity.Value, g2.Origin));
        Assert.Equal("From blinking of the run older run", view.Standing.First(["on_fraction"])!.Origin);
        Assert.Contains("g2(0) 0.060 ± 0.010", page);
        Assert.Contains("ON 0.700 ± 0.010", page);
    }

    [Fact]
    public async Task Of_two_results_of_a_kind_the_newest_of_all_photons_speaks_in_page_and_list()
    {
        var dot = (await portal.As(Editor, of => of.GetRequiredService<SampleCommands>().AddDots(portal.Sample.Id, 1)))![0];
        await using (var db = portal.CreateDbContext())
        {
            var run = new Run { ProjectId = portal.Zn.Id, SampleId = portal.Sample.Id, EmitterId = dot.Id, Name = "twice" };
            db.Add(run);
            foreach (var (value, at, state, parameters) in new[]
            {
                (0.3, 1, AnalysisState.Done, "{}"), (0.2, 2, AnalysisState.Done, "{}"), (0.1, 3, AnalysisState.Cancelled, "{}"),
                (0.05, 4, AnalysisState.Done, """{"selection": {"from_s": 5}}"""),
            })
                db.Add(new AnalysisRecord
                {
                    ProjectId = portal.Zn.Id, RunId = run.Id, Kind = "g2.cw", KindVersion = 1, Parameters = parameters, Inputs = "{}", Fingerprint = "t" + at,
                    State = state, EndedAt = DateTimeOffset.UtcNow.AddMinutes(at),
                    Values = [new() { Name = "g2_0_corr", Value = value, Sigma = 0.01, Unit = "1", Grade = "ok" }, new() { Name = "rate_cps", Value = 1e5 * value, Unit = "cps", Grade = "ok" }],
                });
            await db.SaveChangesAsync();
        }

        var view = await portal.As(Editor, of => of.GetRequiredService<DotQueries>().Get(dot.Code));
        var (rows, _) = await portal.As(Editor, of => of.GetRequiredService<DotQueries>().Find(new DotFilter(Search: dot.Code)));
        var (runs, _) = await portal.As(Editor, of => of.GetRequiredService<RunQueries>().Find(new RunFilter(Dot: dot.Code, Sort: "g2")));

        Assert.Equal(0.2, view!.Results.First("g2_0_corr")!.Value.Quantity.Value);
        Assert.Equal((0.2, 2e4), (Assert.Single(rows).G2, rows[0].Rate));
        Assert.Equal((0.2, 2e4), (Assert.Single(runs).G2, runs[0].Rate));
        var whole = await portal.As(Editor, of => of.GetRequiredService<RunQueries>().Get(runs[0].Id));
        Assert.Equal(4, whole!.Analyses.Count);
        Assert.Equal(0.2, Assert.Single(whole.Analyses.NewestOfEachKind()).Values.Single(value => value.Name == "g2_0_corr").Value);
    }

    [Fact]
    public async Task A_run_shows_what_reading_found_with_rates_differences_and_offsets()
    {
        var page = await Plain<FormatCard>(("Of", FormatFacts.Of("""
            {"format": "PicoQuant PTU", "record_type": "HydraHarp V2 T2", "mode": "T2", "time_unit_s": 1e-12, "duration_s": 5, "duration_source": "header",
             "records": {"declared": 435319, "read": 435317, "trailing_bytes": 3}, "events_by_channel": {"0": 305565, "1": 300123, "108": 4, "-1": 12},
             "overflow_records": 129754, "overflow_wraps": 149011, "last_tick": 2999931749407, "first_events": [[0, 24433765, null]],
             "findings": [{"severity": "warning", "code": "CUT", "message": "The file ends early.", "offset": 4821516, "record": 1204331}]}
            """)));

        Assert.Contains("HydraHarp V2 T2", page);
        Assert.Contains("1 ps per tick", page);
        Assert.Contains("605\u202f688", page);
        Assert.Contains("61\u202f113 ± 111", page);
        Assert.Contains("435\u202f317 read, 435\u202f319 declared; 3 bytes behind them belong to no record", page);
        Assert.Contains("149\u202f011 wraps in 129\u202f754 overflow records", page);
        Assert.Contains("4 of bits 8; 12 events of the laser", page);
        Assert.Contains("The events span 3 s where the header says 5 s", page);
        Assert.Contains("byte 4\u202f821\u202f516, record 1\u202f204\u202f331", page);
    }

    [Fact]
    public async Task A_value_that_is_not_recorded_says_so_and_is_never_zero()
    {
        var page = await Plain<BatchFields>(("Of", new Batch { Code = "", Name = "b", Formula = "CsPbBr3", EdgeLength = 9.1 }));

        Assert.Contains("Quantum yield not recorded", page);
        Assert.Contains("Edge length 9.1\u202fnm", page);
        Assert.DoesNotContain(" 0 ", page);
    }

    [Fact]
    public async Task Work_under_way_tells_percent_and_a_refused_one_its_reason()
    {
        var running = await Plain<JobLine>(("Of", new Job { Title = "Reading a.ptu", State = JobState.Running, Stage = "photons", Done = 250, Total = 1000 }));
        var refused = await Plain<JobLine>(("Of", new Job { Title = "Reading a.ptu", State = JobState.Refused, Message = "Too few photons." }));

        Assert.Contains("photons", running);
        Assert.Contains("25 % of 1\u202f000 records", running);
        Assert.Contains("refused by the data", refused);
        Assert.Contains("Too few photons.", refused);
    }

    PortalUser Editor => portal.People[AccessRole.Edit];

    Task<string> Page<T>(PortalUser person, params (string, object?)[] parameters) where T : IComponent =>
        portal.As(person, of => Text<T>(of, parameters));

    Task<string> Plain<T>(params (string, object?)[] parameters) where T : IComponent => Page<T>(Editor, parameters);

    static async Task<string> Text<T>(IServiceProvider services, (string Name, object? Value)[] parameters) where T : IComponent
    {
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        var html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters.ToDictionary(p => p.Name, p => p.Value)))).ToHtmlString());
        var words = Regex.Replace(Regex.Replace(html, "</?(dt|dd|td|th|tr|p|li|h1|h2|div|a|option)[^>]*>", " "), "<[^>]+>", "");
        return Regex.Replace(WebUtility.HtmlDecode(words), "[ \r\n]+", " ").Trim();
    }
}
