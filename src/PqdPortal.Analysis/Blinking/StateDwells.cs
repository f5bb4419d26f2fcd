using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Blinking;

/// <summary>The dwells of one state on their way to statistics.</summary>
sealed class StateDwells
{
    const double Rejected = 0.05;   // p-value below which a law is said not to describe the dwells
    const double Withheld = 0.004;  // below which it is no verdict either, unless it is far better than the others: one of 500 samples
    const double Far = 0.04;        // so close to the dwells a law serves, however many of them tell it from the truth
    const double ChosenBegin = 1.15; // by how much the error of alpha grows where the same dwells said where their law begins; by simulation
    const int CurvePoints = 400;

    readonly bool _isOn;
    readonly DwellSettings _settings;
    readonly Dwell[] _dwells;
    readonly double[] _whole;
    readonly List<Message> _messages = [];
    readonly List<Message> _ofLaw = []; // those of the verdict as it stands
    readonly double _to;
    double _from;
    double[] _used;
    DwellLaws? _laws;
    string _law = "undetermined", _why = "";
    double? _p;
    double _fromOther;       // BIC of the other state's dwells for a cut-off
    bool _isBeginChosen;
    int _beyond;             // ends seen beyond the shortest dwell
    double? _rate, _rateSigma, _missed;
    string? _rateMethod;

    public StateDwells(bool isOn, IReadOnlyList<Dwell> dwells, Completeness? completeness, DwellSettings settings, CancellationToken stop)
    {
        (_isOn, _settings) = (isOn, settings);
        _dwells = [.. dwells.Where(dwell => !dwell.BeginUnseen && dwell.Length > 0 && double.IsFinite(dwell.Length))];
        _whole = [.. _dwells.Where(dwell => !dwell.Censored).Select(dwell => dwell.Length).Order()];
        Completeness = completeness;

        _to = settings.Longest ?? settings.Duration / 10;
        _from = settings.Shortest ?? (Completeness is { } found ? Math.Max(10 / Math.Abs(found.Own - found.Other), 3 * found.ShortestReliable) : 0);
        if (_from <= 0) _from = _whole.Length > 0 ? _whole[0] : Math.Max(_to, 1e-9) * 1e-6;
        if (settings.ShortestByDistance) _from = ShortestByDistance(near: false);
        _used = Within(_from);
        if (_used.Length >= 5 && _used[^1] > 1.05 * _used[0] && _to > 1.05 * _from) _laws = Laws(_from, _used);
        if (_laws is not null && _used.Length >= DwellTimes.FewestDwells) _p = P(stop);
        // An exponential has no beginning that could lie later; looking for one would only find the part that fits another law.
        if (_p < Rejected && settings is { Shortest: null, ShortestByDistance: false } && !_laws!.IsNearExponential) BeginLater(stop);

        MeasureRate();
        Decide();
    }

    /// <summary>The likeliest law; null where none was fitted.</summary>
    LawFit? Best => _laws?.Choose(_fromOther);

    /// <summary>How much the dwells speak for a cut-off, in BIC; null where no power law is theirs.</summary>
    public double? ForCutoff => _laws is { } laws && laws.Best.Name != DwellLaws.Exponential && _used.Length >= DwellTimes.FewestDwells ? laws.ForCutoff : null;

    /// <summary>Takes in what the other state says of a cut-off: both are taken to follow laws of one kind where one of them does not tell by itself.</summary>
    public void Listen(double forCutoff, CancellationToken stop)
    {
        var alone = Best?.Name;
        _fromOther = Math.Clamp(forCutoff, -ModelChoice.Distinct, ModelChoice.Distinct);
        if (Best?.Name == alone) return;
        _p = P(stop);
        Decide();
        Tell("LAW_OF_BOTH", $"The {Name} dwells alone would rather be {Said(alone!)}, by {Text(Math.Abs(_laws!.ForCutoff))} in BIC; the {Other} dwells decided, both taken to follow laws of one kind.");
    }

    void Decide()
    {
        (_law, _why) = Judge();
        // A telegraph's rate is that of the exponential, which missed short dwells do not change; any other is counted.
        if (_law != DwellLaws.Exponential && !(_law == "undetermined" && Best?.Name == DwellLaws.Exponential)) DecayRate = null;
        else if (DecayRate is { } rate) (_rate, _rateSigma, _rateMethod) = (rate, rate / Math.Sqrt(_beyond), "maximum likelihood of the exponential");
    }


    /// <summary>Null where the two rates are equal.</summary>
    public Completeness? Completeness { get; }

