namespace PqdPortal.Analysis.Statistics;

/// <summary>One property of the dots of two arms compared: what these dots say, and what their batches say of the treatment.</summary>
/// <param name="First">Median of all dots of the first arm.</param>
/// <param name="Second">Of the second arm.</param>
/// <param name="Dots">The dot-level test. Dots of one batch are no independent replicates of a treatment: it describes these dots only.</param>
/// <param name="Batches">The batch-level test, on the means of the batches.</param>
/// <param name="Difference">Difference of the arms with its interval; null where an arm has fewer than two batches.</param>
/// <param name="Icc">Share of the variance between batches within an arm, mean over the arms; null where no arm has two batches.</param>
/// <param name="Verdict">different, undetermined, equivalent: of the treatment, so at batch level.</param>
/// <param name="Why">The because of the verdict.</param>
/// <remarks>S. E. Lazic, BMC Neurosci. 11, 5 (2010), on taking the dots of a batch for replicates.</remarks>
public sealed record TwoGroups(
    MedianInterval First, MedianInterval Second, MannWhitney Dots, BatchPermutation Batches, BatchDifference? Difference, double? Icc,
    string Verdict, string Why)
{
    /// <summary>Compares two arms.</summary>
    /// <param name="first">The values of each batch of the first arm, on the scale of comparison; batches without any do not count.</param>
    /// <param name="second">Of the second arm.</param>
    /// <param name="margin">Differences smaller than this mean nothing, on the same scale; null where nobody set one, and nothing is then called equivalent.</param>
    /// <param name="alpha">Level of the test.</param>
    /// <returns>Null where an arm has no value at all.</returns>
    public static TwoGroups? Of(
        IEnumerable<IReadOnlyList<double>> first, IEnumerable<IReadOnlyList<double>> second, double? margin = null, double alpha = 0.05, int seed = 1)
    {
        var (a, b) = (first.Where(batch => batch.Count > 0).ToList(), second.Where(batch => batch.Count > 0).ToList());
        if (a.Count == 0 || b.Count == 0) return null;
        var (dotsA, dotsB) = (a.SelectMany(batch => batch).ToList(), b.SelectMany(batch => batch).ToList());
        var (meansA, meansB) = (a.Select(batch => batch.Average()).ToList(), b.Select(batch => batch.Average()).ToList());
        var batches = BatchPermutation.Of(meansA, meansB, seed);
        var difference = BatchDifference.Of(meansA, meansB);
        var (verdict, why) = Judge(a.Count, b.Count, batches, difference, margin, alpha);
        return new(MedianInterval.Of(dotsA, seed), MedianInterval.Of(dotsB, seed), MannWhitney.Of(dotsA, dotsB), batches, difference,
            BatchSpread.IccWithin(a, b), verdict, why);
    }

    static (string Verdict, string Why) Judge(int a, int b, BatchPermutation batches, BatchDifference? difference, double? margin, double alpha)
    {
        if (margin is { } set && difference is { } close && close.Low > -set && close.High < set)
            return ("equivalent", $"the 95 % interval of the difference, {Text(close.Low)} to {Text(close.High)}, lies within the margin of {Text(set)} that was set");
        if (a == 1 && b == 1)
            return ("undetermined", $"with one batch in each group no test of the treatment is possible: the smallest p that can come out is {Text(batches.SmallestP)}. Any difference may be one between two syntheses");
        if (batches.SmallestP > alpha)
            return ("undetermined", $"{a} and {b} batches cannot reach p = {Text(alpha)}: the smallest p that can come out is {Text(batches.SmallestP)}, and p = {Text(batches.P)} came out");
        if (difference is null)
            return ("undetermined", $"p = {Text(batches.P)}, but one batch in a group does not tell how far batches lie apart, so the difference has no interval");
        var interval = $"the 95 % interval of the difference is {Text(difference.Low)} to {Text(difference.High)}";
        if (batches.P < alpha && (difference.Low > 0 || difference.High < 0))
            return ("different", $"p = {Text(batches.P)} over {a} and {b} batches, and {interval}");
        return ("undetermined", $"p = {Text(batches.P)} over {a} and {b} batches (the smallest possible is {Text(batches.SmallestP)}), and {interval}. That is no proof of equality");
    }

    static string Text(double x) => NumberText.Rounded(x, 2);
}
