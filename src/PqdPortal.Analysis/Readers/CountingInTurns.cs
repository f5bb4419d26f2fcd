using System.Runtime.ExceptionServices;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>A trace that several threads count block by block, with the result of one.</summary>
/// <remarks>
/// Which bin a record belongs to depends on all overflow records before it. Each thread reads a block, adds up its overflow
/// records, waits for its turn to learn where the clock stands and to tell the next, and counts while the block still lies in its
/// cache: nothing is read twice, and only the short sums are done in order.
/// </remarks>
sealed class CountingInTurns
{
    readonly RecordStream _stream;
    readonly CancellationToken _stop;
    readonly long _end;
    long _next = -1, _turn;
    Int128 _clock;
    volatile bool _isOver, _isHindered;
    Exception? _trouble;

    CountingInTurns(RecordStream stream, long end, CancellationToken stop) => (_stream, _end, _stop) = (stream, end, stop);

    /// <returns>False where one thread has to do it (the clock or the file ends early), and then the counter is as it was.</returns>
    public static bool Count(RecordStream stream, TraceCounter counter, int threads, IProgress<long>? progress, CancellationToken stop)
    {
        var turns = new CountingInTurns(stream, stream.RecordsToRead, stop);
        var forks = Enumerable.Range(0, threads).Select(_ => (TraceCounter)counter.Fork()).ToArray();
        var others = forks[1..].Select(fork => Task.Run(() => turns.Take(fork, null), CancellationToken.None)).ToArray();
        turns.Take(forks[0], progress);
        Task.WaitAll(others, CancellationToken.None);
        if (turns._trouble is { } trouble) ExceptionDispatchInfo.Throw(trouble);
        if (turns._isHindered) return false;
        counter.Join(forks);
        progress?.Report(turns._end);
        return true;
    }

    void Take(TraceCounter into, IProgress<long>? progress)
    {
        try
        {
            var (size, step) = (_stream.RecordBytes, (long)_stream.RecordsOfChunk);
            var pass = _stream.Begin();
            var part = new RecordPart(_stream, 0, _end, 0);
            using var room = new RecordPart.Room(_stream, pass.HasDtime);
            var nextWord = Environment.TickCount64 + RecordPart.WordEvery;
            while (!_isOver)
            {
                var block = Interlocked.Increment(ref _next);
                var first = block * step;
                if (first >= _end) return;
                _stop.ThrowIfCancellationRequested();
                var wanted = (int)Math.Min(step, _end - first) * size;
                var records = room.Bytes.AsSpan(0, _stream.ReadRecords(room.Bytes.AsSpan(0, wanted), first));
                // A file that becomes shorter while it is read is for one thread to tell of.
                var ticks = records.Length == wanted ? pass.TicksOfOverflows(records) : Int128.Zero;
                if (WaitFor(block) is not { } start) return;
                _clock = start + ticks;
                Volatile.Write(ref _turn, block + 1);
                if (records.Length < wanted || !part.Count(records, first, start, into, room, _stop)) (_isHindered, _isOver) = (true, true);
                if (progress is null || Environment.TickCount64 < nextWord) continue;
                progress.Report(first);
                nextWord = Environment.TickCount64 + RecordPart.WordEvery;
            }
        }
        catch (Exception trouble)
        {
            Interlocked.CompareExchange(ref _trouble, trouble, null);
            _isOver = true;
        }
    }

    /// <returns>Where the clock stands at the block; null where another thread gave up.</returns>
    Int128? WaitFor(long block)
    {
        var wait = new SpinWait();
        while (Volatile.Read(ref _turn) != block)
        {
            if (_isOver) return null;
            wait.SpinOnce(sleep1Threshold: -1);
        }
        return _clock;
    }
}
