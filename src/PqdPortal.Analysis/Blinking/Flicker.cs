using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Blinking;

/// <summary>Whether the light fluctuates within segments that were taken for steady, or faster than the bins.</summary>
/// <param name="IsFlickering">Then a level is a mixture.</param>
/// <param name="Why">In words, with the numbers.</param>
/// <param name="Amplitude">Normalised covariance of neighbouring bins within segments, where it stands out most.</param>
/// <param name="Sigma">Its standard error.</param>
/// <param name="Expected">What changes of the light that were too short to be found leave there, from those just long enough, at most.</param>
/// <param name="TimeScale">Within which the covariance falls to half of its height [s]; null where there is none.</param>
/// <param name="BinWidths">Widths of the bins that were tried [s], ascending.</param>
/// <param name="Covariances">Normalised covariance at each.</param>
/// <param name="Sigmas">Standard error of each.</param>
public sealed record Flicker(
    bool IsFlickering, string Why, double Amplitude, double Sigma, double Expected, double? TimeScale,
    double[] BinWidths, double[] Covariances, double[] Sigmas)
{
    /// <summary>Covariance of the rate within the segments of each level, where it stands out most, and its standard error [1/s²]; 0 where it does not stand out. Shape (levels).</summary>
    public IReadOnlyList<(double Value, double Sigma)> ByLevel { get; init; } = [];

    /// <summary>Light within a dim level that belongs to a bright one: flashes too short to be found, which rise above the level by so much [1/s].</summary>
    /// <remarks>Flashes in a share f of the time add f D to the rate and f (1 - f) D² to its covariance, D their height.</remarks>
    /// <param name="height">D [1/s].</param>
    public (double Value, double Sigma) Flashes(int level, double height) =>
        level < ByLevel.Count && height > 0 ? (Math.Max(ByLevel[level].Value, 0) / height, ByLevel[level].Sigma / height) : (0, double.PositiveInfinity);
}

/// <summary>Looks within segments for light that fluctuates faster than change points can follow.</summary>
/// <remarks>
/// <para>
/// Counts n of neighbouring bins, at bin widths from 10 us on: of steady light sum n(i) n(i+1) is (M-1) times the square of the
/// mean, (N² - N)/M² without bias for N photons in M bins. What is above it, over that, is the normalised covariance. Neither dead
/// time nor afterpulses reach from one bin to the next; they act on the variance alone, which is not used.
/// </para>
/// <para>
/// Segments lose their ends (<see cref="SegmentInteriors"/>) and are cut into pieces of at most 0.6 s, so that drift is not taken
/// for flicker. Blinking that is followed well still hides events too short to be found. Those that are just long enough, whose
/// likelihood is e^10 to e^30 times that of no event, tell how many: the covariance has to be larger than what they carry
/// themselves: dwells without memory, or a power law down to nothing, leave less. Light that changes faster than the bins, though
/// change points follow it, is told from the photons that come in segments shorter than a bin.
/// </para>
/// </remarks>
public sealed class FlickerCounter : IPhotonConsumer
{
    const double Finest = 10e-6, Coarsest = 20e-3, LongestPiece = 0.64; // [s]
    const int FewestBins = 10;
    const double Significance = 5, LeastAmplitude = 0.01;
    const double JustFound = 10, SurelyFound = 30;
    const double UsualBin = 10e-3; // [s]
    const double MostLightInShort = 0.4;

    readonly IReadOnlyList<Segment> _segments;
    readonly double _tick, _bin;
    readonly bool[]? _use;
    readonly int[]? _levelOf;
    readonly (long From, long To)[] _interiors;
    readonly long _finest, _piece;
    readonly Width[] _widths;

    int _segment, _part = -1, _parts;
    long _from, _to;
    long _last = -1, _count;

    /// <param name="segments">Ascending, one behind the other.</param>
    /// <param name="tick">Length of a tick [s].</param>
    /// <param name="channels">Detectors whose photons count; null for all.</param>
    /// <param name="bin">Bin of the trace, which fluctuations should be slower than [s].</param>
    /// <param name="levelOf">Level of each segment, where each level is to be looked at alone; null where not.</param>
    public FlickerCounter(IReadOnlyList<Segment> segments, double tick, IReadOnlyList<int>? channels = null, double? bin = null, IReadOnlyList<int>? levelOf = null)
    {
        (_segments, _tick, _bin) = (segments, tick, Math.Min(bin ?? UsualBin, UsualBin));
        _levelOf = levelOf is null ? null : [.. levelOf];
        var levels = levelOf is { Count: > 0 } ? levelOf.Max() + 1 : 0;
        if (channels is not null)
        {
            _use = new bool[Channels.MarkerBase];
            foreach (var channel in channels)
                if ((uint)channel < (uint)_use.Length) _use[channel] = true;
        }

        _interiors = SegmentInteriors.Of(segments, tick);
        _finest = Math.Max(1, (long)Math.Round(Finest / tick));
        _piece = Math.Max(1, (long)(LongestPiece / tick));
        var widths = 1;
        while ((_finest << widths) * tick <= Coarsest) widths++;
        _widths = [.. Enumerable.Range(0, widths).Select(_ => new Width(levels))];
        NextPiece();
    }

