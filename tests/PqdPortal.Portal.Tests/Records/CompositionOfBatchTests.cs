using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Client.Records;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Jobs;
using PqdPortal.Web.Features.Samples;

namespace PqdPortal.Portal.Tests.Records;

/// <summary>What a batch's formulas say is computed at every save, by whomever.</summary>
public class CompositionOfBatchTests(RecordsFixture records) : IClassFixture<RecordsFixture>
{
    Task<Batch?> Make(string formula, string? measured = null) => records.As(records.People[AccessRole.Edit], of =>
        of.GetRequiredService<BatchCommands>().Make(records.Zn.Id, new Batch { Code = "", Name = "mixed", Formula = formula, MeasuredFormula = measured }));

    async Task<Batch> Stored(Guid id)
    {
        await using var db = records.CreateDbContext();
        return await db.Batches.AsNoTracking().SingleAsync(batch => batch.Id == id);
    }

    [Fact]
    public async Task A_new_batch_knows_its_composition_and_a_changed_one_the_new()
    {
        var made = await Stored((await Make("Cs1-xFAxPbBr3, x=0.8", "Cs0.25FA0.75PbBr2.95"))!.Id);
        Assert.Equal(("Cs0.2FA0.8PbBr3", "Cs0.25FA0.75PbBr2.95"), (made.Canonical, made.MeasuredCanonical));
        Assert.Equal((0.2, 0.8, 1.0, 0.0), (made.Fractions["Cs"], made.Fractions["FA"], made.Fractions["Br"], made.Fractions["I"]));
        Assert.Equal(["charge-imbalance", "halide-count"], made.MeasuredFlags);

        var edited = made;
        (edited.Formula, edited.MeasuredFormula) = ("Zn:CsPbI3", null);
        await records.As(records.People[AccessRole.Edit], of => of.GetRequiredService<BatchCommands>().Save(edited));

        var changed = await Stored(made.Id);
        Assert.Equal(("Zn:CsPbI3", null, 1.0, 0), (changed.Canonical, changed.MeasuredCanonical, changed.Fractions["I"], changed.MeasuredFractions.Count));
        Assert.Equal(["dopant-amount-unknown:Zn"], changed.FormulaFlags);
        await using var db = records.CreateDbContext();
        Assert.DoesNotContain(await db.HistoryOf(made.Id, 10), entry => entry.Changes.Any(change => change.Field is "Canonical" or "Fractions" or "FormulaFlags"));
    }

    [Theory]
    [InlineData("CsPbBro3", "unknown-ion:Bro")]
    [InlineData("the green one from Tuesday", null)]
    [InlineData("CsPbBr3-xClx", "variable-without-value:x")]
    public async Task A_formula_that_cannot_be_read_is_kept_as_typed(string formula, string? flag)
    {
        var made = await Stored((await Make(formula))!.Id);

        Assert.Equal((formula, null, 0), (made.Formula, made.Canonical, made.Fractions.Count));
        Assert.Equal(BatchFormulas.Version, made.CompositionVersion);
        if (flag is not null) Assert.Contains(flag, made.FormulaFlags);
        Assert.NotEmpty(made.FormulaFlags);
    }

    [Fact]
    public async Task A_canonical_form_that_no_index_takes_is_left_out()
    {
        var made = await Stored((await Make("(CsRbKFAMA)" + new string('9', 150) + "PbBr3"))!.Id);

        Assert.Null(made.Canonical);
    }

    [Fact]
    public async Task Shares_of_ions_can_be_asked_for()
    {
        var (some, none) = ((await Make("Cs0.4FA0.6PbI3"))!, (await Make("RbPbI3"))!);

        await using var db = records.CreateDbContext();
        var found = await db.Batches.Where(batch => Convert.ToDouble(FractionSql.Part(batch.Fractions, "FA")) >= 0.5 && Convert.ToDouble(FractionSql.Part(batch.Fractions, "FA")) <= 0.7).Select(batch => batch.Id).ToListAsync();

        Assert.Contains(some.Id, found);
        Assert.DoesNotContain(none.Id, found);
    }

    [Fact]
    public async Task Batches_of_before_are_filled_without_a_trace_in_their_history()
    {
        var batch = (await Make("FAPbBr3"))!;
        await using var db = records.CreateDbContext();
        await db.Batches.Where(b => b.Id == batch.Id).ExecuteUpdateAsync(set => set.SetProperty(b => b.CompositionVersion, 0).SetProperty(b => b.Canonical, (string?)null).SetProperty(b => b.Fractions, SiteFractions.None));
        var events = await db.AuditEvents.CountAsync(e => e.RecordId == batch.Id);

        Assert.True(await BatchFormulas.FillAll(records) >= 1);

        var filled = await Stored(batch.Id);
        Assert.Equal(("FAPbBr3", 1.0), (filled.Canonical, filled.Fractions["FA"]));
        Assert.Equal(events, await db.AuditEvents.CountAsync(e => e.RecordId == batch.Id));
        Assert.Equal(0, await BatchFormulas.FillAll(records));
    }

    [Fact]
    public async Task Programs_read_it_with_the_batch_and_cannot_write_it()
    {
        var batch = (await Make("CsPbBr3", "CsPbBr3"))!;
        var client = records.Client(records.People[AccessRole.Edit]);

        var read = (await client.GetFromJsonAsync<BatchRecord>($"/api/v1/batches/{batch.Code}"))!;
        Assert.Equal(("CsPbBr3", 1.0, "CsPbBr3"), (read.Composition!.Canonical, read.Composition.Fractions["Br"], read.MeasuredComposition!.Canonical));

        using var patch = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/batches/{batch.Code}") { Content = JsonContent.Create(new { composition = new { canonical = "CsPbI3" } }) };
        patch.Headers.TryAddWithoutValidation("If-Match", $"\"{read.Version}\"");
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await client.SendAsync(patch)).StatusCode);

        using var measured = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/batches/{batch.Code}") { Content = JsonContent.Create(new { measuredMethod = "edx", measuredUncertainty = 2.5 }) };
        measured.Headers.TryAddWithoutValidation("If-Match", $"\"{read.Version}\"");
        var changed = await (await client.SendAsync(measured)).Content.ReadFromJsonAsync<BatchRecord>();
        Assert.Equal(("edx", 2.5), (changed!.MeasuredMethod, changed.MeasuredUncertainty));
    }
}
