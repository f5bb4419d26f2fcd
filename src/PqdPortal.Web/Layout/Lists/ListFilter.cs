using System.Globalization;
using PqdPortal.Data.Edits;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>What a filter asks of a column.</summary>
public enum FilterKind { Between, Holds, OneOf, Missing, Recorded }

/// <summary>Which number of a result has to satisfy a filter.</summary>
public enum FilterPart { Value, Lo, Hi }

/// <summary>One condition on one column, as it stands in the address.</summary>
/// <remarks>
/// <c>g2_0&lt;0.1</c>, <c>edge_length:9..10nm</c>, <c>edge_length:90..100Å</c>, <c>synthesised_on:2026-01..2026-03</c>, <c>method=hot-injection,larp</c>,
/// <c>method!=larp</c>, <c>formula~CsPb</c>, <c>plqy:none</c>, <c>plqy:any</c>, <c>g2_0.hi&lt;0.1</c> (the upper end of the 95 % interval), <c>g2_0.lo&gt;0.5</c>.
/// </remarks>
public sealed record ListFilter(ListColumn Column, FilterKind Kind)
{
    public FilterPart Part { get; init; }

    /// <summary>Ends of a range; null for an open one. In the column's unit.</summary>
    public double? From { get; init; }
    public double? To { get; init; }

    /// <summary>True where the end itself does not belong to the range.</summary>
    public bool IsAbove { get; init; }
    public bool IsBelow { get; init; }

    /// <summary>Ends of a span of time: from the first moment on, up to before the last.</summary>
    public DateTimeOffset? Since { get; init; }
    public DateTimeOffset? Until { get; init; }
    public string Text { get; init; } = "";

    /// <summary>Keys of the choices, yes or no, or whole texts.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];
    public bool IsNot { get; init; }

    /// <summary>As it stands in the address.</summary>
    public required string Address { get; init; }

    /// <summary>Longest condition in an address [characters].</summary>
    const int Longest = 400;

    /// <summary>Reads a condition, or says what is wrong with it.</summary>
    public static (ListFilter? Filter, string? Trouble) Read(string? text, Func<string, ListColumn?> column)
    {
        text = text?.Trim() ?? "";
        if (text.Length == 0) return (null, null);
        if (text.Length > Longest || !Keepable.IsText(text)) return (null, $"A filter of {text.Length} characters, or with a character that cannot be kept, was left out; a filter is a column, a sign and a value, such as g2_0<0.1.");
        var at = text.IndexOfAny([':', '<', '>', '=', '~', '!']);
        if (at <= 0) return (null, $"\"{text}\" is no filter. Write a column, a sign and a value, such as g2_0<0.1, edge_length:9..10nm or method=larp.");
        var key = text[..at].Trim();
        var sign = text[at] is '<' or '>' or '!' && at + 1 < text.Length && text[at + 1] == '=' ? text.Substring(at, 2) : text[at].ToString();
        var rest = text[(at + sign.Length)..].Trim();
        var part = FilterPart.Value;
        var of = column(key);
        if (of is null && key.LastIndexOf('.') is > 0 and var dot && key[dot..] is ".hi" or ".lo" && column(key[..^3]) is { Quantity: not null, Kind: ColumnKind.Number } result)
            (of, part) = (result, key.EndsWith(".hi", StringComparison.Ordinal) ? FilterPart.Hi : FilterPart.Lo);
        if (of is null) return (null, $"There is no column \"{key}\" here; the filter \"{text}\" was left out.");
        if (!of.CanBeAsked) return (null, $"One cannot filter by \"{of.Title}\"; the filter \"{text}\" was left out.");

        var empty = new ListFilter(of, FilterKind.Missing) { Address = text, Part = part };
        if (sign == ":" && rest == "none") return (empty, null);
        if (sign == ":" && rest == "any") return (empty with { Kind = FilterKind.Recorded }, null);
        if (rest.Length == 0) return (null, $"\"{text}\" has no value; the filter was left out.");
        return of.Kind switch
        {
            ColumnKind.Number => Number(empty, sign, rest),
            ColumnKind.Day or ColumnKind.Moment => Time(empty, sign, rest),
            ColumnKind.YesNo => YesNo(empty, sign, rest),
            ColumnKind.Choice => Choice(empty, sign, rest),
            _ => Words(empty, sign, rest),
        };
    }

