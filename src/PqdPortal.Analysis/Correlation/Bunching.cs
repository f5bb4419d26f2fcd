using System.Globalization;
using System.Text.Json.Nodes;
using MathNet.Numerics.Distributions;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// The bunching peak of two or three detectors: how high it would be with perfect detectors, how wide, and whether it is more than chaotic light can be.
/// </summary>
/// <remarks>
/// <see cref="BunchingCounts"/> counts, <see cref="BunchingFit"/> fits the peak by Poisson likelihood, <see cref="ThreePhotons"/> and
/// <see cref="NumberStatistics"/> look at three photons and at many. What it assumes and how it was checked: docs/analyses/bunching.md.
/// </remarks>
public static class Bunching
{
    /// <summary>Counts, fits and judges.</summary>
    /// <param name="reference">The same detectors in the light of an attenuated laser; null where there is none.</param>
    /// <param name="irf">Measured responses of the detectors; null without.</param>
    /// <exception cref="RequestException">The detectors cannot be told, or the options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">The file does not say how long a tick is.</exception>
    public static AnalysisReport Compute(
        PhotonStream photons, PhotonStream? reference, BunchingOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default, Measurement? irf = null)
    {
        Check(options);
        return new BunchingJudge(photons, reference, BunchingDetectors.Of(options, irf, progress, stop), options, progress, stop).Report();
    }

    /// <summary>Counts the pairs, triples and numbers: the part that takes the photons.</summary>
    /// <returns>Photons counted.</returns>
    public static long Count(PhotonStream photons, BunchingOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        Check(options);
        var (bin, range) = Axis(options);
        return BunchingCounts.Of(photons, BunchingDetectors.Of(options, null, progress, stop), options, bin, range, progress, stop).Photons;
    }

    /// <summary>Bin and range asked for [s].</summary>
    internal static (double Bin, double Range) Axis(BunchingOptions options) => options.IsLong
        ? (options.Window ?? (options.LongRange ?? 10e-6) / 100, options.LongRange ?? 100 * (options.Window ?? 100e-9))
        : (options.BinWidth, options.MaxDelay);

    static void Check(BunchingOptions options)
    {
        if (options.Channels is { } chosen && (chosen.Count is not (2 or 3) || chosen.Distinct().Count() != chosen.Count))
            throw new RequestException("The parameter \"channels\" should name two or three different detectors, such as [0, 1].");
        if (options is { Jitter: { } jitter, IrfSigma: { } irf } && !jitter.SequenceEqual(irf))
            throw new RequestException("The parameters \"jitter_sigma_ps\" and \"irf_sigma_ps\" mean the same here but differ; give one of them.");
    }
}

