using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Tests.Fitting;

public class ModelChoiceTests
{
    [Fact]
    public void The_smallest_criterion_wins_and_all_distances_are_told()
    {
        var choice = ModelChoice.Among([("mono", 1250.4), ("bi", 1204.2), ("tri", 1225.1)]);

        Assert.Equal("bi", choice.Best.Name);
        Assert.Equal("tri", choice.Second!.Name);
        Assert.True(choice.IsDistinct);
        Assert.Equal("Delta BIC: mono 46.2, bi 0, tri 20.9.", choice.Words());
    }

    [Fact]
    public void Less_than_six_does_not_distinguish()
    {
        var choice = ModelChoice.Among([("stretched", 105.9), ("bi", 100)]);

        Assert.Equal("bi", choice.Best.Name);
        Assert.False(choice.IsDistinct);
        Assert.Contains("bi and stretched are not distinguished", choice.Words());
        Assert.True(ModelChoice.Among([("stretched", 106), ("bi", 100)]).IsDistinct);
    }

    [Fact]
    public void Of_equal_ones_the_first_is_taken_and_the_other_is_not_distinguished()
    {
        var choice = ModelChoice.Among([("mono", 10), ("bi", 10)]);

        Assert.Equal("mono", choice.Best.Name);
        Assert.Equal("bi", choice.Second!.Name);
        Assert.False(choice.IsDistinct);
    }

    [Fact]
    public void A_single_candidate_has_no_rival()
    {
        var choice = ModelChoice.Among([("mono", 12.5)]);

        Assert.Null(choice.Second);
        Assert.True(choice.IsDistinct);
    }

    [Fact]
    public void Candidates_that_were_not_fitted_are_a_mistake_of_the_caller()
    {
        Assert.Throws<ArgumentException>(() => ModelChoice.Among([]));
        Assert.Throws<ArgumentException>(() => ModelChoice.Among([("mono", double.NaN)]));
    }
}
