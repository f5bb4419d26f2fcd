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
    public void An_interferometer_gives_a_table_where_the_file_is_named_csv()
    {
        var (exit, output, _) = Run("""{ "kind": "michelson", "duration_s": 1, "rate_cps": [1000000] }""", "fringes.csv");

        Assert.Equal(0, exit);
        Assert.Contains("counts of an interferometer", output);
        Assert.Contains("coarse_delay_ps,fine_delay_fs,counts", File.ReadAllLines(Path.Combine(_folder, "fringes.csv")));
        var truth = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "fringes.truth.json")))!["truth"]!;
        Assert.Equal(50, truth["T2_ps"]!.GetValue<double>());
    }

    [Fact]
    public void A_measured_response_is_read_from_beside_the_request()
    {
        File.WriteAllText(Path.Combine(_folder, "irf.csv"), "time_ns,counts\n0,0\n0.1,200\n0.2,900\n0.3,100\n0.4,3\n0.5,0\n0.6,0\n0.7,0\n");

        var (exit, _, error) = Run("""{ "kind": "pulsed", "duration_s": 0.01, "irf_file": "irf.csv" }""", "dot.ptu");

        Assert.Equal((0, ""), (exit, error));
        var parameters = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "dot.truth.json")))!["parameters"]!;
        Assert.Equal([0.0, 200, 900, 100, 3, 0, 0, 0], parameters["irf_counts"]!.AsArray().Select(n => n!.GetValue<double>()));
        Assert.Equal(100, parameters["irf_bin_ps"]!.GetValue<double>(), 1e-6);
        Assert.Contains("not both", Run("""{ "irf_file": "irf.csv", "irf_counts": [1] }""", "dot.ptu").Error);
        Assert.Contains("nowhere.csv", Run("""{ "irf_file": "nowhere.csv" }""", "dot.ptu").Error);
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
