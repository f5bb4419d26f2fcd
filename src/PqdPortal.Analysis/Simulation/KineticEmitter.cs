namespace PqdPortal.Analysis.Simulation;

/// <summary>A kinetic scheme under a continuous laser, of which only the counted photons are drawn.</summary>
/// <remarks>
/// Uniformised (Jensen 1953): all states jump at one rate, some jumps leading nowhere. The chance to see no counted photon
/// in n jumps is a power of one matrix; the powers 2^k are made once, and each wait is found by a binary descent through
/// them, so that the cost of a photon grows with the logarithm of the unseen jumps before it. The time of n jumps is
/// one gamma draw. This is exact at every efficiency and for every scheme.
/// </remarks>
sealed class KineticEmitter : LightSource
{
    readonly SeededRandom _random;
    readonly Router _router;
    readonly Dwells _dwells;
    readonly Table[] _tables;
    readonly long _end;
    readonly double[] _state, _next;

    /// <summary>What one blinking state does.</summary>
    public sealed class Table
    {
        readonly double[][] _unseen; // P^(2^k), rows one after the other
        readonly double[] _counted;
        readonly int _states;
        readonly double _wait;

        /// <param name="pump">Rate of the pump [1/s].</param>
        /// <param name="efficiency">Chance that an emitted photon is counted.</param>
        public Table(KineticScheme scheme, double pump, double efficiency)
        {
            var generator = scheme.Generator(pump);
            var emission = Matrices.Scaled(scheme.Emission(), efficiency);
            Steady = Matrices.Kept(generator);
            _states = Steady.Length;
            var rate = Enumerable.Range(0, _states).Max(i => -generator[i, i]);
            _wait = Grain.PerSecond / rate;
            var unseen = Matrices.Identity(_states);
            _counted = new double[_states * _states];
            for (var i = 0; i < _states; i++)
                for (var j = 0; j < _states; j++)
                {
                    // A rounding must not make a chance negative.
                    unseen[i, j] = Math.Max(0, unseen[i, j] + (generator[i, j] - emission[i, j]) / rate);
                    _counted[i * _states + j] = emission[i, j] / rate;
                }

            var powers = new List<double[]>();
            while (powers.Count < 62)
            {
                powers.Add([.. unseen.Cast<double>()]);
                if (Matrices.RowSums(unseen).Max() < 1e-17) break;
                unseen = Matrices.Product(unseen, unseen);
            }

            _unseen = [.. powers];
        }

        /// <summary>Share of time in each state.</summary>
        public double[] Steady { get; }

        /// <summary>Draws the wait for the next counted photon; the state becomes the one it leaves behind.</summary>
        /// <returns>The wait [grains]; infinite where no photon comes.</returns>
        public double Wait(double[] state, double[] scratch, SeededRandom random)
        {
            var u = (1 - random.Uniform()) * (1 - 1e-15);
            long jumps = 0;
            for (var k = _unseen.Length - 1; k >= 0; k--)
            {
                var power = _unseen[k];
                var sum = 0.0;
                for (var j = 0; j < _states; j++)
                {
                    var x = 0.0;
                    for (var i = 0; i < _states; i++) x += state[i] * power[i * _states + j];
                    scratch[j] = x;
                    sum += x;
                }

                if (sum <= u) continue;
                for (var j = 0; j < _states; j++) state[j] = scratch[j];
                jumps += 1L << k;
            }

            if (jumps >= (1L << _unseen.Length) - 1) return double.PositiveInfinity;

            var total = 0.0;
            for (var i = 0; i < _states; i++)
                for (var j = 0; j < _states; j++) total += state[i] * _counted[i * _states + j];
            if (total <= 0) return double.PositiveInfinity;
            var pick = random.Uniform() * total;
            var to = 0;
            for (var j = 0; j < _states; j++)
            {
                var x = 0.0;
                for (var i = 0; i < _states; i++) x += state[i] * _counted[i * _states + j];
                if (x <= 0) continue;
                to = j;
                if ((pick -= x) < 0) break;
            }

            for (var j = 0; j < _states; j++) state[j] = j == to ? 1 : 0;
            return random.Gamma(jumps + 1.0) * _wait;
        }
    }

