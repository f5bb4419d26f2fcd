using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Lifetime;

/// <summary>
/// The lifetime of an emitter from the delays of its photons after the laser pulse (TCSPC): decays of all detectors counted or read,
/// laws of decay convolved with the detectors' responses and fitted together by Poisson likelihood, the best law by BIC.
/// </summary>
/// <remarks>
/// The steps, each in its own file: <see cref="DecaySet"/> counts; <see cref="InstrumentResponse"/> takes the response out of a measured
/// one; <see cref="DetectorResponse"/> convolves and folds; <see cref="DecayModel"/> is fitted by <see cref="LifetimeFit"/>;
/// <see cref="PileUp"/> says what was missed. What it assumes and how it was checked: docs/analyses/lifetime.md.
/// </remarks>
public static class Lifetime
{
    /// <summary>Counts the decays: the part that takes the photons.</summary>
    public static DecaySet Count(Measurement measurement, LifetimeOptions options, double? bin = null, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default) =>
        DecaySet.Of(measurement, options.BinWidth ?? bin, progress, stop);

    /// <summary>Counts, fits and judges.</summary>
    /// <param name="irf">A measurement of the response; null without one.</param>
    /// <exception cref="RequestException">Detectors, responses or options do not fit together.</exception>
    /// <exception cref="InsufficientDataException">There is no time since the pulse, or no unit of it.</exception>
    public static AnalysisReport Compute(
        Measurement measurement, Measurement? irf, LifetimeOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        if (options is { Channels: not null, Channel: not null })
            throw new RequestException("Give either \"channels\" or \"channel\", not both.");
        if (options.Channels is { } chosen && (chosen.Count == 0 || chosen.Distinct().Count() != chosen.Count))
            throw new RequestException("The parameter \"channels\" should name different detectors, such as [0, 1].");
        var responses = irf is null ? null : DecaySet.Of(irf, options.BinWidth, progress, stop);
        var decays = Count(measurement, options, responses?.Decays.FirstOrDefault()?.BinWidth, progress, stop);
        progress?.Report(new("fitting", 0, 0));
        return new LifetimeJudge(decays, responses, options, stop).Report();
    }
}

/// <summary>From counted decays to a report. One object for one report.</summary>
sealed class LifetimeJudge(DecaySet set, DecaySet? measured, LifetimeOptions options, CancellationToken stop)
{
    const double Z95 = 1.959964;
    const int LeastPhotons = 100, EnoughForOneLaw = 500, LeastForFit = 20;
    const int MostBins = 8192;
    const double FlatGain = 30; // a decay of chance gains about one for each of its parameters
    const double LargeShift = 0.2e-9;

    readonly List<Message> _messages = [];
    readonly List<Quantity> _quantities = [];
    readonly List<Verdict> _verdicts = [];
    readonly List<string> _flags = [];

    DecayHistogram[] _decays = [];
    InstrumentResponse[]? _responses;
    double _photons, _pileUp;
    bool _isPiledUp, _isCorrected;

