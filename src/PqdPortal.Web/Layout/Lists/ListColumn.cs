using System.Linq.Expressions;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>What stands in a column, and so how it is filtered, sorted and written.</summary>
public enum ColumnKind { Text, Number, Choice, Day, Moment, YesNo }

/// <summary>One column of a list, declared once: for the table, filters, order, CSV and REST alike.</summary>
/// <remarks>
/// A column is either an expression over the record or what stands beside it (<see cref="Side"/>): a result, a count. Keys are the
/// names of the fields in snake_case, led by the parent they belong to (<c>batch.edge_length</c>); results have their contract names.
/// </remarks>
public sealed record ListColumn
{
    public required string Key { get; init; }
    public required string Title { get; init; }

    /// <summary>As in the contract: nm, cps, degC; empty where there is none.</summary>
    public string Unit { get; init; } = "";
    public required ColumnKind Kind { get; init; }

    /// <summary>What it belongs to, as the chooser groups it: "Dot", "Batch", "Results".</summary>
    public string Group { get; init; } = "";

    /// <summary>Shown unless the address chooses columns.</summary>
    public bool IsUsual { get; init; }

    /// <summary>Set in real subscripts.</summary>
    public bool IsFormula { get; init; }

    /// <summary>True where every record has it.</summary>
    public bool IsAlways { get; init; }

    /// <summary>The value as SQL can ask for it; null for what stands beside the record or cannot be asked for.</summary>
    public LambdaExpression? Of { get; init; }

    /// <summary>The value of a record at hand; null for what stands beside the record.</summary>
    public Func<object, object?>? Read { get; init; }

    /// <summary>What stands beside the records, by their ids.</summary>
    public Func<PortalDb, IQueryable<SideValue>>? Side { get; init; }

    /// <summary>True for a count: a record without a row beside it has 0.</summary>
    public bool IsCount { get; init; }

    /// <summary>Contract name of a result: it has an uncertainty and an interval.</summary>
    public string? Quantity { get; init; }

    /// <summary>The choices with their words.</summary>
    public IReadOnlyList<(object Value, string Key, string Word)> Choices { get; init; } = [];

    /// <summary>Where a click on the cell leads, from a record at hand.</summary>
    public Func<object, string?>? Link { get; init; }

    public bool CanBeAsked => Of is not null || Side is not null;

    /// <summary>The head of its column in CSV: "edge_length [nm]".</summary>
    public string Head => CsvText.Head(Key, Unit is "text" or "1" ? "" : Unit);

    /// <summary>Title with its unit, as people read it.</summary>
    public string TitleWithUnit => Numbers.Unit(Unit) is { Length: > 0 } unit ? $"{Title} ({unit})" : Title;

    public static ListColumn Text<T>(string key, string title, Expression<Func<T, string?>> of) => Make(key, title, "", ColumnKind.Text, of);
    public static ListColumn Formula<T>(string key, string title, Expression<Func<T, string?>> of) => Make(key, title, "", ColumnKind.Text, of) with { IsFormula = true };
    public static ListColumn Number<T>(string key, string title, string unit, Expression<Func<T, double?>> of) => Make(key, title, unit, ColumnKind.Number, of);
    public static ListColumn Day<T>(string key, string title, Expression<Func<T, DateOnly?>> of) => Make(key, title, "", ColumnKind.Day, of);
    public static ListColumn Moment<T>(string key, string title, Expression<Func<T, DateTimeOffset?>> of) => Make(key, title, "", ColumnKind.Moment, of);
    public static ListColumn YesNo<T>(string key, string title, Expression<Func<T, bool?>> of) => Make(key, title, "", ColumnKind.YesNo, of);

    /// <summary>One of the fixed choices; "not recorded" is told apart where the field knows it.</summary>
    public static ListColumn Choice<T, TChoice>(string key, string title, Expression<Func<T, TChoice>> of) where TChoice : struct, Enum =>
        Make(key, title, "", ColumnKind.Choice, of) with
        {
            Choices = [.. Enum.GetValues<TChoice>().Select(choice => ((object)choice, Words.Key(choice), Words.Of(choice)))],
        };

    /// <summary>A count of what belongs to the record.</summary>
    public static ListColumn Count(string key, string title, Func<PortalDb, IQueryable<SideValue>> side) =>
        new() { Key = key, Title = title, Kind = ColumnKind.Number, Side = side, IsCount = true };

    /// <summary>A result that stands of the record.</summary>
    /// <param name="of">Run, Emitter or Sample.</param>
    public static ListColumn Result(string of, string name, string unit) => name.StartsWith(StandingValue.VerdictPrefix, StringComparison.Ordinal)
        ? new()
        {
            Key = name, Title = QuantityNames.Label(name[StandingValue.VerdictPrefix.Length..]), Kind = ColumnKind.Text, Group = "Verdicts", Quantity = name,
            Side = db => db.StandingValues.Where(v => v.Of == of && v.Name == name).Select(v => new SideValue { Id = v.RecordId, Text = v.Text }),
        }
        : new()
        {
            Key = name, Title = QuantityNames.Label(name), Unit = unit, Kind = unit == "text" ? ColumnKind.Text : ColumnKind.Number, Group = "Results", Quantity = name,
            Side = db => db.StandingValues.Where(v => v.Of == of && v.Name == name)
                .Select(v => new SideValue { Id = v.RecordId, Number = v.Value, Lo = v.Lo95, Hi = v.Hi95, Text = v.Text }),
        };

    /// <summary>The same column on a list of what lies below: a dot's batch.</summary>
    public ListColumn Through<TBelow, TAbove>(Expression<Func<TBelow, TAbove?>> up, string prefix, string group) where TAbove : class
    {
        var parent = up.Compile();
        return this with
        {
            Key = prefix + Key, Title = Title, Group = group, IsUsual = false, IsAlways = false,
            Of = Of is null ? null : Joined(Of, up),
            Read = Read is null ? null : below => parent((TBelow)below) is { } above ? Read(above) : null,
            Link = Link is null ? null : below => parent((TBelow)below) is { } above ? Link(above) : null,
        };
    }

    static ListColumn Make<T, TValue>(string key, string title, string unit, ColumnKind kind, Expression<Func<T, TValue>> of)
    {
        var read = new Lazy<Func<T, TValue>>(of.Compile);
        return new() { Key = key, Title = title, Unit = unit, Kind = kind, Of = of, Read = record => read.Value((T)record) };
    }

    static LambdaExpression Joined(LambdaExpression of, LambdaExpression up) =>
        Expression.Lambda(new Put(of.Parameters[0], up.Body).Visit(of.Body), up.Parameters[0]);

    sealed class Put(ParameterExpression what, Expression by) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == what ? by : node;
    }
}

/// <summary>What stands beside a record: a result, a count, the moment of the last run.</summary>
public sealed class SideValue
{
    public Guid Id { get; init; }
    public double? Number { get; init; }
    public double? Lo { get; init; }
    public double? Hi { get; init; }
    public string? Text { get; init; }
    public DateTimeOffset? Moment { get; init; }
}
