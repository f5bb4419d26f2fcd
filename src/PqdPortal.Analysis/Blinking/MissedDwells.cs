namespace PqdPortal.Analysis.Blinking;

/// <summary>What missed dwells of one state do to the rates of a telegraph.</summary>
/// <remarks>
/// An exponential dwell forgets its age, so missing short dwells of a state does not change how the found ones decay beyond a
/// shortest length. But a missed dwell of the other state joins two: the found ones end only at dwells that are found. With q the share
/// missed of the other state's dwells and m the mean length of those missed, a found dwell ends at the rate k (1-q)/(1 + k q m); the k of
/// both states that gives both found rates is reached by going to and fro.
/// </remarks>
static class MissedDwells
{
    /// <summary>The share of exponential dwells of a mean length that is missed, and the mean length of those [s].</summary>
    public static (double Share, double Mean) Of(double rate, Completeness found)
    {
        var (length, share) = found.Points();
        double missed = 0, sum = 0;
        // Below the first point nothing is found; between two points the share found goes straight over ln x, taken at their middle.
        for (var k = -1; k < length.Length - 1; k++)
        {
            var from = k < 0 ? 0 : length[k];
            var (to, lost) = (length[k + 1], k < 0 ? 1 : 1 - (share[k] + share[k + 1]) / 2);
            var part = lost * (Math.Exp(-rate * from) - Math.Exp(-rate * to));
            missed += part;
            sum += part * (from + to) / 2;
        }

        return (missed, missed > 0 ? sum / missed : 0);
    }

    /// <summary>True rates of a telegraph from those found.</summary>
    /// <param name="on">At which found on dwells end [1/s].</param>
    /// <param name="off">At which found off dwells end [1/s].</param>
    /// <param name="onFound">Of on dwells.</param>
    /// <param name="offFound">Of off dwells.</param>
    public static (double On, double Off, double OnMissed, double OffMissed) Correct(double on, double off, Completeness onFound, Completeness offFound)
    {
        var (k, m) = (on, off);
        double onMissed = 0, offMissed = 0;
        for (var i = 0; i < 200; i++)
        {
            (offMissed, var offMean) = Of(m, offFound);
            (onMissed, var onMean) = Of(k, onFound);
            // Where nearly all is missed there is nothing to correct by; the factor stays bounded.
            var next = Math.Min(on / Math.Max(1 - offMissed - on * offMissed * offMean, 0.05), 20 * on);
            var nextOff = Math.Min(off / Math.Max(1 - onMissed - off * onMissed * onMean, 0.05), 20 * off);
            var moved = Math.Abs(next - k) / k + Math.Abs(nextOff - m) / m;
            (k, m) = (next, nextOff);
            if (moved < 1e-9) break;
        }

        return (k, m, onMissed, offMissed);
    }
}
