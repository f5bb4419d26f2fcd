using PqdPortal.Analysis.Correlation;

namespace PqdPortal.Analysis.Interference;

/// <summary>Where the dips of an unbalanced interferometer lie in a pair histogram: the central one, and one to each side.</summary>
/// <remarks>
/// Pairs missing in a window against the mean level, in standard errors, for windows of several widths. A dip beside the central
/// one must stand out on both sides at the same distance, and the curve must rise again before and behind it.
/// </remarks>
sealed class CwHomDips
{
    const double Clear = 6, ClearSide = 3; // standard errors: both sides together, each alone

    readonly PairAxis _axis;
    readonly double[] _missing, _flat; // running sums
    readonly int _centre;

    public CwHomDips(PairAxis axis, double[] pairs, double[] flat)
    {
        _axis = axis;
        var level = pairs.Sum() / flat.Sum();
        (_missing, _flat) = (new double[pairs.Length + 1], new double[pairs.Length + 1]);
        for (var i = 0; i < pairs.Length; i++)
            (_missing[i + 1], _flat[i + 1]) = (_missing[i] + level * flat[i] - pairs[i], _flat[i] + level * flat[i]);

        // The centre may lie apart from zero by cables: the deepest dip of the inner third.
        var third = axis.Side / 3;
        var (best, most) = (axis.Side, Clear);
        foreach (var half in Widths())
            for (var i = axis.Side - third; i <= axis.Side + third; i++)
                if (Score(i, half) > most)
                    (best, most) = (i, Score(i, half));
        _centre = best;
        Delay = Find(axis.Side)?.At;
    }

    /// <summary>Where the central dip lies [s].</summary>
    public double Centre => (_centre - _axis.Side) * _axis.BinSeconds;

    /// <summary>Distance of the dips beside it [s]; null where none stand out.</summary>
    public double? Delay { get; }

    /// <summary>True where dips stand out at that distance.</summary>
    public bool Sees(double delay)
    {
        var at = (int)Math.Min(Math.Abs(delay) / _axis.BinSeconds, 1e9);
        var aside = (int)Math.Max(0.05 * at, 0.5e-9 / _axis.BinSeconds);
        return Find(at + aside, Math.Max(at - aside, 1)) is not null;
    }

    IEnumerable<int> Widths()
    {
        for (var half = 1; half < _axis.Side / 8; half = (int)Math.Ceiling(1.6 * half)) yield return half;
    }

    double Missing(int i, int half) => i - half < 0 || i + half + 1 >= _missing.Length ? 0 : _missing[i + half + 1] - _missing[i - half];

    double Error(int i, int half) => i - half < 0 || i + half + 1 >= _flat.Length ? 1 : Math.Sqrt(Math.Max(_flat[i + half + 1] - _flat[i - half], 1));

    double Score(int i, int half) => Missing(i, half) / Error(i, half);

    (double At, double Score)? Find(int to, int from = 1)
    {
        (double At, double Score)? best = null;
        foreach (var half in Widths())
            for (var d = Math.Max(from, 3 * half); d <= Math.Min(to, _axis.Side - 3 * half); d++)
            {
                var both = Both(d);
                var error = Math.Sqrt(2) * Error(_centre, half);
                if (both < Clear * error || both / error <= (best?.Score ?? 0) || Score(_centre - d, half) < ClearSide || Score(_centre + d, half) < ClearSide) continue;
                if (both - Both(d - 2 * half) < ClearSide * error || both - Both(d + 2 * half) < ClearSide * error) continue;
                best = (d * _axis.BinSeconds, both / error);

                double Both(int at) => Missing(_centre - at, half) + Missing(_centre + at, half);
            }

        return best;
    }
}
