using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Samples;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>One kind of record as a list: which columns it has, and how a question to it becomes one to the database.</summary>
public abstract class RecordList
{
    /// <summary>As in the address: batches, samples, dots, runs.</summary>
    public required string Key { get; init; }
    public required string Title { get; init; }
    public required string One { get; init; }
    public required string Many { get; init; }

    /// <summary>Key of the column that names a row.</summary>
    public required string Head { get; init; }

    /// <summary>Keys of the columns shown unless the address chooses.</summary>
    public required IReadOnlyList<string> Usual { get; init; }

    /// <summary>The order where none is asked for, falling with a minus in front.</summary>
    public required string UsualSort { get; init; }

    /// <summary>What the search box looks in, as a hint.</summary>
    public required string SearchHint { get; init; }

    /// <summary>The columns that are always there; results come besides, by what was found so far.</summary>
    public required IReadOnlyList<ListColumn> Columns { get; init; }

    /// <summary>Run, Emitter or Sample; null for records of which no results stand.</summary>
    public string? StandingOf { get; init; }

    /// <summary>Topics of the change feed that make a list of these stale.</summary>
    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>The columns of extra fields, by what the templates that the viewer sees ask for.</summary>
    public Func<Func<RecordKind, IReadOnlyList<ExtraColumn>>, IEnumerable<ListColumn>> Extras { get; init; } = _ => [];

    /// <summary>Columns that are made on demand, such as the share of any ion.</summary>
    public Func<string, ListColumn?> Dynamic { get; init; } = _ => null;

    /// <summary>Old names of orders in addresses that people may have kept.</summary>
    public IReadOnlyDictionary<string, string> OldSorts { get; init; } = new Dictionary<string, string>();

    public string Renamed(string sort) => OldSorts.GetValueOrDefault(sort, sort);

    /// <summary>Columns that need not be shown only because they are filtered by.</summary>
    public bool IsSaidByOthers(string key) => key is "batch" or "sample" or "dot" or "project" or "code" or "name" or "runs";

    /// <summary>How many match.</summary>
    public abstract Task<int> Count(PortalDb db, Viewer viewer, ListQuestion question, CancellationToken stop);

    /// <summary>Ids of the rows from a place on, in order.</summary>
    public abstract Task<List<Guid>> Ids(PortalDb db, Viewer viewer, ListQuestion question, int from, int count, int? total, CancellationToken stop);

    /// <summary>Those rows with all that their columns show, in the order of the ids; what the viewer may not see is left out.</summary>
    public abstract Task<IReadOnlyList<ListRow>> Rows(PortalDb db, Viewer viewer, ListQuestion question, IReadOnlyList<Guid> ids, CancellationToken stop);

    /// <summary>The records made since a moment that match the question, and whose results ended since.</summary>
    public abstract Task<int> Since(PortalDb db, Viewer viewer, ListQuestion question, DateTimeOffset moment, CancellationToken stop);
}

/// <summary>One row: the record, and what stands beside it by the keys of the columns.</summary>
public sealed record ListRow(Guid Id, Guid ProjectId, object Record, bool Simulated, IReadOnlyDictionary<string, object?> Beside)
{
    /// <summary>The value in a column: string, double, enum, bool, DateOnly, DateTimeOffset, StandingValue; null where nothing is recorded.</summary>
    public object? In(ListColumn column) =>
        column.Read is not null ? column.Read(Record)
        : Beside.TryGetValue(column.Key, out var value) ? value
        : column.IsCount ? 0.0 : null;
}

/// <summary>One kind of record as a list.</summary>
public sealed class RecordList<T> : RecordList where T : ProjectRecord
{
    /// <summary>Narrows to what is alive with all above it: by leaving out what lies in the few records of the bin, not by looking up the many that do not.</summary>
    public required Func<PortalDb, IQueryable<T>, IQueryable<T>> Alive { get; init; }

    /// <summary>With all that the columns read.</summary>
    public required Func<IQueryable<T>, IQueryable<T>> With { get; init; }

