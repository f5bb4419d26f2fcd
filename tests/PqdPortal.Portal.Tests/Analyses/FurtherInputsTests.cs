using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Portal.Tests.Jobs;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Features.Analyses;

namespace PqdPortal.Portal.Tests.Analyses;

/// <summary>Which run is offered as a further input, which is suggested, and why.</summary>
public class FurtherInputsTests
{
    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly Guid Setup = Guid.NewGuid(), Dot = Guid.NewGuid();

    static AnalysisKind Kind(params InputSpec[] further) => AnalysisKind.Of<TestAnalyses.Choice>(
        "test", 1, "test", "?", [new("file", "Photons"), .. further], [], _ => true, (_, _) => new AnalysisReport("", 0));

    static readonly AnalysisKind Decay = Kind(new InputSpec("irf_file", "Response of the set-up", Required: false));
    static readonly AnalysisKind Pair = Kind(new InputSpec("orthogonal", "Orthogonal polarisations"));

    static RunCandidate Run(string name, double hours = 0, bool here = true, string kind = "photon-stream", bool ofDot = false, double width = 4e-12) =>
        new(Guid.NewGuid(), name, Noon.AddHours(hours)) { InstrumentId = here ? Setup : Guid.NewGuid(), Kind = kind, ChannelWidth = width, EmitterId = ofDot ? Dot : null };

    static readonly RunCandidate Own = Run("dot 7", ofDot: true);

    static FurtherInputs Of(AnalysisKind kind, RunCandidate[] others, IReadOnlyDictionary<string, Guid>? kept = null, Guid? reference = null, params string[] own) =>
        FurtherInputs.Of(kind, Own, others, own, (reference is { } id ? [("irf", id)] : Array.Empty<(string Role, Guid Id)>()).ToLookup(r => r.Role, r => r.Id), kept);

    [Fact]
    public void The_response_of_the_same_set_up_nearest_in_time_is_taken_and_said_why()
    {
        RunCandidate elsewhere = Run("IRF", 0.1, here: false), old = Run("irf_405nm", -50), near = Run("scatter, evening", -3), dot = Run("firfish", 0.2);

        var inputs = Of(Decay, [elsewhere, dot, near, old]);

        Assert.Equal(near.Id, inputs["irf_file"]);
        var because = inputs.All[0].Suggested!.Because;
        Assert.Contains("same set-up", because);
        Assert.Contains("3 h", because);
        Assert.Contains("before it", because);
        // Those of the same set-up come first.
        Assert.Equal(elsewhere.Id, inputs.All[0].Choices[^1].Run);
    }

    [Fact]
    public void A_recorded_reference_goes_before_every_name()
    {
        RunCandidate named = Run("IRF"), recorded = Run("Monday 3");

        var inputs = Of(Decay, [named, recorded], reference: recorded.Id);

        Assert.Equal(recorded.Id, inputs["irf_file"]);
        Assert.Contains("recorded as this run's instrument response", inputs.All[0].Suggested!.Because);
    }

    [Fact]
    public void A_run_that_nothing_calls_a_response_is_named_but_not_taken()
    {
        RunCandidate dot = Run("dot 8", 0.5, ofDot: true), wide = Run("Monday 2", 0.2, width: 8e-12), bare = Run("Monday 3", -1);

        var inputs = Of(Decay, [dot, wide, bare]);

        Assert.Null(inputs["irf_file"]);
        Assert.Equal((bare.Id, false), (inputs.All[0].Suggested!.Run, inputs.All[0].Suggested!.IsTaken));
        Assert.Empty(inputs.Read()!.Values.OfType<Guid>());
    }

    [Fact]
    public void What_cannot_serve_is_not_offered()
    {
        RunCandidate picture = Run("IRF picture", kind: "image"), histogram = Run("IRF", kind: "histogram");

        var inputs = Of(Decay, [picture, histogram]);

        Assert.Equal([histogram.Id], inputs.All[0].Choices.Select(choice => choice.Run));
    }

    [Fact]
    public void Crossed_polarisations_of_the_same_dot_are_suggested_and_needed()
    {
        RunCandidate other = Run("HOM orthogonal"), same = Run("HOM perp", -5, ofDot: true), parallel = Run("HOM parallel", ofDot: true);

        var inputs = Of(Pair, [other, parallel, same]);
        Assert.Equal(same.Id, inputs["orthogonal"]);
        Assert.Contains("same dot", inputs.All[0].Suggested!.Because);

        var none = Of(Pair, [parallel]);
        Assert.Null(none["orthogonal"]);
        Assert.Null(none.Read());
        Assert.Contains("Choose", none.Errors["orthogonal"]);
    }

