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
        var pulsed = o.Kind == "pulsed";
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
        double Emitted(double lifetime) => pulsed
            ? Yield(o) * (Grain.PerSecond / period)
            : (1 - shelving) / CycleTime(lifetime);
        double CycleTime(double lifetime) => 1 / pump + lifetime + shelving * o.ShelfLifetime;

        double[] rate;
        if (o.Kind == "steady")
        {
            if (o.Efficiency is not null) throw new RequestException("Steady light has no emitter for an efficiency to speak of; give rate_cps.");
            if (o.Blinking != "none") throw new RequestException("Steady light does not blink; leave blinking out or choose an emitter.");
            (rate, shares) = (o.Rate, []);
        }
        else rate = o.Efficiency is { } eta ? [.. eta.Select(x => x * Emitted(o.Lifetime) / shares.Max())] : o.Rate;

        if (rate.Sum() > 0)
            foreach (var (b, lifetime) in brightness.Zip(lifetimes))
            {
                var wanted = rate.Sum() * b * shares.DefaultIfEmpty(0).Max();
                if (shares.Length > 0 && wanted > Emitted(lifetime) * (1 + 1e-9))
                    throw new RequestException(
                        $"rate_cps asks for {Show(wanted)} counts/s of one emitter, which emits {Show(Emitted(lifetime))} photons/s when excited like this. Lower the rate or excite harder.");
            }

        // Rounding may bring a chance of 1 a little above it.
        static double Chance(double x, double most) => Math.Min(x, most);

        var cycles = pulsed || shares.Length == 0 ? [] : shares.Select(share => brightness.Zip(lifetimes, (b, lifetime) =>
            CwEmitter.Cycle.Of(pump, 1 / lifetime, Chance(b * share * rate.Sum() * CycleTime(lifetime), 1 - shelving), shelving, o.ShelfLifetime)).ToArray()).ToArray();
        var pulses = !pulsed ? [] : shares.Select(share => brightness.Zip(lifetimes, (b, lifetime) =>
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
            SignalRate = o.Kind == "steady" ? new double[detectors] : rate,
            UncorrelatedRate = [.. o.Kind == "steady" ? background.Zip(rate, (x, y) => x + y) : background],
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
            MarkerPeriod = o.MarkerPeriod is { } marker ? Grain.From(marker) : 0,
            MarkerBits = o.MarkerBits,
            SyncEventPeriod = o.SyncDivider * period,
        };
    }

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
