using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Interference;

/// <summary>Two-photon interference under continuous light: pairs by delay of both polarisations, fitted together.</summary>
static class CwHom
{
    public static AnalysisReport Compute(
        PhotonStream parallel, PhotonStream? orthogonal, HomOptions options, Measurement? irf, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        if (options.CoherenceTime is { Count: 0 or > 2 } or [<= 0, ..])
            throw new RequestException("The parameter \"T2_ps\" should be the coherence time and its standard error, such as [250, 20].");
        var counting = Counting(options);
        var (response, delay) = CwG2.Response(irf, counting, progress, stop);
        var files = new List<CwHomCounted> { One(parallel, "parallel", true) };
        if (orthogonal is not null) files.Add(One(orthogonal, "orthogonal", false));
        progress?.Report(new("fitting", parallel.AvailableRecords, parallel.AvailableRecords));
        return new CwHomJudge(files, options, response, stop).Report();

        CwHomCounted One(PhotonStream photons, string name, bool meets)
        {
            var (counts, time) = CwG2.Count(photons, counting, progress, stop, delay);
            return new(name, meets, photons, counts, time);
        }
    }

    /// <summary>Counts the pairs of one file: the part that takes the photons.</summary>
    public static long Count(PhotonStream photons, HomOptions options, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        var (counts, _) = CwG2.Count(photons, Counting(options), progress, stop);
        return counts.Starts + counts.Stops;
    }

    static CwG2Options Counting(HomOptions o) => new()
    {
        Channels = o.Channels, BinWidth = o.BinWidth, Jitter = o.Jitter, IrfSigma = o.IrfSigma, IrfCentre = o.IrfCentre,
        MaxDelay = o.MaxDelay ?? Math.Max(50e-9, Math.Abs(o.ArmDelay ?? 0) + 30e-9),
    };
}

/// <summary>The pairs of one file.</summary>
/// <param name="Name">Of the input.</param>
/// <param name="Meets">Parallel polarisation.</param>
sealed record CwHomCounted(string Name, bool Meets, PhotonStream Photons, PairCounts Counts, AcquisitionTime Time)
{
    public PairAxis Axis => Counts.Axis;
    public PairBaseline Baseline { get; } = PairBaseline.Of(Counts, Time);
    public double[] Pairs { get; } = [.. Counts.Pairs.Select(n => (double)n)];
    public double[] Flat => Baseline.Flat;

    /// <summary>Which detector has no photons, in words; null where both have.</summary>
    /// <exception cref="RequestException">More than two channels have photons, and nobody said which are meant.</exception>
    public string? Silence(IReadOnlyList<int>? asked)
    {
        var present = new SortedDictionary<int, long>(Counts.Others.ToDictionary());
        if (Counts.Channels.Start is { } a && Counts.Starts > 0) present[a] = Counts.Starts;
        if (Counts.Channels.Stop is { } b && Counts.Stops > 0) present[b] = Counts.Stops;
        if (asked is null && present.Count > 2) throw PulsedRun.TooMany(present);
        if (Counts is { Starts: > 0, Stops: > 0 } && Baseline.Live > 0) return null;
        var silent = asked?.Where(c => !present.ContainsKey(c)).ToArray() ?? [];
        return $"{(silent.Length > 0 ? $"Channel {silent[0]} has 0 events; is the mapping right?" : "Interference needs photons on two detectors.")} Channels present: {PulsedRun.List(present)}.";
    }
}

/// <summary>From counted pairs to a report. One object for one report.</summary>
sealed class CwHomJudge(IReadOnlyList<CwHomCounted> files, HomOptions options, PairResponse response, CancellationToken stop)
{
    const double EnoughPairs = 400; // within the coherence time, for +-0.05 in M
    const double Seen = 12;         // fall of the deviance by which interference is seen: two parameters, 0.2 % by chance
    const double Z95 = 1.959964;

    // Pumping and emission end the coherence: T2 <= 2 t1 for two levels. Twice that leaves room for the error of t1.
    const double LongestCoherence = 4;

    readonly List<Message> _messages = [];
    readonly List<Quantity> _quantities = [];
    readonly CwHomCounted _parallel = files[0];
    readonly CwHomCounted? _orthogonal = files.Count > 1 ? files[1] : null;
    readonly PairAxis _axis = files[0].Axis;

    // The splitter's losses leave the ratio of its two ways.
    readonly double _r = options.Reflectance / (options.Reflectance + options.Transmittance);
    readonly double _contrast2 = options.Contrast * options.Contrast;

