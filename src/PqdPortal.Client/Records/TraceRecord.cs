namespace PqdPortal.Client.Records;

/// <summary>A stretch of a count rate over time, in columns of equal width. Times are seconds from the beginning of the trace, rates counts per second.</summary>
/// <param name="FromS">Beginning of the first column.</param>
/// <param name="WidthS">Of a column.</param>
/// <param name="BinS">Of the bins whose lowest and highest rate are told; as wide as a column where it is a single bin.</param>
/// <param name="EndS">How long was measured.</param>
/// <param name="KeptS">Bins that the portal keeps; shorter ones are read from the file where that is quick.</param>
/// <param name="Mean">Rate of each column.</param>
/// <param name="Min">Lowest rate of its bins.</param>
/// <param name="Max">Highest rate of its bins.</param>
/// <param name="Photons">In each column.</param>
/// <param name="LevelFromS">Beginnings of the levels that the analysis found here; empty where it looks for none.</param>
/// <param name="LevelCps">Their rates.</param>
/// <param name="LevelEndS">End of the last of them.</param>
/// <param name="ChangePointsS">Change points in the stretch.</param>
public sealed record TraceRecord(
    double FromS, double WidthS, double BinS, double EndS, double KeptS,
    IReadOnlyList<double> Mean, IReadOnlyList<double> Min, IReadOnlyList<double> Max, IReadOnlyList<long> Photons,
    IReadOnlyList<double> LevelFromS, IReadOnlyList<double> LevelCps, double? LevelEndS, IReadOnlyList<double> ChangePointsS);
