using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Statistics;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Compare;

/// <summary>A number of a dot that is compared.</summary>
/// <param name="Name">Contract name.</param>
/// <param name="Scale">Where equal steps mean the same.</param>
public sealed record BlinkingProperty(string Name, string Title, string Unit, Scale Scale)
{
    public static IReadOnlyList<BlinkingProperty> All { get; } =
    [
        new("on_fraction", "ON fraction", "1", Scale.Logit),
        new("rate_on_to_off_hz", "Switching from ON to OFF", "1/s", Scale.Log),
        new("rate_off_to_on_hz", "Switching from OFF to ON", "1/s", Scale.Log),
        new("alpha_on", "Exponent of the times ON", "1", Scale.Linear),
        new("alpha_off", "Exponent of the times OFF", "1", Scale.Linear),
        new("n_levels", "Number of levels", "1", Scale.Linear),
    ];

    /// <summary>The value of a dot on the scale of comparison; null where it was not found, or is withheld.</summary>
    public double? Of(DotBlinking dot) => dot.Found(Name) is { } value ? Scale.On(value, dot.Frames) : null;

    /// <summary>What a difference on the scale is called: a difference, a factor, a factor of the odds.</summary>
    public string Step => Scale switch { Scale.Log => "factor", Scale.Logit => "factor of the odds", _ => "difference" };

    /// <summary>A difference on the scale as people read it.</summary>
    public double Read(double shift) => Scale == Scale.Linear ? shift : Math.Exp(shift);

    /// <summary>A margin as typed, on the scale: a difference above 0, or a factor above 1; null where it is neither.</summary>
    public double? Margin(double typed) => Scale == Scale.Linear ? typed > 0 ? typed : null : typed > 1 ? Math.Log(typed) : null;
}

/// <summary>One group: all dots of its batches.</summary>
public sealed record ComparedGroup(string Name, IReadOnlyList<BlinkingBatch> Batches)
{
    public IReadOnlyList<DotBlinking> Dots { get; } = [.. Batches.SelectMany(batch => batch.Dots)];
    public IReadOnlyList<DotBlinking> Analysed { get; } = [.. Batches.SelectMany(batch => batch.Analysed)];
    public int Measured { get; } = Batches.Sum(batch => batch.Measured);

    /// <summary>Dots whose ON fraction was found and not withheld.</summary>
    public int Accepted { get; } = Batches.Sum(batch => batch.Analysed.Count(dot => dot.OnFraction?.Value is not null));

    /// <summary>Dots that went dark for good while they were watched; they count as seen up to then.</summary>
    public int Bleached { get; } = Batches.Sum(batch => batch.Analysed.Count(dot => dot.IsBleached));

    /// <summary>Median count rate of the analysed dots [1/s]; null where none is known.</summary>
    public double? Rate { get; } = Batches.SelectMany(batch => batch.Analysed).Select(dot => dot.Rate?.Value).OfType<double>().Order().ToArray() is { Length: > 0 } rates
        ? MedianInterval.Middle(rates) : null;
}

/// <summary>One property of both groups.</summary>
/// <param name="First">The dots of the first group that have it, with their value on the scale of comparison.</param>
/// <param name="Result">Null where a group has no dot with it.</param>
public sealed record ComparedProperty(
    BlinkingProperty Of, IReadOnlyList<(DotBlinking Dot, double Value)> First, IReadOnlyList<(DotBlinking Dot, double Value)> Second, TwoGroups? Result);

/// <summary>How many of both groups blink by a type.</summary>
/// <param name="P">Fisher's exact test of the dots; null where a group has no dot whose type was asked for.</param>
/// <param name="Result">The shares of the batches; null like <paramref name="P"/>.</param>
public sealed record ComparedType(string Type, Share? First, Share? Second, double? P, TwoGroups? Result);

/// <summary>Two groups of batches held against each other: pristine against doped, before against after.</summary>
/// <remarks>Statistics of docs/analyses/groups.md.</remarks>
public sealed class BlinkingComparison
{
    /// <summary>Median count rates may differ by this factor.</summary>
    const double RatesApart = 2;

    /// <summary>Parameters of <c>blinking</c> that change its numbers, and how they are called here.</summary>
    static readonly IReadOnlyList<(string Name, string Title, string Unit)> Telling =
    [
        ("bin_ms", "bins", "ms"), ("confidence", "confidence", ""), ("max_levels", "levels at most", ""), ("on_above_cps", "bright above", "cps"),
        ("xmin_s", "shortest dwell", "s"), ("xmax_s", "longest dwell", "s"),
    ];

    public ComparedGroup First { get; }
    public ComparedGroup Second { get; }
    public IReadOnlyList<ComparedProperty> Properties { get; }
    public IReadOnlyList<ComparedType> Types { get; }

    /// <summary>Why no verdict is given on anything; empty where nothing is in the way.</summary>
    public IReadOnlyList<string> Refusals { get; }

    /// <summary>Options by which to ask for all dots again so that the groups can be compared, as the query of an address; null where they can be.</summary>
    public string? AskAgain { get; }

