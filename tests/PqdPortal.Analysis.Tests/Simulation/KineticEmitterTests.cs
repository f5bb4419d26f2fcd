using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class KineticEmitterTests
{
    const double Picosecond = 1e-12;

    static SimulationOptions Biexciton => new()
    {
        Kind = "kinetic", SchemePreset = "biexciton", Saturation = 0.5, Lifetime = 8e-9, BiexcitonLifetime = 1e-9, BiexcitonRatio = 0.3, Seed = 51,
    };

    static double Truth(SimulationOptions options, string name) => double.Parse(SimulationTruth.Expected(options)[name]!.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Waits between counts, followed jump by jump by System.Random: another generator and another way.</summary>
    static double[] Plain(KineticScheme scheme, double pump, double efficiency, int count)
    {
        var random = new Random(3);
        var waits = new List<double>();
        var (state, wait) = (0, 0.0);
        while (waits.Count <= count)
        {
            var jumps = scheme.Transitions.Where(t => t.From == state).Select(t => (t.To, Rate: t.IsPump ? pump : t.Rate, t.Yield)).ToArray();
            var leaving = jumps.Sum(j => j.Rate);
            wait -= Math.Log(1 - random.NextDouble()) / leaving;
            var pick = random.NextDouble() * leaving;
            var at = 0;
            while (at < jumps.Length - 1 && (pick -= jumps[at].Rate) >= 0) at++;
            state = jumps[at].To;
            if (random.NextDouble() >= jumps[at].Yield * efficiency) continue;
            waits.Add(Math.Floor(wait / Picosecond));
            wait = 0;
        }

        return [.. waits.Skip(1)];
    }

    [Theory]
    [InlineData("biexciton", "", 0.5)]
    [InlineData("charging", "", 0.3)]
    // A ring of one-way jumps has complex rates: its waits ring, and no sum of decays describes them.
    [InlineData("custom", "G>A pump; A>B 0.06; B>C 0.06; C>D 0.06; D>G 0.06 photon", 0.9)]
    public void Waits_between_counts_are_those_of_a_chain_followed_jump_by_jump(string preset, string text, double efficiency)
    {
        var options = Biexciton with
        {
            SchemePreset = preset, Scheme = text, Efficiency = [efficiency], Charging = 20e6, Neutralising = 10e6, Duration = 1.5e-3,
        };
        var scheme = KineticScheme.Of(options);

        var times = Seen.Of(options).Times(0);

        var waits = times.Zip(times.Skip(1), (a, b) => (double)(b - a)).ToArray();
        Assert.InRange(waits.Length, 9_000, 90_000);
        Assert.InRange(Statistics.Ks(waits, Plain(scheme, 0.5 / 8e-9, efficiency, 30_000)), 0, 2.4);
        // The test can tell: a stronger pump does not fit.
        Assert.True(Statistics.Ks(waits, Plain(scheme, 0.7 / 8e-9, efficiency, 30_000)) > 2.4);
    }

    [Theory]
    [InlineData("two_level")]
    [InlineData("three_level")]
    public void A_scheme_of_two_or_three_levels_says_what_the_closed_formula_says(string kind)
    {
        var closed = new SimulationOptions { Kind = kind, Saturation = 0.5, ShelvingProbability = 0.05, ShelfLifetime = 300e-9 };
        var scheme = closed with { Kind = "kinetic", SchemePreset = kind };

        foreach (var name in new[] { "t1_ns", "a", "g2_0", "g2_0_raw" })
            Assert.Equal(Truth(closed, name), Truth(scheme, name), 1e-9);
        if (kind == "three_level") Assert.Equal(Truth(closed, "t2_ns"), Truth(scheme, "t2_ns"), 1e-6);
    }

    [Theory]
    [InlineData("biexciton")]
    [InlineData("charging")]
    public void Coincidences_follow_the_curve_that_the_truth_gives(string preset)
    {
        var options = Biexciton with { SchemePreset = preset, Charging = 5e6, Neutralising = 5e6, Rate = [1.5e6, 1.5e6], Background = [2e5], Duration = 0.4 };

        var seen = Seen.Of(options);

        var scheme = KineticScheme.Of(options);
        var purity = Truth(options, "rho_squared");
        Assert.Equal(Math.Pow(1.5 / 1.7, 2), purity, 1e-12);
        var curve = Enumerable.Range(0, 1301).Select(i => scheme.G2(0.5 / 8e-9, i * 125e-12)).ToArray();
        Assert.InRange(Statistics.Misfit(Statistics.Pairs(seen.Times(0), seen.Times(1), 1000, 160), 1000, seen.Times(0).Length, seen.Times(1).Length, 0.4e12,
            t => 1 + purity * (curve[(int)Math.Min(1300, t / 125 + 0.5)] - 1)), -5, 5);
        var truth = SimulationTruth.Expected(options)["g2_curve"]!;
        Assert.Equal(1 + (scheme.G2(0.5 / 8e-9, 1e-9) - 1), truth["g2"]![9]!.GetValue<double>(), 1e-9);
        Assert.Equal(1, truth["delay_ns"]![9]!.GetValue<double>(), 1e-9);
    }

    [Fact]
    public void Sums_of_exponentials_are_the_curve()
    {
        var options = Biexciton with { SchemePreset = "charging" };
        var scheme = KineticScheme.Of(options);
        var parts = scheme.Correlation(0.5 / 8e-9)!;

        foreach (var delay in new[] { 0, 1e-9, 7e-9, 300e-9, 5e-6 })
            Assert.Equal(scheme.G2(0.5 / 8e-9, delay), 1 + parts.Sum(p => p.Amplitude * Math.Exp(-delay / p.Time)), 1e-8);
    }

    [Fact]
    public void Pulses_that_make_a_Poisson_number_of_excitons_give_the_ratio_of_the_closed_formula()
    {
        var options = Biexciton with
        {
            Excitation = "pulsed", Repetition = 5e6, MeanExcitons = 0.5, Rate = [4e5, 4e5], Duration = 0.6, TimeZero = 5e-9, PulseWidth = 200e-12,
        };

        var seen = Seen.Of(options);

        var (one, more, x) = (0.5 * Math.Exp(-0.5), 1 - Math.Exp(-0.5) * 1.5, 0.3);
        var g2 = 2 * more * x / Math.Pow(one + more + x * more, 2);
        Assert.Equal(g2, Truth(options, "g2_0"), 1e-6); // e^-25 of the excitons outlive a period
        Assert.InRange(seen.Times(0).Length, 2.4e5 - 5 * 490, 2.4e5 + 5 * 490);
        var pairs = Statistics.Pairs(seen.Times(0), seen.Times(1), 1, 6);
        var side = (pairs.Sum() - pairs[6]) / 12.0;
        var sigma = Math.Sqrt(pairs[6] + pairs[6] * (double)pairs[6] / (12 * side)) / side;
        Assert.True(pairs[6] > 300);
        Assert.InRange(pairs[6] / side, g2 - 5 * sigma, g2 + 5 * sigma);
    }

    [Fact]
    public void A_pulse_that_finds_the_dot_excited_or_charged_counts_as_the_truth_says()
    {
        // 10 ns between pulses, 8 ns of life, charges that stay for many pulses.
        var options = Biexciton with
        {
            SchemePreset = "charging", Excitation = "pulsed", Repetition = 100e6, MeanExcitons = 1, Rate = [2e6, 2e6], Charging = 5e6, Neutralising = 2e6,
            TrionYield = 0.5, Duration = 0.1,
        };
        var scheme = KineticScheme.Of(options);

        var seen = Seen.Of(options);

        // If the photons of a pulse were wrong, so would be the rate.
        Assert.InRange(seen.Times(0).Length, 2e5 - 8 * 447, 2e5 + 8 * 447); // charging bunches the counts a little
        // The same chain followed plainly, pulse by pulse: photons and pairs of a period.
        var random = new Random(5);
        var (state, photons, pairs) = (0, 0.0, 0.0);
        const int pulses = 400_000;
        for (var i = 0; i < pulses; i++)
        {
            var n = 0;
            for (var left = -Math.Log(1 - random.NextDouble()); left < 1; left -= Math.Log(1 - random.NextDouble())) n++;
            for (; n > 0; n--) state = scheme.Pumped(state) ?? state;
            var seenNow = 0;
            for (var t = 0.0; ;)
            {
                var jumps = scheme.Transitions.Where(x => !x.IsPump && x.From == state).ToArray();
                if (jumps.Length == 0) break;
                var leaving = jumps.Sum(j => j.Rate);
                if ((t -= Math.Log(1 - random.NextDouble()) / leaving) >= 10e-9) break;
                var pick = random.NextDouble() * leaving;
                var at = 0;
                while (at < jumps.Length - 1 && (pick -= jumps[at].Rate) >= 0) at++;
                state = jumps[at].To;
                if (random.NextDouble() < jumps[at].Yield) seenNow++;
            }

            photons += seenNow;
            pairs += seenNow * (seenNow - 1);
        }

        var expected = scheme.Pulsed(1, 10e-9);
        Assert.Equal(expected.Photons, photons / pulses, 0.01 * expected.Photons);
        Assert.Equal(expected.Pairs, pairs / pulses, 5 * Math.Sqrt(2 * expected.Pairs / pulses) + 1e-6);
    }

    [Fact]
    public void Blinking_of_type_A_shortens_the_lifetime_and_B_leaves_it()
    {
        SimulationOptions Dot(string type) => new()
        {
            Kind = "pulsed", Blinking = "exponential", BlinkBrightness = [1, 0.2], BlinkType = type, BlinkMean = [1e-3, 1e-3], Repetition = 5e6, Duration = 0.5, Seed = 52,
            TimeZero = 5e-9,
        };

        foreach (var (type, off) in new[] { ("A", 0.8), ("B", 8.0), ("BC", 1.6) })
        {
            var truth = SimulationTruth.Expected(Dot(type));
            Assert.Equal(off, truth["tau_off_ns"]!.GetValue<double>(), 1e-9);
            Assert.Equal(type == "B" ? "B" : "A", truth["blinking_type"]!.GetValue<string>());
            Assert.Equal(type switch { "A" => 2.0, "BC" => 1.0, _ => 0.2 }, truth["rate_ratio_trion"]!.GetValue<double>(), 1e-9);
            var seen = Seen.Of(Dot(type));
            var on = seen.Run!.TimeInState[0][0] / 0.5;
            var (mean, sigma) = Statistics.Moments(seen.Events.Select(e => (e.Dtime + 0.5) * 16e-12 - 5e-9));
            var expected = (on * 8e-9 + 0.2 * (1 - on) * off * 1e-9) / (on + 0.2 * (1 - on));
            Assert.Equal(expected, mean, 5 * sigma / Math.Sqrt(seen.Events.Count));
        }
    }

    [Theory]
    [InlineData("G>X", "cannot be read")]
    [InlineData("G>X fast", "cannot be read")]
    [InlineData("G>X pump; X>G 0.1", "no transition that radiates")]
    [InlineData("G>X pump; X>G 0.1 photon 2", "cannot be read")]
    [InlineData("G>X pump photon", "is a pump and cannot radiate")]
    [InlineData("G>X pump; G>Y pump; X>G 1 photon; Y>G 1", "pumps G to two states")]
    [InlineData("G>X pump; X>G pump; X>G 1 photon", "pumps in a circle")]
    [InlineData("G>X pump; X>G 1 photon; X>dark 0.1", "never comes back to G from dark")]
    [InlineData("G>G 1 photon", "back to its own state")]
    public void A_scheme_that_cannot_be_followed_is_refused_by_its_transition(string text, string said) =>
        Assert.Contains(said, Assert.Throws<RequestException>(() => KineticScheme.Parse(text)).Message);
}
