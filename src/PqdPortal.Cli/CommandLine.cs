using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Client.Records;
using PqdPortal.Client.Uploads;
using PqdPortal.Data;
using PqdPortal.Data.Backup;
using PqdPortal.Data.Seed;

namespace PqdPortal.Cli;

/// <summary>What all commands share: the --json switch, exit codes, and trouble told in one line.</summary>
/// <remarks>
/// A command returns its exit code and lets trouble fly as an exception:
/// <see cref="RequestException"/> ends in 2, a <see cref="MeasurementFormatException"/> or
/// <see cref="InsufficientDataException"/> in 3, and anything unforeseen in 1. No stack trace is shown. What keeps
/// <c>pqd admin</c> from its portal ends in 2, a damaged backup in 3.
/// </remarks>
public static class CommandLine
{
    public const int Success = 0;
    public const int OurFault = 1;
    public const int WrongRequest = 2;
    public const int UnusableInput = 3;

    /// <summary>Understood by every command: the result, or what went wrong, as JSON on standard output.</summary>
    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Write the result as JSON to standard output.",
        Recursive = true,
    };

    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code of the process.</returns>
    public static int Run(RootCommand root, IReadOnlyList<string> args, Stream output, Stream error)
    {
        if (!root.Options.Contains(Json)) root.Options.Add(Json);

        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using var outWriter = new StreamWriter(output, utf8, 1 << 14, leaveOpen: true) { NewLine = "\n" };
        using var errorWriter = new StreamWriter(error, utf8, 1 << 10, leaveOpen: true) { NewLine = "\n" };
        try
        {
            return Run(root, args, outWriter, errorWriter);
        }
        catch (IOException)
        {
            // The reader of a pipe has gone (pqd info x | head): nobody is left to tell.
            return OurFault;
        }
    }

    static int Run(RootCommand root, IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        var json = args.TakeWhile(a => a != "--").Contains("--json");
        int code;
        try
        {
            // A file may be called "@dot.ptu": arguments from response files are not wanted here.
            var parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parse.Errors.Count > 0)
                throw new RequestException(Misunderstood(parse) + " " + Hint(parse));

            code = parse.Invoke(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
            });
            output.Flush();
        }
        catch (Exception e)
        {
            code = Tell(e, json, output, error);
        }
        return code;
    }

    /// <summary>Writes one line on standard error and, where asked, the same as JSON on standard output.</summary>
    static int Tell(Exception trouble, bool json, TextWriter output, TextWriter error)
    {
        var (exit, message, answer) = Words(trouble);
        error.WriteLine("pqd: " + message);
        error.Flush();
        if (json)
        {
            output.WriteLine(JsonText.Write(answer));
            output.Flush();
        }
        return exit;
    }

    /// <summary>Trouble as it is told: the exit code, one line, and both as JSON.</summary>
    public static (int Exit, string Message, JsonObject Json) Words(Exception trouble)
    {
        var (exit, code) = trouble switch
        {
            RequestException => (WrongRequest, "REQUEST_WRONG"),
            FileNotFoundException or DirectoryNotFoundException => (WrongRequest, "FILE_NOT_FOUND"),
            MeasurementFormatException => (UnusableInput, "FILE_UNUSABLE"),
            InsufficientDataException => (UnusableInput, "DATA_INSUFFICIENT"),
            PqdException => (UnusableInput, "REFUSED"),
            PortalStartException => (WrongRequest, "PORTAL_UNREACHABLE"),
            HttpRequestException => (WrongRequest, "PORTAL_UNREACHABLE"),
            RecordTrouble { Status: >= System.Net.HttpStatusCode.InternalServerError } => (OurFault, "PORTAL_FAULT"),
            RecordTrouble => (WrongRequest, "PORTAL_REFUSED"),
            FileCutException => (UnusableInput, "FILE_CHANGED"),
            BackupTrouble { IsDamage: true } => (UnusableInput, "BACKUP_DAMAGED"),
            BackupTrouble => (WrongRequest, "BACKUP_REFUSED"),
            SeedTrouble => (WrongRequest, "SEED_REFUSED"),
            UnauthorizedAccessException => (UnusableInput, "FILE_UNREADABLE"),
            IOException => (UnusableInput, "FILE_UNREADABLE"),
            OperationCanceledException => (OurFault, "STOPPED"),
            _ => (OurFault, "FAULT"),
        };
        var message = OneLine(trouble is RecordTrouble { Status: System.Net.HttpStatusCode.Unauthorized }
            ? "The portal does not know your token any more: it has expired or was revoked. Make a new one on your profile page and sign in again with: pqd login URL"
            : trouble is HttpRequestException and { InnerException: System.Net.Sockets.SocketException } ? $"The portal cannot be reached: {trouble.Message}. Check the address and the network."
            : exit == OurFault && trouble is not (OperationCanceledException or RecordTrouble)
            ? $"This is a fault of pqd, not of your file or request: {trouble.GetType().Name}: {trouble.Message}"
            : trouble.Message);
        var what = new JsonObject { ["code"] = code, ["message"] = message, ["exit"] = exit };
        var answer = new JsonObject { ["error"] = what };
        if (trouble is MeasurementFormatException format)
        {
            what["offset"] = format.Offset;
            if (format.Format is { } name) answer["format"] = name;
            if (format.Header is { } header) answer["header"] = header.DeepClone();
        }
        return (exit, message, answer);
    }

    static string Misunderstood(ParseResult parse) =>
        parse.UnmatchedTokens is [var stranger, ..] ? $"\"{stranger}\" is not understood here."
        : Sentence(parse.Errors[0].Message);

    static string Hint(ParseResult parse)
    {
        var names = new List<string>();
        for (SymbolResult? r = parse.CommandResult; r is CommandResult c; r = r.Parent)
            names.Insert(0, c.Command is RootCommand ? "pqd" : c.Command.Name);
        return $"See {string.Join(' ', names)} --help.";
    }

    static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";

    static string OneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
