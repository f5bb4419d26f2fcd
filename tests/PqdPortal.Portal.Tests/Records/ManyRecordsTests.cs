using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Account;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout.Bulk;

namespace PqdPortal.Portal.Tests.Records;

/// <summary>Many records in one gesture: series of samples, dots from lists and grids, split batches, edits of many rows.</summary>
public sealed class ManyRecordsTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    PortalUser Maker => portal.People[AccessRole.Edit];

    Task<T> Batches<T>(Func<BatchCommands, Task<T>> act) => portal.As(Maker, of => act(of.GetRequiredService<BatchCommands>()));
    Task<T> Samples<T>(Func<SampleCommands, Task<T>> act) => portal.As(Maker, of => act(of.GetRequiredService<SampleCommands>()));
    Task<T> Bulk<T>(Func<BulkCommands, Task<T>> act, PortalUser? who = null) => portal.As(who ?? Maker, of => act(of.GetRequiredService<BulkCommands>()));
    Task<BulkLook> Look(RecordKind kind, params Guid[] ids) => portal.As(Maker, of => of.GetRequiredService<BulkQueries>().Look(kind, ids));

    async Task<Batch> Batch(string name = "b") => (await Batches(of => of.Make(portal.Zn.Id, new Batch { Code = "", Name = name, Formula = "CsPbBr3", EdgeLength = 9, SynthesisedOn = new(2026, 11, 20) })))!;
    async Task<Sample> Sample(Guid? batch = null) => (await Samples(async of => await of.Make(batch ?? (await Batch()).Id, new Sample { Code = "", Name = "" })))!;

    [Fact]
    public async Task A_dilution_series_is_made_at_once_and_the_next_sample_begins_like_the_last()
    {
        var batch = await Batch();
        var made = (await Samples(of => of.MakeMany(batch.Id, [.. new double[] { 10, 100, 500 }.Select(factor => new Sample { Code = "", Name = "", Form = SampleForm.IsolatedDots, Matrix = Matrix.Pmma, Substrate = "glass", Dilution = factor })])))!;

        Assert.Equal([$"{batch.Code}-S1", $"{batch.Code}-S2", $"{batch.Code}-S3"], made.Select(sample => sample.Code));
        var last = await portal.As(Maker, of => of.GetRequiredService<SampleQueries>().Last(batch.Id));
        Assert.Equal((Matrix.Pmma, "glass", 500.0), (last!.Matrix, last.Substrate, last.Dilution));
        // One that cannot be kept keeps all of them out.
        await Assert.ThrowsAsync<RefusedEditException>(() => Samples(of => of.MakeMany(batch.Id, [new Sample { Code = "", Name = "" }, new Sample { Code = "", Name = "", Dilution = 0.1 }])));
        await using var db = portal.CreateDbContext();
        Assert.Equal(3, await db.Samples.CountAsync(s => s.BatchId == batch.Id));
    }

    [Fact]
    public async Task Samples_made_by_six_people_at_once_have_numbers_of_their_own()
    {
        var batch = await Batch();
        var made = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Samples(of => of.MakeMany(batch.Id, [new Sample { Code = "", Name = "" }, new Sample { Code = "", Name = "" }]))));
        Assert.Equal(12, made.SelectMany(some => some!).Select(sample => sample.Code).Distinct().Count());
    }

    [Fact]
    public async Task Dots_come_from_a_list_or_a_grid_and_the_numbering_goes_on_beside_them_though_five_add_at_once()
    {
        var sample = await Sample();
        var (list, _) = DotPlaces.List("D041 12,5 8\n\n1.5;2\nA3\n");
        var placed = (await Samples(of => of.PlaceDots(sample.Id, list!)))!;
        Assert.Equal([("D041", 12.5, 8.0), ("D042", 1.5, 2.0), ("A3", null, (double?)null)], placed.Select(dot => (dot.Label, dot.X, dot.Y)));

        var all = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Samples(of => of.AddDots(sample.Id, 40))));
        Assert.Equal(Enumerable.Range(43, 200).Select(number => $"{sample.Code}-D{number:000}"), all.SelectMany(dots => dots!).Select(dot => dot.Code).Order());
        var taken = await Assert.ThrowsAsync<RefusedEditException>(() => Samples(of => of.PlaceDots(sample.Id, [new("A4"), new("A3")])));
        Assert.Contains("A3 is there already", taken.Message);
        await using var db = portal.CreateDbContext();
        Assert.False(await db.Emitters.AnyAsync(e => e.SampleId == sample.Id && e.Label == "A4"));
    }

    [Fact]
    public void A_grid_has_its_positions_row_by_row_and_what_cannot_be_one_is_refused_in_words()
    {
        var (grid, _) = DotPlaces.Grid("2", "2", "10", "5", "");
        Assert.Equal([(5.0, 0.0), (15.0, 0.0), (5.0, 10.0), (15.0, 10.0)], grid!.Select(place => (place.X!.Value, place.Y!.Value)));
        Assert.Contains("between 1 and 500", DotPlaces.Grid("100", "100", "1", "", "").Trouble);
        Assert.Contains("greater than 0", DotPlaces.Grid("2", "2", "0", "", "").Trouble);
        Assert.Contains("Line 2", DotPlaces.List("A1\nA2 x 3").Trouble);
        Assert.Contains("at least one", DotPlaces.List(" \n").Trouble);
        Assert.Contains("between 1 and 500", DotPlaces.Count("501").Trouble);
    }

    [Theory]
    [InlineData("A 1")]
    [InlineData("a/b")]
    [InlineData("-x")]
    [InlineData("D\u202e1")]
    [InlineData("much-too-long-a-label")]
    public async Task A_label_that_cannot_stand_in_an_address_is_refused(string label)
    {
        var sample = await Sample();
        var refused = await Assert.ThrowsAsync<RefusedEditException>(() => Samples(of => of.PlaceDots(sample.Id, [new(label)])));
        Assert.StartsWith("A label has", refused.Message);
    }

    [Fact]
    public async Task A_sample_is_copied_with_or_without_its_dots_and_nothing_that_was_measured_of_them()
    {
        var sample = await Sample();
        await Samples(of => of.PlaceDots(sample.Id, [new("D001", 1, 2), new("B7")]));
        var bare = (await Samples(of => of.Duplicate(sample.Id, withDots: false)))!;
        var full = (await Samples(of => of.Duplicate(sample.Id, withDots: true)))!;

        await using var db = portal.CreateDbContext();
        Assert.Equal(0, await db.Emitters.CountAsync(e => e.SampleId == bare.Id));
        Assert.Equal([$"{full.Code}-B7", $"{full.Code}-D001"], await db.Emitters.Where(e => e.SampleId == full.Id).OrderBy(e => e.Code).Select(e => e.Code).ToListAsync());
        Assert.Equal(sample.BatchId, full.BatchId);
        Assert.Equal([bare.Id, full.Id], await db.SampleParents.Where(p => p.ParentId == sample.Id).OrderBy(p => p.Sample.Code).Select(p => p.SampleId).ToListAsync());
    }

    [Fact]
    public async Task A_copy_whose_dots_cannot_be_made_is_not_there_at_all()
    {
        var sample = await Sample();
        await Samples(of => of.PlaceDots(sample.Id, [new("B8"), new("B9-unkept")]));
        await using var db = portal.CreateDbContext();
        // The database refuses the dots of the copy, after the sample stands.
        await db.Database.ExecuteSqlAsync($"""ALTER TABLE "Emitters" ADD CONSTRAINT "CK_Test_Unkept" CHECK ("Label" <> 'B9-unkept') NOT VALID""");
        try
        {
            await Assert.ThrowsAsync<DbUpdateException>(() => Samples(of => of.Duplicate(sample.Id, withDots: true)));
        }
        finally
        {
            await db.Database.ExecuteSqlAsync($"""ALTER TABLE "Emitters" DROP CONSTRAINT "CK_Test_Unkept" """);
        }

        Assert.Equal([sample.Id], await db.Samples.Where(s => s.BatchId == sample.BatchId).Select(s => s.Id).ToListAsync());
        Assert.False(await db.SampleParents.AnyAsync(p => p.ParentId == sample.Id));
        Assert.NotNull(await Samples(of => of.Duplicate(sample.Id, withDots: true)));
    }

    [Fact]
    public async Task A_batch_is_split_into_batches_that_were_made_from_it()
    {
        var batch = await Batch("whole");
        var parts = (await Batches(of => of.Split(batch.Id, 3)))!;

        Assert.Equal(["whole a", "whole b", "whole c"], parts.Select(part => part.Name));
        Assert.All(parts, part => Assert.Equal(("CsPbBr3", batch.SynthesisedOn, (double?)null), (part.Formula, part.SynthesisedOn, part.EdgeLength)));
        await using var db = portal.CreateDbContext();
        Assert.Equal(3, await db.BatchParents.CountAsync(p => p.ParentId == batch.Id && p.How == Descent.Split));
        await Assert.ThrowsAsync<RefusedEditException>(() => Batches(of => of.Split(batch.Id, 27)));
        using var http = portal.Client(Maker);
        Assert.Equal(HttpStatusCode.Created, (await http.PostAsJsonAsync($"/api/v1/batches/{batch.Code}/split", new { count = 2 })).StatusCode);
    }

    [Fact]
    public async Task Many_rows_take_new_values_each_with_its_history_and_give_the_old_ones_back()
    {
        Batch[] all = [await Batch("m1"), await Batch("m2"), await Batch("m3")];
        var look = await Look(RecordKind.Batch, [.. all.Select(batch => batch.Id), Guid.NewGuid()]);
        Assert.Equal((3, 1), (look.Records.Count, look.Missing));
        Assert.Equal([("9", 3)], look.Old("EdgeLength"));

        var done = await Bulk(of => of.Apply(RecordKind.Batch, look.Rows, [new("EdgeLength", "9,4"), new("Solvent", "toluene"), new("Method", "larp")]));

        Assert.Equal((3, 0, 0), (done.Changed, done.Left.Count, done.Problems.Count));
        await using (var db = portal.CreateDbContext())
        {
            Assert.All(await db.Batches.Where(b => all.Select(one => one.Id).Contains(b.Id)).ToListAsync(), b => Assert.Equal((9.4, "toluene", SynthesisMethod.Larp), (b.EdgeLength, b.Solvent, b.Method)));
            Assert.Equal(["EdgeLength", "Method", "Solvent"], (await db.HistoryOf(all[0].Id))[0].Changes.Select(change => change.Field).Order());
        }

        // Somebody saves one of them: it is named and left, the others come back.
        await using (var db = portal.CreateDbContext())
        {
            (await db.Batches.SingleAsync(b => b.Id == all[1].Id)).Ligand = "oleic acid";
            await db.SaveChangesAsync();
        }
        var undone = await Bulk(of => of.Undo(done.Undo!));
        Assert.Equal((2, all[1].Code), (undone.Changed, Assert.Single(undone.Left)));
        await using var after = portal.CreateDbContext();
        var now = await after.Batches.Where(b => all.Select(one => one.Id).Contains(b.Id)).OrderBy(b => b.Code).Select(b => new { b.EdgeLength, b.Solvent }).ToListAsync();
        Assert.Equal([(9.0, null), (9.4, "toluene"), (9.0, (string?)null)], now.Select(b => (b.EdgeLength!.Value, b.Solvent)));
    }

    [Fact]
    public async Task One_row_that_somebody_saved_since_keeps_all_of_them_as_they_are_and_is_named()
    {
        Batch[] all = [await Batch(), await Batch()];
        var look = await Look(RecordKind.Batch, [.. all.Select(batch => batch.Id)]);
        await using (var db = portal.CreateDbContext())
        {
            (await db.Batches.SingleAsync(b => b.Id == all[1].Id)).Ligand = "oleic acid";
            await db.SaveChangesAsync();
        }

        var outcome = await Bulk(of => of.Apply(RecordKind.Batch, look.Rows, [new("Solvent", "toluene")]));

        Assert.Equal((0, all[1].Code), (outcome.Changed, Assert.Single(outcome.Left)));
        await using var after = portal.CreateDbContext();
        Assert.False(await after.Batches.AnyAsync(b => all.Select(one => one.Id).Contains(b.Id) && b.Solvent != null));
    }

    [Fact]
    public async Task What_one_may_not_change_is_named_and_what_cannot_be_kept_changes_nothing()
    {
        var batch = await Batch();
        var reader = portal.People[AccessRole.Read];
        var look = await portal.As(reader, of => of.GetRequiredService<BulkQueries>().Look(RecordKind.Batch, [batch.Id]));
        Assert.Equal((0, batch.Code), (look.Records.Count, Assert.Single(look.NotYours)));
        Assert.NotEmpty((await Bulk(of => of.Apply(RecordKind.Batch, [new(batch.Id, batch.Version)], [new("Solvent", "x")]), reader)).Problems);
        foreach (var (field, text, says) in ((string, string, string)[])[("Plqy", "71", "between 0 and 1"), ("Plqy", "much", "not a number"), ("Name", "", "Give the batch a name"), ("NoSuch", "1", "no field"), ("x.unasked", "1", "No template"), ("Notes", "a\0b", "cannot be kept")])
        {
            var outcome = await Bulk(of => of.Apply(RecordKind.Batch, [new(batch.Id, batch.Version)], [new(field, text)]));
            Assert.Contains(outcome.Problems, problem => problem.Contains(says));
        }
        await using var db = portal.CreateDbContext();
        Assert.Equal(batch.Version, (await db.Batches.SingleAsync(b => b.Id == batch.Id)).Version);
    }

    [Fact]
    public async Task A_program_changes_many_and_gets_what_it_takes_to_put_it_back()
    {
        var batch = await Batch();
        using var http = portal.Client(Maker);
        Task<HttpResponseMessage> Post(HttpClient as_, uint version, string kind = "batches") =>
            as_.PostAsJsonAsync($"/api/v1/bulk/{kind}", new { records = new[] { new { id = batch.Id, version } }, changes = new Dictionary<string, string?> { ["edge_length"] = "8.5", ["solvent"] = null } });

        Assert.Equal(HttpStatusCode.Forbidden, (await Post(portal.Client(portal.People[AccessRole.Comment]), batch.Version)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Post(portal.Client(portal.People[AccessRole.None]), batch.Version)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Post(http, batch.Version, "colours")).StatusCode);
        var answer = await Post(http, batch.Version);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var before = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("before")[0];
        Assert.Equal("9", before.GetProperty("values").GetProperty("edge_length").GetString());
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Post(http, batch.Version)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsJsonAsync("/api/v1/bulk/batches", new { records = Array.Empty<object>() })).StatusCode);
    }
}
