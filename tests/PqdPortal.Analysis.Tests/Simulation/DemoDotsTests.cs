using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class DemoDotsTests
{
    [Fact]
    public void The_demo_laboratory_has_three_compositions_of_six_dots()
    {
        Assert.All(DemoDots.All.GroupBy(dot => dot.Composition), group => Assert.Equal([1, 2, 3, 4, 5, 6], group.Select(dot => dot.Number)));
        Assert.Equal(["CsPbBr3", "Cs0.2FA0.8PbBr3", "FAPbBr3"], DemoDots.All.Select(dot => dot.Composition).Distinct());
        Assert.Equal(18, DemoDots.All.Select(dot => dot.Options.Seed).Distinct().Count());
        Assert.Equal(18, DemoDots.All.Select(dot => dot.FileName).Distinct().Count());
    }

    [Fact]
    public void Each_demo_file_is_of_a_handy_size_and_rests_on_enough_pairs_for_a_verdict()
    {
        foreach (var dot in DemoDots.All)
        {
            var truth = dot.Truth;
            var rates = truth["total_cps"]!.AsArray().Select(r => r!.GetValue<double>()).ToArray();
            // 4 bytes a photon, and at most one overflow record in 33.55 us of a T2 file.
            var photons = rates.Sum() * dot.Options.Duration;
            var bytes = 4 * (photons + (truth["time_unit_s"] is null ? 0 : dot.Options.Duration / 33.55e-6));
            Assert.InRange(bytes, 2e6, 9e6);

            if (truth["t1_ns"]?.GetValue<double>() is { } t1)
                Assert.InRange(rates[0] * rates[1] * dot.Options.Duration * 2 * t1 * 1e-9, 150, double.MaxValue);
            Assert.InRange(truth["g2_0"]!.GetValue<double>(), 0, 0.45);
            Assert.InRange(truth["tau_ns"]!.GetValue<double>(), 5, 15);
        }
    }

    [Fact]
    public void A_tenth_of_each_demo_dot_can_be_drawn()
    {
        foreach (var dot in DemoDots.All)
        {
            using var file = new MemoryStream();
            var options = dot.Options with { Duration = dot.Options.Duration / 10 };
            var truth = SimulatedFile.Write(options, file);

            var expected = truth["truth"]!["total_cps"]!.AsArray().Sum(r => r!.GetValue<double>()) * options.Duration;
            var photons = truth["realised"]!["photons"]!.AsArray().Sum(n => n!.GetValue<long>());
            // A blinking dot is on for a share known to 20 % in so few dwells.
            var tolerance = options.Blinking == "none" ? 5 * Math.Sqrt(expected) : 0.5 * expected;
            Assert.InRange(photons, expected - tolerance, expected + tolerance);
        }
    }
}
