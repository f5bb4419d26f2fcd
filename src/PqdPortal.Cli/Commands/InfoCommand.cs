using System.CommandLine;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd info FILE: what a file is and holds, from its content alone.</summary>
public static class InfoCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "An instrument file; its name does not matter." };
        var command = new Command("info", "Say what a file is and holds, from its content alone.") { file };
        command.SetAction(parse => Run(parse, parse.GetRequiredValue(file)));
        return command;
    }

    static int Run(ParseResult parse, string path)
    {
        using var stream = InputFile.Open(path);
        var measurement = Formats.Open(stream);
        parse.InvocationConfiguration.Output.WriteLine(measurement.Format);
        return CommandLine.Success;
    }
}