    /// <summary>Tests of the treatment on this page.</summary>
    public int Tests => Properties.Count(property => property.Result is not null) + Types.Count(type => type.Result is not null);

    /// <param name="margins">Property to the difference that means nothing, on its scale of comparison.</param>
    public BlinkingComparison(ComparedGroup first, ComparedGroup second, IReadOnlyDictionary<string, double> margins)
    {
        (First, Second) = (first, second);
        Properties = [.. BlinkingProperty.All.Select(property => new ComparedProperty(property, Of(first, property), Of(second, property),
            TwoGroups.Of(Batches(first, property.Of), Batches(second, property.Of), margins.TryGetValue(property.Name, out var margin) ? margin : null)))];
        Types = [.. ((string[])["A", "B", "undetermined"]).Select(type => Typed(first, second, type))];
        (Refusals, AskAgain) = Judge(first, second);
    }

    static IReadOnlyList<(DotBlinking, double)> Of(ComparedGroup group, BlinkingProperty property) =>
        [.. group.Analysed.Select(dot => (dot, Value: property.Of(dot))).Where(of => of.Value is not null).Select(of => (of.dot, of.Value!.Value))];

    static IEnumerable<IReadOnlyList<double>> Batches(ComparedGroup group, Func<DotBlinking, double?> value) =>
        group.Batches.Select(batch => (IReadOnlyList<double>)[.. batch.Analysed.Select(value).OfType<double>()]);

    static ComparedType Typed(ComparedGroup first, ComparedGroup second, string type)
    {
        double? Is(DotBlinking dot) => dot.Type is { } found ? found.Value == type ? 1 : 0 : null;
        Share? Of(ComparedGroup group) => group.Analysed.Select(Is).OfType<double>().ToList() is { Count: > 0 } all ? Share.Counted((int)all.Sum(), all.Count) : null;
        var (a, b) = (Of(first), Of(second));
        return new(type, a, b, a is null || b is null ? null : Share.Fisher(a, b), TwoGroups.Of(Batches(first, Is), Batches(second, Is)));
    }

    static (IReadOnlyList<string> Refusals, string? AskAgain) Judge(ComparedGroup first, ComparedGroup second)
    {
        List<string> refusals = [];
        var asked = first.Analysed.Concat(second.Analysed).Select(Parameters).ToList();
        foreach (var (name, title, unit) in Telling.Where(one => asked.Select(of => Number(of, one.Name)).Distinct().Count() > 1))
            refusals.Add($"The dots were not all analysed with the same {title}: {Said(first, name, unit)} in {first.Name}, {Said(second, name, unit)} in {second.Name}. What is found of a dot depends on it.");
        var versions = first.Analysed.Concat(second.Analysed).Select(dot => dot.Result!.KindVersion).Distinct().Order().ToList();
        if (versions.Count > 1)
            refusals.Add($"The results are of different versions of the analysis ({string.Join(", ", versions)}), which may give other numbers.");

        // The coarser of both, so that neither group shows more than the other could.
        Dictionary<string, double?> again = [];
        if (asked.Count > 0)
            foreach (var name in (string[])["bin_ms", "confidence", "xmin_s"])
                again[name] = asked.Max(of => Number(of, name));

        if (first.Rate is { } a && second.Rate is { } b && a > 0 && b > 0 && Math.Max(a, b) / Math.Min(a, b) is var apart && apart > RatesApart)
        {
            var brighter = a > b ? first : second;
            var dimmer = a > b ? second : first;
            again["bin_ms"] = Math.Ceiling((again.GetValueOrDefault("bin_ms") ?? 10) * apart);
            refusals.Add($"The dots of {brighter.Name} are {Numbers.Plain(apart, 2)} times as bright as those of {dimmer.Name} ({Numbers.Plain(brighter.Rate!.Value, 3)} against {Numbers.Plain(dimmer.Rate!.Value, 3)} s⁻¹, medians). "
                + $"A change needs a number of photons to be seen, so short dark times are found in the brighter dots alone and the numbers differ by that. Take {brighter.Name} again with one detector only, both with bins of {Numbers.Plain(again["bin_ms"]!.Value)} ms, or measure it at less power.");
        }
        return (refusals, refusals.Count == 0 ? null : QueryString.Create(again.Where(one => one.Value is not null)
            .Select(one => KeyValuePair.Create(one.Key, (string?)one.Value!.Value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))).Value);
    }

    static JsonObject Parameters(DotBlinking dot) => JsonNode.Parse(dot.Result!.Parameters) as JsonObject ?? [];
    static double? Number(JsonObject of, string name) => of[name] is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;

    /// <summary>"5 and 10 ms".</summary>
    static string Said(ComparedGroup group, string name, string unit) => group.Analysed.Count == 0 ? "none"
        : Words.List([.. group.Analysed.Select(dot => Number(Parameters(dot), name)).Distinct().Order().Select(value => value is { } number ? $"{Numbers.Plain(number)} {unit}".TrimEnd() : "the usual")]);
}
