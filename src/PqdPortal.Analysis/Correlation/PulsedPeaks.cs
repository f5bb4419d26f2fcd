using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>g2(0) from the areas of the peaks, with and without gates, and how sure it is.</summary>
/// <remarks>
/// g2(0) = (C_0 - b)/(S(0) - b), b the pairs of the background, S(0) the height of the side peaks at m -> 0. Late photons spread the
/// pairs of two pulses over neighbouring peaks with weights w_d; with R their sum, g2(0) = ((C_0 - b)/Q - (R - w_0))/w_0.
/// Errors: Poisson counts in the centre (Garwood's interval), the level's and the background's in quadrature; or blocks of time
/// left out one by one, where that is more.
/// </remarks>
sealed class PulsedPeaks
{
    const double Z95 = 1.959964;
    const double PoorFit = 5;
    const long FewestForBlocks = 20; // pairs in the centre, one a block

    readonly PulsedRun _run;
    readonly PulsedCounts _counts;
    readonly CancellationToken _stop;
    readonly double[] _peaks;
    double[] _exposure;
    double[] _shape; // what slow blinking leaves of the height at m -> 0
    double _shapeSigma; // of its mean
    double[]? _weights;
    readonly double _toMiddle; // height at m -> 0 over mean height, background taken off

    public PulsedPeaks(PulsedRun run, CancellationToken stop)
    {
        (_run, _counts, _stop) = (run, run.Counts!, stop);
        _peaks = _counts.Peaks(0);
        (Background, BackgroundSigma) = run.BackgroundPairs(0);
        var reach = _counts.Reach;
        double sum = 0;
        for (var i = 0; i < _peaks.Length; i++)
            if (i != reach) sum += _peaks[i];
        SidePairs = (long)sum;
        SideMean = sum / (2 * reach);
        _shape = [.. Enumerable.Repeat(1.0, _peaks.Length)];
        _exposure = Exposure(0);
        // Pairs share their photons: the whole level goes up and down with the photons counted.
        var (n1, n2) = _counts.Photons;
        SideMeanSigma = Math.Sqrt(Math.Max(sum, 1)) / (2 * reach);
        SideMeanSigma = Math.Sqrt(SideMeanSigma * SideMeanSigma + SideMean * SideMean * (1.0 / Math.Max(n1, 1) + 1.0 / Math.Max(n2, 1)));
        // A level that chance could have made of background alone is none.
        HasSignal = SidePairs >= 10 && SideMean - Background > 3 * Math.Sqrt(Math.Max(SideMean, Background) / (2 * reach) + BackgroundSigma * BackgroundSigma);
        if (!HasSignal) return;

        FitSides();
        if (IsUnreached && run.Slow is { IsSignificant: true } slow) LookFarther(slow);
        _toMiddle = Sides!.Values[PulsedSides.Q] / (SideMean - Background);
        MeasureBlocks();
    }

    void FitSides()
    {
        var centre = _peaks[_counts.Reach];
        for (var round = 0; round < 3; round++)
        {
            (Sides, Flat, Falling) = PulsedSides.Fit(_peaks, _exposure, Background, _stop);
            var g = Ratio(centre, Background, Sides.Values[PulsedSides.Q], Weights);
            if (Weights.Length == 1) break;
            _exposure = Exposure(g); // neighbours of the centre get less from it
        }
    }

    /// <summary>Do the side peaks reach five times as far as their fall takes?</summary>
    public bool IsReached => 5 * Math.Exp(-Sides!.Values[PulsedSides.LnX]) <= _counts.Reach;

    /// <summary>Do the side peaks stand too high for what they show of blinking themselves?</summary>
    bool IsUnreached
    {
        get
        {
            if (IsFalling && !IsReached || Sides!.Goodness > PoorFit) return true;
            if (OverSteady is not var (over, sigma)) return true;
            var far = over * (1 - (IsFalling ? Sides.Values[PulsedSides.C] : 0)) * Level / (SideMean - Background);
            return far - 1 > 3 * sigma && far > 1.01;
        }
    }

