using Xunit.Abstractions;

// Two at a time keep two cores busy: much of the time is spent waiting for lost workers to be missed.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
[assembly: TestCollectionOrderer("PqdPortal.Survival.Tests.LongestFirst", "PqdPortal.Survival.Tests")]

namespace PqdPortal.Survival.Tests;

/// <summary>Tests that measure a time or the memory of a process: they have the machine for themselves, after all others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneAtATime
{
    public const string Name = "one at a time";
}

/// <summary>The fifty kills take half of the time and begin first.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> collections) =>
        collections.OrderByDescending(collection => collection.DisplayName.Contains(nameof(KillAtRandomTests)))
            .ThenByDescending(collection => collection.DisplayName.Contains(nameof(KillAtPlacesTests)))
            .ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);
}
