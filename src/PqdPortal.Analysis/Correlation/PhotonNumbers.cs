using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// How many photons come in each of many equal windows of time (or after each pulse of the laser), and how many in runs whose
/// gaps are short; whole and in blocks of time.
/// </summary>
sealed class PhotonNumbers : IPhotonConsumer
{
    public const int Blocks = 20;
    public const int Most = 1 << 12;     // photons in a window or run that are told apart
    public const int Pulses = 20;        // pulses to one side whose pairs are counted
    const int Open = 16;                 // windows that a late photon may still come into
    const int MostDtimes = 1 << 16;

    readonly PairClock _clock;
    readonly byte[] _role = new byte[Channels.MarkerBase];
    readonly bool _findChannels, _perPulse, _hasPulses;
    readonly long _window, _gap, _block;
    readonly long[] _index = [.. Enumerable.Repeat(long.MinValue, Open)];
    readonly int[,] _inside = new int[Open, 3];
    readonly Queue<(long Sync, byte Role)> _recent = new();
    readonly long[] _dtimes = new long[MostDtimes];
    int _found;
    long _last = long.MinValue / 4;
    int _run;

    /// <param name="channels">Raw codes; null for the first three that speak.</param>
    /// <param name="window">Length of a window [s]; null for a pulse of the laser.</param>
    /// <param name="gap">Longest gap within a run [s].</param>
    /// <param name="hasPulses">T3: ticks are pulses.</param>
    public PhotonNumbers(PairClock clock, IReadOnlyList<int>? channels, double? window, double gap, double duration, bool hasPulses)
    {
        (_clock, _perPulse, _hasPulses, _findChannels) = (clock, window is null, hasPulses, channels is null);
        for (var k = 0; k < channels?.Count; k++) _role[channels[k]] = (byte)(k + 1);
        _window = window is { } w ? Math.Max(1, (long)Math.Round(w / clock.Unit)) : clock.UnitsPerTick;
        _gap = (long)Math.Round(gap / clock.Unit);
        _block = Math.Max(1, (long)Math.Ceiling(duration / Blocks / clock.Unit));
    }

    /// <summary>Length of a window [s].</summary>
    public double Window => _window * _clock.Unit;

    public double Gap => _gap * _clock.Unit;
    public bool IsPerPulse => _perPulse;

    /// <summary>Windows with each number of photons from one on, shape (most + 1); the empty ones are those that are left.</summary>
    public long[] Windows { get; } = new long[Most + 1];

    /// <summary>Of each block: photons, their squares in a window, products of two detectors in a window, and photons of each detector.</summary>
    public double[] Sum { get; } = new double[Blocks];
    public double[] Square { get; } = new double[Blocks];
    public double[] Cross { get; } = new double[Blocks];
    public double[,] ByRole { get; } = new double[Blocks, 3];

    /// <summary>Runs of each length.</summary>
    public long[] Runs { get; } = new long[Most + 1];

    /// <summary>Pairs of different detectors by how many pulses apart, of each block, shape (blocks, pulses + 1); both orders together.</summary>
    public long[,] Pairs { get; } = new long[Blocks, Pulses + 1];

    /// <summary>Photons that came behind all windows still open, left out.</summary>
    public long Late { get; private set; }

    public void Add(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var code = batch.Channel[i];
            if (!Channels.IsPhoton(code)) continue;
            if (_role[code] == 0)
            {
                if (!_findChannels || _found == 3) continue;
                _role[code] = (byte)++_found;
            }

            var role = (byte)(_role[code] - 1);
            var tick = batch.Time[i];
            var t = tick * _clock.UnitsPerTick;
            if (_clock.UnitsPerDtime != 0 && !batch.Dtime.IsEmpty)
            {
                t += batch.Dtime[i] * _clock.UnitsPerDtime;
                if ((uint)batch.Dtime[i] < MostDtimes) _dtimes[batch.Dtime[i]]++;
            }

            var index = _perPulse ? tick : t / _window;
            var slot = (int)(index & (Open - 1));
            if (_index[slot] > index)
            {
                Late++;
                continue;
            }

            if (_index[slot] < index)
            {
                Close(slot);
                _index[slot] = index;
            }

            _inside[slot, role]++;
            if (t - _last > _gap)
            {
                if (_run > 0) Runs[Math.Min(_run, Most)]++;
                _run = 0;
            }

            _run++;
            _last = Math.Max(_last, t);
            if (_hasPulses) Meet(tick, role);
        }
    }

    void Meet(long sync, byte role)
    {
        while (_recent.TryPeek(out var old) && sync - old.Sync > Pulses || _recent.Count > 4096) _recent.Dequeue();
        var block = Block(sync * _clock.UnitsPerTick);
        foreach (var (before, other) in _recent)
            if (other != role && sync >= before)
                Pairs[block, sync - before]++;
        _recent.Enqueue((sync, role));
    }

    public void Finish()
    {
        for (var slot = 0; slot < Open; slot++) Close(slot);
        if (_run > 0) Runs[Math.Min(_run, Most)]++;
        _run = 0;
    }

    void Close(int slot)
    {
        if (_index[slot] == long.MinValue) return;
        var (a, b, c) = (_inside[slot, 0], _inside[slot, 1], _inside[slot, 2]);
        var block = Block(_index[slot] * _window);
        double n = a + b + c;
        Windows[Math.Min(a + b + c, Most)]++;
        Sum[block] += n;
        Square[block] += n * n;
        Cross[block] += (double)a * b + (double)a * c + (double)b * c;
        for (var role = 0; role < 3; role++)
        {
            ByRole[block, role] += _inside[slot, role];
            _inside[slot, role] = 0;
        }

        _index[slot] = long.MinValue;
    }

    int Block(long t) => (int)Math.Clamp(t / _block, 0, Blocks - 1);

    /// <summary>How strongly the micro times gather within a period: 0 for steady light, 1 for a flash.</summary>
    public double Modulation(double period, double step)
    {
        double real = 0, imaginary = 0, sum = 0;
        for (var k = 0; k < MostDtimes; k++)
        {
            if (_dtimes[k] == 0) continue;
            var (sin, cos) = Math.SinCos(2 * Math.PI * k * step / period);
            real += _dtimes[k] * cos;
            imaginary += _dtimes[k] * sin;
            sum += _dtimes[k];
        }

        return sum > 0 ? Math.Sqrt(real * real + imaginary * imaginary) / sum : 0;
    }
}
