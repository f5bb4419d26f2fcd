using System.Numerics;

namespace PqdPortal.Analysis.Simulation;

/// <summary>
/// Random numbers of a written-down algorithm: the same seed gives the same photons on every machine and in every version.
/// </summary>
/// <remarks>
/// xoshiro256** (Blackman and Vigna, ACM Trans. Math. Softw. 47, 36 (2021)), its state filled by SplitMix64.
/// System.Random promises no algorithm, and Math.Log may differ in its last bit between platforms; both are avoided.
/// </remarks>
public sealed class SeededRandom
{
    ulong _a, _b, _c, _d;
    double _spareNormal;
    bool _hasSpareNormal;

    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">Number of an independent sequence of the same seed: one for each emitter and detector.</param>
    public SeededRandom(long seed, int stream = 0)
    {
        var mix = unchecked((ulong)seed);
        var offset = unchecked((ulong)stream * 0xD1342543DE82EF95UL); // odd, so that no two streams share it
        mix = SplitMix(ref mix) ^ offset;
        (_a, _b, _c, _d) = (SplitMix(ref mix), SplitMix(ref mix), SplitMix(ref mix), SplitMix(ref mix));
    }

    /// <summary>Starts from a state given in full; not all four may be zero.</summary>
    public SeededRandom(ulong a, ulong b, ulong c, ulong d) => (_a, _b, _c, _d) = (a, b, c, d);

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), in steps of 2^-53.</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Exponential of mean 1.</summary>
    public double Exponential() => -Log(((Next() >> 11) + 1) * (1.0 / (1UL << 53)));

    /// <summary>Normal of mean 0 and variance 1, by Marsaglia's polar method; never beyond 9 in size.</summary>
    public double Normal()
    {
        if (_hasSpareNormal)
        {
            _hasSpareNormal = false;
            return _spareNormal;
        }

        double u, v, s;
        do
        {
            u = 2 * Uniform() - 1;
            v = 2 * Uniform() - 1;
            s = u * u + v * v;
        }
        while (s >= 1 || s < 1e-16); // the floor keeps |normal| <= sqrt(-2 ln 1e-16) = 8.6 and takes away 1e-16 of the draws

        var scale = Math.Sqrt(-2 * Log(s) / s);
        _spareNormal = v * scale;
        _hasSpareNormal = true;
        return u * scale;
    }

    /// <summary>Failures before the first success, each trial succeeding with probability p.</summary>
    /// <param name="logOfFailure">ln(1 - p).</param>
    public double Failures(double logOfFailure) => Math.Floor(-Exponential() / logOfFailure);

    /// <summary>Gamma of scale 1: the time of so many events of rate 1.</summary>
    /// <param name="shape">1 or more.</param>
    /// <remarks>By rejection from a cubed normal (Marsaglia and Tsang, ACM Trans. Math. Softw. 26, 363 (2000)).</remarks>
    public double Gamma(double shape)
    {
        if (shape == 1) return Exponential();
        var d = shape - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = Normal();
            var v = 1 + c * x;
            if (v <= 0) continue;
            v = v * v * v;
            if (-Exponential() < 0.5 * x * x + d - d * v + d * Log(v)) return d * v;
        }
    }

    /// <summary>Poisson number, by halving a large mean at the time of an event known to lie near its middle (Ahrens and Dieter 1974).</summary>
    public long Poisson(double mean)
    {
        long count = 0;
        while (mean > 200)
        {
            // The time of the m-th event: before the end, count it and go on from there; after it, m - 1 events fell before that time.
            var m = Math.Floor(mean * 0.875);
            var time = Gamma(m);
            if (time > mean)
            {
                for (var left = m - 1; left > 0; left--)
                    if (Uniform() * time < mean) count++;
                return count;
            }

            count += (long)m;
            mean -= time;
        }

        for (var time = Exponential(); time <= mean; time += Exponential()) count++;
        return count;
    }

    static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>ln x of a normal positive x, from additions and multiplications alone, within 1 unit of the last place.</summary>
    /// <remarks>After e_log.c of fdlibm (Sun Microsystems, 1993), which gives the same bits wherever IEEE 754 holds.</remarks>
    public static double Log(double x)
    {
        const double ln2Hi = 6.93147180369123816490e-01, ln2Lo = 1.90821492927058770002e-10;
        const double g1 = 6.666666666666735130e-01, g2 = 3.999999999940941908e-01, g3 = 2.857142874366239149e-01,
            g4 = 2.222219843214978396e-01, g5 = 1.818357216161805012e-01, g6 = 1.531383769920937332e-01, g7 = 1.479819860511658591e-01;

        var bits = BitConverter.DoubleToInt64Bits(x);
        var high = (int)(bits >> 32);
        var k = (high >> 20) - 1023;
        high &= 0xFFFFF;
        var half = (high + 0x95F64) & 0x100000; // brings the mantissa into [sqrt(1/2), sqrt(2))
        k += half >> 20;
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFL) | ((long)(high | (half ^ 0x3FF00000)) << 32));

        var f = mantissa - 1;
        var s = f / (2 + f);
        var z = s * s;
        var w = z * z;
        var r = z * (g1 + w * (g3 + w * (g5 + w * g7))) + w * (g2 + w * (g4 + w * g6));
        var square = 0.5 * f * f;
        return k * ln2Hi - ((square - (s * (square + r) + k * ln2Lo)) - f);
    }
}
