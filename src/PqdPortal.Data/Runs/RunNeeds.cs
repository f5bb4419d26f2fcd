namespace PqdPortal.Data.Runs;

/// <summary>
/// Conditions without which a run of its kind says little. They are asked for in words, and never stand in the way of a file: an
/// upload is taken as it comes, only a person who records the kind is asked to record them with it.
/// </summary>
public static class RunNeeds
{
    /// <summary>What is missing of this run, the needed ones first.</summary>
    public static IReadOnlyList<RunNeed> MissingOf(Run run)
    {
        List<RunNeed> missing = [];
        if (run.Temperature is null && (run.EvidenceRole != EvidenceRole.NotRecorded || run.Kind == RunKind.TemperatureSeries))
            missing.Add(new(nameof(Run.Temperature), IsNeeded: true, run.Kind == RunKind.TemperatureSeries
                ? "A temperature series needs its temperature in kelvin; of a file with all of them, the lowest."
                : "As evidence of superradiance it needs its temperature in kelvin: the rate is compared over temperatures."));
        if (run.Excitation == Excitation.NotRecorded && run.Kind is RunKind.Hbt or RunKind.Hom or RunKind.Trpl or RunKind.Flid)
            missing.Add(new(nameof(Run.Excitation), IsNeeded: true, "Correlations and decays need the excitation: pulsed or continuous-wave. Their evaluation depends on it."));
        if (run is { Excitation: Excitation.Pulsed, RepetitionRate: null })
            missing.Add(new(nameof(Run.RepetitionRate), IsNeeded: false, "Pulsed light has a repetition rate in MHz."));
        if (run.Kind is RunKind.Hbt or RunKind.Hom or RunKind.Trpl or RunKind.Flid or RunKind.Photostability && run.Power is null && run.Fluence is null)
            missing.Add(new(nameof(Run.Power), IsNeeded: false, "Without power (µW) or fluence (µJ/cm²) nobody can tell how many excitons a pulse made."));
        if (run.EvidenceRole != EvidenceRole.NotRecorded && (run.WindowFrom is null || run.WindowTo is null))
            missing.Add(new(nameof(Run.WindowFrom), IsNeeded: false, "The high and the low band of a superlattice give different g2 and lifetimes: record the emission window in nm."));
        return missing;
    }

    /// <summary>
    /// What refuses a save: a needed condition that goes missing by it, or with a kind or role that is recorded by it. What was missing
    /// before keeps nobody from writing a note.
    /// </summary>
    /// <param name="stored">The run as it is stored; null for a new one.</param>
    public static IEnumerable<RunNeed> RefusedBy(Run edited, Run? stored) => MissingOf(edited).Where(need => need.IsNeeded
        && (stored is null || edited.Kind != stored.Kind || edited.EvidenceRole != stored.EvidenceRole || MissingOf(stored).All(before => before.Field != need.Field)));
}

/// <summary>A condition that is missing.</summary>
/// <param name="Field">Of the run.</param>
/// <param name="IsNeeded">Recording the kind without it is refused.</param>
public sealed record RunNeed(string Field, bool IsNeeded, string Sentence);
