using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Blinking;

/// <summary>
/// How a dot blinks: every change of its light, the levels between, the laws of bright and dark times.
/// </summary>
/// <remarks>
/// A first pass finds the changes and counts the trace (<see cref="BlinkingRecord"/>), a second looks for light that changes faster
/// than can be followed (<see cref="FlickerCounter"/>). What it assumes and how it was checked: docs/analyses/blinking.md.
/// </remarks>
public static class BlinkingLight
{
    /// <exception cref="RequestException">The options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">There are too few photons, or no time.</exception>
    public static AnalysisReport Compute(
        PhotonStream photons, BlinkingOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        if (options is { Shortest: { } shortest, Longest: { } longest } && shortest >= longest)
            throw new RequestException($"\"xmin_s\" is {NumberText.Rounded(shortest)} s and \"xmax_s\" {NumberText.Rounded(longest)} s; the shortest dwell should be shorter than the longest.");
        var record = BlinkingRecord.Of(photons, options, progress, stop);
        var counter = new FlickerCounter(record.Segments, photons.Tick!.Value, options.Channels, options.BinWidth);
        photons.Read(counter, null, stop);
        return new BlinkingReport(photons, options, record, counter.Finish(), stop).Report();
    }

    /// <summary>Finds the changes: the part that takes the photons.</summary>
    /// <returns>Photons looked at.</returns>
    public static long Count(PhotonStream photons, BlinkingOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        var finder = new ChangePointFinder(photons.Tick ?? throw new InsufficientDataException("The file does not say how long a tick of its clock is."), options.Channels, options.Confidence);
        var pass = photons.Read(finder, null, stop);
        return finder.Finish(pass.LastOverflowTick).Photons.Sum();
    }
}

/// <summary>From what was found in a run to a report. One object for one report.</summary>
sealed class BlinkingReport(PhotonStream stream, BlinkingOptions options, BlinkingRecord record, Flicker flicker, CancellationToken stop)
{
    const int MostPoints = 20_000;       // of the trace
    const double NotableDeadTime = 100e-9, NotableLoss = 0.02;

    readonly List<Message> _messages = [];
    readonly List<Quantity> _quantities = [];
    readonly List<Verdict> _verdicts = [];

    LevelSet Levels => record.Levels;

    /// <summary>Of all detectors together [1/s].</summary>
    double Background => options.Background is { } each ? each.Count == 1 ? each[0] * record.Trace.ByChannel.Count : each.Sum() : 0;

    public AnalysisReport Report()
    {
        Course();
        LevelsFound();
        var onOff = OnOff.Of(record.Segments, Levels, record.IsOn);
        _messages.AddRange(onOff.Messages);
        _quantities.Add(Mean(onOff));
        var (on, off) = Dwells(onOff);
        if (record.Levels.Count > 2) _quantities.AddRange(Transitions());
        _quantities.Add(Quantity.Of("change_points", record.Changes.At.Length, null, "1") with { N = record.Changes.Photons.Sum() });
        _quantities.Add(Quantity.Of("expected_false", record.Changes.ExpectedFalse, null, "1"));
        _verdicts.Add(new("flicker", flicker.IsFlickering ? "yes" : "no", flicker.Why));
        if (flicker.IsFlickering)
            Tell("FLICKER", $"{flicker.Why} The levels are mixtures of faster changes, and bright and dark times shorter than that are not seen. Use the log-binned correlation for the fast part.");
        // Fine bins end after half an hour; a longer run has the bins of its trace.
        var trace = record.Trace;
        var isFine = trace.Fine.Length * trace.FineBin > 0.99 * trace.Counts.Length * trace.Bin;
        var threshold = ThresholdMethod.Of(isFine ? trace.Fine : trace.Counts, isFine ? trace.FineBin : trace.Bin, Math.Max(options.BinWidth, isFine ? 0 : trace.Bin), [.. record.Segments.Select(s => (s.From, s.To))], stop);
        _quantities.AddRange(threshold.Quantities);
        _messages.AddRange(threshold.Messages);
        var parameters = new JsonObject
        {
            ["channels"] = new JsonArray([.. record.Trace.ByChannel.Keys.Select(c => (JsonNode)c)]),
            ["bin_ms"] = Math.Round(record.Trace.Bin * 1e3, 9),
        };
        return new("blinking", 1)
        {
            Parameters = parameters, Quantities = _quantities, Verdicts = _verdicts, Messages = _messages,
            Curves = [Trace(), Idealised(), ChangeTimes(), Histogram(), Weights(), on.Survival, off.Survival, on.Found, off.Found, threshold.Exponents],
        };
    }

