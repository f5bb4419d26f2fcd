using System.Globalization;

namespace PqdPortal.Analysis.Fitting;

/// <summary>A candidate model beside the best one.</summary>
/// <param name="Bic">D + k ln(counts) of its fit.</param>
/// <param name="Delta">Its BIC less that of the best; 0 for the best itself.</param>
public sealed record ModelScore(string Name, double Bic, double Delta);

/// <summary>Which of several fitted models the counts speak for, by Schwarz's information criterion.</summary>
/// <remarks>
/// BIC = D + k ln(N) with N the counts (Schwarz, Ann. Stat. 6, 461 (1978)); only differences mean something. Below 6 the
/// counts do not tell two models apart (Kass and Raftery, J. Am. Stat. Assoc. 90, 773 (1995): "strong" begins there), and
/// the words say so.
/// </remarks>
public sealed class ModelChoice
{
    /// <summary>A smaller difference tells nothing.</summary>
    public const double Distinct = 6;

    ModelChoice(IReadOnlyList<ModelScore> scores) => Scores = scores;

    /// <summary>All candidates in the order given.</summary>
    public IReadOnlyList<ModelScore> Scores { get; }

    /// <summary>The smallest BIC; of equal ones the first given, so simpler models should stand first.</summary>
    public ModelScore Best => Scores.First(score => score.Delta == 0);

    /// <summary>The next best; null where there was one candidate.</summary>
    public ModelScore? Second => Scores.Where(score => score != Best).MinBy(score => score.Delta);

    /// <summary>True where the best is better than every other by 6 or more; also where there was no other.</summary>
    public bool IsDistinct => Second is not { Delta: < Distinct };

    /// <exception cref="ArgumentException">There is no candidate, or one has no finite BIC.</exception>
    public static ModelChoice Among(IEnumerable<(string Name, double Bic)> candidates)
    {
        var given = candidates.ToArray();
        if (given.Length == 0 || given.Any(candidate => !double.IsFinite(candidate.Bic)))
            throw new ArgumentException("A choice needs candidates that were fitted.", nameof(candidates));
        var least = given.Min(candidate => candidate.Bic);
        return new([.. given.Select(candidate => new ModelScore(candidate.Name, candidate.Bic, candidate.Bic - least))]);
    }

    /// <summary>All candidates with their distance, such as "Delta BIC: mono 0, bi 21.3, tri 48.9".</summary>
    public string Words()
    {
        var list = string.Join(", ", Scores.Select(score => $"{score.Name} {Text(score.Delta)}"));
        return IsDistinct || Second is not { } second ? $"Delta BIC: {list}."
            : $"Delta BIC: {list}. {Best.Name} and {second.Name} are not distinguished (less than {Distinct:F0} apart).";
    }

    static string Text(double delta) => delta >= 1e5
        ? delta.ToString("G3", CultureInfo.InvariantCulture)
        : Math.Round(delta, 1).ToString(CultureInfo.InvariantCulture);
}
