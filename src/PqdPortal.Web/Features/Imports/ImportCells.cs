using System.Globalization;
using System.Text.RegularExpressions;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Web.Features.Imports;

/// <summary>Cells as values.</summary>
public static partial class ImportCells
{
    /// <summary>The value of a cell for one of the portal's own fields, in the field's unit.</summary>
    public static (object? Value, string? Trouble) Read(ImportColumn column, string cell, DecimalSign sign)
    {
        var field = column.Target!.Field!;
        if (field.Field.Type == typeof(double) || field.Field.Type == typeof(int))
        {
            var (number, trouble) = Number(cell, sign);
            if (trouble is not null || number is null) return (null, trouble);
            var kept = column.Conversion.Of(number.Value);
            return field.Field.Type == typeof(double) ? (kept, null) : FieldText.Read(field, NumberText.Write(kept));
        }
        if (field.Field.Type == typeof(double[]))
        {
            var (numbers, trouble) = FieldText.Read(field, cell);
            return numbers is double[] several ? (several.Select(column.Conversion.Of).ToArray(), trouble) : (numbers, trouble);
        }
        return FieldText.Read(field, TableRows.Meant(cell));
    }

    /// <summary>The value of a cell for an extra field.</summary>
    public static (ExtraValue? Value, string? Trouble) Read(ImportColumn column, AskedField asked, string cell, DecimalSign sign)
    {
        if (asked.Field.Type != ExtraType.Number) return FieldText.Read(asked, TableRows.Meant(cell));
        var (number, trouble) = Number(cell, sign);
        if (trouble is not null || number is null) return (null, trouble);
        var value = asked.Field.Value(asked.By, number: column.Conversion.Of(number.Value));
        return (value, value is null ? null : asked.Field.TroubleOf(value));
    }

    /// <summary>A number with the decimal sign of the table. What could be thousands or decimals is asked back.</summary>
    public static (double? Value, string? Trouble) Number(string cell, DecimalSign sign)
    {
        var text = string.Concat(cell.Where(c => !char.IsWhiteSpace(c))).Replace('\u2212', '-');
        if (text.Length == 0) return (null, null);
        if (sign == DecimalSign.Comma)
        {
            if (PointThousands().IsMatch(text)) text = text.Replace(".", "");
            else if (text.Contains('.')) return (null, $"\"{Short(cell)}\" has a point, though the decimal sign of this table is the comma.");
            text = text.Replace(',', '.');
        }
        else if (CommaThousands().IsMatch(text) && (sign == DecimalSign.Point || text.Contains('.') || text.Count(c => c == ',') > 1)) text = text.Replace(",", "");
        else if (sign == DecimalSign.Point && text.Contains(',')) return (null, $"\"{Short(cell)}\" has a comma, though the decimal sign of this table is the point.");
        else if (CommaThousands().IsMatch(text))
            return (null, $"\"{Short(cell)}\" could be {text.Replace(",", "")} or {text.Replace(',', '.')}. Say which decimal sign the table has.");
        return NumberText.Read(text) is { Trouble: null, Value: { } number } ? (number, null) : (null, $"\"{Short(cell)}\" is not a number. Write it like 12.5 or 1e-3, without its unit, which stands in the heading.");
    }

    static string Short(string text) => text.Length > 60 ? text[..60] + " …" : text;

    [GeneratedRegex(@"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$")]
    private static partial Regex CommaThousands();

    [GeneratedRegex(@"^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?$")]
    private static partial Regex PointThousands();
}
