namespace PqdPortal.Analysis.Simulation;

/// <summary>Thermal light: the intensity of a Gaussian field of one mode or several, each an Ornstein-Uhlenbeck process.</summary>
/// <remarks>
/// g2 = 1 + exp(-|t|/tc)/K for K modes whose fields forget with 2 tc. Candidates come at <see cref="Bound"/> times the mean rate
/// and are kept by the field's intensity there, the field being carried from one to the next by its exact law, so no step of
/// time enters. The field of one mode is brighter than the bound for e^-25 of the time.
/// </remarks>
sealed class FieldLight : LightSource
{
    const double Bound = 25;

    readonly SeededRandom _random;
    readonly Router _router;
    readonly double[] _field;
    readonly double _wait, _forget, _bound;
    readonly int _modes;

    /// <param name="rates">Mean rate on each detector [1/s].</param>
    /// <param name="coherence">The 1/e time of g2 - 1 [s].</param>
    public FieldLight(double[] rates, double coherence, int modes, SeededRandom random)
    {
        (_random, _router, _modes) = (random, new Router(rates), modes);
        // The brightest moment of many modes together is nearer to their mean.
        _bound = 1 + (Bound - 1) / Math.Sqrt(modes);
        _wait = Grain.PerSecond / rates.Sum() / _bound;
        _forget = 2 * coherence * Grain.PerSecond;
        _field = new double[2 * modes];
        for (var i = 0; i < _field.Length; i++) _field[i] = random.Normal();
        Advance();
    }

    public override void Advance()
    {
        while (true)
        {
            var wait = _random.Exponential() * _wait;
            Time += Grain.Whole(wait);
            var kept = Math.Exp(-wait / _forget);
            var fresh = Math.Sqrt(1 - kept * kept);
            var intensity = 0.0;
            for (var i = 0; i < _field.Length; i++)
            {
                _field[i] = _field[i] * kept + fresh * _random.Normal();
                intensity += _field[i] * _field[i];
            }

            // Each mode has two real parts of variance 1, so the mean of the sum is twice the modes.
            if (_random.Uniform() * _bound * 2 * _modes >= intensity) continue;
            Detector = _router.Pick(_random);
            return;
        }
    }
}

/// <summary>Bursts of photons: they begin at random, each holding a Poisson number of photons whose delays are exponential.</summary>
/// <remarks>
/// A Neyman-Scott process: g2 = 1 + A exp(-|t|/tc) with bursts at the rate 1/(2 A tc), g3(0,0) = 1 + 3A + 4A^2/3. Losing photons
/// leaves both as they are, so only counted photons are drawn; bursts without one are not drawn at all. As pairs among
/// single photons, the same with at most two, g3(0,0) = 1 + 3A.
/// </remarks>
sealed class BurstLight : LightSource
{
    readonly SeededRandom _random;
    readonly Router _router;
    readonly PriorityQueue<int, long> _waiting = new();
    readonly double _gap, _decay, _mean, _pair;
    readonly bool _pairs;
    double _burst;

    /// <param name="rates">Mean rate on each detector [1/s].</param>
    /// <param name="amplitude">A = g2(0) - 1.</param>
    /// <param name="coherence">tc [s].</param>
    /// <param name="pairs">At most two photons belong together; needs 2 A tc rate of 1 at most.</param>
    public BurstLight(double[] rates, double amplitude, double coherence, bool pairs, SeededRandom random)
    {
        (_random, _router, _pairs) = (random, new Router(rates), pairs);
        var rate = rates.Sum();
        _decay = coherence * Grain.PerSecond;
        _mean = 2 * amplitude * coherence * rate;
        _pair = _mean / 2 / (1 - _mean / 2); // of pairs among pairs and singles: r_p = A tc r^2, r_1 = r - 2 r_p
        _gap = pairs ? Grain.PerSecond / (rate * (1 - _mean / 2)) : Grain.PerSecond * 2 * amplitude * coherence / Some(_mean);
        // Bursts before the start have left their tails.
        _burst = -40 * _decay;
        Next();
        do Advance();
        while (Time < 0);
    }

    public override void Advance()
    {
        while (!_waiting.TryPeek(out _, out var first) || first >= _burst)
        {
            var count = _pairs ? (_random.Uniform() < _pair ? 2 : 1) : AtLeastOne();
            for (var i = 0; i < count; i++)
            {
                // One of a pair comes at once, so that their difference is the exponential itself.
                var delay = _pairs && i == 0 ? 0 : _random.Exponential() * _decay;
                _waiting.Enqueue(_router.Pick(_random), (long)Math.Floor(_burst + delay + 0.5));
            }

            Next();
        }

        _waiting.TryDequeue(out Detector, out Time);
    }

    // Doubles hold a grain exactly up to 2^53 grains, 140 s; later bursts begin on a coarser grid, up to 16 ps at a day.
    void Next() => _burst += _random.Exponential() * _gap;

    int AtLeastOne()
    {
        if (_mean > 30)
        {
            // Poisson by counting exponential waits.
            var n = -1;
            for (var t = 0.0; t < _mean; n++) t += _random.Exponential();
            return Math.Max(1, n);
        }

        var chance = Math.Exp(-_mean) * _mean;
        var u = _random.Uniform() * Some(_mean);
        var count = 1;
        while (u >= chance && count < 1000)
        {
            u -= chance;
            chance *= _mean / ++count;
        }

        return count;
    }

    /// <summary>1 - e^-m, also where m is small.</summary>
    static double Some(double m) => m < 1e-4 ? m * (1 - m / 2 + m * m / 6) : 1 - Math.Exp(-m);
}

/// <summary>Light whose rate drifts: of each photon of the brightest moment a share is kept that grows or falls with time.</summary>
sealed class FadingLight : LightSource
{
    readonly LightSource _light;
    readonly SeededRandom _random;
    readonly double _perGrain, _first;

    /// <param name="drift">d ln I/dt [1/s].</param>
    /// <param name="end">End of the run [s].</param>
    public FadingLight(LightSource light, double drift, double end, SeededRandom random)
    {
        (_light, _random) = (light, random);
        _perGrain = drift / Grain.PerSecond;
        _first = drift > 0 ? -drift * end : 0;
        Find();
    }

    /// <summary>By how much the light is brighter than at its beginning when it is brightest.</summary>
    public static double Brightest(double drift, double end) => drift > 0 ? Math.Exp(drift * end) : 1;

    public override void Advance()
    {
        _light.Advance();
        Find();
    }

    void Find()
    {
        while (_light.Time != Over && _random.Uniform() >= Math.Exp(_first + _perGrain * _light.Time)) _light.Advance();
        (Time, Detector) = (_light.Time, _light.Detector);
    }
}

/// <summary>Light that ends before the run does.</summary>
sealed class EndingLight : LightSource
{
    readonly LightSource _light;
    readonly long _end;

    public EndingLight(LightSource light, long end)
    {
        (_light, _end) = (light, end);
        Take();
    }

    public override void Advance()
    {
        _light.Advance();
        Take();
    }

    void Take() => (Time, Detector) = (_light.Time < _end ? _light.Time : Over, _light.Detector);
}
