using PqdPortal.Analysis.Blinking;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Tests.Correlation;

namespace PqdPortal.Analysis.Tests.Blinking;

/// <summary>A dot that blinks between levels of known brightness and lifetime under a pulsed laser, drawn photon by photon, independent of the portal's own simulator.</summary>
sealed record TypedDot
{
    /// <summary>Signal of each level [1/s] and its lifetime [s].</summary>
    public double[] Rate { get; init; } = [20e3, 2e3];
    public double[] Tau { get; init; } = [10e-9, 1e-9];

    /// <summary>Mean dwell in each level [s], exponential; the next level is any other.</summary>
    public double[] Dwell { get; init; } = [0.2, 0.2];

    /// <summary>Exponent of power-law dwells from <see cref="Shortest"/> to <see cref="Longest"/> instead; 0 for none.</summary>
    public double Alpha { get; init; }
    public double Shortest { get; init; } = 0.02;
    public double Longest { get; init; } = 5;

    public double Background { get; init; }
    public double Duration { get; init; } = 30;
    public double Period { get; init; } = 100e-9;
    public double Centre { get; init; } = 3e-9;
    public double Sigma { get; init; } = 150e-12;
    public double Bin { get; init; } = 64e-12;
    public int Detectors { get; init; } = 1;

    /// <summary>Change of all brightness over the run.</summary>
    public double Drift { get; init; }

    /// <summary>Fast two-state flicker of the first level: mean dwell [s], and its dimmer brightness and lifetime over the bright ones; 0 for none.</summary>
    public double FlickerDwell { get; init; }
    public double FlickerRatio { get; init; } = 0.1;

    /// <summary>Probability of an afterpulse, exponential with 50 ns.</summary>
    public double Afterpulses { get; init; }

    /// <summary>Dead time of each detector [s].</summary>
    public double DeadTime { get; init; }

    public (MemoryPhotons Photons, Segment[] Segments, int[] LevelOf) Draw(int seed)
    {
        var random = new Random(seed);
        var photons = new List<(double Time, short Channel, int Dtime)>();
        var (segments, levelOf) = (new List<Segment>(), new List<int>());
        double at = 0;
        var level = random.Next(Rate.Length);
        while (at < Duration)
        {
            var dwell = Rate.Length == 1 ? Duration : Alpha > 0 ? Power(random) : -Dwell[level] * Math.Log(1 - random.NextDouble());
            var end = Math.Min(Duration, at + dwell);
            var before = photons.Count;
            if (FlickerDwell > 0 && level == 0)
            {
                var (inner, bright) = (at, random.Next(2) == 0);
                while (inner < end)
                {
                    var until = Math.Min(end, inner - FlickerDwell * Math.Log(1 - random.NextDouble()));
                    Light(random, photons, inner, until, Rate[0] * (bright ? 1 : FlickerRatio), Tau[0] * (bright ? 1 : FlickerRatio));
                    (inner, bright) = (until, !bright);
                }
            }
            else Light(random, photons, at, end, Rate[level], Tau[level]);
            segments.Add(new(at, end, photons.Count - before + (long)(Background * (end - at))));
            levelOf.Add(level);
            at = end;
            if (Rate.Length > 1) level = (level + 1 + random.Next(Rate.Length - 1)) % Rate.Length;
        }

        for (var t = 0.0; Background > 0;)
        {
            t -= Math.Log(1 - random.NextDouble()) / Background;
            if (t >= Duration) break;
            photons.Add((Math.Floor(t / Period) * Period, (short)random.Next(Detectors), (int)(random.NextDouble() * Period / Bin)));
        }

        if (Afterpulses > 0)
            foreach (var (time, channel, dtime) in photons.ToArray())
                if (random.NextDouble() < Afterpulses)
                {
                    var t = time + dtime * Bin - 50e-9 * Math.Log(1 - random.NextDouble());
                    var pulse = Math.Floor(t / Period) * Period;
                    photons.Add((pulse, channel, (int)((t - pulse) / Bin)));
                }

        photons.Sort((one, other) => (one.Time + one.Dtime * Bin).CompareTo(other.Time + other.Dtime * Bin));
        if (DeadTime > 0)
        {
            var last = new double[Detectors];
            Array.Fill(last, double.NegativeInfinity);
            photons.RemoveAll(photon =>
            {
                var t = photon.Time + photon.Dtime * Bin;
                if (t - last[photon.Channel] < DeadTime) return true;
                last[photon.Channel] = t;
                return false;
            });
        }

        return (new()
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = Period, SyncPeriod = Period, ChannelWidth = Bin, HeaderDuration = Duration, AvailableRecords = photons.Count,
            Times = [.. photons.Select(photon => (long)Math.Round(photon.Time / Period))],
            Codes = [.. photons.Select(photon => photon.Channel)],
            Dtimes = [.. photons.Select(photon => photon.Dtime)],
        }, [.. segments], [.. levelOf]);
    }

    double Power(Random random)
    {
        var (a, b, e) = (Shortest, Longest, 1 - Alpha);
        return Math.Pow(Math.Pow(a, e) + random.NextDouble() * (Math.Pow(b, e) - Math.Pow(a, e)), 1 / e);
    }

    void Light(Random random, List<(double, short, int)> photons, double from, double to, double rate, double tau)
    {
        if (!(rate > 0)) return;
        for (var t = from;;)
        {
            t -= Math.Log(1 - random.NextDouble()) / rate;
            if (t >= to) return;
            // Brightness drifts by thinning.
            if (Drift != 0 && random.NextDouble() > (1 + Drift * t / Duration) / Math.Max(1, 1 + Drift)) continue;
            var delay = Centre + Sigma * TestEmitter.Normal(random) - tau * Math.Log(1 - random.NextDouble());
            var pulses = Math.Floor(delay / Period);
            photons.Add((Math.Floor(t / Period) * Period, (short)random.Next(Detectors), (int)((delay - pulses * Period) / Bin)));
        }
    }
}
