using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Tests.Fitting;

public class ResidualTestsTests
{
    static double[] Drawn(double[] mu, Random random) => [.. mu.Select(m =>
    {
        var n = 0;
        for (var left = m; left > 0; left -= 500)
        {
            var limit = Math.Exp(-Math.Min(left, 500));
            for (var p = random.NextDouble(); p > limit; p *= random.NextDouble()) n++;
        }

        return (double)n;
    })];

    [Fact]
    public void Counts_of_the_model_itself_show_no_structure_however_few_they_are()
    {
        var random = new Random(1);
        var structured = 0;
        double runs = 0, runsSquare = 0;
        for (var run = 0; run < 200; run++)
        {
            // From 300 counts a bin down to one bin in fifty that holds a photon.
            var mu = Enumerable.Range(0, 2000).Select(i => 300 * Math.Exp(-i / 150.0) + 0.02).ToArray();

            var tests = ResidualTests.Of(Drawn(mu, random), mu);

            if (tests.IsStructured) structured++;
            runs += tests.RunsZ / 200;
            runsSquare += tests.RunsZ * tests.RunsZ / 200;
        }

        // Twenty lags at four sigma: one in a thousand by chance.
        Assert.InRange(structured, 0, 3);
        Assert.InRange(runs, -5 / Math.Sqrt(200), 5 / Math.Sqrt(200));
        Assert.InRange(runsSquare, 1 - 5 * Math.Sqrt(2.0 / 200), 1 + 5 * Math.Sqrt(2.0 / 200));
    }

    [Fact]
    public void Lone_photons_that_are_not_joined_would_look_like_a_structure()
    {
        var random = new Random(2);
        var fooled = 0;
        for (var run = 0; run < 100; run++)
        {
            var mu = Enumerable.Repeat(0.01, 4000).ToArray();
            var counts = Drawn(mu, random);
            var r = counts.Select((n, i) => ResidualTests.Signed(n, mu[i])).ToArray();
            var mean = r.Average();
            var square = r.Sum(x => (x - mean) * (x - mean));
            var plain = Enumerable.Range(1, 20).Max(lag => Math.Abs(Enumerable.Range(lag, 4000 - lag).Sum(i => (r[i] - mean) * (r[i - lag] - mean)) / square));

            if (plain > 4 / Math.Sqrt(4000)) fooled++;
            Assert.False(ResidualTests.Of(counts, mu).IsStructured);
        }

        Assert.True(fooled > 3, $"only {fooled} of 100");
    }

    [Fact]
    public void A_wiggle_that_the_model_lacks_is_found_with_its_lag()
    {
        var mu = Enumerable.Repeat(400.0, 1000).ToArray();
        var truth = mu.Select((m, i) => m * (1 + 0.05 * Math.Sin(2 * Math.PI * i / 12))).ToArray();

        var tests = ResidualTests.Of(Drawn(truth, new Random(3)), mu);

        Assert.True(tests.IsStructured);
        Assert.Contains(tests.Strongest.Lag, (int[])[6, 12, 18]);
        Assert.True(tests.Autocorrelation[5] < 0 && tests.Autocorrelation[11] > 0);
    }

    [Fact]
    public void A_model_with_a_bend_too_few_has_too_few_runs()
    {
        var mu = Enumerable.Repeat(100.0, 400).ToArray();
        var truth = mu.Select((m, i) => m * (1 + 0.5 * ((i - 200) / 200.0) * ((i - 200) / 200.0) - 0.167)).ToArray();

        Assert.True(ResidualTests.Of(Drawn(truth, new Random(4)), mu).RunsZ < -3);
    }

    [Fact]
    public void Bins_left_out_do_not_matter()
    {
        double[] mu = [.. Enumerable.Repeat(50.0, 100)];
        var counts = Drawn(mu, new Random(5));
        var (more, wrong) = (counts.ToArray(), mu.ToArray());
        bool[] use = [.. Enumerable.Repeat(true, 100)];
        (more[10], wrong[10], use[10]) = (1e6, 0, false);

        var tests = ResidualTests.Of(more, wrong, use);

        Assert.Equal(99, tests.Residuals.Length);
        Assert.False(tests.IsStructured);
    }

    [Fact]
    public void Nothing_at_all_is_no_structure()
    {
        var tests = ResidualTests.Of([], []);

        Assert.Equal((0, 0.0), tests.Strongest);
        Assert.False(tests.IsStructured);
        Assert.Equal(0, tests.RunsZ);
    }
}
