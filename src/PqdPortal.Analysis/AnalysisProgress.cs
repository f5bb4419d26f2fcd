namespace PqdPortal.Analysis;

/// <summary>How far an analysis is.</summary>
/// <param name="Stage">What it is doing, in words.</param>
/// <param name="Done">Records read in this stage.</param>
/// <param name="Total">Records there are in this stage; 0 where it cannot be known.</param>
public sealed record AnalysisProgress(string Stage, long Done, long Total);
