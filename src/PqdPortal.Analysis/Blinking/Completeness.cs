namespace PqdPortal.Analysis.Blinking;

/// <summary>Which share of dwells of a length is found at given rates.</summary>
/// <remarks>
/// A dwell of rate a between neighbours of rate b is found where its n photons speak for a rate of their own: n ln(n/(b x)) - n + b x
/// reaches a threshold, and n/x lies on its own side of the geometric mean of the rates, which decides between on and off. n is a
/// Poisson number of mean a x, so the share is a sum of Poisson terms and needs no simulation.
/// </remarks>
public sealed class Completeness
{
    /// <summary>Least log likelihood ratio of a dwell that is found.</summary>
    public const double Threshold = 9;

    /// <summary>A dwell is found reliably from so large a share on.</summary>
    public const double Reliable = 0.9;

    const int PerDecade = 20;

    readonly double _start;
    readonly double[] _found;

    /// <param name="own">Rate of the dwell [1/s].</param>
    /// <param name="other">Rate of its neighbours [1/s].</param>
    public Completeness(double own, double other)
    {
        if (!(own >= 0 && other >= 0 && double.IsFinite(own + other)) || own == other)
            throw new ArgumentException("A dwell is found by its rate: two rates, not negative and not equal.", nameof(own));
        (Own, Other) = (own, other);
        // From where the neighbours' rate leaves far too little to judge, to where nothing is missed.
        var contrast = own * Math.Log(Math.Max(own, 1e-300) / Math.Max(other, 1e-3 * own)) - own + other;
        if (own == 0) contrast = other;
        _start = Math.Log(0.01 * Threshold / contrast);
        var found = new List<double>();
        for (var k = 0; k < 6 * PerDecade; k++)
        {
            found.Add(Share(Length(k)));
            if (found[^1] > 0.99999 && k > PerDecade) break;
        }

        // Whole numbers of photons make teeth in the curve; only the rise counts.
        for (var k = 1; k < found.Count; k++) found[k] = Math.Max(found[k], found[k - 1]);
        found[^1] = 1;
        _found = [.. found];
        ShortestReliable = Length(Array.FindIndex(_found, share => share >= Reliable));
    }

    /// <summary>[1/s]</summary>
    public double Own { get; }

    /// <summary>[1/s]</summary>
    public double Other { get; }

    /// <summary>Shortest dwell of which nine of ten are found [s].</summary>
    public double ShortestReliable { get; }

    /// <summary>Share found of dwells of a length.</summary>
    /// <param name="length">[s]</param>
    public double Found(double length)
    {
        if (length <= 0) return 0;
        var place = (Math.Log(length) - _start) * PerDecade / Math.Log(10);
        if (place <= 0) return 0;
        if (place >= _found.Length - 1) return 1;
        var k = (int)place;
        return _found[k] + (place - k) * (_found[k + 1] - _found[k]);
    }

    /// <summary>Lengths [s] and the share found of each, for the figure.</summary>
    public (double[] Length, double[] Share) Points() =>
        ([.. Enumerable.Range(0, _found.Length).Select(Length)], _found);

    double Length(int k) => Math.Exp(_start + k * Math.Log(10) / PerDecade);

    double Share(double x)
    {
        var (mean, around) = (Own * x, Other * x);
        if (mean > 2000) return 1;
        var middle = Math.Sqrt(Math.Max(Own, 1e-3 * Other) * Math.Max(Other, 1e-3 * Own)) * x;
        var sum = 0.0;
        var last = (int)(mean + 12 * Math.Sqrt(mean) + 30);
        var log = -mean;
        for (var n = 0; n <= last; n++)
        {
            if (n > 0) log += Math.Log(Math.Max(mean, 1e-300) / n);
            var own = Own > Other ? n > middle : n < middle;
            var ratio = (n == 0 ? 0 : n * Math.Log(n / Math.Max(around, 1e-9))) - n + around;
            if (own && ratio >= Threshold) sum += Math.Exp(log);
        }

        return Math.Min(sum, 1);
    }
}
