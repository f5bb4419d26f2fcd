namespace PqdPortal.Analysis.Simulation;

/// <summary>
/// A parameter that came when files had already been made without it. At its default it does not enter a file's identity, so that an
/// older request gives the same bytes as ever.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class LaterAttribute : Attribute;