    /// <summary>Takes the fall that blinking slower than the side peaks makes, or else all the blinking, out of what is fitted to them.</summary>
    void LookFarther(PulsedSlow slow)
    {
        var reach = _counts.Reach;
        int[] beyond = [.. slow.Blinking.Where(k => 5 * slow.Time(k) > reach * _counts.Plan.Clock.Period)];
        (FitResult? Sides, FitResult? Flat, FitResult? Falling, double[] Shape, IReadOnlyList<int> Taken) best = (null, null, null, _shape, []);
        foreach (var taken in beyond.Length < slow.Blinking.Count ? new[] { beyond, slow.Blinking } : [beyond])
        {
            _shape = [.. Enumerable.Range(-reach, 2 * reach + 1).Select(m => slow.Height(taken, Math.Abs(m)))];
            _exposure = Exposure(0);
            FitSides();
            if (IsFalling && !IsReached) Sides = Flat; // what is left of the slow fall
            if (best.Sides is null || Sides!.Bic < best.Sides.Bic) best = (Sides, Flat, Falling, _shape, taken);
        }

        (Sides, Flat, Falling, _shape, var chosen) = best;
        (Slow, SlowComponents) = (slow, chosen);
        _shapeSigma = slow.HeightError(chosen, reach);
    }

    /// <summary>Blinking slower than the side peaks reach, where there is any, and what of it is taken out of them before they are fitted.</summary>
    public PulsedSlow? Slow { get; private set; }
    public IReadOnlyList<int> SlowComponents { get; private set; } = [];

    /// <summary>Side peaks over those of steady light of the same rates, and the error from counting; null within windows or where nothing is left of the rates.</summary>
    public (double Value, double Sigma)? OverSteady
    {
        get
        {
            var (b1, b2) = _run.Background;
            var (n1, n2) = (_counts.Photons.A - b1 * _run.Live, _counts.Photons.B - b2 * _run.Live);
            var steady = n1 * n2 * (_counts.Plan.Window ?? _counts.Plan.Clock.Period) / _run.Live;
            if (_counts.Plan.Window < _counts.Plan.Clock.Period || !(n1 > 0) || !(n2 > 0)) return null;
            return ((SideMean - Background) / steady, Math.Sqrt(SidePairs) / (2 * _counts.Reach) / steady);
        }
    }

    /// <summary>Pairs of the background in every peak, without a gate.</summary>
    public double Background { get; }
    public double BackgroundSigma { get; }

    /// <summary>Pairs in all side peaks, and in one on average.</summary>
    public long SidePairs { get; }
    public double SideMean { get; }

    /// <summary>Error of that mean from counting.</summary>
    public double SideMeanSigma { get; }

    /// <summary>False where the side peaks do not stand above the background.</summary>
    public bool HasSignal { get; }

    /// <summary>The fit of the side peaks that holds, that of one height, and that of a falling height.</summary>
    public FitResult? Sides { get; private set; }
    public FitResult? Flat { get; private set; }
    public FitResult? Falling { get; private set; }

    public bool IsFalling => Sides is not null && Sides == Falling;

    /// <summary>Height of the side peaks at m -> 0 above the background, and its error.</summary>
    public double Level => Sides!.Values[PulsedSides.Q];
    public double LevelSigma => Sides!.Sigma(PulsedSides.Q) ?? Level;

    /// <summary>Standard errors from blocks: of g2(0) at each gate level, of the mean side peak, and of the parameters of the fit.</summary>
    public double[] BlockSigmas { get; private set; } = [];
    public double SideMeanBlockSigma { get; private set; }

    /// <summary>Relative error, from blocks, of the mean side peak over that of steady light of the same rates.</summary>
    public double OverSteadyBlockSigma { get; private set; }
    public double[] ParameterBlockSigmas { get; private set; } = [];

    /// <summary>Weights of the pairs of two pulses in their own peak and in those beside it.</summary>
    public double[] Weights => _weights ??= WeightsOf(0);

    double[] WeightsOf(double sigmas) => _run.Tail is { } tail ? tail.Spread(_counts.Plan.Window, sigmas) : [1];

