using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Lifetime;

namespace PqdPortal.Analysis.Blinking;

/// <summary>What is known of a level before its decay is fitted.</summary>
/// <param name="Time">How long it was looked at [s].</param>
/// <param name="Law">Its law and where that begins.</param>
public sealed record LevelStart(double Time, DecayKind Kind, IReadOnlyList<FitParameter> Law)
{
    /// <summary>Share of photons that are those of the brightest level: flashes too short to be found. Null where there is none.</summary>
    public double? Leak { get; init; }

    /// <summary>Photons of the decay by detector, where the fit begins.</summary>
    public required double[] Photons { get; init; }
}

/// <summary>A detector that sees all levels.</summary>
/// <param name="Background">Rate of its background [1/s], where the fit begins, or as it was given.</param>
public sealed record LevelDetector(DecayGrid Grid, DetectorResponse Response, double[] ResponseStart, double Background, bool IsBackgroundKnown);

/// <summary>Expected counts of all levels in all detectors: each level has its own decay, each detector its response, and the background is the same in every level.</summary>
/// <remarks>
/// mu = N ((1 - leak) share(law) + leak share(law of the brightest)) + B T width/period, level after level, in each detector after
/// detector. That the dark counts do not know of the dot's state is what tells a dim level from none.
/// </remarks>
public sealed class LevelModel : ICountModel
{
    readonly IReadOnlyList<LevelStart> _levels;
    readonly IReadOnlyList<LevelDetector> _detectors;
    readonly int[] _law, _leak, _background, _response;
    readonly int[][] _photons;
    readonly int _bins;
    readonly DecayLaw.Room _room;
    readonly double[] _topShare;
    readonly double[][] _byTopLaw, _byTopOwn;
    readonly double[] _share;
    readonly double[][] _byLaw, _byOwn;

    /// <param name="levels">Ascending in brightness; the last is the brightest.</param>
    /// <param name="freeResponse">False where the responses are held.</param>
    public LevelModel(IReadOnlyList<LevelStart> levels, IReadOnlyList<LevelDetector> detectors, bool freeResponse)
    {
        (_levels, _detectors, _bins) = (levels, detectors, detectors[0].Grid.Bins);
        var parameters = new List<FitParameter>();
        (_law, _leak, _photons) = (new int[levels.Count], new int[levels.Count], new int[levels.Count][]);
        (_background, _response) = (new int[detectors.Count], new int[detectors.Count]);
        for (var l = 0; l < levels.Count; l++)
        {
            _law[l] = parameters.Count;
            parameters.AddRange(levels[l].Law);
            _leak[l] = -1;
            if (levels[l].Leak is { } leak)
            {
                _leak[l] = parameters.Count;
                parameters.Add(new("leak", leak, 0, 1));
            }

            _photons[l] = new int[detectors.Count];
            for (var d = 0; d < detectors.Count; d++)
            {
                _photons[l][d] = parameters.Count;
                parameters.Add(new("N", Math.Max(levels[l].Photons[d], 1), 1e-3));
            }
        }

        for (var d = 0; d < detectors.Count; d++)
        {
            _background[d] = parameters.Count;
            parameters.Add(new("B", Math.Max(detectors[d].Background, 1e-6), 1e-6) { Fixed = detectors[d].IsBackgroundKnown });
            _response[d] = parameters.Count;
            parameters.AddRange(detectors[d].Response.Parameters.Select((own, j) => own with { Start = detectors[d].ResponseStart[j], Fixed = own.Fixed || !freeResponse }));
        }

        Parameters = parameters;
        var own = detectors.Max(detector => detector.Response.Parameters.Count);
        _room = new(_bins, own);
        (_topShare, _share) = (new double[_bins], new double[_bins]);
        (_byTopLaw, _byLaw) = (Rows(3), Rows(3));
        (_byTopOwn, _byOwn) = (Rows(own), Rows(own));

        double[][] Rows(int rows) => [.. Enumerable.Range(0, rows).Select(_ => new double[_bins])];
    }

    public IReadOnlyList<FitParameter> Parameters { get; }
    public IReadOnlyList<LevelStart> Levels => _levels;

    /// <summary>Place of the first parameter of a level's law.</summary>
    public int LawOf(int level) => _law[level];

    /// <summary>Place of its leak; -1 without.</summary>
    public int LeakOf(int level) => _leak[level];

    /// <summary>Places of its photons by detector.</summary>
    public IReadOnlyList<int> PhotonsOf(int level) => _photons[level];

    public int BackgroundOf(int detector) => _background[detector];
    public int ResponseOf(int detector) => _response[detector];

    /// <summary>The counts in the order of this model.</summary>
    /// <param name="counts">Shape (levels, detectors, bins).</param>
    public static double[] Flat(long[][][] counts) =>
        [.. Enumerable.Range(0, counts[0].Length).SelectMany(d => counts.SelectMany(level => level[d].Select(n => (double)n)))];

    public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian)
    {
        var slopes = jacobian is not null;
        var top = _levels.Count - 1;
        if (slopes)
            foreach (var row in jacobian!) Array.Clear(row);
        for (var d = 0; d < _detectors.Count; d++)
        {
            var (grid, response) = (_detectors[d].Grid, _detectors[d].Response);
            var own = response.Parameters.Count;
            response.Set(p.Slice(_response[d], own));
            Shape(top, p, response, _topShare, _byTopLaw, _byTopOwn, own, slopes);
            var period = double.IsFinite(grid.Period) ? grid.Period : grid.Bins;
            var rate = p[_background[d]];
            for (var l = 0; l <= top; l++)
            {
                if (l != top) Shape(l, p, response, _share, _byLaw, _byOwn, own, slopes);
                var (share, byLaw, byOwn) = l == top ? (_topShare, _byTopLaw, _byTopOwn) : (_share, _byLaw, _byOwn);
                var (n, leak) = (p[_photons[l][d]], _leak[l] >= 0 ? p[_leak[l]] : 0);
                var level = _levels[l].Time / period;
                var first = (d * _levels.Count + l) * _bins;
                for (var i = 0; i < _bins; i++)
                {
                    var one = (1 - leak) * share[i] + leak * _topShare[i];
                    mu[first + i] = n * one + rate * level * grid.Width(i);
                    if (!slopes) continue;
                    jacobian![_photons[l][d]][first + i] = one;
                    jacobian[_background[d]][first + i] = level * grid.Width(i);
                    if (leak > 0 || _leak[l] >= 0) jacobian[_leak[l]][first + i] = n * (_topShare[i] - share[i]);
                    for (var j = 0; j < _levels[l].Law.Count; j++) jacobian[_law[l] + j][first + i] = n * (1 - leak) * byLaw[j][i];
                    if (leak > 0)
                        for (var j = 0; j < _levels[top].Law.Count; j++) jacobian[_law[top] + j][first + i] += n * leak * _byTopLaw[j][i];
                    for (var j = 0; j < own; j++)
                        if (!Parameters[_response[d] + j].Fixed)
                            jacobian[_response[d] + j][first + i] = n * ((1 - leak) * byOwn[j][i] + leak * _byTopOwn[j][i]);
                }
            }
        }
    }

    void Shape(int level, ReadOnlySpan<double> p, DetectorResponse response, double[] share, double[][] byLaw, double[][] byOwn, int own, bool slopes)
    {
        var law = _levels[level].Law.Count;
        DecayLaw.Shape(_levels[level].Kind, p.Slice(_law[level], law), response, _room, share, slopes ? byLaw[..law] : null, byOwn[..own]);
    }
}
