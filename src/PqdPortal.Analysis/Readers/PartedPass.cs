using System.Buffers;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>A pass over records that several threads share, with the result of one.</summary>
/// <remarks>
/// Each thread reads one run of records with a fork of the consumer. Where the clock stands at its first record the index
/// tells, or else a look at the overflow records of the part before, while that part is being decoded; the first part is longer for it.
/// A consumer that can be shifted needs neither: each part begins at zero and is moved when those before it are read.
/// </remarks>
static class PartedPass
{
    /// <summary>Time of looking at overflow records alone, as a share of decoding and consuming them.</summary>
    const double LookingShare = 0.2;

    /// <returns>The whole, as if read in one go; null where it has to be, and then the consumer is still empty.</returns>
    public static RecordPart? Read(
        RecordStream stream, IPartedConsumer consumer, int parts, long first, long end, bool countOnly, IProgress<long>? progress, CancellationToken stop)
    {
        if (stream.Begin().Reach is not { } reach) return null;
        var forks = new IPartedConsumer[parts];
        for (var k = 0; k < parts; k++)
        {
            if (consumer.Fork() is not { } fork) return null;
            forks[k] = fork;
        }

        var index = reach == 0 ? null : first == 0 ? stream.KnownIndex : stream.Index(stop);
        var shifts = reach > 0 && index is null && consumer.CanShift;
        var looks = reach > 0 && index is null && !shifts;
        var bounds = Bounds(parts, first, end, looks, stream.RecordsOfChunk);
        // Behind its last entry the index knows of no clock: there it ended.
        if (index is not null && bounds[parts - 1] / index.Step >= index.Count) return null;

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var positions = bounds[..parts];
        var starts = new Task<Int128>[parts];
        var tasks = new Task<RecordPart?>[parts];
        starts[0] = Task.FromResult<Int128>(index?.StartOf(first) ?? 0);
        for (var k = 1; k < parts; k++)
            starts[k] = looks ? Start(k) : Task.FromResult<Int128>(index?.StartOf(bounds[k]) ?? 0);
        for (var k = 1; k < parts; k++) tasks[k] = Later(k);
        try
        {
            tasks[0] = Task.FromResult<RecordPart?>(ReadPart(0, (long)starts[0].Result));
        }
        catch
        {
            linked.Cancel();
            try { Task.WaitAll(tasks[1..]); }
            catch (AggregateException) { /* the first trouble is the one to tell */ }
            throw;
        }

        RecordPart? whole = null;
        var joined = new List<IPartedConsumer>();
        try
        {
            Int128 clock = 0;
            for (var k = 0; k < parts; k++)
            {
                if (tasks[k].GetAwaiter().GetResult() is not { } part) return null;
                if (shifts)
                {
                    // Where the clock would have come to its end, one thread has to find the record.
                    var begin = clock;
                    clock += part.Offset;
                    if (!part.IsUnhindered || !stream.Begin().StartAt(clock)) return null;
                    part.Shift((long)begin);
                    forks[k].Shift((long)begin);
                }
                joined.Add(forks[k]);
                if (whole is null) whole = part;
                else whole.Join(part);
                if (!part.IsComplete) break; // the clock or the file ended here, and so would one thread
            }
        }
        finally
        {
            linked.Cancel();
            try { Task.WaitAll(tasks); }
            catch (AggregateException) { /* what counted was told above */ }
        }
        if (!consumer.CanJoin(joined)) return null;
        consumer.Join(joined);
        progress?.Report(end);
        return whole;

        async Task<Int128> Start(int k)
        {
            var ticks = await Task.Run(() => Look(stream, bounds[k - 1], bounds[k], linked.Token), linked.Token);
            return await starts[k - 1] + ticks;
        }

        async Task<RecordPart?> Later(int k)
        {
            var start = await starts[k];
            return await Task.Run(() => stream.Begin().StartAt(start) ? ReadPart(k, (long)start) : null, linked.Token);
        }

        RecordPart ReadPart(int k, long start)
        {
            var part = new RecordPart(stream, bounds[k], bounds[k + 1], start);
            part.Read(forks[k], countOnly, progress is null ? null : new Word(progress, positions, bounds, k), linked.Token);
            return part;
        }
    }

    /// <summary>First record of each part, and the end of the last; borders lie where the index has entries.</summary>
    static long[] Bounds(int parts, long first, long end, bool looks, int step)
    {
        var share = new double[parts];
        share[0] = 1;
        for (var k = 1; k < parts; k++) share[k] = looks ? 1 - LookingShare * share[k - 1] : 1;
        var bounds = new long[parts + 1];
        (bounds[0], bounds[parts]) = (first, end);
        var sum = 0.0;
        for (var k = 1; k < parts; k++)
        {
            sum += share[k - 1];
            bounds[k] = Math.Max(bounds[k - 1], (long)((first + (end - first) * (sum / share.Sum())) / step) * step);
        }
        return bounds;
    }

    static Int128 Look(RecordStream stream, long first, long end, CancellationToken stop)
    {
        var pass = stream.Begin();
        var size = stream.RecordBytes;
        var bytes = ArrayPool<byte>.Shared.Rent(stream.RecordsOfChunk * size);
        try
        {
            Int128 ticks = 0;
            for (var record = first; record < end;)
            {
                stop.ThrowIfCancellationRequested();
                var wanted = (int)Math.Min(stream.RecordsOfChunk, end - record) * size;
                var got = stream.ReadRecords(bytes.AsSpan(0, wanted), record) / size;
                if (got == 0) break;
                ticks += pass.TicksOfOverflows(bytes.AsSpan(0, got * size));
                record += got;
            }
            return ticks;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Records of all parts so far; the first part speaks for all.</summary>
    sealed class Word(IProgress<long> to, long[] positions, long[] bounds, int part) : IProgress<long>
    {
        public void Report(long value)
        {
            Volatile.Write(ref positions[part], value);
            if (part != 0) return;
            var read = bounds[0];
            for (var k = 0; k < positions.Length; k++) read += Volatile.Read(ref positions[k]) - bounds[k];
            to.Report(read);
        }
    }
}
