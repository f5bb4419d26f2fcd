using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Tests.Fitting;

public class PoissonFitTests
{
    static int Poisson(double mean, Random random)
    {
        // Knuth's product, in pieces that do not underflow.
        var n = 0;
        for (; mean > 0; mean -= 500)
        {
            var limit = Math.Exp(-Math.Min(mean, 500));
            for (var p = random.NextDouble(); p > limit; p *= random.NextDouble()) n++;
        }

        return n;
    }

    /// <summary>A decay on a background: A e^(-i/tau) + b over 100 bins.</summary>
    static NumericModel Decay(double amplitude = 15, double tau = 15, double background = 1) => new(
        [new("A", amplitude, 0), new("tau", tau, 1, 1000), new("b", background, 1e-6)],
        (p, mu) =>
        {
            for (var i = 0; i < mu.Length; i++) mu[i] = p[0] * Math.Exp(-i / p[1]) + p[2];
        });

    [Fact]
    public void Fits_of_simulated_counts_are_unbiased_with_pulls_of_unit_width_where_Neyman_weights_are_not()
    {
        const int runs = 300;
        double[] truth = [20, 20, 2];
        var random = new Random(1);
        var pulls = new double[3][];
        for (var j = 0; j < 3; j++) pulls[j] = new double[runs];
        var neyman = 0.0;
        var z = 0.0;
        for (var run = 0; run < runs; run++)
        {
            var counts = Enumerable.Range(0, 100).Select(i => (double)Poisson(truth[0] * Math.Exp(-i / truth[1]) + truth[2], random)).ToArray();
            var fit = PoissonFit.Run(Decay(), counts);
            for (var j = 0; j < 3; j++) pulls[j][run] = (fit.Values[j] - truth[j]) / fit.Sigma(j)!.Value;
            z += fit.Goodness;
            // The flat tail by weights 1/n, an empty bin counting as one: its mean falls short.
            var tail = counts[80..];
            neyman += tail.Sum(n => n / Math.Max(n, 1)) / tail.Sum(n => 1 / Math.Max(n, 1)) - tail.Average();
        }

        for (var j = 0; j < 3; j++)
        {
            var mean = pulls[j].Average();
            Assert.True(Math.Abs(mean) < 5 / Math.Sqrt(runs), $"parameter {j} is off by {mean} sigma on average");
            // Over-dispersion only ever widens errors: a little below 1 on average.
            Assert.InRange(pulls[j].Average(p => p * p), 1 - 5 * Math.Sqrt(2.0 / runs), 1 + 5 * Math.Sqrt(2.0 / runs));
        }

        Assert.True(Math.Abs(z / runs) < 5 / Math.Sqrt(runs), $"goodness {z / runs}");
        Assert.True(neyman / runs < -0.5, $"weights 1/n move the background by only {neyman / runs}");
    }

    [Fact]
    public void A_constant_is_fitted_by_the_mean_of_the_counts()
    {
        var model = new NumericModel([new("b", 5, 0)], (p, mu) => mu.Fill(p[0]));

        var fit = PoissonFit.Run(model, [3, 0, 8, 4, 5, 1, 0]);

        Assert.Equal(3, fit.Values[0], 1e-6);
        Assert.Equal(Math.Sqrt(3.0 / 7 * fit.Overdispersion), fit.Sigma(0)!.Value, 1e-5);
        Assert.True(fit.Converged);
    }

    [Fact]
    public void The_profile_interval_of_a_constant_is_where_the_deviance_has_risen()
    {
        var model = new NumericModel([new("b", 3, 1e-9)], (p, mu) => mu.Fill(p[0]));
        double[] counts = [2, 3, 4];

        var fit = PoissonFit.Run(model, counts);
        var (low, high) = PoissonFit.Profile(model, counts, null, fit, 0, 1);

        double Rise(double b) => PoissonDeviance.Of(counts, [b, b, b]) - fit.Deviance;
        Assert.Equal(1, Rise(low!.Value), 0.02);
        Assert.Equal(1, Rise(high!.Value), 0.02);
        Assert.True(high - 3 > 3 - low);
    }

    [Fact]
    public void A_parameter_at_its_bound_is_named_and_has_no_standard_error()
    {
        var model = new NumericModel([new("b", 5, 0), new("slope", 0.5, 0, 1)],
            (p, mu) =>
            {
                for (var i = 0; i < mu.Length; i++) mu[i] = p[0] + p[1] * i;
            });

        var fit = PoissonFit.Run(model, [9, 8, 8, 7, 5, 4]);

        Assert.Equal([1], fit.AtBound);
        Assert.Null(fit.Sigma(1));
        Assert.NotNull(fit.Sigma(0));
        var (low, high) = PoissonFit.Profile(model, [9, 8, 8, 7, 5, 4], null, fit, 1, 3.84);
        Assert.Null(low);
        Assert.True(high > 0);
    }

    [Fact]
    public void Masked_bins_do_not_matter()
    {
        var model = new NumericModel([new("b", 5, 0)], (p, mu) => mu.Fill(p[0]));

        var fit = PoissonFit.Run(model, [4, 6, 1000], [true, true, false]);

        Assert.Equal(5, fit.Values[0], 1e-6);
    }

    [Fact]
    public void A_rescored_fit_is_the_new_fit_to_first_order()
    {
        var random = new Random(2);
        var model = new NumericModel([new("A", 300, 0), new("tau", 20, 1, 1000), new("b", 20, 1e-6)],
            (p, mu) =>
            {
                for (var i = 0; i < mu.Length; i++) mu[i] = p[0] * Math.Exp(-i / p[1]) + p[2];
            });
        var counts = Enumerable.Range(0, 100).Select(i => (double)Poisson(300 * Math.Exp(-i / 20.0) + 20, random)).ToArray();
        var other = counts.Select(n => n + (random.NextDouble() < 0.5 ? 1.0 : -1)).ToArray();

        var fit = PoissonFit.Run(model, counts);
        var step = PoissonFit.Rescore(fit, other, [.. counts.Select(_ => 1.0)]);
        var again = PoissonFit.Run(model, other);

        for (var j = 0; j < 3; j++)
            Assert.Equal(0, (step[j] - again.Values[j]) / fit.Sigma(j)!.Value, 0.05);
    }
}
