using MathNet.Numerics;

namespace PqdPortal.Analysis.Blinking;

/// <summary>How much wider than counting makes it the counts of a level's segments scatter: variance n (1 + Spread + Width² n).</summary>
/// <param name="Width">Relative, of the level itself: light that trembles, a drift left over.</param>
/// <param name="Spread">Of counts: borders set some photons too late, switches missed, segments cut out because they were extreme.</param>
readonly record struct LevelScatter(double Width, double Spread)
{
    /// <summary>Counting alone.</summary>
    public static readonly LevelScatter None = new(0, 0);

    /// <summary>Share of its counts by which a segment speaks.</summary>
    public double Precision(double n) => 1 / (1 + Spread + Width * Width * n);
}

/// <summary>Segments as a mixture of levels, fitted by expectation and maximisation with soft assignment.</summary>
/// <remarks>
/// A segment of level g counts n with the mean mu = T (b + (r_g - b) m), m the course all levels share and b what does not drift. Counting statistics alone make n
/// Poisson; with more scatter it is double Poisson, ln f = ln(q)/2 + q ln P(n|mu) + (1 - q) ln P(n|n) with q the segment's precision (Efron, J. Am. Stat. Assoc. 81, 709 (1986)).
/// Segments between two levels, in which switches went unseen, have a component of their own: any rate between the lowest and the highest level alike, so that they do
/// not pass for levels.
/// </remarks>
sealed class LevelMixture
{
    const int Rounds = 100;
    const double Begin = 0.05;      // share of the segments between, at first

    readonly SegmentCounts _segments;
    readonly double[] _precision, _constant;
    double[] _course = [];
    double[] _posterior = [];

    /// <param name="hasBetween">Whether segments may lie between levels.</param>
    public LevelMixture(SegmentCounts segments, LevelScatter scatter, bool hasBetween)
    {
        (_segments, Scatter, HasBetween) = (segments, scatter, hasBetween);
        (_precision, _constant) = (new double[segments.Count], new double[segments.Count]);
        for (var j = 0; j < segments.Count; j++)
        {
            var (n, q) = (segments.N[j], scatter.Precision(segments.N[j]));
            _precision[j] = q;
            _constant[j] = 0.5 * Math.Log(q) - segments.LnFactorial[j] + (1 - q) * (n > 0 ? n * Math.Log(n) - n : 0);
        }
    }

    public LevelScatter Scatter { get; }

    public bool HasBetween { get; }

    /// <summary>Of each level, mean over the run [1/s].</summary>
    public double[] Rate { get; private set; } = [];

    /// <summary>Share of the segments.</summary>
    public double[] Weight { get; private set; } = [];

    /// <summary>Share of the segments that lie between levels.</summary>
    public double Between { get; private set; }

    /// <summary>What does not drift [1/s].</summary>
    public double Steady { get; private set; }

    public double LogLikelihood { get; private set; }

    /// <summary>-2 ln L + (2G - 1) ln(number of segments), and one parameter for the segments between where they are allowed.</summary>
    public double Bic => -2 * LogLikelihood + (2 * Rate.Length - 1 + (HasBetween && Rate.Length > 1 ? 1 : 0)) * Math.Log(_segments.Count);

    /// <summary>Probability that segment j belongs to level g; the rest up to 1 lies between levels.</summary>
    public double Posterior(int j, int g) => _posterior[j * Rate.Length + g];

    /// <summary>What segment j would count on average in a level.</summary>
    public double Mean(int j, int g) => _segments.Time[j] * (Steady + (Rate[g] - Steady) * _course[j]);

    /// <summary>What segment j counted, over its time and course [1/s].</summary>
    public double RateOf(int j) => Steady + (_segments.N[j] / _segments.Time[j] - Steady) / _course[j];

    /// <summary>Fits from a start on.</summary>
    /// <param name="rate">Ascending [1/s].</param>
    /// <param name="course">Mean of the common course over each segment.</param>
    /// <param name="steady">What does not drift, as a share of the lowest level.</param>
    /// <param name="enough">Gain of ln L below which it stops.</param>
    public LevelMixture Fit(double[] rate, double[] weight, double[] course, double steady, double enough, CancellationToken stop)
    {
        var levels = rate.Length;
        (Rate, Weight, _course, Steady) = ([.. rate], [.. weight], course, steady * rate[0]);
        Between = HasBetween && levels > 1 ? Begin : 0;
        for (var g = 0; g < levels; g++) Weight[g] *= 1 - Between;
        return Climb(Rounds, enough, stop);
    }

