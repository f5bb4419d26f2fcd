using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>Several analyses computed at once; those of the same photons read and decode them in the same passes.</summary>
public static class AnalysesTogether
{
    /// <summary>Computes them, each on a thread of its own. Every report is the one of computing alone.</summary>
    /// <param name="asked">Analyses and calls. Calls whose first input is the same object share it; every other input is opened for its call alone.</param>
    /// <returns>In the order asked: a report, or what kept it from being made.</returns>
    /// <exception cref="ArgumentException">A measurement is shared in another way, so that two threads would read it at once.</exception>
    public static IReadOnlyList<(AnalysisReport? Report, Exception? Trouble)> Compute(IReadOnlyList<(AnalysisKind Kind, AnalysisCall Call)> asked)
    {
        var firsts = asked.Select(one => one.Kind.TakesFile ? one.Call.Inputs.GetValueOrDefault(one.Kind.Inputs[0].Name) as PhotonStream : null).ToArray();
        var others = asked.SelectMany((one, k) => one.Call.Inputs.Values.OfType<PhotonStream>().Where(input => !ReferenceEquals(input, firsts[k]))).ToArray();
        if (others.Distinct().Count() != others.Length || others.Intersect(firsts).Any())
            throw new ArgumentException("Only the first input may be shared; open the other inputs for each analysis.", nameof(asked));

        // One stream of the group only is waited for, so that nobody waits for somebody who waits for them.
        var passes = firsts.OfType<PhotonStream>().GroupBy(stream => stream).Where(group => group.Count() > 1)
            .ToDictionary(group => group.Key, group => new SharedPasses(group.Key, group.Count(), asked[0].Call.Threads > 0 ? asked[0].Call.Threads : Environment.ProcessorCount));
        var tasks = asked.Select((one, k) => Task.Factory.StartNew(
            () => One(one.Kind, one.Call, firsts[k] is { } stream ? passes.GetValueOrDefault(stream) : null),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WaitAll(tasks);
        return [.. tasks.Select(task => task.Result)];
    }

    static (AnalysisReport?, Exception?) One(AnalysisKind kind, AnalysisCall call, SharedPasses? shared)
    {
        try
        {
            if (shared is null) return (kind.Compute(call), null);
            var inputs = call.Inputs.ToDictionary();
            inputs[kind.Inputs[0].Name] = shared.Stream();
            return (kind.Compute(call with { Inputs = inputs }), null);
        }
        catch (Exception trouble)
        {
            return (null, trouble);
        }
        finally
        {
            shared?.Leave();
        }
    }
}
