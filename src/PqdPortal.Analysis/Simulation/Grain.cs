namespace PqdPortal.Analysis.Simulation;

/// <summary>
/// The simulator's own unit of time: 1/64 ps. Times are whole grains in 64 bits, so that a day at 16 fs loses nothing,
/// which a double would.
/// </summary>
static class Grain
{
    public const double PerSecond = 64e12;

    /// <summary>Longest wait that is told apart from "never": with the longest duration it still fits in 64 bits.</summary>
    const double Never = 2.5e18;

    /// <summary>Grains nearest to a time [s].</summary>
    public static long From(double seconds) => (long)Math.Round(seconds * PerSecond);

    /// <summary>Grains nearest to a drawn wait [grains]; waits beyond every run are cut to "after the run".</summary>
    public static long Whole(double grains) => grains < Never ? (long)(grains + 0.5) : (long)Never;
}
