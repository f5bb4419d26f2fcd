using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>Results in sentences.</summary>
public static class ResultWords
{
    /// <summary>"g2(0) = 0.042 ± 0.006 (background-corrected, 5 120 pairs)"; a withheld number says so.</summary>
    /// <param name="symbol">What stands before the equals sign.</param>
    /// <param name="how">How the number was made, in a few words.</param>
    /// <param name="events">What the number rests on: "pairs", "photons".</param>
    public static string Sentence(string symbol, Quantity quantity, string how, string events)
    {
        var value = quantity switch
        {
            { Unit: "text" } => quantity.Text ?? "not recorded",
            { Value: null, Lo95: { } lo } => $"withheld, above {Numbers.Plain(lo)}{(Numbers.Unit(quantity.Unit) is { Length: > 0 } of ? $"\u202f{of}" : "")}",
            { Value: null } => "withheld",
            _ => Numbers.WithUncertainty(quantity.Value, quantity.Sigma) + (Numbers.Unit(quantity.Unit) is { Length: > 0 } unit ? $"\u202f{unit}" : ""),
        };
        var because = string.Join(", ", new[] { how, quantity.N is { } n ? $"{Numbers.Count(n)} {events}" : "" }.Where(part => part.Length > 0));
        return $"{symbol} = {value}" + (because.Length > 0 ? $" ({because})" : "");
    }

    /// <summary>The few words that tell results of one run apart: the parameters in which they differ, "bin width 500 ps".</summary>
    /// <returns>One text for each set of parameters, in their order; all different.</returns>
    public static IReadOnlyList<string> Apart(IReadOnlyList<(string Kind, JsonObject Parameters)> results)
    {
        var asked = results.Select(one => OptionsText.Each(one.Parameters).ToDictionary()).ToList();
        var names = asked.SelectMany(parameters => parameters.Keys).Distinct()
            .Where(name => asked.Select(parameters => OptionsText.Text(parameters.GetValueOrDefault(name))).Distinct().Count() > 1)
            .ToList();
        List<string> said = [];
        foreach (var (result, parameters) in results.Zip(asked))
        {
            var kind = AnalysisCatalogue.All.FirstOrDefault(one => one.Key == result.Kind);
            var isSelected = parameters.Keys.Any(IsSelection);
            var told = names.Where(name => !IsSelection(name) || isSelected).Select(name => Parameter(OptionsText.Spec(kind, name), name, parameters.GetValueOrDefault(name)));
            if (!isSelected && names.Any(IsSelection)) told = told.Append("all photons");
            var words = string.Join(", ", told);
            if (words.Length == 0) words = "result";
            var text = words;
            for (var again = 2; said.Contains(text); again++) text = $"{words} ({again})";
            said.Add(text);
        }
        return said;
    }

    /// <summary>Which part of the photons was asked about: "from 1 s, channels 0, 1"; null where all were.</summary>
    public static string? Part(JsonObject parameters)
    {
        var values = OptionsText.Each(parameters).ToDictionary();
        var fields = OptionsText.Selection.Where(spec => values.ContainsKey(spec.Name)).Select(spec => Parameter(spec, spec.Name, values[spec.Name])).ToList();
        return fields.Count == 0 ? null : string.Join(", ", fields);
    }

    /// <summary>The options that are not as usual: "bin width 500 ps, model two level"; "all as usual" where all are.</summary>
    public static string Chosen(AnalysisKind kind, JsonObject parameters)
    {
        var values = OptionsText.Each(parameters).ToDictionary();
        var said = kind.Parameters.Where(spec => values.TryGetValue(spec.Name, out var value) && ParameterText.Shown(spec, value) != ParameterText.Shown(spec, spec.Default))
            .Select(spec => Parameter(spec, spec.Name, values[spec.Name])).ToList();
        if (Part(parameters) is { } part) said.Add($"only {part}");
        return said.Count == 0 ? "all as usual" : string.Join(", ", said);
    }

