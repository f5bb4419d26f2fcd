using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PqdPortal.Jobs;

/// <summary>Looks after what nobody wants any more, at the start and then every few minutes: uploads that nobody sends to, and the bin.</summary>
sealed class Sweeper(UploadDesk desk, BinKeeper bin, TimeProvider time, ILogger<Sweeper> log) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
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
                log.LogError(error, "{What} could not be tidied away", what);
            }
        }
    }
}
