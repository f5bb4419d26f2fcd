using System.CommandLine;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Cli;

/// <summary>What a person may have to add where a file leaves a question open: --time-unit and --layout, for every command that reads files.</summary>
public static class FileChoices
{
    public static Option<string?> TimeUnit { get; } = new("--time-unit")
    {
        Description = "Unit of the times in a table that names none: fs, ps, ns, us, ms, s, or a step such as \"12.5 ns\".",
    };

    public static Option<string?> Layout { get; } = new("--layout")
    {
        Description = "Layout of records that the content leaves open, such as spc-130; the refusal names those that fit.",
    };

    /// <summary>What lies beside a file and what was chosen on the command line.</summary>
    /// <exception cref="RequestException">The unit is none.</exception>
    public static ReadingChoices Of(ParseResult parse, string path) => InputFile.Beside(path) with
    {
        Layout = parse.GetValue(Layout),
        TimeUnit = parse.GetValue(TimeUnit) is { } text
            ? TimeUnits.Parse(text) ?? throw new RequestException($"--time-unit should be a unit of time (fs, ps, ns, us, ms, s) or a step such as \"12.5 ns\", of 1 fs to 1 s; found \"{text}\".")
            : null,
    };
}
