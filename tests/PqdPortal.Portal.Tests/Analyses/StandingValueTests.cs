using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;

namespace PqdPortal.Portal.Tests.Analyses;

/// <summary>What the database keeps as standing against the rule that says what should.</summary>
public sealed class StandingValueTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    static readonly string[] Kinds = ["quick", "g2.cw", "g2.pulsed", "lifetime"];
    static readonly string[] Names = ["g2_0", "g2_0_corr", "g2_0_fit", "g2_0_raw", "rate_cps", "tau_ns"];

    sealed record Place(Project Project, Sample[] Samples, Emitter[] Dots);

    async Task<Place> Make()
    {
        var project = await database.Project();
        await using var db = database.CreateDbContext();
        var batch = new Batch { ProjectId = project.Id, Code = $"{project.Code}-0001", Name = "b", Formula = "CsPbBr3" };
        Sample[] samples = [.. Enumerable.Range(1, 2).Select(s => new Sample { ProjectId = project.Id, Batch = batch, Code = $"{batch.Code}-S{s}", Name = "s" })];
        Emitter[] dots = [.. Enumerable.Range(1, 4).Select(d => new Emitter { ProjectId = project.Id, Sample = samples[d % 2], Code = $"{batch.Code}-D{d}", Label = $"D{d}" })];
        db.AddRange(dots);
        await db.SaveChangesAsync();
        return new(project, samples, dots);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_stands_is_what_the_rule_says_after_any_sequence_theirschanges(int seed)
    {
        var random = new Random(seed);
        var at = await Make();
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var step = 0; step < 60; step++)
        {
            await using var db = database.CreateDbContext();
            var runs = await db.Runs.Where(r => r.ProjectId == at.Project.Id).ToListAsync();
            var analyses = await db.Analyses.Where(a => a.ProjectId == at.Project.Id).ToListAsync();
            switch (random.Next(11))
            {
                case 0 or 1:
                    var dot = random.Next(3) == 0 ? null : at.Dots[random.Next(4)];
                    db.Add(new Run { ProjectId = at.Project.Id, Name = $"run {step}", EmitterId = dot?.Id, SampleId = dot?.SampleId ?? at.Samples[random.Next(2)].Id });
                    break;
                case 2 or 3 or 4 when runs.Count > 0:
                    var analysis = New(at, runs[random.Next(runs.Count)], random, now = now.AddMinutes(random.Next(3)));
                    db.Add(analysis);
                    break;
                case 5 when analyses.Count > 0: // ends later than it began
                    var waiting = analyses[random.Next(analyses.Count)];
                    (waiting.State, waiting.EndedAt) = waiting.State == AnalysisState.Done ? (AnalysisState.Done, waiting.EndedAt) : (AnalysisState.Done, now = now.AddMinutes(1));
                    break;
                case 6 when runs.Count > 0: // moved, past the context
                    var to = random.Next(4) == 0 ? null : at.Dots[random.Next(4)];
                    var moved = runs[random.Next(runs.Count)].Id;
                    await db.Runs.Where(r => r.Id == moved).ExecuteUpdateAsync(set => set
                        .SetProperty(r => r.EmitterId, to == null ? null : to.Id).SetProperty(r => r.SampleId, to == null ? at.Samples[0].Id : to.SampleId));
                    break;
                case 7 when runs.Count > 0: // into the bin, or out of it
                    var binned = runs[random.Next(runs.Count)];
                    binned.DeletedAt = binned.DeletedAt is null ? now : null;
                    break;
                case 8 when analyses.Count > 0: // superseded or removed for good
                    var gone = analyses[random.Next(analyses.Count)].Id;
                    if (random.Next(2) == 0) await db.Analyses.Where(a => a.Id == gone).ExecuteDeleteAsync();
                    else await db.Analyses.Where(a => a.Id == gone).ExecuteUpdateAsync(set => set.SetProperty(a => a.DeletedAt, a => a.DeletedAt == null ? now : (DateTimeOffset?)null));
                    break;
                case 9 when analyses.Count > 0: // numbers that come behind their analysis
                    db.AnalysisValues.RemoveRange(await db.AnalysisValues.Where(v => v.AnalysisId == analyses[0].Id).Take(1).ToListAsync());
                    break;
                case 10 when runs.Count > 1: // many at once
                    await db.Runs.Where(r => r.ProjectId == at.Project.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.EmitterId, at.Dots[step % 4].Id));
                    break;
            }
            await db.SaveChangesAsync();
            if (step % 5 == 4) await Agree(at);
        }
        await Agree(at);
    }

    [Fact]
    public async Task Two_analyses_theirsone_dot_that_end_at_once_both_count()
    {
        var at = await Make();
        var now = DateTimeOffset.UtcNow;
        await using (var db = database.CreateDbContext())
        {
            for (var run = 0; run < 8; run++) db.Add(new Run { ProjectId = at.Project.Id, Name = $"{run}", EmitterId = at.Dots[0].Id, SampleId = at.Dots[0].SampleId });
            await db.SaveChangesAsync();
        }
        List<Run> runs;
        await using (var db = database.CreateDbContext()) runs = await db.Runs.Where(r => r.ProjectId == at.Project.Id).OrderBy(r => r.Id).ToListAsync();

        await Task.WhenAll(runs.Select(async (run, n) =>
        {
            await using var db = database.CreateDbContext();
            await using var transaction = await db.Database.BeginTransactionAsync();
            var ended = New(at, run, new Random(n), now.AddSeconds(n));
            (ended.State, ended.Kind, ended.Parameters) = (AnalysisState.Done, Kinds[n % 4], "{}");
            db.Add(ended);
            await db.SaveChangesAsync();
            await transaction.CommitAsync();
        }));

        await Agree(at);
    }

    [Fact]
    public async Task A_project_that_the_bin_loses_takes_what_stood_theirsit_along()
    {
        var at = await Make();
        await using (var db = database.CreateDbContext())
        {
            var run = new Run { ProjectId = at.Project.Id, Name = "r", EmitterId = at.Dots[0].Id, SampleId = at.Dots[0].SampleId, CreatedAt = DateTimeOffset.UtcNow.AddDays(-60) };
            db.Add(run);
            var ended = New(at, run, new Random(1), DateTimeOffset.UtcNow);
            (ended.State, ended.Parameters) = (AnalysisState.Done, "{}");
            db.Add(ended);
            await db.SaveChangesAsync();
            Assert.True(await db.StandingValues.AnyAsync(v => v.RecordId == run.Id));
            await db.Projects.Where(p => p.Id == at.Project.Id).ExecuteUpdateAsync(set => set.SetProperty(p => p.DeletedAt, DateTimeOffset.UtcNow.AddDays(-40)));
            var longAgo = DateTimeOffset.UtcNow.AddDays(-60);
            await db.Batches.Where(r => r.ProjectId == at.Project.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.CreatedAt, longAgo));
            await db.Samples.Where(r => r.ProjectId == at.Project.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.CreatedAt, longAgo));
            await db.Emitters.Where(r => r.ProjectId == at.Project.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.CreatedAt, longAgo));
            await db.Runs.Where(r => r.ProjectId == at.Project.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.CreatedAt, longAgo));
        }

        Assert.True(await database.RemoveBinned(new Binned(nameof(Project), at.Project.Id), DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow) > 0);

        await using var after = database.CreateDbContext();
        Guid[] records = [.. at.Dots.Select(d => d.Id), .. at.Samples.Select(s => s.Id)];
        Assert.False(await after.StandingValues.AnyAsync(v => records.Contains(v.RecordId)));
    }

    static AnalysisRecord New(Place at, Run run, Random random, DateTimeOffset ended) => new()
    {
        ProjectId = at.Project.Id, RunId = run.Id, Kind = Kinds[random.Next(4)], KindVersion = 1, Inputs = "{}", Fingerprint = "f",
        Parameters = random.Next(4) == 0 ? """{"selection":[[0,1]]}""" : "{}",
        State = random.Next(4) == 0 ? AnalysisState.Running : AnalysisState.Done, RequestedAt = ended, EndedAt = ended,
        Values = [.. Names.Where(_ => random.Next(3) > 0).Select(name => new AnalysisValue
        {
            Name = name, Unit = "1", Grade = "ok", Value = random.Next(5) == 0 ? null : random.NextDouble(), Sigma = 0.01, Lo95 = 0, Hi95 = random.NextDouble(),
        })],
        Verdicts = [.. random.Next(2) == 0 ? [] : new[] { new AnalysisVerdict { Name = "single_emitter", Value = random.Next(2) == 0 ? "yes" : "no", Why = "because" } }],
    };

    async Task Agree(Place at)
    {
        await using var db = database.CreateDbContext();
        var all = await db.Analyses.Where(a => a.ProjectId == at.Project.Id).Include(a => a.Values).Include(a => a.Verdicts).Include(a => a.Run).AsNoTracking().AsSplitQuery().ToListAsync();
        var alive = all.Where(a => a.DeletedAt is null && a.Run.DeletedAt is null).ToList();
        var runs = await db.Runs.Where(r => r.ProjectId == at.Project.Id).AsNoTracking().ToListAsync();
        var expected = new List<string>();
        foreach (var run in runs) Expect("Run", run.Id, alive.Where(a => a.RunId == run.Id));
        foreach (var dot in at.Dots) Expect("Emitter", dot.Id, alive.Where(a => a.Run.EmitterId == dot.Id));
        foreach (var sample in at.Samples) Expect("Sample", sample.Id, alive.Where(a => a.Run.EmitterId is null && a.Run.SampleId == sample.Id));
        Guid[] records = [.. runs.Select(r => r.Id), .. at.Dots.Select(d => d.Id), .. at.Samples.Select(s => s.Id)];
        var stored = (await db.StandingValues.Where(v => records.Contains(v.RecordId)).AsNoTracking().ToListAsync())
            .Select(v => $"{v.Of} {v.RecordId} {v.Name} from {v.Source} of {v.AnalysisId}: {v.Value:R} {v.Hi95:R} {v.Text}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), stored.Order(StringComparer.Ordinal));

        void Expect(string of, Guid id, IEnumerable<AnalysisRecord> analyses)
        {
            var theirs = analyses.ToList();
            var newest = theirs.NewestOfEachKind();
            foreach (var (name, (value, from)) in theirs.Standing())
                expected.Add($"{of} {id} {name} from {value.Name} of {from.Id}: {value.Value:R} {value.Hi95:R} {value.Text}");
            foreach (var verdict in newest.SelectMany(a => a.Verdicts.Select(v => (v, a))).GroupBy(v => v.v.Name).Select(same => same.OrderByDescending(v => v.a.EndedAt).ThenByDescending(v => v.a.Id).First()))
                expected.Add($"{of} {id} verdict.{verdict.v.Name} from {verdict.v.Name} of {verdict.a.Id}:   {verdict.v.Value}");
        }
    }
}
