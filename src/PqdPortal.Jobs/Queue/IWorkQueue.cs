using PqdPortal.Data;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Jobs.Queue;

/// <summary>Takes work that belongs to a record.</summary>
public interface IWorkQueue
{
    /// <summary>
    /// Queues the job inside the transaction open on the context (one is required): the record, the job and its trigger are there
    /// together or not at all. Saves what the context holds; the caller commits.
    /// </summary>
    /// <param name="wait">How long it should wait before its turn; nothing for at once.</param>
    Task Enqueue(PortalDb db, Job job, CancellationToken stop = default, TimeSpan wait = default);

    /// <summary>Jobs that wait but that the queue does not know: a process ended, or the database went away, between the two.</summary>
    Task<IReadOnlyList<Guid>> Forgotten(PortalDb db, CancellationToken stop = default);
}
