using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;

namespace PqdPortal.Data.Edits;

/// <summary>The fields of a record that people edit, to compare, copy and check them alike for every kind of record.</summary>
/// <remarks>A field's name is its property's; a field of the superlattice is Superlattice.Gap.</remarks>
public static class RecordFields
{
    /// <summary>Given by the portal or by where the record hangs; no edit touches them.</summary>
    static readonly HashSet<string> Given =
    [
        nameof(ProjectRecord.Id), nameof(ProjectRecord.Version), nameof(ProjectRecord.ProjectId),
        nameof(ProjectRecord.CreatedById), nameof(ProjectRecord.CreatedAt), nameof(ProjectRecord.DeletedAt), nameof(ProjectRecord.Simulated),
        nameof(Batch.Code), nameof(Batch.Canonical), nameof(Batch.Fractions), nameof(Batch.FormulaFlags), nameof(Batch.MeasuredCanonical), nameof(Batch.MeasuredFractions), nameof(Batch.MeasuredFlags), nameof(Batch.CompositionVersion), nameof(Project.NextBatch), nameof(Group.OrganisationId), nameof(Sample.BatchId), nameof(Emitter.SampleId), nameof(Emitter.Label), nameof(Emitter.Truth), nameof(Emitter.ImageSha256),
        nameof(Template.BuiltIn), nameof(Template.Begins), nameof(Runs.Run.EmitterId), nameof(Runs.Run.Reading), nameof(Runs.Run.ReadingMessage),
        nameof(Comment.Of), nameof(Comment.RecordId), nameof(Comment.EditedAt), nameof(Comment.ResolvedAt), nameof(Comment.ResolvedById),
        nameof(Runs.Run.SetAsideAt), nameof(Uploads.NamingRules.GroupId),
    ];

    /// <summary>All editable fields of a kind of record, in the order in which they are declared.</summary>
    public static IReadOnlyList<RecordField> Of<TRecord>() where TRecord : class, IRecord => Fields<TRecord>.All;

    /// <summary>What the name of an extra field begins with.</summary>
    public const string Extra = nameof(IHasExtra.Extra) + ".";

    /// <summary>All editable fields of a kind of record and the extra ones that any of these records holds.</summary>
    public static IEnumerable<RecordField> OfThese<TRecord>(params object?[] records) where TRecord : class, IRecord =>
        Of<TRecord>().Concat(records.OfType<IHasExtra>().SelectMany(record => record.Extra.Keys).Distinct().Order(StringComparer.Ordinal).Select(key => new RecordField(key)));

    /// <summary>The field of a name; an extra one where it begins so.</summary>
    public static RecordField Named<TRecord>(string name) where TRecord : class, IRecord =>
        name.StartsWith(Extra, StringComparison.Ordinal) ? new RecordField(name[Extra.Length..]) : Of<TRecord>().First(field => field.Name == name);

    /// <summary>A copy of the editable fields and of what identifies the record, to edit or to compare with later.</summary>
    public static TRecord Copy<TRecord>(TRecord record) where TRecord : class, IRecord
    {
        var copy = (TRecord)Cloned.Invoke(record, null)!;
        if (copy is Sample { Superlattice: { } lattice } sample)
            sample.Superlattice = (Superlattice)Cloned.Invoke(lattice, null)!;
        return copy;
    }

    /// <summary>Lays the editable fields of one record over another.</summary>
    public static void CopyOnto<TRecord>(TRecord from, TRecord onto) where TRecord : class, IRecord
    {
        foreach (var field in OfThese<TRecord>(from, onto))
            if (!field.Same(from, onto))
                field.Set(onto, field.Get(from));
    }

    /// <summary>Trims texts, makes empty ones absent where they may be, and brings moments to UTC.</summary>
    public static void Tidy<TRecord>(TRecord record) where TRecord : class, IRecord
    {
        foreach (var field in Of<TRecord>())
            switch (field.Get(record))
            {
                case string text:
                    var trimmed = text.Trim();
                    field.Set(record, trimmed.Length == 0 && field.MayBeAbsent ? null : trimmed);
                    break;
                case DateTimeOffset moment:
                    field.Set(record, moment.ToUniversalTime());
                    break;
            }
    }

