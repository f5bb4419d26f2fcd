namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// The delay axis of a pair histogram in whole units of the clock: 2M+1 bins of odd width d, the middle one symmetric about zero.
/// </summary>
/// <param name="Unit">Length of one clock unit [s].</param>
/// <param name="Width">Width of a bin [units], odd.</param>
/// <param name="Side">Bins on each side of the middle one, M.</param>
/// <param name="Delay">Cable delay of the second detector [units], subtracted from every pair difference.</param>
public sealed record PairAxis(double Unit, long Width, int Side, long Delay)
{
    public int Bins => 2 * Side + 1;

    /// <summary>Half of the whole window, from the middle of the middle bin to the outer edge of the last [units].</summary>
    public long Reach => Side * Width + (Width - 1) / 2;

    /// <summary>Width of a bin [s].</summary>
    public double BinSeconds => Width * Unit;

    /// <summary>Centre of a bin, after the delay was subtracted [s].</summary>
    public double Centre(int bin) => (bin - Side) * (double)Width * Unit;

    /// <summary>Lag between the detectors' own clocks at the centre of a bin, the delay still in it [s].</summary>
    public double Lag(int bin) => ((bin - Side) * (double)Width + Delay) * Unit;

    /// <summary>The axis nearest to what was asked: an odd number of steps a bin, bins up to the range.</summary>
    /// <param name="clock">Turns events into clock units.</param>
    /// <param name="bin">Width asked for [s].</param>
    /// <param name="range">Longest delay asked for [s].</param>
    /// <param name="delay">Cable delay of the second detector [s].</param>
    /// <exception cref="RequestException">The axis would have too many bins.</exception>
    public static PairAxis For(PairClock clock, double bin, double range, double delay)
    {
        var steps = Math.Max(1, (long)Math.Round(bin / clock.Step));
        if (steps % 2 == 0) steps++;
        var width = steps * clock.UnitsPerStep;
        var side = Math.Max(1, Math.Floor(range / (width * clock.Unit) + 0.5));
        if (side > MostBins)
            throw new RequestException(
                $"A range of {range * 1e9:G6} ns in bins of {bin * 1e12:G6} ps makes {2 * side + 1:F0} bins; at most {2 * MostBins + 1} are counted. Choose wider bins or a shorter range.");
        return new(clock.Unit, width, (int)side, (long)Math.Round(delay / clock.Unit));
    }

    const int MostBins = 100_000; // a side; twenty blocks of counts stay within 32 MB
}
