using PqdPortal.Analysis.Blinking;
using static PqdPortal.Analysis.Tests.Blinking.DwellSequences;

namespace PqdPortal.Analysis.Tests.Blinking;

/// <summary>The parts of the statistics of dwells, each against what can be written down.</summary>
public class DwellPartsTests
{
    [Fact]
    public void The_law_is_the_closed_form_where_there_is_one()
    {
        var power = new DwellLaw(1.7, 0, 0.001, 10);
        var exponential = new DwellLaw(0, 20, 0.001, 10);
        foreach (var x in (double[])[0.0013, 0.01, 0.2, 3, 9.9])
        {
            var (low, high) = (Math.Pow(0.001, -0.7), Math.Pow(10, -0.7));
            Assert.Equal((low - Math.Pow(x, -0.7)) / (low - high), power.Share(x), 1e-6);
            Assert.Equal(Math.Log(0.7 / (low - high)) - 1.7 * Math.Log(x), power.LogDensity(x), 1e-6);
            Assert.Equal(1 - Math.Exp(-20 * (x - 0.001)), exponential.Share(x), 1e-5);
            Assert.Equal(x, power.Quantile(power.Share(x)), 1e-6 * x);
        }

        Assert.Equal((0, 1), (power.Share(0.0005), power.Share(11)));
    }

    [Fact]
    public void A_dwell_without_end_counts_as_long_as_it_was_seen()
    {
        // Ends at 1, 3 and 4, one cut at 2: after 1 three of four last, after 3 half of those, after 4 none.
        var survival = DwellSurvival.Of([new(1, false, 0), new(2, true, 0), new(3, false, 0), new(4, false, 0)]);

        Assert.Equal([1, 0.75, 0.75, 0.375, 0], ((double[])[0.5, 1, 2.5, 3, 4]).Select(survival.At));
    }

    [Fact]
    public void Long_curves_are_thinned_evenly_over_the_logarithm()
    {
        var random = new Random(1);
        var survival = DwellSurvival.Of(Enumerable.Range(0, 5000).Select(_ => new Dwell(PowerLaw(random, 1.5, 0.001, 10), false, 0)));
        var (length, share) = survival.Points(300);

        Assert.InRange(length.Length, 100, 301);
        Assert.Equal(0, share[^1]);
        Assert.All(length.Zip(share), point => Assert.Equal(survival.At(point.First), point.Second));
    }

    [Theory]
    [InlineData(50e3, 5e3)]
    [InlineData(5e3, 500)]
    [InlineData(500, 5e3)]
    [InlineData(3000, 1500)]
    [InlineData(0, 1000)]
    public void The_share_found_rises_from_none_to_all(double own, double other)
    {
        var found = Completeness.AtBest(own, other);
        var (length, share) = found.Points();

        Assert.Equal(share.Order(), share);
        Assert.InRange(share[0], 0, 0.01);
        Assert.Equal(1, share[^1]);
        Assert.InRange(found.Found(found.ShortestReliable), Completeness.Reliable, 1);
        Assert.Equal((0, 1), (found.Found(0), found.Found(1e4)));
        Assert.InRange(found.ShortestReliable * Math.Max(own, other), 5, 500);
    }

    [Fact]
    public void The_search_finds_less_than_the_best_one_could_but_all_long_dwells()
    {
        var (best, found) = (Completeness.AtBest(5e3, 500), Completeness.BySearch(5e3, 500, 0.05, 0.05, 0.99, 1));
        var share = found.Points().Share;

        Assert.Equal(share.Order(), share);
        Assert.InRange(found.ShortestReliable, best.ShortestReliable, 10 * best.ShortestReliable);
        Assert.True(found.Found(best.ShortestReliable) <= best.Found(best.ShortestReliable));
        Assert.Equal((0, 1), (found.Found(1e-5), found.Found(0.1)));
        Assert.Equal(share, Completeness.BySearch(5e3, 500, 0.05, 0.05, 0.99, 1).Points().Share);
    }

    [Fact]
    public void Dwells_that_follow_their_neighbours_have_memory()
    {
        var random = new Random(1);
        var (free, bound) = (new List<(double, double)>(), new List<(double, double)>());
        for (var i = 0; i < 2000; i++)
        {
            var common = Exponential(random, 1);
            free.Add((Exponential(random, 1), Exponential(random, 1)));
            bound.Add((common * PowerLaw(random, 1.5, 0.1, 1), common * PowerLaw(random, 1.5, 0.1, 1)));
        }

        var (none, some) = (DwellMemory.Of(free)!, DwellMemory.Of(bound)!);
        Assert.InRange(none.Correlation / none.Sigma, -3, 3);
        Assert.True(some.Correlation > 10 * some.Sigma);
        Assert.Null(DwellMemory.Of(free[..10]));
        Assert.Null(DwellMemory.Of([.. Enumerable.Repeat((1.0, 1.0), 50)]));
    }

    [Fact]
    public void Transitions_are_counted_from_level_to_level_but_not_across_a_gap()
    {
        LevelStay[] stays = [new(0, 0, 1), new(1, 1, 2), new(0, 2, 4), new(2, 4, 5), new(0, 5, 6), new(1, 9, 10)];
        var matrix = TransitionMatrix.Of(stays, 4);

        Assert.Equal((1, 1, 1, 1, 0), (matrix.Count[0, 1], matrix.Count[1, 0], matrix.Count[0, 2], matrix.Count[2, 0], matrix.Count[1, 2]));
        Assert.Equal(0.5, matrix.Probability[0, 1]);
        Assert.Equal(0.25, matrix.Rate[0, 1]);
        Assert.True(matrix.Sigma[1, 2] > 0);
        Assert.Null(matrix.Probability[3, 0]);
        Assert.Null(matrix.Rate[3, 0]);
    }
}
