using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Access;
using PqdPortal.Web.Features.Account;
using PqdPortal.Web.Features.Groups;
using PqdPortal.Web.Features.Runs;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Features.Uploads;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Portal.Tests.Records;

/// <summary>Two people at one record, for every kind of record that has a form.</summary>
public sealed class TwoPeopleTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    /// <summary>Every kind of record with a form.</summary>
    static readonly IReadOnlyDictionary<string, Kind> All = new Kind[]
    {
        new Kind<Batch>("Notes", "Solvent",
            (of, scene) => of.GetRequiredService<BatchCommands>().Make(scene.Project.Id, new Batch { Code = "", Name = "b", Formula = "CsPbBr3" }),
            (of, edited) => of.GetRequiredService<BatchCommands>().Save(edited), (of, id, binned) => of.GetRequiredService<BatchCommands>().Bin(id, binned)),
        new Kind<Sample>("Notes", "Substrate",
            (of, scene) => of.GetRequiredService<SampleCommands>().Make(scene.Batch.Id, new Sample { Code = "", Name = "" }),
            (of, edited) => of.GetRequiredService<SampleCommands>().Save(edited), (of, id, binned) => of.GetRequiredService<SampleCommands>().Bin(id, binned)),
        new Kind<Emitter>("Notes", "EmissionPeak",
            async (of, scene) => (await of.GetRequiredService<SampleCommands>().AddDots(scene.Sample.Id, 1))?[0],
            (of, edited) => of.GetRequiredService<DotCommands>().Save(edited), (of, id, binned) => of.GetRequiredService<DotCommands>().Bin(id, binned)),
        new Kind<Run>("Notes", "Filters",
            (of, scene) => of.GetRequiredService<RunCommands>().Make(scene.Sample.Code, new Run { Name = "night run" }),
            (of, edited) => of.GetRequiredService<RunCommands>().Save(edited), (of, id, binned) => of.GetRequiredService<RunCommands>().Bin(id, binned)),
        new Kind<Template>("Notes", "Name",
            (of, scene) => of.GetRequiredService<TemplateCommands>().Make(scene.Project.Id, new Template { Name = "t" }),
            (of, edited) => of.GetRequiredService<TemplateCommands>().Save(edited), (of, id, binned) => of.GetRequiredService<TemplateCommands>().Bin(id, binned)),
        new Kind<Project>("Description", "Name",
            async (of, scene) => await of.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContext().Projects.AsNoTracking().SingleAsync(p => p.Id == scene.Project.Id),
            (of, edited) => of.GetRequiredService<GroupCommands>().SaveProject(edited),
            async (of, id, binned) => await of.GetRequiredService<GroupCommands>().Bin(id, binned) is null),
        // Rules of file names have no bin of their own; what is written there reads as patterns, or as a note beside them.
        new Kind<NamingRules>("Patterns", "Filing",
            (of, scene) => of.GetRequiredService<NamesCommands>().Save(new NamingRules { Id = scene.Project.Id, ProjectId = scene.Project.Id, Patterns = "{sample}_{dot}*" }),
            (of, edited) => of.GetRequiredService<NamesCommands>().Save(edited), null, text => "# " + text),
    }.ToDictionary(kind => kind.Type.Name);

    public static TheoryData<string> Kinds => [.. All.Keys];
    public static TheoryData<string> KindsWithABin => [.. All.Values.Where(kind => kind.HasBin).Select(kind => kind.Type.Name)];

    [Fact]
    public void Every_kind_of_record_with_a_form_is_tried_here()
    {
        var edited =
            from type in typeof(PqdPortal.Web.App).Assembly.GetTypes()
            from field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
            where field.FieldType.IsGenericType && field.FieldType.GetGenericTypeDefinition() == typeof(EditSession<>) && !field.FieldType.ContainsGenericParameters
            select field.FieldType.GetGenericArguments()[0].Name;

        // A comment has one field and one person who may change it: TalkTests. A set-up is of no project: InstrumentTests.
        // A group has one field and no bin: PeopleTests.
        Assert.Equal(All.Keys.Order(), edited.Distinct().Except([nameof(PqdPortal.Data.Talk.Comment), nameof(Instrument), nameof(Group)]).Order());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_stale_save_names_who_changed_what_and_after_the_choice_both_changes_live(string kind) => All[kind].Merges(this);

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Of_saves_at_the_same_moment_exactly_one_wins(string kind) => All[kind].Races(this);

    [Theory]
    [MemberData(nameof(KindsWithABin))]
    public Task Who_edits_what_another_puts_into_the_bin_is_told_by_whom_keeps_the_text_and_may_save_it_after_all(string kind) => All[kind].Binned(this);

    [Theory]
    [MemberData(nameof(KindsWithABin))]
    public Task A_save_and_the_bin_at_the_same_moment_end_in_the_bin_without_a_fault(string kind) => All[kind].BinRaces(this);

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Who_loses_their_role_while_editing_saves_no_more_and_keeps_the_text(string kind) => All[kind].RoleWithdrawn(this);

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Who_is_removed_while_editing_saves_no_more_and_keeps_the_text(string kind) => All[kind].PersonRemoved(this);

    [Fact]
    public async Task Two_administrators_who_change_a_group_at_once_are_both_content()
    {
        var (one, two, who) = (await portal.Person("One"), await portal.Person("Two"), await portal.Person("Who"));
        Guid group;
        await using (var db = portal.CreateDbContext())
        {
            foreach (var person in await db.Users.Where(u => u.Id == one.Id || u.Id == two.Id).ToListAsync()) person.IsAdministrator = true;
            var made = new Group { Name = $"Lab {Guid.NewGuid():N}" };
            db.Groups.Add(made);
            await db.SaveChangesAsync();
            group = made.Id;
        }

        for (var round = 0; round < 5; round++)
        {
            var joined = await Task.WhenAll(As(one, c => c.Join(group, who.Id)), As(two, c => c.Join(group, who.Id)));
            await using var db = portal.CreateDbContext();
            Assert.Single(await db.Memberships.Where(m => m.GroupId == group).ToListAsync());
            var left = await Task.WhenAll(As(one, c => c.Leave(group, who.Id)), As(two, c => c.Leave(group, who.Id)));
            Assert.Empty(await db.Memberships.Where(m => m.GroupId == group).ToListAsync());
            Assert.All([.. joined, .. left], Assert.Null);
        }

        async Task<string?> As(PortalUser person, Func<GroupCommands, Task<string?>> act)
        {
            await using var scope = portal.As(person);
            return await act(scope.ServiceProvider.GetRequiredService<GroupCommands>());
        }
    }

    /// <summary>A project with a batch and a sample; Ana made it, Ben manages it with her.</summary>
    sealed record Scene(PortalFixture Portal, PortalUser Ana, PortalUser Ben, Project Project, Batch Batch, Sample Sample)
    {
        public static async Task<Scene> Make(PortalFixture portal)
        {
            var (ana, ben) = (await portal.Person("Ana"), await portal.Person("Ben"));
            var project = await portal.Project(ana);
            await using (var db = portal.CreateDbContext())
            {
                db.Add(new Grant { ProjectId = project.Id, PersonId = ben.Id, Role = AccessRole.Manage });
                await db.SaveChangesAsync();
            }

            await using var scope = portal.As(ana);
            var batch = (await scope.ServiceProvider.GetRequiredService<BatchCommands>().Make(project.Id, new Batch { Code = "", Name = "b", Formula = "CsPbBr3" }))!;
            var sample = (await scope.ServiceProvider.GetRequiredService<SampleCommands>().Make(batch.Id, new Sample { Code = "", Name = "" }))!;
            return new Scene(portal, ana, ben, project, batch, sample);
        }

        public async Task<T> As<T>(PortalUser person, Func<IServiceProvider, Task<T>> act)
        {
            await using var scope = Portal.As(person);
            return await act(scope.ServiceProvider);
        }
    }

    abstract record Kind(Type Type)
    {
        public abstract bool HasBin { get; }
        public abstract Task Merges(TwoPeopleTests tests);
        public abstract Task Races(TwoPeopleTests tests);
        public abstract Task Binned(TwoPeopleTests tests);
        public abstract Task BinRaces(TwoPeopleTests tests);
        public abstract Task RoleWithdrawn(TwoPeopleTests tests);
        public abstract Task PersonRemoved(TwoPeopleTests tests);
    }

    /// <param name="Both">The field that both change.</param>
    /// <param name="Other">The field that only the other person changes.</param>
    /// <param name="BinAs">Null for a kind that has no bin.</param>
    /// <param name="Write">A text as it can stand in the field that both change; null where any can.</param>
    sealed record Kind<T>(
        string Both, string Other, Func<IServiceProvider, Scene, Task<T?>> Make, Func<IServiceProvider, T, Task<T?>> SaveAs, Func<IServiceProvider, Guid, bool, Task<bool>>? BinAs,
        Func<string, string>? Write = null)
        : Kind(typeof(T)) where T : class, IRecord
    {
        RecordField BothField => RecordFields.Of<T>().First(f => f.Name == Both);
        RecordField OtherField => RecordFields.Of<T>().First(f => f.Name == Other);
        object OtherValue => Other switch { "EmissionPeak" => 512.5, "Filing" => FilingHabit.FileCertainOnes, _ => "by Ben" };
        public override bool HasBin => BinAs is not null;
        string Text(string text) => Write is null ? text : Write(text);

        public override async Task Merges(TwoPeopleTests tests)
        {
            var (scene, record) = await Begin(tests);
            var (mine, theirs) = (new EditSession<T>(record), RecordFields.Copy(record));
            BothField.Set(mine.Edited, Text("by Ana"));
            BothField.Set(theirs, Text("by Ben, too"));
            OtherField.Set(theirs, OtherValue);
            var begun = DateTimeOffset.UtcNow.AddSeconds(-1);
            await scene.As(scene.Ben, of => SaveAs(of, theirs));

            // Told while typing, without a field being touched.
            mine.Hear(await Standing(scene, scene.Ana, mine.Began));
            Assert.Equal(StandingKind.Open, mine.Standing!.Kind);
            Assert.Contains("Ben changed", mine.News);
            Assert.Equal((Text("by Ana"), OtherField.Get(record)), (BothField.Get(mine.Edited), OtherField.Get(mine.Edited)));

            var (end, _) = await Save(scene, scene.Ana, mine);

            Assert.Equal(SaveEnd.Stale, end);
            var conflict = Assert.Single(mine.Conflicts);
            Assert.Equal((Both, Text("by Ben, too"), Text("by Ana"), "Ben"), (conflict.Name, conflict.Theirs, conflict.Yours, conflict.By));
            Assert.InRange(conflict.At!.Value, begun, DateTimeOffset.UtcNow.AddSeconds(1));
            Assert.Equal(Text("by Ana"), BothField.Get(mine.Edited));
            Assert.Equal(OtherValue, OtherField.Get(mine.Edited));
            Assert.Equal(Text("by Ben, too"), BothField.Get(await Stored(scene, record)));

            // Not before she has chosen; a mind may be changed.
            Assert.Equal(SaveEnd.Stale, (await Save(scene, scene.Ana, mine)).End);
            mine.Choose(conflict with { KeepsMine = false });
            Assert.Equal(Text("by Ben, too"), BothField.Get(mine.Edited));
            mine.Choose(conflict with { KeepsMine = true });
            Assert.Equal(Text("by Ana"), BothField.Get(mine.Edited));
            Assert.Equal(SaveEnd.Saved, (await Save(scene, scene.Ana, mine)).End);

            var now = await Stored(scene, record);
            Assert.Equal((Text("by Ana"), OtherValue), (BothField.Get(now), OtherField.Get(now)));
            await using var db = scene.Portal.CreateDbContext();
            var history = (await db.HistoryOf(record.Id)).Where(entry => entry.Action == "changed").ToList();
            Assert.Equal(["Ana", "Ben"], history.Select(entry => entry.Who));
            Assert.Equal((Text("by Ben, too"), Text("by Ana")), history[0].Changes.Where(c => c.Field == Both).Select(c => (c.Old, c.New)).Single());
        }

        public override async Task Races(TwoPeopleTests tests)
        {
            var (scene, record) = await Begin(tests);
            for (var round = 0; round < 4; round++)
            {
                var now = await Stored(scene, record);
                // What comes before the save's own moment is done one by one, so that the saves meet at the database.
                using var together = new SemaphoreSlim(0);
                var saves = Enumerable.Range(0, 6).Select(async number =>
                {
                    var copy = RecordFields.Copy(now);
                    BothField.Set(copy, Text($"round {round}, save {number}"));
                    await together.WaitAsync();
                    try
                    {
                        return await scene.As(number % 2 == 0 ? scene.Ana : scene.Ben, of => SaveAs(of, copy)) is null ? "gone" : (string)BothField.Get(copy)!;
                    }
                    catch (StaleRecordException)
                    {
                        return null;
                    }
                }).ToList();
                together.Release(saves.Count);
                var ends = await Task.WhenAll(saves);

                var winner = Assert.Single(ends, end => end is not null);
                Assert.Equal(winner, BothField.Get(await Stored(scene, record)));
            }

            await using var db = scene.Portal.CreateDbContext();
            Assert.Equal(4, (await db.HistoryOf(record.Id)).Count(entry => entry.Action == "changed"));
        }

        public override async Task Binned(TwoPeopleTests tests)
        {
            var (scene, record) = await Begin(tests);
            var mine = new EditSession<T>(record);
            BothField.Set(mine.Edited, Text("an hour of typing"));
            Assert.True(await scene.As(scene.Ben, of => BinAs!(of, record.Id, true)));

            var (end, _) = await Save(scene, scene.Ana, mine);
            mine.Hear(await Standing(scene, scene.Ana, mine.Began));

            Assert.Equal(SaveEnd.Gone, end);
            Assert.Equal((StandingKind.Binned, "Ben"), (mine.Standing!.Kind, mine.Standing.By));
            Assert.NotNull(mine.Standing.At);
            Assert.Equal(Text("an hour of typing"), BothField.Get(mine.Edited));
            Assert.NotEqual(Text("an hour of typing"), BothField.Get(await Stored(scene, record)));

            Assert.True(await scene.As(scene.Ana, of => BinAs!(of, record.Id, false)));
            mine.Hear(await Standing(scene, scene.Ana, mine.Began));
            Assert.Equal(StandingKind.Open, mine.Standing.Kind);
            Assert.Equal(SaveEnd.Saved, (await Save(scene, scene.Ana, mine)).End);
            Assert.Equal(Text("an hour of typing"), BothField.Get(await Stored(scene, record)));
        }

        public override async Task BinRaces(TwoPeopleTests tests)
        {
            var (scene, record) = await Begin(tests);
            for (var round = 0; round < 4; round++)
            {
                var copy = RecordFields.Copy(await Stored(scene, record));
                BothField.Set(copy, Text($"round {round}"));
                var save = scene.As(scene.Ana, of => SaveAs(of, copy));
                var bin = scene.As(scene.Ben, of => BinAs!(of, record.Id, true));
                string? refusal = null;
                try { await save; }
                catch (StaleRecordException stale) { refusal = stale.Message; }
                Assert.Null(refusal);
                // A project's bin asks once more instead of following a save unseen.
                if (!await bin) Assert.True(await scene.As(scene.Ben, of => BinAs!(of, record.Id, true)));

                var text = BothField.Get(await Stored(scene, record));
                Assert.Equal(await save is null, !Equals(text, Text($"round {round}")));
                Assert.Equal(StandingKind.Binned, (await Standing(scene, scene.Ana, record)).Kind);
                Assert.True(await scene.As(scene.Ana, of => BinAs!(of, record.Id, false)));
            }
        }

        public override async Task RoleWithdrawn(TwoPeopleTests tests)
        {
            var (scene, record) = await Begin(tests);
            var mine = new EditSession<T>(record);
            BothField.Set(mine.Edited, Text("an hour of typing"));

            await Role(scene, AccessRole.Read);
            var reading = await Save(scene, scene.Ben, mine);
            mine.Hear(await Standing(scene, scene.Ben, mine.Began));
            Assert.Equal((SaveEnd.Gone, StandingKind.ReadOnly), (reading.End, mine.Standing!.Kind));

            await Role(scene, null);
            var outside = await Save(scene, scene.Ben, mine);
            mine.Hear(await Standing(scene, scene.Ben, mine.Began));
            Assert.Equal((SaveEnd.Gone, StandingKind.NotThere), (outside.End, mine.Standing.Kind));
            Assert.Null(mine.Standing.Now);

            Assert.Equal(Text("an hour of typing"), BothField.Get(mine.Edited));
            Assert.NotEqual(Text("an hour of typing"), BothField.Get(await Stored(scene, record)));
        }

        public override async Task PersonRemoved(TwoPeopleTests tests)
        {
            var (scene, record) = await Begin(tests);
            var administrator = await scene.Portal.Person("Chief");
            await using (var db = scene.Portal.CreateDbContext())
                await db.Users.Where(u => u.Id == administrator.Id).ExecuteUpdateAsync(set => set.SetProperty(u => u.IsAdministrator, true));
            var mine = new EditSession<T>(record);
            BothField.Set(mine.Edited, Text("an hour of typing"));

            Assert.Empty(await scene.As(administrator, of => of.GetRequiredService<AccountCommands>().Remove(scene.Ben.Id)));
            var (end, _) = await Save(scene, scene.Ben, mine);
            mine.Hear(await Standing(scene, scene.Ben, mine.Began));

            Assert.Equal((SaveEnd.Gone, StandingKind.SignedOut), (end, mine.Standing!.Kind));
            Assert.Equal(Text("an hour of typing"), BothField.Get(mine.Edited));
            Assert.NotEqual(Text("an hour of typing"), BothField.Get(await Stored(scene, record)));
        }

        async Task<(Scene, T)> Begin(TwoPeopleTests tests)
        {
            var scene = await Scene.Make(tests.Portal);
            return (scene, (await scene.As(scene.Ana, of => Make(of, scene)))!);
        }

        Task<(SaveEnd End, T? Saved)> Save(Scene scene, PortalUser person, EditSession<T> session) =>
            session.Save(edited => scene.As(person, of => SaveAs(of, edited)));

        static Task<RecordStanding> Standing(Scene scene, PortalUser person, T began) =>
            scene.As(person, of => of.GetRequiredService<RecordWatch>().Standing(began));

        static async Task<T> Stored(Scene scene, T record)
        {
            await using var db = scene.Portal.CreateDbContext();
            return await db.Set<T>().AsNoTracking().SingleAsync(r => r.Id == record.Id);
        }

        static async Task Role(Scene scene, AccessRole? role)
        {
            await using var db = scene.Portal.CreateDbContext();
            var grant = await db.Grants.SingleAsync(g => g.ProjectId == scene.Project.Id && g.PersonId == scene.Ben.Id);
            if (role is { } given) grant.Role = given;
            else db.Remove(grant);
            await db.SaveChangesAsync();
        }
    }

    PortalFixture Portal => portal;
}
