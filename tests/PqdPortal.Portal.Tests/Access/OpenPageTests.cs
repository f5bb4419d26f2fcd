using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Analyses;
using PqdPortal.Web.Features.Compare;
using PqdPortal.Web.Features.Groups;
using PqdPortal.Web.Features.Home;
using PqdPortal.Web.Features.Instruments;
using PqdPortal.Web.Features.Jobs;
using PqdPortal.Web.Features.Labels;
using PqdPortal.Web.Features.Notices;
using PqdPortal.Web.Features.Composition;
using PqdPortal.Web.Features.Planning;
using PqdPortal.Web.Features.Runs;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Features.Search;
using PqdPortal.Web.Features.Simulation;
using PqdPortal.Web.Features.Uploads;
using NewRun = PqdPortal.Web.Features.Runs.NewRun;

namespace PqdPortal.Portal.Tests.Access;

/// <summary>Live messages: a page that stands open tells what its person may see now, not what they might see when they opened it.</summary>
public sealed class OpenPageTests(MatrixFixture portal) : IClassFixture<MatrixFixture>
{
    /// <summary>Every page that shows a record, opened at this one.</summary>
    static (Type Page, Dictionary<string, object?> Parameters)[] PagesOf(Things at) =>
    [
        (typeof(ProjectPage), new() { ["Id"] = at.Project.Id }),
        (typeof(BatchPage), new() { ["Code"] = at.Batch.Code }),
        (typeof(BlinkingPage), new() { ["Code"] = at.Batch.Code }),
        (typeof(CompareBlinking), new() { ["A"] = at.Batch.Code }),
        (typeof(SamplePage), new() { ["Code"] = at.Sample.Code }),
        (typeof(DotPage), new() { ["Code"] = at.Dot.Code }),
        (typeof(RunPage), new() { ["Id"] = at.Run.Id }),
        (typeof(SeriesPage), new() { ["Of"] = at.Dot.Code }),
        (typeof(PlanPage), new() { ["Run"] = at.Run.Id }),
        (typeof(AnalyzePage), new() { ["Run"] = at.Run.Id, ["Kind"] = "g2.cw" }),
        (typeof(ResultPage), new() { ["Id"] = at.Analysis.Id }),
        (typeof(UploadPage), new() { ["Dot"] = at.Dot.Code }),
        (typeof(NamesPage), new() { ["Project"] = at.Project.Code }),
        (typeof(MovePage), new() { ["Of"] = at.Dot.Code }),
        (typeof(SimulatePage), new() { ["Of"] = at.Dot.Code }),
        (typeof(TemplatePage), new() { ["Id"] = at.Template.Id }), (typeof(TemplateList), []),
        (typeof(LabelPage), new() { ["Of"] = at.Sample.Code }), (typeof(ScanPage), new() { ["Code"] = at.Sample.Code }),
        (typeof(BatchList), new() { ["Search"] = at.Project.Code }),
        (typeof(DotList), new() { ["Search"] = at.Project.Code }),
        (typeof(SampleList), new() { ["Search"] = at.Project.Code }),
        (typeof(SearchPage), new() { ["Q"] = at.Project.Code }),
        (typeof(RunList), new() { ["Search"] = at.Project.Code }),
        (typeof(HomePage), []), (typeof(CompositionPage), []), (typeof(NoticesPage), []), (typeof(ProjectList), []), (typeof(JobsPage), []), (typeof(InboxPage), []),
    ];

    [Fact]
    public void Every_page_that_stays_open_is_opened_here()
    {
        // Forms for something new keep what was typed into them; the portal refuses it when it is sent.
        Type[] forms = [typeof(NewProject), typeof(NewBatch), typeof(NewTemplate), typeof(PqdPortal.Web.Features.Imports.ImportPage), typeof(NewInstrument), typeof(NewRun), typeof(TablePage), typeof(GroupList), typeof(GroupPage), typeof(PqdPortal.Web.Layout.NotFound)];
        // Shows nothing of records that are alive; set-ups belong to no project.
        Type[] bin = [typeof(BinPage), typeof(InstrumentList), typeof(InstrumentPage)];
        Assert.Empty(PageMatrixTests.OfCircuits.Except(PagesOf(portal.Things[Place.Shared]).Select(one => one.Page)).Except(forms).Except(bin)
            .Select(page => $"{page.Name} stays open and nobody says here that it hears when its person's rights end: give it a MyPart"));
    }

