using System.Globalization;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Samples;

namespace PqdPortal.Web.Layout.Fields;

/// <summary>A field's value as a text, as it stands in a template, a cell of a file or a field of an edit of many; and back.</summary>
public static class FieldText
{
    static readonly string[] Days = ["yyyy-MM-dd", "d.M.yyyy", "dd.MM.yyyy"];

    /// <summary>The value of a text; null where it is empty and the field may be so.</summary>
    /// <returns>The value, or why there is none.</returns>
    public static (object? Value, string? Trouble) Read(FieldInfo of, string? text)
    {
        var plain = text?.Trim() ?? "";
        var (field, type) = (of.Field, of.Field.Type);
        if (type == typeof(string)) return (plain.Length == 0 && field.MayBeAbsent ? null : text!.Trim(), Keepable.TroubleOf(plain, field.MaxLength, "This"));
        if (type == typeof(double[])) return Several(plain);
        if (plain.Length == 0) return (type.IsEnum ? Enum.ToObject(type, 0) : null, null);
        if (type == typeof(double))
        {
            var (number, trouble) = NumberText.Read(plain);
            return (number, trouble);
        }
        if (type == typeof(int))
        {
            var (count, trouble) = NumberText.Read(plain, whole: true);
            return (count is { } whole ? (int)whole : null, trouble);
        }
        if (type.IsEnum) return Choice(of, plain);
        if (type == typeof(bool)) return YesNo(plain) is { } claim ? (claim, null) : (null, $"\"{Short(plain)}\" is neither yes nor no.");
        if (type == typeof(DateOnly)) return Day(plain) is { } day ? (day, null) : (null, $"\"{Short(plain)}\" is not a day. Write it like 2026-11-23.");
        if (type == typeof(DateTimeOffset)) return Moment(plain) is { } moment ? (moment, null) : (null, $"\"{Short(plain)}\" is not a moment. Write it like 2026-11-23T18:30Z.");
        return (null, "This cannot be typed.");
    }

    /// <summary>A value as it can be read back by any program: numbers with a point, choices by their names on the wire.</summary>
    public static string Write(object? value) => value switch
    {
        null => "",
        string text => text,
        double number => NumberText.Write(number),
        double[] numbers => string.Join(' ', numbers.Select(NumberText.Write)),
        bool claim => claim ? "yes" : "no",
        Enum choice => Convert.ToInt32(choice, CultureInfo.InvariantCulture) == 0 ? "" : Words.Key(choice),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTimeOffset moment => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        ExtraValue extra => extra.Plain,
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    /// <summary>The value of an extra field; null where the text is empty.</summary>
    public static (ExtraValue? Value, string? Trouble) Read(AskedField asked, string? text)
    {
        var plain = text?.Trim() ?? "";
        if (plain.Length == 0) return (null, null);
        var (field, by) = asked;
        ExtraValue? value = null;
        string? trouble = null;
        switch (field.Type)
        {
            case ExtraType.Number:
                (var number, trouble) = NumberText.Read(plain);
                value = field.Value(by, number: number);
                break;
            case ExtraType.Date:
                if (Day(plain) is { } day) value = field.Value(by, day: day);
                else trouble = $"\"{Short(plain)}\" is not a day. Write it like 2026-11-23.";
                break;
            case ExtraType.YesNo:
                if (YesNo(plain) is { } claim) value = field.Value(by, isSo: claim);
                else trouble = $"\"{Short(plain)}\" is neither yes nor no.";
                break;
            case ExtraType.Choice:
                value = field.Value(by, text: field.ChoiceList.FirstOrDefault(choice => choice.Equals(plain, StringComparison.OrdinalIgnoreCase)) ?? plain);
                break;
            default:
                value = field.Value(by, text: plain);
                break;
        }
        return (value, trouble ?? (value is null ? null : Keepable.TroubleOf(value.Text, ExtraField.LongestText, field.Name) ?? field.TroubleOf(value)));
    }

    public static DateOnly? Day(string text) =>
        DateOnly.TryParseExact(text, Days, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : Moment(text) is { } moment && text.Length > 10 ? DateOnly.FromDateTime(moment.UtcDateTime) : null;

    static DateTimeOffset? Moment(string text) =>
        // Only what begins with its year: 3/4/2026 is March to some and April to others.
        text.Length >= 10 && text[4] == '-' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;

    static bool? YesNo(string text) => text.ToLowerInvariant() switch
    {
        "yes" or "y" or "true" or "1" or "ja" => true,
        "no" or "n" or "false" or "0" or "nein" => false,
        _ => null,
    };

    static (object?, string?) Choice(FieldInfo of, string text)
    {
        foreach (Enum choice in Enum.GetValues(of.Field.Type))
            if (Words.Key(choice).Equals(text, StringComparison.OrdinalIgnoreCase) || Words.Of(choice).Equals(text, StringComparison.OrdinalIgnoreCase)) return (choice, null);
        return (null, $"\"{Short(text)}\" is none of {string.Join(", ", of.Choices.Select(choice => choice.Key))}.");
    }

    static (object?, string?) Several(string text)
    {
        var numbers = new List<double>();
        foreach (var part in text.Split([' ', ';', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            var (number, trouble) = NumberText.Read(part);
            if (trouble is not null) return (null, trouble);
            numbers.Add(number!.Value);
        }
        return (numbers.ToArray(), null);
    }

    static string Short(string text) => text.Length > 60 ? text[..60] + " …" : text;
}
