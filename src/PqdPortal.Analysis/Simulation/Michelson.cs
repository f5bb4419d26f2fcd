using System.Globalization;

namespace PqdPortal.Analysis.Simulation;

/// <summary>A Michelson interferometer that goes through coarse delays and, at each, through a few fringes.</summary>
static class Michelson
{
    const double LightSpeed = 299_792_458; // [m/s], exact

    /// <summary>Time at each point [s].</summary>
    public static double Dwell(SimulationOptions o) => o.Duration / ((double)o.CoarseSteps * o.FineSteps);

    /// <summary>Fringe contrast at a coarse delay [s].</summary>
    public static double Contrast(SimulationOptions o, double coarse) => o.V0 * (o.LineShape == "gaussian"
        ? Math.Exp(-Math.PI / 2 * (coarse / o.T2) * (coarse / o.T2))
        : Math.Exp(-Math.Abs(coarse) / o.T2));

    /// <summary>Coarse and fine delay of each point [s], and the light there over its mean at the first exit.</summary>
    /// <remarks>The stage settles anew at each coarse delay, so the fringes have a phase of their own there.</remarks>
    public static IEnumerable<(double Coarse, double Fine, double Light)> Points(SimulationOptions o)
    {
        var random = new SeededRandom(o.Seed, 3);
        for (var i = 0; i < o.CoarseSteps; i++)
        {
            var coarse = o.CoarseSteps == 1 ? 0 : o.CoarseMax * (2.0 * i / (o.CoarseSteps - 1) - 1);
            var phase = 2 * Math.PI * random.Uniform();
            for (var j = 0; j < o.FineSteps; j++)
            {
                var fine = o.FineRange * j / o.FineSteps;
                yield return (coarse, fine, 1 + Contrast(o, coarse) * Math.Cos(2 * Math.PI * LightSpeed * fine / o.Wavelength + phase));
            }
        }
    }

    /// <summary>Rate on each detector at each point [1/s]: the second exit is the first one's opposite, further ones follow in turn.</summary>
    public static double[][] Rates(SimulationOptions o, double[] mean) =>
        [.. Points(o).Select(point => mean.Select((rate, d) => rate * (d % 2 == 0 ? point.Light : 2 - point.Light)).ToArray())];

    /// <summary>The counts of the first detector as a table: coarse_delay_ps,fine_delay_fs,counts.</summary>
    public static void WriteTable(SimulationOptions o, SimulationSetup setup, TextWriter output, CancellationToken stop)
    {
        var random = new SeededRandom(o.Seed, 10);
        var dwell = Dwell(o);
        output.Write($"# {SimulatedFile.Mark}: michelson, seed {o.Seed}.\ncoarse_delay_ps,fine_delay_fs,counts\n");
        foreach (var (coarse, fine, light) in Points(o))
        {
            stop.ThrowIfCancellationRequested();
            var counts = random.Poisson((setup.LightRate[0] * light + setup.UncorrelatedRate[0]) * dwell);
            output.Write(string.Create(CultureInfo.InvariantCulture, $"{Short(coarse * 1e12)},{Short(fine * 1e15)},{counts}\n"));
        }
    }

    static double Short(double x) => double.Parse(x.ToString("G10", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