    /// <param name="tables">One for each blinking state.</param>
    /// <param name="end">When it stops to shine [grains].</param>
    public KineticEmitter(Table[] tables, long end, Router router, Dwells dwells, SeededRandom random)
    {
        _tables = tables;
        _end = end;
        _router = router;
        _dwells = dwells;
        _random = random;
        _state = [.. tables[dwells.State].Steady];
        _next = new double[_state.Length];
        Advance();
    }

    public override void Advance()
    {
        while (true)
        {
            var wait = _tables[_dwells.State].Wait(_state, _next, _random);
            var time = double.IsFinite(wait) ? Time + Grain.Whole(wait) : Over;
            if (time >= _end && _dwells.Until >= _end)
            {
                Time = Over;
                return;
            }

            if (time >= _dwells.Until)
            {
                Time = _dwells.Until;
                _dwells.Switch();
                for (var i = 0; i < _state.Length; i++) _state[i] = i == 0 ? 1 : 0;
                continue;
            }

            Time = time;
            Detector = _router.Pick(_random);
            return;
        }
    }
}

/// <summary>A kinetic scheme excited by pulses, followed jump by jump (Gillespie, J. Phys. Chem. 81, 2340 (1977)).</summary>
/// <remarks>
/// Pulses that make no exciton are skipped by one geometric draw where the state they find would stay as it is; nothing
/// else is left out, so a pulse may find the dot still excited or charged.
/// </remarks>
sealed class PulsedKineticEmitter : LightSource
{
    readonly SeededRandom _random;
    readonly Router _router;
    readonly Dwells _dwells;
    readonly Chain[] _chains;
    readonly long _period, _offset, _end;
    readonly double _mean, _none, _sigma;
    readonly Queue<(long Time, int Detector)> _seen = new();
    readonly long[] _absorbed = new long[64];
    long _pulse;
    int _state;
    long _now;

    /// <summary>What one blinking state does: its jumps, by the state they leave.</summary>
    public sealed class Chain
    {
        public Chain(KineticScheme scheme, double efficiency)
        {
            Jumps = [.. Enumerable.Range(0, scheme.States.Count).Select(state => scheme.Transitions.Where(t => !t.IsPump && t.From == state)
                .Select(t => (t.To, t.Rate / Grain.PerSecond, t.Yield * efficiency)).ToArray())];
            Leaving = [.. Jumps.Select(jumps => jumps.Sum(j => j.Rate))];
            Pumped = [.. Enumerable.Range(0, scheme.States.Count).Select(state => scheme.Pumped(state) ?? state)];
        }

        public (int To, double Rate, double Counted)[][] Jumps { get; }
        public double[] Leaving { get; }
        public int[] Pumped { get; }
    }

    /// <param name="begin">Shares of the states just before a pulse.</param>
    /// <param name="mean">Mean number of excitons a pulse makes.</param>
    /// <param name="offset">When after its sync pulse the light falls on the dot [grains].</param>
    /// <param name="sigma">Standard deviation of the laser pulse [grains].</param>
    /// <param name="end">When it stops to shine [grains].</param>
    public PulsedKineticEmitter(
        Chain[] chains, double[] begin, double mean, long period, long offset, double sigma, long end, Router router, Dwells dwells, SeededRandom random)
    {
        (_chains, _mean, _period, _offset, _sigma, _end, _router, _dwells, _random) = (chains, mean, period, offset, sigma, end, router, dwells, random);
        _none = Math.Exp(-mean);
        var pick = random.Uniform();
        while (_state < begin.Length - 1 && (pick -= begin[_state]) >= 0) _state++;
        _pulse = -1;
        _now = PulseTime;
        do Advance();
        while (Time < 0);
    }

    long PulseTime => _pulse * _period + _offset - (long)(9 * _sigma);

