using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class SeededRandomTests
{
    [Fact]
    public void The_first_numbers_are_those_of_the_published_generator()
    {
        // Reference values of xoshiro256** from the state 1, 2, 3, 4 (as in the tests of the Rust crate rand_xoshiro).
        var random = new SeededRandom(1, 2, 3, 4);

        ulong[] expected = [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600];
        foreach (var value in expected) Assert.Equal(value, random.Next());
    }

    [Fact]
    public void The_logarithm_agrees_with_the_platforms_to_the_last_digits()
    {
        var random = new SeededRandom(1);
        for (var i = 0; i < 200_000; i++)
        {
            var x = i % 2 == 0 ? random.Uniform() + 1e-16 : Math.ScaleB(1 + random.Uniform(), -(i % 1000));
            var expected = Math.Log(x);

            Assert.InRange(SeededRandom.Log(x), expected - 4e-16 * Math.Abs(expected) - 1e-300, expected + 4e-16 * Math.Abs(expected) + 1e-300);
        }

        Assert.Equal(0, SeededRandom.Log(1));
    }

    [Fact]
    public void Exponential_waits_follow_the_exponential_law()
    {
        var random = new SeededRandom(2);

        var distance = Statistics.Ks(Enumerable.Range(0, 100_000).Select(_ => random.Exponential()), x => 1 - Math.Exp(-x));

        Assert.InRange(distance, 0, 2.4);
    }

    [Fact]
    public void Normal_numbers_follow_the_normal_law()
    {
        var random = new SeededRandom(3);

        var distance = Statistics.Ks(Enumerable.Range(0, 100_000).Select(_ => random.Normal()),
            x => 0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-x / Math.Sqrt(2)));

        Assert.InRange(distance, 0, 2.4);
    }

    [Fact]
    public void Streams_of_one_seed_do_not_repeat_each_other()
    {
        var seen = new HashSet<ulong>();
        for (var seed = 0; seed < 20; seed++)
            for (var stream = 0; stream < 20; stream++)
            {
                var random = new SeededRandom(seed, stream);
                for (var i = 0; i < 20; i++) Assert.True(seen.Add(random.Next()));
            }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(2.0)]
    [InlineData(60.0)]
    public void The_time_of_many_events_follows_the_gamma_law(double shape)
    {
        var random = new SeededRandom(4);

        var distance = Statistics.Ks(Enumerable.Range(0, 50_000).Select(_ => random.Gamma(shape)), x => MathNet.Numerics.SpecialFunctions.GammaLowerRegularized(shape, x));

        Assert.InRange(distance, 0, 2.4);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(40.0)]
    [InlineData(3000.0)]
    public void Poisson_numbers_follow_the_Poisson_law(double mean)
    {
        var random = new SeededRandom(5);

        var drawn = Enumerable.Range(0, 20_000).Select(_ => (double)random.Poisson(mean)).ToArray();

        var (average, sigma) = Statistics.Moments(drawn);
        Assert.Equal(mean, average, 5 * Math.Sqrt(mean / 20_000));
        Assert.Equal(1, sigma * sigma / mean, 5 * Math.Sqrt((2 + 1 / mean) / 20_000));
        var median = drawn.Count(n => n <= Math.Floor(mean)) / 20_000.0;
        Assert.Equal(MathNet.Numerics.SpecialFunctions.GammaUpperRegularized(Math.Floor(mean) + 1, mean), median, 5 * 0.5 / Math.Sqrt(20_000));
    }
}
