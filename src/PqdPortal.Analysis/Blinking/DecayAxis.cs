using PqdPortal.Analysis.Lifetime;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Blinking;

/// <summary>The time since the laser pulse, as all levels of a run share it: its bins, and each detector's response and decay as a whole.</summary>
/// <remarks>The decay of all photons together is fitted first: it tells of response and background what single levels are too dim for.</remarks>
public sealed class DecayAxis
{
    /// <summary>More bins cost time and tell nothing: a lifetime of a hundredth of the period still spans ten.</summary>
    const int MostBins = 1024;

    readonly int[] _binOf;

    DecayAxis(IReadOnlyList<DecayHistogram> decays, IReadOnlyList<InstrumentResponse>? responses, int[] binOf) =>
        (Decays, Responses, _binOf) = (decays, responses, binOf);

    /// <summary>All photons of each detector, in the bins of this axis.</summary>
    public IReadOnlyList<DecayHistogram> Decays { get; }

    /// <summary>Measured response of each detector; null without.</summary>
    public IReadOnlyList<InstrumentResponse>? Responses { get; }

    /// <summary>Raw channels of the detectors.</summary>
    public IReadOnlyList<int> Detectors => [.. Decays.Select(decay => decay.Channel)];

    public int Bins => Decays[0].Counts.Length;

    /// <summary>[s]</summary>
    public double BinWidth => Decays[0].BinWidth;

    /// <summary>The bin of each raw micro time, -1 outside, shape (micro times).</summary>
    public ReadOnlySpan<int> BinOf => _binOf;

    /// <summary>How a stream without micro times tells the time since the pulse; null with them.</summary>
    public SyncRhythm? Rhythm { get; private init; }

    /// <summary>Length of a raw step of that time [ticks].</summary>
    public long StepTicks { get; private init; }

    /// <summary>Lays the bins for decays that were counted.</summary>
    /// <param name="decays">Of the detectors that are looked at, as they were counted.</param>
    /// <param name="irf">Decays of scattered light; null without.</param>
    /// <exception cref="RequestException">The bins of decay and response do not fit together.</exception>
    /// <exception cref="InsufficientDataException">The response holds no photons.</exception>
    public static DecayAxis Of(IReadOnlyList<DecayHistogram> decays, DecaySet? irf, SyncRhythm? rhythm = null, double? tick = null)
    {
        var (first, step) = (decays[0], decays[0].BinWidth);
        var join = (first.Counts.Length + MostBins - 1) / MostBins;
        IReadOnlyList<InstrumentResponse>? responses = null;
        if (irf is not null)
        {
            if (irf.Decays.Count == 0) throw new InsufficientDataException("The measurement of the response (irf_file) holds no photons. Measure scattered laser light with it.");
            var width = irf.Decays[0].BinWidth;
            var (coarser, finer) = (width / step, step / width);
            var whole = (int)Math.Round(Math.Max(coarser, 1));
            if (coarser > 1 ? Math.Abs(coarser - whole) > 1e-3 * coarser : Math.Abs(finer - Math.Round(finer)) > 1e-3 * finer) throw LifetimeJudge.Resolution(width, step);
            // Whole bins of the response in one of the decay.
            join = (join + whole - 1) / whole * whole;
            if (irf.Decays[0].Period is { } one && first.Period is { } other && Math.Abs(one - other) > 2e-3 * other)
                throw new RequestException($"The response was measured with a laser period of {NumberText.Rounded(one * 1e9)} ns, the decay with {NumberText.Rounded(other * 1e9)} ns. Measure the response with the settings of the decay.");
            var all = irf.Decays.Select(decay => InstrumentResponse.Of(decay.Joined((int)Math.Round(join * step / width)))).ToArray();
            responses = [.. decays.Select(decay => InstrumentResponse.For(all, decay.Channel))];
        }

        DecayHistogram[] joined = [.. decays.Select(decay => decay.Joined(join))];
        var from = (int)Math.Round(first.Start / step);
        var binOf = new int[from + first.Counts.Length];
        for (var raw = 0; raw < binOf.Length; raw++)
            binOf[raw] = raw >= from && (raw - from) / join < joined[0].Counts.Length ? (raw - from) / join : -1;
        return new(joined, responses, binOf) { Rhythm = rhythm, StepTicks = tick is { } t ? Math.Max(1, (long)Math.Round(step / t)) : 1 };
    }
}
