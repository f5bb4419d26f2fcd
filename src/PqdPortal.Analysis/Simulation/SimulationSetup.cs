using System.Globalization;

namespace PqdPortal.Analysis.Simulation;

/// <summary>Options checked against each other and worked out for the generator. Times in grains.</summary>
sealed record SimulationSetup
{
    public required PtuRecordType Type { get; init; }
    public required int Detectors { get; init; }

    /// <summary>Raw channel of each detector.</summary>
    public required int[] Channels { get; init; }

    /// <summary>Detected signal of each detector while all emitters have brightness 1 [1/s].</summary>
    public required double[] SignalRate { get; init; }

    /// <summary>Background and dark counts of each detector, and the light of kind "steady" [1/s].</summary>
    public required double[] UncorrelatedRate { get; init; }

    /// <summary>Share of each emitter in the signal; empty for kind "steady".</summary>
    public required double[] Shares { get; init; }

    /// <summary>Of each emitter, of each blinking state.</summary>
    public CwEmitter.Cycle[][] Cycles { get; init; } = [];

    public PulsedEmitter.Pulse[][] Pulses { get; init; } = [];

    /// <summary>Of kind "kinetic": the scheme of each blinking state, and the chance that its photons are counted, of each emitter.</summary>
    public KineticScheme[] Schemes { get; init; } = [];

    public double[][] Counted { get; init; } = [];

    /// <summary>Of light that is no emitter's: its rate on each detector at the beginning [1/s].</summary>
    public double[] LightRate { get; init; } = [];

    /// <summary>True where a laser pulse stands at every period.</summary>
    public bool IsPulsed { get; init; }

    /// <summary>Standard deviation of the laser pulse [grains].</summary>
    public double PulseSigma { get; init; }

    /// <summary>By how much the light is brighter than at its beginning when drift has made it brightest.</summary>
    public double Brightest { get; init; } = 1;

    /// <summary>Thermal light from pairs among single photons instead of a field.</summary>
    public bool Pairs { get; init; }

    /// <summary>Pump rate W under continuous excitation [1/s].</summary>
    public double Pump { get; init; }

    /// <summary>Brightness and lifetime [s] of each blinking state.</summary>
    public required double[] Brightness { get; init; }

    public required double[] Lifetimes { get; init; }

    /// <summary>Time between laser pulses; the sync period of T3.</summary>
    public required long Period { get; init; }

    /// <summary>Unit of the time tags of T2.</summary>
    public required long Tick { get; init; }

    /// <summary>Micro-time channel of T3.</summary>
    public required long ChannelWidth { get; init; }

    public required double[] Jitter { get; init; }
    public required double[] Delay { get; init; }
    public required double[] DeadTime { get; init; }
    public required double[] Afterpulse { get; init; }

    /// <summary>0 for none.</summary>
    public long MarkerPeriod { get; init; }

    public int MarkerBits { get; init; }

    /// <summary>0 for none.</summary>
    public long SyncEventPeriod { get; init; }

