namespace PqdPortal.Analysis.Blinking;

/// <summary>A stay on one of several levels.</summary>
/// <param name="Level">Number of the level, from 0.</param>
/// <param name="From">Its beginning [s].</param>
/// <param name="To">Its end [s].</param>
public readonly record struct LevelStay(int Level, double From, double To);

/// <summary>Where an emitter of several levels goes from each.</summary>
/// <param name="Count">Transitions from level (row) to level (column), shape (levels, levels); 0 on the diagonal.</param>
/// <param name="Probability">Their share of all that leave the row's level; null where none does.</param>
/// <param name="Sigma">One standard deviation of that share; null where none leaves.</param>
/// <param name="Rate">Per second spent on the row's level [1/s]; null where no time was spent.</param>
/// <remarks>
/// The error of a share is that of a binomial one, of one transition more of each kind than were seen, (k+1)/(n+2): so what was
/// never seen among a few has an error too.
/// </remarks>
public sealed record TransitionMatrix(long[,] Count, double?[,] Probability, double?[,] Sigma, double?[,] Rate)
{
    /// <param name="stays">In time order; neighbours on one level are one stay. Two that do not touch, as at a gap, are no transition.</param>
    /// <param name="levels">How many levels there are.</param>
    public static TransitionMatrix Of(IReadOnlyList<LevelStay> stays, int levels)
    {
        var count = new long[levels, levels];
        var time = new double[levels];
        for (var i = 0; i < stays.Count; i++)
        {
            time[stays[i].Level] += stays[i].To - stays[i].From;
            if (i > 0 && stays[i - 1].Level != stays[i].Level && stays[i - 1].To == stays[i].From)
                count[stays[i - 1].Level, stays[i].Level]++;
        }

        var (probability, sigma, rate) = (new double?[levels, levels], new double?[levels, levels], new double?[levels, levels]);
        for (var from = 0; from < levels; from++)
        {
            long all = 0;
            for (var to = 0; to < levels; to++) all += count[from, to];
            for (var to = 0; to < levels; to++)
            {
                if (to == from) continue;
                if (time[from] > 0) rate[from, to] = count[from, to] / time[from];
                if (all == 0) continue;
                var p = (count[from, to] + 1.0) / (all + 2);
                (probability[from, to], sigma[from, to]) = ((double)count[from, to] / all, Math.Sqrt(p * (1 - p) / (all + 2)));
            }
        }

        return new(count, probability, sigma, rate);
    }
}
