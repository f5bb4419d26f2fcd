using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Features.Analyses;
using PqdPortal.Web.Features.Compare;
using PqdPortal.Web.Features.Groups;
using PqdPortal.Web.Features.Home;
using PqdPortal.Web.Features.Imports;
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
using PqdPortal.Web.Layout.Attachments;
using PqdPortal.Web.Layout.Family;
using PqdPortal.Web.Layout.Notes;
using PqdPortal.Web.Layout.People;
using PqdPortal.Web.Layout.Talking;
using NewRun = PqdPortal.Web.Features.Runs.NewRun;

namespace PqdPortal.Portal.Tests.Access;

/// <summary>The third door: what an open page shows, and what its buttons may do, asked in the circuit past every route.</summary>
public sealed partial class PageMatrixTests(MatrixFixture portal) : IClassFixture<MatrixFixture>
{
    static readonly Guid Random = Guid.NewGuid();

    /// <summary>What is asked at an open page's back, for a record.</summary>
    /// <param name="Least">The role it needs.</param>
    /// <param name="IsForAdministrators">It needs no role in a project but the portal's administration.</param>
    sealed record Command(AccessRole Least, Func<IServiceProvider, Things, Task> Do, bool IsForAdministrators = false);

    static Command Edit<T>(Func<T, Things, Task> act) where T : notnull => new(AccessRole.Edit, (of, at) => act(of.GetRequiredService<T>(), at));
    static Command Comment(Func<TalkCommands, Things, Task> act) => new(AccessRole.Comment, (of, at) => act(of.GetRequiredService<TalkCommands>(), at));
    static Command Manage(Func<GroupCommands, Things, Task> act) => new(AccessRole.Manage, (of, at) => act(of.GetRequiredService<GroupCommands>(), at));
    static Command Manage<T>(Func<T, Things, Task> act) where T : notnull => new(AccessRole.Manage, (of, at) => act(of.GetRequiredService<T>(), at));
    static Command AdministrateAt<T>(Func<T, Things, Task> act) where T : notnull => new(AccessRole.Manage, (of, at) => act(of.GetRequiredService<T>(), at), IsForAdministrators: true);
    static Command Administrate<T>(Func<T, Task> act) where T : notnull => new(AccessRole.Manage, (of, _) => act(of.GetRequiredService<T>()), IsForAdministrators: true);

