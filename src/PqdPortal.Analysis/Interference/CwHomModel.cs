using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Interference;

/// <summary>One file of two-photon interference under continuous light, as the fit sees it.</summary>
/// <param name="Flat">Pairs of uncorrelated light in each bin, shape (bins).</param>
/// <param name="Rho2">Share of the pairs that are of two photons of the dot.</param>
/// <param name="Meets">Parallel polarisation: the photons interfere.</param>
sealed record CwHomFile(PairAxis Axis, double[] Flat, double[] Pairs, double Rho2, bool Meets);

/// <summary>A parameter that is known from elsewhere.</summary>
sealed record Known(int Index, double Value, double Sigma);

/// <summary>Expected pairs of one or two files behind an unbalanced interferometer under continuous light.</summary>
/// <remarks>
/// <para>
/// g_perp = 2 R T g(t) + T² g(t - D) + R² g(t + D), g_par = g_perp - R T C² M e^(-2|t|/T2) [g(t - D) + g(t + D)], g two-level
/// (Patel et al., PRL 100, 207405 (2008), whose V is 2 R T C² M/(R² + T²); one half and one quarter for R = T). Pairs are
/// S [1 - rho² + A G], S those of uncorrelated light, G one of the two blurred by the pair response and averaged over the bin;
/// A is rho² for steady light, more where the dot blinks.
/// </para>
/// <para>
/// What is known from elsewhere enters as one more bin of so many counts that its likelihood is a Gaussian.
/// </para>
/// </remarks>
sealed class CwHomModel : ICountModel
{
    public const int G0 = 0, LnT1 = 1, M = 2, LnT2 = 3, Centre = 4, Delay = 5, Level = 6;

    const double Many = 1e8; // counts of the bin that stands for a known parameter

    readonly IReadOnlyList<CwHomFile> _files;
    readonly PairResponse _response;
    readonly double _r, _contrast2;
    readonly IReadOnlyList<Known> _known;

    /// <param name="reflectance">Of the splitter where the photons meet; it has no losses here.</param>
    /// <param name="contrast2">Square of the classical contrast.</param>
    /// <param name="parameters">In the order of the constants, a level for each file at the end.</param>
    public CwHomModel(
        IReadOnlyList<CwHomFile> files, PairResponse response, double reflectance, double contrast2, IReadOnlyList<Known> known, IReadOnlyList<FitParameter> parameters)
    {
        (_files, _response, _r, _contrast2, _known, Parameters) = (files, response, reflectance, contrast2, known, parameters);
        Counts = [.. files.SelectMany(file => file.Pairs), .. known.Select(_ => Many)];
    }

    public IReadOnlyList<FitParameter> Parameters { get; }

    /// <summary>What the model is fitted to: the pairs of each file, then the known parameters.</summary>
    public double[] Counts { get; }

    double T => 1 - _r;

    /// <summary>Where a file's bins begin.</summary>
    public int From(int file) => _files.Take(file).Sum(one => one.Pairs.Length);