    /// <summary>
    /// The fields that the search box looks in, for a pattern. What lies above is looked through first, so that a row is found by its own
    /// texts or by the ids of what it lies in: each has an index, and the texts of two tables together have none.
    /// </summary>
    public required Func<PortalDb, Viewer, string, CancellationToken, Task<Expression<Func<T, bool>>>> Holding { get; init; }

    public override async Task<int> Count(PortalDb db, Viewer viewer, ListQuestion question, CancellationToken stop) =>
        await (await Found(db, viewer, question, stop)).CountAsync(stop);

    /// <remarks>Far behind the middle it is asked from the end, which is as near as the beginning.</remarks>
    public override async Task<List<Guid>> Ids(PortalDb db, Viewer viewer, ListQuestion question, int from, int count, int? total, CancellationToken stop)
    {
        var sort = question.Sort ?? Columns.First(column => column.Key == UsualSort.TrimStart('-'));
        var falling = question.Sort is null ? UsualSort.StartsWith('-') : question.IsFalling;
        var reversed = total is { } all && from > all / 2;
        var (skip, take) = reversed ? (Math.Max(0, total!.Value - from - count), Math.Min(count, total.Value - from)) : (from, count);
        if (take <= 0) return [];
        var found = await Found(db, viewer, question, stop);
        var ids = sort is { Side: not null, IsCount: false }
            ? await SortedBeside(db, found, sort, falling, reversed, skip, take, total, stop)
            : await Sorted(db, found, sort, falling, reversed).Skip(skip).Take(take).ToListAsync(stop);
        if (reversed) ids.Reverse();
        return ids;
    }

    /// <summary>Ids in the order of what stands beside the records: those with it, and behind them those without, by their ids.</summary>
    /// <remarks>Asked one after the other: the first are walked in the order of their index, and the others seldom come on the page at all.</remarks>
    static async Task<List<Guid>> SortedBeside(PortalDb db, IQueryable<T> found, ListColumn sort, bool falling, bool reversed, int skip, int take, int? total, CancellationToken stop)
    {
        var beside = sort.Side!(db);
        var isUp = falling == reversed;
        IQueryable<Guid> with, without;
        if (sort.Kind == ColumnKind.Text)
        {
            with = Ordered(found.Join(beside.Where(value => value.Text != null), record => record.Id, value => value.Id, (record, value) => new Keyed<string?> { Id = record.Id, By = value.Text }), !isUp, reversed: false, mayBeMissing: false);
            without = InOrder(found.Where(record => !beside.Any(value => value.Id == record.Id && value.Text != null)));
        }
        else if (sort.Kind == ColumnKind.Moment)
        {
            with = Ordered(found.Join(beside.Where(value => value.Moment != null), record => record.Id, value => value.Id, (record, value) => new Keyed<DateTimeOffset?> { Id = record.Id, By = value.Moment }), !isUp, reversed: false, mayBeMissing: false);
            without = InOrder(found.Where(record => !beside.Any(value => value.Id == record.Id && value.Moment != null)));
        }
        else
        {
            with = Ordered(found.Join(beside.Where(value => value.Number != null), record => record.Id, value => value.Id, (record, value) => new Keyed<double?> { Id = record.Id, By = value.Number }), !isUp, reversed: false, mayBeMissing: false);
            without = InOrder(found.Where(record => !beside.Any(value => value.Id == record.Id && value.Number != null)));
        }
        List<Guid> ids = [];
        if (!reversed)
        {
            ids = await with.Skip(skip).Take(take).ToListAsync(stop);
            if (ids.Count == take) return ids;
        }
        var all = total ?? await found.CountAsync(stop);
        var having = !reversed && (ids.Count > 0 || skip == 0) ? skip + ids.Count : await with.CountAsync(stop);
        var lacking = Math.Max(0, all - having);
        var (from, most) = reversed ? (skip, Math.Min(take, lacking - skip)) : (Math.Max(0, skip - having), Math.Min(take - ids.Count, lacking));
        if (most > 0) ids.AddRange(await without.Skip(from).Take(most).ToListAsync(stop));
        if (reversed && ids.Count < take) ids.AddRange(await with.Skip(Math.Max(0, skip - lacking)).Take(take - ids.Count).ToListAsync(stop));
        return ids;

        IQueryable<Guid> InOrder(IQueryable<T> rest)
        {
            // Few among many are not to be looked for by walking all of them in the order of their ids: an order that no index has.
            var ordered = rest.OrderBy(record => record.DeletedAt == null);
            return (isUp ? ordered.ThenBy(record => record.Id) : ordered.ThenByDescending(record => record.Id)).Select(record => record.Id);
        }
    }

