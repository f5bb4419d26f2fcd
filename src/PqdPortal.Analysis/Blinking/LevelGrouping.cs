namespace PqdPortal.Analysis.Blinking;

/// <summary>Groups segments of like rate, one merger at a time: where the search for levels starts.</summary>
/// <remarks>
/// The pair whose merger loses least of sum n ln(n/T) becomes one, until one group is left (Watkins and Yang, J. Phys. Chem. B 109, 617 (2005)).
/// In order of rate only neighbours need be asked. A heap of losses and a linked list: O(k log k).
/// </remarks>
static class LevelGrouping
{
    /// <param name="scatter">Of the counts of a level: what scatters more says less.</param>
    /// <returns>For 1, 2, ... groups their rates (ascending) [1/s] and shares of the segments.</returns>
    public static (double[] Rate, double[] Share)[] Of(SegmentCounts segments, double[] course, int most, LevelScatter scatter)
    {
        var k = segments.Count;
        var order = new int[k];
        var rate = new double[k];
        for (var j = 0; j < k; j++) (order[j], rate[j]) = (j, segments.N[j] / (segments.Time[j] * course[j]));
        Array.Sort(rate, order);

        // Groups in a list by rate; a group is named by its lowest segment, and an entry of the heap that speaks of a group since changed is passed over.
        var (n, t, size, left, right, stamp) = (new double[k], new double[k], new int[k], new int[k], new int[k], new int[k]);
        for (var i = 0; i < k; i++)
        {
            var counted = segments.N[order[i]];
            var weight = scatter.Precision(counted);
            (n[i], t[i]) = (counted * weight, segments.Time[order[i]] * course[order[i]] * weight);
            (size[i], left[i], right[i]) = (1, i - 1, i + 1 < k ? i + 1 : -1);
        }

        var heap = new PriorityQueue<(int Group, int Own, int Other), double>(k);
        for (var i = 0; i + 1 < k; i++) heap.Enqueue((i, 0, 0), Loss(i, i + 1));

        var groups = k;
        var found = new (double[], double[])[Math.Min(most, k)];
        if (groups <= most) found[groups - 1] = Now();
        while (groups > 1)
        {
            var (g, own, other) = heap.Dequeue();
            if (size[g] == 0 || stamp[g] != own || right[g] < 0 || stamp[right[g]] != other) continue;
            var r = right[g];
            (n[g], t[g], size[g], size[r]) = (n[g] + n[r], t[g] + t[r], size[g] + size[r], 0);
            right[g] = right[r];
            if (right[g] >= 0) left[right[g]] = g;
            stamp[g]++;
            stamp[r]++;
            if (right[g] >= 0) heap.Enqueue((g, stamp[g], stamp[right[g]]), Loss(g, right[g]));
            if (left[g] >= 0) heap.Enqueue((left[g], stamp[left[g]], stamp[g]), Loss(left[g], g));
            if (--groups <= most) found[groups - 1] = Now();
        }

        return found;

        double Loss(int a, int b) => Gain(n[a], t[a]) + Gain(n[b], t[b]) - Gain(n[a] + n[b], t[a] + t[b]);

        static double Gain(double n, double t) => n > 0 ? n * Math.Log(n / t) : 0;

        (double[], double[]) Now()
        {
            var (rates, shares) = (new List<double>(), new List<double>());
            for (var g = 0; g >= 0; g = right[g])
            {
                rates.Add(Math.Max(n[g], 0.5) / t[g]);
                shares.Add(size[g] / (double)k);
            }

            return ([.. rates], [.. shares]);
        }
    }
}
