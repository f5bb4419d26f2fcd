namespace PqdPortal.Analysis.Simulation;

/// <summary>Single photons that meet at the second splitter of an unbalanced Mach-Zehnder interferometer (Hong, Ou, Mandel).</summary>
/// <remarks>
/// Every pulse gives a signal photon and, independently, a noise photon that interferes with nothing; the first splitter is
/// even. Two signal photons that arrive together from the two arms leave by different exits with R^2 + T^2 - 2 R T M C^2, C the
/// classical contrast. Equal losses commute with splitters, so photons are lost at the source and pulses without any are
/// skipped; the dimmer detector loses the rest behind the splitter. With a delay of 0 two separate sources feed the two inputs.
/// </remarks>
sealed class HomLight : LightSource
{
    readonly SeededRandom _random;
    readonly long _period, _offset, _end;
    readonly double _signal, _noise, _logOfNone, _none, _lifetime, _sigma, _reflectance, _together;
    readonly int _delay;
    readonly double[] _kept;
    readonly PriorityQueue<int, long> _waiting = new();
    readonly Queue<(long Slot, long Wait, bool Signal, bool Long)> _late = new();
    long _pulse;

    /// <param name="signal">Chance that a pulse gives a signal photon that is not lost before the splitter.</param>
    /// <param name="noise">The same of a noise photon.</param>
    /// <param name="kept">Chance of each detector to count what comes to it.</param>
    public HomLight(SimulationOptions o, double signal, double noise, double[] kept, long period, long end, SeededRandom random)
    {
        _random = random;
        (_period, _offset, _end) = (period, Grain.From(o.TimeZero), end);
        (_signal, _noise, _kept, _delay, _reflectance) = (signal, noise, kept, o.HomDelay, o.Reflectance);
        _none = (1 - signal) * (1 - noise) * (o.HomDelay == 0 ? (1 - signal) * (1 - noise) : 1);
        _logOfNone = SeededRandom.Log(Math.Max(_none, 1e-300));
        _lifetime = o.Lifetime * Grain.PerSecond;
        _sigma = o.PulseWidth / 2.3548200450309493 * Grain.PerSecond;
        var t = 1 - o.Reflectance;
        _together = o.Polarisation == "parallel" ? 2 * o.Reflectance * t * o.Indistinguishability * o.Contrast * o.Contrast : 0;
        _pulse = -2 - _delay - (long)Math.Ceiling((40 * _lifetime + 9 * _sigma) / period);
        do Advance();
        while (Time < 0);
    }

    public override void Advance()
    {
        // A photon may leave once no later slot can come before it.
        while (_pulse * _period < _end && (!_waiting.TryPeek(out _, out var first) || first >= _pulse * _period + _offset - (long)(9 * _sigma)))
        {
            // Where nothing is under way, go to the next pulse that gives a photon.
            var gives = _late.Count == 0 || _random.Uniform() >= _none;
            if (_late.Count == 0) _pulse += (long)Math.Min(_random.Failures(_logOfNone), _end / _period + 2 - Math.Min(_pulse, 0));
            Slot(gives);
            _pulse++;
        }

        if (_waiting.TryDequeue(out Detector, out Time)) return;
        Time = Over;
    }

    readonly List<(long Wait, bool Signal, bool Long)> _here = [];

    /// <summary>What arrives in one slot: late photons of the long arm, and, if the pulse gives any, those of the short arm.</summary>
    void Slot(bool gives)
    {
        _here.Clear();
        while (_late.Count > 0 && _late.Peek().Slot == _pulse)
        {
            var (_, wait, signal, isLong) = _late.Dequeue();
            _here.Add((wait, signal, isLong));
        }

        if (gives) Give();

        // At most one signal photon comes by each arm.
        var (a, b) = (-1, -1);
        for (var i = 0; i < _here.Count; i++)
            if (_here[i].Signal)
                if (_here[i].Long) b = i;
                else a = i;
        if (a >= 0 && b >= 0)
        {
            var (r, t) = (_reflectance, 1 - _reflectance);
            var u = _random.Uniform();
            var apart = r * r + t * t - _together;
            // Apart: both transmitted or both reflected, told apart only by which photon is the later one.
            var (exitA, exitB) = u < apart ? (_random.Uniform() < t * t / (r * r + t * t) ? (0, 1) : (1, 0))
                : u < apart + (1 - apart) / 2 ? (0, 0) : (1, 1);
            Send(exitA, _here[a].Wait);
            Send(exitB, _here[b].Wait);
        }
        else (a, b) = (-1, -1);

        for (var i = 0; i < _here.Count; i++)
            if (i != a && i != b) Send(_here[i].Long == (_random.Uniform() < _reflectance) ? 0 : 1, _here[i].Wait);
    }

    /// <summary>Draws the photons of a pulse that gives one at least, and sends each into an arm.</summary>
    void Give()
    {
        var sources = _delay == 0 ? 2 : 1;
        Span<bool> given = stackalloc bool[2 * sources];
        bool any;
        do
        {
            any = false;
            for (var i = 0; i < given.Length; i++) any |= given[i] = _random.Uniform() < (i % 2 == 0 ? _signal : _noise);
        }
        while (!any);

        for (var i = 0; i < given.Length; i++)
        {
            if (!given[i]) continue;
            var wait = _offset + Grain.Whole(_random.Exponential() * _lifetime) + (_sigma > 0 ? (long)Math.Floor(_random.Normal() * _sigma + 0.5) : 0);
            var isSignal = i % 2 == 0;
            if (_delay == 0) _here.Add((wait, isSignal, i >= 2));
            else if (_random.Uniform() < 0.5) _here.Add((wait, isSignal, false));
            else _late.Enqueue((_pulse + _delay, wait, isSignal, true));
        }
    }

    void Send(int exit, long wait)
    {
        if (_kept[exit] < 1 && _random.Uniform() >= _kept[exit]) return;
        _waiting.Enqueue(exit, _pulse * _period + wait);
    }
}

/// <summary>Light behind a Michelson interferometer whose mirror goes from point to point: each point has a rate of its own.</summary>
sealed class FringeLight : LightSource
{
    readonly SeededRandom _random;
    readonly double[][] _rates;
    readonly long _dwell;
    int _point;

    /// <param name="rates">Rate on each detector at each point [1/s], shape (points, detectors).</param>
    /// <param name="dwell">Time at each point [grains].</param>
    public FringeLight(double[][] rates, long dwell, SeededRandom random)
    {
        (_rates, _dwell, _random) = (rates, dwell, random);
        Advance();
    }

    public override void Advance()
    {
        while (_point < _rates.Length)
        {
            var rates = _rates[_point];
            var sum = rates.Sum();
            var end = (_point + 1) * _dwell;
            var time = sum > 0 ? Time + Grain.Whole(_random.Exponential() / sum * Grain.PerSecond) : end;
            if (time >= end)
            {
                Time = end;
                _point++;
                continue;
            }

            Time = time;
            var pick = _random.Uniform() * sum;
            Detector = 0;
            while (Detector < rates.Length - 1 && (pick -= rates[Detector]) >= 0) Detector++;
            return;
        }

        Time = Over;
    }
}
