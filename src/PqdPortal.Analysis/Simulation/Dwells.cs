namespace PqdPortal.Analysis.Simulation;

/// <summary>The blinking of one emitter: which state it is in, and until when.</summary>
/// <remarks>
/// From each state it goes to one of the others, each equally likely, after a dwell drawn from the law. Exponential
/// dwells start in their steady state; power laws, which have none, start with a fresh dwell in the first state.
/// A switch leaves the emitter in its ground state: charging takes the exciton with it.
/// </remarks>
sealed class Dwells
{
    readonly SimulationOptions _options;
    readonly SeededRandom _random;
    readonly long[] _timeIn;
    readonly long _end;

    public Dwells(SimulationOptions options, SeededRandom random, long end)
    {
        _options = options;
        _random = random;
        _end = end;
        var states = options.Blinking == "none" ? 1 : options.BlinkBrightness.Length;
        _timeIn = new long[states];

        if (states == 1)
        {
            Until = long.MaxValue;
            _timeIn[0] = end;
            return;
        }

        if (options.Blinking == "exponential")
        {
            // All states are entered equally often, so the share of time goes with the mean dwell.
            var pick = random.Uniform() * options.BlinkMean.Sum();
            while (State < states - 1 && (pick -= options.BlinkMean[State]) >= 0) State++;
        }

        Stay(0);
    }

    public int State { get; private set; }

    /// <summary>When the present dwell ends [grains].</summary>
    public long Until { get; private set; }

    /// <summary>Dwells that ended before the end of the run.</summary>
    public long Switches { get; private set; }

    /// <summary>Time spent in each state so far, the present dwell included, within the run [grains].</summary>
    public IReadOnlyList<long> TimeIn => _timeIn;

    /// <summary>Goes to the next state.</summary>
    public void Switch()
    {
        if (Until < _end) Switches++;
        var next = _timeIn.Length == 2 ? 0 : (int)(_random.Uniform() * (_timeIn.Length - 1));
        State = next >= State ? next + 1 : next;
        Stay(Until);
    }

    void Stay(long from)
    {
        var dwell = Math.Max(1, Grain.Whole(Draw() * Grain.PerSecond));
        Until = from + dwell;
        _timeIn[State] += Math.Max(0, Math.Min(Until, _end) - from);
    }

    /// <summary>One dwell [s].</summary>
    double Draw()
    {
        if (_options.Blinking == "exponential") return _random.Exponential() * _options.BlinkMean[State];

        // Inverse of the distribution between the shortest and the longest dwell; with the exponential factor by rejection.
        var power = 1 - _options.BlinkAlpha[State];
        var low = Math.Pow(_options.BlinkShortest, power);
        var high = Math.Pow(_options.BlinkLongest, power);
        while (true)
        {
            var dwell = Math.Pow(low + _random.Uniform() * (high - low), 1 / power);
            if (_options.Blinking == "power_law" || _random.Exponential() > (dwell - _options.BlinkShortest) / _options.BlinkCutoff) return dwell;
        }
    }
}
