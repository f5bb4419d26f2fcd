namespace PqdPortal.Analysis.Blinking;

/// <summary>One stay in a state.</summary>
/// <param name="Length">[s]</param>
/// <param name="Censored">True where its end was not seen: at the end of the record, at a gap, at bleaching. It lasted at least so long.</param>
/// <param name="Uncertainty">One standard deviation of the length, from those of its two change points [s].</param>
public readonly record struct Dwell(double Length, bool Censored, double Uncertainty)
{
    /// <summary>True where its beginning was not seen: the first of a record, or the first after a gap.</summary>
    public bool BeginUnseen { get; init; }
}

/// <summary>What the statistics of the dwells need to know beside the dwells themselves.</summary>
public sealed record DwellSettings
{
    /// <summary>Rate of the on state, background included [1/s].</summary>
    public required double OnRate { get; init; }

    /// <summary>Rate of the off state, background included [1/s].</summary>
    public required double OffRate { get; init; }

    /// <summary>Length of the record without its gaps [s].</summary>
    public required double Duration { get; init; }

    /// <summary>Shortest dwell of the fits as the user wants it [s]; null for the one that follows from the rates.</summary>
    public double? Shortest { get; init; }

    /// <summary>Longest dwell of the fits as the user wants it [s]; null for a tenth of the record.</summary>
    public double? Longest { get; init; }

    /// <summary>Choose the shortest dwell where the best law lies closest to the data (Clauset et al. 2009), not below the one that follows from the rates.</summary>
    public bool ShortestByDistance { get; init; }

    /// <summary>Ask the search itself which dwells it finds; false for what the best possible one does.</summary>
    public bool FoundBySearch { get; init; } = true;

    /// <summary>Confidence of the search's tests.</summary>
    public double Confidence { get; init; } = 0.99;

    /// <summary>Samples of the bootstrap behind the p-values: 500 give the p-value 0.05 within 0.01.</summary>
    public int Samples { get; init; } = 500;

    /// <summary>Of the bootstrap.</summary>
    public int Seed { get; init; } = 1;
}
