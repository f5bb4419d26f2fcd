using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Layout.Talking;

namespace PqdPortal.Portal.Tests.Talk;

/// <summary>A laboratory in which people talk: Ana manages, Eve edits, Ben comments, Rita reads, Olga is elsewhere. Each test has records of its own.</summary>
public sealed class TalkFixture : PortalFixture
{
    int _number;

    public PortalUser Ana { get; private set; } = null!;
    public PortalUser Eve { get; private set; } = null!;
    public PortalUser Ben { get; private set; } = null!;
    public PortalUser Rita { get; private set; } = null!;
    public PortalUser Olga { get; private set; } = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        (Ana, Eve, Ben, Rita, Olga) = (await Person("Ana Curie"), await Person("Eve"), await Person("Ben Miller"), await Person("Rita"), await Person("Olga Outside"));
    }

    /// <summary>A project of its own with one of each record, made by Eve a while ago.</summary>
    public async Task<Lab> Lab()
    {
        var code = $"T{Interlocked.Increment(ref _number)}";
        await using var db = CreateDbContext();
        var project = new Project { Code = code, Name = $"project {code}", CreatedById = Ana.Id };
        var batch = new Batch { Project = project, Code = $"{code}-0001", Name = "batch", Formula = "CsPbBr3", CreatedById = Eve.Id };
        var sample = new Sample { Project = project, Batch = batch, Code = $"{code}-0001-S1", Name = "sample", CreatedById = Eve.Id };
        var dot = new Emitter { Project = project, Sample = sample, Code = $"{code}-0001-S1-D001", Label = "D001", CreatedById = Eve.Id };
        var run = new Run { Project = project, Sample = sample, Emitter = dot, Name = $"night run {code}", Reading = ReadingState.Read, CreatedById = Eve.Id };
        var analysis = new AnalysisRecord
        {
            Project = project, Run = run, Kind = "g2.cw", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = code, State = AnalysisState.Done,
            RequestedById = Eve.Id, RequestedAt = DateTimeOffset.UtcNow, EndedAt = DateTimeOffset.UtcNow,
        };
        db.AddRange(project, batch, sample, dot, run, analysis);
        foreach (var (person, role) in ((PortalUser, AccessRole)[])[(Ana, AccessRole.Manage), (Eve, AccessRole.Edit), (Ben, AccessRole.Comment), (Rita, AccessRole.Read)])
            db.Add(new Grant { Project = project, PersonId = person.Id, Role = role });
        await db.SaveChangesAsync();
        // What the fixture itself gave is not what the tests are about.
        await db.Notices.Where(n => n.ProjectId == project.Id).ExecuteDeleteAsync();
        return new(project, batch, sample, dot, run, analysis);
    }

    /// <summary>Acts as somebody does at an open page.</summary>
    public async Task<T> As<T>(PortalUser person, Func<IServiceProvider, Task<T>> act)
    {
        await using var page = As(person);
        return await act(page.ServiceProvider);
    }

    public Task<Said?> Say(PortalUser person, TalkKind of, Guid record, string text, Guid? answers = null) =>
        As(person, services => services.GetRequiredService<TalkCommands>().Say(of, record, text, answers));

    /// <summary>What this person is told of a project, the newest first.</summary>
    public async Task<IReadOnlyList<NoticeRow>> Told(PortalUser person, Lab lab) =>
        [.. (await As(person, services => services.GetRequiredService<NoticeQueries>().Read())).Rows.Where(row => row.Notice.ProjectId == lab.Project.Id)];
}

/// <summary>One of each record.</summary>
public sealed record Lab(Project Project, Batch Batch, Sample Sample, Emitter Dot, Run Run, AnalysisRecord Analysis);
