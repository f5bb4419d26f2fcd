using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Analysis.Tests.Correlation;

namespace PqdPortal.Analysis.Tests.Measurements;

public class DecayCounterTests
{
    static MemoryPhotons T3(long[] syncs, short[] codes, int[] dtimes, int batch = 4096) => new()
    {
        Format = "test", RecordType = "test T3", Mode = "T3", Tick = 50e-9, SyncPeriod = 50e-9, ChannelWidth = 16e-12, HeaderDuration = 1,
        AvailableRecords = syncs.Length, Times = syncs, Codes = codes, Dtimes = dtimes, BatchSize = batch,
    };

    static MemoryPhotons T2(long[] times, short[] codes, JsonObject? header = null, int batch = 4096) => new()
    {
        Format = "test", RecordType = "test T2", Mode = "T2", Tick = 1e-12, HeaderDuration = 1, Header = header ?? [],
        AvailableRecords = times.Length, Times = times, Codes = codes, BatchSize = batch,
    };

    [Fact]
    public void Micro_times_are_counted_by_channel_and_markers_are_not()
    {
        var set = DecaySet.Of(T3([0, 1, 2, 3, 4], [0, 1, 0, 101, 0], [7, 7, 9, 0, 7]));

        Assert.Equal([0, 1], set.Decays.Select(decay => decay.Channel));
        Assert.Equal((2L, 1L), (set.Decays[0].Counts[7], set.Decays[0].Counts[9]));
        Assert.Equal(1, set.Decays[1].Photons);
        Assert.Equal(3125, set.Decays[0].Counts.Length);
        Assert.True(set.Decays[0].IsWhole);
        Assert.Equal(1 / 50e-9, set.Decays[0].Pulses!.Value, 1e-3);
    }

    [Fact]
    public void The_last_bin_of_a_period_that_is_no_whole_number_of_bins_is_a_quarter_wide()
    {
        // 12.5 ns are 781.25 bins of 16 ps.
        var decay = new DecayHistogram(0, new long[782], 16e-12) { Period = 12.5e-9 };

        Assert.True(decay.IsWhole);
        Assert.Equal(0.25, decay.LastWidth, 1e-6);
        Assert.Equal(196, decay.Joined(4).Counts.Length);
        Assert.Equal(781.25 / 4 - 195, decay.Joined(4).LastWidth, 1e-6);
    }

