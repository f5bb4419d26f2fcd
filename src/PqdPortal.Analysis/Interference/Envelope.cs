namespace PqdPortal.Analysis.Interference;

/// <summary>How the visibility falls with delay.</summary>
/// <param name="Name">lorentzian, gaussian, voigt, lorentzian doublet, gaussian doublet or narrow on broad.</param>
/// <param name="Of">Visibility at a delay [s] for the parameters.</param>
/// <param name="Starts">Where fits may begin.</param>
/// <param name="Min">Bounds of the parameters.</param>
/// <param name="Max">Bounds of the parameters.</param>
sealed record Envelope(string Name, Func<double[], double, double> Of, IReadOnlyList<double[]> Starts, double[] Min, double[] Max)
{
    /// <summary>Where the parameters stand: visibility at zero delay, ln of the time [s], ln of a second time [s] or of the splitting [ueV], share of one of two lines or of the narrow one.</summary>
    public const int V0 = 0, LnT = 1, Third = 2, Weight = 3;

    public const double LorentzWidth = 2 * 658.2119569; // [ueV ps] FWHM x T2, 2 hbar of the SI of 2019
    public const double Planck = 4135.667696;           // [ueV ps], h of the SI of 2019

    /// <summary>FWHM x tc of a Gaussian line, 2747 ueV ps.</summary>
    public static readonly double GaussWidth = 2 * Math.Sqrt(2 * Math.Log(2) * Math.PI) * LorentzWidth / 2;

    /// <summary>A Lorentzian line that jumps: pairs without a jump between them see it narrow, the others folded with a Gaussian.</summary>
    public const string Jumping = "narrow on broad";

    public bool IsDoublet => Name.EndsWith("doublet", StringComparison.Ordinal);

    /// <summary>The envelopes that a measurement at these delays may show.</summary>
    /// <param name="jumps">True where pairs of photons are seen, of which only some have a jump of the line between them.</param>
    /// <exception cref="InsufficientDataException">There is one delay only.</exception>
    public static IReadOnlyList<Envelope> For(IEnumerable<double> at, bool jumps = false)
    {
        var delays = at.Select(Math.Abs).Where(d => d > 0).Order().ToArray();
        if (delays.Length == 0) throw new InsufficientDataException("All points have the same delay of the arms; an envelope needs several. Measure fringes at more delays.");
        var (shortest, longest) = (delays[0], delays[^1]);
        var times = Enumerable.Range(0, 14).Select(k => Math.Log(shortest / 3 * Math.Pow(15 * longest / shortest, k / 13.0))).ToArray();
        double[] heights = [0.15, 0.3, 0.5, 0.7, 0.85, 1];
        var (first, last) = (Math.Log(shortest / 30), Math.Log(longest * 300));
        var singles = (from t in times from v in heights select new[] { v, t }).ToList();
        // Beats from one in ten times the range to one between two steps.
        var step = delays.Zip(delays.Skip(1), (a, b) => b - a).Where(gap => gap > 0).DefaultIfEmpty(shortest).Min();
        var (slow, fast) = (Planck * 1e-12 / (10 * longest), Planck * 1e-12 / (2 * step));
        var splittings = Enumerable.Range(0, 48).Select(k => Math.Log(slow * Math.Pow(fast / slow, k / 47.0))).ToArray();
        var doubles = (from t in times.Where((_, k) => k % 2 == 1) from v in new[] { 0.4, 0.7, 0.95 } from s in splittings from w in new[] { 0.25, 0.48 } select new[] { v, t, s, w }).ToList();
        var jumping = (from t in times.Where((_, k) => k % 2 == 1) from ratio in new[] { 0.15, 0.4, 0.8 } from v in new[] { 0.5, 0.8, 0.95 } from c in new[] { 0.05, 0.4, 0.8 } select new[] { v, t, t + Math.Log(ratio), c }).ToList();
        IReadOnlyList<Envelope> all =
        [
            new("lorentzian", (p, d) => p[V0] * Lorentzian(p[LnT], d), singles, [0, first], [1.5, last]),
            new("gaussian", (p, d) => p[V0] * Gaussian(p[LnT], d), singles, [0, first], [1.5, last]),
            new("voigt", (p, d) => p[V0] * Lorentzian(p[LnT], d) * Gaussian(p[Third], d), [.. singles.SelectMany(one => new[] { [.. one, one[1]], new[] { one[0], one[1] + 0.7, one[1] } })],
                [0, first, first], [1.5, last + 5, last + 5]),
            new("lorentzian doublet", (p, d) => p[V0] * Lorentzian(p[LnT], d) * Beat(p, d), doubles, [0, first, Math.Log(slow), 0.02], [1.5, last, Math.Log(2 * fast), 0.98]),
            new("gaussian doublet", (p, d) => p[V0] * Gaussian(p[LnT], d) * Beat(p, d), doubles, [0, first, Math.Log(slow), 0.02], [1.5, last, Math.Log(2 * fast), 0.98]),
            new(Jumping, (p, d) => p[V0] * Lorentzian(p[LnT], d) * Math.Sqrt(p[Weight] + (1 - p[Weight]) * Math.Pow(Gaussian(p[Third], d), 2)), jumping,
                [0, first, first, 0], [1.5, last, last, 1]),
        ];
        return jumps ? all : [.. all.Take(all.Count - 1)];

        static double Lorentzian(double lnT, double d) => Math.Exp(-Math.Abs(d) / Math.Exp(lnT));
        static double Gaussian(double lnT, double d) => Math.Exp(-Math.PI / 2 * Math.Pow(d / Math.Exp(lnT), 2));

        // Two lines of shares w and 1 - w; for equal ones |cos(pi Delta d/h)|.
        static double Beat(double[] p, double d)
        {
            var sin = Math.Sin(Math.PI * Math.Exp(p[Third]) * d * 1e12 / Planck);
            return Math.Sqrt(Math.Max(0, 1 - 4 * p[Weight] * (1 - p[Weight]) * sin * sin));
        }
    }