    static (ListFilter?, string?) Number(ListFilter of, string sign, string rest)
    {
        var column = of.Column;
        (double?, string?) Value(string text, string? unit = null) => Units.Read(text, column.Unit, unit);
        if (sign is ":" && rest.IndexOf("..", StringComparison.Ordinal) is >= 0 and var dots)
        {
            var (low, high) = (rest[..dots].Trim(), rest[(dots + 2)..].Trim());
            // "90..100Å": the unit at the end is that of both.
            var unit = Units.Behind(low).Length == 0 ? Units.Behind(high) : null;
            var (from, wrongFrom) = low.Length == 0 ? (null, null) : Value(low, unit);
            var (to, wrongTo) = high.Length == 0 ? (null, null) : Value(high);
            if ((wrongFrom ?? wrongTo) is { } wrong) return (null, $"{column.Title}: {wrong} The filter \"{of.Address}\" was left out.");
            if (from is null && to is null) return (null, $"{column.Title}: a range has at least one end, such as 9..10. The filter was left out.");
            // Somebody who types 10..9 means what lies between.
            if (from > to) (from, to) = (to, from);
            return (of with { Kind = FilterKind.Between, From = from, To = to }, null);
        }
        var (value, trouble) = Value(rest);
        if (trouble is not null) return (null, $"{column.Title}: {trouble} The filter \"{of.Address}\" was left out.");
        of = of with { Kind = FilterKind.Between };
        return sign switch
        {
            "<" => (of with { To = value, IsBelow = true }, null),
            "<=" => (of with { To = value }, null),
            ">" => (of with { From = value, IsAbove = true }, null),
            ">=" => (of with { From = value }, null),
            "=" or ":" => (of with { From = value, To = value }, null),
            _ => (null, $"{column.Title} is a number; filter it by <, >, = or a range such as {column.Key}:9..10. The filter \"{of.Address}\" was left out."),
        };
    }

    static (ListFilter?, string?) Time(ListFilter of, string sign, string rest)
    {
        of = of with { Kind = FilterKind.Between };
        string Trouble(string said) => $"{of.Column.Title}: \"{said}\" is no date. Write 2026, 2026-03 or 2026-03-17, or a range such as 2026-01..2026-03. The filter \"{of.Address}\" was left out.";
        if (rest.IndexOf("..", StringComparison.Ordinal) is >= 0 and var dots && sign == ":")
        {
            var (low, high) = (rest[..dots].Trim(), rest[(dots + 2)..].Trim());
            var (from, to) = (Span(low), Span(high));
            if (low.Length > 0 && from is null) return (null, Trouble(low));
            if (high.Length > 0 && to is null) return (null, Trouble(high));
            if (from is null && to is null) return (null, Trouble(rest));
            return (of with { Since = from?.Since, Until = to?.Until }, null);
        }
        if (Span(rest) is not { } span) return (null, Trouble(rest));
        return sign switch
        {
            "<" => (of with { Until = span.Since }, null),
            "<=" => (of with { Until = span.Until }, null),
            ">" => (of with { Since = span.Until }, null),
            ">=" => (of with { Since = span.Since }, null),
            "=" or ":" => (of with { Since = span.Since, Until = span.Until }, null),
            _ => (null, Trouble(rest)),
        };
    }

