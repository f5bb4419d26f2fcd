namespace PqdPortal.Analysis.Blinking;

/// <summary>Within which times a change of rate lies.</summary>
/// <remarks>
/// The smallest set of times that holds 95 % of the likelihood. The change need not have come with a photon: from bright to dark it lies somewhere
/// behind the last bright photon, from dark to bright before the first. Between two photons the likelihood falls like exp(-d u) with the distance
/// u to the one on the bright side, d the difference of the rates, so a photon k stands for exp(L_k) (1 - exp(-d gap))/d, with the gap to its neighbour on
/// the dark side. The interval given is the hull of the set.
/// </remarks>
sealed class ChangeInterval(ChangeTest test)
{
    const double Held = 0.95;
    const double Negligible = 14; // exp(-14) of a thousand photons is under a thousandth

    readonly List<(int Photon, double Height, double Gap)> _near = [];

    /// <param name="time">Times of the events, ascending.</param>
    /// <param name="from">The change before, or the nearest event that matters.</param>
    /// <param name="at">The change.</param>
    /// <param name="to">The change behind.</param>
    /// <returns>In the unit of the times.</returns>
    public (double Low, double High) Of(ReadOnlySpan<double> time, int from, int at, int to)
    {
        var n = to - from;
        if (n < 2) return (time[from], time[to]);
        var (begin, each) = (time[from], 1 / (time[to] - time[from]));
        var before = (at - from) / (time[at] - time[from]);
        var behind = (to - at) / (time[to] - time[at]);
        var difference = Math.Abs(before - behind);
        var side = before > behind ? 1 : -1;

        var highest = LogLikelihood(at - from, time[at]);
        _near.Clear();
        for (var k = 1; k < n; k++)
        {
            var height = LogLikelihood(k, time[from + k]) - highest;
            if (height > -Negligible) _near.Add((from + k, height, difference * Math.Abs(time[from + k + side] - time[from + k])));
        }

        var whole = 0.0;
        foreach (var (_, height, gap) in _near) whole += Math.Exp(height) * (1 - Math.Exp(-gap));
        var (floor, top) = (-Negligible, _near.Count > 0 ? _near.Max(one => one.Height) : 0);
        for (var i = 0; i < 24; i++)
        {
            var middle = (floor + top) / 2;
            var held = 0.0;
            foreach (var (_, height, gap) in _near)
                if (height > middle) held += Math.Exp(height) * (1 - Math.Exp(-Math.Min(gap, height - middle)));
            if (held >= Held * whole) floor = middle;
            else top = middle;
        }

        var (low, high) = (time[at], time[at]);
        foreach (var (photon, height, gap) in _near)
        {
            if (height <= floor) continue;
            var far = time[photon] + side * Math.Min(gap, height - floor) / difference;
            (low, high) = (Math.Min(low, Math.Min(far, time[photon])), Math.Max(high, Math.Max(far, time[photon])));
        }
        return (low, high);

        double LogLikelihood(int k, double t)
        {
            var v = (t - begin) * each;
            return v > 0 && v < 1 ? test.LogLikelihood(k, n, v) : double.NegativeInfinity;
        }
    }
}
