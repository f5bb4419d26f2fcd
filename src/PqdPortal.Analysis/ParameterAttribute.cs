namespace PqdPortal.Analysis;

/// <summary>
/// What an option is called outside: its contract name and unit, and the factor between that unit and the one used inside
/// (bin_ps on the outside is seconds inside: scale 1e-12). Range and Display attributes beside it are in the inside unit.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ParameterAttribute(string name, string unit = "", double scale = 1) : Attribute
{
    public string Name { get; } = name;
    public string Unit { get; } = unit;
    public double Scale { get; } = scale;
}
