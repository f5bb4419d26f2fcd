using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Client.Records;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Runs;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Portal.Tests.Records;

public sealed class RecordChangeTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    PortalRole Ed => new(portal, AccessRole.Edit);
    PortalRole Max => new(portal, AccessRole.Manage);

    [Fact]
    public async Task A_stale_save_is_refused_and_told_who_changed_what()
    {
        var batch = await Ed.NewBatch();
        var (mine, theirs) = (RecordFields.Copy(batch), RecordFields.Copy(batch));
        (theirs.Solvent, mine.Solvent) = ("toluene", "octadecene");
        await Max.Do<BatchCommands, Batch?>(c => c.Save(theirs));

        var stale = await Assert.ThrowsAsync<StaleRecordException>(() => Ed.Do<BatchCommands, Batch?>(c => c.Save(mine)));

        var difference = Assert.Single(stale.Differences);
        Assert.Equal(("Solvent", "octadecene", "toluene", "Manage"), (difference.Field, difference.Mine, difference.Now, difference.By));
        Assert.Equal("toluene", (await Ed.Get(batch)).Solvent);
    }

    [Fact]
    public async Task Fields_that_only_one_of_two_changed_are_merged_and_both_saves_live()
    {
        var batch = await Ed.NewBatch();
        var mine = new EditSession<Batch>(batch);
        var theirs = RecordFields.Copy(batch);
        theirs.Solvent = "toluene";
        mine.Edited.Ligand = "oleylamine";
        await Max.Do<BatchCommands, Batch?>(c => c.Save(theirs));

        var first = await mine.Save(b => Ed.Do<BatchCommands, Batch?>(c => c.Save(b)));

        Assert.Equal(SaveEnd.Stale, first.End);
        Assert.Empty(mine.Conflicts);
        Assert.Contains("Manage", mine.TakenOver);
        Assert.Contains("solvent to toluene", mine.TakenOver);

        var second = await mine.Save(b => Ed.Do<BatchCommands, Batch?>(c => c.Save(b)));

        Assert.Equal(SaveEnd.Saved, second.End);
        var now = await Ed.Get(batch);
        Assert.Equal(("toluene", "oleylamine"), (now.Solvent, now.Ligand));
    }

    [Fact]
    public async Task In_a_field_that_both_changed_the_typed_text_is_kept_until_the_person_decides()
    {
        var batch = await Ed.NewBatch();
        var mine = new EditSession<Batch>(batch);
        var theirs = RecordFields.Copy(batch);
        (theirs.Plqy, mine.Edited.Plqy) = (0.6, 0.7);
        await Max.Do<BatchCommands, Batch?>(c => c.Save(theirs));

        await mine.Save(b => Ed.Do<BatchCommands, Batch?>(c => c.Save(b)));

        var conflict = Assert.Single(mine.Conflicts);
        Assert.Equal(("quantum yield", "0.6", "0.7"), (conflict.Field, conflict.Theirs, conflict.Yours));
        Assert.Equal(0.7, mine.Edited.Plqy);
        Assert.Equal(0.6, (await Ed.Get(batch)).Plqy);

        var undecided = await mine.Save(b => Ed.Do<BatchCommands, Batch?>(c => c.Save(b)));
        Assert.Equal(SaveEnd.Stale, undecided.End);
        Assert.Equal(0.6, (await Ed.Get(batch)).Plqy);

        mine.Choose(conflict with { KeepsMine = true });
        var kept = await mine.Save(b => Ed.Do<BatchCommands, Batch?>(c => c.Save(b)));

        Assert.Equal(SaveEnd.Saved, kept.End);
        Assert.Equal(0.7, (await Ed.Get(batch)).Plqy);
    }

    [Fact]
    public async Task A_change_by_the_portal_itself_does_not_stop_a_persons_save()
    {
        var run = (await Ed.Do<RunCommands, Run?>(c => c.Make(portal.Dot.Code, new Run { Name = "read meanwhile" })))!;
        var mine = new EditSession<Run>(run);
        mine.Edited.Temperature = 4;
        await using (var db = portal.CreateDbContext())
            await db.Runs.Where(r => r.Id == run.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.Reading, ReadingState.Read));

        var (end, saved) = await mine.Save(r => Ed.Do<RunCommands, Run?>(c => c.Save(r)));

        Assert.Equal(SaveEnd.Saved, end);
        Assert.Equal((4, ReadingState.Read), (saved!.Temperature, saved.Reading));
    }

    [Fact]
    public async Task Over_HTTP_a_change_names_its_version_and_a_stale_one_is_told_who_was_faster()
    {
        var batch = await Ed.NewBatch();
        var address = $"/api/v1/batches/{batch.Code}";
        var (editor, manager) = (portal.Client(Ed.Person), portal.Client(Max.Person));
        var tag = (await editor.GetAsync(address)).Headers.ETag!;

        var unversioned = await RecordAccessTests.Patch(editor, address, null, new { ligand = "oleic acid" });
        var first = await RecordAccessTests.Patch(manager, address, tag, new { plqy = 0.5 });
        var second = await RecordAccessTests.Patch(editor, address, tag, new { ligand = "oleic acid" });
        var third = await RecordAccessTests.Patch(editor, address, first.Headers.ETag, new { ligand = "oleic acid" });

        Assert.Equal(HttpStatusCode.PreconditionRequired, unversioned.StatusCode);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, second.StatusCode);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
        var changed = (await third.Content.ReadFromJsonAsync<BatchRecord>())!;
        Assert.Equal((0.5, "oleic acid"), (changed.Plqy, changed.Ligand));
    }

    [Theory]
    [InlineData("batches", "solvent", "ligand")]
    [InlineData("samples", "substrate", "storage")]
    [InlineData("dots", "notes", "emissionPeak")]
    [InlineData("runs", "notes", "temperature")]
    public async Task Over_HTTP_a_refused_change_is_told_the_person_the_moment_the_field_and_both_values(string records, string theirField, string untouched)
    {
        var (editor, manager) = (portal.Client(Ed.Person), portal.Client(Max.Person));
        var address = $"/api/v1/{records}/" + records switch
        {
            "batches" => portal.Batch.Code, "samples" => portal.Sample.Code, "dots" => portal.Dot.Code, _ => portal.Run.Id.ToString(),
        };
        var tag = (await editor.GetAsync(address)).Headers.ETag!;
        var begun = DateTimeOffset.UtcNow.AddSeconds(-1);
        object other = untouched is "emissionPeak" or "temperature" ? 300.0 : "dry";
        await RecordAccessTests.Patch(manager, address, tag, new Dictionary<string, object> { [theirField] = "theirs" });

        var refused = await RecordAccessTests.Patch(editor, address, tag, new Dictionary<string, object> { [theirField] = "mine" });
        var elsewhere = await RecordAccessTests.Patch(editor, address, tag, new Dictionary<string, object> { [untouched] = other });

        Assert.Equal((HttpStatusCode.PreconditionFailed, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
        var change = Assert.Single((await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("changes").EnumerateArray());
        Assert.Equal((theirField, "theirs", "mine", "Manage"),
            (change.GetProperty("field").GetString(), change.GetProperty("now").GetString(), change.GetProperty("yours").GetString(), change.GetProperty("by").GetString()));
        Assert.InRange(change.GetProperty("at").GetDateTimeOffset(), begun, DateTimeOffset.UtcNow.AddSeconds(1));
        // Who changes another field from the old version is told of the field that changed, too.
        Assert.Equal(HttpStatusCode.PreconditionFailed, elsewhere.StatusCode);
        var told = (await elsewhere.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("changes").EnumerateArray().ToList();
        Assert.Contains(told, one => one.GetProperty("field").GetString() == theirField && one.GetProperty("by").GetString() == "Manage");
        Assert.Contains(told, one => one.GetProperty("field").GetString() == untouched && one.GetProperty("by").ValueKind == JsonValueKind.Null);
    }

    [Theory]
    [InlineData("{\"plqy\": 71}", "For 71 %, write 0.71.")]
    [InlineData("{\"name\": \"  \"}", "Give the batch a name")]
    [InlineData("{\"method\": \"magic\"}", "hot-injection")]
    [InlineData("{\"code\": \"XX-1\"}", "given by the portal")]
    [InlineData("{\"colour\": \"red\"}", "has no field")]
    [InlineData("{\"plqy\": \"much\"}", "plqy")]
    [InlineData("{\"edgeLength\": -3}", "greater than 0 nm")]
    public async Task What_cannot_be_kept_is_refused_in_words_and_nothing_is_saved(string patch, string words)
    {
        var batch = await Ed.NewBatch();
        var address = $"/api/v1/batches/{batch.Code}";
        var client = portal.Client(Ed.Person);
        var tag = (await client.GetAsync(address)).Headers.ETag!;

        var answer = await RecordAccessTests.Patch(client, address, tag, JsonSerializer.Deserialize<JsonElement>(patch));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync());
        Assert.Equal(tag, (await client.GetAsync(address)).Headers.ETag);
    }

    [Fact]
    public async Task What_is_put_into_the_bin_is_gone_from_lists_and_the_API_and_can_be_taken_out()
    {
        var batch = await Ed.NewBatch();
        var client = portal.Client(Ed.Person);

        Assert.True(await Ed.Do<BatchCommands, bool>(c => c.Bin(batch.Id, true)));

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/api/v1/batches/{batch.Code}")).StatusCode);
        Assert.DoesNotContain((await Ed.Do<BatchQueries, (IReadOnlyList<BatchRow> Rows, int Total)>(q => q.Find(batch.Code, null, null, 1))).Rows, row => row.Code == batch.Code);
        Assert.NotNull((await Ed.Do<BatchQueries, BatchView?>(q => q.Get(batch.Code)))!.Batch.DeletedAt);
        Assert.Null(await new PortalRole(portal, AccessRole.Read).Do<BatchQueries, BatchView?>(q => q.Get(batch.Code)));

        Assert.True(await Ed.Do<BatchCommands, bool>(c => c.Bin(batch.Id, false)));

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"/api/v1/batches/{batch.Code}")).StatusCode);
        var history = await Ed.Do<BatchQueries, IReadOnlyList<Data.Audit.HistoryEntry>>(q => q.History(batch.Id));
        Assert.Equal(["restored", "deleted", "made"], history.Select(entry => entry.Action));
        Assert.All(history, entry => Assert.Equal("Edit", entry.Who));
    }

    [Fact]
    public async Task The_parts_of_a_superlattice_are_kept_compared_and_told_one_by_one()
    {
        var batch = await Ed.NewBatch();
        var sample = (await Ed.Do<SampleCommands, Sample?>(c => c.Make(batch.Id,
            new Sample { Code = "", Name = "", Form = SampleForm.Superlattice, Superlattice = new() { EdgeLength = 9, Gap = 3 } })))!;
        var edited = RecordFields.Copy(sample);
        edited.Superlattice!.Gap = 2.5;

        await Ed.Do<SampleCommands, Sample?>(c => c.Save(edited));

        var history = await Ed.Do<SampleQueries, IReadOnlyList<Data.Audit.HistoryEntry>>(q => q.History(sample.Id));
        var change = Assert.Single(history[0].Changes);
        Assert.Equal(("Superlattice.Gap", "3", "2.5"), (change.Field, change.Old, change.New));
    }

    /// <summary>A person of a role who calls the features' classes.</summary>
    sealed record PortalRole(RecordsFixture Portal, AccessRole Role)
    {
        public Data.Account.PortalUser Person => Portal.People[Role];

        public Task<T> Do<TService, T>(Func<TService, Task<T>> act) where TService : notnull =>
            Portal.As(Person, of => act(of.GetRequiredService<TService>()));

        public async Task<Batch> NewBatch() => (await Do<BatchCommands, Batch?>(c => c.Make(Portal.Zn.Id, new Batch { Code = "", Name = "b", Formula = "CsPbBr3" })))!;

        public async Task<Batch> Get(Batch batch)
        {
            await using var db = Portal.CreateDbContext();
            return await db.Batches.AsNoTracking().SingleAsync(b => b.Id == batch.Id);
        }
    }
}