    /// <summary>What there is to know of the record as a whole.</summary>
    void Course()
    {
        foreach (var finding in stream.Findings.Concat(record.Trace.Findings).Where(f => f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH"))
            Tell(finding.Code, finding.Message);
        var present = string.Join(", ", record.Trace.Events.Where(e => Channels.IsPhoton(e.Key)).Select(e => $"{e.Key} ({e.Value} photons)"));
        foreach (var channel in record.Trace.ByChannel.Keys.Where(channel => !record.Trace.Events.ContainsKey((short)channel)))
            Tell("EMPTY_CHANNEL", $"Channel {channel} has 0 events; is the mapping right? Channels present: {present}.");
        _messages.AddRange(record.Course.Messages.Where(message => message.Code == "GAPS"));
        var watched = record.Segments.Sum(s => s.Duration);
        var photons = record.Segments.Sum(s => s.Photons);
        _quantities.Add(Quantity.Of("duration_s", watched, null, "s"));
        if (Background > (photons + 4 * Math.Sqrt(photons)) / watched)
            Tell("BACKGROUND_EXCEEDS_SIGNAL", $"The background of {Text(Background)} cps is above the mean rate of {Text(photons / watched)} cps, so no light of the dot is left. Levels keep their background; the ratio of bright to dark is withheld. Check background_cps.");
        if (record.Course.Bleached is { } bleached)
        {
            Tell("BLEACHED", $"{bleached.Why} The dot bleached; levels and dwell times are those of the {Text(bleached.Moment)} s before.");
            _quantities.Add(Quantity.Of("t_bleach_s", bleached.Moment, bleached.Sigma, "s") with { Method = "likelihood" });
        }
        _verdicts.Add(new("bleached", record.Course.Bleached is null ? "no" : "yes", record.Course.Bleached?.Why ?? "The dot is not seen to bleach."));

        foreach (var (channel, own) in record.Trace.ByChannel)
        {
            var sorted = own.Order().ToArray();
            var rate = sorted[(int)(0.99 * (sorted.Length - 1))] / record.Trace.Bin;
            if (rate * NotableDeadTime > NotableLoss)
                Tell("DEADTIME", $"Channel {channel} counts {Text(rate)} cps when bright; a dead time of 100 ns would lose {Text(100 * rate * NotableDeadTime)} % of it. Bright levels come out too low by as much, dark ones do not. Lower the power.");
        }
    }

    void LevelsFound()
    {
        _quantities.Add(Quantity.Of("n_levels", Levels.Count, null, "1") with { N = record.Segments.Count, Method = "bic", Grade = Levels.Unreliable.Count > 0 ? Grade.Warn : Grade.Ok, Flags = Levels.Unreliable.Count > 0 ? ["LEVELS_UNRELIABLE"] : [] });
        _quantities.Add(Quantity.Of("bic_levels", Levels.BicLevels, null, "1") with { N = record.Segments.Count, Method = "bic" });
        for (var k = 0; k < Levels.Count; k++)
        {
            _quantities.Add(Quantity.Of($"level{k}_cps", Levels.Rate[k], Levels.Sigma[k], "cps") with { N = Levels.Photons[k], Method = "blocks" });
            _quantities.Add(Quantity.Of($"level{k}_share", Levels.TimeShare[k], null, "1") with { N = Levels.Photons[k] });
        }

        var leftOut = record.Course.Bleached is null ? "" : " before it bleached";
        var words = $"{record.Changes.At.Length} change{(record.Changes.At.Length == 1 ? "" : "s")} of the light in {Text(record.Segments.Sum(s => s.Duration))} s{leftOut}";
        _verdicts.Add(new("n_levels", Levels.Count.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Levels.Count == 1 ? $"{words}; one level of {Text(Levels.Rate[0])} cps describes it."
            : $"{words}; {Levels.Count} levels at {string.Join(", ", Levels.Rate.Select(rate => Text(rate)))} cps describe it{(Levels.BicLevels == Levels.Count ? "" : $" (the lowest BIC has {Levels.BicLevels})")}{(Levels.Unreliable.Count > 0 ? ", but their number is not reliable" : "")}."));
        if (Levels.Unreliable.Count > 0)
            Tell("LEVELS_UNRELIABLE", $"The number of levels is not reliable: {string.Join("; ", Levels.Unreliable)}. Take the dot for one of many grey levels and look at the histogram of levels (Palstra and Koenderink 2021).");
        if (Levels.Rules.Count > 0)
            Tell("LEVELS_JOINED", $"Of {Levels.BicLevels} levels at the lowest BIC {Levels.Count} {(Levels.Count == 1 ? "is" : "are")} left: {string.Join("; ", Levels.Rules)}.");
        if (Levels.Drift != 0 && Levels.DriftSigma is { } sigma && record.Segments.Count > 0)
        {
            var run = Levels.Drift * (record.Segments[^1].To - record.Segments[0].From);
            _quantities.Add(Quantity.Of("drift_per_hour", Levels.Drift * 3600, sigma * 3600, "1/h"));
            if (Math.Abs(run) > 0.05)
                Tell("DRIFT", $"All levels {(run < 0 ? "fall" : "rise")} together by {Text(100 * Math.Abs(Math.Exp(run) - 1))} % over the run. They are told apart with that taken out; the rates are means over the run.");
        }
    }

    /// <summary>The error is that of counting and of how long the dot happened to be bright.</summary>
    Quantity Mean(OnOff light)
    {
        var (seconds, photons) = (record.Segments.Sum(s => s.Duration), record.Segments.Sum(s => s.Photons));
        var counting = Math.Sqrt(Math.Max(photons, 1)) / seconds;
        var switching = (light.On.Value - light.Off.Value) * light.Fraction.Sigma ?? 0;
        return Quantity.Of("mean_cps", photons / seconds, Math.Sqrt(counting * counting + switching * switching), "cps") with { N = photons, Method = switching > 0 ? light.Fraction.Method : "exact-poisson" };
    }

    Quantity Ratio(OnOff light)
    {
        if (light.On.Value is not { } on || light.Off.Value is not { } off || light.On.Sigma is not { } onSigma || light.Off.Sigma is not { } offSigma)
            return Quantity.Refused("on_off_ratio", "1", "ONE_LEVEL");
        var (bright, dark) = (on - Background, off - Background);
        if (dark < 3 * offSigma || bright <= 0)
        {
            Tell("BACKGROUND_EXCEEDS_SIGNAL", $"The dark level of {Text(off)} cps does not rise above the background of {Text(Background)} cps, so there is no ratio of bright to dark: the dot is wholly off.");
            return Quantity.Refused("on_off_ratio", "1", "BACKGROUND_EXCEEDS_SIGNAL");
        }

        var ratio = bright / dark;
        return Quantity.Of("on_off_ratio", ratio, ratio * Math.Sqrt(Math.Pow(onSigma / bright, 2) + Math.Pow(offSigma / dark, 2)), "1") with { N = light.On.N, Method = light.On.Method };
    }

    (DwellStatistics On, DwellStatistics Off) Dwells(OnOff light)
    {
        var (low, high) = (record.Changes.Low, record.Changes.High);
        var sequence = record.OnOff().Select(stretch => (stretch.Level == 1, new Dwell(
            stretch.Duration, stretch.IsLast, Math.Sqrt(Math.Pow(Uncertain(record.Place[stretch.FirstSegment] - 1), 2) + Math.Pow(Uncertain(record.Place[stretch.LastSegment]), 2)))
            { BeginUnseen = stretch.IsFirst })).ToArray();
        var settings = new DwellSettings
        {
            OnRate = light.On.Value ?? Levels.Rate[^1], OffRate = light.Off.Value ?? Levels.Rate[0], Duration = record.Segments.Sum(s => s.Duration),
            Shortest = options.Shortest, Longest = options.Longest, Seed = options.Seed,
        };
        var (on, off) = DwellTimes.OfBoth(sequence, settings, stop);
        var isUnseen = Unseen(on, off);
        foreach (var quantity in new[] { light.On, light.Off, Ratio(light), light.Fraction }) _quantities.Add(isUnseen ? Withheld(quantity) : quantity);
        _quantities.AddRange([isUnseen ? Withheld(on.Rate) : on.Rate, isUnseen ? Withheld(off.Rate) : off.Rate, on.Alpha, off.Alpha, on.Cutoff, off.Cutoff]);
        _quantities.Add(Quantity.Of("dwells_on", on.Count, null, "1"));
        _quantities.Add(Quantity.Of("dwells_off", off.Count, null, "1"));
        foreach (var (name, memory) in new[] { ("memory_on", on.Memory), ("memory_off", off.Memory), ("memory_on_off", on.MemoryOfNext), ("memory_off_on", off.MemoryOfNext) })
            if (memory is { } m) _quantities.Add(Quantity.Of(name, m.Correlation, m.Sigma, "1") with { N = m.Pairs });
        _verdicts.AddRange([on.Law, off.Law]);
        _messages.AddRange(on.Messages.Concat(off.Messages));
        return (on, off);

        // A 95 % interval is four standard deviations long.
        double Uncertain(int change) => change >= 0 && change < low.Length ? (high[change] - low[change]) * record.Changes.Tick / 4 : 0;
    }

    /// <summary>Whether most switches go unseen: what is found is then the long end of what there is, and says nothing of the whole.</summary>
    bool Unseen(DwellStatistics on, DwellStatistics off)
    {
        if (options.Shortest is not null) return false;
        var (name, state) = Limit(on) > Limit(off) ? ("bright", on) : ("dark", off);
        if (!(Limit(state) > 1) || state.Mean is not { } mean) return false;
        Tell("TOO_FEW_PHOTONS",
            $"The {name} times found last {Text(mean)} s on average, and only those of {Text(state.ShortestUsed)} s and more are reliably found at these rates: most switches go unseen. The levels are mixtures of both, and the rates of bright and dark light, their share of the time and the switching rates are withheld. With {Text(Math.Ceiling(3 * Limit(state)))} times the count rate they can be seen; give xmin_s to have the rates of the long ones.");
        return true;

        static double Limit(DwellStatistics state) => state.Mean is > 0 and { } mean && state.Count > 0 && !state.Messages.Any(message => message.Code == "SHORTEST_RAISED") ? state.ShortestUsed / mean : 0;
    }

    static Quantity Withheld(Quantity quantity) => Quantity.Refused(quantity.Name, quantity.Unit, "TOO_FEW_PHOTONS");

    /// <summary>Where the light goes from each level.</summary>
    IEnumerable<Quantity> Transitions()
    {
        var matrix = TransitionMatrix.Of([.. Levels.Joined(record.Segments).Select(stretch => new LevelStay(stretch.Level, stretch.From, stretch.To))], Levels.Count);
        for (var from = 0; from < Levels.Count; from++)
            for (var to = 0; to < Levels.Count; to++)
                if (matrix.Probability[from, to] is { } p)
                    yield return Quantity.Of($"transition_{from}_{to}", p, matrix.Sigma[from, to], "1") with { N = matrix.Count[from, to], Method = "binomial" };
    }

    Curve Trace()
    {
        var (counts, bin) = (record.Trace.Counts, record.Trace.Bin);
        var join = (counts.Length + MostPoints - 1) / MostPoints;
        var (x, y, sigma) = (new List<double?>(), new List<double?>(), new List<double?>());
        for (var from = 0; from < counts.Length; from += join)
        {
            var bins = Math.Min(join, counts.Length - from);
            var n = counts.AsSpan(from, bins).ToArray().Sum();
            x.Add((from + bins / 2.0) * bin);
            y.Add(n / (bins * bin));
            sigma.Add(Math.Sqrt(Math.Max(n, 1)) / (bins * bin));
        }

        return new("trace", new("time", "s", x), new("rate", "cps", y) { Sigma = sigma });
    }

    /// <summary>The level from each change on; the last x is the end, a missing y a time that was not watched.</summary>
    Curve Idealised()
    {
        var (x, y) = (new List<double?>(), new List<double?>());
        double? reached = null;
        foreach (var stretch in Levels.Joined(record.Segments))
        {
            if (reached is { } end && stretch.IsFirst)
            {
                x.Add(end);
                y.Add(null);
            }

            x.Add(stretch.From);
            y.Add(Levels.Rate[stretch.Level]);
            reached = stretch.To;
        }

        if (reached is not null)
        {
            x.Add(reached);
            y.Add(y[^1]);
        }

        return new("levels", new("time", "s", x), new("level", "cps", y));
    }

    Curve ChangeTimes() => new("change_points_s", new("time", "s", [.. record.Changes.Times().Select(t => (double?)t)]), null);

    /// <summary>Time spent at each rate; the bins of a histogram hold whole counts.</summary>
    Curve Histogram()
    {
        const int most = 200;
        var (counts, bin) = (record.Trace.Counts, record.Trace.Bin);
        var top = counts.Max();
        var step = Math.Max(1, (top + most) / most);
        var seconds = new double[top / step + 1];
        foreach (var n in counts) seconds[n / step] += bin;
        return new("histogram", new("rate", "cps", [.. seconds.Select((_, i) => (double?)((i * step + (step - 1) / 2.0) / bin))]), new("time", "s", [.. seconds.Select(s => (double?)s)]));
    }

    Curve Weights() => new(
        "level_weights", new("rate", "cps", [.. Levels.Rate.Select(rate => (double?)rate)]) { Sigma = [.. Levels.Sigma.Select(s => (double?)s)] },
        new("share of the time", "1", [.. Levels.TimeShare.Select(share => (double?)share)]))
    {
        More = new Dictionary<string, Series>
        {
            ["photons"] = new("share of the photons", "1", [.. Levels.Photons.Select(n => (double?)(n / (double)Math.Max(1, Levels.Photons.Sum())))]),
            ["is_on"] = new("bright", "1", [.. record.IsOn.Select(on => (double?)(on ? 1 : 0))]),
        },
    };

    void Tell(string code, string text) => _messages.Add(new(code, text));

    static string Text(double x) => NumberText.Rounded(x, 4);
}
