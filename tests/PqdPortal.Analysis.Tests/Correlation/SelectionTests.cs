using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Tests.Readers;

namespace PqdPortal.Analysis.Tests.Correlation;

/// <summary>What a selection leaves, how long it lasts, and that analyses take it and say so.</summary>
public class SelectionTests
{
    const long Millisecond = 1_000_000_000; // [ticks]

    /// <summary>Ten photons a millisecond apart from 0.5 ms on, channels 0 and 1 by turns, with markers between.</summary>
    static MemoryPhotons Ten(params (double At, int Bits)[] markers)
    {
        var events = Enumerable.Range(0, 10).Select(i => (i * Millisecond + Millisecond / 2, (short)(i % 2), 100 * i))
            .Concat(markers.Select(m => ((long)(m.At * Millisecond), (short)(100 + m.Bits), 0))).OrderBy(e => e.Item1).ToArray();
        return new()
        {
            Format = "test", RecordType = "test T3", Mode = "T2", Tick = 1e-12, ChannelWidth = 10e-12, HeaderDuration = 0.010,
            AvailableRecords = events.Length,
            Times = [.. events.Select(e => e.Item1)], Codes = [.. events.Select(e => e.Item2)], Dtimes = [.. events.Select(e => e.Item3)],
        };
    }

    static (List<(double Milliseconds, short Channel)> Photons, double? Seconds) Read(PhotonStream stream, Selection selection)
    {
        var events = new EventList();
        var selected = SelectedStream.Of(stream, selection);
        var pass = selected.Read(events);
        return ([.. events.Events.Where(e => Channels.IsPhoton(e.Channel)).Select(e => (e.Time / (double)Millisecond, e.Channel))],
            AcquisitionTime.Of(selected, pass, events.Time.Count == 0 ? null : events.Time.Max()).Seconds);
    }

    [Fact]
    public void A_time_range_counts_from_its_own_beginning_and_lasts_as_long_as_it_is()
    {
        var (photons, seconds) = Read(Ten(), new() { From = 0.0025, To = 0.0055 });

        Assert.Equal([(0, 0), (1, 1), (2, 0)], photons);
        Assert.Equal(0.003, seconds!.Value, 1e-12);
    }

    [Fact]
    public void A_time_range_beyond_the_end_lasts_to_the_end()
    {
        var (photons, seconds) = Read(Ten(), new() { From = 0.008, To = 100 });

        Assert.Equal([(0.5, 0), (1.5, 1)], photons);
        Assert.Equal(0.002, seconds!.Value, 1e-12);
    }

    [Fact]
    public void Channels_and_micro_times_take_photons_and_no_time()
    {
        Assert.Equal([1, 3, 5, 7, 9], Read(Ten(), new() { Channels = [1] }).Photons.Select(p => p.Milliseconds - 0.5));

        var (photons, seconds) = Read(Ten(), new() { DtimeFrom = 3e-9, DtimeTo = 6e-9 });

        Assert.Equal([3.5, 4.5, 5.5], photons.Select(p => p.Milliseconds));
        Assert.Equal(0.010, seconds);
    }

    [Fact]
    public void One_marker_leaves_what_follows_it()
    {
        var (photons, seconds) = Read(Ten((4.25, 2), (6.25, 2)), new() { Markers = [2] });

        Assert.Equal([0.25, 1.25, 2.25, 3.25, 4.25, 5.25], photons.Select(p => p.Milliseconds));
        Assert.Equal(0.00575, seconds!.Value, 1e-12);
    }

    [Fact]
    public void Between_two_markers_the_shut_time_is_cut_out()
    {
        // Open 1..3 and 6..7.25 ms; the other marker in between means nothing, and bits that come together count each.
        var (photons, seconds) = Read(Ten((1, 1), (2, 4), (3, 2), (6, 5), (7.25, 2)), new() { Markers = [1, 2] });

        Assert.Equal([0.5, 1.5, 2.5], photons.Select(p => p.Milliseconds));
        Assert.Equal(0.00325, seconds!.Value, 1e-12);
    }

    [Fact]
    public void The_same_marker_twice_turns_the_gate_over_and_is_heard_from_the_beginning_of_the_time_range_on()
    {
        var (photons, seconds) = Read(Ten((1, 1), (3, 1), (5, 1)), new() { Markers = [1, 1], From = 0.002, To = 0.009 });

        Assert.Equal([0.5, 1.5], photons.Select(p => p.Milliseconds));
        Assert.Equal(0.002, seconds!.Value, 1e-12);
    }

    [Fact]
    public void A_gate_that_never_opens_leaves_nothing_and_no_time()
    {
        var (photons, seconds) = Read(Ten((1, 2)), new() { Markers = [1] });

        Assert.Empty(photons);
        Assert.Equal(0, seconds);
    }

    [Fact]
    public void A_gate_in_a_file_is_that_in_memory_for_any_number_of_threads()
    {
        var stream = RandomStreams.Of("01010204", 4000, 0.05, new Random(31));
        var all = new EventList();
        stream.Read(all);
        var memory = new MemoryPhotons { Format = "", RecordType = "", Tick = 1e-12, Times = [.. all.Time], Codes = [.. all.Channel], AvailableRecords = 4000 };
        var selection = new Selection { Markers = [1, 2], Channels = [0, 1, 3], From = 1e-6 };
        stream.Sizes = (400, 64);

        foreach (var threads in new[] { 1, 4 })
        {
            var (theirs, ours) = (new EventList(), new PartedEventList());
            memory.Read(theirs, selection);
            stream.Read(ours, selection, threads);

            Assert.NotEmpty(theirs.Time);
            Assert.Equal(theirs.Events, ours.All.Events);
        }
    }

