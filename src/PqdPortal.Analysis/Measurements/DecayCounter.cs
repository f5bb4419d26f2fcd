namespace PqdPortal.Analysis.Measurements;

/// <summary>Counts photons by channel and by the time since the laser pulse, in one pass and in bounded memory.</summary>
/// <remarks>
/// With micro times (T3) the bins are the steps of the micro time as they stand. Without (T2) the time since the last sync event
/// is taken modulo the laser's period, so that a sync that is only written for every so many pulses does no harm.
/// </remarks>
public sealed class DecayCounter : IPartedConsumer
{
    /// <summary>Bins kept for a channel at most; what lies behind is counted apart.</summary>
    public const int MostBins = 1 << 20;

    readonly long[]?[] _counts = new long[]?[Channels.MarkerBase];
    readonly SyncRhythm? _rhythm;
    readonly double _binTicks;
    readonly long _reach;
    long _sync = long.MinValue;

    /// <summary>Counts micro times.</summary>
    public DecayCounter()
    {
    }

    /// <summary>Counts times since the last sync event, modulo the laser's period.</summary>
    /// <param name="binTicks">Length of a bin [ticks].</param>
    public DecayCounter(SyncRhythm rhythm, long binTicks)
    {
        (_rhythm, _binTicks) = (rhythm, binTicks);
        // Without a sync event for this long the phase is lost.
        _reach = (long)Math.Ceiling(rhythm.Interval * 1000);
    }

    /// <summary>True where it counts micro times.</summary>
    public bool CountsDtimes => _rhythm is null;

    /// <summary>Latest event [ticks]; null where there was none.</summary>
    public long? LastTick { get; private set; }

    /// <summary>Photons whose time since the pulse is not known, or too long to be kept.</summary>
    public long Outside { get; private set; }

    /// <summary>Channels that hold photons, ascending.</summary>
    public IReadOnlyList<int> Present => [.. Enumerable.Range(0, _counts.Length).Where(c => _counts[c] is not null)];

    /// <summary>Photons of a channel by bin, as many bins as it needs.</summary>
    public ReadOnlySpan<long> Counts(int channel) => _counts[channel];

    public void Add(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
            if (!(batch.Time[i] <= LastTick)) LastTick = batch.Time[i];
        if (_rhythm is not null) AddPhases(batch);
        else if (!batch.Dtime.IsEmpty) AddDtimes(batch);
    }

    void AddDtimes(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
            if (Channels.IsPhoton(batch.Channel[i])) Add(batch.Channel[i], batch.Dtime[i], 1);
    }

    void AddPhases(in PhotonBatch batch)
    {
        var period = _rhythm!.Period;
        for (var i = 0; i < batch.Count; i++)
        {
            var (t, channel) = (batch.Time[i], batch.Channel[i]);
            if (channel == Channels.Sync) _sync = t;
            if (!Channels.IsPhoton(channel)) continue;
            // A photon that is written before its own sync event belongs to the pulse before.
            var since = (double)(t - _sync);
            if (_sync == long.MinValue || since > _reach || since < -period)
            {
                Outside++;
                continue;
            }

            var phase = since - Math.Floor(since / period) * period;
            Add(channel, (int)(phase / _binTicks), 1);
        }
    }

    /// <summary>Counts photons of one bin.</summary>
    internal void Add(int channel, int bin, long count)
    {
        if ((uint)bin >= MostBins)
        {
            Outside += count;
            return;
        }

        var row = _counts[channel] ??= new long[4096];
        if (bin >= row.Length)
        {
            Array.Resize(ref row, Math.Min(MostBins, Math.Max(bin + 1, 2 * row.Length)));
            _counts[channel] = row;
        }

        row[bin] += count;
    }

    /// <summary>Tells of the latest event, where they were not handed over one by one.</summary>
    internal void Saw(long tick)
    {
        if (!(tick <= LastTick)) LastTick = tick;
    }

    public bool CanShift => true;

    public void Shift(long ticks) => LastTick += ticks;

    /// <summary>Micro times stand alone; a phase needs the sync event before it.</summary>
    public IPartedConsumer? Fork() => _rhythm is null ? new DecayCounter() : null;

    public void Join(IReadOnlyList<IPartedConsumer> parts)
    {
        foreach (var part in parts.Cast<DecayCounter>())
        {
            foreach (var channel in part.Present)
            {
                var counts = part.Counts(channel);
                for (var bin = 0; bin < counts.Length; bin++)
                    if (counts[bin] > 0) Add(channel, bin, counts[bin]);
            }

            Outside += part.Outside;
            if (part.LastTick is { } last) Saw(last);
        }
    }
}

/// <summary>How often the laser pulses, and how often that is written down.</summary>
/// <param name="Interval">Mean time between two sync events [ticks].</param>
/// <param name="Pulses">Pulses from one to the next.</param>
public sealed record SyncRhythm(double Interval, int Pulses)
{
    /// <summary>Time from pulse to pulse [ticks].</summary>
    public double Period => Interval / Pulses;

    const int Enough = 100_000;

    /// <summary>Listens to the first sync events of a stream; null where there are too few.</summary>
    /// <param name="photons">A stream whose ticks are times (T2).</param>
    /// <remarks>
    /// The interval is the mean over those within 10 % of the median, so that gaps do no harm. How many pulses lie in one tells the
    /// header: the laser's rate where it has one, else its sync divider; else each pulse is taken to be written.
    /// </remarks>
    public static SyncRhythm? Of(PhotonStream photons, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var listener = new Listener(enough);
        try
        {
            photons.Read(listener, null, enough.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // It has heard enough.
        }

        var intervals = listener.Intervals;
        if (intervals.Count < 10) return null;
        var sorted = intervals.ToArray();
        Array.Sort(sorted);
        var median = sorted[sorted.Length / 2];
        if (median <= 0) return null;
        var usual = sorted.Where(t => Math.Abs(t - median) <= 0.1 * median).Average(t => (double)t);
        var pulses = 1.0;
        if (Told(photons, "TTResult_SyncRate") is { } rate && photons.Tick is { } tick) pulses = usual * tick * rate;
        else if (Told(photons, "HWSync_Divider") is { } divider) pulses = divider;
        var whole = Math.Max(1, Math.Round(pulses));
        return new(usual, Math.Abs(pulses - whole) < 0.02 * whole && whole < 1e6 ? (int)whole : 1);
    }

    static double? Told(PhotonStream photons, string name) =>
        photons.Header[name] is { } value && value.GetValueKind() == System.Text.Json.JsonValueKind.Number
        && double.TryParse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    sealed class Listener(CancellationTokenSource enough) : IPhotonConsumer
    {
        long? _before;

        public List<long> Intervals { get; } = [];

        public void Add(in PhotonBatch batch)
        {
            if (Intervals.Count >= Enough) return;
            for (var i = 0; i < batch.Count; i++)
            {
                if (batch.Channel[i] != Channels.Sync) continue;
                if (_before is { } before) Intervals.Add(batch.Time[i] - before);
                _before = batch.Time[i];
            }

            if (Intervals.Count >= Enough) enough.Cancel();
        }
    }
}
