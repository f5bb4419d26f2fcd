namespace PqdPortal.Web.Access;

/// <summary>The body is a record's fields: those that are sent are changed, and If-Match names the version they were changed from.</summary>
/// <param name="Record">What the fields belong to, as it crosses the wire.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChangesAttribute(Type Record) : Attribute
{
    public Type Record { get; } = Record;
}

/// <summary>The body is a file, whatever it holds.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TakesFileAttribute(string type = "application/octet-stream") : Attribute
{
    public string Type { get; } = type;
}

/// <summary>A header that the endpoint reads by itself.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TakesHeaderAttribute(string name, string meaning, bool isRequired = true) : Attribute
{
    /// <summary>The version that a change was made from.</summary>
    public static TakesHeaderAttribute IfMatch { get; } = new("If-Match", "The record's ETag, as the version it was changed from: a number in quotation marks.");

    public string Name { get; } = name;
    public string Meaning { get; } = meaning;
    public bool IsRequired { get; } = isRequired;
}
