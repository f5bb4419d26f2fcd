using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Blinking;

/// <summary>
/// Finds where the rate of photons changes, from their arrival times alone: no bins, no number of states. One pass, in memory that does not grow
/// with the photons, only with the changes.
/// </summary>
/// <remarks>
/// <para>
/// Watkins and Yang, J. Phys. Chem. B 109, 617 (2005), see <see cref="ChangeTest"/>: windows of 1000 photons that overlap by 200, each cut at its
/// most likely change, and both parts again, until nothing is significant. Then every change is tested between its two neighbours, at most 500
/// photons away, and moved or taken out, until all stay.
/// </para>
/// <para>
/// Photons of all detectors count as one record. One that follows within a microsecond after another, and within 1 % of the mean interval, is left out of the tests, as it may
/// be an afterpulse or the second of a cascade; segments count it. Where a tick is longer than that, photons with the same tick are spread evenly over it, as a comb of pulses
/// would else look like bursts. Begin and end of the record stand for two more events, so that light that comes late or goes early is seen.
/// </para>
/// </remarks>
public sealed class ChangePointFinder : IPhotonConsumer
{
    const int Block = 1 << 18; // events looked at together
    const int Overlap = 200;
    const int Reach = 500; // a change is tested among so many photons to each side
    const int Rounds = 10;
    // A photon right behind another may be an afterpulse or the second of a cascade. Light has no other reason to come in pairs, and the tests take
    // every photon for one of its own: 5 % of pairs would make ten times as many false changes.
    const double Behind = 1e-6; // [s]
    const double BehindShare = 0.01; // of the mean interval, at most
    const double Enough = 100; // photons times the square of the relative change
    const int Looks = 4;
    const int Unsettled = 2500; // events at the end of a block whose changes wait for what follows

    readonly double _tick;
    readonly double _confidence;
    readonly bool[] _wanted = new bool[1 << 16];
    readonly ChangeTest _test;
    readonly ChangeInterval _interval;
    readonly SlowChanges _slow;
    readonly List<int> _slowly = [];
    readonly double _falseShare;

    // The events since the last settled change: the begin of the record or a photon, then photons.
    readonly long[] _ticks = new long[Block + 1];

    // Those of them that the tests look at: their times [ticks] since the first, and which they are.
    readonly double[] _time = new double[Block + 1];
    readonly int[] _source = new int[Block + 1];
    int _alone;

    int _count = 1;
    bool _isFirst = true;
    long _offset; // events before the first of the block

    readonly List<Change> _found = [];
    readonly List<(int From, int To, double Surprise)> _moments = [];
    readonly List<(int From, int To)> _looked = [], _stretches = [];
    readonly Stack<(int From, int To)> _parts = [];
    long _tests;

    readonly List<long> _at = [], _low = [], _high = [], _event = [];

    /// <param name="tick">Length of a tick [s].</param>
    /// <param name="channels">Detectors that count; null for all.</param>
    /// <param name="confidence">Of each test, 0.69 to 0.999.</param>
    public ChangePointFinder(double tick, IReadOnlyList<int>? channels = null, double confidence = 0.99)
    {
        if (!(confidence >= CriticalValues.LeastConfidence && confidence <= CriticalValues.MostConfidence))
            throw new ArgumentOutOfRangeException(nameof(confidence));
        (_tick, _confidence) = (tick, confidence);
        _test = new ChangeTest(confidence);
        _interval = new ChangeInterval(_test);
        _slow = new SlowChanges(_test, confidence);
        _falseShare = 1 - confidence;
        for (short c = 0; c < Channels.MarkerBase; c++) _wanted[c] = channels?.Contains(c) ?? true;
    }

    /// <inheritdoc/>
    public void Add(in PhotonBatch batch)
    {
        var times = batch.Time;
        var channels = batch.Channel;
        for (var done = 0; done < times.Length;)
        {
            var some = Math.Min(times.Length - done, Block - _count);
            var count = _count;
            for (var i = done; i < done + some; i++)
            {
                _ticks[count] = times[i];
                if (_wanted[(ushort)channels[i]]) count++;
            }
            _count = count;
            done += some;
            if (_count == Block) Settle(isLast: false);
        }
    }

    /// <summary>What was found, once all photons are in.</summary>
    /// <param name="endTick">End of the record; the last photon ends it where it comes later.</param>
    public ChangePoints Finish(long endTick)
    {
        Order();
        var end = Math.Max(endTick, _ticks[_count - 1] + 1);
        var begin = Begin;
        _ticks[_count++] = end;
        Settle(isLast: true);

        var total = _offset + _count - 2; // without begin and end
        var photons = new long[_at.Count + 1];
        var before = 1L;
        for (var i = 0; i < _at.Count; i++)
        {
            photons[i] = _event[i] - before;
            before = _event[i];
        }
        photons[^1] = total + 1 - before;
        return new(_tick, begin, end, [.. _at], [.. _low], [.. _high], photons, _tests + _slow.Tests, (1 - _confidence) * _tests + _slow.ExpectedFalse);
    }

    long Begin { get; set; }

