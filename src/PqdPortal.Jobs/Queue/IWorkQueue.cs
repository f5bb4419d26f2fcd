using PqdPortal.Data;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Jobs.Queue;

/// <summary>Takes work that belongs to a record.</summary>
public interface IWorkQueue
{
    /// <summary>
    /// Queues the job inside the transaction open on the context (one is required): the record, the job and its trigger are there
    /// together or not at all. The caller commits.
    /// </summary>
    Task Enqueue(PortalDb db, Job job, CancellationToken stop = default);
}