    static bool IsSelection(string name) => name.StartsWith(SelectionForm.Name + '.', StringComparison.Ordinal);

    /// <summary>A parameter in words: "bin width 500 ps".</summary>
    public static string Parameter(ParameterSpec? spec, string name, JsonNode? value)
    {
        return $"{Uncapped(spec?.Title ?? name)} {(ParameterText.Shown(spec, value) is { Length: > 0 } text ? text : "not given")}";
    }

    /// <summary>The 95 % interval and how it was made: "95 % interval 1.2 to 1.5; profile"; null where there is nothing to say.</summary>
    public static string? Interval(Quantity quantity)
    {
        var said = quantity switch
        {
            { Lo95: { } lo, Hi95: { } hi } => $"95 % interval {Numbers.Plain(lo)} to {Numbers.Plain(hi)}",
            { Lo95: { } lo } => $"above {Numbers.Plain(lo)} with 95 %",
            { Hi95: { } hi } => $"below {Numbers.Plain(hi)} with 95 %",
            _ => null,
        };
        return said is null ? quantity.Method : quantity.Method is { } method ? $"{said}; {method}" : said;
    }

    /// <summary>A number among the parameters of a result; null where none was given.</summary>
    public static double? Number(AnalysisReport report, string name) => Given(report, name) is [var value, ..] ? value : null;

    /// <summary>What was taken from the measured g2 before it was called corrected, in sentences.</summary>
    public static IReadOnlyList<string> Subtracted(AnalysisReport report)
    {
        List<string> said = [];
        var channels = Given(report, "channels");
        string Each(string name, string unit)
        {
            var values = Given(report, name);
            return values.Count == 1 || values.Distinct().Count() == 1 ? $"{Numbers.Plain(values[0])}{unit} on each detector"
                : string.Join(" and ", values.Select((value, i) => $"{Numbers.Plain(value)}{unit} on {(i < channels.Count ? $"channel {channels[i]:0}" : $"detector {i + 1}")}"));
        }

        if (Given(report, "background_cps") is { Count: > 0 } background && background.Any(rate => rate > 0))
            said.Add($"Background of {Each("background_cps", " counts/s")}: uncorrelated, so it fills the dip; the corrected value has it removed.");
        else said.Add("No background: none was given, so the corrected value assumes that every count comes from the emitter.");
        if (Given(report, "afterpulse_probability") is { Count: > 0 } afterpulsing && afterpulsing.Any(p => p > 0))
            said.Add($"Afterpulses with a probability of {Each("afterpulse_probability", "")}, which act as background.");
        else said.Add("No afterpulses: no probability was given.");
        var jitter = Given(report, "jitter_sigma_ps") is { Count: > 0 } given ? given : Given(report, "irf_sigma_ps");
        if (jitter.Any(sigma => sigma > 0))
            said.Add($"The detectors' timing response, a standard deviation of {Each(Given(report, "jitter_sigma_ps").Count > 0 ? "jitter_sigma_ps" : "irf_sigma_ps", " ps")}, is part of the fitted model; the data stay as counted.");
        else said.Add("No detector jitter: the fit takes the detectors as infinitely fast. If they are not, the fitted g2(0) is too high.");
        if (Given(report, "delay_ps") is [var delay, ..] && delay != 0)
            said.Add($"A cable delay of {Numbers.Plain(delay)} ps of the second detector.");
        return said;
    }

    static IReadOnlyList<double> Given(AnalysisReport report, string name) => report.Parameters[name] switch
    {
        JsonArray list => [.. list.OfType<JsonValue>().Select(one => one.TryGetValue<double>(out var x) ? x : double.NaN).Where(double.IsFinite)],
        JsonValue one when one.TryGetValue<double>(out var x) => [x],
        _ => [],
    };

    // "IRF width" keeps its capitals, "Bin width" does not.
    static string Uncapped(string title) =>
        title.Length > 1 && char.IsUpper(title[0]) && char.IsLower(title[1]) ? char.ToLowerInvariant(title[0]) + title[1..] : title;
}
