using System.Text.RegularExpressions;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Web.Features.Imports;

/// <summary>What the columns of a table hold, by their headings or as the person says.</summary>
public static partial class ImportColumns
{
    /// <summary>What the columns of a kind of record can hold.</summary>
    public static IReadOnlyList<ImportTarget> Targets(RecordKind kind, IReadOnlyList<ExtraColumn> extras)
    {
        ImportTarget[] own = kind switch
        {
            RecordKind.Batch => [new("code", "Code"), new("project", "Project"), new("template", "Template"), new("made_from", "Made from")],
            RecordKind.Sample => [new("code", "Code"), new("batch", "Batch"), new("made_from", "Made from")],
            RecordKind.Dot => [new("code", "Code"), new("sample", "Sample"), new("label", "Label")],
            _ => [new("id", "Id"), new("dot", "Dot"), new("sample", "Sample")],
        };
        return
        [
            .. own,
            .. FieldCatalogue.Of(kind).Select(field => new ImportTarget(field.Key, field.Title, field.Unit, field)),
            // The same key in two types or units: the first is meant, as a record has one value of a key.
            .. extras.DistinctBy(extra => extra.Key).Select(extra => new ImportTarget($"x.{extra.Key}", extra.Name, extra.Unit ?? "", null, extra)),
        ];
    }

    /// <summary>Matches headings, or takes what the person says.</summary>
    public static IReadOnlyList<ImportColumn> Match(IReadOnlyList<string> headings, IReadOnlyList<ImportTarget> targets, IReadOnlyDictionary<int, string>? map)
    {
        var columns = new List<ImportColumn>();
        for (var index = 0; index < headings.Count; index++)
        {
            var heading = headings[index];
            var told = map?.GetValueOrDefault(index);
            var (target, unit) = Suggested(heading, targets);
            if (told is not null)
            {
                target = told == ImportOptions.Nothing ? null : targets.FirstOrDefault(one => one.Key == told);
                unit = target is { IsNumber: true } ? UnitOf(heading) : null;
            }
            // Of two columns that look alike the first is meant, until the person says otherwise.
            if (told is null && target is not null && columns.Exists(other => other.Target == target)) target = null;
            columns.Add(Column(index, heading, target, unit, columns));
        }
        return columns;
    }

    static ImportColumn Column(int index, string heading, ImportTarget? target, string? unit, List<ImportColumn> before)
    {
        var conversion = new Conversion(1, 0);
        string? trouble = null;
        if (target is not null && before.Find(other => other.Target?.Key == target.Key) is { } same)
            trouble = $"{target.Title} is taken from the column \"{Short(same.Heading)}\" already.";
        else if (target is not null && unit is not null && target.IsNumber)
        {
            if (UnitConversion.Between(unit, target.Unit) is { } known) conversion = known;
            else
                trouble = $"{target.Title} is kept {(target.Unit.Length == 0 ? "without a unit" : $"in {Numbers.Unit(target.Unit)}")}, and \"{Short(unit)}\" cannot be turned into that. "
                    + $"Write the numbers in a unit of the same kind and name it in the heading, such as {target.Header}, or leave the column out.";
        }
        return new(index, heading, target, unit, conversion, trouble);
    }

    static (ImportTarget? Target, string? Unit) Suggested(string heading, IReadOnlyList<ImportTarget> targets)
    {
        var (name, unit) = Parts(heading);
        if (Find(name, targets) is { } plain) return (plain, plain.IsNumber ? unit : null);
        if (unit is null)
        {
            // edge_length_nm, Temperature K
            var last = Suffix().Match(name);
            if (last.Success && UnitConversion.IsUnit(last.Groups[2].Value) && Find(last.Groups[1].Value, targets) is { IsNumber: true } told) return (told, last.Groups[2].Value);
        }
        return (null, null);
    }

    /// <summary>The unit that a heading names; null where it names none.</summary>
    static string? UnitOf(string heading)
    {
        var (name, unit) = Parts(heading);
        if (unit is not null) return unit;
        var last = Suffix().Match(name);
        return last.Success && last.Groups[2].Value.Length > 1 && UnitConversion.IsUnit(last.Groups[2].Value) ? last.Groups[2].Value : null;
    }

    static (string Name, string? Unit) Parts(string heading)
    {
        var found = Bracketed().Match(TableRows.Meant(heading));
        return found.Success ? (found.Groups[1].Value, found.Groups[2].Value.Trim()) : (TableRows.Meant(heading), null);
    }

    static ImportTarget? Find(string name, IReadOnlyList<ImportTarget> targets)
    {
        var plain = Plain(name);
        return targets.FirstOrDefault(target => Plain(target.Key) == plain)
            ?? targets.FirstOrDefault(target => Plain(target.Title) == plain)
            ?? targets.FirstOrDefault(target => target.Extra is { } extra && Plain(extra.Key) == plain)
            ?? (Synonyms.GetValueOrDefault(plain) is { } other ? targets.FirstOrDefault(target => target.Key == other) : null);
    }

    /// <summary>What people call fields besides.</summary>
    static readonly Dictionary<string, string> Synonyms = new()
    {
        ["composition"] = "formula", ["nominalformula"] = "formula", ["date"] = "synthesised_on", ["madeon"] = "synthesised_on", ["synthesizedon"] = "synthesised_on",
        ["temperature"] = "synthesis_temperature", ["temp"] = "synthesis_temperature", ["ligands"] = "ligand", ["size"] = "edge_length", ["qy"] = "plqy", ["quantumyield"] = "plqy",
        ["plpeak"] = "emission_peak", ["peak"] = "emission_peak", ["fwhm"] = "emission_fwhm", ["comment"] = "notes", ["comments"] = "notes", ["note"] = "notes",
        ["batchcode"] = "batch", ["samplecode"] = "sample", ["dotcode"] = "dot", ["projectcode"] = "project", ["positionx"] = "x", ["positiony"] = "y", ["run"] = "name", ["parents"] = "made_from", ["parent"] = "made_from",
        ["dilutionfactor"] = "dilution", ["wavelength"] = "excitation_wavelength", ["na"] = "objective_na",
    };

    static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
    static string Short(string text) => text.Length > 60 ? text[..60] + " …" : text;

    [GeneratedRegex(@"^\s*(.+?)\s*[\[(]([^\[\]()]*)[\])]\s*$")]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"^\s*(.+?)(?:[_\s,]+(?:in\s+)?|/)([^_\s,]{1,8})\s*$")]
    private static partial Regex Suffix();
}
