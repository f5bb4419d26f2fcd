using MathNet.Numerics;
using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Lifetime;

/// <summary>The laws by which light may decay.</summary>
public enum DecayKind { Mono, Bi, Tri, Stretched, Lognormal }

/// <summary>A law of decay: its parameters and the numbers that follow from them. Lifetimes in bins.</summary>
/// <remarks>
/// Several exponentials: ln tau1, then the logarithms of the ratios tau2/tau1 and tau3/tau2, which keep them ascending; then the
/// photon share of the first, and of the second among the rest, which keep all shares between 0 and 1. Stretched: ln tau, beta.
/// Log-normal: ln of the median of the amplitudes, width s; its photons are normal in ln tau about ln tau + s².
/// </remarks>
public static class DecayLaw
{
    const double LeastRatio = 1.05;

    /// <summary>Nodes of the log-normal integral [standard deviations]: equal steps, which for a Gaussian are exact.</summary>
    const double Step = 0.25;
    const int Side = 22;

    /// <summary>"mono", "bi" ...</summary>
    public static string Name(DecayKind kind) => kind.ToString().ToLowerInvariant();

    public static int Components(DecayKind kind) => kind switch { DecayKind.Bi => 2, DecayKind.Tri => 3, _ => 1 };

    /// <summary>Parameters of the law from lifetimes and photon shares, or from a lifetime and a shape.</summary>
    /// <param name="taus">Ascending [bins].</param>
    /// <param name="shares">Photon shares of the first components.</param>
    /// <param name="longest">[bins]</param>
    public static FitParameter[] Parameters(DecayKind kind, double[] taus, double[] shares, double shape, double longest)
    {
        var (least, most) = (Math.Log(1e-3), Math.Log(longest));
        var first = new FitParameter("ln tau", Math.Log(taus[0]), least, most);
        FitParameter Ratio(int k) => new($"ln tau{k + 1}/tau{k}", Math.Log(taus[k] / taus[k - 1]), Math.Log(LeastRatio), Math.Log(1e4));
        FitParameter Share(string name, double share) => new(name, share, 0, 1);
        return kind switch
        {
            DecayKind.Mono => [first],
            DecayKind.Bi => [first, Ratio(1), Share("f1", shares[0])],
            DecayKind.Tri => [first, Ratio(1), Ratio(2), Share("f1", shares[0]), Share("f2 of the rest", shares[1] / Math.Max(1 - shares[0], 1e-9))],
            DecayKind.Stretched => [first, new("beta", shape, 0.2, 1.5)],
            _ => [first, new("s", shape, 0.02, 2.5)],
        };
    }

    /// <summary>Lifetimes and photon shares of the components of a sum of exponentials.</summary>
    public static (double[] Taus, double[] Shares) Of(DecayKind kind, ReadOnlySpan<double> p) => kind switch
    {
        DecayKind.Bi => ([Math.Exp(p[0]), Math.Exp(p[0] + p[1])], [p[2], 1 - p[2]]),
        DecayKind.Tri => ([Math.Exp(p[0]), Math.Exp(p[0] + p[1]), Math.Exp(p[0] + p[1] + p[2])], [p[3], (1 - p[3]) * p[4], (1 - p[3]) * (1 - p[4])]),
        _ => ([Math.Exp(p[0])], [1]),
    };

    /// <summary>Amplitude-weighted mean lifetime [bins]: the area under the decay over its height.</summary>
    public static double AmplitudeMean(DecayKind kind, ReadOnlySpan<double> p)
    {
        switch (kind)
        {
            case DecayKind.Stretched: return Math.Exp(p[0]) * SpecialFunctions.Gamma(1 + 1 / p[1]);
            case DecayKind.Lognormal: return Math.Exp(p[0] + 0.5 * p[1] * p[1]);
            default:
                var (taus, shares) = Of(kind, p);
                var sum = 0.0;
                for (var c = 0; c < taus.Length; c++) sum += shares[c] / taus[c];
                return 1 / sum;
        }
    }

    /// <summary>Intensity-weighted mean lifetime [bins]: the mean delay of a photon.</summary>
    public static double IntensityMean(DecayKind kind, ReadOnlySpan<double> p)
    {
        switch (kind)
        {
            case DecayKind.Stretched: return Math.Exp(p[0]) * SpecialFunctions.Gamma(2 / p[1]) / SpecialFunctions.Gamma(1 / p[1]);
            case DecayKind.Lognormal: return Math.Exp(p[0] + 1.5 * p[1] * p[1]);
            default:
                var (taus, shares) = Of(kind, p);
                var sum = 0.0;
                for (var c = 0; c < taus.Length; c++) sum += shares[c] * taus[c];
                return sum;
        }
    }

