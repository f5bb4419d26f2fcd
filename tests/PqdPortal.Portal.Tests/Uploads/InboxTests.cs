using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Access;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Portal.Tests.Uploads;

/// <summary>Where files belong: by patterns, codes, headers, lessons and what came before; and how runs are given their homes.</summary>
public sealed class InboxTests(InboxTests.Lab lab) : IClassFixture<InboxTests.Lab>
{
    /// <summary>A project with two batches of two samples of twenty dots each; the second sample of the first is called film left.</summary>
    public sealed class Lab : DatabaseFixture
    {
        public PortalUser Editor { get; private set; } = null!;
        public PortalUser Reader { get; private set; } = null!;
        public Dictionary<string, Guid> Codes { get; } = [];
        public Guid ProjectId { get; private set; }
        public Guid OtherId { get; private set; }

        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            (Editor, Reader) = (await Person("Nora"), await Person("Rita"));
            var (project, other) = (await Project(Editor, "PQ"), await Project(Editor, "OTH"));
            (ProjectId, OtherId) = (project.Id, other.Id);
            await using var db = CreateDbContext();
            db.Add(new Grant { ProjectId = project.Id, PersonId = Reader.Id, Role = AccessRole.Read });
            foreach (var (id, batchCode) in ((Guid, string)[])[(project.Id, "PQ-0042"), (project.Id, "PQ-0043"), (other.Id, "OTH-0001")])
            {
                var batch = new Batch { ProjectId = id, Code = batchCode, Name = batchCode, Formula = "CsPbBr3" };
                db.Add(batch);
                for (var s = 1; s <= 2; s++)
                {
                    var sample = new Sample { ProjectId = id, Batch = batch, Code = $"{batchCode}-S{s}", Name = batchCode == "PQ-0042" && s == 2 ? "film left" : $"S{s}" };
                    db.Add(sample);
                    Codes[sample.Code] = sample.Id;
                    for (var d = 1; d <= 20; d++)
                    {
                        var dot = new Emitter { ProjectId = id, Sample = sample, Code = $"{sample.Code}-D{d:000}", Label = $"D{d:000}" };
                        db.Add(dot);
                        Codes[dot.Code] = dot.Id;
                    }
                }
            }
            await db.SaveChangesAsync();
        }

