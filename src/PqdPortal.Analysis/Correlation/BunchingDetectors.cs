using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>Two or three detectors: how late each is, and how each pair of them blurs a delay.</summary>
/// <param name="Late">How late each detector is [s], shape (detectors).</param>
/// <param name="Blurs">Response of each pair: of the first and second, the first and third, the second and third.</param>
/// <param name="IsMeasured">From a measured response.</param>
sealed record BunchingDetectors(IReadOnlyList<double> Late, IReadOnlyList<PairResponse> Blurs, bool IsMeasured)
{
    /// <summary>The pairs among two or three detectors.</summary>
    public IReadOnlyList<(int A, int B)> Pairs => Late.Count == 3 ? [(0, 1), (0, 2), (1, 2)] : [(0, 1)];

    /// <exception cref="RequestException">Numbers of values and of detectors differ, or a response is given twice.</exception>
    public static BunchingDetectors Of(BunchingOptions options, Measurement? irf, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        var detectors = options.Channels?.Count ?? 2;
        (int A, int B)[] pairs = detectors == 3 ? [(0, 1), (0, 2), (1, 2)] : [(0, 1)];
        if (irf is null)
        {
            var each = Each(options.Jitter ?? options.IrfSigma, "jitter_sigma_ps", detectors);
            return new(Each(options.IrfCentre, "irf_t0_ps", detectors), [.. pairs.Select(pair => (PairResponse)Math.Sqrt(each[pair.A] * each[pair.A] + each[pair.B] * each[pair.B]))], false);
        }

        if (options.Jitter is not null || options.IrfSigma is not null || options.IrfCentre is not null)
            throw new RequestException("Give either a measured response (irf_file) or its width and centre (irf_sigma_ps or jitter_sigma_ps, irf_t0_ps), not both.");
        var responses = InstrumentResponse.Of(irf, null, progress, stop);
        if (responses.Count > 1 && options.Channels is null)
            throw new RequestException($"The measured response (irf_file) has {responses.Count} detectors; say with \"channels\" which is the first and which the second, such as [{responses[0].Channel}, {responses[1].Channel}].");
        InstrumentResponse[] own = [.. Enumerable.Range(0, detectors).Select(k => options.Channels is { } channels ? InstrumentResponse.For(responses, channels[k]) : responses[0])];
        return new([.. own.Select(one => one.Centre - own[0].Centre)], [.. pairs.Select(pair => PairResponse.Of(own[pair.A], own[pair.B]).Response)], true);
    }

    /// <summary>One value for each detector; a single one serves all, none is zero.</summary>
    static double[] Each(IReadOnlyList<double>? values, string name, int detectors) => values switch
    {
        null or [] => new double[detectors],
        [var all] => [.. Enumerable.Repeat(all, detectors)],
        _ when values.Count == detectors => [.. values],
        _ => throw new RequestException($"The parameter \"{name}\" takes one value for each of the {detectors} detectors, or one for all; found {values.Count}."),
    };
}
