namespace PqdPortal.Analysis.Statistics;

/// <summary>The scale on which a quantity is compared: where equal steps mean the same.</summary>
public enum Scale
{
    /// <summary>As it is: exponents, numbers of levels.</summary>
    Linear,

    /// <summary>ln x: rates and times, which differ by factors.</summary>
    Log,

    /// <summary>ln(x / (1 - x)): fractions, which end at 0 and 1.</summary>
    Logit,
}

/// <summary>To the scale of comparison and back.</summary>
public static class Scales
{
    /// <summary>A value on its scale; null where it has no place there.</summary>
    /// <param name="frames">Bins of time a fraction was counted in: 0 and 1 stand for 0.5/frames and 1 - 0.5/frames, half a frame.</param>
    public static double? On(this Scale scale, double value, double frames = double.NaN) => scale switch
    {
        Scale.Linear => Finite(value),
        Scale.Log => Finite(Math.Log(value)),
        Scale.Logit => value is >= 0 and <= 1 ? Finite(Logit(value is 0 or 1 ? Math.Abs(value - 0.5 / frames) : value)) : null,
        _ => throw new ArgumentOutOfRangeException(nameof(scale)),
    };

    /// <summary>Back from the scale.</summary>
    public static double From(this Scale scale, double value) => scale switch
    {
        Scale.Linear => value,
        Scale.Log => Math.Exp(value),
        Scale.Logit => 1 / (1 + Math.Exp(-value)),
        _ => throw new ArgumentOutOfRangeException(nameof(scale)),
    };

    static double Logit(double fraction) => Math.Log(fraction / (1 - fraction));
    static double? Finite(double x) => double.IsFinite(x) ? x : null;
}
