using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PqdPortal.Jobs;

/// <summary>Looks after uploads that nobody sends to any more, at the start and then every few minutes.</summary>
sealed class UploadSweeper(UploadDesk desk, TimeProvider time, ILogger<UploadSweeper> log) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await desk.ExpireAbandoned(stoppingToken) is var given and > 0)
                    log.LogInformation("{Uploads} abandoned uploads were given up", given);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // Tidying up can wait for the next round; it must not end the process.
                log.LogError(error, "Abandoned uploads could not be tidied away");
            }

            await Task.Delay(Pause, time, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }
}
