using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Blinking;

/// <summary>One law fitted to the dwells.</summary>
/// <param name="Name">exponential, power_law or power_law_cutoff.</param>
/// <param name="Law">Normalised over the fitted range.</param>
/// <param name="AlphaSigma">0 where alpha is not free.</param>
/// <param name="DecaySigma">[1/s]; 0 where the decay is not free.</param>
/// <param name="Distance">Of Kolmogorov and Smirnov.</param>
/// <param name="P">Share of samples of the law that lie farther from their own fit; NaN where it was not asked for.</param>
public sealed record LawFit(string Name, DwellLaw Law, double AlphaSigma, double DecaySigma, double Bic, double Distance, double P);

/// <summary>Exponential, power law and power law with cut-off, fitted by likelihood to the dwells between a shortest and a longest.</summary>
/// <remarks>
/// All three speak of the same dwells: those within the range, each under the condition that it lies there. So a dwell longer than the range
/// says nothing, and the end of the record, which cuts long dwells more often than short ones, does not reach the exponents.
///
/// Where a power law ends is not known: it is a number of the law like its exponent. The longest dwell is its likeliest value, and given
/// the longest, all others follow the law up to it; so the exponent is fitted to the others on that range, which is right wherever the law
/// ends, be it beyond the record. Its BIC is the smaller of that with this end (two numbers) and that with the end of the range (one).
///
/// A sharp end at the longest dwell always gains likelihood, more than a second number of the usual kind, and takes that for an end
/// which is a cut-off. So it pays <see cref="EndPrice"/> of what the cut-off gains over no end at all.
/// </remarks>
sealed class DwellLaws
{
    public const string Exponential = "exponential", PowerLaw = "power_law", Cutoff = "power_law_cutoff";

    /// <summary>By simulation of seven power laws that end and six with cut-off, 300 to 3500 dwells each: both are told right in 95 % or more where the end lies within the record.</summary>
    const double EndPrice = 0.15;

    /// <summary>An exponent not above it by two errors says that dwells bend away from an exponential, not that they follow a power law.</summary>
    const double LeastPower = 0.3;

    readonly double[] _lengths, _cut;
    readonly DwellWindow _window;
    readonly DwellSums _sums;

    /// <param name="lengths">Dwells seen whole within the range, ascending, 3 or more [s].</param>
    /// <param name="cut">Those without end that began to count within the range [s].</param>
    /// <param name="isEndGiven">A person said where the range ends: then a power law ends there too.</param>
    public DwellLaws(double[] lengths, double[] cut, double from, double to, bool isEndGiven = false)
    {
        (_lengths, _cut) = (lengths, cut);
        _window = new(from, to);
        _sums = Sums(lengths);

        var exponential = DwellFit.Of(_sums, _window, FreeParts.Decay);
        var cutoff = DwellFit.Of(_sums, _window, FreeParts.Both);
        var open = DwellFit.Of(_sums, _window, FreeParts.Alpha);
        var edge = new DwellWindow(from, lengths[^1]);
        var ended = DwellFit.Of(Sums(lengths, lengths[^1]), edge, FreeParts.Alpha);
        var endedBic = Bic(ended, 2) + EndPrice * 2 * (cutoff.LogLikelihood - open.LogLikelihood);
        EndsInRange = !isEndGiven && endedBic < Bic(open, 1);
        PowerWindow = edge;
        var others = DwellFit.Of(Sums(lengths[..^1], lengths[^1]), edge, FreeParts.Alpha);

        Fits =
        [
            new(Exponential, exponential.Law, 0, 1 / Math.Sqrt(exponential.Fisher.DD), Bic(exponential, 1), DwellGoodness.Distance(lengths, exponential.Law), double.NaN),
            new(PowerLaw, others.Law, 1 / Math.Sqrt(others.Fisher.AA), 0, EndsInRange ? endedBic : Bic(open, 1), DwellGoodness.Distance(lengths.AsSpan(0, lengths.Length - 1), others.Law), double.NaN),
            WithCutoff(cutoff),
        ];
        CutoffFit = cutoff;
        Choice = ModelChoice.Among(Fits.Select(fit => (fit.Name, fit.Bic)));
    }

    public IReadOnlyList<LawFit> Fits { get; }

    public ModelChoice Choice { get; }

    /// <summary>The likeliest law, exponential unless another is distinctly better.</summary>
    public LawFit Best => Choose(0);

    /// <summary>No other law is distinctly better than the exponential.</summary>
    public bool IsNearExponential => Choice.Scores.First(score => score.Name == Exponential).Delta <= ModelChoice.Distinct;

