using System.Globalization;
using System.Text.Json.Nodes;
using MathNet.Numerics.Distributions;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Interference;

/// <summary>
/// Photon-correlation Fourier spectroscopy: the linewidth of a dot on every timescale from microseconds on, from the correlations of the two outputs of an
/// interferometer at many delays of its arms.
/// </summary>
/// <remarks>
/// Two photons a lag tau apart leave by different outputs less often the nearer their energies are. F(d, tau) = 2 (own - cross)/(own + cross) is the Fourier
/// transform of how often such pairs differ by an energy; a line of one shape gives F = V(d)², V as in <see cref="Coherence"/> (Brokmann et al., Opt. Express 14,
/// 6333 (2006); Marshall et al., Phys. Rev. Lett. 105, 053601 (2010)). What it assumes and how it was checked: docs/analyses/pcfs.md.
/// </remarks>
public static class Pcfs
{
    /// <summary>Counts the pairs of all positions: the part that takes the photons.</summary>
    /// <returns>Photons of both detectors at the positions.</returns>
    public static long Count(PhotonStream photons, DataTable? table, PcfsOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default) =>
        PcfsRun.Read(photons, table, options, progress, stop).Counter.Photons;

    /// <summary>Counts, fits and judges.</summary>
    /// <param name="photons">Photons of both outputs, the stage at one position after the other.</param>
    /// <param name="table">Positions with the columns start_s, stop_s, delay_ps; null where markers part them.</param>
    /// <exception cref="RequestException">The positions or the detectors cannot be told, or the options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">The file does not say how long a tick is, or too few positions have photons.</exception>
    public static AnalysisReport Compute(
        PhotonStream photons, DataTable? table, PcfsOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        var run = PcfsRun.Read(photons, table, options, progress, stop);
        progress?.Report(new("fitting", photons.AvailableRecords, photons.AvailableRecords));
        return new PcfsJudge(photons, options, run, stop).Report();
    }
}

/// <summary>Everything counted of one measurement.</summary>
sealed record PcfsRun(PcfsCounter Counter, IReadOnlyList<PcfsCounts> Counts, LagGrid Grid, IReadOnlyList<LagBand> Bands, AcquisitionTime Time)
{
    const double OfPosition = 0.1;     // longest lag over the length of a position
    const double OfFringe = 1.0 / 16;  // fringes that the dither may go over in a lag; F is then 8 % lower

    public static PcfsRun Read(PhotonStream photons, DataTable? table, PcfsOptions options, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        if (options.Channels is { } two && (two.Count != 2 || two[0] == two[1]))
            throw new RequestException("The parameter \"channels\" should name two different detectors, such as [0, 1].");
        if (table is not null && options.Delays is not null)
            throw new RequestException("There are both a table of positions and \"delays_ps\". The table has the delays too: leave \"delays_ps\" out, or the table.");
        if (photons.Tick is not { } tick || !(tick > 0))
            throw new InsufficientDataException("The file does not say how long a tick of its clock is, so lags have no length.");

        AcquisitionTime? time = null;
        IReadOnlyList<PcfsPosition> positions;
        if (table is not null) positions = PcfsPositions.OfTable(table, options, tick);
        else (positions, time) = PcfsPositions.OfMarkers(photons, options, tick, stop);
        if (positions.Count == 0) throw new InsufficientDataException("The table of positions has no rows. One row is one position of the stage: start_s, stop_s, delay_ps.");

        var told = photons.HeaderDuration is > 0 and var seconds ? seconds / tick : double.PositiveInfinity;
        var lengths = positions.Select(position => (Math.Min(position.To, told) - position.From) * tick).Where(length => length > 0).Order().ToArray();
        if (lengths.Length == 0)
            throw new InsufficientDataException($"Nothing is left of the positions{(options.Settle > 0 ? $" once {Text(options.Settle)} s of settling are left out" : "")}: the measurement lasts {Text(told * tick)} s. Check the times of the positions.");
        var to = Math.Min(options.To, OfPosition * lengths[lengths.Length / 2]);
        if (options.DitherPeriod is { } period) to = Math.Min(to, OfFringe * period / (2 * options.DitherFringes));
        if (to <= Math.Max(options.From, tick) * 1.5)
            throw new RequestException($"Lags would end at {Text(to)} s and begin at {Text(Math.Max(options.From, tick))} s: a position lasts {Text(lengths[lengths.Length / 2])} s, of which lags may be a tenth{(options.DitherPeriod is { } p ? $", and with a dither of {Text(options.DitherFringes)} fringes in half of {Text(p)} s a sixteenth of a fringe takes {Text(OfFringe * p / (2 * options.DitherFringes))} s" : "")}. Begin at shorter lags or rest longer at each position.");
        var grid = LagGrid.For(tick, options.From, to, options.PerDecade);
        var bands = Part(grid, options.BandsPerDecade);
        var counter = new PcfsCounter(positions, grid, bands, options.Channels, tick, photons.AvailableRecords, stop);
        var pass = photons.Read(counter, progress is null ? null : new Forward(progress, photons.AvailableRecords), stop);
        time ??= AcquisitionTime.Of(photons, pass, counter.Last);
        var end = Math.Max((long)Math.Round((time.Seconds ?? 0) / tick), (counter.Last ?? -1) + 1);
        return new(counter, counter.Finish(end), grid, bands, time with { Findings = [.. pass.Findings, .. time.Findings] });
    }