    /// <summary>Share of a peak's pairs that stand in its neighbours.</summary>
    public double Leak => PulsedTail.Leak(Weights);

    static double Sum(double[] weights) => weights[0] + 2 * weights.Skip(1).Sum();

    static double Ratio(double centre, double background, double level, double[] weights) =>
        ((centre - background) / level - (Sum(weights) - weights[0])) / weights[0];

    double[] Exposure(double g)
    {
        var (reach, period) = (_counts.Reach, _counts.Plan.Clock.Period);
        var whole = Sum(Weights);
        var exposure = new double[2 * reach + 1];
        for (var i = 0; i < exposure.Length; i++)
        {
            var m = Math.Abs(i - reach);
            exposure[i] = _shape[i] * Math.Max(0, 1 - m * period / _run.Live) * (whole - (m < Weights.Length ? (1 - g) * Weights[m] : 0));
        }

        return exposure;
    }

    /// <summary>Height of the side peaks at m -> 0 above the background, behind a gate.</summary>
    double LevelBehind(double mean, double background, double toMiddle) => (mean - background) * toMiddle;

    /// <summary>g2(0) behind a gate.</summary>
    /// <param name="Value">Null where the side peaks do not stand above the background.</param>
    public sealed record Estimate(double? Value, double? Sigma, double? Lo95, double? Hi95, long Centre, double Background, double Level, string Method)
    {
        /// <summary>The larger error over that of counting.</summary>
        public double Stretch { get; init; } = 1;

        /// <summary>95 % of chance leaves g2(0) below this.</summary>
        public double? Upper95 { get; init; }
    }

    /// <param name="level">0 for no gate; n for the n-th of the plan's gates.</param>
    public Estimate At(int level)
    {
        var reach = _counts.Reach;
        var peaks = level == 0 ? _peaks : _counts.Peaks(level);
        var centre = (long)peaks[reach];
        var (b, bSigma) = level == 0 ? (Background, BackgroundSigma) : _run.BackgroundPairs(level);
        var side = peaks.Sum() - centre;
        var mean = side / (2 * reach);
        var q = HasSignal ? LevelBehind(mean, b, _toMiddle) : 0;
        var meanSigma = Math.Sqrt(Math.Max(side, 1)) / (2 * reach);
        if (!HasSignal || side < 10 || mean - b < 3 * Math.Sqrt(meanSigma * meanSigma + bSigma * bSigma))
            return new(null, null, null, null, centre, b, q, "exact-poisson");

        var weights = Weights;
        var g = Ratio(centre, b, q, weights);
        // The level's own error, and that of its extrapolation to m -> 0.
        var extrapolated = Math.Max(0, Square(LevelSigma / Level) - Square(Math.Sqrt(SidePairs) / (2 * reach) / (SideMean - Background)));
        var qSigma = q * Math.Sqrt(Square(meanSigma / (mean - b)) + extrapolated + Square(_shapeSigma));
        var byLevel = (centre - b) / q / weights[0] * qSigma / q;
        var byBackground = (1 - (centre - b) / q) / q / weights[0] * bSigma;
        var byLate = 0.0;
        if (_run.Tail is not null)
            byLate = Math.Max(Math.Abs(Ratio(centre, b, q, WeightsOf(1)) - g), Math.Abs(Ratio(centre, b, q, WeightsOf(-1)) - g));
        var rest = Square(byLevel) + Square(byBackground) + Square(byLate);

        // Fewer than the background leaves are a fluctuation; then its own width is the error.
        var expected = Math.Max(b + q * (Sum(weights) - weights[0]), centre);
        var (low68, high68) = PoissonDeviance.Interval(centre, 0.6827);
        var counting = centre > 0 ? Math.Sqrt(expected) : Math.Max(Math.Sqrt(expected), high68 - low68);
        var scale = 1 / q / weights[0];
        var poisson = Math.Sqrt(Square(counting * scale) + rest);
        var blocks = level < BlockSigmas.Length && centre >= FewestForBlocks ? BlockSigmas[level] : 0;
        // Blocks know nothing of the errors that all of them share.
        var larger = Math.Max(poisson, Math.Sqrt(Square(blocks) + Square(byBackground) + Square(byLate)));
        var stretch = larger / poisson;
        var (low, high) = PoissonDeviance.Interval(centre, 0.95);
        var oneSided = PoissonDeviance.Interval(centre, 0.90).High;
        double End(double reached) => stretch * Math.Sqrt(Square((reached - centre) * scale) + Z95 * Z95 * rest);
        return new(g, larger, g - End(low), g + End(high), centre, b, q, stretch > 1 ? "block-jackknife" : "exact-poisson")
        {
            Stretch = stretch,
            Upper95 = g + stretch * Math.Sqrt(Square((oneSided - centre) * scale) + 1.644854 * 1.644854 * rest),
        };
    }

