using PqdPortal.Data.Edits;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>What an address asks of a list, understood: conditions, order, columns, and what of it was not understood.</summary>
public sealed record ListQuestion(ListAsked Asked, IReadOnlyList<ListColumn> All)
{
    public IReadOnlyList<ListFilter> Filters { get; init; } = [];
    public string? Search { get; init; }
    public ListColumn? Sort { get; init; }
    public bool IsFalling { get; init; }
    public IReadOnlyList<ListColumn> Columns { get; init; } = [];

    /// <summary>What was found, what was expected, and that it was left out; for people.</summary>
    public IReadOnlyList<string> Troubles { get; init; } = [];

    /// <summary>True where some of the records are left out.</summary>
    public bool IsNarrowed => Filters.Count > 0 || Search is not null;

    /// <summary>More conditions, columns and characters are nobody's question.</summary>
    const int MostFilters = 20, MostColumns = 60, LongestSearch = 200;

    public static ListQuestion Of(RecordList list, ListAsked asked, IReadOnlyList<ListColumn> all)
    {
        var byKey = new Dictionary<string, ListColumn>(StringComparer.Ordinal);
        foreach (var column in all) byKey.TryAdd(column.Key, column);
        ListColumn? Find(string key) => byKey.TryGetValue(key, out var column) ? column : list.Dynamic(key);

        var troubles = new List<string>();
        var filters = new List<ListFilter>();
        var conditions = (asked.Filters ?? []).ToList();
        conditions.AddRange(asked.Only.Select(one => ListAsked.Condition(one.Key, one.Value)));
        foreach (var text in conditions.Take(MostFilters))
        {
            var (filter, trouble) = ListFilter.Read(text, Find);
            if (filter is not null) filters.Add(filter);
            if (trouble is not null) troubles.Add(trouble);
        }
        if (conditions.Count > MostFilters) troubles.Add($"The address holds {conditions.Count} filters; the first {MostFilters} were taken.");

        var search = asked.Search?.Trim();
        if (search is { Length: > LongestSearch }) { troubles.Add($"The search holds {search.Length} characters; at most {LongestSearch} can be looked for, so it was left out."); search = null; }
        if (search is not null && !Keepable.IsText(search)) { troubles.Add("The search holds a character that cannot be looked for, so it was left out."); search = null; }

        var sortKey = asked.Sort?.Trim().TrimStart('-');
        var sort = string.IsNullOrEmpty(sortKey) ? null : sortKey.Length > 200 ? null : Find(list.Renamed(sortKey));
        if (sortKey is not null && !string.IsNullOrWhiteSpace(asked.Sort) && sort is not { CanBeAsked: true })
        {
            troubles.Add($"One cannot sort by \"{Short(asked.Sort.Trim())}\" here; the list stands in its usual order.");
            sort = null;
        }

        var columns = new List<ListColumn>();
        foreach (var key in (asked.Columns ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().Take(MostColumns + 1))
        {
            if (columns.Count == MostColumns) { troubles.Add($"A list shows at most {MostColumns} columns; the rest was left out."); break; }
            if (key.Length <= 200 && Find(key) is { } column) columns.Add(column);
            else troubles.Add($"There is no column \"{Short(key)}\" here; it was left out.");
        }
        if (columns.Count == 0)
        {
            columns.AddRange(list.Usual.Select(key => byKey.GetValueOrDefault(key)).OfType<ListColumn>());
            // What is filtered or sorted by is worth seeing.
            foreach (var used in filters.Select(filter => filter.Column).Append(sort).OfType<ListColumn>())
                if (columns.All(column => column.Key != used.Key) && !list.IsSaidByOthers(used.Key)) columns.Add(used);
        }
        // Always the name first: it is what a row is about, and the way to it.
        if (columns.All(column => column.Key != list.Head)) columns.Insert(0, byKey[list.Head]);
        return new(asked, all)
        {
            Filters = filters, Search = string.IsNullOrEmpty(search) ? null : search, Sort = sort, IsFalling = sort is not null && asked.Sort!.Trim().StartsWith('-'),
            Columns = columns, Troubles = [.. troubles.Take(6)],
        };
    }

    static string Short(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