    public override async Task<IReadOnlyList<ListRow>> Rows(PortalDb db, Viewer viewer, ListQuestion question, IReadOnlyList<Guid> ids, CancellationToken stop)
    {
        var records = await With(db.Set<T>().VisibleTo(viewer).Where(record => ids.Contains(record.Id))).AsNoTracking().ToDictionaryAsync(record => record.Id, stop);
        var beside = ids.ToDictionary(id => id, _ => new Dictionary<string, object?>());
        var results = question.Columns.Where(column => column.Quantity is not null).Select(column => column.Quantity!).ToList();
        if (results.Count > 0)
            foreach (var value in await db.StandingValues.Where(v => ids.Contains(v.RecordId) && results.Contains(v.Name)).AsNoTracking().ToListAsync(stop))
                beside[value.RecordId][value.Name] = value;
        foreach (var column in question.Columns.Where(column => column.Quantity is null && column.Side is not null))
            foreach (var value in await column.Side!(db).Where(side => ids.Contains(side.Id)).ToListAsync(stop))
                beside[value.Id][column.Key] = column.Kind switch { ColumnKind.Moment => value.Moment, ColumnKind.Number => value.Number, _ => value.Text };
        return [.. ids.Where(records.ContainsKey).Select(id => new ListRow(id, records[id].ProjectId, records[id], records[id].Simulated, beside[id]))];
    }

    public override async Task<int> Since(PortalDb db, Viewer viewer, ListQuestion question, DateTimeOffset moment, CancellationToken stop)
    {
        var found = await Found(db, viewer, question, stop);
        var made = await found.CountAsync(record => record.CreatedAt > moment, stop);
        if (StandingOf is not { } of) return made;
        // Results that ended since: few, found by their moment.
        return made + await db.Analyses.VisibleTo(viewer).Where(a => a.EndedAt > moment && a.State == AnalysisState.Done).Take(1000).CountAsync(stop);
    }

    /// <summary>All that match.</summary>
    async Task<IQueryable<T>> Found(PortalDb db, Viewer viewer, ListQuestion question, CancellationToken stop)
    {
        var found = Alive(db, db.Set<T>().VisibleTo(viewer));
        if (question.Search is { } search) found = found.Where(await Holding(db, viewer, Like.Holding(search), stop));
        foreach (var filter in question.Filters) found = Narrowed(db, found, filter);
        return found;
    }

    static IQueryable<T> Narrowed(PortalDb db, IQueryable<T> found, ListFilter filter)
    {
        var column = filter.Column;
        if (column.Side is { } side)
        {
            var beside = side(db);
            if (filter.Kind == FilterKind.Missing) return column.IsCount ? found.Where(record => false) : found.Where(record => !beside.Any(value => value.Id == record.Id));
            if (filter.Kind == FilterKind.Recorded) return column.IsCount ? found : found.Where(record => beside.Any(value => value.Id == record.Id));
            if (column.Kind == ColumnKind.Number && column.IsCount && filter.Takes(0))
            {
                var others = beside.Where(Condition<SideValue>(Value(filter, column), filter, not: true)!);
                return found.Where(record => !others.Any(value => value.Id == record.Id));
            }
            // "is not" holds for what says nothing, too.
            if (filter.IsNot)
            {
                var said = beside.Where(Condition<SideValue>(Value(filter, column), filter with { IsNot = false })!);
                return found.Where(record => !said.Any(value => value.Id == record.Id));
            }
            var matching = beside.Where(Condition<SideValue>(Value(filter, column), filter)!);
            return found.Where(record => matching.Any(value => value.Id == record.Id));
        }
        return Condition<T>(column.Of!, filter) is { } condition ? found.Where(condition) : found;
    }