    /// <summary>Assigns the segments to levels as they were fitted to others.</summary>
    public LevelMixture Assign(LevelMixture fitted, double[] course, CancellationToken stop)
    {
        (Rate, Weight, _course, Steady, Between) = (fitted.Rate, fitted.Weight, course, fitted.Steady, fitted.Between);
        return Climb(0, 0, stop);
    }

    LevelMixture Climb(int rounds, double enough, CancellationToken stop)
    {
        var (levels, count) = (Rate.Length, _segments.Count);
        _posterior = new double[count * levels];
        LogLikelihood = double.NegativeInfinity;
        var (lnWeight, lnRate, own, score, information) = (new double[levels], new double[levels], new double[levels], new double[levels], new double[levels]);
        for (var round = 0; ; round++)
        {
            stop.ThrowIfCancellationRequested();
            Array.Clear(own);
            Array.Clear(score);
            Array.Clear(information);
            double total = 0, between = 0;
            for (var g = 0; g < levels; g++) (lnWeight[g], lnRate[g]) = (Math.Log(Math.Max(Weight[g], 1e-300)), Math.Log(Rate[g]));
            for (var j = 0; j < count; j++)
            {
                var p = _posterior.AsSpan(j * levels, levels);
                var (n, t, q, most) = (_segments.N[j], _segments.Time[j], _precision[j], double.NegativeInfinity);
                var lnTime = Steady > 0 ? 0 : Math.Log(t * _course[j]);
                for (var g = 0; g < levels; g++)
                {
                    var mu = t * (Steady + (Rate[g] - Steady) * _course[j]);
                    p[g] = lnWeight[g] + q * (n * (Steady > 0 ? Math.Log(mu) : lnRate[g] + lnTime) - mu);
                    most = Math.Max(most, p[g]);
                }

                var grey = Between > 0 ? Math.Log(Between * InBetween(j) + 1e-300) - _constant[j] : double.NegativeInfinity;
                most = Math.Max(most, grey);
                var rest = grey - most < -40 ? 0 : Math.Exp(grey - most);
                var sum = rest;
                for (var g = 0; g < levels; g++) sum += p[g] = p[g] - most < -40 ? 0 : Math.Exp(p[g] - most);
                total += most + Math.Log(sum) + _constant[j];
                between += rest / sum;
                for (var g = 0; g < levels; g++)
                {
                    if (p[g] == 0) continue;
                    p[g] /= sum;
                    own[g] += p[g];
                    var slope = t * _course[j];
                    var mu = t * (Steady + (Rate[g] - Steady) * _course[j]);
                    var w = p[g] * q * slope / mu;
                    score[g] += w * (n - mu);
                    information[g] += w * slope;
                }
            }

            var gain = total - LogLikelihood;
            LogLikelihood = total;
            if (round > 2 && gain < enough || round >= rounds) return this;

            for (var g = 0; g < levels; g++)
            {
                Weight[g] = own[g] / count;
                if (information[g] > 0) Rate[g] = Math.Max(Rate[g] + score[g] / information[g], 0.1 * Rate[g]);
            }

            if (Between > 0) Between = Math.Max(between / count, 1e-9);
            Sort();
        }
    }

    /// <summary>Probability of what segment j counted where any rate between the lowest and the highest level is as likely as any other.</summary>
    double InBetween(int j)
    {
        var (low, high, n) = (Mean(j, 0), Mean(j, Rate.Length - 1), _segments.N[j]);
        var width = Math.Sqrt((n + 1) / _precision[j]);
        return Math.Max(Below((high - n - 0.5) / width) - Below((low - n - 0.5) / width), 0) / Math.Max(high - low, 1e-12);
    }

    /// <summary>The normal distribution, to a part in 10^4: what is between need not be known better.</summary>
    static double Below(double z) => z > 6 ? 1 : z < -6 ? 0 : 1 / (1 + Math.Exp(-z * (1.5976 + 0.070566 * z * z)));

    void Sort()
    {
        for (var g = 1; g < Rate.Length; g++)
            for (var h = g; h > 0 && Rate[h] < Rate[h - 1]; h--)
                (Rate[h], Rate[h - 1], Weight[h], Weight[h - 1]) = (Rate[h - 1], Rate[h], Weight[h - 1], Weight[h]);
    }
}
