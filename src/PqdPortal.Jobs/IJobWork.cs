using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Jobs;

/// <summary>One kind of background work: does it, and says on its record how it went.</summary>
interface IJobWork
{
    /// <summary>Computes without writing to the database. Whatever it throws ends the job without a result.</summary>
    /// <returns>What to write, in the one transaction that also ends the job.</returns>
    Task<JobEnding> Do(Job job, IProgress<AnalysisProgress> progress, CancellationToken stop);

    /// <summary>Says on the record that its work waits, runs, or has ended without a result. Inside the transaction that says the same of the job.</summary>
    Task Mark(PortalDb db, Job job, JobState state, string? message, CancellationToken stop);

    /// <summary>What stays and what is missing when the job ends without a result, for people.</summary>
    string WhatIsSaved { get; }
}

/// <summary>How a piece of work ended.</summary>
/// <param name="State">Done, or Refused where what is written is itself a refusal.</param>
/// <param name="Message">For people; null where there is nothing to say.</param>
/// <param name="Save">Writes the result; the caller saves the context and commits.</param>
sealed record JobEnding(JobState State, string? Message, Func<PortalDb, CancellationToken, Task> Save)
{
    /// <summary>SHA-256 of a report that lies in the store already and is nobody's if the result is not saved.</summary>
    public string? Stored { get; init; }
}
