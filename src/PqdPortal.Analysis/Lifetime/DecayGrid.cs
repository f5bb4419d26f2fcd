using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Lifetime;

/// <summary>The bins of a decay in units of a bin.</summary>
/// <param name="Bins">Bins that were measured.</param>
/// <param name="BinWidth">Length of a bin [s].</param>
/// <param name="Start">Time since the pulse at the left edge of the first bin [s].</param>
/// <param name="Period">Time from pulse to pulse [bins], not always a whole number; infinite where no light is left from the pulse before.</param>
public sealed record DecayGrid(int Bins, double BinWidth, double Start, double Period)
{
    /// <summary>Length of the last bin [bins]; the period may end within it.</summary>
    public double LastWidth { get; } = Math.Clamp(Period - (Bins - 1), 1e-6, 1);

    /// <summary>Right edge of the last bin [bins].</summary>
    public double End => Bins - 1 + LastWidth;

    /// <summary>Length of a bin [bins].</summary>
    public double Width(int bin) => bin == Bins - 1 ? LastWidth : 1;

    /// <summary>Left edge of a bin [s].</summary>
    public double TimeOf(int bin) => Start + bin * BinWidth;

    /// <summary>The bins of a decay.</summary>
    /// <param name="period">Time from pulse to pulse [s]; null where no light is left from the pulse before.</param>
    public static DecayGrid Of(DecayHistogram decay, double? period) =>
        new(decay.Counts.Length, decay.BinWidth, decay.Start, period / decay.BinWidth is { } bins ? Math.Max(bins, decay.Counts.Length - 1 + 1e-6) : double.PositiveInfinity);

    /// <summary>A place folded into the period [bins].</summary>
    public double Folded(double place) => double.IsInfinity(Period) ? place : place - Math.Floor(place / Period) * Period;
}
