using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// Gives the photons of a T2 stream the number of their pulse and the time since it, from the laser's own events, so that
/// everything behind it sees a stream that counts pulses.
/// </summary>
/// <remarks>
/// Events may stand for several pulses each (a sync divider) and may be missing: pulses between them are counted by the period.
/// Pulse numbers advance by rounded intervals, so a slow drift of the laser never adds up.
/// </remarks>
sealed class PulsedTrain(PulsedClock clock, IPhotonConsumer to) : IPhotonConsumer
{
    readonly double _period = clock.TicksPerPulse;
    readonly short _laser = (short)clock.Laser!.Value;
    long[] _pulse = [];
    short[] _channel = [];
    int[] _dtime = [];
    long _lastPulse, _lastTick;
    bool _begun;

    public void Add(in PhotonBatch batch)
    {
        if (_pulse.Length < batch.Count)
        {
            _pulse = new long[batch.Count];
            _channel = new short[batch.Count];
            _dtime = new int[batch.Count];
        }

        var n = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            var (t, channel) = (batch.Time[i], batch.Channel[i]);
            if (channel == _laser)
            {
                var ahead = _begun ? (long)Math.Round((t - _lastTick) / _period) : (long)Math.Round(t / _period);
                if (_begun && ahead <= 0) continue; // the same pulse twice
                (_lastPulse, _lastTick, _begun) = (_begun ? _lastPulse + ahead : ahead, t, true);
                continue;
            }

            if (!_begun || !Channels.IsPhoton(channel)) continue;
            var since = t - _lastTick;
            var pulses = (long)Math.Floor(since / _period);
            _pulse[n] = _lastPulse + pulses;
            _channel[n] = channel;
            _dtime[n] = (int)(since - pulses * _period) >> clock.StepBits;
            n++;
        }

        if (n > 0) to.Add(new(_pulse.AsSpan(0, n), _channel.AsSpan(0, n), _dtime.AsSpan(0, n)));
    }
}

/// <summary>The rhythm of the laser's events at the beginning of a T2 stream.</summary>
sealed class PulsedRhythm(short laser) : IPhotonConsumer
{
    const int Enough = 20_000; // intervals
    const long Patience = 20_000_000; // events without that many

    readonly List<long> _times = [];
    long _events;

    public CancellationTokenSource Done { get; } = new();

    public void Add(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count && _times.Count <= Enough && _events < Patience; i++, _events++)
            if (batch.Channel[i] == laser)
                _times.Add(batch.Time[i]);
        if (_times.Count > Enough || _events >= Patience) Done.Cancel();
    }

    /// <summary>Events seen.</summary>
    public int Events => _times.Count;

    /// <summary>Ticks between two events; null where they come in no rhythm.</summary>
    public double? Interval()
    {
        if (_times.Count < 3) return null;
        var steps = _times.Zip(_times.Skip(1), (a, b) => (double)(b - a)).ToArray();
        var usual = steps.Order().ElementAt(steps.Length / 2);
        if (!(usual > 0)) return null;
        double ticks = 0, intervals = 0;
        var regular = 0;
        foreach (var step in steps)
        {
            var n = Math.Round(step / usual);
            if (n < 1 || Math.Abs(step / n - usual) > 0.1 * usual) continue;
            regular++;
            ticks += step;
            intervals += n;
        }

        return regular >= 0.9 * steps.Length ? ticks / intervals : null;
    }
}
