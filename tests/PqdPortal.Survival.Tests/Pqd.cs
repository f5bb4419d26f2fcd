using System.Collections.Concurrent;
using System.Diagnostics;

namespace PqdPortal.Survival.Tests;

/// <summary>The command line as a process of its own.</summary>
public sealed class Pqd : IDisposable
{
    readonly Process _process;
    readonly ConcurrentQueue<string> _said = new();
    readonly ConcurrentQueue<string> _lines = new();
    readonly Task<string> _answer;

    Pqd(string[] arguments, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var start = new ProcessStartInfo("dotnet", [PortalProcess.Built("PqdPortal.Cli", "pqd.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ConnectionStrings__Portal"] = null;
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>()) start.Environment[key] = value;
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) _said.Enqueue(line.Data);
        };
        _process.BeginErrorReadLine();
        _answer = ReadAll(_process.StandardOutput);
    }

    async Task<string> ReadAll(StreamReader output)
    {
        var all = new System.Text.StringBuilder();
        while (await output.ReadLineAsync() is { } line)
        {
            all.Append(line).Append('\n');
            _lines.Enqueue(line);
        }
        return all.ToString();
    }

    /// <summary>Standard output so far.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Standard error so far: lines of progress and trouble.</summary>
    public string Said => string.Join(Environment.NewLine, _said);

    public bool Runs => !_process.HasExited;

    public static Pqd Begin(params string[] arguments) => new(arguments);

    /// <param name="settings">Environment variables.</param>
    public static Pqd Begin(IReadOnlyDictionary<string, string?> settings, params string[] arguments) => new(arguments, settings);

    /// <summary>Stops it as Ctrl-C does.</summary>
    public async Task<int> Stop()
    {
        PortalProcess.Signal(_process.Id, 2);
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(late.Token);
        return _process.ExitCode;
    }

    /// <summary>Runs a command to its end.</summary>
    public static Task<(int Code, string Answer, string Said)> Run(params string[] arguments) => Run(new Dictionary<string, string?>(), arguments);

    /// <summary>Runs a command to its end.</summary>
    /// <param name="settings">Environment variables.</param>
    public static async Task<(int Code, string Answer, string Said)> Run(IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        using var pqd = new Pqd(arguments, settings);
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        await pqd._process.WaitForExitAsync(late.Token);
        return (pqd._process.ExitCode, await pqd._answer, pqd.Said);
    }

    /// <summary>kill -9, as soon as the condition holds; false where the command ended before.</summary>
    /// <remarks>It is watched from a thread of its own: on a busy machine the pool's answer may come after the command's end.</remarks>
    public async Task<bool> KillWhen(Func<bool> now, TimeSpan after = default)
    {
        var killed = await Task.Factory.StartNew(() =>
        {
            while (Runs && !now()) Thread.Sleep(1);
            if (after > TimeSpan.Zero) Thread.Sleep(after);
            if (!Runs) return false;
            PortalProcess.Signal(_process.Id, 9);
            return true;
        }, default, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        // What it said is complete only after its end was waited for.
        await _process.WaitForExitAsync();
        return killed;
    }

    public void Dispose()
    {
        if (Runs) _process.Kill();
        _process.Dispose();
    }
}
