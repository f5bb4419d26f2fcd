using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class DetectorTests
{
    static SimulationOptions Steady => new() { Kind = "steady", Rate = [1e6], Duration = 1, Seed = 31 };

    [Fact]
    public void Steady_light_is_a_Poisson_process()
    {
        var times = Seen.Of(Steady).Times(0);

        Assert.InRange(times.Length, 1e6 - 5e3, 1e6 + 5e3);
        Assert.InRange(Statistics.Ks(times.Zip(times.Skip(1), (a, b) => (b - a + 0.5) * 1e-12).Take(200_000), t => 1 - Math.Exp(-1e6 * t)), 0, 2.4);
    }

    [Fact]
    public void Jitter_spreads_arrival_times_by_its_sigma_and_each_detector_by_its_own()
    {
        var options = new SimulationOptions
        {
            Kind = "pulsed", Repetition = 5e6, Lifetime = 1e-12, TimeZero = 20e-9, Rate = [2e5, 2e5], MeanExcitons = 1,
            Jitter = [200e-12, 500e-12], ChannelWidth = 8e-12, Seed = 32, Duration = 1,
        };

        var seen = Seen.Of(options);

        foreach (var (channel, sigma) in new[] { (0, 200e-12), (1, 500e-12) })
        {
            var times = seen.Events.Where(e => e.Channel == channel).Select(e => (e.Dtime + 0.5) * 8e-12).ToArray();
            var moments = Statistics.Moments(times);
            Assert.InRange(moments.Mean, 20.001e-9 - 5 * sigma / 447, 20.001e-9 + 5 * sigma / 447);
            Assert.InRange(moments.Sigma, sigma * (1 - 5 / 632.0), sigma * (1 + 5 / 632.0));
            Assert.InRange(Statistics.Ks(times.Select((t, i) => t + (i * 0.618033988749895 % 1 - 0.5) * 8e-12),
                t => 0.5 * MathNet.Numerics.SpecialFunctions.Erfc((20.001e-9 - t) / sigma / Math.Sqrt(2))), 0, 2.6);
        }
    }

    [Fact]
    public void Jitter_leaves_events_in_the_order_of_time()
    {
        var events = Seen.Of(Steady with { Rate = [5e6, 5e6], Jitter = [2e-6 / 4, 0], Delay = [0, 3e-6], Duration = 0.05 }).Events;

        Assert.InRange(events.Count, 490_000, 510_000);
        Assert.True(events.Zip(events.Skip(1), (a, b) => b.Time >= a.Time).All(ordered => ordered));
    }

    [Fact]
    public void A_dead_time_takes_its_share_and_leaves_no_shorter_wait()
    {
        var times = Seen.Of(Steady with { Rate = [5e6], DeadTime = [80e-9], Duration = 0.5 }).Times(0);

        // Not prolonged by light: r / (1 + r t), its count's variance (Müller 1973) r T / (1 + r t)^3.
        var expected = 2.5e6 / 1.4;
        var sigma = Math.Sqrt(2.5e6 / Math.Pow(1.4, 3));
        Assert.InRange(times.Length, expected - 5 * sigma, expected + 5 * sigma);
        Assert.True(times.Zip(times.Skip(1), (a, b) => b - a).Min() >= 79_999);
    }

    [Fact]
    public void Afterpulses_add_their_share_and_come_after_the_dead_time()
    {
        var options = Steady with { Rate = [1e5], DeadTime = [30e-9], Afterpulse = [0.1], AfterpulseDecay = 40e-9, Duration = 5 };

        var seen = Seen.Of(options);

        // Each count is followed by one with chance p, itself too: r / (1 - p), less what falls into dead times.
        var times = seen.Times(0);
        var expected = 5e5 / 0.9 * (1 - 1e5 * 30e-9);
        Assert.InRange(times.Length, expected - 5 * 1000, expected + 5 * 1000);
        Assert.Equal(seen.Run!.Photons[0], times.Length);
        // Waits below 500 ns: exponential of 40 ns from 30 ns on, over the few accidental ones.
        var waits = times.Zip(times.Skip(1), (a, b) => (b - a) * 1e-12).Where(t => t < 500e-9).ToArray();
        var accidental = times.Length * 0.9 * 1e5 * 470e-9;
        Assert.InRange(waits.Length, 0.1 * times.Length + accidental - 5 * Math.Sqrt(waits.Length), 0.1 * times.Length + accidental + 5 * Math.Sqrt(waits.Length));
        Assert.InRange(waits.Count(t => t < 70e-9), 0.1 * (1 - Math.Exp(-1)) * times.Length - 1500, 0.1 * (1 - Math.Exp(-1)) * times.Length + 1500 + accidental / 10);
    }

    [Fact]
    public void A_breakdown_flash_is_seen_by_the_other_detector_one_light_path_later()
    {
        var options = Steady with { Rate = [2e5, 2e5], Crosstalk = 0.02, CrosstalkDelay = 15e-9, CrosstalkWidth = 100e-12, Duration = 2 };

        var seen = Seen.Of(options);

        var pairs = Statistics.Pairs(seen.Times(0), seen.Times(1), 1000, 30);
        var n = seen.Times(0).Length;
        var accidental = n * (double)seen.Times(1).Length * 1e-9 / 2;
        Assert.InRange(pairs[45], 0.02 * n + accidental - 5 * Math.Sqrt(0.02 * n), 0.02 * n + accidental + 5 * Math.Sqrt(0.02 * n));
        Assert.InRange(pairs[15], 0.02 * n + accidental - 5 * Math.Sqrt(0.02 * n), 0.02 * n + accidental + 5 * Math.Sqrt(0.02 * n));
        Assert.InRange(pairs[30], 0, accidental + 5 * Math.Sqrt(accidental));
    }

    [Fact]
    public void Markers_come_at_their_period_in_the_order_of_time()
    {
        var seen = Seen.Of(Steady with { Rate = [1e4, 1e4, 1e4], MarkerPeriod = 0.05, MarkerBits = 6 });

        Assert.Equal(Enumerable.Range(1, 19).Select(i => i * 50_000_000_000L), seen.Times(106));
        Assert.True(seen.Events.Zip(seen.Events.Skip(1), (a, b) => b.Time >= a.Time).All(ordered => ordered));
        Assert.All(new[] { 0, 1, 2 }, c => Assert.InRange(seen.Times(c).Length, 9_500, 10_500));
    }

    [Fact]
    public void A_tail_of_the_jitter_comes_late()
    {
        var options = new SimulationOptions
        {
            Kind = "pulsed", Repetition = 5e6, Lifetime = 1e-12, TimeZero = 20e-9, Rate = [2e5], MeanExcitons = 1, ChannelWidth = 8e-12, Seed = 33, Duration = 1,
            JitterTailShare = 0.3, JitterTail = 500e-12, Jitter = [50e-12],
        };

        var times = Seen.Of(options).Events.Select(e => (e.Dtime + 0.5) * 8e-12 - 20.001e-9).ToArray();

        // Mean 0.3 x 500 ps; variance 2 x 0.3 x 500^2 - 150^2 + 50^2.
        var (mean, sigma) = Statistics.Moments(times);
        Assert.Equal(150e-12, mean, 5 * sigma / Math.Sqrt(times.Length));
        Assert.Equal(Math.Sqrt(0.6 * 250_000 - 22_500 + 2_500) * 1e-12, sigma, 10e-12);
    }

    [Fact]
    public void A_measured_response_is_drawn_from_as_it_was_measured()
    {
        var options = new SimulationOptions
        {
            Kind = "pulsed", Repetition = 5e6, Lifetime = 1e-12, TimeZero = 20e-9, Rate = [2e5], MeanExcitons = 1, ChannelWidth = 8e-12, Seed = 34, Duration = 0.5,
            IrfCounts = [0, 1, 0, 0, 6, 3, 0], IrfBin = 80e-12,
        };

        var times = Seen.Of(options).Events.Select(e => (e.Dtime + 0.5) * 8e-12 - 20e-9).ToArray();

        var n = times.Length;
        int In(double from, double to) => times.Count(t => t >= from * 1e-12 && t < to * 1e-12);
        // The emitter's own picosecond carries a hundredth of each bin into the next.
        Assert.InRange(In(80, 168), 0.1 * n - 5 * Math.Sqrt(0.1 * n), 0.1 * n + 5 * Math.Sqrt(0.1 * n));
        Assert.Equal(0, In(192, 320));
        Assert.InRange(In(320, 400), 0.59 * n - 5 * Math.Sqrt(0.24 * n), 0.6 * n + 5 * Math.Sqrt(0.24 * n));
        Assert.InRange(In(400, 488), 0.3 * n - 5 * Math.Sqrt(0.21 * n), 0.31 * n + 5 * Math.Sqrt(0.21 * n));
    }

    [Fact]
    public void A_router_takes_nothing_from_any_detector_in_its_dead_time()
    {
        var seen = Seen.Of(Steady with { Rate = [1e6, 2e6], CommonDeadTime = 100e-9, Duration = 0.3 });

        var events = seen.Events;
        Assert.True(events.Zip(events.Skip(1), (a, b) => b.Time - a.Time).Min() >= 99_999);
        var expected = 0.3 * 3e6 / 1.3;
        Assert.InRange(events.Count, expected - 5 * Math.Sqrt(expected), expected + 5 * Math.Sqrt(expected));
        Assert.InRange(seen.Run!.LostToElectronics, 0.3 * 3e6 - expected - 5000, 0.3 * 3e6 - expected + 5000);
    }

    [Fact]
    public void Electronics_of_one_photon_a_pulse_keep_the_first()
    {
        var options = new SimulationOptions
        {
            Kind = "pulsed", Repetition = 10e6, Lifetime = 5e-9, TimeZero = 5e-9, MeanExcitons = 2, BiexcitonRatio = 1, BiexcitonLifetime = 5e-9, Rate = [3e6, 3e6],
            Duration = 0.05, Seed = 35,
        };

        var all = Seen.Of(options).Events;
        var first = Seen.Of(options with { OnePhotonPerSync = "yes" }).Events;

        Assert.True(first.Count < all.Count);
        Assert.Equal(all.GroupBy(e => e.Time).Select(g => g.First()), first);
        Assert.Equal("yes", SimulationTruth.Expected(options with { OnePhotonPerSync = "yes" })["pileup"]!.GetValue<string>());
    }
}
