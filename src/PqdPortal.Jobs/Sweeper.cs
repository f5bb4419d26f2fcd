using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PqdPortal.Data;

namespace PqdPortal.Jobs;

/// <summary>Tidies up at the start and then every few minutes: batches whose formula was not read yet, uploads that nobody sends to, and the bin.</summary>
sealed class Sweeper(UploadDesk desk, BinKeeper bin, IDbContextFactory<PortalDb> database, TimeProvider time, ILogger<Sweeper> log) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Try("Compositions of batches", async () =>
            {
                if (await BatchFormulas.FillAll(database, stoppingToken) is var filled and > 0)
                    log.LogInformation("The formulas of {Batches} batches were read", filled);
            });
            await Try("Abandoned uploads", async () =>
            {
                if (await desk.ExpireAbandoned(stoppingToken) is var given and > 0)
                    log.LogInformation("{Uploads} abandoned uploads were given up", given);
            });
            await Try("The bin", () => bin.Round(stoppingToken));
            await Task.Delay(Pause, time, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        async Task Try(string what, Func<Task> tidy)
        {
            try
            {
                await tidy();
            }
            catch (Exception error) when (error is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                // Tidying up can wait for the next round; it must not end the process.
                log.LogError(error, "{What} could not be done", what);
            }
        }
    }
}
