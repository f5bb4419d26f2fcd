using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Interference;

/// <summary>The peaks of one file of two-photon interference: areas over the far side peaks, background taken off.</summary>
/// <remarks>
/// Peaks from |m| = delay + 2 on are those of photons that never met; where blinking makes them fall with |m|, their height is that at
/// m -> 0. Late photons spread the pairs of two pulses over neighbouring peaks with known weights, which is undone.
/// </remarks>
sealed class HomPeaks
{
    const int Undone = 6; // peaks to each side that differ from the far ones, and their neighbours

    readonly PulsedRun _run;
    readonly double[] _peaks;
    readonly int _reach, _delay;
    readonly double[] _weights;
    readonly FitResult? _sides;

    public HomPeaks(PulsedRun run, int delay, CancellationToken stop)
    {
        (_run, _delay) = (run, delay);
        var counts = run.Counts!;
        (_peaks, _reach) = (counts.Peaks(0), counts.Reach);
        (Background, BackgroundSigma) = run.BackgroundPairs(0);
        _weights = run.Tail is { } tail ? tail.Spread(run.Plan.Window) : [1];
        bool[] use = [.. Enumerable.Range(0, _peaks.Length).Select(i => IsFar(i - _reach))];
        var far = use.Count(u => u);
        FarPairs = (long)Enumerable.Range(0, _peaks.Length).Where(i => use[i]).Sum(i => _peaks[i]);
        var mean = (double)FarPairs / far;
        FarMean = mean;
        HasSignal = FarPairs >= 10 && mean - Background > 3 * Math.Sqrt(mean / far + BackgroundSigma * BackgroundSigma);
        if (!HasSignal) return;

        var pulses = Math.Max(run.Live / run.Plan.Clock.Period, 2.0 * _reach);
        double[] exposure = [.. Enumerable.Range(-_reach, _peaks.Length).Select(m => Math.Max(1 - Math.Abs(m) / pulses, 1e-6))];
        FitResult Fit(double? x) => PoissonFit.Run(new PulsedSides(exposure, Background, mean - Background, x), _peaks, use, stop: stop);
        var flat = Fit(null);
        // As for the side peaks of pulsed g2: a fall is taken where it wins by more than chance makes, and by BIC.
        var falling = far >= 8 ? new[] { 1, 0.3, 8.0 / _reach, 3.0 / _reach, 1.0 / _reach }.Select(x => Fit(x)).MinBy(fit => fit.Deviance) : null;
        IsFalling = falling is { AtBound.Count: 0, Fisher: not null } && flat.Deviance - falling.Deviance > 16 && falling.Bic < flat.Bic;
        _sides = IsFalling ? falling! : flat;
        MeasureBlocks();
    }

    bool IsFar(int m) => Math.Abs(m) >= _delay + 2;

    public PulsedRun Run => _run;
    public double Background { get; }
    public double BackgroundSigma { get; }
    public long FarPairs { get; }
    public double FarMean { get; }

    /// <summary>False where the far peaks do not stand above the background.</summary>
    public bool HasSignal { get; }

    /// <summary>True where blinking makes the far peaks fall with m.</summary>
    public bool IsFalling { get; }

    public double Goodness => _sides?.Goodness ?? 0;

    /// <summary>Pairs in the central peak.</summary>
    public long Centre => (long)_peaks[_reach];

    /// <summary>Height of the far peaks at m -> 0, background taken off.</summary>
    public double Level => _sides!.Values[PulsedSides.Q];

    /// <summary>Share of a peak's pairs that late photons put into its neighbours.</summary>
    public double Leak => 1 - _weights[0] / (_weights[0] + 2 * _weights.Skip(1).Sum());

    double _blockSigma;