    /// <summary>Rate of exponential dwells at which the found ones end [1/s]; null where the law is another.</summary>
    public double? DecayRate { get; private set; }

    string Name => _isOn ? "on" : "off";

    string Other => _isOn ? "off" : "on";

    /// <summary>Takes in what missed dwells of the other state did to the rate.</summary>
    /// <param name="rate">[1/s]</param>
    /// <param name="missed">Share of this state's dwells that were missed.</param>
    /// <param name="otherMissed">Share of the other's.</param>
    public void CorrectRate(double rate, double missed, double otherMissed)
    {
        if (_rate is not { } found || _rateSigma is not { } sigma) return;
        // The share missed rests on a model of the search; a tenth of what it changes is its error.
        var scaled = sigma * rate / found;
        (_rate, _rateSigma) = (rate, Math.Sqrt(scaled * scaled + Math.Pow(0.1 * (rate - found), 2)));
        _missed = missed;
        if (otherMissed > 0.2)
            Tell("DWELLS_MISSED", $"{Percent(otherMissed)} of the {Other} dwells are too short to be found at these rates; each joins two {Name} dwells. The rate was corrected by a factor {Text(rate / found)}, the lengths shown were not. More light shows them.");
    }

    public DwellStatistics Finish()
    {
        var n = _used.Length;
        var (rateName, alphaName, cutoffName) = (_isOn ? "rate_on_to_off_hz" : "rate_off_to_on_hz", $"alpha_{Name}", $"cutoff_{Name}_s");
        return new()
        {
            Law = new($"dwell_law_{Name}", _law, _why),
            Count = _whole.Length,
            CountAbove = n,
            Censored = _dwells.Length - _whole.Length,
            Mean = _whole.Length > 0 ? _dwells.Sum(dwell => dwell.Length) / _whole.Length : null,
            Rate = _rate is { } rate
                ? Quantity.Of(rateName, rate, _rateSigma, "Hz") with { N = _whole.Length, Method = _rateMethod, Grade = _whole.Length < DwellTimes.FewestDwells ? Grade.Warn : Grade.Ok }
                : Quantity.Refused(rateName, "Hz", "TOO_FEW_DWELLS"),
            Alpha = Alpha(alphaName),
            Cutoff = Cutoff(cutoffName),
            ShortestUsed = _from,
            LongestUsed = n > 0 ? _used[^1] : _to,
            KsP = _p,
            Choice = _laws?.Choice,
            Fits = _laws?.Fits ?? [],
            Missed = _missed,
            Survival = Survival(),
            Found = FoundCurve(),
            Messages = [.. _messages, .. _ofLaw],
        };
    }

    void MeasureRate()
    {
        if (_whole.Length == 0) return;
        var time = _dwells.Sum(dwell => dwell.Length);
        var rate = _whole.Length / time;
        var spread = new Spread();
        foreach (var x in _whole) spread.Add(x);
        // Delta method: the error of a mean. A single dwell has the error of one event.
        var sigma = _whole.Length > 4 ? rate * spread.Deviation / spread.Mean / Math.Sqrt(_whole.Length) : rate / Math.Sqrt(_whole.Length);
        (_rate, _rateSigma, _rateMethod) = (rate, sigma, "one over the mean dwell found");

        double ends = 0, beyond = 0;
        foreach (var dwell in _dwells)
        {
            if (dwell.Length < _from) continue;
            beyond += Math.Min(dwell.Length, _settings.Longest ?? double.PositiveInfinity) - _from;
            if (!dwell.Censored && !(dwell.Length > _settings.Longest)) ends++;
        }

        _beyond = (int)ends;
        if (ends >= 5) DecayRate = ends / beyond;
    }

    double P(CancellationToken stop) => _laws!.PValue(Best!.Name, _settings.Samples, _settings.Seed, stop);

    /// <summary>Dwells may follow a law only from a length on that is longer than what can be seen: then the fit begins there.</summary>
    void BeginLater(CancellationToken stop)
    {
        var later = ShortestByDistance(near: true);
        if (later <= _from) return;
        var used = Within(later);
        var laws = Laws(later, used);
        Tell("SHORTEST_RAISED", $"From {Seconds(_from)} on, the shortest that is found reliably, no law describes the {Name} dwells (p = {Text(_p!.Value)}). The fits begin at {Seconds(later)}, from where on one describes them: {used.Length} of {_used.Length}. Give xmin_s to decide it yourself.");
        (_from, _used, _laws, _isBeginChosen) = (later, used, laws, true);
        _p = P(stop);
    }