    /// <summary>Every method of every class of commands that changes records; the account's own are tested with the account.</summary>
    static readonly Dictionary<string, Command> Commands = new()
    {
        ["BatchCommands.Make"] = Edit<BatchCommands>((c, at) => c.Make(at.Project.Id, new Batch { Code = "", Name = "new", Formula = "CsPbI3" })),
        ["BatchCommands.Save"] = Edit<BatchCommands>((c, at) => c.Save(Changed(at.Batch))),
        ["BatchCommands.Bin"] = Edit<BatchCommands>((c, at) => c.Bin(at.Batch.Id, true)),
        ["GroupCommands.TakeOut"] = new(AccessRole.Edit, (of, at) => of.GetRequiredService<GroupCommands>().TakeOut(new(at.Batch.Id, "", "", "batch", "", DateTimeOffset.UtcNow, false))),
        ["SampleCommands.Make"] = Edit<SampleCommands>((c, at) => c.Make(at.Batch.Id, new Sample { Code = "", Name = "new" })),
        ["SampleCommands.Save"] = Edit<SampleCommands>((c, at) => c.Save(Changed(at.Sample))),
        ["SampleCommands.AddDots"] = Edit<SampleCommands>((c, at) => c.AddDots(at.Sample.Id, 1)),
        ["SampleCommands.Bin"] = Edit<SampleCommands>((c, at) => c.Bin(at.Sample.Id, true)),
        ["ImportCommands.Import"] = Edit<ImportCommands>(async (c, at) => await c.Import((await c.Put(new MemoryStream(System.Text.Encoding.UTF8.GetBytes("name,formula\nnew,CsPbI3\n"))))  ?? Random, new(RecordKind.Batch, Project: at.Project.Code))),
        ["BatchCommands.Split"] = Edit<BatchCommands>((c, at) => c.Split(at.Batch.Id, 1)),
        ["SampleCommands.MakeMany"] = Edit<SampleCommands>((c, at) => c.MakeMany(at.Batch.Id, [new Sample { Code = "", Name = "new" }])),
        ["SampleCommands.Duplicate"] = Edit<SampleCommands>((c, at) => c.Duplicate(at.Sample.Id, true)),
        ["SampleCommands.PlaceDots"] = Edit<SampleCommands>((c, at) => c.PlaceDots(at.Sample.Id, [new("A1")])),
        ["BulkCommands.Apply"] = Edit<PqdPortal.Web.Layout.Bulk.BulkCommands>((c, at) => c.Apply(RecordKind.Batch, [new(at.Batch.Id, at.Batch.Version)], [new("Solvent", $"{Guid.NewGuid()}")])),
        ["BulkCommands.Undo"] = Edit<PqdPortal.Web.Layout.Bulk.BulkCommands>((c, at) => c.Undo(new(RecordKind.Batch, [new(at.Batch.Id, at.Batch.Version, new Dictionary<string, object?> { ["Solvent"] = "x" })]))),
        ["TemplateCommands.Make"] = Edit<TemplateCommands>((c, at) => c.Make(at.Project.Id, new Template { Name = "new" })),
        ["TemplateCommands.TakeOver"] = Edit<TemplateCommands>((c, at) => c.TakeOver(at.Project.Id, "spray")),
        ["TemplateCommands.Copy"] = Edit<TemplateCommands>((c, at) => c.Copy(at.Template.Id, at.Project.Id)),
        ["TemplateCommands.Save"] = Edit<TemplateCommands>((c, at) => c.Save(Changed(at.Template))),
        ["TemplateCommands.Bin"] = Edit<TemplateCommands>((c, at) => c.Bin(at.Template.Id, true)),
        ["DotCommands.Save"] = Edit<DotCommands>((c, at) => c.Save(Changed(at.Dot))),
        ["DotCommands.Bin"] = Edit<DotCommands>((c, at) => c.Bin(at.Dot.Id, true)),
        ["RunCommands.Make"] = Edit<RunCommands>((c, at) => c.Make(at.Dot.Code, new Run { Name = "new" })),
        ["RunCommands.Save"] = Edit<RunCommands>((c, at) => c.Save(Changed(at.Run))),
        ["RunCommands.Bin"] = Edit<RunCommands>((c, at) => c.Bin(at.Run.Id, true)),
        ["RunCommands.MakeTable"] = Edit<RunCommands>((c, at) => c.MakeTable(at.Dot.Code, "saturation", "new", "1 10 1\n2 20 1")),
        ["RunCommands.MakeSeries"] = Edit<RunCommands>((c, at) => c.MakeSeries(at.Dot.Code, [at.Run.Id])),
        ["RunCommands.Stop"] = Edit<RunCommands>((c, at) => c.Stop(at.Job.Id)),
        ["RunCommands.ReadAgain"] = Edit<RunCommands>((c, at) => c.ReadAgain(at.Run.Id)),
        ["RunCommands.ReadAs"] = Edit<RunCommands>((c, at) => c.ReadAs(at.Run.Id, at.File.Id, "spc-130", null)),
        ["AnalysisCommands.Ask"] = Edit<AnalysisCommands>((c, at) => c.Ask(at.Run.Id, "g2.cw", [])),
        ["AnalysisCommands.Cancel"] = Edit<AnalysisCommands>((c, at) => c.Cancel(at.Analysis.Id)),
        ["BlinkingCommands.AskAll"] = Edit<BlinkingCommands>((c, at) => c.AskAll(at.Batch.Code, [])),
        ["SimulationCommands.Ask"] = Edit<SimulationCommands>((c, at) => c.Ask(new(at.Project.Id, null, at.Dot.Id, ""), "simulated", new() { ["duration_s"] = 0.01 })),
        ["JobQueries.Cancel"] = Edit<JobQueries>((c, at) => c.Cancel(at.Job.Id)),
        ["InboxCommands.GiveHome"] = Edit<InboxCommands>((c, at) => c.GiveHome(at.Lone.Id, new(at.Project.Id, at.Sample.Id, null, null, "home"))),
        ["InboxCommands.File"] = Edit<InboxCommands>((c, at) => c.File([new RunMove(at.Lone.Id, at.Sample.Id, at.Dot.Id)])),
        ["InboxCommands.FileSuggested"] = Edit<InboxCommands>((c, at) => c.FileSuggested([at.Lone.Id], null, false)),
        ["InboxCommands.SetAside"] = Edit<InboxCommands>((c, at) => c.SetAside([at.Lone.Id], true)),
        ["NamesCommands.Save"] = Edit<NamesCommands>((c, at) => c.Save(new() { ProjectId = at.Project.Id, Patterns = "{sample}_{dot}*" })),
        ["NamesCommands.Forget"] = Edit<NamesCommands>((c, at) => c.Forget(Random)),
        ["GroupCommands.SaveProject"] = Manage((c, at) => c.SaveProject(new() { Id = at.Project.Id, Code = at.Project.Code, Name = "renamed", Version = at.Project.Version })),
        ["GroupCommands.Bin"] = Manage((c, at) => c.Bin(at.Project.Id, true)),
        ["TalkCommands.Say"] = Comment((c, at) => c.Say(TalkKind.Batch, at.Batch.Id, "said")),
        ["TalkCommands.Resolve"] = Comment((c, at) => c.Resolve(at.Comment.Id, true)),
        ["TalkCommands.Bin"] = new(AccessRole.Manage, (of, at) => of.GetRequiredService<TalkCommands>().Bin(at.Comment.Id, true)),
        ["TalkCommands.Follow"] = new(AccessRole.Read, (of, at) => of.GetRequiredService<TalkCommands>().Follow(TalkKind.Batch, at.Batch.Id, true)),
        ["FamilyCommands.AddToBatch"] = Edit<FamilyCommands>((c, at) => c.AddToBatch(at.Batch.Id, "M1-0001", Descent.Washed)),
        ["FamilyCommands.AddToSample"] = Edit<FamilyCommands>((c, at) => c.AddToSample(at.Sample.Id, "M1-0001-S1", Descent.Washed)),
        ["FamilyCommands.RemoveFromBatch"] = Edit<FamilyCommands>((c, at) => c.RemoveFromBatch(at.Batch.Id, at.Batch.Id)),
        ["FamilyCommands.RemoveFromSample"] = Edit<FamilyCommands>((c, at) => c.RemoveFromSample(at.Sample.Id, at.Sample.Id)),
        ["FamilyCommands.SetOfBatch"] = Edit<FamilyCommands>((c, at) => c.SetOfBatch(at.Batch.Id, [("M1-0001", Descent.Washed)], at.Batch.Version)),
        ["FamilyCommands.SetOfSample"] = Edit<FamilyCommands>((c, at) => c.SetOfSample(at.Sample.Id, [("M1-0001-S1", Descent.Washed)], at.Sample.Version)),
        ["AttachmentCommands.Add"] = Edit<AttachmentCommands>((c, at) => c.Add(new("run", at.Run.Id), "a.txt", null, new MemoryStream("a file"u8.ToArray()))),
        ["AttachmentCommands.Thumbnail"] = Edit<AttachmentCommands>((c, at) => c.Thumbnail(at.Photo.Id, new MemoryStream("no picture"u8.ToArray()))),
        ["AttachmentCommands.Caption"] = Edit<AttachmentCommands>((c, at) => c.Caption(at.Photo.Id, "changed")),
        ["AttachmentCommands.Move"] = Edit<AttachmentCommands>((c, at) => c.Move(at.Photo.Id, 2)),
        ["AttachmentCommands.Bin"] = Edit<AttachmentCommands>((c, at) => c.Bin(at.Photo.Id, true)),
        ["AttachmentCommands.ShowsPlace"] = Edit<AttachmentCommands>((c, at) => c.ShowsPlace(at.Photo.Id, true)),
        ["NoteCommands.Append"] = Edit<NoteCommands>((c, at) => c.Append(new("batch", at.Batch.Id), "a note")),
        ["MemberCommands.AddMember"] = Manage<MemberCommands>((c, at) => c.AddMember(at.Project.Id, new() { Subject = "p" + at.Extra.Id, Role = AccessRole.Read })),
        ["MemberCommands.RemoveMember"] = Manage<MemberCommands>((c, at) => c.RemoveMember(at.Project.Id, at.ExtraGrant.Id)),
        ["MemberCommands.SetRoles"] = Manage<MemberCommands>((c, at) => c.SetRoles(at.Project.Id, [new(at.ExtraGrant.Id, at.ExtraGrant.Role, AccessRole.Manage)])),
        ["MemberCommands.HandOver"] = Manage<MemberCommands>((c, at) => c.HandOver(at.Project.Id, at.Extra.Id, AccessRole.Read)),
        ["MemberCommands.TakeOver"] = AdministrateAt<MemberCommands>((c, at) => c.TakeOver(at.Project.Id)),
        ["InvitationCommands.Invite"] = Manage<InvitationCommands>((c, at) => c.Invite(at.Project.Id, [new() { For = "Kim", Role = AccessRole.Manage }], new())),
        ["InvitationCommands.Revoke"] = Manage<InvitationCommands>((c, at) => c.Revoke(at.Invitation.Id)),
        ["LinkCommands.Make"] = Manage<LinkCommands>(async (c, at) =>
        {
            await c.Make(LinkedKind.Project, at.Project.Id, new() { Name = "everybody" });
            await c.Make(LinkedKind.Run, at.Run.Id, new() { Name = "everybody" });
        }),
        ["LinkCommands.Revoke"] = Manage<LinkCommands>((c, at) => c.Revoke(at.Link.Id)),
        ["GroupCommands.SaveGroup"] = AdministrateAt<GroupCommands>((c, at) => c.SaveGroup(new() { Id = at.Group.Id, Name = "renamed", Version = at.Group.Version })),
        ["GroupCommands.Join"] = AdministrateAt<GroupCommands>((c, at) => c.Join(at.Group.Id, at.Extra.Id)),
        ["GroupCommands.SetManager"] = AdministrateAt<GroupCommands>((c, at) => c.SetManager(at.Group.Id, at.Other.Id, true)),
        ["HomeCommands.Welcomed"] = Administrate<HomeCommands>(c => c.Welcomed()),
        ["HomeCommands.LoadDemo"] = Administrate<HomeCommands>(c => c.LoadDemo()),
    };

