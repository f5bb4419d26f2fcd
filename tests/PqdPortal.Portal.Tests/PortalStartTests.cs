using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PqdPortal.Data;

namespace PqdPortal.Portal.Tests;

public sealed class PortalStartTests
{
    [Fact]
    public async Task Where_a_part_cannot_start_what_works_already_has_ended_before_its_services_are_taken_away()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<Tool>().AddSingleton<Working>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Working>());
        builder.Services.AddHostedService(services => new Failing(services.GetRequiredService<Working>()));
        var host = builder.Build();
        var working = host.Services.GetRequiredService<Working>();

        var trouble = await Assert.ThrowsAsync<PortalStartException>(() => host.Serve());

        Assert.Equal("taken", trouble.Message);
        Assert.True(working.ExecuteTask!.IsCompletedSuccessfully, "It worked on while its services were to be disposed of.");
        host.Dispose();
    }

    sealed class Tool;

    sealed class Working(IServiceProvider services) : BackgroundService
    {
        public readonly TaskCompletionSource Begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            Begun.SetResult();
            await Task.Delay(Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // As a worker that is in the middle of something does.
            await Task.Delay(100, CancellationToken.None);
            services.GetRequiredService<Tool>();
        }
    }

    sealed class Failing(Working working) : IHostedService
    {
        public async Task StartAsync(CancellationToken stop)
        {
            await working.Begun.Task;
            throw new PortalStartException("taken");
        }

        public Task StopAsync(CancellationToken stop) => Task.CompletedTask;
    }
}
