namespace PqdPortal.Analysis;

/// <summary>Something that the content of a file leaves open and a person can say.</summary>
/// <param name="Choice">What of the reading choices it fills: <see cref="Layout"/> or <see cref="TimeUnit"/>.</param>
/// <param name="Title">What is asked, for people.</param>
/// <param name="Answers">What can be said.</param>
public sealed record ReadingQuestion(string Choice, string Title, IReadOnlyList<ReadingAnswer> Answers)
{
    /// <summary>The layout of the records.</summary>
    public const string Layout = "layout";

    /// <summary>The unit of the times in a table.</summary>
    public const string TimeUnit = "time_unit";

    /// <summary>Asks for the unit of the times in a table.</summary>
    public static ReadingQuestion OfTimeUnit { get; } = new(TimeUnit, "Unit of the times",
        [new("1e-15", "fs"), new("1e-12", "ps"), new("1e-9", "ns"), new("1e-6", "µs"), new("1e-3", "ms"), new("1", "s")]);

    /// <summary>Asks for the layout of the records.</summary>
    public static ReadingQuestion OfLayout(params IReadOnlyList<ReadingAnswer> layouts) => new(Layout, "Layout of the records", layouts);
}

/// <summary>One answer to a question.</summary>
/// <param name="Value">As it is chosen: the key of a layout, a unit in seconds.</param>
/// <param name="Title">For people.</param>
public sealed record ReadingAnswer(string Value, string Title);
