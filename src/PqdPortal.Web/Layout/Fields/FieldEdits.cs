namespace PqdPortal.Web.Layout.Fields;

/// <summary>What is wrong with the fields of a form: what the record's checks say, and texts that are not yet values.</summary>
public sealed class FieldEdits
{
    readonly Dictionary<string, string> _unreadable = [];

    /// <summary>Field to sentence, from the last refused save.</summary>
    public IReadOnlyDictionary<string, string> Refused { get; set; } = new Dictionary<string, string>();

    /// <summary>True where every text could be read as its field's value.</summary>
    public bool CanSave => _unreadable.Count == 0;

    /// <summary>A text that is no value: kept in its field with the sentence, and nothing is saved until it is mended.</summary>
    public void Read(string field, string? trouble)
    {
        if (trouble is null) _unreadable.Remove(field);
        else _unreadable[field] = trouble;
    }

    public string? Trouble(string field) => _unreadable.GetValueOrDefault(field) ?? Refused.GetValueOrDefault(field);

    /// <summary>How many fields want attention.</summary>
    public int Count => _unreadable.Keys.Union(Refused.Keys).Count();
}
