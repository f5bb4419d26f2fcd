using PqdPortal.Data;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Web.Features.Samples;

/// <summary>With what a new record begins: the values of a template or of another record, and what was typed already.</summary>
static class BatchStart
{
    /// <summary>Fills in what the template presets.</summary>
    public static T Begun<T>(T fresh, RecordKind kind, Template? template) where T : class, IRecord
    {
        foreach (var preset in template?.Presets ?? [])
            if (preset.On == kind && preset.Value is not null && FieldCatalogue.Find(kind, preset.Field) is { } field && FieldText.Read(field, preset.Value) is { Trouble: null, Value: { } value })
                field.Field.Set(fresh, value);
        return fresh;
    }

    /// <summary>Names of the fields that are asked at the top of the form.</summary>
    /// <param name="always">Those that are asked there in any case.</param>
    public static IReadOnlyList<string> First(RecordKind kind, Template? template, params string[] always) =>
        [.. always.Concat((template?.Presets ?? []).Where(preset => preset.On == kind && preset.IsFirst).Select(preset => preset.Field)).Append(RecordFields.Extra).Distinct()];

    /// <summary>The extra fields that a template asks of the record it begins, though it may not be stored yet.</summary>
    public static IReadOnlyList<AskedField> Asked(RecordKind kind, Template? template) =>
        [.. (template?.Extras ?? []).Where(extra => extra.On == kind).Select(extra => new AskedField(extra, template!))];

    /// <summary>Lays what was typed over a fresh beginning, so that another template takes nothing of it away.</summary>
    public static T Carried<T>(T began, T edited, T fresh) where T : class, IRecord
    {
        foreach (var field in RecordFields.OfThese<T>(began, edited))
            if (!field.Same(began, edited)) field.Set(fresh, field.Get(edited));
        return fresh;
    }

    /// <summary>The recipe of another batch: what was planned, not what was measured.</summary>
    public static Batch Recipe(Batch from)
    {
        var recipe = RecordFields.Copy(from);
        (recipe.Parents, recipe.Template) = ([], null);
        recipe.SynthesisedOn = null;
        recipe.MeasuredFormula = null;
        (recipe.MeasuredMethod, recipe.MeasuredUncertainty) = (CompositionMethod.NotRecorded, null);
        recipe.EdgeLength = recipe.EdgeLengthSd = null;
        recipe.EdgeLengthN = null;
        recipe.Plqy = recipe.AbsorptionCoefficient = recipe.EmissionPeak = recipe.EmissionFwhm = null;
        recipe.Notes = null;
        return recipe;
    }
}
