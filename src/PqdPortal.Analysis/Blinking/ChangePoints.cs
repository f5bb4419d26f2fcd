namespace PqdPortal.Analysis.Blinking;

/// <summary>Where the rate of a photon stream changed, and how much light there was in between.</summary>
/// <param name="Tick">Length of a tick [s].</param>
/// <param name="Begin">Of the record [ticks].</param>
/// <param name="End">Of the record [ticks].</param>
/// <param name="At">Changes, ascending; the level behind begins with the photon at it [ticks], shape (n).</param>
/// <param name="Low">Where each lies at the earliest, 95 % interval [ticks], shape (n).</param>
/// <param name="High">Where each lies at the latest [ticks], shape (n).</param>
/// <param name="Photons">Of each stretch between two changes, the first and the last stretch included, shape (n + 1).</param>
/// <param name="Tests">How often a stretch was asked whether there is a change in it.</param>
/// <param name="ExpectedFalse">So many changes at most are there by chance.</param>
public sealed record ChangePoints(
    double Tick, long Begin, long End, long[] At, long[] Low, long[] High, long[] Photons, long Tests, double ExpectedFalse)
{
    /// <summary>The stretches of steady light, n + 1.</summary>
    public IReadOnlyList<Segment> Segments()
    {
        var segments = new Segment[Photons.Length];
        for (var i = 0; i < segments.Length; i++)
        {
            var from = i == 0 ? Begin : At[i - 1];
            var to = i == At.Length ? End : At[i];
            segments[i] = new(from * Tick, to * Tick, Photons[i]);
        }
        return segments;
    }

    /// <summary>The changes [s], shape (n).</summary>
    public double[] Times() => [.. At.Select(at => at * Tick)];
}