    /// <summary>Whoever is signed in may begin a project of their own.</summary>
    static readonly string[] ForEverybody =
    [
        // Views of lists are a person's own; whom a shared one reaches, and who may share, is asked in SavedViewTests.
        "ViewCommands.Of", "ViewCommands.Projects", "ViewCommands.Project", "ViewCommands.Keep", "ViewCommands.Rename", "ViewCommands.Default", "ViewCommands.Remove",
        "ImportCommands.Put", "ImportCommands.Drop", "AgentCommands.Hear", "GroupCommands.MakeProject", "GroupCommands.MakeGroup",
        // Of the person themselves; of others it is asked in PeopleTests.
        "MemberCommands.Leave", "GroupCommands.Leave",
        // Of the person's own comment: TalkTests.
        "TalkCommands.Edit",
        // Of the person's own notices: NoticeTests.
        "NoticeCommands.Saw", "NoticeCommands.Read", "NoticeCommands.ReadAll", "NoticeCommands.Look", "NoticeCommands.Choose", "NoticeCommands.Compared",
        .. Setups,
    ];

    /// <summary>A set-up belongs to a group or the whole portal, not to a project: who may change one is told in InstrumentTests.</summary>
    static string[] Setups => ["InstrumentCommands.Make", "InstrumentCommands.Save", "InstrumentCommands.Bin", "InstrumentCommands.Write"];

