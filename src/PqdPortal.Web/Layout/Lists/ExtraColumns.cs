using System.Linq.Expressions;
using PqdPortal.Data.Samples;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>The extra fields of templates as columns: <c>x.growth_time</c>.</summary>
static class ExtraColumns
{
    /// <summary>One extra field as a column of its own kind of record.</summary>
    public static ListColumn Of<T>(ExtraColumn extra) where T : class, IHasExtra
    {
        var (key, name) = (extra.Key, extra.Name);
        object? Read(object record) => ((T)record).Extra[key] is not { } value ? null : value.Type switch
        {
            ExtraType.Number => value.Number,
            ExtraType.Date => value.Day,
            ExtraType.YesNo => value.Is,
            _ => value.Text,
        };
        // In one unit, whatever the template said when it was recorded.
        object? Number(object record) => ((T)record).Extra[key] is { Number: { } number } value
            ? value.Unit == extra.Unit || value.Unit is null ? number : Units.Read(Fields.NumberText.Write(number), extra.Unit ?? "", value.Unit).Value : null;
        return extra.Type switch
        {
            ExtraType.Number => ListColumn.Number<T>("x." + key, name, extra.Unit ?? "", record => (double?)Convert.ToDouble(ExtraSql.Part(record.Extra, key, "n"))) with { Read = Number },
            ExtraType.Date => new() { Key = "x." + key, Title = name, Kind = ColumnKind.Day, Of = (Expression<Func<T, string?>>)(record => ExtraSql.Part(record.Extra, key, "d")), Read = Read },
            ExtraType.YesNo => ListColumn.YesNo<T>("x." + key, name, record => ExtraSql.Part(record.Extra, key, "b") == null ? null : (bool?)(ExtraSql.Part(record.Extra, key, "b") == "true")) with { Read = Read },
            _ => ListColumn.Text<T>("x." + key, name, record => ExtraSql.Part(record.Extra, key, "t")) with { Read = Read },
        } with { Group = "Extra fields" };
    }
}
