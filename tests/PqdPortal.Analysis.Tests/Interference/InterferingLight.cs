using PqdPortal.Analysis.Tests.Correlation;

namespace PqdPortal.Analysis.Tests.Interference;

/// <summary>Photons behind an interferometer whose stage rests at one delay after the other: each photon has an energy of its own and leaves by one of two outputs.</summary>
public sealed record InterferingLight
{
    const double Hbar = 658.2119569; // [ueV ps]

    public IReadOnlyList<double> Delays { get; init; } = [0, 5, 10, 16, 22, 30, 40, 55, 75, 100, 130, 165, 200];
    public double Rest { get; init; } = 0.5;       // [s] at each position
    public double Travel { get; init; }            // [s] between positions, the fringes running
    public double Rate { get; init; } = 80e3;      // of all photons while bright [1/s]
    public double Contrast { get; init; } = 0.9;
    public double Width { get; init; } = 20;       // FWHM of the line of a photon [ueV]
    public bool IsGaussian { get; init; }
    public (double Sigma, double Time) Jumps { get; init; }       // of the line's centre [ueV], mean time between [s]
    public (double ToOff, double ToOn) Switching { get; init; }   // rates of blinking [1/s]
    public (double Splitting, double Share) Second { get; init; } // another line [ueV]
    public double Afterpulses { get; init; }       // chance of one, 0.5 us later in the mean
    public double Background { get; init; }        // of each detector [1/s]
    public double Dither { get; init; } = 0.5;     // period [s]
    public double Fringes { get; init; } = 6;      // that the dither goes over one way

    public double Duration => Delays.Count * (Rest + Travel);

    /// <summary>When each position begins [s].</summary>
    public IReadOnlyList<double> Starts => [.. Delays.Select((_, k) => k * (Rest + Travel) + Travel)];

    /// <summary>Markers with the bits 1 where a position begins, and photons on the channels 0 and 1.</summary>
    /// <param name="markers">Positions whose beginning has a marker, from the last one back; all where null.</param>
    public MemoryPhotons Draw(int seed, int? markers = null)
    {
        var random = new Random(seed);
        var events = new List<(long Time, short Code)>();
        double centre = 0, jump = Jumps.Time > 0 ? FluctuatingLight.Wait(1 / Jumps.Time, random) : double.PositiveInfinity;
        if (Jumps.Time > 0) centre = Jumps.Sigma * TestEmitter.Normal(random);
        var isOn = Switching.ToOn <= 0 || random.NextDouble() < Switching.ToOn / (Switching.ToOn + Switching.ToOff);
        var turn = Switching.ToOn > 0 ? FluctuatingLight.Wait(isOn ? Switching.ToOff : Switching.ToOn, random) : double.PositiveInfinity;
        var phase = Delays.Select(_ => 2 * Math.PI * random.NextDouble()).ToArray();
        for (var t = FluctuatingLight.Wait(Rate, random); t < Duration; t += FluctuatingLight.Wait(Rate, random))
        {
            for (; turn < t; turn += FluctuatingLight.Wait(isOn ? Switching.ToOff : Switching.ToOn, random)) isOn = !isOn;
            if (!isOn) continue;
            for (; jump < t; jump += FluctuatingLight.Wait(1 / Jumps.Time, random)) centre = Jumps.Sigma * TestEmitter.Normal(random);
            var k = Math.Min((int)(t / (Rest + Travel)), Delays.Count - 1);
            var energy = centre + (IsGaussian ? Width / 2.354820045 * TestEmitter.Normal(random) : Width / 2 * Math.Tan(Math.PI * (random.NextDouble() - 0.5)));
            if (random.NextDouble() < Second.Share) energy += Second.Splitting;
            var swing = t / Dither % 1;
            var fringe = 2 * Math.PI * Fringes * (swing < 0.5 ? 2 * swing : 2 - 2 * swing) + phase[k];
            if (t - k * (Rest + Travel) < Travel) fringe += 1e5 * t;
            var first = random.NextDouble() < 0.5 * (1 + Contrast * Math.Cos(energy * Delays[k] / Hbar + fringe));
            Put(t, (short)(first ? 0 : 1));
        }

        if (Background > 0)
            for (short c = 0; c < 2; c++)
                for (var t = FluctuatingLight.Wait(Background, random); t < Duration; t += FluctuatingLight.Wait(Background, random)) Put(t, c);
        var marked = markers ?? Delays.Count;
        foreach (var start in Starts.TakeLast(marked)) events.Add(((long)(start * 1e12), 101));
        events.Sort();
        return new()
        {
            Format = "test", RecordType = "test T2", Mode = "T2", Tick = 1e-12, HeaderDuration = Duration, AvailableRecords = events.Count,
            Times = [.. events.Select(one => one.Time)], Codes = [.. events.Select(one => one.Code)],
        };

        void Put(double t, short channel)
        {
            events.Add(((long)(t * 1e12), channel));
            if (!(random.NextDouble() < Afterpulses)) return;
            var late = t + FluctuatingLight.Wait(2e6, random);
            if (late < Duration) events.Add(((long)(late * 1e12), channel));
        }
    }

    /// <summary>The stage's positions as a table.</summary>
    public string Table => "start_s,stop_s,delay_ps\n" + string.Join('\n', Starts.Select((start, k) => FormattableString.Invariant($"{start:R},{start + Rest:R},{Delays[k]:R}")));
}