    static T Changed<T>(T record) where T : ProjectRecord
    {
        var copy = RecordFields.Copy(record);
        copy.Notes = $"changed {Guid.NewGuid()}";
        return copy;
    }

    /// <summary>One's own visits and notices.</summary>
    static string[] Own =>
    [
        "HomeCommands.Come", "HomeCommands.Seen", "NoticeCommands.Saw", "NoticeCommands.Read", "NoticeCommands.ReadAll", "NoticeCommands.Look", "NoticeCommands.Choose", "NoticeCommands.Compared",
    ];

    [Fact]
    public void Every_command_has_its_rule() =>
        Assert.Empty(
            from type in typeof(PqdPortal.Web.App).Assembly.GetTypes()
            where type.Name.EndsWith("Commands") && type.IsClass && !type.Namespace!.EndsWith(".Account")
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            let name = $"{type.Name}.{method.Name}"
            where !Commands.ContainsKey(name) && !ForEverybody.Contains(name) && !Own.Contains(name)
            select $"{name} has no rule: say in {nameof(Commands)} who may do this");

    public static TheoryData<string> CommandNames => [.. Commands.Keys];

    [Theory]
    [MemberData(nameof(CommandNames))]
    public async Task A_command_does_nothing_for_who_may_not(string name)
    {
        var command = Commands[name];
        var before = await portal.Stored();
        foreach (var who in Enum.GetValues<Who>())
            foreach (var (place, at) in portal.Things)
            {
                var role = who == Who.Administrator ? AccessRole.Manage : place == Place.Foreign ? AccessRole.None : MatrixFixture.Role(who);
                var isAlive = place is Place.Shared or Place.Foreign;
                // The project of what lies in the bin is alive itself; and groups belong to no project.
                if (command.Least == AccessRole.Manage && place == Place.Binned) isAlive = true;
                if (name is "BatchCommands.Make" or "ImportCommands.Import" or "TemplateCommands.Make" or "TemplateCommands.TakeOver" or "NamesCommands.Save" or "GroupCommands.TakeOut" && place == Place.Binned) isAlive = true;
                if (command.IsForAdministrators ? who == Who.Administrator : isAlive && role >= command.Least) continue;
                await using var page = portal.PageOf(who);
                try { await command.Do(page.ServiceProvider, at); }
                catch (Exception refused) when (refused is RequestException or RefusedEditException) { }
                Assert.True(before == await portal.Stored(), $"{name} of {place} did something for {who}:\n{before}\n{await portal.Stored()}");
            }
    }

