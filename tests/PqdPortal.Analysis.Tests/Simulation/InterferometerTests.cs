using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class InterferometerTests
{
    static SimulationOptions Hom => new()
    {
        Kind = "hom", Repetition = 80e6, Lifetime = 0.3e-9, TimeZero = 2e-9, Rate = [2e6, 1.5e6], Duration = 0.15, Indistinguishability = 0.7, NoiseShare = 0.05,
        Reflectance = 0.4, Contrast = 0.96, Seed = 71,
    };

    static double Truth(SimulationOptions options, string name) => SimulationTruth.Expected(options)[name]!.GetValue<double>();

    [Theory]
    [InlineData(1, "parallel")]
    [InlineData(1, "orthogonal")]
    [InlineData(3, "parallel")]
    [InlineData(0, "parallel")]
    [InlineData(0, "orthogonal")]
    public void Peaks_of_a_Hong_Ou_Mandel_measurement_have_the_areas_of_theory(int delay, string polarisation)
    {
        var options = Hom with { HomDelay = delay, Polarisation = polarisation };

        var seen = Seen.Of(options);

        var pairs = Statistics.Pairs(seen.Times(0), seen.Times(1), 1, 60).Select(n => (double)n).ToArray();
        double At(int m) => (pairs[60 + m] + pairs[60 - m]) / 2;
        var far = Enumerable.Range(8, 50).Average(At);
        // Independent photons: N1 N2 per pulse.
        Assert.InRange(far, seen.Times(0).Length * (double)seen.Times(1).Length / 12e6 - 5 * Math.Sqrt(far / 100), seen.Times(0).Length * (double)seen.Times(1).Length / 12e6 + 5 * Math.Sqrt(far / 100));
        var centre = Truth(options, polarisation == "parallel" ? "A0_parallel" : "A0_orthogonal");
        Assert.InRange(pairs[60] / far, centre - 5 * Math.Sqrt(centre / far), centre + 5 * Math.Sqrt(centre / far));
        var (r, t, g) = (0.4, 0.6, 2 * 0.05 * 0.95);
        var orthogonal = r * r + t * t + 2 * r * t * g;
        Assert.Equal(polarisation == "parallel" ? orthogonal - 2 * r * t * 0.96 * 0.96 * 0.7 * 0.95 * 0.95 : orthogonal, centre, 1e-12);
        // A photon cannot meet itself: the peaks one delay away lack half of what two meeting photons give.
        for (var m = 1; m <= 4; m++)
        {
            var expected = m == delay ? 1 - (1 - g) * (r * r + t * t) / 2 : 1;
            // Pairs of one pulse, one early and one late, bring g back by both orders of exits.
            Assert.InRange(At(m) / far, expected - 5 / Math.Sqrt(2 * far) - 0.005, expected + 5 / Math.Sqrt(2 * far) + 0.005);
        }
    }

    [Fact]
    public void The_table_of_a_Michelson_interferometer_has_the_contrast_it_was_asked_for()
    {
        foreach (var shape in new[] { "lorentzian", "gaussian" })
        {
            var options = new SimulationOptions
            {
                Kind = "michelson", LineShape = shape, T2 = 40e-12, V0 = 0.9, Rate = [1e6], Background = [2e4], CoarseSteps = 21, CoarseMax = 100e-12, Duration = 21 * 24 * 0.02,
                Seed = 72, Lifetime = 100e-12,
            };
            using var text = new StringWriter();

            var truth = SimulatedFile.WriteTable(options, text)["truth"]!;

            var lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.StartsWith("# SIMULATED", lines[0]);
            Assert.Equal("coarse_delay_ps,fine_delay_fs,counts", lines[1]);
            var rows = lines.Skip(2).Select(line => line.Split(',').Select(double.Parse).ToArray()).ToArray();
            Assert.Equal(21 * 24, rows.Length);
            var chi2 = 0.0;
            foreach (var point in rows.GroupBy(row => row[0]))
            {
                // Three whole fringes: mean and first harmonic stand apart.
                var (c0, c1, c2) = (point.Average(p => p[2]) - 400, 0.0, 0.0);
                foreach (var p in point)
                {
                    var phase = 2 * Math.PI * 0.299792458 * p[1] / 0.520;
                    c1 += p[2] * Math.Cos(phase) / 12;
                    c2 += p[2] * Math.Sin(phase) / 12;
                }

                var expected = 0.9 * (shape == "gaussian" ? Math.Exp(-Math.PI / 2 * Math.Pow(point.Key / 40, 2)) : Math.Exp(-Math.Abs(point.Key) / 40));
                var variance = 2 * 20_400.0 / 24 / (20_000.0 * 20_000);
                chi2 += Math.Pow((c1 * c1 + c2 * c2) / (c0 * c0) - 2 * variance - expected * expected, 2) / (4 * expected * expected * variance + 4 * variance * variance);
            }

            Assert.InRange(chi2, 5, 47); // 21 points: 0.01 % on either side
            Assert.Equal(0.2, truth["fourier_ratio"]!.GetValue<double>(), 1e-12);
            Assert.Equal(shape == "gaussian" ? 2747.0 / 40 : 1316.4 / 40, truth["linewidth_ueV"]!.GetValue<double>(), 0.01);
            Assert.Equal(400, truth["background_counts"]!.GetValue<double>(), 1e-6);
        }
    }

    [Fact]
    public void A_marked_stream_of_a_Michelson_interferometer_swings_from_one_exit_to_the_other()
    {
        var options = new SimulationOptions
        {
            Kind = "michelson", V0 = 1, T2 = 1e-9, CoarseSteps = 1, FineSteps = 8, FineRange = 520e-9 / 299_792_458, Rate = [1e6, 1e6], Duration = 0.8, Seed = 73,
        };

        var seen = Seen.Of(options);

        Assert.Equal(Enumerable.Range(1, 7).Select(i => i * 100_000_000_000L), seen.Times(101));
        var first = new double[8];
        var second = new double[8];
        foreach (var t in seen.Times(0)) first[t / 100_000_000_000]++;
        foreach (var t in seen.Times(1)) second[t / 100_000_000_000]++;
        var light = Michelson.Points(options).Select(p => p.Light).ToArray();
        for (var i = 0; i < 8; i++)
        {
            Assert.InRange(first[i], 1e5 * light[i] - 5 * Math.Sqrt(1e5 * light[i]) - 1, 1e5 * light[i] + 5 * Math.Sqrt(1e5 * light[i]) + 1);
            Assert.InRange(second[i], 1e5 * (2 - light[i]) - 5 * Math.Sqrt(2e5) - 1, 1e5 * (2 - light[i]) + 5 * Math.Sqrt(2e5) + 1);
        }

        Assert.True(first.Max() > 1.8e5 && first.Min() < 0.2e5);
    }

    [Fact]
    public void What_an_interferometer_cannot_do_is_refused()
    {
        Assert.Contains("two exits", Assert.Throws<RequestException>(() => new PhotonGenerator(Hom with { Rate = [1e5] })).Message);
        Assert.Contains("one at most", Assert.Throws<RequestException>(() => new PhotonGenerator(Hom with { Rate = [45e6, 1e5] })).Message);
        Assert.Contains("Only an interferometer", Assert.Throws<RequestException>(() => SimulatedFile.WriteTable(new SimulationOptions(), TextWriter.Null)).Message);
        Assert.Contains("too short", Assert.Throws<RequestException>(() => new PhotonGenerator(new SimulationOptions { Kind = "michelson", CoarseSteps = 2000, FineSteps = 2000 })).Message);
    }
}
