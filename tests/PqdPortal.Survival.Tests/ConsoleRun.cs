using System.Diagnostics;

namespace PqdPortal.Survival.Tests;

/// <summary>What a program that ends by itself wrote to its console, both streams in their order.</summary>
/// <param name="Code">Its exit code.</param>
public sealed record ConsoleRun(int Code, string Text)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string LastLine => Text.TrimEnd().Split('\n')[^1].Trim();

    /// <summary>Runs the portal where it is expected to refuse its start.</summary>
    public static Task<ConsoleRun> Portal(params string[] arguments) =>
        Of("dotnet", [PortalProcess.Built("PqdPortal.Web", "PqdPortal.Web.dll"), .. arguments], Path.Combine(PortalProcess.Root, "src", "PqdPortal.Web"));

    public static async Task<ConsoleRun> Of(string program, string[] arguments, string folder, params (string Key, string? Value)[] environment)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" 2>&1", program, .. arguments]) { WorkingDirectory = folder, RedirectStandardOutput = true };
        start.Environment["ConnectionStrings__Portal"] = null;
        start.Environment["ASPNETCORE_URLS"] = null;
        foreach (var (key, value) in environment) start.Environment[key] = value;
        using var process = Process.Start(start)!;
        using var late = new CancellationTokenSource(Patience);
        try
        {
            var text = await process.StandardOutput.ReadToEndAsync(late.Token);
            await process.WaitForExitAsync(late.Token);
            return new(process.ExitCode, text);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Patience}.");
        }
    }

    /// <summary>It ended with 1, its last line has these words, and nowhere is a stack trace or a word of the host's own.</summary>
    public void IsRefusedInWords(params string[] words)
    {
        Assert.True(Code == 1, $"It ended with {Code}: {Text}");
        foreach (var word in words) Assert.Contains(word, LastLine);
        Assert.DoesNotMatch(@"(?m)^\s+at |Unhandled exception|Exception:|Hosting failed|BackgroundService", Text);
    }
}