    public AnalysisReport Report()
    {
        foreach (var finding in set.Findings.Where(f =>
            f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH" || f is { Code: "DTIME_BEYOND_PERIOD", Severity: Severity.Warning }))
            Tell(finding.Code, finding.Message);
        if (!DecaysSpeak()) return Done([]);
        JoinBins();
        _photons = _decays.Sum(decay => (double)decay.Photons);
        LookForPileUp();
        if (_photons < LeastForFit)
        {
            TellOfFewPhotons();
            _quantities.Add(Quantity.Of("photons", _photons, null, "1") with { N = (long)_photons });
            foreach (var name in new[] { "tau_ns", "tau_amp_ns", "tau_int_ns" }) _quantities.Add(Quantity.Refused(name, "ns", "TOO_FEW_PHOTONS"));
            return Done(Curves(null, null));
        }

        // Where nobody says when the next pulse comes, the data may: either the bins are a period, or nothing is left from the pulse before.
        var periods = Period() is { } told ? [told] : _decays[0].BinsOfPeriod is null
            ? new double?[] { null, _decays[0].Counts.Length * _decays[0].BinWidth } : [_decays[0].Period];
        // A single exponential sees that as well as any other law.
        var likely = periods.Length == 1 ? periods[0] : periods.MinBy(period => Fits(period).Of(DecayKind.Mono)?.Fit.Deviance ?? double.PositiveInfinity);
        var best = Choose(likely);
        if (periods.Length > 1)
            Tell("PERIOD_UNKNOWN", $"The file does not say how often the laser fired. {(best?.Period is null ? "No light seems to be left from the pulse before" : "The decay goes on from the end of the bins at their beginning, so they are taken for one period")}; give period_ns where that is wrong.");
        if (best is null)
        {
            Tell("NO_FIT", "No decay could be fitted from any start; the curve does not look like one. Look at the decay, and at irf_t0_ps if it was given.");
            foreach (var name in new[] { "tau_ns", "tau_amp_ns", "tau_int_ns" }) _quantities.Add(Quantity.Refused(name, "ns", "NO_FIT"));
            _verdicts.Add(new("model", "undetermined", "no decay could be fitted"));
            _verdicts.Add(new("quality", "insufficient", "no decay could be fitted"));
            return Done(Curves(null, null));
        }

        Judge(best);
        return Done(Curves(best.Best, best.Residuals));
    }

    /// <summary>What was chosen among the laws.</summary>
    sealed record Chosen(FittedDecay Best, ModelChoice Choice, double? Period, LifetimeFit Fits)
    {
        public ResidualTests Residuals { get; } = ResidualTests.Of(Best.Model.Counts, Best.Fit);
        public IReadOnlyList<string> Dropped { get; init; } = [];
    }

    // ---- what was measured ----

    bool DecaysSpeak()
    {
        var asked = options.Channels ?? (options.Channel is { } one ? [one] : null);
        var noun = set.AreCurves ? "curve" : "channel";
        if (asked is null && set.AreCurves)
        {
            // A table of a decay often has its response beside it.
            var decays = set.Decays.Where(decay => !IsResponse(decay)).ToArray();
            if (decays.Length > 1)
                throw new RequestException($"The file holds {decays.Length} decays: {string.Join(", ", decays.Select(decay => $"{decay.Channel}{(decay.Name is { } name ? $" \"{name}\"" : "")} ({decay.Photons} photons)"))}. Say which with \"channel\", or with \"channels\" where they are detectors of one measurement.");
            asked = decays.Length == 1 ? [decays[0].Channel] : null;
        }

        var silent = asked?.Where(c => !set.Present.ContainsKey(c)).ToArray() ?? [];
        foreach (var c in silent)
            Refuse("EMPTY_CHANNEL", $"{char.ToUpperInvariant(noun[0])}{noun[1..]} {c} has 0 events; is the mapping right? {(set.AreCurves ? "Curves" : "Channels")} present: {set.Words}. Without photons there is no lifetime.");
        _decays = [.. set.Only(asked).Decays];
        if (silent.Length > 0) return false;
        if (asked is null && _decays.Length > 1)
        {
            // A detector that sees nothing but its dark counts has no say in the decay.
            var few = _decays.Where(decay => decay.Photons < LeastPhotons && decay.Photons < 0.01 * _decays.Max(other => other.Photons)).ToArray();
            if (few.Length > 0)
            {
                _decays = [.. _decays.Except(few)];
                Tell("CHANNEL_LEFT_OUT", $"Of channel {string.Join(", ", few.Select(decay => decay.Channel))} there are only {few.Sum(decay => decay.Photons)} photons; the lifetime rests on channel {string.Join(", ", _decays.Select(decay => decay.Channel))}.");
            }
        }

        if (_decays.Length > 0) return true;
        Refuse("EMPTY_CHANNEL", $"There is not a single photon with a time since the laser pulse. {(set.AreCurves ? "Curves" : "Channels")} present: {set.Words}. Was the detector on, and the laser on the sync input?");
        return false;
    }

    static bool IsResponse(DecayHistogram decay) =>
        decay.Name is { } name && (name.Contains("irf", StringComparison.OrdinalIgnoreCase) || name.Contains("prompt", StringComparison.OrdinalIgnoreCase) || name.Contains("response", StringComparison.OrdinalIgnoreCase));

    double? Period()
    {
        if (options.Period is not { } given || _decays[0].Period is not null) return null;
        var longest = (_decays[0].Counts.Length - 1) * _decays[0].BinWidth;
        return given > longest ? given
            : throw new RequestException($"The bins reach over {Text(longest * 1e9)} ns, which is more than the period_ns of {Text(given * 1e9)}. Is the unit right?");
    }

    /// <summary>Brings decays and responses to the same bins.</summary>
    void JoinBins()
    {
        var step = _decays[0].BinWidth;
        if (_decays.Any(decay => Math.Abs(decay.BinWidth - step) > 1e-6 * step || decay.Counts.Length != _decays[0].Counts.Length))
            throw new RequestException("These decays have bins of different width or number and cannot be fitted together. Ask for one of them with \"channel\".");
        var join = options.BinWidth is { } wanted ? Math.Max(1, (int)Math.Min(Math.Round(wanted / step), _decays[0].Counts.Length / 8)) : (_decays[0].Counts.Length + MostBins - 1) / MostBins;

        var beside = measured?.Decays;
        if (beside is null && set.AreCurves && options is { IrfCentre: null, IrfSigma: null, Jitter: null }
            && set.Decays.Where(IsResponse).Where(decay => _decays.All(one => one.Channel != decay.Channel)).ToArray() is { Length: > 0 } named)
        {
            beside = [named[0]];
            Tell("IRF_IN_FILE", $"The curve \"{named[0].Name}\" of the file is taken for the response. Give irf_file or irf_sigma_ps to take another.");
        }

        if (beside is not null)
        {
            if (options.IrfCentre is not null || options.IrfSigma is not null || options.Jitter is not null)
                throw new RequestException("Give either a measured response (irf_file) or a Gaussian one (irf_t0_ps, irf_sigma_ps), not both.");
            if (beside.Count == 0) throw new InsufficientDataException("The measurement of the response (irf_file) holds no photons. Measure scattered laser light with it.");
            var irf = beside[0].BinWidth;
            // One of the two has to be a whole multiple of the other.
            var (coarser, finer) = (irf / step, step / irf);
            if (coarser > 1 + 1e-6)
            {
                if (Math.Abs(coarser - Math.Round(coarser)) > 1e-3 * coarser) throw Resolution(irf, step);
                join = Math.Max(1, (int)Math.Round(Math.Round(join / coarser) * coarser));
                join = Math.Max(join, (int)Math.Round(coarser));
            }
            else if (Math.Abs(finer - Math.Round(finer)) > 1e-3 * finer) throw Resolution(irf, step);
            var width = step * join;
            if (Math.Abs(irf - step) > 1e-6 * step)
                Tell("IRF_REBINNED", $"The response was measured in bins of {Text(irf * 1e12)} ps, the decay in bins of {Text(step * 1e12)} ps; both are taken in bins of {Text(width * 1e12)} ps.");
            if (beside[0].Period is { } one && _decays[0].Period is { } other && Math.Abs(one - other) > 2e-3 * other)
                throw new RequestException($"The response was measured with a laser period of {Text(one * 1e9)} ns, the decay with {Text(other * 1e9)} ns. Measure the response with the settings of the decay.");
            var all = beside.Select(decay => InstrumentResponse.Of(decay.Joined((int)Math.Round(width / irf)))).ToArray();
            _responses = [.. _decays.Select(decay => all.Length == 1 ? all[0] : InstrumentResponse.For(all, decay.Channel))];
            if (all.Length == 1 && _decays.Length > 1)
                Tell("IRF_SHARED", "One response serves all detectors; their own differ by some 10 ps, which the shift of each takes up.");
        }

        _decays = [.. _decays.Select(decay => decay.Joined(join))];
        if (_responses is null) return;
        for (var d = 0; d < _decays.Length; d++)
        {
            var least = 3 * (double)_decays[d].Photons;
            if (_responses[d].Photons >= least || _flags.Contains("IRF_NOISY")) continue;
            _flags.Add("IRF_NOISY");
            Tell("IRF_NOISY", $"The response holds {Text(_responses[d].Photons)} photons, the decay {_decays[d].Photons}; its own noise enters the fit. Measure the response until it holds {Text(least)}, three times as many.");
        }
    }

    internal static RequestException Resolution(double irf, double step) =>
        new($"The response was measured in bins of {Text(irf * 1e12)} ps, the decay in bins of {Text(step * 1e12)} ps. One should be a whole multiple of the other: measure the response with the settings of the decay.");

    void LookForPileUp()
    {
        _pileUp = _decays.Max(decay => decay.Pulses is > 0 and var pulses ? decay.Photons / pulses : double.NaN);
        if (_decays.All(decay => !(decay.Pulses > 0)))
        {
            _verdicts.Add(new("pileup", "undecided", "the number of laser pulses is not known"));
            return;
        }

        _isPiledUp = _pileUp > PileUp.Correctable;
        _isCorrected = _isPiledUp && options.OnePhotonPerSync;
        var percent = Text(100 * _pileUp);
        _verdicts.Add(new("pileup", _isPiledUp ? "yes" : "no", $"the fastest detector counts {percent} photons in 100 laser pulses; above 5 later photons are missed where only the first of a pulse is taken"));
        if (_pileUp <= PileUp.Notable) return;
        if (_isPiledUp) _flags.Add("PILEUP");
        Tell("PILEUP", $"The fastest detector counts {percent} photons in 100 laser pulses. " + (_pileUp > PileUp.Hopeless
            ? "Too many: late photons are hardly seen any more, and no correction brings them back. Measure again with less light, below 5 in 100."
            : !_isPiledUp ? "Where the electronics take only the first of each pulse, the lifetime comes out too short by about a quarter of that share."
            : _isCorrected ? "Only the first of each pulse was taken; the fit counts for each bin only the pulses still waiting (Coates 1968). A dot that blinks piles up more while it is bright, which this does not know: below 5 in 100 is safer."
            : "Where the electronics take only the first of each pulse, the lifetime comes out too short: say one_photon_per_sync then, and it is corrected. Electronics that take several photons of a pulse need no correction."));
    }

    // ---- the fit ----

    IReadOnlyList<DetectorDecay> Detectors(double? period)
    {
        var sigmas = Each(Widths(), "irf_sigma_ps");
        var centres = Each(options.IrfCentre, "irf_t0_ps");
        var background = Each(options.Background, "background_cps");
        var detectors = new List<DetectorDecay>();
        for (var d = 0; d < _decays.Length; d++)
        {
            var decay = _decays[d];
            var grid = DecayGrid.Of(decay, period);
            var counts = decay.Counts.Select(n => (double)n).ToArray();
            var rise = Rise.Of(counts);
            var (response, from) = DetectorResponse.For(grid, rise, _responses?[d], centres?[d], sigmas?[d]);

            double? known = background is { } rates && decay.Duration is { } duration && (period ?? grid.Bins * grid.BinWidth) is var length
                ? rates[d] * duration * grid.BinWidth / length : null;
            if (known * (grid.Bins - 1 + grid.LastWidth) >= decay.Photons)
            {
                Tell("BACKGROUND_EXCEEDS_SIGNAL", $"A background of {Text(background![d])} cps would be {Text(known!.Value * grid.Bins)} photons, more than the {decay.Photons} that channel {decay.Channel} holds; it was fitted instead. Was it measured with the same settings?");
                known = null;
            }
            else if (background is not null && known is null && d == 0)
                Tell("DURATION_UNKNOWN", "The file does not say how long was measured, so a background in cps cannot be taken off; it was fitted instead.");

            var guess = known ?? rise.Background;
            detectors.Add(new(decay.Channel, grid, response, counts, _isCorrected && decay.Pulses is > 0 and var pulses ? PileUp.Exposure(decay.Counts, pulses)
                : [.. Enumerable.Repeat(1.0, counts.Length)])
            {
                Background = known is { } b ? Math.Max(b, 1e-6) : null,
                Guess = (Math.Max(counts.Sum() - guess * counts.Length, 0.2 * counts.Sum()), guess),
            });
            _guess += decay.Photons / _photons * Rise.MeanDelay(counts, guess, from);
        }

        return detectors;
    }

    double _guess;

    IReadOnlyList<double>? Widths()
    {
        if (options is { Jitter: { } jitter, IrfSigma: { } irf } && !jitter.SequenceEqual(irf))
            throw new RequestException("The parameters \"jitter_sigma_ps\" and \"irf_sigma_ps\" mean the same here but differ; give one of them.");
        return options.IrfSigma ?? options.Jitter;
    }

    /// <summary>One value for each detector; a single one serves all.</summary>
    double[]? Each(IReadOnlyList<double>? values, string name) =>
        values is null or [] ? null
        : values.Count == 1 ? [.. _decays.Select(_ => values[0])]
        : values.Count == _decays.Length ? [.. values]
        : throw new RequestException($"The parameter \"{name}\" takes one value for each of the {_decays.Length} detectors (channel {string.Join(", ", _decays.Select(decay => decay.Channel))}), or one for all; found {values.Count}.");

    LifetimeFit Fits(double? period)
    {
        _guess = 0;
        var detectors = Detectors(period);
        return new(detectors, (options.Guess ?? _guess * _decays[0].BinWidth) / _decays[0].BinWidth, stop);
    }

    Chosen? Choose(double? period)
    {
        var fits = Fits(period);
        if (fits.Of(DecayKind.Mono) is not { } mono) return null;

        var wanted = Enum.GetValues<DecayKind>().Where(kind => options.Models.Contains(DecayLaw.Name(kind))).ToArray();
        if (_photons < EnoughForOneLaw) wanted = [DecayKind.Mono];
        var (kept, dropped) = (new List<FittedDecay>(), new List<FittedDecay>());
        foreach (var kind in wanted)
            if (fits.Of(kind) is { } fitted)
                (kind != DecayKind.Mono && fitted.Merged is not null ? dropped : kept).Add(fitted);
        if (kept.Count == 0)
            // The simpler law instead of one whose parts cannot be told apart.
            kept.Add(wanted.Contains(DecayKind.Tri) && fits.Of(DecayKind.Bi) is { Merged: null } bi ? bi : mono);
        var choice = ModelChoice.Among(kept.Select(fitted => (DecayLaw.Name(fitted.Kind), fitted.Fit.Bic)));
        var best = kept.First(fitted => DecayLaw.Name(fitted.Kind) == choice.Best.Name);
        return new(best, choice, period, fits)
        {
            Dropped = [.. dropped.Where(fitted => fitted.Fit.Bic < best.Fit.Bic || !wanted.Contains(best.Kind))
                .Select(fitted => $"{DecayLaw.Name(fitted.Kind)}: {fitted.Merged}")],
        };
    }

    // ---- what it means ----

    void Judge(Chosen chosen)
    {
        var best = chosen.Best with { Fit = Leaning(chosen.Best.Model, chosen.Best.Fit) };
        chosen = chosen with { Best = best };
        var (fit, model) = (best.Fit, best.Model);
        var bin = _decays[0].BinWidth;
        var kind = best.Kind;
        if (chosen.Dropped.Count > 0)
            Tell("COMPONENTS_MERGED", $"Not taken, though they were asked for or fit no worse: {string.Join("; ", chosen.Dropped)}. The simpler law, {DecayLaw.Name(kind)}, stands instead. More photons may tell them apart.");
        if (Math.Abs(fit.Goodness) > 5)
        {
            _flags.Add("FIT_POOR");
            Tell("FIT_POOR", $"The deviance lies {Text(fit.Goodness)} standard deviations from what a true model would leave. Errors are widened by {Text(Math.Sqrt(fit.Overdispersion))}. Look at the residuals: the response, the period or the law may be another one.");
        }

        if (chosen.Residuals.IsStructured)
        {
            _flags.Add("RESIDUALS_STRUCTURED");
            var (lag, value) = chosen.Residuals.Strongest;
            Tell("RESIDUALS_STRUCTURED", $"Residuals {lag} bins apart are correlated by {Text(value)}, where chance stays below {Text(chosen.Residuals.Limit)}. The model misses something: look where in the decay they run to one side, usually at the rise (response) or in the tail (another component).");
        }

        var limited = LookAtResponse(chosen);
        var mean = DecayLaw.AmplitudeMean(kind, best.Law) * bin;
        if (limited) _flags.Add("IRF_LIMITED");

        var few = _photons < LeastPhotons;
        var isFlat = FlatDeviance(model) - fit.Deviance < FlatGain;
        if (isFlat) Refuse("NO_DECAY", $"A flat level describes these {_photons:F0} photons as well as a decay does: no light of the pulse stands above the background. Was the laser on, and its delay within the range?");
        var (p, law) = (fit.Values, model.LawParameters);
        Quantity Number(string name, Func<double[], double> of, string unit, double factor = 1)
        {
            var q = Quantity.Of(name, of(p) * factor, Sigma(fit, of) is { } sigma ? sigma * factor : null, unit) with { N = (long)_photons, Method = "fisher", Flags = [.. _flags] };
            return q.Value is null ? q : q with { Grade = _flags.Count > 0 || q.Sigma is null ? Grade.Warn : Grade.Ok };
        }

        double Bins(Func<double[], double> of, double[] at) => of(at[..law]);
        Quantity Time(string name, Func<double[], double> of) => Number(name, at => Bins(of, at), "ns", bin * 1e9);

        switch (kind)
        {
            case DecayKind.Mono:
                _quantities.Add(Headline(Time("tau_ns", at => Math.Exp(at[0])), best, bin, limited));
                break;
            case DecayKind.Stretched:
                _quantities.Add(Time("tau_ns", at => Math.Exp(at[0])));
                _quantities.Add(Number("beta", at => at[1], "1"));
                _quantities.Add(Time("tau_mean_ns", at => DecayLaw.AmplitudeMean(kind, at)));
                break;
            case DecayKind.Lognormal:
                _quantities.Add(Time("tau_ns", at => Math.Exp(at[0])));
                _quantities.Add(Number("width", at => at[1], "1"));
                _quantities.Add(Time("tau_mean_ns", at => DecayLaw.AmplitudeMean(kind, at)));
                break;
            default:
                for (var c = 0; c < DecayLaw.Components(kind); c++)
                {
                    var component = c;
                    _quantities.Add(Time($"tau{c + 1}_ns", at => DecayLaw.Of(kind, at).Taus[component]));
                }

                for (var c = 0; c < DecayLaw.Components(kind); c++)
                {
                    var component = c;
                    _quantities.Add(Number($"f{c + 1}", at => DecayLaw.Of(kind, at.AsSpan(0, law)).Shares[component], "1"));
                }

                break;
        }

        var amplitude = Time("tau_amp_ns", at => DecayLaw.AmplitudeMean(kind, at));
        if (kind == DecayKind.Mono) amplitude = Alike(amplitude, _quantities[0]);
        _quantities.Add(amplitude);
        var intensity = Time("tau_int_ns", at => DecayLaw.IntensityMean(kind, at));
        _quantities.Add(kind == DecayKind.Mono ? Alike(intensity, _quantities[0]) : intensity);
        _quantities.Add(Time("tau_1e_ns", at => DecayLaw.OneOverE(kind, at)));
        Detectors(chosen, Number);
        _quantities.Add(Number("background_fraction", at => BackgroundShare(model, at), "1"));
        _quantities.Add(Quantity.Of("photons", _photons, null, "1") with { N = (long)_photons });
        Rates(amplitude);
        if (double.IsFinite(_pileUp)) _quantities.Add(Quantity.Of("photons_per_pulse", _pileUp, null, "1") with { N = (long)_photons });
        _quantities.Add(Quantity.Of("goodness", fit.Goodness, null, "1") with { Method = "deviance" });
        _quantities.Add(Quantity.Of("reduced_deviance", fit.Deviance / Math.Max(fit.ExpectedDeviance - fit.Free.Count, 1), null, "1"));
        foreach (var score in chosen.Choice.Scores) _quantities.Add(Quantity.Of($"delta_bic_{score.Name}", score.Delta, null, "1"));

        if (few) TellOfFewPhotons();
        var hopeless = _pileUp > PileUp.Hopeless;
        var name = DecayLaw.Name(kind);
        if (few) _verdicts.Add(new("model", "undetermined", $"{_photons:F0} photons are too few to tell a law"));
        else if (isFlat) _verdicts.Add(new("model", "undetermined", "nothing decays here"));
        else if (hopeless) _verdicts.Add(new("model", "undetermined", "pile-up has bent the decay"));
        else _verdicts.Add(new("model", name, _photons < EnoughForOneLaw ? $"with {_photons:F0} photons only a single exponential was tried" : chosen.Choice.Words()));
        if (_verdicts.All(verdict => verdict.Name != "quality"))
            _verdicts.Add(few || isFlat || hopeless || !fit.Converged
                ? new("quality", "insufficient", few ? $"{_photons:F0} photons; at least {LeastPhotons} are needed" : isFlat ? "no light of the pulse stands above the background" : hopeless ? $"{Text(100 * _pileUp)} photons in 100 pulses cannot be corrected" : "the fit did not settle")
                : new("quality", "ok", $"{_photons:F0} photons, deviance {Text(fit.Goodness)} standard deviations from expectation"));
    }

    /// <summary>Deviance of a flat level in each detector.</summary>
    static double FlatDeviance(DecayModel model)
    {
        var deviance = 0.0;
        for (var d = 0; d < model.Detectors.Count; d++)
        {
            var detector = model.Detectors[d];
            var level = detector.Counts.Sum() / Enumerable.Range(0, detector.Grid.Bins).Sum(i => detector.Grid.Width(i) * detector.Exposure[i]);
            for (var i = 0; i < detector.Counts.Length; i++)
                deviance += PoissonDeviance.Of(detector.Counts[i], level * detector.Grid.Width(i) * detector.Exposure[i]);
        }

        return deviance;
    }

    /// <summary>Tells of shifts, of a response that was fitted along, and of lifetimes that it hides.</summary>
    /// <returns>True where the lifetime is too short for the response.</returns>
    bool LookAtResponse(Chosen chosen)
    {
        var (fit, model) = (chosen.Best.Fit, chosen.Best.Model);
        var bin = _decays[0].BinWidth;
        double widest = 0;
        for (var d = 0; d < _decays.Length; d++)
        {
            var at = model.PlacesOf(d).Response;
            var fwhm = _responses is not null ? _responses[d].Fwhm : 2.3548200450309493 * Math.Exp(fit.Values[at + 1]) * bin;
            widest = Math.Max(widest, fwhm);
            var shift = fit.Values[at] * bin;
            if (IsReference && Math.Abs(shift) > LargeShift && !_flags.Contains("IRF_SHIFT_LARGE"))
            {
                _flags.Add("IRF_SHIFT_LARGE");
                Tell("IRF_SHIFT_LARGE", $"The decay of channel {_decays[d].Channel} comes {Text(shift * 1e12)} ps {(shift > 0 ? "after" : "before")} the response, more than the {Text(LargeShift * 1e12)} ps that colour and count rate explain. Was the response measured with the same cables and settings?");
            }
        }

        if (_responses is null && (Widths() is null || options.IrfCentre is null))
        {
            var place = model.PlacesOf(0).Response;
            if (model.Parameters[place].Fixed && options.IrfCentre is null)
                Tell("NO_RISE", "The decay begins at the first bin, so its rise and the response cannot be seen; it was fitted as if the light came all at once there. Lifetimes near the width of the response come out too long: export the whole curve.");
            else
                Tell("IRF_FITTED", $"{(Widths() is null ? options.IrfCentre is null ? "No response was given" : "Only the centre of the response was given" : "Only the width of the response was given")}; a Gaussian was fitted along (width {Text(Math.Exp(fit.Values[place + 1]) * bin * 1e12)} ps). Lifetimes near that width lean on the assumption: measure the response and give it as irf_file.");
        }

        var tau = chosen.Best.Kind is DecayKind.Bi or DecayKind.Tri ? DecayLaw.Of(chosen.Best.Kind, chosen.Best.Law).Taus[^1] : DecayLaw.AmplitudeMean(chosen.Best.Kind, chosen.Best.Law);
        if (!(tau * bin < 0.1 * widest)) return false;
        Tell("IRF_LIMITED", $"The lifetime ({Text(tau * bin * 1e12)} ps) is shorter than a tenth of the response ({Text(widest * 1e12)} ps): only its upper limit means something. Use a faster detector.");
        return true;
    }

    /// <summary>True where a shift is told from something that was measured or given.</summary>
    bool IsReference => _responses is not null || options.IrfCentre is not null;

    /// <summary>The lifetime with the interval of its profile likelihood.</summary>
    Quantity Headline(Quantity tau, FittedDecay best, double bin, bool limited)
    {
        if (tau.Value is not { } value) return tau;
        var (model, fit) = (best.Model, best.Fit);
        var (low, high) = PoissonFit.Profile(model, model.Counts, null, fit, 0, 3.84, stop);
        double? Out(double? ln) => ln is { } x ? Math.Exp(x) * bin * 1e9 : null;
        var (lo, hi) = (limited ? null : Out(low), Out(high));
        var sigma = tau.Sigma;
        if (_photons < 5000 && hi is { } h && (lo ?? 0) is var l) sigma = Math.Max(sigma ?? 0, (h - l) / (2 * Z95));
        return tau with { Sigma = sigma, Lo95 = lo, Hi95 = hi ?? tau.Hi95, Method = "profile", Grade = sigma is null ? Grade.Warn : tau.Grade };
    }

    static Quantity Alike(Quantity one, Quantity other) => one with { Sigma = other.Sigma, Lo95 = other.Lo95, Hi95 = other.Hi95, Method = other.Method, Grade = other.Grade };

    double BackgroundShare(DecayModel model, double[] p)
    {
        double background = 0, all = 0;
        for (var d = 0; d < model.Detectors.Count; d++)
        {
            var grid = model.Detectors[d].Grid;
            var b = p[model.PlacesOf(d).Background] * (grid.Bins - 1 + grid.LastWidth);
            background += b;
            all += b + p[model.PlacesOf(d).Photons];
        }

        return background / all;
    }

    /// <summary>Shifts, and each detector's own lifetime.</summary>
    void Detectors(Chosen chosen, Func<string, Func<double[], double>, string, double, Quantity> number)
    {
        var (best, model) = (chosen.Best, chosen.Best.Model);
        var bin = _decays[0].BinWidth;
        if (IsReference)
        {
            _quantities.Add(number("shift_ps", at => _decays.Select((decay, d) => decay.Photons / _photons * at[model.PlacesOf(d).Response]).Sum(), "ps", bin * 1e12));
            if (_decays.Length > 1)
                for (var d = 0; d < _decays.Length; d++)
                {
                    var place = model.PlacesOf(d).Response;
                    _quantities.Add(number($"shift_ps_ch{_decays[d].Channel}", at => at[place], "ps", bin * 1e12));
                }
        }
        else if (!model.Parameters[model.PlacesOf(0).Response].Fixed)
        {
            for (var d = 0; d < _decays.Length; d++)
            {
                var (place, end) = (model.PlacesOf(d).Response, _decays.Length > 1 ? $"_ch{_decays[d].Channel}" : "");
                var centre = ((GaussianResponse)model.Detectors[d].Response).Centre;
                _quantities.Add(number($"irf_t0_ps{end}", at => centre + at[place], "ps", bin * 1e12));
                if (!model.Parameters[place + 1].Fixed) _quantities.Add(number($"irf_sigma_ps{end}", at => Math.Exp(at[place + 1]), "ps", bin * 1e12));
            }
        }

        if (_decays.Length < 2) return;
        var own = new List<(double Value, double Sigma)>();
        for (var d = 0; d < _decays.Length; d++)
        {
            var law = model.Parameters.Take(model.LawParameters).Select((parameter, j) => parameter with { Start = best.Fit.Values[j] }).ToArray();
            var alone = new DecayModel(best.Kind, [model.Detectors[d]], law);
            double[] start = [.. best.Fit.Values[..model.LawParameters], .. best.Fit.Values.Skip(model.PlacesOf(d).Photons).Take(alone.Parameters.Count - law.Length)];
            var name = best.Kind == DecayKind.Mono ? $"tau_ns_ch{_decays[d].Channel}" : $"tau_amp_ns_ch{_decays[d].Channel}";
            try
            {
                var fit = Leaning(alone, PoissonFit.Run(alone, alone.Counts, null, start, stop));
                double Of(double[] at) => DecayLaw.AmplitudeMean(best.Kind, at.AsSpan(0, law.Length));
                var quantity = Quantity.Of(name, Of(fit.Values) * bin * 1e9, Sigma(fit, Of) * bin * 1e9, "ns") with { N = _decays[d].Photons, Method = "fisher" };
                _quantities.Add(quantity);
                if (quantity is { Value: { } value, Sigma: > 0 and var sigma }) own.Add((value, sigma));
            }
            catch (ArgumentException)
            {
                _quantities.Add(Quantity.Refused(name, "ns"));
            }
        }

        if (own.Count < 2) return;
        var mean = own.Sum(o => o.Value / (o.Sigma * o.Sigma)) / own.Sum(o => 1 / (o.Sigma * o.Sigma));
        var chi2 = own.Sum(o => (o.Value - mean) * (o.Value - mean) / (o.Sigma * o.Sigma));
        if (chi2 > 25 + own.Count)
            Tell("DETECTORS_DIFFER", $"The detectors do not agree on the lifetime: {string.Join(", ", own.Select((o, d) => $"{Text(o.Value)} ns on channel {_decays[d].Channel}"))}. They see other light, or a response is wrong; look at each alone with \"channel\".");
    }

    void Rates(Quantity tau)
    {
        void Rate(string name, double share, double shareSigma)
        {
            if (tau is not { Value: > 0 and var mean })
            {
                _quantities.Add(Quantity.Refused(name, "1/ns"));
                return;
            }

            var value = share / mean;
            var byTau = tau.Sigma is { } s ? value * s / mean : (double?)null;
            var byShare = shareSigma / mean;
            _quantities.Add(Quantity.Of(name, value, byTau is { } b ? Math.Sqrt(b * b + byShare * byShare) : null, "1/ns") with { N = tau.N, Method = tau.Method == "profile" ? "fisher" : tau.Method, Flags = tau.Flags, Grade = tau.Grade });
        }

        Rate("rate_per_ns", 1, 0);
        if (options.Plqy is not { Count: > 0 } given) return;
        if (given.Count > 2) throw new RequestException($"The parameter \"plqy\" takes the quantum yield and its standard error, such as [0.85, 0.03]; found {given.Count} numbers.");
        var (yield, sigma) = (given[0], given.Count > 1 ? given[1] : 0);
        Rate("radiative_rate_per_ns", yield, sigma);
        Rate("nonradiative_rate_per_ns", 1 - yield, sigma);
        Tell("PLQY_NOT_SAME_OBJECT", $"The quantum yield of {Text(yield)} was given, not measured here. If it is that of an ensemble and this is a single dot, the radiative rate is that of no real object: dots differ in their yield. Take the yield of this dot where there is one.");
    }

    /// <summary>A background that stopped at zero is not known to be zero: its error counts as if it could go on.</summary>
    static FitResult Leaning(DecayModel model, FitResult fit)
    {
        var backgrounds = Enumerable.Range(0, model.Detectors.Count).Select(d => model.PlacesOf(d).Background).Where(fit.AtBound.Contains).ToArray();
        if (backgrounds.Length == 0) return fit;
        var informed = PoissonFit.InformedAt(model, model.Counts, fit with { Free = [.. fit.Free.Concat(backgrounds).Order()] }, fit.Values);
        return informed.Fisher is null ? fit : informed;
    }

    /// <summary>Standard error of a function of the parameters; null where the data do not tell.</summary>
    static double? Sigma(FitResult fit, Func<double[], double> of)
    {
        if (fit.Fisher is null) return null;
        var free = fit.Free;
        var slope = new double[free.Count];
        var moves = false;
        for (var f = 0; f < slope.Length; f++)
        {
            if (fit.Sigma(free[f]) is not { } sigma || !(sigma > 0)) continue;
            var (low, high) = (fit.Values.ToArray(), fit.Values.ToArray());
            var h = Math.Min(1e-3 * sigma, 1e-4 * Math.Max(1, Math.Abs(fit.Values[free[f]])));
            low[free[f]] -= h;
            high[free[f]] += h;
            slope[f] = (of(high) - of(low)) / (2 * h);
            moves |= slope[f] != 0;
        }

        if (!moves) return null;
        var variance = 0.0;
        for (var f = 0; f < slope.Length; f++)
            for (var g = 0; g < slope.Length; g++)
                variance += slope[f] * slope[g] * fit.Covariance(free[f], free[g]);
        return variance > 0 ? Math.Sqrt(variance) : null;
    }

    // ---- curves and words ----

    IReadOnlyList<Curve> Curves(FittedDecay? best, ResidualTests? residuals)
    {
        var curves = new List<Curve>();
        if (_decays.Length == 0) return curves;
        var irfs = _decays.Select((_, d) => best is null ? null : Response(best, d)).ToArray();
        curves.Add(One("decay", [.. Enumerable.Range(0, _decays.Length)]));
        if (_decays.Length > 1)
            for (var d = 0; d < _decays.Length; d++) curves.Add(One($"decay_ch{_decays[d].Channel}", [d]));
        if (residuals is { Autocorrelation.Length: > 0 })
            curves.Add(new("residual_acf", new("lag", "bins", [.. residuals.Autocorrelation.Select((_, k) => (double?)(k + 1))]),
                new("autocorrelation", "1", [.. residuals.Autocorrelation.Select(a => (double?)a)]))
            {
                More = new Dictionary<string, Series> { ["limit"] = new("limit", "1", [.. residuals.Autocorrelation.Select(_ => (double?)residuals.Limit)]) },
            });
        return curves;

        Curve One(string name, int[] which)
        {
            var (bins, start, width) = (_decays[0].Counts.Length, _decays[0].Start, _decays[0].BinWidth);
            var counts = new double[bins];
            double[]? fit = best is null ? null : new double[bins], irf = irfs[which[0]] is null ? null : new double[bins];
            foreach (var d in which)
                for (var i = 0; i < bins; i++)
                {
                    counts[i] += _decays[d].Counts[i];
                    if (fit is not null) fit[i] += best!.Fit.Mu[best.Model.FirstBin(d) + i];
                    if (irf is not null) irf[i] += irfs[d]![i] * _decays[d].Photons;
                }

            var more = new Dictionary<string, Series>();
            if (irf is not null && irf.Max() is > 0 and var top)
                more["irf"] = new("irf", "counts", [.. irf.Select(y => (double?)(y / top * counts.Max()))]);
            if (fit is not null) more["residual"] = new("residual", "sigma", [.. counts.Select((n, i) => (double?)ResidualTests.Signed(n, fit[i]))]);
            return new(name, new("time", "ns", [.. Enumerable.Range(0, bins).Select(i => (double?)Math.Round((start + (i + 0.5) * width) * 1e9, 9))]),
                new("counts", "1", [.. counts.Select(n => (double?)n)]) { Sigma = [.. counts.Select(n => (double?)Math.Sqrt(Math.Max(n, 1)))] })
            {
                Fit = fit is null ? null : [.. fit.Select(y => double.IsFinite(y) ? y : (double?)null)],
                More = more,
            };
        }
    }

    /// <summary>The response as it was fitted, in the decay's bins.</summary>
    double[] Response(FittedDecay best, int d)
    {
        var detector = best.Model.Detectors[d];
        var place = best.Model.PlacesOf(d).Response;
        detector.Response.Set(best.Fit.Values.AsSpan(place));
        var share = new double[detector.Grid.Bins];
        // A decay that is over at once is the response itself.
        detector.Response.Exponential(1e-3, share, [], []);
        return share;
    }

    void TellOfFewPhotons()
    {
        var more = set.Duration is { } duration && _photons > 0 ? $"; measure {Text(Math.Ceiling(duration * (EnoughForOneLaw / _photons - 1)))} s more at this rate" : "";
        Refuse("TOO_FEW_PHOTONS", $"{_photons:F0} photons; the fit needs about {EnoughForOneLaw}{more}. What is given below is a first guess at best.");
    }

    /// <summary>A message that withholds the verdicts.</summary>
    void Refuse(string code, string text)
    {
        Tell(code, text);
        _flags.Add(code);
    }

    AnalysisReport Done(IReadOnlyList<Curve> curves)
    {
        void Missing(string name, string value, string why)
        {
            if (_verdicts.All(verdict => verdict.Name != name)) _verdicts.Add(new(name, value, why));
        }

        Missing("model", "undetermined", "there are too few photons for a fit");
        Missing("pileup", "undecided", "there are no photons");
        Missing("quality", "insufficient", "there are too few photons for a fit");
        return new("lifetime", 1)
        {
            Quantities = _quantities,
            Verdicts = [.. _verdicts.OrderBy(verdict => Array.IndexOf(["model", "pileup", "quality"], verdict.Name))],
            Messages = _messages,
            Curves = curves,
        };
    }

    void Tell(string code, string text)
    {
        if (_messages.All(message => message.Text != text)) _messages.Add(new(code, text));
    }

    static string Text(double x) => NumberText.Rounded(x);
}
