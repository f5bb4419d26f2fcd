using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Interference;

/// <summary>The line that a band of lags shows: the envelopes fitted to its F, and the numbers of the one that is taken.</summary>
sealed class PcfsLine
{
    const double Fringes = 16;  // deviance that interference must win over none: chi2 of two parameters, once in 3000

    readonly IReadOnlyList<EnvelopeFit> _fits;
    readonly IReadOnlyList<Envelope> _envelopes;
    (double[] Values, double[] Slope, double SlopeSigma)? _shared;

    PcfsLine(PcfsBand band, IReadOnlyList<Envelope> envelopes, IReadOnlyList<EnvelopeFit> fits, double scatter, bool isPoor, double flat)
    {
        (Band, _envelopes, _fits, Scatter, IsPoor) = (band, envelopes, fits, scatter, isPoor);
        HasFringes = flat - fits.Min(fit => fit.Deviance) > Fringes;
        Choice = EnvelopeChoice.Among(fits);
        var taken = Choice.Taken;
        Interval = HasFringes && !Choice.IsMixed ? taken.Interval(Envelope.LnT, 3.84) : (null, null);
    }

    public PcfsBand Band { get; }
    public EnvelopeChoice Choice { get; }
    public EnvelopeFit Taken => Choice.Taken;

    /// <summary>True where there is interference at all.</summary>
    public bool HasFringes { get; }

    /// <summary>How many times as far as their errors the points lie from the best envelope; errors were widened by that where <see cref="IsPoor"/>.</summary>
    public double Scatter { get; }
    public bool IsPoor { get; }

    /// <summary>95 % ends of ln T2; null where the delays bound it on no such side, and for a mixed shape.</summary>
    public (double? Low, double? High) Interval { get; }

    /// <summary>True where T2 has both an upper and a lower end.</summary>
    public bool IsBounded => HasFringes && Sigma(LnTime) is > 0 and < 2 && (Choice.IsMixed || Interval is { Low: not null, High: not null });

    /// <summary>Parameters of the taken envelope.</summary>
    public double[] Values => _shared?.Values ?? Taken.Values;

    public double Time => Envelope.CoherenceTime(Values, Taken.Name);
    public double Width => Envelope.Width(Values, Taken.Name);
    public bool IsShared => _shared is not null;

    /// <summary>ln of the coherence time, for <see cref="Sigma"/>.</summary>
    public double LnTime(double[] p) => Math.Log(Envelope.CoherenceTime(p, Taken.Name));

    public double At(double delay) => EnvelopeOf(Taken.Name).Of(Values, delay);

    /// <summary>Fits every envelope to a band.</summary>
    /// <returns>Null where the band has too few positions.</returns>
    public static PcfsLine? Of(PcfsBand band, CancellationToken stop)
    {
        if (band.Positions < 5 || band.Delays.All(d => d == band.Delays[0])) return null;
        var envelopes = Envelope.For(band.Delays, jumps: true);
        // Errors follow from the expected pairs: with those of a first fit, fitted anew.
        List<EnvelopeFit> fits = [];
        for (var round = 0; round < 2; round++)
        {
            fits = [.. envelopes.Select(envelope => EnvelopeFit.Of(band, envelope, stop))];
            var first = fits.MinBy(fit => fit.Bic)!;
            if (round == 0) band.Weigh(first.At);
            else band.Weigh(first.At, first.Values.Length);
        }

        fits = [.. envelopes.Select(envelope => EnvelopeFit.Of(band, envelope, stop))];
        var best = fits.MinBy(fit => fit.Bic)!;
        var (scatter, isPoor) = (Math.Sqrt(best.Overdispersion), best.Goodness > 5);
        if (isPoor)
        {
            band.Widen(best.Overdispersion);
            fits = [.. envelopes.Select(envelope => EnvelopeFit.Of(band, envelope, stop))];
        }

        return new(band, envelopes, fits, scatter, isPoor, band.Deviance(_ => 0));
    }

    public EnvelopeFit Named(string name) => _fits.First(fit => fit.Name == name);

    Envelope EnvelopeOf(string name) => _envelopes.First(envelope => envelope.Name == name);

    /// <summary>Standard error of a number made of the parameters of the taken envelope.</summary>
    public double? Sigma(Func<double[], double> of)
    {
        if (_shared is not var (values, slope, contrast)) return Taken.Sigma(of);
        // At the shared contrast, and how the number moves with it.
        var held = EnvelopeFit.Of(Band, Held(values[0], values));
        var own = held.Sigma(p => of([values[0], .. p])) ?? 0; // none of V0 itself
        double[] Moved(double by) => [.. values.Select((v, j) => v + by * slope[j])];
        var along = (of(Moved(1e-3)) - of(Moved(-1e-3))) / 2e-3;
        var sigma = Math.Sqrt(own * own + along * along * contrast * contrast);
        return sigma > 0 ? sigma : null;
    }

    /// <summary>The taken envelope with its contrast held.</summary>
    Envelope Held(double contrast, double[] start)
    {
        var envelope = EnvelopeOf(Taken.Name);
        return new(envelope.Name, (p, d) => envelope.Of([contrast, .. p], d), [start[1..]], envelope.Min[1..], envelope.Max[1..]);
    }

    /// <summary>Fits one contrast to several bands together, each with its own envelope.</summary>
    /// <returns>The contrast and its standard error; null where the bands do not tell.</returns>
    public static (double Contrast, double Sigma)? Share(IReadOnlyList<PcfsLine> lines, CancellationToken stop)
    {
        if (lines.Count == 0) return null;
        double Total(double contrast) => lines.Sum(line => EnvelopeFit.Of(line.Band, line.Held(contrast, line.Taken.Values), stop).Deviance);
        var (a, b) = (Math.Max(0.01, lines.Min(line => line.Taken.Values[0]) - 0.2), Math.Min(1.5, lines.Max(line => line.Taken.Values[0]) + 0.2));
        // The golden section, by which every step needs one new point.
        const double Golden = 0.381966;
        var (c, d) = (a + Golden * (b - a), b - Golden * (b - a));
        var (atC, atD) = (Total(c), Total(d));
        for (var k = 0; k < 18; k++)
            if (atC < atD)
            {
                (b, d, atD) = (d, c, atC);
                atC = Total(c = a + Golden * (b - a));
            }
            else
            {
                (a, c, atC) = (c, d, atD);
                atD = Total(d = b - Golden * (b - a));
            }

        var best = (a + b) / 2;
        var (step, least) = (1e-3, Total(best));
        double Rise() => Total(best + step) + Total(best - step) - 2 * least;
        var rise = Rise();
        while (rise < 1 && step < 0.2)
        {
            step *= 2;
            rise = Rise();
        }

        var curvature = rise / (step * step);
        if (!(curvature > 0)) return null;
        // Bands of long lags share their photons, so together they know no more than the best of them.
        var sigma = Math.Max(Math.Sqrt(2 / curvature * lines.Max(line => line.Taken.Overdispersion)), lines.Min(line => line.Taken.Sigma(p => p[Envelope.V0]) ?? 0));
        foreach (var line in lines)
        {
            double[] At(double contrast) => [contrast, .. EnvelopeFit.Of(line.Band, line.Held(contrast, line.Taken.Values), stop).Values];
            var (up, down) = (At(best + sigma), At(best - sigma));
            line._shared = (At(best), [.. up.Select((v, j) => (v - down[j]) / (2 * sigma))], sigma);
        }

        return (best, sigma);
    }
}
