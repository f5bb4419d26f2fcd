namespace PqdPortal.Web.Features.Runs.Views;

/// <summary>How the curves of a file are looked at; all of it stands in the address of the page and of the figure.</summary>
/// <param name="Show">Number of the one that is shown, from 1; null shows what suits the file.</param>
/// <param name="Log">Counts on a logarithmic axis; null as suits the curve.</param>
/// <param name="Whole">With the empty bins at the end.</param>
public sealed record CurveView(int? Show = null, bool? Log = null, bool Whole = false)
{
    /// <summary>More curves in one figure are no longer told apart.</summary>
    public const int MostTogether = 6;

    /// <summary>The view as the query of an address, with its question mark; nothing for the usual view.</summary>
    public string Query
    {
        get
        {
            List<KeyValuePair<string, string?>> said = [];
            if (Show is { } show) said.Add(new("show", $"{show}"));
            if (Log is { } log) said.Add(new("log", log ? "true" : "false"));
            if (Whole) said.Add(new("whole", "true"));
            return QueryString.Create(said).Value ?? "";
        }
    }
}