    /// <summary>The integral of |g1|² over all delays at V0 = 1 [s]: T2 of a Lorentzian, tc of a Gaussian; of a doublet, that of one line.</summary>
    public static double CoherenceTime(double[] p, string model)
    {
        if (model == Jumping) return p[Weight] * Math.Exp(p[LnT]) + (1 - p[Weight]) * CoherenceTime(p, "voigt");
        if (model != "voigt") return Math.Exp(p[LnT]);
        // 2 times the integral of exp(-2 d/T - pi (d/tc)²), by Simpson's rule.
        var (t, tc) = (Math.Exp(p[LnT]), Math.Exp(p[Third]));
        var (end, sum) = (12 * Math.Min(t, tc), 0.0);
        const int n = 2000;
        for (var k = 0; k <= n; k++)
        {
            var d = end * k / n;
            sum += (k is 0 or n ? 1 : k % 2 == 1 ? 4 : 2) * Math.Exp(-2 * d / t - Math.PI * (d / tc) * (d / tc));
        }

        return 2 * sum * end / n / 3;
    }

    /// <summary>Full width at half maximum of the line [ueV]; of a Voigt profile by Olivero and Longbothum (1977), to 0.02 %.</summary>
    /// <remarks>Of a narrow line on a broad one the mean of both, each with its share of the pairs.</remarks>
    public static double Width(double[] p, string model)
    {
        if (model == Jumping) return p[Weight] * Width(p, "lorentzian") + (1 - p[Weight]) * Width(p, "voigt");
        var lorentz = LorentzWidth / (Math.Exp(p[LnT]) * 1e12);
        if (model.StartsWith("lorentzian", StringComparison.Ordinal)) return lorentz;
        var gauss = GaussWidth / (Math.Exp(p[model == "voigt" ? Third : LnT]) * 1e12);
        return model == "voigt" ? 0.5346 * lorentz + Math.Sqrt(0.2166 * lorentz * lorentz + gauss * gauss) : gauss;
    }
}