    [Theory]
    [InlineData("BatchCommands.Save")]
    [InlineData("SampleCommands.Save")]
    [InlineData("DotCommands.Save")]
    [InlineData("RunCommands.Save")]
    [InlineData("SampleCommands.AddDots")]
    [InlineData("SimulationCommands.Ask")]
    public async Task A_command_does_its_work_for_who_may(string name)
    {
        var at = await portal.Fresh();
        var before = await portal.Stored();

        await using var page = portal.PageOf(Who.Editor);
        await Commands[name].Do(page.ServiceProvider, at);

        Assert.NotEqual(before, await portal.Stored());
    }

    [Fact]
    public async Task A_page_that_was_open_when_the_right_ended_does_nothing_more_and_shows_nothing_more()
    {
        var at = await portal.Fresh();
        await using var page = portal.PageOf(Who.Editor);
        var of = page.ServiceProvider;
        var open = (await of.GetRequiredService<RunQueries>().Get(at.Run.Id))!;

        await using (var db = portal.CreateDbContext())
            await db.Grants.Where(grant => grant.ProjectId == at.Project.Id && grant.PersonId == portal.Person(Who.Editor)!.Id).ExecuteDeleteAsync();

        Assert.Null(await of.GetRequiredService<RunCommands>().Save(Changed(open.Run)));
        Assert.False(await of.GetRequiredService<RunCommands>().Bin(at.Run.Id, true));
        Assert.Null(await of.GetRequiredService<RunQueries>().Get(at.Run.Id));
        Assert.Empty(await of.GetRequiredService<RunQueries>().History(at.Run.Id));
        Assert.DoesNotContain(Things.Mark, await Render(Who.Editor, typeof(RunPage), new() { ["Id"] = at.Run.Id }));
    }