    /// <summary>Which part of what stands beside a record a filter asks.</summary>
    static LambdaExpression Value(ListFilter filter, ListColumn column)
    {
        if (column.Kind == ColumnKind.Moment) return (Expression<Func<SideValue, DateTimeOffset?>>)(value => value.Moment);
        if (column.Kind == ColumnKind.Text) return (Expression<Func<SideValue, string?>>)(value => value.Text);
        return filter.Part switch
        {
            FilterPart.Hi => (Expression<Func<SideValue, double?>>)(value => value.Hi),
            FilterPart.Lo => (Expression<Func<SideValue, double?>>)(value => value.Lo),
            _ => (Expression<Func<SideValue, double?>>)(value => value.Number),
        };
    }

    static Expression<Func<TRow, bool>>? Condition<TRow>(LambdaExpression of, ListFilter filter, bool not = false)
    {
        var value = of.Body;
        var mayBeMissing = !value.Type.IsValueType || Nullable.GetUnderlyingType(value.Type) is not null;
        Expression Null() => Expression.Constant(null, value.Type);
        // Choices know "not recorded" as one of them.
        var absent = filter.Column.Choices.FirstOrDefault(choice => choice.Key == "not-recorded").Value;
        Expression? condition = filter.Kind switch
        {
            FilterKind.Missing => absent is not null ? Expression.Equal(value, Constant(absent, value.Type)) : mayBeMissing ? Expression.Equal(value, Null()) : Expression.Constant(false),
            FilterKind.Recorded => absent is not null ? Expression.NotEqual(value, Constant(absent, value.Type)) : mayBeMissing ? Expression.NotEqual(value, Null()) : null,
            FilterKind.Holds => Expression.Call(ILike, Expression.Constant(EF.Functions), value, Parameter(Like.Holding(filter.Text)), Expression.Constant(Like.Escape)),
            FilterKind.OneOf => OneOf(value, filter),
            _ => Range(value, filter),
        };
        if (condition is null) return null;
        if (not) condition = Expression.Not(condition);
        return Expression.Lambda<Func<TRow, bool>>(condition, of.Parameters[0]);
    }

    static Expression OneOf(Expression value, ListFilter filter)
    {
        Expression? any = null;
        foreach (var key in filter.Values)
        {
            object wanted = filter.Column.Kind switch
            {
                ColumnKind.YesNo => key == "yes",
                ColumnKind.Choice => filter.Column.Choices.First(choice => choice.Key == key).Value,
                _ => key,
            };
            Expression same = wanted is string text ? Expression.Equal(value, Parameter(text)) : Expression.Equal(value, Constant(wanted, value.Type));
            any = any is null ? same : Expression.OrElse(any, same);
        }
        if (!filter.IsNot) return any!;
        var differs = Expression.Not(any!);
        return value.Type == typeof(string) ? Expression.OrElse(Expression.Equal(value, Expression.Constant(null, typeof(string))), differs) : differs;
    }

