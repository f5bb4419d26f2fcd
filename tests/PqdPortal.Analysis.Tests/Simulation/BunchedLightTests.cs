using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class BunchedLightTests
{
    static double Truth(SimulationOptions options, string name) => SimulationTruth.Expected(options)[name]!.GetValue<double>();

    /// <summary>Third factorial moment in windows of w, over the mean cubed.</summary>
    static double Third(long[] times, long window, long duration)
    {
        var counts = new double[duration / window];
        foreach (var t in times)
            if (t / window < counts.Length) counts[t / window]++;
        var mean = counts.Average();
        return counts.Average(n => n * (n - 1) * (n - 2)) / (mean * mean * mean);
    }

    [Theory]
    [InlineData(1, 1e-6)]
    [InlineData(3, 1e-6)]
    public void Thermal_light_bunches_by_the_number_of_its_modes(int modes, double tau)
    {
        var options = new SimulationOptions { Kind = "thermal", Modes = modes, CoherenceTime = tau, Rate = [5e5, 5e5], Duration = 0.3, Seed = 61 };

        var seen = Seen.Of(options);

        Assert.Equal(1 + 1.0 / modes, Truth(options, "g2_0"), 1e-12);
        Assert.Equal("field", SimulationTruth.Expected(options)["method"]!.GetValue<string>());
        var (a, b) = (seen.Times(0), seen.Times(1));
        // Bunching adds to the spread of the counts: 1 + 2 A tc r.
        Assert.InRange(a.Length, 1.5e5 - 5 * Math.Sqrt(1.5e5 * 2), 1.5e5 + 5 * Math.Sqrt(1.5e5 * 2));
        Assert.InRange(Statistics.Misfit(Statistics.Pairs(a, b, 100_000, 40), 100_000, a.Length, b.Length, 0.3e12,
            t => 1 + Math.Exp(-t / (tau * 1e12)) / modes), -5, 5);
        Assert.True(Statistics.Misfit(Statistics.Pairs(a, b, 100_000, 40), 100_000, a.Length, b.Length, 0.3e12,
            t => 1 + Math.Exp(-2 * t / (tau * 1e12)) / modes) > 10);
    }

    [Fact]
    public void Three_photons_of_thermal_light_come_together_six_times_as_often()
    {
        var options = new SimulationOptions { Kind = "thermal", CoherenceTime = 1e-3, Rate = [3e5], Duration = 3, Seed = 62 };

        var g3 = Third(Seen.Of(options).Times(0), 20_000_000, 3_000_000_000_000);

        Assert.Equal(6, Truth(options, "g3_0"), 1e-12);
        // 1500 independent stretches, whose third moment spreads by sqrt(E I^6 - 36) = 26: 0.7 of sigma.
        Assert.InRange(g3, 6 - 3, 6 + 3);
        Assert.True(g3 > 4.1); // pairs alone would give 4
    }

    [Fact]
    public void Fast_thermal_light_is_drawn_as_pairs_and_bunches_the_same()
    {
        var options = new SimulationOptions { Kind = "thermal", CoherenceTime = 200e-12, Rate = [1.5e6, 1e6], Duration = 1, Seed = 63, Background = [5e5, 0] };

        var seen = Seen.Of(options);

        Assert.Equal("pairs", SimulationTruth.Expected(options)["method"]!.GetValue<string>());
        Assert.Equal(4, Truth(options, "g3_0"), 1e-12);
        var (a, b) = (seen.Times(0), seen.Times(1));
        Assert.InRange(a.Length, 2e6 - 5 * 1415, 2e6 + 5 * 1415);
        var purity = Truth(options, "rho_squared");
        Assert.Equal(0.75, purity, 1e-12);
        Assert.InRange(Statistics.Misfit(Statistics.Pairs(a, b, 40, 50), 40, a.Length, b.Length, 1e12, t => 1 + purity * Math.Exp(-t / 200)), -5, 5);
    }

    [Theory]
    [InlineData(6.0, 2e-9)] // a few counts of a hundred share a burst
    [InlineData(3.0, 2e-6)] // many counts in each
    public void Bursts_are_as_superbunched_as_asked_for(double amplitude, double tau)
    {
        var options = new SimulationOptions { Kind = "clusters", ClusterAmplitude = amplitude, CoherenceTime = tau, Rate = [7e5, 7e5], Duration = 0.5, Seed = 64 };

        var seen = Seen.Of(options);

        Assert.Equal("yes", SimulationTruth.Expected(options)["superbunched"]!.GetValue<string>());
        var (a, b) = (seen.Times(0), seen.Times(1));
        // Bursts spread the counts by 1 + 2 A tc r of all detectors.
        var spread = Math.Sqrt(3.5e5 * (1 + 2 * amplitude * tau * 7e5));
        Assert.InRange(a.Length, 3.5e5 - 5 * spread, 3.5e5 + 5 * spread);
        // Pairs of one burst are not independent of each other; wide bins and a wide margin where bursts are large.
        var bin = (long)(tau * 1e12 / 10);
        var misfit = Statistics.Misfit(Statistics.Pairs(a, b, bin, 30), bin, a.Length, b.Length, 0.5e12, t => 1 + amplitude * Math.Exp(-t / (tau * 1e12)));
        Assert.InRange(misfit, -5, tau < 1e-8 ? 5 : 20);
        Assert.True(Statistics.Misfit(Statistics.Pairs(a, b, bin, 30), bin, a.Length, b.Length, 0.5e12, t => 1 + 0.5 * amplitude * Math.Exp(-t / (tau * 1e12))) > (tau < 1e-8 ? 5 : 25));
    }

    [Fact]
    public void Three_photons_of_a_burst_come_together_as_the_truth_says()
    {
        var options = new SimulationOptions { Kind = "clusters", ClusterAmplitude = 3, CoherenceTime = 2e-6, Rate = [1e6], Duration = 2, Seed = 65 };

        // In windows of tc/20 the triple peak is lowered by a few percent.
        var g3 = Third(Seen.Of(options).Times(0), 100_000, 2_000_000_000_000);

        Assert.Equal(1 + 9 + 12, Truth(options, "g3_0"), 1e-12);
        Assert.InRange(g3, 22 * 0.88, 22 * 1.06);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public void A_drift_makes_the_light_fall_or_grow_from_the_rate_asked_for(double perHour)
    {
        foreach (var kind in new[] { "two_level", "steady" })
        {
            var options = new SimulationOptions { Kind = kind, Rate = [2e5], Background = [1e4], Drift = perHour, Duration = 1, Seed = 66, Saturation = 1 };

            var times = Seen.Of(options).Times(0);

            // e^(-t) or e^t over one second.
            var sign = Math.Sign(perHour);
            foreach (var (from, to) in new[] { (0.0, 0.25), (0.75, 1.0) })
            {
                var expected = 2e5 * sign * (Math.Exp(sign * to) - Math.Exp(sign * from)) + 1e4 * (to - from);
                Assert.InRange(times.Count(t => t >= from * 1e12 && t < to * 1e12), expected - 5 * Math.Sqrt(expected), expected + 5 * Math.Sqrt(expected));
            }

            Assert.Equal(perHour, Truth(options, "drift_per_hour"));
            Assert.Equal(2.1e5, Truth(options, "initial_cps"), 1);
            Assert.Equal(times.Length, Truth(options, "mean_cps"), 5 * Math.Sqrt(times.Length));
        }
    }
}