    /// <summary>How a right ends. "date" is nobody's doing: the last day of a role is over.</summary>
    [Theory]
    [InlineData("by name")]
    [InlineData("through a group")]
    [InlineData("date")]
    [InlineData("removed")]
    public async Task A_page_that_stands_open_shows_nothing_more_when_the_right_ends(string how)
    {
        var at = await portal.Fresh();
        // Somebody whose only part in anything is this; of the matrix, so that the pages can be opened as theirs.
        var who = how switch { "by name" => Who.Revoked, "date" => Who.RunOut, "through a group" => Who.Stranger, _ => Who.Commenter };
        var person = portal.Person(who)!.Id;
        var group = new Group { Name = $"group {Guid.NewGuid()}" };
        await using (var db = portal.CreateDbContext())
        {
            await db.Grants.Where(grant => grant.PersonId == person).ExecuteDeleteAsync();
            if (how == "through a group")
                db.AddRange(group, new Membership { Group = group, PersonId = person }, new Grant { ProjectId = at.Project.Id, Group = group, Role = AccessRole.Edit });
            else
                db.Add(new Grant { ProjectId = at.Project.Id, PersonId = person, Role = AccessRole.Edit, ExpiresAt = how == "date" ? DateTimeOffset.UtcNow.AddHours(1) : null });
            await db.SaveChangesAsync();
        }
        List<(Type Page, OpenPage Open)> open = [];
        foreach (var (page, parameters) in PagesOf(at)) open.Add((page, await OpenPage.Of(portal, who, page, parameters)));
        foreach (var (page, opened) in open)
            Assert.True((await opened.Shown()).Contains(at.Project.Code), $"{page.Name} shows nothing of the record from the beginning: {await opened.Shown()}");

        await using (var db = portal.CreateDbContext())
        {
            var grant = await db.Grants.SingleOrDefaultAsync(one => one.PersonId == person);
            if (how == "by name") db.Remove(grant!);
            if (how == "through a group") db.Remove(await db.Memberships.SingleAsync(one => one.PersonId == person));
            if (how == "date") grant!.ExpiresAt = DateTimeOffset.UtcNow.AddSeconds(3);
            if (how == "removed") (await db.Users.SingleAsync(one => one.Id == person)).RemovedAt = DateTimeOffset.UtcNow;
            await db.SaveChangesAsync();
        }

        foreach (var (page, opened) in open)
        {
            // No name, and no link; the code of the page's own address may stand there: "there is no batch F1-0001 for you".
            await opened.Until(shown => !shown.Contains(Things.Mark) && !shown.Contains($"/{at.Project.Code}-"), $"{page.Name} shows nothing more");
            await opened.DisposeAsync();
        }
    }

    [Fact]
    public async Task Nobody_is_told_of_the_changes_of_a_record_that_is_not_there_for_them()
    {
        var at = await portal.Fresh();
        var secret = $"{Things.Mark} secret {Guid.NewGuid():N}";
        await using (var db = portal.CreateDbContext()) await db.Grants.Where(grant => grant.ProjectId == at.Project.Id).ExecuteDeleteAsync();
        List<(Who Who, Type Page, OpenPage Open, string Before)> blind = [];
        foreach (var who in (Who[])[Who.Anonymous, Who.Stranger, Who.Reader, Who.Manager, Who.Expired])
            foreach (var (page, parameters) in PagesOf(at))
            {
                var opened = await OpenPage.Of(portal, who, page, parameters);
                await opened.Until(shown => !shown.Contains("class=\"waiting\""), $"{page.Name} of {who} has come");
                blind.Add((who, page, opened, await opened.Shown()));
            }
        List<(Type Page, OpenPage Open)> seeing = [];
        foreach (var (page, parameters) in PagesOf(at).Where(one => one.Page != typeof(AnalyzePage)))
            seeing.Add((page, await OpenPage.Of(portal, Who.Administrator, page, parameters)));

        await using (var db = portal.CreateDbContext())
        {
            // One of each kind that the feed tells of, so that every live message there is goes out.
            (await db.Projects.FindAsync(at.Project.Id))!.Name = secret;
            var batch = (await db.Batches.FindAsync(at.Batch.Id))!;
            (batch.Name, batch.Formula) = (secret, "CsPbCl3");
            (await db.Samples.FindAsync(at.Sample.Id))!.Name = secret;
            (await db.Emitters.FindAsync(at.Dot.Id))!.Notes = secret;
            (await db.Runs.FindAsync(at.Run.Id))!.Name = secret;
            (await db.Runs.FindAsync(at.Lone.Id))!.Name = secret;
            var job = (await db.Jobs.FindAsync(at.Job.Id))!;
            (job.Title, job.State, job.StartedAt, job.Stage) = (secret, JobState.Running, DateTimeOffset.UtcNow, "reads");
            var analysis = (await db.Analyses.FindAsync(at.Analysis.Id))!;
            (analysis.State, analysis.ReportSha256, analysis.Message) = (AnalysisState.Failed, null, secret);
            db.Add(new Grant { ProjectId = at.Project.Id, PersonId = portal.Person(Who.Administrator)!.Id, Role = AccessRole.Manage });
            await db.SaveChangesAsync();
        }
        // Those who may see it are told, every page of them: so the messages did go out.
        foreach (var (page, opened) in seeing.Where(one => !IsStill(one.Page)))
            await opened.Until(shown => shown.Contains(secret), $"{page.Name} of the administrator is told");

        foreach (var (who, page, opened, before) in blind)
        {
            Assert.True(WithoutClock(before) == WithoutClock(await opened.Shown()), $"{page.Name} told {who} of a record that is not there for them:\n{before}\n{await opened.Shown()}");
            await opened.DisposeAsync();
        }
        foreach (var (_, opened) in seeing) await opened.DisposeAsync();
    }

    /// <summary>"just now" becomes "1 min ago" without anybody telling.</summary>
    static string WithoutClock(string shown) => System.Text.RegularExpressions.Regex.Replace(shown, "(<time[^>]*>)[^<]*", "$1");

    /// <summary>Pages that ask again only when their person's part changes, or show another field than the changed ones.</summary>
    static bool IsStill(Type page) => page == typeof(UploadPage) || page == typeof(NamesPage) || page == typeof(MovePage) || page == typeof(NoticesPage) || page == typeof(DotList) || page == typeof(InboxPage) || page == typeof(SeriesPage) || page == typeof(PlanPage) || page == typeof(CompositionPage) || page == typeof(SimulatePage);
}
