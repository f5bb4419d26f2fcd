// Processes are started, killed and waited for against the clock: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