    /// <summary>Area of the central peak over the far ones.</summary>
    public (double Value, double Sigma, string Method) Central
    {
        get
        {
            var value = Area(_peaks, Background, Level, 0);
            var scale = Spread() / _weights[0] / Level;
            var counting = Math.Sqrt(Math.Max(Centre, 1)) * scale;
            var byLevel = (Centre - Background) * scale * (_sides!.Sigma(PulsedSides.Q) ?? Level) / Level;
            var byBackground = (1 - (Centre - Background) / Level) * scale * BackgroundSigma;
            var poisson = Math.Sqrt(counting * counting + byLevel * byLevel + byBackground * byBackground);
            var blocks = Math.Sqrt(_blockSigma * _blockSigma + byBackground * byBackground);
            return blocks > poisson && Centre >= 20 ? (value, blocks, "block-jackknife") : (value, poisson, "exact-poisson");
        }
    }

    /// <summary>Mean area of the two peaks at the delay of the arms, and its error from counting.</summary>
    public (double Value, double Sigma)? AtDelay
    {
        get
        {
            if (_delay == 0 || _delay > _reach) return null;
            var counted = _peaks[_reach - _delay] + _peaks[_reach + _delay];
            return ((Area(_peaks, Background, Level, _delay) + Area(_peaks, Background, Level, -_delay)) / 2, Math.Sqrt(Math.Max(counted, 1)) / 2 / Level * Spread() / _weights[0]);
        }
    }

    /// <summary>Pairs by pulse difference from -K to K, and the far peaks' model of them.</summary>
    public (double[] Pairs, double[]? Model) Counted => (_peaks, _sides?.Mu);

    double Spread() => _weights[0] + 2 * _weights.Skip(1).Sum();

    /// <summary>Area of a peak in units of the far ones, with what its neighbours put into it taken out.</summary>
    double Area(double[] peaks, double background, double level, int wanted)
    {
        var near = _delay + Undone;
        double Seen(int m) => Math.Abs(m) <= _reach ? (peaks[m + _reach] - background) / level : 1;
        double[] areas = [.. Enumerable.Range(-near, 2 * near + 1).Select(m => IsFar(m) ? 1 : Seen(m))];
        if (_weights.Length == 1) return areas[wanted + near];
        for (var round = 0; round < 20; round++)
        {
            var next = areas.ToArray();
            for (var m = -near; m <= near; m++)
            {
                if (IsFar(m)) continue;
                var others = 0.0;
                for (var d = 1; d < _weights.Length; d++)
                    others += _weights[d] * (At(m + d) + At(m - d));
                next[m + near] = (Seen(m) * Spread() - others) / _weights[0];
            }

            areas = next;
        }

        return areas[wanted + near];

        double At(int m) => Math.Abs(m) > near ? 1 : areas[m + near];
    }

    void MeasureBlocks()
    {
        var counts = _run.Counts!;
        var blocks = counts.Blocks.Where(block => block.Length > 0).ToArray();
        var photons = (double)(counts.Photons.A + counts.Photons.B);
        var (levels, spread) = (counts.Plan.Levels, new Spread());
        var toMiddle = Level / (FarMean - Background);
        foreach (var choice in BlockResampling.Jackknife(blocks.Length))
        {
            var cells = new long[counts.Cells.Length];
            double seen = 0;
            foreach (var k in choice)
            {
                seen += blocks[k].A + blocks[k].B;
                for (var i = 0; i < cells.Length; i++) cells[i] += blocks[k].Cells[i];
            }

            var peaks = new double[2 * _reach + 1];
            for (var i = 0; i < cells.Length; i++) peaks[i / levels] += cells[i];
            var b = Background * seen / photons;
            var far = Enumerable.Range(0, peaks.Length).Where(i => IsFar(i - _reach)).ToArray();
            var level = (far.Sum(i => peaks[i]) / far.Length - b) * toMiddle;
            if (level > 0) spread.Add(Area(peaks, b, level, 0));
        }

        _blockSigma = spread.Count >= BlockResampling.FewestBlocks ? spread.JackknifeError : 0;
    }
}
