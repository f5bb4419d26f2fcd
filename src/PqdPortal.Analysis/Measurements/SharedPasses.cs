namespace PqdPortal.Analysis.Measurements;

/// <summary>
/// Lets several analyses of one photon stream, each on a thread of its own, share their passes: the first who asks for a pass waits
/// until every other one asks too or has ended, then one pass serves them all.
/// </summary>
/// <remarks>An analysis sees what it would see alone, in the same order; only reading and decoding are done once.</remarks>
public sealed class SharedPasses
{
    readonly Lock _gate = new();
    readonly PhotonStream _stream;
    readonly int _threads;
    readonly List<Waiting> _waiting = [];
    int _present;

    /// <param name="stream">The stream, or what a selection leaves of it; from now on read through here alone.</param>
    /// <param name="participants">How many analyses take part.</param>
    /// <param name="threads">Threads that a pass may use.</param>
    public SharedPasses(PhotonStream stream, int participants, int threads) => (_stream, _present, _threads) = (stream, participants, threads);

    /// <summary>The stream as one participant sees it.</summary>
    public PhotonStream Stream() => SelectedStream.With(_stream, Read);

    /// <summary>Passes that were read so far.</summary>
    public int Passes { get; private set; }

    /// <summary>To be told of every participant once, when it needs no further pass: nobody waits for it any more.</summary>
    public void Leave()
    {
        List<Waiting>? ready;
        lock (_gate)
        {
            _present--;
            ready = TakeAll();
        }
        if (ready is not null) Serve(ready);
    }

    PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress, CancellationToken stop)
    {
        var own = new Waiting(consumer, progress, stop);
        List<Waiting>? ready;
        lock (_gate)
        {
            _waiting.Add(own);
            ready = TakeAll();
        }
        if (ready is not null) Serve(ready);
        return own.Answer.Task.GetAwaiter().GetResult();
    }

    List<Waiting>? TakeAll()
    {
        if (_waiting.Count == 0 || _waiting.Count < _present) return null;
        List<Waiting> all = [.. _waiting];
        _waiting.Clear();
        return all;
    }

    void Serve(List<Waiting> all)
    {
        try
        {
            Passes++;
            // Whoever wants to end does not end the others: it hears of it when the pass is over.
            using var everyone = new CancellationTokenSource();
            using var asks = new Timer(_ =>
            {
                if (all.All(one => one.Stop.IsCancellationRequested)) everyone.Cancel();
            }, null, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100));
            var report = _stream.Read(new Together([.. all.Select(one => one.Consumer)]), null, _threads, new Telling(all), everyone.Token);
            foreach (var one in all)
                if (one.Stop.IsCancellationRequested) one.Answer.SetException(new OperationCanceledException(one.Stop));
                else one.Answer.SetResult(report);
        }
        catch (Exception trouble)
        {
            foreach (var one in all) one.Answer.TrySetException(trouble);
        }
    }

    sealed record Waiting(IPhotonConsumer Consumer, IProgress<long>? Progress, CancellationToken Stop)
    {
        public TaskCompletionSource<PassReport> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    sealed class Telling(List<Waiting> all) : IProgress<long>
    {
        public void Report(long value)
        {
            foreach (var one in all) one.Progress?.Report(value);
        }
    }
}
