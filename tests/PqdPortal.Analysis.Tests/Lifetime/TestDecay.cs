using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Tests.Correlation;

namespace PqdPortal.Analysis.Tests.Lifetime;

/// <summary>Decays with a known answer, drawn photon by photon and independent of the portal's own simulator and models.</summary>
public sealed record TestDecay
{
    /// <summary>Laser period, bin, centre and width of the response [s].</summary>
    public double Period { get; init; } = 50e-9;
    public double Bin { get; init; } = 16e-12;
    public double Centre { get; init; } = 2e-9;
    public double Sigma { get; init; } = 100e-12;

    /// <summary>Photons of the decay and background photons.</summary>
    public int Photons { get; init; } = 100_000;
    public int Background { get; init; }

    /// <summary>Draws the delay of a photon [s].</summary>
    public Func<Random, double> Delay { get; init; } = Exponential(5e-9);

    /// <summary>Rate of the laser as the file tells it; null where it does not.</summary>
    public bool SaysPeriod { get; init; } = true;

    public double Duration { get; init; } = 10;

    public static Func<Random, double> Exponential(double tau) => random => -tau * Math.Log(1 - random.NextDouble());

    /// <summary>Two lifetimes; the first has a share of the photons.</summary>
    public static Func<Random, double> Two(double tau1, double tau2, double f1) => random => -(random.NextDouble() < f1 ? tau1 : tau2) * Math.Log(1 - random.NextDouble());

    public static Func<Random, double> Three(double tau1, double tau2, double tau3, double f1, double f2) => random =>
    {
        var u = random.NextDouble();
        return -(u < f1 ? tau1 : u < f1 + f2 ? tau2 : tau3) * Math.Log(1 - random.NextDouble());
    };

    /// <summary>exp(-(t/tau)^beta): a Gamma(1/beta) variable to the power 1/beta.</summary>
    public static Func<Random, double> Stretched(double tau, double beta) => random => tau * Math.Pow(Gamma(1 / beta, random), 1 / beta);

    /// <summary>Amplitudes normal in ln tau: the photons are so about ln tau + s².</summary>
    public static Func<Random, double> Lognormal(double tau, double s) => random =>
        -tau * Math.Exp(s * s + s * TestEmitter.Normal(random)) * Math.Log(1 - random.NextDouble());

    static double Gamma(double shape, Random random)
    {
        var (d, c) = (shape - 1.0 / 3, 1 / Math.Sqrt(9 * (shape - 1.0 / 3)));
        while (true)
        {
            var x = TestEmitter.Normal(random);
            var v = Math.Pow(1 + c * x, 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v)) return d * v;
        }
    }

    /// <summary>A photon's time after its pulse, or after a later one [s].</summary>
    public double Draw(Random random)
    {
        var t = Centre + Sigma * TestEmitter.Normal(random) + Delay(random);
        return t - Math.Floor(t / Period) * Period;
    }

    public long[] Counts(int seed)
    {
        var random = new Random(seed);
        var counts = new long[(int)Math.Ceiling(Period / Bin - 1e-9)];
        for (var i = 0; i < Photons; i++) counts[(int)(Draw(random) / Bin)]++;
        for (var i = 0; i < Background; i++) counts[(int)(random.NextDouble() * Period / Bin)]++;
        return counts;
    }

    /// <summary>As a file of one histogram.</summary>
    public HistogramSet File(int seed) => Of(Counts(seed));

    public HistogramSet Of(params long[][] curves) => new()
    {
        Format = "test",
        Curves = [.. curves.Select(counts => new HistogramCurve(counts, Bin) { Meaning = HistogramMeaning.Decay, SyncRate = SaysPeriod ? 1 / Period : null, Duration = Duration })],
    };

    /// <summary>The response alone, measured with the same settings.</summary>
    public HistogramSet Irf(int photons, int seed = 1000, int background = 0) =>
        (this with { Delay = _ => 0, Photons = photons, Background = background }).File(seed);

    /// <summary>The same as a T3 stream, a photon in every so many pulses.</summary>
    public MemoryPhotons T3(int seed, int detectors = 1, int pulsesBetween = 500, int batch = 4096)
    {
        var random = new Random(seed);
        var n = Photons + Background;
        var (times, codes, dtimes) = (new long[n], new short[n], new int[n]);
        for (var i = 0; i < n; i++)
        {
            times[i] = (long)i * pulsesBetween;
            codes[i] = (short)random.Next(detectors);
            var t = random.Next(n) < Photons ? Draw(random) : random.NextDouble() * Period;
            dtimes[i] = (int)(t / Bin);
        }

        return new()
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = Period, SyncPeriod = Period, ChannelWidth = Bin,
            HeaderDuration = n * (double)pulsesBetween * Period, AvailableRecords = n, Times = times, Codes = codes, Dtimes = dtimes, BatchSize = batch,
        };
    }
}
