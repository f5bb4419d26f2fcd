using PqdPortal.Analysis;
using PqdPortal.Data.Analyses;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Features.Analyses;
using PqdPortal.Web.Features.Analyses.Views;

namespace PqdPortal.Portal.Tests.Analyses;

public class ResultViewTests
{
    static ResultView Result(AnalysisReport report, FigureView? view = null) => new(SimulatedReports.View(report.Analysis), report, view ?? new FigureView());

    [Fact]
    public async Task G2_says_raw_fitted_and_corrected_in_this_order_each_with_its_pairs()
    {
        var text = await Rendered.Text<G2View>(("Result", Result(SimulatedReports.G2)));

        int raw = text.IndexOf("(as counted, centre bin of"), fitted = text.IndexOf("(fitted"), corrected = text.IndexOf("(background-corrected");
        Assert.True(0 < raw && raw < fitted && fitted < corrected, text);
        Assert.Contains("pairs)", text);
        Assert.Contains("±", text);
        Assert.Contains("single photon emitter: yes", text);
        Assert.Contains("is below 0.5", text);
    }

    [Fact]
    public async Task G2_says_what_was_subtracted_on_which_detector()
    {
        var text = await Rendered.Text<G2View>(("Result", Result(SimulatedReports.G2)));

        Assert.Contains("300 counts/s on channel 0 and 250 counts/s on channel 1", text);
        Assert.Contains("No afterpulses", text);
    }

    [Fact]
    public async Task The_choices_of_the_figure_stand_in_the_address()
    {
        var result = Result(SimulatedReports.G2, new FigureView(Log: true));

        var html = await Rendered.Html<G2View>(("Result", result));

        Assert.Contains($"href=\"a/{result.Id}?log=true&amp;counts=true\"", html);
        Assert.Contains($"href=\"a/{result.Id}\"", html); // pressing it again takes the choice away
        Assert.Contains("aria-current=\"true\"", html);
    }

    [Fact]
    public async Task The_quick_look_says_rates_and_flags_in_words_and_what_to_do_next()
    {
        var text = await Rendered.Text<QuickView>(("Result", Result(SimulatedReports.Quick)));

        Assert.Contains("nothing odd found", text);
        Assert.Contains("Keep it: correlate", text);
        Assert.Contains("Repeat", text);
        Assert.Contains("cps", text);
    }

    [Fact]
    public async Task A_raised_flag_is_said_with_its_because()
    {
        var report = SimulatedReports.Quick with { Verdicts = [new Verdict("dead_channel", "yes", "channel 1 saw 0 photons.")] };

        var text = await Rendered.Text<QuickView>(("Result", Result(report)));

        Assert.Contains("dead channel – channel 1 saw 0 photons.", text);
        Assert.DoesNotContain("nothing odd", text);
    }

    [Fact]
    public async Task Who_may_only_read_is_not_offered_work()
    {
        var result = new ResultView(SimulatedReports.View("quick", mayEdit: false), SimulatedReports.Quick, new FigureView());

        var text = await Rendered.Text<QuickView>(("Result", result));

        Assert.DoesNotContain("Keep it: correlate", text);
    }

    [Fact]
    public async Task A_lifetime_says_the_law_the_time_and_what_was_known_of_the_response()
    {
        var text = await Rendered.Text<LifetimeView>(("Result", Result(SimulatedReports.Lifetime)));

        Assert.Contains("law of decay: mono", text);
        Assert.Contains("pile-up: no", text);
        Assert.Contains("single exponential", text);
        Assert.Contains("A Gaussian response was folded with the decay.", text);
        Assert.Contains("later than the response", text);
    }

    [Fact]
    public async Task Pulsed_g2_says_the_verdict_first_then_its_ratio_and_shows_peaks_centre_and_gates()
    {
        var text = await Rendered.Text<PulsedView>(("Result", Result(SimulatedReports.Pulsed)));

        int verdict = text.IndexOf("single photon emitter: yes"), ratio = text.IndexOf("central peak over the side peaks"), biexciton = text.IndexOf("ratio of quantum yields");
        Assert.True(0 <= verdict && verdict < ratio && ratio < biexciton, text);
        Assert.Contains("is below 0.5", text);
        Assert.Contains("pairs)", text);
        Assert.Contains("The central peak in time", text);
        Assert.Contains("g2(0) behind a gate", text);
        Assert.DoesNotContain("from the fall of the side peaks", text); // it does not blink
    }

