using Microsoft.Extensions.Logging.Abstractions;
using PqdPortal.Data.Postgres;
using PqdPortal.Web.Live;

namespace PqdPortal.Portal.Tests.Web;

public class LiveChangesTests
{
    readonly LiveChanges _live = new(new ChangeFeed(null!, NullLogger<ChangeFeed>.Instance), TimeProvider.System, NullLogger<LiveChanges>.Instance);

    [Fact]
    public async Task A_page_hears_of_its_record_and_of_no_other()
    {
        var mine = Guid.NewGuid();
        var heard = new SemaphoreSlim(0);
        using var watch = _live.Watch("Run", mine, () => { heard.Release(); return Task.CompletedTask; });

        _live.Tell("Run", Guid.NewGuid());
        _live.Tell("Job", mine);
        var others = await heard.WaitAsync(TimeSpan.FromMilliseconds(100));
        _live.Tell("Run", mine);

        Assert.False(others);
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_burst_is_told_at_once_and_once_more_at_its_end()
    {
        var told = 0;
        var heard = new SemaphoreSlim(0);
        using var watch = _live.Watch("Job", null, () => { Interlocked.Increment(ref told); heard.Release(); return Task.CompletedTask; });

        for (var n = 0; n < 1000; n++) _live.Tell("Job", Guid.NewGuid());
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(10)));
        await Task.Delay(600); // longer than two pauses between tellings

        Assert.Equal(2, told);
    }

    [Fact]
    public async Task A_page_that_was_closed_hears_nothing()
    {
        var heard = new SemaphoreSlim(0);
        _live.Watch("Run", null, () => { heard.Release(); return Task.CompletedTask; }).Dispose();

        _live.Tell("Run", Guid.NewGuid());

        Assert.False(await heard.WaitAsync(TimeSpan.FromMilliseconds(100)));
    }

    [Fact]
    public async Task A_page_that_fails_does_not_keep_others_from_hearing()
    {
        var heard = new SemaphoreSlim(0);
        using var bad = _live.Watch("Run", null, () => throw new InvalidOperationException());
        using var good = _live.Watch("Run", null, () => { heard.Release(); return Task.CompletedTask; });

        _live.Tell("Run", Guid.NewGuid());

        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_page_is_told_what_changed_after_its_question_and_before_it_watched()
    {
        var job = Guid.NewGuid();
        var heard = new SemaphoreSlim(0);

        _live.Tell("Job", job);
        using var watch = _live.Watch("Job", job, () => { heard.Release(); return Task.CompletedTask; });
        using var other = _live.Watch("Job", Guid.NewGuid(), () => throw new InvalidOperationException("told of another record"));

        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(10)));
    }
}
