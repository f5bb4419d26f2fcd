using System.Linq.Expressions;
using PqdPortal.Data.Samples;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>The share of an ion on its site as a column: <c>x.FA</c>, of the nominal formula of the batch; 0 where the formula has none of it.</summary>
static class CompositionColumns
{
    /// <summary>Ions that are offered; any other can be written in the address.</summary>
    public static readonly IReadOnlyList<string> UsualIons = ["Cs", "FA", "MA", "Pb", "Sn", "I", "Br", "Cl"];

    const string Lead = "x.";

    /// <summary>The column of that key, on a list of what lies in batches; null where the key names no ion.</summary>
    /// <param name="up">From a row to its batch.</param>
    public static ListColumn? Of<T>(string key, Expression<Func<T, Batch?>> up, Func<T, Batch?> parent)
    {
        // Ions begin with a capital; the keys of extra fields, which share the lead, have none.
        if (!key.StartsWith(Lead, StringComparison.Ordinal) || key.Length is < 3 or > 12 || !char.IsAsciiLetterUpper(key[2]) || !key[2..].All(char.IsAsciiLetterOrDigit)) return null;
        var ion = key[2..];
        var share = ListColumn.Number<Batch>(key, $"Share of {ion}", "1", b => b.Canonical == null ? null : (double?)Convert.ToDouble(FractionSql.Part(b.Fractions, ion) ?? "0"));
        return share.Through(up, "", "Composition") with { Read = row => parent((T)row) is { Canonical: not null } batch ? batch.Fractions.FirstOrDefault(one => one.Key == ion).Value : null };
    }
}
