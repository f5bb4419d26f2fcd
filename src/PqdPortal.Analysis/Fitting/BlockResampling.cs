namespace PqdPortal.Analysis.Fitting;

/// <summary>
/// Errors from blocks of time, for light that is not Poisson: a run is cut into contiguous blocks, and a number is computed
/// again and again from the counts of other choices of blocks.
/// </summary>
/// <remarks>
/// Blinking and drift make neighbouring counts rise and fall together, which no formula for counting errors knows; blocks
/// longer than the fluctuation do. The sums of each block are kept, so that nothing is read twice. Bootstrap: as many blocks
/// as there are, drawn with repetition; the spread of the results is the error (Efron, Ann. Statist. 7, 1 (1979)). Jackknife:
/// every block left out once; the spread times (n-1)/sqrt(n) is the error (<see cref="Spread.JackknifeError"/>).
/// </remarks>
public static class BlockResampling
{
    /// <summary>Bootstrap resamples; the error of an error is then 5 %.</summary>
    public const int Resamples = 200;

    /// <summary>Below so few blocks neither way says anything.</summary>
    public const int FewestBlocks = 5;

    /// <summary>The choices of a bootstrap.</summary>
    /// <param name="blocks">Blocks there are; fewer than <see cref="FewestBlocks"/> give no choice at all.</param>
    /// <param name="seed">The same seed gives the same choices.</param>
    /// <returns>Indices of blocks, as many as there are, some of them several times. The array is used again for the next choice.</returns>
    public static IEnumerable<int[]> Bootstrap(int blocks, int seed, CancellationToken stop = default)
    {
        if (blocks < FewestBlocks) yield break;
        var random = new Random(seed);
        var choice = new int[blocks];
        for (var b = 0; b < Resamples; b++)
        {
            stop.ThrowIfCancellationRequested();
            for (var k = 0; k < choice.Length; k++) choice[k] = random.Next(blocks);
            yield return choice;
        }
    }

    /// <summary>The choices of a jackknife: all blocks but one, in order.</summary>
    /// <returns>Indices of blocks, one fewer than there are. The array is used again for the next choice.</returns>
    /// <inheritdoc cref="Bootstrap" path="/param"/>
    public static IEnumerable<int[]> Jackknife(int blocks, CancellationToken stop = default)
    {
        if (blocks < FewestBlocks) yield break;
        var choice = new int[blocks - 1];
        for (var left = 0; left < blocks; left++)
        {
            stop.ThrowIfCancellationRequested();
            for (var k = 0; k < choice.Length; k++) choice[k] = k < left ? k : k + 1;
            yield return choice;
        }
    }
}
