namespace PqdPortal.Analysis.Simulation;

/// <summary>Light that would be counted by a perfect detector, in the order of time.</summary>
abstract class LightSource
{
    /// <summary>Time of a source that has nothing more to give.</summary>
    public const long Over = long.MaxValue;

    /// <summary>When the next photon falls on a detector [grains].</summary>
    public long Time;

    /// <summary>On which detector.</summary>
    public int Detector;

    /// <summary>Goes to the next photon.</summary>
    public abstract void Advance();
}

/// <summary>Shares photons out among the detectors.</summary>
sealed class Router
{
    readonly double[] _below;

    public Router(double[] weights)
    {
        var sum = weights.Sum();
        _below = new double[weights.Length];
        var running = 0.0;
        for (var i = 0; i < weights.Length; i++)
            _below[i] = (running += weights[i]) / sum;
        _below[^1] = 1;
    }

    public int Pick(SeededRandom random)
    {
        if (_below.Length == 1) return 0;
        var u = random.Uniform();
        var detector = 0;
        while (u >= _below[detector]) detector++;
        return detector;
    }
}

/// <summary>Uncorrelated light: exponential waits.</summary>
sealed class SteadyLight : LightSource
{
    readonly SeededRandom _random;
    readonly Router _router;
    readonly double _wait;

    /// <param name="rates">Rate on each detector [1/s].</param>
    public SteadyLight(double[] rates, SeededRandom random)
    {
        _random = random;
        _router = new Router(rates);
        _wait = Grain.PerSecond / rates.Sum();
        Advance();
    }

    public override void Advance()
    {
        Time += Grain.Whole(_random.Exponential() * _wait);
        Detector = _router.Pick(_random);
    }
}

/// <summary>
/// A two-level emitter, or one with a dark shelf, under continuous excitation, of which only the counted photons are drawn.
/// </summary>
/// <remarks>
/// A cycle is a pump wait (rate W) and a decay (rate G), so its length has the transform WG / ((s+W)(s+G)). If a cycle
/// ends the wait for something (a counted photon, or a visit to the shelf) with chance p, the wait is a geometric sum of
/// cycles, whose transform is p WG / (s^2 + (W+G) s + p WG) = ab / ((s+a)(s+b)) with a + b = W + G, ab = p WG. Its roots
/// are real for every p, so the wait is exactly the sum of two exponentials: two draws for a counted photon, however
/// many go unseen.
/// </remarks>
sealed class CwEmitter : LightSource
{
    readonly SeededRandom _random;
    readonly Router _router;
    readonly Dwells _dwells;
    readonly Cycle[] _cycles;
    readonly long _end;

    /// <summary>What one blinking state does.</summary>
    /// <param name="WaitA">Mean of the first exponential of the wait [grains]; infinite in a dark state.</param>
    /// <param name="WaitB">Mean of the second.</param>
    /// <param name="Shelving">Chance that what ends the wait is the shelf and not a counted photon.</param>
    /// <param name="Shelf">Mean time in the shelf [grains].</param>
    public readonly record struct Cycle(double WaitA, double WaitB, double Shelving, double Shelf)
    {
        /// <param name="pump">W [1/s].</param>
        /// <param name="decay">Total decay rate of the excited state G [1/s].</param>
        /// <param name="counted">Chance that a cycle ends in a counted photon.</param>
        /// <param name="shelved">Chance that a cycle ends in the shelf.</param>
        /// <param name="shelf">Mean time in the shelf [s].</param>
        public static Cycle Of(double pump, double decay, double counted, double shelved, double shelf)
        {
            var ends = counted + shelved;
            if (counted <= 0) return new Cycle(double.PositiveInfinity, double.PositiveInfinity, 0, 0);
            var sum = pump + decay;
            var product = ends * pump * decay;
            var fast = (sum + Math.Sqrt(Math.Max(0, sum * sum - 4 * product))) / 2;
            var slow = product / fast; // not by subtraction: at weak detection it is a small difference of large numbers
            return new Cycle(Grain.PerSecond / slow, Grain.PerSecond / fast, shelved / ends, shelf * Grain.PerSecond);
        }
    }

