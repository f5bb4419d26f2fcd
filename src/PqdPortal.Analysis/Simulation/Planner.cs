using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra.Double;

namespace PqdPortal.Analysis.Simulation;

/// <summary>How well a measurement will know its answer, before it is made.</summary>
/// <param name="Sigma">Standard error after the measuring time: of g2(0) and M, of the lifetime relative to it.</param>
/// <param name="Seconds">Time after which the wanted standard error is reached [s].</param>
/// <param name="Events">Events that decide: pairs expected within +-t1 of a continuous laser, pairs of one side peak of a pulsed one, photons of a lifetime.</param>
/// <param name="EventsNeeded">As many are needed for a verdict at all.</param>
/// <param name="SecondsForVerdict">Time after which there are as many [s].</param>
public sealed record Plan(double Sigma, double Seconds, double Events, double EventsNeeded, double SecondsForVerdict)
{
    /// <summary>True where the measuring time gives the events that a verdict needs.</summary>
    public bool IsEnoughForVerdict => Events >= EventsNeeded;
}

/// <summary>Plans a measurement: the standard error that photons of known rates will leave, and how long to measure for a wanted one.</summary>
/// <remarks>
/// The Fisher information of the model that the analysis fits, from the counts expected in each bin; the standard error falls
/// as the square root of the time. Blinking raises the pairs at short delays by 1/on; what it does to the scatter of the
/// rates themselves is left out. For g2 under a continuous laser without jitter this is the rule
/// sigma = (0.75 + 1.7 g0)/sqrt(n1), n1 = rA rB T 2 t1, of docs/analyses/g2-cw.md.
/// </remarks>
public static class Planner
{
    /// <summary>Pairs, or pairs of one side peak, below which no verdict is given.</summary>
    const double PairsForVerdict = 100;

    /// <summary>Photons below which a lifetime is not trusted.</summary>
    const double PhotonsForLifetime = 500;

    /// <summary>Side peaks that a pulsed analysis takes on each side.</summary>
    const int SidePeaks = 40;

    /// <exception cref="RequestException">The background is no smaller than the counts it is part of, or a rate is missing.</exception>
    public static Plan Of(PlanOptions o)
    {
        if (o.BackgroundA >= o.RateA) throw new RequestException($"The background of detector A ({o.BackgroundA:G6} cps) leaves nothing of its {o.RateA:G6} cps. Give the rate with its background, and the background alone.");
        if (o.Question != "lifetime")
        {
            if (o.RateB <= 0) throw new RequestException("Two detectors are needed; give the rate of detector B too.");
            if (o.BackgroundB >= o.RateB) throw new RequestException($"The background of detector B ({o.BackgroundB:G6} cps) leaves nothing of its {o.RateB:G6} cps. Give the rate with its background, and the background alone.");
        }

        var (sigma, events, needed) = o.Question switch
        {
            "g2_pulsed" => Pulsed(o),
            "lifetime" => Lifetime(o),
            "hom" => Hom(o),
            _ => Continuous(o),
        };
        if (!(sigma < 1e6))
            throw new RequestException(o.Question == "lifetime"
                ? "Such a decay cannot be told from a flat background within the laser's period. Lower the repetition rate."
                : "At such a response the dip cannot be told from none. Take faster detectors.");
        return new Plan(sigma, o.Duration * Math.Pow(sigma / o.Wanted, 2), events, needed, o.Duration * needed / events);
    }

    static double Purity(PlanOptions o) => (1 - o.BackgroundA / o.RateA) * (1 - o.BackgroundB / o.RateB);

    /// <summary>Extra pairs of a dot that is on for a share p of the time, wholly dark else: 1/p - 1.</summary>
    static double Bunching(PlanOptions o) => 1 / o.OnFraction - 1;

    static (double, double, double) Continuous(PlanOptions o)
    {
        var t1 = o.Tau;
        var s = Math.Sqrt(2) * o.Jitter;
        var uncorrelated = o.RateA * o.RateB * o.Duration;
        var purity = Purity(o);
        var level = 1 + purity * Bunching(o);
        var g0 = 1 - (level - 1 + purity) / level * (1 - o.G2AtZero);

        // N [1 - (1 - g0) E(t; t1)] over half the delays; both sides are alike. Bins as an analysis takes them, and the wings as
        // one, out to its own range of 500 ns.
        var width = Math.Max(Math.Min(1e-9, t1 / 8), 20 * (t1 + s) / 4000);
        var bins = (int)Math.Ceiling(20 * (t1 + s) / width);
        var pairs = uncorrelated * level * 2 * width;
        var fisher = new double[3, 3];
        for (var i = 0; i < bins; i++)
        {
            var t = (i + 0.5) * width;
            var dip = TwoSided(t, t1, s);
            var byTime = (TwoSided(t, t1 * (1 + 1e-4), s) - TwoSided(t, t1 * (1 - 1e-4), s)) / 2e-4;
            var shape = 1 - (1 - g0) * dip;
            Inform(fisher, pairs * shape, [pairs * shape, pairs * dip, -pairs * (1 - g0) * byTime]);
        }

        var wings = uncorrelated * level * 2 * Math.Max(0, 500e-9 - bins * width);
        if (wings > 0) Inform(fisher, wings, [wings, 0, 0]);
        // Where the dip is empty the information is endless on paper; fits of real bins keep to the rule.
        var n1 = uncorrelated * level * 2 * t1;
        var error = Math.Max(Error(fisher, 1), (0.75 + 1.7 * Math.Max(0, g0)) / Math.Sqrt(n1));
        // The corrected value: 1 - (1 - g0) N/(N - 1 + purity).
        return (error * level / (level - 1 + purity), n1, PairsForVerdict);
    }