    static Expression? Range(Expression value, ListFilter filter)
    {
        Expression? both = null;
        void And(Expression part) => both = both is null ? part : Expression.AndAlso(both, part);
        if (filter.Column.Kind == ColumnKind.Day && value.Type == typeof(string))
        {
            // A day that lies in text, year first: ordered like the days themselves.
            Expression Compared(DateTimeOffset day) => Expression.Call(typeof(string).GetMethod(nameof(string.Compare), [typeof(string), typeof(string)])!, value,
                Parameter(DateOnly.FromDateTime(day.UtcDateTime).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)));
            if (filter.Since is { } first) And(Expression.GreaterThanOrEqual(Compared(first), Expression.Constant(0)));
            if (filter.Until is { } last) And(Expression.LessThan(Compared(last), Expression.Constant(0)));
        }
        else if (filter.Column.Kind == ColumnKind.Day)
        {
            if (filter.Since is { } first) And(Expression.GreaterThanOrEqual(value, Parameter((DateOnly?)DateOnly.FromDateTime(first.UtcDateTime))));
            if (filter.Until is { } last) And(Expression.LessThan(value, Parameter((DateOnly?)DateOnly.FromDateTime(last.UtcDateTime))));
        }
        else if (filter.Column.Kind == ColumnKind.Moment)
        {
            if (filter.Since is { } first) And(Expression.GreaterThanOrEqual(value, Parameter((DateTimeOffset?)first)));
            if (filter.Until is { } last) And(Expression.LessThan(value, Parameter((DateTimeOffset?)last)));
        }
        else
        {
            if (filter.From is { } from) And(filter.IsAbove ? Expression.GreaterThan(value, Parameter((double?)from)) : Expression.GreaterThanOrEqual(value, Parameter((double?)from)));
            if (filter.To is { } to) And(filter.IsBelow ? Expression.LessThan(value, Parameter((double?)to)) : Expression.LessThanOrEqual(value, Parameter((double?)to)));
        }
        return both;
    }

    static Expression Constant(object value, Type type) => Expression.Constant(value, type);

    /// <summary>A value that somebody typed goes to the database as a parameter.</summary>
    static Expression Parameter<TValue>(TValue value) => Expression.Property(Expression.Constant(new Held<TValue>(value)), nameof(Held<TValue>.Value));

    sealed record Held<TValue>(TValue Value);

    static readonly MethodInfo ILike = typeof(NpgsqlDbFunctionsExtensions).GetMethod(nameof(NpgsqlDbFunctionsExtensions.ILike), [typeof(DbFunctions), typeof(string), typeof(string), typeof(string)])!;

    /// <summary>The ids in the order of a field or a count: without it behind those with it, whichever way round; the id decides between equals.</summary>
    static IQueryable<Guid> Sorted(PortalDb db, IQueryable<T> found, ListColumn sort, bool falling, bool reversed)
    {
        if (sort.Side is { } side)
            return Ordered(found.LeftJoin(side(db), record => record.Id, value => value.Id, (record, value) => new Keyed<double> { Id = record.Id, By = value!.Number ?? 0 }), falling, reversed, mayBeMissing: false);
        var of = sort.Of!;
        var make = typeof(RecordList<T>).GetMethod(nameof(ByField), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(of.ReturnType);
        return (IQueryable<Guid>)make.Invoke(null, [found, of, falling, reversed, !sort.IsAlways])!;
    }

    static IQueryable<Guid> ByField<TValue>(IQueryable<T> found, LambdaExpression of, bool falling, bool reversed, bool mayBeMissing)
    {
        var record = of.Parameters[0];
        var keyed = Expression.Lambda<Func<T, Keyed<TValue>>>(
            Expression.MemberInit(Expression.New(typeof(Keyed<TValue>)),
                Expression.Bind(typeof(Keyed<TValue>).GetProperty(nameof(Keyed<TValue>.Id))!, Expression.Property(record, nameof(ProjectRecord.Id))),
                Expression.Bind(typeof(Keyed<TValue>).GetProperty(nameof(Keyed<TValue>.By))!, of.Body)), record);
        return Ordered(found.Select(keyed), falling, reversed, mayBeMissing && (!typeof(TValue).IsValueType || Nullable.GetUnderlyingType(typeof(TValue)) is not null));
    }

    static IQueryable<Guid> Ordered<TValue>(IQueryable<Keyed<TValue>> rows, bool falling, bool reversed, bool mayBeMissing)
    {
        // PostgreSQL has what is missing behind the rest when rising, and in front when falling: said only where it would be wrong.
        var ordered = (falling, reversed) switch
        {
            (false, false) => rows.OrderBy(row => row.By).ThenBy(row => row.Id),
            (false, true) => rows.OrderByDescending(row => row.By).ThenByDescending(row => row.Id),
            (true, false) when mayBeMissing => rows.OrderBy(row => row.By == null).ThenByDescending(row => row.By).ThenByDescending(row => row.Id),
            (true, true) when mayBeMissing => rows.OrderByDescending(row => row.By == null).ThenBy(row => row.By).ThenBy(row => row.Id),
            (true, false) => rows.OrderByDescending(row => row.By).ThenByDescending(row => row.Id),
            (true, true) => rows.OrderBy(row => row.By).ThenBy(row => row.Id),
        };
        return ordered.Select(row => row.Id);
    }

    /// <summary>A record's id with what it is sorted by.</summary>
    sealed class Keyed<TValue>
    {
        public Guid Id { get; init; }
        public TValue By { get; init; } = default!;
    }
}
