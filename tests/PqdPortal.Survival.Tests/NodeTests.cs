namespace PqdPortal.Survival.Tests;

/// <summary>A first build without what it needs, in words: the build's own targets, on a machine that seems to have another Node or none.</summary>
[Collection(OneAtATime.Name)]
public sealed class NodeTests : IDisposable
{
    readonly string _checkout = Directory.CreateTempSubdirectory("pqd-node-").FullName;

    public void Dispose() => Directory.Delete(_checkout, recursive: true);

    /// <summary>A checkout whose npm packages are still to be fetched, and a PATH with these programs alone.</summary>
    async Task<ConsoleRun> Build(params (string Name, string Script)[] programs)
    {
        var project = Path.Combine(_checkout, "src", "PqdPortal.Web");
        Directory.CreateDirectory(Path.Combine(project, "build"));
        File.Copy(Path.Combine(PortalProcess.Root, "src", "PqdPortal.Web", "build", "Npm.targets"), Path.Combine(project, "build", "Npm.targets"));
        File.WriteAllText(Path.Combine(_checkout, "package-lock.json"), "{}");
        File.WriteAllText(Path.Combine(project, "Portal.proj"), """<Project><Import Project="build/Npm.targets" /></Project>""");
        var path = Path.Combine(_checkout, "bin");
        Directory.CreateDirectory(path);
        // The build runs its commands by a shell.
        File.CreateSymbolicLink(Path.Combine(path, "sh"), "/bin/sh");
        foreach (var (name, script) in programs)
        {
            File.WriteAllText(Path.Combine(path, name), $"#!/bin/sh\n{script}\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(path, name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        return await ConsoleRun.Of(DotNet, ["msbuild", Path.Combine(project, "Portal.proj"), "-t:NpmInstall", "-nologo", "-v:m", "-nodeReuse:false"], project, ("PATH", path));
    }

    /// <summary>The program that runs this test.</summary>
    static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Environment.ProcessPath!;

    [Fact]
    public async Task A_node_that_is_too_old_is_told_with_its_version_and_the_one_that_is_needed() =>
        (await Build(("node", "echo v16.20.2"), ("npm", "echo 8.0.0"))).IsRefusedInWords("Node v16.20.2 is too old", "Node 20 or newer", "https://nodejs.org");

    [Fact]
    public async Task A_missing_node_is_told() => (await Build()).IsRefusedInWords("Node was not found", "Node 20 or newer", "https://nodejs.org");

    [Fact]
    public async Task A_node_without_npm_is_told() => (await Build(("node", "echo v22.1.0"))).IsRefusedInWords("npm was not found beside Node v22.1.0");

    [Fact]
    public async Task Packages_that_cannot_be_fetched_are_told_and_tried_again_by_the_next_build()
    {
        var built = await Build(("node", "echo v22.1.0"), ("npm", "[ \"$1\" = --version ] || exit 7"));

        built.IsRefusedInWords("The npm packages could not be fetched (npm ci ended with 7");
        Assert.False(File.Exists(Path.Combine(_checkout, "node_modules", ".installed-by-the-build")));
    }
}
