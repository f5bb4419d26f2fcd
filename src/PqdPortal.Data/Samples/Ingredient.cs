using System.Globalization;
using System.Text.RegularExpressions;

namespace PqdPortal.Data.Samples;

/// <summary>One solvent, precursor or ligand of a recipe.</summary>
/// <param name="Amount">Null where only the name was written, or an amount that is no number with a unit.</param>
/// <param name="Text">The line as it was written.</param>
public sealed partial record Ingredient(string Name, double? Amount, string? Unit, string Text)
{
    /// <summary>Reads a recipe's lines, such as "PbBr2: 69 mg"; several may share a line behind semicolons. Nothing that was written is lost.</summary>
    public static IReadOnlyList<Ingredient> Read(string? recipe) =>
        [.. (recipe ?? "").Split(['\n', '\r', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(One)];

    static Ingredient One(string line)
    {
        var found = NameThenAmount().Match(line) is { Success: true } behind ? behind : AmountThenName().Match(line);
        return found.Success && double.TryParse(found.Groups["n"].Value.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var amount) && double.IsFinite(amount)
            ? new Ingredient(found.Groups["name"].Value.Trim(' ', ',', ':'), amount, found.Groups["unit"].Value, line)
            : new Ingredient(line, null, null, line);
    }

    const string Amounts = @"(?<n>\d{1,12}(?:[.,]\d{1,12})?(?:[eE][-+]?\d{1,2})?)\s*(?<unit>(?:[munkµμ]?(?:mol|g|L|l|M)|vol ?%|wt ?%|mol ?%|%|eq|equiv|drops?)(?:/m?[Ll])?)";

    [GeneratedRegex(@"^(?<name>.{1,300}?)\s*[:,=]?\s+" + Amounts + @"\.?$", RegexOptions.None, matchTimeoutMilliseconds: 200)]
    private static partial Regex NameThenAmount();

    [GeneratedRegex("^" + Amounts + @"\s+(?:of\s+)?(?<name>.{1,300})$", RegexOptions.None, matchTimeoutMilliseconds: 200)]
    private static partial Regex AmountThenName();
}