    static readonly MethodInfo Cloned = typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!;

    static class Fields<TRecord>
    {
        public static readonly IReadOnlyList<RecordField> All =
        [
            .. typeof(TRecord).GetProperties().Where(IsPlain).Where(p => !Given.Contains(p.Name)
                // The group of naming rules is what they are of; that of a set-up is chosen.
                || typeof(TRecord) == typeof(Runs.Instrument) && p.Name == nameof(Runs.Instrument.GroupId)).Select(p => new RecordField(null, p)),
            .. typeof(TRecord).GetProperty(nameof(Sample.Superlattice)) is { } lattice
                ? typeof(Superlattice).GetProperties().Where(IsPlain).Select(p => new RecordField(lattice, p))
                : [],
        ];

        static bool IsPlain(PropertyInfo property)
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            return property.CanWrite && (type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(Guid)
                || type == typeof(DateTimeOffset) || type == typeof(DateOnly) || type == typeof(double[])
                || type == typeof(TemplatePreset[]) || type == typeof(ExtraField[]) || type == typeof(List<Runs.Detector>));
        }
    }
}

/// <summary>One editable field of a kind of record.</summary>
public sealed class RecordField
{
    readonly PropertyInfo? _owner;
    readonly PropertyInfo _property = null!;

    internal RecordField(PropertyInfo? owner, PropertyInfo property)
    {
        _owner = owner;
        _property = property;
        Name = owner is null ? property.Name : $"{owner.Name}.{property.Name}";
        MaxLength = property.GetCustomAttribute<MaxLengthAttribute>()?.Length
            ?? (property.Name == nameof(ProjectRecord.Notes) ? Keepable.LongestNotes : Keepable.LongText);
        IsText = property.PropertyType == typeof(string);
        MayBeAbsent = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
    }

    /// <summary>A field that a template asked for.</summary>
    internal RecordField(string extra)
    {
        ExtraKey = extra;
        Name = RecordFields.Extra + extra;
        MaxLength = ExtraField.LongestText;
        MayBeAbsent = true;
    }

    public string Name { get; }

    /// <summary>The key of a field that a template asked for; its value is an <see cref="ExtraValue"/>. Null for the portal's own.</summary>
    public string? ExtraKey { get; }

    /// <summary>What the field holds.</summary>
    public Type Type => ExtraKey is null ? Nullable.GetUnderlyingType(_property.PropertyType) ?? _property.PropertyType : typeof(ExtraValue);

    public bool IsText { get; }

    /// <summary>Longest text that can be kept [characters].</summary>
    public int MaxLength { get; }

    /// <summary>True where "not recorded" is a state of the field.</summary>
    public bool MayBeAbsent { get; }

    public object? Get(object record) =>
        ExtraKey is not null ? ((IHasExtra)record).Extra[ExtraKey]
        : _owner is null ? _property.GetValue(record)
        : _owner.GetValue(record) is { } owned ? _property.GetValue(owned)
        : null;

    public void Set(object record, object? value)
    {
        if (ExtraKey is not null)
        {
            var extra = (IHasExtra)record;
            extra.Extra = extra.Extra.With(ExtraKey, (ExtraValue?)value);
            return;
        }

        if (_owner is null)
        {
            _property.SetValue(record, value);
            return;
        }

        if (_owner.GetValue(record) is not { } owned)
        {
            if (value is null) return;
            owned = Activator.CreateInstance(_owner.PropertyType)!;
            _owner.SetValue(record, owned);
        }

        _property.SetValue(owned, value);
    }

    /// <summary>True where both records hold the same value.</summary>
    public bool Same(object one, object other) => Equal(Get(one), Get(other));

    internal static bool Equal(object? one, object? other) =>
        one is Array && other is Array ? StructuralComparisons.StructuralEqualityComparer.Equals(one, other)
        : one is List<Runs.Detector> some && other is List<Runs.Detector> others ? some.SequenceEqual(others)
        : Equals(one, other);
}