    /// <summary>A year, month or day as a span of time, in UTC.</summary>
    static (DateTimeOffset Since, DateTimeOffset Until)? Span(string text)
    {
        DateTimeOffset At(DateOnly day) => new(day.ToDateTime(default), TimeSpan.Zero);
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && Keepable.IsDay(day)) return (At(day), At(day.AddDays(1)));
        if (DateOnly.TryParseExact(text + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month) && Keepable.IsDay(month)) return (At(month), At(month.AddMonths(1)));
        if (DateOnly.TryParseExact(text + "-01-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var year) && Keepable.IsDay(year)) return (At(year), At(year.AddYears(1)));
        return null;
    }

    static (ListFilter?, string?) YesNo(ListFilter of, string sign, string rest) =>
        sign is "=" or ":" && rest is "yes" or "no" or "true" or "false"
            ? (of with { Kind = FilterKind.OneOf, Values = [rest is "yes" or "true" ? "yes" : "no"] }, null)
            : (null, $"{of.Column.Title} is yes or no; write {of.Column.Key}=yes. The filter \"{of.Address}\" was left out.");

    static (ListFilter?, string?) Choice(ListFilter of, string sign, string rest)
    {
        var keys = rest.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (sign is not ("=" or ":" or "!=") || keys.FirstOrDefault(key => of.Column.Choices.All(choice => choice.Key != key)) is { } || keys.Length == 0)
            return (null, $"{of.Column.Title} is one of {string.Join(", ", of.Column.Choices.Select(choice => choice.Key))}; several are separated by commas. The filter \"{of.Address}\" was left out.");
        return (of with { Kind = FilterKind.OneOf, Values = keys, IsNot = sign == "!=" }, null);
    }

    static (ListFilter?, string?) Words(ListFilter of, string sign, string rest) => sign switch
    {
        "~" => (of with { Kind = FilterKind.Holds, Text = rest }, null),
        "=" or ":" => (of with { Kind = FilterKind.OneOf, Values = [rest] }, null),
        "!=" => (of with { Kind = FilterKind.OneOf, Values = [rest], IsNot = true }, null),
        _ => (null, $"{of.Column.Title} is a text; write {of.Column.Key}~part or {of.Column.Key}=whole. The filter \"{of.Address}\" was left out."),
    };

    /// <summary>For people: "g2(0) below 0.1, with its 95 % interval".</summary>
    public string Sentence
    {
        get
        {
            var unit = Numbers.Unit(Column.Unit) is { Length: > 0 } u ? "\u202f" + u : "";
            var what = Part switch { FilterPart.Hi => $"{Column.Title}, upper end of its 95 % interval,", FilterPart.Lo => $"{Column.Title}, lower end of its 95 % interval,", _ => Column.Title };
            string Day(DateTimeOffset at) => at.ToString("d MMM yyyy", CultureInfo.InvariantCulture);
            return Kind switch
            {
                FilterKind.Missing => $"{what} not recorded",
                FilterKind.Recorded => $"{what} recorded",
                FilterKind.Holds => $"{what} holds \"{Text}\"",
                FilterKind.OneOf => $"{what} {(IsNot ? "is not" : "is")} {string.Join(" or ", Values.Select(value => Column.Choices.FirstOrDefault(choice => choice.Key == value).Word ?? value))}",
                _ when Column.Kind is ColumnKind.Day or ColumnKind.Moment => (Since, Until) switch
                {
                    ({ } since, { } until) when until - since <= TimeSpan.FromDays(1) => $"{what} on {Day(since)}",
                    ({ } since, { } until) => $"{what} from {Day(since)} to {Day(until.AddDays(-1))}",
                    ({ } since, _) => $"{what} from {Day(since)} on",
                    (_, { } until) => $"{what} before {Day(until)}",
                    _ => what,
                },
                _ => (From, To) switch
                {
                    ({ } from, { } to) when from == to => $"{what} = {Numbers.Plain(from, 6)}{unit}",
                    ({ } from, { } to) => $"{what} {Numbers.Plain(from, 6)} to {Numbers.Plain(to, 6)}{unit}",
                    ({ } from, _) => $"{what} {(IsAbove ? "above" : "at least")} {Numbers.Plain(from, 6)}{unit}",
                    (_, { } to) => $"{what} {(IsBelow ? "below" : "at most")} {Numbers.Plain(to, 6)}{unit}",
                    _ => what,
                },
            };
        }
    }

    /// <summary>Whether a number lies in the range; for counts, where nothing counted is 0.</summary>
    public bool Takes(double value) =>
        (From is not { } from || (IsAbove ? value > from : value >= from)) && (To is not { } to || (IsBelow ? value < to : value <= to));
}
