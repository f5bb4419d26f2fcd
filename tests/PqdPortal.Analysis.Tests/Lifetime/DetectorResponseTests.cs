using PqdPortal.Analysis.Lifetime;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Tests.Lifetime;

public class DetectorResponseTests
{
    const double Bin = 16e-12;

    static DecayGrid Grid(double period, int? bins = null) => new(bins ?? (int)Math.Ceiling(period - 1e-9), Bin, 0, period);

    /// <summary>A Gaussian as it would be measured.</summary>
    static InstrumentResponse Measured(double centre, double sigma)
    {
        var times = Enumerable.Range((int)(centre - 8 * sigma), (int)(16 * sigma)).Select(i => (i + 0.5) * Bin).ToArray();
        double Below(double edge) => 0.5 * MathNet.Numerics.SpecialFunctions.Erfc((centre - edge) / sigma / Math.Sqrt(2));
        var weights = times.Select(t => Below(t / Bin + 0.5) - Below(t / Bin - 0.5)).ToArray();
        var sum = weights.Sum();
        return new(0, Bin, times, [.. weights.Select(w => w / sum)]);
    }

    static DetectorResponse Response(bool measured, DecayGrid grid, double centre, double sigma) =>
        measured ? new MeasuredResponse(grid, Measured(centre, sigma), 20 * Bin) : new GaussianResponse(grid, centre * Bin, sigma * Bin, 20 * Bin, true);

    static double[] Own(DetectorResponse response, double shift = 0) =>
        [.. response.Parameters.Select((parameter, j) => j == 0 ? shift : parameter.Start)];

    static double[] Shares(DecayKind kind, double[] law, DetectorResponse response, DecayGrid grid, double[] own)
    {
        response.Set(own);
        var share = new double[grid.Bins];
        DecayLaw.Shape(kind, law, response, new(grid.Bins, own.Length), share, null, [.. own.Select(_ => new double[grid.Bins])]);
        return share;
    }

    /// <summary>The same by brute force: the decay of every pulse of the past, in steps of a tenth of a bin.</summary>
    static double[] Plain(Func<double, double> decay, double area, double centre, double sigma, DecayGrid grid)
    {
        const int fine = 10;
        var share = new double[grid.Bins];
        var reach = (int)Math.Ceiling(7 * sigma * fine);
        var comb = Enumerable.Range(-reach, 2 * reach + 1).Select(j => j / (double)fine).Select(z => (Place: centre + z, Weight: Math.Exp(-0.5 * z * z / sigma / sigma))).ToArray();
        var sum = comb.Sum(tooth => tooth.Weight);
        for (var i = 0; i < grid.Bins; i++)
        {
            var width = grid.Width(i) / fine;
            for (var f = 0; f < fine; f++)
            {
                var t = i + (f + 0.5) * width;
                foreach (var (place, weight) in comb)
                    for (var age = t - place; age < 25 * area; age += grid.Period)
                        if (age > 0)
                            share[i] += weight / sum * decay(age) / area * width;
            }
        }

        return share;
    }

    [Theory]
    [InlineData(false, 100.0, 20.0)]
    [InlineData(true, 100.0, 20.0)]
    [InlineData(false, 100.25, 60.0)] // the decay is not over when the next pulse comes, and the period ends within a bin
    [InlineData(true, 100.25, 60.0)]
    public void An_exponential_is_that_of_all_pulses_of_the_past(bool measured, double period, double tau)
    {
        var grid = Grid(period);
        var response = Response(measured, grid, 15.5, 3);

        var share = Shares(DecayKind.Mono, [Math.Log(tau)], response, grid, Own(response));

        Assert.Equal(1, share.Sum(), 1e-9);
        var plain = Plain(age => Math.Exp(-age / tau), tau, 15.5, 3, grid);
        for (var i = 0; i < grid.Bins; i++) Assert.Equal(plain[i], share[i], 5e-4 * plain.Max());
    }

    [Fact]
    public void Light_that_comes_at_once_shows_the_response_however_wide_it_is()
    {
        var grid = Grid(1000);
        foreach (var sigma in new[] { 0.02, 3.0, 100.0 })
        {
            var share = Shares(DecayKind.Mono, [Math.Log(0.01)], new GaussianResponse(grid, 500.5 * Bin, sigma * Bin, 20 * Bin, true), grid, [0, Math.Log(sigma)]);

            Assert.Equal(1, share.Sum(), 1e-9);
            Assert.Equal(500.5, share.Select((y, i) => y * (i + 0.5)).Sum(), 0.02);
        }
    }

    [Fact]
    public void A_fitted_response_never_becomes_as_wide_as_the_range()
    {
        // Light in many pulses over 524 ns once led a fit to responses of 100 ns, and to minutes of computing.
        var response = new GaussianResponse(Grid(8192), 100 * Bin, 3000 * 1e-12, 1e-9, true);
        Assert.Equal(3e-9, Math.Exp(response.Parameters[1].Max) * Bin, 1e-12); // what was given stays
        response = new GaussianResponse(Grid(8192), 100 * Bin, 50e-12, 1e-9, true);
        Assert.Equal(1e-9, Math.Exp(response.Parameters[1].Max) * Bin, 1e-12);
    }

