namespace PqdPortal.Jobs;

/// <summary>Computes on a thread of its own: the pool's threads stay free for the database, and a worker that computes is still heard.</summary>
static class LongWork
{
    internal static Task<T> Run<T>(Func<T> compute, CancellationToken stop) =>
        Task.Factory.StartNew(compute, stop, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
