using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Tests.Correlation;

/// <summary>
/// A small source of pulsed photons with a known answer, independent of the portal's own simulator: each pulse of an ON dot leaves
/// one counted photon, or two with a chance that gives the g2(0) asked for.
/// </summary>
public sealed record PulsedLight
{
    public double Period { get; init; } = 50e-9;
    public double Step { get; init; } = 16e-12;
    public int Pulses { get; init; } = 1_500_000;

    /// <summary>Counted photons a pulse of an ON dot, both detectors together.</summary>
    public double Mean { get; init; } = 0.12;

    public double G2 { get; init; } = 0.1;
    public double Lifetime { get; init; } = 8e-9;

    /// <summary>Lifetime of the first photon of a pair, before the other [s]; null for pairs of two emitters.</summary>
    public double? Biexciton { get; init; } = 1e-9;

    public double TimeZero { get; init; } = 3e-9;
    public double Jitter { get; init; } = 150e-12;

    /// <summary>Uniform background of each detector [1/s].</summary>
    public double Background { get; init; }

    /// <summary>Share of the time the dot is ON, and the correlation time of its blinking [pulses]; an ON share of 1 is steady.</summary>
    public double On { get; init; } = 1;
    public double BlinkPulses { get; init; } = 8;

    public int Seed { get; init; } = 1;

    public double Duration => Pulses * Period;

    /// <summary>Arrival times and detectors, in order.</summary>
    public (double Time, int Detector)[] Photons()
    {
        var random = new Random(Seed);
        var photons = new List<(double Time, int Detector)>();
        // pairs a pulse: g2 = 2 q/mean²
        var pairs = G2 * Mean * Mean / 2;
        var any = Mean - pairs;
        double Wait(double mean) => -mean * Math.Log(1 - random.NextDouble());
        void Send(double t) => photons.Add((t + TimeZero + (Jitter > 0 ? Jitter * TestEmitter.Normal(random) : 0), random.Next(2)));
        var isOn = random.NextDouble() < On;
        // 1/blink = k_on + k_off, ON share = k_on/(k_on + k_off)
        double Dwell() => On >= 1 ? double.PositiveInfinity : Wait(BlinkPulses / (isOn ? 1 - On : On));
        var until = Dwell();
        for (var pulse = 0.0; pulse < Pulses;)
        {
            var next = isOn ? pulse + Math.Floor(Math.Log(1 - random.NextDouble()) / Math.Log(1 - any)) : double.PositiveInfinity;
            if (next >= until)
            {
                pulse = Math.Max(pulse, Math.Ceiling(until));
                isOn = !isOn;
                until += Dwell();
                continue;
            }

            if (next >= Pulses) break;
            var at = next * Period;
            if (random.NextDouble() * any < pairs)
            {
                var first = at + Wait(Biexciton ?? Lifetime);
                Send(first);
                Send((Biexciton is null ? at : first) + Wait(Lifetime));
            }
            else Send(at + Wait(Lifetime));
            pulse = next + 1;
        }

        for (var detector = 0; detector < 2 && Background > 0; detector++)
            for (var t = Wait(1 / Background); t < Duration; t += Wait(1 / Background))
                photons.Add((t, detector));
        return [.. photons.Where(p => p.Time >= 0 && p.Time < Duration).OrderBy(p => p.Time)];
    }

    public MemoryPhotons T3(int batch = 4096)
    {
        var photons = Photons();
        var syncs = photons.Select(p => (long)Math.Floor(p.Time / Period)).ToArray();
        return new()
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = Period, SyncPeriod = Period, ChannelWidth = Step, HeaderDuration = Duration,
            AvailableRecords = photons.Length, BatchSize = batch, Times = syncs, Codes = [.. photons.Select(p => (short)p.Detector)],
            Dtimes = [.. photons.Select((p, i) => (int)((p.Time - syncs[i] * Period) / Step))],
        };
    }

    /// <summary>The same photons with 1 ps tags, the laser's events among them.</summary>
    /// <param name="laser">Channel of the laser's events.</param>
    /// <param name="divider">Pulses for each event.</param>
    public MemoryPhotons T2(short laser, int divider)
    {
        var events = Photons().Select(p => (Time: (long)(p.Time * 1e12), Code: (short)p.Detector)).ToList();
        for (var pulse = 0L; pulse < Pulses; pulse += divider) events.Add(((long)Math.Round(pulse * Period * 1e12), laser));
        var sorted = events.OrderBy(e => e.Time).ToArray();
        return new()
        {
            Format = "test", RecordType = "test T2", Mode = "T2", Tick = 1e-12, HeaderDuration = Duration, AvailableRecords = sorted.Length,
            Times = [.. sorted.Select(e => e.Time)], Codes = [.. sorted.Select(e => e.Code)],
        };
    }
}