    /// <exception cref="RequestException">The options do not fit together.</exception>
    public static SimulationSetup Of(SimulationOptions o)
    {
        var kinetic = o.Kind == "kinetic" ? KineticScheme.Of(o) : null;
        var isEmitter = o.Kind is "two_level" or "three_level" or "pulsed" or "kinetic";
        var pulsed = o.Kind is "pulsed" or "hom" || (kinetic is not null && o.Excitation == "pulsed");
        var type = PtuRecordType.Find(o.RecordType ?? (pulsed ? "HydraHarp V2 T3" : "HydraHarp V2 T2"));
        var detectors = (o.Efficiency ?? o.Rate).Length;
        if (detectors > 16) throw new RequestException($"{detectors} detectors are asked for; up to 16 can be simulated.");
        if (o.Efficiency is { } e && e.Sum() > 1)
            throw new RequestException($"The efficiencies add up to {Show(e.Sum())}: more photons counted than emitted. Together they may be 1 at most.");
        if (o.Saturation is not null && o.Pump is not null)
            throw new RequestException("Give either saturation or pump_per_ns, not both: one follows from the other.");
        if (o.G2AtZero is > 0 && o.Emitters > 1)
            throw new RequestException("Give either g2_0 or emitters, not both: n equal emitters have g2(0) = 1 - 1/n.");
        if (o.SyncDivider > 0 && (!pulsed || !type.HasSyncEvents))
            throw new RequestException("sync_divider writes laser events into a T2 file of a HydraHarp type under pulsed excitation; here there is nothing for it to do. Leave it out.");

        // The second emitter of relative brightness r gives g2(0) = 2r/(1+r)^2.
        var shares = Enumerable.Repeat(1.0 / o.Emitters, o.Emitters).ToArray();
        if (o.G2AtZero is { } g and > 0)
        {
            var r = g > 1e-6 ? (1 - g - Math.Sqrt(1 - 2 * g)) / g : g / 2;
            shares = [1 / (1 + r), r / (1 + r)];
        }

        var (brightness, lifetimes) = States(o);
        var pump = o.Pump ?? (o.Saturation ?? 0.1) / o.Lifetime;
        var shelving = o.Kind == "three_level" ? o.ShelvingProbability : 0;
        var period = Grain.From(1 / o.Repetition);

        // What one emitter of full brightness emits [1/s].
        double Emitted(double lifetime) => kinetic?.Slower(lifetime / o.Lifetime) is { } scheme
            ? pulsed ? scheme.Pulsed(o.MeanExcitons, period / Grain.PerSecond).Photons * (Grain.PerSecond / period) : scheme.Continuous(pump).Rate
            : pulsed
            ? Yield(o) * (Grain.PerSecond / period)
            : (1 - shelving) / CycleTime(lifetime);
        double CycleTime(double lifetime) => 1 / pump + lifetime + shelving * o.ShelfLifetime;

        double[] rate;
        if (!isEmitter)
        {
            var light = o.Kind switch { "steady" => "Steady light", "hom" => "An interferometer's light", "michelson" => "An interferometer's light", _ => "Bunched light" };
            if (o.Efficiency is not null) throw new RequestException($"{light} has no emitter for an efficiency to speak of; give rate_cps.");
            if (o.Blinking != "none") throw new RequestException($"{light} does not blink; leave blinking out or choose an emitter.");
            (rate, shares) = (o.Rate, []);
        }
        else rate = o.Efficiency is { } eta ? [.. eta.Select(x => x * Emitted(o.Lifetime) / shares.Max())] : o.Rate;

        // Emitters are drawn at the brightest moment of a drift and thinned to every other.
        var brightest = FadingLight.Brightest(o.Drift / 3600, o.Duration);
        if (!(brightest < 1e6)) throw new RequestException($"drift_per_hour makes the light {Show(brightest)} times brighter within the run; up to a million can be simulated.");
        rate = [.. rate.Select(x => x * brightest)];
        Kinds(o, rate, pulsed, period, type);

        if (isEmitter && rate.Sum() > 0)
            foreach (var (b, lifetime) in brightness.Zip(lifetimes))
            {
                var wanted = rate.Sum() * b * shares.DefaultIfEmpty(0).Max();
                if (shares.Length > 0 && wanted > Emitted(lifetime) * (1 + 1e-9))
                    throw new RequestException(
                        $"rate_cps asks for {Show(wanted)} counts/s of one emitter, which emits {Show(Emitted(lifetime))} photons/s when excited like this. Lower the rate or excite harder.");
            }

        // Rounding may bring a chance of 1 a little above it.
        static double Chance(double x, double most) => Math.Min(x, most);

        var cycles = pulsed || kinetic is not null || shares.Length == 0 ? [] : shares.Select(share => brightness.Zip(lifetimes, (b, lifetime) =>
            CwEmitter.Cycle.Of(pump, 1 / lifetime, Chance(b * share * rate.Sum() * CycleTime(lifetime), 1 - shelving), shelving, o.ShelfLifetime)).ToArray()).ToArray();
        var pulses = o.Kind != "pulsed" ? [] : shares.Select(share => brightness.Zip(lifetimes, (b, lifetime) =>
            PulsedEmitter.Pulse.Of(o.MeanExcitons, Chance(b * share * rate.Sum() / Emitted(lifetime), 1), o.BiexcitonRatio, lifetime)).ToArray()).ToArray();

        var background = Each(o.Background, detectors, "background_cps").Zip(Each(o.Dark, detectors, "dark_cps"), (x, y) => x + y);
        var channels = o.Channels ?? [.. Enumerable.Range(type.LowestChannel, detectors)];
        if (channels.Length != detectors)
            throw new RequestException($"channels has {channels.Length} values for {detectors} detectors; give one for each.");
        if (channels.Distinct().Count() != channels.Length)
            throw new RequestException("channels names one channel twice; each detector needs its own.");
        if (channels.FirstOrDefault(c => c < type.LowestChannel || c > type.HighestChannel, -1) is var stray and >= 0)
            throw new RequestException($"Channel {stray} cannot be written: {type.Name} has the channels {type.LowestChannel} to {type.HighestChannel}.");

        if (!type.IsT3 && o.ChannelWidth is not null)
            throw new RequestException($"resolution_ps is the width of a micro-time channel; {type.Name} has no micro times. Leave it out, or set tick_ps.");
        if (type.IsT3 && o.Tick is not null)
            throw new RequestException($"tick_ps is the unit of T2 time tags; {type.Name} counts laser periods instead. Leave it out, or set resolution_ps.");
        return new SimulationSetup
        {
            Type = type,
            Detectors = detectors,
            Channels = channels,
            SignalRate = isEmitter ? rate : new double[detectors],
            UncorrelatedRate = [.. o.Kind == "steady" && o.Drift == 0 ? background.Zip(rate, (x, y) => x + y) : background],
            LightRate = isEmitter || (o.Kind == "steady" && o.Drift == 0) ? [] : rate,
            Schemes = kinetic is null ? [] : [.. lifetimes.Select(lifetime => kinetic.Slower(lifetime / o.Lifetime))],
            Counted = kinetic is null || rate.Sum() <= 0 ? [] : [.. shares.Select(share =>
                brightness.Zip(lifetimes, (b, lifetime) => Chance(b * share * rate.Sum() / Emitted(lifetime), 1)).ToArray())],
            IsPulsed = pulsed,
            PulseSigma = pulsed ? o.PulseWidth / 2.3548200450309493 * Grain.PerSecond : 0,
            Brightest = brightest,
            Pairs = o.Kind == "thermal" && (o.ThermalMethod == "pairs" || (o.ThermalMethod == "auto" && rate.Sum() * o.CoherenceTime < 1e-3)),
            // No counted photon, no emitter.
            Shares = rate.Sum() > 0 ? shares : [],
            Cycles = cycles,
            Pulses = pulses,
            Pump = pump,
            Brightness = brightness,
            Lifetimes = lifetimes,
            Period = period,
            Tick = Step(o.Tick ?? type.BaseResolution, "tick_ps"),
            ChannelWidth = type.IsT3 ? MicroTime(o, type, period) : 1,
            Jitter = Each(o.Jitter, detectors, "jitter_sigma_ps"),
            Delay = Each(o.Delay, detectors, "delay_ps"),
            DeadTime = Each(o.DeadTime, detectors, "dead_ns"),
            Afterpulse = Each(o.Afterpulse, detectors, "afterpulse_probability"),
            MarkerPeriod = o.MarkerPeriod is { } marker ? Grain.From(marker) : o.Kind == "michelson" ? Grain.From(Michelson.Dwell(o)) : 0,
            MarkerBits = o.MarkerBits,
            SyncEventPeriod = o.SyncDivider * period,
        };
    }

