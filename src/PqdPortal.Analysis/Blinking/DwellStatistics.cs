using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Blinking;

/// <summary>What the dwells of one state say.</summary>
public sealed record DwellStatistics
{
    /// <summary>exponential, power_law, power_law_cutoff or undetermined, as dwell_law_on or dwell_law_off.</summary>
    public required Verdict Law { get; init; }

    /// <summary>Dwells seen from beginning to end.</summary>
    public required int Count { get; init; }

    /// <summary>Those of them within the range of the fits.</summary>
    public required int CountAbove { get; init; }

    /// <summary>Dwells whose end was not seen.</summary>
    public required int Censored { get; init; }

    /// <summary>Time in the state divided by the ends seen [s]; null where none was seen.</summary>
    public required double? Mean { get; init; }

    /// <summary>rate_on_to_off_hz or rate_off_to_on_hz.</summary>
    public required Quantity Rate { get; init; }

    /// <summary>alpha_on or alpha_off.</summary>
    public required Quantity Alpha { get; init; }

    /// <summary>cutoff_on_s or cutoff_off_s.</summary>
    public required Quantity Cutoff { get; init; }

    /// <summary>Shortest dwell of the fits [s].</summary>
    public required double ShortestUsed { get; init; }

    /// <summary>Longest dwell of the fits [s].</summary>
    public required double LongestUsed { get; init; }

    /// <summary>p-value of the likeliest law; null where none was fitted.</summary>
    public double? KsP { get; init; }

    /// <summary>The three laws by BIC; null where none was fitted.</summary>
    public ModelChoice? Choice { get; init; }

    /// <summary>All fitted laws; empty where none was fitted.</summary>
    public IReadOnlyList<LawFit> Fits { get; init; } = [];

    /// <summary>Of each dwell with the next of the same state; null where there are too few, or where only one state was given.</summary>
    public DwellMemory? Memory { get; init; }

    /// <summary>Of each dwell with the one of the other state that follows; null likewise.</summary>
    public DwellMemory? MemoryOfNext { get; init; }

    /// <summary>Share of the dwells of this state that were too short to be found, as its law has it; null where that is not known.</summary>
    public double? Missed { get; init; }

    /// <summary>dwell_on or dwell_off: share of dwells longer than x, fit = the likeliest law, more: the others.</summary>
    public required Curve Survival { get; init; }

    /// <summary>completeness_on or completeness_off: share of dwells of that length which are found.</summary>
    public required Curve Found { get; init; }

    public required IReadOnlyList<Message> Messages { get; init; }
}
