using PqdPortal.Portal.Tests;

namespace PqdPortal.Survival.Tests;

public class StopTests
{
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