    /// <summary>What a kind and the electronics ask of the other options.</summary>
    static void Kinds(SimulationOptions o, double[] rate, bool pulsed, long period, PtuRecordType type)
    {
        if (o.PulseWidth > 0 && pulsed && o.PulseWidth * Grain.PerSecond > period / 20.0)
            throw new RequestException("pulse_width_ps is more than a twentieth of the laser's period; shorten the pulse or lower the repetition rate.");
        if (o.OnePhotonPerSync == "yes" && !type.IsT3)
            throw new RequestException($"one_photon_per_sync needs micro times; {type.Name} has none. Choose a T3 record type.");
        if (o.IrfCounts is { } irf && irf.Sum() <= 0) throw new RequestException("irf_counts holds no counts.");
        if (o.IrfCounts is not null && (o.Jitter.Any(sigma => sigma > 0) || o.JitterTailShare > 0))
            throw new RequestException("Give either irf_counts or a jitter, not both: the measured response holds the jitter already.");

        switch (o.Kind)
        {
            case "thermal" when o.ThermalMethod == "pairs" && 2 * o.CoherenceTime * rate.Sum() / o.Modes > 1:
                throw new RequestException("thermal_method is pairs, but rate times coherence time is too large for pairs among single photons. Leave it at auto.");
            case "hom":
                if (rate.Length != 2) throw new RequestException($"A Hong-Ou-Mandel interferometer has two exits; rate_cps has {rate.Length} values.");
                var most = (1 - o.NoiseShare) * Hom(o, rate, period);
                if (most > 1)
                    throw new RequestException($"rate_cps asks for {Show(most)} signal photons of a pulse, which gives one at most. Lower the rate or raise repetition_MHz.");
                break;
            case "michelson" when (double)o.CoarseSteps * o.FineSteps > 400_000 || Michelson.Dwell(o) * Grain.PerSecond < 1:
                throw new RequestException("The interferometer's points are too many or too short; lower coarse_steps or fine_steps, or raise duration_s.");
        }
    }