    /// <summary>What is counted at one width: sums over all pieces, and the state within the piece at hand.</summary>
    sealed class Width(int levels)
    {
        // Of each level: above the expectation, pairs of bins, variance of steady light.
        public double[] LevelAbove { get; } = new double[levels];
        public double[] LevelPairs { get; } = new double[levels];
        public double[] LevelVariance { get; } = new double[levels];

        // Above the expectation, the expectation, and the variance that steady light would have.
        public double Above, Steady, Variance;

        // Scatter from piece to piece.
        public double AboveSquared, AboveSteady, SteadySquared;

        public long Bins, Last, LastCount, Parent, ParentCount, Photons;
        public double Products;

        public void Begin(long bins) => (Bins, Last, LastCount, Parent, ParentCount, Photons, Products) = (bins, -2, 0, -1, 0, 0, 0);

        public void Count(long bin, long photons)
        {
            if (bin >= Bins) return;
            if (bin == Last + 1) Products += (double)photons * LastCount;
            Photons += photons;
            (Last, LastCount) = (bin, photons);
        }

        public void End(int level)
        {
            if (Bins < FewestBins) return;
            if (level >= 0) LevelPairs[level] += Bins - 1;
            if (Photons < 2) return;
            var square = (double)Photons * (Photons - 1) / ((double)Bins * Bins);
            var (above, steady) = (Products - (Bins - 1) * square, (Bins - 1) * square);
            Above += above;
            Steady += steady;
            Variance += Bins * square;
            if (level >= 0)
            {
                LevelAbove[level] += above;
                LevelVariance[level] += Bins * square;
            }

            AboveSquared += above * above;
            AboveSteady += above * steady;
            SteadySquared += steady * steady;
        }
    }