    /// <summary>Pages that live in a circuit, each with what an address gives it at a place.</summary>
    static IEnumerable<(Type Page, Func<Things?, Dictionary<string, object?>> Parameters)> Records =>
    [
        (typeof(ProjectPage), at => new() { ["Id"] = at?.Project.Id ?? Random }),
        (typeof(GroupPage), _ => new() { ["Id"] = Random }),
        (typeof(BatchPage), at => new() { ["Code"] = at?.Batch.Code ?? "M9-0001" }),
        (typeof(BatchPage), at => new() { ["Code"] = at?.Batch.Code ?? "M9-0001", ["ShownTab"] = "history" }),
        (typeof(CompareBlinking), at => new() { ["A"] = at?.Batch.Code ?? "M9-0001" }),
        (typeof(BlinkingPage), at => new() { ["Code"] = at?.Batch.Code ?? "M9-0001" }),
        (typeof(SamplePage), at => new() { ["Code"] = at?.Sample.Code ?? "M9-0001-S1" }),
        (typeof(SamplePage), at => new() { ["Code"] = at?.Sample.Code ?? "M9-0001-S1", ["ShownTab"] = "history" }),
        (typeof(DotPage), at => new() { ["Code"] = at?.Dot.Code ?? "M9-0001-S1-D001" }),
        (typeof(DotPage), at => new() { ["Code"] = at?.Dot.Code ?? "M9-0001-S1-D001", ["ShownTab"] = "history" }),
        (typeof(RunPage), at => new() { ["Id"] = at?.Run.Id ?? Random }),
        (typeof(RunPage), at => new() { ["Id"] = at?.Run.Id ?? Random, ["ShownTab"] = "edit" }),
        (typeof(RunPage), at => new() { ["Id"] = at?.Run.Id ?? Random, ["ShownTab"] = "history" }),
        (typeof(RunPage), at => new() { ["Id"] = at?.Run.Id ?? Random, ["ShownTab"] = "files" }),
        (typeof(AnalyzePage), at => new() { ["Run"] = at?.Run.Id ?? Random, ["Kind"] = "g2.cw" }),
        (typeof(ResultPage), at => new() { ["Id"] = at?.Analysis.Id ?? Random }),
        (typeof(PlanPage), at => new() { ["Run"] = at?.Run.Id ?? Random }),
        (typeof(SimulatePage), at => new() { ["Of"] = at?.Dot.Code ?? "M9-0001-S1-D001" }),
        (typeof(SimulatePage), at => new() { ["Project"] = at?.Project.Id ?? Random }),
        (typeof(NewRun), at => new() { ["Of"] = at?.Dot.Code ?? "M9-0001-S1-D001" }),
        (typeof(TablePage), at => new() { ["Of"] = at?.Dot.Code ?? "M9-0001-S1-D001" }),
        (typeof(SeriesPage), at => new() { ["Of"] = at?.Dot.Code ?? "M9-0001-S1-D001" }),
        (typeof(TemplatePage), at => new() { ["Id"] = at?.Template.Id ?? Random }),
        (typeof(TemplatePage), at => new() { ["Id"] = at?.Template.Id ?? Random, ["ShownTab"] = "history" }),
        (typeof(TemplateList), at => new() { ["Project"] = at?.Project.Code ?? "M9" }),
        (typeof(NewTemplate), at => new() { ["Project"] = at?.Project.Code ?? "M9" }),
        (typeof(NamesPage), at => new() { ["Project"] = at?.Project.Code ?? "M9" }),
        (typeof(MovePage), at => new() { ["Of"] = at?.Dot.Code ?? "M9-0001-S1-D001" }),
        (typeof(NewBatch), at => new() { ["Project"] = at?.Project.Code ?? "M9", ["Copy"] = at?.Batch.Code ?? "M9-0001" }),
        (typeof(UploadPage), at => new() { ["Project"] = (at?.Project.Id ?? Random).ToString() }),
        (typeof(UploadPage), at => new() { ["Dot"] = at?.Dot.Code ?? "M9-0001-S1-D001" }),
        (typeof(UploadPage), at => new() { ["Sample"] = at?.Sample.Code ?? "M9-0001-S1" }),
        (typeof(UploadPage), at => new() { ["Run"] = (at?.Run.Id ?? Random).ToString() }),
        (typeof(BatchPage), at => new() { ["Code"] = at?.Batch.Code ?? "M9-0001", ["ShownTab"] = "family" }),
        (typeof(RunPage), at => new() { ["Id"] = at?.Run.Id ?? Random, ["ShownTab"] = "photos" }),
        (typeof(RunPage), at => new() { ["Id"] = at?.Run.Id ?? Random, ["ShownTab"] = "notes" }),
        (typeof(InstrumentPage), _ => new() { ["Id"] = Random }),
        (typeof(LabelPage), at => new() { ["Of"] = at?.Sample.Code ?? "M9-0001-S1", ["WithDots"] = true }),
        (typeof(ScanPage), at => new() { ["Code"] = at?.Dot.Code ?? "M9-0001-S1-D001" }),
        (typeof(RunList), at => new() { ["Dot"] = at?.Dot.Code ?? "M9-0001-S1-D001" }),
        (typeof(RunList), at => new() { ["Search"] = at?.Project.Code ?? "M9" }),
        (typeof(DotList), at => new() { ["Batch"] = at?.Batch.Code ?? "M9-0001" }),
        (typeof(DotList), at => new() { ["Search"] = at?.Project.Code ?? "M9" }),
        (typeof(BatchList), at => new() { ["Project"] = at?.Project.Code ?? "M9" }),
        (typeof(BatchList), at => new() { ["Search"] = at?.Project.Code ?? "M9" }),
        (typeof(SampleList), at => new() { ["Batch"] = at?.Batch.Code ?? "M9-0001" }),
        (typeof(SearchPage), at => new() { ["Q"] = at?.Dot.Code ?? "M9-0001-S1-D001" }),
    ];

    static readonly Type[] Lists = [typeof(HomePage), typeof(NoticesPage), typeof(BatchList), typeof(SampleList), typeof(SearchPage), typeof(DotList), typeof(RunList), typeof(ProjectList), typeof(BinPage), typeof(InstrumentList), typeof(NewInstrument), typeof(GroupList), typeof(JobsPage), typeof(InboxPage), typeof(NamesPage), typeof(UploadPage), typeof(SimulatePage), typeof(NewBatch), typeof(CompositionPage), typeof(TemplateList), typeof(NewTemplate), typeof(ImportPage)];

    /// <summary>Every page that stays open in a circuit.</summary>
    public static IEnumerable<Type> OfCircuits => typeof(PqdPortal.Web.App).Assembly.GetTypes()
        .Where(type => type.GetCustomAttributes<RouteAttribute>().Any() && type.GetCustomAttribute<ExcludeFromInteractiveRoutingAttribute>() is null);