    /// <summary>Height of the decay at a time after the pulse, 1 at the pulse.</summary>
    public static double At(DecayKind kind, ReadOnlySpan<double> p, double t)
    {
        switch (kind)
        {
            case DecayKind.Stretched: return Math.Exp(-Math.Pow(t / Math.Exp(p[0]), p[1]));
            case DecayKind.Lognormal:
                var (decay, all) = (0.0, 0.0);
                for (var k = -Side; k <= Side; k++)
                {
                    var w = Math.Exp(-0.5 * k * k * Step * Step);
                    decay += w * Math.Exp(-t / Math.Exp(p[0] + p[1] * k * Step));
                    all += w;
                }

                return decay / all;
            default:
                var (taus, shares) = Of(kind, p);
                double sum = 0, height = 0;
                for (var c = 0; c < taus.Length; c++)
                {
                    sum += shares[c] / taus[c] * Math.Exp(-t / taus[c]);
                    height += shares[c] / taus[c];
                }

                return sum / height;
        }
    }

    /// <summary>Time at which the decay has fallen to 1/e [bins].</summary>
    public static double OneOverE(DecayKind kind, ReadOnlySpan<double> p)
    {
        if (Components(kind) == 1 && kind != DecayKind.Lognormal) return Math.Exp(p[0]);
        var (low, high) = (0.0, 10 * IntensityMean(kind, p));
        for (var i = 0; i < 60; i++)
        {
            var middle = 0.5 * (low + high);
            if (At(kind, p, middle) > 0.36787944117144233) low = middle;
            else high = middle;
        }

        return 0.5 * (low + high);
    }

    /// <summary>Room for the rows of a response, kept from one evaluation to the next.</summary>
    public sealed class Room(int bins, int own)
    {
        internal double[] Share { get; } = new double[bins];
        internal double[] ByLnTau { get; } = new double[bins];
        internal double[][] ByOwn { get; } = Rows(own, bins);

        static double[][] Rows(int rows, int bins) => [.. Enumerable.Range(0, rows).Select(_ => new double[bins])];
    }

    /// <summary>Shares of the photons in each bin of a detector, and their derivatives.</summary>
    /// <param name="share">Receives the shares, shape (bins).</param>
    /// <param name="byLaw">Receives the derivatives after the law's parameters, shape (parameters, bins); null where not wanted.</param>
    /// <param name="byOwn">Receives those after the response's own parameters.</param>
    public static void Shape(DecayKind kind, ReadOnlySpan<double> p, DetectorResponse response, Room room, double[] share, double[][]? byLaw, double[][] byOwn)
    {
        var slopes = byLaw is not null;
        switch (kind)
        {
            case DecayKind.Mono:
                response.Exponential(Math.Exp(p[0]), share, slopes ? byLaw![0] : [], byOwn);
                return;
            case DecayKind.Stretched:
                response.Stretched(Math.Exp(p[0]), p[1], share, byLaw?[0], byLaw?[1], byOwn);
                return;
        }

        Array.Clear(share);
        if (slopes)
        {
            foreach (var row in byLaw!) Array.Clear(row);
            foreach (var row in byOwn) Array.Clear(row);
        }

        if (kind == DecayKind.Lognormal)
        {
            // Photons are normal in ln tau, about ln tau + s².
            for (var k = -Side; k <= Side; k++)
            {
                var z = k * Step;
                var w = Step * 0.3989422804014327 * Math.Exp(-0.5 * z * z);
                Add(Math.Exp(p[0] + p[1] * p[1] + p[1] * z), w, slopes ? [(0, 1.0), (1, 2 * p[1] + z)] : []);
            }

            return;
        }

        var (taus, shares) = Of(kind, p);
        for (var c = 0; c < taus.Length; c++)
        {
            // A lifetime moves with ln tau1 and with every ratio below it.
            Add(taus[c], shares[c], slopes ? [.. Enumerable.Range(0, c + 1).Select(j => (j, 1.0))] : []);
            if (!slopes) continue;
            var components = taus.Length;
            for (var f = 0; f < components - 1; f++)
            {
                var by = (kind, f, c) switch
                {
                    (DecayKind.Bi, 0, 0) => 1,
                    (DecayKind.Bi, 0, 1) => -1,
                    (DecayKind.Tri, 0, 0) => 1,
                    (DecayKind.Tri, 0, 1) => -p[4],
                    (DecayKind.Tri, 0, 2) => -(1 - p[4]),
                    (DecayKind.Tri, 1, 1) => 1 - p[3],
                    (DecayKind.Tri, 1, 2) => -(1 - p[3]),
                    _ => 0,
                };
                if (by == 0) continue;
                var row = byLaw![components + f];
                for (var i = 0; i < row.Length; i++) row[i] += by * room.Share[i];
            }
        }

        void Add(double tau, double weight, (int Row, double By)[] byTau)
        {
            response.Exponential(tau, room.Share, slopes ? room.ByLnTau : [], room.ByOwn);
            var one = room.Share;
            for (var i = 0; i < share.Length; i++) share[i] += weight * one[i];
            foreach (var (at, by) in byTau)
            {
                var (row, factor) = (byLaw![at], weight * by);
                for (var i = 0; i < row.Length; i++) row[i] += factor * room.ByLnTau[i];
            }

            if (!slopes) return;
            for (var own = 0; own < byOwn.Length; own++)
            {
                var (row, from) = (byOwn[own], room.ByOwn[own]);
                for (var i = 0; i < row.Length; i++) row[i] += weight * from[i];
            }
        }
    }
}
