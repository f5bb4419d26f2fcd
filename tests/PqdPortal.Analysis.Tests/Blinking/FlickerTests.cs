using PqdPortal.Analysis.Blinking;
using PqdPortal.Analysis.Tests.Correlation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Blinking;

public class FlickerTests(ITestOutputHelper output)
{
    static Flicker Look(MemoryPhotons photons, IReadOnlyList<Segment>? segments = null, int batch = 4096)
    {
        if (segments is null)
        {
            var finder = new ChangePointFinder(photons.Tick!.Value);
            photons.Read(finder);
            segments = finder.Finish((long)(photons.HeaderDuration!.Value / photons.Tick.Value)).Segments();
        }

        var counter = new FlickerCounter(segments, photons.Tick!.Value);
        new MemoryPhotons
        {
            Format = photons.Format, RecordType = photons.RecordType, Tick = photons.Tick, Times = photons.Times, Codes = photons.Codes, BatchSize = batch,
        }.Read(counter);
        return counter.Finish();
    }

    public static TheoryData<string> Steady => ["poisson", "afterpulses", "drift", "fast telegraph", "slow telegraph", "power law"];

    [Theory, MemberData(nameof(Steady))]
    public void Light_that_change_points_follow_does_not_flicker(string kind)
    {
        var dot = kind switch
        {
            "poisson" => new TypedDot { Rate = [20e3], Duration = 10 },
            "afterpulses" => new TypedDot { Rate = [50e3], Duration = 5, Afterpulses = 0.01, DeadTime = 80e-9 },
            "drift" => new TypedDot { Rate = [20e3], Duration = 10, Drift = -0.5 },
            "fast telegraph" => new TypedDot { Rate = [20e3, 2e3], Dwell = [0.01, 0.01], Background = 300, Duration = 5 },
            "slow telegraph" => new TypedDot { Rate = [20e3, 2e3], Dwell = [0.2, 0.2], Background = 300, Duration = 10 },
            _ => new TypedDot { Rate = [20e3, 2e3], Alpha = 1.6, Shortest = 5e-3, Background = 300, Duration = 10 },
        };

        for (var seed = 1; seed <= 4; seed++)
        {
            var flicker = Look(dot.Draw(seed).Photons);

            output.WriteLine(flicker.Why);
            Assert.False(flicker.IsFlickering, flicker.Why);
        }
    }

    [Theory]
    [InlineData(20e3, 1e-5)]
    [InlineData(20e3, 3e-4)]
    [InlineData(20e3, 3e-3)]
    [InlineData(100e3, 3e-5)]
    [InlineData(100e3, 1e-3)]
    public void Light_that_changes_faster_is_told(double rate, double dwell)
    {
        for (var seed = 1; seed <= 2; seed++)
        {
            var flicker = Look(new TypedDot { Rate = [rate], FlickerDwell = dwell, Duration = 5 }.Draw(seed).Photons);

            output.WriteLine(flicker.Why);
            Assert.True(flicker.IsFlickering, flicker.Why);
        }
    }

    [Fact]
    public void The_covariance_is_that_of_the_telegraph()
    {
        // Within one long segment; 1 and 0.1 as bright, half of the time each: (0.45/0.55)² = 0.67, times ((1 - e^-x)/x)², x = 2 bin/dwell.
        const double dwell = 1e-4;
        var pulls = new List<double>();
        for (var seed = 1; seed <= 10; seed++)
        {
            var flicker = Look(new TypedDot { Rate = [40e3], FlickerDwell = dwell, Duration = 4 }.Draw(seed).Photons, [new(0, 4, 88_000)]);

            for (var k = 0; k < 3; k++)
            {
                var x = 2 * flicker.BinWidths[k] / dwell;
                var expected = 0.669421 * Math.Pow((1 - Math.Exp(-x)) / x, 2);
                if (k == 1) pulls.Add((flicker.Covariances[k] - expected) / flicker.Sigmas[k]);
                Assert.InRange(flicker.Covariances[k], expected - 5 * flicker.Sigmas[k], expected + 5 * flicker.Sigmas[k]);
            }
        }

        Assert.InRange(pulls.Average(), -1.5, 1.5);
    }

    [Fact]
    public void The_size_of_the_batches_changes_nothing()
    {
        var (photons, segments, _) = new TypedDot { Rate = [20e3, 5e3], Duration = 3, FlickerDwell = 1e-3 }.Draw(1);

        var (one, other) = (Look(photons, segments), Look(photons, segments, 7));

        Assert.Equal(one.Covariances, other.Covariances);
        Assert.Equal(one.Why, other.Why);
    }

    [Fact]
    public void Nothing_to_look_at_is_said()
    {
        var flicker = Look(new() { Format = "test", RecordType = "test", Tick = 1e-6, Times = [], Codes = [] }, [new(0, 1e-5, 0)]);

        Assert.False(flicker.IsFlickering);
        Assert.Contains("no segment is long enough", flicker.Why);
    }
}