    /// <summary>Brings the photons of the block into order. What comes behind a change that is settled stays behind it.</summary>
    void Order()
    {
        var ticks = _ticks.AsSpan(0, _count);
        var isOrdered = true;
        for (var i = 1; i < ticks.Length; i++) isOrdered &= ticks[i] >= ticks[i - 1];
        if (!isOrdered)
        {
            ticks[1..].Sort();
            if (_isFirst) ticks[0] = Math.Min(0, ticks[1]);
            else
            {
                for (var i = 1; i < ticks.Length && ticks[i] < ticks[0]; i++) ticks[i] = ticks[0];
            }
        }
        if (_isFirst) (Begin, _isFirst) = (ticks[0], false);
    }

    /// <summary>Searches the block, and keeps of it what the next one needs.</summary>
    void Settle(bool isLast)
    {
        Order();
        Spread(isLast);
        Search();
        Retest();
        _looked.Clear();
        for (var look = 0; look < Looks && LookForShort(); look++) Retest();
        if (TakeOutLocal()) Retest();
        LookForSlow();

        var settled = isLast ? _alone : _alone - Unsettled;
        var last = 0;
        for (var i = 0; i < _found.Count && _found[i].At < settled; i++)
        {
            last = _found[i].At;
            Keep(last, i == 0 ? 0 : _found[i - 1].At, i == _found.Count - 1 ? _alone - 1 : _found[i + 1].At);
        }
        if (isLast) return;

        var next = _source[Math.Max(last, settled - Block / 8)];
        _ticks.AsSpan(next, _count - next).CopyTo(_ticks);
        _offset += next;
        _count -= next;
    }

    /// <summary>Times of the events of the block: those at the same tick spread over it, those right behind another left out.</summary>
    void Spread(bool isLast)
    {
        var ticks = _ticks.AsSpan(0, _count);
        var time = _time.AsSpan(0, _count);
        var (origin, last) = (ticks[0], ticks.Length - 1);
        var behind = (long)Math.Min(Behind / _tick, BehindShare * (ticks[last] - origin) / last);
        var n = 1;
        for (var i = 1; i <= last; i++)
        {
            time[n] = ticks[i] - origin + 0.5;
            _source[n] = i;
            if (ticks[i] - ticks[i - 1] > behind || behind == 0) n++;
        }
        if (n < Block / 2 && !isLast)
        {
            // Hardly a photon is alone: no light that we know. All are taken as they are.
            (n, behind) = (1, 0);
            for (var i = 1; i <= last; i++, n++) (time[n], _source[n]) = (ticks[i] - origin + 0.5, i);
        }
        (time[0], _source[0]) = (_offset == 0 ? 0 : 0.5, 0); // the begin of the record is no photon
        if (behind == 0) SpreadTicks(ticks, time);
        if (isLast)
        {
            // Neither is its end.
            if (_source[n - 1] != last) n++;
            (time[n - 1], _source[n - 1]) = (ticks[last] - origin, last);
        }
        _alone = n;
    }

    static void SpreadTicks(ReadOnlySpan<long> ticks, Span<double> time)
    {
        var origin = ticks[0];
        for (var i = 1; i < ticks.Length; i++)
        {
            if (ticks[i] != ticks[i - 1]) continue;
            var first = i - 1;
            while (i < ticks.Length && ticks[i] == ticks[first]) i++;
            for (var k = first; k < i; k++) time[k] = ticks[first] - origin + (k - first + 0.5) / (i - first);
        }
    }

    /// <summary>Cuts each window at its most likely change, and its parts.</summary>
    void Search()
    {
        _found.Clear();
        ReadOnlySpan<double> time = _time.AsSpan(0, _alone);
        for (var from = 0; ; from += ChangeTest.Longest - Overlap)
        {
            var to = Math.Min(from + ChangeTest.Longest, _alone - 1);
            _parts.Push((from, to));
            while (_parts.TryPop(out var part))
            {
                if (part.To - part.From < ChangeTest.Fewest) continue;
                _tests++;
                if (_test.Find(time, part.From, part.To) is not { } at) continue;
                _found.Add(new(at, -1, -1));
                _parts.Push((part.From, at));
                _parts.Push((at, part.To));
            }
            if (to == _alone - 1) break;
        }

        Sort();
    }

    /// <summary>Adds short dwells; false where there are none.</summary>
    bool LookForShort()
    {
        ReadOnlySpan<double> time = _time.AsSpan(0, _alone);
        _moments.Clear();
        _stretches.Clear();
        var seen = 0;
        for (var i = 0; i <= _found.Count; i++)
        {
            var stretch = (From: i == 0 ? 0 : _found[i - 1].At, To: i == _found.Count ? _alone - 1 : _found[i].At);
            _stretches.Add(stretch);
            while (seen < _looked.Count && _looked[seen].From < stretch.From) seen++;
            if (seen < _looked.Count && _looked[seen] == stretch) continue;
            for (var from = stretch.From; ; from += ShortDwells.Longest - ShortDwells.Widest)
            {
                _parts.Push((from, Math.Min(from + ShortDwells.Longest, stretch.To)));
                while (_parts.TryPop(out var part))
                {
                    if (ShortDwells.Find(time, part.From, part.To) is not { } moment) continue;
                    _moments.Add(moment);
                    _parts.Push((part.From, moment.From));
                    _parts.Push((moment.From, moment.To));
                    _parts.Push((moment.To, part.To));
                }
                if (from + ShortDwells.Longest >= stretch.To) break;
            }
        }
        _looked.Clear();
        _looked.AddRange(_stretches);

        _moments.Sort((a, b) => b.Surprise.CompareTo(a.Surprise));
        var accepted = ShortDwells.Accepted(_moments, _alone, _falseShare);
        foreach (var moment in _moments[..accepted])
        {
            _found.Add(new(moment.From, -1, -1));
            _found.Add(new(moment.To, -1, -1));
        }
        Sort();
        return accepted > 0;
    }

