using PqdPortal.Analysis.Statistics;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Compare;

/// <summary>The axis of a strip plot: values of a scale of comparison to places 0 .. 1, with words at round values.</summary>
public sealed record StripAxis(double From, double To, IReadOnlyList<StripTick> Ticks)
{
    static readonly double[] Fractions = [0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999];

    /// <summary>Where a value lies.</summary>
    public double Place(double value) => (value - From) / (To - From);

    /// <param name="values">On the scale of comparison; at least one.</param>
    public static StripAxis Of(Scale scale, IEnumerable<double> values)
    {
        var all = values.ToList();
        var (low, high) = (all.Min(), all.Max());
        // Values that are all the same still have a place in the middle.
        var margin = Math.Max(0.05 * (high - low), scale == Scale.Linear ? Math.Max(Math.Abs(high), 1) * 0.02 : 0.1);
        // Of numbers that are counted no part is shown.
        var isCounted = scale == Scale.Linear && all.All(value => value == Math.Round(value));
        if (isCounted) margin = Math.Max(margin, 0.6);
        (low, high) = (low - margin, high + margin);
        var axis = new StripAxis(low, high, []);
        var round = (scale switch
        {
            Scale.Logit => Fractions,
            Scale.Log => Decades(low, high),
            _ => Even(low, high, isCounted ? 1 : 0),
        }).Select(value => (Value: value, At: axis.Place(scale.On(value)!.Value))).Where(tick => tick.At is >= 0 and <= 1).ToList();
        // Words that would stand in each other are left out.
        List<StripTick> ticks = [];
        foreach (var (value, at) in round)
            if (ticks.Count == 0 || at - ticks[^1].At > 0.11) ticks.Add(new(at, Numbers.Plain(value, 3)));
        return axis with { Ticks = ticks };
    }

    static double[] Decades(double low, double high)
    {
        var (from, to) = ((int)Math.Floor(low / Math.Log(10)), (int)Math.Ceiling(high / Math.Log(10)));
        double[] steps = high - low < 1.2 * Math.Log(10) ? [1, 1.5, 2, 3, 5, 7] : high - low < 3 * Math.Log(10) ? [1, 3] : [1];
        return [.. Enumerable.Range(from, Math.Clamp(to - from + 1, 1, 60)).SelectMany(power => steps.Select(step => step * Math.Pow(10, power)))];
    }

    static double[] Even(double low, double high, double least)
    {
        var rough = Math.Max((high - low) / 5, least);
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = new[] { 1.0, 2, 5, 10 }.First(one => one * power >= rough * 0.999) * power;
        var first = Math.Ceiling(low / step);
        return [.. Enumerable.Range(0, 12).Select(i => Math.Round((first + i) * step, 12)).Where(value => value <= high)];
    }
}