    [Fact]
    public void The_nearest_whole_number_of_bins_would_be_another_decay()
    {
        var share = Shares(DecayKind.Mono, [Math.Log(60)], Response(false, Grid(100.25), 15.5, 3), Grid(100.25), [0, Math.Log(3)]);
        var whole = Shares(DecayKind.Mono, [Math.Log(60)], Response(false, Grid(101), 15.5, 3), Grid(101), [0, Math.Log(3)]);
        var endless = Shares(DecayKind.Mono, [Math.Log(60)], Response(false, Grid(double.PositiveInfinity, 101), 15.5, 3), Grid(double.PositiveInfinity, 101), [0, Math.Log(3)]);

        Assert.True(Math.Abs(whole[2] / share[2] - 1) > 0.008);
        Assert.True(endless[2] < 1e-3 * share[2]);
    }

    [Fact]
    public void A_bin_moved_by_half_would_be_seen()
    {
        // Counts act from the middle of their bins: without a shift the mean delay is that of the response plus tau.
        var grid = Grid(2000);
        var response = Response(true, grid, 100.5, 5);
        double Mean(double shift) => Shares(DecayKind.Mono, [Math.Log(50)], response, grid, [shift]).Select((y, i) => y * (i + 0.5)).Sum();

        Assert.Equal(150.5, Mean(0), 0.02);
        Assert.Equal(151.0, Mean(0.5), 0.02);
        Assert.Equal(147.25, Mean(-3.25), 0.02);
    }

    [Theory]
    [InlineData(DecayKind.Stretched, false, 100.0)]
    [InlineData(DecayKind.Stretched, true, 100.25)]
    [InlineData(DecayKind.Lognormal, false, 100.25)]
    [InlineData(DecayKind.Lognormal, true, 100.0)]
    public void Stretched_and_log_normal_decays_are_those_of_all_pulses_of_the_past(DecayKind kind, bool measured, double period)
    {
        var grid = Grid(period);
        double[] law = kind == DecayKind.Stretched ? [Math.Log(15), 0.7] : [Math.Log(12), 0.5];
        var response = Response(measured, grid, 15.5, 3);

        var share = Shares(kind, law, response, grid, Own(response));

        var plain = Plain(age => DecayLaw.At(kind, law, age), DecayLaw.AmplitudeMean(kind, law), 15.5, 3, grid);
        Assert.Equal(1, share.Sum(), 2e-3);
        for (var i = 0; i < grid.Bins - 1; i++) Assert.Equal(plain[i], share[i], (measured ? 4e-3 : 1e-3) * plain.Max());
    }

    [Fact]
    public void A_stretched_exponential_of_beta_1_is_an_exponential()
    {
        foreach (var measured in new[] { false, true })
            foreach (var period in new[] { 300.4, double.PositiveInfinity })
            {
                var grid = Grid(period, 301);
                var response = Response(measured, grid, 15.5, 3);

                var stretched = Shares(DecayKind.Stretched, [Math.Log(60), 1], response, grid, Own(response, 0.3));
                var plain = Shares(DecayKind.Mono, [Math.Log(60)], response, grid, Own(response, 0.3));

                for (var i = 0; i < 300; i++) Assert.Equal(plain[i], stretched[i], (measured ? 1e-6 : 1e-3) * plain.Max());
            }
    }

    [Theory]
    [InlineData(DecayKind.Mono, false)]
    [InlineData(DecayKind.Mono, true)]
    [InlineData(DecayKind.Bi, false)]
    [InlineData(DecayKind.Bi, true)]
    [InlineData(DecayKind.Tri, false)]
    [InlineData(DecayKind.Tri, true)]
    [InlineData(DecayKind.Stretched, false)]
    [InlineData(DecayKind.Stretched, true)]
    [InlineData(DecayKind.Lognormal, false)]
    [InlineData(DecayKind.Lognormal, true)]
    public void The_written_derivatives_are_those_of_small_steps(DecayKind kind, bool measured)
    {
        var grid = Grid(100.25);
        var response = Response(measured, grid, 15.5, 3);
        var law = DecayLaw.Parameters(kind, [12.0, 30.0, 70.0], [0.3, 0.25], kind == DecayKind.Stretched ? 0.8 : 0.4, 1000);
        var counts = Enumerable.Repeat(10.0, grid.Bins).ToArray();
        var detector = new DetectorDecay(0, grid, response, counts, [.. counts.Select((_, i) => 1 - 0.001 * i)]) { Guess = (5000, 2) };
        var model = new DecayModel(kind, [detector, detector], law);
        var p = model.Parameters.Select(parameter => parameter.Start).ToArray();
        for (var d = 0; d < 2; d++) p[model.PlacesOf(d).Response] = 0.2 - 0.4 * d;
        var (mu, low, high) = (new double[model.Bins], new double[model.Bins], new double[model.Bins]);
        var jacobian = p.Select(_ => new double[model.Bins]).ToArray();

        model.Evaluate(p, mu, jacobian);

        for (var j = 0; j < p.Length; j++)
        {
            var h = 1e-4 * Math.Max(0.1, Math.Abs(p[j]));
            var q = p.ToArray();
            q[j] = p[j] - h;
            model.Evaluate(q, low, null);
            q[j] = p[j] + h;
            model.Evaluate(q, high, null);
            var largest = jacobian[j].Max(Math.Abs);
            Assert.True(largest > 0);
            // A shift of counts is smooth only between the edges of bins; the stretched comb's width is a sum of 40 teeth.
            for (var i = 0; i < mu.Length; i++) Assert.Equal((high[i] - low[i]) / (2 * h), jacobian[j][i], 2e-3 * largest);
        }
    }
}
