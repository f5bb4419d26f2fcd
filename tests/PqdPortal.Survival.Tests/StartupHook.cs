using System.Data.Common;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>
/// Goes into a program of the portal at its start (<c>DOTNET_STARTUP_HOOKS</c> names this assembly) and ends it as a power cut
/// would, at a named place between two steps that the program itself knows nothing of.
/// </summary>
/// <remarks>
/// <c>PQD_TEST_END</c> names a file that may appear later and holds "n|event|text": the process is killed at the n-th of these
/// events (Executing, Executed, Committing, Committed) whose command, or whose transaction's commands, hold the text.
/// <c>PQD_TEST_POISON</c> names a file with the id of a run: reading it overflows the stack.
/// </remarks>
sealed class StartupHook : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    readonly Dictionary<object, StringBuilder> _transactions = [];
    readonly Lock _turn = new();
    string _event = "", _text = "";
    int _left;
    string? _place, _poison;

    public static void Initialize()
    {
        DiagnosticListener.AllListeners.Subscribe(new StartupHook
        {
            _place = Environment.GetEnvironmentVariable("PQD_TEST_END"),
            _poison = Environment.GetEnvironmentVariable("PQD_TEST_POISON"),
        });
    }

    public void OnNext(DiagnosticListener listener)
    {
        if (listener.Name == "Microsoft.EntityFrameworkCore") listener.Subscribe(this);
    }

    public void OnNext(KeyValuePair<string, object?> told)
    {
        var name = told.Key[(told.Key.LastIndexOf('.') + 1)..];
        if (name is "CommandExecuting" or "CommandExecuted" && Of<DbCommand>(told.Value, "Command") is { } command)
        {
            if (name == "CommandExecuting") Swallow(command);
            lock (_turn)
            {
                if (command.Transaction is { } within)
                {
                    if (!_transactions.TryGetValue(within, out var said)) _transactions[within] = said = new();
                    if (name == "CommandExecuting") said.AppendLine(command.CommandText);
                }
                Count(name["Command".Length..], command.CommandText);
            }
        }
        else if (name is "TransactionCommitting" or "TransactionCommitted" && Of<DbTransaction>(told.Value, "Transaction") is { } transaction)
            lock (_turn)
            {
                if (!_transactions.TryGetValue(transaction, out var said)) return;
                if (name == "TransactionCommitted") _transactions.Remove(transaction);
                Count(name["Transaction".Length..], said.ToString());
            }
    }

    void Count(string what, string text)
    {
        if (_left == 0 && File.Exists(_place) && File.ReadAllText(_place).Split('|', 3) is { Length: 3 } end)
            (_left, _event, _text) = (int.Parse(end[0]), end[1], end[2]);
        if (what == _event && text.Contains(_text, StringComparison.Ordinal) && --_left == 0) Kill(Environment.ProcessId, 9);
    }

    /// <summary>What a file does that no catch block survives.</summary>
    void Swallow(DbCommand command)
    {
        if (_poison is null || !command.CommandText.Contains("FROM \"RunFiles\"") || !File.Exists(_poison)) return;
        var poisoned = File.ReadAllText(_poison);
        foreach (DbParameter given in command.Parameters)
            if (given.Value is Guid id && id.ToString() == poisoned) new Thread(() => Deeper(0)).Start();
    }

    static int Deeper(int depth) => Deeper(depth + 1) + Deeper(depth + 2);

    static T? Of<T>(object? told, string property) where T : class => told?.GetType().GetProperty(property)?.GetValue(told) as T;

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Kill(int process, int signal);
}
