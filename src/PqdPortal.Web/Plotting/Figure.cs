namespace PqdPortal.Web.Plotting;

/// <summary>How a series is drawn.</summary>
public enum Mark { Steps, Points, Line, Band, Cells }

/// <summary>An axis: quantity, unit as people write it, scale.</summary>
public sealed record Axis(string Name, string Unit = "", bool Log = false)
{
    /// <summary>Zero is in view.</summary>
    public bool FromZero { get; init; }

    /// <summary>"delay (ns)".</summary>
    public string Title => Unit.Length == 0 ? Name : $"{Name} ({Unit})";
}

/// <summary>One series of a figure. All lists have the length of its axis.</summary>
public sealed record FigureSeries(string Name, Mark Mark, IReadOnlyList<double?> Y)
{
    /// <summary>Ends of the error band.</summary>
    public IReadOnlyList<double?>? Low { get; init; }
    public IReadOnlyList<double?>? High { get; init; }

    /// <summary>Standard deviation of each value.</summary>
    public IReadOnlyList<double?>? Sigma { get; init; }

    /// <summary>Events each value rests on, and what they are: "pairs".</summary>
    public IReadOnlyList<double?>? Events { get; init; }
    public string EventName { get; init; } = "events";

    /// <summary>Of a map: the value of the cell whose middle lies at X and Y, and what it is.</summary>
    public IReadOnlyList<double?>? Z { get; init; }
    public Axis? ZAxis { get; init; }

    /// <summary>Place in the sequence of data colours, from 0; null draws in the ink of the text, as fits are.</summary>
    public int? Colour { get; init; }

    /// <summary>Drawn in the strip below, in units of sigma.</summary>
    public bool InStrip { get; init; }
}

/// <summary>Series that share one axis of positions.</summary>
public sealed record SeriesGroup(IReadOnlyList<double?> X)
{
    public List<FigureSeries> Series { get; } = [];
}

/// <summary>A labelled line across the figure: the words stand on the line.</summary>
/// <param name="Brief">The words where the figure is narrow; the same ones where null.</param>
public sealed record Level(string Words, double At, string? Brief = null);

/// <summary>
/// What a plot shows, without a word about how it is drawn. Made from a result, thinned to the width of the screen, sent once.
/// </summary>
/// <example>
/// <code>
/// Figure.Of("Photon correlation")
///     .X("delay", "ns", delay)
///     .Y("g2")
///     .Steps("data", g2, sigma)
///     .Line("fit", model)
///     .Level("below: a single emitter", 0.5)
///     .Residuals(residual)
/// </code>
/// </example>
public sealed class Figure
{
    readonly List<SeriesGroup> _groups = [];
    readonly List<Level> _levels = [];
    int _colours;

    Figure(string title) => Title = title;

    public string Title { get; }

    /// <summary>What the reader must know to read it, in a sentence; null where nothing.</summary>
    public string? Note { get; private set; }
    public Axis XAxis { get; private set; } = new("");
    public Axis YAxis { get; private set; } = new("");

    /// <summary>Axis of the strip below; null without one.</summary>
    public Axis? Strip { get; private set; }
    public IReadOnlyList<SeriesGroup> Groups => _groups;
    public IReadOnlyList<Level> Levels => _levels;

    /// <summary>The whole x axis of a figure that comes in windows: a closer look is a new answer; null where all of it is here.</summary>
    public (double From, double To)? Whole { get; private set; }

    /// <summary>More of it is on its way; ask again soon.</summary>
    public bool IsComing { get; private set; }

    /// <summary>Colour of the data added last, for what belongs to them.</summary>
    public int LastColour => Math.Max(0, _colours - 1);

    public static Figure Of(string title) => new(title);

    /// <summary>The x axis and the positions of the series that follow.</summary>
    public Figure X(string name, string unit, IReadOnlyList<double?> values, bool log = false)
    {
        XAxis = new(name, unit, log);
        return On(values);
    }

    /// <summary>The series that follow lie at these positions of the same axis.</summary>
    public Figure On(IReadOnlyList<double?> values)
    {
        _groups.Add(new(values));
        return this;
    }

    public Figure Y(string name, string unit = "", bool log = false, bool fromZero = false)
    {
        YAxis = new(name, unit, log) { FromZero = fromZero && !log };
        return this;
    }