    [Theory]
    [InlineData("""{"from_s":5,"to_s":5}""", "not after its beginning")]
    [InlineData("""{"from":5}""", "\"from\"")]
    [InlineData("""{"channels":[]}""", "empty list")]
    [InlineData("""{"channels":[100]}""", "between 0 and 99")]
    [InlineData("""{"markers":[1,2,3]}""", "one (only what follows it) or two")]
    [InlineData("""{"markers":[0]}""", "between 1")]
    [InlineData("""{"dtime_from_ps":700,"dtime_to_ps":10}""", "not after its beginning")]
    [InlineData("""{"from_s":-1}""", "between 0")]
    [InlineData("[1,2]", "should be an object")]
    [InlineData("\"all\"", "should be an object")]
    public void A_selection_that_cannot_be_made_is_refused_by_name(string selection, string said)
    {
        foreach (var kind in AnalysisCatalogue.All.Where(kind => kind.TakesFile))
        {
            var error = Assert.Throws<RequestException>(() => kind.Complete(new() { ["selection"] = JsonNode.Parse(selection) }));

            Assert.Contains(said, error.Message);
            Assert.Contains("selection", error.Message);
        }
    }

    [Fact]
    public void Micro_times_where_there_are_none_and_a_range_behind_the_end_are_told()
    {
        var photons = MemoryPhotons.T2(0.01, [1, 2], [3, 4]);

        Assert.Contains("micro times", Assert.Throws<RequestException>(() => SelectedStream.Of(photons, new() { DtimeFrom = 1e-9 })).Message);
        Assert.Contains("ends at 0.01 s", Assert.Throws<InsufficientDataException>(() => SelectedStream.Of(photons, new() { From = 0.02 })).Message);
    }

    [Fact]
    public void Nothing_selected_leaves_the_parameters_as_they_always_were()
    {
        foreach (var kind in AnalysisCatalogue.All.Where(kind => kind.TakesFile))
            foreach (var nothing in new JsonObject[] { new() { ["selection"] = null }, new() { ["selection"] = new JsonObject() }, new() { ["selection"] = new JsonObject { ["to_s"] = null } } })
                Assert.Equal(kind.Complete([]).ToJsonString(), kind.Complete(nothing).ToJsonString());
    }

    [Theory]
    [InlineData("quick")]
    [InlineData("g2.cw")]
    public void An_analysis_of_a_selection_is_that_of_a_file_that_holds_nothing_else(string key)
    {
        var random = new Random(32);
        long[][] detectors = [TestEmitter.Steady(2e5, 0.5, random), TestEmitter.Steady(3e5, 0.5, random)];
        var whole = MemoryPhotons.T2(0.5, detectors);
        const long begin = 200_000_000_000, end = 450_000_000_000;
        var part = MemoryPhotons.T2(0.25, [.. detectors.Select(times => times.Where(t => t is >= begin and < end).Select(t => t - begin).ToArray())]);
        var kind = AnalysisCatalogue.Find(key);

        var selected = kind.Compute(new(new Dictionary<string, Measurement> { ["file"] = whole }, new() { ["selection"] = new JsonObject { ["from_s"] = 0.2, ["to_s"] = 0.45 } }));
        var alone = kind.Compute(new(new Dictionary<string, Measurement> { ["file"] = part }, []));

        Assert.Equal("""{"channels":null,"dtime_from_ps":null,"dtime_to_ps":null,"from_s":0.2,"light":null,"markers":null,"on_above_cps":null,"to_s":0.45}""", selected.Parameters["selection"]!.ToJsonString());
        selected.Parameters.Remove("selection");
        Assert.Equal(ReportJson.Bytes(alone, "test"), ReportJson.Bytes(selected, "test"));
        // Names stay sorted, and a report can be asked again.
        var asked = kind.Complete(new() { ["selection"] = new JsonObject { ["from_s"] = 0.2 } });
        Assert.Equal(asked.Select(p => p.Key).Order(StringComparer.Ordinal), asked.Select(p => p.Key));
        Assert.Equal(asked.ToJsonString(), kind.Complete(asked).ToJsonString());
    }

    [Fact]
    public void Stretches_that_were_picked_stand_one_behind_the_other()
    {
        // 1 to 3 ms, 4.2 to 4.4 ms without a photon, and 8 ms to behind the end.
        (long, long)[] stretches = [(Millisecond, 3 * Millisecond), (42 * Millisecond / 10, 44 * Millisecond / 10), (8 * Millisecond, 20 * Millisecond)];

        var (photons, seconds) = Read(Ten(), new() { Stretches = stretches });

        Assert.Equal([(0.5, 1), (1.5, 0), (2.7, 0), (3.7, 1)], photons);
        Assert.Equal(0.0042, seconds!.Value, 1e-12);

        // The time range cuts them too.
        (photons, seconds) = Read(Ten(), new() { From = 0.002, To = 0.009, Stretches = stretches });

        Assert.Equal([(0.5, 0), (1.7, 0)], photons);
        Assert.Equal(0.0022, seconds!.Value, 1e-12);
    }

    [Fact]
    public void Rates_are_taken_over_the_selected_time()
    {
        var photons = MemoryPhotons.T2(1, TestEmitter.Steady(1e5, 1, new Random(33)), TestEmitter.Steady(1e5, 1, new Random(34)));

        var report = AnalysisCatalogue.Find("quick").Compute(new(
            new Dictionary<string, Measurement> { ["file"] = photons }, new() { ["selection"] = new JsonObject { ["to_s"] = 0.25, ["channels"] = new JsonArray(0) } }));

        Assert.Equal(0.25, report.Quantity("duration_s")!.Value!.Value, 1e-9);
        Assert.InRange((report.Quantity("rate_cps")!.Value!.Value - 1e5) / Math.Sqrt(1e5 / 0.25), -5, 5);
    }
}
