using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Analysis;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Features.Runs;

namespace PqdPortal.Portal.Tests.Runs;

/// <summary>Runs whose file the portal writes: of a typed table, of several other runs.</summary>
public class TableRunTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    /// <summary>A dot with photon runs of these powers.</summary>
    async Task<(PortalUser Ana, Emitter Dot, List<Run> Runs)> Dot(params double?[] powers)
    {
        var ana = await portal.Person();
        var project = await portal.Project(ana);
        await using var db = portal.CreateDbContext();
        var code = $"T{Guid.NewGuid().ToString("n")[..6].ToUpperInvariant()}";
        var batch = new Batch { ProjectId = project.Id, Code = code, Name = "b", Formula = "CsPbBr3" };
        var sample = new Sample { ProjectId = project.Id, Batch = batch, Code = $"{code}-S1", Name = "s" };
        var dot = new Emitter { ProjectId = project.Id, Sample = sample, Code = $"{code}-S1-D001", Label = "D001" };
        List<Run> runs = [];
        foreach (var (i, power) in powers.Index())
        {
            var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes($"{code} {i}")));
            var run = new Run { ProjectId = project.Id, Sample = sample, Emitter = dot, Name = $"=run, {i}", Power = power, Reading = ReadingState.Read };
            run.Files.Add(new RunFile { Sha256 = hash, Name = "a.ptu", Kind = "photon-stream", Summary = "{}", AddedAt = DateTimeOffset.UtcNow });
            db.Add(new StoredFile { Sha256 = hash, Length = 1 });
            db.Add(run);
            db.Add(new AnalysisRecord
            {
                ProjectId = project.Id, Run = run, Kind = "quick", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = code, State = AnalysisState.Done,
                RequestedAt = DateTimeOffset.UtcNow, EndedAt = DateTimeOffset.UtcNow,
                Values =
                [
                    new AnalysisValue { Name = "rate_cps", Value = 1000 * (i + 1), N = 2500 * (i + 1), Unit = "cps", Grade = "ok" },
                    new AnalysisValue { Name = "duration_s", Value = 2.5, Unit = "s", Grade = "ok" },
                ],
            });
            runs.Add(run);
        }
        db.Add(dot);
        await db.SaveChangesAsync();
        return (ana, dot, runs);
    }

    async Task<(Run Run, string Text)> Made(Guid id)
    {
        await using var db = portal.CreateDbContext();
        var run = await db.Runs.Include(r => r.Files).Include(r => r.References).Include(r => r.Emitter).SingleAsync(r => r.Id == id);
        using var reader = new StreamReader(await portal.Services.GetRequiredService<IFileStore>().Open(run.Files[0].Sha256));
        return (run, await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task A_series_has_a_row_for_each_run_and_names_them()
    {
        var (ana, dot, runs) = await Dot(20, 5, null, 10);
        await using var page = portal.As(ana);
        var (queries, commands) = (page.ServiceProvider.GetRequiredService<RunQueries>(), page.ServiceProvider.GetRequiredService<RunCommands>());

        var rows = await queries.Series(dot.Code);
        Assert.Equal([5, 10, 20, null], rows.Select(row => row.Power));
        Assert.Contains("not recorded", rows[^1].Why);
        await Assert.ThrowsAsync<RequestException>(() => commands.MakeSeries(dot.Code, [runs[0].Id, runs[2].Id]));
        await Assert.ThrowsAsync<RequestException>(() => commands.MakeSeries(dot.Code, [runs[0].Id, Guid.NewGuid()]));

        var made = await commands.MakeSeries(dot.Code, [runs[0].Id, runs[1].Id, runs[3].Id]);

        var (run, text) = await Made(made!.Value);
        Assert.Equal("power_uW,counts,integration_s,run\n5,5000,2.5,\"'=run, 1\"\n10,10000,2.5,\"'=run, 3\"\n20,2500,2.5,\"'=run, 0\"\n", text);
        Assert.Equal((dot.Id, "Saturation series of 3 runs", RunFile.Measurement), (run.EmitterId, run.Name, run.Files[0].Role));
        Assert.Equal(new HashSet<Guid> { runs[0].Id, runs[1].Id, runs[3].Id }, run.References.Where(other => other.Role == RunReference.Origin).Select(other => other.ReferenceId).ToHashSet());
        Assert.Equal(3, (await queries.Get(run.Id))!.Run.References.Count(other => other.Reference is not null));
        // The same once more is the run that is there.
        Assert.Equal(made, await commands.MakeSeries(dot.Code, [runs[0].Id, runs[1].Id, runs[3].Id]));
    }

    [Fact]
    public async Task A_run_of_another_dot_does_not_come_into_a_series()
    {
        var (ana, dot, runs) = await Dot(5, 10);
        var (_, _, foreign) = await Dot(7);
        await using var page = portal.As(ana);

        await Assert.ThrowsAsync<RequestException>(() => page.ServiceProvider.GetRequiredService<RunCommands>().MakeSeries(dot.Code, [runs[0].Id, foreign[0].Id]));
    }

    [Fact]
    public async Task A_typed_table_becomes_the_file_of_a_run_of_the_dot()
    {
        var (ana, dot, _) = await Dot();
        await using var page = portal.As(ana);
        var commands = page.ServiceProvider.GetRequiredService<RunCommands>();

        var made = await commands.MakeTable(dot.Code, "michelson", "Fringes of Monday", "0\t0\t100\n0\t0.4\t90\n");
        var (run, text) = await Made(made!.Value);

        Assert.Equal(("Fringes of Monday", dot.Id, ReadingState.Waiting), (run.Name, run.EmitterId, run.Reading));
        Assert.Equal("coarse_delay_ps,fine_delay_fs,counts\n0,0,100\n0,0.4,90\n", text);
        Assert.Contains("Line 2", (await Assert.ThrowsAsync<RequestException>(() => commands.MakeTable(dot.Code, "michelson", "x", "0 0 1\n0 0 a"))).Message);
        await using var stranger = portal.As(await portal.Person("Ben"));
        Assert.Null(await stranger.ServiceProvider.GetRequiredService<RunCommands>().MakeTable(dot.Code, "michelson", "x", "0 0 1\n0 0 2"));
    }
}