    (string Law, string Why) Judge()
    {
        _ofLaw.Clear();
        var n = _used.Length;
        if (_laws is null || n < DwellTimes.FewestDwells)
        {
            var longer = n > 0 ? $"measure about {Text(Math.Ceiling(_settings.Duration * Math.Max((double)DwellTimes.FewestDwells / n - 1, 0.1)))} s more at this rate" : "measure longer or with more light";
            var why = $"{n} {Name} dwells lie between {Seconds(_from)} and {Seconds(_to)}; a law needs {DwellTimes.FewestDwells}";
            TellOfLaw("TOO_FEW_DWELLS", $"{why}. No law and no exponent is given for them; {longer}.");
            return ("undetermined", why);
        }

        var best = Best!;
        var (name, decades) = (best.Name, Math.Log10(_used[^1] / _from));
        var p = _p!.Value;
        var words = _laws.Choice.Words();
        if (name != DwellLaws.Exponential && decades < DwellTimes.FewestDecades)
        {
            var why = $"the {n} {Name} dwells from {Seconds(_from)} to {Seconds(_used[^1])} span {Text(decades)} powers of ten; an exponent needs {DwellTimes.FewestDecades}";
            TellOfLaw("TOO_FEW_DWELLS", $"{Capital(why)}. It is not given. Measure about {Text(Math.Ceiling(_settings.Duration * 9))} s more, or with more light to see shorter ones.");
            return ("undetermined", why);
        }

        if (name != DwellLaws.Exponential && Completeness is { } found && _whole.Count(x => x < 3 * found.ShortestReliable) is var near && near > 0.1 * _whole.Length)
            TellOfLaw("SHORT_DWELLS", $"{Percent((double)near / _whole.Length)} of the {Name} dwells are shorter than {Seconds(3 * found.ShortestReliable)}, near the shortest that can be found, {Seconds(found.ShortestReliable)}. A power law has more of them the shorter one can look: the rate counts those that were found, and the exponent may be low by the short {Other} dwells that were not. More light shows more of them.");
        if (p < Rejected)
        {
            var what = $"The likeliest law of the {Name} dwells, {Said(name)}, lies up to {Percent(best.Distance)} from their distribution; chance makes that in {Percent(p)} of the cases.";
            TellOfLaw(name == DwellLaws.Exponential ? "FIT_POOR" : "POWERLAW_REJECTED", $"{what} Its numbers are a description of the range from {Seconds(_from)} to {Seconds(_used[^1])}, not a law. Look at the curve; another shortest dwell, more levels or drift may be behind it.");
            if (p < Withheld && best.Distance > Far && !_laws.Choice.IsDistinct)
                return ("undetermined", $"no law describes the dwells (p = {Text(p)}) and none is clearly better. {words}");
        }

        return (name, $"{Said(name)} of {n} dwells, p = {Text(p)}. {words}{(name == DwellLaws.PowerLaw ? NoCutoff() : "")}");
    }

    string NoCutoff()
    {
        var fastest = _laws!.DecayAt(1.92, true);
        var end = _laws.EndsInRange ? $" It ends at {Seconds(_used[^1])}, the longest dwell." : "";
        return $"{end} A cut-off, if there is one, lies beyond {Seconds(1 / fastest)} (95 %).";
    }

    /// <summary>The power law whose exponent is given: the chosen one, else the likelier of the two.</summary>
    LawFit? PowerFit()
    {
        if (_laws is null || _used.Length < DwellTimes.FewestDwells || Math.Log10(_used[^1] / _from) < DwellTimes.FewestDecades) return null;
        if (_law is DwellLaws.Exponential) return null;
        if (_law is DwellLaws.PowerLaw or DwellLaws.Cutoff) return _laws[_law];
        return _laws[DwellLaws.PowerLaw].Bic <= _laws[DwellLaws.Cutoff].Bic ? _laws[DwellLaws.PowerLaw] : _laws[DwellLaws.Cutoff];
    }

    Quantity Alpha(string name) => PowerFit() is not { } fit
        ? Quantity.Refused(name, "1", Because())
        : Quantity.Of(name, fit.Law.Alpha, _laws!.AlphaSigma(fit) * (_isBeginChosen ? ChosenBegin : 1), "1") with { N = _used.Length, Method = "fisher", Grade = Graded(), Flags = Flagged() };

