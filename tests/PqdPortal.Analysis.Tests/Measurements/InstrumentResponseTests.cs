using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Tests.Correlation;

namespace PqdPortal.Analysis.Tests.Measurements;

public class InstrumentResponseTests
{
    /// <summary>Photons of a Gaussian response on a flat background, folded into the period.</summary>
    static DecayHistogram Gaussian(double centre, double sigma, int photons, double background, int bins = 782, double period = 12.5e-9, int seed = 1)
    {
        var random = new Random(seed);
        var counts = new long[bins];
        for (var i = 0; i < photons; i++)
        {
            var t = centre + sigma * TestEmitter.Normal(random);
            counts[(int)((t - Math.Floor(t / period) * period) / 16e-12)]++;
        }

        for (var i = 0; i < background * bins; i++) counts[random.Next(bins)]++;
        return new(0, counts, 16e-12) { Period = period };
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(40)]
    public void Centre_and_width_of_a_Gaussian_are_found_above_any_flat_background(double background)
    {
        var response = InstrumentResponse.Of(Gaussian(2e-9, 80e-12, 100_000, background));

        Assert.Equal(1, response.Weights.Sum(), 1e-9);
        // Standard errors sigma/sqrt(N) and sigma/sqrt(2N), here 0.25 and 0.18 ps; the background adds the noise of its bins.
        Assert.Equal(2e-9, response.Centre, 2e-12);
        Assert.Equal(80e-12, response.Sigma, background > 10 ? 4e-12 : 2e-12);
        Assert.Equal(188e-12, response.Fwhm, 12e-12);
        Assert.Equal(background, response.Background, 0.1 + 5 * Math.Sqrt(background / 700));
        Assert.Equal(100_000, response.Photons, 3_000.0);
    }

    [Fact]
    public void Leaving_the_background_in_would_move_the_centre()
    {
        var decay = Gaussian(2e-9, 80e-12, 100_000, 40);
        var plain = decay.Counts.Select((n, i) => n * (i + 0.5) * 16e-12).Sum() / decay.Counts.Sum();

        Assert.True(Math.Abs(plain - 2e-9) > 100 * Math.Abs(InstrumentResponse.Of(decay).Centre - 2e-9));
    }

    [Fact]
    public void A_response_across_the_end_of_the_period_is_one_peak()
    {
        var response = InstrumentResponse.Of(Gaussian(0, 80e-12, 50_000, 1));

        Assert.True(response.Times[0] < 0);
        Assert.Equal(0, response.Centre, 3e-12);
        Assert.Equal(80e-12, response.Sigma, 3e-12);
    }

    [Fact]
    public void A_reflection_further_on_does_not_belong_to_it()
    {
        var decay = Gaussian(2e-9, 80e-12, 100_000, 1);
        for (var i = 400; i < 410; i++) decay.Counts[i] += 200;

        Assert.Equal(2e-9, InstrumentResponse.Of(decay).Centre, 2e-12);
    }

    [Fact]
    public void A_tail_as_detectors_have_it_is_kept()
    {
        var random = new Random(3);
        var counts = new long[3125];
        for (var i = 0; i < 300_000; i++)
        {
            var t = 3e-9 + 60e-12 * TestEmitter.Normal(random) - (random.NextDouble() < 0.2 ? 400e-12 * Math.Log(1 - random.NextDouble()) : 0);
            counts[(int)(t / 16e-12)]++;
        }

        var response = InstrumentResponse.Of(new DecayHistogram(0, counts, 16e-12) { Period = 50e-9 });

        Assert.Equal(3e-9 + 0.2 * 400e-12, response.Centre, 3e-12);
    }

    [Fact]
    public void No_light_and_flat_light_have_no_peak_and_a_sentence_says_so()
    {
        Assert.Throws<InsufficientDataException>(() => InstrumentResponse.Of(new DecayHistogram(0, new long[100], 16e-12)));
        Assert.Throws<InsufficientDataException>(() => InstrumentResponse.Of(new DecayHistogram(0, [], 16e-12)));
        var flat = Assert.Throws<InsufficientDataException>(() => InstrumentResponse.Of(Gaussian(2e-9, 80e-12, 0, 50)));
        Assert.Contains("irf_file", flat.Message);
    }

    [Fact]
    public void Each_detector_has_its_own_unless_there_is_one_for_all()
    {
        var a = InstrumentResponse.Of(Gaussian(2e-9, 80e-12, 10_000, 0));
        var b = a with { Channel = 1 };

        Assert.Same(b, InstrumentResponse.For([a, b], 1));
        Assert.Same(a, InstrumentResponse.For([a], 7));
        Assert.Contains("channel 7", Assert.Throws<RequestException>(() => InstrumentResponse.For([a, b], 7)).Message);
    }
}
