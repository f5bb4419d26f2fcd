using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Client.Records;
using PqdPortal.Data.Account;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Features.Instruments;
using PqdPortal.Web.Features.Labels;

namespace PqdPortal.Portal.Tests.Records;

public sealed class InstrumentTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    PortalUser Editor => portal.People[AccessRole.Edit];
    PortalUser Stranger => portal.People[AccessRole.None];

    async Task<Instrument> Setup(string name, Guid? group = null) =>
        (await portal.As(Editor, of => of.GetRequiredService<InstrumentCommands>().Make(new Instrument
        {
            Name = name, GroupId = group, Temperature = 293, Excitation = Excitation.Pulsed, ExcitationWavelength = 405, RepetitionRate = 5, ObjectiveNa = 0.95,
            Detectors = [new() { Model = "SPCM", Efficiency = 0.65, DeadTime = 24, Jitter = 350, DarkRate = 120 }, new() { Model = "SPCM" }],
        })))!;

    [Fact]
    public async Task Who_sees_a_set_up_sees_no_run_of_it_for_that()
    {
        var setup = await Setup("HBT at 4 K");
        await using (var db = portal.CreateDbContext())
            await db.Runs.Where(r => r.Id == portal.Run.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.InstrumentId, setup.Id));

        var mine = (await portal.As(Editor, of => of.GetRequiredService<InstrumentQueries>().Get(setup.Id)))!;
        var theirs = (await portal.As(Stranger, of => of.GetRequiredService<InstrumentQueries>().Get(setup.Id)))!;
        var rows = await portal.As(Stranger, of => of.GetRequiredService<InstrumentQueries>().All());

        Assert.Equal(portal.Run.Id, Assert.Single(mine.Runs).Id);
        Assert.Empty(theirs.Runs);
        Assert.False(theirs.MayEdit);
        Assert.Null(rows.Single(row => row.Of.Id == setup.Id).LastRun);
        using var http = portal.Client(Stranger);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/api/v1/runs/{portal.Run.Id}")).StatusCode);
    }

    [Fact]
    public async Task A_set_up_of_a_group_is_there_for_its_people_alone_and_they_may_change_it()
    {
        Group group;
        await using (var db = portal.CreateDbContext())
        {
            group = new Group { Name = $"lab {Guid.NewGuid()}", Members = [new() { PersonId = Editor.Id }, new() { PersonId = portal.People[AccessRole.Comment].Id }] };
            db.Add(group);
            await db.SaveChangesAsync();
        }
        var setup = await Setup("of the lab", group.Id);
        using var stranger = portal.Client(Stranger);
        using var member = portal.Client(portal.People[AccessRole.Comment]);

        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/api/v1/instruments/{setup.Id}")).StatusCode);
        using var look = await member.GetAsync($"/api/v1/instruments/{setup.Id}");
        Assert.Equal(HttpStatusCode.OK, look.StatusCode);
        using var change = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/instruments/{setup.Id}") { Content = JsonContent.Create(new { location = "B 2.014" }) };
        change.Headers.Add("If-Match", look.Headers.ETag!.ToString());
        Assert.Equal("B 2.014", (await (await member.SendAsync(change)).Content.ReadFromJsonAsync<InstrumentRecord>())!.Location);
        Assert.False(await portal.As(Stranger, of => of.GetRequiredService<InstrumentCommands>().Write(setup.Id, "mine")));
        Assert.False(await portal.As(Stranger, of => of.GetRequiredService<InstrumentCommands>().Bin(setup.Id, true)));
        Assert.True(await portal.As(portal.People[AccessRole.Comment], of => of.GetRequiredService<InstrumentCommands>().Write(setup.Id, "APD 1 replaced")));
        Assert.Equal("APD 1 replaced", Assert.Single((await portal.As(Editor, of => of.GetRequiredService<InstrumentQueries>().Get(setup.Id)))!.Log).Text);
    }

    [Fact]
    public async Task Who_changes_no_record_anywhere_puts_up_no_set_up_and_changes_none()
    {
        var setup = await Setup("of everybody");
        using var http = portal.Client(Stranger);

        Assert.Null(await portal.As(Stranger, of => of.GetRequiredService<InstrumentCommands>().Make(new Instrument { Name = "mine" })));
        Assert.Equal(HttpStatusCode.Forbidden, (await http.PostAsJsonAsync("/api/v1/instruments", new { name = "mine" })).StatusCode);
        setup.Name = "taken over";
        Assert.Null(await portal.As(Stranger, of => of.GetRequiredService<InstrumentCommands>().Save(setup)));
        using var change = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/instruments/{setup.Id}") { Content = JsonContent.Create(new { name = "taken over" }) };
        change.Headers.Add("If-Match", $"\"{setup.Version}\"");
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(change)).StatusCode);
    }

    [Fact]
    public async Task A_new_run_takes_over_what_is_usual_and_keeps_what_was_recorded()
    {
        var setup = await Setup("usual");
        var run = new Run { Name = "a", Temperature = 4, Excitation = Excitation.NotRecorded };

        var filled = setup.TakeOver(run);

        Assert.Equal((4.0, Excitation.Pulsed, 405.0, 0.95), (run.Temperature!.Value, run.Excitation, run.ExcitationWavelength!.Value, run.ObjectiveNa!.Value));
        Assert.Equal(2, run.Detectors.Count);
        Assert.DoesNotContain(nameof(Run.Temperature), filled);
        Assert.Null(run.Power);
    }

    [Fact]
    public async Task Of_two_who_save_a_set_up_the_second_is_told_what_the_first_changed_and_a_binned_one_is_not_saved()
    {
        var began = await Setup("twice");
        var (first, second) = (RecordFields.Copy(began), RecordFields.Copy(began));
        (first.Location, second.Notes) = ("B 2.014", "mine");
        await portal.As(Editor, of => of.GetRequiredService<InstrumentCommands>().Save(first));

        var stale = await Assert.ThrowsAsync<StaleRecordException>(() => portal.As(Editor, of => of.GetRequiredService<InstrumentCommands>().Save(second)));
        Assert.Contains(stale.Differences, difference => difference.Field == nameof(Instrument.Location) && difference.By == Editor.Name);
        var standing = await portal.As(Editor, of => of.GetRequiredService<PqdPortal.Web.Access.RecordWatch>().Standing(began));
        Assert.Equal((StandingKind.Open, 1), (standing.Kind, standing.Changes.Count));

        Assert.True(await portal.As(Editor, of => of.GetRequiredService<InstrumentCommands>().Bin(began.Id, true)));
        Assert.Null(await portal.As(Editor, of => of.GetRequiredService<InstrumentCommands>().Save(second)));
        Assert.Equal(StandingKind.Binned, (await portal.As(Editor, of => of.GetRequiredService<PqdPortal.Web.Access.RecordWatch>().Standing(began))).Kind);
        Assert.Equal(StandingKind.NotThere, (await portal.As(Stranger, of => of.GetRequiredService<PqdPortal.Web.Access.RecordWatch>().Standing(began))).Kind);
        Assert.True(await portal.As(Editor, of => of.GetRequiredService<InstrumentCommands>().Bin(began.Id, false)));
    }

    [Theory]
    [InlineData("efficiency", 65)]
    [InlineData("efficiency", -0.1)]
    [InlineData("deadTime", -1)]
    public async Task A_detector_that_cannot_be_is_refused_in_words(string field, double value)
    {
        using var http = portal.Client(Editor);

        using var answer = await http.PostAsJsonAsync("/api/v1/instruments", new { name = "wrong", detectors = new[] { new Dictionary<string, object> { ["model"] = "SPCM", [field] = value } } });

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("of detector 1", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("SPCM; 0.65; 24; 350; 120", 1, null)]
    [InlineData("SPCM; 0,65\n\n ;;24", 2, null)]
    [InlineData("a; b", null, "Line 1")]
    [InlineData("a;1;2;3;4;5", null, "at most five")]
    public void Detectors_are_typed_one_a_line(string text, int? count, string? trouble)
    {
        var (read, why) = PqdPortal.Web.Layout.Fields.DetectorText.Read(text);

        Assert.Equal(count, read?.Count);
        if (trouble is null) Assert.Equal(read, PqdPortal.Web.Layout.Fields.DetectorText.Read(PqdPortal.Web.Layout.Fields.DetectorText.Write(read!)).Detectors);
        else Assert.Contains(trouble, why);
    }

    [Fact]
    public async Task A_label_is_found_by_its_address_or_its_code_and_only_by_who_sees_its_record()
    {
        foreach (var scanned in new[] { portal.Sample.Code, $" {portal.Sample.Code.ToLowerInvariant()} ", $"https://elsewhere.example/portal/s/{portal.Sample.Code}" })
            Assert.Equal($"s/{portal.Sample.Code}", (await portal.As(portal.People[AccessRole.Read], of => of.GetRequiredService<LabelQueries>().Find(scanned)))!.Address);

        Assert.Null(await portal.As(Stranger, of => of.GetRequiredService<LabelQueries>().Find(portal.Sample.Code)));
        Assert.Null(await portal.As(Editor, of => of.GetRequiredService<LabelQueries>().Find(new string('x', 100_000))));
        var labels = await portal.As(Editor, of => of.GetRequiredService<LabelQueries>().Of([portal.Batch.Code, portal.Sample.Code, "NO-0001"], withDots: true));
        Assert.Equal([portal.Batch.Code, portal.Sample.Code, portal.Dot.Code], labels.Take(3).Select(label => label.Code));
    }
}
