namespace PqdPortal.Web.Layout.Fields;

/// <summary>Shows a part of a form: some of its fields without their groups, or all the others in theirs.</summary>
/// <param name="Names">Names of fields; one that ends with a point stands for all that begin with it.</param>
/// <param name="IsOnly">True for these fields alone, false for all but these.</param>
public sealed record FieldFilter(IReadOnlyCollection<string> Names, bool IsOnly)
{
    public bool Shows(string field) => Names.Any(name => name == field || name.EndsWith('.') && field.StartsWith(name, StringComparison.Ordinal)) == IsOnly;
}
