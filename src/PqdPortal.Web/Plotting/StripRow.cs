namespace PqdPortal.Web.Plotting;

/// <summary>One group of a strip plot. Places on the axis are 0 .. 1.</summary>
/// <param name="Words">What stands beside its name: median, n.</param>
public sealed record StripRow(string Name, string Words, IReadOnlyList<StripPoint> Points, double? Middle = null, double? Low = null, double? High = null);

/// <summary>One value of a group.</summary>
/// <param name="IsOpen">Drawn as a ring: to be read with a reservation.</param>
public sealed record StripPoint(double At, string Words, bool IsOpen = false);

/// <summary>A word on the axis.</summary>
public sealed record StripTick(double At, string Words);
