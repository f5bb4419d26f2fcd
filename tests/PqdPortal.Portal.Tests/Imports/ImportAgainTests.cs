using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Portal.Tests.Lists;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout.Family;

namespace PqdPortal.Portal.Tests.Imports;

/// <summary>What a list exports is imported again: the same laboratory, nothing to do.</summary>
public sealed class ImportAgainTests(SeededFixture portal) : IClassFixture<SeededFixture>
{
    async Task<JsonElement> Look(HttpClient program, string list, byte[] table)
    {
        var answer = await program.PostAsync($"/api/v1/imports/{list}?dry_run=true&update=true", new ByteArrayContent(table) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } });
        return JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("batches")]
    [InlineData("samples")]
    [InlineData("dots")]
    [InlineData("runs")]
    public async Task Every_column_of_a_list_comes_back_as_it_went_and_changes_nothing(string list)
    {
        using var program = await portal.Program(portal.Head);
        await Odd();
        var table = await program.GetByteArrayAsync($"/api/v1/lists/{list}.csv?cols=all");

        var look = await Look(program, list, table);

        Assert.Equal(0, look.GetProperty("refusals").GetArrayLength());
        Assert.Equal("[]", look.GetProperty("problems").ToString());
        var rows = look.GetProperty("rows").GetInt32();
        Assert.InRange(rows, 40, int.MaxValue);
        Assert.True(rows == look.GetProperty("same").GetInt32(), look.ToString()[..Math.Min(4000, look.ToString().Length)]);
    }

    /// <summary>Records whose texts a table could mistake.</summary>
    async Task Odd()
    {
        await using var db = portal.CreateDbContext();
        if (await db.Batches.AnyAsync(b => b.Name == "=1+1; \"odd\"")) return;
        await using var scope = portal.As(portal.Head);
        var (batches, samples, family) = (scope.ServiceProvider.GetRequiredService<BatchCommands>(), scope.ServiceProvider.GetRequiredService<SampleCommands>(), scope.ServiceProvider.GetRequiredService<FamilyCommands>());
        var project = await db.Projects.OrderBy(p => p.CreatedAt).FirstAsync();
        foreach (var administrator in new[] { portal.Head })
            if (!await db.Grants.AnyAsync(g => g.ProjectId == project.Id && g.PersonId == administrator.Id))
                db.Add(new Grant { ProjectId = project.Id, PersonId = administrator.Id, Role = AccessRole.Manage });
        await db.SaveChangesAsync();
        Batch[] made =
        [
            (await batches.Make(project.Id, new Batch { Code = "", Name = "=1+1; \"odd\"", Formula = "Cs1-xFAxPbBr3, x=0.8", Notes = "two\nlines, and a \"quote\"\n\n- one\n- two", Ligand = "@oleic", Solvent = "-5 mM", Plqy = 0.1 + 0.2, EdgeLength = 1.0 / 3 }))!,
            (await batches.Make(project.Id, new Batch { Code = "", Name = "'quoted'", Formula = "CsPbBr3", Notes = "🔬 שלום ‮abc" }))!,
            (await batches.Make(project.Id, new Batch { Code = "", Name = "+ 'led'", Formula = "CsPbBr3" }))!,
        ];
        await family.AddToBatch(made[1].Id, made[0].Code, Descent.Washed);
        await family.AddToBatch(made[1].Id, made[2].Code, Descent.NotRecorded);
        var sample = (await samples.Make(made[0].Id, new Sample { Code = "", Name = "-1", Form = SampleForm.Superlattice, Dilution = 500, Superlattice = new() { EdgeLength = 9.1, Gap = 1.5 } }))!;
        await samples.Duplicate(sample.Id, withDots: false);
    }
}
