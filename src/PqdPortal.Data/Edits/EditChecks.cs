using System.Globalization;
using System.Text;
using PqdPortal.Data.Samples;

namespace PqdPortal.Data.Edits;

/// <summary>Collects what is wrong with an edited record, field by field, and refuses it in one piece.</summary>
public sealed class EditChecks
{
    readonly Dictionary<string, string> _wrong = [];

    /// <summary>What is wrong so far, by field.</summary>
    public IReadOnlyDictionary<string, string> Wrong => _wrong;

    public EditChecks Filled(string field, string? text, string otherwise) => That(field, !string.IsNullOrWhiteSpace(text), otherwise);

    /// <summary>The claim holds, or the field is refused with the sentence.</summary>
    public EditChecks That(string field, bool holds, string otherwise)
    {
        if (!holds) _wrong.TryAdd(field, otherwise);
        return this;
    }

    /// <summary>A number lies in its range, or is not recorded.</summary>
    /// <param name="title">What the field is called on the page.</param>
    /// <param name="hint">What to do about the usual slip; may be empty.</param>
    public EditChecks Between(string field, double? value, double from, double to, string title, string unit = "", string hint = "") =>
        That(field, value is not { } v || (v >= from && v <= to),
            $"{title} lies between {Text(from)} and {Text(to)}{Space(unit)}; {Text(value)} stands here.{Space(hint)}");

    /// <summary>A number is positive, or not recorded.</summary>
    public EditChecks Positive(string field, double? value, string title, string unit = "") =>
        That(field, value is not <= 0, $"{title} is greater than 0{Space(unit)}; {Text(value)} stands here. Leave it empty where it was not recorded.");

    /// <summary>A number is not negative, or not recorded.</summary>
    public EditChecks NotNegative(string field, double? value, string title, string unit = "") =>
        That(field, value is not < 0, $"{title} is not below 0{Space(unit)}; {Text(value)} stands here.");

    /// <summary>What holds for every field: texts fit and are texts, numbers are finite, days can be meant.</summary>
    public EditChecks Keepable<TRecord>(TRecord record) where TRecord : class, IRecord
    {
        foreach (var field in RecordFields.Of<TRecord>())
            switch (field.Get(record))
            {
                case string notes when field.Name == nameof(ProjectRecord.Notes) && Encoding.UTF8.GetByteCount(notes) > Edits.Keepable.LongestNotes:
                    That(field.Name, false, $"Notes hold at most 64 kB; {Encoding.UTF8.GetByteCount(notes) / 1024.0:0.#} kB stand here. Put what is longer into a file and attach it.");
                    break;
                case string text when Edits.Keepable.TroubleOf(text, field.MaxLength, "This") is { } trouble:
                    That(field.Name, false, trouble);
                    break;
                case TemplatePreset[] or ExtraField[]:
                    break;
                case double number when !double.IsFinite(number):
                    That(field.Name, false, "This is not a finite number.");
                    break;
                case double[] numbers when !numbers.All(double.IsFinite):
                    That(field.Name, false, "One of these is not a finite number.");
                    break;
                case DateOnly day when !Edits.Keepable.IsDay(day):
                    That(field.Name, false, NoDay);
                    break;
                case DateTimeOffset moment when !Edits.Keepable.IsDay(DateOnly.FromDateTime(moment.UtcDateTime)):
                    That(field.Name, false, NoDay);
                    break;
            }

        return this;
    }

    /// <exception cref="RefusedEditException">Something is wrong.</exception>
    public void Decide()
    {
        if (_wrong.Count > 0) throw new RefusedEditException(_wrong);
    }

    static readonly string NoDay = $"The date lies between {Edits.Keepable.FirstDay:yyyy-MM-dd} and {Edits.Keepable.LastDay:yyyy-MM-dd}.";
    static string Text(double? value) => value?.ToString("G6", CultureInfo.InvariantCulture) ?? "nothing";
    static string Space(string text) => text.Length == 0 ? "" : " " + text;
}
