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
    const double Negligible = 12; // exp(-12) of a thousand photons is under a hundredth
    const int Most = 2048; // candidates; of more, where a step is small and its place wide, every second or third is taken
    const int Halvings = 24;

    readonly List<(int Photon, double Height, double Gap, double Top, double Foot)> _near = [];

    /// <param name="time">Times of the events, ascending.</param>
    /// <param name="from">The change before, or the nearest event that matters.</param>
    /// <param name="at">The change.</param>
    /// <param name="to">The change behind.</param>
    /// <returns>In the unit of the times.</returns>
    public (double Low, double High) Of(ReadOnlySpan<double> time, int from, int at, int to)
    {
        var n = to - from;
        var (begin, each, share) = (time[from], 1 / (time[to] - time[from]), 1.0 / n);
        var before = (at - from) / (time[at] - time[from]);
        var behind = (to - at) / (time[to] - time[at]);
        var difference = Math.Abs(before - behind);
        var side = before > behind ? 1 : -1;

        var highest = test.LogLikelihood(at - from, n, (time[at] - begin) * each);
        if (!(difference > 0) || !double.IsFinite(highest)) return (time[at], time[at]);
        var bound = Math.Exp((highest - Negligible) / n) - 1; // see ChangeTest
        _near.Clear();
        var (whole, top) = (0.0, 0.0);
        var step = 1 + n / Most;
        for (var k = (at - from) % step == 0 ? step : (at - from) % step; k < n; k += step)
        {
            var v = (time[from + k] - begin) * each;
            var off = k * share - v;
            if (off * off < bound * (v - v * v) || !(v > 0 && v < 1)) continue;
            var height = test.LogLikelihood(k, n, v) - highest;
            if (!(height > -Negligible)) continue;
            var gap = difference * Math.Abs(time[from + k + side] - time[from + k]);
            var one = (from + k, height, gap, Top: Math.Exp(height), Foot: Math.Exp(height - gap));
            _near.Add(one);
            whole += one.Top - one.Foot;
            top = Math.Max(top, height);
        }

        var floor = -Negligible;
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (floor + top) / 2;
            var (cut, held) = (Math.Exp(middle), 0.0);
            foreach (var one in _near) held += Math.Max(one.Top - Math.Max(one.Foot, cut), 0);
            if (held >= Held * whole) floor = middle;
            else top = middle;
        }

        var (low, high) = (time[Math.Max(at - step / 2, from)], time[Math.Min(at + step / 2, to)]);
        foreach (var one in _near)
        {
            if (one.Height <= floor) continue;
            var far = time[one.Photon] + side * Math.Min(one.Gap, one.Height - floor) / difference;
            (low, high) = (Math.Min(low, Math.Min(far, time[one.Photon])), Math.Max(high, Math.Max(far, time[one.Photon])));
        }
        return (low, high);
    }
}
