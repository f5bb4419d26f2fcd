using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class PulsedEmitterTests
{
    static SimulationOptions Pulsed => new()
    {
        Kind = "pulsed", Repetition = 5e6, Lifetime = 10e-9, MeanExcitons = 0.5, Rate = [4e5, 4e5], Duration = 0.6, TimeZero = 5e-9, Seed = 21,
    };

    /// <summary>Pairs of detector A and B by difference of pulse number, 0 to reach.</summary>
    static double[] Peaks(Seen seen, int reach)
    {
        var pairs = Statistics.Pairs(seen.Times(0), seen.Times(1), 1, reach);
        return [.. pairs.Skip(reach).Select(n => (double)n)];
    }

    [Fact]
    public void A_dot_without_biexciton_light_never_gives_two_photons_of_one_pulse()
    {
        var seen = Seen.Of(Pulsed);

        var peaks = Peaks(seen, 4);
        Assert.InRange(seen.Times(0).Length, 2.4e5 - 5 * 490, 2.4e5 + 5 * 490);
        // 20 lifetimes between pulses: e^-19.5 of the photons fall into the next period.
        Assert.Equal(0, peaks[0]);
        // Independent pulses: N1 N2 / pulses in every other peak.
        var expected = (double)seen.Times(0).Length * seen.Times(1).Length / 3e6;
        for (var m = 1; m <= 4; m++) Assert.InRange(peaks[m], expected - 5 * Math.Sqrt(expected), expected + 5 * Math.Sqrt(expected));
    }

    [Theory]
    [InlineData(0.5, 0.3)]
    [InlineData(2.0, 0.8)]
    [InlineData(0.02, 0.5)]
    public void Centre_over_side_peaks_is_that_of_Poisson_absorption(double n, double x)
    {
        // At two excitons a pulse most pulses are seen twice: the counted share must be small enough to be asked for.
        var options = Pulsed with { MeanExcitons = n, BiexcitonRatio = x, BiexcitonLifetime = 1.5e-9, Rate = n < 0.1 ? [4e4, 4e4] : [4e5, 4e5], Duration = n < 0.1 ? 8 : 0.6 };

        var seen = Seen.Of(options);

        var (one, more) = (n * Math.Exp(-n), 1 - Math.Exp(-n) * (1 + n));
        var expected = 2 * more * x / Math.Pow(one + more + x * more, 2);
        Assert.Equal(expected, SimulationTruth.Expected(options)["g2_0"]!.GetValue<double>(), 1e-6);
        var peaks = Peaks(seen, 6);
        var side = peaks[1..].Average();
        var sigma = Math.Sqrt(peaks[0] + peaks[0] * peaks[0] / (6 * side)) / side;
        Assert.True(peaks[0] > 50, $"{peaks[0]} pairs in the centre are too few to test by");
        Assert.InRange(peaks[0] / side, expected - 5 * sigma, expected + 5 * sigma);
    }

    [Fact]
    public void Exciton_photons_come_by_the_exponential_law_after_time_zero()
    {
        var seen = Seen.Of(Pulsed);

        // Each photon is spread over its 16 ps channel by the golden ratio's sequence, so that the steps do not count.
        var delays = seen.Events.Select((e, i) => (e.Dtime + i * 0.618033988749895 % 1) * 16e-12 - 5e-9).Take(200_000);
        Assert.InRange(Statistics.Ks(delays, t => t < 0 ? 0 : 1 - Math.Exp(-t / 10e-9)), 0, 2.4);
    }

    [Fact]
    public void The_biexciton_photon_comes_first_and_fast()
    {
        var options = Pulsed with { MeanExcitons = 3, BiexcitonRatio = 1, BiexcitonLifetime = 1e-9, Rate = [1e6, 1e6], Duration = 0.2 };

        var seen = Seen.Of(options);

        // Photons of a pulse: n e^-n single excitons of mean 10 ns; of each biexciton one of mean 1 ns, one of 11 ns.
        var (one, more) = (3 * Math.Exp(-3), 1 - Math.Exp(-3) * 4);
        var (mean, sigma) = Statistics.Moments(seen.Events.Select(e => (e.Dtime + 0.5) * 16e-12 - 5e-9));
        var expected = (one * 10e-9 + more * (1e-9 + 11e-9)) / (one + 2 * more);
        Assert.InRange(mean, expected - 5 * sigma / 632, expected + 5 * sigma / 632);
        // Distribution: the sum of the two waits against the closed form.
        double Cascade(double t) => 1 - (10 * Math.Exp(-t / 10e-9) - Math.Exp(-t / 1e-9)) / 9;
        var delays = seen.Events.Select((e, i) => (e.Dtime + i * 0.618033988749895 % 1) * 16e-12 - 5e-9).Take(200_000);
        Assert.InRange(Statistics.Ks(delays, t => t < 0 ? 0
            : (one * (1 - Math.Exp(-t / 10e-9)) + more * (1 - Math.Exp(-t / 1e-9)) + more * Cascade(t)) / (one + 2 * more)), 0, 2.4);
    }

    [Fact]
    public void A_decay_longer_than_the_period_is_folded_into_it()
    {
        var options = Pulsed with { Repetition = 50e6, Lifetime = 15e-9, TimeZero = 0, Duration = 0.3 };

        var seen = Seen.Of(options);

        var fold = 1 - Math.Exp(-20.0 / 15);
        var delays = seen.Events.Select((e, i) => (e.Dtime + i * 0.618033988749895 % 1) * 16e-12);
        Assert.InRange(Statistics.Ks(delays, t => (1 - Math.Exp(-t / 15e-9)) / fold), 0, 2.4);
        // Tails of pulses before the start are there from the first period on.
        Assert.Contains(seen.Events.Take(200), e => e.Dtime > 0);
    }

    [Fact]
    public void Each_blinking_state_has_its_own_lifetime_and_brightness()
    {
        var options = Pulsed with
        {
            Blinking = "exponential", BlinkBrightness = [1, 0.25], BlinkLifetime = [10e-9, 2e-9], BlinkMean = [1e-3, 1e-3], Duration = 0.8,
        };

        var seen = Seen.Of(options);

        var on = seen.Run!.TimeInState[0][0] / 0.8;
        var photonsOn = on / (on + 0.25 * (1 - on));
        var (mean, sigma) = Statistics.Moments(seen.Events.Select(e => (e.Dtime + 0.5) * 16e-12 - 5e-9));
        var expected = photonsOn * 10e-9 + (1 - photonsOn) * 2e-9;
        var tolerance = 5 * sigma / Math.Sqrt(seen.Events.Count);
        Assert.InRange(mean, expected - tolerance, expected + tolerance);
    }

    [Fact]
    public void Laser_events_stand_in_a_T2_stream_at_every_divided_pulse()
    {
        var options = Pulsed with { RecordType = "HydraHarp V2 T2", SyncDivider = 8, Duration = 0.01 };

        var seen = Seen.Of(options);

        var sync = seen.Times(-1);
        Assert.Equal(Enumerable.Range(0, 6250).Select(i => i * 1_600_000L), sync); // 8 x 200 ns in ps
        Assert.True(seen.Events.Zip(seen.Events.Skip(1), (a, b) => b.Time >= a.Time).All(ordered => ordered));
        // Photons follow their pulse: 5 ns and a decay of 10 ns after it, modulo 200 ns.
        var (mean, sigma) = Statistics.Moments(seen.Events.Where(e => e.Channel >= 0).Select(e => e.Time % 200_000 * 1e-12 - 5e-9));
        Assert.InRange(mean, 10e-9 - 5 * sigma / 89, 10e-9 + 5 * sigma / 89);
    }
}