    [Fact]
    public void What_was_taken_before_stays_also_where_it_was_none()
    {
        RunCandidate irf = Run("IRF"), other = Run("Monday 3");

        Assert.Equal(other.Id, Of(Decay, [irf, other], kept: new Dictionary<string, Guid> { ["irf_file"] = other.Id })["irf_file"]);
        Assert.Null(Of(Decay, [irf, other], kept: new Dictionary<string, Guid>())["irf_file"]);
        // Removed since: it has to be chosen anew.
        Assert.Null(Of(Decay, [irf], kept: new Dictionary<string, Guid> { ["irf_file"] = other.Id })["irf_file"]);
    }

    [Fact]
    public void The_runs_own_file_of_the_role_goes_before_all()
    {
        var inputs = Of(Decay, [Run("IRF")], own: "irf_file");

        Assert.Equal(Own.Id, inputs["irf_file"]);
        Assert.Equal("This run's own file", inputs.All[0].Choices[0].Words);
    }

    [Fact]
    public void A_device_is_known_again_by_its_serial_number()
    {
        var one = new RunCandidate(Guid.NewGuid(), "a", Noon).WithSummary("""{"header":{"HW_Type":"HydraHarp","HW_SerialNo":"1043"},"dtime_unit_s":4e-12,"events_by_channel":{"1":40,"0":30,"-1":9,"101":2}}""");
        Assert.Equal([(0, 30), (1, 40)], one.Channels);
        var other = new RunCandidate(Guid.NewGuid(), "b", Noon).WithSummary("""{"header":{"HW_Type":"HydraHarp","HW_SerialNo":"1043"},"curves":[{"bin_s":4e-12}]}""");
        var third = new RunCandidate(Guid.NewGuid(), "c", Noon).WithSummary("""{"header":[],"curves":null}""");

        Assert.True(one.IsOfSetupOf(other) && one.HasResolutionOf(other));
        Assert.False(one.IsOfSetupOf(third) || third.IsOfSetupOf(third) || one.HasResolutionOf(third));
    }

    [Fact]
    public async Task The_form_offers_the_runs_with_the_suggestion_and_none()
    {
        RunCandidate irf = Run("IRF <Monday>", -1), other = Run("dot 8", here: false);
        var inputs = Of(Decay, [irf, other]);

        var html = await Rendered.Html<OptionsFields>(("Options", new OptionsText(Decay)), ("Inputs", inputs));

        Assert.Contains("Response of the set-up", html);
        Assert.Contains("<optgroup label=\"Same set-up\"", html);
        Assert.Contains("<optgroup label=\"Other runs\"", html);
        Assert.Contains("IRF &lt;Monday&gt;, 2026-03-01", html);
        Assert.Matches($"<select[^>]*name=\"irf_file\"[^>]*value=\"{irf.Id}\"|<option value=\"{irf.Id}\" selected", html);
        Assert.Contains("Suggested for its name", html);
        Assert.Contains(">none<", html);
        Assert.Contains("No other run", await Rendered.Html<OptionsFields>(("Options", new OptionsText(Decay)), ("Inputs", Of(Decay, []))));
    }

    [Fact]
    public async Task The_facts_of_a_result_name_the_other_run_and_lead_to_it()
    {
        var (irf, gone) = (Guid.NewGuid(), Guid.NewGuid());
        var view = SimulatedReports.View() with { Inputs = [new OtherInput("irf_file", irf, "IRF of Monday"), new OtherInput("flat_file", gone, null)] };
        var report = SimulatedReports.G2 with { Inputs = [new("file", "dot.ptu", "a"), new("irf_file", "irf.ptu", "b"), new("flat_file", "flat.tif", "c")] };

        var html = await Rendered.Html<ResultFacts>(("Of", view), ("Report", report));

        Assert.Contains($"<a href=\"r/{irf}\">IRF of Monday</a>", html);
        Assert.Contains("a run that was removed", html);
        Assert.DoesNotContain($"r/{gone}", html);
    }
}