    Quantity Cutoff(string name)
    {
        if (PowerFit() is not { Name: DwellLaws.Cutoff, Law.Decay: > 0 } fit)
            return Quantity.Refused(name, "s", PowerFit() is null ? Because() : "NO_CUTOFF");
        var (low, high) = (1 / _laws!.DecayAt(1.920729, true), _laws.DecayAt(1.920729, false));
        var high68 = _laws.DecayAt(0.5, false);
        return Quantity.Of(name, 1 / fit.Law.Decay, high68 > 0 ? 1 / high68 - 1 / fit.Law.Decay : null, "s") with
        {
            Lo95 = low, Hi95 = high > 0 ? 1 / high : null, N = _used.Length, Method = "profile", Grade = Graded(), Flags = Flagged(),
        };
    }

    string Because() => _law == DwellLaws.Exponential ? "EXPONENTIAL" : "TOO_FEW_DWELLS";

    Grade Graded() => _law == "undetermined" || _p < Rejected ? Grade.Warn : Grade.Ok;

    string[] Flagged() => _p < Rejected ? ["POWERLAW_REJECTED"] : [];

    /// <summary>The shortest dwell from which on the best law lies closest to the data (Clauset et al. 2009).</summary>
    /// <param name="near">Be content with the first that is so near that chance makes it, which keeps more dwells.</param>
    double ShortestByDistance(bool near)
    {
        const double chance = 0.8; // distance times the root of their number; a fitted law has more in about a quarter of the cases
        var all = Within(_from);
        if (all.Length <= DwellTimes.FewestDwells) return _from;
        var (best, at) = (double.PositiveInfinity, _from);
        foreach (var first in Candidates(all.Length))
        {
            var (from, used) = (all[first], all[first..]);
            if (used[^1] <= 1.05 * from || first > 0 && Math.Log10(all[^1] / from) < DwellTimes.FewestDecades) break;
            var distance = Laws(from, used).Best.Distance;
            if (near && distance * Math.Sqrt(used.Length) < chance) return from;
            if (distance < best) (best, at) = (distance, from);
        }

        return at;
    }

    /// <summary>Which dwells to begin with: every hundredth, and always enough left for a law.</summary>
    static IEnumerable<int> Candidates(int all)
    {
        var last = -1;
        for (var k = 0; k < 100; k++)
            if ((int)(k / 100.0 * (all - DwellTimes.FewestDwells)) is var first && first != last) yield return last = first;
    }

    double[] Within(double from) => [.. _whole.Where(x => x >= from && x <= _to)];

    DwellLaws Laws(double from, double[] used) =>
        new(used, [.. _dwells.Where(dwell => dwell.Censored && dwell.Length > from && dwell.Length < _to).Select(dwell => dwell.Length)], from, _to, _settings.Longest is not null);

    Curve Survival()
    {
        var survival = DwellSurvival.Of(_dwells);
        var (length, share) = survival.Points(CurvePoints);
        var chosen = Best;
        var more = _laws?.Fits.ToDictionary(fit => $"fit_{fit.Name}", fit => new Series($"share longer, {Said(fit.Name)}", "1", Fitted(fit))) ?? [];
        more["from"] = new("shortest and longest of the fit", "s", [_from, _used.Length > 0 ? _used[^1] : _to]);
        return new($"dwell_{Name}", new("length", "s", [.. length.Select(x => (double?)x)]), new("share longer", "1", [.. share.Select(y => (double?)y)]))
        {
            Fit = chosen is null ? null : Fitted(chosen),
            More = more,
        };

        // Scaled to the data at both ends of its range: it speaks only of the dwells between.
        List<double?> Fitted(LawFit fit)
        {
            var (top, bottom) = (survival.At(Math.BitDecrement(fit.Law.From)), survival.At(fit.Law.To));
            return [.. length.Select(x => x < fit.Law.From || x > fit.Law.To ? (double?)null : bottom + (top - bottom) * (1 - fit.Law.Share(x)))];
        }
    }

    Curve FoundCurve()
    {
        var (length, share) = Completeness?.Points() ?? ([], []);
        return new($"completeness_{Name}", new("length", "s", [.. length.Select(x => (double?)x)]), new("share found", "1", [.. share.Select(y => (double?)y)]));
    }

    void TellOfLaw(string code, string text) => _ofLaw.Add(new(code, text));

    void Tell(string code, string text) => _messages.Add(new(code, text));

    static string Said(string law) => law switch
    {
        DwellLaws.Exponential => "an exponential",
        DwellLaws.PowerLaw => "a power law",
        _ => "a power law with cut-off",
    };

    static string Capital(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    static string Seconds(double x) => x < 0.1 ? $"{Text(x * 1e3)} ms" : $"{Text(x)} s";

    static string Percent(double x) => $"{Text(100 * x)} %";

    static string Text(double x) => NumberText.Rounded(x);
}