    [Fact]
    public void Every_page_of_a_circuit_is_walked_here()
    {
        Type[] empty = [typeof(NewProject), typeof(PqdPortal.Web.Layout.NotFound)];
        Assert.Empty(OfCircuits.Except(Records.Select(one => one.Page)).Except(Lists).Except(empty).Select(type => $"{type.Name} is walked by no test of who may see what"));
    }

    /// <summary>
    /// A page that begins to live after its person was signed out says so; without a rule of its own it would look empty instead.
    /// The form of a new project stays, as nothing else keeps what was typed there.
    /// </summary>
    [Fact]
    public void Every_page_of_a_circuit_is_for_people_who_are_signed_in_or_says_that_it_is_for_all()
    {
        Type[] forms = [typeof(NewProject), typeof(PqdPortal.Web.Layout.NotFound)];
        Assert.Empty(OfCircuits.Except(forms).Where(page => !page.GetCustomAttributes().Any(rule => rule is AuthorizeAttribute or AllowAnonymousAttribute)).Select(page => page.Name));
    }

    [Fact]
    public async Task A_page_shows_of_what_one_may_not_see_what_it_shows_of_nothing()
    {
        foreach (var who in (Who[])[Who.Anonymous, Who.Stranger, Who.Reader, Who.Expired, Who.Removed])
            foreach (var (page, parameters) in Records)
            {
                string? nothing = null;
                foreach (var (place, at) in portal.Things)
                {
                    if (MatrixFixture.Role(who) >= AccessRole.Read && (place == Place.Shared || place == Place.Binned && page == typeof(ProjectPage)
                        || place == Place.Binned && (page == typeof(UploadPage) || page == typeof(NamesPage)) || place == Place.Binned && page == typeof(NewBatch))) continue;
                    nothing ??= Unnamed(await Render(who, page, parameters(null)), null);
                    var shown = await Render(who, page, parameters(at));
                    Assert.False(Foreign(shown, who).Contains(Things.Mark), $"{page.Name} shows {who} something of {place}: {shown}");
                    Assert.Equal(nothing, Unnamed(shown, at));
                }
            }
    }

    [Fact]
    public async Task A_list_has_no_row_and_no_count_of_what_one_may_not_see()
    {
        foreach (var who in Enum.GetValues<Who>())
            foreach (var page in Lists)
            {
                var shown = await Render(who, page, []);
                var names = Named().Matches(shown).Select(name => name.Groups[1].Value).ToHashSet();
                var role = MatrixFixture.Role(who);
                var may = new HashSet<string>();
                if (role >= AccessRole.Read) may.UnionWith(["M1", "M3"]); // the third project is alive, only its records are binned
                if (role >= AccessRole.Manage && (page == typeof(ProjectList) || page == typeof(BinPage))) may.Add("M4");
                // Who may not take a record out of the bin does not see it there.
                if (role < AccessRole.Edit && page == typeof(BinPage)) may.Clear();
                if (who == Who.Administrator) may.Add("M2");
                Assert.True(names.IsSubsetOf(may), $"{page.Name} shows {who} {string.Join(", ", names.Except(may))}: {shown}");
            }
        // What is there is there: an empty page would pass all of the above.
        foreach (var page in (Type[])[typeof(HomePage), typeof(BatchList), typeof(RunList), typeof(ProjectList), typeof(JobsPage), typeof(InboxPage)])
            Assert.Contains("M1", await Render(Who.Manager, page, []));
        Assert.Contains("M3", await Render(Who.Editor, typeof(BinPage), []));
    }

    [Theory]
    [InlineData("batches", "project", 'p')]
    [InlineData("batches", "search", 'p')]
    [InlineData("samples", "batch", 'b')]
    [InlineData("dots", "batch", 'b')]
    [InlineData("dots", "sample", 's')]
    [InlineData("dots", "search", 'p')]
    [InlineData("runs", "dot", 'd')]
    [InlineData("runs", "sample", 's')]
    [InlineData("runs", "search", 'p')]
    public async Task A_search_counts_nothing_that_one_may_not_see(string list, string by, char of)
    {
        using var http = await portal.Program(null);
        async Task<int> Total(Who who, Place place)
        {
            var at = portal.Things[place];
            var text = of switch { 'p' => at.Project.Code, 'b' => at.Batch.Code, 's' => at.Sample.Code, _ => at.Dot.Code };
            var answer = await http.SendAsync(portal.Signed(new(HttpMethod.Get, $"/api/v1/{list}?{by}={text}"), who, byToken: true));
            return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("total").GetInt32();
        }

        Assert.Equal(1, await Total(Who.Reader, Place.Shared) > 0 ? 1 : 0);
        Assert.Equal(0, await Total(Who.Reader, Place.Foreign));
        Assert.Equal(0, await Total(Who.Administrator, Place.Binned));
        Assert.Equal(0, await Total(Who.Administrator, Place.InBinnedProject));
        Assert.Equal(0, await Total(Who.Stranger, Place.Shared));
        Assert.Equal(0, await Total(Who.Expired, Place.Shared));
    }

