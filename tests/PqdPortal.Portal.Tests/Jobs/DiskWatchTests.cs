using Microsoft.Extensions.Logging;

namespace PqdPortal.Portal.Tests.Jobs;

public class DiskWatchTests : JobTests
{
    [Fact]
    public async Task A_disk_with_too_little_room_is_warned_of_in_the_log()
    {
        await using var host = await JobHost.Start(Database, run: false, more: ("Portal:Disk:WarnBytes", $"{1L << 60}"));

        await JobHost.Until(_ => Task.FromResult(host.Log.Lines.Where(line => line.Level == LogLevel.Warning).Select(line => line.Text).ToList()),
            warnings => warnings.Any(text => text.Contains("bytes left; the portal warns below") && text.Contains(Database.Folder.Path)), Database);
    }
}
