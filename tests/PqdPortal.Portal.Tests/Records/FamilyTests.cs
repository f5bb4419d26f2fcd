using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout.Family;

namespace PqdPortal.Portal.Tests.Records;

public sealed class FamilyTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    Data.Account.PortalUser Editor => portal.People[AccessRole.Edit];

    async Task<Batch> Batch(string name) =>
        (await portal.As(Editor, of => of.GetRequiredService<BatchCommands>().Make(portal.Zn.Id, new Batch { Code = "", Name = name, Formula = "CsPbBr3" })))!;

    Task<bool> Add(Batch child, Batch parent, Descent how) =>
        portal.As(Editor, of => of.GetRequiredService<FamilyCommands>().AddToBatch(child.Id, parent.Code, how));

    [Fact]
    public async Task A_mixture_has_several_parents_each_with_how_and_all_generations_are_one_tree()
    {
        var (raw, other, washed, mixed) = (await Batch("raw"), await Batch("other"), await Batch("washed"), await Batch("mixed"));

        Assert.True(await Add(washed, raw, Descent.Washed));
        Assert.True(await Add(mixed, washed, Descent.Mixed));
        Assert.True(await Add(mixed, other, Descent.Mixed));
        var tree = (await portal.As(portal.People[AccessRole.Read], of => of.GetRequiredService<FamilyQueries>().OfBatch(raw.Id)))!;

        Assert.Equal(new[] { raw.Id, washed.Id, mixed.Id }.Order(), tree.Members.Select(m => m.Id).Order());
        Assert.False(tree.MayEdit);
        tree = (await portal.As(Editor, of => of.GetRequiredService<FamilyQueries>().OfBatch(mixed.Id)))!;
        Assert.Equal(4, tree.Members.Count);
        Assert.Contains(new FamilyLine(raw.Id, washed.Id, Descent.Washed), tree.Lines);
        Assert.Equal((0, 0, 1, 2), (tree.Generations()[raw.Id], tree.Generations()[other.Id], tree.Generations()[washed.Id], tree.Generations()[mixed.Id]));
    }

    [Fact]
    public async Task A_circle_is_refused_over_any_number_of_generations_and_nothing_is_changed()
    {
        var (first, second, third) = (await Batch("first"), await Batch("second"), await Batch("third"));
        await Add(second, first, Descent.Washed);
        await Add(third, second, Descent.Exchanged);

        foreach (var (child, parent) in new[] { (first, third), (first, second), (first, first) })
        {
            var refused = await Assert.ThrowsAsync<RefusedEditException>(() => Add(child, parent, Descent.Doped));
            Assert.Contains("made from", refused.Message);
        }
        await using var db = portal.CreateDbContext();
        Assert.False(await db.BatchParents.AnyAsync(p => p.BatchId == first.Id));
    }

    [Fact]
    public async Task Two_who_close_a_circle_from_both_sides_at_once_leave_no_circle()
    {
        for (var round = 0; round < 5; round++)
        {
            var (one, other) = (await Batch("one"), await Batch("other"));
            var both = new[] { Add(one, other, Descent.Mixed), Add(other, one, Descent.Mixed) };
            await Task.WhenAll(both.Select(add => add.ContinueWith(_ => { }, TaskScheduler.Default)));

            Assert.Equal(1, both.Count(add => add.IsFaulted));
            await using var db = portal.CreateDbContext();
            Assert.Equal(1, await db.BatchParents.CountAsync(p => p.BatchId == one.Id || p.BatchId == other.Id));
        }
    }

    [Fact]
    public async Task A_parent_that_one_may_not_see_or_of_another_project_is_told_like_one_that_is_not_there()
    {
        var child = await Batch("child");
        await using (var db = portal.CreateDbContext())
        {
            var foreign = new Project { Code = "FGN" + Guid.NewGuid().ToString()[..4].ToUpperInvariant(), Name = "foreign" };
            db.Add(new Batch { Project = foreign, Code = "FGN-0001", Name = "secret", Formula = "CsPbI3" });
            await db.SaveChangesAsync();
        }

        var hidden = await Assert.ThrowsAsync<RefusedEditException>(() => portal.As(Editor, of => of.GetRequiredService<FamilyCommands>().AddToBatch(child.Id, "FGN-0001", Descent.Washed)));
        var missing = await Assert.ThrowsAsync<RefusedEditException>(() => portal.As(Editor, of => of.GetRequiredService<FamilyCommands>().AddToBatch(child.Id, "FGN-9999", Descent.Washed)));

        Assert.Equal(missing.Message, hidden.Message);
        Assert.False(await portal.As(portal.People[AccessRole.Read], of => of.GetRequiredService<FamilyCommands>().AddToBatch(child.Id, "FGN-9999", Descent.Washed)));
    }

    [Fact]
    public async Task The_history_of_a_batch_tells_what_it_was_made_from()
    {
        var (child, parent) = (await Batch("child"), await Batch("parent"));
        await Add(child, parent, Descent.Washed);

        var page = await portal.As(Editor, of => of.GetRequiredService<BatchQueries>().History(child.Id));

        Assert.Contains(page, entry => entry.Record == nameof(BatchParent) && entry.Action == "made");
    }

    [Theory]
    [InlineData("PbBr2: 69 mg", "PbBr2", 69.0, "mg")]
    [InlineData("5 mL of 1-octadecene", "1-octadecene", 5.0, "mL")]
    [InlineData("oleylamine, 0,5 mL", "oleylamine", 0.5, "mL")]
    [InlineData("Cs-oleate 0.125 M", "Cs-oleate", 0.125, "M")]
    [InlineData("toluene", "toluene", null, null)]
    [InlineData("2-adamantylammonium bromide", "2-adamantylammonium bromide", null, null)]
    public void A_line_of_a_recipe_is_read_as_name_and_amount(string line, string name, double? amount, string? unit)
    {
        var read = Assert.Single(Ingredient.Read(line));

        Assert.Equal((name, amount, unit, line), (read.Name, read.Amount, read.Unit, read.Text));
    }

    [Fact]
    public void A_recipe_of_a_hundred_thousand_characters_is_read_and_nothing_of_it_is_lost()
    {
        var text = string.Join('\n', Enumerable.Repeat("PbBr2 69 mg and then some 1 2 3 4 5 6 7 8 9 mg mg mg of of of", 1600)) + new string('9', 5000);

        var read = Ingredient.Read(text);

        Assert.Equal(1600, read.Count);
        Assert.Equal(text, string.Join('\n', read.Select(one => one.Text)));
    }
}
