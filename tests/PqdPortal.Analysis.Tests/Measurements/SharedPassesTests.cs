using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Measurements;

public sealed class SharedPassesTests
{
    [Fact]
    public async Task Whoever_asks_for_a_pass_gets_one_in_common_with_all_who_will()
    {
        var stream = Counted.Of(2000);
        var shared = new SharedPasses(stream, 3, 2);
        var (first, second) = (new TraceCounter(), new TraceCounter());

        // One asks for a pass, another twice, a third ends without one.
        var one = Task.Run(() => End(() => shared.Stream().Read(first)));
        var two = Task.Run(() => End(() =>
        {
            shared.Stream().Read(second);
            shared.Stream().Read(new TraceCounter());
        }));
        await Task.Delay(50);
        Assert.Equal(0, stream.Passes);
        shared.Leave();
        await Task.WhenAll(one, two).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(2, stream.Passes);
        Assert.Equal(2, shared.Passes);
        Assert.Equal(2000, first.EventsByChannel()[0]);
        Assert.Equal(first.EventsByChannel(), second.EventsByChannel());

        void End(Action work)
        {
            try { work(); }
            finally { shared.Leave(); }
        }
    }

    [Fact]
    public async Task One_who_gives_up_neither_ends_the_pass_of_the_others_nor_gets_its_result()
    {
        var stream = Counted.Of(10);
        var shared = new SharedPasses(stream, 2, 1);
        using var gone = new CancellationTokenSource();
        var counter = new TraceCounter();

        var leaver = Task.Run(() => shared.Stream().Read(new TraceCounter(), null, gone.Token));
        await gone.CancelAsync();
        shared.Stream().Read(counter);

        await Assert.ThrowsAsync<OperationCanceledException>(() => leaver.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(10, counter.EventsByChannel()[0]);
    }

    [Fact]
    public async Task A_pass_that_fails_fails_for_all()
    {
        var shared = new SharedPasses(Counted.Of(-1), 2, 1);

        var other = Task.Run(() => shared.Stream().Read(new TraceCounter()));
        Assert.Throws<MeasurementFormatException>(() => shared.Stream().Read(new TraceCounter()));
        await Assert.ThrowsAsync<MeasurementFormatException>(() => other.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void Consumers_together_are_joined_only_where_all_of_them_can_be()
    {
        var clock = PairClock.Of(Counted.Of(1));
        var axis = PairAxis.For(clock, 1e-9, 1e-7, 0);
        var trace = new TraceCounter();
        var whole = new Together([trace, new PairCounter(clock, axis, null, 1)]);
        var parts = new[] { whole.Fork()!, whole.Fork()! };
        foreach (var part in parts) part.Add(new PhotonBatch([1, 2, 3], [0, 0, 0], []));

        // The second detector is nowhere: the pair counter has to see the stream in one go, and the trace is still empty.
        Assert.False(whole.CanJoin(parts));
        Assert.Empty(trace.EventsByChannel());
        Assert.Null(new Together([trace, new Alone()]).Fork());
    }

    sealed class Alone : IPhotonConsumer
    {
        public void Add(in PhotonBatch batch)
        {
        }
    }

    /// <summary>Photons of one channel, a tick apart, that count how often they are read; fewer than none are damaged.</summary>
    sealed class Counted : PhotonStream
    {
        int _photons;

        public int Passes;

        public static Counted Of(int photons) => new()
        {
            Format = "test", Header = [], RecordType = "test", Tick = 1e-9, HeaderDuration = 1, _photons = photons,
        };

        public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default)
        {
            Interlocked.Increment(ref Passes);
            if (_photons < 0) throw new MeasurementFormatException("damaged", 0);
            consumer.Add(new([.. Enumerable.Range(0, _photons).Select(i => (long)i)], new short[_photons], []));
            return new PassReport(_photons, 0, 0, 0, []);
        }
    }
}
