namespace PqdPortal.Analysis.Blinking;

/// <summary>A stretch of steady light between two changes.</summary>
/// <param name="From">Its beginning, from that of the stream [s].</param>
/// <param name="To">Its end [s].</param>
/// <param name="Photons">Photons of all detectors in it.</param>
public readonly record struct Segment(double From, double To, long Photons)
{
    /// <summary>[s]</summary>
    public double Duration => To - From;

    /// <summary>Background included [1/s].</summary>
    public double Rate => Photons / Duration;
}