    [Fact]
    public async Task Who_can_see_and_who_has_an_account_is_told_to_those_whom_it_concerns()
    {
        foreach (var who in Enum.GetValues<Who>())
        {
            await using var page = portal.PageOf(who);
            var groups = page.ServiceProvider.GetRequiredService<PeopleQueries>();
            var isMember = MatrixFixture.Role(who) >= AccessRole.Read;
            Assert.Equal(isMember, (await groups.WhoCanSee(portal.Things[Place.Shared].Project.Id)).Count > 0);
            Assert.Equal(isMember, (await groups.Members(portal.Things[Place.Shared].Project.Id)).Count > 0);
            Assert.Equal(who == Who.Administrator, (await groups.WhoCanSee(portal.Things[Place.Foreign].Project.Id)).Count > 0);
            Assert.Equal(MatrixFixture.Role(who) == AccessRole.Manage, (await groups.Subjects()).Count > 0);
            // Nobody is told of a record, a link or an invitation by asking who else sees it.
            foreach (var (kind, at) in (IEnumerable<(LinkedKind, Func<Things, Guid>)>)[(LinkedKind.Project, x => x.Project.Id), (LinkedKind.Batch, x => x.Batch.Id), (LinkedKind.Sample, x => x.Sample.Id), (LinkedKind.Dot, x => x.Dot.Id), (LinkedKind.Run, x => x.Run.Id)])
            {
                Assert.Equal(isMember, await groups.Who(kind, at(portal.Things[Place.Shared])) is not null);
                Assert.Equal(who == Who.Administrator, await groups.Who(kind, at(portal.Things[Place.Foreign])) is not null);
                Assert.Null(await groups.Who(kind, at(portal.Things[Place.InBinnedProject])));
            }
            Assert.Equal(MatrixFixture.Role(who) == AccessRole.Manage, (await groups.Invitations(portal.Things[Place.Shared].Project.Id, null)).Count > 0);
            Assert.Equal(isMember, (await groups.Links(portal.Things[Place.Shared].Project.Id)).Count > 0);
            Assert.Equal(MatrixFixture.Role(who) >= AccessRole.Edit, (await groups.Links(portal.Things[Place.Shared].Project.Id)).Any(link => link.Name is not null));
            Assert.Equal(isMember, await groups.Holds(portal.Things[Place.Shared].Project.Id) is not null);
            await using var db = portal.CreateDbContext();
            Assert.Equal(who == Who.Administrator, (await page.ServiceProvider.GetRequiredService<Viewers>().Of(portal.Person(who)?.Id)).IsAdministrator);
        }
    }

    /// <summary>The page as its circuit would first draw it for this person.</summary>
    async Task<string> Render(Who who, Type page, Dictionary<string, object?> parameters)
    {
        await using var open = await OpenPage.Of(portal, who, page, parameters);
        return await open.Shown();
    }

    static string Foreign(string shown, Who who) => MatrixFixture.Role(who) >= AccessRole.Read ? Allowed().Replace(shown, "") : shown;

    static string Unnamed(string shown, Things? at)
    {
        foreach (var id in at is null ? (string[])[$"{Random}", "M9-0001-S1-D001", "M9-0001-S1", "M9-0001", "M9"]
            : [$"{at.Project.Id}", $"{at.Run.Id}", $"{at.Analysis.Id}", at.Dot.Code, at.Sample.Code, at.Batch.Code, at.Project.Code])
            shown = shown.Replace(id, "ID");
        return shown;
    }

    [GeneratedRegex($"{Things.Mark} [a-z ]* (M[0-9])")]
    private static partial Regex Named();

    /// <summary>What is shared with whoever reads: the first and the third project, and those that other tests had made anew.</summary>
    [GeneratedRegex($"{Things.Mark} [a-z ]* (M1|M3|F[0-9]+)\\b")]
    private static partial Regex Allowed();
}
