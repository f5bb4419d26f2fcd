using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Tests.Correlation;

public class PairResponseTests
{
    const double Bin = 16e-12;

    static long[] Gaussian(double centre, double sigma, int photons, int seed, double tail = 0)
    {
        var random = new Random(seed);
        var counts = new long[3125];
        for (var i = 0; i < photons; i++)
        {
            var t = centre + sigma * TestEmitter.Normal(random) - (random.NextDouble() < 0.3 ? tail * Math.Log(1 - random.NextDouble()) : 0);
            counts[(int)(t / Bin)]++;
        }

        return counts;
    }

    static HistogramSet File(params long[][] curves) => new()
    {
        Format = "test", Curves = [.. curves.Select(counts => new HistogramCurve(counts, Bin) { Meaning = HistogramMeaning.Decay, SyncRate = 20e6 })],
    };

    [Fact]
    public void Two_measured_Gaussians_are_one_of_the_summed_squares()
    {
        var responses = InstrumentResponse.Of(File(Gaussian(3e-9, 200e-12, 1_000_000, 1), Gaussian(4.5e-9, 350e-12, 1_000_000, 2)));
        var (pair, delay) = PairResponse.Of(responses[0], responses[1]);

        Assert.Equal(1.5e-9, delay, 3e-12);
        Assert.Equal(Math.Sqrt(200.0 * 200 + 350 * 350), pair.Sigma * 1e12, 2.0);
        Assert.Equal(0, pair.Teeth.Sum(tooth => tooth.Lag * tooth.Weight), 1e-15);
        var (measured, closed) = (new double[101], new double[101]);
        pair.Average(measured, 50, 0.1e-9, 0.03e-9, 1 / 1e-9);
        TwoSidedExponential.Average(closed, 50, 0.1e-9, 0.03e-9, 1 / 1e-9, pair.Sigma);
        for (var i = 0; i < 101; i++) Assert.Equal(closed[i], measured[i], 3e-3);
    }

    [Fact]
    public void A_dip_blurred_by_measured_responses_is_found_as_it_was_and_not_without_them()
    {
        // A dip of 1 ns, seen by detectors with tails of 500 ps, the second 1.2 ns late.
        var random = new Random(5);
        var (a, b) = TestEmitter.TwoLevel(1e-9, 400e3, 10, random);
        long[] Blur(long[] times, double late)
        {
            var blurred = times.Select(t => t + (long)(1e12 * (late + 150e-12 * TestEmitter.Normal(random) - (random.NextDouble() < 0.3 ? 500e-12 * Math.Log(1 - random.NextDouble()) : 0)))).Where(t => t >= 0).ToArray();
            Array.Sort(blurred);
            return blurred;
        }

        var photons = MemoryPhotons.T2(10, Blur(a, 3e-9), Blur(b, 4.2e-9));
        var irf = File(Gaussian(3e-9, 150e-12, 500_000, 1, 500e-12), Gaussian(4.2e-9, 150e-12, 500_000, 2, 500e-12));
        var options = new CwG2Options { Channels = [0, 1], BinWidth = 0.2e-9, MaxDelay = 30e-9, Model = "two_level" };

        var right = CwG2.Compute(photons, options, irf: irf);
        var without = CwG2.Compute(photons, options);

        var (g0, t1) = (right.Quantity("g2_0_fit")!, right.Quantity("t1_ns")!);
        Assert.True(Math.Abs(g0.Value!.Value / g0.Sigma!.Value) < 4, $"{g0.Value} {g0.Sigma}");
        Assert.True(Math.Abs((t1.Value!.Value - 1) / t1.Sigma!.Value) < 4, $"{t1.Value} {t1.Sigma}");
        Assert.Contains("PAIR_RESPONSE", right.Messages.Select(message => message.Code));
        var blurred = without.Quantity("g2_0_fit")!;
        Assert.True(blurred.Value > 4 * blurred.Sigma, $"{blurred.Value} {blurred.Sigma}");
    }

    [Fact]
    public void What_cannot_be_told_is_refused_in_words()
    {
        var photons = MemoryPhotons.T2(1, [1, 2, 3], [4, 5]);
        var irf = File(Gaussian(3e-9, 200e-12, 10_000, 1), Gaussian(3e-9, 200e-12, 10_000, 2));

        Assert.Contains("channels", Assert.Throws<RequestException>(() => CwG2.Compute(photons, new(), irf: irf)).Message);
        Assert.Contains("not both", Assert.Throws<RequestException>(() => CwG2.Compute(photons, new() { Channels = [0, 1], IrfSigma = [1e-10] }, irf: irf)).Message);
        Assert.Contains("channel 5", Assert.Throws<RequestException>(() => CwG2.Compute(photons, new() { Channels = [0, 5] }, irf: irf)).Message);
        Assert.Throws<InsufficientDataException>(() => CwG2.Compute(photons, new() { Channels = [0, 1] }, irf: File(new long[100])));
    }
}
