using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Home;

namespace PqdPortal.Portal.Tests.Web;

public sealed class HomeTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    [Fact]
    public async Task A_dot_with_a_finished_g2_has_its_number_on_the_first_page_whichever_estimate_gave_it()
    {
        await using var scope = portal.As(await portal.Person("Ada", administrator: true));
        await using (var db = portal.CreateDbContext())
        {
            var project = new Project { Code = "HO", Name = "home" };
            var batch = new Batch { Project = project, Code = "HO-0001", Name = "batch", Formula = "CsPbBr3" };
            var sample = new Sample { Project = project, Batch = batch, Code = "HO-0001-S1", Name = "sample" };
            db.AddRange(project, batch, sample);

            void Dot(string label, params AnalysisRecord[] analyses)
            {
                var dot = new Emitter { Project = project, Sample = sample, Code = $"HO-0001-S1-{label}", Label = label };
                var run = new Run { Project = project, Sample = sample, Emitter = dot, Name = label };
                db.AddRange(dot, run);
                foreach (var analysis in analyses)
                {
                    (analysis.Project, analysis.Run) = (project, run);
                    db.Add(analysis);
                }
            }

            Dot("D001", G2(1, ("g2_0_corr", 0.11)));
            // A newer one with other options withheld the corrected value; the older one stands.
            Dot("D002", G2(1, ("g2_0_corr", 0.12)), G2(2, ("g2_0_corr", null)));
            Dot("D003", G2(1, ("g2_0_corr", null), ("g2_0_fit", 0.13), ("g2_0_raw", 0.31)));
            Dot("D004", G2(1, ("g2_0_corr", null), ("g2_0_raw", 0.14)));
            Dot("D005", G2(1, ("g2_0_corr", null), ("g2_0_raw", null)));
            Dot("D006");
            Dot("D007", G2(1, "g2.pulsed", ("g2_0", 0.15), ("side_mean", 1200)));
            Dot("D008", G2(1, "g2.pulsed", ("g2_0", null)));
            await db.SaveChangesAsync();
        }

        var dots = (await scope.ServiceProvider.GetRequiredService<HomeQueries>().Now()).Dots.ToDictionary(dot => dot.Code[^4..]);

        Assert.Equal([0.11, 0.12, 0.13, 0.14, null, null, 0.15, null], dots.OrderBy(dot => dot.Key).Select(dot => dot.Value.G2?.Value));
        Assert.Equal(["D004"], dots.Where(dot => dot.Value.G2 is { IsRaw: true }).Select(dot => dot.Key));
        Assert.Equal(["D006"], dots.Where(dot => !dot.Value.HasG2).Select(dot => dot.Key));
    }

    static AnalysisRecord G2(int minutes, params (string Name, double? Value)[] values) => G2(minutes, "g2.cw", values);

    static AnalysisRecord G2(int minutes, string kind, params (string Name, double? Value)[] values) => new()
    {
        Kind = kind, KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = Guid.NewGuid().ToString("N"),
        State = AnalysisState.Done, EndedAt = DateTimeOffset.UtcNow.AddMinutes(minutes),
        Values = [.. values.Select(value => new AnalysisValue { Name = value.Name, Value = value.Value, Sigma = value.Value is null ? null : 0.01, Unit = "1", Grade = value.Value is null ? "refused" : "ok" })],
    };
}
