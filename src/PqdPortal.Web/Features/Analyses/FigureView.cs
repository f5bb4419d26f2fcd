namespace PqdPortal.Web.Features.Analyses;

/// <summary>How a figure is looked at; all of it stands in the address of the page and of the figure.</summary>
/// <param name="Log">Delay on a logarithmic axis, both sides averaged.</param>
/// <param name="Counts">Counted pairs instead of the normalised value.</param>
/// <param name="Blocks">Also the band from blocks of the measurement.</param>
public sealed record FigureView(bool Log = false, bool Counts = false, bool Blocks = false)
{
    /// <summary>Most results drawn beside one; more are no longer readable.</summary>
    public const int MostBeside = 4;

    /// <summary>Other results drawn beside this one.</summary>
    public IReadOnlyList<Guid> With { get; init; } = [];

    /// <summary>From the query of an address; what cannot be read is left out.</summary>
    public static FigureView Of(bool? log, bool? counts, bool? blocks, string? with) =>
        new(log ?? false, counts ?? false, blocks ?? false)
        {
            With = [.. (with ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(text => Guid.TryParse(text, out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty).Distinct().Take(MostBeside)],
        };

    /// <summary>The view as the query of an address, with its question mark; nothing for the usual view.</summary>
    public string Query
    {
        get
        {
            List<KeyValuePair<string, string?>> said = [];
            if (Log) said.Add(new("log", "true"));
            if (Counts) said.Add(new("counts", "true"));
            if (Blocks) said.Add(new("blocks", "true"));
            if (With.Count > 0) said.Add(new("with", string.Join(',', With)));
            return QueryString.Create(said).Value ?? "";
        }
    }

    /// <summary>With another result beside, or without it where it is there.</summary>
    public FigureView Toggle(Guid other) =>
        this with { With = With.Contains(other) ? [.. With.Where(id => id != other)] : [.. With.Append(other).TakeLast(MostBeside)] };

    // Lists compare by their members here: two views of the same address are the same view.
    public bool Equals(FigureView? other) => other is not null && Query == other.Query;
    public override int GetHashCode() => Query.GetHashCode(StringComparison.Ordinal);
}
