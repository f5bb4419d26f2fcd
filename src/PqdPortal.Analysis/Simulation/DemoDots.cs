using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Simulation;

/// <summary>One dot of the demo laboratory.</summary>
/// <param name="Composition">Formula of its sample, such as "CsPbBr3".</param>
/// <param name="Number">Its number within the sample, from 1.</param>
/// <param name="Remark">What is special about it, for people.</param>
/// <param name="Options">What is simulated.</param>
public sealed record DemoDot(string Composition, int Number, string Remark, SimulationOptions Options)
{
    /// <summary>Label of the dot within its sample, such as "dot 3".</summary>
    public string Label => $"dot {Number}";

    /// <summary>Name of its file, such as "CsPbBr3-dot3.ptu".</summary>
    public string FileName => $"{Composition}-dot{Number}.ptu";

    /// <summary>What an ideal analysis would find.</summary>
    public JsonObject Truth => SimulationTruth.Expected(Options);
}

/// <summary>
/// The demo laboratory: three compositions of six dots, of known truth. Invented for teaching; the numbers are of the
/// size that single perovskite dots show at room temperature, not those of any one measurement.
/// </summary>
public static class DemoDots
{
    public static IReadOnlyList<DemoDot> All { get; } =
    [
        Cw("CsPbBr3", 1, "clean and bright", lifetime: 6.1, rate: 150e3, duration: 5.5, background: 1500),
        Cw("CsPbBr3", 2, "clean, weaker", lifetime: 5.4, rate: 70e3, duration: 10, background: 900),
        Cw("CsPbBr3", 3, "on a fluorescing substrate", lifetime: 6.8, rate: 90e3, duration: 8, background: 9000),
        Cw("CsPbBr3", 4, "with a weak neighbour", lifetime: 5.9, rate: 110e3, duration: 7, background: 1500, g2: 0.18),
        Cw("CsPbBr3", 5, "blinks", lifetime: 6.4, rate: 180e3, duration: 6.5, background: 1200, g2: 0.04, off: (0.1, 0.25, 0.08)),
        Pulsed("CsPbBr3", 6, "pulsed, weak biexciton", lifetime: 6.2, rate: 90e3, duration: 6, background: 400, biexciton: 0.06),

        Cw("Cs0.2FA0.8PbBr3", 1, "clean and bright", lifetime: 9.3, rate: 130e3, duration: 6, background: 1300, g2: 0.02),
        Cw("Cs0.2FA0.8PbBr3", 2, "with some biexcitons", lifetime: 8.6, rate: 100e3, duration: 7, background: 2000, g2: 0.07),
        Cw("Cs0.2FA0.8PbBr3", 3, "with a weak neighbour", lifetime: 10.2, rate: 80e3, duration: 9, background: 1500, g2: 0.12),
        Cw("Cs0.2FA0.8PbBr3", 4, "faint, on a fluorescing substrate", lifetime: 9.0, rate: 45e3, duration: 14, background: 5000),
        Cw("Cs0.2FA0.8PbBr3", 5, "blinks", lifetime: 9.8, rate: 160e3, duration: 7, background: 1200, g2: 0.05, off: (0.15, 0.15, 0.1)),
        Pulsed("Cs0.2FA0.8PbBr3", 6, "pulsed, biexciton", lifetime: 9.5, rate: 80e3, duration: 7, background: 500, biexciton: 0.12),

        Cw("FAPbBr3", 1, "clean and bright", lifetime: 13.2, rate: 200e3, duration: 4.5, background: 1800, g2: 0.03),
        Cw("FAPbBr3", 2, "with some biexcitons", lifetime: 12.4, rate: 120e3, duration: 6.5, background: 1500, g2: 0.11),
        Cw("FAPbBr3", 3, "with a neighbour", lifetime: 14.6, rate: 90e3, duration: 8, background: 1400, g2: 0.25),
        Cw("FAPbBr3", 4, "two dots under the spot, unequal", lifetime: 13.7, rate: 140e3, duration: 6, background: 1500, g2: 0.4),
        Cw("FAPbBr3", 5, "faint", lifetime: 12.9, rate: 32e3, duration: 18, background: 700, g2: 0.06),
        Pulsed("FAPbBr3", 6, "pulsed, bright biexciton", lifetime: 13.9, rate: 70e3, duration: 8, background: 500, biexciton: 0.2),
    ];

    /// <param name="lifetime">[ns]</param>
    /// <param name="rate">Signal on each detector [1/s].</param>
    /// <param name="duration">[s]</param>
    /// <param name="background">On each detector [1/s].</param>
    /// <param name="off">Brightness while off, mean time on and mean time off [s]; absent: steady.</param>
    static DemoDot Cw(
        string composition, int number, string remark, double lifetime, double rate, double duration, double background,
        double g2 = 0, (double Brightness, double MeanOn, double MeanOff)? off = null) =>
        new(composition, number, remark, Common(composition, number, remark, lifetime, rate, duration, background) with
        {
            Kind = "two_level",
            Saturation = 0.1,
            G2AtZero = g2 > 0 ? g2 : null,
            Blinking = off is null ? "none" : "exponential",
            BlinkBrightness = [1, off?.Brightness ?? 0],
            BlinkMean = [off?.MeanOn ?? 0.1, off?.MeanOff ?? 0.1],
            RecordType = "HydraHarp V2 T2",
        });

    static DemoDot Pulsed(string composition, int number, string remark, double lifetime, double rate, double duration, double background, double biexciton) =>
        new(composition, number, remark, Common(composition, number, remark, lifetime, rate, duration, background) with
        {
            Kind = "pulsed",
            // Ten lifetimes between pulses and more, so that no peak reaches into the next.
            Repetition = 5e6,
            // So few that hardly an exciton is what a biexciton left: the decay is that of the exciton alone.
            MeanExcitons = 0.05,
            BiexcitonRatio = biexciton,
            BiexcitonLifetime = lifetime / 8 * 1e-9,
            RecordType = "HydraHarp V2 T3",
        });

    static SimulationOptions Common(string composition, int number, string remark, double lifetime, double rate, double duration, double background) => new()
    {
        Lifetime = lifetime * 1e-9,
        Rate = [rate, 0.96 * rate], // no beam splitter is even
        Duration = duration,
        Background = [background],
        Dark = [90, 60],
        Jitter = [160e-12, 180e-12],
        Seed = composition switch { "CsPbBr3" => 100, "FAPbBr3" => 300, _ => 200 } + number,
        Comment = $"Demo laboratory, {composition} dot {number}: {remark}.",
    };
}
