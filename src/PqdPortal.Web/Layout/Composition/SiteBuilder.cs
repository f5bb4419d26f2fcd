using System.Globalization;
using PqdPortal.Analysis.Composition;

namespace PqdPortal.Web.Layout.Composition;

/// <summary>A formula put together from shares of ions on its three sites, as they are typed.</summary>
public sealed class SiteBuilder
{
    /// <summary>The ions that have a place of their own; others are named.</summary>
    public static IReadOnlyList<(string Site, string[] Ions)> Sites { get; } = [("A", ["Cs", "FA", "MA", "PEA"]), ("B", ["Pb", "Sn", "Bi"]), ("X", ["I", "Br", "Cl"])];

    readonly Dictionary<string, string> _shares = [];
    readonly Dictionary<string, string> _others = [];

    /// <summary>What stands in the box of an ion, or of "other A".</summary>
    public string this[string ion]
    {
        get => _shares.GetValueOrDefault(ion, "");
        set => _shares[ion] = value;
    }

    /// <summary>Name of the other ion of a site.</summary>
    public string Other(string site) => _others.GetValueOrDefault(site, "");
    public void NameOther(string site, string? name) => _others[site] = name ?? "";

    public static string Box(string site) => "other " + site;

    /// <summary>The shares of a formula that has three sites; empty boxes where it has not.</summary>
    public static SiteBuilder From(string? formula)
    {
        var builder = new SiteBuilder();
        if (string.IsNullOrWhiteSpace(formula) || CompositionParser.Read(formula).Formula is not { } read) return builder;
        foreach (var (site, ions) in Sites)
            foreach (var one in site switch { "A" => [.. read.Spacers, .. read.A], "B" => read.B, _ => read.X })
            {
                var share = one.Fraction.ToString("0.####", CultureInfo.InvariantCulture);
                if (ions.Contains(one.Ion.Name)) builder[one.Ion.Name] = share;
                else (builder[Box(site)], builder._others[site]) = (share, one.Ion.Name);
            }
        return builder;
    }

    /// <summary>What is wrong with a site, for people; null where its shares add up to one.</summary>
    public string? TroubleOf(string site)
    {
        decimal sum = 0;
        foreach (var (ion, text) in Boxes(site))
        {
            if (Share(text) is not { } share) return $"The share of {(ion.Length == 0 ? "the other ion" : ion)} is a number from 0 to 1.";
            sum += share;
        }

        if (Share(this[Box(site)]) > 0 && IonTable.Find(Other(site).Trim()) is null) return $"Name the other ion of the {site} site as in a formula, such as {(site == "A" ? "Rb" : site == "B" ? "Mn" : "F")}.";
        // Thirds are typed with two or three digits.
        return Math.Abs(sum - 1) <= 0.011m ? null : string.Create(CultureInfo.InvariantCulture, $"The shares of {site} add up to {sum:0.####}; together they make 1.");
    }

    /// <summary>The formula; null while a site is not whole.</summary>
    public string? Formula()
    {
        if (Sites.Any(site => TroubleOf(site.Site) is not null)) return null;
        var text = string.Concat(Sites.SelectMany(site => Boxes(site.Site).Select(box => (box.Ion, Amount: Share(box.Text)!.Value * (site.Site == "X" ? 3 : 1))))
            .Where(part => part.Amount > 0).Select(part => $"({part.Ion}){part.Amount.ToString("0.####", CultureInfo.InvariantCulture)}"));
        return CompositionParser.Read(text).Formula?.Canonical;
    }

    IEnumerable<(string Ion, string Text)> Boxes(string site) =>
        [.. Sites.First(one => one.Site == site).Ions.Select(ion => (ion, this[ion])), (Other(site).Trim(), this[Box(site)])];

    static decimal? Share(string text) => text.Trim().Length == 0 ? 0
        : decimal.TryParse(text.Trim().Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1 ? share : null;
}