    [Fact]
    public void Any_batch_size_and_number_of_parts_gives_the_same_decay()
    {
        var random = new Random(1);
        const int n = 20_000;
        var times = Enumerable.Range(0, n).Select(i => (long)i).ToArray();
        var codes = times.Select(_ => (short)random.Next(3)).ToArray();
        var dtimes = times.Select(_ => random.Next(5000)).ToArray();
        var whole = new DecayCounter();
        T3(times, codes, dtimes).Read(whole);

        foreach (var batch in new[] { 1, 7, 1000 })
        {
            var other = new DecayCounter();
            T3(times, codes, dtimes, batch).Read(other);
            Same(other);
        }

        var parts = Enumerable.Range(0, 3).Select(_ => whole.Fork()!).ToArray();
        for (var k = 0; k < 3; k++)
        {
            var range = (k * n / 3)..((k + 1) * n / 3);
            T3(times[range], codes[range], dtimes[range]).Read(parts[k]);
        }

        var joined = new DecayCounter();
        joined.Join(parts);
        Same(joined);

        void Same(DecayCounter other)
        {
            Assert.Equal(whole.Present, other.Present);
            Assert.Equal(whole.LastTick, other.LastTick);
            foreach (var channel in whole.Present)
                Assert.Equal(whole.Counts(channel).ToArray().Where(count => count > 0), other.Counts(channel).ToArray().Where(count => count > 0));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Times_since_the_last_written_sync_are_folded_into_the_period_whatever_the_divider(int divider)
    {
        var random = new Random(2);
        const int period = 12_500, pulses = 40_000;
        var events = new List<(long Time, short Code)>();
        for (var pulse = 0; pulse < pulses; pulse++)
        {
            if (pulse % divider == 0) events.Add((pulse * (long)period, Channels.Sync));
            // 300 ps after the pulse, give or take.
            if (random.Next(4) == 0) events.Add((pulse * (long)period + 300 + random.Next(20), (short)random.Next(2)));
        }

        events.Sort();
        var header = new JsonObject { ["TTResult_SyncRate"] = 80_000_000 };
        var set = DecaySet.Of(T2([.. events.Select(e => e.Time)], [.. events.Select(e => e.Code)], header), bin: 16e-12);

        Assert.Equal(12.5e-9, set.Decays[0].Period!.Value, 1e-17);
        Assert.Equal(782, set.Decays[0].Counts.Length);
        foreach (var decay in set.Decays)
            Assert.Equal(decay.Photons, decay.Counts[18] + decay.Counts[19]);
    }

    [Fact]
    public void Forgetting_the_divider_would_smear_the_decay_over_eight_pulses()
    {
        var options = new SimulationOptions { Kind = "pulsed", RecordType = "HydraHarp V2 T2", Repetition = 20e6, SyncDivider = 8, Duration = 0.5, Rate = [20e3, 20e3], Lifetime = 4e-9 };
        var photons = SimulatedPhotons.Of(options);

        // Nobody says how often the laser pulses: each sync is then taken for a pulse.
        var unknown = DecaySet.Of(photons);
        Assert.Equal(400e-9, unknown.Decays[0].Period!.Value, 1e-12);

        var rhythm = new SyncRhythm(400_000, 8);
        var counter = new DecayCounter(rhythm, 100);
        photons.Read(counter);
        var counts = counter.Counts(0).ToArray();
        Assert.True(counts.Take(20).Sum() < 0.02 * counts.Sum()); // before the excitation at 2 ns
        Assert.True(counts.Skip(20).Take(100).Sum() > 0.85 * counts.Sum());
    }

    [Fact]
    public void A_photon_written_before_its_sync_event_keeps_its_place_and_lost_syncs_do_not_matter()
    {
        var times = new List<long>();
        var codes = new List<short>();
        for (var pulse = 0L; pulse < 1000; pulse++)
        {
            times.Add(pulse * 10_000 + 9_990 - 10_000);
            codes.Add(0);
            if (pulse is > 400 and < 420) continue;
            times.Add(pulse * 10_000);
            codes.Add(Channels.Sync);
        }

        // The photon of each pulse comes 10 ps before the next sync.
        var set = DecaySet.Of(T2([.. times], [.. codes]), bin: 1e-12);

        Assert.Equal(set.Decays[0].Photons, set.Decays[0].Counts[9_990]);
        Assert.Equal(1, set.Outside);
    }

    [Fact]
    public void Micro_times_that_contradict_the_period_leave_it_open()
    {
        var set = DecaySet.Of(T3([.. Enumerable.Range(0, 1000).Select(i => (long)i)], new short[1000], [.. Enumerable.Range(0, 1000).Select(i => i * 30)]));

        Assert.Null(set.Decays[0].Period);
        Assert.Equal(1000, set.Decays[0].Photons);
    }

    [Fact]
    public void Bins_that_were_never_measured_hold_no_zeros()
    {
        var counts = new long[1000];
        for (var i = 100; i < 700; i++) counts[i] = 5 + (i < 300 ? 0 : (long)(200 * Math.Exp(-(i - 300) / 50.0)));
        Assert.Equal((100, 700), DecayHistogram.Measured(counts));

        // A decay that has ended is no edge.
        var decay = Enumerable.Range(0, 1000).Select(i => (long)Math.Round(1000 * Math.Exp(-i / 20.0))).ToArray();
        Assert.Equal((0, 1000), DecayHistogram.Measured(decay));
    }

    [Fact]
    public void Without_micro_times_and_sync_there_is_no_decay_and_a_sentence_says_so()
    {
        var error = Assert.Throws<InsufficientDataException>(() => DecaySet.Of(T2([1, 2, 3], [0, 0, 0])));

        Assert.Contains("sync", error.Message);
        Assert.Throws<InsufficientDataException>(() => DecaySet.Of(T2([], [])));
    }

    [Fact]
    public void A_histogram_longer_than_the_period_ends_with_it()
    {
        var counts = new long[65536];
        for (var i = 0; i < 3125; i++) counts[i] = 10;
        HistogramSet Set(long[] c) => new() { Format = "test", Curves = [new(c, 16e-12) { SyncRate = 20e6, Duration = 2, Meaning = HistogramMeaning.Decay }] };

        var decay = DecaySet.Of(Set(counts)).Decays[0];
        Assert.Equal((3125, 50e-9), (decay.Counts.Length, decay.Period!.Value));

        counts[60_000] = 100_000;
        Assert.Null(DecaySet.Of(Set(counts)).Decays[0].Period);
        var nameless = new HistogramSet { Format = "test", Curves = [new(counts, null)] };
        Assert.Throws<InsufficientDataException>(() => DecaySet.Of(nameless));
    }
}
