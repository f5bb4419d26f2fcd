using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Tests.Correlation;

/// <summary>Pairs by lag over many decades: the fast ways against every pair counted by hand.</summary>
public class LagCounterTests
{
    const double Tick = 1e-12;

    [Fact]
    public void Lag_bins_ascend_one_by_one_below_ten_ticks_and_ten_a_decade_above()
    {
        var grid = LagGrid.For(Tick, 1e-12, 1, 10);

        Assert.Equal([1L, 2, 3, 4, 5, 6, 7, 8, 9, 10], grid.Edges[..10]);
        Assert.All(Enumerable.Range(0, grid.Bins), j => Assert.True(grid.Edges[j + 1] > grid.Edges[j]));
        Assert.InRange(grid.Edges[^1], 0.99e12, 1.001e12);
        Assert.InRange(grid.Edges.Count(edge => edge is >= 950_000 and < 9_500_000), 10, 10);
        // Never a coarser step of the ladder than a hundredth of the lag, and every edge on a step.
        Assert.All(grid.Edges.Where(edge => edge >= 100), edge => Assert.True(edge % (1L << LagGrid.Level(edge)) == 0 && edge >> LagGrid.Level(edge) >= 100));
    }

    [Theory]
    [InlineData(300e3, 0.05, 1e-12, 1)]
    [InlineData(300e3, 0.05, 1e-7, 3)]
    [InlineData(2e6, 0.02, 1e-9, 20)]
    [InlineData(3e3, 3.0, 1e-6, 10)]
    public void Bins_counted_photon_by_photon_hold_exactly_the_pairs_there_are(double rate, double duration, double from, int perDecade)
    {
        var random = new Random(5);
        var (a, b) = (TestEmitter.Steady(rate, duration, random), TestEmitter.Steady(0.7 * rate, duration, random));
        foreach (var one in new[] { false, true })
        {
            var counts = Count(one ? MemoryPhotons.T2(duration, a) : MemoryPhotons.T2(duration, a, b), LagGrid.For(Tick, from, duration / 10, perDecade), one ? [0] : null, duration);
            var plain = Plain(a, one ? a : b, counts.Grid, one, counts.ExactBins);

            Assert.InRange(counts.ExactBins, 3, counts.Grid.Bins);
            Assert.Equal(plain[..counts.ExactBins], Enumerable.Range(0, counts.ExactBins).Select(counts.Pairs));
        }
    }

