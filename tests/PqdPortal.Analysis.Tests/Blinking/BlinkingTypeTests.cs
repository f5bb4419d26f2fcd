using PqdPortal.Analysis.Blinking;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Tests.Correlation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Blinking;

/// <summary>From photons to the label and its lifetimes. PQD_LONG=1 takes twenty seeds of each instead of three.</summary>
public class BlinkingTypeTests(ITestOutputHelper output)
{
    static readonly int Seeds = Environment.GetEnvironmentVariable("PQD_LONG") == "1" ? 20 : 3;

    static AnalysisReport Compute(PhotonStream photons, BlinkingTypeOptions? options = null) => BlinkingType.Compute(photons, null, options ?? new());

    static readonly TypedDot Dot = new() { Rate = [20e3, 5e3], Tau = [10e-9, 2.5e-9], Duration = 10, Dwell = [0.1, 0.1], Background = 300 };

    public static TheoryData<string> Cases => ["A", "A, trion", "A, dim", "A, fast pulses", "B", "B, half as bright", "B, power law", "four levels", "dark", "dark, leaking", "flicker", "poisson", "drift"];

    static (TypedDot Dot, string Type, string Why, bool IsBackgroundGiven) Case(string name) => name switch
    {
        "A" => (Dot, "A", "the lifetime falls", false),
        "A, trion" => (Dot with { Tau = [10e-9, 1.25e-9] }, "A", "supports a trion", true),
        "A, dim" => (Dot with { Rate = [5e3, 1e3], Tau = [20e-9, 4e-9], Dwell = [0.2, 0.2], Duration = 30, Background = 500, Detectors = 2 }, "A", "the lifetime falls", false),
        "A, fast pulses" => (Dot with { Period = 25e-9, Bin = 16e-12 }, "A", "the lifetime falls", true),
        "B" => (Dot with { Tau = [10e-9, 10e-9] }, "B", "the lifetime does not", false),
        "B, half as bright" => (Dot with { Rate = [20e3, 10e3], Tau = [25e-9, 25e-9], Period = 400e-9, Bin = 128e-12, Background = 2000 }, "B", "the lifetime does not", true),
        "B, power law" => (Dot with { Rate = [20e3, 4e3], Tau = [10e-9, 10e-9], Alpha = 1.5, Shortest = 5e-3, Duration = 20 }, "B", "the lifetime does not", false),
        "four levels" => (Dot with { Rate = [20e3, 12e3, 7e3, 3e3], Tau = [20e-9, 12e-9, 7e-9, 3e-9], Dwell = [0.2, 0.2, 0.2, 0.2], Duration = 20, Period = 200e-9 }, "A", "many levels", false),
        "dark" => (Dot with { Rate = [20e3, 0], Tau = [10e-9, 10e-9] }, "undetermined", "background only", false),
        // Dwells so short that flashes hide in the dark.
        "dark, leaking" => (Dot with { Rate = [5e3, 0], Tau = [10e-9, 10e-9], Dwell = [0.03, 0.03], Duration = 20 }, "undetermined", "", false),
        "flicker" => (Dot with { Rate = [50e3], Tau = [10e-9], FlickerDwell = 3e-4, Duration = 5 }, "undetermined", "flickers", false),
        "poisson" => (Dot with { Rate = [20e3], Tau = [10e-9] }, "undetermined", "fewer than two levels", false),
        _ => (Dot with { Rate = [20e3], Tau = [10e-9], Drift = -0.4 }, "undetermined", "", false),
    };

    [Theory, MemberData(nameof(Cases))]
    public void The_label_and_its_because_are_those_of_the_dot(string name)
    {
        var (dot, type, why, given) = Case(name);
        var right = 0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var report = Compute(dot.Draw(seed).Photons, new() { Background = given ? [dot.Background / dot.Detectors] : null });

            var verdict = report.Verdict("blinking_type")!;
            output.WriteLine($"{verdict.Value}: {verdict.Why}");
            if (verdict.Value == type && verdict.Why.Contains(why)) right++;
            Assert.True(type != "undetermined" || verdict.Value == type, verdict.Why);
            Assert.Equal(name == "flicker" ? "yes" : "no", report.Verdict("flicker")!.Value);
        }