    /// <param name="cycles">One for each blinking state.</param>
    /// <param name="end">When it stops to shine [grains].</param>
    public CwEmitter(Cycle[] cycles, long end, Router router, Dwells dwells, SeededRandom random)
    {
        _cycles = cycles;
        _end = end;
        _router = router;
        _dwells = dwells;
        _random = random;

        // Start in the steady state, at a random moment of the cycle, so that the first photons are like all others.
        var cycle = _cycles[_dwells.State];
        if (double.IsFinite(cycle.WaitA))
        {
            var waits = cycle.WaitA + cycle.WaitB;
            var inShelf = cycle.Shelving * cycle.Shelf;
            var moment = random.Uniform() * (waits + inShelf);
            Find(moment < inShelf ? Step.Shelf : moment < inShelf + cycle.WaitB ? Step.B : Step.A);
        }
        else Find(Step.A);
    }

    enum Step { A, B, Shelf }

    public override void Advance() => Find(Step.A);

    void Find(Step step)
    {
        while (true)
        {
            ref readonly var cycle = ref _cycles[_dwells.State];
            var time = Time;
            var shelved = false;
            if (step == Step.Shelf)
            {
                time += Grain.Whole(_random.Exponential() * cycle.Shelf);
                step = Step.A;
                shelved = true;
            }
            else if (double.IsFinite(cycle.WaitA))
            {
                var wait = _random.Exponential() * cycle.WaitB;
                if (step == Step.A) wait += _random.Exponential() * cycle.WaitA;
                time += Grain.Whole(wait);
                step = Step.A;
                if (cycle.Shelving > 0 && _random.Uniform() < cycle.Shelving)
                {
                    shelved = true;
                    step = Step.Shelf;
                }
            }
            else time = Over;

            if (time >= _end && _dwells.Until >= _end)
            {
                Time = Over;
                return;
            }

            if (time >= _dwells.Until)
            {
                Time = _dwells.Until;
                _dwells.Switch();
                step = Step.A;
                continue;
            }

            Time = time;
            if (shelved) continue;
            Detector = _router.Pick(_random);
            return;
        }
    }
}

/// <summary>
/// A quantum dot under pulsed excitation: Poisson absorption, a biexciton photon followed by an exciton photon.
/// </summary>
/// <remarks>
/// A pulse makes N excitons, Poisson of mean n. N = 1 leaves an exciton (P1 = n e^-n); N >= 2 leaves a biexciton
/// (P2 = 1 - e^-n (1 + n)), higher states losing their excitons without a photon; the exciton follows the biexciton.
/// With a biexciton ratio of 0 there is no biexciton: a two-level emitter that a pulse excites at most once, and at once.
/// Each pulse finds the dot relaxed. Pulses without a counted photon are skipped by a geometric draw, which changes no
/// distribution.
/// </remarks>
sealed class PulsedEmitter : LightSource
{
    readonly SeededRandom _random;
    readonly Router _router;
    readonly Dwells _dwells;
    readonly Pulse[] _pulses;
    readonly long _period;
    readonly long _offset;
    readonly long _end;
    readonly double _biexciton, _sigma;
    readonly PriorityQueue<int, long> _waiting = new();
    long _pulse;
    long _pulseTime;

    /// <summary>What one blinking state does with a pulse: chances of what is counted.</summary>
    public readonly record struct Pulse(double Exciton, double LateExciton, double Biexciton, double Both, double Lifetime)
    {
        public double Any => Exciton + LateExciton + Biexciton + Both;

        /// <summary>ln of the chance that a pulse leaves nothing to count.</summary>
        public double LogOfNone { get; } = LogOneMinus(Exciton + LateExciton + Biexciton + Both);

        /// <param name="mean">Mean number of excitons a pulse makes.</param>
        /// <param name="eta">Chance that an exciton ends in a counted photon.</param>
        /// <param name="ratio">Quantum yield of the biexciton over that of the exciton.</param>
        public static Pulse Of(double mean, double eta, double ratio, double lifetime)
        {
            var (one, more) = Absorbed(mean);
            if (ratio <= 0) return new Pulse((one + more) * eta, 0, 0, 0, lifetime * Grain.PerSecond);
            var etaBx = eta * ratio;
            return new Pulse(one * eta, more * eta * (1 - etaBx), more * etaBx * (1 - eta), more * eta * etaBx, lifetime * Grain.PerSecond);
        }

        /// <summary>Chances that a pulse leaves one exciton, and that it leaves a biexciton.</summary>
        public static (double One, double More) Absorbed(double mean)
        {
            var none = Math.Exp(-mean);
            // The closed form loses all digits at small n.
            var more = mean < 1e-3 ? mean * mean / 2 * (1 - mean * (2.0 / 3) + mean * mean / 4) : 1 - none * (1 + mean);
            return (mean * none, more);
        }
    }

