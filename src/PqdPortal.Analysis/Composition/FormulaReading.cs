namespace PqdPortal.Analysis.Composition;

/// <summary>What a text says as a formula.</summary>
/// <param name="Text">As given.</param>
/// <param name="Formula">What was read; null where it cannot be read.</param>
/// <param name="Messages">Why it cannot be read, or what is odd about what was read.</param>
public sealed record FormulaReading(string Text, PerovskiteFormula? Formula, IReadOnlyList<FormulaMessage> Messages);

/// <summary>One thing to know about a formula.</summary>
/// <param name="Code">Of the fixed list, with what it is about after a colon: unknown-ion:Bro, charge-imbalance.</param>
/// <param name="Text">What was found, what was expected, what to do.</param>
public sealed record FormulaMessage(string Code, string Text)
{
    /// <summary>True where the formula cannot be read because of it.</summary>
    public bool IsFailure { get; init; }

    /// <summary>Where it stands in the text as given [characters, from 1]; null where it is about the whole.</summary>
    public int? Position { get; init; }

    /// <summary>How many characters it is about.</summary>
    public int Length { get; init; }

    /// <summary>What may have been meant in their place.</summary>
    public string? Suggestion { get; init; }

    /// <summary>The whole text with the suggestion taken.</summary>
    public string? Mended { get; init; }

    /// <summary>The same place counted in UTF-16 units from 0, to cut strings by.</summary>
    public (int Start, int Length)? Span { get; init; }
}
