using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// Expected areas of the side peaks: a level that falls off with the pulse difference, as blinking makes it.
/// </summary>
/// <remarks>
/// S(m) = b + Q e(m) [1 - c + c exp(-|m| x)], Q the level at m -> 0 above the background b, x the period over the blinking time,
/// c = A/(1 + A). e(m) holds the overlap of the run with itself, 1 - |m| Trep/T, and what neighbours exchange by late photons.
/// </remarks>
public sealed class PulsedSides : ICountModel
{
    public const int Q = 0, C = 1, LnX = 2;

    readonly double[] _exposure;
    readonly double _background;
    readonly int _reach;

    /// <param name="exposure">e(m), shape (2K+1).</param>
    /// <param name="background">b, pairs in each peak.</param>
    /// <param name="start">Level to start from, and the period over the blinking time where there is blinking.</param>
    public PulsedSides(double[] exposure, double background, double start, double? x)
    {
        (_exposure, _background, _reach) = (exposure, background, exposure.Length / 2);
        Parameters =
        [
            new("Q", start, 1e-6 * start),
            new("c", x is null ? 0 : 0.3, 0, 0.999999) { Fixed = x is null },
            new("ln x", Math.Log(x ?? 1), Math.Log(0.05 / _reach), Math.Log(10)) { Fixed = x is null },
        ];
    }

    public IReadOnlyList<FitParameter> Parameters { get; }

    public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian)
    {
        var x = Math.Exp(p[LnX]);
        for (var i = 0; i < mu.Length; i++)
        {
            var m = Math.Abs(i - _reach);
            var fall = p[C] > 0 || jacobian is not null ? Math.Exp(-m * x) : 1;
            var shape = 1 - p[C] + p[C] * fall;
            mu[i] = _background + p[Q] * _exposure[i] * shape;
            if (jacobian is null) continue;
            jacobian[Q][i] = _exposure[i] * shape;
            jacobian[C][i] = p[Q] * _exposure[i] * (fall - 1);
            jacobian[LnX][i] = -p[Q] * _exposure[i] * p[C] * fall * m * x;
        }
    }

    /// <summary>Side peaks of one height, and the better of that and a falling height.</summary>
    /// <param name="peaks">Counted pairs, shape (2K+1); the middle one does not count.</param>
    public static (FitResult Best, FitResult Flat, FitResult? Falling) Fit(double[] peaks, double[] exposure, double background, CancellationToken stop)
    {
        var reach = peaks.Length / 2;
        bool[] use = [.. Enumerable.Range(0, peaks.Length).Select(i => i != reach && exposure[i] > 0)];
        double sum = 0, open = 0;
        for (var i = 0; i < peaks.Length; i++)
        {
            if (!use[i]) continue;
            sum += peaks[i] - background;
            open += exposure[i];
        }

        var level = sum / open;
        var flat = PoissonFit.Run(new PulsedSides(exposure, background, level, null), peaks, use, stop: stop);
        FitResult? falling = null;
        if (reach >= 4)
        {
            foreach (var x in (double[])[1, 0.3, 8.0 / reach, 3.0 / reach, 1.0 / reach])
            {
                var fit = PoissonFit.Run(new PulsedSides(exposure, background, level, x), peaks, use, stop: stop);
                if (falling is null || fit.Deviance < falling.Deviance) falling = fit;
            }
        }

        // Improved by more than chance makes of two parameters, and by BIC.
        var isFalling = falling is { AtBound.Count: 0, Fisher: not null } && flat.Deviance - falling.Deviance > 16 && falling.Bic < flat.Bic;
        return (isFalling ? falling! : flat, flat, falling);
    }
}