    /// <summary>Bands of equal width on the logarithmic axis, from the shortest lag on; a rest shorter than half a band joins the one before.</summary>
    static List<LagBand> Part(LagGrid grid, int perDecade)
    {
        var bands = new List<LagBand>();
        var first = 0;
        var begin = Math.Log10(grid.Edges[0]);
        for (var j = 1; j <= grid.Bins; j++)
        {
            var end = j == grid.Bins;
            if (!end && Math.Log10(grid.Edges[j]) < begin + (bands.Count + 1.0) / perDecade - 1e-2) continue;
            if (end && bands.Count > 0 && Math.Log10((double)grid.Edges[j] / grid.Edges[first]) < 0.5 / perDecade) bands[^1] = bands[^1] with { End = j };
            else bands.Add(new(first, j));
            first = j;
        }

        return bands;
    }

    sealed class Forward(IProgress<AnalysisProgress> to, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new("counting pairs", value, total));
    }

    static string Text(double x) => NumberText.Rounded(x, 4);
}

/// <summary>From counted pairs to a report. One object for one report.</summary>
sealed class PcfsJudge(PhotonStream photons, PcfsOptions options, PcfsRun run, CancellationToken stop)
{
    const double Afterpulses = 5e-6;   // [s] one detector sees its own afterpulses below
    const double Wanted = 0.03;        // standard error of F at a point: 4500 pairs
    const int FewestPositions = 5;
    const double Significant = 3.29;   // sigma of a growth with the lag: once in 1000
    const double Rough = 0.05;         // scatter of F in proportion to F
    const double Growth = 1.25;        // a line that grows by less over all lags does not diffuse, as far as is asked

    readonly List<Message> _messages = [];
    readonly List<Quantity> _quantities = [];

