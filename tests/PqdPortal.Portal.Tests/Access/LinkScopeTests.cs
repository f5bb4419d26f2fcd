using System.Reflection;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;

namespace PqdPortal.Portal.Tests.Access;

/// <summary>What whoever holds a read-only link is shown by the one rule of access, of every kind of record that there is.</summary>
public sealed class LinkScopeTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    /// <summary>Two of everything in one project: the first of each hangs on the first of what is above it.</summary>
    sealed record Scene(Project Project, Batch[] Batches, Sample[] Samples, Emitter[] Dots, Run[] Runs, AnalysisRecord[] Results, Run OfSample, Run Homeless, AnalysisRecord OfHomeless)
    {
        public Guid RootOf(LinkedKind kind) => kind switch
        {
            LinkedKind.Project => Project.Id, LinkedKind.Batch => Batches[0].Id, LinkedKind.Sample => Samples[0].Id, LinkedKind.Dot => Dots[0].Id, _ => Runs[0].Id,
        };
    }

    async Task<Scene> Make()
    {
        var project = await database.Project(await database.Person());
        Batch[] batches = [.. Enumerable.Range(0, 2).Select(n => new Batch { ProjectId = project.Id, Code = $"{project.Code}-{n}", Name = "batch", Formula = "CsPbBr3" })];
        Sample[] samples = [.. batches.Select((b, n) => new Sample { ProjectId = project.Id, Batch = b, Code = $"{b.Code}-S{n}", Name = "sample" })];
        Emitter[] dots = [.. samples.Select((s, n) => new Emitter { ProjectId = project.Id, Sample = s, Code = $"{s.Code}-D{n}", Label = "D001" })];
        Run[] runs = [.. dots.Select(d => new Run { ProjectId = project.Id, Sample = d.Sample, Emitter = d, Name = "run" })];
        var ofSample = new Run { ProjectId = project.Id, Sample = samples[0], Name = "ensemble" };
        var homeless = new Run { ProjectId = project.Id, Name = "homeless" };
        AnalysisRecord Result(Run run) => new() { ProjectId = project.Id, Run = run, Kind = "quick", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = "f", State = AnalysisState.Done, RequestedAt = DateTimeOffset.UtcNow };
        AnalysisRecord[] results = [.. runs.Select(Result)];
        var ofHomeless = Result(homeless);
        await using var db = database.CreateDbContext();
        db.AddRange([.. batches, .. samples, .. dots, .. runs, ofSample, homeless, .. results, ofHomeless]);
        await db.SaveChangesAsync();
        return new(project, batches, samples, dots, runs, results, ofSample, homeless, ofHomeless);
    }

    static Viewer Holder(Scene at, LinkedKind kind) =>
        LinkScope.ViewerOf(new() { Name = "", Hash = "", ProjectId = at.Project.Id, Kind = kind, RecordId = at.RootOf(kind) });

    /// <summary>Everything the viewer is shown, of every kind of record of a project that the model has.</summary>
    async Task<Dictionary<Type, HashSet<Guid>>> Shown(Viewer viewer)
    {
        await using var db = database.CreateDbContext();
        var kinds = db.Model.GetEntityTypes().Select(type => type.ClrType).Where(type => typeof(IInProject).IsAssignableFrom(type)).ToList();
        Assert.Contains(typeof(Job), kinds);
        return kinds.ToDictionary(kind => kind, kind => ((IEnumerable<Guid>)Asked.MakeGenericMethod(kind).Invoke(null, [db, viewer])!).ToHashSet());
    }

    static readonly MethodInfo Asked = typeof(LinkScopeTests).GetMethod(nameof(Ask), BindingFlags.Static | BindingFlags.NonPublic)!;

    static List<Guid> Ask<T>(PortalDb db, Viewer viewer) where T : class, IInProject
    {
        var all = db.Set<T>();
        // What may be changed, commented on or taken out of the bin: nothing, whatever is opened.
        Assert.Empty(all.EditableBy(viewer).ToList());
        Assert.Empty(all.CommentableBy(viewer).ToList());
        Assert.Empty(all.InBinOf(viewer).ToList());
        var seen = all.VisibleTo(viewer).Select(record => EF.Property<Guid>(record, "Id")).ToList();
        Assert.Equal(seen.Order(), all.VisibleWithBinTo(viewer).Select(record => EF.Property<Guid>(record, "Id")).ToList().Order());
        return seen;
    }

    [Theory]
    [InlineData(LinkedKind.Project)]
    [InlineData(LinkedKind.Batch)]
    [InlineData(LinkedKind.Sample)]
    [InlineData(LinkedKind.Dot)]
    [InlineData(LinkedKind.Run)]
    public async Task A_link_opens_its_record_with_what_is_below_it_and_no_other(LinkedKind kind)
    {
        var at = await Make();
        await Make(); // and there is another project beside it

        var shown = await Shown(Holder(at, kind));

        var all = kind == LinkedKind.Project;
        Assert.Equal(kind > LinkedKind.Batch ? [] : all ? at.Batches.Select(b => b.Id).Order() : [at.Batches[0].Id], shown[typeof(Batch)].Order());
        Assert.Equal(kind > LinkedKind.Sample ? [] : all ? at.Samples.Select(s => s.Id).Order() : [at.Samples[0].Id], shown[typeof(Sample)].Order());
        Assert.Equal(kind > LinkedKind.Dot ? [] : all ? at.Dots.Select(d => d.Id).Order() : [at.Dots[0].Id], shown[typeof(Emitter)].Order());
        Assert.Equal((all ? at.Runs.Append(at.OfSample) : kind < LinkedKind.Dot ? [at.Runs[0], at.OfSample] : [at.Runs[0]]).Select(r => r.Id).Order(), shown[typeof(Run)].Order());
        Assert.Equal((all ? at.Results : [at.Results[0]]).Select(r => r.Id).Order(), shown[typeof(AnalysisRecord)].Order());
        foreach (var (type, ids) in shown)
            if (type != typeof(Batch) && type != typeof(Sample) && type != typeof(Emitter) && type != typeof(Run) && type != typeof(AnalysisRecord))
                Assert.True(ids.Count == 0, $"A link opens {type.Name}: say so in LinkScope and here, if that is meant");

        await using var db = database.CreateDbContext();
        Assert.Equal(all ? [at.Project.Id] : [], await db.Projects.VisibleTo(Holder(at, kind)).Select(p => p.Id).ToListAsync());
        Assert.Empty(await db.Projects.EditableBy(Holder(at, kind)).ToListAsync());
        Assert.Empty(await db.Projects.ManageableBy(Holder(at, kind)).ToListAsync());
        Assert.Equal(AccessRole.None, Holder(at, kind).RoleIn(at.Project.Id));
    }

    public static TheoryData<LinkedKind, LinkedKind> EveryBin()
    {
        var bins = new TheoryData<LinkedKind, LinkedKind>();
        foreach (var kind in Enum.GetValues<LinkedKind>())
            foreach (var binned in Enum.GetValues<LinkedKind>())
                bins.Add(kind, binned);
        return bins;
    }

    [Theory]
    [MemberData(nameof(EveryBin))]
    public async Task What_lies_in_the_bin_or_below_something_in_it_is_opened_by_no_link(LinkedKind kind, LinkedKind binned)
    {
        var at = await Make();
        await using (var db = database.CreateDbContext())
        {
            var gone = DateTimeOffset.UtcNow;
            switch (binned)
            {
                case LinkedKind.Project: (await db.Projects.FindAsync(at.Project.Id))!.DeletedAt = gone; break;
                case LinkedKind.Batch: (await db.Batches.FindAsync(at.Batches[0].Id))!.DeletedAt = gone; break;
                case LinkedKind.Sample: (await db.Samples.FindAsync(at.Samples[0].Id))!.DeletedAt = gone; break;
                case LinkedKind.Dot: (await db.Emitters.FindAsync(at.Dots[0].Id))!.DeletedAt = gone; break;
                default: (await db.Runs.FindAsync(at.Runs[0].Id))!.DeletedAt = gone; break;
            }
            await db.SaveChangesAsync();
        }

        var shown = (await Shown(Holder(at, kind))).SelectMany(of => of.Value).ToHashSet();

        Guid[] gonePart = [.. Below(binned)];
        Assert.DoesNotContain(shown, id => gonePart.Contains(id));
        // What is not below it stays open.
        if (binned > LinkedKind.Project && kind == LinkedKind.Project) Assert.Contains(at.Results[1].Id, shown);
        if (binned == LinkedKind.Run && kind < LinkedKind.Run) Assert.NotEmpty(shown);

        IEnumerable<Guid> Below(LinkedKind root)
        {
            if (root == LinkedKind.Project) return [.. at.Batches.Select(b => b.Id), .. at.Samples.Select(s => s.Id), .. at.Dots.Select(d => d.Id), .. at.Runs.Select(r => r.Id), .. at.Results.Select(r => r.Id), at.OfSample.Id];
            List<Guid> ids = [at.Results[0].Id, at.Runs[0].Id];
            if (root < LinkedKind.Run && kind < LinkedKind.Run || root == LinkedKind.Dot && kind < LinkedKind.Run) ids.Add(at.Dots[0].Id);
            if (root < LinkedKind.Dot) ids.AddRange([at.Samples[0].Id, at.OfSample.Id]);
            if (root < LinkedKind.Sample) ids.Add(at.Batches[0].Id);
            return ids;
        }
    }

    [Fact]
    public async Task What_is_left_of_a_link_goes_with_its_record_and_that_of_a_project_with_its_invitations()
    {
        var at = await Make();
        var long_ago = DateTimeOffset.UtcNow.AddDays(-40);
        await using (var db = database.CreateDbContext())
        {
            foreach (var record in (ProjectRecord[])[.. at.Batches, .. at.Samples, .. at.Dots, .. at.Runs, at.OfSample, at.Homeless]) { db.Attach(record); record.CreatedAt = long_ago; }
            var project = await db.Projects.FindAsync(at.Project.Id);
            project!.DeletedAt = long_ago.AddDays(1);
            db.Add(new ShareLink { ProjectId = at.Project.Id, Kind = LinkedKind.Batch, RecordId = at.Batches[0].Id, Name = "journal", Hash = $"{Guid.NewGuid():N}" });
            var invitation = new Invitation { ProjectId = at.Project.Id, Role = AccessRole.Read, Hash = $"{Guid.NewGuid():N}", ExpiresAt = DateTimeOffset.UtcNow };
            db.AddRange(invitation, new InvitationUse { Invitation = invitation, PersonId = (await database.Person()).Id });
            await db.SaveChangesAsync();
        }

        Assert.True(await database.RemoveBinned(new Binned(nameof(Project), at.Project.Id), DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow) > 0);

        await using var after = database.CreateDbContext();
        Assert.False(await after.ShareLinks.AnyAsync(link => link.ProjectId == at.Project.Id));
        Assert.False(await after.Invitations.AnyAsync(invitation => invitation.ProjectId == at.Project.Id));
    }

    [Fact]
    public void A_code_is_the_same_however_it_is_typed_and_none_is_made_of_anything_else()
    {
        var code = LinkSecret.Make();

        Assert.Equal(29, code.Length);
        Assert.Equal(LinkSecret.Hash(code), LinkSecret.Hash($"  {code.ToUpperInvariant().Replace("-", " ")} "));
        Assert.NotEqual(LinkSecret.Hash(code), LinkSecret.Hash(LinkSecret.Make()));
        foreach (var none in (string?[])[null, "", "short", code + "x", new string('a', 100_000), "\ud800", "../../etc/passwd", code[..^1] + "\0"])
            Assert.Null(LinkSecret.Hash(none));
    }
}
