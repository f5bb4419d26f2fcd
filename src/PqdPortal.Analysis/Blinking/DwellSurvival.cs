namespace PqdPortal.Analysis.Blinking;

/// <summary>Share of dwells longer than each length, from dwells some of which were cut short.</summary>
/// <remarks>
/// Kaplan and Meier, J. Am. Stat. Assoc. 53, 457 (1958): after each length the share falls by one part of the dwells still known to last,
/// so that a dwell without end counts as long as it was seen and not as ended there.
/// </remarks>
sealed class DwellSurvival
{
    readonly double[] _lengths, _shares;

    DwellSurvival(double[] lengths, double[] shares) => (_lengths, _shares) = (lengths, shares);

    public static DwellSurvival Of(IEnumerable<Dwell> dwells)
    {
        // At equal length an end comes before a cut: the cut one lasted at least as long.
        var order = dwells.OrderBy(dwell => dwell.Length).ThenBy(dwell => dwell.Censored).ToArray();
        var (lengths, shares) = (new List<double>(), new List<double>());
        var share = 1.0;
        for (var i = 0; i < order.Length; i++)
        {
            if (order[i].Censored) continue;
            share *= 1 - 1.0 / (order.Length - i);
            if (lengths.Count > 0 && lengths[^1] == order[i].Length) shares[^1] = share;
            else
            {
                lengths.Add(order[i].Length);
                shares.Add(share);
            }
        }

        return new([.. lengths], [.. shares]);
    }

    /// <summary>Share of dwells longer than a length.</summary>
    public double At(double length)
    {
        var k = Array.BinarySearch(_lengths, length);
        if (k < 0) k = ~k - 1;
        return k < 0 ? 1 : _shares[k];
    }

    /// <summary>At most so many points, evenly over the logarithm where there are more.</summary>
    public (double[] Length, double[] Share) Points(int most)
    {
        if (_lengths.Length <= most) return (_lengths, _shares);
        var (first, last) = (Math.Log(_lengths[0]), Math.Log(_lengths[^1]));
        int[] at = [.. Enumerable.Range(0, most)
            .Select(k => Array.BinarySearch(_lengths, Math.Exp(first + (last - first) * k / (most - 1))))
            .Select(k => Math.Clamp(k < 0 ? ~k - 1 : k, 0, _lengths.Length - 1))
            .Append(_lengths.Length - 1).Distinct()];
        return ([.. at.Select(k => _lengths[k])], [.. at.Select(k => _shares[k])]);
    }
}
