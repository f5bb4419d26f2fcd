using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Blinking;

/// <summary>
/// The second pass over the photons, when the segments are known: the decay of each level without the ends of its segments, and of
/// each segment and each bin of time what its lifetime is made of.
/// </summary>
/// <remarks>
/// One walk along the segments. Of a segment and of a bin only the number of photons and the sum of their weights
/// (<see cref="DelayMoment"/>) are kept; a bin of time goes to its cell of the map as soon as it is over.
/// </remarks>
public sealed class SegmentDecays : IPhotonConsumer
{
    readonly (long From, long To)[] _whole, _inner;
    readonly int[] _levelOf;
    readonly sbyte[] _detectorOf = new sbyte[Channels.MarkerBase];
    readonly int[] _binOf;
    readonly float[][] _weight;
    readonly Flid _map;
    readonly long _binTicks;
    readonly SyncRhythm? _rhythm;
    readonly long _stepTicks, _reach;

    int _segment;
    long _from, _to, _innerFrom, _innerTo;
    long[][] _level = [];
    long _binEnd = long.MinValue;
    int _inBin;
    double _sumInBin;
    long _sync = long.MinValue;

    /// <param name="segments">Ascending, with the level of each.</param>
    /// <param name="axis">The time since the pulse.</param>
    /// <param name="moment">Weights of the photons.</param>
    /// <param name="map">Receives the bins of time.</param>
    /// <param name="tick">[s]</param>
    public SegmentDecays(IReadOnlyList<Segment> segments, IReadOnlyList<int> levelOf, int levels, DecayAxis axis, DelayMoment moment, Flid map, double tick)
    {
        _levelOf = [.. levelOf];
        _whole = [.. segments.Select(segment => (SegmentInteriors.Ticks(segment.From / tick), SegmentInteriors.Ticks(segment.To / tick)))];
        _inner = SegmentInteriors.Of(segments, tick);
        var detectors = axis.Detectors;
        Array.Fill(_detectorOf, (sbyte)-1);
        for (var d = 0; d < detectors.Count; d++) _detectorOf[detectors[d]] = (sbyte)d;
        _binOf = axis.BinOf.ToArray();
        _weight = [.. moment.Weights.Select(weights => weights.Select(w => (float)w).ToArray())];
        (_map, _binTicks) = (map, Math.Max(1, (long)Math.Round(map.Bin / tick)));
        (_rhythm, _stepTicks) = (axis.Rhythm, axis.StepTicks);
        _reach = _rhythm is null ? 0 : (long)Math.Ceiling(_rhythm.Interval * 1000);

        Counts = [.. Enumerable.Range(0, levels).Select(_ => detectors.Select(_ => new long[axis.Bins]).ToArray())];
        Time = new double[levels];
        for (var i = 0; i < _inner.Length; i++) Time[_levelOf[i]] += (_inner[i].To - _inner[i].From) * tick;
        (SegmentPhotons, SegmentSums) = (new int[segments.Count], new double[segments.Count]);
        SegmentTime = [.. _inner.Select(inner => (inner.To - inner.From) * tick)];
        _segment = -1;
        Next();
    }

    /// <summary>Photons of each level by detector and bin since the pulse, shape (levels, detectors, bins).</summary>
    public long[][][] Counts { get; }

    /// <summary>How long each level was looked at [s], shape (levels).</summary>
    public double[] Time { get; }

    /// <summary>Photons within each segment, without its ends, shape (segments).</summary>
    public int[] SegmentPhotons { get; }

    /// <summary>Sum of their weights, shape (segments).</summary>
    public double[] SegmentSums { get; }

    /// <summary>How long each segment was looked at [s], shape (segments).</summary>
    public double[] SegmentTime { get; }

    public void Add(in PhotonBatch batch)
    {
        var times = batch.Time;
        var channels = batch.Channel;
        var dtimes = batch.Dtime;
        if (_rhythm is null && dtimes.Length < times.Length) return;
        for (var i = 0; i < times.Length; i++)
        {
            var (t, channel) = (times[i], channels[i]);
            if (channel == Channels.Sync) _sync = t;
            if (!Channels.IsPhoton(channel)) continue;
            int detector = _detectorOf[channel];
            if (detector < 0) continue;
            while (t >= _to && _segment < _whole.Length) Next();
            if (t < _from || t >= _to) continue;

            var raw = _rhythm is null ? dtimes[i] : Phase(t);
            if ((uint)raw >= (uint)_binOf.Length) continue;
            var bin = _binOf[raw];
            if (bin < 0) continue;
            var weight = _weight[detector][bin];
            if (t >= _binEnd)
            {
                EndBin();
                _binEnd = (t / _binTicks + 1) * _binTicks;
            }

            _inBin++;
            _sumInBin += weight;
            if (t < _innerFrom || t >= _innerTo) continue;
            SegmentPhotons[_segment]++;
            SegmentSums[_segment] += weight;
            _level[detector][bin]++;
        }
    }

    /// <summary>Time since the pulse in steps; negative where it is not known.</summary>
    int Phase(long t)
    {
        var (since, period) = ((double)(t - _sync), _rhythm!.Period);
        if (_sync == long.MinValue || since > _reach || since < -period) return -1;
        return (int)((since - Math.Floor(since / period) * period) / _stepTicks);
    }

    void EndBin()
    {
        if (_inBin > 0) _map.Add(_inBin, _sumInBin);
        (_inBin, _sumInBin) = (0, 0);
    }

    void Next()
    {
        _segment++;
        if (_segment >= _whole.Length)
        {
            (_from, _to) = (long.MaxValue, long.MinValue);
            return;
        }

        ((_from, _to), (_innerFrom, _innerTo)) = (_whole[_segment], _inner[_segment]);
        _level = Counts[_levelOf[_segment]];
    }

    /// <summary>To be called once all photons were seen.</summary>
    public void Finish() => EndBin();
}
