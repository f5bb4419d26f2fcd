namespace PqdPortal.Analysis.Blinking;

/// <summary>How bright the dot is while bright and while dark, and for which share of the time.</summary>
/// <param name="On">on_cps</param>
/// <param name="Off">off_cps</param>
/// <param name="Fraction">on_fraction</param>
/// <param name="Messages">Why a number is withheld or to be doubted.</param>
public sealed record OnOff(Quantity On, Quantity Off, Quantity Fraction, IReadOnlyList<Message> Messages)
{
    const int FewestCycles = 3;

    /// <summary>From levels and which of them are bright.</summary>
    /// <param name="segments">Those the levels were made of.</param>
    /// <param name="isOn">Shape (levels).</param>
    /// <remarks>
    /// A rate is the mean of its levels by their time. Its error has that of the levels and, with several, that of how long each was
    /// seen. The share of bright time has the error of a ratio over cycles of one bright and one dark time,
    /// n/(n-1) sum (on - f (on + off))² / T², which knows the lengths as they are and no law.
    /// </remarks>
    public static OnOff Of(IReadOnlyList<Segment> segments, LevelSet levels, bool[] isOn)
    {
        var messages = new List<Message>();
        var stretches = levels.Joined(segments, [.. isOn.Select(on => on ? 1 : 0)]);
        var (bright, dark) = (stretches.Where(s => s.Level == 1).Sum(s => s.Duration), stretches.Where(s => s.Level == 0).Sum(s => s.Duration));
        var (on, off) = (Rate("on_cps", true), Rate("off_cps", false));
        if (bright == 0 || dark == 0)
        {
            messages.Add(new("ONE_LEVEL", $"The light is {(dark == 0 ? "bright" : "dark")} all the time ({NumberText.Rounded((dark == 0 ? on : off).Value ?? 0)} cps): no switching was seen. Whether that light is the dot's or the background's, compare with a dark spot beside it."));
            var all = Quantity.Of("on_fraction", dark == 0 ? 1 : 0, null, "1") with { N = levels.Photons.Sum(), Method = "levels", Grade = Grade.Warn, Flags = ["ONE_LEVEL"] };
            return new(on, off, all, messages);
        }

        var fraction = bright / (bright + dark);
        double[] cycles = [.. Cycles(stretches, fraction)];
        var time = bright + dark;
        var n = cycles.Length;
        // Of two cycles the scatter says nothing: then exponential dwells are supposed.
        var sigma = n >= FewestCycles ? Math.Sqrt(n / (n - 1.0) * cycles.Sum(d => d * d)) / time : fraction * (1 - fraction) * Math.Sqrt(2.0 / Math.Max(n, 1));
        var few = n < FewestCycles;
        if (few)
            messages.Add(new("TOO_FEW_DWELLS", $"Only {n} change{(n == 1 ? "" : "s")} from dark to bright in {NumberText.Rounded(time)} s, so the error of the share of bright time is that of exponential times. Measure {NumberText.Rounded(time * 10 / Math.Max(n, 1))} s or more."));
        var value = Quantity.Of("on_fraction", fraction, sigma, "1") with { N = n, Method = few ? "exponential" : "cycles", Grade = few ? Grade.Warn : Grade.Ok };
        // A share ends at 0 and 1.
        var logit = Math.Log(fraction / (1 - fraction));
        var width = 1.959964 * sigma / (fraction * (1 - fraction));
        return new(on, off, value with { Lo95 = 1 / (1 + Math.Exp(width - logit)), Hi95 = 1 / (1 + Math.Exp(-width - logit)) }, messages);

        Quantity Rate(string name, bool which)
        {
            int[] own = [.. Enumerable.Range(0, levels.Count).Where(k => isOn[k] == which)];
            var share = own.Sum(k => levels.TimeShare[k]);
            if (own.Length == 0 || share == 0) return Quantity.Refused(name, "cps", "ONE_LEVEL");
            var rate = own.Sum(k => levels.TimeShare[k] * levels.Rate[k]) / share;
            var variance = own.Sum(k => Math.Pow(levels.TimeShare[k] / share * levels.Sigma[k], 2));
            if (own.Length > 1)
            {
                var wholes = stretches.Where(s => (s.Level == 1) == which).ToArray();
                double scatter = 0, seconds = 0;
                foreach (var stretch in wholes)
                {
                    var d = 0.0;
                    for (var j = stretch.FirstSegment; j <= stretch.LastSegment; j++) d += segments[j].Duration * (levels.Rate[levels.LevelOf[j]] - rate);
                    scatter += d * d;
                    seconds += stretch.Duration;
                }

                variance += scatter * wholes.Length / Math.Max(1, wholes.Length - 1) / (seconds * seconds);
            }

            return Quantity.Of(name, rate, Math.Sqrt(variance), "cps") with { N = own.Sum(k => levels.Photons[k]), Method = own.Length > 1 ? "levels by time" : "blocks" };
        }
    }

    /// <summary>Of each cycle, bright time less its share of the whole [s]; what is cut off at both ends of the record makes a cycle of its own.</summary>
    static IEnumerable<double> Cycles(IReadOnlyList<LevelStretch> stretches, double fraction)
    {
        double d = 0;
        var isOpen = false;
        foreach (var stretch in stretches)
        {
            if (stretch.Level == 1 && isOpen)
            {
                yield return d;
                d = 0;
            }

            d += stretch.Level == 1 ? stretch.Duration * (1 - fraction) : -stretch.Duration * fraction;
            isOpen = true;
        }

        if (isOpen) yield return d;
    }
}