    /// <param name="period">Time between pulses [grains].</param>
    /// <param name="offset">When after its sync pulse the light falls on the dot [grains].</param>
    /// <param name="biexciton">Lifetime of the biexciton [grains].</param>
    /// <param name="sigma">Standard deviation of the laser pulse [grains].</param>
    /// <param name="end">When it stops to shine [grains].</param>
    public PulsedEmitter(
        Pulse[] pulses, long period, long offset, double biexciton, double sigma, long end, Router router, Dwells dwells, SeededRandom random)
    {
        _pulses = pulses;
        _period = period;
        _offset = offset;
        _end = end;
        _biexciton = biexciton;
        _sigma = sigma;
        _router = router;
        _dwells = dwells;
        _random = random;
        // Pulses before the start have left their tails: begin 40 lifetimes early, and drop what falls before zero.
        _pulse = -1 - (long)Math.Ceiling((40 * (pulses.Max(p => p.Lifetime) + biexciton) + 9 * sigma + offset) / period);
        NextPulse();
        do Advance();
        while (Time < 0);
    }

    // ln(1 - x), also where 1 - x has lost the digits of x.
    static double LogOneMinus(double x) => x < 1e-4 ? -x * (1 + x / 2 + x * x / 3) : Math.Log(1 - x);

    public override void Advance()
    {
        // A photon may only leave once no later pulse can come before it.
        while (_pulseTime < _end && (!_waiting.TryPeek(out _, out var first) || first >= _pulseTime - (long)(9 * _sigma)))
        {
            Shine();
            _pulse++;
            NextPulse();
        }

        if (_waiting.TryDequeue(out var detector, out var time)) (Time, Detector) = (time, detector);
        else Time = Over;
    }

    /// <summary>Finds the next pulse with a counted photon, from the present one on.</summary>
    void NextPulse()
    {
        while (true)
        {
            var pulse = _pulses[_dwells.State];
            var skipped = pulse.Any > 0 ? _random.Failures(pulse.LogOfNone) : double.PositiveInfinity;
            var until = Math.Min(_dwells.Until, _end);
            if ((_pulse + skipped) * _period + _offset < until + (double)_period)
            {
                _pulseTime = (_pulse + (long)skipped) * _period + _offset;
                if (_pulseTime < until)
                {
                    _pulse += (long)skipped;
                    return;
                }
            }

            if (_dwells.Until >= _end)
            {
                _pulseTime = Over;
                return;
            }

            // Waiting anew at a switch is exact: the geometric law has no memory.
            _pulse = Math.Max(_pulse, (_dwells.Until - _offset + _period - 1) / _period);
            _dwells.Switch();
        }
    }

    void Shine()
    {
        var pulse = _pulses[_dwells.State];
        var start = _pulseTime;
        if (_sigma > 0) start += (long)Math.Floor(_random.Normal() * _sigma + 0.5);
        var pick = _random.Uniform() * pulse.Any;
        if (pick < pulse.Exciton)
        {
            Send(start + Wait(pulse.Lifetime));
            return;
        }

        var biexciton = start + Wait(_biexciton);
        pick -= pulse.Exciton;
        if (pick < pulse.LateExciton)
        {
            Send(biexciton + Wait(pulse.Lifetime));
            return;
        }

        Send(biexciton);
        if (pick - pulse.LateExciton >= pulse.Biexciton) Send(biexciton + Wait(pulse.Lifetime));
    }

    long Wait(double lifetime) => Grain.Whole(_random.Exponential() * lifetime);

    void Send(long time) => _waiting.Enqueue(_router.Pick(_random), time);
}
