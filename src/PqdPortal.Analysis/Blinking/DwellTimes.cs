namespace PqdPortal.Analysis.Blinking;

/// <summary>How long a blinking emitter stays on and off: rates, the law of the dwells, exponents, memory.</summary>
/// <remarks>
/// By likelihood on the dwells from a shortest length on, never by a line through a logarithmic histogram, which has its exponent wrong
/// and no error (Clauset, Shalizi and Newman, SIAM Rev. 51, 661 (2009)). The first dwell of a record is left out, since its
/// beginning was not seen; a last one counts as longer than it was seen. What it assumes: docs/analyses/blinking.md.
/// </remarks>
public static class DwellTimes
{
    /// <summary>Fewer dwells from the shortest length on give no law and no exponent.</summary>
    public const int FewestDwells = 50;

    /// <summary>An exponent needs lengths over so many powers of ten.</summary>
    public const double FewestDecades = 1.5;

    /// <summary>The statistics of both states.</summary>
    /// <param name="sequence">In time order; neighbours of one state are one dwell.</param>
    /// <remarks>Both together, because missed dwells of one state lengthen those of the other.</remarks>
    public static (DwellStatistics On, DwellStatistics Off) OfBoth(
        IReadOnlyList<(bool IsOn, Dwell Dwell)> sequence, DwellSettings settings, CancellationToken stop = default)
    {
        Dwell[] bright = [.. sequence.Where(part => part.IsOn).Select(part => part.Dwell)], dark = [.. sequence.Where(part => !part.IsOn).Select(part => part.Dwell)];
        var on = new StateDwells(true, bright, Completeness(true), settings, stop);
        var off = new StateDwells(false, dark, Completeness(false), settings, stop);
        if (on is { DecayRate: { } k, Completeness: { } onFound } && off is { DecayRate: { } m, Completeness: { } offFound })
        {
            var (onRate, offRate, onMissed, offMissed) = MissedDwells.Correct(k, m, onFound, offFound);
            on.CorrectRate(onRate, onMissed, offMissed);
            off.CorrectRate(offRate, offMissed, onMissed);
        }

        if (on.ForCutoff is { } ofOn && off.ForCutoff is { } ofOff)
        {
            on.Listen(ofOff, stop);
            off.Listen(ofOn, stop);
        }

        return (Remember(on.Finish(), true), Remember(off.Finish(), false));

        DwellStatistics Remember(DwellStatistics statistics, bool state)
        {
            var (same, next) = (new List<(double, double)>(), new List<(double, double)>());
            for (var i = 0; i + 1 < sequence.Count; i++)
            {
                if (sequence[i].IsOn != state || !IsWhole(i) || !IsWhole(i + 1)) continue;
                next.Add((sequence[i].Dwell.Length, sequence[i + 1].Dwell.Length));
                if (i + 2 < sequence.Count && IsWhole(i + 2)) same.Add((sequence[i].Dwell.Length, sequence[i + 2].Dwell.Length));
            }

            return statistics with { Memory = DwellMemory.Of(same), MemoryOfNext = DwellMemory.Of(next) };
        }

        Completeness? Completeness(bool isOn) => settings.FoundBySearch && AtBest(isOn, settings) is { } best && bright.Length > 0 && dark.Length > 0
            ? Blinking.Completeness.BySearch(best.Own, best.Other, Mean(isOn ? bright : dark), Mean(isOn ? dark : bright), settings.Confidence, settings.Seed, stop)
            : AtBest(isOn, settings);

        bool IsWhole(int i) => sequence[i].Dwell is { Censored: false, BeginUnseen: false, Length: > 0 };
    }

    /// <summary>The statistics of one state, without what missed dwells of the other do.</summary>
    /// <param name="isOn">Which state the dwells are of.</param>
    public static DwellStatistics Of(bool isOn, IReadOnlyList<Dwell> dwells, DwellSettings settings, CancellationToken stop = default) =>
        new StateDwells(isOn, dwells, AtBest(isOn, settings), settings, stop).Finish();

    /// <summary>Null where the rates tell nothing apart.</summary>
    static Completeness? AtBest(bool isOn, DwellSettings settings)
    {
        var (own, other) = isOn ? (settings.OnRate, settings.OffRate) : (settings.OffRate, settings.OnRate);
        return own >= 0 && other >= 0 && own != other && double.IsFinite(own + other) ? Completeness.AtBest(own, other) : null;
    }

    static double Mean(Dwell[] dwells) => dwells.Average(dwell => dwell.Length);
}
