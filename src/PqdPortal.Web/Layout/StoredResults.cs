using PqdPortal.Analysis;
using PqdPortal.Client.Records;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Web.Layout;

/// <summary>Results as they lie in the database, in the shapes the pages show.</summary>
public static class StoredResults
{
    public static Quantity ToQuantity(this AnalysisValue value) =>
        new(value.Name, value.Value, value.Sigma, value.Lo95, value.Hi95, value.Unit)
        {
            N = value.N, Method = value.Method, Text = value.Text, Flags = value.Flags,
            Grade = Enum.TryParse<Grade>(value.Grade, ignoreCase: true, out var grade) ? grade : Grade.Ok,
        };

    /// <summary>As it crosses the wire.</summary>
    public static ResultRecord ToRecord(this AnalysisRecord analysis) => new(
        analysis.Id, analysis.RunId, analysis.Kind, analysis.KindVersion, analysis.EndedAt,
        [.. analysis.Values.OrderBy(v => v.Name).Select(v => new ValueRecord(v.Name, v.Value, v.Sigma, v.Lo95, v.Hi95, v.Unit, v.Text, v.N, v.Grade))],
        [.. analysis.Verdicts.OrderBy(v => v.Name).Select(v => new VerdictRecord(v.Name, v.Value, v.Why))]);

    public static Verdict ToVerdict(this AnalysisVerdict verdict) => new(verdict.Name, verdict.Value, verdict.Why);

    /// <summary>The first of the names that the results hold with a value, and the analysis it is from.</summary>
    public static (Quantity Quantity, AnalysisRecord From)? First(this IEnumerable<AnalysisRecord> results, params IEnumerable<string> names)
    {
        foreach (var name in names)
            foreach (var result in results)
                if (result.Values.FirstOrDefault(v => v.Name == name && v.Value is not null) is { } value)
                    return (value.ToQuantity(), result);
        return null;
    }

    /// <summary>The verdict of that name, from the first result that has one.</summary>
    public static (Verdict Verdict, AnalysisRecord From)? Judged(this IEnumerable<AnalysisRecord> results, string name)
    {
        foreach (var result in results)
            if (result.Verdicts.FirstOrDefault(v => v.Name == name) is { } verdict)
                return (verdict.ToVerdict(), result);
        return null;
    }
}