        public Task<Viewer> As(PortalUser person) => new Viewers(this, TimeProvider.System).Of(person.Id);
    }

    async Task<Placement> Guess(string name, string patterns = "", string? folder = null, string[]? headers = null, Guid? owner = null)
    {
        await using var db = lab.CreateDbContext();
        var file = new FileToPlace(Guid.NewGuid(), name, folder, DateTimeOffset.UtcNow) { HeaderNames = headers ?? [], Owner = owner };
        return (await db.GuessHomes(lab.ProjectId, [file], NamePattern.ReadAll(patterns, out _)))[file.Key];
    }

    /// <summary>A run in the inbox, as an upload leaves it.</summary>
    async Task<Guid> Arrived(string name, Guid? project = null, string? folder = null)
    {
        await using var db = lab.CreateDbContext();
        var run = new Run { ProjectId = project ?? lab.ProjectId, Name = Path.GetFileNameWithoutExtension(name), CreatedById = lab.Editor.Id, CreatedAt = DateTimeOffset.UtcNow, Reading = ReadingState.Read };
        var sha = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(run.Id.ToByteArray()));
        db.AddRange(run, new StoredFile { Sha256 = sha, Length = 10 }, new RunFile { RunId = run.Id, Sha256 = sha, Name = name },
            new Upload { ProjectId = run.ProjectId, OwnerId = lab.Editor.Id, RunId = run.Id, FileName = name, Folder = folder, Length = 10, Offset = 10, State = UploadState.Complete, Sha256 = sha });
        await db.SaveChangesAsync();
        return run.Id;
    }

    [Theory]
    [InlineData("PQ-0042-S2-D017.ptu", "", "PQ-0042-S2-D017")]
    [InlineData("pq_0042 s2 d17 hbt.ptu", "", "PQ-0042-S2-D017")]
    [InlineData("night_PQ-0042-S1_spectrum.asc", "", "PQ-0042-S1")]
    [InlineData("42_S2_D017_hbt.ptu", "{batch}_{sample}_{dot}_{kind}*", "PQ-0042-S2-D017")]
    [InlineData("43_1_3.ptu", "{batch}_{sample}_{dot}", "PQ-0043-S1-D003")]
    public async Task What_a_name_says_of_a_dot_that_exists_is_certain(string name, string patterns, string home)
    {
        var best = (await Guess(name, patterns)).Best;

        Assert.Equal((home, Certainty.Certain, null), (best?.Code, best?.Certainty, best?.NewDot));
        Assert.Contains("stand", best!.Why);
    }

    [Fact]
    public async Task The_why_names_what_stands_in_the_name_and_what_exists() =>
        Assert.Equal("PQ-0042, S2 and D017 stand in the name; D017 exists in PQ-0042-S2", (await Guess("PQ-0042-S2-D017.ptu")).Best!.Why);

    [Theory]
    [InlineData("photo.jpg", "", "no pattern for its file names yet")]
    [InlineData("photo.jpg", "{sample}_{dot}", "None of the one pattern")]
    [InlineData("PQ-0042-S2-D099.ptu", "", "has no dot D099")]
    [InlineData("PQ-0042-S9-D001.ptu", "", "there is no such sample of PQ-0042")]
    [InlineData("S2_D003.ptu", "{sample}_{dot}", "2 samples are called so")]
    [InlineData("OTH-0001-S1-D001.ptu", "", "No code of PQ stands in the name")]
    public async Task A_file_without_a_home_waits_with_the_reason(string name, string patterns, string reason)
    {
        var placement = await Guess(name, patterns);

        Assert.Null(placement.Best);
        Assert.Contains(reason, placement.Reason);
    }

    [Theory]
    [InlineData("42_S%_D003.ptu", "{batch}_{sample}_{dot}", null)]
    [InlineData("42_%_D003.ptu", "{batch}_{sample}_{dot}", null)]
    [InlineData("42-S_-D003.ptu", "{batch}-{sample}-{dot}", null)]
    [InlineData("x.ptu", "", "film _eft")]
    [InlineData("x.ptu", "", "film%")]
    [InlineData("x.ptu", "", "%")]
    [InlineData("x.ptu", "", @"film left\")]
    public async Task A_percent_sign_or_an_underline_in_a_name_stands_for_itself_alone(string name, string patterns, string? header)
    {
        Assert.Null((await Guess(name, patterns, headers: header is null ? null : [header])).Best);
        // What they would stand for has a home.
        Assert.StartsWith("PQ-0042-S", (await Guess(name.Replace("%", "S2").Replace("SS2", "S1").Replace("S_", "S1"), patterns, headers: header is null ? null : ["film left"])).Best?.Code);
    }

    [Fact]
    public async Task A_folder_tells_samples_of_one_name_apart() =>
        Assert.Equal("PQ-0043-S2-D003", (await Guess("S2_D003.ptu", "{sample}_{dot}", folder: "2026-03-14/PQ-0043")).Best?.Code);

    [Fact]
    public async Task A_dot_that_is_not_there_is_suggested_as_new_only_where_the_pattern_says_so_and_never_certain()
    {
        var best = (await Guess("42_S2_D099.ptu", "{batch}_{sample}_{dot+}")).Best!;

        Assert.Equal(("PQ-0042-S2-D099", "D099", Certainty.Likely), (best.Code, best.NewDot, best.Certainty));
    }

    [Theory]
    [InlineData("PQ-0042-Ѕ2-D017.ptu", "U+0405")]
    [InlineData("PQ–0042–S2–D017.ptu", "U+2013")]
    [InlineData("PQ-0042-S٢-D017.ptu", "U+0662")]
    public async Task A_letter_that_only_looks_like_that_of_a_code_is_told_and_the_home_is_not_certain(string name, string letter)
    {
        var best = (await Guess(name)).Best!;

        Assert.Equal(("PQ-0042-S2-D017", Certainty.Likely), (best.Code, best.Certainty));
        Assert.Contains(letter, best.Why);
    }

    [Fact]
    public async Task A_header_that_names_the_sample_makes_it_likely()
    {
        Assert.Equal("PQ-0042-S2", (await Guess("x.ptu", headers: ["film left"])).Best?.Code);
        Assert.Equal(("PQ-0043-S1-D004", Certainty.Likely), (await Guess("x.ptu", headers: ["PQ-0043-S1-D004 at 4 K"])).Best is { } best ? (best.Code, best.Certainty) : default);
    }

    [Fact]
    public async Task Two_homes_in_one_name_are_none_that_is_certain()
    {
        var placement = await Guess("42_S1_D001 PQ-0043-S1-D002.ptu", "{batch}_{sample}_{dot}*");

        Assert.Equal(2, placement.Guesses.Count);
        Assert.All(placement.Guesses, guess => Assert.Equal(Certainty.Likely, guess.Certainty));
    }

    [Fact]
    public async Task What_a_person_corrected_is_suggested_for_the_next_file_named_so_and_can_be_forgotten()
    {
        var viewer = await lab.As(lab.Editor);
        await using (var db = lab.CreateDbContext())
            await db.Teach(lab.ProjectId, new(Guid.NewGuid(), "lens dot_5 run.ptu", "week/lensfolder", DateTimeOffset.UtcNow), lab.Codes["PQ-0043-S2"], (lab.Codes["PQ-0043-S2-D005"], "D005"), lab.Editor.Id, DateTimeOffset.UtcNow);

        // The number of the name is that of the dot: the next dot is known too.
        var next = (await Guess("lens dot_6 run.ptu")).Best!;
        Assert.Equal(("PQ-0043-S2-D006", Certainty.Likely), (next.Code, next.Certainty));
        Assert.Contains("lens dot_5 run.ptu", next.Why);
        // Its folder is remembered apart, and is worth less.
        Assert.Equal(("PQ-0043-S2", Certainty.Guess), (await Guess("anything.ptu", folder: "week/lensfolder")).Best is { } best ? (best.Code, best.Certainty) : default);

        await using (var db = lab.CreateDbContext()) await db.InboxLessons.EditableBy(viewer).Where(lesson => lesson.Shape.StartsWith("lens")).ExecuteDeleteAsync();
        Assert.Null((await Guess("lens dot_6 run.ptu")).Best);
    }

    [Fact]
    public async Task The_same_lesson_twice_counts_and_another_home_begins_anew()
    {
        async Task Teach(string home)
        {
            await using var db = lab.CreateDbContext();
            await db.Teach(lab.ProjectId, new(Guid.NewGuid(), "cryo_007.ptu", null, DateTimeOffset.UtcNow), lab.Codes[home], null, lab.Editor.Id, DateTimeOffset.UtcNow);
        }
        await Task.WhenAll(Teach("PQ-0042-S1"), Teach("PQ-0042-S1"), Teach("PQ-0042-S1"));
        await using var look = lab.CreateDbContext();
        Assert.Equal(3, (await look.InboxLessons.AsNoTracking().SingleAsync(lesson => lesson.Shape == "cryo_#")).Times);

        await Teach("PQ-0043-S1");

        Assert.Equal(1, (await look.InboxLessons.AsNoTracking().SingleAsync(lesson => lesson.Shape == "cryo_#")).Times);
        Assert.Equal("PQ-0043-S1", (await Guess("cryo_012.ptu")).Best?.Code);
    }

    [Fact]
    public async Task A_certain_file_is_filed_by_itself_only_where_the_project_says_so()
    {
        var project = await lab.Project(lab.Editor, "AUT");
        await using (var db = lab.CreateDbContext())
        {
            var batch = new Batch { ProjectId = project.Id, Code = "AUT-0001", Name = "b", Formula = "CsPbBr3" };
            db.Add(new Sample { ProjectId = project.Id, Batch = batch, Code = "AUT-0001-S1", Name = "S1" });
            await db.SaveChangesAsync();
        }
        async Task<string?> Came(string name)
        {
            var id = await Arrived(name, project.Id);
            await using var db = lab.CreateDbContext();
            var run = await db.Runs.Include(r => r.Sample).SingleAsync(r => r.Id == id);
            await db.FileIfCertain(run);
            await db.SaveChangesAsync();
            return await db.Runs.Where(r => r.Id == id).Select(r => r.Sample!.Code).SingleAsync();
        }
        async Task Say(FilingHabit filing, Guid? group = null)
        {
            await using var db = lab.CreateDbContext();
            await db.NamingRules.Where(r => group != null ? r.GroupId == group : r.ProjectId == project.Id).ExecuteDeleteAsync();
            db.Add(new NamingRules { ProjectId = group is null ? project.Id : null, GroupId = group, Filing = filing });
            await db.SaveChangesAsync();
        }

        Assert.Null(await Came("AUT-0001-S1 a.ptu"));
        await Say(FilingHabit.FileCertainOnes);
        Assert.Equal("AUT-0001-S1", await Came("AUT-0001-S1 b.ptu"));
        Assert.Null(await Came("nothing known.ptu"));
        await Say(FilingHabit.WaitForAPerson);
        Assert.Null(await Came("AUT-0001-S1 c.ptu"));

        // Where the project says nothing the group's word counts.
        await Say(FilingHabit.NotRecorded);
        var crew = new Group { Name = $"crew {Guid.NewGuid()}" };
        await using (var db = lab.CreateDbContext())
        {
            db.AddRange(crew, new Grant { ProjectId = project.Id, Group = crew, Role = AccessRole.Edit });
            await db.SaveChangesAsync();
        }
        await Say(FilingHabit.FileCertainOnes, crew.Id);
        Assert.Equal("AUT-0001-S1", await Came("AUT-0001-S1 d.ptu"));
    }

    [Fact]
    public async Task A_moved_run_keeps_its_files_and_results_its_history_says_so_and_the_move_can_be_taken_back()
    {
        var viewer = await lab.As(lab.Editor);
        var id = await Arrived("moved.ptu");
        await using (var db = lab.CreateDbContext())
        {
            db.Add(new AnalysisRecord { ProjectId = lab.ProjectId, RunId = id, Kind = "quick", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = id.ToString("N"), State = AnalysisState.Done, RequestedAt = DateTimeOffset.UtcNow });
            await db.SaveChangesAsync();
        }

        var first = await lab.MoveRuns(viewer, [new RunMove(id, lab.Codes["PQ-0042-S1"], lab.Codes["PQ-0042-S1-D002"])]);
        var second = await lab.MoveRuns(viewer, [new RunMove(id, lab.Codes["PQ-0043-S1"], null)]);

        Assert.Equal((null, "PQ-0042-S1-D002"), (first.Moved.Single().From, first.Moved.Single().To));
        Assert.Equal(("PQ-0042-S1-D002", "PQ-0043-S1"), (second.Moved.Single().From, second.Moved.Single().To));
        await using (var db = lab.CreateDbContext())
        {
            Assert.Equal((1, 1), (await db.RunFiles.CountAsync(file => file.RunId == id), await db.Analyses.CountAsync(a => a.RunId == id)));
            var entry = (await db.HistoryOf(id))[0];
            Assert.Equal(("Nora", "changed"), (entry.Who, entry.Action));
            Assert.Contains(entry.Changes, change => change.Field == "EmitterId" && change is { Old: "PQ-0042-S1-D002", New: null });
            Assert.Contains(entry.Changes, change => change.Field == "SampleId" && change is { Old: "PQ-0042-S1", New: "PQ-0043-S1" });
        }

        var back = await lab.MoveRuns(viewer, [second.Moved.Single().Back]);
        Assert.Equal("PQ-0042-S1-D002", back.Moved.Single().To);
        // Taken back once more it finds the run elsewhere, and leaves it there.
        Assert.Contains("since", (await lab.MoveRuns(viewer, [second.Moved.Single().Back])).Left.Single().Why);
    }

    [Fact]
    public async Task A_run_moves_within_its_project_only_and_for_those_alone_who_may_change_it()
    {
        var id = await Arrived("stays.ptu");
        async Task<LeftRun> Left(PortalUser person, Guid sample, Guid? dot) => (await lab.MoveRuns(await lab.As(person), [new RunMove(id, sample, dot)])).Left.Single();

        Assert.Contains("belongs to the project", (await Left(lab.Editor, lab.Codes["OTH-0001-S1"], null)).Why);
        Assert.Equal(LeftBecause.NoHome, (await Left(lab.Editor, lab.Codes["PQ-0042-S1"], lab.Codes["PQ-0043-S1-D001"])).Because);
        Assert.Equal(LeftBecause.NotYours, (await Left(lab.Reader, lab.Codes["PQ-0042-S1"], null)).Because);
        Assert.Equal(LeftBecause.NotThere, (await Left(await lab.Person("stranger"), lab.Codes["PQ-0042-S1"], null)).Because);
        await using var db = lab.CreateDbContext();
        Assert.Null((await db.Runs.SingleAsync(run => run.Id == id)).SampleId);
    }

    [Fact]
    public async Task Two_people_who_file_the_same_new_dot_at_once_make_one()
    {
        var viewer = await lab.As(lab.Editor);
        Guid[] runs = [await Arrived("new a.ptu"), await Arrived("new b.ptu"), await Arrived("new c.ptu"), await Arrived("new d.ptu")];

        var outcomes = await Task.WhenAll(runs.Select(run => lab.MoveRuns(viewer, [new RunMove(run, lab.Codes["PQ-0043-S2"], null) { NewDot = "D077" }])));

        Assert.All(outcomes, outcome => Assert.Equal("PQ-0043-S2-D077", outcome.Moved.Single().To));
        await using var db = lab.CreateDbContext();
        Assert.Equal(1, await db.Emitters.CountAsync(dot => dot.Code == "PQ-0043-S2-D077"));
        Assert.Equal(4, await db.Runs.CountAsync(run => runs.Contains(run.Id) && run.Emitter!.Code == "PQ-0043-S2-D077"));
    }
}
