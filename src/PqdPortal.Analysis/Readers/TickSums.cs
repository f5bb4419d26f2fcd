using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PqdPortal.Analysis.Readers;

/// <summary>Sum and limits of ticks, several at a time.</summary>
static class TickSums
{
    /// <param name="time">Ticks, shape (n), at least one.</param>
    /// <returns>Sum modulo 2^64, smallest, largest.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (ulong Sum, long Smallest, long Largest) Of(ReadOnlySpan<long> time)
    {
        var (sum, smallest, largest) = (0UL, long.MaxValue, long.MinValue);
        var i = 0;
        if (Vector256.IsHardwareAccelerated && time.Length >= 4)
        {
            ref var t = ref MemoryMarshal.GetReference(time);
            var (sums, least, most) = (Vector256<long>.Zero, Vector256.Create(long.MaxValue), Vector256.Create(long.MinValue));
            for (; i <= time.Length - 4; i += 4)
            {
                var v = Vector256.LoadUnsafe(ref t, (nuint)i);
                sums += v;
                least = Vector256.Min(least, v);
                most = Vector256.Max(most, v);
            }
            sum = (ulong)Vector256.Sum(sums);
            for (var lane = 0; lane < 4; lane++)
                (smallest, largest) = (Math.Min(smallest, least[lane]), Math.Max(largest, most[lane]));
        }
        for (; i < time.Length; i++)
        {
            sum += (ulong)time[i];
            (smallest, largest) = (Math.Min(smallest, time[i]), Math.Max(largest, time[i]));
        }
        return (sum, smallest, largest);
    }
}
