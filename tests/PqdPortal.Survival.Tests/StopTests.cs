using System.Diagnostics;
using PqdPortal.Portal.Tests;

namespace PqdPortal.Survival.Tests;

public class StopTests
{
    [Fact]
    public async Task Ctrl_C_before_it_is_ready_leaves_no_database_running()
    {
        var folder = TestServer.NewFolder("stop-early");
        await using var portal = new PortalProcess("PqdPortal.Web", new Dictionary<string, string?> { ["Portal__DataFolder"] = folder.Path });
        portal.Begin();
        // The log speaks of the server as soon as it answers; the tables are still to be made.
        for (var patience = Stopwatch.StartNew(); !portal.Log.Contains("The private PostgreSQL"); await Task.Delay(5))
            Assert.True(portal.Runs && patience.Elapsed < TimeSpan.FromMinutes(2), portal.Log);

        await portal.Stop();

        Assert.DoesNotContain("PqdPortal is ready at", portal.Log);
        Assert.False(File.Exists(Path.Combine(folder.Path, "postgres", "postmaster.pid")), "PostgreSQL still runs.");
        Directory.Delete(folder.Path, recursive: true);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_portal_and_its_database_in_order()
    {
        var folder = TestServer.NewFolder("stop");
        await using var portal = new PortalProcess("PqdPortal.Web", new Dictionary<string, string?> { ["Portal__DataFolder"] = folder.Path });
        await portal.Start();
        var lockFile = Path.Combine(folder.Path, "postgres", "postmaster.pid");
        Assert.True(File.Exists(lockFile));

        var code = await portal.Stop();

        Assert.Equal(0, code);
        Assert.False(File.Exists(lockFile), "PostgreSQL still runs.");
        Directory.Delete(folder.Path, recursive: true);
    }
}
