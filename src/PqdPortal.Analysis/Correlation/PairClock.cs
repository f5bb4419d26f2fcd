using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>Turns an event's tick and micro time into one integer time.</summary>
/// <param name="Unit">Length of one unit [s].</param>
/// <param name="UnitsPerTick">Units in one macro-time tick.</param>
/// <param name="UnitsPerDtime">Units in one step of the micro time; 0 where it is not used.</param>
/// <param name="UnitsPerStep">Units in the finest step that delays really come in; bins are odd multiples of it.</param>
/// <remarks>
/// T2: one unit is one tick, exactly. T3: the sync period is in general no whole number of micro-time steps (12.5 ns are
/// 781.25 steps of 16 ps), so the unit is an odd fraction of the step, as fine as a run of 48 hours allows in 63 bits
/// (about 0.04 ps). The period is rounded to it once: a delay is then wrong by at most half a unit for each period it spans,
/// below 3e-6 of the delay at 80 MHz. Bins are whole multiples of the step, so that each holds equally many of the delays
/// that can occur; bins of 62.5 steps would hold 62 or 63 by turns and show a pattern of 1.6 %.
/// </remarks>
public sealed record PairClock(double Unit, long UnitsPerTick, long UnitsPerDtime, long UnitsPerStep)
{
    /// <summary>Finest step of delays [s].</summary>
    public double Step => UnitsPerStep * Unit;

    const double LongestRun = 48 * 3600; // [s]

    /// <exception cref="InsufficientDataException">The file does not say how long a tick is.</exception>
    public static PairClock Of(PhotonStream photons)
    {
        if (photons.Tick is not { } tick || !(tick > 0))
            throw new InsufficientDataException("The file does not say how long a tick of its clock is, so delays have no length.");
        if (photons is not { HasDtime: true, ChannelWidth: { } step } || !(step > 0))
            return new(tick, 1, 0, 1);

        var finest = LongestRun / (1L << 62);
        var fraction = Math.Max(1, (long)(step / finest));
        if (fraction % 2 == 0) fraction--;
        var unit = step / fraction;
        return new(unit, (long)Math.Round(tick / unit), fraction, fraction);
    }
}
