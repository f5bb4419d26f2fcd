using System.Collections.Concurrent;
using System.Diagnostics;

namespace PqdPortal.Survival.Tests;

/// <summary>The command line as a process of its own.</summary>
public sealed class Pqd : IDisposable
{
    readonly Process _process;
    readonly ConcurrentQueue<string> _said = new();
    readonly Task<string> _answer;

    Pqd(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [PortalProcess.Built("PqdPortal.Cli", "pqd.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ConnectionStrings__Portal"] = null;
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) _said.Enqueue(line.Data);
        };
        _process.BeginErrorReadLine();
        _answer = _process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>Standard error so far: lines of progress and trouble.</summary>
    public string Said => string.Join(Environment.NewLine, _said);

    public bool Runs => !_process.HasExited;

    public static Pqd Begin(params string[] arguments) => new(arguments);

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Code, string Answer, string Said)> Run(params string[] arguments)
    {
        using var pqd = new Pqd(arguments);
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        await pqd._process.WaitForExitAsync(late.Token);
        return (pqd._process.ExitCode, await pqd._answer, pqd.Said);
    }

    /// <summary>kill -9, as soon as the condition holds; false where the command ended before.</summary>
    public async Task<bool> KillWhen(Func<bool> now, TimeSpan after = default)
    {
        while (Runs && !now()) await Task.Delay(1);
        await Task.Delay(after);
        if (!Runs) return false;
        PortalProcess.Signal(_process.Id, 9);
        await _process.WaitForExitAsync();
        return true;
    }

    public void Dispose()
    {
        if (Runs) _process.Kill();
        _process.Dispose();
    }
}
