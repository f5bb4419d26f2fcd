using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class SimulationPresetTests
{
    public static TheoryData<string> Keys => [.. SimulationPreset.All.Select(preset => preset.Key)];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_preset_can_be_drawn_as_it_stands_in_the_form(string key)
    {
        var preset = SimulationPreset.All.Single(one => one.Key == key);
        var shown = SimulationPreset.Common.Concat(preset.Parameters).Concat(SimulationPreset.Detectors).ToArray();
        var known = OptionsForm<SimulationOptions>.Parameters.Select(spec => spec.Name).ToHashSet();
        Assert.Empty(shown.Except(known));
        Assert.Equal(shown.Length, shown.Distinct().Count());

        // What the form would send: every shown value that is not empty.
        var all = SimulationRequest.Write(preset.Options);
        var typed = new JsonObject();
        foreach (var name in shown)
            if (all[name] is { } value) typed[name] = value.DeepClone();
        var options = SimulationRequest.Parse(preset.Request(typed));

        Assert.Equal(SimulationRequest.Write(preset.Options).ToJsonString(), SimulationRequest.Write(options).ToJsonString());
        Assert.InRange(Seen.Of(options with { Duration = 0.1 }).Events.Count, 100, 1_000_000);
    }

    [Fact]
    public void What_is_changed_counts_and_what_is_emptied_takes_the_default()
    {
        var preset = SimulationPreset.All.Single(one => one.Key == "pulsed");

        var options = SimulationRequest.Parse(preset.Request(new JsonObject { ["repetition_MHz"] = 2.5, ["kind"] = "steady", ["seed"] = 9 }));

        Assert.Equal(("pulsed", 2.5e6, 9), (options.Kind, options.Repetition, options.Seed)); // the kind is the preset's, whoever sends what
        Assert.False(preset.Request([]).ContainsKey("created_utc"));
        Assert.Equal(new SimulationOptions().BiexcitonRatio, options.BiexcitonRatio);
    }
}
