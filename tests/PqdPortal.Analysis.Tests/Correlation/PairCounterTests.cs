using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Tests.Correlation;

public class PairCounterTests
{
    static readonly PairClock Picoseconds = new(1e-12, 1, 0, 1);

    static PairCounts Count(MemoryPhotons photons, PairAxis axis, int[]? channels = null, double? duration = null)
    {
        var counter = new PairCounter(PairClock.Of(photons), axis, channels, duration ?? photons.HeaderDuration);
        photons.Read(counter);
        return counter.Finish(duration ?? photons.HeaderDuration ?? photons.Times.Max() * photons.Tick!.Value);
    }

    [Fact]
    public void Pairs_fall_into_the_bins_that_the_formula_names()
    {
        // d = 3, M = 2: bins -7..-5, -4..-2, -1..1, 2..4, 5..7.
        var axis = new PairAxis(1e-12, 3, 2, 0);
        var photons = MemoryPhotons.T2(1e-6, [100, 1000, 2000, 3000], [101, 102, 992, 993, 1007, 1008, 1996, 2000]);

        var counts = Count(photons, axis);

        Assert.Equal([1, 1, 2, 1, 1], counts.Pairs);
        Assert.Equal((4, 8), (counts.Starts, counts.Stops));
    }

    [Fact]
    public void A_part_that_begins_with_many_micro_times_finds_room_for_its_head()
    {
        // 30 million photons a second: the head of a part, two milliseconds, is longer than the list that waits for it.
        const int period = 12_500, step = 16;
        var random = new Random(5);
        var times = TestEmitter.Steady(3e7, 0.006, random);
        var codes = times.Select(_ => (short)random.Next(2)).ToArray();
        var (pulses, dtimes) = (times.Select(t => t / period).ToArray(), times.Select(t => (int)(t % period / step)).ToArray());
        var clock = new PairClock(1e-12, period, step, step);
        var axis = new PairAxis(1e-12, 17 * step + 1, 100, 0);

        var whole = new PairCounter(clock, axis, [0, 1], 0.006);
        Add(whole, 0, times.Length);
        var joined = new PairCounter(clock, axis, [0, 1], 0.006);
        var part = (PairCounter)joined.Fork();
        var half = times.Length / 2;
        Add(joined, 0, half);
        Add(part, half, times.Length);
        Assert.True(joined.CanJoin([part]));
        joined.Join([part]);

        Assert.Equal(whole.Finish(0.006).Pairs, joined.Finish(0.006).Pairs);

        void Add(PairCounter counter, int from, int to)
        {
            for (; from < to; from += 50_000)
            {
                var n = Math.Min(50_000, to - from);
                counter.Add(new PhotonBatch(pulses.AsSpan(from, n), codes.AsSpan(from, n), dtimes.AsSpan(from, n)));
            }
        }
    }

