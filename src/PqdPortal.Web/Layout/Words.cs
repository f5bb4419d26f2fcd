using System.Globalization;
using System.Text;
using System.Text.Json;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Web.Layout;

/// <summary>The records' fixed choices in words for people, and under their names on the wire.</summary>
public static class Words
{
    /// <summary>Of people, in a sentence: "hot injection", "not recorded".</summary>
    public static string Of(Enum choice) => choice switch
    {
        Dimensionality.Dot => "dots (0D)",
        Dimensionality.Sheet => "sheets (2D)",
        Dimensionality.QuasiTwoDimensional => "quasi-2D",
        SynthesisMethod.HotInjection => "hot-injection",
        SynthesisMethod.Larp => "LARP",
        CompositionMethod.Edx => "EDX",
        CompositionMethod.Icp => "ICP",
        CompositionMethod.Xrf => "XRF",
        Matrix.Pmma => "PMMA",
        SampleForm.QuasiTwoDimensionalFilm => "quasi-2D film",
        SampleForm.IsolatedDots => "isolated dots in a matrix",
        RunKind.Hbt => "photon stream (HBT)",
        RunKind.Hom => "two-photon interference (HOM)",
        RunKind.Trpl => "decay (TRPL)",
        RunKind.Spectrum => "PL spectrum",
        RunKind.Flid => "FLID scan",
        RunKind.Tem => "STEM or TEM",
        RunKind.Plqy => "PLQY",
        ReadingState.NoFile => "no file yet",
        ReadingState.Waiting => "waiting to be read",
        ReadingState.Reading => "being read",
        ReadingState.StoredUnread => "stored, not understood",
        ReadingState.Failed => "could not be read",
        AnalysisState.Refused => "refused by the data",
        AnalysisState.Failed => "failed on our side",
        AccessRole.None => "no access",
        ExtraType.YesNo => "yes or no",
        Descent.Mixed => "mixed in",
        FilingHabit.NotRecorded => "waits, unless the group says otherwise",
        FilingHabit.WaitForAPerson => "waits for a person",
        FilingHabit.FileCertainOnes => "is filed by itself",
        _ => Split(choice.ToString(), ' '),
    };

    /// <summary>On the wire: hot-injection, not-recorded.</summary>
    public static string Key(Enum choice) => JsonNamingPolicy.KebabCaseLower.ConvertName(choice.ToString());

    /// <summary>The choice of that name on the wire; null where there is none.</summary>
    public static T? Choice<T>(string key) where T : struct, Enum
    {
        foreach (var choice in Enum.GetValues<T>())
            if (Key(choice) == key)
                return choice;
        return null;
    }

    /// <summary>A field's name in words: "SynthesisTemperature" is "synthesis temperature".</summary>
    public static string Field(string name) => name switch
    {
        "EdgeLengthSd" => "standard deviation of the edge length",
        "EdgeLengthN" => "particles counted",
        "Plqy" => "quantum yield",
        "MixingX" => "mixing x",
        "ObjectiveNa" => "numerical aperture",
        "DeletedAt" => "bin",
        "WindowFrom" => "emission window from",
        "WindowTo" => "emission window to",
        "SynthesisedOn" => "date of synthesis",
        "EmissionFwhm" => "emission width",
        "ParentId" => "made from",
        "IrfRunId" => "instrument response",
        "GroupId" => "group",
        "Maker" => "maker",
        "InstrumentId" => "set-up",
        "SampleId" => "sample",
        "EmitterId" => "dot",
        "SetAsideAt" => "ignored in the inbox",
        "Patterns" => "patterns of file names",
        "Filing" => "file whose home is certain",
        "Extras" => "extra fields",
        _ when name.StartsWith(PqdPortal.Data.Edits.RecordFields.Extra, StringComparison.Ordinal) => name[PqdPortal.Data.Edits.RecordFields.Extra.Length..].Replace('_', ' '),
        _ => Split(name[(name.LastIndexOf('.') + 1)..], ' '),
    };

    /// <summary>A field's value in words; null where nothing is recorded.</summary>
    public static string? Value(object? value) => value switch
    {
        null or "" => null,
        Enum choice => Of(choice),
        double number => Numbers.Plain(number, 6),
        double[] { Length: 0 } => null,
        double[] numbers => string.Join(", ", numbers.Select(number => Numbers.Plain(number, 6))),
        TemplatePreset[] or ExtraField[] => string.Join("; ", ((Array)value).Cast<object>()) is { Length: > 0 } list ? list : null,
        bool claim => claim ? "yes" : "no",
        DateTimeOffset moment => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    /// <summary>Several in a sentence: "solvent, ligand and notes".</summary>
    public static string List(IReadOnlyList<string> parts) =>
        parts.Count < 2 ? string.Concat(parts) : $"{string.Join(", ", parts.SkipLast(1))} and {parts[^1]}";

    static string Split(string name, char with)
    {
        var words = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && words.Length > 0) words.Append(with);
            words.Append(char.ToLowerInvariant(letter));
        }

        return words.ToString();
    }
}
