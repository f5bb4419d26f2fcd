using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Portal.Tests.Postgres;

public class ChangeFeedTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    readonly BlockingCollection<Change> _heard = [];
    ChangeFeed _feed = null!;

    public async Task InitializeAsync()
    {
        _feed = new ChangeFeed(new DatabaseOptions(database.ConnectionString, null), NullLogger<ChangeFeed>.Instance);
        await _feed.StartAsync(default);
        await _feed.Listens.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async Task DisposeAsync()
    {
        await _feed.StopAsync(default);
        _feed.Dispose();
    }

    Change Next() => _heard.TryTake(out var change, TimeSpan.FromSeconds(20)) ? change : throw new TimeoutException("Nothing was heard for 20 s.");

    [Fact]
    public async Task A_change_is_heard_with_its_topic_and_id_and_no_more_after_leaving()
    {
        var gone = new List<Change>();
        var left = _feed.Subscribe(gone.Add);
        using var stays = _feed.Subscribe(_heard.Add);
        left.Dispose();
        left.Dispose();

        var project = await database.Project();

        Assert.Equal(new Change("Project", project.Id), Next());
        Assert.Empty(gone);
    }

    [Fact]
    public async Task One_listener_that_fails_does_not_make_the_others_deaf()
    {
        using var bad = _feed.Subscribe(_ => throw new InvalidOperationException("broken page"));
        using var good = _feed.Subscribe(_heard.Add);

        var first = await database.Project();
        var second = await database.Project();

        Assert.Equal([first.Id, second.Id], [Next().Id, Next().Id]);
    }

    [Fact]
    public async Task After_losing_the_database_it_comes_back_and_says_that_anything_may_have_changed()
    {
        using var subscription = _feed.Subscribe(_heard.Add);

        await using (var admin = new NpgsqlConnection(database.ConnectionString))
        {
            await admin.OpenAsync();
            await using var kill = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'PqdPortal change feed' AND datname = current_database()", admin);
            await kill.ExecuteNonQueryAsync();
        }

        Assert.True(Next().MayBeAnything);
        var project = await database.Project();
        Assert.Equal(project.Id, Next().Id);
    }

    [Theory, InlineData(""), InlineData("Run"), InlineData("Run x"), InlineData(" 0192d1c0-0000-7000-8000-000000000000")]
    public void What_nobody_of_ours_said_is_not_taken_for_a_change(string payload) => Assert.Null(Change.Read(payload));
}