    [Fact]
    public void A_start_meets_every_stop_not_only_the_first()
    {
        var axis = new PairAxis(1e-12, 1, 5, 0);

        var counts = Count(MemoryPhotons.T2(1e-6, [10], [11, 12, 13, 20]), axis);

        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0], counts.Pairs);
    }

    [Theory]
    [InlineData(1, 0, 4096)]
    [InlineData(1001, 0, 4096)]
    [InlineData(1001, 0, 7)]
    [InlineData(333, 200_000, 1000)]
    [InlineData(501, -1_700_000, 4096)]
    [InlineData(100_001, 0, 4096)]
    public void The_fast_counter_agrees_with_the_plain_one(long width, long delay, int batch)
    {
        var random = new Random(3);
        var a = TestEmitter.Steady(2e6, 0.01, random);
        var b = TestEmitter.Steady(3e6, 0.01, random);
        var merged = MemoryPhotons.T2(0.01, a, b);
        var photons = new MemoryPhotons
        {
            Format = "", RecordType = "", Mode = "T2", Tick = 1e-12, HeaderDuration = 0.01,
            Times = merged.Times, Codes = merged.Codes, BatchSize = batch,
        };
        var axis = new PairAxis(1e-12, width, 400, delay);

        var counts = Count(photons, axis);

        Assert.Equal(PlainPairs.Count(a, b, axis), counts.Pairs);
    }

    [Fact]
    public void Blocks_hold_the_pairs_of_their_own_starts_with_stops_from_the_whole_stream()
    {
        var random = new Random(4);
        var a = TestEmitter.Steady(1e6, 0.02, random);
        var b = TestEmitter.Steady(2e6, 0.02, random);
        var axis = new PairAxis(1e-12, 1001, 100_000 / 1001 * 50, 0);

        var counts = Count(MemoryPhotons.T2(0.02, a, b), axis);

        Assert.Equal(20, counts.Blocks.Count);
        for (var k = 0; k < 20; k++)
        {
            var own = a.Where(t => t / 1_000_000_000 == k).ToArray();
            Assert.Equal(PlainPairs.Count(own, b, axis), counts.Blocks[k].Pairs);
            Assert.Equal(own.Length, counts.Blocks[k].Starts);
            Assert.Equal(b.Count(t => t / 1_000_000_000 == k), counts.Blocks[k].Stops);
            Assert.Equal(1e-3, counts.Blocks[k].Length, 1e-12);
        }
    }

    [Fact]
    public void Without_a_duration_the_blocks_still_share_out_all_pairs()
    {
        var random = new Random(5);
        var a = TestEmitter.Steady(2e5, 0.3, random);
        var b = TestEmitter.Steady(2e5, 0.3, random);
        var axis = new PairAxis(1e-12, 1001, 500, 0);
        var photons = MemoryPhotons.T2(null, a, b);

        var counts = Count(photons, axis, duration: null);

        Assert.InRange(counts.Blocks.Count, 20, 40);
        Assert.Equal(PlainPairs.Count(a, b, axis), counts.Pairs);
        Assert.Equal((a.Length, b.Length), (counts.Starts, counts.Stops));
        Assert.Equal(photons.Times.Max() * 1e-12, counts.Blocks.Sum(block => block.Length), 1e-9);
    }

    [Fact]
    public void Photons_slightly_out_of_order_are_counted_as_if_sorted_and_reported()
    {
        var random = new Random(6);
        var a = TestEmitter.Steady(2e6, 0.01, random);
        var b = TestEmitter.Steady(2e6, 0.01, random);
        var sorted = MemoryPhotons.T2(0.01, a, b);
        var (times, codes) = (sorted.Times.ToArray(), sorted.Codes.ToArray());
        for (var i = 5; i < times.Length - 9; i += random.Next(3, 40))
        {
            var j = i + random.Next(1, 8);
            (times[i], times[j], codes[i], codes[j]) = (times[j], times[i], codes[j], codes[i]);
        }

        var photons = new MemoryPhotons
        {
            Format = "", RecordType = "", Mode = "T2", Tick = 1e-12, HeaderDuration = 0.01, Times = times, Codes = codes, BatchSize = 100,
        };
        var axis = new PairAxis(1e-12, 1001, 500, 0);

        var counts = Count(photons, axis);

        Assert.Equal(PlainPairs.Count(a, b, axis), counts.Pairs);
        Assert.Equal((a.Length, b.Length), (counts.Starts, counts.Stops));
        Assert.Equal(0, counts.TooLate);
        Assert.True(counts.Disordered > 100);
        Assert.InRange(counts.WorstDisorder, 1e-6, 1e-4);
        for (var k = 0; k < 20; k++)
            Assert.Equal(a.Count(t => t / 500_000_000 == k), counts.Blocks[k].Starts);
    }

    [Fact]
    public void The_lower_code_becomes_the_first_detector_whoever_speaks_first()
    {
        var axis = new PairAxis(1e-12, 1, 3, 0);

        var counts = Count(MemoryPhotons.T2(1e-6, [12], [], [10, 11]), axis);

        Assert.Equal((0, 2), (counts.Channels.Start, counts.Channels.Stop));
        Assert.Equal([0, 1, 1, 0, 0, 0, 0], counts.Pairs);
        Assert.Equal((1, 2), (counts.Starts, counts.Stops));
    }

    [Fact]
    public void Chosen_channels_keep_their_order_and_others_are_only_counted()
    {
        var axis = new PairAxis(1e-12, 1, 3, 0);

        var counts = Count(MemoryPhotons.T2(1e-6, [12], [11], [10, 13]), axis, [2, 0]);

        Assert.Equal([0, 0, 1, 0, 0, 1, 0], counts.Pairs);
        Assert.Equal(1, counts.Others[1]);
    }

    [Fact]
    public void Sync_events_and_markers_are_no_photons()
    {
        var photons = new MemoryPhotons
        {
            Format = "", RecordType = "", Mode = "T2", Tick = 1e-12, HeaderDuration = 1e-6,
            Times = [5, 10, 11, 12, 13], Codes = [Channels.Sync, 0, Channels.Sync, 101, 1],
        };

        var counts = Count(photons, new PairAxis(1e-12, 1, 5, 0));

        Assert.Equal((1, 1), (counts.Starts, counts.Stops));
        Assert.Empty(counts.Others);
        Assert.Equal(1, counts.Pairs[8]);
    }

    [Fact]
    public void A_photon_shared_by_both_detectors_at_one_tick_is_a_pair_at_zero()
    {
        var counts = Count(MemoryPhotons.T2(1e-6, [10, 20], [10, 20]), new PairAxis(1e-12, 1, 2, 0));

        Assert.Equal([0, 0, 2, 0, 0], counts.Pairs);
    }

    [Fact]
    public void T3_times_join_sync_count_and_micro_time()
    {
        // 12.5 ns period, 16 ps steps: 781.25 steps a period.
        var photons = new MemoryPhotons
        {
            Format = "", RecordType = "", Mode = "T3", Tick = 12.5e-9, SyncPeriod = 12.5e-9, ChannelWidth = 16e-12, HeaderDuration = 1e-3,
            Times = [100, 100, 104, 1000], Codes = [0, 1, 1, 0], Dtimes = [10, 17, 0, 0],
        };
        var clock = PairClock.Of(photons);
        var axis = PairAxis.For(clock, 16e-12, 60e-9, 0);

        var counts = Count(photons, axis);

        Assert.Equal(16e-12, axis.BinSeconds, 1e-18);
        Assert.Equal(1, counts.Pairs[axis.Side + 7]);
        Assert.Equal(1, counts.Pairs[axis.Side + 3115]); // 4 x 781.25 - 10 steps
        Assert.Equal(2, counts.Pairs.Sum());
    }

    [Fact]
    public void An_even_width_becomes_the_next_odd_one()
    {
        Assert.Equal((1001, 500), (PairAxis.For(Picoseconds, 1e-9, 500e-9, 0).Width, PairAxis.For(Picoseconds, 1e-9, 500e-9, 0).Side));
        Assert.Equal(999, PairAxis.For(Picoseconds, 0.999e-9, 500e-9, 0).Width);
        Assert.Equal(251, PairAxis.For(new PairClock(4e-12, 1, 0, 1), 1e-9, 500e-9, 0).Width);
        Assert.Equal(1, PairAxis.For(new PairClock(4e-12, 1, 0, 1), 1e-12, 5e-9, 0).Width);
    }

    [Fact]
    public void Long_silences_are_found_and_short_waits_are_not()
    {
        var random = new Random(7);
        long[] Shuttered(long[] times) => [.. times.Where(t => t is < 300_000_000_000 or > 450_000_000_000)];
        var photons = MemoryPhotons.T2(1, Shuttered(TestEmitter.Steady(2e4, 1, random)), Shuttered(TestEmitter.Steady(2e4, 1, random)));

        var counts = Count(photons, new PairAxis(1e-12, 1001, 500, 0));

        var (from, to) = Assert.Single(counts.Silences);
        Assert.Equal(0.30, from, 0.001);
        Assert.Equal(0.45, to, 0.001);
    }
}
