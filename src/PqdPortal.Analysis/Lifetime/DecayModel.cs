using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Lifetime;

/// <summary>One detector's part in a fit: what it counted, and what is known of it.</summary>
/// <param name="Counts">Shape (bins).</param>
/// <param name="Exposure">Share of the pulses for which the detector was still waiting when a bin came, shape (bins): 1 but for pile-up.</param>
public sealed record DetectorDecay(int Channel, DecayGrid Grid, DetectorResponse Response, double[] Counts, double[] Exposure)
{
    /// <summary>Background that is known, per bin; null where it is fitted.</summary>
    public double? Background { get; init; }

    /// <summary>Where a fit of the photons and of the background per bin begins.</summary>
    public (double Photons, double Background) Guess { get; init; }
}

/// <summary>Expected counts of all detectors that see one decay, bin by bin, detector after detector.</summary>
/// <remarks>
/// mu = exposure (N share(bin) + B width(bin)): N photons of the decay in a whole period, B background in a bin. The law's
/// parameters are shared; each detector has its own N, B and response.
/// </remarks>
public sealed class DecayModel : ICountModel
{
    readonly IReadOnlyList<DetectorDecay> _detectors;
    readonly int[] _first, _own;
    readonly DecayLaw.Room[] _rooms;
    readonly double[][] _shares;
    readonly double[][][] _byLaw, _byOwn;

    /// <param name="law">Parameters of the law with their starts.</param>
    public DecayModel(DecayKind kind, IReadOnlyList<DetectorDecay> detectors, IReadOnlyList<FitParameter> law)
    {
        (Kind, _detectors, LawParameters) = (kind, detectors, law.Count);
        var parameters = law.ToList();
        (_first, _own) = (new int[detectors.Count], new int[detectors.Count]);
        var at = 0;
        for (var d = 0; d < detectors.Count; d++)
        {
            var detector = detectors[d];
            (_first[d], _own[d]) = (at, parameters.Count);
            at += detector.Grid.Bins;
            parameters.Add(new("N", Math.Max(detector.Guess.Photons, 1), 1e-3));
            parameters.Add(new("B", detector.Background ?? Math.Max(detector.Guess.Background, 1e-4), 1e-6) { Fixed = detector.Background is not null });
            parameters.AddRange(detector.Response.Parameters);
        }

        Parameters = parameters;
        Bins = at;
        Counts = [.. detectors.SelectMany(detector => detector.Counts)];
        _rooms = [.. detectors.Select(detector => new DecayLaw.Room(detector.Grid.Bins, detector.Response.Parameters.Count))];
        _shares = [.. detectors.Select(detector => new double[detector.Grid.Bins])];
        _byLaw = [.. detectors.Select(detector => law.Select(_ => new double[detector.Grid.Bins]).ToArray())];
        _byOwn = [.. detectors.Select(detector => detector.Response.Parameters.Select(_ => new double[detector.Grid.Bins]).ToArray())];
    }

    public IReadOnlyList<FitParameter> Parameters { get; }
    public DecayKind Kind { get; }
    public IReadOnlyList<DetectorDecay> Detectors => _detectors;
    public int LawParameters { get; }
    public int Bins { get; }

    /// <summary>What was counted, shape (bins of all detectors).</summary>
    public double[] Counts { get; }

    /// <summary>First bin of a detector.</summary>
    public int FirstBin(int detector) => _first[detector];

    /// <summary>Places of a detector's parameters: photons, background, and the first of its response.</summary>
    public (int Photons, int Background, int Response) PlacesOf(int detector) => (_own[detector], _own[detector] + 1, _own[detector] + 2);

    /// <summary>Shares of the photons in a detector's bins, as of the last evaluation.</summary>
    public double[] ShareOf(int detector) => _shares[detector];

    public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian)
    {
        for (var d = 0; d < _detectors.Count; d++)
        {
            var (detector, first, own) = (_detectors[d], _first[d], _own[d]);
            var response = detector.Response;
            response.Set(p[(own + 2)..]);
            var (share, exposure, bins) = (_shares[d], detector.Exposure, detector.Grid.Bins);
            DecayLaw.Shape(Kind, p[..LawParameters], response, _rooms[d], share, jacobian is null ? null : _byLaw[d], _byOwn[d]);
            var (n, b) = (p[own], p[own + 1]);
            var expected = mu.Slice(first, bins);
            for (var i = 0; i < bins; i++) expected[i] = exposure[i] * (n * share[i] + b);
            var last = bins - 1;
            expected[last] = exposure[last] * (n * share[last] + b * detector.Grid.LastWidth);
            if (jacobian is null) continue;

            for (var j = 0; j < LawParameters; j++) Scale(_byLaw[d][j], exposure, n, jacobian[j].AsSpan(first, bins));
            for (var j = 0; j < response.Parameters.Count; j++)
                if (!response.Parameters[j].Fixed)
                    Scale(_byOwn[d][j], exposure, n, jacobian[own + 2 + j].AsSpan(first, bins));
            Scale(share, exposure, 1, jacobian[own].AsSpan(first, bins));
            exposure.CopyTo(jacobian[own + 1].AsSpan(first, bins));
            jacobian[own + 1][first + last] *= detector.Grid.LastWidth;
        }
    }

    static void Scale(double[] row, double[] exposure, double factor, Span<double> into)
    {
        for (var i = 0; i < into.Length; i++) into[i] = factor * exposure[i] * row[i];
    }
}