    /// <summary>Photons a pulse of each source of a Hong-Ou-Mandel measurement gives, losses taken out.</summary>
    public static double Hom(SimulationOptions o, double[] rate, long period) =>
        rate.Max() * period / Grain.PerSecond * (o.HomDelay == 0 ? 1 : 2);

    /// <summary>Photons that a pulse makes at most, exciton and biexciton together, per unit of the exciton's yield.</summary>
    static double Yield(SimulationOptions o)
    {
        var (one, more) = PulsedEmitter.Pulse.Absorbed(o.MeanExcitons);
        return one + more * (1 + o.BiexcitonRatio);
    }

    static (double[] Brightness, double[] Lifetimes) States(SimulationOptions o)
    {
        if (o.Blinking == "none") return ([1], [o.Lifetime]);

        var states = o.BlinkBrightness.Length;
        if (states < 2) throw new RequestException("blink_brightness needs a value for each state, at least two.");
        if (o.BlinkBrightness.Max() <= 0) throw new RequestException("blink_brightness has no bright state.");
        if (o.Blinking == "exponential" && o.BlinkMean.Length != states)
            throw new RequestException($"blink_mean_s has {o.BlinkMean.Length} values for {states} states; give one for each.");
        if (o.Blinking != "exponential" && o.BlinkAlpha.Length != states)
            throw new RequestException($"blink_alpha has {o.BlinkAlpha.Length} values for {states} states; give one for each.");
        if (o.Blinking != "exponential" && o.BlinkShortest >= o.BlinkLongest)
            throw new RequestException("blink_min_s must be smaller than blink_max_s.");
        if (o.BlinkType != "given" && o.BlinkLifetime is not null)
            throw new RequestException("Give either blink_type or blink_lifetime_ns, not both: the type sets the lifetimes.");
        if (o.BlinkType is "A" or "BC")
        {
            if (o.BlinkBrightness.Min() <= 0) throw new RequestException($"blink_type {o.BlinkType} takes the lifetime from the brightness, so no state may be wholly dark.");
            return (o.BlinkBrightness, [.. o.BlinkBrightness.Select(b => o.Lifetime * (b < 1 ? b : 1) / (o.BlinkType == "A" && b < 1 ? 2 : 1))]);
        }

        return (o.BlinkBrightness, o.BlinkLifetime is { } lifetimes
            ? Each(lifetimes, states, "blink_lifetime_ns")
            : [.. Enumerable.Repeat(o.Lifetime, states)]);
    }

    static long MicroTime(SimulationOptions o, PtuRecordType type, long period)
    {
        var width = Step(o.ChannelWidth ?? type.ChannelWidth, "resolution_ps");
        if (o.ChannelWidth is null)
            while ((period - 1) / width >= type.DtimeChannels) width *= 2;
        if ((period - 1) / width >= type.DtimeChannels)
            throw new RequestException(
                $"A period of {Show(period / Grain.PerSecond * 1e9)} ns does not fit in the {type.DtimeChannels} micro-time channels of {type.Name} at this resolution. Set resolution_ps to {Show(Math.Ceiling(period / 64.0 / type.DtimeChannels))} or more.");
        return width;
    }

    static long Step(double seconds, string name)
    {
        var step = Grain.From(seconds);
        if (step < 1 || Math.Abs(step - seconds * Grain.PerSecond) > 1e-6 * step)
            throw new RequestException($"{name} must be a multiple of 1/64 ps, the simulator's own step of time.");
        return step;
    }

    static double[] Each(double[] values, int count, string name) =>
        values.Length == count ? values
        : values.Length == 1 ? [.. Enumerable.Repeat(values[0], count)]
        : throw new RequestException($"{name} has {values.Length} values; give one, or one for each of the {count}.");

    static string Show(double x) => x.ToString("G4", CultureInfo.InvariantCulture);
}