/// <summary>From photons to a report. One object for one report.</summary>
sealed class BunchingJudge(
    PhotonStream photons, PhotonStream? reference, BunchingDetectors detectors, BunchingOptions options, IProgress<AnalysisProgress>? progress, CancellationToken stop)
{
    const double Z95 = 1.959964;
    const double FewestPairs = 100;   // expected within the peak, for a verdict
    const double Pulsed = 0.15;       // modulation of the micro times beyond which light comes in pulses
    const double LeastAgreement = 0.001;
    const double LongestEmission = 10; // radiative lifetimes: bunching that lasts longer is no emission together

    readonly List<Message> _messages = [];
    readonly List<Quantity> _quantities = [];
    readonly List<Verdict> _verdicts = [];
    double _live;

    public AnalysisReport Report()
    {
        var (bin, range) = Bunching.Axis(options);
        var counts = BunchingCounts.Of(photons, detectors, options, bin, range, progress, stop);
        var axis = counts.Axis;
        foreach (var finding in photons.Findings.Concat(counts.Time.Findings).Where(f => f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH"))
            Tell(finding.Code, finding.Message);
        if (!ChannelsSpeak(counts.Pairs)) return Done([]);
        _live = counts.Live;
        if (counts.Duration - _live is > 0 and var dark)
            Tell("GAPS", $"{counts.Pairs[0].Silences.Count} gaps without a single photon, {Text(dark)} s in all (first at {Text(counts.Pairs[0].Silences[0].From)} s), as a shutter makes. Rates and normalisation use the live time, {Text(_live)} s.");
        if ((long)Math.Round(bin / axis.BinSeconds * 1e6) != 1_000_000)
            Tell("BIN_WIDTH", $"Bins are {Text(axis.BinSeconds * 1e12)} ps wide instead of {Text(bin * 1e12)} ps: an odd number of clock steps, so that zero delay lies in the middle of the centre bin.");
        if (detectors.IsMeasured)
            Tell("PAIR_RESPONSE", $"The measured responses blur delays by {Text(detectors.Blurs.Max(blur => blur.Sigma) * 1e12)} ps (standard deviation of their correlation); the fit is folded with it, and the differences of their centres were taken off the delays.");

        var (pairs, flat) = (counts.Counted(), counts.Flat());
        var numbers = new NumberStatistics(counts.Numbers, counts.LiveBlocks(photons.HeaderDuration), options);
        numbers.Judge();
        IEnumerable<Curve> curves;
        if (photons is { Mode: "T3", SyncPeriod: { } period, ChannelWidth: { } step } && axis.BinSeconds < 5 * period && counts.Numbers.Modulation(period, step) is > Pulsed and var depth)
        {
            curves = [Curve(axis, pairs, flat, null), .. Pulses(counts, period, depth)];
        }
        else if (pairs.Sum() < FewestPairs)
        {
            SignalShare(counts.Pairs);
            Few(pairs.Sum());
            curves = [Curve(axis, pairs, flat, null)];
        }
        else
        {
            var products = counts.Pairs.Sum(one => (double)one.Starts * one.Stops);
            var blurs = detectors.Blurs.Zip(counts.Pairs, (blur, one) => (Response: blur, Share: one.Starts * (double)one.Stops / products)).ToList();
            if (blurs.All(blur => blur.Response.Teeth.Count == 0 && blur.Response.Sigma == blurs[0].Response.Sigma)) blurs = [(blurs[0].Response, 1)];
            var fit = new BunchingFit(axis, pairs, flat, blurs, counts.Pairs, options, stop);
            var peak = fit.Run();
            curves = [Curve(axis, pairs, flat, peak.Fit), .. Judge(counts, pairs, flat, fit, peak)];
        }

        if (counts.Triples is { } triples)
        {
            var three = new ThreePhotons(triples, _live, options.IsLong);
            three.Judge(_quantities.Find(q => q.Name == "amplitude"), _quantities.Find(q => q.Name is "tau_c_ps") is { Value: { } ps } ? ps * 1e-12 : _quantities.Find(q => q.Name == "tau_int_us")?.Value * 1e-6, detectors.Blurs.Max(blur => blur.Sigma));
            _quantities.AddRange(three.Quantities);
            _messages.AddRange(three.Messages);
            curves = [.. curves, .. three.Curves];
        }

        _quantities.AddRange(numbers.Quantities);
        _messages.AddRange(numbers.Messages);
        return Done([.. curves, .. numbers.Curves]);
    }

    bool ChannelsSpeak(PairCounts[] counts)
    {
        var present = new SortedDictionary<int, long>();
        foreach (var one in counts)
        {
            foreach (var (c, n) in one.Others) present[c] = n;
            if (one.Channels.Start is { } a && one.Starts > 0) present[a] = one.Starts;
            if (one.Channels.Stop is { } b && one.Stops > 0) present[b] = one.Stops;
        }

        var list = present.Count == 0 ? "none" : string.Join(", ", present.Select(c => $"{c.Key} ({c.Value} photons)"));
        if (options.Channels is null && present.Count > 2)
            throw new RequestException($"The file has photons on {present.Count} channels: {list}. Say which two or three are the detectors with \"channels\", such as [{present.Keys.First()}, {present.Keys.Skip(1).First()}].");
        var silent = options.Channels?.Where(c => !present.ContainsKey(c)).ToArray() ?? [];
        if (silent.Length == 0 && present.Count >= 2) return true;
        foreach (var c in silent) Refuse("EMPTY_CHANNEL", $"Channel {c} has 0 events; is the mapping right? Channels present: {list}. Without all detectors there is no coincidence.");
        if (silent.Length == 0) Refuse("EMPTY_CHANNEL", $"Bunching needs photons on two detectors. Channels present: {list}. Was the second detector connected?");
        return false;
    }

    IEnumerable<Curve> Judge(BunchingCounts counts, double[] pairs, double[] flat, BunchingFit fit, BunchingPeak peak)
    {
        var axis = counts.Axis;
        var total = (long)pairs.Sum();
        var (a, tc) = (peak.Amplitude, peak.Time);
        var flags = new List<string>();
        if (peak.Stretch > 2)
        {
            flags.Add("NONSTATIONARY");
            Tell("NONSTATIONARY", $"Blocks of the run differ {Text(peak.Stretch)} times more than counting statistics allow: the light fluctuates slowly. Errors are taken from the blocks.");
        }

        if (Math.Abs(peak.Fit.Goodness) > 5)
        {
            flags.Add("FIT_POOR");
            Tell("FIT_POOR", $"The {options.Shape} peak misses the counts by z = {Text(peak.Fit.Goodness)} (0 +- 1 for a model that fits). Try another shape, give the detectors' jitter, or look at the residuals.");
        }

        if (peak.LevelSigma > 0 && Math.Abs(peak.Level - 1) > 3 * peak.LevelSigma)
            Tell("FLICKER", $"Beside the peak g2 lies at {peak.Level.ToString("F4", CultureInfo.InvariantCulture)} +- {Text(peak.LevelSigma)}, not at 1: slower fluctuation (blinking, drift). The peak is taken relative to that level.");
        if (peak.IsLimited)
            Tell("IRF_LIMITED", $"The pair response ({Text(fit.Fwhm * 1e12)} ps full width) hides the shape of a peak of about {Text(tc * 1e12)} ps: height and width cannot be told apart. Only the area is given; give assumed_tc_ps for the height.");
        else if (!peak.IsSeen)
            Tell("NO_PEAK", $"No peak is seen. The amplitude {Text(a)} +- {Text(peak.Sigma ?? 0)} is that of a peak of {Text(tc * 1e12)} ps{(options.AssumedTime is null ? ", the likeliest that could be told here" : ", as assumed")}; there is no time to give.");

        // Background: uncorrelated light lowers the peak.
        var (rho2, rhoSigma) = SignalShare(counts.Pairs);
        var factor = rho2 is { } share && peak.Level - 1 + share > 0 ? peak.Level / (peak.Level - 1 + share) : (double?)null;
        if (rho2 is null) flags.Add("BACKGROUND_EXCEEDS_SIGNAL");
        if (factor is { } f)
        {
            double? e = peak.Sigma is { } s ? f * Math.Sqrt(s * s + Math.Pow(a * rhoSigma / rho2!.Value, 2)) : null;
            Quantity Height(string name, double plus) => peak.IsLimited ? Quantity.Refused(name, "1", "IRF_LIMITED")
                : new(name, plus + f * a, e, e is { } x ? plus + f * a - Math.Max(Z95 * x, peak.Low95 is { } low ? f * (a - low) : 0) : null, e is { } y ? plus + f * a + Math.Max(Z95 * y, peak.High95 is { } high ? f * (high - a) : 0) : null, "1")
                {
                    N = total, Method = peak.Stretch > 1 ? "block-bootstrap" : "profile", Grade = flags.Count > 0 ? Grade.Warn : Grade.Ok, Flags = flags,
                };
            _quantities.Add(Height("g2_0", 1));
            _quantities.Add(Height("amplitude", 0));
            var noTime = peak.IsLimited ? "IRF_LIMITED" : !peak.IsSeen ? "NO_PEAK" : null;
            if (options.IsLong)
            {
                var half = 0.5 * BunchingModel.AreaOf(options.Shape == "gaussian");
                _quantities.Add(noTime is not null ? Quantity.Refused("tau_int_us", "us", noTime)
                    : Quantity.Of("tau_int_us", half * tc * 1e6, half * tc * peak.LnSigma * 1e6, "us") with { N = total, Method = "block-bootstrap" });
            }
            else
            {
                _quantities.Add(noTime is not null ? Quantity.Refused("tau_c_ps", "ps", noTime)
                    : Quantity.Of("tau_c_ps", tc * 1e12, options.AssumedTime is null ? tc * peak.LnSigma * 1e12 : null, "ps") with { N = total, Method = options.AssumedTime is null ? "fisher" : "assumed" });
                _quantities.Add(Quantity.Of("area_ps", f * peak.Area * 1e12, f * peak.AreaSigma * 1e12, "ps") with { N = total, Method = peak.AreaFromBlocks ? "block-bootstrap" : "fisher", Grade = flags.Count > 0 ? Grade.Warn : Grade.Ok, Flags = flags });
            }
        }

        if (options.Background is not null) _quantities.Add(Quantity.Of("amplitude_raw", a, peak.Sigma, "1") with { N = total, Method = "profile" });
        var centre = pairs[axis.Side];
        var raw = flat[axis.Side] > 0 ? centre / flat[axis.Side] : 0;
        var rawSigma = flat[axis.Side] > 0 ? Math.Sqrt(Math.Max(centre, 1)) / flat[axis.Side] : 0;
        _quantities.Add(Quantity.Of("g2_0_raw", raw, rawSigma, "1") with { N = (long)centre, Method = "exact-poisson" });
        _quantities.Add(Quantity.Of("wings", peak.Level, peak.LevelSigma, "1") with { N = total, Method = "block-bootstrap" });

        var around = Math.Max(Math.Sqrt(tc * tc + Math.Pow(fit.Fwhm / 2.3548, 2)), 0.5 * axis.BinSeconds);
        var within = Enumerable.Range(0, pairs.Length).Where(i => Math.Abs(axis.Centre(i)) <= around).Sum(i => pairs[i]);
        var isFlat = Reference(axis);
        var consistent = rawSigma > 0 && Math.Abs(centre - peak.Fit.Mu[axis.Side]) < 5 * Math.Sqrt(peak.Fit.Mu[axis.Side]);
        var agree = PairsAgree(counts.Pairs, axis, around);
        if (SidePeak(axis, pairs, flat, peak) is { } at)
            Refuse("PULSED_LIGHT", $"A peak like that at zero delay stands at {Text(at * 1e9)} ns too: this is light in pulses, and the peaks are those of the laser. No verdict is given. A T3 measurement is judged by the areas of its peaks; for T2 use g2.pulsed.");
        if (within < FewestPairs) Few(within);
        else if (_verdicts.Count == 0) Verdicts(peak.IsLimited, consistent, isFlat, agree);
        Evidence(axis, pairs, peak, isFlat);
        _verdicts.Add(new("quality", within < FewestPairs ? "insufficient" : "ok", $"{Text(within)} pairs lie within the peak."));
        if (!peak.IsSeen || peak.IsLimited || options.AssumedTime is not null || !(peak.Sigma > 0)) return [];
        return fit.Contour(peak) is { } contour ? [fit.Profile(peak), contour] : [fit.Profile(peak)];
    }

    void Verdicts(bool irfLimited, bool consistent, bool? isFlat, bool agree)
    {
        if (irfLimited || _quantities.Find(q => q.Name == "g2_0") is not { Value: { } g, Sigma: { } s })
        {
            const string none = "There is no g2(0) with an error: height and width of the peak cannot be told apart, or no signal is left.";
            _verdicts.Add(new("superbunched", "undecided", none));
            _verdicts.Add(new("thermal_consistent", "undecided", none));
            return;
        }

        var isAbove = g - 3 * s > 2;
        var over = isAbove && consistent && isFlat != false && agree ? "yes" : !isAbove && g + 3 * s < 2.2 ? "no" : "undecided";
        _verdicts.Add(new("superbunched", over, over switch
        {
            "yes" => $"g2(0) - 3 sigma = {Text(g - 3 * s)} is above 2, more than chaotic light can be.",
            "no" => $"g2(0) + 3 sigma = {Text(g + 3 * s)} is below 2.2, and g2(0) is not clearly above 2.",
            _ when isAbove && isFlat == false => "The peak stands in the reference too: it comes from the detectors.",
            _ when isAbove && !agree => "The pairs of detectors do not agree with each other: part of the peak comes from the detectors.",
            _ when isAbove => "The centre bin does not agree with the fitted peak; the height rests on the model.",
            _ => $"g2(0) = {Text(g)} +- {Text(s)} leaves both open.",
        }));
        var thermal = Math.Abs(g - 2) > 3 * s ? "no" : Math.Abs(g - 2) < 2 * s && s < 0.1 ? "yes" : "undecided";
        _verdicts.Add(new("thermal_consistent", thermal, $"g2(0) = {Text(g)} +- {Text(s)}; one mode of chaotic light has 2, K modes 1 + 1/K."));
    }

    /// <summary>Where far from zero delay a peak like the one there stands; null where there is none.</summary>
    static double? SidePeak(PairAxis axis, double[] pairs, double[] flat, BunchingPeak peak)
    {
        if (!peak.IsSeen) return null;
        var half = Math.Max(0, (int)Math.Round(0.5 * peak.Time / axis.BinSeconds));
        (double Excess, double Error) Around(int bin, bool isPeak)
        {
            double n = 0, mu = 0, fitted = 0;
            for (var i = bin - half; i <= bin + half; i++) (n, mu, fitted) = (n + pairs[i], mu + peak.Level * flat[i], fitted + peak.Fit.Mu[i]);
            return mu > 0 ? ((n - (isPeak ? mu : fitted)) / mu, Math.Sqrt(Math.Max(n, 1)) / mu) : (0, 1);
        }

        // Pulses that bunch leave the peaks at their sides much lower, yet far above steady light.
        var enough = Math.Min(0.3 * Around(axis.Side, true).Excess, 0.5);
        var beyond = Math.Max(5 * peak.Time, (3 + 2 * half) * axis.BinSeconds);
        for (var i = half; i < pairs.Length - half; i++)
            if (Math.Abs(axis.Centre(i)) > beyond && Around(i, false) is var one && one.Excess > enough && one.Excess > 6 * one.Error)
                return axis.Centre(i);
        return null;
    }

    /// <summary>Whether the bunching speaks for dots that emit together: more than chaotic light, as short as emission, nothing slow beside it.</summary>
    void Evidence(PairAxis axis, double[] pairs, BunchingPeak peak, bool? isFlat)
    {
        var over = _verdicts.Find(v => v.Name == "superbunched")?.Value;
        var (tc, error) = (peak.Time, peak.Time * (peak.LnSigma ?? 0));
        // Beside the peak, each bin against the fitted level.
        var beyond = Math.Max(5 * tc, 3 * axis.BinSeconds);
        int[] wings = [.. Enumerable.Range(0, pairs.Length).Where(i => Math.Abs(axis.Centre(i)) > beyond && peak.Fit.Mu[i] > 0)];
        double deviance = 0, mean = 0, variance = 0;
        foreach (var i in wings)
        {
            var (m, v) = PoissonDeviance.Moments(peak.Fit.Mu[i]);
            (deviance, mean, variance) = (deviance + PoissonDeviance.Of(pairs[i], peak.Fit.Mu[i]), mean + m, variance + v);
        }

        var z = variance > 0 ? (deviance - mean) / Math.Sqrt(variance) : 0;
        var isLevel = wings.Length >= 10 && z < 5 && !(peak.LevelSigma > 0 && Math.Abs(peak.Level - 1) > 3 * peak.LevelSigma);
        var unchecked_ = new List<string>();
        if (options.RadiativeLifetime is null) unchecked_.Add("whether the peak is as short as emission (give radiative_lifetime_ns)");
        if (isFlat is null) unchecked_.Add("whether the detectors make such a peak themselves (give flat_file)");
        var (value, why) = over switch
        {
            "no" => ("no", "Bunching up to 2 is what chaotic light has, and blinking and drift too: it is no evidence of emission together."),
            not "yes" => ("undecided", "It is not settled whether there is more bunching than in chaotic light."),
            _ when options.RadiativeLifetime is { } life && tc - 2 * error > LongestEmission * life =>
                ("no", $"The peak lasts {Text(tc * 1e9)} ns, more than {LongestEmission} radiative lifetimes of {Text(life * 1e9)} ns: something slower than emission makes it."),
            _ when !isLevel => ("no", $"Beside the peak g2 is not flat at 1 ({peak.Level.ToString("F4", CultureInfo.InvariantCulture)} +- {Text(peak.LevelSigma)}, z = {Text(z)}): slow fluctuation bunches too."),
            _ when unchecked_.Count > 0 => ("undecided", $"More bunching than in chaotic light, flat beside the peak. Not checked: {string.Join("; ", unchecked_)}."),
            _ => ("yes", $"More bunching than in chaotic light, for {Text(tc * 1e9)} ns, not above {LongestEmission} radiative lifetimes, flat beside the peak and in the reference. Rates, spectra and power dependence have to agree before it is superradiance."),
        };
        _verdicts.Add(new("evidence", value, why));
    }

    /// <summary>With three detectors each pair has to see the same peak.</summary>
    /// <remarks>
    /// The excess within the peak over the rest of the range, of each pair; both differences among three against their spread from
    /// block to block, left out in turn (Hotelling's T², F-distributed for so few blocks).
    /// </remarks>
    bool PairsAgree(PairCounts[] counts, PairAxis axis, double around)
    {
        if (counts.Length != 3) return true;
        var blocks = counts.Min(one => one.Blocks.Count);
        int[] near = [.. Enumerable.Range(0, axis.Bins).Where(i => Math.Abs(axis.Centre(i)) <= around)];
        int[] far = [.. Enumerable.Range(0, axis.Bins).Where(i => Math.Abs(axis.Centre(i)) > 0.5 * axis.Side * axis.BinSeconds)];
        var inside = counts.Select(one => one.Blocks.Take(blocks).Select(b => near.Sum(i => (double)b.Pairs[i])).ToArray()).ToArray();
        var outside = counts.Select(one => one.Blocks.Take(blocks).Select(b => far.Sum(i => (double)b.Pairs[i])).ToArray()).ToArray();
        (double X, double Y) Differences(int left)
        {
            double Of(int pair) => (inside[pair].Sum() - (left < 0 ? 0 : inside[pair][left])) / near.Length / ((outside[pair].Sum() - (left < 0 ? 0 : outside[pair][left])) / far.Length);
            return (Of(0) - Of(1), Of(0) - Of(2));
        }

        if (blocks < 10 || inside.Any(one => one.Sum() < 25) || outside.Any(one => one.Sum() < 100)) return true;
        var whole = Differences(-1);
        var each = Enumerable.Range(0, blocks).Select(Differences).ToArray();
        var (mx, my) = (each.Average(d => d.X), each.Average(d => d.Y));
        var scale = (blocks - 1.0) / blocks;
        var (xx, xy, yy) = (scale * each.Sum(d => (d.X - mx) * (d.X - mx)), scale * each.Sum(d => (d.X - mx) * (d.Y - my)), scale * each.Sum(d => (d.Y - my) * (d.Y - my)));
        var determinant = xx * yy - xy * xy;
        if (!(determinant > 0)) return true;
        var t2 = (yy * whole.X * whole.X - 2 * xy * whole.X * whole.Y + xx * whole.Y * whole.Y) / determinant;
        var p = 1 - FisherSnedecor.CDF(2, blocks - 2, Math.Max(0, t2) * (blocks - 2) / (2.0 * (blocks - 1)));
        _quantities.Add(Quantity.Of("pairs_agree_p", Math.Clamp(p, 0, 1), null, "1") with { N = (long)inside.Sum(one => one.Sum()), Method = "hotelling" });
        if (p > LeastAgreement) return true;
        Tell("PAIRS_DISAGREE", $"The three pairs of detectors see peaks of different height (p = {p.ToString("G2", CultureInfo.InvariantCulture)}): light from one source cannot. Crosstalk of two detectors, or a wrong delay of one, does it; the superbunched verdict needs them to agree. Look at each pair by itself.");
        return false;
    }

    /// <summary>Light in pulses: the pairs of one pulse over those of neighbouring pulses, as photon numbers in a pulse bunch.</summary>
    IEnumerable<Curve> Pulses(BunchingCounts counts, double period, double depth)
    {
        Tell("PULSED_LIGHT", $"The light comes in pulses {Text(period * 1e9)} ns apart (micro times modulated by {Text(100 * depth)} %). g2(0) is the area of the central peak over that of its neighbours; it speaks of the photon number in a pulse and has no coherence time.");
        var (value, sigma, each, n) = Ratio(counts.Numbers);
        var k = Enumerable.Range(0, PhotonNumbers.Pulses + 1).ToArray();
        var side = each.Skip(1).Average();
        var curve = new Curve("pulses", new("pulses apart", "1", [.. k.Select(x => (double?)x)]), new("g2", "1", [.. each.Select(c => side > 0 ? c / side : (double?)null)])
        {
            // A peak beside the centre holds both orders.
            Sigma = [.. each.Select((c, i) => side > 0 ? Math.Sqrt(Math.Max(c, 1) / (i == 0 ? 1 : 2)) / side : (double?)null)],
        });
        if (side < 10 || n < 1 && side < FewestPairs)
        {
            Few(n + side);
            return [curve];
        }

        var (rho2, rhoSigma) = SignalShare(counts.Pairs);
        if (rho2 is { } share && share > 0)
        {
            var (a, e) = ((value - 1) / share, Math.Sqrt(sigma * sigma + Math.Pow((value - 1) * rhoSigma / share, 2)) / share);
            _quantities.Add(Quantity.Of("g2_0", 1 + a, e, "1") with { N = (long)n, Method = "block-jackknife" });
            _quantities.Add(Quantity.Of("amplitude", a, e, "1") with { N = (long)n, Method = "block-jackknife" });
            if (options.Background is not null) _quantities.Add(Quantity.Of("amplitude_raw", value - 1, sigma, "1") with { N = (long)n, Method = "block-jackknife" });
        }

        foreach (var (name, unit) in options.IsLong ? [("tau_int_us", "us")] : new[] { ("tau_c_ps", "ps"), ("area_ps", "ps") })
            _quantities.Add(Quantity.Refused(name, unit, "PULSED_LIGHT"));
        bool? isFlat = null;
        if (reference is null) NoReference();
        else
        {
            var (bin, range) = Bunching.Axis(options);
            var (own, error, _, _) = Ratio(BunchingCounts.Of(reference, detectors, options, bin, range, progress, stop).Numbers);
            isFlat = !(own - 1 > 5 * error);
            if (isFlat == false) Tell("CROSSTALK", $"In the reference the central peak is {Text(own)} +- {Text(error)} of its neighbours: the detectors make pairs of their own, and the verdict is withheld. Filter their flashes, or put a longer light path between them.");
        }

        Verdicts(false, true, isFlat, true);
        _verdicts.Add(new("quality", "ok", $"{Text(n)} pairs lie in the central peak, {Text(side)} in each beside it."));
        return [curve];
    }

    /// <summary>Central peak over the mean of those beside it, with blocks left out in turn; pairs of each distance in pulses, one order.</summary>
    static (double Value, double Sigma, double[] Each, double Centre) Ratio(PhotonNumbers numbers)
    {
        double[] Of(int left)
        {
            var sum = new double[PhotonNumbers.Pulses + 1];
            for (var b = 0; b < PhotonNumbers.Blocks; b++)
                for (var k = 0; b != left && k < sum.Length; k++) sum[k] += numbers.Pairs[b, k] * (k == 0 ? 1 : 0.5);
            return sum;
        }

        var all = Of(-1);
        var side = all.Skip(1).Average();
        var spread = new Spread();
        for (var b = 0; b < PhotonNumbers.Blocks; b++)
            if (Of(b) is var rest && rest.Skip(1).Average() is > 0 and var beside) spread.Add(rest[0] / beside);
        var poisson = side > 0 ? Math.Sqrt(Math.Max(all[0], 1) + all[0] * all[0] / (2 * PhotonNumbers.Pulses * side)) / side : 0;
        return (side > 0 ? all[0] / side : 0, Math.Max(poisson, spread.JackknifeError), all, all[0]);
    }

    void NoReference() =>
        Tell("NO_FLAT_REFERENCE", "No flat_file was given. A flash of one detector seen by the other makes a peak like bunching: measure the same detectors in an attenuated laser, whose g2 must be flat, and give it as flat_file.");

    /// <summary>The same detectors in laser light: their own peaks show there.</summary>
    /// <returns>Null without a reference.</returns>
    bool? Reference(PairAxis axis)
    {
        if (reference is null)
        {
            NoReference();
            return null;
        }

        var counts = BunchingCounts.Of(reference, detectors, options, axis.BinSeconds, axis.Side * axis.BinSeconds, progress, stop);
        var (own, pairs) = (counts.Axis, counts.Counted());
        var mean = pairs.Average();
        if (mean * own.Bins < 1000)
        {
            Tell("NO_FLAT_REFERENCE", $"The reference holds {Text(pairs.Sum())} pairs, too few to show a peak. Measure it longer.");
            return null;
        }

        var worst = 0.0;
        foreach (var width in new[] { 0, 1, 3, 10 }.Where(w => w < own.Side / 4))
        {
            var n = Enumerable.Range(own.Side - width, 2 * width + 1).Sum(i => pairs[i]);
            worst = Math.Max(worst, (n - mean * (2 * width + 1)) / Math.Sqrt(mean * (2 * width + 1)));
        }

        if (worst <= 5) return true;
        Tell("CROSSTALK", $"The reference is not flat: at zero delay it stands {Text(worst)} sigma above its mean. The detectors make a peak of their own there, and the verdict is withheld. Filter their flashes, or put a longer light path between them.");
        return false;
    }

    (double? Value, double Sigma) SignalShare(PairCounts[] counts)
    {
        var given = options.Background ?? [];
        var several = detectors.Late.Count;
        if (given.Count > 1 && given.Count != several)
            throw new RequestException($"The parameter \"background_cps\" takes one value for each of the {several} detectors, or one for all; found {given.Count}.");
        if (given.Count == 0) return (1, 0);
        double Of(int detector) => given.Count == 1 ? given[0] : given[detector];
        double share = 0, variance = 0, weight = 0;
        foreach (var (one, (x, y)) in counts.Zip(detectors.Pairs))
        {
            var (ra, rb) = (one.Starts / _live, one.Stops / _live);
            var (a, b) = (1 - Of(x) / ra, 1 - Of(y) / rb);
            var w = ra * rb;
            if (!(a > 0) || !(b > 0))
            {
                Tell("BACKGROUND_EXCEEDS_SIGNAL", $"The background ({Text(Of(x))} and {Text(Of(y))} cps) is not below the rate ({Text(ra)} and {Text(rb)} cps), so no signal is left and no amplitude can be given. Measure the background again.");
                return (null, 0);
            }

            share += w * a * b;
            variance += w * w * (b * b * Of(x) / (ra * ra) + a * a * Of(y) / (rb * rb)) / _live;
            weight += w;
        }

        return (share / weight, Math.Sqrt(variance) / weight);
    }

    void Few(double pairs) =>
        Refuse("TOO_FEW_COINCIDENCES", $"About {Text(pairs)} pairs lie within the peak; need about {FewestPairs} for a verdict. At this rate measure {Text(Math.Ceiling(_live * FewestPairs / Math.Max(pairs, 1)))} s.");

    /// <summary>A failed gate: the verdicts are withheld.</summary>
    void Refuse(string code, string text)
    {
        Tell(code, text);
        if (_verdicts.Count > 0) return;
        _verdicts.Add(new("superbunched", "undecided", text));
        _verdicts.Add(new("thermal_consistent", "undecided", text));
    }

    Curve Curve(PairAxis axis, double[] pairs, double[] flat, FitResult? fit)
    {
        var (unit, scale) = options.IsLong ? ("us", 1e6) : ("ns", 1e9);
        double?[] Each(Func<int, double> of) => [.. Enumerable.Range(0, axis.Bins).Select(i => flat[i] > 0 ? of(i) : (double?)null)];
        var more = new Dictionary<string, Series> { ["counts"] = new("pairs", "1", [.. pairs.Select(n => (double?)n)]) };
        if (fit is not null) more["residual"] = new("residual", "sigma", Each(i => ResidualTests.Signed(pairs[i], fit.Mu[i])));
        return new("g2", new("delay", unit, [.. Enumerable.Range(0, axis.Bins).Select(i => (double?)Math.Round(axis.Centre(i) * scale, 9))]),
            new("g2", "1", Each(i => pairs[i] / flat[i])) { Sigma = Each(i => Math.Sqrt(Math.Max(pairs[i], 1)) / flat[i]) })
        {
            Fit = fit is null ? null : Each(i => fit.Mu[i] / flat[i]),
            More = more,
        };
    }

    AnalysisReport Done(IReadOnlyList<Curve> curves)
    {
        List<(string Name, string Unit)> numbers = [("g2_0", "1"), ("amplitude", "1")];
        numbers.AddRange(options.IsLong ? [("tau_int_us", "us")] : [("tau_c_ps", "ps"), ("area_ps", "ps")]);
        if (options.Channels is { Count: 3 }) numbers.Add(("g3_0", "1"));
        if (_verdicts.All(v => v.Name != "quality")) _verdicts.Add(new("quality", "insufficient", _messages.LastOrDefault()?.Text ?? ""));
        var because = _messages.FirstOrDefault(m => m.Code is "EMPTY_CHANNEL" or "TOO_FEW_COINCIDENCES" or "BACKGROUND_EXCEEDS_SIGNAL")?.Code ?? "NO_FIT";
        return new("bunching", 1)
        {
            Parameters = new JsonObject(),
            Quantities = [.. numbers.Select(one => _quantities.Find(q => q.Name == one.Name) ?? Quantity.Refused(one.Name, one.Unit, because)),
                .. _quantities.Where(q => numbers.All(one => one.Name != q.Name))],
            Verdicts = _verdicts,
            Messages = _messages,
            Curves = curves,
        };
    }

    void Tell(string code, string text) => _messages.Add(new(code, text));

    static string Text(double x) => NumberText.Rounded(x);
}