    static double Square(double x) => x * x;

    /// <summary>Leaves out one block after another.</summary>
    void MeasureBlocks()
    {
        var blocks = _counts.Blocks.Where(block => block.Length > 0).ToArray();
        var (reach, levels) = (_counts.Reach, _counts.Plan.Levels);
        var all = _counts.Cells;
        var length = blocks.Sum(block => block.Length);
        var photons = (double)(_counts.Photons.A + _counts.Photons.B);
        var g = Enumerable.Range(0, levels).Select(_ => new Spread()).ToArray();
        var (means, overSteady) = (new Spread(), new Spread());
        var (b1, b2) = _run.Background;
        var parameters = Sides!.Values.Select(_ => new Spread()).ToArray();
        var scale = new double[2 * reach + 1];
        var backgrounds = Enumerable.Range(0, levels).Select(level => _run.BackgroundPairs(level).Pairs).ToArray();
        foreach (var choice in BlockResampling.Jackknife(blocks.Length, _stop))
        {
            var cells = new long[all.Length];
            double time = 0, seen = 0, a = 0;
            foreach (var k in choice)
            {
                var block = blocks[k];
                time += block.Length;
                seen += block.A + block.B;
                a += block.A;
                for (var i = 0; i < cells.Length; i++) cells[i] += block.Cells[i];
            }

            // The background falls with the photons that it meets, the level with the pairs there are.
            var share = seen / photons;
            var toMiddle = _toMiddle;
            for (var level = 0; level < levels; level++)
            {
                var peaks = _counts.Peaks(cells, level);
                var b = backgrounds[level] * share;
                var mean = (peaks.Sum() - peaks[reach]) / (2 * reach);
                if (level == 0)
                {
                    var exposure = (mean - b) / (SideMean - Background);
                    for (var i = 0; i < scale.Length; i++) scale[i] = (b + exposure * (Sides.Mu[i] - Background)) / Sides.Mu[i];
                    var p = PoissonFit.Rescore(Sides, peaks, scale);
                    // The level moves with the pairs; what is left is the shape.
                    for (var j = 0; j < p.Length; j++) parameters[j].Add(p[j]);
                    toMiddle *= p[PulsedSides.Q] / Sides.Values[PulsedSides.Q];
                    means.Add(mean / (time / length));
                    var steady = (a / time - b1) * ((seen - a) / time - b2) * time;
                    if (steady > 0) overSteady.Add((mean - b) / steady);
                }

                var q = LevelBehind(mean, b, toMiddle);
                if (q > 0) g[level].Add(Ratio(peaks[reach], b, q, Weights));
            }
        }

        if (means.Count < BlockResampling.FewestBlocks) return;
        BlockSigmas = [.. g.Select(spread => spread.Count == means.Count ? spread.JackknifeError : 0)];
        SideMeanBlockSigma = means.JackknifeError;
        OverSteadyBlockSigma = overSteady.Count == means.Count ? overSteady.JackknifeError / Math.Abs(overSteady.Mean) : 0;
        ParameterBlockSigmas = [.. parameters.Select(p => p.JackknifeError)];
    }

    /// <summary>Pairs by pulse difference from -K to K.</summary>
    public double[] Counted => _peaks;
}
