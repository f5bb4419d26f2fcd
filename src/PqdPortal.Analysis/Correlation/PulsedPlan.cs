namespace PqdPortal.Analysis.Correlation;

/// <summary>What is counted of a pulsed measurement, settled before the pass.</summary>
/// <param name="Clock">The laser's period and the micro time's step.</param>
/// <param name="Channels">Raw codes of the two detectors.</param>
/// <param name="Reach">Peaks to each side, K.</param>
/// <param name="Cut">Where on each detector's micro time axis one pulse's photons end and the next one's begin [s].</param>
/// <param name="TimeZero">When the excitation falls on the dot, on each detector's micro time axis [s].</param>
/// <param name="Gates">Gates after time zero [s], ascending and above 0.</param>
/// <param name="Window">Width of the windows on the delay around whole periods [s]; null for pairs by pulse number.</param>
public sealed record PulsedPlan(
    PulsedClock Clock, (int A, int B) Channels, int Reach, (double A, double B) Cut, (double A, double B) TimeZero,
    IReadOnlyList<double> Gates, double? Window)
{
    /// <summary>Gate levels: 0 for no gate, then one for each gate.</summary>
    public int Levels => Gates.Count + 1;

    /// <summary>Width of a bin of the time-resolved central peak [s]: whole micro time steps, some two hundred in a period.</summary>
    public double CentreBin => Clock.Step > 0 ? Clock.Step * Math.Max(1, Math.Round(Clock.Period / 200 / Clock.Step)) : Clock.Period / 200;

    /// <summary>Bins to each side of zero delay, a period long: beyond it not all pairs are resolved.</summary>
    public int CentreSide => (int)(Clock.Period / CentreBin);

    /// <summary>
    /// The pulse a photon belongs to, counted from the one before it in the records, and the time after the cut.
    /// </summary>
    /// <param name="second">On the second detector.</param>
    /// <param name="step">Micro time [steps].</param>
    public (int Pulse, double Delay) Place(bool second, int step)
    {
        var t = step * Clock.Step - (second ? Cut.B : Cut.A);
        var pulse = (int)Math.Floor(t / Clock.Period);
        return (pulse, t - pulse * Clock.Period);
    }

    /// <summary>The longest gate a photon survives: 0 for none, n for the n-th.</summary>
    /// <remarks>
    /// Its micro time must lie behind time zero by more than the gate. Photons before time zero are dropped by every gate; only
    /// where time zero lies in the second half of the period, so that the decay runs over its end, those before the cut are taken as
    /// late ones. Between cut and time zero stand the early ones of the response, which no gate keeps.
    /// </remarks>
    public int Level(bool second, int step)
    {
        var (zero, cut) = second ? (TimeZero.B, Cut.B) : (TimeZero.A, Cut.A);
        var after = step * Clock.Step - zero;
        if (step * Clock.Step < cut && Wraps(second)) after += Clock.Period;
        var level = 0;
        while (level < Gates.Count && after > Gates[level]) level++;
        return level;
    }

    bool Wraps(bool second) => (second ? TimeZero.B : TimeZero.A) > 0.5 * Clock.Period;

    /// <summary>Share of the period in which a gate is open.</summary>
    public double Open(bool second, int level) => level == 0 ? 1
        : Math.Clamp(1 - ((second ? TimeZero.B : TimeZero.A) - (!Wraps(second) ? 0 : second ? Cut.B : Cut.A) + Gates[level - 1]) / Clock.Period, 0, 1);
}
