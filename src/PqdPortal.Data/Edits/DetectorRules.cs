using PqdPortal.Data.Runs;

namespace PqdPortal.Data.Edits;

/// <summary>What the detectors of a run or a set-up must hold.</summary>
public static class DetectorRules
{
    /// <summary>As many detectors one run or set-up has at most.</summary>
    public const int Most = 64;

    public static EditChecks Detectors(this EditChecks checks, IReadOnlyList<Detector> detectors)
    {
        const string field = nameof(Run.Detectors);
        checks.That(field, detectors.Count <= Most, $"At most {Most} detectors stand here.");
        foreach (var (i, detector) in detectors.Index())
        {
            var name = $"of detector {i + 1}";
            checks.That(field, Keepable.TroubleOf(detector.Model, 200, $"The model {name}") is null, Keepable.TroubleOf(detector.Model, 200, $"The model {name}") ?? "")
                .Between(field, detector.Efficiency, 0, 1, $"The efficiency {name}", hint: "For 65 %, write 0.65.")
                .NotNegative(field, detector.DeadTime, $"The dead time {name}", "ns")
                .NotNegative(field, detector.Jitter, $"The jitter {name}", "ps")
                .NotNegative(field, detector.DarkRate, $"The dark rate {name}", "s⁻¹")
                .That(field, new[] { detector.Efficiency, detector.DeadTime, detector.Jitter, detector.DarkRate }.All(number => number is not { } n || double.IsFinite(n)), $"A number {name} is not finite.");
        }
        return checks;
    }
}