    /// <summary>Data in bins: a step each, with a band of one standard deviation where there is one.</summary>
    public Figure Steps(string name, IReadOnlyList<double?> values, IReadOnlyList<double?>? sigma = null,
        IReadOnlyList<double?>? events = null, string eventName = "events",
        IReadOnlyList<double?>? low = null, IReadOnlyList<double?>? high = null) =>
        Data(name, Mark.Steps, values, sigma, events, eventName, low, high);

    /// <summary>Single data points.</summary>
    public Figure Points(string name, IReadOnlyList<double?> values, IReadOnlyList<double?>? sigma = null,
        IReadOnlyList<double?>? events = null, string eventName = "events",
        IReadOnlyList<double?>? low = null, IReadOnlyList<double?>? high = null) =>
        Data(name, Mark.Points, values, sigma, events, eventName, low, high);

    /// <summary>A model through the data, in the ink of the text or in a data colour.</summary>
    public Figure Line(string name, IReadOnlyList<double?> values, int? colour = null) =>
        Add(new(name, Mark.Line, values) { Colour = colour });

    /// <summary>A map of cells, a colour each: middles in y beside those in x, and their values. A cell that is left out is empty.</summary>
    public Figure Cells(string name, string unit, IReadOnlyList<double?> y, IReadOnlyList<double?> values) =>
        Add(new(name, Mark.Cells, y) { Z = values, ZAxis = new(name, unit) });

    /// <summary>A second band, drawn as two thin lines, in the colour of the data before it.</summary>
    public Figure Band(string name, IReadOnlyList<double?> low, IReadOnlyList<double?> high) =>
        Add(new(name, Mark.Band, Middle(low, high)) { Low = low, High = high, Colour = LastColour });

    /// <summary>A line across at a height, with its meaning written on it.</summary>
    public Figure Level(string words, double at, string? brief = null)
    {
        _levels.Add(new(words, at, brief));
        return this;
    }

    /// <summary>What the model leaves, in a strip of a quarter height, in units of sigma.</summary>
    public Figure Residuals(IReadOnlyList<double?> values)
    {
        Strip = new("residual", "σ");
        return Add(new("residual", Mark.Points, values) { InStrip = true, Colour = LastColour });
    }

    /// <summary>What is drawn is a window of a longer axis; at each zoom the figure is asked for again.</summary>
    public Figure InWindows(double from, double to, bool isComing = false)
    {
        (Whole, IsComing) = ((from, to), isComing);
        return this;
    }

    /// <summary>What the reader must know to read it.</summary>
    public Figure Saying(string? note)
    {
        Note = note;
        return this;
    }

    Figure Data(string name, Mark mark, IReadOnlyList<double?> values, IReadOnlyList<double?>? sigma, IReadOnlyList<double?>? events,
        string eventName, IReadOnlyList<double?>? low, IReadOnlyList<double?>? high) =>
        Add(new(name, mark, values)
        {
            Sigma = sigma,
            Low = low ?? Shifted(values, sigma, -1),
            High = high ?? Shifted(values, sigma, +1),
            Events = events,
            EventName = eventName,
            Colour = _colours++,
        });

    Figure Add(FigureSeries series)
    {
        if (_groups.Count == 0) throw new InvalidOperationException("A figure's positions come before its series: call X first.");
        var length = _groups[^1].X.Count;
        foreach (var list in (IReadOnlyList<double?>?[])[series.Y, series.Low, series.High, series.Sigma, series.Events])
            if (list is not null && list.Count != length)
                throw new ArgumentException($"\"{series.Name}\" has {list.Count} values on an axis of {length} positions.", nameof(series));
        _groups[^1].Series.Add(series);
        return this;
    }

    static IReadOnlyList<double?>? Shifted(IReadOnlyList<double?> values, IReadOnlyList<double?>? sigma, int sign) =>
        sigma is null ? null : [.. values.Zip(sigma, (value, s) => value + sign * s)];

    static IReadOnlyList<double?> Middle(IReadOnlyList<double?> low, IReadOnlyList<double?> high) =>
        [.. low.Zip(high, (a, b) => (a + b) / 2)];
}
