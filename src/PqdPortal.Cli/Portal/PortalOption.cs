using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PqdPortal.Cli.Portal;

/// <summary>What the commands against a portal share: which portal, Ctrl-C, and how sizes are written.</summary>
public static class PortalOption
{
    public static Option<string?> Portal { get; } = new("--portal")
    {
        Description = "The portal, where it is not the one signed in to last.",
        HelpName = "URL",
    };

    /// <summary>Runs until its end or until it is told to stop; a stop is no error of its own.</summary>
    public static int Run(Func<CancellationToken, Task<int>> work)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return work(stop.Token).GetAwaiter().GetResult();
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            throw new OperationCanceledException("Stopped. What the portal has confirmed stays; the same command goes on from there.");
        }
    }

    /// <summary>"12.3 MB"</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1000 => FormattableString.Invariant($"{bytes} bytes"),
        < 1_000_000 => FormattableString.Invariant($"{bytes / 1e3:0.#} kB"),
        < 1_000_000_000 => FormattableString.Invariant($"{bytes / 1e6:0.#} MB"),
        _ => FormattableString.Invariant($"{bytes / 1e9:0.##} GB"),
    };

    public static string Time(DateTimeOffset? at) => at?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "not recorded";

    /// <summary>A text of somebody else's that goes to a terminal: one line, and nothing that steers the terminal or turns the reading direction.</summary>
    public static string Plain(string? text) => text is null ? "" : new([.. text.Where(c => !char.IsControl(c) && c is not (>= '\u2028' and <= '\u202e' or >= '\u2066' and <= '\u2069' or '\u061c'))]);
}
