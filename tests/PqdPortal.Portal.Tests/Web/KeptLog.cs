using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>Keeps what a portal says at the level Error or above, so that a test can fail with it.</summary>
public sealed class KeptLog : ILoggerProvider
{
    readonly ConcurrentQueue<string> _errors = new();

    public IReadOnlyCollection<string> Errors => _errors;

    public ILogger CreateLogger(string category) => new Logger(category, _errors);
    public void Dispose() { }

    sealed class Logger(string category, ConcurrentQueue<string> errors) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel level) => level >= LogLevel.Error;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> say)
        {
            if (IsEnabled(level)) errors.Enqueue($"{category}: {say(state, exception)} {exception}");
        }
    }
}
