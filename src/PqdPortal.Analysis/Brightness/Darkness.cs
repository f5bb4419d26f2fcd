
namespace PqdPortal.Analysis.Brightness;

/// <summary>Whether the light went out for good.</summary>
/// <param name="At">First dark bin.</param>
/// <param name="Moment">[s]</param>
sealed record Bleaching(bool IsBleached, int? At, double Moment, double? Sigma, string Why);

/// <summary>The last time a dot goes dark, and whether it may be called bleached.</summary>
/// <param name="live">Bins that are no gap, shape (bins).</param>
/// <param name="bin">[s]</param>
/// <param name="background">Given background [1/s]; null where none is known.</param>
/// <param name="join">Bins in which bright and dark are told apart by more than chance.</param>
sealed class Darkness(long[] counts, bool[] live, double bin, double? background, int join)
{
    const double SureCounts = 80;        // in a bin that is judged bright or dark
    const double LeastRest = 5;          // [s] dark before anything is called bleached
    const double RestOverOff = 10;       // times the longest dark time before
    const double StepDeviance = 25;
    const double UnknownBackground = 0.15; // of the bright level: where no background is known, what may be one

    readonly double _background = background ?? 0;

    /// <summary>Dark to the end, and not long enough to be sure; null where that is not so.</summary>
    public Message? LongOff { get; private set; }

    /// <summary>The last time the dot went dark: for good, or for longer than it ever did before.</summary>
    public Bleaching Find(bool[] isOn, DriftFit? drift)
    {
        var last = Array.LastIndexOf(isOn, true);
        if (last < 0 || drift is null) return new(false, null, 0, null, "The bright level cannot be told.");
        // From the beginning of the last bright stretch, with at least fifty bins where there are so many.
        var begin = last;
        while (begin > 0 && (isOn[begin - 1] || !live[begin - 1])) begin--;
        begin = Math.Max(0, Math.Min(begin, last - 50));
        int[] bins = [.. Enumerable.Range(begin, counts.Length - begin).Where(i => live[i])];
        if (bins.Length < 4) return new(false, null, 0, null, "The dot is bright to the end.");

        // A single step at every place: ln L = n1 ln(n1/T1) + n2 ln(n2/T2).
        double all = bins.Sum(i => counts[i]);
        var gain = new double[bins.Length];
        double before = 0;
        for (var k = 1; k < bins.Length; k++)
        {
            before += counts[bins[k - 1]];
            gain[k] = Log(before, k) + Log(all - before, bins.Length - k) - Log(all, bins.Length);
        }

        var at = 1;
        for (var k = 2; k < bins.Length; k++)
            if (gain[k] > gain[at]) at = k;
        var n1 = bins.Take(at).Sum(i => (double)counts[i]);
        var (bright, dark) = (n1 / (at * bin), (all - n1) / ((bins.Length - at) * bin));
        var when = bins[at];
        var rest = (bins.Length - at) * bin;
        if (2 * gain[at] <= StepDeviance + 2 * Math.Log(bins.Length) || dark > bright)
            return new(false, null, 0, null, "No step to darkness is seen before the end.");

        var noise = Math.Sqrt(all - n1 + 1) / rest;
        var (off, offBins, longest) = DarkBefore(begin, when, drift);
        var words = $"At {Text(when * bin)} s the rate falls from {Text(bright)} to {Text(dark)} cps";
        var isBackground = background is not null ? Math.Abs(dark - _background) < 4 * noise + 0.02 * bright
            : offBins >= 5 && Math.Abs(dark - off) < 4 * noise + 0.02 * bright || dark < UnknownBackground * bright + 4 * noise;
        if (!isBackground)
            return new(false, null, 0, null, background is not null
                ? $"{words}, and not to the background of {Text(_background)} cps: something still shines."
                : $"{words}, too much for a background that is not known. If it is one, give background_cps.");
        var needed = Math.Max(LeastRest, RestOverOff * longest);
        var seen = longest > 0 ? $"the longest dark time before was {Text(longest)} s" : "it was never dark before";
        if (rest < needed)
        {
            LongOff = new("LONG_OFF", $"{words} and stays there for the last {Text(rest)} s; {seen}. Darkness of less than {Text(needed)} s may be blinking. Watch the dot longer.");
            return new(false, null, 0, null, $"{words} and stays there for {Text(rest)} s; {seen}, and bleaching would need {Text(needed)} s.");
        }

        // The bin in which it goes dark is lit in part, so its light tells the moment: all that shines from a bin that is surely bright
        // to one that is surely dark, over what a bright bin has.
        var (lo, hi) = (Math.Max(last - join, 0), Math.Min(last + 2 * join + 3, counts.Length));
        var (lit, unlit) = ((drift.At(last * bin) + _background) * bin, dark * bin);
        double within = 0;
        for (var i = lo; i < hi; i++) within += counts[i];
        var moment = (lo + (within - (hi - lo) * unlit) / (lit - unlit)) * bin;
        return new(true, Math.Min(hi, (int)Math.Ceiling(moment / bin)), moment, Math.Sqrt(within + 1) / (lit - unlit) * bin, $"{words} and stays there for the last {Text(rest)} s; {seen}.");

        static double Log(double n, double bins) => n > 0 ? n * Math.Log(n / bins) : 0;
    }

    /// <summary>The dark level before a time, and the longest dark time.</summary>
    (double Rate, int Bins, double Longest) DarkBefore(int begin, int until, DriftFit drift)
    {
        var wide = (int)Math.Clamp(Math.Ceiling(SureCounts / Math.Max((drift.Initial + _background) * bin, 0.01)), 1, Math.Max(1, counts.Length / 20));
        double dark = 0;
        var (bins, longest, run) = (0, 0, 0);
        for (var k = 0; (k + 1) * wide <= until; k++)
        {
            long n = 0;
            var isLive = true;
            for (var i = k * wide; i < (k + 1) * wide; i++)
            {
                n += counts[i];
                isLive &= live[i];
            }

            var isOff = isLive && n / (wide * bin) - _background <= BrightLevel.OffShare * drift.At((k + 0.5) * wide * bin);
            run = isOff ? run + wide : 0;
            longest = Math.Max(longest, run);
            // A bin between two dark ones is all dark.
            if (isOff && run > wide)
            {
                dark += n;
                bins += wide;
            }
        }

        return (bins > 0 ? dark / (bins * bin) : 0, bins, longest * bin);
    }

    static string Text(double x) => NumberText.Rounded(x, 4);
}
