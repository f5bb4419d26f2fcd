using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Http;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data.Access;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;
using Microsoft.Extensions.Logging.Abstractions;
using PqdPortal.Data.Postgres;
using PqdPortal.Web.Access;
using PqdPortal.Web.Features.Analyses;

namespace PqdPortal.Portal.Tests.Analyses;

public class AnalysisAccessTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    /// <summary>What this person's pages and requests read.</summary>
    AnalysisQueries As(PortalUser? person)
    {
        var request = new DefaultHttpContext();
        if (person is not null)
            request.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, person.Id.ToString())], "test"));
        var viewer = new CurrentViewer(new Viewers(database, TimeProvider.System), NoSessions(), new HttpContextAccessor { HttpContext = request }, new NoCircuit());
        return new AnalysisQueries(database, viewer, new ReportCache(new OneReport()), null!);
    }

    /// <summary>Nobody here comes by a cookie.</summary>
    Sessions NoSessions() => new(database, TimeProvider.System, new(), new ChangeFeed(null!, NullLogger<ChangeFeed>.Instance));

    async Task<(Guid Run, Guid Analysis, PortalUser Owner)> Finished()
    {
        var owner = await database.Person();
        var project = await database.Project(owner);
        await using var db = database.CreateDbContext();
        var run = new Run { ProjectId = project.Id, Name = "dot 17", Reading = ReadingState.Read, BackgroundRates = [300, 250] };
        var analysis = new AnalysisRecord
        {
            ProjectId = project.Id, Run = run, Kind = "g2.cw", KindVersion = 1, Parameters = """{"bin_ps":500}""", Inputs = "{}", Fingerprint = "f",
            State = AnalysisState.Done, ReportSha256 = OneReport.Sha256, RequestedById = owner.Id, RequestedAt = DateTimeOffset.UtcNow,
        };
        db.Add(analysis);
        if (!db.StoredFiles.Any(file => file.Sha256 == OneReport.Sha256)) db.Add(new StoredFile { Sha256 = OneReport.Sha256, Length = 1 });
        await db.SaveChangesAsync();
        return (run.Id, analysis.Id, owner);
    }

    [Fact]
    public async Task Who_belongs_to_the_project_gets_the_result_its_report_and_its_figure()
    {
        var (run, id, owner) = await Finished();

        var view = await As(owner).Get(id);

        Assert.True(view!.MayEdit);
        Assert.Equal("Ana", view.By);
        Assert.Equal("g2.cw", (await As(owner).Report(id))!.Report.Analysis);
        Assert.Single((await As(owner).Reports(id, []))!);
        Assert.Single((await As(owner).OfRun(run, "g2.cw"))!);
        Assert.NotNull(await As(owner).Target(run));
    }

    [Fact]
    public async Task For_everybody_else_there_is_no_such_result()
    {
        var (run, id, _) = await Finished();

        foreach (var stranger in new[] { null, await database.Person("Ben") })
        {
            Assert.Null(await As(stranger).Get(id));
            Assert.Null(await As(stranger).Work(id));
            Assert.Null(await As(stranger).Report(id));
            Assert.Null(await As(stranger).Reports(id, []));
            Assert.Null(await As(stranger).OfRun(run));
            Assert.Null(await As(stranger).Target(run));
        }
    }

    [Fact]
    public async Task A_result_of_another_project_is_not_drawn_beside_ones_own()
    {
        var (_, mine, owner) = await Finished();
        var (_, theirs, _) = await Finished();

        Assert.Single((await As(owner).Reports(mine, [theirs]))!);
    }

    [Fact]
    public async Task Who_may_only_read_sees_the_result_and_may_not_ask_for_another()
    {
        var (run, id, _) = await Finished();
        var reader = await database.Person("Eva");
        await using (var db = database.CreateDbContext())
        {
            var project = (await db.Runs.FindAsync(run))!.ProjectId;
            db.Add(new Grant { ProjectId = project, PersonId = reader.Id, Role = AccessRole.Read });
            await db.SaveChangesAsync();
        }

        Assert.False((await As(reader).Get(id))!.MayEdit);
        Assert.False((await As(reader).Target(run))!.MayEdit);
        Assert.NotNull(await As(reader).Report(id));
    }

    [Fact]
    public async Task The_form_begins_with_the_last_result_and_before_that_with_the_recorded_background()
    {
        var (run, id, owner) = await Finished();
        var kind = AnalysisCatalogue.Find("g2.cw");
        var target = (await As(owner).Target(run))!.Run;

        Assert.Equal(500, (await As(owner).Usual(target, kind))["bin_ps"]!.GetValue<int>());

        await using (var db = database.CreateDbContext())
        {
            (await db.Analyses.FindAsync(id))!.DeletedAt = DateTimeOffset.UtcNow;
            await db.SaveChangesAsync();
        }
        Assert.Equal("[300,250]", (await As(owner).Usual(target, kind))["background_cps"]!.ToJsonString());
    }

    /// <summary>A store that holds the simulated report alone.</summary>
    sealed class OneReport : IFileStore
    {
        public static readonly string Sha256 = new('b', 64);

        public Task<Stream> Open(string sha256, CancellationToken stop = default) => sha256 == Sha256
            ? Task.FromResult<Stream>(new MemoryStream(ReportJson.Bytes(SimulatedReports.G2, "PqdPortal test")))
            : throw new FileNotFoundException("There is no such file.", sha256);

        public Task<StoredContent> Save(Stream content, CancellationToken stop = default) => throw new NotSupportedException();
        public Task<bool> Exists(string sha256, CancellationToken stop = default) => Task.FromResult(sha256 == Sha256);
        public Task Delete(string sha256, CancellationToken stop = default) => throw new NotSupportedException();
    }

    sealed class NoCircuit : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(new ClaimsPrincipal()));
    }
}