    /// <summary>Takes out changes that do not hold among the more photons that there are to both sides; false where all hold.</summary>
    bool TakeOutLocal()
    {
        ReadOnlySpan<double> time = _time.AsSpan(0, _alone);
        var kept = 0;
        for (var i = 0; i < _found.Count; i++)
        {
            var change = _found[i];
            var from = Math.Max(kept == 0 ? 0 : _found[kept - 1].At, change.At - ChangeTest.Widest / 2);
            var to = Math.Min(i == _found.Count - 1 ? _alone - 1 : _found[i + 1].At, change.At + ChangeTest.Widest / 2);
            if (to - from <= ChangeTest.Longest || _test.Holds(time, from, change.At, to)) _found[kept++] = change;
        }
        var areAll = kept == _found.Count;
        _found.RemoveRange(kept, _found.Count - kept);
        return !areAll;
    }

    /// <summary>Adds changes too small for a thousand photons.</summary>
    void LookForSlow()
    {
        ReadOnlySpan<double> time = _time.AsSpan(0, _alone);
        _slowly.Clear();
        for (var i = 0; i <= _found.Count; i++)
            _slow.Find(time, i == 0 ? 0 : _found[i - 1].At, i == _found.Count ? _alone - 1 : _found[i].At, _slowly);
        foreach (var at in _slowly) _found.Add(new(at, -1, -1));
        if (_slowly.Count > 0) Sort();
    }

    /// <summary>Brings the changes into order, each once.</summary>
    void Sort()
    {
        _found.Sort((a, b) => a.At.CompareTo(b.At));
        var kept = 0;
        for (var i = 0; i < _found.Count; i++)
            if (i == 0 || _found[i].At != _found[kept - 1].At) _found[kept++] = _found[i];
        _found.RemoveRange(kept, _found.Count - kept);
    }

    /// <summary>Tests each change between its neighbours, moves it or takes it out, until all stay.</summary>
    void Retest()
    {
        ReadOnlySpan<double> time = _time.AsSpan(0, _alone);
        for (var round = 0; round < Rounds; round++)
        {
            var isStable = true;
            var kept = 0;
            for (var i = 0; i < _found.Count; i++)
            {
                var change = _found[i];
                var from = Math.Max(kept == 0 ? 0 : _found[kept - 1].At, change.At - Reach);
                var to = Math.Min(i == _found.Count - 1 ? _alone - 1 : _found[i + 1].At, change.At + Reach);
                if (change.From == from && change.To == to)
                {
                    _found[kept++] = change;
                    continue;
                }
                isStable = false;
                if (to - from >= ChangeTest.Fewest && _test.Find(time, from, to) is { } at) _found[kept++] = new(at, from, to);
            }
            _found.RemoveRange(kept, _found.Count - kept);
            if (isStable) break;
        }
    }

    /// <summary>Notes a change that stays.</summary>
    void Keep(int at, int before, int behind)
    {
        var tick = _ticks[_source[at]];
        if (tick <= (_at.Count > 0 ? _at[^1] : Begin) || tick >= _ticks[_count - 1]) return; // no stretch without length
        var (from, to) = Around(at, before, behind);
        var (low, high) = _interval.Of(_time.AsSpan(0, _alone), from, at, to);
        _at.Add(tick);
        _low.Add(_ticks[0] + (long)Math.Floor(low));
        _high.Add(_ticks[0] + (long)Math.Ceiling(high));
        _event.Add(_offset + _source[at]);
    }

    /// <summary>So far to both sides that a change of this size is nowhere else.</summary>
    (int From, int To) Around(int at, int before, int behind)
    {
        var from = Math.Max(before, at - Reach);
        var to = Math.Min(behind, at + Reach);
        while (true)
        {
            var ratio = (at - from) * (_time[to] - _time[at]) / ((to - at) * (_time[at] - _time[from]));
            var needed = Enough / (Math.Log(ratio) * Math.Log(ratio));
            var farther = (From: Math.Max(before, 2 * from - at), To: Math.Min(behind, 2 * to - at));
            if (!(at - from < needed || to - at < needed) || farther == (from, to)) return (from, to);
            (from, to) = farther;
        }
    }

    /// <summary>A change, and the stretch that it was last tested in.</summary>
    readonly record struct Change(int At, int From, int To);
}