    [Fact]
    public async Task Pulsed_g2_without_a_number_says_so_in_its_place()
    {
        var empty = SimulatedReports.Pulsed with { Quantities = [Quantity.Refused("g2_0", "1", "TOO_FEW_COINCIDENCES")], Curves = [] };

        var text = await Rendered.Text<PulsedView>(("Result", Result(empty)));

        Assert.Contains("There is no curve to draw", text);
        Assert.Contains("g2(0)", text);
        Assert.DoesNotContain("ratio of quantum yields", text);
    }

    [Fact]
    public async Task Gated_g2_gives_each_gate_its_line_after_the_verdict()
    {
        var text = await Rendered.Text<PulsedView>(("Result", Result(SimulatedReports.Gated)));

        int verdict = text.IndexOf("cascade: yes"), all = text.IndexOf("all photons"), first = text.IndexOf("later than 500 ps"), second = text.IndexOf("later than 2000 ps");
        if (second < 0) second = text.IndexOf("later than 2\u202f000 ps");
        Assert.True(0 <= verdict && verdict < all && all < first && first < second, text);
        Assert.Contains("Pairs by the difference of their pulses", text);
    }

    [Fact]
    public async Task A_kind_without_a_view_is_a_table_of_its_values()
    {
        Assert.Equal(typeof(TableView), AnalysisViews.Of("a.kind.to.come"));

        var text = await Rendered.Text<TableView>(("Result", Result(SimulatedReports.G2)));

        Assert.Contains("g2(0) corrected", text);
        Assert.Contains("Value ± standard deviation", text);
    }

    [Fact]
    public async Task Work_under_way_shows_stage_percent_and_a_way_to_stop()
    {
        var job = new Job { Title = "g2", State = JobState.Running, Stage = "Counting pairs", Done = 4_000_000, Total = 10_000_000, StartedAt = Rendered.Now.AddSeconds(-4) };

        var text = await Rendered.Text<WorkState>(("View", SimulatedReports.View(state: AnalysisState.Running, job: job)));

        Assert.Contains("Counting pairs", text);
        Assert.Contains("40", text);
        Assert.Contains("6 s left", text);
        Assert.Contains("Stop", text);
    }

    [Fact]
    public async Task Waiting_work_says_so()
    {
        Assert.Contains("Waiting for its turn", await Rendered.Text<WorkState>(("View", SimulatedReports.View(state: AnalysisState.Queued))));
    }

    [Fact]
    public async Task A_refusal_gives_the_reason_and_says_that_nothing_was_lost()
    {
        var text = await Rendered.Text<WorkState>(("View", SimulatedReports.View(state: AnalysisState.Refused, message: "g2 needs photons on two detectors.")));

        Assert.Contains("g2 needs photons on two detectors.", text);
        Assert.Contains("unharmed", text);
    }

    [Fact]
    public async Task A_fault_of_ours_gives_the_reference_to_quote()
    {
        var job = new Job { Title = "g2", State = JobState.Failed, Reference = "7f3c" };

        var text = await Rendered.Text<WorkState>(("View", SimulatedReports.View(state: AnalysisState.Failed, job: job)));

        Assert.Contains("fault of ours", text);
        Assert.Contains("7f3c", text);
    }

    [Fact]
    public async Task The_form_says_title_unit_range_and_default_of_every_parameter()
    {
        var kind = PqdPortal.Analysis.Catalogue.AnalysisCatalogue.Find("g2.cw");

        var html = await Rendered.Html<OptionsFields>(("Options", new OptionsText(kind)));

        foreach (var spec in kind.Parameters) Assert.Contains($"name=\"{spec.Name}\"", html);
        foreach (var field in PqdPortal.Analysis.Catalogue.SelectionForm.Fields) Assert.Contains($"name=\"selection.{field.Name}\"", html);
        Assert.DoesNotContain("<details class=\"more\" open", html);
        var part = await Rendered.Html<OptionsFields>(("Options", new OptionsText(kind, new() { ["selection"] = new System.Text.Json.Nodes.JsonObject { ["from_s"] = 2 } })));
        Assert.Contains("<details class=\"more\" open", part);
        Assert.Contains("Bin width (ps)", html);
        Assert.Contains("usually 1000", html);
    }
}
