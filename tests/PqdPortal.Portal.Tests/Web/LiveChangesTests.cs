using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_page_that_waits_for_the_database_is_no_fault_and_any_other_trouble_is(bool isAway)
    {
        using var said = new KeptLog();
        using var live = new LiveChanges(new ChangeFeed(null!, NullLogger<ChangeFeed>.Instance), TimeProvider.System, new LoggerFactory([said]).CreateLogger<LiveChanges>());
        var heard = new SemaphoreSlim(0);
        // Two levels deep, as a question of a page comes out.
        using var watch = live.Watch("Run", null, () =>
        {
            heard.Release();
            throw isAway ? new InvalidOperationException("", new NpgsqlException("", new IOException())) : new InvalidOperationException();
        });

        live.Tell("Run", Guid.NewGuid());
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(10)));
        // What the first telling said has been said before the second one comes.
        live.Tell("Run", Guid.NewGuid());
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(10)));

        Assert.Equal(isAway, said.Errors.Count == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_page_of_plain_HTML_is_sent_and_over_and_listens_to_nothing(bool isPlain)
    {
        var run = Guid.NewGuid();
        var heard = new SemaphoreSlim(0);
        await using var services = new ServiceCollection().AddLogging().AddSingleton(_live).BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        RenderFragment listens = builder =>
        {
            builder.OpenComponent<OnChange>(0);
            builder.AddAttribute(1, nameof(OnChange.Of), "Run");
            builder.AddAttribute(2, nameof(OnChange.Id), (Guid?)run);
            builder.AddAttribute(3, nameof(OnChange.Do), new EventCallback(null, (Action)(() => heard.Release())));
            builder.CloseComponent();
        };
        await renderer.Dispatcher.InvokeAsync(() => renderer.RenderComponentAsync<CascadingValue<HttpContext?>>(ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [nameof(CascadingValue<HttpContext?>.Value)] = isPlain ? new DefaultHttpContext() : null,
            [nameof(CascadingValue<HttpContext?>.ChildContent)] = listens,
        })));
        using var open = _live.Watch("Run", run, () => { heard.Release(); return Task.CompletedTask; });

        _live.Tell("Run", run);
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(10)));

        Assert.Equal(isPlain, !await heard.WaitAsync(TimeSpan.FromMilliseconds(isPlain ? 200 : 10_000)));
    }
}
