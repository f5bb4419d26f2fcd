using System.Collections.Concurrent;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Web.Live;

/// <summary>Tells open pages that a record changed, whoever changed it and in whichever process.</summary>
/// <remarks>
/// A burst of changes (a job's progress, forty new dots) is told once per <see cref="Calm"/>: at once, and once more at the end of
/// the burst, so that a page never misses the last state and is never drawn more often than people can read.
/// </remarks>
public sealed class LiveChanges : IDisposable
{
    static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// A page asks its question first and watches what it found afterwards. What changed in between is told to it when it begins to
    /// watch; no page needs longer than this for its question.
    /// </summary>
    static readonly TimeSpan Memory = TimeSpan.FromSeconds(15);

    readonly ConcurrentDictionary<(string Topic, Guid? Id), ConcurrentDictionary<Watcher, byte>> _watchers = new();
    readonly ConcurrentDictionary<(string Topic, Guid? Id), long> _lately = new();
    readonly TimeProvider _clock;
    readonly ILogger<LiveChanges> _log;
    readonly IDisposable _hearing;

    public LiveChanges(ChangeFeed feed, TimeProvider clock, ILogger<LiveChanges> log)
    {
        (_clock, _log) = (clock, log);
        _hearing = feed.Subscribe(change =>
        {
            if (change.MayBeAnything) TellAll();
            else Tell(change.Topic, change.Id);
        });
    }

    /// <summary>Calls back when the record changed, or any record of the topic where no id is given, until the result is disposed.</summary>
    /// <param name="topic">The record's type: Project, Batch, Sample, Emitter, Run, Upload, AnalysisRecord or Job.</param>
    /// <param name="react">Asks the record again; runs on no particular thread.</param>
    public IDisposable Watch(string topic, Guid? id, Func<Task> react)
    {
        var watcher = new Watcher(react, _clock, _log);
        _watchers.GetOrAdd((topic, id), _ => new()).TryAdd(watcher, 0);
        if (_lately.TryGetValue((topic, id), out var at) && _clock.GetElapsedTime(at) < Memory) watcher.Wake();
        return new Watching(() =>
        {
            watcher.End();
            if (_watchers.TryGetValue((topic, id), out var same)) same.TryRemove(watcher, out _);
        });
    }

    /// <summary>A record changed.</summary>
    public void Tell(string topic, Guid id)
    {
        Remember((topic, id));
        Wake((topic, id));
        Wake((topic, null));
    }

    /// <summary>Changes may have been missed, such as while the database was away: everybody asks again.</summary>
    public void TellAll()
    {
        foreach (var key in _watchers.Keys) Wake(key);
    }

    public void Dispose() => _hearing.Dispose();

    void Remember((string Topic, Guid? Id) key)
    {
        var now = _clock.GetTimestamp();
        _lately[key] = now;
        _lately[(key.Topic, null)] = now;
        if (_lately.Count < 2000) return;
        foreach (var (old, at) in _lately)
            if (_clock.GetElapsedTime(at, now) > Memory) _lately.TryRemove(old, out _);
    }

    void Wake((string, Guid?) key)
    {
        if (!_watchers.TryGetValue(key, out var watchers)) return;
        foreach (var watcher in watchers.Keys) watcher.Wake();
    }

    sealed class Watching(Action end) : IDisposable
    {
        public void Dispose() => end();
    }

    sealed class Watcher(Func<Task> react, TimeProvider clock, ILogger log)
    {
        readonly Lock _lock = new();
        bool _isBusy, _isAskedAgain, _hasEnded;

        public void End() => _hasEnded = true;

        public void Wake()
        {
            lock (_lock)
            {
                if (_isBusy) { _isAskedAgain = true; return; }
                _isBusy = true;
            }
            _ = Task.Run(React);
        }

        async Task React()
        {
            while (true)
            {
                try
                {
                    if (!_hasEnded) await react();
                }
                catch (ObjectDisposedException)
                {
                    // The page was closed while it was being told.
                }
                catch (Exception error) when (DatabaseTrouble.IsAway(error))
                {
                    // The page says so already; when the database answers again, everybody is asked to look again.
                }
                catch (Exception error)
                {
                    log.LogError(error, "An open page could not show a change");
                }
                await Task.Delay(Calm, clock);
                lock (_lock)
                {
                    if (!_isAskedAgain || _hasEnded) { _isBusy = false; return; }
                    _isAskedAgain = false;
                }
            }
        }
    }
}