    /// <summary>How much better the power law with cut-off is than the one without, in BIC; negative where it is worse.</summary>
    public double ForCutoff => this[PowerLaw].Bic - this[Cutoff].Bic;

    /// <summary>The likeliest law where the other state has something to say between the two power laws.</summary>
    /// <param name="forCutoff">Its BIC for the cut-off.</param>
    public LawFit Choose(double forCutoff)
    {
        var power = ForCutoff + forCutoff > 0 ? this[Cutoff] : this[PowerLaw];
        return IsNearExponential || power.Law.Alpha - 2 * power.AlphaSigma < LeastPower ? this[Exponential] : power;
    }

    /// <summary>Error of alpha with that of choosing between the two power laws, by their weights exp(-BIC/2).</summary>
    public double AlphaSigma(LawFit fit)
    {
        var other = this[fit.Name == PowerLaw ? Cutoff : PowerLaw];
        var weight = 1 / (1 + Math.Exp(Math.Clamp((other.Bic - fit.Bic) / 2, -30, 30)));
        var apart = fit.Law.Alpha - other.Law.Alpha;
        return Math.Sqrt(fit.AlphaSigma * fit.AlphaSigma + weight * apart * apart);
    }

    /// <summary>True where the power law is likelier with its end at the longest dwell than at the end of the range.</summary>
    public bool EndsInRange { get; }

    public DwellWindow PowerWindow { get; }

    DwellFit CutoffFit { get; }

    public LawFit this[string name] => Fits.First(fit => fit.Name == name);

    /// <summary>The p-value of a law.</summary>
    public double PValue(string name, int samples, int seed, CancellationToken stop)
    {
        var fit = this[name];
        return name switch
        {
            PowerLaw => DwellGoodness.PValue(fit.Distance, _lengths.Length - 1, fit.Law, PowerWindow, FreeParts.Alpha, samples, seed, stop),
            Exponential => DwellGoodness.PValue(fit.Distance, _lengths.Length, fit.Law, _window, FreeParts.Decay, samples, seed, stop),
            _ => DwellGoodness.PValue(fit.Distance, _lengths.Length, fit.Law, _window, FreeParts.Both, samples, seed, stop),
        };
    }

    /// <summary>Where the log likelihood of the decay, alpha fitted anew, lies so far below its maximum [1/s].</summary>
    /// <param name="drop">0.5 for 68 %, 1.92 for 95 %.</param>
    /// <param name="up">To the faster side.</param>
    /// <returns>0 where even no cut-off at all is not so much less likely.</returns>
    public double DecayAt(double drop, bool up)
    {
        var best = CutoffFit.LogLikelihood;
        var near = CutoffFit.Law.Decay;
        if (near <= 0) near = up ? 1e-3 / _window.To : 0;
        if (!up && (near == 0 || Profile(0) > best - drop)) return 0;
        var far = near;
        for (var i = 0; i < 60; i++)
        {
            far = up ? far * 1.5 : far / 1.5;
            if (Profile(far) < best - drop) break;
            near = far;
        }

        for (var i = 0; i < 30; i++)
        {
            var middle = Math.Sqrt(near * far);
            if (Profile(middle) < best - drop) far = middle;
            else near = middle;
        }

        return Math.Sqrt(near * far);
    }

    double Profile(double decay) => DwellFit.Of(_sums, _window, FreeParts.Alpha, heldDecay: decay).LogLikelihood;

    static LawFit WithCutoffOf(DwellFit fit, double bic, double distance)
    {
        var (aa, ad, dd) = fit.Fisher;
        var det = aa * dd - ad * ad;
        return new(Cutoff, fit.Law, Math.Sqrt(dd / det), Math.Sqrt(aa / det), bic, distance, double.NaN);
    }

    LawFit WithCutoff(DwellFit fit) => WithCutoffOf(fit, Bic(fit, 2), DwellGoodness.Distance(_lengths, fit.Law));

    double Bic(DwellFit fit, int parameters) => -2 * fit.LogLikelihood + parameters * Math.Log(_lengths.Length);

    DwellSums Sums(double[] lengths, double end = double.PositiveInfinity)
    {
        double log = 0, sum = 0;
        foreach (var x in lengths)
        {
            log += Math.Log(x);
            sum += x;
        }

        return new(lengths.Length, log / lengths.Length, sum / lengths.Length, [.. _cut.Where(cut => cut < end)]);
    }
}
