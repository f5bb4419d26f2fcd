using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// Fluctuations of the emitter up to a tenth of the run, for blinking slower than the side peaks reach: pairs by pulse difference in bins evenly
/// spaced in the logarithm, over those of steady light, and the exponentials that describe them.
/// </summary>
/// <remarks>
/// A second pass over the photons, by <see cref="LagCounter"/> with pulses for a clock; only where the side peaks call for it. Amplitudes
/// are those of the dot's own light: uniform background lowers what is counted by rho² = (S1/R1)(S2/R2).
/// </remarks>
sealed class PulsedSlow
{
    const int NearestPulses = 3; // nearer ones exchange photons with the pulse itself
    const int PerDecade = 10;
    const double Longest = 10;   // [s]
    const double LongestTime = 0.01; // of the run: of what is slower a few swings tell no amplitude
    const double Significant = 3;    // sigma; that the peaks stand too high is known by then
    const double Present = 4;        // sigma of a component beside others
    const double Smallest = 0.01;

    readonly ExponentialSum _fit;
    readonly LagCurve _curve;
    readonly int[] _use;
    readonly double _rho2, _period, _duration, _rhoError;

    PulsedSlow(LagCurve curve, int[] use, ExponentialSum fit, double period, double duration, double rho2, double rhoError)
    {
        (_curve, _use, _fit, _period, _duration, _rho2, _rhoError) = (curve, use, fit, period, duration, rho2, rhoError);
        Blinking = [.. Positive.Where(k => !IsDrift(k))];
    }

    /// <summary>What the emitter does below a fiftieth of the run, fastest first: numbers of components.</summary>
    public IReadOnlyList<int> Blinking { get; }

    /// <summary>Time of a component [s].</summary>
    public double Time(int component) => _fit.Time(component);

    IEnumerable<int> Positive => Enumerable.Range(0, _fit.Components).Where(k => _fit.Amplitude(k) > 0);

    bool IsDrift(int k) => _fit.AtBound[k] || _fit.Time(k) > LongestTime * _duration;

    /// <summary>How much of what is too slow to be told there is, and on which time at least [s]; null where there is none.</summary>
    public (double Amplitude, double Time)? Drift => Positive.Where(IsDrift).ToArray() is { Length: > 0 } slow
        ? (slow.Sum(_fit.Amplitude) / _rho2, slow.Min(_fit.Time)) : null;

    /// <summary>Looks at all photons once more.</summary>
    /// <param name="live">When photons are counted at all [s].</param>
    /// <param name="share">Share of each detector's photons that are the dot's, and its standard error.</param>
    /// <returns>Null where the run is too short or too dark to tell.</returns>
    public static PulsedSlow? Of(
        PhotonStream photons, PulsedCounts counts, double duration, IReadOnlyList<(double From, double To)> live,
        ((double Value, double Sigma) A, (double Value, double Sigma) B) share, int reached, IProgress<long>? progress, CancellationToken stop)
    {
        var clock = counts.Plan.Clock;
        var from = (NearestPulses + reached) * clock.Period;
        if (!(duration > 100 * from) || !(share.A.Value > 0) || !(share.B.Value > 0)) return null;
        var grid = LagGrid.For(clock.Period, from, Math.Min(Longest, 0.1 * duration), PerDecade);
        var counter = new LagCounter(clock.Period, grid, [counts.Plan.Channels.A, counts.Plan.Channels.B], duration, counts.Photons.A + counts.Photons.B);
        PulsedSurvey.Pass(photons, clock, counter, progress, stop);
        var curve = LagCurve.Of(counter.Finish(duration) with { Duration = duration }, live, stop);
        int[] use = [.. Enumerable.Range(0, curve.Bins).Where(j => curve.Sigma[j] > 0)];
        if (use.Length < 5) return null;
        // Twenty blocks tell the error of a bin to a sixth, and neighbours err together: weights of their own would follow the noise.
        var swing = use.Average(j => Math.Max(0, Square(curve.Sigma[j]) - Square(curve.Poisson[j])));
        double[] sigma = [.. use.Select(j => Math.Sqrt(Square(curve.Poisson[j]) + swing))];
        ExponentialSum Fit(int components) => curve.Fit(use, counts.Photons.A + counts.Photons.B, stop, components, sigma).Fit;
        var fit = Fit(LagCurve.MostComponents);
        // What blocks do not show to be there is none, however much better it fits.
        while (fit.Components > 1 && Enumerable.Range(0, fit.Components).Any(k => !(Math.Abs(fit.Amplitude(k)) > Present * curve.Error(fit, use, moved => moved[2 * k]))))
            fit = Fit(fit.Components - 1);
        var relative = Math.Sqrt(Square(share.A.Sigma / share.A.Value) + Square(share.B.Sigma / share.B.Value));
        return new(curve, use, fit, clock.Period, duration, share.A.Value * share.B.Value, relative);
    }

    /// <summary>Amplitude of some components relative to what is slower than a run can tell, and its standard error; null where none can be had.</summary>
    public (double Value, double? Sigma) Amplitude(IReadOnlyList<int> components)
    {
        double Of(double[] p) => components.Sum(k => p[2 * k]) / (_rho2 + Positive.Where(IsDrift).Sum(k => p[2 * k]));
        var value = Of(_fit.Parameters);
        var sigma = Error(Of);
        return (value, sigma is { } s ? Math.Sqrt(s * s + Square(value * _rhoError)) : null);
    }

    /// <summary>Standard error of the logarithm of a time.</summary>
    public double? TimeError(int component) => Error(p => p[2 * component + 1]);

    /// <summary>Does it blink, rather than only drift?</summary>
    public bool IsSignificant => Blinking.Count > 0 && Amplitude(Blinking) is (var value and > Smallest, { } sigma) && value > Significant * sigma;

    /// <summary>Height of the side peaks over that at m -> 0, as some components make them fall.</summary>
    /// <param name="m">Pulse difference.</param>
    public double Height(IReadOnlyList<int> components, double m) => Height(components, m, _fit.Parameters);

    double Height(IReadOnlyList<int> components, double m, double[] p)
    {
        double at = _rho2, zero = _rho2;
        foreach (var k in Positive)
        {
            zero += p[2 * k];
            at += components.Contains(k) ? p[2 * k] * Math.Exp(-m * _period / Math.Exp(p[2 * k + 1])) : p[2 * k];
        }

        return at / zero;
    }

    /// <summary>Standard error of the mean height of the peaks up to the farthest.</summary>
    public double HeightError(IReadOnlyList<int> components, int reach) =>
        Error(p => Enumerable.Range(1, 8).Average(k => Height(components, k * reach / 8.0, p))) ?? 0;

    /// <summary>From blocks left out in turn; the parameters move to first order, what is made of them in full.</summary>
    double? Error(Func<double[], double> of) =>
        _curve.Error(_fit, _use, moved => of([.. _fit.Parameters.Select((x, k) => x + moved[k])]));

    static double Square(double x) => x * x;
}
