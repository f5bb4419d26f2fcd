using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Account;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout.Fields;
using PqdPortal.Web.Layout.Templates;

namespace PqdPortal.Portal.Tests.Records;

/// <summary>Templates and the extra fields they ask for.</summary>
public sealed class TemplateTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    PortalUser Maker => portal.People[AccessRole.Edit];

    Task<T> Do<T>(Func<TemplateCommands, Task<T>> act) => portal.As(Maker, of => act(of.GetRequiredService<TemplateCommands>()));
    Task<T> Batches<T>(Func<BatchCommands, Task<T>> act) => portal.As(Maker, of => act(of.GetRequiredService<BatchCommands>()));
    static Batch Typed(string name = "b") => new() { Code = "", Name = name, Formula = "CsPbBr3" };

    static ExtraField Growth => new("growth_time", RecordKind.Batch, "Growth time", ExtraType.Number, "s", 0, 100);

    async Task<Template> Made(params ExtraField[] extras) => (await Do(of => of.Make(portal.Zn.Id, new Template { Name = $"t {Guid.NewGuid()}", Extras = extras })))!;

    static ExtraValue Number(double value) => new() { Name = "", Type = ExtraType.Number, Number = value, Unit = "s" };

    [Fact]
    public void What_the_built_in_templates_preset_can_be_typed_and_their_fields_are_sound()
    {
        Assert.Equal(5, BuiltInTemplates.All.Count);
        foreach (var template in BuiltInTemplates.All)
        {
            foreach (var preset in template.Presets)
            {
                var field = FieldCatalogue.Find(preset.On, preset.Field);
                Assert.True(field is not null, $"{template.Key}: {preset.Field}");
                if (preset.Value is not null) Assert.Null(FieldText.Read(field, preset.Value).Trouble);
            }
            Assert.All(template.Extras, extra => Assert.True(ExtraField.IsKey(extra.Key), extra.Key));
            Assert.Equal(template.Extras.Length, template.Extras.Select(extra => (extra.On, extra.Key)).Distinct().Count());
            var checks = new EditChecks();
            if (template.Begins == RecordKind.Batch)
            {
                var batch = Typed();
                foreach (var preset in template.Presets.Where(p => p is { On: RecordKind.Batch, Value: not null }))
                    FieldCatalogue.Find(preset.On, preset.Field)!.Field.Set(batch, FieldText.Read(FieldCatalogue.Find(preset.On, preset.Field)!, preset.Value).Value);
                checks.Rules(batch).Decide();
            }
        }
    }

    [Fact]
    public async Task A_batch_begun_with_a_built_in_template_makes_it_the_projects_own_once_though_ten_begin_at_once()
    {
        var project = await portal.Project(code: "TB");
        await using (var db = portal.CreateDbContext())
        {
            db.Add(new Grant { ProjectId = project.Id, PersonId = Maker.Id, Role = AccessRole.Edit });
            await db.SaveChangesAsync();
        }

        var made = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => Batches(of => of.Make(project.Id, Typed($"b{n}"), "hot-injection"))));

        Assert.Single(made.Select(batch => batch!.TemplateId).Distinct());
        await using var look = portal.CreateDbContext();
        Assert.Equal("hot-injection", (await look.Templates.SingleAsync(t => t.ProjectId == project.Id)).BuiltIn);
        var choices = await portal.As(Maker, of => of.GetRequiredService<TemplateQueries>().Choices(project.Id, RecordKind.Batch));
        Assert.Equal(4, choices.Count);
        Assert.Equal(made[0]!.TemplateId.ToString(), choices[0].Key);
    }

    [Fact]
    public async Task An_extra_value_is_kept_with_its_name_unit_and_template_and_stands_in_the_history_field_by_field()
    {
        var template = await Made(Growth, new("quench", RecordKind.Batch, "Quench", ExtraType.Choice, Choices: "ice\nair"));
        var typed = Typed();
        typed.Extra = ExtraValues.None.With("growth_time", Number(45)).With("quench", new() { Name = "", Type = ExtraType.Choice, Text = "ice" });
        var batch = (await Batches(of => of.Make(portal.Zn.Id, typed, template.Id.ToString())))!;

        var edited = RecordFields.Copy(batch);
        edited.Extra = edited.Extra.With("growth_time", edited.Extra["growth_time"]! with { Number = 60 });
        await Batches(of => of.Save(edited));

        await using var db = portal.CreateDbContext();
        var kept = (await db.Batches.SingleAsync(b => b.Id == batch.Id)).Extra;
        Assert.Equal(("Growth time", "s", template.Id, template.Name, 60.0), (kept["growth_time"]!.Name, kept["growth_time"]!.Unit, kept["growth_time"]!.Template, kept["growth_time"]!.From, kept["growth_time"]!.Number));
        Assert.Equal("ice", kept["quench"]!.Text);
        var history = await portal.As(Maker, of => of.GetRequiredService<BatchQueries>().History(batch.Id));
        var change = Assert.Single(history[0].Changes);
        Assert.Equal(("Extra.growth_time", "45 s", "60 s"), (change.Field, change.Old, change.New));
    }

    [Fact]
    public async Task The_database_can_be_asked_for_one_extra_value_of_many_records()
    {
        var template = await Made(Growth);
        foreach (var seconds in (double[])[5, 50, 95])
        {
            var typed = Typed($"asked {seconds}");
            typed.Extra = ExtraValues.None.With("growth_time", Number(seconds));
            await Batches(of => of.Make(portal.Zn.Id, typed, template.Id.ToString()));
        }

        await using var db = portal.CreateDbContext();
        var found = await db.Batches.Where(b => b.TemplateId == template.Id && Convert.ToDouble(ExtraSql.Part(b.Extra, "growth_time", "n")) > 40)
            .OrderByDescending(b => Convert.ToDouble(ExtraSql.Part(b.Extra, "growth_time", "n"))).Select(b => b.Name).ToListAsync();
        Assert.Equal(["asked 95", "asked 50"], found);
        var columns = await portal.As(Maker, of => of.GetRequiredService<TemplateQueries>().Columns(RecordKind.Batch));
        Assert.Contains(columns, column => column is { Key: "growth_time", Type: ExtraType.Number, Unit: "s", Header: "x.growth_time [s]" });
    }

    [Fact]
    public async Task Changing_a_template_or_losing_it_takes_nothing_away_that_was_recorded_with_it()
    {
        var template = await Made(Growth);
        var typed = Typed();
        typed.Extra = ExtraValues.None.With("growth_time", Number(45));
        var batch = (await Batches(of => of.Make(portal.Zn.Id, typed, template.Id.ToString())))!;

        // Another field of the same key, in another unit; then none; then the template itself goes for good.
        var changed = RecordFields.Copy(template);
        changed.Extras = [Growth with { Unit = "min", Max = 2 }];
        changed = (await Do(of => of.Save(changed)))!;
        var renamed = RecordFields.Copy(batch);
        renamed.Name = "renamed";
        Assert.NotNull(await Batches(of => of.Save(renamed)));

        var bare = RecordFields.Copy(changed);
        bare.Extras = [];
        await Do(of => of.Save(bare));
        await Do(of => of.Bin(template.Id, true));
        Assert.True(await portal.RemoveBinned(new(nameof(Template), template.Id), DateTimeOffset.UtcNow.AddDays(31), DateTimeOffset.UtcNow) > 0);

        await using var db = portal.CreateDbContext();
        var kept = await db.Batches.SingleAsync(b => b.Id == batch.Id);
        Assert.Equal(("45 s", (Guid?)null), (kept.Extra["growth_time"]!.ToString(), kept.TemplateId));
        // And it can still be corrected, in its own type.
        var corrected = RecordFields.Copy(kept);
        corrected.Extra = corrected.Extra.With("growth_time", corrected.Extra["growth_time"]! with { Number = 46 });
        Assert.Equal("46 s", (await Batches(of => of.Save(corrected)))!.Extra["growth_time"]!.ToString());
    }

    public static TheoryData<string, ExtraValue, string> Wrong => new()
    {
        { "growth_time", new() { Name = "", Type = ExtraType.Number, Number = 101, Unit = "s" }, "lies between 0 and 100 s" },
        { "growth_time", new() { Name = "", Type = ExtraType.Number, Number = 5, Unit = "min" }, "recorded in s" },
        { "growth_time", new() { Name = "", Type = ExtraType.Number, Number = double.NaN, Unit = "s" }, "finite" },
        { "growth_time", new() { Name = "", Type = ExtraType.Text, Text = "long" }, "is a number" },
        { "quench", new() { Name = "", Type = ExtraType.Choice, Text = "fire" }, "one of ice, air" },
        { "on_day", new() { Name = "", Type = ExtraType.Text, Text = "yesterday" }, "is a day" },
        { "nobody_asked", new() { Name = "", Type = ExtraType.Text, Text = "x" }, "No template asks" },
        { "said", new() { Name = "", Type = ExtraType.Text, Text = "a\0b" }, "cannot be kept" },
        { "said", new() { Name = "", Type = ExtraType.Text, Text = new string('x', 100_001) }, "at most" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_value_that_does_not_fit_its_field_is_refused_in_words(string key, ExtraValue value, string says)
    {
        var template = await Made(Growth, new("quench", RecordKind.Batch, "Quench", ExtraType.Choice, Choices: "ice\nair"),
            new("on_day", RecordKind.Batch, "On day", ExtraType.Date), new("said", RecordKind.Batch, "Said", ExtraType.Text));
        var typed = Typed();
        typed.Extra = ExtraValues.None.With(key, value);

        var refused = await Assert.ThrowsAsync<RefusedEditException>(() => Batches(of => of.Make(portal.Zn.Id, typed, template.Id.ToString())));

        Assert.Contains(says, refused.Fields[RecordFields.Extra + key]);
    }

    [Fact]
    public async Task What_became_needed_later_refuses_no_older_batch_and_is_needed_of_every_new_one()
    {
        var template = await Made(Growth);
        var old = (await Batches(of => of.Make(portal.Zn.Id, Typed(), template.Id.ToString())))!;
        var stricter = RecordFields.Copy(template);
        stricter.Extras = [Growth with { IsRequired = true }];
        await Do(of => of.Save(stricter));

        var renamed = RecordFields.Copy(old);
        renamed.Name = "older";
        Assert.NotNull(await Batches(of => of.Save(renamed)));
        await Assert.ThrowsAsync<RefusedEditException>(() => Batches(of => of.Make(portal.Zn.Id, Typed(), template.Id.ToString())));
    }

    [Fact]
    public async Task Two_people_who_fill_in_two_extra_fields_of_one_batch_both_keep_theirs()
    {
        var template = await Made(Growth, new("said", RecordKind.Batch, "Said", ExtraType.Text));
        var batch = (await Batches(of => of.Make(portal.Zn.Id, Typed(), template.Id.ToString())))!;
        var (mine, theirs) = (new EditSession<Batch>(batch), RecordFields.Copy(batch));
        theirs.Extra = theirs.Extra.With("said", new() { Name = "", Type = ExtraType.Text, Text = "hello" });
        await Batches(of => of.Save(theirs));

        mine.Edited.Extra = mine.Edited.Extra.With("growth_time", Number(7));
        var (end, _) = await mine.Save(edited => Batches(of => of.Save(edited)));
        Assert.Equal(SaveEnd.Stale, end);
        Assert.Empty(mine.Conflicts);
        Assert.Contains("said", mine.TakenOver);
        (end, var saved) = await mine.Save(edited => Batches(of => of.Save(edited)));

        Assert.Equal(SaveEnd.Saved, end);
        Assert.Equal(("hello", 7.0), (saved!.Extra["said"]!.Text, saved.Extra["growth_time"]!.Number));
    }

    [Fact]
    public async Task A_sample_is_asked_what_its_own_template_and_that_of_its_batch_ask()
    {
        var above = await Made(new ExtraField("spin", RecordKind.Sample, "Spin speed", ExtraType.Number, "rpm"), new("focus", RecordKind.Run, "Focus", ExtraType.YesNo), new("mark", RecordKind.Dot, "Mark", ExtraType.Text));
        var batch = (await Batches(of => of.Make(portal.Zn.Id, Typed(), above.Id.ToString())))!;
        var samples = (Func<Sample, string?, Task<Sample?>>)((typed, template) => portal.As(Maker, of => of.GetRequiredService<SampleCommands>().Make(batch.Id, typed, template)));
        var sample = (await samples(new Sample { Code = "", Name = "", Form = SampleForm.Superlattice }, "superlattice"))!;

        var asked = await portal.As(Maker, of => of.GetRequiredService<TemplateQueries>().Asked(sample));
        Assert.Contains("spin", asked.Select(one => one.Field.Key));
        Assert.Contains("order_seen", asked.Select(one => one.Field.Key));
        var dot = (await portal.As(Maker, of => of.GetRequiredService<SampleCommands>().AddDots(sample.Id, 1)))![0];
        var marked = RecordFields.Copy(dot);
        marked.Extra = marked.Extra.With("mark", new() { Name = "", Type = ExtraType.Text, Text = "bright" });
        Assert.Equal("bright", (await portal.As(Maker, of => of.GetRequiredService<DotCommands>().Save(marked)))!.Extra["mark"]!.Text);
    }

    [Fact]
    public async Task Templates_and_extra_values_go_over_the_wire_and_back()
    {
        using var http = portal.Client(Maker);
        var sent = new { project = "ZN", name = "by program", method = "larp", presets = new[] { new { on = "batch", field = "synthesis_temperature", value = "25", first = true } }, extras = new object[] { new { on = "batch", name = "Größe der Düse", type = "number", unit = "um", min = 0 }, new { on = "batch", name = "Day", type = "date" } } };
        var made = await http.PostAsJsonAsync("/api/v1/templates", sent);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var template = await made.Content.ReadFromJsonAsync<JsonElement>();
        var keys = template.GetProperty("extras").EnumerateArray().Select(extra => extra.GetProperty("key").GetString()).ToList();
        Assert.Equal(["groesse_der_duese", "day"], keys);

        var batch = await http.PostAsJsonAsync("/api/v1/batches", new { project = "ZN", name = "x", formula = "CsPbI3", template = template.GetProperty("id").GetString(), extra = new Dictionary<string, object> { [keys[0]!] = new { number = 40.0 }, ["day"] = new { date = "2026-11-20" } } });
        Assert.Equal(HttpStatusCode.Created, batch.StatusCode);
        var record = await batch.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("um", 40.0), (record.GetProperty("extra").GetProperty(keys[0]!).GetProperty("unit").GetString(), record.GetProperty("extra").GetProperty(keys[0]!).GetProperty("number").GetDouble()));

        async Task<HttpResponseMessage> Patch(object extra, string tag)
        {
            using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/batches/{record.GetProperty("code").GetString()}") { Content = JsonContent.Create(new { extra }) };
            request.Headers.TryAddWithoutValidation("If-Match", tag);
            return await http.SendAsync(request);
        }
        var changed = await Patch(new Dictionary<string, object?> { ["day"] = null }, batch.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        var after = (await changed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("extra");
        Assert.False(after.TryGetProperty("day", out _));
        Assert.True(after.TryGetProperty(keys[0]!, out _));
        Assert.Equal(HttpStatusCode.BadRequest, (await Patch(new Dictionary<string, object?> { [keys[0]!] = new { number = -1.0 } }, changed.Headers.ETag!.ToString())).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsJsonAsync("/api/v1/templates", new { project = "ZN", name = "", extras = new[] { new { on = "batch", name = "x", type = "colour" } } })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsJsonAsync("/api/v1/templates", new { project = "ZN", name = "y", presets = new[] { new { on = "batch", field = "no_such", value = "1" } } })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await portal.Client(portal.People[AccessRole.Read]).PostAsJsonAsync("/api/v1/templates", sent)).StatusCode);
    }

    [Fact]
    public void A_key_is_made_of_a_name_in_any_script_and_never_given_twice()
    {
        Assert.Equal("growth_time", ExtraField.KeyOf("Growth time", []));
        Assert.Equal("growth_time_2", ExtraField.KeyOf("growth-time", ["growth_time"]));
        Assert.Equal("field", ExtraField.KeyOf("温度 🔬", []));
        Assert.True(ExtraField.IsKey(ExtraField.KeyOf(new string('x', 5000), [])));
    }
}
