using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests;

/// <summary>By how many standard errors results miss a known truth.</summary>
static class Pulls
{
    const double Farthest = 3.3;

    public static double Of(AnalysisReport report, string name, double truth) =>
        (report.Quantity(name)!.Value!.Value - truth) / report.Quantity(name)!.Sigma!.Value;

    /// <summary>None is far, their mean is near zero, their spread near one.</summary>
    /// <param name="mean">Bound of the mean, times the root of their number.</param>
    /// <param name="least">Bounds of the mean square.</param>
    public static void AssertUnit(ITestOutputHelper output, string what, List<double> pulls, double mean, double least, double most)
    {
        var line = $"{what}: {string.Join(" ", pulls.Select(p => p.ToString("F2")))}  mean {pulls.Average():F2}  chi2/n {pulls.Average(p => p * p):F2}";
        output.WriteLine(line);
        Assert.True(pulls.TrueForAll(p => Math.Abs(p) < Farthest), line);
        Assert.True(Math.Abs(pulls.Average()) < mean / Math.Sqrt(pulls.Count), line);
        var square = pulls.Average(p => p * p);
        Assert.True(square > least && square < most, line);
    }
}
