using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>g3 of three detectors: at zero delays, over a coarse map of both delays, and what chaotic light would show in the same windows.</summary>
sealed class ThreePhotons(Triples triples, double live, bool isLong)
{
    const double Z95 = 1.959964;
    const long Fewest = 25;

    public List<Quantity> Quantities { get; } = [];
    public List<Curve> Curves { get; } = [];
    public List<Message> Messages { get; } = [];

    /// <param name="amplitude">g2(0) - 1 of the fit; null or without value where there is none.</param>
    /// <param name="time">1/e time of the peak [s].</param>
    /// <param name="blur">Standard deviation of a delay's response [s].</param>
    public void Judge(Quantity? amplitude, double? time, double blur)
    {
        var expected = triples.Photons.Aggregate(1.0, (product, one) => product * one.Sum()) * triples.Width * triples.Width / (live * live);
        if (!(expected > 0)) return;
        const int middle = Triples.Side * Triples.Cells + Triples.Side;
        var (value, sigma, n) = Cell(middle, expected);
        var few = n < Fewest;
        var (low, high) = PoissonDeviance.Interval(n, 0.95);
        Quantities.Add(new("g3_0", value, sigma, few ? low / expected : value - Z95 * sigma, few ? high / expected : value + Z95 * sigma, "1")
        {
            N = n, Method = few ? "exact-poisson" : "block-jackknife", Grade = few ? Grade.Warn : Grade.Ok, Flags = few ? ["TOO_FEW_COINCIDENCES"] : [],
        });
        if (few)
            Messages.Add(new("TOO_FEW_COINCIDENCES", $"{n} triples within +-{Text(triples.Width * 0.5e9)} ns where uncorrelated light would leave {Text(expected)}; below {Fewest} read g3(0) as an upper limit of {Text(high / expected)}. Measure longer, or take a wider window."));
        if (amplitude is { Value: { } a } && a > 0 && time is { } tc && tc > 2 * blur)
        {
            var error = amplitude.Sigma is { } s ? Math.Abs(Chaotic(a + s, tc) - Chaotic(a, tc)) : (double?)null;
            Quantities.Add(Quantity.Of("g3_0_chaotic", Chaotic(a, tc), error, "1") with { Method = "from g2" });
        }

        Curves.Add(Map(expected));
    }

    /// <summary>g3 within +-w on both delays of chaotic light with this g2.</summary>
    /// <remarks>
    /// g3 = 1 + A (f12 + f13 + f23) + 2 A² sqrt(f12 f13 f23), f = e^(-|t|/tc), A = 1/modes: 6 at zero for one mode. The mean over
    /// the window is lower, by 10 w/(3 tc) to first order for one mode.
    /// </remarks>
    double Chaotic(double a, double tc)
    {
        const int points = 41;
        var w = 0.5 * triples.Width;
        double At(int i) => ((i + 0.5) / points * 2 - 1) * w;
        var sum = 0.0;
        for (var i = 0; i < points; i++)
            for (var j = 0; j < points; j++)
            {
                var (x, y, z) = (Math.Abs(At(i)), Math.Abs(At(j)), Math.Abs(At(i) - At(j)));
                sum += 1 + a * (Math.Exp(-x / tc) + Math.Exp(-y / tc) + Math.Exp(-z / tc)) + 2 * a * a * Math.Exp(-0.5 * (x + y + z) / tc);
            }

        return sum / (points * points);
    }

    (double Value, double Sigma, long N) Cell(int cell, double expected)
    {
        long n = 0;
        foreach (var block in triples.Map) n += block[cell];
        var spread = new Spread();
        if (n >= Fewest)
            for (var b = 0; b < Triples.Blocks; b++)
            {
                var product = triples.Photons.Aggregate(1.0, (p, one) => p * (one.Sum() - one[b]));
                var rest = live * (Triples.Blocks - 1) / Triples.Blocks;
                var without = (n - triples.Map[b][cell]) * rest * rest / (product * triples.Width * triples.Width);
                if (double.IsFinite(without)) spread.Add(without);
            }

        return (n / expected, Math.Max(Math.Sqrt(Math.Max(n, 1)) / expected, spread.JackknifeError), n);
    }

    /// <summary>g3 over both delays, one row a cell; where there are fewer than 25 triples an upper limit beside it.</summary>
    Curve Map(double expected)
    {
        var (unit, scale) = isLong ? ("us", 1e6) : ("ns", 1e9);
        var (x, y, g, error, limit, counts) = (new List<double?>(), new List<double?>(), new List<double?>(), new List<double?>(), new List<double?>(), new List<double?>());
        for (var i = 0; i < Triples.Cells; i++)
            for (var j = 0; j < Triples.Cells; j++)
            {
                var (value, sigma, n) = Cell(i * Triples.Cells + j, expected);
                x.Add(Math.Round((i - Triples.Side) * triples.Width * scale, 9));
                y.Add(Math.Round((j - Triples.Side) * triples.Width * scale, 9));
                g.Add(value);
                error.Add(n < Fewest ? null : sigma);
                limit.Add(n < Fewest ? PoissonDeviance.Interval(n, 0.9).High / expected : null);
                counts.Add(n);
            }

        return new("g3", new("delay of the second detector", unit, x), new("g3", "1", g) { Sigma = error })
        {
            More = new Dictionary<string, Series> { ["delay_third"] = new("delay of the third detector", unit, y), ["counts"] = new("triples", "1", counts), ["upper_95"] = new("upper limit, 95 %", "1", limit) },
        };
    }

    static string Text(double x) => NumberText.Rounded(x);
}
