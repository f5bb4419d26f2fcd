namespace PqdPortal.Analysis.Correlation;

/// <summary>How the photons of a pulsed measurement tell their pulse: the laser's period and what delays are counted in.</summary>
/// <param name="Period">Time between two laser pulses [s].</param>
/// <param name="Step">Length of one step of the micro time [s]; 0 where there are no micro times.</param>
/// <param name="Steps">Micro times that are told apart; later ones count as the last.</param>
public sealed record PulsedClock(double Period, double Step, int Steps)
{
    /// <summary>T2: raw code of the channel the laser's pulses stand on; null where the records count pulses themselves.</summary>
    public int? Laser { get; init; }

    /// <summary>T2: file ticks between two pulses.</summary>
    public double TicksPerPulse { get; init; }

    /// <summary>T2: file ticks in a micro time step, as a power of two.</summary>
    public int StepBits { get; init; }

    /// <summary>T2: pulses for each laser event in the file.</summary>
    public int Divider { get; init; } = 1;
}