    public AnalysisReport Report()
    {
        foreach (var finding in photons.Findings.Concat(run.Time.Findings).Where(f => f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH").DistinctBy(f => f.Code))
            Tell(finding.Code, finding.Message);
        if (!ChannelsSpeak()) return Refused("EMPTY_CHANNEL", "There are no photons on two detectors");
        var used = run.Counts.Where(one => one.Photons is { A: > 0, B: > 0 }).ToList();
        var left = run.Counts.Count - used.Count;
        if (left > 0)
        {
            var first = run.Counts.First(one => one.Photons is not { A: > 0, B: > 0 });
            var said = $"{left} of {run.Counts.Count} positions {(left == 1 ? "has" : "have")} no photons on one of the detectors (first the one at {Text(first.Position.Delay * 1e12)} ps, from {Text(first.Position.From * run.Grid.Unit)} s on)";
            if (used.Select(one => one.Position.Delay).Distinct().Count() < FewestPositions)
                throw new InsufficientDataException($"{said}, which leaves fewer than {FewestPositions} delays, too few for a line. The measurement ends at {Text(run.Time.Seconds ?? 0)} s. Check the times of the positions.");
            Tell("EMPTY_POSITION", $"{said}; they were left out. Check the times of the positions, and the shutter.");
        }

        var delays = used.Select(one => one.Position.Delay).Distinct().Count();
        if (delays < FewestPositions)
            throw new InsufficientDataException($"The stage stood at {delays} different delay{(delays == 1 ? "" : "s")}; a line needs at least {FewestPositions}. Measure at more delays.");
        if (options.Far is { } farthest && used.All(one => Math.Abs(one.Position.Delay - options.ZeroDelay) < farthest))
            throw new RequestException($"No position has a delay of at least far_ps = {Text(farthest * 1e12)} ps; the farthest is at {Text(used.Max(one => Math.Abs(one.Position.Delay - options.ZeroDelay)) * 1e12)} ps.");
        if (run.Counter.WorstDisorder > 1e-6)
            Tell("DISORDER", $"{run.Counter.Disordered} photons came out of time order within their detector, the latest by {Text(run.Counter.WorstDisorder * 1e6)} us. They were sorted.");
        if (photons.Mode == "T3")
            Tell("WHOLE_PERIODS", $"This file counts laser periods of {Text(run.Grid.Unit * 1e9)} ns: lags are whole periods, and pairs within one pulse are left out.");
        if (options.DitherPeriod is null)
            Tell("DITHER_UNKNOWN", "The stage has to be moved to and fro by more than a fringe, slower than the lags; dither_period_s was not given. Lags that are not much shorter than it show too little interference: V0 then falls from band to band, which is no broadening. Give dither_period_s.");

        var bands = Bands(used);
        var lines = bands.Select(band => PcfsLine.Of(band, stop)).ToArray();
        if (options.Contrast == "shared")
            PcfsLine.Share([.. lines.OfType<PcfsLine>().Where(line => line.HasFringes && line.Band.MedianSigma < 5 * Wanted)], stop);
        return Judge(bands, lines);
    }

    bool ChannelsSpeak()
    {
        var present = run.Counter.Present.OrderBy(one => one.Key).ToList();
        var list = present.Count == 0 ? "none" : string.Join(", ", present.Select(c => $"{c.Key} ({c.Value} photons)"));
        if (options.Channels is null && present.Count > 2)
            throw new RequestException($"The file has photons on {present.Count} channels: {list}. Say which two are the detectors with \"channels\", such as [{present[0].Key}, {present[1].Key}].");
        var silent = (options.Channels ?? []).Where(c => present.All(one => one.Key != c)).ToArray();
        foreach (var c in silent)
            Tell("EMPTY_CHANNEL", $"Channel {c} has 0 events; is the mapping right? Channels present: {list}. Both outputs of the interferometer are needed.");
        if (silent.Length > 0) return false;
        if (present.Count > 1) return true;
        Tell("EMPTY_CHANNEL", present.Count == 0 ? "The file holds no photon; there is nothing to correlate."
            : $"Only channel {present[0].Key} has photons ({present[0].Value}). Both outputs of the interferometer are needed, each with a detector.");
        return false;
    }

    List<PcfsBand> Bands(List<PcfsCounts> used)
    {
        var isCross = run.Bands.Select(band => options.Mode == "cross" || options.Mode == "auto" && run.Grid.Span(band.First).From < Afterpulses).ToArray();
        // Where both correlations can first be had, their mean is g2 without interference.
        int? reference = options.Mode == "cross" || Array.IndexOf(isCross, false) is not (>= 0 and var at) ? null : at;
        if (isCross.Any(one => one))
            Tell("CROSS_ONLY", reference is { } r
                ? $"Below {Text(run.Grid.Span(run.Bands[r].First).From)} s only the cross-correlation is used, because detectors see their own afterpulses there. F then leans on delays at which nothing interferes any more."
                : "Only the cross-correlation is used. F then leans on delays at which nothing interferes any more, and on light that is the same at every position.");
        return [.. run.Bands.Select((band, k) => new PcfsBand(used, run.Grid, band, k, options.ZeroDelay, isCross[k], isCross[k] ? reference : null, options.Far))];
    }

    AnalysisReport Judge(List<PcfsBand> bands, PcfsLine?[] lines)
    {
        bool IsReliable(PcfsLine? line) => line is { IsBounded: true } && line.Band.MedianSigma < Wanted;
        var chosen = lines.FirstOrDefault(IsReliable);
        var isReliable = chosen is not null;
        // Without a reliable band: that of the smallest errors, for what its numbers are worth.
        chosen ??= lines.OfType<PcfsLine>().Where(line => line.IsBounded).MinBy(line => line.Band.MedianSigma);
        var best = bands.MinBy(band => band.MedianSigma)!;
        var total = run.Counts.Sum(one => (one.Position.To - one.Position.From) * run.Grid.Unit);
        var code = "";
        string why;
        if (isReliable)
        {
            var first = bands[0];
            why = $"At lags of {Words(chosen!.Band)} the middle standard error of F at a point is {Text(chosen.Band.MedianSigma)}; {Wanted} is needed.";
            if (first != chosen.Band && first.MedianSigma >= Wanted)
                Tell("SHORT_LAGS_UNSEEN", double.IsFinite(first.MedianSigma)
                    ? $"The shortest lags, {Words(first)}, have a standard error of {Text(first.MedianSigma)} at a point. To see the line there, measure {Text(Math.Ceiling(total * Math.Pow(first.MedianSigma / Wanted, 2)))} s at this rate, {Text(Math.Pow(first.MedianSigma / Wanted, 2))} times as long."
                    : $"At the shortest lags, {Words(first)}, there are no pairs to speak of.");
        }
        else if (!(best.MedianSigma < Wanted))
        {
            code = "TOO_FEW_COINCIDENCES";
            var pairs = best.Positions == 0 ? 0 : best.Values.Select(value => value.Pairs).Order().ElementAt(best.Positions / 2);
            why = double.IsFinite(best.MedianSigma)
                ? $"At the best lags, {Words(best)}, a point has about {Text(pairs)} pairs and a standard error of {Text(best.MedianSigma)}; {Wanted} is needed, which about 4500 pairs give."
                : "No band of lags has ten pairs at a position; a point needs about 4500.";
            var factor = double.IsFinite(best.MedianSigma) ? Math.Pow(best.MedianSigma / Wanted, 2) : 100;
            Tell(code, $"{why} Measure {Text(Math.Ceiling(total * factor))} s at this rate, {Text(Math.Ceiling(10 * factor) / 10)} times as long. No verdict is given.");
        }
        else (code, why) = Unbounded(lines.OfType<PcfsLine>().Where(line => line.Band.MedianSigma < Wanted).ToList());

        var flags = isReliable || code.Length == 0 ? [] : new List<string> { code };
        string shape, because;
        if (isReliable) (shape, because) = (chosen!.Choice.Shape, $"At lags of {Words(chosen.Band)}: {char.ToLowerInvariant(chosen.Choice.Why[0])}{chosen.Choice.Why[1..]}");
        else (shape, because) = ("undetermined", why);
        var (diffusion, diffusionWhy) = isReliable ? Diffusion(lines) : ("undecided", why);
        Headline(chosen, flags, code);
        for (var k = 0; k < bands.Count; k++) OfBand(bands[k], lines[k]);
        Goodness(lines);

        var shown = chosen?.Band ?? best;
        return new("pcfs", 1)
        {
            Parameters = Settled(),
            Quantities = _quantities,
            Verdicts =
            [
                new("spectral_diffusion", diffusion, diffusionWhy),
                new("shape", shape, because),
                new("quality", isReliable ? "ok" : "insufficient", why),
            ],
            Messages = _messages,
            Curves = [.. Curves(bands, lines, shown)],
        };
    }

    /// <summary>What is missing where errors are small enough and still no T2 has two ends.</summary>
    (string Code, string Why) Unbounded(List<PcfsLine> lines)
    {
        var reach = lines.Count == 0 ? 0 : lines.Max(line => line.Band.Delays.Max(Math.Abs)) * 1e12;
        var seen = lines.Where(line => line.HasFringes).ToList();
        var (code, text) = seen.Count == 0
            ? ("NO_FRINGES", $"F is no larger at any delay than noise makes it. Look for the zero of the delay, the alignment of the arms, a dither slower than the lags, or a coherence time below the first step.")
            : seen.Any(line => line.Interval.High is null)
                ? ("DELAY_RANGE_SHORT", $"F hardly falls up to the longest delay of {Text(reach)} ps, so T2 has no upper limit. Measure at delays up to at least {Text(2 * reach)} ps.")
                : ("DELAY_STEP_COARSE", "F is gone after the first steps of the delay, so T2 has no lower limit. Measure at shorter delays.");
        Tell(code, text);
        return (code, text);
    }

    void Headline(PcfsLine? line, List<string> flags, string code)
    {
        if (line is null)
        {
            if (code.Length == 0) code = "TOO_FEW_COINCIDENCES";
            _quantities.Add(Quantity.Refused("T2_ps", "ps", code));
            _quantities.Add(Quantity.Refused("linewidth_ueV", "ueV", code));
            _quantities.Add(Quantity.Refused("V0", "1", code));
            return;
        }

        _quantities.AddRange(Numbers(line, "", flags));
        _quantities.Add(new("model", null, null, null, null, "text") { Text = line.Taken.Name });
        _quantities.Add(new("band", null, null, null, null, "text") { Text = Words(line.Band) });
        if (!line.Taken.Name.EndsWith("doublet", StringComparison.Ordinal)) return;
        var p = line.Values;
        _quantities.Add(Of("splitting_ueV", Math.Exp(p[Envelope.Third]), line.Sigma(v => Math.Exp(v[Envelope.Third])), "ueV", line, flags));
        _quantities.Add(Of("weaker_line_share", Math.Min(p[Envelope.Weight], 1 - p[Envelope.Weight]), line.Sigma(v => v[Envelope.Weight]), "1", line, flags));
    }

    void OfBand(PcfsBand band, PcfsLine? line)
    {
        var k = band.Index.ToString(CultureInfo.InvariantCulture);
        _quantities.Add(new($"band_{k}", null, null, null, null, "text") { Text = Words(band) });
        if (line is { IsBounded: true })
            _quantities.AddRange(Numbers(line, $"_{k}", band.MedianSigma < Wanted ? [] : ["TOO_FEW_COINCIDENCES"]));
        else
        {
            var code = line is null || !(band.MedianSigma < Wanted) ? "TOO_FEW_COINCIDENCES" : !line.HasFringes ? "NO_FRINGES" : line.Interval.High is null ? "DELAY_RANGE_SHORT" : "DELAY_STEP_COARSE";
            var (low, high) = line is { HasFringes: true } ? line.Interval : (null, null);
            _quantities.Add(Quantity.Refused($"T2_ps_{k}", "ps", code) with { Lo95 = low is { } l ? Math.Exp(l) * 1e12 : null, Hi95 = high is { } h ? Math.Exp(h) * 1e12 : null });
            _quantities.Add(Quantity.Refused($"linewidth_ueV_{k}", "ueV", code));
            _quantities.Add(Quantity.Refused($"V0_{k}", "1", code));
        }
    }

    static IEnumerable<Quantity> Numbers(PcfsLine line, string ending, IReadOnlyList<string> flags)
    {
        var (time, width) = (line.Time * 1e12, line.Width);
        var timeSigma = line.Sigma(p => Envelope.CoherenceTime(p, line.Taken.Name) * 1e12);
        var widthSigma = line.Sigma(p => Envelope.Width(p, line.Taken.Name));
        List<string> said = [.. flags];
        if (Else(line) is { } other)
        {
            // Which of the shapes it is belongs to the error.
            said.Add("SHAPE_UNDETERMINED");
            timeSigma = Wider(timeSigma, (Envelope.CoherenceTime(other.Values, other.Name) * 1e12 - time) / 2);
            widthSigma = Wider(widthSigma, (Envelope.Width(other.Values, other.Name) - width) / 2);
        }

        var t2 = Of("T2_ps" + ending, time, timeSigma, "ps", line, said);
        var linewidth = Of("linewidth_ueV" + ending, width, widthSigma, "ueV", line, said);
        if (said.Count == flags.Count && !line.IsShared && line.Interval is ({ } low, { } high))
        {
            t2 = t2 with { Lo95 = Math.Exp(low) * 1e12, Hi95 = Math.Exp(high) * 1e12, Method = "profile" };
            linewidth = linewidth with { Lo95 = width * time / t2.Hi95, Hi95 = width * time / t2.Lo95, Method = "profile" };
        }

        return [t2, linewidth, Of("V0" + ending, line.Values[Envelope.V0], line.Sigma(p => p[Envelope.V0]), "1", line, flags)];

        static double Wider(double? sigma, double by) => Math.Sqrt((sigma ?? 0) * (sigma ?? 0) + by * by);
    }

    /// <summary>The shape that it might as well be, where the taken one is not told from it.</summary>
    static EnvelopeFit? Else(PcfsLine line) => line.Choice.IsMixed ? null : line.Choice.Hinted ?? (line.Choice.Shape == "undetermined" ? line.Choice.Other : null);

    /// <summary>Standard error of ln T2, with that of not knowing the shape.</summary>
    static double? SigmaLn(PcfsLine line) =>
        line.Sigma(line.LnTime) is not { } own ? null
        : Else(line) is { } other ? Math.Sqrt(own * own + Math.Pow(Math.Log(Envelope.CoherenceTime(other.Values, other.Name) / line.Time) / 2, 2))
        : own;

    static Quantity Of(string name, double value, double? sigma, string unit, PcfsLine line, IReadOnlyList<string> flags) =>
        Quantity.Of(name, value, sigma, unit) with { N = (long)line.Band.Pairs, Method = "likelihood", Flags = [.. flags], Grade = flags.Contains("TOO_FEW_COINCIDENCES") || line.IsPoor ? Grade.Warn : Grade.Ok };

    /// <summary>Does the line grow with the lag?</summary>
    (string Value, string Why) Diffusion(PcfsLine?[] lines)
    {
        var seen = lines.OfType<PcfsLine>().Where(line => line.IsBounded && line.Band.MedianSigma < 2 * Wanted).ToList();
        if (seen.Count < 2) return ("undecided", $"Only {seen.Count} band{(seen.Count == 1 ? "" : "s")} of lags shows a linewidth; two are needed. Measure longer, or with more bands per decade.");
        // The integral of |g1|², which every shape has: the spectral correlation at equal energies.
        var points = seen.Select(line => (Log: Math.Log10(Math.Sqrt(line.Band.From * line.Band.To)), Width: -Math.Log(line.Time), Sigma: SigmaLn(line), line.Band))
            .Where(one => one.Sigma is > 0 and < 1).ToList();
        if (points.Count < 2) return ("undecided", $"Only {points.Count} band{(points.Count == 1 ? "" : "s")} of lags has a coherence time with an error that says something; two are needed.");

        var weights = points.Select(one => 1 / (one.Sigma!.Value * one.Sigma.Value)).ToArray();
        var sum = weights.Sum();
        var (x0, y0) = (points.Zip(weights, (one, w) => w * one.Log).Sum() / sum, points.Zip(weights, (one, w) => w * one.Width).Sum() / sum);
        var sxx = points.Zip(weights, (one, w) => w * (one.Log - x0) * (one.Log - x0)).Sum();
        var slope = points.Zip(weights, (one, w) => w * (one.Log - x0) * (one.Width - y0)).Sum() / sxx;
        var chi2 = points.Zip(weights, (one, w) => w * (one.Width - y0) * (one.Width - y0)).Sum();
        var p = 1 - ChiSquared.CDF(points.Count - 1, chi2);
        var z = slope * Math.Sqrt(sxx);
        var decades = points[^1].Log - points[0].Log;
        var (growth, most) = (Math.Exp(slope * decades), Math.Exp((slope + 1.96 / Math.Sqrt(sxx)) * decades));
        var said = $"From lags of {Words(points[0].Band)} to {Words(points[^1].Band)}, 1/T2 changes by a factor of {Text(Math.Exp(points[^1].Width - points[0].Width))}; equal ones have a chi-square of {Text(chi2)} for {points.Count - 1} (p = {(p < 1e-12 ? "below 1e-12" : Text(p))}), and the growth with the lag has {Text(z)} sigma.";
        if (p < 1e-3 && z > Significant) return ("yes", said);
        if (p >= 1e-3 && most < Growth) return ("no", $"{said} A growth by more than a factor of {Text(most)} is ruled out (95 %).");
        return ("undecided", p < 1e-3 && z < -Significant
            ? $"{said} A line cannot narrow with the lag: look at the background and at the dither."
            : $"{said} A growth by up to a factor of {Text(Math.Max(growth, most))} is possible (95 %); below {Growth} it would be ruled out.");
    }

    void Goodness(PcfsLine?[] lines)
    {
        var poor = lines.OfType<PcfsLine>().Where(line => line.IsPoor && line.HasFringes).ToList();
        if (poor.Count > 0)
            Tell("FIT_POOR", $"At lags of {string.Join(", ", poor.Select(line => Words(line.Band)))} the points lie up to {Text(poor.Max(line => line.Scatter))} times as far from every line as their errors allow; errors were widened by that. Does the light change from position to position, does the table of positions fit the file?");
        var rough = lines.OfType<PcfsLine>().Where(line => line.IsBounded && line.Band.Unevenness(line.Values[Envelope.V0] * line.Values[Envelope.V0]) > Rough).ToList();
        if (rough.Count > 0)
            Tell("FRINGES_UNEVEN", $"At lags of {string.Join(", ", rough.Select(line => Words(line.Band)))} F scatters from position to position by up to {Text(100 * rough.Max(line => line.Band.Unevenness(line.Values[Envelope.V0] * line.Values[Envelope.V0])))} % of itself beyond counting; errors were widened by that. It comes of few independent photons: of blinking or jumps of the line that happen seldom in the time of a position, or of a dither over too few fringes. Longer positions and a dither over many fringes, or a whole number of them, make it less.");
        var wide = lines.OfType<PcfsLine>().Where(line => line.Band.Overdispersion > 4 && line.Band.From < 1e-3).ToList();
        if (wide.Count > 0)
            Tell("NONSTATIONARY", $"At lags of {string.Join(", ", wide.Select(line => Words(line.Band)))} blocks of time scatter up to {Text(Math.Sqrt(wide.Max(line => line.Band.Overdispersion)))} times as much as counting does, as blinking makes them; errors were widened by that.");
        var high = lines.OfType<PcfsLine>().FirstOrDefault(line => line.IsBounded && line.Values[Envelope.V0] - 3 * (line.Sigma(p => p[Envelope.V0]) ?? 0) > 1.02);
        if (high is not null)
            Tell("CONTRAST_ABOVE_ONE", $"At lags of {Words(high.Band)} V0 = {Text(high.Values[Envelope.V0])}, and no interferometer has more than 1. {(high.Band.IsCross ? "Are the farthest delays far enough, and is the light the same at all positions?" : "Autocorrelations are too high, as afterpulses make them: use the mode cross.")}");
        if (options.Far is { } far)
            foreach (var line in lines.OfType<PcfsLine>().Where(line => line.IsBounded && line.Band.IsCross && line.At(far) * line.At(far) > 0.03).Take(1))
                Tell("FAR_NOT_FAR", $"At far_ps = {Text(far * 1e12)} ps the line still makes F = {Text(line.At(far) * line.At(far))} at lags of {Words(line.Band)}, which was taken for 0. Choose a longer far_ps, or none.");
    }

    IEnumerable<Curve> Curves(List<PcfsBand> bands, PcfsLine?[] lines, PcfsBand shown)
    {
        static double? Sound(double x) => double.IsFinite(x) ? x : null;
        var name = shown.Index.ToString(CultureInfo.InvariantCulture);
        // All positions that any band has.
        double[] delays = [.. bands.SelectMany(band => band.Delays.GroupBy(d => d).Select(same => (Delay: same.Key, Count: same.Count())))
            .GroupBy(one => one.Delay).OrderBy(one => one.Key).SelectMany(one => Enumerable.Repeat(one.Key, one.Max(same => same.Count)))];
        if (delays.Length > 0)
        {
            Series F(PcfsBand band)
            {
                var (value, sigma) = (new double?[delays.Length], new double?[delays.Length]);
                var at = 0;
                foreach (var one in band.Values)
                {
                    while (delays[at] != one.Delay) at++;
                    (value[at], sigma[at]) = (Sound(one.F), Sound(one.Sigma));
                    at++;
                }

                return new($"F, {Words(band)}", "1", value) { Sigma = sigma };
            }

            var drawn = bands.Where(band => band.Positions > 0).ToList();
            double?[] x = [.. delays.Select(d => (double?)Math.Round(d * 1e12, 9))];
            yield return new("F", new("delay", "ps", x), F(shown))
            {
                Fit = lines[shown.Index] is { HasFringes: true } line ? [.. delays.Select(d => Sound(line.At(d) * line.At(d)))] : null,
                More = drawn.Where(band => band != shown).ToDictionary(band => $"F_{band.Index}", F),
            };
            var fitted = lines.OfType<PcfsLine>().Where(one => one.HasFringes).OrderBy(one => one.Band != shown).ToList();
            if (fitted.Count > 0)
            {
                double[] fine = [.. Enumerable.Range(0, 401).Select(k => delays[0] + (delays[^1] - delays[0]) * k / 400)];
                Series Line(PcfsLine one) => new($"fit, {Words(one.Band)}", "1", [.. fine.Select(d => Sound(one.At(d) * one.At(d)))]);
                yield return new("F_fit", new("delay", "ps", [.. fine.Select(d => (double?)(d * 1e12))]), Line(fitted[0]))
                {
                    More = fitted.Skip(1).ToDictionary(one => $"fit_{one.Band.Index}", Line),
                };
            }
        }

        double?[] Each(Func<PcfsLine, double?> of) => [.. lines.Select(line => line is { IsBounded: true } ? of(line) : null)];
        yield return new("linewidth", new("lag", "s", [.. bands.Select(band => (double?)Math.Sqrt(band.From * band.To))]),
            new("linewidth", "ueV", Each(line => line.Width)) { Sigma = Each(line => line.Sigma(p => Envelope.Width(p, line.Taken.Name))) })
        {
            More = new Dictionary<string, Series>
            {
                ["from"] = new("from", "s", [.. bands.Select(band => (double?)band.From)]),
                ["to"] = new("to", "s", [.. bands.Select(band => (double?)band.To)]),
                ["T2"] = new("T2", "ps", Each(line => line.Time * 1e12)),
                ["V0"] = new("V0", "1", Each(line => line.Values[Envelope.V0])) { Sigma = Each(line => line.Sigma(p => p[Envelope.V0])) },
                ["sigma_F"] = new("standard error of F", "1", [.. bands.Select(band => Sound(band.MedianSigma))]),
                ["counts"] = new("pairs", "1", [.. bands.Select(band => (double?)band.Pairs)]),
            },
        };
        if (lines[shown.Index] is { IsBounded: true } of) yield return PcfsTransform.Of(of);
    }

    AnalysisReport Refused(string code, string why) => new("pcfs", 1)
    {
        Parameters = Settled(),
        Quantities = [Quantity.Refused("T2_ps", "ps", code), Quantity.Refused("linewidth_ueV", "ueV", code), Quantity.Refused("V0", "1", code)],
        Verdicts = [new("spectral_diffusion", "undecided", $"{why}."), new("shape", "undetermined", $"{why}."), new("quality", "insufficient", $"{why}.")],
        Messages = _messages,
    };

    JsonObject Settled() => run.Counter.Detectors is (>= 0 and var a, >= 0 and var b) ? new() { ["channels"] = new JsonArray(a, b) } : [];

    void Tell(string code, string text) => _messages.Add(new(code, text));

    static string Words(PcfsBand band) => $"{Lag(band.From)} to {Lag(band.To)}";

    static string Lag(double seconds)
    {
        var (factor, unit) = seconds < 0.9995e-6 ? (1e9, "ns") : seconds < 0.9995e-3 ? (1e6, "us") : seconds < 0.9995 ? (1e3, "ms") : (1, "s");
        return $"{(seconds * factor).ToString("G3", CultureInfo.InvariantCulture)} {unit}";
    }

    static string Text(double x) => NumberText.Rounded(x, 4);
}
