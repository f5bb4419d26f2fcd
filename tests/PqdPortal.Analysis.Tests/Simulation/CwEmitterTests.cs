using System.Text.Json.Nodes;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class CwEmitterTests
{
    const double Picosecond = 1e-12;

    static double Truth(SimulationOptions options, string name) => SimulationTruth.Expected(options)[name]!.GetValue<double>();

    [Theory]
    [InlineData(0.1, 0.002)] // weak detection, as in a laboratory
    [InlineData(1.0, 0.9)] // nearly every photon counted, where an approximation of rare counts would fail
    [InlineData(20, 0.5)]
    public void Waits_between_counts_follow_the_exact_law_of_a_thinned_two_level_emitter(double saturation, double efficiency)
    {
        var options = new SimulationOptions
        {
            Efficiency = [efficiency], Saturation = saturation, Lifetime = 8e-9, Seed = 5, Tick = 0.5e-12,
            Duration = 60_000 * 8e-9 * (1 + 1 / saturation) / efficiency,
        };

        var times = Seen.Of(options).Times(0);

        // s^2 + (W + G) s + p W G = (s + a)(s + b)
        var (w, g) = (saturation / 8e-9, 1 / 8e-9);
        var root = Math.Sqrt((w + g) * (w + g) - 4 * efficiency * w * g);
        var (a, b) = ((w + g + root) / 2, (w + g - root) / 2);
        var waits = times.Zip(times.Skip(1), (x, y) => (y - x + 0.01) * 0.5e-12);
        Assert.InRange(times.Length, 59_000, 61_000);
        Assert.InRange(Statistics.Ks(waits, t => 1 - (a * Math.Exp(-b * t) - b * Math.Exp(-a * t)) / (a - b)), 0, 2.4);
    }

    [Fact]
    public void Thinned_waits_are_those_of_an_emitter_followed_cycle_by_cycle()
    {
        var options = new SimulationOptions { Efficiency = [0.2], Saturation = 0.7, Lifetime = 5e-9, Seed = 6, Duration = 3e-3 };
        var times = Seen.Of(options).Times(0);
        var waits = times.Zip(times.Skip(1), (x, y) => (double)(y - x)).ToArray();

        var random = new Random(1);
        var plain = new double[waits.Length];
        for (var i = 0; i < plain.Length; i++)
        {
            var wait = 0.0;
            do wait += -Math.Log(1 - random.NextDouble()) * 5e3 / 0.7 - Math.Log(1 - random.NextDouble()) * 5e3;
            while (random.NextDouble() >= 0.2);
            plain[i] = Math.Floor(wait);
        }

        Assert.InRange(waits.Length, 45_000, 55_000);
        Assert.InRange(Statistics.Ks(waits, plain), 0, 2.4);
    }

    [Fact]
    public void Waits_with_a_shelf_are_those_of_an_emitter_followed_state_by_state()
    {
        var options = new SimulationOptions
        {
            Kind = "three_level", Efficiency = [0.1], Saturation = 0.5, Lifetime = 8e-9, ShelvingProbability = 0.05,
            ShelfLifetime = 400e-9, Seed = 7, Duration = 20e-3,
        };
        var times = Seen.Of(options).Times(0);
        var waits = times.Zip(times.Skip(1), (x, y) => (double)(y - x)).ToArray();

        var random = new Random(2);
        double Wait(double mean) => -mean * Math.Log(1 - random.NextDouble());
        var plain = new double[waits.Length];
        for (var i = 0; i < plain.Length; i++)
            for (var counted = false; !counted;)
            {
                plain[i] += Wait(16e3) + Wait(8e3);
                if (random.NextDouble() < 0.05) plain[i] += Wait(400e3);
                else counted = random.NextDouble() < 0.1;
            }

        Assert.InRange(waits.Length, 35_000, 60_000);
        Assert.InRange(Statistics.Ks(waits, plain), 0, 2.4);
    }

    [Fact]
    public void A_two_level_emitter_shows_full_antibunching_with_the_rate_of_pump_and_decay()
    {
        var options = new SimulationOptions { Lifetime = 8e-9, Saturation = 0.25, Rate = [2e6, 3e6], Duration = 0.5, Seed = 8 };

        var seen = Seen.Of(options);

        var (a, b) = (seen.Times(0), seen.Times(1));
        const double t1 = 1 / (1.25 / 8e-9);
        Assert.Equal(t1 * 1e9, Truth(options, "t1_ns"), 1e-9);
        Assert.InRange(a.Length, 1e6 - 5 * 1e3, 1e6 + 5 * 1e3);
        Assert.InRange(b.Length, 1.5e6 - 5 * 1.3e3, 1.5e6 + 5 * 1.3e3);
        var pairs = Statistics.Pairs(a, b, 500, 100);
        Assert.InRange(Statistics.Misfit(pairs, 500, a.Length, b.Length, 0.5e12, t => 1 - Math.Exp(-t * Picosecond / t1)), -5, 5);
        // The test can tell: a lifetime of 8 ns without the pump's share does not fit.
        Assert.True(Statistics.Misfit(pairs, 500, a.Length, b.Length, 0.5e12, t => 1 - Math.Exp(-t * Picosecond / 8e-9)) > 10);
    }

    [Theory]
    [InlineData(4, null, 0.75)]
    [InlineData(1, 0.2, 0.2)]
    public void Several_emitters_fill_the_dip_as_far_as_they_should(int emitters, double? asked, double g0)
    {
        var options = new SimulationOptions
        {
            Lifetime = 8e-9, Saturation = 0.5, Rate = [2e6, 2e6], Duration = 0.5, Seed = 9, Emitters = emitters, G2AtZero = asked,
        };

        var seen = Seen.Of(options);

        Assert.Equal(g0, Truth(options, "g2_0"), 1e-12);
        var (a, b) = (seen.Times(0), seen.Times(1));
        const double t1 = 8e-9 / 1.5;
        Assert.InRange(Statistics.Misfit(Statistics.Pairs(a, b, 500, 100), 500, a.Length, b.Length, 0.5e12,
            t => 1 - (1 - g0) * Math.Exp(-t * Picosecond / t1)), -5, 5);
    }

    [Fact]
    public void A_shelf_gives_the_dip_and_the_bunching_that_its_truth_names()
    {
        var options = new SimulationOptions
        {
            Kind = "three_level", Lifetime = 8e-9, Saturation = 0.5, ShelvingProbability = 0.05, ShelfLifetime = 300e-9,
            Rate = [2e6, 2e6], Duration = 0.5, Seed = 10,
        };

        var seen = Seen.Of(options);

        var (a, b) = (seen.Times(0), seen.Times(1));
        var (t1, amplitude, t2) = (Truth(options, "t1_ns") * 1e3, Truth(options, "a"), Truth(options, "t2_ns") * 1e3);
        Assert.InRange(Statistics.Misfit(Statistics.Pairs(a, b, 2000, 300), 2000, a.Length, b.Length, 0.5e12,
            t => 1 - (1 + amplitude) * Math.Exp(-t / t1) + amplitude * Math.Exp(-t / t2)), -5, 5);
    }

    [Fact]
    public void The_truth_of_a_shelf_solves_its_rate_equations()
    {
        var options = new SimulationOptions
        {
            Kind = "three_level", Lifetime = 8e-9, Saturation = 0.5, ShelvingProbability = 0.05, ShelfLifetime = 300e-9,
        };
        var (t1, amplitude, t2) = (Truth(options, "t1_ns"), Truth(options, "a"), Truth(options, "t2_ns"));

        // Runge-Kutta over ground, excited, shelf from the ground state, in steps of 0.01 ns.
        var (w, g, p, k) = (0.5 / 8, 1 / 8.0, 0.05, 1 / 300.0);
        (double X, double S) Slope(double x, double s) => (w * (1 - x - s) - g * x, g * p * x - k * s);
        var steady = w * k / ((w + g) * k + w * g * p);
        var (x, s) = (0.0, 0.0);
        for (var i = 0; i <= 100_000; i++)
        {
            if (i % 500 == 0)
                Assert.Equal(1 - (1 + amplitude) * Math.Exp(-i * 0.01 / t1) + amplitude * Math.Exp(-i * 0.01 / t2), x / steady, 1e-8);
            var k1 = Slope(x, s);
            var k2 = Slope(x + 0.005 * k1.X, s + 0.005 * k1.S);
            var k3 = Slope(x + 0.005 * k2.X, s + 0.005 * k2.S);
            var k4 = Slope(x + 0.01 * k3.X, s + 0.01 * k3.S);
            x += 0.01 / 6 * (k1.X + 2 * k2.X + 2 * k3.X + k4.X);
            s += 0.01 / 6 * (k1.S + 2 * k2.S + 2 * k3.S + k4.S);
        }
    }

    [Fact]
    public void Background_fills_the_dip_by_the_square_of_the_purity()
    {
        var options = new SimulationOptions
        {
            Lifetime = 8e-9, Saturation = 0.5, Rate = [12e5, 12e5], Background = [6e5, 2e5], Dark = [0, 2e5], Duration = 0.5, Seed = 11,
        };

        var seen = Seen.Of(options);

        var (a, b) = (seen.Times(0), seen.Times(1));
        const double purity = 6.0 / 9 * (6.0 / 8);
        Assert.Equal(1 - purity, Truth(options, "g2_0_raw"), 1e-12);
        Assert.InRange(a.Length, 9e5 - 5 * Math.Sqrt(9e5), 9e5 + 5 * Math.Sqrt(9e5));
        Assert.InRange(Statistics.Misfit(Statistics.Pairs(a, b, 500, 100), 500, a.Length, b.Length, 0.5e12,
            t => 1 - purity * Math.Exp(-t * Picosecond / (8e-9 / 1.5))), -5, 5);
    }

    [Fact]
    public void Adding_background_leaves_the_emitters_own_photons_where_they_were()
    {
        var options = new SimulationOptions { Duration = 0.1, Seed = 12 };

        var alone = Seen.Of(options).Events;
        var together = Seen.Of(options with { Background = [5000] }).Events;

        Assert.True(together.Count > alone.Count);
        Assert.Empty(alone.Except(together));
    }

    [Fact]
    public void A_rate_that_the_emitter_cannot_give_is_refused()
    {
        // G/2 at saturation 1: 62.5 million photons a second from 8 ns.
        var error = Assert.Throws<RequestException>(() => new PhotonGenerator(
            new SimulationOptions { Saturation = 1, Rate = [40e6, 40e6] }));

        Assert.Contains("6.25E+07", error.Message);
        Assert.Contains("excite harder", error.Message);
    }

    [Fact]
    public void Exponential_blinking_is_on_for_the_share_of_time_it_should_be_and_bunches_the_light()
    {
        var options = new SimulationOptions
        {
            Blinking = "exponential", BlinkBrightness = [1, 0.2], BlinkMean = [1e-3, 3e-3], Rate = [5e5], Duration = 4, Seed = 13,
        };

        var seen = Seen.Of(options);

        // Variance of the share of time of a telegraph signal: 2 p (1 - p) t / T with 1/t = 1/on + 1/off.
        var sigma = Math.Sqrt(2 * 0.25 * 0.75 * 0.75e-3 / 4);
        var on = seen.Run!.TimeInState[0][0] / 4;
        Assert.InRange(on, 0.25 - 5 * sigma, 0.25 + 5 * sigma);
        var times = seen.Times(0);
        var expected = 4 * 5e5 * (on + 0.2 * (1 - on));
        Assert.InRange(times.Length, expected - 5 * Math.Sqrt(expected), expected + 5 * Math.Sqrt(expected));

        // In bins of 20 us the intensity correlates as 1 + A exp(-tau/t) with A = Var I / mean^2.
        var bins = new double[200_000];
        foreach (var t in times) bins[t / 20_000_000]++;
        var mean = bins.Average();
        double Correlation(int lag) => Enumerable.Range(0, bins.Length - lag).Average(i => bins[i] * bins[i + lag]) / (mean * mean) - 1;
        var amplitude = Truth(options, "blink_amplitude");
        Assert.Equal(0.75 * 0.25 * 0.8 * 0.8 / (0.4 * 0.4), amplitude, 1e-12);
        // About 1000 cycles: the correlation is known to about 2 sqrt(2 t / T) = 4 % of it, the tolerance is five of these.
        Assert.InRange(Correlation(1), amplitude * 0.8, amplitude * 1.2);
        Assert.InRange(Correlation(38) / Correlation(1), 0.37 * 0.7, 0.37 * 1.3); // one time constant later
    }

    [Theory]
    [InlineData("power_law")]
    [InlineData("power_law_cutoff")]
    public void Dark_gaps_of_power_law_blinking_follow_the_truncated_law(string law)
    {
        var options = new SimulationOptions
        {
            Blinking = law, BlinkBrightness = [1, 0], BlinkAlpha = [1.8, 1.5], BlinkShortest = 1e-3, BlinkLongest = 1, BlinkCutoff = 0.05,
            Rate = [1e5], Duration = 40, Seed = 14, Saturation = 1,
        };

        var times = Seen.Of(options).Times(0);

        // At 100 kcps no gap of 0.5 ms belongs to a bright time; a gap is the dwell and on average one wait (10 us) more.
        var gaps = times.Zip(times.Skip(1), (a, b) => (b - a) * Picosecond - 10e-6).Where(gap => gap > 0.5e-3).ToArray();
        Assert.InRange(gaps.Length, 200, 50_000);
        // The law integrated plainly on a logarithmic grid.
        const int steps = 20_000;
        var step = Math.Log(1e3) / steps;
        var below = new double[steps + 1];
        for (var i = 0; i < steps; i++)
        {
            var t = 1e-3 * Math.Exp((i + 0.5) * step);
            below[i + 1] = below[i] + Math.Pow(t, -0.5) * (law == "power_law" ? 1 : Math.Exp(-t / 0.05));
        }

        Assert.InRange(Statistics.Ks(gaps, gap => below[(int)Math.Clamp(Math.Log(gap / 1e-3) / step, 0, steps)] / below[steps]), 0, 2.4);
    }

    [Fact]
    public void A_bleached_dot_leaves_only_the_background()
    {
        var options = new SimulationOptions { Rate = [1e5], Background = [1e4], Bleaching = 0.6, Duration = 1, Seed = 15 };

        var times = Seen.Of(options).Times(0);

        Assert.InRange(times.Count(t => t < 600_000_000_000), 66_000 - 5 * 257, 66_000 + 5 * 257);
        Assert.InRange(times.Count(t => t >= 600_000_000_000), 4_000 - 5 * 64, 4_000 + 5 * 64);
    }

    [Fact]
    public void Memory_does_not_grow_with_the_length_of_the_run()
    {
        var options = new SimulationOptions { Rate = [1e6, 1e6], Jitter = [200e-12], Duration = 0.01, Seed = 16 };
        long Allocated(double duration)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            new PhotonGenerator(options with { Duration = duration }).Run(new Nobody());
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated(0.01); // the first call also allocates what stays
        var (small, large) = (Allocated(0.01), Allocated(1));

        Assert.InRange(large, 0, small + 4096);
    }

    sealed class Nobody : PqdPortal.Analysis.Measurements.IPhotonConsumer
    {
        public void Add(in PqdPortal.Analysis.Measurements.PhotonBatch batch) { }
    }
}
