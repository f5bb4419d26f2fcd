using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Runs;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout.History;

namespace PqdPortal.Portal.Tests.Records;

public sealed class VersionTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    Data.Account.PortalUser Editor => portal.People[AccessRole.Edit];

    async Task<Sample> Sample() =>
        (await portal.As(Editor, of => of.GetRequiredService<SampleCommands>().Make(portal.Batch.Id, new Sample
        {
            Code = "", Name = "lattice", Form = SampleForm.Superlattice, Dilution = 500, Superlattice = new() { EdgeLength = 9, Gap = 3 }, Notes = "first",
        })))!;

    Task<Sample?> Change(Sample of, Action<Sample> change)
    {
        var edited = RecordFields.Copy(of);
        change(edited);
        return portal.As(Editor, at => at.GetRequiredService<SampleCommands>().Save(edited));
    }

    [Fact]
    public async Task Every_version_of_a_record_is_as_it_stood_then()
    {
        var first = await Sample();
        var second = (await Change(first, s => (s.Superlattice!.Gap, s.Notes, s.Matrix) = (4, null, Matrix.Pmma)))!;
        var third = (await Change(second, s => (s.Superlattice, s.Form, s.Dilution) = (null, SampleForm.Film, null)))!;

        var versions = await portal.As(portal.People[AccessRole.Read], of => of.GetRequiredService<VersionQueries>().Of<Sample>(first.Id));

        Assert.Equal([1, 2, 3], versions.Select(v => v.Number));
        Assert.Equal((3.0, "first", Matrix.NotRecorded, 500.0), (versions[0].State.Superlattice!.Gap!.Value, versions[0].State.Notes, versions[0].State.Matrix, versions[0].State.Dilution!.Value));
        Assert.Equal((4.0, null, Matrix.Pmma, SampleForm.Superlattice), (versions[1].State.Superlattice!.Gap!.Value, versions[1].State.Notes, versions[1].State.Matrix, versions[1].State.Form));
        Assert.Equal((SampleForm.Film, null), (versions[2].State.Form, versions[2].State.Dilution));
        Assert.Contains("Superlattice.Gap", versions[1].Changed);
        Assert.Equal(Editor.Name, versions[1].Who);
        Assert.Empty(await portal.As(portal.People[AccessRole.None], of => of.GetRequiredService<VersionQueries>().Of<Sample>(first.Id)));
        Assert.NotNull(third);
    }

    [Fact]
    public async Task A_version_that_is_brought_back_is_a_new_change_and_one_from_a_stale_page_is_refused()
    {
        var first = await Sample();
        var second = (await Change(first, s => (s.Name, s.Dilution) = ("renamed", 7)))!;
        var versions = await portal.As(Editor, of => of.GetRequiredService<VersionQueries>().Of<Sample>(first.Id));

        var stale = RecordFields.Copy(versions[0].State);
        stale.Version = first.Version;
        await Assert.ThrowsAsync<StaleRecordException>(() => portal.As(Editor, of => of.GetRequiredService<SampleCommands>().Save(stale)));
        var again = (await Change(second, s => { foreach (var field in RecordFields.OfThese<Sample>(versions[0].State, s)) field.Set(s, field.Get(versions[0].State)); }))!;

        Assert.Equal(("lattice", 500.0), (again.Name, again.Dilution!.Value));
        Assert.Equal(3, (await portal.As(Editor, of => of.GetRequiredService<VersionQueries>().Of<Sample>(first.Id))).Count);
    }

    [Fact]
    public async Task The_detectors_of_a_run_are_a_field_of_its_history()
    {
        var made = (await portal.As(Editor, of => of.GetRequiredService<RunCommands>().Make(portal.Dot.Code, new Run { Name = "detected", Detectors = [new() { Model = "one" }] })))!;
        var edited = RecordFields.Copy(made);
        edited.Detectors = [new() { Model = "one", Efficiency = 0.6 }, new() { Model = "two" }];
        await portal.As(Editor, of => of.GetRequiredService<RunCommands>().Save(edited));

        var versions = await portal.As(Editor, of => of.GetRequiredService<VersionQueries>().Of<Run>(made.Id));

        Assert.Equal([1, 2], versions.Select(v => v.State.Detectors.Count));
        Assert.Equal(["Detectors"], versions[1].Changed);
    }

    [Fact]
    public async Task Recording_a_kind_without_what_it_needs_is_refused_and_a_note_on_an_old_one_is_not()
    {
        var refused = await Assert.ThrowsAsync<RefusedEditException>(() => portal.As(Editor, of => of.GetRequiredService<RunCommands>().Make(portal.Dot.Code, new Run { Name = "hbt", Kind = RunKind.Hbt })));
        Assert.Contains("pulsed or continuous-wave", refused.Fields[nameof(Run.Excitation)]);
        refused = await Assert.ThrowsAsync<RefusedEditException>(() => portal.As(Editor, of => of.GetRequiredService<RunCommands>().Make(portal.Dot.Code, new Run { Name = "sr", Kind = RunKind.Spectrum, EvidenceRole = EvidenceRole.Superlattice })));
        Assert.Contains("kelvin", refused.Fields[nameof(Run.Temperature)]);

        // As an upload or an older portal left it.
        var old = new Run { ProjectId = portal.Zn.Id, SampleId = portal.Sample.Id, Name = "old", Kind = RunKind.Trpl };
        await using (var db = portal.CreateDbContext())
        {
            db.Add(old);
            await db.SaveChangesAsync();
        }
        var noted = RecordFields.Copy(old);
        noted.Notes = "seen again";
        var saved = (await portal.As(Editor, of => of.GetRequiredService<RunCommands>().Save(noted)))!;
        Assert.Equal("seen again", saved.Notes);
        Assert.Contains(RunNeeds.MissingOf(saved), need => need is { Field: nameof(Run.Excitation), IsNeeded: true });
        var kept = RecordFields.Copy(saved);
        kept.Kind = RunKind.Hom;
        await Assert.ThrowsAsync<RefusedEditException>(() => portal.As(Editor, of => of.GetRequiredService<RunCommands>().Save(kept)));
    }

    [Fact]
    public async Task What_was_measured_again_on_a_later_day_is_a_course_and_what_was_not_is_none()
    {
        var dots = (await portal.As(Editor, of => of.GetRequiredService<SampleCommands>().AddDots(portal.Sample.Id, 2)))!;
        await using (var db = portal.CreateDbContext())
        {
            foreach (var (dot, day, g2) in new[] { (0, 1, 0.05), (0, 1, 0.04), (0, 8, 0.09), (1, 3, 0.02) })
            {
                var at = new DateTimeOffset(2026, 11, day, 12, 0, 0, TimeSpan.Zero);
                var run = new Run { ProjectId = portal.Zn.Id, SampleId = portal.Sample.Id, EmitterId = dots[dot].Id, Name = "aged", MeasuredAt = at };
                db.Add(run);
                db.Add(new Data.Analyses.AnalysisRecord
                {
                    ProjectId = portal.Zn.Id, RunId = run.Id, Kind = "g2.cw", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = $"{dot}{day}{g2}", State = Data.Analyses.AnalysisState.Done,
                    EndedAt = at.AddMinutes(g2 == 0.04 ? 2 : 1), Values = [new() { Name = "g2_0_corr", Value = g2, Sigma = 0.01, Unit = "1", Grade = "ok" }],
                });
            }
            await db.SaveChangesAsync();
        }

        var view = (await portal.As(portal.People[AccessRole.Read], of => of.GetRequiredService<AgeingQueries>().Of(portal.Batch.Code, null)))!;

        var course = Assert.Single(view.Courses);
        Assert.Equal((dots[0].Code, "g2_0_corr"), (course.Of, view.Chosen));
        Assert.Equal([0.04, 0.09], course.Points.Select(p => p.Value));
        Assert.Equal(7, course.Points[1].Age - course.Points[0].Age, 9);
        Assert.NotEmpty(PqdPortal.Web.Plotting.FigureJson.Bytes(view.Draw()));
        Assert.Null(await portal.As(portal.People[AccessRole.None], of => of.GetRequiredService<AgeingQueries>().Of(portal.Batch.Code, null)));
    }

    [Theory]
    [InlineData(518.2, 78)]
    [InlineData(700, 1)]
    [InlineData(400, 400)]
    public void A_width_in_energy_and_in_wavelength_are_one_another(double peak, double width)
    {
        var nm = LineWidth.InWavelength(peak, width);

        Assert.Equal(width, LineWidth.InEnergy(peak, nm)!.Value, 9);
        // The half maxima, taken one by one, lie as far apart in energy.
        Assert.Equal(width, 1000 * (LineWidth.Energy(peak - nm / 2)!.Value - LineWidth.Energy(peak + nm / 2)!.Value), 9);
        Assert.Null(LineWidth.InEnergy(null, width));
    }
}
