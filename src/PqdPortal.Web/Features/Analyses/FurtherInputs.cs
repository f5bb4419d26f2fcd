using System.Text.RegularExpressions;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>The inputs of an analysis beside the run's own measurement, each with the runs that may be taken for it and the one that is.</summary>
public sealed partial class FurtherInputs
{
    /// <summary>Runs that are offered at most, the newest ones.</summary>
    public const int MostRuns = 300;

    readonly Dictionary<string, Guid?> _chosen = [];

    FurtherInputs(IReadOnlyList<FurtherInput> all) => All = all;

    public static FurtherInputs None => new([]);

    public IReadOnlyList<FurtherInput> All { get; }

    /// <summary>What was wrong with a choice, by the input's name.</summary>
    public Dictionary<string, string> Errors { get; } = [];

    /// <summary>The run taken for an input; null for none.</summary>
    public Guid? this[string name]
    {
        get => _chosen.GetValueOrDefault(name);
        set
        {
            _chosen[name] = value;
            Errors.Remove(name);
        }
    }

    /// <summary>Input to run, as it is asked; null where a needed one is not chosen, and then <see cref="Errors"/> says so.</summary>
    public IReadOnlyDictionary<string, Guid?>? Read()
    {
        Errors.Clear();
        foreach (var input in All.Where(input => input.Spec.Required && this[input.Spec.Name] is null))
            Errors[input.Spec.Name] = "Choose the run that holds it.";
        return Errors.Count == 0 ? All.ToDictionary(input => input.Spec.Name, input => this[input.Spec.Name]) : null;
    }

    /// <param name="of">The run that is analysed.</param>
    /// <param name="others">Other runs of its project that the viewer may see and whose file is read, the newest first.</param>
    /// <param name="own">Roles of the files of the run itself.</param>
    /// <param name="references">The runs that this one is recorded to be held against, by role.</param>
    /// <param name="kept">What was taken before; null where nothing was asked before, and then the suggestion is taken.</param>
    public static FurtherInputs Of(
        AnalysisKind kind, RunCandidate of, IReadOnlyList<RunCandidate> others, IReadOnlyList<string> own, ILookup<string, Guid> references,
        IReadOnlyDictionary<string, Guid>? kept)
    {
        List<FurtherInput> all = [];
        foreach (var spec in kind.Inputs.Skip(1))
        {
            var choices = others.Where(other => other.Kind is null || Takes(spec.Name, of).Contains(other.Kind) || kept?.GetValueOrDefault(spec.Name) == other.Id)
                .Select(other => new RunChoice(other.Id, Words(other), other.IsOfSetupOf(of))).OrderByDescending(choice => choice.IsOfSetup).ToList();
            if (own.Contains(spec.Name)) choices.Insert(0, new(of.Id, "This run's own file", true));
            all.Add(new(spec, choices) { Suggested = own.Contains(spec.Name) ? null : Suggest(spec.Name, of, others, references) });
        }

        var inputs = new FurtherInputs(all);
        foreach (var input in all)
            inputs[input.Spec.Name] = kept is null || input.Spec.Required && !kept.ContainsKey(input.Spec.Name)
                ? own.Contains(input.Spec.Name) ? of.Id : input.Suggested is { IsTaken: true } suggested ? suggested.Run : null
                : kept.TryGetValue(input.Spec.Name, out var run) && input.Choices.Any(choice => choice.Run == run) ? run : null;
        return inputs;
    }

    /// <summary>Which kinds of files may serve.</summary>
    static IReadOnlyList<string> Takes(string input, RunCandidate of) => input switch
    {
        "irf_file" => ["photon-stream", "histogram"],
        "flat_file" or "dark_file" => ["image"],
        "positions" => ["table"],
        _ => of.Kind is { } kind ? [kind] : [],
    };