    public override void Advance()
    {
        while (_seen.Count == 0)
        {
            if (_now >= _end)
            {
                Time = Over;
                return;
            }

            Shine();
        }

        (Time, Detector) = _seen.Dequeue();
        if (Time >= _end) Time = Over;
    }

    /// <summary>From just before one pulse to just before the next that can change something.</summary>
    void Shine()
    {
        var chain = _chains[_dwells.State];
        var absorbed = Poisson();
        var until = PulseTime + _period;
        if (absorbed == 0 && chain.Leaving[_state] == 0)
        {
            // Nothing happens until a pulse makes an exciton, or the blinking switches.
            var last = Math.Min(_dwells.Until, _end);
            var skipped = 1 + Math.Min(_random.Failures(-_mean), (double)(last - _now) / _period + 1);
            var whole = (long)skipped;
            if (_now + whole * _period < last)
            {
                _pulse += whole;
                _now = PulseTime;
                Absorb(AtLeastOne());
                Follow(PulseTime + _period);
                Next();
                return;
            }

            // To the first pulse after the switch, for all before it are known to be empty.
            _pulse += Math.Max(1, (last - _now + _period - 1) / _period);
            _now = PulseTime;
            Blink();
            return;
        }

        Absorb(absorbed);
        Follow(until);
        Next();
    }

    void Next()
    {
        _pulse++;
        _now = PulseTime;
        Blink();
    }

    void Blink()
    {
        while (_dwells.Until <= _now)
        {
            if (_dwells.Until >= _end) return;
            _dwells.Switch();
            _state = 0;
        }
    }

    void Absorb(int count)
    {
        count = Math.Min(count, _absorbed.Length - 1);
        _left = 0;
        for (var i = 0; i < count; i++)
            _absorbed[i] = _pulse * _period + _offset + (_sigma > 0 ? (long)Math.Floor(_random.Normal() * _sigma + 0.5) : 0);
        if (_sigma > 0) Array.Sort(_absorbed, 0, count);
        _absorbed[count] = long.MaxValue;
    }

    int _left;

    void Follow(long until)
    {
        var chain = _chains[_dwells.State];
        while (true)
        {
            var leaving = chain.Leaving[_state];
            var next = leaving > 0 ? _now + Grain.Whole(_random.Exponential() / leaving) : long.MaxValue;
            var light = _absorbed[_left];
            if (next >= light && light < until)
            {
                _now = light;
                _left++;
                _state = chain.Pumped[_state];
                continue;
            }

            if (next >= until) return;
            if (next >= _dwells.Until && _dwells.Until < _end)
            {
                // Charging takes the exciton with it; the rest of the period is dark.
                _state = 0;
                return;
            }

            _now = next;
            var jumps = chain.Jumps[_state];
            var at = 0;
            if (jumps.Length > 1)
            {
                var pick = _random.Uniform() * leaving;
                while (at < jumps.Length - 1 && (pick -= jumps[at].Rate) >= 0) at++;
            }

            _state = jumps[at].To;
            if (jumps[at].Counted > 0 && _random.Uniform() < jumps[at].Counted) _seen.Enqueue((_now, _router.Pick(_random)));
        }
    }

    int Poisson()
    {
        var (n, chance, u) = (0, _none, _random.Uniform());
        while (u >= chance && n < 1000)
        {
            u -= chance;
            chance *= _mean / ++n;
        }

        return n;
    }

    int AtLeastOne()
    {
        int n;
        if (_mean > 0.5)
        {
            do n = Poisson();
            while (n == 0);
            return n;
        }

        var chance = _none * _mean;
        var u = _random.Uniform() * -Expm1(-_mean);
        for (n = 1; u >= chance && n < 1000;)
        {
            u -= chance;
            chance *= _mean / ++n;
        }

        return n;
    }

    // e^x - 1 where it is small.
    static double Expm1(double x) => Math.Abs(x) < 1e-4 ? x * (1 + x / 2 + x * x / 6) : Math.Exp(x) - 1;
}