    public void Add(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var channel = batch.Channel[i];
            if (!Channels.IsPhoton(channel) || _use is not null && !_use[channel]) continue;
            var t = batch.Time[i];
            while (t >= _to && _segment < _interiors.Length)
            {
                EndPiece();
                NextPiece();
            }

            if (t < _from || t >= _to) continue;
            var bin = (t - _from) / _finest;
            if (bin == _last)
            {
                _count++;
                continue;
            }

            if (_last >= 0) Close(0, _last, _count);
            (_last, _count) = (bin, 1);
        }
    }

    /// <summary>A bin has all its photons; with its neighbour it makes one of the next width.</summary>
    void Close(int k, long bin, long photons)
    {
        while (true)
        {
            var width = _widths[k];
            width.Count(bin, photons);
            if (k + 1 == _widths.Length) return;
            var parent = bin >> 1;
            if (parent == width.Parent)
            {
                width.ParentCount += photons;
                return;
            }

            var (full, held) = (width.Parent, width.ParentCount);
            (width.Parent, width.ParentCount) = (parent, photons);
            if (full < 0) return;
            (bin, photons) = (full, held);
            k++;
        }
    }

    void EndPiece()
    {
        if (_to <= _from) return;
        if (_last >= 0) Close(0, _last, _count);
        for (var k = 0; k + 1 < _widths.Length; k++)
            if (_widths[k].Parent >= 0) Close(k + 1, _widths[k].Parent, _widths[k].ParentCount);
        var level = _levelOf is null || _segment >= _levelOf.Length ? -1 : _levelOf[_segment];
        foreach (var width in _widths) width.End(level);
    }

    void NextPiece()
    {
        _last = -1;
        if (_part + 1 < _parts) _part++;
        else
        {
            // The first call begins with the first segment, later ones go on behind the one at hand.
            if (_parts > 0) _segment++;
            while (_segment < _interiors.Length && _interiors[_segment].To - _interiors[_segment].From < FewestBins * _finest) _segment++;
            if (_segment == _interiors.Length)
            {
                (_from, _to) = (0, 0);
                return;
            }

            _part = 0;
            _parts = (int)((_interiors[_segment].To - _interiors[_segment].From + _piece - 1) / _piece);
        }

        var (from, to) = _interiors[_segment];
        (_from, _to) = (Share(_part), Share(_part + 1));
        for (var k = 0; k < _widths.Length; k++) _widths[k].Begin((_to - _from) / (_finest << k));

        long Share(int part) => from + (long)((Int128)(to - from) * part / _parts);
    }

    /// <summary>Judges, once all photons were seen.</summary>
    public Flicker Finish()
    {
        EndPiece();
        (_from, _to, _segment, _parts) = (0, 0, _interiors.Length, 0);
        var used = _widths.Select((width, k) => (Width: width, Length: (_finest << k) * _tick)).Where(one => one.Width.Steady > 0).ToArray();
        var covariances = used.Select(one => one.Width.Above / one.Width.Steady).ToArray();
        var sigmas = used.Select((one, k) => Math.Sqrt(Math.Max(one.Width.Variance,
            one.Width.AboveSquared - 2 * covariances[k] * one.Width.AboveSteady + covariances[k] * covariances[k] * one.Width.SteadySquared)) / one.Width.Steady).ToArray();
        var lengths = used.Select(one => one.Length).ToArray();

        var inShort = _segments.Where(segment => segment.Duration < _bin).Sum(segment => segment.Photons) / Math.Max(_segments.Sum(segment => (double)segment.Photons), 1);
        var hidden = Hidden();
        // What steady light would scatter by decides whether there is anything.
        var most = -1;
        for (var k = 0; k < used.Length; k++)
            if (covariances[k] > Significance * Math.Sqrt(used[k].Width.Variance) / used[k].Width.Steady && covariances[k] > Significance * 0.5 * sigmas[k] && (most < 0 || covariances[k] > covariances[most])) most = k;
        var (amplitude, sigma) = most >= 0 ? (covariances[most], sigmas[most]) : used.Length > 0 ? (covariances[^1], sigmas[^1]) : (0, 0);
        var isFast = most >= 0 && amplitude > Math.Max(LeastAmplitude, hidden);
        var isShort = _segments.Count > 20 && inShort > MostLightInShort;
        double? time = null;
        if (most >= 0)
        {
            var k = most;
            while (k + 1 < used.Length && covariances[k] > 0.5 * amplitude) k++;
            time = lengths[k];
        }

        var why = isFast
            ? $"counts of neighbouring bins of {Milliseconds(lengths[most])} within segments rise and fall together by {Percent(amplitude)} +- {Percent(sigma)} of the squared rate, where the blinking that was found explains {Percent(hidden)} at most: the light changes within about {Milliseconds(time!.Value)}"
            : isShort
            ? $"{Percent(inShort)} of the photons come in segments shorter than {Milliseconds(_bin)}: the light changes faster than such bins can follow"
            : used.Length == 0 ? "no segment is long enough to look within it"
            : most < 0 ? $"within segments neighbouring bins do not rise and fall together ({Percent(amplitude)} +- {Percent(sigma)} of the squared rate)"
            : $"within segments neighbouring bins rise and fall together by {Percent(amplitude)} of the squared rate, no more than {Percent(Math.Max(hidden, LeastAmplitude))}, which changes too short to be found may leave";
        return new(isFast || isShort, why, amplitude, sigma, hidden, time, lengths, covariances, sigmas) { ByLevel = [.. Enumerable.Range(0, _widths[0].LevelAbove.Length).Select(OfLevel)] };
    }

    /// <summary>Where the covariance of a level stands out most, among the widths where it is more than chance.</summary>
    (double Value, double Sigma) OfLevel(int level)
    {
        (double Value, double Sigma) best = (0, double.PositiveInfinity);
        for (var k = 0; k < _widths.Length; k++)
        {
            var (width, length) = (_widths[k], (_finest << k) * _tick);
            if (!(width.LevelPairs[level] > 0) || !(width.LevelVariance[level] > 0)) continue;
            var unit = width.LevelPairs[level] * length * length;
            var (value, sigma) = (width.LevelAbove[level] / unit, Math.Sqrt(width.LevelVariance[level]) / unit);
            if (value > 3 * sigma ? value > best.Value : best.Value == 0 && sigma < best.Sigma) best = (value > 3 * sigma ? value : 0, sigma);
        }

        return best;
    }

    /// <summary>Normalised covariance that dips and flashes too short to be found may leave, at most.</summary>
    double Hidden()
    {
        double carried = 0, steady = 0;
        var events = 0;
        for (var i = 0; i < _segments.Count; i++)
        {
            var segment = _segments[i];
            steady += segment.Rate * segment.Rate * segment.Duration;
            if (i == 0 || i == _segments.Count - 1) continue;
            var (one, other) = (_segments[i - 1].Rate, _segments[i + 1].Rate);
            var isDip = segment.Rate < Math.Min(one, other);
            if (!isDip && !(segment.Rate > Math.Max(one, other))) continue;
            var beside = isDip ? Math.Min(one, other) : Math.Max(one, other);
            // The information that change points are found by: 1 - q + q ln q for a photon of the brighter one.
            var (dim, bright) = (Math.Min(segment.Rate, beside), Math.Max(segment.Rate, beside));
            var q = dim / bright;
            var information = segment.Duration * bright * (1 - q + (q > 0 ? q * Math.Log(q) : 0));
            if (information < JustFound || information >= SurelyFound) continue;
            events++;
            carried += (segment.Rate - beside) * (segment.Rate - beside) * segment.Duration;
        }

        // Few of them are a poor measure.
        return steady > 0 && events > 0 ? (1 + 1 / Math.Sqrt(events)) * carried / steady : 0;
    }

    static string Percent(double share) => $"{NumberText.Rounded(100 * share, 2)} %";

    static string Milliseconds(double seconds) => $"{NumberText.Rounded(1e3 * seconds, 2)} ms";
}
