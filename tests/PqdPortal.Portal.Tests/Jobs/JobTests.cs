namespace PqdPortal.Portal.Tests.Jobs;

/// <summary>A database for every test: what one leaves queued must not be done by another's workers.</summary>
public abstract class JobTests : IAsyncLifetime
{
    protected DatabaseFixture Database { get; } = new();

    public Task InitializeAsync() => Database.InitializeAsync();

    public Task DisposeAsync() => Database.DisposeAsync();
}