    [Fact]
    public void Crowded_photons_are_counted_exactly_too()
    {
        // Bursts of 400 photons within 20 us: hundreds of partners for each, where pointers count.
        var random = new Random(6);
        var (a, b) = (new List<long>(), new List<long>());
        for (var burst = 0; burst < 200; burst++)
            for (var i = 0; i < 400; i++)
                (random.Next(2) == 0 ? a : b).Add(burst * 1_000_000_000L + random.Next(20_000_000));
        a.Sort();
        b.Sort();
        var counts = Count(MemoryPhotons.T2(0.2, [.. a], [.. b]), LagGrid.For(Tick, 1e-9, 0.02, 10), null, 0.2);

        Assert.Equal(Plain([.. a], [.. b], counts.Grid, false, counts.ExactBins)[..counts.ExactBins], Enumerable.Range(0, counts.ExactBins).Select(counts.Pairs));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_ladder_agrees_with_every_pair_counted_within_a_thousandth(bool one)
    {
        // A wave in the rate makes a curve that bends, which rounding of lags in one direction would shift.
        const double duration = 1;
        var random = new Random(7);
        long[] Wave(double rate) => [.. TestEmitter.Steady(rate, duration, random)
            .Where(t => random.NextDouble() < 0.5 + 0.5 * Math.Sin(2 * Math.PI * t * Tick / 2e-3))];
        var (a, b) = (Wave(400e3), Wave(400e3));
        var grid = LagGrid.For(Tick, 2e-6, 0.02, 10);
        var counts = Count(one ? MemoryPhotons.T2(duration, a) : MemoryPhotons.T2(duration, a, b), grid, one ? [0] : null, duration);
        var plain = Plain(a, one ? a : b, grid, one, grid.Bins);

        Assert.True(grid.Bins - counts.ExactBins > 20);
        for (var j = counts.ExactBins; j < grid.Bins; j++)
            Assert.InRange(counts.Pairs(j) / (double)plain[j], 0.999, 1.001);
        // Steps that round all lags down, as a list of coarse times does, would not have passed: half a step shifts the curve by more.
        var live = new[] { (0.0, duration) };
        var shift = Enumerable.Range(counts.ExactBins, grid.Bins - counts.ExactBins - 1).Max(j =>
        {
            var step = (1L << LagGrid.Level(grid.Edges[j])) * Tick;
            var slope = (plain[j + 1] / counts.Expected(j + 1, live, live) - plain[j] / counts.Expected(j, live, live)) / (grid.Centre(j + 1) - grid.Centre(j));
            return Math.Abs(slope * 0.5 * step);
        });
        Assert.InRange(shift, 0.0012, 1);
    }

    [Theory]
    [InlineData(300e3, 0, 0.5, 10)]  // even light: bins of time as bytes
    [InlineData(100e3, 1e6, 1.0, 3)] // bursts among it: some pieces of the run by pointers
    [InlineData(1e3, 3e6, 1.0, 10)]  // hardly anything but bursts
    public void Long_lags_hold_exactly_the_pairs_of_coarse_times(double rate, double inBursts, double duration, int perDecade)
    {
        // In steps of 2^l a pair has a whole lag, which one order of the detectors takes from p to q, the other from p + 1 to q + 1.
        var random = new Random(13);
        long[] Bursting(double part) =>
        [
            .. TestEmitter.Steady(part * rate, duration, random)
                .Concat(TestEmitter.Steady(part * inBursts, duration, random).Where(t => t / 7_000_000_000L % 20 == 0)).Order(),
        ];
        var (a, b) = (Bursting(0.6), Bursting(0.4));
        var grid = LagGrid.For(Tick, 1e-6, 2e-3, perDecade);
        var counts = Count(MemoryPhotons.T2(duration, a, b), grid, [0, 1], duration);
        var plain = new long[grid.Bins];
        for (var j = counts.ExactBins; j < grid.Bins; j++)
            foreach (var (starts, stops, late) in new[] { (a, b, 0), (b, a, 1) })
            {
                var level = LagGrid.Level(grid.Edges[j]);
                int from = 0, to = 0;
                foreach (var t in starts)
                {
                    while (from < stops.Length && stops[from] >> level < (t >> level) + (grid.Edges[j] >> level) + late) from++;
                    while (to < stops.Length && stops[to] >> level < (t >> level) + (grid.Edges[j + 1] >> level) + late) to++;
                    plain[j] += to - from;
                }
            }

        Assert.InRange(counts.ExactBins, 3, grid.Bins - 3);
        Assert.Equal(plain[counts.ExactBins..], Enumerable.Range(counts.ExactBins, grid.Bins - counts.ExactBins).Select(counts.Pairs));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(5000)]
    public void Any_size_of_batch_gives_the_same_pairs(int size)
    {
        var random = new Random(8);
        var whole = Light(random);
        var grid = LagGrid.For(Tick, 1e-9, 0.05, 10);
        var usual = Count(whole, grid, null, 0.5);

        var cut = Count(new()
        {
            Format = "test", RecordType = "test T2", Mode = "T2", Tick = Tick, HeaderDuration = 0.5, AvailableRecords = whole.Times.Length,
            Times = whole.Times, Codes = whole.Codes, BatchSize = size,
        }, grid, null, 0.5);

        for (var b = 0; b < usual.Rows.Count; b++) Assert.Equal(usual.Rows[b], cut.Rows[b]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_threads_count_the_same_pairs(bool one)
    {
        var whole = Light(new Random(14));
        var grid = LagGrid.For(Tick, 1e-9, 0.05, 10);

        var (alone, together) = (Count(whole, grid, one ? [0] : null, 0.5), Count(whole, grid, one ? [0] : null, 0.5, threads: 2));

        for (var b = 0; b < alone.Rows.Count; b++) Assert.Equal(alone.Rows[b], together.Rows[b]);
    }

    [Fact]
    public void Photons_a_little_out_of_order_are_sorted_in()
    {
        var whole = Light(new Random(9));
        var grid = LagGrid.For(Tick, 1e-9, 0.05, 10);
        var usual = Count(whole, grid, null, 0.5);
        var (times, codes) = ((long[])whole.Times.Clone(), (short[])whole.Codes.Clone());
        for (var i = 3; i < times.Length; i += 7)
        {
            (times[i], times[i - 3]) = (times[i - 3], times[i]);
            (codes[i], codes[i - 3]) = (codes[i - 3], codes[i]);
        }

        var mixed = Count(new()
        {
            Format = "test", RecordType = "test T2", Mode = "T2", Tick = Tick, HeaderDuration = 0.5, AvailableRecords = times.Length, Times = times, Codes = codes,
        }, grid, null, 0.5);

        for (var j = 0; j < grid.Bins; j++) Assert.Equal(usual.Pairs(j), mixed.Pairs(j));
    }

    [Fact]
    public void Blocks_together_hold_all_pairs_and_each_those_of_its_own_starts()
    {
        var whole = Light(new Random(10));
        var grid = LagGrid.For(Tick, 1e-6, 1e-3, 10);
        var counts = Count(whole, grid, null, 0.5);
        long border = (long)Math.Round(counts.BlockLength / Tick);
        long[] Of(int c, bool first) => [.. whole.Times.Where((t, i) => whole.Codes[i] == c && (!first || t / border == 3))];
        var (fromA, fromB) = (Plain(Of(0, true), Of(1, false), grid, true, counts.ExactBins), Plain(Of(1, true), Of(0, false), grid, true, counts.ExactBins));

        for (var j = 0; j < counts.ExactBins; j++) Assert.Equal(fromA[j] + fromB[j], counts.Rows[3][j]);
    }

    [Fact]
    public void A_clock_that_jumps_by_years_takes_no_longer()
    {
        var random = new Random(11);
        var a = TestEmitter.Steady(50e3, 0.1, random).Concat(TestEmitter.Steady(50e3, 0.1, random).Select(t => t + 4_000_000_000_000_000_000)).ToArray();
        var b = TestEmitter.Steady(50e3, 0.1, random);
        var counts = Count(MemoryPhotons.T2(0.1, a, b), LagGrid.For(Tick, 1e-7, 0.01, 10), null, 0.1);

        Assert.Equal(Plain([.. a.Where(t => t < 1e18)], b, counts.Grid, false, counts.ExactBins)[..counts.ExactBins], Enumerable.Range(0, counts.ExactBins).Select(counts.Pairs));
    }

    [Fact]
    public void The_symmetric_normalisation_takes_out_a_drift_that_the_plain_one_shows()
    {
        // A rate that rises by half over the run: at a lag of a tenth of it, N1 N2/T² is off by more than the symmetric form.
        const double duration = 20;
        var random = new Random(12);
        long[] Rising(double rate) => [.. TestEmitter.Steady(rate, duration, random).Where(t => random.NextDouble() < 0.6 + 0.4 * t * Tick / duration)];
        var (a, b) = (Rising(50e3), Rising(50e3));
        var counts = Count(MemoryPhotons.T2(duration, a, b), LagGrid.For(Tick, 0.1, 2, 10), null, duration);
        var live = new[] { (0.0, duration) };
        var last = counts.Grid.Bins - 1;
        var (from, to) = counts.Grid.Span(last);

        var symmetric = counts.Pairs(last) / counts.Expected(last, live, live) - 1;
        var plain = counts.Pairs(last) / (2.0 * a.Length * b.Length * (to - from) * (duration - 0.5 * (from + to)) / (duration * duration)) - 1;

        // What is left is the drift's own correlation, variance over mean squared: (0.4²/12)/0.8² = 0.021 at lag 0, 0.017 here.
        Assert.InRange(symmetric, 0.014, 0.021);
        Assert.InRange(Math.Abs(symmetric - plain), 5e-4, 0.1);
    }

    static MemoryPhotons Light(Random random) => MemoryPhotons.T2(0.5, TestEmitter.Steady(200e3, 0.5, random), TestEmitter.Steady(100e3, 0.5, random));

    internal static LagCounts Count(MemoryPhotons photons, LagGrid grid, IReadOnlyList<int>? channels, double duration, int threads = 1)
    {
        var counter = new LagCounter(Tick, grid, channels, duration, photons.Times.Length, threads);
        photons.Read(counter);
        return counter.Finish(duration);
    }

    /// <summary>Every pair with two moving edges for each bin; both orders unless it is one detector, whose later photon is the partner.</summary>
    static long[] Plain(long[] a, long[] b, LagGrid grid, bool oneOrder, int bins)
    {
        var pairs = new long[grid.Bins];
        foreach (var (first, second) in oneOrder ? new[] { (a, b) } : [(a, b), (b, a)])
            for (var j = 0; j < bins; j++)
            {
                int from = 0, to = 0;
                foreach (var t in first)
                {
                    while (from < second.Length && second[from] < t + grid.Edges[j]) from++;
                    while (to < second.Length && second[to] < t + grid.Edges[j + 1]) to++;
                    pairs[j] += to - from;
                }
            }

        return pairs;
    }
}