    /// <summary>The run that is most likely meant, and why; a mere guess is not taken by itself.</summary>
    static Suggestion? Suggest(string input, RunCandidate of, IReadOnlyList<RunCandidate> others, ILookup<string, Guid> references)
    {
        var role = input.EndsWith("_file", StringComparison.Ordinal) ? input[..^"_file".Length] : input;
        var fitting = others.Where(other => other.Kind is null || Takes(input, of).Contains(other.Kind)).ToList();
        if (fitting.Find(other => references[role].Contains(other.Id)) is { } recorded)
            return new(recorded.Id, $"\"{recorded.Name}\" is recorded as this run's {role switch { "irf" => "instrument response", _ => role }}.", true);

        // Of the runs that say of themselves what they are: first those of the same dot or set-up, then the nearest in time.
        var isOfDot = input is "orthogonal" or "parallel";
        var named = fitting.Where(other => IsNamed(role, other.Name) || other.FileName is { } file && IsNamed(role, file))
            .OrderByDescending(other => isOfDot && other.EmitterId is { } dot && dot == of.EmitterId)
            .ThenByDescending(other => other.IsOfSetupOf(of)).ThenByDescending(other => other.HasResolutionOf(of)).ThenBy(other => Apart(other, of)).FirstOrDefault();
        if (named is not null) return new(named.Id, $"Suggested for its name{Likeness(named, of, isOfDot)}.", true);
        if (role != "irf") return null;

        // A response is measured without a dot. Nothing says that this is one: it is named, not taken.
        var near = fitting.Where(other => other.EmitterId is null && other.IsOfSetupOf(of) && other.HasResolutionOf(of)).MinBy(other => Apart(other, of));
        return near is null ? null
            : new(near.Id, $"\"{near.Name}\" is of the same set-up and resolution, measured {Distance(near, of)}. Take it if it shows the set-up's response.", false);
    }

    static bool IsNamed(string role, string name) => role switch
    {
        "irf" => Response().IsMatch(name),
        "orthogonal" => Orthogonal().IsMatch(name),
        _ => Regex.IsMatch(name, $@"(?<![\p{{L}}]){Regex.Escape(role)}(?![\p{{L}}])", RegexOptions.IgnoreCase),
    };

    static string Likeness(RunCandidate other, RunCandidate of, bool isOfDot)
    {
        List<string> said = [];
        if (isOfDot && other.EmitterId is { } dot && dot == of.EmitterId) said.Add("of the same dot");
        if (other.IsOfSetupOf(of)) said.Add("of the same set-up");
        if (other.HasResolutionOf(of)) said.Add("with the same resolution");
        said.Add($"measured {Distance(other, of)}");
        return ": " + string.Join(", ", said);
    }

    static TimeSpan Apart(RunCandidate one, RunCandidate other) => (one.At - other.At).Duration();

    static string Distance(RunCandidate other, RunCandidate of) =>
        Apart(other, of) < TimeSpan.FromSeconds(1) ? "at the same time" : $"{Numbers.Span(Apart(other, of))} {(other.At < of.At ? "before" : "after")} it";

    static string Words(RunCandidate run) =>
        string.Join(", ", new[] { run.Name, run.Dot, run.Instrument, run.At.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) }.OfType<string>());

    // "IRF 405 nm", "prompt_2", "scatter"; not "firfish".
    [GeneratedRegex(@"(?<![\p{L}])(irf|prompt|scatter(er|ing)?|(instrument[ _-]?)?response)(?![\p{L}])", RegexOptions.IgnoreCase)]
    private static partial Regex Response();

    [GeneratedRegex(@"(?<![\p{L}])(orthogonal|ortho|orth|crossed|cross|perp(endicular)?|distinguishable)(?![\p{L}])", RegexOptions.IgnoreCase)]
    private static partial Regex Orthogonal();
}

/// <summary>One further input.</summary>
/// <param name="Choices">Runs that may be taken, those of the same set-up first.</param>
public sealed record FurtherInput(InputSpec Spec, IReadOnlyList<RunChoice> Choices)
{
    public Suggestion? Suggested { get; init; }
}

/// <summary>A run that may be chosen.</summary>
public sealed record RunChoice(Guid Run, string Words, bool IsOfSetup);

/// <summary>A run that may be meant.</summary>
/// <param name="Because">Why, in a sentence.</param>
/// <param name="IsTaken">False where somebody has to look first.</param>
public sealed record Suggestion(Guid Run, string Because, bool IsTaken);