    static (double, double, double) Pulsed(PlanOptions o)
    {
        var (side, flat) = Peak(o, 1 / o.Repetition);
        var centre = side * o.G2AtZero;
        return (Math.Sqrt(centre + flat + o.G2AtZero * o.G2AtZero * (side + flat) / (2 * SidePeaks)) / side, side, PairsForVerdict);
    }

    /// <summary>Pairs expected in a side peak of the signal, and of the background below it.</summary>
    static (double Side, double Flat) Peak(PlanOptions o, double period)
    {
        var all = o.Duration * period * o.RateA * o.RateB;
        var flat = o.Duration * period * (o.RateA * o.BackgroundB + o.RateB * o.BackgroundA - o.BackgroundA * o.BackgroundB);
        return ((all - flat) * (1 + Bunching(o)), flat);
    }

    static (double, double, double) Hom(PlanOptions o)
    {
        var (r, t, g) = (o.Reflectance, 1 - o.Reflectance, o.G2AtZero);
        var orthogonal = r * r + t * t + 2 * r * t * g;
        var scale = 2 * r * t * o.Contrast * o.Contrast * (1 - g);
        if (scale <= 0) throw new RequestException("With g2(0) of 1 or more there are no single photons to interfere.");
        var parallel = Math.Max(0, orthogonal - scale * o.Indistinguishability);
        var (side, flat) = Peak(o, 1 / o.Repetition);
        double Of(double area) => (area * side + flat + area * area * (side + flat) / (2 * SidePeaks)) / (side * side);
        return (Math.Sqrt(Of(parallel) + Of(orthogonal)) / scale, side, PairsForVerdict);
    }

    static (double, double, double) Lifetime(PlanOptions o)
    {
        // Both detectors' photons go into one decay: signal folded into the period, convolved, over a flat background.
        var (rate, background) = (o.RateA + o.RateB, o.BackgroundA + o.BackgroundB);
        var signal = (rate - background) * o.Duration;
        var period = 1 / o.Repetition;
        var start = Math.Min(period / 5, 6 * o.Jitter + 0.1e-9);
        // What comes after forty lifetimes is the background's alone, one bin of it.
        const int bins = 4000;
        var told = Math.Min(period, start + 40 * o.Tau + 10 * o.Jitter);
        var width = told / bins;
        var fisher = new double[4, 4];
        // The response's place is fitted too where it has a width to be told by.
        var free = o.Jitter > width / 2 ? 4 : 3;
        var s = Math.Max(o.Jitter, width / 2);
        double Shape(double t, double tau)
        {
            var sum = 0.0;
            for (var n = 0; n < 40 && n * period < 40 * tau + period; n++) sum += OneSided(t + n * period, tau, s);
            return sum;
        }

        for (var i = 0; i < bins; i++)
        {
            var t = (i + 0.5) * width - start;
            var shape = Shape(t, o.Tau);
            var expected = signal * width * shape + background * o.Duration * width / period;
            if (expected <= 0) continue;
            var byTau = (Shape(t, o.Tau * (1 + 1e-4)) - Shape(t, o.Tau * (1 - 1e-4))) / 2e-4;
            var byPlace = (Shape(t + s * 1e-3, o.Tau) - Shape(t - s * 1e-3, o.Tau)) / 2e-3;
            Inform(fisher, expected, [signal * width * byTau, signal * width * shape, signal * width, signal * width * byPlace], free);
        }

        if (background > 0 && told < period)
        {
            var expected = background * o.Duration * (1 - told / period);
            Inform(fisher, expected, [0, 0, expected / (background * o.Duration) * signal * period, 0], free);
        }

        return (Error(fisher, 0, free), signal, PhotonsForLifetime);
    }

    static void Inform(double[,] fisher, double expected, double[] slopes, int? free = null)
    {
        for (var i = 0; i < (free ?? slopes.Length); i++)
            for (var j = 0; j < (free ?? slopes.Length); j++) fisher[i, j] += slopes[i] * slopes[j] / expected;
    }

    static double Error(double[,] fisher, int of, int? free = null)
    {
        var n = free ?? fisher.GetLength(0);
        // Scaled to a unit diagonal, so that parameters of any size invert alike.
        var scale = Enumerable.Range(0, n).Select(i => Math.Sqrt(fisher[i, i])).ToArray();
        var inverse = DenseMatrix.Create(n, n, (i, j) => fisher[i, j] / scale[i] / scale[j]).Inverse();
        return Math.Sqrt(inverse[of, of]) / scale[of];
    }

    /// <summary>exp(-|t|/tau) under a Gaussian response of width s.</summary>
    static double TwoSided(double t, double tau, double s) => s < 1e-3 * tau ? Math.Exp(-Math.Abs(t) / tau) : tau * (OneSided(t, tau, s) + OneSided(-t, tau, s));

    /// <summary>A decay exp(-t/tau)/tau from 0 on under a Gaussian response of width s.</summary>
    static double OneSided(double t, double tau, double s)
    {
        var z = (s / tau - t / s) / Math.Sqrt(2);
        // For large z the two factors leave the range of a double; there the closed form of their product is its tail.
        if (z > 20) return Math.Exp(-t * t / (2 * s * s)) / (2 * tau * z * Math.Sqrt(Math.PI));
        return Math.Exp(s * s / (2 * tau * tau) - t / tau) * SpecialFunctions.Erfc(z) / (2 * tau);
    }
}
