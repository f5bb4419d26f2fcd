using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Cli;
using PqdPortal.Cli.Commands;

namespace PqdPortal.Analysis.Tests.Cli;

/// <summary>pqd simulate as somebody at a terminal meets it.</summary>
public sealed class SimulateCommandTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pqd-simulate").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_request_gives_a_file_and_its_truth_beside_it()
    {
        var (exit, output, error) = Run("""{ "kind": "two_level", "duration_s": 0.1, "lifetime_ns": 8 }""", "dot.ptu");

        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("photons, simulated", output);
        Assert.Equal(["dot.ptu", "dot.truth.json", "request.json"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
        var truth = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "dot.truth.json")))!;
        Assert.Equal(0, truth["truth"]!["g2_0"]!.GetValue<double>());
        Assert.Equal(8 / 1.1, truth["truth"]!["t1_ns"]!.GetValue<double>(), 1e-9);
        Assert.Equal(8, truth["parameters"]!["lifetime_ns"]!.GetValue<double>());
    }

    [Theory]
    [InlineData("""{ "lifetime": 8 }""", "\"lifetime\"")]
    [InlineData("""{ "saturation": 1, "rate_cps": [1e9] }""", "Lower the rate or excite harder")]
    [InlineData("""{ "created_utc": "yesterday" }""", "created_utc")]
    public void A_wrong_request_says_so_and_leaves_no_file(string request, string said)
    {
        var (exit, _, error) = Run(request, "dot.ptu");

        Assert.Equal(2, exit);
        Assert.Contains(said, error);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.Equal(["request.json"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        var (exit, _, error) = Run("{}", Path.Combine("nowhere", "dot.ptu"));

        Assert.Equal(2, exit);
        Assert.Contains("nowhere", error);
    }

    (int Exit, string Output, string Error) Run(string request, string name)
    {
        var path = Path.Combine(_folder, "request.json");
        File.WriteAllText(path, request);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var exit = CommandLine.Run(
            new RootCommand { SimulateCommand.Create() }, ["simulate", path, "--out", Path.Combine(_folder, name)], output, error);
        return (exit, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