        Assert.True(right >= Seeds - Seeds / 20, $"{right} of {Seeds}");
    }

    [Fact]
    public void Lifetimes_lie_within_their_errors()
    {
        // Few photons, so that counting and not the 1 % of the response is the error.
        var dot = Dot with { Rate = [6e3, 2e3], Tau = [10e-9, 4e-9], Duration = 5, Dwell = [0.1, 0.1] };
        var (on, off, slope) = (new List<double>(), new List<double>(), new List<double>());
        for (var seed = 1; seed <= (Seeds > 3 ? 40 : 12); seed++)
        {
            var report = Compute(dot.Draw(seed).Photons);
            on.Add(Pulls.Of(report, "tau_on_ns", 10));
            off.Add(Pulls.Of(report, "tau_off_ns", 4));
            slope.Add(Pulls.Of(report, "slope", Math.Log(10 / 4.0) / Math.Log(3)));
        }

        Pulls.AssertUnit(output, "tau_on_ns", on, 3, 0.2, 2);
        Pulls.AssertUnit(output, "tau_off_ns", off, 3, 0.2, 2);
        Pulls.AssertUnit(output, "slope", slope, 3, 0.2, 2);
    }

    [Fact]
    public void The_background_s_own_delay_would_pass_for_a_lifetime_of_type_B()
    {
        var dot = Dot with { Rate = [20e3, 0], Tau = [30e-9, 10e-9], Background = 2000 };
        var (photons, segments, levelOf) = dot.Draw(1);

        // The plausible wrong way: the mean delay of whatever comes in the dark segments.
        var mean = new double[2];
        var n = new int[2];
        var at = 0;
        for (var i = 0; i < photons.Times.Length; i++)
        {
            while (at + 1 < segments.Length && photons.Times[i] * dot.Period >= segments[at].To) at++;
            mean[levelOf[at]] += photons.Dtimes[i] * dot.Bin;
            n[levelOf[at]]++;
        }

        var report = Compute(photons);

        Assert.InRange(mean[1] / n[1] / (mean[0] / n[0]), 0.5, 2);
        Assert.Equal("undetermined", report.Verdict("blinking_type")!.Value);
        Assert.Null(report.Quantity("tau_off_ns")!.Value);
        Assert.Contains(report.Messages, message => message.Code == "BACKGROUND_ESTIMATED");
    }

    [Fact]
    public void The_size_of_the_batches_changes_nothing()
    {
        var (photons, _, _) = (Dot with { Duration = 3 }).Draw(1);
        var other = new MemoryPhotons
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = photons.Tick, SyncPeriod = photons.SyncPeriod, ChannelWidth = photons.ChannelWidth,
            HeaderDuration = photons.HeaderDuration, AvailableRecords = photons.AvailableRecords, Times = photons.Times, Codes = photons.Codes, Dtimes = photons.Dtimes, BatchSize = 13,
        };

        var (one, two) = (Compute(photons), Compute(other));

        Assert.Equal(one.Quantities.Select(q => (q.Name, q.Value, q.Sigma)), two.Quantities.Select(q => (q.Name, q.Value, q.Sigma)));
        Assert.Equal(one.Curve("flid")!.Y!.Values, two.Curve("flid")!.Y!.Values);
    }

    [Fact]
    public void The_map_holds_the_time_of_its_bins_at_the_levels()
    {
        var report = Compute((Dot with { Rate = [40e3, 10e3], Dwell = [1, 1] }).Draw(2).Photons);

        var map = report.Curve("flid")!;
        var (intensity, lifetime, time) = (map.X.Values, map.More["lifetime"].Values, map.Y!.Values);
        double Near(double cps, double ns) => Enumerable.Range(0, time.Count)
            .Where(i => Math.Abs(intensity[i]!.Value - cps) < 0.25 * cps && Math.Abs(lifetime[i]!.Value - ns) < 0.35 * ns).Sum(i => time[i]!.Value);
        Assert.InRange(Near(40e3, 10) + Near(10e3, 2.5), 0.9 * 10, 10);
        Assert.InRange(time.Sum(t => t!.Value), 0.95 * 10, 10.01);
    }

    [Fact]
    public void Few_photons_have_the_lifetime_they_were_drawn_with()
    {
        // Of 200 photons each, a tenth of them background: the mean of the estimates, not of one.
        var dot = Dot with { Rate = [20e3], Tau = [10e-9], Background = 2000, Duration = 10 };
        var (photons, _, _) = dot.Draw(3);
        Segment[] segments = [.. Enumerable.Range(0, 1000).Select(i => new Segment(i * 0.01, (i + 1) * 0.01, i % 2 == 0 ? 200 : 20_000))]; // so different that their ends are short
        var decays = DecaySet.Of(photons);
        var axis = DecayAxis.Of(decays.Decays, null);
        var whole = LevelLifetimes.Look(axis, 10, [2000], null, null, default)!;
        var moment = whole.Moment();
        var counter = new SegmentDecays(segments, new int[1000], 1, axis, moment, new Flid(moment, 0.01, 2000, 40e3, 40e-9), photons.Tick!.Value);
        photons.Read(counter);
        counter.Finish();

        var pulls = new List<double>();
        var mean = 0.0;
        for (var i = 0; i < segments.Length; i++)
        {
            var (tau, sigma) = moment.Of(counter.SegmentPhotons[i], counter.SegmentSums[i], 2000 * counter.SegmentTime[i])!.Value;
            mean += tau / segments.Length;
            pulls.Add((tau - 10e-9) / sigma);
        }

        var scatter = Math.Sqrt(pulls.Average(p => p * p));
        output.WriteLine($"mean {mean * 1e9:F3} ns, scatter {scatter:F3}");
        // 10 ns/sqrt(200 000) is 0.02 ns; what the response and the curvature leave is below 1 %.
        Assert.InRange(mean, 9.85e-9, 10.15e-9);
        Assert.InRange(scatter, 0.9, 1.1);

        // Every number of counts once, none twice in a column: the map of even light has no stripes.
        var map = new Flid(moment, 0.01, 2000, 33e3, 40e-9);
        for (var n = 100; n < 300; n++) map.Add(n, n * counter.SegmentSums[0] / counter.SegmentPhotons[0]);
        var curve = map.Map();
        var columns = curve.X.Values.Zip(curve.Y!.Values).GroupBy(cell => cell.First!.Value, cell => cell.Second!.Value).Select(column => (X: column.Key, Time: column.Sum())).Where(column => column.Time > 0).ToArray();
        Assert.True(columns.Length > 30);
        Assert.Single(columns[1..^1].Select(column => Math.Round(column.Time, 9)).Distinct());
        Assert.InRange(columns.Average(column => column.X), 17_000, 18_200); // 200 counts in 10 ms less 2 kcps
    }

    [Fact]
    public void Without_a_time_since_the_pulse_it_is_refused_in_words()
    {
        var photons = MemoryPhotons.T2(1, [.. Enumerable.Range(0, 10_000).Select(i => i * 100_000_000L)]);

        var refused = Assert.Throws<InsufficientDataException>(() => Compute(photons));

        Assert.Contains("nobody knows when the laser fired", refused.Message);
    }

    [Fact]
    public void Under_a_continuous_laser_nothing_decays()
    {
        var report = Compute((Dot with { Rate = [0], Tau = [1e-9], Background = 20e3, Duration = 3 }).Draw(1).Photons);

        Assert.Equal("undetermined", report.Verdict("blinking_type")!.Value);
        Assert.Equal("insufficient", report.Verdict("quality")!.Value);
        Assert.Contains(report.Messages, message => message.Code == "NO_DECAY");
    }

    [Fact]
    public void A_silent_channel_is_named_with_those_that_speak()
    {
        var report = Compute((Dot with { Duration = 2 }).Draw(1).Photons, new() { Channels = [0, 7] });

        Assert.Contains(report.Messages, message => message is { Code: "EMPTY_CHANNEL" } && message.Text.Contains("Channel 7") && message.Text.Contains("0 ("));
        Assert.Null(report.Quantity("tau_on_ns")!.Value);
    }
}