    public AnalysisReport Report()
    {
        foreach (var file in files)
        {
            foreach (var finding in file.Photons.Findings.Concat(file.Time.Findings).Where(f =>
                f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH" || f is { Code: "DTIME_BEYOND_PERIOD", Severity: Severity.Warning }))
                Tell(finding.Code, finding.Message, file.Name);
            if (file.Silence(options.Channels) is { } silence)
            {
                Tell("EMPTY_CHANNEL", silence, file.Name);
                return Refused("EMPTY_CHANNEL", "A file lacks photons on one of two detectors");
            }
        }

        foreach (var file in files)
            if (WhyNot(file) is var (code, why))
            {
                Tell(code, why, file.Name);
                return Refused(code, why.TrimEnd('.'));
            }

        return Fitted(new(this));
    }

    /// <summary>What forbids a fit of one file.</summary>
    (string Code, string Why)? WhyNot(CwHomCounted file)
    {
        var (baseline, axis, pairs) = (file.Baseline, file.Axis, file.Pairs);
        if (baseline.Silences is [var first, ..] silences)
            Tell("GAPS", $"{silences.Count} gap{(silences.Count == 1 ? "" : "s")} without a single photon on either detector, {Text(baseline.Dark)} s in all (first at {Text(first.From)} s), as a shutter makes. Rates and normalisation use the live time, {Text(baseline.Live)} s.", file.Name);
        if (file.Counts.WorstDisorder > 1e-6)
            Tell("DISORDER", $"{file.Counts.Disordered} photons came out of time order within their channel, the latest by {Text(file.Counts.WorstDisorder * 1e6)} us. They were sorted in.", file.Name);
        if ((long)Math.Round(options.BinWidth / axis.BinSeconds * 1e6) != 1_000_000 && file == _parallel)
            Tell("BIN_WIDTH", $"Bins are {Text(axis.BinSeconds * 1e12)} ps wide instead of {Text(options.BinWidth * 1e12)} ps: an odd number of clock steps, so that zero delay lies in the middle of the centre bin.");
        if (pairs.Sum() is < 100 and var all)
            return ("TOO_FEW_COINCIDENCES", $"{all} pairs lie within the delay range; no curve can be fitted. Measure about {Text(1e4 * baseline.Live / Math.Max(1, all))} s, or at a higher rate.");
        if (Comb(file) is var (period, depth))
            return ("PULSED_LIGHT", $"The pairs come in peaks {Text(period * 1e9)} ns apart (modulated by {Text(100 * depth)} %): this is pulsed light, and its peaks' areas tell of interference. Record the laser's pulses too (T3, or T2 with a channel of the laser), and ask with excitation pulsed.");
        if (CwG2Artefacts.FindSharedDeadTime(file.Counts.Pairs, file.Flat, (int)Math.Clamp(axis.Side - Math.Round(axis.Delay / (double)axis.Width), 0, axis.Bins - 1), 1) is { } dead)
            return ("COMMON_DEADTIME", $"Below {Text(dead * axis.BinSeconds * 1e9)} ns there are almost no pairs, with a sharp edge on both sides: a dead time that both channels share hides zero delay. Put a cable delay longer than that in front of one detector and give it as irf_t0_ps.");
        if (Rho2(file).Value <= 0)
            return ("BACKGROUND_EXCEEDS_SIGNAL", $"The background leaves no signal: rates are {Text(file.Counts.Starts / baseline.Live)} and {Text(file.Counts.Stops / baseline.Live)} cps. Check background_cps.");
        return null;
    }

    /// <summary>A comb of peaks, as a pulsed laser makes; three periods at least must be in the range.</summary>
    static (double Period, double Depth)? Comb(CwHomCounted file)
    {
        var (axis, pairs) = (file.Axis, file.Pairs);
        if (file.Photons.SyncPeriod is { } own) return file.Baseline.Comb(axis, pairs, own) is > 0.3 and var depth ? (own, depth) : null;
        var range = axis.Side * axis.BinSeconds;
        (double Period, double Depth)? best = null;
        for (var turns = 3.0; turns < Math.Min(0.25 * axis.Side, 400); turns += 0.25)
            if (file.Baseline.Comb(axis, pairs, range / turns) is > 0.4 and var depth && depth > (best?.Depth ?? 0))
                best = (range / turns, depth);
        return best;
    }

    /// <summary>Share of the pairs that are of two photons of the dot, and its error.</summary>
    (double Value, double Sigma) Rho2(CwHomCounted file)
    {
        var (ba, bb) = CwG2.Both(options.Background, "background_cps") ?? (0, 0);
        var live = file.Baseline.Live;
        var (sa, sb) = CwG2.Both(options.BackgroundSigma, "background_sigma_cps") ?? (Math.Sqrt(ba / live), Math.Sqrt(bb / live));
        var (ra, rb) = (file.Counts.Starts / live, file.Counts.Stops / live);
        var (a, b) = (1 - ba / ra, 1 - bb / rb);
        var value = a > 0 && b > 0 ? a * b : -Math.Abs(a * b);
        return (value, Math.Sqrt(Math.Pow(b * sa / ra, 2) + Math.Pow(a * sb / rb, 2)));
    }

    /// <summary>The fit of all files, from start values found in the pairs.</summary>
    sealed class Found
    {
        readonly CwHomJudge _judge;
        readonly IReadOnlyList<CwHomFile> _files;
        readonly List<Known> _known = [];

        public Found(CwHomJudge judge)
        {
            _judge = judge;
            var o = judge.Options;
            _files = [.. judge.Files.Select(file => new CwHomFile(file.Axis, file.Flat, file.Pairs, judge.Rho2(file).Value, file.Meets))];
            if (o.G2 is [var g, > 0 and var gSigma]) _known.Add(new(CwHomModel.G0, g, gSigma));
            if (o.CoherenceTime is [var t2, > 0 and var t2Sigma]) _known.Add(new(CwHomModel.LnT2, Math.Log(t2), t2Sigma / t2));

            var (pairs, flat) = (new double[judge._axis.Bins], new double[judge._axis.Bins]);
            foreach (var file in _files.Where(file => file.Axis == judge._axis))
                for (var i = 0; i < pairs.Length; i++)
                    (pairs[i], flat[i]) = (pairs[i] + file.Pairs[i], flat[i] + file.Flat[i]);
            var dips = new CwHomDips(judge._axis, pairs, flat);
            Centre = dips.Centre;
            (Delay, SeesDelay) = o.ArmDelay is { } given && given != 0 ? (given, dips.Sees(given)) : dips.Delay is { } found ? (found, true) : (1e3 * judge._axis.Side * judge._axis.BinSeconds, false);
            Begin();
        }

        public double Centre { get; }
        public double Delay { get; private set; }

        /// <summary>True where the dips beside the central one stand out.</summary>
        public bool SeesDelay { get; }

        public CwHomModel Model { get; private set; } = null!;
        public FitResult Fit { get; private set; } = null!;

        /// <summary>The same with the information at possible parameters.</summary>
        public FitResult Informed { get; private set; } = null!;

        /// <summary>True where the files differ as interference makes them.</summary>
        public bool SeesInterference { get; private set; }

        public double[] P => Fit.Values;

        void Begin()
        {
            var o = _judge.Options;
            var start = Start(Delay);
            // Which dip is the one of T² depends on which detector comes first.
            if (SeesDelay && Math.Abs(_judge._r - 0.5) > 0.005 && Start(-Delay) is var other && other.Misfit < start.Misfit)
                (start, Delay) = (other, -Delay);
            var without = Run(start.P, meets: false);
            var dip = Math.Exp(without.Fit.Values[CwHomModel.LnT1]);
            // A narrow and a wide one: between them the likelihood may have two summits.
            IEnumerable<double>[] ranges = o.CoherenceTime is [var known, ..] ? [[known]] : [Times(0.3 * _judge._axis.BinSeconds, dip), Times(dip, LongestCoherence * dip)];
            var begun = ranges.Select(range => Coherence(without.Fit.Values, range)).ToArray();
            var with = begun.Select(start => Run(start, meets: true)).MinBy(run => run.Fit.Deviance);
            SeesInterference = without.Fit.Deviance - with.Fit.Deviance > Seen;
            if (!SeesInterference && o.CoherenceTime is null)
            {
                // No coherence time fits better than another: hold it, so that noise is not fitted.
                with = Run(Coherence(without.Fit.Values, [dip]), meets: true, holdsT2: true);
            }

            (Model, Fit) = with;
            double[] possible = [.. Fit.Values];
            possible[CwHomModel.G0] = Math.Max(possible[CwHomModel.G0], 0);
            possible[CwHomModel.M] = Math.Min(possible[CwHomModel.M], 1);
            Informed = possible.SequenceEqual(Fit.Values) ? Fit : PoissonFit.InformedAt(Model, Model.Counts, Fit, possible);
        }

        /// <summary>True where a coherence time fits as well as the best by two standard errors.</summary>
        public bool Allows(double t2)
        {
            double[] start = [.. P];
            start[CwHomModel.LnT2] = Math.Log(t2);
            return Run(Coherence(start, [t2]), meets: true, holdsT2: true).Fit.Deviance - Fit.Deviance < 4;
        }

        static IEnumerable<double> Times(double from, double to)
        {
            for (var t = from; t < to; t *= 1.35) yield return t;
        }

        CwHomModel ModelOf(IReadOnlyList<FitParameter> parameters) => new(_files, _judge.Response, _judge._r, _judge._contrast2, _known, parameters);

        /// <summary>The dip's time that fits best with heights free, of the reference where there is one.</summary>
        (double[] P, double Misfit) Start(double delay)
        {
            var f = _files.Count - 1;
            var file = _files[f];
            var range = file.Axis.Side * file.Axis.BinSeconds;
            var model = ModelOf([]);
            double[] best = [0, Math.Log(0.05 * range), 0, 0, Centre, delay, .. _files.Select(one => one.Rho2)];
            var least = double.PositiveInfinity;
            foreach (var t1 in Times(0.5 * file.Axis.BinSeconds, 0.4 * range))
            {
                double[] p = [0, Math.Log(t1), 0, Math.Log(t1), Centre, delay, .. _files.Select(one => one.Rho2)];
                var curve = model.Curve(file.Axis, p, false);
                double w0 = 0, w1 = 0, w2 = 0, y0 = 0, y1 = 0, y2 = 0;
                for (var i = 0; i < curve.Length; i++)
                {
                    if (!(file.Flat[i] > 0)) continue;
                    var (w, x, y) = (file.Flat[i], 1 - curve[i], file.Pairs[i] / file.Flat[i]);
                    (w0, w1, w2, y0, y1, y2) = (w0 + w, w1 + w * x, w2 + w * x * x, y0 + w * y, y1 + w * x * y, y2 + w * y * y);
                }

                var det = w0 * w2 - w1 * w1;
                if (!(det > 1e-12 * w0 * w2)) continue;
                var (height, slope) = ((w2 * y0 - w1 * y1) / det, (w0 * y1 - w1 * y0) / det);
                var misfit = y2 - height * y0 - slope * y1;
                var level = height - 1 + file.Rho2;
                if (!(misfit < least) || level <= 0 || slope >= 0) continue;
                least = misfit;
                best = p;
                // The likelihood knows no bin below zero: lift the dip until the model is positive everywhere.
                best[CwHomModel.G0] = Math.Clamp(1 + slope / level, 0.02, 0.98);
                for (var k = 0; k < _files.Count; k++) best[CwHomModel.Level + k] = _files[k].Rho2 + level - file.Rho2;
            }

            for (var k = 0; k < _files.Count; k++) best[CwHomModel.Level + k] = Math.Max(best[CwHomModel.Level + k], 0.05);
            return (best, least);
        }

        /// <summary>The coherence time that explains best what the parallel file lacks, and the overlap that goes with it.</summary>
        double[] Coherence(double[] p, IEnumerable<double> times)
        {
            var file = _files[0];
            var model = ModelOf([]);
            var most = double.NegativeInfinity;
            double[] best = [.. p];
            foreach (var t2 in times)
            {
                double[] q = [.. p];
                (q[CwHomModel.M], q[CwHomModel.LnT2]) = (0, Math.Log(t2));
                var apart = model.Curve(file.Axis, q, true);
                q[CwHomModel.M] = 1;
                var together = model.Curve(file.Axis, q, true);
                double xx = 0, xy = 0;
                for (var i = 0; i < apart.Length; i++)
                {
                    var mu = file.Flat[i] * (1 - file.Rho2 + p[CwHomModel.Level] * apart[i]);
                    if (!(mu > 0)) continue;
                    var x = file.Flat[i] * p[CwHomModel.Level] * (apart[i] - together[i]);
                    xx += x * x / mu;
                    xy += x * (mu - file.Pairs[i]) / mu;
                }

                var gain = xx > 0 ? xy * xy / xx * (xy > 0 ? 1 : 0.25) : 0;
                if (gain <= most) continue;
                most = gain;
                best = q;
                best[CwHomModel.M] = xx > 0 ? Math.Clamp(xy / xx, -0.9, 0.9) : 0;
            }

            return best;
        }

        (CwHomModel Model, FitResult Fit) Run(double[] start, bool meets, bool holdsT2 = false)
        {
            var o = _judge.Options;
            var axis = _judge._axis;
            var (bin, range) = (axis.BinSeconds, axis.Side * axis.BinSeconds);
            var half = (int)Math.Min(Math.Exp(start[CwHomModel.LnT1]) / bin, axis.Side);
            var inDip = _files.Sum(file => Enumerable.Range(0, file.Pairs.Length).Where(i => Math.Abs(i - file.Axis.Side) <= half).Sum(i => file.Pairs[i]));
            var g = o.G2 is [var given, ..] ? given : start[CwHomModel.G0];
            var delay = start[CwHomModel.Delay];
            var aside = Math.Max(0.1 * Math.Abs(delay), 5 * bin);
            FitParameter Of(string name, int index, double from = double.NegativeInfinity, double to = double.PositiveInfinity) => new(name, Math.Clamp(start[index], from, to), from, to);
            var parameters = new List<FitParameter>
            {
                Of("g0", CwHomModel.G0) with { Start = g, Fixed = o.G2 is [_] or [_, 0] },
                Of("ln t1", CwHomModel.LnT1, Math.Log(0.02 * bin), Math.Log(2 * range)),
                Of("M", CwHomModel.M) with { Start = meets ? start[CwHomModel.M] : 0, Fixed = !meets },
                Of("ln T2", CwHomModel.LnT2, Math.Log(0.02 * bin), o.CoherenceTime is null ? start[CwHomModel.LnT1] + Math.Log(LongestCoherence) : double.PositiveInfinity) with { Fixed = !meets || holdsT2 || o.CoherenceTime is [_] or [_, 0] },
                new("t0", start[CwHomModel.Centre], start[CwHomModel.Centre] - 0.25 * range, start[CwHomModel.Centre] + 0.25 * range) { Fixed = inDip < CwG2.PairsNeeded.Centre, Scale = bin },
                new("D", delay, delay - aside, delay + aside) { Fixed = !SeesDelay, Scale = bin },
            };
            parameters.AddRange(_files.Select((_, k) => Of($"A{k}", CwHomModel.Level + k, 1e-6)));
            var model = ModelOf(parameters);
            try
            {
                return (model, PoissonFit.Run(model, model.Counts, stop: _judge.Stop));
            }
            catch (ArgumentException)
            {
                // A guess that is negative somewhere: begin flatter.
                double[] flatter = [.. parameters.Select(parameter => parameter.Start)];
                if (!parameters[CwHomModel.G0].Fixed) flatter[CwHomModel.G0] = 0.5;
                if (meets) flatter[CwHomModel.M] = 0.1;
                return (model, PoissonFit.Run(model, model.Counts, null, flatter, _judge.Stop));
            }
        }
    }

    HomOptions Options => options;
    IReadOnlyList<CwHomCounted> Files => files;
    PairResponse Response => response;
    CancellationToken Stop => stop;

    /// <summary>Parameters of the fit with one block of time left out, file by file.</summary>
    IReadOnlyList<IReadOnlyList<double[]>> LeftOut(Found found)
    {
        var model = found.Model;
        var all = new List<IReadOnlyList<double[]>>();
        for (var f = 0; f < files.Count; f++)
        {
            var counts = files[f].Counts;
            var blocks = counts.Blocks.Where(block => block.Length > 0).ToArray();
            var whole = blocks.Sum(block => block.Length);
            var from = model.From(f);
            var some = new List<double[]>();
            foreach (var choice in BlockResampling.Jackknife(blocks.Length, stop))
            {
                double starts = 0, stops = 0, time = 0;
                double[] h = [.. model.Counts];
                var scale = new double[h.Length];
                Array.Fill(scale, 1);
                Array.Clear(h, from, files[f].Axis.Bins);
                foreach (var k in choice)
                {
                    (starts, stops, time) = (starts + blocks[k].Starts, stops + blocks[k].Stops, time + blocks[k].Length / whole);
                    for (var i = 0; i < files[f].Axis.Bins; i++) h[from + i] += blocks[k].Pairs[i];
                }

                if (starts == 0 || stops == 0) continue;
                Array.Fill(scale, starts * stops / time / (counts.Starts * (double)counts.Stops), from, files[f].Axis.Bins);
                some.Add(PoissonFit.Rescore(found.Informed, h, scale));
            }

            all.Add(some);
        }

        return all;
    }

    AnalysisReport Fitted(Found found)
    {
        var (fit, p) = (found.Fit, found.P);
        var leftOut = LeftOut(found);
        var (t1, t2) = (Math.Exp(p[CwHomModel.LnT1]), Math.Exp(p[CwHomModel.LnT2]));
        var total = files.Sum(file => file.Counts.Pairs.Sum());
        var flags = new List<string>();
        var worst = 0.0;

        // The larger of likelihood and blocks, for any number that the parameters make.
        (double Value, double? Sigma, string Method) Of(Func<double[], double> number)
        {
            var value = number(p);
            var slopes = new double[p.Length];
            foreach (var j in found.Informed.Free)
            {
                double[] low = [.. p], high = [.. p];
                var h = 1e-3 * (found.Informed.Sigma(j) ?? 0);
                (low[j], high[j]) = (low[j] - h, high[j] + h);
                slopes[j] = h > 0 ? (number(high) - number(low)) / (2 * h) : 0;
            }

            double variance = 0;
            foreach (var j in found.Informed.Free)
                foreach (var k in found.Informed.Free)
                    variance += slopes[j] * slopes[k] * found.Informed.Covariance(j, k);
            double? likelihood = found.Informed.Fisher is null ? null : Math.Sqrt(Math.Max(variance, 0));
            double square = 0;
            foreach (var one in leftOut)
            {
                var spread = new Spread();
                foreach (var q in one) spread.Add(found.Informed.Free.Sum(j => slopes[j] * (q[j] - p[j])));
                if (spread.Count >= BlockResampling.FewestBlocks) square += spread.JackknifeError * spread.JackknifeError;
            }

            var blocks = Math.Sqrt(square);
            if (likelihood is > 0) worst = Math.Max(worst, blocks / likelihood.Value);
            return likelihood is null ? (value, blocks > 0 ? blocks : null, "block-jackknife") : blocks > likelihood ? (value, blocks, "block-jackknife") : (value, likelihood, "fisher");
        }

        Quantity Number(string name, string unit, Func<double[], double> number, double byRho2 = 0)
        {
            var (value, sigma, method) = Of(number);
            return Quantity.Of(name, value, sigma is { } s ? Math.Sqrt(s * s + byRho2 * byRho2) : null, unit) with
            {
                N = total, Method = method, Grade = flags.Count > 0 ? Grade.Warn : Grade.Ok, Flags = [.. flags],
            };
        }

        if (Math.Abs(fit.Goodness) > 5)
        {
            flags.Add("FIT_POOR");
            Tell("FIT_POOR", $"The model misses the pairs by z = {Text(fit.Goodness)} (0 +- 1 for a model that fits). Errors are scaled by {Text(Math.Sqrt(fit.Overdispersion))}; look at the residuals. Is delay_ns right, does the dot show bunching?");
        }

        if (!fit.Converged) Tell("FIT_POOR", "The fit did not settle within 200 steps; take its numbers with care.");
        if (!found.SeesDelay && options.ArmDelay is null)
            Tell("DELAY_NOT_SEEN", $"No dips stand out beside the central one within {Text(_axis.Side * _axis.BinSeconds * 1e9)} ns, where photons through different arms would leave them; the delay of the arms was taken as longer. Give it as delay_ns.");
        if (options.G2 is null && Math.Abs(p[CwHomModel.Delay]) < 3 * t1)
            Tell("CHECK_DELAY", $"The delay of the arms, {Text(Math.Abs(p[CwHomModel.Delay]) * 1e9)} ns, is short against the dip's time ({Text(t1 * 1e9)} ns): the three dips overlap, and M hangs on the model of the dip. A longer delay would be surer.");

        var centre = (int)Math.Clamp(_axis.Side + Math.Round(p[CwHomModel.Centre] / _axis.BinSeconds), 0, _axis.Bins - 1);
        var par = Raw(_parallel, centre);
        var perp = _orthogonal is null ? ((double Value, double Sigma)?)null : Raw(_orthogonal, centre);
        if (perp is null)
            Tell("NO_REFERENCE", "There is no file with orthogonal polarisation. The dip's depth and time are taken from the dips beside the central one and from its wings, and R, T say what photons that do not meet would give; an unequal entrance splitter or a second source would change that unseen. Measure orthogonally too.");
        var reference = perp ?? ToPair(Of(q => 1 - Rho2(_parallel).Value + q[CwHomModel.Level] * found.Model.Curve(_axis, q, false)[centre]));
        static (double, double) ToPair((double Value, double? Sigma, string) one) => (one.Value, one.Sigma ?? 0);
        var (a, aSigma) = par;
        var (b, bSigma) = reference;
        _quantities.Add(Quantity.Of("A0_parallel", a, aSigma, "1") with { N = (long)_parallel.Pairs[centre], Method = "exact-poisson" });
        _quantities.Add(perp is null ? Quantity.Refused("A0_orthogonal", "1", "NO_REFERENCE") : Quantity.Of("A0_orthogonal", b, bSigma, "1") with { N = (long)_orthogonal!.Pairs[centre], Method = "exact-poisson" });
        _quantities.Add(b > 0 ? Quantity.Of("V_raw", 1 - a / b, Math.Sqrt(Math.Pow(aSigma / b, 2) + Math.Pow(a * bSigma / (b * b), 2)), "1") with { N = (long)_parallel.Pairs[centre], Method = "exact-poisson" }
            : Quantity.Refused("V_raw", "1", "TOO_FEW_COINCIDENCES"));

        // Uncertain background stretches or shrinks every depth alike.
        var rho = files.Select(Rho2).ToArray();
        var shareSigma = rho.Max(one => one.Sigma / one.Value);
        Overlap(found, Number, shareSigma, flags, total);
        _quantities.Add(Number("g2_0_fit", "1", q => q[CwHomModel.G0], (1 - p[CwHomModel.G0]) * shareSigma));
        _quantities.Add(InTime("t1_ns", "ns", 1e9, CwHomModel.LnT1));
        _quantities.Add(found.SeesDelay ? Number("delay_ns", "ns", q => Math.Abs(q[CwHomModel.Delay]) * 1e9)
            : options.ArmDelay is { } arm ? Quantity.Of("delay_ns", Math.Abs(arm) * 1e9, null, "ns") with { Method = "given" } : Quantity.Refused("delay_ns", "ns", "DELAY_NOT_SEEN"));
        if (!found.Model.Parameters[CwHomModel.Centre].Fixed) _quantities.Add(Number("t0_ns", "ns", q => q[CwHomModel.Centre] * 1e9));
        for (var f = 0; f < files.Count; f++)
        {
            var (index, file) = (CwHomModel.Level + f, files[f]);
            var wings = Number($"wings_{file.Name}", "1", q => 1 - rho[index - CwHomModel.Level].Value + q[index]);
            _quantities.Add(wings);
            if (wings is { Value: { } w, Sigma: { } s } && Math.Abs(w - 1) > 3 * s)
                Tell("FLICKER", $"The far wings lie at {Text(w)} +- {Text(s)}, not at 1: slow fluctuation of the emitter (blinking, drift), not an error of normalisation. The fit is taken relative to them.", file.Name);
        }

        foreach (var file in files)
            _quantities.Add(Quantity.Of($"rate_{file.Name}_cps", (file.Counts.Starts + file.Counts.Stops) / file.Baseline.Live, Math.Sqrt(file.Counts.Starts + file.Counts.Stops) / file.Baseline.Live, "cps") with { N = file.Counts.Starts + file.Counts.Stops, Method = "exact-poisson" });
        if (worst > 2)
            Tell("NONSTATIONARY", $"Blocks of the run differ {Text(worst)} times more than counting statistics allow: the emitter blinks or drifts. Errors are taken from the blocks where they are larger.");

        return Done(Quality(t1, t2), Curves(found));

        Quantity InTime(string name, string unit, double scale, int index)
        {
            var (ln, sigma, method) = Of(q => q[index]);
            return AsTime(name, unit, scale, ln, sigma, method, flags, total);
        }

        Verdict Quality(double dip, double coherence)
        {
            var told = _quantities.Find(q => q.Name == "M") is { Value: not null };
            var within = told || options.CoherenceTime is not null ? coherence : dip;
            var file = _orthogonal ?? _parallel;
            var pairs = file.Counts.Starts * (double)file.Counts.Stops / file.Baseline.Live * within * b;
            var why = $"about {Text(pairs)} pairs of the reference lie within the {(told ? "coherence time" : "dip")}; {EnoughPairs} are needed for +-0.05 in M";
            if (pairs < EnoughPairs) Tell("TOO_FEW_COINCIDENCES", $"{char.ToUpperInvariant(why[0])}{why[1..]}. Measure {Text(Math.Ceiling(10 * EnoughPairs / Math.Max(pairs, 1)) / 10)} times as long.");
            return new("quality", told && pairs >= EnoughPairs ? "ok" : "insufficient", told ? $"{char.ToUpperInvariant(why[0])}{why[1..]}." : "M is withheld; why stands in the messages.");
        }
    }

    static Quantity AsTime(string name, string unit, double scale, double ln, double? sigma, string method, List<string> flags, long n)
    {
        var value = Math.Exp(ln) * scale;
        return sigma is { } s && s < 20
            ? new(name, value, value * s, value * Math.Exp(-Z95 * s), value * Math.Exp(Z95 * s), unit) { N = n, Method = method, Grade = flags.Count > 0 ? Grade.Warn : Grade.Ok, Flags = [.. flags] }
            : new(name, value, null, null, null, unit) { N = n, Grade = Grade.Warn, Flags = [.. flags] };
    }

    /// <summary>M, the visibility at zero delay and the coherence time, behind the response; or why they are withheld.</summary>
    void Overlap(Found found, Func<string, string, Func<double[], double>, double, Quantity> number, double shareSigma, List<string> flags, long total)
    {
        var p = found.P;
        var (m, t2) = (p[CwHomModel.M], Math.Exp(p[CwHomModel.LnT2]));
        var given = options.CoherenceTime is not null;
        var blur = Math.Sqrt(response.Sigma * response.Sigma + _axis.BinSeconds * _axis.BinSeconds / 12);
        var lnSigma = found.Informed.Sigma(CwHomModel.LnT2);
        void Withhold(string code)
        {
            foreach (var (name, unit) in new[] { ("M", "1"), ("V_0", "1"), ("T2_ps", "ps") }) _quantities.Add(Quantity.Refused(name, unit, code));
        }

        if (_contrast2 <= 0)
        {
            Tell("BACKGROUND_EXCEEDS_SIGNAL", "With a contrast of 0 no photon is left that could interfere, so M is not given. Check one_minus_epsilon.");
            Withhold("BACKGROUND_EXCEEDS_SIGNAL");
            return;
        }

        var own = number("M", "1", q => q[CwHomModel.M], m * shareSigma);
        if (found.SeesInterference && own is { Sigma: { } s } && m < -2 * s)
            Tell("CHECK_POLARISATION_SWAP", $"The parallel curve lies above the reference: M = {Text(m)} +- {Text(s)}. Interference only lowers it. Are the two files, or the wave plate's positions, swapped?");
        if (!given && !found.SeesInterference)
        {
            Tell("T2_UNKNOWN", "The two polarisations do not differ by more than chance, so the pairs do not tell over which delays photons would interfere, and M cannot be told from T2. V_raw says what was seen. Give T2_ps from a coherence measurement, such as [250, 20].");
            Withhold("T2_UNKNOWN");
            return;
        }

        if (!given && (blur > t2 || lnSigma is null or > 0.5 || found.Allows(blur)))
        {
            Tell("IRF_LIMITED", $"Response and bin blur delays by {Text(blur * 1e12)} ps, and photons interfere over a T2 of about {Text(t2 * 1e12)} ps: how deep the dip is and how narrow cannot be told apart. V_raw stays as counted; its area, M times T2, is {Text(m * t2 * 1e12)} ps. Give T2_ps from a coherence measurement, such as [250, 20], or use faster detectors.");
            Withhold("IRF_LIMITED");
            _quantities.Add(number("interference_area_ps", "ps", q => q[CwHomModel.M] * Math.Exp(q[CwHomModel.LnT2]) * 1e12, m * t2 * 1e12 * shareSigma));
            return;
        }

        if (!given && blur > 0.5 * t2)
        {
            flags.Add("IRF_LIMITED");
            Tell("IRF_LIMITED", $"Response and bin blur delays by {Text(blur * 1e12)} ps, and photons interfere over a T2 of {Text(t2 * 1e12)} ps: M leans on the width of the response that was given. T2_ps from a coherence measurement would make it surer.");
            own = own with { Grade = Grade.Warn, Flags = [.. flags] };
        }

        // Far from a parabola: the error is the one its 95 % interval stands for.
        if (own.Sigma is > 0.1 || lnSigma is > 0.15)
        {
            var (low, high) = PoissonFit.Profile(found.Model, found.Model.Counts, null, found.Fit, CwHomModel.M, 3.841459, stop);
            var sigma = Math.Max(own.Sigma ?? 0, low is { } l && high is { } h ? (h - l) / (2 * Z95) : 0);
            if (sigma > 0) own = own with { Sigma = sigma, Lo95 = Math.Min(low ?? m, m - (own.Sigma ?? 0) * Z95), Hi95 = Math.Max(high ?? m, m + (own.Sigma ?? 0) * Z95), Method = own.Method == "fisher" ? "profile" : own.Method };
        }

        _quantities.Add(own);
        _quantities.Add(number("V_0", "1", q => 1 - found.Model.AtZero(q, true) / found.Model.AtZero(q, false), m * shareSigma));
        _quantities.Add(Coherence());
        _quantities.Add(number("interference_area_ps", "ps", q => q[CwHomModel.M] * Math.Exp(q[CwHomModel.LnT2]) * 1e12, m * t2 * 1e12 * shareSigma));

        var g = p[CwHomModel.G0];
        if (g is > 0 and < 1)
        {
            var other = number(options.Noise == "distinguishable" ? "M_identical_noise" : "M_distinguishable_noise", "1", q => q[CwHomModel.M] / (1 - q[CwHomModel.G0]), m * shareSigma);
            if (options.Noise == "distinguishable")
            {
                _quantities[_quantities.IndexOf(own)] = other with { Name = "M" };
                other = own with { Name = "M_identical_noise" };
            }

            if (own.Sigma is { } width && Math.Abs(m / (1 - g) - m) > width && g > 2 * (found.Informed.Sigma(CwHomModel.G0) ?? 0))
            {
                _quantities.Add(other);
                Tell("NOISE_MATTERS", $"M is {Text(m)} of all photons of the dot alike, and {Text(m / (1 - g))} if those behind g2(0) = {Text(g)} interfere with nothing. Find out where g2(0) comes from; background that was not given belongs to it.");
            }
        }

        Quantity Coherence()
        {
            if (found.Model.Parameters[CwHomModel.LnT2].Fixed) return Quantity.Of("T2_ps", t2 * 1e12, null, "ps") with { Method = "given" };
            var ln = number("", "1", q => q[CwHomModel.LnT2], 0);
            var one = AsTime("T2_ps", "ps", 1e12, p[CwHomModel.LnT2], ln.Sigma, ln.Method ?? "fisher", flags, total);
            if (!(ln.Sigma > 0.1)) return one;
            // A time that came out short by chance would look surer than it is; the longer side of the profile knows.
            var (low, high) = PoissonFit.Profile(found.Model, found.Model.Counts, null, found.Fit, CwHomModel.LnT2, 3.841459, stop);
            var (from, to) = (low is { } l ? Math.Exp(l) * 1e12 : 0, high is { } h ? Math.Exp(h) * 1e12 : one.Hi95 ?? 0);
            return one with { Sigma = Math.Max(one.Sigma ?? 0, Math.Max(to - t2 * 1e12, t2 * 1e12 - from) / Z95), Lo95 = Math.Min(from, one.Lo95 ?? from), Hi95 = Math.Max(to, one.Hi95 ?? to), Method = "profile" };
        }
    }

    /// <summary>g2 of the centre bin as counted.</summary>
    static (double Value, double Sigma) Raw(CwHomCounted file, int bin)
    {
        var (n, flat) = ((long)file.Pairs[bin], file.Flat[bin]);
        if (!(flat > 0)) return (double.NaN, double.NaN);
        var (low, high) = PoissonDeviance.Interval(n, 0.6827);
        var counting = (n > 0 ? Math.Sqrt(n) : high - low) / flat;
        var spread = new Spread();
        var blocks = file.Counts.Blocks.Where(block => block.Length > 0).ToArray();
        var whole = blocks.Sum(block => block.Length);
        foreach (var choice in BlockResampling.Jackknife(n >= 20 ? blocks.Length : 0))
        {
            double starts = 0, stops = 0, time = 0, pairs = 0;
            foreach (var k in choice) (starts, stops, time, pairs) = (starts + blocks[k].Starts, stops + blocks[k].Stops, time + blocks[k].Length / whole, pairs + blocks[k].Pairs[bin]);
            if (starts > 0 && stops > 0) spread.Add(pairs / flat / (starts * stops / time) * file.Counts.Starts * file.Counts.Stops);
        }

        return (n / flat, Math.Max(counting, spread.JackknifeError));
    }

    IReadOnlyList<Curve> Curves(Found? found)
    {
        var curves = new List<Curve>();
        for (var f = 0; f < files.Count; f++)
        {
            var file = files[f];
            var (axis, flat) = (file.Axis, file.Flat);
            var (g, sigma, fitted, residual) = (new double?[axis.Bins], new double?[axis.Bins], new double?[axis.Bins], new double?[axis.Bins]);
            for (var i = 0; i < axis.Bins; i++)
            {
                if (!(flat[i] > 0)) continue;
                g[i] = file.Pairs[i] / flat[i];
                sigma[i] = Math.Sqrt(Math.Max(file.Pairs[i], 1)) / flat[i];
                if (found is null) continue;
                var mu = found.Fit.Mu[found.Model.From(f) + i];
                fitted[i] = mu / flat[i];
                residual[i] = Math.Sign(file.Pairs[i] - mu) * Math.Sqrt(Math.Max(PoissonDeviance.Of(file.Pairs[i], mu), 0));
            }

            var more = new Dictionary<string, Series> { ["counts"] = new("pairs", "1", [.. file.Counts.Pairs.Select(n => (double?)n)]) };
            if (found is not null) more["residual"] = new("residual", "sigma", residual);
            curves.Add(new($"g2_{file.Name}", Delays(axis), new("g2", "1", g) { Sigma = sigma }) { Fit = found is null ? null : fitted, More = more });
        }

        if (_orthogonal is { } other && other.Axis.Bins == _axis.Bins && other.Axis.BinSeconds == _axis.BinSeconds)
        {
            // Far from zero both curves are the same, and their ratio is noise.
            var reach = found is null ? _axis.Side : (int)Math.Clamp(6 * Math.Exp(found.P[CwHomModel.LnT1]) / _axis.BinSeconds, Math.Min(50, _axis.Side), _axis.Side);
            int[] near = [.. Enumerable.Range(_axis.Side - reach, 2 * reach + 1)];
            double?[] Of(Func<int, double?> value) => [.. near.Select(value)];
            double? Ratio(double? a, double? b) => b > 0 ? 1 - a / b : null;
            var (one, two) = (curves[0], curves[1]);
            curves.Add(new("visibility", new("delay", "ns", Of(i => one.X.Values[i])), new("visibility", "1", Of(i => Ratio(one.Y!.Values[i], two.Y!.Values[i])))
            {
                Sigma = Of(i => two.Y!.Values[i] is > 0 and var b && one.Y!.Values[i] is { } a ? Math.Sqrt(Math.Pow(one.Y.Sigma![i]!.Value / b, 2) + Math.Pow(a * two.Y.Sigma![i]!.Value / (b * b), 2)) : null),
            })
            {
                Fit = found is null ? null : Of(i => Ratio(one.Fit![i], two.Fit![i])),
            });
        }

        return curves;

        static Series Delays(PairAxis axis) => new("delay", "ns", [.. Enumerable.Range(0, axis.Bins).Select(i => (double?)Math.Round(axis.Centre(i) * 1e9, 9))]);
    }

    AnalysisReport Refused(string code, string why)
    {
        foreach (var name in new[] { "A0_parallel", "A0_orthogonal", "V_raw", "M" }) _quantities.Add(Quantity.Refused(name, "1", code));
        return Done(new("quality", "insufficient", $"{why}."), Curves(null));
    }

    AnalysisReport Done(Verdict quality, IReadOnlyList<Curve> curves)
    {
        string[] first = ["M", "V_raw", "A0_parallel", "A0_orthogonal", "V_0", "T2_ps"];
        var parameters = new JsonObject { ["excitation"] = "cw", ["noise"] = options.Noise == "auto" ? "identical" : options.Noise };
        if (_parallel.Counts.Channels is ({ } a, { } b)) parameters["channels"] = new JsonArray(a, b);
        return new("hom", 1)
        {
            Parameters = parameters,
            Quantities = [.. _quantities.OrderBy(q => Array.IndexOf(first, q.Name) is >= 0 and var place ? place : first.Length)],
            Verdicts = [quality],
            Messages = _messages,
            Curves = curves,
        };
    }

    void Tell(string code, string text, string? item = null) => _messages.Add(new(code, text) { Item = item });

    static string Text(double x) => PulsedRun.Text(x);
}
