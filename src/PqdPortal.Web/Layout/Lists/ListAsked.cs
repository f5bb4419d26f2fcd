namespace PqdPortal.Web.Layout.Lists;

/// <summary>What stands in the address of a list, as it stands there.</summary>
/// <param name="Filters">Conditions, such as g2_0&lt;0.1.</param>
/// <param name="Search">Looked for in codes, names and formulas.</param>
/// <param name="Sort">Key of a column; with a minus in front the other way round.</param>
/// <param name="Columns">Keys of the columns, in order, by commas.</param>
public sealed record ListAsked(IReadOnlyList<string>? Filters = null, string? Search = null, string? Sort = null, string? Columns = null)
{
    /// <summary>Column to value, for the short addresses of links: dots?batch=PQ-0042.</summary>
    public IReadOnlyDictionary<string, string> Only { get; init; } = new Dictionary<string, string>();

    /// <summary>True where the address says nothing, so that the person's own default view may speak.</summary>
    public bool SaysNothing => (Filters is null || Filters.Count == 0) && string.IsNullOrWhiteSpace(Search) && string.IsNullOrWhiteSpace(Sort) && string.IsNullOrWhiteSpace(Columns) && Only.Count == 0;

    /// <summary>Narrowed by the short addresses that hold something.</summary>
    public ListAsked For(params (string Key, string? Value)[] only) =>
        this with { Only = only.Where(one => !string.IsNullOrWhiteSpace(one.Value)).ToDictionary(one => one.Key, one => one.Value!) };

    /// <summary>From what stands behind the question mark of an address.</summary>
    public static ListAsked From(string query)
    {
        var parts = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(query);
        string? One(string name) => parts.TryGetValue(name, out var values) ? values.FirstOrDefault(value => !string.IsNullOrEmpty(value)) : null;
        return new ListAsked(parts.TryGetValue("f", out var filters) ? [.. filters.OfType<string>()] : null, One("search"), One("sort"), One("cols"))
        {
            Only = Shorts.Where(key => One(key) is not null).ToDictionary(key => key, key => One(key)!),
        };
    }

    /// <summary>Names of the short addresses.</summary>
    public static readonly IReadOnlyList<string> Shorts = ["batch", "sample", "dot", "project", "measured", "reading"];

    /// <summary>As it stands in an address, behind the question mark; the signs of conditions stay readable where an address allows them.</summary>
    public string Query
    {
        get
        {
            var parts = new List<string>();
            foreach (var (key, value) in Only) parts.Add($"{key}={Escaped(value)}");
            foreach (var filter in Filters ?? []) parts.Add($"f={Escaped(filter)}");
            if (!string.IsNullOrWhiteSpace(Search)) parts.Add($"search={Escaped(Search)}");
            if (!string.IsNullOrWhiteSpace(Sort)) parts.Add($"sort={Escaped(Sort)}");
            if (!string.IsNullOrWhiteSpace(Columns)) parts.Add($"cols={Escaped(Columns)}");
            return string.Join('&', parts);
        }
    }

    /// <summary>The same for an endpoint, which knows no short addresses.</summary>
    public string CsvQuery => (this with { Filters = [.. Filters ?? [], .. Only.Select(one => Condition(one.Key, one.Value))], Only = new Dictionary<string, string>() }).Query;

    /// <summary>A short address as a condition.</summary>
    public static string Condition(string key, string value) => key == "measured" ? value is "true" or "yes" ? "runs>0" : "runs=0" : $"{key}={value}";

    static string Escaped(string text) => Uri.EscapeDataString(text).Replace("%3A", ":").Replace("%2C", ",").Replace("%21", "!").Replace("%2F", "/");

    public ListAsked With(string filter) => this with { Filters = [.. (Filters ?? []).Where(f => f != filter), filter] };
    public ListAsked Without(string filter) => this with { Filters = [.. (Filters ?? []).Where(f => f != filter)] };
}
