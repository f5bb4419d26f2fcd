using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Features.Home;
using PqdPortal.Web.Layout.Talking;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>What the first page says is new, what ages, and what was compared last; each only of what its person may see.</summary>
public sealed class HomeNewsTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    static int _number;

    async Task<T> As<T>(PortalUser person, Func<IServiceProvider, Task<T>> act)
    {
        await using var scope = portal.As(person);
        return await act(scope.ServiceProvider);
    }

    /// <summary>A project of this person's with a batch and a sample.</summary>
    async Task<Sample> Sample(PortalUser person, string formula = "CsPbBr3")
    {
        var code = $"N{Interlocked.Increment(ref _number)}";
        await using var db = portal.CreateDbContext();
        var project = new Project { Code = code, Name = $"project {code}" };
        var batch = new Batch { Project = project, Code = $"{code}-0001", Name = "batch", Formula = formula, CreatedAt = Now.AddDays(-100) };
        var sample = new Sample { Project = project, Batch = batch, Code = $"{code}-0001-S1", Name = "sample", CreatedAt = Now.AddDays(-100) };
        db.AddRange(project, batch, sample, new Grant { Project = project, PersonId = person.Id, Role = AccessRole.Read });
        await db.SaveChangesAsync();
        return sample;
    }

    async Task<Emitter> Dot(Sample sample, int number, DateTimeOffset made)
    {
        await using var db = portal.CreateDbContext();
        var dot = new Emitter { ProjectId = sample.ProjectId, SampleId = sample.Id, Code = $"{sample.Code}-D{number:000}", Label = $"D{number:000}", CreatedAt = made };
        db.Add(dot);
        await db.SaveChangesAsync();
        return dot;
    }

    async Task<Run> Measured(Emitter dot, DateTimeOffset at, string kind = "g2.cw", double? temperature = null, params (string Name, double Value, double Sigma, string Unit)[] values)
    {
        await using var db = portal.CreateDbContext();
        var run = new Run { ProjectId = dot.ProjectId, SampleId = dot.SampleId, EmitterId = dot.Id, Name = $"run of {dot.Label}", Kind = RunKind.Hbt, MeasuredAt = at, CreatedAt = at, Temperature = temperature };
        db.Add(run);
        if (values.Length > 0)
            db.Add(new AnalysisRecord
            {
                ProjectId = dot.ProjectId, Run = run, Kind = kind, KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = Guid.NewGuid().ToString("N"), State = AnalysisState.Done,
                RequestedAt = at, EndedAt = at,
                Values = [.. values.Select(v => new AnalysisValue { Name = v.Name, Value = v.Value, Sigma = v.Sigma, Unit = v.Unit, Grade = "ok", N = 5120 })],
            });
        await db.SaveChangesAsync();
        return run;
    }

    [Fact]
    public async Task What_came_since_the_last_visit_is_counted_with_its_best_and_its_worst_and_nothing_of_others()
    {
        var (person, other) = (await portal.Person("Pia"), await portal.Person("Otto"));
        var (mine, theirs) = (await Sample(person), await Sample(other));
        var since = Now.AddDays(-1);
        var old = await Dot(mine, 1, Now.AddDays(-5));
        await Measured(old, Now.AddDays(-5), values: ("g2_0_corr", 0.001, 0.001, "1"));
        for (var i = 2; i <= 4; i++) await Measured(await Dot(mine, i, Now.AddHours(-i)), Now.AddHours(-i), values: [("g2_0_corr", 0.01 * i, 0.002, "1"), ("rate_cps", 1e4 * i, 100, "1/s")]);
        await Measured(await Dot(theirs, 1, Now.AddHours(-1)), Now.AddHours(-1), values: [("g2_0_corr", 0.0001, 0.0001, "1"), ("rate_cps", 1e9, 1, "1/s")]);
        await using (var db = portal.CreateDbContext())
        {
            foreach (var (sample, at) in ((Sample, DateTimeOffset)[])[(mine, Now.AddHours(-2)), (mine, Now.AddDays(-2)), (theirs, Now.AddHours(-2))])
                db.Add(new Job { ProjectId = sample.ProjectId, Kind = JobKind.ReadUpload, Title = $"Reading {at:O}", State = JobState.Failed, QueuedAt = at, EndedAt = at });
            await db.SaveChangesAsync();
        }

        var news = await As(person, services => services.GetRequiredService<NewsQueries>().Since(since));

        Assert.Equal((3, 3, 3, 1), (news.Dots, news.Runs, news.Results, news.Failed.Count));
        Assert.Equal(["D002", "D004", "D004", "D002"], news.Extremes.Select(extreme => extreme.Of.Dot[^4..]));
        Assert.Equal([3, 3, 3, 3], news.Extremes.Select(extreme => extreme.Among));
        Assert.Equal((0.02, 0.002, 5120), (news.Extremes[0].Of.Value, news.Extremes[0].Of.Sigma!.Value, news.Extremes[0].Of.N!.Value));
        Assert.False(news.IsFirst);
        // A first visit looks at the last days.
        Assert.Equal(4, (await As(person, services => services.GetRequiredService<NewsQueries>().Since(null))).Dots);
        Assert.True((await As(await portal.Person("Nobody yet"), services => services.GetRequiredService<NewsQueries>().Since(null))).IsNothing);
    }

    [Fact]
    public async Task A_dot_measured_again_on_a_later_day_shows_its_change_with_its_significance_and_what_else_changed()
    {
        var person = await portal.Person("Pia");
        var sample = await Sample(person);
        var (aged, warmer, sameDay) = (await Dot(sample, 1, Now.AddDays(-20)), await Dot(sample, 2, Now.AddDays(-20)), await Dot(sample, 3, Now.AddDays(-20)));
        var day = new DateTimeOffset(Now.UtcDateTime.Date, TimeSpan.Zero).AddDays(-10).AddHours(9);
        await Measured(aged, day, values: ("g2_0_corr", 0.10, 0.03, "1"));
        await Measured(aged, day.AddDays(3), values: ("g2_0_corr", 0.30, 0.04, "1"));
        await Measured(warmer, day, temperature: 4, values: ("g2_0_corr", 0.10, 0.03, "1"));
        await Measured(warmer, day.AddDays(3), temperature: 11, values: ("g2_0_corr", 0.11, 0.04, "1"));
        await Measured(sameDay, day, values: ("g2_0_corr", 0.10, 0.03, "1"));
        await Measured(sameDay, day.AddHours(3), values: ("g2_0_corr", 0.90, 0.03, "1"));

        var ageing = await As(person, services => services.GetRequiredService<AgeingQueries>().Now());

        Assert.Equal(["D001", "D002"], ageing.Changes.Select(change => change.Code[^4..]));
        Assert.Equal(4, ageing.Changes[0].Sigmas, 6); // 0.20 over sqrt(0.03^2 + 0.04^2)
        Assert.Equal(0.2, ageing.Changes[1].Sigmas, 6);
        Assert.Equal(2, ageing.Compared);
        Assert.Empty(ageing.Changes[0].Differ);
        Assert.Equal(["temperature"], ageing.Changes[1].Differ);
        Assert.Empty((await As(await portal.Person("Otto"), services => services.GetRequiredService<AgeingQueries>().Now())).Changes);
    }

    [Fact]
    public async Task A_batch_is_told_of_when_its_last_measurement_lies_so_many_days_back()
    {
        var person = await portal.Person("Pia");
        var (idle, busy, never) = (await Sample(person), await Sample(person), await Sample(person));
        await Measured(await Dot(idle, 1, Now.AddDays(-90)), Now.AddDays(-40));
        await Measured(await Dot(idle, 2, Now.AddDays(-90)), Now.AddDays(-60));
        await Measured(await Dot(busy, 1, Now.AddDays(-90)), Now.AddDays(-40));
        await Measured(await Dot(busy, 2, Now.AddDays(-90)), Now.AddDays(-2));

        async Task<IReadOnlyList<string>> Idle(int days) => [.. (await As(person, services => services.GetRequiredService<AgeingQueries>().Now(days))).Idle.Select(batch => batch.Code)];

        Assert.Equal([idle.Code[..^3]], await Idle(30));
        Assert.Empty(await Idle(50));
        Assert.Equal([idle.Code[..^3], busy.Code[..^3]], (await Idle(1)).Order());
        Assert.DoesNotContain(never.Code[..^3], await Idle(1));
    }

    [Fact]
    public async Task The_comparison_opened_last_comes_back_with_its_numbers_while_its_person_sees_all_sides_of_it()
    {
        var person = await portal.Person("Pia");
        var (a, b) = (await Sample(person), await Sample(person));
        for (var i = 1; i <= 3; i++)
        {
            await Measured(await Dot(a, i, Now.AddDays(-9)), Now.AddDays(-9), "blinking", values: ("on_fraction", 0.1 * i, 0.01, "1"));
            await Measured(await Dot(b, i, Now.AddDays(-9)), Now.AddDays(-9), "blinking", values: ("on_fraction", 0.3 * i, 0.01, "1"));
        }
        Task<LastComparison?> Last() => As(person, services => services.GetRequiredService<ComparisonQueries>().Last());
        Task<int> Compared(string address) => As(person, async services => { await services.GetRequiredService<NoticeCommands>().Compared(address); return 0; });
        Assert.Null(await Last());

        var address = $"compare/blinking?a={a.Code[..^3]}&b={b.Code[..^3]}";
        await Compared(address);
        var last = (await Last())!;
        Assert.Equal((address, 2, 0), (last.Address, last.Rows.Count, last.NewResults));
        Assert.Equal([0.2, 0.6], last.Rows.Select(row => Math.Round(row.Middle!.Value, 9)));
        await Measured(await Dot(a, 4, Now), DateTimeOffset.UtcNow.AddMinutes(1), "blinking", values: ("on_fraction", 0.5, 0.01, "1"));
        Assert.Equal(1, (await Last())!.NewResults);

        await using (var db = portal.CreateDbContext()) await db.Grants.Where(grant => grant.ProjectId == b.ProjectId).ExecuteDeleteAsync();
        Assert.Null(await Last());
        foreach (var strange in (string[])["compare/blinking", "//elsewhere.example", "javascript:alert(1)", "b//blinking", "compare/blinking?a=%00", new string('x', 5000)])
        {
            await Compared(strange);
            Assert.Null(await Last());
        }
    }

    [Fact]
    public async Task Newest_dots_are_those_measured_last_and_then_those_that_wait()
    {
        var person = await portal.Person("Pia");
        var (first, second) = (await Sample(person), await Sample(person));
        await Measured(await Dot(first, 1, Now.AddDays(-3)), Now.AddHours(-3));
        await Measured(await Dot(second, 1, Now.AddDays(-3)), Now.AddHours(-1));
        await Dot(first, 2, Now.AddMinutes(-5));
        await Dot(second, 2, Now.AddMinutes(-1));

        var home = await As(person, services => services.GetRequiredService<HomeQueries>().Now());

        Assert.Equal([$"{second.Code}-D001", $"{first.Code}-D001", $"{second.Code}-D002", $"{first.Code}-D002"], home.Dots.Select(dot => dot.Code));
        Assert.Equal([$"{second.Code}-D001", $"{first.Code}-D001"], home.Runs.Select(run => run.Dot));
        Assert.Equal([2, 2], home.Projects.Select(project => project.Dots));
    }
}