    public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian)
    {
        var from = 0;
        var bases = new Dictionary<PairAxis, Basis[]>();
        double[] at = [.. p];
        for (var f = 0; f < _files.Count; f++)
        {
            var file = _files[f];
            if (!bases.TryGetValue(file.Axis, out var basis)) bases[file.Axis] = basis = At(file.Axis, at, jacobian is not null, _files.Any(one => one.Meets));
            for (var i = 0; i < file.Flat.Length; i++)
            {
                var (flat, level) = (file.Flat[i], p[Level + f]);
                var g = Shape(basis[0], i, at, file.Meets);
                mu[from + i] = flat * (1 - file.Rho2 + level * g);
                if (jacobian is null) continue;
                for (var k = 0; k < _files.Count; k++) jacobian[Level + k][from + i] = k == f ? flat * g : 0;
                var dips = Dips(basis[0], i) - (file.Meets ? _r * T * _contrast2 * p[M] * basis[0].Both[i] : 0);
                jacobian[G0][from + i] = flat * level * dips;
                jacobian[M][from + i] = file.Meets ? -flat * level * Meeting(basis[0], i, at) : 0;
                for (var n = 0; n < Bent.Length; n++)
                    jacobian[Bent[n]][from + i] = Parameters[Bent[n]].Fixed ? 0
                        : flat * level * (Shape(basis[2 * n + 2], i, at, file.Meets) - Shape(basis[2 * n + 1], i, at, file.Meets)) / (2 * Step(Bent[n], file.Axis));
            }

            from += file.Flat.Length;
        }

        for (var k = 0; k < _known.Count; k++, from++)
        {
            var (index, value, sigma) = _known[k];
            mu[from] = Many + Math.Sqrt(Many) * (p[index] - value) / sigma;
            if (jacobian is null) continue;
            foreach (var row in jacobian) row[from] = 0;
            jacobian[index][from] = Math.Sqrt(Many) / sigma;
        }
    }

    /// <summary>g_par or g_perp in the bins of an axis, blurred.</summary>
    public double[] Curve(PairAxis axis, double[] p, bool meets)
    {
        var basis = At(axis, p, false, meets)[0];
        return [.. Enumerable.Range(0, axis.Bins).Select(i => Shape(basis, i, p, meets))];
    }

    /// <summary>g_par or g_perp at zero delay, before the response.</summary>
    public double AtZero(double[] p, bool meets)
    {
        var side = 1 - (1 - p[G0]) * Math.Exp(-Math.Abs(p[Delay]) / Math.Exp(p[LnT1]));
        return 2 * _r * T * p[G0] + (_r * _r + T * T - (meets ? 2 * _r * T * _contrast2 * p[M] : 0)) * side;
    }

    // Parameters that bend the curves instead of scaling them; their slopes are taken by differences.
    static readonly int[] Bent = [LnT1, LnT2, Centre, Delay];

    static double Step(int index, PairAxis axis) => index is Centre or Delay ? 1e-5 * axis.BinSeconds : 1e-5;

    /// <summary>The curves for the parameters; then, for slopes, those a step below and above for each bent one.</summary>
    Basis[] At(PairAxis axis, double[] p, bool slopes, bool meets)
    {
        var here = Basis.Of(axis, p, _response, null, -1, meets);
        if (!slopes) return [here];
        var all = new Basis[2 * Bent.Length + 1];
        all[0] = here;
        for (var n = 0; n < Bent.Length; n++)
            for (var k = 0; k < 2; k++)
            {
                double[] near = [.. p];
                near[Bent[n]] += (2 * k - 1) * Step(Bent[n], axis);
                all[2 * n + 1 + k] = Parameters[Bent[n]].Fixed ? here : Basis.Of(axis, near, _response, here, Bent[n], meets);
            }

        return all;
    }

    double Dips(Basis b, int i) => 2 * _r * T * b.Here[i] + T * T * b.Later[i] + _r * _r * b.Earlier[i];

    double Meeting(Basis b, int i, double[] p) => _r * T * _contrast2 * (2 * b.Coherent[i] - (1 - p[G0]) * b.Both[i]);

    double Shape(Basis b, int i, double[] p, bool meets) => 1 - (1 - p[G0]) * Dips(b, i) - (meets ? p[M] * Meeting(b, i, p) : 0);

    /// <summary>The blurred exponentials, shape (bins) each: the dip at 0, at D, at -D, the coherence, and its products with the two.</summary>
    sealed record Basis(double[] Here, double[] Later, double[] Earlier, double[] Coherent, double[] Both)
    {
        /// <param name="known">Curves of which only those that the moved parameter bends are computed anew.</param>
        /// <param name="meets">With the coherence; without it, it is left empty.</param>
        public static Basis Of(PairAxis axis, double[] p, PairResponse response, Basis? known, int moved, bool meets)
        {
            var (t1, t2, centre, delay) = (Math.Exp(p[LnT1]), Math.Exp(p[LnT2]), p[Centre], p[Delay]);
            double[] Dip(double at, double k)
            {
                var into = new double[axis.Bins];
                response.Average(into, axis.Side, axis.BinSeconds, at, k);
                return into;
            }

            double[] Products()
            {
                var (later, earlier) = (new double[axis.Bins], new double[axis.Bins]);
                TwoCusps.Average(later, axis.Side, axis.BinSeconds, centre, 2 / t2, 1 / t1, delay, response);
                TwoCusps.Average(earlier, axis.Side, axis.BinSeconds, centre, 2 / t2, 1 / t1, -delay, response);
                for (var i = 0; i < later.Length; i++) later[i] += earlier[i];
                return later;
            }

            return new(
                known is null || moved is LnT1 or CwHomModel.Centre ? Dip(centre, 1 / t1) : known.Here,
                known is null || moved != LnT2 ? Dip(centre + delay, 1 / t1) : known.Later,
                known is null || moved != LnT2 ? Dip(centre - delay, 1 / t1) : known.Earlier,
                !meets ? [] : known is null || moved is LnT2 or CwHomModel.Centre ? Dip(centre, 2 / t2) : known.Coherent,
                meets ? Products() : []);
        }
    }
}
